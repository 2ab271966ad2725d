//! `kinora generate --best-of N`: several clips with seeds that follow one another, ranked; the best is written.

use clap::{Args, ValueEnum};
use kinora_studio::generate::best_clip::{BestClip, BestEvent, ToFollow, generate_best};
use kinora_studio::generate::best_of::refusal;
use kinora_studio::generate::clip_file::ClipFile;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::queue::series::{RankBy, SeriesEnd, SeriesPlan};
use kinora_studio::generate::ranking::Ranked;
use kinora_studio::measure::{CastVerdict, verdict_words};
use kinora_studio::wire::{Failure, Generation, Outcome, ProgressReporter};
use serde_json::{Value, json};

/// The most clips of a series.
const MOST_CLIPS: i64 = 256;

/// The options of a series of clips.
#[derive(Debug, Args)]
pub struct BestOfOptions {
    /// Generate up to N clips with seeds that follow one another, rank them, and write the best.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=MOST_CLIPS),
        allow_negative_numbers = true
    )]
    best_of: Option<u32>,
    /// What the clips are ranked by: how closely they follow their camera path, how well the characters keep their
    /// appearance, or both.
    #[arg(long, value_enum, requires = "best_of", default_value_t)]
    rank: Rank,
    /// End with a clip whose camera error is at most this, in degrees.
    #[arg(
        long,
        value_name = "DEGREES",
        requires = "best_of",
        value_parser = above_zero,
        allow_negative_numbers = true
    )]
    stop_at: Option<f64>,
    /// Begin no clip that would end later than this, in minutes.
    #[arg(
        long,
        value_name = "MINUTES",
        requires = "best_of",
        value_parser = above_zero,
        allow_negative_numbers = true
    )]
    within: Option<f64>,
}

/// What clips are ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Rank {
    /// How closely they follow their camera path.
    #[default]
    Camera,
    /// How well the characters keep their appearance.
    Cast,
    /// Both.
    Both,
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| number.is_finite() && *number > 0.0)
        .ok_or_else(|| format!("{text} is not a number above 0"))
}

impl BestOfOptions {
    /// What is asked; `None` without `--best-of`. The clips have a camera path or not, and may have a character on a stage
    /// or cannot.
    ///
    /// # Errors
    /// The clips cannot be ranked so.
    pub fn plan(
        &self,
        (has_camera, has_cast): (bool, bool),
        has_latents: bool,
    ) -> Result<Option<SeriesPlan>, Failure> {
        let Some(takes) = self.best_of else {
            return Ok(None);
        };
        let rank = match self.rank {
            Rank::Camera => RankBy::Camera,
            Rank::Cast => RankBy::Cast,
            Rank::Both => RankBy::Both,
        };
        check(has_camera, has_cast, rank)?;
        if has_latents {
            return Err(Failure::refused(
                "--latents-out cannot be used with --best-of: the latents would be those of the last clip",
                "generate the clip with the best seed once more, with --latents-out",
            ));
        }
        Ok(Some(SeriesPlan {
            takes,
            rank,
            stop_at_degrees: self.stop_at,
            within_minutes: self.within,
        }))
    }
}

/// Refuses what clips cannot be ranked by: once before any work, and again when their stage is known.
pub fn check(has_camera: bool, has_cast: bool, rank: RankBy) -> Result<(), Failure> {
    let Some(why) = refusal(has_camera, has_cast, rank) else {
        return Ok(());
    };
    Err(Failure::refused(
        why,
        match rank {
            RankBy::Cast => {
                "give the clips a stage with a character: --stage, or --character with --move or --camera"
            }
            RankBy::Camera | RankBy::Both => {
                "give the clips a path with --move or --camera, and --rank camera"
            }
        },
    ))
}

/// Generates the clips, prints their ranking and writes the best one. If it is cancelled or a clip fails, the best of the
/// finished clips is written.
pub fn generate_and_write(
    client: &BlockingClient,
    (request, follow): (&Generation, Option<&ToFollow>),
    plan: SeriesPlan,
    mut clip: ClipFile,
    is_cancelled: &dyn Fn() -> bool,
    (reporter, is_json): (&mut ProgressReporter, bool),
) -> Result<Outcome, Failure> {
    let mut on_event = |event: BestEvent<'_>| match event {
        BestEvent::Begun(number, seed) if !is_json => {
            eprintln!("clip {number} of {}, seed {seed}", plan.takes);
        }
        BestEvent::Progress(progress, _) => reporter.progress(progress),
        BestEvent::Begun(..) | BestEvent::Tried(_) => {}
    };
    let made = generate_best(client, request, follow, plan, is_cancelled, &mut on_event)?;
    if let Some(best) = made.best() {
        print(&match is_json {
            true => json_of(&made, plan).to_string(),
            false => table(&made, plan.rank),
        });
        let timings = best.timings;
        made.write_best(&mut clip)?;
        clip.finish()?; // it says where frames are kept that could not be written
        if let Some(failure) = made.failure {
            return Err(failure);
        }
        if made.end != SeriesEnd::Cancelled {
            return Ok(Outcome::Done { timings });
        }
    }
    Ok(Outcome::Cancelled)
}

/// The clips in the order of their ranks, a row each, and why there are no more.
fn table(made: &BestClip, by: RankBy) -> String {
    let heading = match by {
        RankBy::Camera => "rank  seed  camera error",
        RankBy::Cast => "rank  seed  cast drift",
        RankBy::Both => "rank  seed  camera error, cast drift",
    };
    let mut lines = vec![heading.to_owned()];
    for ranked in &made.ranking {
        let Some(tried) = made.tried.get(ranked.place) else {
            continue;
        };
        let rank = ranked.rank;
        let rank = rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
        lines.push(format!("{rank:<4}  {:<4}  {}", tried.seed, ranked.words()));
    }
    let (count, end) = (made.tried.len(), made.end.words());
    let has_rank = made.ranking.first().is_some_and(|best| best.rank.is_some());
    let best = made.best().map_or(0, |best| best.seed);
    let first = made.tried.first().map_or(0, |first| first.seed);
    lines.push(match has_rank {
        true => format!("{count} made, {end}; the best has seed {best}"),
        false if best == first => {
            format!("{count} made, {end}; none has a rank: the first, seed {best}, is written")
        }
        false => format!("{count} made, {end}; none has a rank: seed {best} is written"),
    });
    lines.join("\n")
}

fn json_of(made: &BestClip, plan: SeriesPlan) -> Value {
    let ranking: Vec<Value> = made
        .ranking
        .iter()
        .filter_map(|ranked| row(made, ranked))
        .collect();
    json!({
        "ranking": ranking,
        "asked": plan.takes,
        "end": end_name(made.end),
        "best_seed": made.best().map(|best| best.seed),
    })
}

fn row(made: &BestClip, ranked: &Ranked) -> Option<Value> {
    let tried = made.tried.get(ranked.place)?;
    let report = tried.measure.as_ref().map(|measure| &measure.report);
    let appearance = tried.appearance.as_ref();
    let verdict = appearance.and_then(kinora_studio::measure::AppearanceMeasure::cast_verdict);
    let cast = verdict.map(|verdict| match verdict {
        CastVerdict::Kept => "kept",
        CastVerdict::Drifted(..) => "drifted",
        CastVerdict::NotMeasurable(_) => "not measurable",
    });
    Some(json!({
        "rank": ranked.rank,
        "number": ranked.place + 1,
        "seed": tried.seed,
        "score": ranked.score.as_ref().ok(),
        "reason": ranked.score.as_ref().err(),
        "camera_error_degrees": ranked.camera_error_degrees,
        "verdict": report.map(|report| verdict_words(report.verdict)),
        "cast_score": ranked.appearance,
        "cast": cast,
        "seconds": tried.timings.total,
    }))
}

/// The end of a series for programs.
fn end_name(end: SeriesEnd) -> &'static str {
    match end {
        SeriesEnd::AllMade => "all_made",
        SeriesEnd::GoodEnough => "good_enough",
        SeriesEnd::OutOfTime => "out_of_time",
        SeriesEnd::Cancelled => "cancelled",
        SeriesEnd::Failed => "failed",
    }
}

#[expect(clippy::print_stdout, reason = "the ranking is what was asked for")]
fn print(text: &str) {
    println!("{text}");
}
