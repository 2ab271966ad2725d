//! Plays a score: 48 kHz stereo, without recordings. The same score gives the same samples.

mod air;
mod birds;
mod filter;
mod foley;

use super::score::{SAMPLE_RATE, Score};
use super::stereo::Stereo;

/// No sample is larger.
const CEILING: f32 = 0.89; // -1 dB
/// The fade at both ends of a clip, against clicks.
const FADE_SECONDS: f32 = 0.004;

/// Plays a score.
pub fn play(score: &Score) -> Stereo {
    let mut sound = Stereo::silent(score.samples());
    air::play(score, &mut sound);
    foley::play(score, &mut sound);
    fade(&mut sound);
    let peak = sound.peak();
    if peak > CEILING {
        let scale = CEILING / peak;
        for sample in sound.left.iter_mut().chain(&mut sound.right) {
            *sample *= scale;
        }
    }
    sound
}

fn fade(sound: &mut Stereo) {
    let length = (FADE_SECONDS * SAMPLE_RATE as f32) as usize;
    for channel in [&mut sound.left, &mut sound.right] {
        let count = channel.len();
        for at in 0..length.min(count) {
            let part = at as f32 / length as f32;
            channel[at] *= part;
            channel[count - 1 - at] *= part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound_for_picture::score::{Air, Cue, Ground, Sounding};

    fn score(soundings: Vec<Sounding>, place: usize, time: usize) -> Score {
        let one_hot = |at| std::array::from_fn(|class| f32::from(u8::from(class == at)));
        Score {
            seconds: 1.0,
            soundings,
            air: Air {
                places: one_hot(place),
                times: one_hot(time),
            },
            headings: Vec::new(),
            seed: 11,
        }
    }

    fn step(seconds: f32, ground: Ground, pan: f32) -> Sounding {
        Sounding {
            seconds,
            cue: Cue::Step,
            ground,
            gain: 1.0,
            pan,
        }
    }

    fn energy(samples: &[f32]) -> f32 {
        samples.iter().map(|sample| sample * sample).sum()
    }

    #[test]
    fn a_score_is_its_samples_and_nothing_clips() {
        for (place, ground) in Ground::ALL.into_iter().enumerate() {
            for time in 0..4 {
                let many = (0..8).map(|at| step(at as f32 * 0.1, ground, 0.3));
                let score = score(many.collect(), place, time);
                let sound = play(&score);
                assert_eq!((sound.left.len(), sound.right.len()), (48_000, 48_000));
                assert!(sound.peak() <= CEILING + 1e-6, "{}", sound.peak());
                assert!(sound.left.iter().all(|sample| sample.is_finite()));
                assert!(energy(&sound.left) > 1e-3);
                assert!(sound == play(&score));
            }
        }
    }

    #[test]
    fn a_step_on_the_left_is_louder_on_the_left() {
        let sound = play(&score(vec![step(0.4, Ground::Stone, -0.7)], 3, 3));
        let during = 19_200..21_000;
        assert!(energy(&sound.left[during.clone()]) > 3.0 * energy(&sound.right[during]));
    }

    #[test]
    fn grounds_sound_unlike_each_other() {
        let alone = |ground| {
            let with = play(&score(vec![step(0.4, ground, 0.0)], 0, 3));
            let without = play(&score(Vec::new(), 0, 3));
            let pairs = with.left.iter().zip(&without.left);
            let step: Vec<f32> = pairs.map(|(one, other)| one - other).collect();
            let crossings = step.windows(2).filter(|pair| pair[0] * pair[1] < 0.0);
            (crossings.count(), energy(&step[24_000..]))
        };
        let (sand, stone, snow) = (
            alone(Ground::Sand),
            alone(Ground::Stone),
            alone(Ground::Snow),
        );
        assert!(snow.1 > stone.1, "snow crunches on when a stone is silent");
        assert_ne!(sand.0, snow.0);
    }
}
