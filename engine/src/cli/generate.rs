//! `kinora-engine generate`: generates a clip in this process.
//! Frames are written as PNG files while they are decoded.

use std::path::PathBuf;
use std::process::ExitCode;

use kinora_wire::{
    Failure, FailureKind, Outcome, Progress, ProgressReporter, camera_length_note,
    make_frame_folder, write_frames,
};

use super::GenerateArguments;
use crate::job::Listener;
use crate::library::Library;
use crate::worker::Worker;

/// Generates the clip. The exit code is 0 if all frames were written.
pub fn generate(arguments: GenerateArguments) -> ExitCode {
    let mut listener = Frames {
        folder: arguments.output,
        is_json: arguments.json,
        reporter: ProgressReporter::new(arguments.json),
    };
    if let Some(note) = arguments.options.seed_note().filter(|_| !arguments.json) {
        eprintln!("note: {note}");
    }
    let model = arguments.options.model.clone();
    let spec = || Ok(Library::of_user().open(model.as_deref())?.spec());
    let request = arguments.options.request::<Refused>(spec);
    let done = request.map_err(|refused| refused.0).and_then(|request| {
        make_frame_folder(&listener.folder)?;
        Worker::of_user().generate(&request, &mut listener)
    });
    let (outcome, code) = match done {
        Ok(timings) => (Outcome::Done { timings }, ExitCode::SUCCESS),
        Err(failure) if failure.kind == FailureKind::Cancelled => {
            (Outcome::Cancelled, ExitCode::FAILURE)
        }
        Err(failure) => (Outcome::Failed { failure }, ExitCode::FAILURE),
    };
    listener.reporter.outcome(&outcome);
    code
}

/// A failure that can also be made from an error message about an option.
struct Refused(Failure);

impl From<String> for Refused {
    fn from(words: String) -> Self {
        Self(Failure::refused(
            words,
            "see `kinora-engine generate --help`",
        ))
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

/// Writes frames as they arrive.
struct Frames {
    folder: PathBuf,
    is_json: bool,
    reporter: ProgressReporter,
}

impl Frames {
    /// Says if the camera file has another length than the clip, once both are known.
    fn note_camera(&self, progress: &Progress) {
        let Progress::Begun { request, .. } = progress else {
            return;
        };
        let camera = request.inputs.camera.as_ref().filter(|_| !self.is_json);
        let poses = camera.map(|camera| camera.views.len());
        let note = poses.and_then(|poses| camera_length_note(poses, request.settings.frames));
        if let Some(note) = note {
            eprintln!("note: {note}");
        }
    }
}

impl Listener for Frames {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        if let Progress::Frames { first, picture } = &progress {
            write_frames(&self.folder, *first, *picture, &pixels)?;
        }
        self.note_camera(&progress);
        self.reporter.progress(&progress);
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(()) // Ctrl+C ends the process; each frame file is complete
    }
}
