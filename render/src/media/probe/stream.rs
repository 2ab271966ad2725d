//! What a container says about a stream: its clock, rates and pixel shape, and the size at which its pictures are shown.
//! Nothing is decoded.

use ffmpeg::codec;
use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::FrameRate;

use crate::media::orientation::Orientation;

/// The size of a video stream as shown, in square pixels; `None` if it has none.
pub(super) fn size_of(stream: &ffmpeg::Stream) -> Option<[u32; 2]> {
    let parameters = stream.parameters();
    let (width, height) = square(
        [parameters.width(), parameters.height()],
        shape_of(stream).unwrap_or_else(|| parameters.sample_aspect_ratio()),
    );
    (width > 0 && height > 0).then(|| Orientation::of_stream(stream).size_of([width, height]))
}

/// The pixel format of a video stream; `None` of the formats, if there is no decoder for it.
pub(super) fn format_of(stream: &ffmpeg::Stream) -> Pixel {
    let context = codec::Context::from_parameters(stream.parameters());
    let decoder = context.and_then(|context| context.decoder().video());
    decoder.map_or(Pixel::None, |decoder| decoder.format())
}

/// The shape of a pixel by the container, which overrides that of the codec.
pub(in crate::media) fn shape_of(stream: &ffmpeg::Stream) -> Option<ffmpeg::Rational> {
    let shape = stream.sample_aspect_ratio();
    (shape.numerator() > 0 && shape.denominator() > 0).then_some(shape)
}

/// The end of the file in seconds of its clock, by its own account.
pub(super) fn seconds_of_file(input: &ffmpeg::format::context::Input) -> Option<f64> {
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

/// The seconds of a tick of a stream's clock, as a fraction.
pub(in crate::media) fn tick_of(stream: &ffmpeg::Stream) -> Option<(u32, u32)> {
    let base = stream.time_base();
    let part = |number: i32| u32::try_from(number).ok().filter(|&number| number > 0);
    Some((part(base.numerator())?, part(base.denominator())?))
}

/// The rates that a file names: the container's nominal one first if the average is near it, else the average.
pub(in crate::media) fn rates_of(stream: &ffmpeg::Stream) -> Vec<FrameRate> {
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
pub(in crate::media) fn square([width, height]: [u32; 2], aspect: ffmpeg::Rational) -> (u32, u32) {
    let (across, down) = (aspect.numerator(), aspect.denominator());
    match across > 0 && down > 0 && across != down {
        true => {
            let wide = f64::from(width) * f64::from(across) / f64::from(down);
            ((wide / 2.0).round().max(1.0) as u32 * 2, height)
        }
        false => (width, height),
    }
}
