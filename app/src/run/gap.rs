//! A gap in the cut, and the new shot that is written to fill it.

use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{
    ClipId, Edit, FrameRange, Frames, Project, Refusal, ShotId, Source, TrackId, TrackKind,
};

use super::plan::Plan;
use super::{shot, shot_change};
use crate::film::Film;
use crate::state::State;

/// The gap under the playhead, on the lowest track that has one.
pub fn at_playhead(film: &Film) -> Option<(TrackId, FrameRange)> {
    let playhead = film.player.playhead();
    let mut tracks = film.project().tracks().iter();
    tracks.find_map(|track| {
        let gap = track
            .at(playhead)
            .filter(|placed| placed.clip().is_none())?;
        (track.kind == TrackKind::Video).then_some((track.id, gap.range))
    })
}

/// A new shot fills the gap under the playhead.
pub fn fill_at_playhead(state: &mut State) {
    if let Some((track, gap)) = state.film.as_ref().and_then(at_playhead) {
        fill(track, gap, state);
    }
}

/// A new shot, as long as a model must make it to fill the gap, lies in it and is chosen, so that it can be written.
pub fn fill(track: TrackId, gap: FrameRange, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    match planned(film.project(), track, gap) {
        Ok((plan, shot, clip)) => {
            if film.edit_all("new shot in the gap", &plan.edits, &mut state.notices) {
                film.chosen.shot = Some(shot);
                film.chosen.clips = clip.into_iter().collect();
                film.shot_form = None;
            }
        }
        Err(refusal) => state.notices.trouble(format!("Not done: {refusal}")),
    }
}

fn planned(
    film: &Project,
    track: TrackId,
    gap: FrameRange,
) -> Result<(Plan, ShotId, Option<ClipId>), Refusal> {
    let mut plan = Plan::of(film);
    let length = shot_change::filling(gap.length, film.rate());
    let shot = Shot::new(&shot::free_name(film), "", length);
    plan.then(Edit::Library(Library::AddShot(Box::new(shot))))?;
    let added: Option<ShotId> = plan.film.shots().map(|shot| shot.id).max();
    let shot = added.ok_or(Refusal::NoSuch { what: "shot" })?;
    let source = Source::Shot(shot);
    let length = plan.film.available(source).unwrap_or(gap.length);
    let clip = Clip::new(source, Frames::ZERO, length.min(gap.length));
    let pieces = vec![Piece { track, clip }];
    let at = gap.start;
    plan.then(Edit::Place(Place::Overwrite { at, pieces }))?;
    let clip = plan.film.clips_of(source).into_iter().next();
    Ok((plan, shot, clip))
}
