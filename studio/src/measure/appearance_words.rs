//! The appearance of a take in words: "drifted: @anna's torso, ΔE 14". It is a similarity of colours, and never says who
//! somebody is.

use kinora_measure::{Against, Drift, JoinReport, PrintReport, SteadinessReport, Unseen, Wardrobe};
use kinora_timeline::stage::FIGURE_PARTS;

use super::appearance::{AppearanceMeasure, CharacterMeasure};

/// "kept".
pub fn wardrobe_words(verdict: Wardrobe) -> &'static str {
    match verdict {
        Wardrobe::Kept => "kept",
        Wardrobe::Drifted(_) => "drifted",
        Wardrobe::NotMeasurable { .. } => "not measurable",
    }
}

/// Why a character has no measure, as a sentence without its full stop.
pub fn unseen_words(reason: Unseen) -> &'static str {
    match reason {
        Unseen::BackView => "it is seen from the back",
        Unseen::Tiny => "it is too small in the picture",
        Unseen::Hidden => "it is hidden or out of the frame",
        Unseen::NoStage => "the take has no stage that says where it stands",
        Unseen::NoReferences => "it has no reference pictures",
        Unseen::TooFewFrames => "the clip is too short",
    }
}

/// "torso"; "colours" for all of a character.
fn part_words(drift: &Drift) -> &'static str {
    let part = drift.part.and_then(|part| FIGURE_PARTS.get(part));
    part.copied().unwrap_or("colours")
}

/// "@anna's torso, ΔE 14".
pub fn drift_words(tag: &str, drift: &Drift) -> String {
    format!("@{tag}'s {}, ΔE {:.0}", part_words(drift), drift.delta_e)
}

/// What is reported of a character, in one line.
pub fn character_line(measure: &CharacterMeasure) -> String {
    let CharacterMeasure { tag, report, .. } = measure;
    let reported = match report.verdict {
        Wardrobe::NotMeasurable { reason } => {
            return format!("@{tag}: not measurable, {}", unseen_words(reason));
        }
        Wardrobe::Kept => "wardrobe kept".to_owned(),
        Wardrobe::Drifted(drift) => {
            let against = match drift.against {
                Against::FirstFrame => "since it is first seen",
                Against::References => "from its references",
            };
            let (part, frame) = (part_words(&drift), drift.frame);
            format!(
                "wardrobe drifted {against}, frame {frame}: {part}, ΔE {:.0}",
                drift.delta_e
            )
        }
    };
    let largest = report.largest.filter(|_| report.verdict == Wardrobe::Kept);
    let largest = largest.map(|drift| format!(", at most ΔE {:.0}", drift.delta_e));
    let rank = measure.rank.map(|rank| {
        let place = ordinal(rank.place);
        format!(
            ", appearance similarity {place} of {} characters by colours",
            rank.of
        )
    });
    let print = report.print.as_ref().map(print_words);
    let unasked = match report.reference_distance {
        Some(_) => "",
        None => ", no reference pictures",
    };
    format!(
        "@{tag}: {reported}{}{}{}{unasked}",
        largest.unwrap_or_default(),
        print.unwrap_or_default(),
        rank.unwrap_or_default()
    )
}

/// ", print of the torso lost in frame 7"; ", print kept (at least 80 %)".
fn print_words(print: &PrintReport) -> String {
    match print.lost.first() {
        Some([frame, _]) => {
            let part = FIGURE_PARTS.get(print.part).copied().unwrap_or("clothes");
            format!(", print of the {part} lost in frame {frame}")
        }
        None => format!(", print kept (at least {:.0} %)", 100.0 * print.least),
    }
}

/// "1st".
pub(super) fn ordinal(place: usize) -> String {
    let ending = match (place % 100, place % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

/// "flicker 0.4 / 2.1, least sharpness 82 %", flicker in grey levels, median and worst; "-" of nothing.
pub fn steadiness_words(report: &SteadinessReport) -> String {
    let flicker = report
        .flicker
        .map(|flicker| format!("flicker {:.1} / {:.1}", flicker.median, flicker.worst));
    let least = report.least_sharpness_share;
    let least = least.map(|share| format!("least sharpness {:.0} %", 100.0 * share));
    let words: Vec<String> = flicker.into_iter().chain(least).collect();
    match words.is_empty() {
        true => "-".to_owned(),
        false => words.join(", "),
    }
}

/// "colour step ΔE 2.1, motion jump 0.8 px".
pub fn join_words(report: &JoinReport) -> String {
    let step = report.colour_step;
    let step = step.map_or_else(
        || "no frames".to_owned(),
        |step| format!("colour step ΔE {step:.1}"),
    );
    match report.motion_jump_pixels {
        Some(jump) => format!("{step}, motion jump {jump:.1} px"),
        None => format!("{step}, motion not measurable"),
    }
}

/// What a take's cast comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CastVerdict<'m> {
    /// Every character that can be measured keeps its wardrobe.
    Kept,
    /// The one that drifted most.
    Drifted(&'m CharacterMeasure, Drift),
    /// No character can be measured, for this reason.
    NotMeasurable(Unseen),
}

impl AppearanceMeasure {
    /// The verdict on all of its characters. `None`: nobody was cast.
    pub fn cast_verdict(&self) -> Option<CastVerdict<'_>> {
        let drifted = self
            .identity
            .iter()
            .filter_map(|one| match one.report.verdict {
                Wardrobe::Drifted(drift) => Some((one, drift)),
                Wardrobe::Kept | Wardrobe::NotMeasurable { .. } => None,
            });
        let most = drifted.max_by(|one, other| one.1.delta_e.total_cmp(&other.1.delta_e));
        if let Some((character, drift)) = most {
            return Some(CastVerdict::Drifted(character, drift));
        }
        let mut verdicts = self.identity.iter().map(|one| one.report.verdict);
        if verdicts.any(|verdict| verdict == Wardrobe::Kept) {
            return Some(CastVerdict::Kept);
        }
        let reason = self
            .identity
            .iter()
            .find_map(|one| match one.report.verdict {
                Wardrobe::NotMeasurable { reason } => Some(reason),
                Wardrobe::Kept | Wardrobe::Drifted(_) => None,
            });
        reason.map(CastVerdict::NotMeasurable)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use kinora_measure::WardrobeReport;

    use super::super::appearance::Rank;
    use super::*;

    /// A character with a verdict and no numbers.
    pub fn character(tag: &str, verdict: Wardrobe) -> CharacterMeasure {
        let nothing = WardrobeReport::not_measurable(Unseen::NoStage);
        CharacterMeasure {
            character: None,
            tag: tag.into(),
            report: WardrobeReport { verdict, ..nothing },
            rank: None,
            similarity: None,
        }
    }

    pub fn drifted(delta_e: f64) -> Wardrobe {
        Wardrobe::Drifted(Drift {
            against: Against::FirstFrame,
            part: Some(1),
            frame: 7,
            delta_e,
        })
    }

    fn cast(identity: Vec<CharacterMeasure>) -> AppearanceMeasure {
        AppearanceMeasure {
            identity,
            ..AppearanceMeasure::default()
        }
    }

    #[test]
    fn the_worst_character_stands_for_the_cast() {
        let hidden = Wardrobe::NotMeasurable {
            reason: Unseen::Hidden,
        };
        let two = cast(vec![
            character("anna", drifted(14.2)),
            character("bert", drifted(22.0)),
        ]);
        let Some(CastVerdict::Drifted(who, drift)) = two.cast_verdict() else {
            panic!("drifted");
        };
        assert_eq!(drift_words(&who.tag, &drift), "@bert's torso, ΔE 22");
        let one = cast(vec![
            character("anna", hidden),
            character("bert", Wardrobe::Kept),
        ]);
        assert_eq!(one.cast_verdict(), Some(CastVerdict::Kept));
        let none = cast(vec![character("anna", hidden)]);
        let reason = Unseen::Hidden;
        assert_eq!(
            none.cast_verdict(),
            Some(CastVerdict::NotMeasurable(reason))
        );
        assert_eq!(cast(Vec::new()).cast_verdict(), None);
    }

    #[test]
    fn a_character_is_reported_in_a_line_and_never_called_the_same_person() {
        let mut anna = character("anna", drifted(14.2));
        anna.rank = Some(Rank { place: 2, of: 4 });
        let line = character_line(&anna);
        assert_eq!(
            line,
            "@anna: wardrobe drifted since it is first seen, frame 7: torso, ΔE 14, \
             appearance similarity 2nd of 4 characters by colours, no reference pictures"
        );
        let mut bert = character("bert", Wardrobe::Kept);
        let mut print = PrintReport {
            part: 1,
            features: 12,
            kept: vec![None, Some(0.8)],
            least: 0.8,
            lost: Vec::new(),
        };
        bert.report.print = Some(print.clone());
        assert!(character_line(&bert).contains("wardrobe kept, print kept (at least 80 %)"));
        print.lost = vec![[7, 9]];
        bert.report.print = Some(print);
        assert!(character_line(&bert).contains(", print of the torso lost in frame 7,"));
        bert.report.print = None;
        assert!(character_line(&bert).starts_with("@bert: wardrobe kept"));
        let nobody = WardrobeReport::not_measurable(Unseen::BackView).verdict;
        let line = character_line(&character("eve", nobody));
        assert_eq!(line, "@eve: not measurable, it is seen from the back");
    }

    #[test]
    fn places_have_their_endings() {
        let words: Vec<String> = [1, 2, 3, 4, 11, 22].map(ordinal).to_vec();
        assert_eq!(words, ["1st", "2nd", "3rd", "4th", "11th", "22nd"]);
    }
}
