//! Transitions at cuts, as long as the handles of the clips allow.

use kinora_studio::timeline::edit::batch::EditBatch;
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
            let edits = with_linked_sound(open.project(), clip, kind, (before, after));
            open.edit_all("set transition", &edits, &mut state.notifications);
        }
        (None, Some(refusal)) => state.notifications.error(format!(
            "No transition fits here: {refusal}. It needs frames of both clips beyond the cut: trim one of them first."
        )),
        (None, None) => {}
    }
}

/// The transition, and under a dissolve the cross-fades of the sounds that are linked to the clip and cut at the same
/// frame. A sound without handles keeps its cut.
fn with_linked_sound(
    project: &Project,
    clip: ClipId,
    kind: TransitionKind,
    (before, after): (Frames, Frames),
) -> Vec<Edit> {
    let mut batch = EditBatch::of(project);
    let first = transition(clip, kind, before, after);
    if batch.then(first.clone()).is_err() {
        return vec![first]; // refused with its reason
    }
    let start = project.clip(clip).map(|(.., range)| range.start);
    let linked = project.linked(clip).into_iter();
    let sounds = linked.filter(|id| {
        *id != clip
            && kind == TransitionKind::Dissolve
            && project.clip(*id).is_some_and(|(_, track, range)| {
                track.kind == TrackKind::Audio && Some(range.start) == start
            })
    });
    for sound in sounds.collect::<Vec<ClipId>>() {
        batch.then(transition(sound, kind, before, after)).ok();
    }
    batch.edits
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

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::edit::place::{Piece, Place};
    use kinora_studio::timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
    use kinora_studio::timeline::{Clip, ContentHash, FrameRate, MediumId, Source};

    use super::*;

    /// Two clips with picture and sound, linked, with handles on both sides of the cut.
    fn two_clips() -> Project {
        let medium = Medium {
            id: MediumId::from(0),
            name: "B".into(),
            content: ContentHash::of(b"B"),
            path: "media/B".into(),
            extent: Extent::Video {
                rate: FrameRate::FPS_24,
                frames: Frames(200),
            },
            has_picture: true,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        let mut project = add.apply(&Project::default()).expect("added");
        let medium = project.media().next().expect("the medium").id;
        for first in [20, 90] {
            let tracks = project.tracks().iter();
            let pieces = tracks.map(|track| Piece {
                track: track.id,
                clip: Clip::new(Source::Medium(medium), Frames(first), Frames(48)),
            });
            let pieces = pieces.collect();
            let append = Edit::Place(Place::Append { pieces });
            project = append.apply(&project).expect("placed");
        }
        project
    }

    fn second(project: &Project, kind: TrackKind) -> Clip {
        let mut tracks = project.tracks().iter();
        let track = tracks.find(|track| track.kind == kind).expect("a track");
        let (clip, _) = track.clips().nth(1).expect("the second clip");
        Clip::clone(clip)
    }

    #[test]
    fn a_dissolve_cross_fades_the_linked_sound_too_and_a_wipe_leaves_its_cut() {
        let project = two_clips();
        let picture = second(&project, TrackKind::Video);
        assert!(picture.group.is_some(), "picture and sound are linked");
        for (kind, has_cross_fade) in [
            (TransitionKind::Dissolve, true),
            (TransitionKind::WipeRight, false),
        ] {
            let lengths = (Frames(6), Frames(6));
            let edits = with_linked_sound(&project, picture.id, kind, lengths);
            let after = edits.iter().fold(project.clone(), |project, edit| {
                edit.apply(&project).expect("possible")
            });
            let is_set = |kind| second(&after, kind).transition.is_some();
            assert!(is_set(TrackKind::Video));
            assert_eq!(is_set(TrackKind::Audio), has_cross_fade);
        }
    }
}
