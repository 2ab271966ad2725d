//! Cutting: edits, gestures, undo, what is chosen on the timeline.

use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{ClipId, Edit, Frames, ShotId, Source, TrackId, TrackKind};

use crate::film::{Film, Gesture};
use crate::state::State;

pub fn edit(edit: &Edit, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.edit(edit, &mut state.notices);
    }
}

pub fn gesture(gesture: &Gesture, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.gesture(gesture, &mut state.notices);
    }
}

pub fn undo(state: &mut State) {
    step(state, |film| {
        film.session.undo().map_err(|error| error.to_string())
    });
}

pub fn redo(state: &mut State) {
    step(state, |film| {
        film.session.redo().map_err(|error| error.to_string())
    });
}

fn step(state: &mut State, go: impl FnOnce(&mut Film) -> Result<Option<String>, String>) {
    let Some(film) = &mut state.film else { return };
    let gone = go(film);
    film.changed();
    film.title_form = None;
    film.shot_form = None; // what was typed and not kept is not what the film says now
    if let Err(error) = gone {
        state.notices.trouble(format!("Not done: {error}"));
    }
}

pub fn choose(clip: Option<ClipId>, adds: bool, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let chosen = &mut film.chosen.clips;
    let was_chosen = clip.is_some_and(|clip| chosen.contains(&clip));
    if !adds {
        chosen.clear();
    }
    if let Some(clip) = clip {
        for one in film.session.project().linked(clip) {
            match adds && was_chosen {
                true => chosen.remove(&one),
                false => chosen.insert(one),
            };
        }
        if let Some((clip, ..)) = film.project().clip(clip)
            && let Source::Shot(shot) = clip.source
        {
            film.chosen.shot = Some(shot);
        }
    }
}

/// At the end of the first video track, as long as the shot is.
pub fn place(shot: ShotId, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let project = film.project();
    let track = project
        .tracks()
        .iter()
        .find(|track| track.kind == TrackKind::Video);
    let length = project.available(Source::Shot(shot));
    if let (Some(track), Some(length)) = (track, length) {
        let clip = Clip::new(Source::Shot(shot), Frames::ZERO, length);
        let pieces = vec![Piece {
            track: track.id,
            clip,
        }];
        film.edit(&Edit::Place(Place::Append { pieces }), &mut state.notices);
    }
}

/// Cuts the tracks of the chosen clips, or all, at the playhead.
pub fn razor(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let project = film.project();
    let chosen = film
        .chosen
        .clips
        .iter()
        .filter_map(|clip| project.clip(*clip));
    let mut tracks: Vec<TrackId> = chosen.map(|(_, track, _)| track.id).collect();
    if tracks.is_empty() {
        tracks = project.tracks().iter().map(|track| track.id).collect();
    }
    tracks.sort_unstable();
    tracks.dedup();
    let at = film.player.playhead();
    film.edit(&Edit::Trim(Trim::Razor { at, tracks }), &mut state.notices);
}

pub fn remove(state: &mut State, closes_up: bool) {
    let Some(film) = &mut state.film else { return };
    let clips: Vec<ClipId> = film.chosen.clips.iter().copied().collect();
    let remove = match closes_up {
        true => Remove::Extract { clips },
        false => Remove::Lift { clips },
    };
    film.edit(&Edit::Remove(remove), &mut state.notices);
}

pub fn toggle_snap(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    film.timeline.snaps = !film.timeline.snaps;
    let words = match film.timeline.snaps {
        true => "Edges snap again.",
        false => "Edges do not snap any more.",
    };
    state.notices.good_news(words);
}

pub fn toggle_trims(state: &mut State) {
    if let Some(film) = &mut state.film {
        film.timeline.trims = !film.timeline.trims;
    }
}
