//! The matrix of measures: what a take's camera and each of its characters came to, as cells with a state, a weight for
//! sorting, and words. Nothing is read from the disk.

use kinora_measure::{CameraReport, Course, Unseen, Verdict, Wardrobe};

use super::{CAMERA_LIMIT_DEGREES, Candidate, LEAST_TRAVEL, camera_error_degrees};
use crate::measure::{
    CharacterMeasure, FilmCharacter, SIMILARITY_NOTE, asked_and_achieved, character_line,
    course_line, course_sentence, degrees_words, reason_words, report_words, similarity_line,
    unseen_words, verdict_words, wardrobe_words,
};

/// A direction of travel is reported if it is off by more than an obeyed path may be.
const DIRECTION_TOLD_DEGREES: f64 = 15.0;
/// A rotation below this is not what a path is about, in degrees.
const LEAST_TURN_DEGREES: f64 = 0.5;
/// The least weight of a camera that does something else altogether.
const NOT_OBEYED_WEIGHT: f64 = 2.0;

/// What a cell reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellState {
    /// The path is obeyed, the wardrobe kept.
    Good,
    /// The right move with another strength.
    Partly,
    /// The path is not obeyed; the wardrobe has drifted.
    Failed,
    /// The clip does not show it.
    NotMeasurable,
    /// It was not measured yet.
    NotMeasured,
    /// There is nothing to measure: no take, no path, or the character is not in it.
    Empty,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// What it reports.
    pub state: CellState,
    /// How far it is off; 1 is the limit. 0 without a number.
    pub weight: f64,
}

impl Cell {
    /// A cell without a number.
    pub const fn of(state: CellState) -> Self {
        Self { state, weight: 0.0 }
    }

    /// Whether it failed, clearly or in part.
    pub fn is_failing(self) -> bool {
        matches!(self.state, CellState::Partly | CellState::Failed)
    }
}

/// The words of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellWords {
    /// "22° of 30°", "drifted ΔE 18".
    pub short: String,
    /// The numbers or the reason, in lines.
    pub details: String,
}

impl CellWords {
    fn plain(short: &str, details: &str) -> Self {
        Self {
            short: short.to_owned(),
            details: details.to_owned(),
        }
    }
}

/// The camera of a take.
pub fn camera_cell(take: &Candidate) -> Cell {
    let Some(measure) = take.camera else {
        return Cell::of(match take.has_path {
            true => CellState::NotMeasured,
            false => CellState::Empty,
        });
    };
    let error = camera_error_degrees(&measure.report).unwrap_or(0.0) / CAMERA_LIMIT_DEGREES;
    let (state, weight) = match measure.report.verdict {
        Verdict::Obeyed => (CellState::Good, error.min(1.0)),
        Verdict::PartlyObeyed => (CellState::Partly, error.max(1.0)),
        Verdict::NotObeyed => (CellState::Failed, error.max(NOT_OBEYED_WEIGHT)),
        Verdict::NotMeasurable { .. } => points_cell(&measure.report),
    };
    Cell { state, weight }
}

/// What the points show of a camera whose poses are refused.
fn points_cell(report: &CameraReport) -> (CellState, f64) {
    match report.course.map(|course| course.verdict) {
        Some(Course::Followed) => (CellState::Good, 0.0),
        Some(Course::NotFollowed | Course::Opposite) => (CellState::Failed, NOT_OBEYED_WEIGHT),
        Some(Course::CannotTell) | None => (CellState::NotMeasurable, 0.0),
    }
}

/// The same in words.
pub fn camera_words(take: &Candidate) -> CellWords {
    let Some(measure) = take.camera else {
        return match take.has_path {
            true => CellWords::plain("not measured", "Its camera is not measured yet"),
            false => CellWords::plain("–", "The take was made without a camera path"),
        };
    };
    let report = &measure.report;
    if let Verdict::NotMeasurable { reason } = report.verdict {
        return unmeasured_words(report, reason_words(reason));
    }
    let mut lines = vec![with_capital(verdict_words(report.verdict))];
    lines.extend(asked_and_achieved(report));
    let rotation = degrees_words(report.rotation_error_degrees);
    lines.push(format!("Rotation error, median / worst: {rotation}"));
    if report.direction_error_degrees.is_some() {
        let direction = degrees_words(report.direction_error_degrees);
        lines.push(format!("Direction error, median / worst: {direction}"));
    }
    CellWords {
        short: short_camera(report),
        details: lines.join("\n"),
    }
}

/// "followed", as far as the points show it; "not measurable" if they do not. The details have the reason why no more is known.
fn unmeasured_words(report: &CameraReport, reason: &str) -> CellWords {
    let course = report.course.as_ref();
    let reported = course.and_then(|course| Some((course, course_sentence(course.verdict)?)));
    let Some((course, sentence)) = reported else {
        return CellWords::plain("not measurable", &with_capital(reason));
    };
    let line = course_line(course);
    let details = format!("{sentence}.\n{line}.\nHow far and how exactly: {reason}.");
    CellWords::plain(report_words(report), &details)
}

/// "obeyed"; "22° of 30°"; "no travel"; "direction 40° off".
fn short_camera(report: &CameraReport) -> String {
    if report.verdict == Verdict::Obeyed {
        return verdict_words(report.verdict).to_owned();
    }
    let asked = &report.asked;
    let travels = asked.right.hypot(asked.down).hypot(asked.forward) > LEAST_TRAVEL;
    let direction = report.direction_error_degrees.map(|error| error.median);
    let direction = direction.filter(|degrees| *degrees > DIRECTION_TOLD_DEGREES);
    let travel = match (travels, report.travel_seen) {
        (true, false) => Some("no travel".to_owned()),
        (false, true) => Some("travels".to_owned()),
        (true, true) => direction.map(|degrees| format!("direction {degrees:.0}° off")),
        (false, false) => None,
    };
    let words: Vec<String> = turn_words(report).into_iter().chain(travel).collect();
    match words.is_empty() {
        true => verdict_words(report.verdict).to_owned(),
        false => words.join(", "),
    }
}

/// "22° of 30°", of the axis that was asked to turn most. `None`: none was.
fn turn_words(report: &CameraReport) -> Option<String> {
    let (asked, got) = (&report.asked, report.achieved.as_ref()?);
    let turns = [
        (asked.yaw, got.yaw),
        (asked.pitch, got.pitch),
        (asked.roll, got.roll),
    ];
    let most = |one: &&(f64, f64), other: &&(f64, f64)| one.0.abs().total_cmp(&other.0.abs());
    let (asked, got) = turns.iter().max_by(most)?;
    let towards = (got * asked.signum()).round() + 0.0; // never "-0"
    (asked.abs() >= LEAST_TURN_DEGREES).then(|| format!("{towards}° of {}°", asked.abs().round()))
}

/// A character in a take. `is_cast`: its shot has it now.
pub fn character_cell(take: &Candidate, who: &FilmCharacter, is_cast: bool) -> Cell {
    match character_of(take, who) {
        None if take.appearance.is_none() && is_cast => Cell::of(CellState::NotMeasured),
        None => Cell::of(CellState::Empty),
        Some(measure) => {
            let score = measure.score().unwrap_or(0.0);
            let (state, weight) = match measure.report.verdict {
                Wardrobe::Kept => (CellState::Good, score.min(1.0)),
                Wardrobe::Drifted(_) => (CellState::Failed, score.max(1.0)),
                Wardrobe::NotMeasurable { .. } => (CellState::NotMeasurable, 0.0),
            };
            Cell { state, weight }
        }
    }
}

/// The same in words.
pub fn character_words(take: &Candidate, who: &FilmCharacter, is_cast: bool) -> CellWords {
    let tag = &who.tag;
    let Some(measure) = character_of(take, who) else {
        return match take.appearance.is_none() && is_cast {
            true => CellWords::plain("not measured", "Its cast is not measured yet"),
            false => CellWords::plain("–", &format!("@{tag} is not in the take")),
        };
    };
    let verdict = wardrobe_words(measure.report.verdict);
    let words = match measure.report.verdict {
        Wardrobe::NotMeasurable { reason } => CellWords::plain(verdict, &unseen(reason)),
        Wardrobe::Drifted(drift) => CellWords {
            short: format!("{verdict} ΔE {:.0}", drift.delta_e),
            details: character_line(measure),
        },
        Wardrobe::Kept => CellWords {
            short: verdict.to_owned(),
            details: character_line(measure),
        },
    };
    with_similarity(words, measure)
}

/// The words of a cell with the appearance similarity in the details, if it was asked for.
fn with_similarity(words: CellWords, measure: &CharacterMeasure) -> CellWords {
    let Some(line) = similarity_line(measure) else {
        return words;
    };
    CellWords {
        details: format!("{}\n{line}\n{SIMILARITY_NOTE}", words.details),
        ..words
    }
}

fn unseen(reason: Unseen) -> String {
    with_capital(unseen_words(reason))
}

fn character_of<'m>(take: &Candidate<'m>, who: &FilmCharacter) -> Option<&'m CharacterMeasure> {
    take.appearance?.of_character(who.character, &who.tag)
}

fn with_capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// How the shots of a film came off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All shots.
    pub shots: usize,
    /// Those whose chosen take does not follow its path.
    pub off_path: usize,
    /// Those in whose chosen take a character has drifted.
    pub drifted: usize,
    /// Those with a cell that is not measurable.
    pub not_measurable: usize,
    /// Those with a cell that is not measured yet.
    pub not_measured: usize,
}

impl Totals {
    /// Counts a shot: its camera, and its characters.
    pub fn add(&mut self, camera: Cell, characters: &[Cell]) {
        let any = |state| camera.state == state || characters.iter().any(|one| one.state == state);
        self.shots += 1;
        self.off_path += usize::from(camera.is_failing());
        self.drifted += usize::from(characters.iter().any(|one| one.is_failing()));
        self.not_measurable += usize::from(any(CellState::NotMeasurable));
        self.not_measured += usize::from(any(CellState::NotMeasured));
    }

    /// "8 shots: 2 off their camera path, 1 with a drifted cast, 1 not measurable, 3 not measured".
    pub fn words(&self) -> String {
        let shots = match self.shots {
            1 => "1 shot".to_owned(),
            many => format!("{many} shots"),
        };
        let counts = [
            (self.off_path, "off the camera path"),
            (self.drifted, "with a drifted cast"),
            (self.not_measurable, "with something not measurable"),
            (self.not_measured, "not measured"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, words)| format!("{count} {words}"))
            .collect();
        match counts.is_empty() {
            true => format!("{shots}: no failure"),
            false => format!("{shots}: {}", counts.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use kinora_measure::{Axes, CourseReport};
    use kinora_timeline::CharacterId;

    use super::super::tests::{cast, measured};
    use super::*;
    use crate::measure::{AppearanceMeasure, CameraMeasure};

    fn anna() -> FilmCharacter {
        FilmCharacter {
            character: CharacterId::from(3),
            tag: "anna".into(),
        }
    }

    fn with<'m>(
        camera: Option<&'m CameraMeasure>,
        appearance: Option<&'m AppearanceMeasure>,
    ) -> Candidate<'m> {
        Candidate {
            has_path: true,
            is_rejected: false,
            camera,
            appearance,
        }
    }

    #[test]
    fn the_axis_that_was_asked_to_turn_most_is_reported_and_travel_that_is_missing() {
        let mut pan = measured(Some(4.0), None);
        let short = |measure: &CameraMeasure| camera_words(&with(Some(measure), None)).short;
        assert_eq!(short(&pan), "partly obeyed", "nothing was asked to turn");
        pan.report.asked.yaw = -30.0;
        let got = |yaw: f64| {
            Some(Axes {
                yaw,
                pitch: 3.0,
                ..Axes::default()
            })
        };
        pan.report.achieved = got(-22.4);
        assert_eq!(short(&pan), "22° of 30°");
        pan.report.achieved = got(0.2);
        assert_eq!(short(&pan), "0° of 30°");
        pan.report.asked.forward = 1.0;
        assert_eq!(short(&pan), "0° of 30°, no travel");
        pan.report.verdict = Verdict::Obeyed;
        assert_eq!(short(&pan), "obeyed");

        let mut push = measured(Some(0.1), Some(40.0));
        push.report.asked.forward = 1.0;
        assert_eq!(short(&push), "direction 40° off");
        let refused = measured(None, None);
        let words = camera_words(&with(Some(&refused), None));
        assert_eq!(words.short, "not measurable");
        assert!(words.details.starts_with("The camera path"), "{words:?}");
    }

    #[test]
    fn a_camera_whose_poses_are_refused_has_the_cell_that_its_points_show() {
        let mut refused = measured(None, None);
        let mut reported = |verdict| {
            refused.report.course = Some(CourseReport {
                verdict,
                share: 0.7,
                margin: 0.2,
            });
            let take = with(Some(&refused), None);
            (camera_cell(&take).state, camera_words(&take).short)
        };
        assert_eq!(
            reported(Course::Followed),
            (CellState::Good, "followed".into())
        );
        let failed = (CellState::Failed, "not followed".into());
        assert_eq!(reported(Course::NotFollowed), failed);
        assert_eq!(
            reported(Course::Opposite),
            (CellState::Failed, "opposite".into())
        );
        let silent = (CellState::NotMeasurable, "not measurable".into());
        assert_eq!(reported(Course::CannotTell), silent);
    }

    #[test]
    fn what_failed_weighs_more_than_what_is_good_and_what_is_unknown_weighs_nothing() {
        let (partly, refused) = (measured(Some(0.1), None), measured(None, None));
        let mut good = measured(Some(9.0), None);
        good.report.verdict = Verdict::Obeyed;
        let mut wrong = measured(Some(0.1), None);
        wrong.report.verdict = Verdict::NotObeyed;
        let all = [&wrong, &partly, &good, &refused];
        let cells = all.map(|measure| camera_cell(&with(Some(measure), None)));
        let weights = cells.map(|cell| cell.weight);
        assert!(
            weights.is_sorted_by(|one, other| one >= other),
            "{weights:?}"
        );
        assert_eq!(cells.map(Cell::is_failing), [true, true, false, false]);
        let unknown = camera_cell(&with(None, None));
        assert_eq!(unknown, Cell::of(CellState::NotMeasured));
        assert_eq!(camera_cell(&Candidate::default()).state, CellState::Empty);
    }

    #[test]
    fn a_character_is_kept_drifted_hidden_or_not_in_the_take() {
        let states = |appearance: Option<&AppearanceMeasure>, who: &FilmCharacter| {
            let take = with(None, appearance);
            let words = character_words(&take, who, true).short;
            (character_cell(&take, who, true).state, words)
        };
        let reported = |delta_e| states(Some(&cast(delta_e)), &anna());
        assert_eq!(reported(Some(3.0)), (CellState::Good, "kept".into()));
        assert_eq!(
            reported(Some(18.2)),
            (CellState::Failed, "drifted ΔE 18".into())
        );
        let hidden = (CellState::NotMeasurable, "not measurable".into());
        assert_eq!(reported(None), hidden);
        let unmeasured = (CellState::NotMeasured, "not measured".into());
        assert_eq!(states(None, &anna()), unmeasured);
        let bert = FilmCharacter {
            character: CharacterId::from(4),
            tag: "bert".into(),
        };
        let absent = states(Some(&cast(None)), &bert);
        assert_eq!(absent, (CellState::Empty, "–".into()));
        let take = with(None, None);
        assert_eq!(character_cell(&take, &bert, false).state, CellState::Empty);
    }

    #[test]
    fn the_totals_count_shots() {
        let mut totals = Totals::default();
        assert_eq!(totals.words(), "0 shots: no failure");
        let cell = Cell::of;
        totals.add(cell(CellState::Good), &[cell(CellState::Good)]);
        assert_eq!(totals.words(), "1 shot: no failure");
        let two = [cell(CellState::Failed), cell(CellState::Failed)];
        totals.add(cell(CellState::Partly), &two);
        totals.add(cell(CellState::NotMeasured), &[]);
        assert_eq!(
            totals.words(),
            "3 shots: 1 off the camera path, 1 with a drifted cast, 1 not measured"
        );
    }
}
