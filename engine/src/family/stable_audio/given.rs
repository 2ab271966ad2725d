//! Given sound of which ranges are made anew, and sound that is continued.
//! Source: diffusers `StableAudio3InpaintPipeline`.
//!
//! The transformer receives the latents of the given sound, with zeros where new sound is made, and a mask. Nothing is
//! blended: what is kept is made again by the network, so an editor should play the given samples themselves there.

use kinora_wire::Failure;
use tch::Tensor;

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
