//! Edits in an editor's words: `ripple("B", Tail, -2)` trims the tail of clip B by two frames, and what follows moves.
//! Clips are named by their letters.

use kinora_timeline::edit::arrange::Arrange;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::remove::Remove;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::edit::trim::Trim;
use kinora_timeline::{
    Clip, Edge, Edit, FrameRate, Frames, Project, Source, Speed, TrackKind, TransitionKind,
};

use super::{START, Words, all_tracks, id, medium_id, range, tracks_of, words};

/// A drawn clip, as in `X--`, for the bottom track of its kind.
fn piece(project: &Project, drawing: &str) -> Piece {
    let letter = drawing.chars().next().expect("a letter");
    let kind = if letter.is_ascii_lowercase() {
        TrackKind::Audio
    } else {
        TrackKind::Video
    };
    let clip = Clip::new(
        Source::Medium(medium_id(project, letter)),
        Frames(START),
        Frames(drawing.len() as i64),
    );
    Piece {
        track: tracks_of(project, kind)[0],
        clip,
    }
}

pub fn insert(drawing: &'static str, at: i64) -> Words {
    words(move |project| {
        Edit::Place(Place::Insert {
            at: Frames(at),
            pieces: drawing.split('+').map(|one| piece(project, one)).collect(),
        })
    })
}

pub fn overwrite(drawing: &'static str, at: i64) -> Words {
    words(move |project| {
        Edit::Place(Place::Overwrite {
            at: Frames(at),
            pieces: drawing.split('+').map(|one| piece(project, one)).collect(),
        })
    })
}

/// The same on the track at this place in the project.
pub fn overwrite_on(track: usize, drawing: &'static str, at: i64) -> Words {
    words(move |project| {
        let track = all_tracks(project)[track];
        let piece = Piece {
            track,
            ..piece(project, drawing)
        };
        Edit::Place(Place::Overwrite {
            at: Frames(at),
            pieces: vec![piece],
        })
    })
}

pub fn append(drawing: &'static str) -> Words {
    words(move |project| {
        Edit::Place(Place::Append {
            pieces: vec![piece(project, drawing)],
        })
    })
}

pub fn insert_gap(at: i64, length: i64) -> Words {
    words(move |project| {
        Edit::Place(Place::Gap {
            at: Frames(at),
            length: Frames(length),
            tracks: vec![all_tracks(project)[0]],
        })
    })
}

/// The same on several tracks: their places in the project, picture tracks first.
pub fn insert_gap_on(tracks: &'static [usize], at: i64, length: i64) -> Words {
    words(move |project| {
        let all = all_tracks(project);
        Edit::Place(Place::Gap {
            at: Frames(at),
            length: Frames(length),
            tracks: tracks.iter().map(|track| all[*track]).collect(),
        })
    })
}

pub fn lift(clips: &'static [&'static str]) -> Words {
    words(move |project| {
        Edit::Remove(Remove::Lift {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
        })
    })
}

pub fn extract(clips: &'static [&'static str]) -> Words {
    words(move |project| {
        Edit::Remove(Remove::Extract {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
        })
    })
}

pub fn lift_range(start: i64, end: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::LiftRange {
            range: range(start, end),
            tracks: all_tracks(project),
        })
    })
}

pub fn extract_range(start: i64, end: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::ExtractRange {
            range: range(start, end),
            tracks: all_tracks(project),
        })
    })
}

pub fn extract_first_track(start: i64, end: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::ExtractRange {
            range: range(start, end),
            tracks: vec![all_tracks(project)[0]],
        })
    })
}

pub fn twice_as_fast(clip: &'static str) -> Words {
    words(move |project| {
        Edit::Clip(ClipEdit::Speed {
            clip: id(project, clip),
            speed: Speed::new(2, 1).expect("a speed"),
            ripple: true,
        })
    })
}

pub fn close_gap(at: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::CloseGap {
            track: all_tracks(project)[0],
            at: Frames(at),
        })
    })
}

pub fn ripple(clip: &'static str, edge: Edge, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Ripple {
            clip: id(project, clip),
            edge,
            by: Frames(by),
        })
    })
}

pub fn trim(clip: &'static str, edge: Edge, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Edge {
            clip: id(project, clip),
            edge,
            by: Frames(by),
        })
    })
}

pub fn roll(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Roll {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn slip(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Slip {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn slide(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Slide {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn to_playhead(clip: &'static str, edge: Edge, at: i64, ripple: bool) -> Words {
    words(move |project| {
        Edit::Trim(Trim::ToPlayhead {
            clip: id(project, clip),
            edge,
            at: Frames(at),
            ripple,
        })
    })
}

pub fn razor(at: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Razor {
            at: Frames(at),
            tracks: all_tracks(project),
        })
    })
}

pub fn join(clip: &'static str) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Join {
            clip: id(project, clip),
        })
    })
}

pub fn go(clips: &'static [&'static str], by: i64, up: i32) -> Words {
    words(move |project| {
        Edit::Arrange(Arrange::Move {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
            by: Frames(by),
            up,
        })
    })
}

pub fn ripple_move(clip: &'static str, to: i64) -> Words {
    words(move |project| {
        Edit::Arrange(Arrange::RippleMove {
            clip: id(project, clip),
            to: Frames(to),
        })
    })
}

pub fn swap(one: &'static str, other: &'static str) -> Words {
    words(move |project| {
        Edit::Arrange(Arrange::Swap {
            one: id(project, one),
            other: id(project, other),
        })
    })
}

pub fn dissolve(clip: &'static str, before: i64, after: i64) -> Words {
    words(move |project| {
        Edit::Transition(TransitionEdit::Set {
            clip: id(project, clip),
            kind: TransitionKind::Dissolve,
            before: Frames(before),
            after: Frames(after),
        })
    })
}

pub fn remove_dissolve(clip: &'static str) -> Words {
    words(move |project| {
        Edit::Transition(TransitionEdit::Remove {
            clip: id(project, clip),
        })
    })
}

pub fn move_dissolve(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Transition(TransitionEdit::Move {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn conform(frames_per_second: u32) -> Words {
    words(move |_| {
        let rate = FrameRate::new(frames_per_second, 1).expect("a rate");
        Edit::Library(Library::Conform(rate))
    })
}

pub fn edit(edit: impl Fn(&Project) -> Edit + 'static) -> Words {
    words(edit)
}
