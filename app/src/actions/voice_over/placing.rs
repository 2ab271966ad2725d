//! Finished recordings: the clip that one becomes, those that are only listed in the media panel, and the end of their
//! files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use egui::Context;
use kinora_studio::exchange::import::Imported;
use kinora_studio::exchange::voice_over::{LeftRecordings, discard, next_name};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{ContentHash, Edit, Project};

use crate::actions::place;
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::voice_over::ImportedRecording;

/// Places a recording where its film began, in one step. If another sequence is open now, it is listed in the media panel.
pub fn place_recording(recording: ImportedRecording, state: &mut AppState) {
    let ImportedRecording {
        folder,
        sequence,
        at,
        file,
        imported,
    } = recording;
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile, and imports the file when it is opened again
    };
    let imported = match imported {
        Ok(imported) => imported,
        Err(failure) => {
            let place = file.display();
            let text = format!("The recording was not imported: {failure}. It is kept as {place}.");
            return state.notifications.error(text);
        }
    };
    if open.project().open_sequence() != sequence {
        let left = LeftRecordings {
            imported: vec![(imported, file)],
            ..LeftRecordings::default()
        };
        return list_left(&folder, left, state);
    }
    let Imported { mut medium, notes } = imported;
    let name = next_name(open.project());
    medium.name.clone_from(&name);
    let content = medium.content;
    let view = &open.view.panels.timeline;
    let planned = place::planned_sound(open.project(), view, medium, at);
    let notifications = &mut state.notifications;
    if open
        .edit_planned("record voice-over", planned, notifications)
        .is_none()
    {
        return;
    }
    notifications.info(format!("{name} is on the timeline."));
    for note in notes {
        notifications.result(note, Vec::new());
    }
    state.voice_over.imported_files.push((file, content));
}

/// Lists recordings without a place in the open sequence in the media panel, as those of sessions that did not end cleanly.
pub fn list_left(folder: &Path, left: LeftRecordings, state: &mut AppState) {
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile
    };
    for refused in left.refused {
        let text = format!("A recording could not be recovered: {refused}");
        state.notifications.error(text);
    }
    for (imported, file) in left.imported {
        let mut medium = imported.medium;
        let name = next_name(open.project());
        medium.name.clone_from(&name);
        let content = medium.content;
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        if open.edit(&add, &mut state.notifications) {
            let text = format!("A recording was recovered: {name} is in the media panel.");
            state.notifications.result(text, Vec::new());
            state.voice_over.imported_files.push((file, content));
        }
    }
}

/// Removes the files of imported recordings, once the project that has them is on the disk. A full disk takes back the edit
/// that added one: its file stays, and is found when the project is opened again.
pub fn discard_imported(state: &mut AppState, ctx: &Context) {
    let is_settled = |open: &&OpenProject| open.document.session.is_settled();
    let Some(open) = state.project.as_ref().filter(is_settled) else {
        return;
    };
    let files = std::mem::take(&mut state.voice_over.imported_files);
    if files.is_empty() {
        return;
    }
    let files = in_project(open.project(), files);
    // Nobody waits for it: what is not removed now is found when the project is opened again.
    drop(Task::start(ctx, move || {
        for file in files {
            discard(&file);
        }
    }));
}

/// The files whose contents are among the media of a project.
fn in_project(project: &Project, files: Vec<(PathBuf, ContentHash)>) -> Vec<PathBuf> {
    let known: BTreeSet<ContentHash> = project.media().map(|medium| medium.content).collect();
    let files = files.into_iter();
    let kept = files.filter(|(_, content)| known.contains(content));
    kept.map(|(file, _)| file).collect()
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::MediumId;
    use kinora_studio::timeline::media::{Extent, Medium, MediumMarks, PictureSettings};

    use super::*;

    #[test]
    fn the_file_of_a_recording_that_the_project_lost_again_stays() {
        let sound = Medium {
            id: MediumId::from(0),
            name: "Voice-over 1".into(),
            content: ContentHash::of(b"kept"),
            path: "media/kept.wav".into(),
            extent: Extent::Sound {
                rate_hz: 48_000,
                samples: 96_000,
            },
            has_picture: false,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(sound)));
        let project = add.apply(&Project::default()).expect("added");
        let file = |name: &str| (PathBuf::from(name), ContentHash::of(name.as_bytes()));
        let removed = in_project(&project, vec![file("kept"), file("taken back")]);
        assert_eq!(removed, [PathBuf::from("kept")]);
    }
}
