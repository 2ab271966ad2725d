//! Lets every clip of a cut lie where it can: clips that show more than their files have are trimmed, clips that cannot
//! lie where they are become gaps. What follows stays in its place, and each change is reported.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Loss;
use super::json::Object;
use super::kept::{BEFORE, keep_transition};
use super::names::{clip_place, source_name};
use super::write::transition_keys;
use crate::clip::Clip;
use crate::edit::clip_check::{check_clip, check_kind};
use crate::index::Index;
use crate::media::Medium;
use crate::refusal::Refusal;
use crate::sequence::Sequence;
use crate::shot::Shot;
use crate::splice::ordered;
use crate::track::{Item, Track};
use crate::{ContentHash, Frames, Project, SequenceId, ShotId, Source};

/// A cut with files that were found for its media. Takes that are lost are no longer chosen.
pub fn with_files(
    project: &Project,
    found: Vec<Medium>,
    lost_takes: &BTreeSet<ContentHash>,
) -> (Project, Vec<Loss>) {
    let mut project = project.clone();
    let mut losses = Vec::new();
    for medium in found {
        project.media.insert(medium.id, Arc::new(medium));
    }
    let lost = |take: &ContentHash| lost_takes.contains(take);
    for id in project.shots().map(|shot| shot.id).collect::<Vec<ShotId>>() {
        if let Some(shot) = project.shots.get(id)
            && shot.chosen_sound.is_some_and(|take| lost(&take))
        {
            let silent = Shot {
                chosen_sound: None,
                ..Shot::clone(shot)
            };
            project.shots.insert(id, Arc::new(silent));
        }
    }
    let is_lost = |shot: &Shot| shot.chosen.is_some_and(|take| lost(&take));
    let shots: Vec<ShotId> = project
        .shots()
        .filter(|shot| is_lost(shot))
        .map(|shot| shot.id)
        .collect();
    for id in shots {
        if let Some(shot) = project.shots.get(id) {
            losses.push(Loss {
                place: format!("shot \"{}\"", shot.name),
                what: "its take is not there; the shot has no take until one is generated".into(),
            });
            let without = Shot {
                chosen: None,
                ..Shot::clone(shot)
            };
            project.shots.insert(id, Arc::new(without));
        }
    }
    let project = settled(project, &mut losses);
    (project, losses)
}

/// The project with every clip where it can lie.
pub(super) fn settled(mut project: Project, losses: &mut Vec<Loss>) -> Project {
    let ids: Vec<SequenceId> = project.sequences().iter().map(|(id, _)| *id).collect();
    for id in ids {
        let view = project.opened(id).unwrap_or_else(|| project.clone());
        let tracks = view.tracks.iter();
        let tracks: Vec<Arc<Track>> = tracks
            .map(|track| settled_track(&view, track, losses))
            .collect();
        if id == project.open {
            project.tracks = tracks;
        } else if let Some(sequence) = project.others.get(id) {
            let sequence = Sequence {
                tracks,
                ..Sequence::clone(sequence)
            };
            project.others.insert(id, Arc::new(sequence));
        }
    }
    project.index = Index::of(&project);
    project
}

fn settled_track(project: &Project, track: &Arc<Track>, losses: &mut Vec<Loss>) -> Arc<Track> {
    let track = with_items(track, |placed| {
        let Item::Clip(clip) = placed else {
            return None;
        };
        let refusal = refusal_of(project, track, clip)?;
        let (items, what) = fitted(project, track, clip, &refusal);
        losses.extend(what.map(|what| Loss {
            place: clip_place(project, clip, track),
            what,
        }));
        Some(items)
    });
    let mut without = BTreeSet::new();
    for placed in track.items() {
        if let Some(clip) = placed.clip()
            && let Some(transition) = clip.transition
            && (transition.before < Frames::ZERO
                || transition.after < Frames::ZERO
                || project.fits(&track, placed.order, transition).is_err())
        {
            without.insert(clip.id);
            losses.push(Loss {
                place: clip_place(project, clip, &track),
                what: "the transition at its head does not fit; it is not shown, and written again as it came".into(),
            });
        }
    }
    with_items(&track, |item| {
        let clip = item.clip().filter(|clip| without.contains(&clip.id))?;
        let mut clip = Clip::clone(clip);
        if let Some(transition) = clip.transition.take() {
            let keys: Object = transition_keys(transition, project.rate);
            keep_transition(&mut clip, BEFORE, keys);
        }
        Some(vec![Item::Clip(clip.into())])
    })
}

/// The track with other items in place of some; the same track if there are none.
fn with_items(
    track: &Arc<Track>,
    mut replaced: impl FnMut(&Item) -> Option<Vec<Item>>,
) -> Arc<Track> {
    let mut is_changed = false;
    let mut items: Vec<Item> = Vec::new();
    for placed in track.items() {
        let new = replaced(placed.item);
        is_changed |= new.is_some();
        for item in new.unwrap_or_else(|| vec![placed.item.clone()]) {
            if let (Some(Item::Gap(last)), Item::Gap(length)) = (items.last_mut(), &item) {
                *last += *length;
            } else {
                items.push(item);
            }
        }
    }
    if !is_changed {
        return Arc::clone(track);
    }
    while let Some(Item::Gap(_)) = items.last() {
        items.pop();
    }
    Arc::new(Track {
        items: ordered(items),
        ..Track::clone(track)
    })
}

/// Why a clip cannot lie where it is.
fn refusal_of(project: &Project, track: &Track, clip: &Clip) -> Option<Refusal> {
    let kind = check_kind(project, track.id, clip.source);
    kind.and_then(|()| check_clip(project, clip)).err()
}

/// What stands in for a clip that cannot lie where it is, and what to report.
fn fitted(
    project: &Project,
    track: &Track,
    clip: &Clip,
    refusal: &Refusal,
) -> (Vec<Item>, Option<String>) {
    let is_sound = |clip: &Clip| refusal_of(project, track, clip).is_none();
    // One frame too many comes from rounding to another rate.
    let slipped = [-1, 1].map(|by| clip.slipped(Frames(by)));
    if let Some(clip) = slipped.into_iter().find(is_sound) {
        return (vec![Item::Clip(clip.into())], None);
    }
    let handles = clip.handles(project.available(clip.source));
    let (head, tail) = (
        (-handles.left).max(Frames::ZERO),
        (-handles.right).max(Frames::ZERO),
    );
    let missing = head + tail;
    if missing < clip.length {
        let trimmed = clip.trimmed_at_head(head).trimmed_at_tail(tail);
        if is_sound(&trimmed) {
            let gaps =
                [head, tail].map(|length| (length > Frames::ZERO).then_some(Item::Gap(length)));
            let [before, after] = gaps;
            let middle = Some(Item::Clip(trimmed.into()));
            let items = before.into_iter().chain(middle).chain(after);
            let what = format!(
                "{missing} of it are beyond its file {}, and are left empty",
                source_name(project, clip.source)
            );
            return (items.collect(), Some(what));
        }
    }
    let what = match (clip.source, refusal) {
        (Source::Medium(_), Refusal::NoHandle { .. }) => {
            let file = source_name(project, clip.source);
            format!(
                "its file {file} does not reach to the part that it shows; a gap stands in its place"
            )
        }
        _ => format!("it cannot lie there: {refusal}; a gap stands in its place"),
    };
    (vec![Item::Gap(clip.length)], Some(what))
}
