//! Whether the characters of a take keep their wardrobe, as a badge with the numbers in its tooltip.

use egui::{Color32, RichText, Role, Ui, WidgetInfo};
use kinora_studio::measure::{
    AppearanceMeasure, CastVerdict, TakeJoin, character_line, drift_words, join_words,
    similarity_line, steadiness_words, unseen_words,
};

use crate::ui::fonts::icon;
use crate::ui::theme::Theme;

/// The badge of a take; nothing if nobody was cast, or no character can be measured. `number` is that of the take.
pub fn cast_badge(ui: &mut Ui, theme: &Theme, number: usize, measure: &AppearanceMeasure) {
    let Some((words, sign, colour)) = look(theme, measure) else {
        return;
    };
    let text = RichText::new(format!("{sign}  Cast {words}"));
    let response = ui.label(text.small().color(colour));
    let name = format!("Cast of take {number}: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(details(measure));
}

/// Why a take has no badge, for the tooltip of its picture.
pub fn cast_refusal(measure: &AppearanceMeasure) -> Option<String> {
    match measure.cast_verdict()? {
        CastVerdict::NotMeasurable(reason) => Some(format!(
            "Its cast cannot be measured: {}",
            unseen_words(reason)
        )),
        CastVerdict::Kept | CastVerdict::Drifted(..) => None,
    }
}

/// "kept", or "drifted: @anna's torso, ΔE 14", with a sign and a colour.
fn look(theme: &Theme, measure: &AppearanceMeasure) -> Option<(String, &'static str, Color32)> {
    let colours = &theme.colours;
    match measure.cast_verdict()? {
        CastVerdict::Kept => Some(("kept".to_owned(), icon::CHECK, *colours.good)),
        CastVerdict::Drifted(character, drift) => {
            let words = format!("drifted: {}", drift_words(&character.tag, &drift));
            Some((words, icon::WARNING, *colours.warning))
        }
        CastVerdict::NotMeasurable(_) => None,
    }
}

/// Each character on a line, and then the picture and its joins.
fn details(measure: &AppearanceMeasure) -> String {
    let mut lines: Vec<String> = measure.identity.iter().map(character_line).collect();
    lines.extend(measure.identity.iter().filter_map(similarity_line));
    let steadiness = measure.steadiness.as_ref().map(steadiness_words);
    lines.extend(steadiness.map(|words| format!("Picture: {words}")));
    lines.extend(measure.joins.iter().map(join_line));
    if !measure.is_current() {
        lines.push("Measured by another version of Kinora.".to_owned());
    }
    lines.join("\n")
}

fn join_line(join: &TakeJoin) -> String {
    let words = join_words(&join.report);
    match join.frame {
        0 => format!("Join at its start: {words}"),
        frame => format!("Join at frame {frame}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::measure::{
        Against, CharacterMeasure, Drift, JoinReport, Unseen, Wardrobe, WardrobeReport,
    };

    use super::*;

    fn cast(verdict: Wardrobe) -> AppearanceMeasure {
        let nothing = WardrobeReport::not_measurable(Unseen::NoStage);
        AppearanceMeasure {
            identity: vec![CharacterMeasure {
                character: None,
                tag: "anna".into(),
                report: WardrobeReport { verdict, ..nothing },
                rank: None,
                similarity: None,
            }],
            ..AppearanceMeasure::default()
        }
    }

    fn drifted() -> Wardrobe {
        Wardrobe::Drifted(Drift {
            against: Against::FirstFrame,
            part: Some(1),
            frame: 7,
            delta_e: 14.2,
        })
    }

    #[test]
    fn a_cast_that_drifts_is_named_with_its_part_and_a_sign_of_its_own() {
        let theme = Theme::embedded();
        let kept = look(&theme, &cast(Wardrobe::Kept)).expect("a badge");
        let drifted = look(&theme, &cast(drifted())).expect("a badge");
        assert_eq!(drifted.0, "drifted: @anna's torso, ΔE 14");
        assert!(kept.0 == "kept" && kept.1 != drifted.1 && kept.2 != drifted.2);
        assert_eq!(look(&theme, &AppearanceMeasure::default()), None);
    }

    #[test]
    fn what_cannot_be_measured_has_its_reason_and_no_badge() {
        let reason = Unseen::BackView;
        let hidden = cast(Wardrobe::NotMeasurable { reason });
        assert_eq!(look(&Theme::embedded(), &hidden), None);
        let why = cast_refusal(&hidden).expect("a reason");
        assert!(why.ends_with("it is seen from the back"), "{why}");
        assert_eq!(cast_refusal(&cast(Wardrobe::Kept)), None);
    }

    #[test]
    fn the_tooltip_has_the_characters_and_the_joins() {
        let mut measure = cast(drifted());
        measure.joins.push(TakeJoin {
            from: kinora_studio::timeline::ContentHash::of(b"a take"),
            frame: 0,
            report: JoinReport {
                colour_step: Some(2.14),
                motion_jump_pixels: None,
            },
        });
        let text = details(&measure);
        for words in [
            "@anna: wardrobe drifted",
            "Join at its start: colour step ΔE 2.1",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("same person"), "{text}");
    }
}
