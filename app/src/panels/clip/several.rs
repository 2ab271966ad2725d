//! Several selected clips in the clip panel: it shows one of them, and a change of its properties applies to the others of
//! the same kind too.

use std::sync::Arc;

use kinora_studio::timeline::{Clip, Edit, FrameRange, Frames};

use crate::panels::context::PanelContext;

/// The frame of a clip that the playhead shows; outside the clip, the nearest one.
pub fn frame_at(range: FrameRange, playhead: Frames) -> Frames {
    let last = (range.length - Frames::ONE).max(Frames::ZERO);
    (playhead - range.start).max(Frames::ZERO).min(last)
}

/// The other selected clips on unlocked tracks of the same kind, each with its frame at the playhead. What is changed in
/// the panel is changed in them too.
pub fn others(cx: &PanelContext, clip: &Clip) -> Vec<(Arc<Clip>, Frames)> {
    let project = cx.project();
    let Some((_, own, _)) = project.clip(clip.id) else {
        return Vec::new();
    };
    let others = cx.selection.clips.iter();
    let others = others.filter(|other| **other != clip.id);
    let found = others.filter_map(|other| project.clip(*other));
    let alike = found.filter(|(_, track, _)| track.kind == own.kind && !track.locked);
    let playhead = cx.media.player.playhead();
    alike
        .map(|(other, _, range)| (Arc::clone(other), frame_at(range, playhead)))
        .collect()
}

/// An edit of the clip at its frame, and the same of the other selected ones.
pub fn with_others(
    cx: &PanelContext,
    clip: &Clip,
    at: Frames,
    made: impl Fn(&Clip, Frames) -> Edit,
) -> Vec<Edit> {
    let mut edits = vec![made(clip, at)];
    edits.extend(others(cx, clip).iter().map(|(other, at)| made(other, *at)));
    edits
}
