//! Decodes latents: first the frames of the picture, then the sound, at the rate of the wire and as long as the picture.

use std::rc::Rc;

use kinora_wire::{Failure, Progress, SoundShape};
use tch::{Device, Kind, Tensor};

use super::audio::vocoder::Vocoder;
use super::audio::{AudioDecoder, packed, resampled};
use super::vae;
use crate::family::contract::{ClipSink, Decoder, SoundBlock};
use crate::job::Listener;
use crate::streams::Latents;

/// The decoders of the streams that are made.
#[derive(Debug)]
pub struct ClipDecoder<'n> {
    pub picture: Option<vae::ClipDecoder<'n>>,
    pub sound: Option<SoundDecoder>,
}

/// The networks that decode sound, and how long it is.
#[derive(Debug)]
pub struct SoundDecoder {
    pub decoder: Rc<AudioDecoder>,
    pub vocoder: Rc<Vocoder>,
    /// Samples of each channel, at the rate of the wire.
    pub samples: i64,
}

impl Decoder for ClipDecoder<'_> {
    fn decode(
        &self,
        latents: &Latents,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        if let Some(picture) = self.picture.as_ref().filter(|_| latents.picture.is_some()) {
            picture.decode(latents, listener, sink)?;
        }
        match self.sound.as_ref().zip(latents.sound.as_ref()) {
            Some((decoder, latents)) => decoder.decode(latents, listener, sink),
            None => Ok(()),
        }
    }
}

impl SoundDecoder {
    /// `latents`: 1 x c x t x m.
    fn decode(
        &self,
        latents: &Tensor,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure> {
        let _no_grad = tch::no_grad_guard();
        let mut report = |from: f64, done: usize, of: usize| {
            let done = from + done as f64 / of as f64 / 2.0;
            let what = "sound".into();
            listener.receive(Progress::Working { what, done }, Vec::new())
        };
        let spectrogram = self
            .decoder
            .decode(&packed(latents), &mut |done, of| report(0.0, done, of))?;
        let wave = self
            .vocoder
            .wave(&spectrogram, &mut |done, of| report(0.5, done, of))?;
        let rate_hz = i64::from(SoundShape::RATE_HZ);
        let wave = resampled(&wave, self.vocoder.config.rate_hz(), rate_hz)?;
        let wave = lasting(&wave, self.samples).clamp(-1.0, 1.0);
        let interleaved = wave.squeeze_dim(0).transpose(0, 1); // n c
        let interleaved = interleaved.to_kind(Kind::Float).to_device(Device::Cpu);
        // A second each.
        for block in interleaved.split(rate_hz, 0) {
            let channels = block.size().get(1).copied().unwrap_or(1);
            let samples = Vec::<f32>::try_from(block.contiguous().view([-1]));
            let block = SoundBlock {
                samples: samples.map_err(|error| Failure::bug(error.to_string()))?,
                rate_hz: SoundShape::RATE_HZ,
                channels: u16::try_from(channels).unwrap_or(1),
            };
            sink.sound(block, listener)?;
        }
        Ok(())
    }
}

/// Samples of each channel of a clip, at the rate of the wire: as long as its frames.
pub fn samples_of(frames: i64, rate: u32) -> i64 {
    let samples = frames.max(0) as f64 / f64::from(rate.max(1)) * f64::from(SoundShape::RATE_HZ);
    samples.round() as i64
}

/// A wave b c n of this many samples: cut, or followed by silence. The last latent of a sound makes less than a whole one's
/// samples, and a clip is seldom a whole number of latents long.
fn lasting(wave: &Tensor, samples: i64) -> Tensor {
    let own = wave.size().last().copied().unwrap_or(0);
    match samples <= own {
        true => wave.narrow(-1, 0, samples),
        false => wave.constant_pad_nd([0, samples - own]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_as_long_as_its_picture() {
        assert_eq!(samples_of(121, 24), 242_000);
        assert_eq!(samples_of(1, 50), 960);
        let wave = Tensor::ones([1, 2, 5], (Kind::Float, Device::Cpu));
        for samples in [3, 5, 9] {
            assert_eq!(lasting(&wave, samples).size(), [1, 2, samples]);
        }
        let last = lasting(&wave, 9).double_value(&[0, 1, 8]);
        assert!(last.abs() < 1e-9, "{last}");
    }
}
