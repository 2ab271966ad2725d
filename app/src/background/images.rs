//! Thumbnails of imported pictures (cast, keyframes), read on one thread and cached while the project is open.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use kinora_studio::render::Picture;
use kinora_studio::render::media::read_still;
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::timeline::ContentHash;

/// The longest side of a thumbnail, in pixels.
const LONGEST_SIDE: u32 = 320;

/// Thumbnails, by the content hash of their picture.
pub struct ImageCache {
    requests: Sender<ContentHash>,
    results: Receiver<(ContentHash, Option<ColorImage>)>,
    /// None: requested and not read yet, or not readable.
    textures: RefCell<HashMap<ContentHash, Option<TextureHandle>>>,
}

impl ImageCache {
    /// The cache of the project in this folder. Starts the thread.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (requests, requested) = channel::<ContentHash>();
        let (sender, results) = channel();
        let (files, ctx) = (ProjectFiles::of(folder), ctx.clone());
        std::thread::spawn(move || {
            for content in requested {
                let image = files
                    .picture(content)
                    .and_then(|path| thumbnail_of(&path, LONGEST_SIDE));
                if sender.send((content, image)).is_err() {
                    return; // the project was closed
                }
                ctx.request_repaint();
            }
        });
        Self {
            requests,
            results,
            textures: RefCell::default(),
        }
    }

    /// The thumbnail of a picture of the project. None: it is not read yet, or not readable.
    pub fn get(&self, ctx: &Context, content: ContentHash) -> Option<TextureHandle> {
        let mut textures = self.textures.borrow_mut();
        for (content, image) in self.results.try_iter() {
            let name = content.to_string();
            let load = |image| ctx.load_texture(name, image, TextureOptions::LINEAR);
            textures.insert(content, image.map(load));
        }
        let request = || {
            self.requests.send(content).ok();
            None
        };
        textures.entry(content).or_insert_with(request).clone()
    }

    /// Reads a picture again when it is next needed: its file was missing.
    pub fn forget(&self, content: ContentHash) {
        self.textures.borrow_mut().remove(&content);
    }
}

/// The picture in a file, with its longest side of so many pixels. `None`: it cannot be read.
pub fn thumbnail_of(path: &Path, longest_side: u32) -> Option<ColorImage> {
    let picture = read_still(path).ok()?;
    let picture = picture.thumbnail(longest_side, longest_side).into_rgba8();
    Some(colour_image(&picture.into()))
}

/// A picture in egui's form.
pub fn colour_image(picture: &Picture) -> ColorImage {
    let size = [picture.width as usize, picture.height as usize];
    ColorImage::from_rgba_unmultiplied(size, &picture.rgba)
}
