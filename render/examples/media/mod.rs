//! A video for benchmarks: soft shapes that move over one another, with sound.

use std::path::Path;

use kinora_render::{Content, Format, Picture, Writer};
use kinora_timeline::FrameRate;

pub const SIZE: [u32; 2] = [1920, 1080];

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Writes a video of this many frames, at 24 per second.
pub fn write(path: &Path, frames: i64) -> Result<()> {
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(path, Format::MP4_QUICK, content)?;
    for frame in 0..frames {
        writer.picture(&picture(frame as f32 / 24.0))?;
        writer.sound(&[0.1; 4000])?;
    }
    Ok(writer.finish()?)
}

/// Crossing waves, each colour at its own speed; a wave's height is looked up by column and row.
fn picture(seconds: f32) -> Picture {
    let [width, height] = SIZE;
    let columns = waves(width, [(90.0, 2.0), (140.0, -1.3), (61.0, 0.7)], seconds);
    let rows = waves(height, [(75.0, -1.1), (50.0, 1.9), (130.0, 0.4)], seconds);
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for row in &rows {
        for column in &columns {
            let colour = [0, 1, 2].map(|at| (127.0 + 60.0 * (column[at] + row[at])) as u8);
            rgba.extend(colour);
            rgba.push(255);
        }
    }
    Picture {
        width,
        height,
        rgba,
    }
}

/// Three waves, each with its wavelength in pixels and its speed.
fn waves(count: u32, kinds: [(f32, f32); 3], seconds: f32) -> Vec<[f32; 3]> {
    let at = |at: u32| kinds.map(|(length, speed)| (at as f32 / length + speed * seconds).sin());
    (0..count).map(at).collect()
}
