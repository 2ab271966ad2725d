//! The pictures at a frame, to be composed from the bottom up: a clip of each playing video track, or both clips of a
//! transition.

use std::sync::Arc;

use super::playing;
use crate::clip::{Clip, Look, Source};
use crate::track::{Placed, Track, TrackKind};
use crate::transition::TransitionKind;
use crate::{FrameRange, Frames, Project, SequenceId};

/// One picture of the stack to be composed, from the bottom up.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The clip.
    pub clip: Arc<Clip>,
    /// The source frame to show, at the project's rate.
    pub source_frame: Frames,
    /// The position within the clip; outside its range in a transition.
    pub at: Frames,
    /// The look at this frame; its keyframes are applied.
    pub look: Look,
    /// The opacity of the clip times its fades, from 0 to 1.
    pub opacity: f32,
    /// How it is combined with the layer below.
    pub mix: Mix,
}

/// How a layer is combined with the layer below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mix {
    /// Blended over what is below.
    Over,
    /// The outgoing clip of a transition; the next layer is the incoming one.
    From {
        /// The kind of transition.
        kind: TransitionKind,
        /// From 0, fully visible, to 1, invisible.
        progress: f32,
    },
    /// The incoming clip of a transition.
    To {
        /// The kind of transition.
        kind: TransitionKind,
        /// From 0, invisible, to 1, fully visible.
        progress: f32,
    },
}

fn layers_of(track: &Track, placed: Placed<'_>, frame: Frames, layers: &mut Vec<Layer>) {
    let Some(clip) = placed.clip() else { return };
    let at = frame - placed.range.start;
    if let Some(transition) = clip
        .transition
        .filter(|transition| transition.range(placed.range.start).contains(frame))
    {
        // Just after the cut at its head.
        let from = track.before(placed.order);
        let progress = progress(transition.range(placed.range.start), frame);
        if let Some((from, start)) = from.and_then(|from| Some((from.clip()?, from.range.start))) {
            layers.extend(layer(
                from,
                frame - start,
                Mix::From {
                    kind: transition.kind,
                    progress,
                },
            ));
        }
        layers.extend(layer(
            clip,
            at,
            Mix::To {
                kind: transition.kind,
                progress,
            },
        ));
        return;
    }
    let next = track.after(placed.order);
    let to = next.and_then(|next| Some((next.clip()?, next.range.start)));
    if let Some((to, start)) = to
        && let Some(transition) = to
            .transition
            .filter(|transition| transition.range(start).contains(frame))
    {
        // Just before the cut at its tail.
        let progress = progress(transition.range(start), frame);
        layers.extend(layer(
            clip,
            at,
            Mix::From {
                kind: transition.kind,
                progress,
            },
        ));
        layers.extend(layer(
            to,
            frame - start,
            Mix::To {
                kind: transition.kind,
                progress,
            },
        ));
        return;
    }
    layers.extend(layer(clip, at, Mix::Over));
}

/// Linear, from just above 0 at the first frame to just below 1 at the last.
fn progress(range: FrameRange, frame: Frames) -> f32 {
    ((frame - range.start).0 as f32 + 0.5) / range.length.0 as f32
}

fn layer(clip: &Arc<Clip>, at: Frames, mix: Mix) -> Option<Layer> {
    if !clip.enabled {
        return None;
    }
    let look = clip.look.at(at);
    let fade = |done: Frames, length: Frames| {
        if length > Frames::ZERO {
            ((done.0 as f32 + 0.5) / length.0 as f32).clamp(0.0, 1.0)
        } else {
            1.0
        }
    };
    let faded = fade(at, look.fade_in).min(fade(clip.length - Frames::ONE - at, look.fade_out));
    Some(Layer {
        clip: Arc::clone(clip),
        source_frame: match clip.source {
            Source::Sequence(_) => clip.source_frame(at), // before its first frame it shows nothing
            _ => clip.source_frame(at).max(Frames::ZERO), // a still has a single frame
        },
        at,
        opacity: look.opacity * faded,
        look,
        mix,
    })
}

impl Project {
    /// The pictures to compose at `frame`, the bottom one first.
    pub fn layers(&self, frame: Frames) -> Vec<Layer> {
        self.layers_in(self.open, frame)
    }

    /// The pictures to compose at a frame of a sequence, the bottom one first.
    pub fn layers_in(&self, sequence: SequenceId, frame: Frames) -> Vec<Layer> {
        let tracks = self.tracks_of(sequence).unwrap_or_default();
        let mut layers = Vec::new();
        for track in playing(tracks, TrackKind::Video) {
            if let Some(placed) = track.at(frame) {
                layers_of(track, placed, frame, &mut layers);
            }
        }
        layers
    }
}
