//! Whether a clip goes the drawn way, from its points alone: an answer where its poses cannot be solved for.
//! It compares how well paths fit the points. It gives no angles and no lengths: travel twice as long fits points twice as far.

use serde::{Deserialize, Serialize};

use crate::fit::Fits;
use crate::path::DrawnPath;
use crate::rivals::Extent;

/// Fewer points than this say nothing.
const LEAST_POINTS: usize = 12;
/// The least share of points that fit a path which is followed.
const FOLLOWED_SHARE: f64 = 0.5;
/// By how much such a path is closer to the points than every other one.
const FOLLOWED_MARGIN: f64 = 0.05;
/// By how much another path is closer than one that is not followed.
const REFUTED_MARGIN: f64 = 0.1;
/// The same of a camera that rests, if it fits as many points as a followed path must.
const RESTS_MARGIN: f64 = 0.04;
/// By how much a camera that turns as it likes may be closer than a drawn one that only turns, or rests.
const LARGEST_SHORTFALL: f64 = 0.1;
/// By how much it is closer than one that is not followed.
const REFUTED_SHORTFALL: f64 = 0.2;

/// Which way a clip goes, as far as its points show.
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
    // Without the best turning camera a truck and a pan cannot be told apart.
    let is_distinct = fits.turned.is_some() || !extent.travels();
    let is_first = is_distinct && (!moves || margin >= FOLLOWED_MARGIN);
    let is_mirrored = is_distinct && opposite_margin >= FOLLOWED_MARGIN;
    let rests = moves && fits.still.share >= FOLLOWED_SHARE && still - drawn >= RESTS_MARGIN;
    let verdict =
        if fits.drawn.share >= FOLLOWED_SHARE && is_first && shortfall <= LARGEST_SHORTFALL {
            Course::Followed
        } else if fits.mirrored.share >= FOLLOWED_SHARE && is_mirrored {
            Course::Opposite
        } else if margin <= -REFUTED_MARGIN || shortfall >= REFUTED_SHORTFALL || rests {
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

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat, DVec2, DVec3};

    use super::*;
    use crate::fit::PathFit;
    use crate::path::DrawnView;

    fn path(last: DAffine3) -> DrawnPath {
        let view = |world_from_camera| DrawnView {
            world_from_camera,
            focal: 300.0,
            centre: DVec2::new(160.0, 90.0),
        };
        DrawnPath {
            views: vec![view(DAffine3::IDENTITY), view(last)],
        }
    }

    fn fit(closeness: f64) -> PathFit {
        PathFit {
            share: closeness,
            closeness,
        }
    }

    fn fits(drawn: f64, mirrored: f64, other: f64, turned: Option<f64>) -> Fits {
        Fits {
            drawn: fit(drawn),
            still: fit(0.1),
            mirrored: fit(mirrored),
            other: fit(other),
            turned: turned.map(fit),
            points: 40,
        }
    }

    fn says(fits: Fits, path: &DrawnPath) -> Course {
        course_of(&fits, path).expect("points").verdict
    }

    #[test]
    fn a_truck_is_followed_only_if_it_fits_better_than_the_best_pan() {
        let truck = path(DAffine3::from_translation(DVec3::X));
        assert_eq!(
            says(fits(0.8, 0.1, 0.4, Some(0.5)), &truck),
            Course::Followed
        );
        assert_eq!(
            says(fits(0.8, 0.1, 0.4, Some(0.78)), &truck),
            Course::CannotTell
        );
        assert_eq!(says(fits(0.8, 0.1, 0.4, None), &truck), Course::CannotTell);
        assert_eq!(
            says(fits(0.4, 0.1, 0.4, Some(0.7)), &truck),
            Course::NotFollowed
        );
        assert_eq!(
            says(fits(0.1, 0.8, 0.4, Some(0.5)), &truck),
            Course::Opposite
        );
        assert_eq!(
            says(fits(0.3, 0.1, 0.2, Some(0.1)), &truck),
            Course::CannotTell
        );
    }

    #[test]
    fn a_pan_is_followed_if_no_turn_fits_far_better() {
        let pan = path(DAffine3::from_quat(DQuat::from_rotation_y(0.2)));
        assert_eq!(
            says(fits(0.8, 0.1, 0.4, Some(0.85)), &pan),
            Course::Followed
        );
        assert_eq!(
            says(fits(0.6, 0.1, 0.4, Some(0.9)), &pan),
            Course::NotFollowed
        );
        let course = course_of(&fits(0.8, 0.1, 0.4, None), &pan).expect("points");
        assert_eq!(course.verdict, Course::Followed);
        assert!((course.margin - 0.4).abs() < 1e-9 && (course.share - 0.8).abs() < 1e-9);
    }

    #[test]
    fn a_camera_that_rests_is_followed_if_nothing_turns() {
        let still = path(DAffine3::IDENTITY);
        assert_eq!(
            says(fits(0.9, 0.9, 0.0, Some(0.92)), &still),
            Course::Followed
        );
        assert_eq!(
            says(fits(0.3, 0.3, 0.0, Some(0.9)), &still),
            Course::NotFollowed
        );
    }

    #[test]
    fn a_clip_that_rests_does_not_follow_a_truck_that_its_points_do_not_need() {
        let truck = path(DAffine3::from_translation(DVec3::X));
        let resting = Fits {
            still: fit(0.9),
            ..fits(0.85, 0.85, 0.85, Some(0.9))
        };
        assert_eq!(says(resting, &truck), Course::NotFollowed);
    }

    #[test]
    fn few_points_say_nothing() {
        let truck = path(DAffine3::from_translation(DVec3::X));
        let few = Fits {
            points: 11,
            ..fits(0.9, 0.1, 0.1, Some(0.1))
        };
        assert_eq!(course_of(&few, &truck), None);
    }
}
