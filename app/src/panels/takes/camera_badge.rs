//! Whether a take follows its drawn camera path, as a badge with the numbers in its tooltip.

use egui::{Color32, RichText, Role, Ui, WidgetInfo};
use kinora_studio::measure::{
    CameraMeasure, CameraReport, Course, Verdict, axes_words, course_line, course_sentence,
    degrees_words, reason_words, report_words,
};

use crate::ui::fonts::icon;
use crate::ui::theme::Theme;

/// The badge of a take; nothing if its clip shows neither its camera nor which way it goes. `number` is that of the take.
pub fn camera_badge(ui: &mut Ui, theme: &Theme, number: usize, measure: &CameraMeasure) {
    let report = &measure.report;
    let Some((text, colour)) = look(theme, report) else {
        return;
    };
    let response = ui.label(RichText::new(text).small().color(colour));
    let by = match report.course {
        Some(_) => ", by its points",
        None => "",
    };
    let name = format!("Camera path of take {number}: {}{by}", report_words(report));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(details(measure));
}

/// Why a take has no badge, for the tooltip of its picture.
pub fn camera_refusal(measure: &CameraMeasure) -> Option<String> {
    match measure.report.verdict {
        Verdict::NotMeasurable { .. } if points_show(&measure.report).is_some() => None,
        Verdict::NotMeasurable { reason } => Some(format!(
            "Its camera cannot be measured: {}",
            reason_words(reason)
        )),
        Verdict::Obeyed | Verdict::PartlyObeyed | Verdict::NotObeyed => None,
    }
}

/// What the points show of a clip whose poses are refused; nothing if they do not decide.
fn points_show(report: &CameraReport) -> Option<Course> {
    let course = report.course.map(|course| course.verdict);
    course.filter(|course| *course != Course::CannotTell)
}

/// The text and its colour. A camera that was measured has a sign; what only the points show is stated in words.
fn look(theme: &Theme, report: &CameraReport) -> Option<(String, Color32)> {
    let colours = &theme.colours;
    let measured = |sign: &str| format!("camera {sign}");
    match report.verdict {
        Verdict::Obeyed => Some((measured(icon::CHECK), *colours.good)),
        Verdict::PartlyObeyed => Some((measured("~"), *colours.warning)),
        Verdict::NotObeyed => Some((measured(icon::CLOSE), *colours.bad)),
        Verdict::NotMeasurable { .. } => match points_show(report)? {
            Course::Followed => Some(("path followed".to_owned(), *colours.good)),
            Course::NotFollowed => Some(("path not followed".to_owned(), *colours.bad)),
            Course::Opposite => Some(("opposite path".to_owned(), *colours.bad)),
            Course::CannotTell => None,
        },
    }
}

/// The verdict in a sentence, and the numbers, each on a line.
fn details(measure: &CameraMeasure) -> String {
    let report = &measure.report;
    let mut lines = match report.verdict {
        Verdict::NotMeasurable { reason } => unmeasured_lines(report, reason_words(reason)),
        verdict => {
            let errors = degrees_words(report.rotation_error_degrees);
            vec![
                sentence(verdict).to_owned(),
                format!("Rotation error, median / worst: {errors}"),
            ]
        }
    };
    if report.direction_error_degrees.is_some() {
        let words = degrees_words(report.direction_error_degrees);
        lines.push(format!("Direction error, median / worst: {words}"));
    }
    lines.push(format!("Asked: {}", axes_words(&report.asked)));
    if let Some(achieved) = &report.achieved {
        lines.push(format!("Achieved: {}", axes_words(achieved)));
    }
    lines.extend(measure.notes.iter().cloned());
    if !measure.is_current() {
        lines.push("Measured by another version of Kinora.".to_owned());
    }
    lines.join("\n")
}

fn sentence(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Obeyed => "The clip follows its camera path.",
        Verdict::PartlyObeyed => {
            "The clip makes the right move, but too much or too little of it, or something else besides."
        }
        Verdict::NotObeyed => "The clip does something else than its camera path.",
        Verdict::NotMeasurable { .. } => "The camera of the clip cannot be measured.",
    }
}

/// What the points show, and why the rest is unknown.
fn unmeasured_lines(report: &CameraReport, reason: &str) -> Vec<String> {
    let course = report.course.as_ref();
    let reported = course.and_then(|course| course_sentence(course.verdict));
    let reported = reported.map(|reported| format!("{reported}."));
    let points = course.map(|course| format!("{}.", course_line(course)));
    let why = format!("How far and how exactly cannot be measured: {reason}.");
    reported.into_iter().chain(points).chain([why]).collect()
}

#[cfg(test)]
mod tests {
    use kinora_studio::measure::{CourseReport, Reason};

    use super::*;

    fn report(verdict: &str, course: Option<Course>) -> CameraReport {
        let fit = serde_json::json!({"share": 0.9, "closeness": 0.9});
        let axes = |yaw: f64| {
            serde_json::json!({
                "yaw": yaw, "pitch": 0.0, "roll": 0.0, "right": 0.0, "down": 0.0, "forward": 0.0,
            })
        };
        let is_measured = verdict != "not_measurable";
        let reason = (!is_measured).then_some(Reason::TooFewTracks);
        let report = serde_json::json!({
            "measurable": is_measured, "reason": reason, "verdict": verdict,
            "rotation_error_degrees": is_measured.then(|| serde_json::json!({"median": 2.0, "worst": 4.04})),
            "asked": axes(12.0), "achieved": is_measured.then(|| axes(8.0)), "travel_seen": false,
            "fit": {"drawn": fit, "still": fit, "mirrored": fit}, "frames": [],
        });
        let course = course.map(|verdict| CourseReport {
            verdict,
            share: 0.714,
            margin: 0.21,
        });
        CameraReport {
            course,
            ..serde_json::from_value(report).expect("a report")
        }
    }

    fn measure(report: CameraReport) -> CameraMeasure {
        CameraMeasure {
            solver: 0,
            is_masked: false,
            notes: vec!["the camera rests".into()],
            report,
            motion: None,
        }
    }

    #[test]
    fn each_verdict_has_its_words_and_its_colour_and_a_refusal_has_none() {
        let theme = Theme::embedded();
        let verdicts = ["obeyed", "partly_obeyed", "not_obeyed"];
        let looks = verdicts.map(|verdict| look(&theme, &report(verdict, None)).expect("a badge"));
        for (at, one) in looks.iter().enumerate() {
            for other in &looks[at + 1..] {
                assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
            }
        }
        let refused = |course| look(&theme, &report("not_measurable", course));
        assert_eq!(refused(None), None);
        assert_eq!(refused(Some(Course::CannotTell)), None);
        for (course, words) in [
            (Course::Followed, "path followed"),
            (Course::NotFollowed, "path not followed"),
            (Course::Opposite, "opposite path"),
        ] {
            let (text, _) = refused(Some(course)).expect("a badge");
            assert_eq!(text, words);
        }
    }

    #[test]
    fn what_only_the_points_show_is_not_stated_in_degrees() {
        let followed = measure(report("not_measurable", Some(Course::Followed)));
        let text = details(&followed);
        for words in [
            "As far as its points show, the clip goes the way",
            "71 % of its points",
            "cannot be measured: too few points",
            "Asked: yaw 12.0°",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(
            !text.contains("error") && !text.contains("Achieved"),
            "{text}"
        );
        assert_eq!(camera_refusal(&followed), None, "the badge reports it");
        let silent = measure(report("not_measurable", Some(Course::CannotTell)));
        assert!(camera_refusal(&silent).is_some());
    }

    #[test]
    fn the_tooltip_has_the_numbers_and_says_if_another_solver_made_them() {
        let measure = measure(report("partly_obeyed", None));
        let text = details(&measure);
        for words in [
            "the right move",
            "2.0° / 4.0°",
            "Asked: yaw 12.0°",
            "Achieved: yaw 8.0°",
            "the camera rests",
            "another version",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("Direction"), "{text}");
        assert_eq!(camera_refusal(&measure), None);
    }
}
