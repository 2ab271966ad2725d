//! The measures of a film as comma-separated values (RFC 4180): one line per take and character. The names of the columns
//! have the units.

use kinora_measure::{
    Axes, CameraReport, CourseReport, PrintReport, Similarity, SimilarityRank, Spread,
    SteadinessReport, Verdict, Wardrobe,
};
use kinora_timeline::stage::FIGURE_PARTS;

use super::appearance::CharacterMeasure;
use super::appearance_words::{unseen_words, wardrobe_words};
use super::reported::ReportedTake;
use super::similarity_words::{not_compared_words, similarity_range_words};
use super::words::{reason_words, report_words};

/// The end of a line.
const END: &str = "\r\n";

/// The field of a line, of a take and one of its characters.
type Field = fn(&ReportedTake, Option<&CharacterMeasure>) -> String;

#[rustfmt::skip] // a table
const COLUMNS: &[(&str, Field)] = &[
    ("shot", |take, _| take.shot.to_owned()),
    ("take", |take, _| take.take.to_string()),
    ("chosen", |take, _| yes_or_no(take.is_chosen)),
    ("camera_solver", |take, _| take.camera.map(|measure| measure.solver.to_string()).unwrap_or_default()),
    ("camera_verdict", |take, _| take.report().map(|report| report_words(report).to_owned()).unwrap_or_default()),
    ("camera_reason", |take, _| camera_reason(take)),
    ("path_fit_share", |take, _| number(course(take).map(|course| course.share))),
    ("path_fit_margin", |take, _| number(course(take).map(|course| course.margin))),
    ("asked_yaw_degrees", |take, _| asked(take, |axes| axes.yaw)),
    ("achieved_yaw_degrees", |take, _| achieved(take, |axes| axes.yaw)),
    ("asked_pitch_degrees", |take, _| asked(take, |axes| axes.pitch)),
    ("achieved_pitch_degrees", |take, _| achieved(take, |axes| axes.pitch)),
    ("asked_roll_degrees", |take, _| asked(take, |axes| axes.roll)),
    ("achieved_roll_degrees", |take, _| achieved(take, |axes| axes.roll)),
    ("asked_right_metres", |take, _| asked(take, |axes| axes.right)),
    ("achieved_right_metres", |take, _| achieved(take, |axes| axes.right)),
    ("asked_down_metres", |take, _| asked(take, |axes| axes.down)),
    ("achieved_down_metres", |take, _| achieved(take, |axes| axes.down)),
    ("asked_forward_metres", |take, _| asked(take, |axes| axes.forward)),
    ("achieved_forward_metres", |take, _| achieved(take, |axes| axes.forward)),
    ("rotation_error_median_degrees", |take, _| median(take, |report| report.rotation_error_degrees)),
    ("rotation_error_worst_degrees", |take, _| worst(take, |report| report.rotation_error_degrees)),
    ("direction_error_median_degrees", |take, _| median(take, |report| report.direction_error_degrees)),
    ("direction_error_worst_degrees", |take, _| worst(take, |report| report.direction_error_degrees)),
    ("path_error_median_share", |take, _| median(take, |report| report.path_error_share)),
    ("path_error_worst_share", |take, _| worst(take, |report| report.path_error_share)),
    ("flicker_median_grey_levels", |take, _| number(steadiness(take).and_then(|report| report.flicker).map(|flicker| flicker.median))),
    ("flicker_worst_grey_levels", |take, _| number(steadiness(take).and_then(|report| report.flicker).map(|flicker| flicker.worst))),
    ("least_sharpness_share", |take, _| number(steadiness(take).and_then(|report| report.least_sharpness_share))),
    ("character", |_, who| who.map(|one| one.tag.clone()).unwrap_or_default()),
    ("wardrobe", |_, who| who.map(|one| wardrobe_words(one.report.verdict).to_owned()).unwrap_or_default()),
    ("wardrobe_reason", |_, who| wardrobe_reason(who)),
    ("largest_change_delta_e", |_, who| number(who.and_then(|one| one.report.largest).map(|drift| drift.delta_e))),
    ("largest_change_frame", |_, who| whole(who.and_then(|one| one.report.largest).map(|drift| drift.frame))),
    ("largest_change_part", |_, who| part(who)),
    ("reference_distance_delta_e", |_, who| number(who.and_then(|one| one.report.reference_distance))),
    ("print_least_kept_share", |_, who| number(print(who).map(|print| print.least))),
    ("print_lost_frame", |_, who| whole(print(who).and_then(|print| Some(print.lost.first()?[0])))),
    ("print_part", |_, who| print(who).and_then(|print| FIGURE_PARTS.get(print.part).copied()).unwrap_or_default().to_owned()),
    ("similarity_rank", |_, who| whole(who.and_then(|one| one.rank).map(|rank| rank.place))),
    ("compared_characters", |_, who| whole(who.and_then(|one| one.rank).map(|rank| rank.of))),
    ("appearance_similarity_rank", |_, who| whole(similarity(who).map(|rank| rank.place))),
    ("appearance_similarity_characters", |_, who| whole(similarity(who).map(|rank| rank.of))),
    ("appearance_similarity_comparisons", |_, who| whole(similarity(who).map(|rank| rank.comparisons))),
    ("appearance_similarity_mean_cosine", |_, who| number(similarity(who).map(|rank| rank.mean))),
    ("appearance_similarity_range", |_, who| similarity(who).map(|rank| similarity_range_words(rank.range)).unwrap_or_default().to_owned()),
    ("appearance_similarity_reason", |_, who| similarity_reason(who)),
];

/// The table: a header, and a line for each take and character. A take without characters has one line.
pub fn measures_csv(takes: &[ReportedTake]) -> String {
    let names = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let mut text = line(names);
    for take in takes {
        let cast = take.cast();
        let nobody = cast.is_empty().then_some(None);
        for who in cast.iter().map(Some).chain(nobody) {
            text += &line(COLUMNS.iter().map(|(_, field)| field(take, who)));
        }
    }
    text
}

fn line(fields: impl Iterator<Item = String>) -> String {
    let fields: Vec<String> = fields.map(quoted).collect();
    fields.join(",") + END
}

/// A field in quotes if it needs them, with its own quotes doubled.
fn quoted(field: String) -> String {
    match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    }
}

fn yes_or_no(is_so: bool) -> String {
    match is_so {
        true => "yes".to_owned(),
        false => "no".to_owned(),
    }
}

/// A number with four decimals; empty if there is none.
fn number(value: Option<f64>) -> String {
    let value = value.filter(|value| value.is_finite());
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

fn whole(value: Option<usize>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn asked(take: &ReportedTake, of: fn(&Axes) -> f64) -> String {
    number(take.report().map(|report| of(&report.asked)))
}

fn achieved(take: &ReportedTake, of: fn(&Axes) -> f64) -> String {
    let axes = take.report().and_then(|report| report.achieved.as_ref());
    number(axes.map(of))
}

fn median(take: &ReportedTake, of: fn(&CameraReport) -> Option<Spread>) -> String {
    number(take.report().and_then(of).map(|spread| spread.median))
}

fn worst(take: &ReportedTake, of: fn(&CameraReport) -> Option<Spread>) -> String {
    number(take.report().and_then(of).map(|spread| spread.worst))
}

fn steadiness<'m>(take: &ReportedTake<'m>) -> Option<&'m SteadinessReport> {
    take.appearance?.steadiness.as_ref()
}

fn course(take: &ReportedTake) -> Option<CourseReport> {
    take.report()?.course
}

fn camera_reason(take: &ReportedTake) -> String {
    match take.report().map(|report| report.verdict) {
        Some(Verdict::NotMeasurable { reason }) => reason_words(reason).to_owned(),
        Some(Verdict::Obeyed | Verdict::PartlyObeyed | Verdict::NotObeyed) | None => String::new(),
    }
}

fn wardrobe_reason(who: Option<&CharacterMeasure>) -> String {
    match who.map(|one| one.report.verdict) {
        Some(Wardrobe::NotMeasurable { reason }) => unseen_words(reason).to_owned(),
        Some(Wardrobe::Kept | Wardrobe::Drifted(_)) | None => String::new(),
    }
}

fn print(who: Option<&CharacterMeasure>) -> Option<&PrintReport> {
    who?.report.print.as_ref()
}

fn similarity(who: Option<&CharacterMeasure>) -> Option<SimilarityRank> {
    match who?.similarity? {
        Similarity::Measured(rank) => Some(rank),
        Similarity::NotMeasurable { .. } => None,
    }
}

fn similarity_reason(who: Option<&CharacterMeasure>) -> String {
    match who.and_then(|one| one.similarity) {
        Some(Similarity::NotMeasurable { reason }) => not_compared_words(reason).to_owned(),
        Some(Similarity::Measured(_)) | None => String::new(),
    }
}

/// The part that changed most; empty for all of a character.
fn part(who: Option<&CharacterMeasure>) -> String {
    let largest = who.and_then(|one| one.report.largest);
    let part = largest.and_then(|drift| FIGURE_PARTS.get(drift.part?).copied());
    part.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use kinora_measure::{
        Course, DrawnPath, Limits, Reason, SimilarityRange, Unseen, measure_camera,
    };
    use kinora_timeline::ContentHash;

    use super::super::CameraMeasure;
    use super::super::appearance::AppearanceMeasure;
    use super::super::appearance_words::tests::{character, drifted};
    use super::*;

    /// The lines of a table in which no field has a line break, as fields.
    fn fields(text: &str) -> Vec<Vec<String>> {
        let lines = text.strip_suffix(END).expect("a last end").split(END);
        lines
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }

    fn at<'f>(lines: &'f [Vec<String>], line: usize, name: &str) -> &'f str {
        let column = lines[0].iter().position(|field| field == name);
        &lines[line][column.expect("a column")]
    }

    /// A camera that is off by so many degrees in the median frame, and by twice that in the worst.
    fn measured(rotation: f64, direction: f64) -> CameraMeasure {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let spread = |median: f64| {
            Some(Spread {
                median,
                worst: 2.0 * median,
            })
        };
        CameraMeasure {
            solver: 1,
            is_masked: false,
            notes: Vec::new(),
            motion: None,
            report: CameraReport {
                verdict: Verdict::PartlyObeyed,
                rotation_error_degrees: spread(rotation),
                direction_error_degrees: spread(direction),
                ..refused
            },
        }
    }

    #[test]
    fn each_take_has_a_line_for_each_character_and_one_without_characters_has_one() {
        let mut camera = measured(2.0, 10.0);
        camera.report.asked.yaw = 30.0;
        let hidden = Wardrobe::NotMeasurable {
            reason: Unseen::Hidden,
        };
        let mut anna = character("anna", drifted(14.25));
        let Wardrobe::Drifted(drift) = anna.report.verdict else {
            panic!("drifted");
        };
        anna.report.largest = Some(drift);
        anna.similarity = Some(Similarity::Measured(SimilarityRank {
            place: 2,
            of: 5,
            comparisons: 15,
            mean: 0.75,
            range: SimilarityRange::Between,
            same: None,
            different: [0.25, 0.5],
        }));
        let mut bert = character("bert", hidden);
        bert.similarity = Some(Similarity::unseen(Unseen::Hidden));
        let appearance = AppearanceMeasure {
            identity: vec![anna, bert],
            ..AppearanceMeasure::default()
        };
        let with_two = ReportedTake {
            shot: "Dusk",
            take: ContentHash::of(b"1"),
            is_chosen: true,
            camera: Some(&camera),
            appearance: Some(&appearance),
        };
        let with_nobody = ReportedTake {
            is_chosen: false,
            camera: None,
            appearance: None,
            ..with_two
        };
        let lines = fields(&measures_csv(&[with_two, with_nobody]));
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() == COLUMNS.len()));
        for (name, expected) in [
            ("shot", "Dusk"),
            ("chosen", "yes"),
            ("camera_verdict", "partly obeyed"),
            ("asked_yaw_degrees", "30.0000"),
            ("achieved_yaw_degrees", ""),
            ("rotation_error_median_degrees", "2.0000"),
            ("rotation_error_worst_degrees", "4.0000"),
            ("direction_error_median_degrees", "10.0000"),
            ("character", "anna"),
            ("wardrobe", "drifted"),
            ("largest_change_delta_e", "14.2500"),
            ("largest_change_frame", "7"),
            ("largest_change_part", FIGURE_PARTS[1]),
            ("appearance_similarity_rank", "2"),
            ("appearance_similarity_comparisons", "15"),
            ("appearance_similarity_mean_cosine", "0.7500"),
            (
                "appearance_similarity_range",
                "not decided by the references",
            ),
            ("appearance_similarity_reason", ""),
        ] {
            assert_eq!(at(&lines, 1, name), expected, "{name}");
        }
        assert_eq!(at(&lines, 2, "character"), "bert");
        assert_eq!(at(&lines, 2, "appearance_similarity_rank"), "");
        let reason = at(&lines, 2, "appearance_similarity_reason");
        assert_eq!(reason, unseen_words(Unseen::Hidden));
        assert_eq!(
            at(&lines, 2, "wardrobe_reason"),
            unseen_words(Unseen::Hidden)
        );
        assert_eq!(at(&lines, 3, "chosen"), "no");
        assert_eq!(at(&lines, 3, "camera_verdict"), "");
        assert_eq!(at(&lines, 3, "character"), "");
    }

    #[test]
    fn a_take_whose_poses_are_refused_has_the_verdict_of_its_points_and_no_error() {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let camera = CameraMeasure {
            report: CameraReport {
                course: Some(CourseReport {
                    verdict: Course::Opposite,
                    share: 0.25,
                    margin: -0.5,
                }),
                verdict: Verdict::NotMeasurable {
                    reason: Reason::Frozen,
                },
                ..refused
            },
            ..measured(1.0, 1.0)
        };
        let take = ReportedTake {
            shot: "Dusk",
            take: ContentHash::of(b"1"),
            is_chosen: true,
            camera: Some(&camera),
            appearance: None,
        };
        let lines = fields(&measures_csv(&[take]));
        for (name, expected) in [
            ("camera_verdict", "opposite"),
            ("path_fit_share", "0.2500"),
            ("path_fit_margin", "-0.5000"),
            ("rotation_error_median_degrees", ""),
        ] {
            assert_eq!(at(&lines, 1, name), expected, "{name}");
        }
        assert_ne!(at(&lines, 1, "camera_reason"), "");
    }

    #[test]
    fn a_field_with_a_comma_a_quote_or_a_line_break_is_quoted() {
        for (field, written) in [
            ("plain", "plain"),
            ("Dusk, \"wide\"", "\"Dusk, \"\"wide\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            assert_eq!(quoted(field.to_owned()), written);
        }
    }

    #[test]
    fn a_number_that_is_none_is_empty() {
        assert_eq!(number(Some(f64::NAN)), "");
        assert_eq!(number(Some(-0.5)), "-0.5000");
        assert_eq!(measures_csv(&[]).matches(END).count(), 1, "the header");
    }
}
