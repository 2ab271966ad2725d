//! `kinora interpolate`: gives a finished clip another frame rate.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::Args;
use kinora_studio::FrameRate;
use kinora_studio::engine;
use kinora_studio::generate::clip_file::ClipFile;
use kinora_studio::generate::interpolate::interpolate as interpolate_clip;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::source_clip::SourceClip;
use kinora_studio::wire::{Failure, Outcome, ProgressReporter};

use super::generate::cancelled_by_ctrl_c;

/// `interpolate`.
#[derive(Debug, Args)]
pub struct InterpolateArguments {
    /// A video, or a folder of pictures.
    #[arg(value_name = "CLIP")]
    input: PathBuf,
    /// A video file (.mp4, .mov, or lossless .mkv), or a folder for PNG files.
    #[arg(short, long, value_name = "OUT.mp4|OUTDIR/")]
    output: PathBuf,
    /// The new frame rate: 24, 25 or 24000/1001.
    #[arg(long, value_name = "FPS")]
    rate: FrameRate,
    /// The frame rate of a clip of pictures. Videos have their own.
    #[arg(long, value_name = "FPS", default_value = "16")]
    from: FrameRate,
    /// The interpolator's id, or the path of its weights. Default: the first installed one.
    #[arg(long, value_name = "ID|FILE")]
    model: Option<String>,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Makes the clip; exit status 0 if it is complete.
pub fn interpolate(arguments: InterpolateArguments) -> ExitCode {
    let mut reporter = ProgressReporter::new(arguments.json);
    let outcome = run(&arguments, &mut reporter);
    let outcome = outcome.unwrap_or_else(|failure| Outcome::Failed { failure });
    reporter.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

fn run(
    arguments: &InterpolateArguments,
    reporter: &mut ProgressReporter,
) -> Result<Outcome, Failure> {
    let mut clip = SourceClip::open(&arguments.input)?;
    let from = clip.rate.unwrap_or(arguments.from);
    let mut made = ClipFile::at(&arguments.output, arguments.rate)?;
    if clip.has_sound && !arguments.json {
        eprintln!(
            "hint: the sound of {} stays behind",
            arguments.input.display()
        );
    }
    let client = BlockingClient::with(&engine::program());
    let is_cancelled = cancelled_by_ctrl_c();
    let outcome = interpolate_clip(
        &client,
        &mut clip,
        (from, arguments.rate),
        arguments.model.as_deref(),
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, pixels| {
            made.write(progress, pixels)?;
            reporter.progress(progress);
            Ok(())
        },
    );
    if matches!(outcome, Outcome::Done { .. }) {
        made.finish()?;
    }
    Ok(outcome)
}
