//! What `kinora measure` prints of the characters of a project's takes, of their pictures, and of joins.

use std::fmt::Write as _;

use kinora_studio::measure::{
    AppearanceMeasure, CharacterMeasure, FilmJoin, JoinReport, OverTakes, PrintReport, Similarity,
    Wardrobe, drift_words, join_words, not_compared_words, over_takes, similarity_words,
    steadiness_words, unseen_words, wardrobe_words,
};
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::stage::FIGURE_PARTS;
use kinora_studio::wire::Failure;
use serde_json::{Value, json};

use super::{Row, aligned, short_name};

/// Adds the appearance of a take to its JSON.
pub(super) fn add_to_json(value: &mut Value, measure: &AppearanceMeasure) -> Result<(), Failure> {
    let characters = measure.identity.iter().map(character_json);
    let characters: Vec<Value> = characters.collect::<Result<_, Failure>>()?;
    let joins = measure.joins.iter().map(|join| {
        json!({
            "from": join.from.to_string(),
            "frame": join.frame,
            "colour_step": join.report.colour_step,
            "motion_jump_pixels": join.report.motion_jump_pixels,
        })
    });
    let joins: Vec<Value> = joins.collect();
    value["characters"] = json!(characters);
    value["steadiness"] = json_value(&measure.steadiness)?;
    value["joins"] = json!(joins);
    value["appearance_solver"] = json!(measure.solver);
    Ok(())
}

fn json_value(value: &impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::bug(error.to_string()))
}

/// A character: the verdict, the largest change, and the distances of each frame.
fn character_json(measure: &CharacterMeasure) -> Result<Value, Failure> {
    let report = &measure.report;
    let reason = match report.verdict {
        Wardrobe::NotMeasurable { reason } => Some(reason),
        Wardrobe::Kept | Wardrobe::Drifted(_) => None,
    };
    let largest = report.largest;
    let part = largest.and_then(|drift| FIGURE_PARTS.get(drift.part?).copied());
    Ok(json!({
        "character": measure.tag,
        "measurable": reason.is_none(),
        "reason": json_value(&reason)?,
        "verdict": wardrobe_words(report.verdict).replace(' ', "_"),
        "against": json_value(&largest.map(|drift| drift.against))?,
        "part": part,
        "frame": largest.map(|drift| drift.frame),
        "worst_delta_e": largest.map(|drift| drift.delta_e),
        "drifted_frames": report.drifted,
        "reference_distance": report.reference_distance,
        "similarity_rank": measure.rank.map(|rank| rank.place),
        "compared_characters": measure.rank.map(|rank| rank.of),
        "appearance_similarity": measure.similarity.as_ref().map(similarity_json).transpose()?,
        "from_references": report.from_references,
        "from_first": report.from_first,
        "print": report.print.as_ref().map(print_json),
    }))
}

/// Appearance similarity: the rank with the number of comparisons, and the calibration by the project's references.
fn similarity_json(similarity: &Similarity) -> Result<Value, Failure> {
    Ok(match similarity {
        Similarity::Measured(rank) => json!({
            "measurable": true,
            "reason": null,
            "rank": rank.place,
            "characters": rank.of,
            "comparisons": rank.comparisons,
            "mean_cosine": rank.mean,
            "range": json_value(&rank.range)?,
            "same_cosines": rank.same,
            "different_cosines": rank.different,
        }),
        Similarity::NotMeasurable { reason } => json!({
            "measurable": false,
            "reason": not_compared_words(*reason),
        }),
    })
}

/// Printed detail: of the part that lost most, the share that is left in each frame.
fn print_json(print: &PrintReport) -> Value {
    json!({
        "part": FIGURE_PARTS.get(print.part),
        "features": print.features,
        "least_kept_share": print.least,
        "lost_frames": print.lost,
        "kept": print.kept,
    })
}

/// How much each character differs from take to take.
pub(super) fn over_takes_json(rows: &[Row]) -> Value {
    let reported = differences(rows).into_iter().map(|one| {
        json!({
            "character": one.tag,
            "takes": one.takes,
            "worst_delta_e": one.worst_delta_e,
            "worst_take": one.worst.to_string(),
        })
    });
    Value::Array(reported.collect())
}

fn differences(rows: &[Row]) -> Vec<OverTakes> {
    over_takes(appearances(rows).map(|(_, take, measure)| (take, measure)))
}

/// The shot, the name and the appearance of each take that was measured.
fn appearances(rows: &[Row]) -> impl Iterator<Item = (&str, ContentHash, &AppearanceMeasure)> {
    rows.iter().filter_map(|(take, measured)| {
        let measured = measured.as_ref().ok()?;
        Some((take.shot.as_str(), take.name, &measured.appearance))
    })
}

/// The cuts of the timeline between clips that go on from one another.
pub(super) fn joins_json(joins: &[FilmJoin]) -> Value {
    let reported = joins.iter().map(|join| {
        let (report, error) = match &join.report {
            Ok(report) => (Some(report), None),
            Err(failure) => (None, Some(failure.cause.as_str())),
        };
        json!({
            "before": join.before,
            "after": join.after,
            "frame": join.frame.0,
            "colour_step": report.and_then(|report| report.colour_step),
            "motion_jump_pixels": report.and_then(|report| report.motion_jump_pixels),
            "error": error,
        })
    });
    Value::Array(reported.collect())
}

/// The characters of the takes, a row each, and how much they differ from take to take. `None` without characters.
pub(super) fn characters_text(rows: &[Row]) -> Option<String> {
    let cells = appearances(rows).flat_map(|(shot, take, measure)| {
        let of_cast = measure.identity.iter();
        of_cast.map(move |one| character_cells(shot, take, one))
    });
    let heading = [
        "take",
        "shot",
        "character",
        "wardrobe",
        "",
        "appearance similarity",
    ];
    let mut text = aligned(heading, cells.collect())?;
    for one in differences(rows) {
        let (tag, takes, worst) = (&one.tag, one.takes, short_name(one.worst));
        let reported = one.worst_delta_e;
        write!(
            text,
            "\n@{tag} over {takes} takes: at most ΔE {reported:.0}, take {worst}"
        )
        .ok();
    }
    Some(text)
}

fn character_cells(shot: &str, take: ContentHash, one: &CharacterMeasure) -> [String; 6] {
    let report = &one.report;
    let reported = match report.verdict {
        Wardrobe::NotMeasurable { reason } => unseen_words(reason).to_owned(),
        Wardrobe::Drifted(drift) => {
            format!("{}, frame {}", drift_words(&one.tag, &drift), drift.frame)
        }
        Wardrobe::Kept => report.largest.map_or_else(String::new, |drift| {
            format!("at most ΔE {:.0}", drift.delta_e)
        }),
    };
    let by_colours = one.rank;
    let by_colours = by_colours.map(|rank| format!("{} of {} by colours", rank.place, rank.of));
    let measured = one.similarity.as_ref().map(similarity_words);
    let similarity: Vec<String> = measured.into_iter().chain(by_colours).collect();
    [
        short_name(take),
        shot.to_owned(),
        format!("@{}", one.tag),
        wardrobe_words(report.verdict).to_owned(),
        reported,
        similarity.join("; "),
    ]
}

/// The steadiness of each take, and its joins. `None` without takes.
pub(super) fn pictures_text(rows: &[Row]) -> Option<String> {
    let cells = appearances(rows).map(|(shot, take, measure)| {
        let steadiness = measure.steadiness.as_ref().map(steadiness_words);
        let joins = measure.joins.iter();
        let joins = joins.map(|join| format!("frame {}: {}", join.frame, join_words(&join.report)));
        [
            short_name(take),
            shot.to_owned(),
            steadiness.unwrap_or_default(),
            joins.collect::<Vec<_>>().join("; "),
        ]
    });
    aligned(["take", "shot", "picture", "joins"], cells.collect())
}

/// The cuts of the timeline. `None` without cuts between clips that go on from one another.
pub(super) fn joins_text(joins: &[FilmJoin]) -> Option<String> {
    let reported = |report: &Result<JoinReport, Failure>| match report {
        Ok(report) => join_words(report),
        Err(failure) => failure.to_string(),
    };
    let cells = joins.iter().map(|join| {
        [
            format!("{} -> {}", join.before, join.after),
            join.frame.0.to_string(),
            reported(&join.report),
        ]
    });
    aligned(["cut", "frame", "join"], cells.collect())
}

#[cfg(test)]
mod tests {
    use kinora_studio::measure::{Rank, SimilarityRange, SimilarityRank, Unseen, WardrobeReport};
    use kinora_studio::timeline::Frames;

    use super::*;

    #[test]
    fn an_appearance_similarity_is_printed_as_its_rank_and_written_with_its_calibration() {
        let nothing = WardrobeReport::not_measurable(Unseen::NoStage);
        let mut anna = CharacterMeasure {
            character: None,
            tag: "anna".into(),
            report: nothing,
            rank: Some(Rank { place: 2, of: 3 }),
            similarity: Some(Similarity::Measured(SimilarityRank {
                place: 1,
                of: 5,
                comparisons: 15,
                mean: 0.75,
                range: SimilarityRange::Between,
                same: None,
                different: [0.25, 0.5],
            })),
        };
        let take = ContentHash::of(b"a take");
        let [.., printed] = character_cells("Dusk", take, &anna);
        assert!(printed.starts_with("1st of 5 characters, 15 comparisons"));
        assert!(printed.ends_with("; 2 of 3 by colours"), "{printed}");
        let json = |one: &CharacterMeasure| {
            let value = character_json(one).expect("json");
            value["appearance_similarity"].clone()
        };
        let written = json(&anna);
        assert_eq!(written["rank"], 1);
        assert_eq!(written["range"], "between");
        assert_eq!(written["different_cosines"], json!([0.25, 0.5]));
        anna.similarity = Some(Similarity::unseen(Unseen::BackView));
        assert_eq!(json(&anna)["reason"], "it is seen from the back");
        anna.similarity = None;
        assert_eq!(json(&anna), Value::Null, "it was not asked for");
    }

    #[test]
    fn a_cut_is_reported_with_its_step_and_one_that_cannot_be_read_with_the_reason() {
        let cut = |report| FilmJoin {
            before: "one".into(),
            after: "two".into(),
            frame: Frames(24),
            report,
        };
        let joins = [
            cut(Ok(JoinReport {
                colour_step: Some(3.26),
                motion_jump_pixels: Some(0.5),
            })),
            cut(Err(Failure::refused(
                "two has no take",
                "generate it first",
            ))),
        ];
        let text = joins_text(&joins).expect("two cuts");
        for words in [
            "one -> two",
            "24",
            "ΔE 3.3, motion jump 0.5 px",
            "has no take",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let reported = joins_json(&joins);
        assert_eq!(reported[1]["error"], "two has no take");
        assert_eq!(reported[0]["error"], Value::Null);
        assert_eq!(joins_text(&[]), None);
    }
}
