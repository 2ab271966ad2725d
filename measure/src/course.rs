//! Whether a clip goes the drawn way, from its points alone: an answer where its poses cannot be solved for.
//! It compares how well paths fit the points. It knows no angles and no lengths: travel twice as long fits points twice as far.

use serde::{Deserialize, Serialize};

use crate::fit::Fits;
use crate::path::DrawnPath;
use crate::rivals::Extent;

/// Fewer points than this say nothing.
const LEAST_POINTS: usize = 12;
/// The least share of points that fit a path which is followed.
const FOLLOWED_SHARE: f64 = 0.4;
/// By how much such a path is closer to the points than every other one.
const FOLLOWED_MARGIN: f64 = 0.05;
/// By how much another path is closer than one that is not followed.
const REFUTED_MARGIN: f64 = 0.1;
/// By how much a camera that turns as it likes may be closer than a drawn one that only turns, or rests.
const LARGEST_SHORTFALL: f64 = 0.1;
/// By how much it is closer than one that is not followed.
const REFUTED_SHORTFALL: f64 = 0.2;

/// Which way a clip goes, as far as its points tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// The drawn one: no other fits as well.
    Followed,
    /// Another one.
    NotFollowed,
    /// That of the drawn path with every motion the other way.
    Opposite,
    /// Several ways fit alike, or none.
    CannotTell,
}

/// The answer, and how clear it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseReport {
    /// The answer.
    pub verdict: Course,
    /// The share of points that fit the drawn path, from 0 to 1.
    pub share: f64,
    /// By how much the drawn path is closer to the points than the best of the others, from -1 to 1.
    pub margin: f64,
}

/// What the points say of a path. `None`: they are too few, or an earlier version measured the fits.
pub fn course_of(fits: &Fits, path: &DrawnPath) -> Option<CourseReport> {
    if fits.points < LEAST_POINTS {
        return None;
    }
    let extent = Extent::of(path);
    let moves = extent.travels() || extent.turns();
    let (drawn, mirrored) = (fits.drawn.closeness, fits.mirrored.closeness);
    let turned = fits.turned.map_or(0.0, |turned| turned.closeness);
    let still = fits.still.closeness;
    let others = fits.other.closeness.max(still);
    let (others, shortfall) = match extent.travels() {
        true => (others.max(turned), 0.0),
        // A camera that turns as it likes fits at least as well as a drawn one that only turns. It should not fit far better.
        false => (others, (turned - drawn).max(0.0)),
    };
    // The mirror image of a camera that rests is itself, and nothing else is like it.
    let (margin, opposite_margin) = match moves {
        true => (drawn - others.max(mirrored), mirrored - others.max(drawn)),
        false => (-shortfall, -1.0),
    };
    let is_first = !moves || margin >= FOLLOWED_MARGIN;
    let verdict =
        if fits.drawn.share >= FOLLOWED_SHARE && is_first && shortfall <= LARGEST_SHORTFALL {
            Course::Followed
        } else if fits.mirrored.share >= FOLLOWED_SHARE && opposite_margin >= FOLLOWED_MARGIN {
            Course::Opposite
        } else if margin <= -REFUTED_MARGIN || shortfall >= REFUTED_SHORTFALL {
            Course::NotFollowed
        } else {
            Course::CannotTell
        };
    Some(CourseReport {
        verdict,
        share: fits.drawn.share,
        margin,
    })
}
