//! The sound of one clip: which samples of its source are heard when, and at which gain.

use kinora_timeline::clip::Clip;
use kinora_timeline::curve::{Curve, Property};
use kinora_timeline::query::Segment;
use kinora_timeline::{FadeShape, FrameRate, Frames};

use super::samples::sample_at;
use crate::media::MediaError;

/// The sound of a clip, in samples of the timeline.
pub(super) struct PlacedSound<'s> {
    clip: &'s Clip,
    rate: FrameRate,
    /// Start and end, including the frames lent to cross-fades.
    pub(super) start: i64,
    pub(super) end: i64,
    /// The frame of the timeline at which the clip itself begins.
    first_frame: Frames,
    /// Start and end of the clip itself.
    clip_start: i64,
    clip_end: i64,
    /// The lengths of the cross-fades at its cuts.
    cross: [i64; 2],
    /// The lengths of its own fade-in and fade-out.
    fades: [i64; 2],
}

impl<'s> PlacedSound<'s> {
    pub(super) fn of(segment: &'s Segment, rate: FrameRate) -> Self {
        let at = |frame| sample_at(frame, rate);
        let clip = &segment.clip;
        Self {
            rate,
            start: at(segment.range.start),
            end: at(segment.range.end()),
            first_frame: segment.clip_start,
            clip_start: at(segment.clip_start),
            clip_end: at(segment.clip_start + clip.length),
            cross: [at(segment.fade_in), at(segment.fade_out)],
            fades: [at(clip.look.fade_in), at(clip.look.fade_out)],
            clip,
        }
    }

    /// Reads the source's samples for a position on the timeline: directly at normal speed, resampled linearly at others.
    /// `source` reads from one of its samples on.
    pub(super) fn read(
        &self,
        from: i64,
        into: &mut [f32],
        mut source: impl FnMut(i64, &mut [f32]) -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        let (step, parts) = (
            self.clip.speed.source_frames(),
            self.clip.speed.record_frames(),
        );
        if step == 0 {
            into.fill(0.0); // a held frame is silent
            return Ok(());
        }
        let own_start = sample_at(self.clip.source_start, self.rate);
        let is_ramp = !self.clip.ramp.is_constant();
        if i64::from(step) == i64::from(parts) && !is_ramp {
            return source(own_start + from - self.clip_start, into);
        }
        let speed = f64::from(step) / f64::from(parts);
        let phase = f64::from(self.clip.phase) / f64::from(parts);
        let a_frame = sample_at(Frames(1000), self.rate) as f64 / 1000.0;
        // Backwards, the sound of a frame begins with its last sample.
        let ahead = match step < 0 {
            true => a_frame / f64::from(self.clip.parts()) - 1.0,
            false => 0.0,
        };
        let count = into.len() / 2;
        let place = |at: usize| {
            let since = (from - self.clip_start) as f64 + at as f64;
            match is_ramp {
                true => self.clip.source_position(since / a_frame) * a_frame + ahead,
                false => own_start as f64 + phase * a_frame + since * speed + ahead,
            }
        };
        let [low, high] = match place(0) < place(count) {
            true => [place(0), place(count)],
            false => [place(count), place(0)],
        };
        let first = low.floor() as i64;
        let mut read = vec![0.0; (high.ceil() as i64 - first + 2).max(2) as usize * 2];
        source(first, &mut read)?;
        for (at, pair) in into.chunks_exact_mut(2).enumerate() {
            let place = place(at) - first as f64;
            let (whole, part) = (place.floor().max(0.0) as usize, place.fract() as f32);
            for (channel, sample) in pair.iter_mut().enumerate() {
                let of = |at: usize| read.get(2 * at + channel).copied().unwrap_or(0.0);
                *sample = of(whole) * (1.0 - part) + of(whole + 1) * part;
            }
        }
        Ok(())
    }

    /// The gain at a sample of the timeline, as factors of the left and the right channel.
    pub(super) fn gain(&self, at: i64) -> [f32; 2] {
        let decibels = self.value(Property::Gain, at);
        let pan = self.value(Property::Pan, at);
        let up = |done: i64, length: i64| match length > 0 {
            true => (done as f32 / length as f32).clamp(0.0, 1.0),
            false => 1.0,
        };
        // Equal-power cross-fade: uncorrelated sounds keep their power.
        let power = |part: f32| (part * std::f32::consts::FRAC_PI_2).sin();
        let shaped = |shape: FadeShape, part: f32| match shape {
            FadeShape::Linear => part,
            shape => shape.gain(f64::from(part)) as f32,
        };
        let look = &self.clip.look;
        let gain = 10.0_f32.powf(decibels / 20.0)
            * power(up(at - self.start, self.cross[0]))
            * power(up(self.end - at, self.cross[1]))
            * shaped(look.fade_in_shape, up(at - self.clip_start, self.fades[0]))
            * shaped(look.fade_out_shape, up(self.clip_end - at, self.fades[1]));
        // A balance: the side it is moved to keeps its gain, the other side becomes silent.
        [gain * (1.0 - pan).min(1.0), gain * (1.0 + pan).min(1.0)]
    }

    /// The value of a property at a sample of the timeline.
    fn value(&self, property: Property, at: i64) -> f32 {
        let look = &self.clip.look;
        // Counted from the timeline's start: at 29.97 frames a second the first samples of two frames do not add up to
        // that of their sum, and a key would come a sample early, or move when its clip is split.
        let place = |frame: Frames| sample_at(self.first_frame + frame, self.rate);
        let on_curve = |curve: &Curve| curve.value_between(at, place);
        let curve = look.curve(property);
        curve.map_or_else(|| (property.effect().get)(look), on_curve)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kinora_timeline::camera::Easing;
    use kinora_timeline::clip::Look;
    use kinora_timeline::curve::PropertyKey;
    use kinora_timeline::{FrameRange, MediumId, Source, TrackId};

    use super::*;

    /// The frame of the timeline at which the clip begins.
    const START: i64 = 7;
    const LENGTH: i64 = 40;

    fn key(frame: i64, value: f32, easing: Easing) -> PropertyKey {
        PropertyKey {
            frame: Frames(frame),
            value,
            easing,
        }
    }

    fn clip(property: Property, keys: &[PropertyKey]) -> Clip {
        let source = Source::Medium(MediumId::from(1));
        let mut look = Look::default();
        look.set_curve(property, keys.to_vec());
        Clip {
            look,
            ..Clip::new(source, Frames::ZERO, Frames(LENGTH))
        }
    }

    fn segment(clip: Clip, start: i64) -> Segment {
        let range = FrameRange {
            start: Frames(start),
            length: clip.length,
        };
        Segment {
            track: TrackId::from(1),
            clip: Arc::new(clip),
            range,
            clip_start: range.start,
            fade_in: Frames::ZERO,
            fade_out: Frames::ZERO,
        }
    }

    #[track_caller]
    fn assert_near(found: f32, expected: f32, place: &str) {
        assert!(
            (found - expected).abs() < 1e-4,
            "{place}: {found}, not {expected}"
        );
    }

    #[test]
    fn a_keyframe_begins_at_the_first_sample_of_its_frame_at_every_rate() {
        let keys = [(0, 0.0), (11, -20.0), (23, -40.0)];
        let keys = keys.map(|(frame, value)| key(frame, value, Easing::Hold));
        let segment = segment(clip(Property::Gain, &keys), START);
        for rate in FrameRate::COMMON {
            let placed = PlacedSound::of(&segment, rate);
            for frame in 0..LENGTH {
                let expected = match frame {
                    0..11 => 0.0,
                    11..23 => -20.0,
                    _ => -40.0,
                };
                let first = sample_at(Frames(START + frame), rate);
                let last = sample_at(Frames(START + frame + 1), rate) - 1;
                for at in [first, last] {
                    let place = format!("{rate:?}, frame {frame}, sample {at}");
                    assert_near(placed.value(Property::Gain, at), expected, &place);
                }
            }
        }
    }

    #[test]
    fn the_gain_is_exact_at_the_first_sample_of_each_frame_and_linear_between() {
        // One decibel a frame.
        let keys = [key(2, -30.0, Easing::Linear), key(34, 2.0, Easing::Linear)];
        let segment = segment(clip(Property::Gain, &keys), START);
        let placed = PlacedSound::of(&segment, FrameRate::FPS_24);
        for frame in 0..LENGTH {
            let first = sample_at(Frames(START + frame), FrameRate::FPS_24);
            for (later, part) in [(0, 0.0), (500, 0.25), (1000, 0.5), (1999, 0.9995)] {
                let expected = (frame as f32 + part).clamp(2.0, 34.0) - 32.0;
                let place = format!("frame {frame}, {later} samples later");
                assert_near(
                    placed.value(Property::Gain, first + later),
                    expected,
                    &place,
                );
            }
            let decibels = (frame as f32).clamp(2.0, 34.0) - 32.0;
            let expected = 10.0_f32.powf(decibels / 20.0);
            let place = format!("frame {frame}");
            for channel in placed.gain(first) {
                assert_near(channel, expected, &place);
            }
        }
    }

    #[test]
    fn an_eased_pan_makes_one_side_silent_and_then_the_other() {
        let keys = [key(0, -1.0, Easing::InOut), key(8, 1.0, Easing::Linear)];
        let segment = segment(clip(Property::Pan, &keys), START);
        let placed = PlacedSound::of(&segment, FrameRate::FPS_24);
        // A quarter of the time is 5/32 of the way.
        for (frame, sides) in [
            (0, [1.0, 0.0]),
            (2, [1.0, 0.3125]),
            (4, [1.0, 1.0]),
            (6, [0.3125, 1.0]),
            (8, [0.0, 1.0]),
        ] {
            let first = sample_at(Frames(START + frame), FrameRate::FPS_24);
            for (found, expected) in placed.gain(first).into_iter().zip(sides) {
                assert_near(found, expected, &format!("frame {frame}"));
            }
        }
    }

    #[test]
    fn a_split_clip_has_the_same_gain_at_every_sample() {
        let keys = [
            key(-3, -40.0, Easing::In),
            key(13, 0.0, Easing::Hold),
            key(21, -6.0, Easing::Linear),
            key(52, -60.0, Easing::Linear),
        ];
        let whole = clip(Property::Gain, &keys);
        let rate = FrameRate::new(30_000, 1001).expect("a rate");
        for cut in [1, 13, 14, 23, 39] {
            let right = segment(whole.trimmed_at_head(Frames(cut)), START + cut);
            let whole = segment(whole.clone(), START);
            let (whole, right) = (PlacedSound::of(&whole, rate), PlacedSound::of(&right, rate));
            assert_eq!(whole.end, right.end);
            for at in right.start..right.end {
                let [whole, right] =
                    [&whole, &right].map(|placed| placed.value(Property::Gain, at).to_bits());
                assert_eq!(whole, right, "cut at {cut}, sample {at}");
            }
        }
    }
}
