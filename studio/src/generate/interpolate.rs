//! Gives a finished clip another frame rate: the frames that it lacks are made between those that it has.

use kinora_timeline::FrameRate;
use kinora_wire::{Interpolate, Moment, Outcome, Timings};

use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::{FRAMES_AT_ONCE, Part, SourceClip, sum};

/// The moments of a clip of `count` frames at `from` that are its frames at `to`. The new clip lasts as long as the old
/// one; after the last frame nothing moves.
pub fn moments(count: usize, from: FrameRate, to: FrameRate) -> Vec<Moment> {
    let (from_frames, from_seconds) = from.as_fraction();
    let (to_frames, to_seconds) = to.as_fraction();
    // Of the old frames, `step / whole` lie between two new ones. Integers, so that frames that coincide stay as they are.
    let step = u64::from(from_frames) * u64::from(to_seconds);
    let whole = u64::from(from_seconds) * u64::from(to_frames);
    let last = count.saturating_sub(1) as u64;
    let new_count = (count as u64 * whole + step / 2) / step;
    let moments = (0..new_count.max(1)).map(|number| {
        let (frame, rest) = (number * step / whole, number * step % whole);
        match frame >= last {
            true => Moment {
                frame: last as u32,
                part: 0.0,
            },
            false => Moment {
                frame: frame as u32,
                part: rest as f64 / whole as f64,
            },
        }
    });
    moments.collect()
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
    while done < all.len() {
        // The moments whose pictures are among the next few frames.
        let first = all[done].frame as usize;
        let end = (first + FRAMES_AT_ONCE).min(clip.count());
        let is_within = |moment: &&Moment| {
            let needed = moment.frame as usize + usize::from(moment.part > 0.0);
            needed < end
        };
        let wanted: Vec<Moment> = all[done..].iter().take_while(is_within).copied().collect();
        let (pictures, _folder) = match clip.pictures(first..end) {
            Ok(pictures) => pictures,
            Err(failure) => return Outcome::Failed { failure },
        };
        let moments = wanted.iter().map(|moment| Moment {
            frame: moment.frame - first as u32,
            ..*moment
        });
        let request = Interpolate {
            model: model.map(str::to_owned),
            clip: pictures,
            moments: moments.collect(),
            device: None,
        };
        let part = Part {
            before: done,
            count: wanted.len(),
            all: all.len(),
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
        done += wanted.len();
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
}
