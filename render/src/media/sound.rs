//! Decoding all sound of a file to one format: 48 kHz, stereo, single precision, from -1 to 1.

use std::path::Path;

use ffmpeg::format::Sample;
use ffmpeg::format::sample::Type as Layout;
use ffmpeg::frame::{self, Audio};
use ffmpeg::software::resampling::Context as Resampler;
use ffmpeg::{ChannelLayout, ChannelLayoutMask, Packet};
use ffmpeg_the_third as ffmpeg;

use super::sound_decoder::{DamagedMoments, SoundDecoder, SoundStep};
use super::{MediaError, probe};

/// Samples per second, everywhere in Kinora.
pub const SOUND_RATE_HZ: u32 = 48_000;

/// Shorter gaps and overlaps are rounding errors of timestamps.
const SHORTEST_GAP_SECONDS: f64 = 0.005;
/// Longer gaps are a reset of the file's clock.
const LONGEST_GAP_SECONDS: f64 = 600.0;
/// Containers round times to a millisecond: picture and sound that begin this near to each other begin together.
const TOGETHER_SECONDS: f64 = 0.0011;
/// What a codec adds at the end of the sound is not longer than this.
const LONGEST_PADDING_SECONDS: f64 = 0.1;
/// Edit lists count in milliseconds: a sound may be this much longer than they say.
const EDIT_LIST_SECONDS: f64 = 0.001;

/// Decodes the sound of a file from start to end. `sink` receives block after block, stereo interleaved, and stops
/// the decoding by returning false. Where other streams lie between, it receives empty blocks.
///
/// The sound begins with the first picture: what sounds before it is left out, and a later start becomes silence. So do
/// gaps and damaged packets, so that everything stays in sync. A mono sound is as loud on both sides as it was; more than
/// two channels are mixed down with FFmpeg's usual weights (the centre and the surround channels 3 dB lower, no low
/// frequency channel), all of them lowered so that the mix cannot exceed the loudest channel.
///
/// # Errors
/// The file has no sound, or it cannot be decoded.
pub fn read_sound(path: &Path, sink: &mut dyn FnMut(&[f32]) -> bool) -> Result<(), MediaError> {
    let picture = probe(path)?.picture;
    let start = picture.map(|track| track.timing.start_seconds());
    read_sound_from(path, start, sink).map(|_| ())
}

/// The same from a time in seconds of the file's clock, that of the first picture; `None`: from its first sample. Returns
/// the moments that cannot be decoded, up to where `sink` has stopped.
///
/// # Errors
/// The file has no sound, or it cannot be decoded.
pub(super) fn read_sound_from(
    path: &Path,
    start: Option<f64>,
    sink: &mut dyn FnMut(&[f32]) -> bool,
) -> Result<DamagedMoments, MediaError> {
    let failed = |error| MediaError::unreadable(path, error);
    let decoder = SoundDecoder::open(path)?;
    let (base, is_exact) = (decoder.base(), decoder.is_exact());
    let mut output = Output {
        resampler: None,
        held: None,
        sink,
        taken: 0.0,
        given: 0,
        skipped: 0,
        start,
        end: None,
        base,
    };
    let mut is_wanted = true;
    let damaged = decoder.run(start.unwrap_or(0.0), &mut |step| {
        is_wanted = match step {
            SoundStep::Other => (output.sink)(&[]),
            SoundStep::Packet(packet) => {
                if is_exact {
                    output.note_end(packet);
                }
                true
            }
            SoundStep::Frame(frame) => output.add(frame)?,
        };
        Ok(is_wanted)
    });
    let damaged = damaged.map_err(failed)?;
    if is_wanted {
        output.finish().map_err(failed)?;
    }
    Ok(damaged)
}

struct Output<'s> {
    resampler: Option<Mixdown>,
    /// The last frame, until the time of the next one is known.
    held: Option<Audio>,
    sink: &'s mut dyn FnMut(&[f32]) -> bool,
    /// Seconds of sound that went in so far, in samples of 48 kHz.
    taken: f64,
    /// Samples that came out so far.
    given: i64,
    /// Samples that are still to be left out.
    skipped: i64,
    /// The time of the first picture, in seconds of the file's clock; then of the first sample that counts.
    start: Option<f64>,
    /// The end of the last packet in seconds of the file's clock, if the file has it exactly.
    end: Option<f64>,
    base: ffmpeg::Rational,
}

impl Output<'_> {
    /// Notes the exact end of a packet.
    fn note_end(&mut self, packet: &Packet) {
        if let Some(time) = packet.pts().filter(|_| packet.duration() > 0) {
            let end = seconds(time.saturating_add(packet.duration()), self.base);
            self.end = Some(self.end.map_or(end, |before| before.max(end)));
        }
    }

    fn add(&mut self, frame: Audio) -> Result<bool, ffmpeg::Error> {
        if frame.samples() == 0 {
            return Ok(true);
        }
        let time = self.time_of(&frame);
        match self.held.replace(frame) {
            Some(held) => self.place(held, time),
            None => Ok(true),
        }
    }

    fn time_of(&self, frame: &Audio) -> Option<f64> {
        frame.pts().map(|time| seconds(time, self.base))
    }

    /// Passes a frame on, `next` being the time of the one after it.
    fn place(&mut self, mut frame: Audio, next: Option<f64>) -> Result<bool, ffmpeg::Error> {
        let frame = &mut frame;
        // A layout without channel names is replaced by the default layout of that many channels.
        if frame.ch_layout().mask().is_none() {
            let channels = frame.ch_layout().channels();
            frame.set_ch_layout(ChannelLayout::default_for_channels(channels));
        }
        if self
            .resampler
            .as_ref()
            .is_some_and(|open| !open.takes(frame))
            && !self.flush()?
        {
            return Ok(false);
        }
        if self.resampler.is_none() {
            self.resampler = Some(Mixdown::of(frame)?);
        }
        let gap = self.gap_before(frame, next);
        if gap > 0 && !self.run(&silence(frame, gap))? {
            return Ok(false);
        }
        self.run(frame)
    }

    /// The number of samples missing before this frame. Samples that come twice, or before the start, are skipped. A gap
    /// that the next frame does not have is an error of a timestamp: Vorbis has them where its blocks change their size.
    fn gap_before(&mut self, frame: &Audio, next: Option<f64>) -> usize {
        let rate = f64::from(frame.rate().max(1));
        let Some(time) = self.time_of(frame) else {
            return 0;
        };
        let start = *self.start.get_or_insert(time);
        let is_first = self.taken == 0.0;
        let gap = time - start - self.taken / f64::from(SOUND_RATE_HZ);
        let lasts = frame.samples() as f64 / rate;
        let is_confirmed =
            next.is_none_or(|next| (next - time - lasts).abs() < SHORTEST_GAP_SECONDS);
        if !is_first && !is_confirmed {
            return 0;
        }
        let shortest = match is_first {
            true => TOGETHER_SECONDS,
            false => SHORTEST_GAP_SECONDS,
        };
        let range = shortest..LONGEST_GAP_SECONDS;
        if range.contains(&-gap) {
            self.skipped += (-gap * f64::from(SOUND_RATE_HZ)).round() as i64;
            self.taken += gap * f64::from(SOUND_RATE_HZ);
        }
        match range.contains(&gap) {
            true => (gap * rate).round() as usize,
            false => 0,
        }
    }

    fn run(&mut self, frame: &Audio) -> Result<bool, ffmpeg::Error> {
        let Some(resampler) = &mut self.resampler else {
            return Ok(true);
        };
        let samples = resampler.run(frame)?;
        self.taken +=
            frame.samples() as f64 * f64::from(SOUND_RATE_HZ) / f64::from(frame.rate().max(1));
        Ok(self.emit(&samples))
    }

    /// Empties the resampler: the sound changes its form, or ends.
    fn flush(&mut self) -> Result<bool, ffmpeg::Error> {
        let Some(mut resampler) = self.resampler.take() else {
            return Ok(true);
        };
        loop {
            let rest = resampler.rest()?;
            if rest.is_empty() {
                return Ok(true);
            }
            if !self.emit(&rest) {
                return Ok(false);
            }
        }
    }

    fn finish(&mut self) -> Result<(), ffmpeg::Error> {
        if let Some(held) = self.held.take()
            && !self.place(held, None)?
        {
            return Ok(());
        }
        self.flush().map(|_| ())
    }

    /// Passes samples on, without those that are skipped and those after the end.
    fn emit(&mut self, samples: &[f32]) -> bool {
        let skipped = (samples.len() / 2).min(usize::try_from(self.skipped).unwrap_or(0));
        self.skipped -= skipped as i64;
        let mut samples = &samples[2 * skipped..];
        if let Some((end, start)) = self.end.zip(self.start) {
            let end = end + EDIT_LIST_SECONDS;
            let last = ((end - start) * f64::from(SOUND_RATE_HZ)).round() as i64;
            let padding = (LONGEST_PADDING_SECONDS * f64::from(SOUND_RATE_HZ)) as i64;
            let beyond = self.given + (samples.len() / 2) as i64 - last;
            // A length that is wrong by more is no account of the sound.
            if (1..=padding).contains(&beyond) {
                let kept = samples.len() / 2 - (beyond as usize).min(samples.len() / 2);
                samples = &samples[..2 * kept];
            }
        }
        self.given += (samples.len() / 2) as i64;
        samples.is_empty() || (self.sink)(samples)
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

/// A resampler to stereo at 48 kHz.
struct Mixdown {
    resampler: Resampler,
    from: (Sample, u32, u32),
    /// One channel goes to both sides unchanged; FFmpeg's own matrix would lower it by 3 dB.
    is_mono: bool,
}

impl Mixdown {
    fn of(frame: &Audio) -> Result<Self, ffmpeg::Error> {
        let mask = frame.ch_layout().mask();
        let layout = mask.and_then(ChannelLayout::from_mask);
        let layout = layout.ok_or(ffmpeg::Error::InvalidData)?;
        let is_mono = frame.ch_layout().channels() == 1;
        let into = match is_mono {
            true => ChannelLayout::MONO,
            false => ChannelLayout::STEREO,
        };
        let resampler = Resampler::get_with2(
            frame.format(),
            if is_mono { ChannelLayout::MONO } else { layout },
            frame.rate(),
            STEREO,
            into,
            SOUND_RATE_HZ,
            ffmpeg::dict! { "rematrix_maxval" => "1.0" },
        )?;
        Ok(Self {
            resampler,
            from: form_of(frame),
            is_mono,
        })
    }

    fn takes(&self, frame: &Audio) -> bool {
        self.from == form_of(frame)
    }

    /// Stereo samples of a frame, interleaved.
    fn run(&mut self, frame: &Audio) -> Result<Vec<f32>, ffmpeg::Error> {
        let mut resampled = Audio::empty();
        if self.is_mono {
            let mut mono = frame.clone();
            mono.set_ch_layout(ChannelLayout::MONO);
            self.resampler.run(&mono, &mut resampled)?;
        } else {
            self.resampler.run(frame, &mut resampled)?;
        }
        Ok(self.stereo(&resampled))
    }

    /// Samples that are still inside; empty at the end.
    fn rest(&mut self) -> Result<Vec<f32>, ffmpeg::Error> {
        let mask = match self.is_mono {
            true => ChannelLayoutMask::MONO,
            false => ChannelLayoutMask::STEREO,
        };
        let mut rest = Audio::new(STEREO, 4096, mask);
        self.resampler.flush(&mut rest)?;
        Ok(self.stereo(&rest))
    }

    fn stereo(&self, frame: &Audio) -> Vec<f32> {
        if frame.samples() == 0 {
            return Vec::new();
        }
        if self.is_mono {
            let samples: &[f32] = frame.plane(0);
            return samples.iter().flat_map(|&sample| [sample; 2]).collect();
        }
        let pairs: &[(f32, f32)] = frame.plane(0);
        pairs
            .iter()
            .flat_map(|&(left, right)| [left, right])
            .collect()
    }
}

/// The sample format, the rate and the number of channels.
fn form_of(frame: &Audio) -> (Sample, u32, u32) {
    (frame.format(), frame.rate(), frame.ch_layout().channels())
}
