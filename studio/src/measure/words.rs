//! A measure in words.

use kinora_measure::{Axes, CameraReport, Course, CourseReport, Reason, Spread, Verdict};

/// Angles below this are not reported, in degrees.
const LEAST_DEGREES: f64 = 0.05;
/// Travel below this is not reported, in the scene's units.
const LEAST_TRAVEL: f64 = 0.005;

/// "obeyed".
pub fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Obeyed => "obeyed",
        Verdict::PartlyObeyed => "partly obeyed",
        Verdict::NotObeyed => "not obeyed",
        Verdict::NotMeasurable { .. } => "not measurable",
    }
}

/// "followed": which way a clip goes, as far as its points show it.
pub fn course_words(course: Course) -> &'static str {
    match course {
        Course::Followed => "followed",
        Course::NotFollowed => "not followed",
        Course::Opposite => "opposite",
        Course::CannotTell => "cannot tell",
    }
}

/// The verdict of a report: "obeyed"; of a clip whose poses cannot be measured what its points show, "followed"; "not
/// measurable" of one without points.
pub fn report_words(report: &CameraReport) -> &'static str {
    match (report.verdict, report.course) {
        (Verdict::NotMeasurable { .. }, Some(course)) => course_words(course.verdict),
        (verdict, _) => verdict_words(verdict),
    }
}

/// "71 % of its points fit the path, and no other path is as close to them (by 0.21)".
pub fn course_line(course: &CourseReport) -> String {
    let CourseReport { share, margin, .. } = course;
    let share = format!("{:.0} % of its points fit the path", 100.0 * share);
    match *margin >= 0.0 {
        true => format!("{share}, and no other path is as close to them (by {margin:.2})"),
        false => format!(
            "{share}, and another path is closer to them (by {:.2})",
            -margin
        ),
    }
}

/// What the points show, as a sentence without its full stop. `None`: they do not decide.
pub fn course_sentence(course: Course) -> Option<&'static str> {
    match course {
        Course::Followed => {
            Some("As far as its points show, the clip goes the way of its camera path")
        }
        Course::NotFollowed => {
            Some("As far as its points show, the clip goes another way than its camera path")
        }
        Course::Opposite => {
            Some("As far as its points show, the clip goes the opposite way of its camera path")
        }
        Course::CannotTell => None,
    }
}

/// Why a clip gives no measure, as a sentence without its full stop.
pub fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::BadPath => "the camera path is empty, or has numbers that no camera has",
        Reason::TooFewFrames => "the clip has fewer than five frames",
        Reason::Frozen => "the clip shows one picture throughout",
        Reason::Cut => "the clip has a cut",
        Reason::TooFewTracks => "too few points can be followed: it is plain, dark, or noise",
        Reason::TooFewInliers => "the points move each on their own",
        Reason::TooLittleOfTheFrame => "only one part of the frame has points that can be followed",
        Reason::TooLittleParallax => "travel and rotation cannot be told apart",
        Reason::Ambiguous => "two different paths fit equally well",
        Reason::TooMuchReprojectionError => "the picture wobbles as no camera sees a room",
    }
}

/// "yaw 20.0° forward 1.25", with the axes along which something happens; "still".
pub fn axes_words(axes: &Axes) -> String {
    let turns = [
        ("yaw", axes.yaw),
        ("pitch", axes.pitch),
        ("roll", axes.roll),
    ];
    let travels = [
        ("right", axes.right),
        ("down", axes.down),
        ("forward", axes.forward),
    ];
    let turns = turns
        .into_iter()
        .filter(|(_, by)| by.abs() >= LEAST_DEGREES);
    let turns = turns.map(|(name, by)| format!("{name} {by:.1}°"));
    let travels = travels
        .into_iter()
        .filter(|(_, by)| by.abs() >= LEAST_TRAVEL);
    let travels = travels.map(|(name, by)| format!("{name} {by:.2}"));
    let words: Vec<String> = turns.chain(travels).collect();
    match words.is_empty() {
        true => "still".to_owned(),
        false => words.join(" "),
    }
}

/// "0.2° / 0.5°", the median and the worst; "-" if there is none.
pub fn degrees_words(spread: Option<Spread>) -> String {
    spread.map_or_else(
        || "-".to_owned(),
        |spread| format!("{:.1}° / {:.1}°", spread.median, spread.worst),
    )
}

#[cfg(test)]
mod tests {
    use kinora_measure::{DrawnPath, Limits, measure_camera};

    use super::*;

    #[test]
    fn a_clip_without_poses_has_the_verdict_of_its_points() {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        assert_eq!(report_words(&refused), "not measurable");
        let mut course = CourseReport {
            verdict: Course::Followed,
            share: 0.714,
            margin: 0.21,
        };
        let reported = CameraReport {
            course: Some(course),
            ..refused
        };
        assert_eq!(report_words(&reported), "followed");
        let line =
            "71 % of its points fit the path, and no other path is as close to them (by 0.21)";
        assert_eq!(course_line(&course), line);
        course.margin = -0.3;
        assert!(course_line(&course).ends_with("another path is closer to them (by 0.30)"));
    }

    #[test]
    fn only_the_axes_along_which_something_happens_are_reported() {
        let axes = Axes {
            yaw: 20.0,
            pitch: 0.01,
            forward: -1.25,
            ..Axes::default()
        };
        assert_eq!(axes_words(&axes), "yaw 20.0° forward -1.25");
        assert_eq!(axes_words(&Axes::default()), "still");
    }
}
