//! Markers, in and out, and a dissolve at a cut.

use kinora_studio::timeline::clip::Label;
use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::edit::transitions::TransitionEdit;
use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{
    ClipId, Edit, FrameRange, Frames, MarkerId, Project, Track, TrackKind, TransitionKind,
};

use crate::film::Film;
use crate::state::State;

/// The longest half of a new dissolve, in parts of a second.
const HALF_DISSOLVE_SECONDS: f64 = 0.25;

pub fn add_marker(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let range = FrameRange {
        start: film.player.playhead(),
        length: Frames::ZERO,
    };
    let marker = Marker {
        id: MarkerId::from(0), // the edit gives one
        range,
        label: Label::default(),
        name: String::new(),
        note: String::new(),
    };
    film.edit(&Edit::Mark(Mark::Add(marker)), &mut state.notices);
}

/// The playhead's frame is the first, or the last, of the part that is played and written out.
pub fn set_end(is_out: bool, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let at = film.player.playhead();
    let whole = FrameRange::between(Frames::ZERO, film.project().end().max(Frames::ONE));
    let before = film.project().in_out().unwrap_or(whole);
    let range = match is_out {
        true => FrameRange::between(before.start.min(at), at + Frames::ONE),
        false => FrameRange::between(at, before.end().max(at + Frames::ONE)),
    };
    film.edit(&Edit::Mark(Mark::InOut(Some(range))), &mut state.notices);
}

pub fn clear_ends(state: &mut State) {
    if let Some(film) = &mut state.film {
        film.edit(&Edit::Mark(Mark::InOut(None)), &mut state.notices);
    }
}

/// At the head of the chosen clip, or at the cut that is nearest to the playhead; as long as the handles allow.
pub fn dissolve(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    match clip_at_cut(film) {
        Some(clip) => join(clip, TransitionKind::Dissolve, state),
        None => state
            .notices
            .trouble("There is no cut here to dissolve over."),
    }
}

/// A transition at a clip's head, as long as the handles allow, up to half a second.
pub fn join(clip: ClipId, kind: TransitionKind, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let half = HALF_DISSOLVE_SECONDS * film.project().rate().per_second();
    let half = Frames((half.round() as i64).max(1));
    let mut refused = None;
    let fits = lengths(half).find(|(before, after)| {
        refused = set(clip, kind, *before, *after).apply(film.project()).err();
        refused.is_none()
    });
    match (fits, refused) {
        (Some((before, after)), _) => {
            film.edit(&set(clip, kind, before, after), &mut state.notices);
        }
        (None, Some(refusal)) => state.notices.trouble(format!(
            "No transition fits here: {refusal}. It needs frames of both clips beyond the cut: trim one of them first."
        )),
        (None, None) => {}
    }
}

fn set(clip: ClipId, kind: TransitionKind, before: Frames, after: Frames) -> Edit {
    Edit::Transition(TransitionEdit::Set {
        clip,
        kind,
        before,
        after,
    })
}

/// Both halves as long as wished, then shorter, then only on one side.
fn lengths(half: Frames) -> impl Iterator<Item = (Frames, Frames)> {
    let down = move || (1..=half.0).rev().map(Frames);
    let both = down().map(|half| (half, half));
    let one = down().flat_map(|half| [(half, Frames::ZERO), (Frames::ZERO, half)]);
    both.chain(one)
}

/// The clip after the cut that is meant: at the head of what is chosen, else at its tail, else the nearest to the
/// playhead.
fn clip_at_cut(film: &Film) -> Option<ClipId> {
    let project: &Project = film.project();
    let mut cuts: Vec<Cut> = project
        .tracks()
        .iter()
        .filter(|track| track.kind == TrackKind::Video)
        .flat_map(|track| cuts(track))
        .collect();
    let is_chosen = |clip| film.chosen.clips.contains(&clip);
    let at = film.player.playhead();
    cuts.sort_by_key(|cut| {
        let apart = (cut.at - at).0.abs();
        (!is_chosen(cut.after), !is_chosen(cut.before), apart)
    });
    cuts.first().map(|cut| cut.after)
}

/// Where one clip follows directly on another.
struct Cut {
    at: Frames,
    before: ClipId,
    after: ClipId,
}

fn cuts(track: &Track) -> Vec<Cut> {
    let clips: Vec<_> = track.clips().collect();
    let meet = clips
        .windows(2)
        .filter(|two| two[0].1.end() == two[1].1.start);
    let cut = meet.map(|two| Cut {
        at: two[1].1.start,
        before: two[0].0.id,
        after: two[1].0.id,
    });
    cut.collect()
}
