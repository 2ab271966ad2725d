//! The playhead: playing, shuttling, stepping from frame to frame and from cut to cut.

use kinora_studio::timeline::Frames;

use crate::command::Command;
use crate::state::State;

pub fn go_to(frame: Frames, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.player.go_to(frame);
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
