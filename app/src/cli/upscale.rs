//! `kinora upscale`: makes a finished clip larger.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::Args;
use kinora_studio::FrameRate;
use kinora_studio::engine;
use kinora_studio::generate::clip_file::ClipFile;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::source_clip::SourceClip;
use kinora_studio::generate::upscale::upscale as upscale_clip;
use kinora_studio::wire::{Failure, Outcome, ProgressReporter};

use super::generate::cancelled_by_ctrl_c;

/// `upscale`.
#[derive(Debug, Args)]
pub struct UpscaleArguments {
    /// A video, or a folder of pictures.
    #[arg(value_name = "CLIP")]
    input: PathBuf,
    /// A video file (.mp4, .mov, or lossless .mkv), or a folder for PNG files.
    #[arg(short, long, value_name = "OUT.mp4|OUTDIR/")]
    output: PathBuf,
    /// The upscaler's id, or the path of its weights. Default: the first installed one.
    #[arg(long, value_name = "ID|FILE")]
    model: Option<String>,
    /// The frame rate of a video made from pictures.
    #[arg(long, value_name = "FPS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Makes the clip larger; exit status 0 if it is complete.
pub fn upscale(arguments: UpscaleArguments) -> ExitCode {
    let mut reporter = ProgressReporter::new(arguments.json);
    let outcome = run(arguments, &mut reporter);
    let outcome = outcome.unwrap_or_else(|failure| Outcome::Failed { failure });
    reporter.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

fn run(arguments: UpscaleArguments, reporter: &mut ProgressReporter) -> Result<Outcome, Failure> {
    let mut small = SourceClip::open(&arguments.input)?;
    let rate = small.rate.or_else(|| FrameRate::new(arguments.rate, 1));
    let mut large = ClipFile::at(&arguments.output, rate.unwrap_or(FrameRate::FPS_24))?;
    if small.has_sound && !arguments.json {
        eprintln!(
            "hint: the sound of {} stays behind",
            arguments.input.display()
        );
    }
    let client = BlockingClient::with(&engine::program());
    let is_cancelled = cancelled_by_ctrl_c();
    let outcome = upscale_clip(
        &client,
        &mut small,
        arguments.model,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, pixels| {
            large.write(progress, pixels)?;
            reporter.progress(progress);
            Ok(())
        },
    );
    if matches!(outcome, Outcome::Done { .. }) {
        large.finish()?;
    }
    Ok(outcome)
}
