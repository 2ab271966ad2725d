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
}
