//! The measures of takes that have none, and the comparison of appearances.

use egui::Context;
use kinora_studio::measure::FilmSimilarity;
use kinora_studio::wire::{Failure, FailureKind};

use crate::background::task::Progress;
use crate::state::app::AppState;
use crate::state::notification::Notifications;
use crate::state::open_project::OpenProject;
use crate::state::similarity_job::SimilarityJob;

/// Measures every take of the project that has no measure, one after the other in the background.
pub fn measure_all(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    let folder = open.document.session.folder();
    let text = match open.generation.measure_all(folder, ctx) {
        0 => "All takes are measured, or are being measured.".to_owned(),
        1 => "1 take is being measured.".to_owned(),
        many => format!("{many} takes are being measured, one after the other."),
    };
    state.notifications.info(text);
}

/// Compares the appearances of the chosen takes in the background, or stops that.
pub fn compare_or_stop(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    if let Some(job) = &open.generation.comparing {
        return job.cancel();
    }
    if !open.generation.can_compare(open.document.session.project()) {
        return;
    }
    let session = &open.document.session;
    let project = session.project().clone();
    let job = SimilarityJob::start(ctx, session.folder(), project, state.engine.program());
    open.generation.comparing = Some(job);
}

/// Polls the comparison of appearances. It is stopped when a take is being generated: both need the processor.
pub fn poll_comparison(open: &mut OpenProject, notifications: &mut Notifications) {
    let generation = &mut open.generation;
    let Some(job) = &generation.comparing else {
        return;
    };
    if generation.progress.is_some() {
        job.cancel();
    }
    let found = match job.poll() {
        Progress::Working => return,
        Progress::Done(found) => found,
        Progress::Lost => FilmSimilarity {
            failure: Some(Failure::bug("the comparison of appearances has crashed")),
            ..FilmSimilarity::default()
        },
    };
    generation.comparing = None;
    let count = found.takes.len();
    generation.takes.appearances.extend(found.takes);
    match found.failure {
        None => notifications.info(compared_words(count)),
        Some(failure) if failure.kind == FailureKind::Cancelled => {
            let text = "The comparison of appearances was stopped. What was compared is kept.";
            notifications.info(text);
        }
        Some(failure) => notifications.error(format!("Appearances were not compared: {failure}")),
    }
}

/// "3 takes were compared."
fn compared_words(count: usize) -> String {
    match count {
        0 => "No chosen take has a character that was measured.".to_owned(),
        1 => "The appearance of 1 take was compared.".to_owned(),
        many => format!("The appearances of {many} takes were compared."),
    }
}
