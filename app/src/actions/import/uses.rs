//! The use of an imported file: on the timeline, in the media panel, as the control clip of a shot, or as the file of an
//! import whose file was missing.

use kinora_studio::exchange::import::with_file_of;
use kinora_studio::exchange::placement::{added, placed};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::{Edit, MediumId, Refusal, ShotId, Source};

use crate::actions::viewer;
use crate::state::notification::Notifications;
use crate::state::open_project::OpenProject;
use crate::state::proxy_jobs::is_video;

/// "shot.[0001-0120].exr (120 pictures at 24 a second)", of a file its name.
fn named(medium: &Medium, sequence: Option<String>) -> String {
    let name = &medium.name;
    sequence.map_or_else(|| name.clone(), |words| format!("{name} ({words})"))
}

/// Places an import at the playhead.
pub(super) fn place(
    open: &mut OpenProject,
    (medium, sequence): (Medium, Option<String>),
    still_seconds: u32,
    notifications: &mut Notifications,
) {
    let name = named(&medium, sequence);
    let playhead = open.media.player.playhead();
    match placed(open.project(), medium, playhead, still_seconds) {
        Ok(batch) => {
            if open.edit_all("import", &batch.edits, notifications) {
                viewer::show_timeline(open);
                notifications.info(format!("{name} is on the timeline."));
            }
        }
        Err(refusal) => notifications.error(format!("{name}: {refusal}")),
    }
}

/// Adds a medium to the project. One that is there already is only pointed out.
pub(super) fn list(
    open: &mut OpenProject,
    (medium, sequence): (Medium, Option<String>),
    notifications: &mut Notifications,
) {
    let project = open.project();
    let known = project.media().find(|one| one.content == medium.content);
    if let Some(known) = known {
        let text = format!("{} is in the media panel already.", known.name);
        return notifications.info(text);
    }
    let name = named(&medium, sequence);
    let add = Edit::Library(Library::AddMedium(Box::new(medium)));
    if open.edit(&add, notifications) {
        notifications.info(format!("{name} is in the media panel."));
    }
}

/// Adds a video to the project, unless it is there, and makes it the control clip of a shot.
pub(super) fn control(
    open: &mut OpenProject,
    shot: ShotId,
    medium: Medium,
    notifications: &mut Notifications,
) {
    if !is_video(&medium) {
        let text = format!("{} is no video: it cannot control a shot.", medium.name);
        return notifications.error(text);
    }
    let project = open.project();
    let planned = added(project, medium).and_then(|(mut batch, source)| {
        let Source::Medium(medium) = source else {
            return Ok((batch, ()));
        };
        let known = project.shot(shot).ok_or(Refusal::NoSuch { what: "shot" })?;
        let changed = ShotChange::Control(Some(medium)).of(known, project);
        batch.then(Edit::Library(Library::ChangeShot(Box::new(changed))))?;
        Ok((batch, ()))
    });
    open.edit_planned("control clip", planned, notifications);
}

/// Changes the file of a medium. The same file was only put back: the project stays as it is.
pub(super) fn relinked(
    open: &mut OpenProject,
    of: MediumId,
    medium: Medium,
    notifications: &mut Notifications,
) {
    let Some(known) = open.project().medium(of) else {
        return; // it was removed meanwhile
    };
    let name = known.name.clone();
    let is_other = medium.content != known.content;
    if (medium.content, &medium.path) == (known.content, &known.path) {
        open.changed(); // the viewer reads the file
        notifications.info(format!("{name} is there again."));
        return;
    }
    let medium = with_file_of(known, medium); // it may have been renamed or marked meanwhile
    let change = Edit::Library(Library::ChangeMedium(Box::new(medium)));
    if !open.edit_all("relink", &[change], notifications) {
        return;
    }
    match is_other {
        true => notifications.result(
            format!("{name} was relinked. The chosen file is not the one that was imported."),
            Vec::new(),
        ),
        false => notifications.info(format!("{name} is there again.")),
    }
}
