//! The verification of a release: its files are hashed on another thread and compared with what was published.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use egui::Context;
use kinora_studio::install::catalogue::Catalogue;
use kinora_studio::install::settings::InstallSettings;
use kinora_studio::install::verification::verify as verify_files;
use kinora_studio::wire::{FailureKind, FileVerdict};

use super::{report, result_of};
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::model_jobs::VerifyJob;

/// Verifies the files of a release on another thread.
pub fn verify(id: String, state: &mut AppState, ctx: &Context) {
    if state.tasks.models.verifying.is_some() {
        return;
    }
    state.tasks.models.news.remove(&id);
    let (done_bytes, all_bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (done, all, cancel) = (
        Arc::clone(&done_bytes),
        Arc::clone(&all_bytes),
        Arc::clone(&is_cancelled),
    );
    let (folders, wanted) = (state.folders.clone(), id.clone());
    let result = Task::start(ctx, move || {
        let catalogue = Catalogue::load(&folders);
        let release = catalogue.get(&wanted)?;
        let folder = InstallSettings::load(&folders.config)?.model_folder(&folders);
        verify_files(release, &folder, &mut |now, of| {
            done.store(now, Ordering::Relaxed);
            all.store(of, Ordering::Relaxed);
            !cancel.load(Ordering::Relaxed)
        })
    });
    state.tasks.models.verifying = Some(VerifyJob {
        id,
        done_bytes,
        all_bytes,
        is_cancelled,
        result,
    });
}

/// Polls the verification.
pub fn poll(state: &mut AppState, ctx: &Context) {
    let Some(job) = &state.tasks.models.verifying else {
        return;
    };
    let Some(result) = result_of(&job.result, "the verification", ctx) else {
        return;
    };
    let id = job.id.clone();
    state.tasks.models.verifying = None;
    match result {
        Ok(verdicts) => {
            let (text, is_good) = verdict_text(&verdicts);
            report(&id, &text, is_good, state);
        }
        Err(failure) if failure.kind == FailureKind::Cancelled => {}
        Err(failure) => report(&id, &failure.to_string(), false, state),
    }
}

/// The verdicts on all files of a release, in a sentence.
fn verdict_text(verdicts: &[FileVerdict]) -> (String, bool) {
    if let Some(wrong) = verdicts.iter().find_map(|verdict| verdict.wrong.as_ref()) {
        return (
            format!("{}. Remove it and install it again.", wrong.cause),
            false,
        );
    }
    let unknown = verdicts.iter().filter(|verdict| !verdict.is_known).count();
    match unknown {
        0 => ("Verified: every file is as it was published.".into(), true),
        1 => (
            "One file has no known hash; the others are as they were published.".into(),
            true,
        ),
        more => (
            format!("{more} files have no known hash; the others are as they were published."),
            true,
        ),
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::wire::Failure;

    use super::*;

    #[test]
    fn the_first_wrong_file_is_named() {
        let verdict = |wrong, is_known| FileVerdict {
            path: "a".into(),
            sha256: "0".into(),
            wrong,
            is_known,
        };
        let broken = Failure::bad_file("a is not the file that was published", "remove it");
        let (text, is_good) = verdict_text(&[verdict(None, true), verdict(Some(broken), true)]);
        assert!(text.contains("a is not") && !is_good);
        assert!(
            verdict_text(&[verdict(None, false)])
                .0
                .contains("no known hash")
        );
        assert!(verdict_text(&[verdict(None, true)]).1);
    }
}
