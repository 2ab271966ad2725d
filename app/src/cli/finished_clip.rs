//! What `kinora upscale` and `kinora interpolate` have in common: a finished clip in, another one out.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::Args;
use kinora_studio::FrameRate;
use kinora_studio::engine;
use kinora_studio::generate::clip_file::{ClipFile, check_place};
use kinora_studio::generate::oneshot::{BlockingClient, OnProgress};
use kinora_studio::generate::source_clip::SourceClip;
use kinora_studio::wire::{Failure, Outcome, ProgressReporter};

use super::generate::cancelled_by_ctrl_c;

/// The two clips.
#[derive(Debug, Args)]
pub struct FinishedClip {
    /// A video, or a folder of pictures.
    #[arg(value_name = "CLIP")]
    input: PathBuf,
    /// A video file (.mp4, .mov, or lossless .mkv), or a folder for PNG files.
    #[arg(short, long, value_name = "OUT.mp4|OUTDIR/")]
    output: PathBuf,
    /// Replace a file that is there. A folder that holds pictures is never replaced.
    #[arg(long)]
    overwrite: bool,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    pub json: bool,
}

/// How the new clip is made of the old one.
pub type Work<'w> =
    dyn Fn(&BlockingClient, &mut SourceClip, &dyn Fn() -> bool, &mut OnProgress) -> Outcome + 'w;

impl FinishedClip {
    /// Makes the new clip; exit status 0 if it is complete. `rate` is its frame rate.
    pub fn rework(
        &self,
        rate: impl FnOnce(&BlockingClient, &SourceClip) -> Result<FrameRate, Failure>,
        work: &Work,
    ) -> ExitCode {
        let mut reporter = ProgressReporter::new(self.json);
        let outcome = self.run(rate, work, &mut reporter);
        let outcome = outcome.unwrap_or_else(|failure| Outcome::Failed { failure });
        reporter.outcome(&outcome);
        match outcome {
            Outcome::Done { .. } => ExitCode::SUCCESS,
            Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
        }
    }

    fn run(
        &self,
        rate: impl FnOnce(&BlockingClient, &SourceClip) -> Result<FrameRate, Failure>,
        work: &Work,
        reporter: &mut ProgressReporter,
    ) -> Result<Outcome, Failure> {
        let is_cancelled = cancelled_by_ctrl_c();
        let mut old = SourceClip::open(&self.input)?;
        check_place(&self.output, vec![self.input.clone()], self.overwrite)?;
        let client = BlockingClient::with(&engine::program());
        let mut new = ClipFile::at(&self.output, rate(&client, &old)?, self.overwrite)?;
        if old.has_sound && !self.json {
            eprintln!("hint: the sound of {} stays behind", self.input.display());
        }
        let outcome = work(
            &client,
            &mut old,
            &|| is_cancelled.load(Ordering::Relaxed),
            &mut |progress, pixels| {
                new.write(progress, pixels)?;
                reporter.progress(progress);
                Ok(())
            },
        );
        match (&outcome, new.rescued()) {
            (Outcome::Done { .. }, _) => new.finish()?,
            (_, Some(failure)) => return Err(failure),
            (_, None) => {}
        }
        if let Some(note) = old.note_of_damage().filter(|_| !self.json) {
            eprintln!("note: {}: {note}", self.input.display());
        }
        Ok(outcome)
    }
}
