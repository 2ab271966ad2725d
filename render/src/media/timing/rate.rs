//! The rate of a video from the times of its frames: a common one that they fit, else one at which no frame is lost.
//! Times are rounded to ticks of the clock of the file.

use kinora_timeline::FrameRate;

/// Containers round times to a millisecond: start and frame may each be half of one off.
pub(super) const ROUNDING_SECONDS: f64 = 0.001;
/// The rate of a variable video whose frames have none.
pub(super) const USUAL: FrameRate = FrameRate::FPS_24;
/// Faster than this, the shortest distance of two frames is a fault of the clock, not a rate.
const FASTEST: f64 = 250.0;

/// The usual rates, whole ones first: a few frames fit both 24 and 23.976, and files of the latter say so.
pub(super) fn common_rates() -> [FrameRate; FrameRate::COMMON.len()] {
    let mut rates = FrameRate::COMMON;
    rates.sort_by_key(|rate| rate.as_fraction().1);
    rates
}

/// Whether each frame is where a constant rate puts it, up to the rounding of the clock.
pub(super) fn fits(starts: &[i64], rate: FrameRate, seconds: &impl Fn(i64) -> f64) -> bool {
    let first = starts.first().copied().unwrap_or(0);
    let tolerance = ROUNDING_SECONDS
        .max(seconds(1))
        .min(0.4 / rate.per_second());
    starts.iter().enumerate().all(|(at, start)| {
        let promised = at as f64 / rate.per_second();
        (seconds(start - first) - promised).abs() <= tolerance
    })
}

/// The shortest distance of neighbouring frames in seconds: the mean of those that are about as short, since single ones
/// are rounded.
pub(super) fn shortest(starts: &[i64], seconds: &impl Fn(i64) -> f64) -> Option<f64> {
    let distances = starts.windows(2).map(|pair| seconds(pair[1] - pair[0]));
    let mut distances: Vec<f64> = distances
        .filter(|distance| *distance > 1.0 / FASTEST)
        .collect();
    distances.sort_by(f64::total_cmp);
    let least = distances.first()? * 1.5;
    let short = distances.partition_point(|distance| *distance <= least);
    Some(distances[..short].iter().sum::<f64>() / short as f64)
}

/// The common rate that is within three in a hundred of a measured one, else the nearest whole one.
pub(super) fn rate_near(per_second: f64) -> FrameRate {
    let off = |rate: &FrameRate| (rate.per_second() / per_second - 1.0).abs();
    let common = FrameRate::COMMON.into_iter();
    // The whole rates: a variable rate is never exactly an NTSC one.
    let whole = common.filter(|rate| rate.as_fraction().1 == 1);
    let nearest = whole.min_by(|one, other| off(one).total_cmp(&off(other)));
    let rounded = || FrameRate::new(per_second.round().max(1.0) as u32, 1);
    nearest
        .filter(|rate| off(rate) < 0.03)
        .or_else(rounded)
        .unwrap_or(USUAL)
}
