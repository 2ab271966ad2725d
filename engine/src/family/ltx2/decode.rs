//! Decodes latents: first the frames of the picture, then the sound, at the rate of the wire and as long as the picture.

use std::rc::Rc;

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::audio::vocoder::Vocoder;
use super::audio::{AudioDecoder, packed};
use super::vae;
use crate::family::contract::{ClipSink, Decoder};
use crate::family::sending::send_wave;
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
        let rate_hz = self.vocoder.config.rate_hz();
        send_wave(&wave, rate_hz, self.samples, listener, sink)
    }
}
