//! Probing a file: reads every packet once and decodes none, so that lengths and times are counted, not estimated. The
//! result is kept beside the project's other caches, since reading a long file takes time.

use std::path::Path;

use ffmpeg::codec::field_order::FieldOrder;
use ffmpeg::codec::{self, Id};
use ffmpeg::format::Pixel;
use ffmpeg::media::Type;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::{FrameRate, Frames};
use serde::{Deserialize, Serialize};

use super::colours::{ColourReport, Tags};
use super::first_contact::make_first_contact;
use super::kept::{keep, kept};
use super::orientation::Orientation;
use super::packets::Packets;
use super::reordered::shown_times;
use super::timing::Timing;
use super::webp::Animation;
use super::{MediaError, is_still, open, video_stream};
use crate::ffi::is_hidden;

/// Times beyond this are damage; sums of smaller ones cannot overflow.
const LATEST_TICKS: i64 = i64::MAX / 16;
/// A file that ends earlier than it says by this part of its length was cut short.
const CUT_SHORT: f64 = 0.98;

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Its best video stream, if it has any.
    pub picture: Option<PictureTrack>,
    /// Its best audio stream, if it has any.
    pub sound: Option<SoundTrack>,
    /// What cannot be read of it.
    pub damage: Option<Damage>,
}

/// Damage that is seen without decoding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Damage {
    /// The file ends early.
    CutShort {
        /// Where it ends, in seconds from its start.
        at_seconds: f64,
        /// Its length by its own account, in seconds.
        of_seconds: f64,
    },
    /// Some packets cannot be read.
    Packets(u32),
}

/// A video stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureTrack {
    /// As shown: turned, in square pixels.
    pub width: u32,
    /// As shown, in pixels.
    pub height: u32,
    /// The frame rate; of a variable rate, the one at which no frame is lost.
    pub rate: FrameRate,
    /// The length in frames of that rate.
    pub frames: Frames,
    /// The codec's name.
    pub codec: String,
    /// The fields of its frames by the file's account.
    pub fields: Fields,
    /// Its colours.
    pub colours: ColourReport,
    /// When each frame is shown.
    pub timing: Timing,
    /// How it is turned before it is shown.
    pub orientation: Orientation,
    /// The frames that can be decoded without others, in ascending order. Empty if the file does not name them.
    pub(super) keys: Vec<Key>,
    /// Its packets do not say when they are shown: frames are counted from a key frame, or from the start.
    pub(super) is_counted: bool,
}

impl PictureTrack {
    /// Whether its packets carry no times, as in a file without a container: it is read from its start.
    pub fn is_counted(&self) -> bool {
        self.is_counted && self.keys.is_empty()
    }
}

/// The fields of the frames of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fields {
    /// The file does not say whether there are any.
    Unknown,
    /// None: each frame is whole.
    Progressive,
    /// Two, of which the one with the top line is shown first.
    TopFirst,
    /// Two, of which the one with the bottom line is shown first.
    BottomFirst,
}

impl Fields {
    /// FFmpeg names first the field that is stored first, then the one that is shown first.
    fn of(order: FieldOrder) -> Self {
        match order {
            FieldOrder::Unknown => Self::Unknown,
            FieldOrder::Progressive => Self::Progressive,
            FieldOrder::TT | FieldOrder::BT => Self::TopFirst,
            FieldOrder::BB | FieldOrder::TB => Self::BottomFirst,
        }
    }
}

/// A frame that can be decoded without others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    /// When it is shown, in ticks.
    pub shown: i64,
    /// When it is decoded, in ticks.
    pub decoded: i64,
}

/// An audio stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundTrack {
    /// Samples per second of each channel.
    pub rate_hz: u32,
    /// Samples per channel.
    pub samples: u64,
    /// 2 for stereo.
    pub channels: u32,
    /// The codec's name.
    pub codec: String,
}

impl Probe {
    /// Reads the probe of a file that is kept at `place`, or probes the file.
    ///
    /// # Errors
    /// The file cannot be opened, or has neither pictures nor sound; it was refused at first contact. A probe that cannot be
    /// kept is not an error.
    pub fn open(path: &Path, place: &Path) -> Result<Self, MediaError> {
        make_first_contact(path, place)?;
        if let Some(kept) = kept(place) {
            return Ok(kept);
        }
        let found = probe(path)?;
        if let Err(error) = found.keep(place) {
            tracing::debug!("{} is not kept: {error}", place.display());
        }
        Ok(found)
    }

    /// Keeps the probe of a file at a place, for [`Probe::open`].
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn keep(&self, place: &Path) -> std::io::Result<()> {
        keep(self, place)
    }
}

/// Probes a file by reading all of it.
///
/// # Errors
/// The file cannot be opened, or has neither pictures nor sound.
pub fn probe(path: &Path) -> Result<Probe, MediaError> {
    probe_watched(path, &mut || {})
}

/// The same; `on_packet` is called with each packet, so that a caller sees that the reading goes on.
///
/// # Errors
/// The file cannot be opened, or has neither pictures nor sound.
pub fn probe_watched(path: &Path, on_packet: &mut dyn FnMut()) -> Result<Probe, MediaError> {
    if let Some(animation) = Animation::open(path)? {
        return probe_of_animation(path, &animation);
    }
    let mut input = open(path)?;
    let picture = video_stream(&input).map(|stream| stream.index());
    let sound = input
        .streams()
        .best(Type::Audio)
        .map(|stream| stream.index());
    let mut pictures = picture.map(|_| Pictures::default());
    let mut sounds = Sounds::default();
    let is_vp8 = picture
        .and_then(|at| input.stream(at))
        .is_some_and(|stream| stream.parameters().id() == Id::VP8);
    let mut corrupt = 0;
    let mut packets = Packets::of(&mut input);
    while let Some((stream, packet)) = packets.next() {
        on_packet();
        corrupt += u32::from(packet.is_corrupt());
        if Some(stream) == picture {
            let is_reference = is_vp8 && is_vp8_hidden(packet.data());
            if let Some(pictures) = &mut pictures {
                pictures.add(&packet, !is_reference && !is_hidden(&packet));
            }
        } else if Some(stream) == sound {
            sounds.add(&packet);
        }
    }
    let errors = packets.errors + corrupt;
    // Some containers count only the pictures; the last of a variable rate stays until the sound ends.
    let sound_end = sound.and_then(|at| Some(sounds.end_seconds(&input.stream(at)?)));
    let own_end = seconds_of_file(&input);
    let whole_seconds = own_end.into_iter().chain(sound_end).reduce(f64::max);
    let is_mp4 = input.format().name().contains("mp4");
    if input.format().name() == "avi"
        && let Some(pictures) = &mut pictures
    {
        // An AVI file stores no such times; what FFmpeg makes up is wrong where frames are reordered.
        pictures.has_shown_times &= !pictures.lacks_shown_times;
        let stream = picture.and_then(|at| input.stream(at));
        let delay = stream.map_or(0, |stream| stream.parameters().video_delay());
        pictures.delay = usize::try_from(delay).unwrap_or(0);
    }
    let (picture, damage) = picture
        .zip(pictures)
        .and_then(|(at, pictures)| pictures.track(&input.stream(at)?, whole_seconds, is_mp4))
        .map_or((None, None), |(track, damage)| (Some(track), damage));
    let found = Probe {
        picture,
        sound: sound.and_then(|at| sounds.track(&input.stream(at)?)),
        damage: damage.or_else(|| (errors > 0).then_some(Damage::Packets(errors))),
    };
    match found.picture.is_none() && found.sound.is_none() {
        true => Err(MediaError::new(
            path,
            "holds neither pictures nor sound",
            "choose a video, a picture or a sound",
        )),
        false => Ok(found),
    }
}

/// The content of an animation that FFmpeg does not read.
fn probe_of_animation(path: &Path, animation: &Animation) -> Result<Probe, MediaError> {
    let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
    let timing = animation.timing().ok_or_else(no_picture)?;
    let [width, height] = animation.size();
    let keys = animation.key_times().map(|time| Key {
        shown: time,
        decoded: time,
    });
    let damaged = animation.damaged() as u32;
    Ok(Probe {
        picture: Some(PictureTrack {
            width,
            height,
            rate: timing.rate(),
            frames: timing.length(),
            codec: "webp".to_owned(),
            fields: Fields::Progressive,
            colours: Tags::RGB.report(height),
            timing,
            orientation: Orientation::AsStored,
            keys: keys.collect(),
            is_counted: false,
        }),
        sound: None,
        damage: (damaged > 0).then_some(Damage::Packets(damaged)),
    })
}

/// The size of a file's pictures as shown, in square pixels, read from its header alone. `None` if it cannot be read, or
/// has no pictures.
pub fn picture_size(path: &Path) -> Option<[u32; 2]> {
    if is_still(path) {
        return super::still::still_size(path).ok();
    }
    if let Ok(Some(animation)) = Animation::open(path) {
        return Some(animation.size());
    }
    let input = open(path).ok()?;
    let stream = video_stream(&input)?;
    size_of(&stream)
}

/// The size of a video stream as shown, in square pixels; `None` if it has none.
fn size_of(stream: &ffmpeg::Stream) -> Option<[u32; 2]> {
    let parameters = stream.parameters();
    let (width, height) = square(
        [parameters.width(), parameters.height()],
        shape_of(stream).unwrap_or_else(|| parameters.sample_aspect_ratio()),
    );
    (width > 0 && height > 0).then(|| Orientation::of_stream(stream).size_of([width, height]))
}

/// The pixel format of a video stream; `None` of the formats, if there is no decoder for it.
fn format_of(stream: &ffmpeg::Stream) -> Pixel {
    let context = codec::Context::from_parameters(stream.parameters());
    let decoder = context.and_then(|context| context.decoder().video());
    decoder.map_or(Pixel::None, |decoder| decoder.format())
}

/// The shape of a pixel by the container, which overrides that of the codec.
pub(super) fn shape_of(stream: &ffmpeg::Stream) -> Option<ffmpeg::Rational> {
    let shape = stream.sample_aspect_ratio();
    (shape.numerator() > 0 && shape.denominator() > 0).then_some(shape)
}

/// The end of the file in seconds of its clock, by its own account.
fn seconds_of_file(input: &ffmpeg::format::context::Input) -> Option<f64> {
    let microseconds = input.duration();
    let start = input
        .streams()
        .map(|stream| stream.start_time())
        .zip(input.streams())
        .filter(|(start, _)| *start != i64::MIN) // FFmpeg's value for "unknown"
        .map(|(start, stream)| start as f64 * f64::from(stream.time_base()))
        .fold(f64::INFINITY, f64::min);
    let start = if start.is_finite() { start } else { 0.0 };
    (microseconds > 0).then(|| start + microseconds as f64 / 1e6)
}

/// Whether a VP8 packet is a reference that is never shown: the fifth bit of its first byte. RFC 6386, section 9.1.
fn is_vp8_hidden(data: Option<&[u8]>) -> bool {
    let first = data.and_then(<[u8]>::first);
    first.is_some_and(|byte| byte & 0x10 == 0)
}

/// The packets of a video stream.
#[derive(Debug, Default)]
struct Pictures {
    /// When each frame is shown.
    shown: Vec<i64>,
    /// When each frame is decoded; for files that say nothing else.
    decoded: Vec<i64>,
    keys: Vec<Key>,
    packets: i64,
    has_shown_times: bool,
    /// Some packets say only when they are decoded.
    lacks_shown_times: bool,
    /// Frames that wait in the decoder for others that are shown before them; of files that say nothing else.
    delay: usize,
    last_shown: i64,
    last_duration: Option<i64>,
}

impl Pictures {
    fn add(&mut self, packet: &ffmpeg::Packet, is_shown: bool) {
        self.packets += 1;
        let within = |time: &i64| time.abs() < LATEST_TICKS;
        let (shown, decoded) = (packet.pts().filter(within), packet.dts().filter(within));
        self.has_shown_times |= shown.is_some();
        self.lacks_shown_times |= shown.is_none() && decoded.is_some();
        if packet.is_key()
            && let Some(time) = shown.or(decoded)
        {
            self.keys.push(Key {
                shown: time,
                decoded: decoded.unwrap_or(time),
            });
        }
        // What comes before the first key frame cannot be decoded; nor can what is shown before it.
        let first_key = self.keys.first();
        let is_before = |time: i64| first_key.is_some_and(|key| time < key.shown);
        if !is_shown {
            return;
        }
        if let Some(time) = shown.filter(|time| !is_before(*time)) {
            if self.shown.is_empty() || time >= self.last_shown {
                self.last_shown = time;
                self.last_duration = Some(packet.duration()).filter(|ticks| *ticks > 0);
            }
            self.shown.push(time);
        }
        self.decoded.extend(decoded);
    }

    /// When the frames are shown, and the key frames among them, by when they are decoded.
    fn reordered(&mut self) -> Vec<i64> {
        self.decoded.sort_unstable();
        self.decoded.dedup();
        let mut shown = shown_times(&self.decoded, self.delay);
        for key in &mut self.keys {
            // It is shown in the place in which it is decoded.
            let place = self.decoded.binary_search(&key.decoded).ok();
            let time = place.and_then(|place| shown.get(place));
            key.shown = time.copied().unwrap_or(key.shown);
        }
        shown.retain(|time| time.abs() < LATEST_TICKS);
        shown
    }

    fn track(
        mut self,
        stream: &ffmpeg::Stream,
        file_end_seconds: Option<f64>,
        is_mp4: bool,
    ) -> Option<(PictureTrack, Option<Damage>)> {
        let [width, height] = size_of(stream)?;
        let tick = tick_of(stream)?;
        if let Some(first) = self.keys.first().copied() {
            self.shown.retain(|time| *time >= first.shown);
        }
        let promised = rates_of(stream);
        let times = match self.has_shown_times {
            true => std::mem::take(&mut self.shown),
            false => self.reordered(),
        };
        let is_untimed = times.is_empty();
        let is_counted = is_untimed || !self.has_shown_times;
        let to_ticks = |seconds: f64| (seconds * f64::from(tick.1) / f64::from(tick.0)) as i64;
        let mut timing = match is_untimed {
            true if self.packets > 0 => {
                let rate = *promised.first()?;
                Timing::constant(tick, rate, 0).extended_to(self.packets)
            }
            _ => {
                let end = file_end_seconds.map(to_ticks);
                Timing::of_times(tick, times, &promised, self.last_duration, end)?
            }
        };
        // An MP4 file lists its frames in one place: if fewer can be read, the rest is missing.
        let mut damage = None;
        let listed = stream.frames();
        let own_seconds = match stream.duration() {
            i64::MIN => None, // FFmpeg's value for "unknown"
            ticks => Some(timing.seconds(ticks)),
        };
        let length = timing.length();
        let found_seconds = length.as_seconds(timing.rate());
        if is_mp4
            && listed > self.packets
            && let Some(seconds) = own_seconds.filter(|own| found_seconds < own * CUT_SHORT)
        {
            let whole = (seconds * timing.rate().per_second()).round() as i64;
            timing = timing.extended_to(whole);
            damage = Some(Damage::CutShort {
                at_seconds: found_seconds,
                of_seconds: seconds,
            });
        }
        self.keys.sort_unstable();
        self.keys.dedup();
        let colours = Tags::of_stream(stream).report(stream.parameters().height());
        let id = stream.parameters().id();
        let track = PictureTrack {
            width,
            height,
            rate: timing.rate(),
            frames: timing.length(),
            codec: stream.parameters().id().name().to_owned(),
            fields: Fields::of(stream.parameters().field_order()),
            colours: colours.stored_as(format_of(stream)),
            timing,
            orientation: Orientation::of_stream(stream),
            // Where frames are counted, one must be shown in the place in which it is decoded: groups of pictures of
            // older codecs begin with frames that are shown before their key frame.
            keys: match is_untimed || is_counted && !matches!(id, Id::H264 | Id::HEVC) {
                true => Vec::new(),
                false => self.keys,
            },
            is_counted,
        };
        Some((track, damage))
    }
}

/// Totals over the packets of an audio stream.
#[derive(Debug, Default)]
struct Sounds {
    ticks: i64,
    end: i64,
}

impl Sounds {
    fn add(&mut self, packet: &ffmpeg::Packet) {
        if !is_hidden(packet) {
            let duration = packet.duration().clamp(0, LATEST_TICKS);
            self.ticks = self.ticks.saturating_add(duration);
            let begins = packet.pts().filter(|time| time.abs() < LATEST_TICKS);
            self.end = self.end.max(begins.unwrap_or(0).saturating_add(duration));
        }
    }

    /// The end of the last packet in seconds of the file's clock.
    fn end_seconds(&self, stream: &ffmpeg::Stream) -> f64 {
        self.end as f64 * f64::from(stream.time_base())
    }

    fn track(&self, stream: &ffmpeg::Stream) -> Option<SoundTrack> {
        let parameters = stream.parameters();
        let rate_hz = parameters.sample_rate();
        let base = stream.time_base();
        // The file's own account leaves out what the codec adds at the ends.
        let ticks = match stream.duration() {
            own if own > 0 => own.min(self.ticks),
            _ => self.ticks,
        };
        let ticks = i128::from(ticks) * i128::from(base.numerator()) * i128::from(rate_hz);
        let samples = ticks / i128::from(base.denominator().max(1));
        (rate_hz > 0 && samples > 0).then(|| SoundTrack {
            rate_hz,
            samples: u64::try_from(samples).unwrap_or(u64::MAX),
            channels: parameters.ch_layout().channels(),
            codec: parameters.id().name().to_owned(),
        })
    }
}

/// The seconds of a tick of a stream's clock, as a fraction.
pub(super) fn tick_of(stream: &ffmpeg::Stream) -> Option<(u32, u32)> {
    let base = stream.time_base();
    let part = |number: i32| u32::try_from(number).ok().filter(|&number| number > 0);
    Some((part(base.numerator())?, part(base.denominator())?))
}

/// The rates that a file names: the container's nominal one first if the average is near it, else the average.
pub(super) fn rates_of(stream: &ffmpeg::Stream) -> Vec<FrameRate> {
    let rate = |rate: ffmpeg::Rational| {
        let part = |number: i32| u32::try_from(number).ok().filter(|&number| number > 0);
        FrameRate::new(part(rate.numerator())?, part(rate.denominator())?)
    };
    let [average, promised] = [stream.avg_frame_rate(), stream.rate()].map(rate);
    let is_near = |(promised, average): (FrameRate, FrameRate)| {
        (promised.per_second() / average.per_second() - 1.0).abs() < 0.01
    };
    let ordered = match promised.zip(average).is_some_and(is_near) {
        true => [promised, average],
        false => [average, promised],
    };
    ordered.into_iter().flatten().collect()
}

/// The size in square pixels; the height is kept.
pub(super) fn square([width, height]: [u32; 2], aspect: ffmpeg::Rational) -> (u32, u32) {
    let (across, down) = (aspect.numerator(), aspect.denominator());
    match across > 0 && down > 0 && across != down {
        true => {
            let wide = f64::from(width) * f64::from(across) / f64::from(down);
            ((wide / 2.0).round().max(1.0) as u32 * 2, height)
        }
        false => (width, height),
    }
}
