//! What the viewer shows, and the in and out points of the source that it shows by itself.

use kinora_studio::timeline::{Frames, Project, Source};

use crate::background::player::Player;
use crate::state::action::ViewerAction;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::view::layout::Pane;
use crate::state::view::viewer_view::{ColourTarget, ComparedPicture, ViewedSource, ViewerMode};
use crate::state::view::viewer_window::WindowPlace;

pub fn apply(action: ViewerAction, state: &mut AppState) {
    if let ViewerAction::SetGuides(guides) = action {
        state.viewer.guides = guides;
        return;
    }
    if let ViewerAction::KeepWindow(place) = action {
        keep_window(place, state);
        return;
    }
    let Some(open) = &mut state.project else {
        return;
    };
    match action {
        ViewerAction::SetGuides(_) | ViewerAction::KeepWindow(_) => {}
        ViewerAction::PickColour(target) => pick_colour(target, open),
        ViewerAction::ComparePicture(compared) => compare_picture(compared, open),
        ViewerAction::ShowTimeline => show_timeline(open),
        ViewerAction::ShowLive => {
            open.media.source.stop();
            open.view.viewer.mode = ViewerMode::Live;
        }
        ViewerAction::Show(shown) => {
            show_source(open, shown);
            open.view.show(Pane::Viewer);
        }
        ViewerAction::GoTo(frame) => {
            if let Some((player, _)) = open.media.source.parts_mut() {
                player.go_to(frame);
            }
        }
    }
}

/// Writes where the viewer's own window is now.
fn keep_window(place: WindowPlace, state: &mut AppState) {
    state.viewer_window.last = Some(place);
    let saved = state.viewer_window.clone();
    state
        .config_writer
        .write("viewer window", move || saved.save());
}

/// Shows one whole picture in which a colour can be clicked. `None` ends that.
fn pick_colour(target: Option<ColourTarget>, open: &mut OpenProject) {
    open.view.viewer.picks_for = target;
    if target.is_none() {
        return;
    }
    open.view.comparison = None;
    open.view.viewer.compared = None;
    if open.view.viewer.mode == ViewerMode::Live {
        show_timeline(open);
    }
    open.view.show(Pane::Viewer);
}

/// Compares the film with a picture of the media. `None` ends that.
fn compare_picture(compared: Option<ComparedPicture>, open: &mut OpenProject) {
    let is_new = open.view.viewer.compared.is_none() && compared.is_some();
    open.view.viewer.compared = compared;
    if is_new {
        show_timeline(open);
        open.view.show(Pane::Viewer);
    }
}

/// Shows the timeline, unless it is shown already.
pub fn show_timeline(open: &mut OpenProject) {
    open.media.source.stop();
    open.view.viewer.mode = ViewerMode::Timeline;
}

/// Shows a source by itself. The timeline stops playing.
pub fn show_source(open: &mut OpenProject, shown: ViewedSource) {
    open.media.player.stop();
    open.view.viewer.show(shown);
    open.view.comparison = open
        .view
        .comparison
        .filter(|one| Source::Shot(one.shot) == shown.source);
}

/// What the viewer plays: a source by itself, or the timeline.
pub fn shown(open: &OpenProject) -> (&Player, &Project) {
    let source = &open.media.source;
    let alone = source.player().zip(source.project());
    let alone = alone.filter(|_| open.view.viewer.mode.source().is_some());
    alone.unwrap_or((&open.media.player, open.project()))
}

/// Sets the in or the out point of the source that is shown by itself. False if none is shown.
pub fn mark_source(open: &mut OpenProject, is_out: bool) -> bool {
    let is_shown = open.view.viewer.mode.source().is_some();
    let source = &open.media.source;
    let (Some(player), Some(alone)) = (source.player(), source.project()) else {
        return false;
    };
    if is_shown {
        let (at, length) = (player.playhead(), alone.end());
        open.view.viewer.mark(at, is_out, length);
    }
    is_shown
}

/// The source that insert and overwrite place, and its first frame and length: the one that the viewer shows by itself,
/// between its in and out; otherwise the selected shot.
pub fn source_to_place(open: &OpenProject) -> Option<(Source, Frames, Frames)> {
    let project = open.project();
    if let Some(shown) = open.view.viewer.mode.source() {
        let length = open.media.source.project()?.end();
        let range = open.view.viewer.marked(length);
        return Some((shown.source, range.start, range.length));
    }
    let source = Source::Shot(open.view.selection.shot?);
    Some((source, Frames::ZERO, project.available(source)?))
}
