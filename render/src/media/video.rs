//! Any frame of a video by its number, from a decoder that stays open: the next frame costs one decode; a frame
//! further back or far ahead costs the decodes from the key frame before it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg::codec::decoder::Video as Decoder;
use ffmpeg::format::context::Input;
use ffmpeg::format::pixel::Pixel;
use ffmpeg::frame::Video as Frame;
use ffmpeg::{Rational, codec};
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::{FrameRate, Frames};

use super::convert::{Colours, Converter};
use super::probe::{rate_of, square};
use super::{MediaError, Picture, Planes, fitted, open, planes, video_stream};

/// Further ahead than this, seeking to a key frame is faster than decoding on.
const WORTH_SEEKING: Frames = Frames(48);
/// Seconds before a frame at which to look for a key frame, tried in turn.
const SEEK_BACK: [i64; 4] = [0, 1, 10, 1_000_000];
const MICROSECONDS: i128 = 1_000_000;

/// A frame as decoded, or converted to pixels.
enum Shown {
    Decoded(Frame),
    Converted(Arc<Picture>),
}

/// An open video.
pub struct VideoReader {
    path: PathBuf,
    input: Input,
    decoder: Decoder,
    stream: usize,
    time_base: Rational,
    start: i64,
    rate: FrameRate,
    /// The frame size that pictures are scaled to fit into.
    fit: Option<[u32; 2]>,
    converter: Option<Converter>,
    /// The current frame, and its number.
    shown: Option<(Frames, Shown)>,
    /// A frame decoded before it was needed.
    ahead: Option<(Frames, Frame)>,
    is_drained: bool,
}

impl VideoReader {
    /// Opens a video.
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
        let rate = rate_of(&stream).ok_or_else(no_picture)?;
        let (index, time_base) = (stream.index(), stream.time_base());
        let start = match stream.start_time() {
            i64::MIN => 0, // FFmpeg's value for "unknown"
            start => start,
        };
        Ok(Self {
            path: path.into(),
            stream: index,
            time_base,
            start,
            rate,
            fit: None,
            decoder: context.decoder().video().map_err(failed)?,
            input,
            converter: None,
            shown: None,
            ahead: None,
            is_drained: false,
        })
    }

    /// Scales its pictures to fit into a frame of this size.
    #[must_use]
    pub fn fitted_into(mut self, frame: [u32; 2]) -> Self {
        self.fit = Some(frame);
        self
    }

    /// The frame rate.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// The frame of this number, counted at the video's own rate from 0; beyond the end, the last one.
    ///
    /// # Errors
    /// The frame cannot be decoded.
    pub fn frame(&mut self, number: Frames) -> Result<Arc<Picture>, MediaError> {
        self.shown_at(number)
            .map_err(|error| MediaError::unreadable(&self.path, error))?
            .ok_or_else(|| {
                MediaError::new(
                    &self.path,
                    format!("frame {} cannot be decoded", number.0),
                    "the file may be damaged; import it again",
                )
            })
    }

    /// The same frame as 4:2:0 planes, if it is stored so and needs no scaling.
    ///
    /// # Errors
    /// The frame cannot be decoded.
    pub fn planes(&mut self, number: Frames) -> Result<Option<Planes>, MediaError> {
        self.go_to(number)
            .map_err(|error| MediaError::unreadable(&self.path, error))?;
        let ((Some((_, Shown::Decoded(frame))), _) | (None, Some((_, frame)))) =
            (&self.shown, &self.ahead)
        else {
            return Ok(None); // converted to pixels already
        };
        let is_as_coded = self.size_of(frame) == [frame.width(), frame.height()];
        Ok(is_as_coded.then(|| Planes::of_decoded(frame)).flatten())
    }

    fn shown_at(&mut self, number: Frames) -> Result<Option<Arc<Picture>>, ffmpeg::Error> {
        self.go_to(number)?;
        let ahead = |(at, frame)| (at, Shown::Decoded(frame));
        let shown = self.shown.take().or_else(|| self.ahead.take().map(ahead));
        let Some((at, shown)) = shown else {
            return Ok(None);
        };
        let picture = match shown {
            Shown::Decoded(frame) => Arc::new(self.picture(frame)?),
            Shown::Converted(picture) => picture,
        };
        self.shown = Some((at, Shown::Converted(Arc::clone(&picture))));
        Ok(Some(picture))
    }

    /// Decodes forward if the frame is near, else from the key frame before it.
    fn go_to(&mut self, number: Frames) -> Result<(), ffmpeg::Error> {
        let reached = self.shown.as_ref().map_or(Frames(-1), |(at, _)| *at);
        let is_ahead = reached <= number && (self.shown.is_some() || !self.is_drained);
        if is_ahead && (self.is_drained || number - reached <= WORTH_SEEKING) {
            return self.decode_up_to(number);
        }
        for back in SEEK_BACK {
            self.seek(number, back)?;
            self.decode_up_to(number)?;
            if self.shown.is_some() {
                break; // otherwise the key frame was after the wanted frame
            }
        }
        Ok(())
    }

    /// Seeks to the key frame before the time of a frame minus `seconds_back`.
    fn seek(&mut self, number: Frames, seconds_back: i64) -> Result<(), ffmpeg::Error> {
        let microseconds = |ticks: i64, numerator: i64, denominator: i64| {
            let scaled = i128::from(ticks) * i128::from(numerator) * MICROSECONDS;
            scaled / i128::from(denominator.max(1))
        };
        let (base, (frames, seconds)) = (self.time_base, self.rate.as_fraction());
        let start = microseconds(
            self.start,
            base.numerator().into(),
            base.denominator().into(),
        );
        let time = start + microseconds(number.0, seconds.into(), frames.into());
        let wanted = (time - i128::from(seconds_back) * MICROSECONDS).max(start);
        let wanted = i64::try_from(wanted).unwrap_or(0);
        let before_all = self.input.seek(wanted, ..=wanted);
        before_all.or_else(|_| self.input.seek(wanted, ..))?;
        self.decoder.flush();
        self.shown = None;
        self.ahead = None;
        self.is_drained = false;
        Ok(())
    }

    /// Decodes until the wanted frame is out, or a later one: then the one before stands in for it.
    fn decode_up_to(&mut self, number: Frames) -> Result<(), ffmpeg::Error> {
        loop {
            if self.shown.as_ref().is_some_and(|(at, _)| *at == number) {
                return Ok(());
            }
            match &self.ahead {
                Some((at, _)) if *at > number => return Ok(()),
                Some(_) => {
                    let ahead = self.ahead.take();
                    self.shown = ahead.map(|(at, frame)| (at, Shown::Decoded(frame)));
                }
                None => match self.next()? {
                    Some(frame) => self.ahead = Some((self.number_of(&frame), frame)),
                    None => return Ok(()),
                },
            }
        }
    }

    fn next(&mut self) -> Result<Option<Frame>, ffmpeg::Error> {
        loop {
            let mut frame = Frame::empty();
            match self.decoder.receive_frame(&mut frame) {
                Ok(()) => return Ok(Some(frame)),
                Err(ffmpeg::Error::Eof) => {
                    self.is_drained = true;
                    return Ok(None);
                }
                Err(_) => {} // the decoder needs more packets
            }
            self.feed()?;
        }
    }

    fn feed(&mut self) -> Result<(), ffmpeg::Error> {
        let stream = self.stream;
        let packets = self.input.packets();
        let mut ours = packets.filter(|packet| match packet {
            Ok((of, _)) => of.index() == stream,
            Err(_) => true,
        });
        match ours.next() {
            Some(Ok((_, packet))) => self.decoder.send_packet(&packet),
            Some(Err(error)) => Err(error),
            None => self.decoder.send_eof(),
        }
    }

    /// The frame number at a constant rate: the nearest to the frame's time.
    fn number_of(&self, frame: &Frame) -> Frames {
        let ticks = i128::from(frame.timestamp().unwrap_or(self.start) - self.start);
        let base = self.time_base;
        let (frames, seconds) = self.rate.as_fraction();
        let a_frame = i128::from(base.denominator().max(1)) * i128::from(seconds);
        let position = ticks * i128::from(base.numerator()) * i128::from(frames);
        let nearest = (2 * position + a_frame).div_euclid(2 * a_frame);
        Frames(i64::try_from(nearest).unwrap_or(0))
    }

    /// The display size of a frame: in square pixels, scaled to fit.
    fn size_of(&self, frame: &Frame) -> [u32; 2] {
        let coded = [frame.width(), frame.height()];
        let (width, height) = square(coded, self.decoder.aspect_ratio());
        self.fit
            .map_or([width, height], |frame| fitted([width, height], frame))
    }

    fn picture(&mut self, frame: Frame) -> Result<Picture, ffmpeg::Error> {
        let [width, height] = self.size_of(&frame);
        let is_as_coded = [width, height] == [frame.width(), frame.height()];
        if let Some(picture) = is_as_coded.then(|| planes::pixels(&frame)).flatten() {
            return Ok(picture);
        }
        let converter = if let Some(converter) = self
            .converter
            .take()
            .filter(|converter| converter.takes(&frame))
        {
            converter
        } else {
            let colours = Colours::of(&frame, height).options();
            let chain = format!(
                "scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int:{colours},format=rgba"
            );
            Converter::new((frame.format(), frame.width(), frame.height()), &chain)?
        };
        let converter = self.converter.insert(converter);
        let converted = converter.convert(frame)?;
        debug_assert_eq!(converted.format(), Pixel::RGBA);
        let (width, height) = (converted.width(), converted.height());
        let row = width as usize * 4;
        let rows = converted
            .data(0)
            .chunks(converted.stride(0))
            .take(height as usize);
        let mut rgba = Vec::with_capacity(row * height as usize);
        for bytes in rows {
            rgba.extend_from_slice(&bytes[..row]);
        }
        Ok(Picture {
            width,
            height,
            rgba,
        })
    }
}
