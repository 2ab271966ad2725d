//! The times at which the frames of a video are shown, and which frame is on screen at a time.

mod rate;

use kinora_timeline::{FrameRate, Frames};
use serde::{Deserialize, Serialize};

use rate::{ROUNDING_SECONDS, USUAL, common_rates, fits, rate_near, shortest};

/// The times of a video's frames, in ascending order, as ticks of its clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Seconds per tick, as a fraction.
    tick: (u32, u32),
    /// The rate that all frames keep, or the rate at which none of them is lost.
    rate: FrameRate,
    times: Times,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Times {
    /// Every frame lasts as long as every other. `count` is `None` if it was not counted.
    Constant { first: i64, count: Option<i64> },
    /// As listed, and the end of the last one.
    Listed { starts: Vec<i64>, end: i64 },
}

impl Timing {
    /// A constant rate, from a time in ticks on. The frames are not counted.
    pub fn constant(tick: (u32, u32), rate: FrameRate, first: i64) -> Self {
        let times = Times::Constant { first, count: None };
        Self { tick, rate, times }
    }

    /// From the time of each frame in ticks, in any order. `promised` are rates that the file names, the best first.
    /// `last_ticks` is how long the last frame is shown, if the file says so, and `file_end` the tick at which the file
    /// ends. `None` without frames.
    pub fn of_times(
        tick: (u32, u32),
        mut starts: Vec<i64>,
        promised: &[FrameRate],
        last_ticks: Option<i64>,
        file_end: Option<i64>,
    ) -> Option<Self> {
        starts.sort_unstable();
        starts.dedup();
        let (&first, &last) = (starts.first()?, starts.last()?);
        let seconds = |ticks: i64| ticks as f64 * f64::from(tick.0) / f64::from(tick.1);
        let constant = match starts.len() {
            1 => promised.first().copied(),
            _ => promised
                .iter()
                .copied()
                .chain(common_rates())
                .find(|rate| fits(&starts, *rate, &seconds)),
        };
        if let Some(rate) = constant {
            let count = Some(starts.len() as i64);
            let times = Times::Constant { first, count };
            return Some(Self { tick, rate, times });
        }
        let rate = shortest(&starts, &seconds).map_or(USUAL, |distance| rate_near(1.0 / distance));
        let before_last = starts.len().checked_sub(2).map(|at| last - starts[at]);
        let lasts = last_ticks.unwrap_or(0).max(before_last.unwrap_or(0)).max(1);
        let least = last + last_ticks.unwrap_or(1).max(1);
        let end = file_end.map_or(last + lasts, |end| (last + lasts).min(end.max(least)));
        let times = Times::Listed { starts, end };
        Some(Self { tick, rate, times })
    }

    /// From the duration of each frame in ticks, one after the other, the first at 0. `None` without frames.
    pub fn of_durations(
        tick: (u32, u32),
        durations: impl IntoIterator<Item = i64>,
    ) -> Option<Self> {
        let mut edges = vec![0];
        let mut end = 0;
        for duration in durations {
            end += duration.max(1);
            edges.push(end);
        }
        let count = edges.len() as i64 - 1;
        let first = *edges.get(1)?;
        let seconds = |ticks: i64| ticks as f64 * f64::from(tick.0) / f64::from(tick.1);
        let are_even = edges.windows(2).all(|pair| pair[1] - pair[0] == first);
        let own = u32::try_from(i64::from(tick.0) * first).ok();
        let own = own.and_then(|frame| FrameRate::new(tick.1, frame));
        // Rounded times fit several rates: the one nearest to the mean is meant.
        let mean = count as f64 / seconds(end);
        let off = |rate: &FrameRate| (rate.per_second() / mean - 1.0).abs();
        let fitting = FrameRate::COMMON
            .into_iter()
            .filter(|rate| fits(&edges, *rate, &seconds));
        let nearest = fitting.min_by(|one, other| off(one).total_cmp(&off(other)));
        // The end counts, too: the last frame may be held.
        if let Some(rate) = own.filter(|_| are_even).or(nearest) {
            let times = Times::Constant {
                first: 0,
                count: Some(count),
            };
            return Some(Self { tick, rate, times });
        }
        let rate = shortest(&edges, &seconds).map_or(USUAL, |distance| rate_near(1.0 / distance));
        edges.pop();
        let times = Times::Listed { starts: edges, end };
        Some(Self { tick, rate, times })
    }

    /// The same with further frames at its end, until it has `count`: those of a file that was cut short. A variable rate
    /// stays as it is.
    #[must_use]
    pub fn extended_to(mut self, frames: i64) -> Self {
        if let Times::Constant { count, .. } = &mut self.times {
            *count = Some(count.unwrap_or(0).max(frames));
        }
        self
    }

    /// The rate of a constant video; of a variable one, the rate at which none of its frames is lost.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// Whether all frames last equally long.
    pub fn is_constant(&self) -> bool {
        matches!(self.times, Times::Constant { .. })
    }

    /// The number of frames that are stored; `None` if they were not counted.
    pub fn count(&self) -> Option<i64> {
        match &self.times {
            Times::Constant { count, .. } => *count,
            Times::Listed { starts, .. } => Some(starts.len() as i64),
        }
    }

    /// The length in frames of `rate`: its own count of frames, or the time it takes.
    pub fn length(&self) -> Frames {
        match &self.times {
            Times::Constant { count, .. } => Frames(count.unwrap_or(0)),
            Times::Listed { starts, end } => {
                let ticks = end - starts.first().unwrap_or(end);
                let frames = self.seconds(ticks) * self.rate.per_second();
                Frames((frames.round() as i64).max(1))
            }
        }
    }

    /// The time of the first frame in seconds of the file's clock.
    pub fn start_seconds(&self) -> f64 {
        self.seconds(self.start_ticks())
    }

    /// The time of the first frame in ticks.
    pub fn start_ticks(&self) -> i64 {
        match &self.times {
            Times::Constant { first, .. } => *first,
            Times::Listed { starts, .. } => starts.first().copied().unwrap_or(0),
        }
    }

    /// Ticks as seconds.
    pub fn seconds(&self, ticks: i64) -> f64 {
        ticks as f64 * f64::from(self.tick.0) / f64::from(self.tick.1)
    }

    /// Ticks as microseconds, rounded down.
    pub fn microseconds(&self, ticks: i64) -> i64 {
        let numerator = i128::from(ticks) * i128::from(self.tick.0) * 1_000_000;
        i64::try_from(numerator.div_euclid(i128::from(self.tick.1))).unwrap_or(0)
    }

    /// The time of a stored frame in ticks. Beyond the last one: of the last one.
    pub fn ticks_of(&self, number: Frames) -> i64 {
        match &self.times {
            Times::Constant { first, .. } => {
                let (frames, seconds) = self.rate.as_fraction();
                let numerator =
                    i128::from(number.0) * i128::from(seconds) * i128::from(self.tick.1);
                let denominator = i128::from(frames) * i128::from(self.tick.0);
                let ticks = (2 * numerator + denominator).div_euclid(2 * denominator); // the nearest
                first.saturating_add(i64::try_from(ticks).unwrap_or(i64::MAX))
            }
            Times::Listed { starts, .. } => {
                let at = usize::try_from(number.0).unwrap_or(0);
                starts.get(at).or(starts.last()).copied().unwrap_or(0)
            }
        }
    }

    /// The number of the stored frame with this time: the nearest one.
    pub fn number_of(&self, ticks: i64) -> Frames {
        match &self.times {
            Times::Constant { first, .. } => {
                let (frames, seconds) = self.rate.as_fraction();
                let elapsed = i128::from(ticks) - i128::from(*first);
                let numerator = elapsed * i128::from(self.tick.0) * i128::from(frames);
                let denominator = i128::from(self.tick.1) * i128::from(seconds);
                let nearest = (2 * numerator + denominator).div_euclid(2 * denominator);
                Frames(i64::try_from(nearest).unwrap_or(0))
            }
            Times::Listed { starts, .. } => {
                let after = starts.partition_point(|&start| start <= ticks);
                let before = after.saturating_sub(1);
                let distance = |at: usize| {
                    starts
                        .get(at)
                        .map_or(i64::MAX, |start| (start - ticks).abs())
                };
                let nearest = if distance(after) < distance(before) {
                    after
                } else {
                    before
                };
                Frames(nearest as i64)
            }
        }
    }

    /// The stored frame that a frame of another rate shows, both counted from the start: the one on screen in the middle
    /// of that frame. At nearly equal rates this is the nearest frame, so that none is doubled at the start.
    pub fn shown_at(&self, frame: Frames, rate: FrameRate) -> Frames {
        let (frames, seconds) = rate.as_fraction();
        // The middle of the frame, as a fraction of a second.
        let numerator = (2 * i128::from(frame.0) + 1) * i128::from(seconds);
        let denominator = 2 * i128::from(frames);
        match &self.times {
            Times::Constant { count, .. } => {
                let (own_frames, own_seconds) = self.rate.as_fraction();
                let numerator = numerator * i128::from(own_frames);
                let denominator = denominator * i128::from(own_seconds);
                // A frame that begins in the very middle is not shown yet.
                let at = (numerator - 1).div_euclid(denominator);
                let last = count.map_or(i64::MAX, |count| count - 1);
                Frames(i64::try_from(at).unwrap_or(0).clamp(0, last.max(0)))
            }
            Times::Listed { starts, .. } => {
                let first = self.start_ticks();
                let middle = numerator as f64 / denominator as f64 - ROUNDING_SECONDS;
                let is_begun = |start: &i64| self.seconds(start - first) < middle;
                let begun = starts.partition_point(is_begun);
                Frames(begun.saturating_sub(1) as i64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: (u32, u32) = (1, 1000);

    fn rate(text: &str) -> FrameRate {
        text.parse().expect("a rate")
    }

    fn rounded(count: i64, rate: FrameRate) -> Vec<i64> {
        let time = |at: i64| (at as f64 * 1000.0 / rate.per_second()).round() as i64;
        (0..count).map(|at| 21 + time(at)).collect()
    }

    #[test]
    fn times_rounded_to_milliseconds_are_a_constant_rate() {
        for text in [
            "23.976", "24", "25", "29.97", "30", "50", "59.94", "60", "120",
        ] {
            let rate = rate(text);
            let times = rounded(3000, rate);
            let timing = Timing::of_times(MILLISECOND, times.clone(), &[rate], None, None);
            let timing = timing.expect("frames");
            assert!(timing.is_constant(), "{text}");
            assert_eq!(
                (timing.rate(), timing.length()),
                (rate, Frames(3000)),
                "{text}"
            );
            for at in (0..3000).map(Frames) {
                assert_eq!(timing.shown_at(at, rate), at, "{text}");
                assert_eq!(timing.number_of(times[at.0 as usize]), at, "{text}");
            }
        }
    }

    #[test]
    fn a_rate_that_the_file_does_not_name_is_found() {
        let ntsc = rate("30000/1001");
        let timing = Timing::of_times(MILLISECOND, rounded(500, ntsc), &[rate("1000")], None, None);
        assert_eq!(timing.expect("frames").rate(), ntsc);
    }

    #[test]
    fn nearly_equal_rates_show_every_frame_once() {
        for (own, other) in [
            ("23.976", "24"),
            ("24", "23.976"),
            ("29.97", "30"),
            ("30", "29.97"),
        ] {
            let own = rate(own);
            let times: Vec<i64> = (0..96).map(|at| at * 1000).collect();
            let (frames, seconds) = own.as_fraction();
            let timing = Timing::of_times((seconds, frames * 1000), times, &[own], None, None);
            let timing = timing.expect("frames");
            let shown = (0..96).map(|at| timing.shown_at(Frames(at), rate(other)).0);
            assert!(shown.eq(0..96), "{own:?} in {other}");
        }
    }

    #[test]
    fn multiples_show_every_second_frame_or_each_one_twice() {
        let timing = Timing::constant((1, 60), rate("60"), 0);
        let shown = |at| timing.shown_at(Frames(at), rate("30")).0;
        assert!((0..50).all(|at| shown(at) == 2 * at));
        let timing = Timing::constant((1, 30), rate("30"), 0);
        let shown = |at| timing.shown_at(Frames(at), rate("60")).0;
        assert!((0..50).all(|at| shown(at) == at / 2));
    }

    #[test]
    fn a_variable_rate_is_followed_and_none_of_its_frames_is_lost() {
        // Sixty a second for two seconds, then ten a second for six.
        let at_60 = (0..480).filter(|at| *at < 120 || at % 6 == 0);
        let times: Vec<i64> = at_60.map(|at| (at * 1000 + 30) / 60).collect();
        let end = Some(8000);
        let timing = Timing::of_times(MILLISECOND, times, &[rate("60")], Some(16), end);
        let timing = timing.expect("frames");
        assert!(!timing.is_constant());
        assert_eq!((timing.rate(), timing.length()), (rate("60"), Frames(480)));
        for at in 0..480 {
            let expected = if at < 120 { at } else { 120 + (at - 120) / 6 };
            assert_eq!(
                timing.shown_at(Frames(at), rate("60")),
                Frames(expected),
                "{at}"
            );
        }
        assert_eq!(timing.shown_at(Frames(9999), rate("60")), Frames(179));
    }

    #[test]
    fn a_long_pause_does_not_lengthen_the_last_frame_beyond_the_file() {
        let times = vec![0, 40, 80, 9000];
        let timing = |end| Timing::of_times(MILLISECOND, times.clone(), &[], Some(40), end);
        assert_eq!(timing(Some(9040)).expect("frames").length(), Frames(226));
        assert_eq!(timing(None).expect("frames").length(), Frames(448));
    }

    #[test]
    fn frames_of_given_durations_are_a_constant_rate_if_the_last_one_is_not_held() {
        let timing = |durations: &[i64]| {
            let durations = durations.iter().copied();
            Timing::of_durations(MILLISECOND, durations).expect("frames")
        };
        let even = timing(&[40; 5]);
        assert!(even.is_constant());
        assert_eq!((even.rate(), even.length()), (rate("25"), Frames(5)));
        let rounded = timing(&[33, 33, 34, 33, 33, 34]);
        assert!(rounded.is_constant() && rounded.rate() == rate("30"));
        let held = timing(&[40, 40, 1000]);
        assert!(!held.is_constant());
        assert_eq!((held.rate(), held.length()), (rate("25"), Frames(27)));
        assert_eq!(held.shown_at(Frames(26), rate("25")), Frames(2));
        assert_eq!(Timing::of_durations(MILLISECOND, []), None);
    }

    #[test]
    fn one_frame_and_none_are_no_fault() {
        let one = Timing::of_times(MILLISECOND, vec![7], &[rate("24")], None, None);
        let one = one.expect("a frame");
        assert_eq!(
            (one.length(), one.shown_at(Frames(5), rate("24"))),
            (Frames(1), Frames(0))
        );
        assert_eq!(Timing::of_times(MILLISECOND, vec![], &[], None, None), None);
    }

    #[test]
    fn odd_clocks_never_panic() {
        let extremes = [i64::MIN / 4, -1, 0, 1, i64::MAX / 4];
        for tick in [(1, 1), (1, 90_000), (u32::MAX, 1), (1, u32::MAX)] {
            let timing =
                Timing::of_times(tick, extremes.to_vec(), &[rate("24")], Some(-5), Some(3));
            let timing = timing.expect("frames");
            for at in extremes {
                timing.ticks_of(Frames(at));
                timing.number_of(at);
                timing.shown_at(Frames(at), rate("24"));
                timing.microseconds(at);
            }
            timing.length();
        }
    }
}
