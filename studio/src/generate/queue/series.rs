//! A series: several takes of one shot with different seeds, which are ranked. It lies in the file of the queue beside its
//! orders, so that it survives the program. It chooses no take.

use kinora_timeline::shot::Shot;
use kinora_timeline::{ContentHash, ShotId};
use serde::{Deserialize, Serialize};

use super::{List, Order, OrderId, Queue, Work};

/// The most series that have ended and are kept in the queue. The oldest is dropped for a new one.
const MOST_ENDED: usize = 16;

/// The number of a series, unique within a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u64);

/// What takes are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RankBy {
    /// How closely they follow their camera path.
    Camera,
    /// How well the characters keep their appearance.
    Cast,
    /// Both, with the weights of `generate/ranking.rs`.
    Both,
}

/// What is asked of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesPlan {
    /// The most takes.
    pub takes: u32,
    /// What they are ranked by.
    pub rank: RankBy,
    /// The series ends with a take whose camera error is at most this, in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_at_degrees: Option<f64>,
    /// No take is begun that would end later than this, in minutes of generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_minutes: Option<f64>,
}

impl SeriesPlan {
    /// Whether a take with this camera error ends the series.
    pub fn is_good_enough(&self, camera_error_degrees: f64) -> bool {
        self.stop_at_degrees
            .is_some_and(|most| camera_error_degrees <= most)
    }

    /// Whether a further take would end in time if it takes as long as the mean of those made. The first one is always
    /// begun.
    pub fn has_time_for_next(&self, made: usize, spent_seconds: f64) -> bool {
        self.within_minutes.is_none_or(|minutes| {
            made == 0 || spent_seconds + spent_seconds / made as f64 <= minutes * 60.0
        })
    }
}

/// A finished take of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeTake {
    /// The seed of its noise.
    pub seed: u64,
    /// Its name.
    pub take: ContentHash,
}

/// Why a series has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeriesEnd {
    /// No take of it waits any longer.
    AllMade,
    /// A take was good enough.
    GoodEnough,
    /// A further take would have ended too late.
    OutOfTime,
    /// The artist cancelled it.
    Cancelled,
    /// A clip failed. In the queue of a project, the others are still made.
    Failed,
}

impl SeriesEnd {
    /// "stopped: a take is good enough".
    pub fn words(self) -> &'static str {
        match self {
            Self::AllMade => "finished",
            Self::GoodEnough => "stopped: a take is good enough",
            Self::OutOfTime => "stopped: no time for another take",
            Self::Cancelled => "cancelled",
            Self::Failed => "stopped: a clip failed",
        }
    }
}

/// Several takes of one shot that are ranked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its number.
    pub id: SeriesId,
    /// The shot.
    pub shot: ShotId,
    /// The name that the shot had.
    pub name: String,
    /// What is asked.
    pub plan: SeriesPlan,
    /// All its orders, also those that are no longer in the queue.
    pub orders: Vec<OrderId>,
    /// The finished takes, in the order in which they were made.
    #[serde(default)]
    pub made: Vec<MadeTake>,
    /// How long they took together, in seconds.
    #[serde(default)]
    pub spent_seconds: f64,
    /// Why it has ended. `None`: it goes on.
    #[serde(default)]
    pub end: Option<SeriesEnd>,
}

impl Series {
    /// Whether it made a take.
    pub fn has_made(&self, take: ContentHash) -> bool {
        self.made.iter().any(|made| made.take == take)
    }

    /// Whether an order of it can still start.
    fn waits(&self, orders: &[Order]) -> bool {
        let mut waiting = orders.iter().filter(|order| order.failed.is_none());
        waiting.any(|order| self.orders.contains(&order.id))
    }
}

impl Queue {
    /// All series, the oldest first.
    pub fn series(&self) -> &[Series] {
        &self.list.series
    }

    /// The series of this number.
    pub fn get_series(&self, id: SeriesId) -> Option<&Series> {
        self.list.series.iter().find(|series| series.id == id)
    }

    /// The newest series that made a take.
    pub fn series_of(&self, take: ContentHash) -> Option<&Series> {
        let mut newest = self.list.series.iter().rev();
        newest.find(|series| series.has_made(take))
    }

    /// Appends the orders of a series, with seeds that follow one another.
    pub fn add_series(&mut self, shot: &Shot, first_seed: u64, plan: SeriesPlan) -> SeriesId {
        let id = SeriesId(self.list.next);
        self.change(|list| {
            list.next += 1;
            let mut orders = Vec::new();
            for number in 0..u64::from(plan.takes) {
                let order = OrderId(list.next);
                list.next += 1;
                orders.push(order);
                list.orders.push(Order {
                    id: order,
                    shot: shot.clone(),
                    seed: first_seed.wrapping_add(number),
                    work: Work::Shot,
                    failed: None,
                });
            }
            list.series.push(Series {
                id,
                shot: shot.id,
                name: shot.name.clone(),
                plan,
                orders,
                made: Vec::new(),
                spent_seconds: 0.0,
                end: None,
            });
            drop_oldest_ended(list);
        });
        id
    }

    /// Counts a finished take to the series of its order, if it has one.
    pub(in crate::generate) fn note_made(
        &mut self,
        order: OrderId,
        take: ContentHash,
        seconds: f64,
    ) {
        let Some(seed) = self.get(order).map(|order| order.seed) else {
            return;
        };
        self.change(|list| {
            let mut all = list.series.iter_mut();
            let Some(series) = all.find(|series| series.orders.contains(&order)) else {
                return;
            };
            series.spent_seconds += seconds;
            if !series.has_made(take) {
                series.made.push(MadeTake { seed, take });
            }
        });
    }

    /// Ends a series and removes its orders, unless it has ended before.
    pub(in crate::generate) fn end_series(&mut self, id: SeriesId, end: SeriesEnd) {
        self.change(|list| end_in(list, id, end));
    }

    /// Ends the series of which no order waits, and those without time for another take.
    pub(super) fn settle_series(&mut self) {
        let going = self.list.series.iter().filter(|one| one.end.is_none());
        let ended = going.filter_map(|series| {
            if !series.waits(&self.list.orders) {
                return Some((series.id, SeriesEnd::AllMade));
            }
            let (made, spent) = (series.made.len(), series.spent_seconds);
            let has_time = series.plan.has_time_for_next(made, spent);
            (!has_time).then_some((series.id, SeriesEnd::OutOfTime))
        });
        let ended: Vec<(SeriesId, SeriesEnd)> = ended.collect();
        for (id, end) in ended {
            self.end_series(id, end);
        }
    }

    /// Removes a series that has ended from the list. Its takes are kept.
    pub fn remove_series(&mut self, id: SeriesId) {
        self.change(|list| {
            list.series
                .retain(|series| series.id != id || series.end.is_none());
        });
    }
}

fn end_in(list: &mut List, id: SeriesId, end: SeriesEnd) {
    let mut all = list.series.iter_mut();
    let Some(series) = all.find(|series| series.id == id && series.end.is_none()) else {
        return;
    };
    series.end = Some(end);
    // One that has failed stays, with its reason, until it is retried or removed.
    list.orders
        .retain(|order| order.failed.is_some() || !series.orders.contains(&order.id));
}

fn drop_oldest_ended(list: &mut List) {
    let ended = list.series.iter().filter(|series| series.end.is_some());
    let mut too_many = ended.count().saturating_sub(MOST_ENDED);
    list.series.retain(|series| {
        let is_dropped = too_many > 0 && series.end.is_some();
        too_many -= usize::from(is_dropped);
        !is_dropped
    });
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use kinora_timeline::FrameRate;
    use kinora_timeline::shot::ModelLength;

    use super::*;
    use crate::project::pending_writes::flush_pending;

    const PLAN: SeriesPlan = SeriesPlan {
        takes: 3,
        rank: RankBy::Camera,
        stop_at_degrees: Some(1.0),
        within_minutes: None,
    };

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        Shot::new("Dusk", "a fox", length)
    }

    fn opened(folder: &Path) -> Queue {
        Queue::open(folder, Arc::new(|| {}))
    }

    /// The next order of the queue makes a take of this name.
    fn make(queue: &mut Queue, name: &str, seconds: f64) -> ContentHash {
        let order = queue.next().expect("an order").id;
        let take = ContentHash::of(name.as_bytes());
        queue.note_made(order, take, seconds);
        queue.remove(order);
        take
    }

    #[test]
    fn a_series_survives_the_program_with_its_takes_and_ends_when_all_are_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = opened(folder.path());
        let id = queue.add_series(&shot(), 7, PLAN);
        let first = make(&mut queue, "one", 2.0);
        drop(queue);
        flush_pending();

        let mut queue = opened(folder.path());
        let series = queue.get_series(id).expect("the series").clone();
        assert_eq!((series.plan, series.end), (PLAN, None));
        assert_eq!(
            series.made,
            [MadeTake {
                seed: 7,
                take: first
            }]
        );
        let seeds: Vec<u64> = queue.orders().iter().map(|order| order.seed).collect();
        assert_eq!(seeds, [8, 9]);
        make(&mut queue, "two", 2.0);
        make(&mut queue, "three", 2.0);
        let series = queue.get_series(id).expect("the series");
        assert_eq!(series.end, Some(SeriesEnd::AllMade));
        assert_eq!((series.made.len(), series.spent_seconds.round()), (3, 6.0));
        queue.remove_series(id);
        assert!(queue.series().is_empty());
    }

    #[test]
    fn no_take_is_begun_that_would_end_after_the_budget() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = opened(folder.path());
        let plan = SeriesPlan {
            takes: 8,
            within_minutes: Some(1.0),
            ..PLAN
        };
        let id = queue.add_series(&shot(), 1, plan);
        let other = queue.add(shot(), 1, Work::Shot);
        make(&mut queue, "one", 25.0);
        assert_eq!(queue.get_series(id).and_then(|series| series.end), None);
        make(&mut queue, "two", 25.0);
        let series = queue.get_series(id).expect("the series");
        assert_eq!(series.end, Some(SeriesEnd::OutOfTime), "a third needs 75 s");
        let left: Vec<OrderId> = queue.orders().iter().map(|order| order.id).collect();
        assert_eq!(left, [other], "other orders are not of the series");
        assert!(plan.has_time_for_next(0, 0.0), "the first is always begun");
    }

    #[test]
    fn a_failed_order_does_not_keep_its_series_open_and_keeps_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = opened(folder.path());
        let id = queue.add_series(&shot(), 1, SeriesPlan { takes: 1, ..PLAN });
        let order = queue.next().expect("an order").id;
        queue.fail(order, kinora_wire::Failure::bug("it broke"));
        let end = queue.get_series(id).and_then(|series| series.end);
        assert_eq!(end, Some(SeriesEnd::AllMade));
        assert!(queue.get(order).is_some_and(|order| order.failed.is_some()));
    }

    #[test]
    fn a_queue_without_series_is_read_and_written_as_before() {
        let text = ron::to_string(&List::default()).expect("text");
        assert!(!text.contains("series"), "{text}");
        let read: List = ron::from_str(&text).expect("read");
        assert_eq!(read, List::default());
    }

    #[test]
    fn only_the_latest_ended_series_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = opened(folder.path());
        for _ in 0..MOST_ENDED + 3 {
            let id = queue.add_series(&shot(), 1, PLAN);
            queue.end_series(id, SeriesEnd::Cancelled);
        }
        let going = queue.add_series(&shot(), 1, PLAN);
        assert_eq!(queue.series().len(), MOST_ENDED + 1);
        assert_eq!(queue.series().last().map(|series| series.id), Some(going));
    }
}
