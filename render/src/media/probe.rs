//! Probing a file: reads every packet once and decodes none, so that lengths and times are counted, not estimated. The
//! result is kept beside the project's other caches, since reading a long file takes time.

mod pictures;
mod sounds;
mod stream;

use std::path::Path;

use ffmpeg::codec::Id;
use ffmpeg::codec::field_order::FieldOrder;
use ffmpeg::media::Type;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::{FrameRate, Frames};
use serde::{Deserialize, Serialize};

use super::colours::{ColourReport, Tags};
use super::first_contact::make_first_contact;
use super::kept::{keep, kept};
use super::orientation::Orientation;
use super::packets::Packets;
use super::timing::Timing;
use super::webp::Animation;
use super::{MediaError, is_still, open, video_stream};
use crate::ffi::is_hidden;
use pictures::Pictures;
use sounds::Sounds;
use stream::{seconds_of_file, size_of};

pub(super) use stream::{rates_of, shape_of, square, tick_of};

/// Times beyond this are damage; sums of smaller ones cannot overflow.
const LATEST_TICKS: i64 = i64::MAX / 16;

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

/// Whether a VP8 packet is a reference that is never shown: the fifth bit of its first byte. RFC 6386, section 9.1.
fn is_vp8_hidden(data: Option<&[u8]>) -> bool {
    let first = data.and_then(<[u8]>::first);
    first.is_some_and(|byte| byte & 0x10 == 0)
}
