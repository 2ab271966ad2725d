//! The decoded sound of a file from its start to its end, and the moments of it that cannot be decoded: both at once, so
//! that a sound is decoded once for its samples and for its damage.

use std::path::Path;

use ffmpeg::codec;
use ffmpeg::codec::decoder;
use ffmpeg::format::context::Input;
use ffmpeg::frame::Audio;
use ffmpeg::media::Type;
use ffmpeg::option::Settable as _;
use ffmpeg::{Packet, Rational};
use ffmpeg_the_third as ffmpeg;

use super::packets::Packets;
use super::picture_decoder::is_again;
use super::{MediaError, open};

/// Damaged moments of a sound that are nearer to each other than this are one.
const ONE_MOMENT_SECONDS: f64 = 0.5;

/// Damaged moments of a sound: begin and end in seconds from the first picture, ascending, apart from one another.
pub(super) type DamagedMoments = Vec<[f64; 2]>;

/// What comes next of a sound.
pub(super) enum SoundStep<'p> {
    /// A packet of another stream lies between.
    Other,
    /// A packet of the sound, before it is decoded.
    Packet(&'p Packet),
    /// A decoded frame.
    Frame(Audio),
}

/// A sound that is ready to be decoded.
pub(super) struct SoundDecoder {
    input: Input,
    decoder: decoder::Audio,
    stream: usize,
    base: Rational,
}

impl SoundDecoder {
    /// Opens the sound of a file.
    ///
    /// # Errors
    /// The file has no sound, or there is no decoder for it here.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        let failed = |error| MediaError::unreadable(path, error);
        let input = open(path)?;
        let stream = input.streams().best(Type::Audio).ok_or_else(|| {
            MediaError::new(
                path,
                "holds no sound",
                "choose a sound, or a video with sound",
            )
        })?;
        let (index, base) = (stream.index(), stream.time_base());
        let mut context = codec::Context::from_parameters(stream.parameters()).map_err(failed)?;
        context.set_rational("pkt_timebase", base).ok(); // without it, skipped samples do not move the time
        let decoder = context.decoder().audio().map_err(failed)?;
        Ok(Self {
            decoder,
            stream: index,
            base,
            input,
        })
    }

    /// The seconds of a tick of the sound's clock, as a fraction.
    pub fn base(&self) -> Rational {
        self.base
    }

    /// Whether the lengths of packets are exact, as in MP4: the last one is shorter than what its codec pads it to. Other
    /// containers estimate.
    pub fn is_exact(&self) -> bool {
        self.input.format().name().contains("mp4")
    }

    /// The length of the file by its own account, in seconds.
    pub fn whole_seconds(&self) -> f64 {
        self.input.duration() as f64 / 1e6
    }

    /// Decodes all of the sound. `on_step` receives what comes of it, and ends it by returning false. Moments are counted
    /// from `start_seconds` of the file's clock, that of the first picture.
    ///
    /// # Errors
    /// That of `on_step`. Damage is none.
    pub fn run(
        self,
        start_seconds: f64,
        on_step: &mut dyn FnMut(SoundStep<'_>) -> Result<bool, ffmpeg::Error>,
    ) -> Result<DamagedMoments, ffmpeg::Error> {
        let Self {
            mut input,
            mut decoder,
            stream: index,
            base,
        } = self;
        let mut damage = Damage::new(start_seconds, base);
        let mut packets = Packets::of(&mut input);
        while let Some((stream, packet)) = packets.next() {
            let is_own = stream == index;
            let step = match is_own {
                true => SoundStep::Packet(&packet),
                false => SoundStep::Other,
            };
            if !on_step(step)? {
                return Ok(damage.moments);
            }
            if !is_own {
                continue;
            }
            // A damaged packet becomes a moment of silence, not the end of the sound.
            let end = match decoder.send_packet(&packet) {
                Err(error) if !is_again(error) => End::Error,
                _ => frames(&mut decoder, on_step)?,
            };
            if end == End::Stopped {
                return Ok(damage.moments);
            }
            damage.note(&packet, packet.is_corrupt() || end == End::Error);
        }
        decoder.send_eof().ok(); // it is at its end already
        frames(&mut decoder, on_step)?;
        Ok(damage.moments)
    }
}

/// Why a decoder gives no more frames.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It needs the next packet.
    Empty,
    /// What it was given is damaged, or was the last.
    Error,
    /// No more are wanted.
    Stopped,
}

/// Passes on the frames that a decoder has ready.
fn frames(
    decoder: &mut decoder::Audio,
    on_step: &mut dyn FnMut(SoundStep<'_>) -> Result<bool, ffmpeg::Error>,
) -> Result<End, ffmpeg::Error> {
    loop {
        let mut frame = Audio::empty();
        match decoder.receive_frame(&mut frame) {
            Ok(()) => {
                if !on_step(SoundStep::Frame(frame))? {
                    return Ok(End::Stopped);
                }
            }
            Err(error) if is_again(error) => return Ok(End::Empty),
            Err(_) => return Ok(End::Error),
        }
    }
}

/// The damaged moments so far.
struct Damage {
    start_seconds: f64,
    tick_seconds: f64,
    /// The end of the last packet.
    end_seconds: f64,
    moments: DamagedMoments,
}

impl Damage {
    fn new(start_seconds: f64, base: Rational) -> Self {
        Self {
            start_seconds,
            tick_seconds: f64::from(base),
            end_seconds: 0.0,
            moments: Vec::new(),
        }
    }

    fn note(&mut self, packet: &Packet, is_damaged: bool) {
        let time = packet.pts().or(packet.dts());
        let begin = time.map_or(self.end_seconds, |ticks| {
            ticks as f64 * self.tick_seconds - self.start_seconds
        });
        self.end_seconds = begin + packet.duration().max(0) as f64 * self.tick_seconds;
        if !is_damaged || self.end_seconds <= 0.0 {
            return;
        }
        let begin = begin.max(0.0);
        match self.moments.last_mut() {
            Some([_, end]) if begin - *end < ONE_MOMENT_SECONDS => *end = self.end_seconds,
            _ => self.moments.push([begin, self.end_seconds]),
        }
    }
}
