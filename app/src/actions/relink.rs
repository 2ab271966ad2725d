//! Finding the files of imports in a folder, on another thread: *Relink media*.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use egui::Context;
use kinora_studio::exchange::relink::{Found, Report, bring_in, changes, missing_media, search};
use kinora_studio::render::project::ProjectFiles;

use super::media;
use crate::background::task::{Progress, Task};
use crate::state::app::AppState;
use crate::state::relink_job::RelinkJob;

/// The most imports that a notification names.
const MOST_NAMED: usize = 3;

/// Searches a folder for the missing files, and copies those that are found into the project's folder.
pub fn start(folder: PathBuf, state: &mut AppState, ctx: &Context) {
    if state.tasks.relink.is_some() {
        state
            .notifications
            .error("A search is already running: wait for it to finish, or cancel it.");
        return;
    }
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let project = open.project().clone();
    let own = open.document.session.folder().to_owned();
    let (done, all) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (shared_done, shared_all, cancel) = (
        Arc::clone(&done),
        Arc::clone(&all),
        Arc::clone(&is_cancelled),
    );
    let (own_folder, folders, wake) = (own.clone(), [folder.clone()], ctx.clone());
    let result = Task::start(ctx, move || {
        let is_cancelled = || cancel.load(Ordering::Relaxed);
        let lost = missing_media(&project, &ProjectFiles::of(&own_folder));
        let mut progress = |done, all| {
            shared_all.store(all, Ordering::Relaxed);
            shared_done.store(done, Ordering::Relaxed);
            wake.request_repaint();
        };
        let found = search(&folders, &lost, &mut progress, &is_cancelled)?;
        Some(bring_in(found, &own_folder, &is_cancelled))
    });
    state.tasks.relink = Some(RelinkJob {
        project: own,
        folder,
        done,
        all,
        is_cancelled,
        result,
    });
}

pub fn cancel(state: &mut AppState) {
    if let Some(job) = &state.tasks.relink {
        job.cancel();
    }
}

/// Polls the running search. Its result edits the project.
pub fn poll(state: &mut AppState) {
    let Some(job) = &state.tasks.relink else {
        return;
    };
    let result = match job.result.poll() {
        Progress::Working => return,
        Progress::Done(result) => Some(result),
        Progress::Lost => None,
    };
    let Some(job) = state.tasks.relink.take() else {
        return;
    };
    let open = state.project.as_ref();
    if open.is_none_or(|open| open.document.session.folder() != job.project) {
        return; // that project was closed meanwhile
    }
    match result {
        Some(Some(reports)) => finished(&job, reports, state),
        Some(None) => {
            let text = "Search cancelled. No import was relinked.";
            state.notifications.info(text);
        }
        None => {
            let text = "The search crashed, and no import was relinked. The log has the message.";
            state.notifications.error(text);
        }
    }
}

/// Relinks the imports whose files were found, as one step.
fn finished(job: &RelinkJob, mut reports: Vec<Report>, state: &mut AppState) {
    if reports.is_empty() {
        state.notifications.info("No file is missing.");
        return media::check_files(state); // the panel does not know it yet
    }
    let Some(open) = &mut state.project else {
        return;
    };
    let edits = changes(open.project(), &mut reports);
    for medium in reports.iter().filter_map(|report| report.medium.as_ref()) {
        open.media.read_again(medium);
    }
    if edits.is_empty() {
        open.changed(); // the viewer reads the files that were put back
    } else if !open.edit_all("relink", &edits, &mut state.notifications) {
        return;
    }
    let text = summary(&reports, &job.name());
    state.notifications.result(text, Vec::new());
}

/// "3 of 4 imports found in Footage. Not found: door.mp4".
fn summary(reports: &[Report], folder: &str) -> String {
    let relinked = reports.iter().filter(|report| report.medium.is_some());
    let counted = match reports.len() {
        1 => "1 import".to_owned(),
        many => format!("{many} imports"),
    };
    let first = format!("{} of {counted} found in {folder}", relinked.count());
    let not_found = listed(reports, |report| report.search.found == Found::Nothing);
    let several = listed(reports, |report| {
        matches!(report.search.found, Found::Several(_))
    });
    let by_name = listed(reports, |report| {
        let found = &report.search.found;
        let is_by_name = matches!(found, Found::ByNameAndLength(_) | Found::ByName(_));
        is_by_name && report.medium.is_some()
    });
    let lists = [
        ("Not found", not_found),
        ("Several files fit, and none was taken", several),
        ("Found by name, not by content", by_name),
    ];
    let lists = lists
        .into_iter()
        .filter_map(|(words, names)| Some(format!("{words}: {}", names?)));
    let refused = reports.iter().filter_map(|report| {
        let name = &report.search.lost.medium.name;
        let reason = report.refused.as_ref()?;
        Some(format!("{name} is not used: {reason}"))
    });
    let notes = reports.iter().flat_map(|report| report.notes.clone());
    let sentences = [first].into_iter().chain(lists).chain(refused).chain(notes);
    sentences.collect::<Vec<String>>().join(". ")
}

/// The names of some of the imports; `None` if there are none.
fn listed(reports: &[Report], is_wanted: impl Fn(&Report) -> bool) -> Option<String> {
    let wanted = reports.iter().filter(|report| is_wanted(report));
    let names = wanted.map(|report| report.search.lost.medium.name.as_str());
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    let text = names[..names.len() - more].join(", ");
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(text),
        (false, more) => Some(format!("{text} and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::exchange::relink::{Fault, Lost, Match};
    use kinora_studio::timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
    use kinora_studio::timeline::{ContentHash, MediumId};

    use super::*;

    fn report(name: &str, found: Found) -> Report {
        let medium = Medium {
            id: MediumId::from(1),
            name: name.into(),
            content: ContentHash::of(name.as_bytes()),
            path: format!("media/{name}"),
            extent: Extent::Still,
            has_picture: true,
            has_sound: false,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        Report {
            medium: found.file().map(|_| medium.clone()),
            search: Match {
                lost: Lost {
                    medium: medium.into(),
                    fault: Fault::Missing("gone".into()),
                },
                found,
            },
            refused: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn one_text_reports_what_became_of_all_imports() {
        let file = || PathBuf::from("a.png");
        let mut reports = vec![
            report("a.png", Found::ByContent(file())),
            report("b.png", Found::ByContent(file())),
            report("c.png", Found::ByContent(file())),
        ];
        assert_eq!(
            summary(&reports, "Footage"),
            "3 of 3 imports found in Footage"
        );
        reports.push(report("door.mp4", Found::Nothing));
        let text = summary(&reports, "Footage");
        assert_eq!(text, "3 of 4 imports found in Footage. Not found: door.mp4");
        let refused = Report {
            medium: None,
            refused: Some("it is too short".into()),
            ..report("e.png", Found::ByName(file()))
        };
        let reports = [
            report("d.png", Found::ByNameAndLength(file())),
            refused,
            report("f.png", Found::Several(vec![file(), file()])),
        ];
        assert_eq!(
            summary(&reports, "Footage"),
            "1 of 3 imports found in Footage. Several files fit, and none was taken: f.png. \
             Found by name, not by content: d.png. e.png is not used: it is too short"
        );
        let many = ["1", "2", "3", "4", "5"].map(|name| report(name, Found::Nothing));
        let text = summary(&many, "Footage");
        assert!(text.ends_with("Not found: 1, 2, 3 and 2 more"), "{text}");
        let one = [report("1", Found::Nothing)];
        let text = "0 of 1 import found in Footage. Not found: 1";
        assert_eq!(summary(&one, "Footage"), text);
    }
}
