//! The command line. Each command continues where its last call stopped.

pub mod args;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kinora_wire::exit_code;

use crate::camera_floor::{self, FloorArguments};
use crate::identity_floor::{self, IdentityArguments};
use crate::sound_floor::{self, SoundFloorArguments};
use crate::{commands, portrait, train_loop};
use args::{MeasureArguments, RunArguments, TrainArguments, amount};

/// Kinora's trainer: makes the starter model out of a world of its own.
#[derive(Debug, Parser)]
#[command(name = "kinora-trainer", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Draw the first held-out clips with all that is known of them on a contact sheet, and print how long
    /// it took.
    World {
        #[command(flatten)]
        run: RunArguments,
        /// How many are drawn.
        #[arg(long, default_value_t = 100)]
        clips: u64,
    },
    /// Draw somebody of the world on plain ground: a picture to cast.
    #[command(after_help = "Example:\n  kinora-trainer portrait 'yellow robot' -o ada.png")]
    Portrait {
        /// A colour and a kind.
        who: String,
        /// The limbs' colour; that of the body if left out.
        #[arg(long)]
        limbs: Option<String>,
        /// The picture.
        #[arg(short, long, value_name = "PNG")]
        output: PathBuf,
        /// How many pixels high.
        #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=4096))]
        height: u32,
    },
    /// Learn the autoencoder.
    Vae(TrainArguments),
    /// Measure the autoencoder, and show clips before and after it.
    Gate(RunArguments),
    /// Encode clips with it, for the transformer to learn from.
    Encode {
        #[command(flatten)]
        run: RunArguments,
        /// How many.
        #[arg(long, default_value_t = 6000)]
        clips: u64,
        /// Stop after so many minutes; what is missing is encoded next time.
        #[arg(long, default_value_t = 1e6)]
        minutes: f64,
    },
    /// Learn the transformer and the text encoder.
    Dit {
        #[command(flatten)]
        arguments: TrainArguments,
        /// Begin a new run with the networks of the model in this folder.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Teach the decoder alone, with latents as the transformer makes them: after all else.
    Finetune(TrainArguments),
    /// Make clips with the model's own faults, for the upscaler to learn from.
    Pairs {
        #[command(flatten)]
        run: RunArguments,
        /// How many.
        #[arg(long, default_value_t = 1000)]
        clips: u64,
        /// Give the model stages as depth, and not as pictures too.
        #[arg(long)]
        depth: bool,
    },
    /// Learn to make the model's clips four times larger.
    Upscaler(TrainArguments),
    /// The same with the stage at the large size and the prompt to go by.
    GuidedUpscaler {
        #[command(flatten)]
        arguments: TrainArguments,
        /// Compute in bf16, which is twice as fast on processors that have instructions for it.
        #[arg(long)]
        bf16: bool,
        /// Train against a critic that distinguishes its pictures from the world's, with this loss weight: about 0.005.
        /// For a run that has begun without.
        #[arg(long, value_name = "WEIGHT", value_parser = amount)]
        critic: Option<f64>,
        /// Neighbouring frames of each clip. Only where there are more than one, steadiness is learnt.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=4))]
        frames: i64,
        /// A factor of the learning rates.
        #[arg(long, default_value_t = 1.0, value_parser = amount)]
        pace: f64,
        /// Begin a new run with the network of this file.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Measure clips of the model that were made larger by the guided upscaler: a table, and contact sheets.
    Enlarged {
        #[command(flatten)]
        run: RunArguments,
        /// How many clips.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=4096))]
        clips: u64,
        /// The upscaler's file; that of the run if left out.
        #[arg(long, value_name = "FILE")]
        network: Option<PathBuf>,
        /// Give the model stages as depth.
        #[arg(long)]
        depth: bool,
        /// Measure clips of words and figure alone, as the studio makes them by default.
        #[arg(long)]
        figure: bool,
    },
    /// Train the frame interpolator.
    Interpolator(TrainArguments),
    /// Measure the frame interpolator beside a blend of two pictures: a table, and contact sheets.
    InterpolatorFloor {
        #[command(flatten)]
        run: RunArguments,
        /// How many clips.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=4096))]
        clips: u64,
        /// The interpolator's file; that of the run if left out.
        #[arg(long, value_name = "FILE")]
        network: Option<PathBuf>,
    },
    /// Write the first held-out clips with the sound of the world, to be listened to: frames, WAV and spectrogram in a
    /// folder for each; and print onsets beside contacts.
    SoundClips {
        #[command(flatten)]
        run: RunArguments,
        /// How many.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=4096))]
        clips: u64,
    },
    /// Learn to write the sound of a clip from its pictures.
    Sound(TrainArguments),
    /// Write the model as the engine reads it, from what has been learnt so far.
    Export(RunArguments),
    /// Measure how much each condition counts, without making a clip, to see whether a run is on track.
    Conditions(RunArguments),
    /// Measure how well the model follows its conditions: a table, and contact sheets.
    Measure(MeasureArguments),
    /// Measure how far the measure of cameras can be trusted, on clips of the world whose camera is known: a table.
    CameraFloor(FloorArguments),
    /// Measure how far the measure of a character's colours can be trusted, on clips of the world: tables in Markdown.
    IdentityFloor(IdentityArguments),
    /// Measure how far the measures of sound can be trusted, on clips of the world; and how good the sounds are that a
    /// network makes: a table.
    SoundFloor(SoundFloorArguments),
    /// Draw the curves of a run's logs.
    Curves(RunArguments),
    /// Put the model and what was measured of it where Kinora ships it from.
    Ship {
        #[command(flatten)]
        run: RunArguments,
        /// Kinora's sources.
        #[arg(long, value_name = "DIR", default_value = ".")]
        root: PathBuf,
    },
}

/// Runs a command to its end.
pub fn run(arguments: Arguments) -> ExitCode {
    train_loop::stop_on_ctrl_c();
    exit_code(match arguments.subcommand {
        Subcommand::World { run, clips } => commands::world(&run, clips),
        Subcommand::Portrait {
            who,
            limbs,
            output,
            height,
        } => portrait::draw(&who, limbs.as_deref(), height, &output),
        Subcommand::Vae(arguments) => commands::vae(&arguments),
        Subcommand::Gate(run) => commands::gate(&run),
        Subcommand::Encode {
            run,
            clips,
            minutes,
        } => commands::encode(&run, clips, minutes),
        Subcommand::Dit { arguments, from } => commands::dit(&arguments, from),
        Subcommand::Finetune(arguments) => commands::finetune(&arguments),
        Subcommand::Pairs { run, clips, depth } => commands::pairs(&run, clips, depth),
        Subcommand::Upscaler(arguments) => commands::upscaler(&arguments),
        Subcommand::GuidedUpscaler {
            arguments,
            bf16,
            critic,
            frames,
            pace,
            from,
        } => commands::guided_upscaler(&arguments, bf16, (critic, frames), (pace, from.as_deref())),
        Subcommand::Enlarged {
            run,
            clips,
            network,
            depth,
            figure,
        } => commands::enlarged(&run, clips, network, (depth, figure)),
        Subcommand::Interpolator(arguments) => commands::interpolator(&arguments),
        Subcommand::InterpolatorFloor {
            run,
            clips,
            network,
        } => commands::interpolator_floor(&run, clips, network),
        Subcommand::SoundClips { run, clips } => commands::sound_clips(&run, clips),
        Subcommand::Sound(arguments) => commands::sound(&arguments),
        Subcommand::Export(run) => commands::export(&run),
        Subcommand::Conditions(run) => commands::conditions(&run),
        Subcommand::Measure(arguments) => commands::measure(&arguments),
        Subcommand::CameraFloor(arguments) => camera_floor::run(&arguments),
        Subcommand::IdentityFloor(arguments) => identity_floor::run(&arguments),
        Subcommand::SoundFloor(arguments) => sound_floor::run(&arguments),
        Subcommand::Curves(run) => commands::curves(&run),
        Subcommand::Ship { run, root } => commands::ship(&run, &root),
    })
}
