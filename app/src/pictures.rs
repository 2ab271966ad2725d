//! Small pictures of the cast, read on other threads and kept as long as the film is open.

use std::collections::HashMap;
use std::path::Path;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use kinora_studio::render::Picture;
use kinora_studio::render::film::FilmFiles;
use kinora_studio::render::media::read_still;
use kinora_studio::timeline::ContentHash;

use crate::later::{Later, Progress};

/// The longest side a picture is kept with, in pixels.
const LONGEST_SIDE: u32 = 320;

/// Pictures by their content.
#[derive(Default)]
pub struct Pictures(HashMap<ContentHash, State>);

enum State {
    Coming(Later<Option<ColorImage>>),
    There(TextureHandle),
    /// It is no picture, or not there.
    Missing,
}

impl Pictures {
    /// A picture that was brought into the film of this folder, once it was found and read.
    pub fn of_film(
        &mut self,
        ctx: &Context,
        folder: &Path,
        content: ContentHash,
    ) -> Option<&TextureHandle> {
        let state = self.0.entry(content).or_insert_with(|| {
            let files = FilmFiles::of(folder);
            State::Coming(Later::start(ctx, move || read(&files.picture(content)?)))
        });
        if let State::Coming(later) = state {
            let read = match later.look() {
                Progress::Working => return None,
                Progress::Done(read) => read,
                Progress::Lost => None,
            };
            let name = content.to_string();
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
    let picture = read_still(path).ok()?;
    let picture = picture.thumbnail(LONGEST_SIDE, LONGEST_SIDE).into_rgba8();
    Some(colour_image(&picture.into()))
}

/// A picture as a texture is made of it.
pub fn colour_image(picture: &Picture) -> ColorImage {
    let size = [picture.width as usize, picture.height as usize];
    ColorImage::from_rgba_unmultiplied(size, &picture.rgba)
}
