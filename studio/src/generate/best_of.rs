//! Best of N: a series of takes in the queue of a project. It stops when a take is good enough, when its time is over or
//! when the artist cancels it. The artist chooses the take.

use kinora_timeline::ContentHash;
use kinora_timeline::shot::Shot;

use super::queue::series::{RankBy, Series, SeriesEnd, SeriesId, SeriesPlan};
use super::ranking::{Candidate, Ranked, camera_error_degrees, rank};
use super::scheduler::{GenerationScheduler, seed_of};
use crate::engine::EngineHost;
use crate::measure::CameraMeasure;

/// Why takes cannot be ranked so; `None` if they can. They have a camera path or not, and characters on a stage or not.
pub fn refusal(has_camera: bool, has_cast: bool, by: RankBy) -> Option<&'static str> {
    match by {
        RankBy::Camera => (!has_camera).then_some("there is no camera path to rank by"),
        RankBy::Cast => (!has_cast).then_some("there is no character on a stage to rank by"),
        RankBy::Both => (!has_camera && !has_cast)
            .then_some("there is no camera path and no character on a stage to rank by"),
    }
}

/// Queues a series of takes of a shot as it is now. The first seed is that of the shot, or `fresh`; the others follow it.
pub fn queue_series(
    scheduler: &mut GenerationScheduler,
    shot: &Shot,
    plan: SeriesPlan,
    fresh: u64,
) -> SeriesId {
    let first = seed_of(shot, fresh);
    scheduler.queue_mut().add_series(shot, first, plan)
}

/// Called when a take has been measured. Returns the series that ends with it: the take is good enough, and the take that
/// is being made is stopped.
pub fn note_measure(
    scheduler: &mut GenerationScheduler,
    engine: &mut EngineHost,
    take: ContentHash,
    measure: &CameraMeasure,
) -> Option<SeriesId> {
    let error = camera_error_degrees(&measure.report).ok()?;
    let mut going = scheduler.queue().series().iter();
    let ends = going.find(|series| {
        series.end.is_none() && series.has_made(take) && series.plan.is_good_enough(error)
    })?;
    let id = ends.id;
    end(scheduler, engine, id, SeriesEnd::GoodEnough);
    Some(id)
}

/// Ends a series at the artist's wish. Its finished takes are kept.
pub fn cancel(scheduler: &mut GenerationScheduler, engine: &mut EngineHost, id: SeriesId) {
    end(scheduler, engine, id, SeriesEnd::Cancelled);
}

fn end(scheduler: &mut GenerationScheduler, engine: &mut EngineHost, id: SeriesId, end: SeriesEnd) {
    let series = scheduler.queue().get_series(id);
    let series = series.filter(|series| series.end.is_none());
    let running = scheduler.running();
    let is_running = series
        .zip(running)
        .is_some_and(|(series, order)| series.orders.contains(&order));
    if is_running {
        scheduler.stop(engine);
    }
    scheduler.queue_mut().end_series(id, end);
}

/// The ranking of the finished takes of a series, the best first.
pub fn ranking_of<'m>(
    series: &Series,
    candidate: impl Fn(ContentHash) -> Candidate<'m>,
) -> Vec<Ranked> {
    let takes = series.made.iter().map(|made| candidate(made.take));
    let takes: Vec<Candidate> = takes.collect();
    rank(&takes, series.plan.rank)
}

/// The best take of a series; `None` if none of its takes has a score.
pub fn best_of<'m>(
    series: &Series,
    candidate: impl Fn(ContentHash) -> Candidate<'m>,
) -> Option<ContentHash> {
    let ranking = ranking_of(series, candidate);
    let best = ranking.first().filter(|best| best.rank.is_some())?;
    series.made.get(best.place).map(|made| made.take)
}

/// "3 of 8 made, best 0.9°", and how it ended.
pub fn progress_words(series: &Series, ranking: &[Ranked]) -> String {
    let made = format!("{} of {} made", series.made.len(), series.plan.takes);
    let best = ranking.first().filter(|best| best.rank.is_some());
    let best = best.map(|best| format!("best {}", best.words()));
    let end = series.end.map(|end| end.words().to_owned());
    let parts = [Some(made), best, end].into_iter().flatten();
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::{FrameRate, Project};

    use super::*;
    use crate::Session;
    use crate::generate::ranking::tests::measured;

    const PLAN: SeriesPlan = SeriesPlan {
        takes: 8,
        rank: RankBy::Camera,
        stop_at_degrees: Some(1.0),
        within_minutes: None,
    };

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        Shot::new("Dusk", "a fox", length)
    }

    #[test]
    fn a_take_that_is_good_enough_ends_the_series_and_others_do_not() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let session = Session::create(&folder, &Project::default()).expect("a project");
        let mut scheduler = GenerationScheduler::new(&session, || {});
        let mut engine = EngineHost::new("nowhere".into(), || {});
        let id = queue_series(&mut scheduler, &shot(), PLAN, 5);
        let takes = [3.0, 0.9].map(|error| (error, ContentHash::of(&f64::to_le_bytes(error))));
        let first = scheduler.queue().orders()[0].id;
        for (_, take) in takes {
            scheduler.queue_mut().note_made(first, take, 1.0);
        }
        let mut note = |error: f64, take| {
            let measure = measured(Some(error), None);
            note_measure(&mut scheduler, &mut engine, take, &measure)
        };
        assert_eq!(note(0.1, ContentHash::of(b"another shot's take")), None);
        assert_eq!(note(takes[0].0, takes[0].1), None);
        assert_eq!(note(takes[1].0, takes[1].1), Some(id));
        assert_eq!(note(takes[1].0, takes[1].1), None, "it has ended");
        assert!(scheduler.queue().orders().is_empty());
        let series = scheduler.queue().get_series(id).expect("it is kept");
        assert_eq!(series.end, Some(SeriesEnd::GoodEnough));

        let measures = takes.map(|(error, _)| measured(Some(error), None));
        let candidate = |take: ContentHash| Candidate {
            has_path: true,
            is_rejected: false,
            camera: takes
                .iter()
                .position(|one| one.1 == take)
                .map(|at| &measures[at]),
            appearance: None,
        };
        assert_eq!(best_of(series, candidate), Some(takes[1].1));
        let without_best = |take: ContentHash| Candidate {
            is_rejected: take == takes[1].1,
            ..candidate(take)
        };
        assert_eq!(
            best_of(series, without_best),
            Some(takes[0].1),
            "a rejected take is not used"
        );
        let words = progress_words(series, &ranking_of(series, candidate));
        assert_eq!(
            words,
            "2 of 8 made, best 0.9°, stopped: a take is good enough"
        );
        assert_eq!(best_of(series, |_| Candidate::default()), None);
    }

    #[test]
    fn takes_are_ranked_only_by_what_they_have() {
        let possible = |has_camera, has_cast| {
            let all = [RankBy::Camera, RankBy::Cast, RankBy::Both];
            all.map(|by| refusal(has_camera, has_cast, by).is_none())
        };
        assert_eq!(possible(false, false), [false, false, false]);
        assert_eq!(possible(true, false), [true, false, true]);
        assert_eq!(possible(false, true), [false, true, true]);
        assert_eq!(possible(true, true), [true, true, true]);
    }
}
