//! Given sound of which ranges are made anew, and sound that is continued.
//! Source: diffusers `StableAudio3InpaintPipeline`.
//!
//! The transformer receives the latents of the given sound, with zeros where new sound is made, and a mask. What is kept is
//! made again by the network, so the given samples themselves take its place in what is sent.

use kinora_wire::Failure;
use tch::Tensor;

use crate::plan::GivenSound;
use crate::sound::{resampled, wav};

/// The given samples fade into the new ones over this part of a second, where they are kept.
const FADES_PER_SECOND: i64 = 100;
/// Ends of ranges closer than this, in seconds, are the same.
const SAME_SECONDS: f64 = 1e-6;

/// The given sound of a plan at the model's rate, in its place in the new sound.
#[derive(Debug)]
pub struct Placed {
    /// Channels x n, on the CPU. Before the given sound there is silence.
    pub wave: Tensor,
    /// First and end of each range that is made anew, in seconds.
    pub replaced: Vec<(f64, f64)>,
}

impl Placed {
    /// Reads the file of a given sound for a new one of so many seconds.
    ///
    /// # Errors
    /// It is no WAV file; it is kept whole, or nothing of it is kept.
    pub fn of(
        given: GivenSound,
        seconds: f64,
        (channels, rate_hz): (i64, i64),
    ) -> Result<Self, Failure> {
        let read = wav::read(given.file)?;
        let samples = read.samples.size().last().copied().unwrap_or_default();
        let given_seconds = samples as f64 / read.rate_hz.max(1) as f64;
        let replaced = given.replaced(given_seconds, seconds);
        let refuse = |cause: &str, remedy: &str| {
            let name = given.file.display();
            Err(Failure::refused(
                format!("{cause} of the given sound {name}"),
                remedy,
            ))
        };
        if replaced.is_empty() {
            let remedy = "retake a part of it, or make a longer sound";
            return refuse("nothing is made anew", remedy);
        }
        if covers(&replaced, seconds) {
            let remedy = "place it so that it overlaps the new sound, and retake less of it";
            return refuse("nothing is kept", remedy);
        }
        let wave = with_channels(&read.samples, channels);
        let wave = resampled(&wave.unsqueeze(0), read.rate_hz, rate_hz)?.squeeze_dim(0);
        let length = wave.size().last().copied().unwrap_or_default();
        let at = (given.at_seconds * rate_hz as f64).round() as i64;
        let wave = match at < 0 {
            true => {
                let cut = at.saturating_neg().min(length);
                wave.narrow(1, cut, length - cut)
            }
            false => wave.constant_pad_nd([at, 0]),
        };
        let length = wave.size().last().copied().unwrap_or_default();
        let most = (seconds * rate_hz as f64).ceil() as i64;
        Ok(Self {
            wave: wave.narrow(1, 0, length.min(most)).contiguous(),
            replaced,
        })
    }

    /// As the networks receive it.
    pub fn given(&self) -> Given<'_> {
        Given {
            wave: &self.wave,
            replaced: &self.replaced,
        }
    }

    /// The sound that was made, channels x n, with the given samples themselves where they are kept. They fade into the new
    /// ones before a range that was made anew, and after it.
    pub fn kept_in(&self, made: &Tensor, rate_hz: i64) -> Tensor {
        let length = made.size().last().copied().unwrap_or_default();
        let own = self
            .wave
            .size()
            .last()
            .copied()
            .unwrap_or_default()
            .min(length);
        let mut shares = vec![1f32; own.max(0) as usize];
        let fade = (rate_hz / FADES_PER_SECOND).max(1) as usize;
        for (first, end) in &self.replaced {
            let place = |seconds: &f64| (seconds * rate_hz as f64).round() as usize;
            let (first, end) = (place(first), place(end).min(shares.len()));
            if let Some(range) = shares.get_mut(first..end) {
                range.fill(0.0);
            }
            let before = shares.iter_mut().take(first).rev().take(fade);
            for (share, step) in before.zip(0u16..) {
                *share = share.min(f32::from(step) / fade as f32);
            }
            let after = shares.iter_mut().skip(end).take(fade);
            for (share, step) in after.zip(0u16..) {
                *share = share.min(f32::from(step) / fade as f32);
            }
        }
        let shares = Tensor::from_slice(&shares).constant_pad_nd([0, length - own]);
        let given = self
            .wave
            .narrow(1, 0, own)
            .constant_pad_nd([0, length - own]);
        made + (given - made) * shares
    }
}

/// Whether ranges together reach from the beginning to the end.
fn covers(ranges: &[(f64, f64)], seconds: f64) -> bool {
    let mut ranges = ranges.to_vec();
    ranges.sort_by(|one, other| one.0.total_cmp(&other.0));
    let reached = ranges.iter().fold(0.0, |reached: f64, (first, end)| {
        match *first <= reached + SAME_SECONDS {
            true => reached.max(*end),
            false => reached,
        }
    });
    reached >= seconds - SAME_SECONDS
}

/// A wave with this many channels: the same, or the mean of its channels in each.
fn with_channels(wave: &Tensor, channels: i64) -> Tensor {
    let size = wave.size();
    match size[..] {
        [own, samples] if own != channels => {
            let mean = wave.mean_dim([0i64].as_slice(), true, wave.kind());
            mean.expand([channels, samples], false).contiguous()
        }
        _ => wave.shallow_clone(),
    }
}

/// Given sound, and where it is replaced.
#[derive(Clone, Copy, Debug)]
pub struct Given<'g> {
    /// Channels x n, in [-1, 1], at the model's sample rate. After its end there is silence.
    pub wave: &'g Tensor,
    /// First and end of each range that is made anew, in seconds.
    pub replaced: &'g [(f64, f64)],
}

impl Given<'_> {
    /// Refuses ranges without a length or before the beginning, and sound without samples or of another shape.
    pub fn check(&self, channels: i64) -> Result<(), Failure> {
        let size = self.wave.size();
        if !matches!(size[..], [of_wave, samples] if of_wave == channels && samples > 0) {
            return Err(Failure::refused(
                format!("the given sound is {size:?} where the model needs {channels} channels"),
                "give a sound of as many channels, that is not empty",
            ));
        }
        let is_range = |(first, end): &(f64, f64)| *first >= 0.0 && first < end && end.is_finite();
        match self.replaced.iter().find(|range| !is_range(range)) {
            None => Ok(()),
            Some((first, end)) => Err(Failure::refused(
                format!("from {first} s to {end} s is no range of the given sound"),
                "give ranges that begin at 0 s or later, and end after they begin",
            )),
        }
    }
}

/// The range that continues a sound of `given` samples up to a duration.
pub fn continuation(given: i64, rate_hz: i64, seconds: f64) -> (f64, f64) {
    (given as f64 / rate_hz.max(1) as f64, seconds)
}

/// The condition for the transformer: 1 x (1 + c) x t, the mask first. It is 1 where the sound is kept. `latents`, 1 x c
/// x n, are those of the given sound: cut or continued with zeros to the `length` of the new one. A range begins and ends
/// at the latents that contain its first sample and its end: that of the end is kept.
pub fn condition(
    latents: &Tensor,
    replaced: &[(f64, f64)],
    length: i64,
    (rate_hz, samples_per_latent): (i64, i64),
) -> Tensor {
    let mut keeps = vec![1f32; length.max(0) as usize];
    for (first, end) in replaced {
        let sample = |seconds: &f64| seconds * rate_hz as f64;
        let place = |seconds: &f64| (sample(seconds) / samples_per_latent as f64) as usize; // rounded down
        let end = place(end).min(keeps.len());
        if let Some(range) = keeps.get_mut(place(first)..end) {
            range.fill(0.0);
        }
    }
    let mask = Tensor::from_slice(&keeps).view([1, 1, -1]);
    let mask = mask.to_device(latents.device());
    let given = latents.size()[2];
    let latents = match given < length {
        true => latents.constant_pad_nd([0, length - given]),
        false => latents.narrow(2, 0, length),
    };
    Tensor::cat(&[&mask, &(latents * &mask)], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    #[test]
    fn a_range_is_zero_in_mask_and_latents_and_the_rest_is_kept() {
        let latents = Tensor::ones([1, 2, 3], (Kind::Float, Device::Cpu)) * 7.0;
        let made = condition(
            &latents,
            &[(0.19, 0.25), (0.9, 1.0), (0.3, 0.1)],
            4,
            (160, 16),
        );
        let numbers = Vec::<f32>::try_from(made.flatten(0, -1)).expect("numbers");
        let row = |number: f32, last: f32| [number, 0.0, number, last];
        assert_eq!(
            numbers,
            [row(1.0, 1.0), row(7.0, 0.0), row(7.0, 0.0)].concat()
        );
    }

    #[test]
    fn given_samples_are_heard_where_they_are_kept_and_fade_at_the_edges() {
        let placed = Placed {
            wave: Tensor::ones([1, 1000], (Kind::Float, Device::Cpu)),
            replaced: vec![(0.4, 0.6), (0.9, 2.0)],
        };
        let made = Tensor::zeros([1, 1100], (Kind::Float, Device::Cpu));
        let heard = placed.kept_in(&made, 1000);
        let heard = Vec::<f32>::try_from(heard.view([-1])).expect("numbers");
        assert_eq!(heard.len(), 1100);
        // In hundredths.
        let at = |place: usize| (100.0 * heard[place]).round() as i32;
        assert_eq!([at(0), at(389), at(395), at(399)], [100, 100, 40, 0]);
        assert_eq!([at(400), at(599), at(600), at(605)], [0, 0, 0, 50]);
        assert_eq!([at(610), at(889), at(900), at(1099)], [100, 100, 0, 0]);
    }

    #[test]
    fn ranges_cover_a_sound_only_without_a_gap() {
        assert!(covers(&[(0.0, 2.0)], 2.0));
        assert!(covers(&[(1.0, 2.0), (0.0, 1.0)], 2.0));
        assert!(!covers(&[(0.0, 0.9), (1.0, 2.0)], 2.0));
        assert!(!covers(&[(0.0, 1.9)], 2.0));
    }

    #[test]
    fn channels_become_those_of_the_model() {
        let stereo = Tensor::from_slice(&[1f32, 2.0, 3.0, 6.0]).view([2, 2]);
        let mono = with_channels(&stereo, 1);
        assert_eq!(
            Vec::<f32>::try_from(mono.view([-1])).expect("two"),
            [2.0, 4.0]
        );
        assert_eq!(with_channels(&mono, 2).size(), [2, 2]);
        assert_eq!(with_channels(&stereo, 2).size(), [2, 2]);
    }

    #[test]
    fn sound_that_does_not_fit_is_refused() {
        let stereo = Tensor::zeros([2, 5], (Kind::Float, Device::Cpu));
        let check = |wave: &Tensor, range: (f64, f64)| {
            let replaced = &[range];
            Given { wave, replaced }.check(2).is_ok()
        };
        assert!(check(&stereo, (0.0, 1.0)));
        assert!(!check(&stereo, (1.0, 1.0)));
        assert!(!check(&stereo, (-1.0, 1.0)));
        assert!(!check(&stereo, (f64::NAN, 1.0)));
        assert!(!check(&stereo.narrow(0, 0, 1), (0.0, 1.0)));
        assert!(!check(&stereo.narrow(1, 0, 0), (0.0, 1.0)));
    }
}
