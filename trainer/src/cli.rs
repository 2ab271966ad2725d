//! The command line. Each command continues where its last call stopped.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};
use directories::ProjectDirs;
use kinora_wire::{Failure, told};
use tch::{Device, Kind};

use crate::model::Folder;
use crate::starter::Size;
use crate::train_loop::TrainLoop;
use crate::{commands, libtorch, portrait, train_loop};

/// Kinora's trainer: makes the starter model out of a world of its own.
#[derive(Debug, Parser)]
#[command(name = "kinora-trainer", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Draw the first held-out clips with all that is known of them on a contact sheet, and tell how long
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
    /// Tell how good the autoencoder is, and show clips there and back.
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
    Dit(TrainArguments),
    /// Teach the decoder alone, with latents as the transformer makes them: after all else.
    Finetune(TrainArguments),
    /// Write the model as the engine reads it, from what has been learnt so far.
    Export(RunArguments),
    /// Tell how much each condition counts, without making a clip: whether a run is on a good way.
    Conditions(RunArguments),
    /// Measure how well the model does what it is told: a table, and contact sheets.
    Measure {
        #[command(flatten)]
        run: RunArguments,
        /// The model's folder; the run's own if left out.
        #[arg(long, value_name = "DIR")]
        model: Option<PathBuf>,
    },
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

/// Where and on what.
#[derive(Clone, Debug, Args)]
pub struct RunArguments {
    /// How large the model is.
    #[arg(long, value_enum, default_value_t = Size::Small)]
    pub size: Size,
    /// The folder of the run; one in the user's cache if left out.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// cpu or cuda.
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Threads on the processor; one for each core if left out.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=1024))]
    threads: Option<i32>,
}

/// How long and how.
#[derive(Clone, Debug, Args)]
pub struct TrainArguments {
    /// Where and on what.
    #[command(flatten)]
    pub run: RunArguments,
    /// How long, in this call.
    #[arg(long, default_value_t = 10.0, value_parser = amount)]
    minutes: f64,
    /// At most to this step.
    #[arg(long)]
    steps: Option<u64>,
    /// Let the steps grow shorter in the last part of this call, a third of it unless it says how much: the
    /// run is then at its end.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.33", value_parser = amount)]
    finish: Option<f64>,
    /// Clips a step: of the transformer 8 if left out; of the autoencoder, so many times its usual ones.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub batch: Option<u64>,
    /// Learn from the first so many of the encoded clips.
    #[arg(long, default_value_t = 1_000_000)]
    pub clips: u64,
    /// Seconds between two lines of the log.
    #[arg(long, default_value_t = 15.0, value_parser = amount)]
    log_seconds: f64,
    /// Seconds between two checkpoints.
    #[arg(long, default_value_t = 180.0, value_parser = amount)]
    save_seconds: f64,
}

/// Parses a number from 0 to a million.
fn amount(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number is expected".to_owned())?;
    match (0.0..=1e6).contains(&number) {
        true => Ok(number),
        false => Err("a number from 0 to a million is expected".into()),
    }
}

impl RunArguments {
    /// The folder of the run, created if it does not exist.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        let ours =
            || ProjectDirs::from("", "", "kinora").map(|ours| ours.cache_dir().join("trainer"));
        let name = format!("{:?}", self.size).to_lowercase();
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => ours()
                .ok_or_else(|| {
                    Failure::refused("there is no home folder", "name one: --folder DIR")
                })?
                .join(name),
        };
        std::fs::create_dir_all(folder.join("model"))
            .map_err(|error| crate::files::unwritable(&folder, &error.to_string()))?;
        Ok(folder)
    }

    /// The device and the precision networks compute in there.
    pub fn device(&self) -> Result<(Device, Kind), Failure> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as i32);
        tch::set_num_threads(self.threads.unwrap_or(cores));
        libtorch::device(&self.device)
    }

    /// The folder of the run's model.
    pub fn model(&self) -> Result<Folder, Failure> {
        Ok(Folder(self.folder()?.join("model")))
    }
}

impl TrainArguments {
    /// The training loop, with a log of this name.
    pub fn train_loop(&self, name: &str) -> Result<TrainLoop, Failure> {
        Ok(TrainLoop {
            minutes: self.minutes,
            steps: self.steps,
            finish: self.finish,
            log: self.run.folder()?.join(name).with_extension("log"),
            log_every: Duration::from_secs_f64(self.log_seconds),
            save_every: Duration::from_secs_f64(self.save_seconds),
        })
    }
}

/// Runs a command to its end.
pub fn run(arguments: Arguments) -> ExitCode {
    train_loop::stop_on_ctrl_c();
    told(match arguments.subcommand {
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
        Subcommand::Dit(arguments) => commands::dit(&arguments),
        Subcommand::Finetune(arguments) => commands::finetune(&arguments),
        Subcommand::Export(run) => commands::export(&run),
        Subcommand::Conditions(run) => commands::conditions(&run),
        Subcommand::Measure { run, model } => commands::measure(&run, model),
        Subcommand::Curves(run) => commands::curves(&run),
        Subcommand::Ship { run, root } => commands::ship(&run, &root),
    })
}
