//! Probing a file: reads every packet once and decodes none, so that lengths are counted, not estimated.

use std::path::Path;

use ffmpeg::media::Type;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::{FrameRate, Frames};

use super::{MediaError, is_still, open, video_stream};

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its best video stream, if it has any.
    pub picture: Option<PictureTrack>,
    /// Its best audio stream, if it has any.
    pub sound: Option<SoundTrack>,
}

/// A video stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureTrack {
    /// In square pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The average frame rate.
    pub rate: FrameRate,
    /// The number of frames.
    pub frames: Frames,
    /// The codec's name.
    pub codec: String,
}

/// An audio stream.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Probes a file by reading all of it.
///
/// # Errors
/// The file cannot be opened, or has neither pictures nor sound.
pub fn probe(path: &Path) -> Result<Probe, MediaError> {
    let mut input = open(path)?;
    let picture = video_stream(&input).map(|stream| stream.index());
    let sound = input
        .streams()
        .best(Type::Audio)
        .map(|stream| stream.index());
    let count = input.nb_streams() as usize;
    let mut seen = vec![Seen::default(); count];
    for packet in input.packets() {
        let (stream, packet) = packet.map_err(|error| MediaError::unreadable(path, error))?;
        if let Some(seen) = seen.get_mut(stream.index()) {
            seen.packets += 1;
            seen.ticks += packet.duration().max(0);
        }
    }
    let found = Probe {
        picture: picture.and_then(|at| picture_track(&input.stream(at)?, &seen[at])),
        sound: sound.and_then(|at| sound_track(&input.stream(at)?, &seen[at])),
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

/// The size of a file's pictures in square pixels, read from its header alone. `None` if it cannot be read, or has no
/// pictures.
pub fn picture_size(path: &Path) -> Option<[u32; 2]> {
    if is_still(path) {
        let (width, height) = image::image_dimensions(path).ok()?;
        return Some([width, height]);
    }
    let input = open(path).ok()?;
    let stream = video_stream(&input)?;
    size_of(&stream)
}

/// The size of a video stream in square pixels; `None` if it has none.
fn size_of(stream: &ffmpeg::Stream) -> Option<[u32; 2]> {
    let parameters = stream.parameters();
    let (width, height) = square(
        [parameters.width(), parameters.height()],
        parameters.sample_aspect_ratio(),
    );
    (width > 0 && height > 0).then_some([width, height])
}

/// Totals over the packets of a stream.
#[derive(Clone, Debug, Default)]
struct Seen {
    packets: i64,
    ticks: i64,
}

fn picture_track(stream: &ffmpeg::Stream, seen: &Seen) -> Option<PictureTrack> {
    let rate = rate_of(stream)?;
    let [width, height] = size_of(stream)?;
    (seen.packets > 0).then(|| PictureTrack {
        width,
        height,
        rate,
        frames: Frames(seen.packets),
        codec: stream.parameters().id().name().to_owned(),
    })
}

fn sound_track(stream: &ffmpeg::Stream, seen: &Seen) -> Option<SoundTrack> {
    let parameters = stream.parameters();
    let rate_hz = parameters.sample_rate();
    let base = stream.time_base();
    let ticks = i128::from(seen.ticks) * i128::from(base.numerator()) * i128::from(rate_hz);
    let samples = ticks / i128::from(base.denominator().max(1));
    (rate_hz > 0 && samples > 0).then(|| SoundTrack {
        rate_hz,
        samples: u64::try_from(samples).unwrap_or(u64::MAX),
        channels: parameters.ch_layout().channels(),
        codec: parameters.id().name().to_owned(),
    })
}

/// The frame rate: the container's nominal one if the average is near it, else the average.
pub(super) fn rate_of(stream: &ffmpeg::Stream) -> Option<FrameRate> {
    let rate = |rate: ffmpeg::Rational| {
        let part = |number: i32| u32::try_from(number).ok().filter(|&number| number > 0);
        FrameRate::new(part(rate.numerator())?, part(rate.denominator())?)
    };
    let [average, promised] = [stream.avg_frame_rate(), stream.rate()].map(rate);
    let (Some(average), Some(promised)) = (average, promised) else {
        return average.or(promised);
    };
    let is_near = (promised.per_second() / average.per_second() - 1.0).abs() < 0.01;
    Some(if is_near { promised } else { average })
}

/// The size in square pixels; the height is kept.
pub(super) fn square([width, height]: [u32; 2], aspect: ffmpeg::Rational) -> (u32, u32) {
    let (across, down) = (aspect.numerator(), aspect.denominator());
    match across > 0 && down > 0 && across != down {
        true => {
            let wide = f64::from(width) * f64::from(across) / f64::from(down);
            ((wide / 2.0).round() as u32 * 2, height)
        }
        false => (width, height),
    }
}
