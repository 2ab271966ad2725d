//! The playhead: playing, shuttling, stepping from frame to frame and from cut to cut.

use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::shot::keys::key_at;
use kinora_studio::timeline::{Edit, Frames};

use super::viewer;
use crate::state::app::AppState;
use crate::state::at_playhead::marks_shown;
use crate::state::command::Command;
use crate::state::view::Repeat;
use crate::state::view::viewer_view::ViewerMode;

/// Moves the playhead of the timeline. The viewer shows the timeline then.
pub fn go_to(frame: Frames, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        viewer::show_timeline(open);
        open.media.player.go_to(frame);
    }
}

/// Adds a camera keyframe to the selected shot, on the frame that the camera panel shows.
fn add_camera_keyframe(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let frame = open.view.panels.stage.frame;
    let shot = open.view.selection.shot;
    let shot = shot.and_then(|shot| open.project().shot(shot));
    if let Some(edit) = shot.map(|shot| CameraEdit::SetKey(shot.id, key_at(shot, frame))) {
        open.edit(&Edit::Camera(edit), &mut state.notifications);
    }
}

/// Runs a command of the Play menu.
pub fn run(command: Command, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let is_over_camera = open.view.panels.stage.has_pointer;
    if command == Command::Stop && is_over_camera {
        return add_camera_keyframe(state);
    }
    let marks = marks_shown(open);
    let is_alone = open.view.viewer.mode.source().is_some();
    let alone = open.media.source.parts_mut().filter(|_| is_alone);
    if !is_alone {
        open.view.viewer.mode = ViewerMode::Timeline; // the live preview does not play
    }
    let film = (&mut open.media.player, open.document.session.project());
    let (player, project) = alone.unwrap_or(film);
    let at = player.playhead();
    let last = (project.end() - Frames::ONE).max(Frames::ZERO);
    match command {
        Command::Play => player.play(i32::from(player.speed() == 0), project),
        Command::ShuttleBack => player.shuttle(-1, project),
        Command::Stop => player.stop(),
        Command::ShuttleForward => player.shuttle(1, project),
        Command::PreviousFrame => player.go_to(at - Frames::ONE),
        Command::NextFrame => player.go_to((at + Frames::ONE).min(last)),
        Command::PreviousCut => player.go_to(project.previous_cut(at).unwrap_or(Frames::ZERO)),
        Command::NextCut => player.go_to(project.next_cut(at).unwrap_or(last).min(last)),
        Command::ToStart => player.go_to(Frames::ZERO),
        Command::ToEnd => player.go_to(last),
        Command::GoToIn => player.go_to(marks.map_or(at, |marks| marks.start)),
        Command::GoToOut => {
            let out = marks.map_or(at, |marks| marks.end() - Frames::ONE);
            player.go_to(out.min(last));
        }
        _ => {}
    }
}

/// Turns the loop of the timeline on or off.
pub fn toggle_loop(state: &mut AppState) {
    state.viewer.repeat = match state.viewer.repeat {
        Repeat::Range => Repeat::Timeline,
        Repeat::Timeline => Repeat::Range,
    };
    state.notifications.info(match state.viewer.repeat {
        Repeat::Timeline => "The timeline loops.",
        Repeat::Range => "The timeline stops at its end.",
    });
}
