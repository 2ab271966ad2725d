//! The decoded frames of a video stream, from a key frame on. Damage is local: a packet that cannot be decoded is left
//! out, and the next one is tried.

use std::io::ErrorKind;
use std::path::Path;

use ffmpeg::codec::decoder::{self, Video as Decoder};
use ffmpeg::codec::{self, Id};
use ffmpeg::format::context::Input;
use ffmpeg::frame::Video as Frame;
use ffmpeg::option::Settable as _;
use ffmpeg::{Packet, Rational};
use ffmpeg_the_third as ffmpeg;

use super::colours::Tags;
use super::packets::MOST_ERRORS;
use super::probe::{Key, rates_of, shape_of, tick_of};
use super::timing::Timing;
use super::webp::Animation;
use super::{MediaError, open, video_stream};

/// The frames of a file in their order.
pub enum PictureDecoder {
    /// Decoded by FFmpeg.
    Packets(Box<PacketDecoder>),
    /// Of an animation that FFmpeg does not decode.
    Animation(Box<Animation>),
}

impl PictureDecoder {
    /// Opens the pictures of a file.
    ///
    /// # Errors
    /// The file does not exist, is not a video, or has no decoder here.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        Ok(match Animation::open(path)? {
            Some(animation) => Self::Animation(Box::new(animation)),
            None => Self::Packets(Box::new(PacketDecoder::open(path)?)),
        })
    }

    /// What the stream says about its colours.
    pub fn tags(&self) -> Tags {
        match self {
            Self::Packets(decoder) => decoder.tags(),
            Self::Animation(_) => Tags::RGB,
        }
    }

    /// The times of the frames by the header alone: those of a constant rate.
    pub fn constant_timing(&self) -> Option<Timing> {
        match self {
            Self::Packets(decoder) => decoder.constant_timing(),
            Self::Animation(animation) => animation.timing().filter(Timing::is_constant),
        }
    }

    /// The shape of a pixel.
    pub fn pixel_shape(&self) -> Rational {
        match self {
            Self::Packets(decoder) => decoder.pixel_shape(),
            Self::Animation(_) => Rational::new(1, 1),
        }
    }

    /// Whether all frames are out.
    pub fn is_drained(&self) -> bool {
        match self {
            Self::Packets(decoder) => decoder.is_drained(),
            Self::Animation(animation) => animation.is_drained(),
        }
    }

    /// Whether the last seek went past its key frame: seek to an earlier time.
    pub fn is_too_late(&self) -> bool {
        match self {
            Self::Packets(decoder) => decoder.is_too_late(),
            Self::Animation(_) => false,
        }
    }

    /// Goes to a time in microseconds or before it. With a key frame, decoding begins there.
    pub fn seek(&mut self, microseconds: i64, key: Option<Key>) -> Result<(), ffmpeg::Error> {
        match self {
            Self::Packets(decoder) => decoder.seek(microseconds, key),
            Self::Animation(animation) => {
                animation.seek(key.map_or(microseconds / 1000, |key| key.shown));
                Ok(())
            }
        }
    }

    /// The next frame; `None` at the end, or if the seek went too far.
    pub fn next(&mut self) -> Result<Option<Frame>, ffmpeg::Error> {
        match self {
            Self::Packets(decoder) => decoder.next(),
            Self::Animation(animation) => Ok(animation.next_frame()),
        }
    }
}

/// A decoder that reads its own packets.
pub struct PacketDecoder {
    input: Input,
    decoder: Decoder,
    stream: usize,
    /// The shape of a pixel by the container.
    shape: Option<Rational>,
    /// The colours of the stream.
    tags: Tags,
    /// The key frame at which decoding begins after a seek; packets before it are skipped.
    awaited: Option<Key>,
    /// Frames shown before this refer to others that were not decoded.
    valid_from: i64,
    state: State,
    errors: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// All packets are read, and the decoder is emptied.
    Draining,
    Drained,
    /// The seek went past the key frame.
    TooLate,
}

impl PacketDecoder {
    /// Opens the video stream of a file.
    ///
    /// # Errors
    /// The file does not exist, is not a video, or has no decoder here.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        let failed = |error| MediaError::unreadable(path, error);
        let input = open(path)?;
        let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
        let stream = video_stream(&input).ok_or_else(no_picture)?;
        let mut context = codec::Context::from_parameters(stream.parameters()).map_err(failed)?;
        context.set_threading(codec::threading::Config::count(2));
        context
            .set_rational("pkt_timebase", stream.time_base())
            .ok(); // better times where they are estimated
        let has_alpha = stream.metadata().get("alpha_mode") == Some("1");
        // FFmpeg's own decoders of these two leave transparency out.
        let name = match stream.parameters().id() {
            Id::VP8 if has_alpha => Some("libvpx"),
            Id::VP9 if has_alpha => Some("libvpx-vp9"),
            _ => None,
        };
        let with_alpha = name.filter(|name| decoder::find_by_name(name).is_some());
        let decoder = match with_alpha {
            Some(name) => context
                .decoder()
                .open_as(name)
                .and_then(decoder::Opened::video),
            None => context.decoder().video(),
        };
        Ok(Self {
            stream: stream.index(),
            shape: shape_of(&stream),
            tags: Tags::of_stream(&stream),
            decoder: decoder.map_err(failed)?,
            input,
            awaited: None,
            valid_from: i64::MIN,
            state: State::Reading,
            errors: 0,
        })
    }

    /// The times of the frames by the header alone: those of a constant rate.
    pub fn constant_timing(&self) -> Option<Timing> {
        let stream = self.input.stream(self.stream)?;
        let start = match stream.start_time() {
            i64::MIN => 0, // FFmpeg's value for "unknown"
            start => start,
        };
        let rate = *rates_of(&stream).first()?;
        Some(Timing::constant(tick_of(&stream)?, rate, start))
    }

    /// The shape of a pixel.
    pub fn pixel_shape(&self) -> Rational {
        self.shape.unwrap_or_else(|| self.decoder.aspect_ratio())
    }

    /// What the stream says about its colours.
    pub fn tags(&self) -> Tags {
        self.tags
    }

    /// Whether all frames are out.
    pub fn is_drained(&self) -> bool {
        self.state == State::Drained
    }

    /// Whether the last seek went past its key frame: seek to an earlier time.
    pub fn is_too_late(&self) -> bool {
        self.state == State::TooLate
    }

    /// Goes to a time in microseconds or before it. With a key frame, decoding begins there.
    pub fn seek(&mut self, microseconds: i64, key: Option<Key>) -> Result<(), ffmpeg::Error> {
        let before = self.input.seek(microseconds, ..=microseconds);
        before.or_else(|_| self.input.seek(microseconds, ..))?;
        self.decoder.flush();
        self.awaited = key;
        self.valid_from = i64::MIN;
        self.state = State::Reading;
        self.errors = 0;
        Ok(())
    }

    /// The next frame; `None` at the end, or if the seek went too far.
    pub fn next(&mut self) -> Result<Option<Frame>, ffmpeg::Error> {
        loop {
            if matches!(self.state, State::Drained | State::TooLate) {
                return Ok(None);
            }
            let mut frame = Frame::empty();
            match self.decoder.receive_frame(&mut frame) {
                Ok(()) => {
                    self.errors = 0;
                    if frame.timestamp().is_none_or(|time| time >= self.valid_from) {
                        return Ok(Some(frame));
                    }
                    continue;
                }
                Err(ffmpeg::Error::Eof) => {
                    self.state = State::Drained;
                    return Ok(None);
                }
                Err(error) if is_again(error) => {} // it needs more packets
                Err(error) => self.tolerate(error)?,
            }
            if self.state == State::Reading {
                self.feed()?;
            }
        }
    }

    /// Counts an error that damage explains.
    fn tolerate(&mut self, error: ffmpeg::Error) -> Result<(), ffmpeg::Error> {
        if kind_of(error) == Some(ErrorKind::OutOfMemory) {
            return Err(error);
        }
        self.errors += 1;
        if self.errors > MOST_ERRORS {
            self.state = State::Drained;
        }
        Ok(())
    }

    /// Gives the decoder its next packet.
    fn feed(&mut self) -> Result<(), ffmpeg::Error> {
        let Some(packet) = self.next_packet()? else {
            if self.state == State::Reading {
                self.decoder.send_eof().ok(); // it is at its end already
                self.state = State::Draining;
                self.errors = 0;
            }
            return Ok(());
        };
        match self.decoder.send_packet(&packet) {
            Ok(()) => Ok(()),
            Err(error) => self.tolerate(error),
        }
    }

    /// The next packet of the stream that the decoder needs.
    fn next_packet(&mut self) -> Result<Option<Packet>, ffmpeg::Error> {
        loop {
            let Some(read) = self.input.packets().next() else {
                return Ok(None);
            };
            let packet = match read {
                Ok((stream, packet)) if stream.index() == self.stream => packet,
                Ok(_) => continue,
                Err(error) => {
                    self.tolerate(error)?;
                    match self.state {
                        State::Reading => continue,
                        _ => return Ok(None),
                    }
                }
            };
            let Some(key) = self.awaited else {
                return Ok(Some(packet));
            };
            // One that does not say when it is shown is known by when it is decoded; so are the frames that come of it.
            let is_awaited = match packet.pts() {
                Some(shown) => shown == key.shown,
                None => packet.dts() == Some(key.decoded),
            };
            if packet.is_key() && is_awaited {
                self.awaited = None;
                self.valid_from = packet.pts().unwrap_or(key.decoded);
                return Ok(Some(packet));
            }
            if packet.dts().is_some_and(|time| time > key.decoded) {
                self.state = State::TooLate;
                return Ok(None);
            }
        }
    }
}

/// Whether a decoder only requires its packets or its frames to be passed on first.
pub(super) fn is_again(error: ffmpeg::Error) -> bool {
    kind_of(error) == Some(ErrorKind::WouldBlock)
}

/// What an error of the operating system is.
fn kind_of(error: ffmpeg::Error) -> Option<ErrorKind> {
    match error {
        ffmpeg::Error::Other { errno } => Some(std::io::Error::from_raw_os_error(errno).kind()),
        _ => None,
    }
}
