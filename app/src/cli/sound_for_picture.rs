//! `kinora sound`: makes sound for the pictures of a finished clip.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::Args;
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace};
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::sound_for_picture::{SoundWanted, sound_for_picture};
use kinora_studio::generate::source_clip::SourceClip;
use kinora_studio::wire::{Failure, Outcome, ProgressReporter};
use kinora_studio::{FrameRate, engine};

use super::generate::cancelled_by_ctrl_c;

/// `sound`.
#[derive(Debug, Args)]
pub struct SoundForPictureArguments {
    /// A video, or a folder of pictures.
    #[arg(value_name = "CLIP")]
    input: PathBuf,
    /// A sound file (.wav) of the same length.
    #[arg(short, long, value_name = "OUT.wav")]
    output: PathBuf,
    /// The same clip and seed give the same sound.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The frame rate of a clip of pictures. Videos have their own.
    #[arg(
        long,
        value_name = "FPS",
        default_value = "16",
        allow_negative_numbers = true
    )]
    from: FrameRate,
    /// The id of the network of sound, or the path of its weights. Default: the first installed one.
    #[arg(long, value_name = "ID|FILE")]
    model: Option<String>,
    /// Replace a file that is there.
    #[arg(long)]
    overwrite: bool,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Makes the sound; exit status 0 if it is complete.
pub fn sound(arguments: &SoundForPictureArguments) -> ExitCode {
    let mut reporter = ProgressReporter::new(arguments.json);
    let outcome = made(arguments, &mut reporter);
    let outcome = outcome.unwrap_or_else(|failure| Outcome::Failed { failure });
    reporter.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

fn made(
    arguments: &SoundForPictureArguments,
    reporter: &mut ProgressReporter,
) -> Result<Outcome, Failure> {
    let output = arguments.output.as_path();
    let ending = output.extension();
    if !ending.is_some_and(|ending| ending.eq_ignore_ascii_case("wav")) {
        return Err(Failure::refused(
            format!("{} is not the name of a WAV file", output.display()),
            "name a file that ends in .wav",
        ));
    }
    let is_cancelled = cancelled_by_ctrl_c();
    let mut clip = SourceClip::open(&arguments.input)?;
    let place = OutputPlace {
        path: output,
        kind: OutputKind::File,
        may_exist: arguments.overwrite,
        inputs: vec![arguments.input.clone()],
        film: None,
    };
    place.check()?;
    let wanted = SoundWanted {
        model: arguments.model.as_deref(),
        rate: clip.rate.unwrap_or(arguments.from),
        seed: arguments.seed,
    };
    let client = BlockingClient::with(&engine::program());
    sound_for_picture(
        &client,
        &mut clip,
        wanted,
        output,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, _| {
            reporter.progress(progress);
            Ok(())
        },
    )
}
