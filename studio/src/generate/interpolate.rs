//! Gives a finished clip another frame rate: the frames that it lacks are made between those that it has.

use std::ops::Range;

use kinora_timeline::FrameRate;
use kinora_wire::{Interpolate, Moment, Outcome, Timings};

use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::{FRAMES_AT_ONCE, Part, SourceClip, sum};

/// The moments of a clip of `count` frames at `from` that are its frames at `to`. The new clip lasts as long as the old
/// one; after the last frame nothing moves.
pub fn moments(count: usize, from: FrameRate, to: FrameRate) -> Vec<Moment> {
    let (step, whole) = ratio(from, to);
    let new_count = (count as u64 * whole + step / 2) / step;
    moments_of(0..new_count.max(1), count, from, to)
}

/// The moments of a clip of `count` frames at `from` that are some of its frames at `to`, by their numbers.
pub fn moments_of(
    numbers: Range<u64>,
    count: usize,
    from: FrameRate,
    to: FrameRate,
) -> Vec<Moment> {
    let (step, whole) = ratio(from, to);
    let last = count.saturating_sub(1) as u64;
    let moments = numbers.map(|number| {
        let place = u128::from(number) * u128::from(step);
        let (frame, rest) = (place / u128::from(whole), place % u128::from(whole));
        match u64::try_from(frame) {
            Ok(frame) if frame < last => Moment {
                frame: frame as u32,
                part: rest as f64 / whole as f64,
            },
            _ => Moment {
                frame: last as u32,
                part: 0.0,
            },
        }
    });
    moments.collect()
}

/// Of the old frames, `step / whole` lie between two new ones. Integers, so that frames that coincide stay as they are.
fn ratio(from: FrameRate, to: FrameRate) -> (u64, u64) {
    let (from_frames, from_seconds) = from.as_fraction();
    let (to_frames, to_seconds) = to.as_fraction();
    let step = u64::from(from_frames) * u64::from(to_seconds);
    let whole = u64::from(from_seconds) * u64::from(to_frames);
    (step, whole)
}

/// The next part of the work on a clip of `count` frames: a few of its frames, and the first of these moments whose
/// pictures are among them, counted from the first of them. `None`: no moment is left.
pub fn next_part(moments: &[Moment], count: usize) -> Option<(Range<usize>, Vec<Moment>)> {
    let first = moments.first()?.frame;
    let end = (first as usize + FRAMES_AT_ONCE).min(count);
    let is_within = |moment: &&Moment| {
        let needed = moment.frame as usize + usize::from(moment.part > 0.0);
        moment.frame >= first && needed < end
    };
    let within = moments.iter().take_while(is_within);
    let within: Vec<Moment> = within
        .map(|moment| Moment {
            frame: moment.frame - first,
            ..*moment
        })
        .collect();
    (!within.is_empty()).then_some((first as usize..end, within))
}

/// Gives a clip of the rate `from` the rate `to`. Progress and frames are numbered over the whole new clip.
pub fn interpolate(
    client: &BlockingClient,
    clip: &mut SourceClip,
    (from, to): (FrameRate, FrameRate),
    model: Option<&str>,
    is_cancelled: &dyn Fn() -> bool,
    on_progress: &mut OnProgress,
) -> Outcome {
    let all = moments(clip.count(), from, to);
    let mut spent = Timings::default();
    let mut done = 0;
    while let Some((range, wanted)) = next_part(&all[done..], clip.count()) {
        let (pictures, _folder) = match clip.pictures(range) {
            Ok(pictures) => pictures,
            Err(failure) => return Outcome::Failed { failure },
        };
        let part = Part {
            before: done,
            count: wanted.len(),
            all: all.len(),
        };
        let request = Interpolate {
            model: model.map(str::to_owned),
            clip: pictures,
            moments: wanted,
            device: None,
        };
        let outcome = client.interpolate(request, is_cancelled, &mut |progress, pixels| match part
            .of_whole_clip(progress)
        {
            Some(progress) => on_progress(&progress, pixels),
            None => Ok(()),
        });
        match outcome {
            Outcome::Done { timings } => spent = sum(spent, timings),
            ended => return ended,
        }
        done += part.count;
    }
    Outcome::Done { timings: spent }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(frames: u32, seconds: u32) -> FrameRate {
        FrameRate::new(frames, seconds).expect("a rate")
    }

    fn made(count: usize, from: FrameRate, to: FrameRate) -> Vec<(u32, f64)> {
        let moments = moments(count, from, to).into_iter();
        moments.map(|moment| (moment.frame, moment.part)).collect()
    }

    #[test]
    fn twice_the_rate_keeps_each_frame_and_makes_one_between() {
        let found = made(3, rate(16, 1), rate(32, 1));
        let expected = [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.5), (2, 0.0), (2, 0.0)];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_clip_lasts_as_long_as_before_at_every_rate() {
        for to in [
            rate(24, 1),
            rate(25, 1),
            rate(30, 1),
            rate(24000, 1001),
            rate(48, 1),
            rate(8, 1),
        ] {
            let found = made(161, rate(16, 1), to);
            let seconds = found.len() as f64 / to.per_second();
            assert!(
                (seconds - 161.0 / 16.0).abs() < 0.6 / to.per_second(),
                "{to:?}"
            );
            for (number, (frame, part)) in found.iter().enumerate() {
                let wanted = (number as f64 / to.per_second() * 16.0).min(160.0);
                assert!(
                    (f64::from(*frame) + part - wanted).abs() < 1e-9,
                    "{to:?} {number}"
                );
                assert!((0.0..1.0).contains(part) && *frame <= 160);
            }
        }
    }

    #[test]
    fn the_same_rate_is_the_same_clip_and_a_picture_stays_one() {
        assert_eq!(
            made(4, rate(24, 1), rate(24, 1)),
            [0, 1, 2, 3].map(|frame| (frame, 0.0))
        );
        assert!(
            made(1, rate(16, 1), rate(24, 1))
                .iter()
                .all(|moment| *moment == (0, 0.0))
        );
    }

    #[test]
    fn some_moments_of_a_clip_are_those_of_all_and_are_made_a_few_frames_at_a_time() {
        let (from, to) = (rate(16, 1), rate(48, 1));
        let all = moments(100, from, to);
        assert_eq!(moments_of(40..220, 100, from, to), all[40..220]);
        let (mut done, mut parts) = (0, 0);
        while let Some((range, wanted)) = next_part(&all[done..], 100) {
            assert!(range.len() <= FRAMES_AT_ONCE && range.end <= 100);
            for (moment, expected) in wanted.iter().zip(&all[done..]) {
                assert_eq!(moment.frame as usize + range.start, expected.frame as usize);
                assert!((moment.frame as usize) < range.len());
            }
            done += wanted.len();
            parts += 1;
        }
        assert_eq!((done, parts), (300, 4));
        assert_eq!(next_part(&[], 100), None);
    }
}
