//! Importing video, pictures and sound: reading files on other threads, one or several, and adding them to the project.

mod uses;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;
use kinora_studio::exchange::import::{
    Gaps, ImportSource, Imported, RestOfImport, SequenceSettings, relink_medium,
};
use kinora_studio::exchange::subtitles::is_subtitle_file;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::{ContentHash, Edit, MediumId};
use kinora_studio::wire::{Failure, FailureKind};

use super::{media, proxies, subtitles};
use crate::background::task::Task;
use crate::state::action::{Action, FilePurpose, ProjectAction};
use crate::state::app::AppState;
use crate::state::notification::{NotificationButton, Notifications};
use crate::state::open_project::OpenProject;
use crate::state::sequence_jobs::{SequenceJob, Writing, sequence_words};
use crate::state::tasks::{ImportUse, ImportedFiles, ImportedMedium, ReadMedium, Tasks};
use uses::{control, list, place, relinked};

/// How image sequences are imported: at the rate of the timeline.
fn sequences_of(open: &OpenProject) -> SequenceSettings {
    SequenceSettings {
        rate: open.project().rate(),
        gaps: Gaps::Refuse,
    }
}

/// Reads a file, or the image sequence that it belongs to, and copies it into the project's folder, on another thread.
pub fn import(file: PathBuf, wanted: ImportUse, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    if is_subtitle_file(&file) {
        return subtitles::import(file, state, ctx);
    }
    let folder = open.document.session.folder().to_owned();
    let settings = sequences_of(open);
    state
        .notifications
        .info(format!("Importing {}", file.display()));
    let (job, wake) = (state.tasks.sequences.begin(), ctx.clone());
    state.tasks.importing.push(Task::start(ctx, move || {
        let source = match wanted {
            ImportUse::PlaceStill => ImportSource::File(file),
            _ => ImportSource::of(file),
        };
        let (imported, rest) = import_shown(&source, settings, &folder, (&job, &wake))?;
        let pictures = source.pictures();
        Ok(ImportedMedium {
            folder,
            wanted,
            imported,
            sequence: pictures.map(|pictures| sequence_words(pictures, settings.rate)),
            rest,
        })
    }));
}

/// Imports a file; or an image sequence, whose progress is shown in the window, which can cancel it.
fn import_shown(
    source: &ImportSource,
    settings: SequenceSettings,
    folder: &Path,
    (job, wake): (&SequenceJob, &Context),
) -> Result<(Imported, Option<RestOfImport>), Failure> {
    job.show(source.pictures().map(|pictures| {
        let words = sequence_words(pictures, settings.rate);
        Writing {
            words: format!("{}: {words}", source.name()),
            share: 0.0,
        }
    }));
    let imported = source.import_soon(settings, folder, &mut |share| {
        wake.request_repaint();
        job.goes_on(share)
    });
    job.show(None);
    imported
}

/// Imports a file onto the timeline, if the project of this folder is still open.
pub fn place_in(folder: &Path, file: PathBuf, state: &mut AppState, ctx: &Context) {
    let is_open = |open: &OpenProject| open.document.session.folder() == folder;
    if state.project.as_ref().is_some_and(is_open) {
        import(file, ImportUse::Place, state, ctx);
    }
}

/// Imports files that are only listed, one after the other on one thread, with one message at the end.
pub fn import_all(files: Vec<PathBuf>, state: &mut AppState, ctx: &Context) {
    let is_cut = |file: &PathBuf| FilePurpose::Timeline.has_extension_of(file);
    let (cuts, files): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(is_cut);
    for cut in cuts {
        offer_cut(cut, &mut state.notifications);
    }
    let is_text = |file: &PathBuf| is_subtitle_file(file);
    let (texts, files): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(is_text);
    for text in texts {
        subtitles::import(text, state, ctx);
    }
    match &files[..] {
        [] => return,
        [file] => return import(file.clone(), ImportUse::List, state, ctx),
        _ => {}
    }
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    let settings = sequences_of(open);
    state
        .notifications
        .info(format!("Importing {} files", files.len()));
    let (job, wake) = (state.tasks.sequences.begin(), ctx.clone());
    state.tasks.importing_all.push(Task::start(ctx, move || {
        let mut imported = ImportedFiles {
            folder,
            media: Vec::new(),
            sequences: Vec::new(),
            refused: Vec::new(),
        };
        for source in ImportSource::of_all(&files) {
            match import_shown(&source, settings, &imported.folder, (&job, &wake)) {
                Ok(medium) => {
                    let words = |pictures| sequence_words(pictures, settings.rate);
                    let words = source.pictures().map(words);
                    let named = words.map(|words| format!("{}: {words}", source.name()));
                    imported.sequences.extend(named);
                    imported.media.push(medium);
                }
                Err(failure) if failure.kind == FailureKind::Cancelled => {
                    let name = source.name();
                    imported.refused.push(format!("{name}: cancelled"));
                    break; // those after it are not begun
                }
                Err(failure) => imported.refused.push(failure.cause),
            }
        }
        imported
    }));
}

/// Reports that a timeline is no medium, with a button that imports it.
fn offer_cut(cut: PathBuf, notifications: &mut Notifications) {
    let text = format!(
        "{} is a timeline and not a video, picture or sound. It can become a new project.",
        cut.display()
    );
    let button = NotificationButton {
        text: "Import timeline…",
        action: Action::Project(ProjectAction::AskImportTimeline(cut)),
    };
    notifications.failure(text, vec![button]);
}

/// Reads a file and copies it into the project's folder, on another thread, as the file of an import.
pub fn relink(medium: MediumId, file: PathBuf, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let Some(known) = open.project().medium(medium).cloned() else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    state.tasks.importing.push(Task::start(ctx, move || {
        let imported = relink_medium(&file, &known, &folder)?;
        Ok(ImportedMedium {
            wanted: ImportUse::Relink(imported.medium.id),
            folder,
            imported,
            sequence: None,
            rest: None,
        })
    }));
}

/// Adds an imported file to the project, or relinks an import to it.
pub fn imported(result: Result<ImportedMedium, Failure>, state: &mut AppState, ctx: &Context) {
    let ImportedMedium {
        folder,
        wanted,
        imported: Imported { medium, notes },
        sequence,
        rest,
    } = match result {
        Ok(imported) => imported,
        Err(failure) if failure.kind == FailureKind::Cancelled => {
            return state.notifications.info("The import was cancelled.");
        }
        Err(failure) => return state.notifications.error(failure.to_string()),
    };
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile
    };
    let content = medium.content;
    let still_seconds = state.preferences.values.still_seconds;
    let notifications = &mut state.notifications;
    open.media.read_again(&medium); // its file may have been missing
    // What was in use before is not read once more, and not taken out.
    let rest = rest.filter(|_| open.project().medium_with_content(content).is_none());
    match wanted {
        ImportUse::Place | ImportUse::PlaceStill => {
            place(open, (medium, sequence), still_seconds, notifications);
        }
        ImportUse::List => list(open, (medium, sequence), notifications),
        ImportUse::Relink(of) => relinked(open, of, medium, notifications),
        ImportUse::Control(shot) => control(open, shot, medium, notifications),
    }
    for note in notes {
        notifications.result(note, Vec::new());
    }
    match rest {
        Some(rest) => read_on(rest, folder, content, &mut state.tasks, ctx),
        None => proxies::order_if_large(content, state),
    }
}

/// Reads the rest of an imported file on another thread.
fn read_on(
    rest: RestOfImport,
    folder: PathBuf,
    content: ContentHash,
    tasks: &mut Tasks,
    ctx: &Context,
) {
    tasks.reading.push(Task::start(ctx, move || ReadMedium {
        folder,
        content,
        notes: rest.finish(),
    }));
}

/// Reports what of an imported file is damaged. One that crashes or hangs its reader is taken out of the project again.
pub fn read(read: ReadMedium, state: &mut AppState) {
    let open = state.project.as_ref();
    let Some(open) = open.filter(|open| open.document.session.folder() == read.folder) else {
        return; // that project was closed meanwhile
    };
    let is_read = |medium: &&Arc<Medium>| medium.content == read.content;
    let Some(medium) = open.project().media().find(is_read).map(|medium| medium.id) else {
        return; // it was removed meanwhile
    };
    match read.notes {
        Ok(notes) => {
            if let Some(medium) = open.project().medium(medium) {
                open.media.details.read_again(medium);
            }
            for note in notes {
                state.notifications.result(note, Vec::new());
            }
            proxies::order_if_large(read.content, state); // nothing decodes a file before it was read
        }
        Err(failure) => {
            media::remove_with_clips(medium, state);
            let is_there = |open: &OpenProject| open.project().medium(medium).is_some();
            let end = match state.project.as_ref().is_some_and(is_there) {
                true => "Take it out of the project.", // its track is locked
                false => "It was taken out of the project.",
            };
            state.notifications.error(format!("{failure}. {end}"));
        }
    }
}

/// Adds files that were imported together to the project, as one step.
pub fn imported_all(files: ImportedFiles, state: &mut AppState, ctx: &Context) {
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == files.folder) else {
        return; // that project was closed meanwhile
    };
    let known = open.project().media().map(|medium| medium.content);
    let mut known: BTreeSet<ContentHash> = known.collect();
    let (mut edits, mut repeated) = (Vec::new(), 0);
    let mut read_whole = Vec::new();
    let mut notes = Vec::new();
    for (Imported { medium, notes: own }, rest) in files.media {
        let rest = rest.filter(|_| !known.contains(&medium.content));
        match rest {
            Some(rest) => {
                let folder = files.folder.clone();
                read_on(rest, folder, medium.content, &mut state.tasks, ctx);
            }
            None => read_whole.push(medium.content),
        }
        notes.extend(own);
        open.media.read_again(&medium); // its file may have been missing
        match known.insert(medium.content) {
            true => edits.push(Edit::Library(Library::AddMedium(Box::new(medium)))),
            false => repeated += 1,
        }
    }
    let notifications = &mut state.notifications;
    let added = edits.len();
    if added > 0 && !open.edit_all("import", &edits, notifications) {
        return;
    }
    for content in read_whole {
        proxies::order_if_large(content, state);
    }
    let notifications = &mut state.notifications;
    let mut text = summary(added, repeated, &files.refused);
    for sequence in &files.sequences {
        text.push_str(". ");
        text.push_str(sequence);
    }
    match files.refused.is_empty() {
        true => notifications.info(text),
        false => notifications.error(text),
    }
    for note in notes {
        notifications.result(note, Vec::new());
    }
}

/// "12 files imported, 1 there already, 1 not: notes.txt: no picture, video or sound".
fn summary(added: usize, repeated: usize, refused: &[String]) -> String {
    let mut parts = vec![match added {
        1 => "1 file imported".to_owned(),
        many => format!("{many} files imported"),
    }];
    if repeated > 0 {
        parts.push(format!("{repeated} there already"));
    }
    if !refused.is_empty() {
        let reasons = refused.join("; ");
        parts.push(format!("{} not: {reasons}", refused.len()));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_reports_what_became_of_all_files() {
        assert_eq!(summary(12, 0, &[]), "12 files imported");
        let refused = ["a.txt: it is no video".to_owned()];
        assert_eq!(
            summary(1, 2, &refused),
            "1 file imported, 2 there already, 1 not: a.txt: it is no video"
        );
    }
}
