//! Tests of written files: pictures, sound and the files themselves are read back and compared with what was given.
//! Pictures are noise, or blocks that encode their number.

mod colours;
mod files;
mod frames;
mod sound;

use super::*;
use crate::media::read_sound;

const SIZE: [u32; 2] = [96, 64];

fn content(rate: FrameRate) -> Content {
    Content {
        size: SIZE,
        rate,
        has_sound: true,
    }
}

/// Noise, different for each number, which does not compress.
fn noise(number: u32) -> Picture {
    let mut state = number.wrapping_mul(2_654_435_761) | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    let [width, height] = SIZE;
    let pixels = (0..width * height).flat_map(|_| [byte(), byte(), byte(), 255]);
    Picture {
        width,
        height,
        rgba: pixels.collect(),
    }
}

/// A picture that encodes its number: eight blocks, white or black, from the lowest bit on.
fn numbered(number: u32) -> Picture {
    let [width, height] = SIZE;
    let pixels = (0..width * height).flat_map(|at| {
        let bit = at % width / (width / 8);
        match number >> bit & 1 {
            1 => [255, 255, 255, 255],
            _ => [0, 0, 0, 255],
        }
    });
    Picture {
        width,
        height,
        rgba: pixels.collect(),
    }
}

fn number_in(picture: &Picture) -> u32 {
    let block = picture.width / 8;
    let bit = |at: u32| picture.pixel(at * block + block / 2, picture.height / 2)[1] > 127;
    (0..8).map(|at| u32::from(bit(at)) << at).sum()
}

fn write(
    path: &Path,
    preset: &'static Format,
    rate: FrameRate,
    pictures: &[Picture],
    samples: &[f32],
) {
    let mut writer = Writer::create(path, preset, content(rate)).expect("a writer");
    for picture in pictures {
        writer.picture(picture).expect("a picture");
    }
    writer.sound(samples).expect("sound");
    writer.finish().expect("finished");
}

fn sound_of(path: &Path) -> Vec<f32> {
    let mut samples = Vec::new();
    read_sound(path, &mut |piece| {
        samples.extend_from_slice(piece);
        true
    })
    .expect("sound");
    samples
}
