//! Whether a take follows its drawn camera path, as a badge with the numbers in its tooltip.

use egui::{Color32, RichText, Role, Ui, WidgetInfo};
use kinora_studio::measure::{
    CameraMeasure, Verdict, axes_words, degrees_words, reason_words, verdict_words,
};

use crate::ui::fonts::icon;
use crate::ui::theme::Theme;

/// The badge of a take; nothing if its clip does not show its camera. `number` is that of the take.
pub fn camera_badge(ui: &mut Ui, theme: &Theme, number: usize, measure: &CameraMeasure) {
    let Some((sign, colour)) = look(theme, measure.report.verdict) else {
        return;
    };
    let text = RichText::new(format!("camera {sign}"));
    let response = ui.label(text.small().color(colour));
    let name = format!(
        "Camera path of take {number}: {}",
        verdict_words(measure.report.verdict)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(details(measure));
}

/// Why a take has no badge, for the tooltip of its picture.
pub fn camera_refusal(measure: &CameraMeasure) -> Option<String> {
    match measure.report.verdict {
        Verdict::NotMeasurable { reason } => Some(format!(
            "Its camera cannot be measured: {}",
            reason_words(reason)
        )),
        Verdict::Obeyed | Verdict::PartlyObeyed | Verdict::NotObeyed => None,
    }
}

fn look(theme: &Theme, verdict: Verdict) -> Option<(&'static str, Color32)> {
    let colours = &theme.colours;
    match verdict {
        Verdict::Obeyed => Some((icon::CHECK, *colours.good)),
        Verdict::PartlyObeyed => Some(("~", *colours.warning)),
        Verdict::NotObeyed => Some((icon::CLOSE, *colours.bad)),
        Verdict::NotMeasurable { .. } => None,
    }
}

/// The verdict in a sentence, and the numbers, each on a line.
fn details(measure: &CameraMeasure) -> String {
    let report = &measure.report;
    let sentence = match report.verdict {
        Verdict::Obeyed => "The clip follows its camera path.",
        Verdict::PartlyObeyed => {
            "The clip makes the right move, but too much or too little of it, or something else besides."
        }
        Verdict::NotObeyed => "The clip does something else than its camera path.",
        Verdict::NotMeasurable { reason } => reason_words(reason),
    };
    let mut lines = vec![
        sentence.to_owned(),
        format!(
            "Rotation error, median / worst: {}",
            degrees_words(report.rotation_error_degrees)
        ),
    ];
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

#[cfg(test)]
mod tests {
    use kinora_studio::measure::Reason;

    use super::*;

    #[test]
    fn each_verdict_has_its_sign_and_colour_and_a_refusal_has_none() {
        let theme = Theme::embedded();
        let verdicts = [Verdict::Obeyed, Verdict::PartlyObeyed, Verdict::NotObeyed];
        let looks = verdicts.map(|verdict| look(&theme, verdict).expect("a badge"));
        for (at, one) in looks.iter().enumerate() {
            for other in &looks[at + 1..] {
                assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
            }
        }
        let reason = Reason::TooFewTracks;
        assert_eq!(look(&theme, Verdict::NotMeasurable { reason }), None);
    }

    #[test]
    fn the_tooltip_has_the_numbers_and_says_if_another_solver_made_them() {
        let fit = serde_json::json!({"share": 0.9, "closeness": 0.9});
        let axes = |yaw: f64| {
            serde_json::json!({
                "yaw": yaw, "pitch": 0.0, "roll": 0.0, "right": 0.0, "down": 0.0, "forward": 0.0,
            })
        };
        let report = serde_json::json!({
            "measurable": true, "reason": null, "verdict": "partly_obeyed",
            "rotation_error_degrees": {"median": 2.0, "worst": 4.04},
            "asked": axes(12.0), "achieved": axes(8.0), "travel_seen": false,
            "fit": {"drawn": fit, "still": fit, "mirrored": fit}, "frames": [],
        });
        let measure = CameraMeasure {
            solver: 0,
            is_masked: false,
            notes: vec!["the camera rests".into()],
            report: serde_json::from_value(report).expect("a report"),
            motion: None,
        };
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
