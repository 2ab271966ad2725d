//! Tracks: corners followed from frame to frame, with new ones where none is left.
//! Corners on masked pixels are not taken, and a track that meets a mask ends there. Small frames are followed enlarged.

use glam::DVec2;
use rayon::prelude::*;

use crate::corners::{REACH, corners};
use crate::enlarge::{EnlargedMask, enlarged, factor_for};
use crate::flow::follow;
use crate::frame::{GreyFrame, Mask};
use crate::pyramid::Pyramid;

/// New corners are sought at every so many frames.
const SEED_EVERY: usize = 4;
/// The distance between corners, as a share of the frame's width.
const SPACING_SHARE: f32 = 1.0 / 36.0;
/// Most tracks at a time.
const MOST_AT_A_TIME: usize = 260;
/// Fewer tracks than this end a cut's evidence: too few to separate a cut from a plain picture.
const LEAST_FOR_CUT: usize = 16;
/// A cut: no more than this share of the tracks goes on.
const CUT_SHARE: f64 = 0.15;

/// A corner over some successive frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// The first frame.
    pub start: usize,
    /// Its place in that frame and those that follow, in pixels from the frame's corner.
    pub points: Vec<DVec2>,
}

impl Track {
    /// The place in a frame, if the track has one there.
    pub fn at(&self, frame: usize) -> Option<DVec2> {
        frame
            .checked_sub(self.start)
            .and_then(|at| self.points.get(at))
            .copied()
    }
}

/// All tracks of a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracks {
    /// Tracks of at least two frames.
    pub tracks: Vec<Track>,
    /// The first frame after which nearly no track goes on although there were many: a cut, or a jump.
    pub cut: Option<usize>,
}

/// A track that is still followed. Places are pixel indices.
struct Open {
    start: usize,
    places: Vec<[f32; 2]>,
}

impl Open {
    fn last(&self) -> [f32; 2] {
        self.places[self.places.len() - 1]
    }

    /// Where the next frame has it, if it keeps its speed.
    fn guess(&self) -> [f32; 2] {
        let last = self.last();
        match self.places.len().checked_sub(2) {
            Some(before) => {
                let before = self.places[before];
                [2.0 * last[0] - before[0], 2.0 * last[1] - before[1]]
            }
            None => last,
        }
    }

    fn close(self) -> Track {
        let points = self.places.iter();
        Track {
            start: self.start,
            points: points
                .map(|place| DVec2::new(f64::from(place[0]) + 0.5, f64::from(place[1]) + 0.5))
                .collect(),
        }
    }
}

/// Tracks the corners of a clip. Frames of another size than the first end all tracks.
pub fn track(frames: &[GreyFrame], masks: Option<&[Mask]>) -> Tracks {
    let factor = frames
        .first()
        .map_or(1, |first| factor_for(first.width(), first.height()));
    let pyramid = |frame: &GreyFrame| match factor {
        1 => Pyramid::of(frame),
        _ => Pyramid::of(&enlarged(frame, factor)),
    };
    let pyramids: Vec<Pyramid> = frames.par_iter().map(pyramid).collect();
    let mask = |frame: usize| {
        let mask = masks.and_then(|masks| masks.get(frame))?;
        Some(EnlargedMask { mask, factor })
    };
    let mut open: Vec<Open> = Vec::new();
    let mut done = Tracks::default();
    for (frame, pyramid) in pyramids.iter().enumerate() {
        if frame % SEED_EVERY == 0 || open.len() < MOST_AT_A_TIME / 3 {
            seed(pyramid, frame, mask(frame), &mut open);
        }
        let Some(next) = pyramids.get(frame + 1) else {
            break;
        };
        let before = open.len();
        let going = advance(pyramid, next, mask(frame + 1), &mut open, &mut done.tracks);
        if before >= LEAST_FOR_CUT && (going as f64) < CUT_SHARE * before as f64 {
            done.cut.get_or_insert(frame + 1);
        }
    }
    done.tracks.extend(open.into_iter().map(Open::close));
    done.tracks.retain(|track| track.points.len() >= 2);
    let places = done.tracks.iter_mut().flat_map(|track| &mut track.points);
    places.for_each(|place| *place /= factor as f64);
    done
}

fn seed(pyramid: &Pyramid, frame: usize, mask: Option<EnlargedMask>, open: &mut Vec<Open>) {
    let level = pyramid.full();
    let taken: Vec<[f32; 2]> = open.iter().map(Open::last).collect();
    let spacing = (level.width as f32 * SPACING_SHARE).max(6.0);
    let most = MOST_AT_A_TIME.saturating_sub(open.len());
    let is_open = |x, y| mask.is_none_or(|mask| !mask.touches([x, y], REACH as f32));
    let found = corners(level, spacing, most, &taken, is_open);
    open.extend(found.into_iter().map(|corner| Open {
        start: frame,
        places: vec![[corner.x, corner.y]],
    }));
}

/// Follows every open track into the next frame. Returns how many go on, including those that end at a mask.
fn advance(
    here: &Pyramid,
    next: &Pyramid,
    mask: Option<EnlargedMask>,
    open: &mut Vec<Open>,
    done: &mut Vec<Track>,
) -> usize {
    let same_size =
        (here.full().width, here.full().height) == (next.full().width, next.full().height);
    let found: Vec<Option<[f32; 2]>> = open
        .par_iter()
        .map(|track| {
            let from = track.last();
            let found = || {
                follow(here, next, from, track.guess()).or_else(|| follow(here, next, from, from))
            };
            same_size.then(found).flatten()
        })
        .collect();
    let going = found.iter().flatten().count();
    let mut kept = Vec::with_capacity(open.len());
    for (mut track, to) in open.drain(..).zip(found) {
        let to = to.filter(|&to| mask.is_none_or(|mask| !mask.touches(to, REACH as f32)));
        match to {
            Some(to) => {
                track.places.push(to);
                kept.push(track);
            }
            None => done.push(track.close()),
        }
    }
    *open = kept;
    going
}
