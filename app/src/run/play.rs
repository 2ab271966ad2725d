//! The playhead: playing, shuttling, stepping from frame to frame and from cut to cut.

use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::{Edit, Frames};

use crate::command::Command;
use crate::panel::camera::key_at;
use crate::state::State;

pub fn go_to(frame: Frames, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.player.go_to(frame);
    }
}

/// The chosen shot's camera gets a key on the frame that is looked at.
fn key_camera(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let frame = film.stage_view.frame;
    let shot = film.chosen.shot.and_then(|shot| film.project().shot(shot));
    if let Some(edit) = shot.map(|shot| CameraEdit::SetKey(shot.id, key_at(shot, frame))) {
        film.edit(&Edit::Camera(edit), &mut state.notices);
    }
}

/// One of the commands that move the playhead.
pub fn run(command: Command, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let project = film.session.project();
    let player = &mut film.player;
    let at = player.playhead();
    let last = (project.end() - Frames::ONE).max(Frames::ZERO);
    match command {
        Command::Play => player.play(i32::from(player.speed() == 0), project),
        Command::ShuttleBack => player.shuttle(-1, project),
        Command::Rest if film.stage_view.has_pointer => key_camera(state),
        Command::Rest => player.go_to(at),
        Command::ShuttleOn => player.shuttle(1, project),
        Command::StepBack => player.go_to(at - Frames::ONE),
        Command::StepOn => player.go_to((at + Frames::ONE).min(last)),
        Command::PreviousCut => player.go_to(project.previous_cut(at).unwrap_or(Frames::ZERO)),
        Command::NextCut => player.go_to(project.next_cut(at).unwrap_or(last).min(last)),
        Command::ToStart => player.go_to(Frames::ZERO),
        Command::ToEnd => player.go_to(last),
        _ => {}
    }
}
