//! Any frame of a video by its number, from a decoder that stays open: the next frame costs one decode; a frame
//! further back or far ahead costs the decodes from the key frame before it.

mod seek;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video as Frame;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::media::{Deinterlacing, PictureSettings};
use kinora_timeline::{FrameRate, Frames};

use super::convert::Converter;
use super::deinterlace::Deinterlacer;
use super::orientation::Orientation;
use super::picture_decoder::PictureDecoder;
use super::pixels::PixelConverter;
use super::probe::{Key, PictureTrack, square};
use super::timing::Timing;
use super::{MediaError, Picture, Planes, fitted, probe};

/// Further ahead than this, seeking to a key frame is faster than decoding on.
const WORTH_SEEKING: Frames = Frames(48);
/// The same where every frame is a key frame.
const WORTH_SEEKING_IN_KEYS: Frames = Frames(4);

/// The frame that was requested last.
struct Current {
    number: Frames,
    /// As decoded; `None` once it was converted, unless its neighbours need it.
    frame: Option<Frame>,
    picture: Option<Arc<Picture>>,
}

/// An open video.
pub struct VideoReader {
    path: PathBuf,
    decoder: PictureDecoder,
    timing: Timing,
    keys: Vec<Key>,
    orientation: Orientation,
    /// Frames are counted from a key frame or from the start, since they do not say when they are shown: the number of
    /// the next one. AVI files have such frames, and files without a container.
    counted: Option<i64>,
    /// The frame size that pictures are scaled to fit into.
    fit: Option<[u32; 2]>,
    /// The size of its pictures, whatever they should fit into.
    exact: Option<[u32; 2]>,
    /// Further ahead than this, it seeks.
    worth_seeking: Frames,
    deinterlacing: Deinterlacing,
    deinterlacer: Deinterlacer,
    converter: PixelConverter,
    /// To the planes of an encoder.
    to_planes: Option<Converter>,
    /// The frame before the current one, kept for deinterlacing.
    before: Option<Frame>,
    current: Option<Current>,
    /// A frame decoded before it was needed.
    ahead: Option<(Frames, Frame)>,
    /// Frames that cannot be decoded: the one before stands in for them.
    replaced: BTreeSet<i64>,
}

impl VideoReader {
    /// Opens a video of any origin, and reads all of it once to know the times of its frames.
    ///
    /// # Errors
    /// The file does not exist, is not a video, or has no decoder here.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        let track = probe(path)?.picture;
        let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
        Self::with_track(path, &track.ok_or_else(no_picture)?)
    }

    /// Opens a video that was probed before.
    ///
    /// # Errors
    /// The file does not exist, is not a video, or has no decoder here.
    pub fn with_track(path: &Path, track: &PictureTrack) -> Result<Self, MediaError> {
        Ok(Self {
            keys: track.keys.clone(),
            orientation: track.orientation,
            counted: track.is_counted.then_some(0),
            ..Self::of(path, PictureDecoder::open(path)?, track.timing.clone())
        })
    }

    /// Opens a clip that Kinora wrote: its rate is constant, and its header is enough to know it.
    ///
    /// # Errors
    /// The file does not exist, is not a video, or has no decoder here.
    pub fn open_take(path: &Path) -> Result<Self, MediaError> {
        let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
        let decoder = PictureDecoder::open(path)?;
        let timing = decoder.constant_timing().ok_or_else(no_picture)?;
        Ok(Self::of(path, decoder, timing))
    }

    fn of(path: &Path, decoder: PictureDecoder, timing: Timing) -> Self {
        let settings = PictureSettings::default();
        Self {
            path: path.into(),
            converter: PixelConverter::new(decoder.tags(), settings),
            decoder,
            timing,
            keys: Vec::new(),
            orientation: Orientation::default(),
            counted: None,
            fit: None,
            exact: None,
            worth_seeking: WORTH_SEEKING,
            deinterlacing: settings.deinterlacing,
            deinterlacer: Deinterlacer::default(),
            to_planes: None,
            before: None,
            current: None,
            ahead: None,
            replaced: BTreeSet::new(),
        }
    }

    /// Scales its pictures to fit into a frame of this size.
    #[must_use]
    pub fn fitted_into(mut self, frame: [u32; 2]) -> Self {
        self.fit = Some(frame);
        self
    }

    /// Scales its pictures to this size, whatever their shape is.
    #[must_use]
    pub fn resized_to(mut self, size: [u32; 2]) -> Self {
        self.exact = Some(size);
        self
    }

    /// Seeks sooner: every frame of its file is a key frame.
    #[must_use]
    pub fn of_key_frames(mut self) -> Self {
        self.worth_seeking = WORTH_SEEKING_IN_KEYS;
        self
    }

    /// Reads its pictures with the artist's settings.
    #[must_use]
    pub fn with_settings(mut self, settings: PictureSettings) -> Self {
        self.deinterlacing = settings.deinterlacing;
        self.converter = PixelConverter::new(self.decoder.tags(), settings);
        self
    }

    /// The frame rate.
    pub fn rate(&self) -> FrameRate {
        self.timing.rate()
    }

    /// When each frame is shown.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// The frames read so far that cannot be decoded, and for which the one before was shown.
    pub fn replaced(&self) -> &BTreeSet<i64> {
        &self.replaced
    }

    /// The stored frame of this number, counted from 0; beyond the end, the last one. The frame before stands in for one
    /// that cannot be decoded.
    ///
    /// # Errors
    /// Neither the frame nor one near it can be decoded.
    pub fn frame(&mut self, number: Frames) -> Result<Arc<Picture>, MediaError> {
        self.picture_at(number)
            .map_err(|error| MediaError::unreadable(&self.path, error))?
            .ok_or_else(|| {
                MediaError::new(
                    &self.path,
                    format!("frame {} cannot be decoded", number.0),
                    "the file may be damaged; import it again",
                )
            })
    }

    /// The same frame as planes in the form that an encoder takes, if it is stored so, or deeper than pixels are, and
    /// needs no scaling.
    ///
    /// # Errors
    /// The frame cannot be decoded.
    pub fn planes(&mut self, number: Frames, form: Pixel) -> Result<Option<Planes>, MediaError> {
        self.go_to(number)
            .map_err(|error| MediaError::unreadable(&self.path, error))?;
        let Some(frame) = self.current.as_ref().and_then(|now| now.frame.as_ref()) else {
            return Ok(None); // converted to pixels already
        };
        let is_as_stored = self.orientation == Orientation::AsStored
            && !is_deinterlaced(frame, self.deinterlacing)
            && self.size_of(frame) == [frame.width(), frame.height()];
        if !is_as_stored {
            return Ok(None);
        }
        let colours = self.converter.colours_of(frame);
        Planes::of_decoded(frame, colours, form, &mut self.to_planes)
            .map_err(|error| MediaError::unreadable(&self.path, error))
    }

    fn picture_at(&mut self, number: Frames) -> Result<Option<Arc<Picture>>, ffmpeg::Error> {
        self.go_to(number)?;
        let Some(mut current) = self.current.take() else {
            return Ok(None);
        };
        if current.picture.is_none()
            && let Some(frame) = current.frame.take()
        {
            let whole = match is_deinterlaced(&frame, self.deinterlacing) {
                true => {
                    let whole = self.whole(&frame)?;
                    current.frame = Some(frame);
                    whole
                }
                false => frame,
            };
            current.picture = Some(Arc::new(self.picture(whole)?));
        }
        let picture = current.picture.clone();
        self.current = Some(current);
        Ok(picture)
    }

    /// An interlaced frame made whole from its neighbours.
    fn whole(&mut self, frame: &Frame) -> Result<Frame, ffmpeg::Error> {
        if self.ahead.is_none() {
            self.ahead = self.next()?;
        }
        let after = self.ahead.as_ref().map(|(_, frame)| frame);
        self.deinterlacer.whole(self.before.as_ref(), frame, after)
    }

    /// Notes a frame for which another one is shown. Only files that were probed know what they should hold.
    fn note(&mut self, number: Frames) {
        let is_stored = self.timing.count().is_some_and(|count| number.0 < count);
        let is_shown = self
            .current
            .as_ref()
            .is_some_and(|current| current.number == number);
        if is_stored && !is_shown && number >= Frames::ZERO {
            self.replaced.insert(number.0);
        }
    }

    fn forget(&mut self) {
        self.before = None;
        self.current = None;
        self.ahead = None;
    }

    /// Decodes until the wanted frame is out, or a later one: then the one before stands in for it.
    fn decode_up_to(&mut self, number: Frames) -> Result<(), ffmpeg::Error> {
        loop {
            let reached = self.current.as_ref().map(|current| current.number);
            if reached.is_some_and(|reached| reached >= number) {
                return Ok(());
            }
            match &self.ahead {
                Some((at, _)) if *at > number => return Ok(()),
                Some(_) => self.show_ahead(),
                None => match self.next()? {
                    Some(next) => self.ahead = Some(next),
                    None => return Ok(()),
                },
            }
        }
    }

    /// Makes the frame that was decoded ahead the current one.
    fn show_ahead(&mut self) {
        let Some((number, frame)) = self.ahead.take() else {
            return;
        };
        let last = self.current.take().and_then(|current| current.frame);
        self.before = last.filter(|frame| is_deinterlaced(frame, self.deinterlacing));
        self.current = Some(Current {
            number,
            frame: Some(frame),
            picture: None,
        });
    }

    fn next(&mut self) -> Result<Option<(Frames, Frame)>, ffmpeg::Error> {
        let Some(frame) = self.decoder.next()? else {
            return Ok(None);
        };
        let number = if let Some(next) = &mut self.counted {
            *next += 1;
            Frames(*next - 1)
        } else {
            let start = self.timing.start_ticks();
            self.timing.number_of(frame.timestamp().unwrap_or(start))
        };
        if frame.is_corrupt() {
            self.replaced.insert(number.0);
        }
        Ok(Some((number, frame)))
    }

    /// The size of a frame before it is turned: in square pixels, scaled to fit.
    fn size_of(&self, frame: &Frame) -> [u32; 2] {
        if let Some(size) = self.exact {
            return self.orientation.size_of(size);
        }
        let coded = [frame.width(), frame.height()];
        let (width, height) = square(coded, self.decoder.pixel_shape());
        let fit = |frame| {
            let shown = fitted(self.orientation.size_of([width, height]), frame);
            self.orientation.size_of(shown)
        };
        self.fit.map_or([width, height], fit)
    }

    fn picture(&mut self, frame: Frame) -> Result<Picture, ffmpeg::Error> {
        let size = self.size_of(&frame);
        let picture = self.converter.picture(frame, size)?;
        Ok(self.orientation.applied_to(picture))
    }
}

/// Whether a frame is made whole from its neighbours before it is shown.
fn is_deinterlaced(frame: &Frame, deinterlacing: Deinterlacing) -> bool {
    match deinterlacing {
        Deinterlacing::Auto => frame.is_interlaced(),
        Deinterlacing::On => true,
        Deinterlacing::Off => false,
    }
}
