//! Where the tokens of picture and sound are: intervals of seconds, of rows and of columns of pixels.
//! Keyframes and reference videos are more tokens of the picture, at places of their own.
//!
//! Source: diffusers `LTX2AudioVideoRotaryPosEmbed` (`prepare_video_coords`, `prepare_audio_coords`),
//! `LTX2ConditionPipeline._prepare_keyframe_coords`, `LTX2InContextPipeline`. All numbers are fp32, as there.

use std::ops::Range;

use tch::Tensor;

/// Frames of the picture in a latent frame. The first latent frame has one.
const FRAMES: f32 = 8.0;
/// Pixels along each side of a latent position.
const PIXELS: f32 = 32.0;
/// Rows of the spectrogram in a token of the sound. The first token has one.
const SPECTRA: f32 = 4.0;
/// Samples between rows of the spectrogram.
const HOP: f32 = 160.0;
/// Samples of the spectrogram's sound in a second.
const SAMPLE_RATE: f32 = 16_000.0;

/// Start and end on one axis.
type Interval = [f32; 2];

/// The tokens of a clip, on a grid of latent frames x rows x columns: 1 x 3 x l x 2.
pub fn clip(grid: [i64; 3], frames_per_second: f64) -> Tensor {
    video(grid, |frame| {
        let at = |frame: f32| causal(frame, FRAMES) / frames_per_second as f32;
        [at(frame), at(frame + 1.0)]
    })
}

/// The tokens of given pictures that begin at frame `first` of the clip, on a grid of latent frames x rows x columns:
/// 1 x 3 x l x 2. A single picture lasts one frame, a clip of several 8 for each latent frame.
pub fn keyframe(
    first: i64,
    grid: [i64; 3],
    is_single_picture: bool,
    frames_per_second: f64,
) -> Tensor {
    let frames = if is_single_picture { 1.0 } else { FRAMES };
    video(grid, |frame| {
        let start = frame * FRAMES + first as f32;
        let rate = frames_per_second as f32;
        [start / rate, (start + frames) / rate]
    })
}

/// The tokens of a reference video that is `factor` times smaller than the clip along each side: 1 x 3 x l x 2. The
/// places of the grid are those of the clip.
pub fn reference(grid: [i64; 3], frames_per_second: f64, factor: f64) -> Tensor {
    let positions = clip(grid, frames_per_second);
    let scales = [1.0, factor as f32, factor as f32];
    positions * Tensor::from_slice(&scales).view([1, 3, 1, 1])
}

/// The tokens of a sound, by their numbers from its beginning, 25 in a second: 1 x 1 x t x 2.
pub fn sound(tokens: Range<i64>) -> Tensor {
    let at = |token: f32| causal(token, SPECTRA) * HOP / SAMPLE_RATE;
    let intervals = tokens.map(|token| [at(token as f32), at(token as f32 + 1.0)]);
    let intervals: Vec<Interval> = intervals.collect();
    Tensor::from_slice(intervals.as_flattened()).view([1, 1, -1, 2])
}

/// The first latent position stands for one place, each other one for `length` places.
fn causal(position: f32, length: f32) -> f32 {
    (position * length + 1.0 - length).max(0.0)
}

/// The tokens of a grid, by the seconds of a latent frame.
fn video([frames, rows, columns]: [i64; 3], seconds: impl Fn(f32) -> Interval) -> Tensor {
    let pixels = |at: i64| [at as f32 * PIXELS, (at + 1) as f32 * PIXELS];
    let places = (0..frames).flat_map(|frame| {
        let places = (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)));
        places.map(move |(row, column)| (frame, row, column))
    });
    let places: Vec<(i64, i64, i64)> = places.collect();
    let mut intervals: Vec<Interval> = Vec::with_capacity(3 * places.len());
    intervals.extend(places.iter().map(|(frame, _, _)| seconds(*frame as f32)));
    intervals.extend(places.iter().map(|(_, row, _)| pixels(*row)));
    intervals.extend(places.iter().map(|(_, _, column)| pixels(*column)));
    Tensor::from_slice(intervals.as_flattened()).view([1, 3, -1, 2])
}
