//! What can be typed. Each command goes on where the last call of it stopped.

pub mod args;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kinora_wire::told;

use crate::{lessons, pace, portrait};
use args::{Learning, Place};

/// Kinora's trainer: makes the starter model out of a world of its own.
#[derive(Debug, Parser)]
#[command(name = "kinora-trainer", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    word: Word,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// Draw the first held-out clips with all that is known of them on a contact sheet, and tell how long
    /// it took.
    World {
        #[command(flatten)]
        place: Place,
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
    Vae(Learning),
    /// Tell how good the autoencoder is, and show clips there and back.
    Gate(Place),
    /// Encode clips with it, for the transformer to learn from.
    Encode {
        #[command(flatten)]
        place: Place,
        /// How many.
        #[arg(long, default_value_t = 6000)]
        clips: u64,
        /// Stop after so many minutes; what is missing is encoded next time.
        #[arg(long, default_value_t = 1e6)]
        minutes: f64,
    },
    /// Learn the transformer and the text encoder.
    Dit(Learning),
    /// Teach the decoder alone, with latents as the transformer makes them: after all else.
    Finetune(Learning),
    /// Write the model as the engine reads it, from what has been learnt so far.
    Export(Place),
    /// Tell how much each condition counts, without making a clip: whether a run is on a good way.
    Conditions(Place),
    /// Measure how well the model does what it is told: a table, and contact sheets.
    Measure {
        #[command(flatten)]
        place: Place,
        /// The model's folder; the run's own if left out.
        #[arg(long, value_name = "DIR")]
        model: Option<PathBuf>,
    },
    /// Draw the curves of a run's logs.
    Curves(Place),
    /// Put the model and what was measured of it where Kinora ships it from.
    Ship {
        #[command(flatten)]
        place: Place,
        /// Kinora's sources.
        #[arg(long, value_name = "DIR", default_value = ".")]
        root: PathBuf,
    },
}

/// Runs a command to its end.
pub fn run(arguments: Arguments) -> ExitCode {
    pace::stop_on_ctrl_c();
    told(match arguments.word {
        Word::World { place, clips } => lessons::world(&place, clips),
        Word::Portrait {
            who,
            limbs,
            output,
            height,
        } => portrait::draw(&who, limbs.as_deref(), height, &output),
        Word::Vae(learning) => lessons::vae(&learning),
        Word::Gate(place) => lessons::gate(&place),
        Word::Encode {
            place,
            clips,
            minutes,
        } => lessons::encode(&place, clips, minutes),
        Word::Dit(learning) => lessons::dit(&learning),
        Word::Finetune(learning) => lessons::finetune(&learning),
        Word::Export(place) => lessons::export(&place),
        Word::Conditions(place) => lessons::conditions(&place),
        Word::Measure { place, model } => lessons::measure(&place, model),
        Word::Curves(place) => lessons::curves(&place),
        Word::Ship { place, root } => lessons::ship(&place, &root),
    })
}
