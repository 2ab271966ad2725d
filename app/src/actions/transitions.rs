//! Transitions at cuts, as long as the handles of the clips allow.

use kinora_studio::timeline::edit::transitions::TransitionEdit;
use kinora_studio::timeline::{ClipId, Edit, Frames, Project, Track, TrackKind, TransitionKind};

use crate::state::app::AppState;
use crate::state::open_project::OpenProject;

/// The longest half of a new transition.
const HALF_TRANSITION_SECONDS: f64 = 0.25;

/// Adds a dissolve at the head of the selected clip, or at the cut nearest to the playhead.
pub fn dissolve(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    match clip_at_cut(open) {
        Some(clip) => add(clip, TransitionKind::Dissolve, state),
        None => state
            .notifications
            .error("No cut was found for a dissolve."),
    }
}

/// Adds a transition at a clip's head. It is half a second long, or shorter if the handles require it.
pub fn add(clip: ClipId, kind: TransitionKind, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let half = HALF_TRANSITION_SECONDS * open.project().rate().per_second();
    let half = Frames((half.round() as i64).max(1));
    let mut refused = None;
    let fits = lengths(half).find(|(before, after)| {
        refused = transition(clip, kind, *before, *after)
            .apply(open.project())
            .err();
        refused.is_none()
    });
    match (fits, refused) {
        (Some((before, after)), _) => {
            open.edit(&transition(clip, kind, before, after), &mut state.notifications);
        }
        (None, Some(refusal)) => state.notifications.error(format!(
            "No transition fits here: {refusal}. It needs frames of both clips beyond the cut: trim one of them first."
        )),
        (None, None) => {}
    }
}

fn transition(clip: ClipId, kind: TransitionKind, before: Frames, after: Frames) -> Edit {
    Edit::Transition(TransitionEdit::Set {
        clip,
        kind,
        before,
        after,
    })
}

/// The lengths to try, before and after the cut: both halves from `half` down to one frame, then one half only.
fn lengths(half: Frames) -> impl Iterator<Item = (Frames, Frames)> {
    let down = move || (1..=half.0).rev().map(Frames);
    let both = down().map(|half| (half, half));
    let one = down().flat_map(|half| [(half, Frames::ZERO), (Frames::ZERO, half)]);
    both.chain(one)
}

/// The clip after the cut for a new transition: the cut at the head of a selected clip, else at its tail,
/// else the cut nearest to the playhead.
fn clip_at_cut(open: &OpenProject) -> Option<ClipId> {
    let project: &Project = open.project();
    let mut cuts: Vec<Cut> = project
        .tracks()
        .iter()
        .filter(|track| track.kind == TrackKind::Video)
        .flat_map(|track| cuts(track))
        .collect();
    let is_chosen = |clip| open.view.selection.clips.contains(&clip);
    let at = open.media.player.playhead();
    cuts.sort_by_key(|cut| {
        let apart = (cut.at - at).0.abs();
        (!is_chosen(cut.after), !is_chosen(cut.before), apart)
    });
    cuts.first().map(|cut| cut.after)
}

/// The frame at which one clip directly follows another.
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
