//! Small pictures from the disk (portraits, posters), read on other threads and kept as long as the film is open.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::later::{Later, Progress};

/// The longest side a picture is kept with, in pixels.
const LONGEST_SIDE: u32 = 320;

/// Pictures by their files.
#[derive(Default)]
pub struct Pictures(HashMap<PathBuf, State>);

enum State {
    Coming(Later<Option<ColorImage>>),
    There(TextureHandle),
    /// It is no picture, or not there.
    Missing,
}

impl Pictures {
    /// The picture in a file, once it was read.
    pub fn texture(&mut self, ctx: &Context, path: &Path) -> Option<&TextureHandle> {
        let state = self.0.entry(path.to_owned()).or_insert_with(|| {
            let path = path.to_owned();
            State::Coming(Later::start(ctx, move || read(&path)))
        });
        if let State::Coming(later) = state {
            let read = match later.look() {
                Progress::Working => return None,
                Progress::Done(read) => read,
                Progress::Lost => None,
            };
            let name = path.display().to_string();
            let load = |image| State::There(ctx.load_texture(name, image, TextureOptions::LINEAR));
            *state = read.map_or(State::Missing, load);
        }
        match state {
            State::There(texture) => Some(texture),
            _ => None,
        }
    }
}

fn read(path: &Path) -> Option<ColorImage> {
    let picture = image::open(path).ok()?;
    let picture = picture.thumbnail(LONGEST_SIDE, LONGEST_SIDE).into_rgba8();
    let size = [picture.width() as usize, picture.height() as usize];
    Some(ColorImage::from_rgba_unmultiplied(size, picture.as_raw()))
}
