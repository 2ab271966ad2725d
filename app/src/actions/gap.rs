//! A new shot that fills a gap of the timeline.

use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::shot::{FrameRule, Shot};
use kinora_studio::timeline::{
    ClipId, Edit, FrameRange, Frames, Project, Refusal, ShotId, Source, TrackId,
};

use super::{shot, viewer};
use crate::state::app::AppState;
use crate::state::at_playhead::gap_at_playhead;

/// Fills the gap under the playhead with a new shot.
pub fn fill_at_playhead(state: &mut AppState) {
    if let Some((track, gap)) = state.project.as_ref().and_then(gap_at_playhead) {
        fill(track, gap, state);
    }
}

/// Fills a gap with a new shot, and selects it. The shot has the length in the model's frame rule that covers
/// the gap; its clip is cut to the gap.
pub fn fill(track: TrackId, gap: FrameRange, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let rule = open.generation.scheduler.frame_rule("");
    let planned = planned(open.project(), track, gap, rule);
    let planned = planned.map(|(batch, shot, clip)| (batch, (shot, clip)));
    let name = "new shot in the gap";
    if let Some((shot, clip)) = open.edit_planned(name, planned, &mut state.notifications) {
        viewer::show_timeline(open);
        open.view.selection.shot = Some(shot);
        open.view.selection.set_clips(clip);
        open.view.panels.shot_form = None;
        shot::type_prompt(open);
    }
}

fn planned(
    project: &Project,
    track: TrackId,
    gap: FrameRange,
    rule: FrameRule,
) -> Result<(EditBatch, ShotId, Option<ClipId>), Refusal> {
    let mut batch = EditBatch::of(project);
    let length = rule.cover(gap.length, project.rate());
    let shot = Shot::new(&shot::free_name(project), "", length);
    batch.then(Edit::Library(Library::AddShot(Box::new(shot))))?;
    let added: Option<ShotId> = batch.project.shots().map(|shot| shot.id).max();
    let shot = added.ok_or(Refusal::NoSuch { what: "shot" })?;
    let source = Source::Shot(shot);
    let length = batch.project.available(source).unwrap_or(gap.length);
    let clip = Clip::new(source, Frames::ZERO, length.min(gap.length));
    let pieces = vec![Piece { track, clip }];
    let at = gap.start;
    batch.then(Edit::Place(Place::Overwrite { at, pieces }))?;
    let clip = batch.project.clips_of(source).into_iter().next();
    Ok((batch, shot, clip))
}
