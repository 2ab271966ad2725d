//! All the sound of a file as one kind of samples: 48 kHz, stereo, single precision, from -1 to 1.

use std::path::Path;

use ffmpeg::codec;
use ffmpeg::format::Sample;
use ffmpeg::format::sample::Type as Layout;
use ffmpeg::frame::Audio;
use ffmpeg::media::Type;
use ffmpeg::software::resampling::Context as Resampler;
use ffmpeg::{ChannelLayout, ChannelLayoutMask};
use ffmpeg_the_third as ffmpeg;

use super::{MediaError, open};

/// Samples per second of each channel, everywhere in Kinora.
pub const SOUND_RATE_HZ: u32 = 48_000;

/// Reads the sound of a file from its beginning to its end. `hear` gets piece after piece, left and right in
/// turn, and stops the reading by returning false.
///
/// # Errors
/// What has no sound, or cannot be decoded.
pub fn read_sound(path: &Path, hear: &mut dyn FnMut(&[f32]) -> bool) -> Result<(), MediaError> {
    let failed = |error| MediaError::unreadable(path, error);
    let mut input = open(path)?;
    let stream = input.streams().best(Type::Audio).ok_or_else(|| {
        MediaError::new(
            path,
            "holds no sound",
            "choose a sound, or a film with sound",
        )
    })?;
    let index = stream.index();
    let context = codec::Context::from_parameters(stream.parameters()).map_err(failed)?;
    let mut decoder = context.decoder().audio().map_err(failed)?;
    let mut output = Output {
        resampler: None,
        hear,
    };
    let mut frame = Audio::empty();
    for packet in input.packets() {
        let (stream, packet) = packet.map_err(failed)?;
        if stream.index() != index {
            continue;
        }
        // A damaged packet is a moment of silence, not the end of the sound.
        if decoder.send_packet(&packet).is_err() {
            continue;
        }
        while decoder.receive_frame(&mut frame).is_ok() {
            if !output.add(&mut frame).map_err(failed)? {
                return Ok(());
            }
        }
    }
    decoder.send_eof().map_err(failed)?;
    while decoder.receive_frame(&mut frame).is_ok() {
        if !output.add(&mut frame).map_err(failed)? {
            return Ok(());
        }
    }
    output.finish().map_err(failed)
}

struct Output<'h> {
    resampler: Option<Resampler>,
    hear: &'h mut dyn FnMut(&[f32]) -> bool,
}

impl Output<'_> {
    fn add(&mut self, frame: &mut Audio) -> Result<bool, ffmpeg::Error> {
        // A layout without a name for each channel is taken as the usual one of its number.
        if frame.ch_layout().mask().is_none() {
            let channels = frame.ch_layout().channels();
            frame.set_ch_layout(ChannelLayout::default_for_channels(channels));
        }
        let resampler = match self.resampler.take() {
            Some(resampler) => resampler,
            None => resampler(frame)?,
        };
        let resampler = self.resampler.insert(resampler);
        let mut resampled = Audio::empty();
        resampler.run(frame, &mut resampled)?;
        Ok(self.tell(&resampled))
    }

    /// What the resampler still holds.
    fn finish(&mut self) -> Result<(), ffmpeg::Error> {
        while let Some(resampler) = &mut self.resampler {
            let mut rest = Audio::new(STEREO, 4096, ChannelLayoutMask::STEREO);
            resampler.flush(&mut rest)?;
            if rest.samples() == 0 || !self.tell(&rest) {
                break;
            }
        }
        Ok(())
    }

    fn tell(&mut self, frame: &Audio) -> bool {
        if frame.samples() == 0 {
            return true;
        }
        let pairs: &[(f32, f32)] = frame.plane(0);
        let samples: Vec<f32> = pairs
            .iter()
            .flat_map(|&(left, right)| [left, right])
            .collect();
        (self.hear)(&samples)
    }
}

/// Left and right in turn, in single precision.
pub const STEREO: Sample = Sample::F32(Layout::Packed);

fn resampler(frame: &Audio) -> Result<Resampler, ffmpeg::Error> {
    let layout = frame.ch_layout().mask().and_then(ChannelLayout::from_mask);
    let layout = layout.ok_or(ffmpeg::Error::InvalidData)?;
    Resampler::get2(
        frame.format(),
        layout,
        frame.rate(),
        STEREO,
        ChannelLayout::STEREO,
        SOUND_RATE_HZ,
    )
}
