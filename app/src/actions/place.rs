//! Placing shots and imports on the timeline: the picture on a video track, and its sound, linked, on an audio track.

mod plan;

use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::{Edit, FrameRange, Frames, MediumId, ShotId, Source, TrackId};

use super::viewer::{self, source_to_place};
use crate::state::action::{MediumPlace, ShotPlace};
use crate::state::app::AppState;
use crate::state::at_playhead::gap_at_playhead;
use crate::state::notification::Notifications;
use crate::state::open_project::OpenProject;
use plan::{Content, planned};

pub use plan::{planned_sound, planned_sound_shot};

/// Places a source in its full length at a frame of a track.
pub fn drop_source(
    source: Source,
    (track, at): (TrackId, Frames),
    inserts: bool,
    state: &mut AppState,
) {
    let how = match inserts {
        true => MediumPlace::Insert,
        false => MediumPlace::Overwrite,
    };
    place_whole(source, how, (Some(track), at), state);
}

/// Places an import in its full length on the targeted tracks.
pub fn place_medium(medium: MediumId, how: MediumPlace, state: &mut AppState) {
    if let Some(open) = &state.project {
        let playhead = open.media.player.playhead();
        place_whole(Source::Medium(medium), how, (None, playhead), state);
    }
}

/// Places a shot on the targeted track, in its full length; in the gap at the playhead as much of it as fits.
pub fn place_shot(shot: ShotId, place: ShotPlace, state: &mut AppState) {
    let source = Source::Shot(shot);
    let Some(open) = &mut state.project else {
        return;
    };
    let playhead = open.media.player.playhead();
    match place {
        ShotPlace::Playhead => place_whole(source, MediumPlace::Insert, (None, playhead), state),
        ShotPlace::End => place_whole(source, MediumPlace::Append, (None, playhead), state),
        ShotPlace::Gap => {
            let Some((track, gap)) = gap_at_playhead(open) else {
                return;
            };
            let mut content = Content::whole(open.project(), source, 0);
            content.length = content.length.min(gap.length);
            let to = (Some(track), gap.start);
            let how = MediumPlace::Overwrite;
            if place_content(open, &content, how, to, &mut state.notifications) {
                viewer::show_timeline(open);
            }
        }
    }
}

/// Places the source that the viewer shows by itself, between its in and out, or the selected shot, on the targeted
/// tracks. A range on the timeline decides where it begins and how long it is: three points make the edit, and the out
/// point of the source gives way. Without a range it begins at the playhead. The viewer goes on showing the source: often
/// the next range of it is placed next.
pub fn place_viewed(how: MediumPlace, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some((source, start, length)) = source_to_place(open) else {
        return;
    };
    let playhead = open.media.player.playhead();
    let content = Content {
        source,
        start,
        length,
    };
    let Some(range) = open.project().in_out() else {
        let to = (None, playhead);
        place_content(open, &content, how, to, &mut state.notifications);
        return;
    };
    place_in_range(open, content, how, range, &mut state.notifications);
}

/// Places content from the in point of the timeline on, and clears in and out: the next edit has a place of its own.
fn place_in_range(
    open: &mut OpenProject,
    content: Content,
    how: MediumPlace,
    range: FrameRange,
    notifications: &mut Notifications,
) {
    let project = open.project();
    let content = content.fitted(project, range.length);
    let view = &open.view.panels.timeline;
    let folder = open.document.session.folder();
    let planned = planned((project, folder), view, &content, how, (None, range.start));
    let planned = planned.and_then(|mut batch| {
        batch.then(Edit::Mark(Mark::InOut(None)))?;
        Ok((batch, ()))
    });
    let is_done = open
        .edit_planned(name_of_place(how), planned, notifications)
        .is_some();
    let missing = range.length - content.length;
    if is_done && missing > Frames::ZERO {
        notifications.info(format!("The source ends {missing} before the out point."));
    }
}

fn name_of_place(how: MediumPlace) -> &'static str {
    match how {
        MediumPlace::Insert => "insert",
        MediumPlace::Overwrite => "overwrite",
        MediumPlace::Append => "append",
    }
}

fn place_whole(
    source: Source,
    how: MediumPlace,
    to: (Option<TrackId>, Frames),
    state: &mut AppState,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let still_seconds = state.preferences.values.still_seconds;
    let content = Content::whole(open.project(), source, still_seconds);
    if place_content(open, &content, how, to, &mut state.notifications) {
        viewer::show_timeline(open);
    }
}

/// False: it is not possible, and a notification says why.
fn place_content(
    open: &mut OpenProject,
    content: &Content,
    how: MediumPlace,
    to: (Option<TrackId>, Frames),
    notifications: &mut Notifications,
) -> bool {
    let view = &open.view.panels.timeline;
    let place = (open.project(), open.document.session.folder());
    let planned = planned(place, view, content, how, to);
    let planned = planned.map(|batch| (batch, ()));
    open.edit_planned(name_of_place(how), planned, notifications)
        .is_some()
}
