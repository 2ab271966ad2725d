//! The plots of a film's measures: for each take the errors of its camera, and the change of each character, over frames.

use kinora_measure::{DRIFTED, Verdict, Wardrobe};

use super::appearance_words::{CastVerdict, drift_words, unseen_words};
use super::reported::ReportedTake;
use super::svg::{Plot, PlotRow, Series, page};
use super::words::{course_line, course_sentence, reason_words, report_words};

/// A page with the plots of all takes, as the text of an SVG file.
pub fn plots_page(title: &str, takes: &[ReportedTake]) -> String {
    let rows: Vec<PlotRow> = takes.iter().map(row).collect();
    page(title, &rows)
}

/// The plots of one take, as the text of an SVG file.
pub fn take_plots(title: &str, take: &ReportedTake) -> String {
    page(title, &[row(take)])
}

fn row(take: &ReportedTake) -> PlotRow {
    let shot = match take.shot.is_empty() {
        true => "no shot",
        false => take.shot,
    };
    let chosen = match take.is_chosen {
        true => ", chosen",
        false => "",
    };
    let camera = take.report();
    let camera = camera.map(|report| format!("camera {}", report_words(report)));
    let words: Vec<String> = camera.into_iter().chain(cast_words(take)).collect();
    let words = match words.is_empty() {
        true => String::new(),
        false => format!(": {}", words.join("; ")),
    };
    PlotRow {
        title: format!("{shot}, take {}{chosen}{words}", take.short_name()),
        plots: [camera_plot(take), cast_plot(take)],
    }
}

fn cast_words(take: &ReportedTake) -> Option<String> {
    Some(match take.appearance?.cast_verdict()? {
        CastVerdict::Kept => "cast kept".to_owned(),
        CastVerdict::Drifted(who, drift) => {
            format!("cast drifted: {}", drift_words(&who.tag, &drift))
        }
        CastVerdict::NotMeasurable(_) => "cast not measurable".to_owned(),
    })
}

fn camera_plot(take: &ReportedTake) -> Plot {
    let plot = Plot {
        title: "Camera: asked against achieved".to_owned(),
        unit: "error (degrees)".to_owned(),
        ..Plot::default()
    };
    let Some(report) = take.report() else {
        return Plot {
            notes: vec!["The take has no measured camera path.".to_owned()],
            ..plot
        };
    };
    if let Verdict::NotMeasurable { reason } = report.verdict {
        let mut notes = vec![
            "Not measurable:".to_owned(),
            format!("{}.", reason_words(reason)),
        ];
        if let Some(course) = &report.course {
            let sentence = course_sentence(course.verdict);
            notes.extend(sentence.map(|sentence| format!("{sentence}:")));
            notes.push(format!("{}.", course_line(course)));
        }
        return Plot { notes, ..plot };
    }
    let frames = || report.frames.iter();
    let rotation = frames().map(|frame| frame.rotation_error_degrees.map(|error| error.total));
    let direction = frames().map(|frame| frame.direction_error_degrees);
    Plot {
        series: with_values([
            ("rotation".to_owned(), rotation.collect()),
            ("direction of travel".to_owned(), direction.collect()),
        ]),
        ..plot
    }
}

fn cast_plot(take: &ReportedTake) -> Plot {
    let cast = take.cast();
    let unseen = cast.iter().filter_map(|one| match one.report.verdict {
        Wardrobe::NotMeasurable { reason } => {
            Some(format!("@{}: {}.", one.tag, unseen_words(reason)))
        }
        Wardrobe::Kept | Wardrobe::Drifted(_) => None,
    });
    let nobody = cast
        .is_empty()
        .then(|| "The take has no characters.".to_owned());
    let changes = cast
        .iter()
        .map(|one| (format!("@{}", one.tag), one.report.from_first.clone()));
    Plot {
        title: "Characters: change since they are first seen".to_owned(),
        unit: "ΔE (CIEDE2000)".to_owned(),
        notes: unseen.chain(nobody).collect(),
        limit: (!cast.is_empty()).then(|| (DRIFTED, "drifted above".to_owned())),
        series: with_values(changes),
    }
}

/// The series that have a value.
fn with_values(all: impl IntoIterator<Item = (String, Vec<Option<f64>>)>) -> Vec<Series> {
    let all = all.into_iter();
    let has_values = |values: &[Option<f64>]| values.iter().any(Option::is_some);
    all.filter(|(_, values)| has_values(values))
        .map(|(name, values)| Series { name, values })
        .collect()
}

#[cfg(test)]
mod tests {
    use kinora_measure::{
        CameraReport, DrawnPath, FrameReport, Limits, Reason, TurnError, Unseen, measure_camera,
    };
    use kinora_timeline::ContentHash;

    use super::super::CameraMeasure;
    use super::super::appearance::AppearanceMeasure;
    use super::super::appearance_words::tests::{character, drifted};
    use super::super::svg::tests::is_well_formed;
    use super::*;

    /// A camera that turns further from its path by half a degree in each frame, and whose direction is known in the last two.
    fn camera(verdict: Verdict) -> CameraMeasure {
        let refused = measure_camera(&[], None, &DrawnPath::default(), &Limits::default());
        let frame = |number: u32| FrameReport {
            rotation_error_degrees: Some(TurnError {
                yaw: 0.0,
                pitch: 0.0,
                roll: 0.0,
                total: 0.5 * f64::from(number),
            }),
            direction_error_degrees: (number > 2).then_some(8.0),
            ..FrameReport::default()
        };
        CameraMeasure {
            solver: 1,
            is_masked: false,
            notes: Vec::new(),
            motion: None,
            report: CameraReport {
                verdict,
                frames: (0..5).map(frame).collect(),
                ..refused
            },
        }
    }

    #[test]
    fn a_page_has_one_line_for_each_thing_that_was_measured() {
        let hidden = Wardrobe::NotMeasurable {
            reason: Unseen::Hidden,
        };
        let mut anna = character("anna", drifted(14.0));
        anna.report.from_first = [0.0, 3.0, 9.0, 14.0].map(Some).to_vec();
        let appearance = AppearanceMeasure {
            identity: vec![anna, character("bert", hidden)],
            ..AppearanceMeasure::default()
        };
        let measured = camera(Verdict::PartlyObeyed);
        let take = ReportedTake {
            shot: "Dusk & dawn",
            take: ContentHash::of(b"1"),
            is_chosen: true,
            camera: Some(&measured),
            appearance: Some(&appearance),
        };
        let reason = Reason::Frozen;
        let refused = camera(Verdict::NotMeasurable { reason });
        let other = ReportedTake {
            camera: Some(&refused),
            appearance: None,
            ..take
        };
        let svg = plots_page("Film", &[take, other]);
        assert!(is_well_formed(&svg), "{svg}");
        // Rotation, direction and anna; of the other take nothing.
        assert_eq!(svg.matches("<polyline").count(), 3);
        for words in [
            "Dusk &amp; dawn, take ",
            "chosen: camera partly obeyed; cast drifted: @anna's torso, ΔE 14",
            "rotation",
            "direction of travel",
            "@anna</text>",
            "@bert: it is hidden",
            "drifted above",
            "error (degrees)",
            "the clip shows one picture throughout.",
            "The take has no characters.",
        ] {
            assert!(svg.contains(words), "{words}: {svg}");
        }
        let alone = take_plots("Film", &take);
        assert_eq!(alone.matches("<polyline").count(), 3);
        assert!(alone.len() < svg.len());
    }
}
