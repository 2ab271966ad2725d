//! Decoding all sound of a file to one format: 48 kHz, stereo, single precision, from -1 to 1.

use std::path::Path;

use ffmpeg::codec;
use ffmpeg::format::Sample;
use ffmpeg::format::sample::Type as Layout;
use ffmpeg::frame::{self, Audio};
use ffmpeg::media::Type;
use ffmpeg::software::resampling::Context as Resampler;
use ffmpeg::{ChannelLayout, ChannelLayoutMask};
use ffmpeg_the_third as ffmpeg;

use super::{MediaError, open, video_stream};

/// Samples per second, everywhere in Kinora.
pub const SOUND_RATE_HZ: u32 = 48_000;

/// Shorter gaps are rounding errors of timestamps.
const SHORTEST_GAP_SECONDS: f64 = 0.005;
/// Longer gaps are a reset of the file's clock.
const LONGEST_GAP_SECONDS: f64 = 600.0;

/// Decodes the sound of a file from start to end. `sink` receives block after block, stereo interleaved, and stops
/// the decoding by returning false. Gaps, and a start later than that of the pictures, become silence, so that
/// everything stays in sync.
///
/// # Errors
/// The file has no sound, or it cannot be decoded.
pub fn read_sound(path: &Path, sink: &mut dyn FnMut(&[f32]) -> bool) -> Result<(), MediaError> {
    let failed = |error| MediaError::unreadable(path, error);
    let mut input = open(path)?;
    let stream = input.streams().best(Type::Audio).ok_or_else(|| {
        MediaError::new(
            path,
            "holds no sound",
            "choose a sound, or a video with sound",
        )
    })?;
    let (index, base) = (stream.index(), stream.time_base());
    let starts = |stream: &ffmpeg::Stream| {
        let time = stream.start_time();
        (time != i64::MIN).then(|| seconds(time, stream.time_base())) // FFmpeg's value for "unknown"
    };
    let picture = video_stream(&input).and_then(|stream| starts(&stream));
    let start = picture.or_else(|| starts(&stream)).unwrap_or(0.0);
    let context = codec::Context::from_parameters(stream.parameters()).map_err(failed)?;
    let mut decoder = context.decoder().audio().map_err(failed)?;
    let mut output = Output {
        resampler: None,
        sink,
        taken: 0,
        start,
        base,
    };
    let mut frame = Audio::empty();
    for packet in input.packets() {
        let (stream, packet) = packet.map_err(failed)?;
        if stream.index() != index {
            continue;
        }
        // A damaged packet becomes a moment of silence, not the end of the sound.
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

struct Output<'s> {
    resampler: Option<Resampler>,
    sink: &'s mut dyn FnMut(&[f32]) -> bool,
    /// Samples per channel so far, at the file's own rate.
    taken: i64,
    /// The start of the file, in seconds of its clock.
    start: f64,
    base: ffmpeg::Rational,
}

impl Output<'_> {
    fn add(&mut self, frame: &mut Audio) -> Result<bool, ffmpeg::Error> {
        // A layout without channel names is replaced by the default layout of that many channels.
        if frame.ch_layout().mask().is_none() {
            let channels = frame.ch_layout().channels();
            frame.set_ch_layout(ChannelLayout::default_for_channels(channels));
        }
        if self.resampler.is_none() {
            self.resampler = Some(resampler(frame)?);
        }
        let gap = self.gap_before(frame);
        if gap > 0 && !self.run(&silence(frame, gap))? {
            return Ok(false);
        }
        self.run(frame)
    }

    /// The number of samples missing before this frame.
    fn gap_before(&self, frame: &Audio) -> usize {
        let rate = f64::from(frame.rate());
        let Some(time) = frame.pts() else { return 0 };
        let wanted = seconds(time, self.base) - self.start;
        let gap = wanted - self.taken as f64 / rate;
        match (SHORTEST_GAP_SECONDS..LONGEST_GAP_SECONDS).contains(&gap) {
            true => (gap * rate).round() as usize,
            false => 0,
        }
    }

    fn run(&mut self, frame: &Audio) -> Result<bool, ffmpeg::Error> {
        let Some(resampler) = &mut self.resampler else {
            return Ok(true);
        };
        let mut resampled = Audio::empty();
        resampler.run(frame, &mut resampled)?;
        self.taken += frame.samples() as i64;
        Ok(self.emit(&resampled))
    }

    /// Flushes the resampler.
    fn finish(&mut self) -> Result<(), ffmpeg::Error> {
        while let Some(resampler) = &mut self.resampler {
            let mut rest = Audio::new(STEREO, 4096, ChannelLayoutMask::STEREO);
            resampler.flush(&mut rest)?;
            if rest.samples() == 0 || !self.emit(&rest) {
                break;
            }
        }
        Ok(())
    }

    fn emit(&mut self, frame: &Audio) -> bool {
        if frame.samples() == 0 {
            return true;
        }
        let pairs: &[(f32, f32)] = frame.plane(0);
        let samples: Vec<f32> = pairs
            .iter()
            .flat_map(|&(left, right)| [left, right])
            .collect();
        (self.sink)(&samples)
    }
}

/// A timestamp in seconds.
fn seconds(time: i64, base: ffmpeg::Rational) -> f64 {
    time as f64 * f64::from(base.numerator()) / f64::from(base.denominator().max(1))
}

/// A silent frame in the format of `like`.
fn silence(like: &Audio, samples: usize) -> Audio {
    let mask = like.ch_layout().mask();
    let mut silence = Audio::new(
        like.format(),
        samples,
        mask.unwrap_or(ChannelLayoutMask::STEREO),
    );
    silence.set_rate(like.rate());
    match like.format() {
        Sample::U8(Layout::Planar) => still(&mut silence, 128_u8),
        Sample::I16(Layout::Planar) => still(&mut silence, 0_i16),
        Sample::I32(Layout::Planar) => still(&mut silence, 0_i32),
        Sample::F32(Layout::Planar) => still(&mut silence, 0.0_f32),
        Sample::F64(Layout::Planar) => still(&mut silence, 0.0_f64),
        Sample::U8(Layout::Packed) => silence.data_mut(0).fill(128),
        _ => silence.data_mut(0).fill(0),
    }
    silence
}

/// Clears every plane by its samples: as bytes, FFmpeg reports the length of the first plane only.
fn still<T: frame::audio::Sample + Copy>(silence: &mut Audio, zero: T) {
    for plane in 0..silence.planes() {
        silence.plane_mut::<T>(plane).fill(zero);
    }
}

/// Interleaved stereo, single precision.
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
