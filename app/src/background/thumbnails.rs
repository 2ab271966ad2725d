//! Filmstrips and waveforms for the timeline and the takes, made on one thread, the newest request first, and
//! cached while the project is open.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::{Context, Rect, TextureHandle, TextureOptions, pos2};
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::render::{Strip, Wave};
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::media::{Medium, PictureSettings};

use super::images::colour_image;

/// A filmstrip: frames of a clip side by side in one texture.
#[derive(Clone)]
pub struct FilmstripTexture {
    pub texture: TextureHandle,
    count: u32,
}

impl FilmstripTexture {
    /// The part of the texture that shows a position in the clip, from 0 to 1.
    pub fn frame_at(&self, place: f32) -> Rect {
        let count = self.count.max(1) as f32;
        let frame = (place * count).floor().clamp(0.0, count - 1.0);
        Rect::from_min_max(pos2(frame / count, 0.0), pos2((frame + 1.0) / count, 1.0))
    }
}

/// A filmstrip: the content of its video, and the settings that it is read with.
type StripKey = (ContentHash, PictureSettings);

/// Filmstrips and waveforms by content hash. None: requested and not made yet, or not possible.
pub struct ThumbnailCache {
    files: ProjectFiles,
    requests: Sender<Request>,
    results: Receiver<Thumbnail>,
    strips: RefCell<HashMap<StripKey, Option<FilmstripTexture>>>,
    waves: RefCell<HashMap<ContentHash, Option<Arc<Wave>>>>,
}

enum Request {
    Strip(StripKey, PathBuf),
    Wave(ContentHash, PathBuf),
}

enum Thumbnail {
    Strip(StripKey, Strip),
    Wave(ContentHash, Arc<Wave>),
}

impl ThumbnailCache {
    /// The cache of the project in this folder. Starts the thread.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (requests, requested) = channel();
        let (sender, results) = channel();
        let files = ProjectFiles::of(folder);
        let (shared, ctx) = (files.clone(), ctx.clone());
        std::thread::spawn(move || work(&shared, &requested, &sender, &ctx));
        Self {
            files,
            requests,
            results,
            strips: RefCell::default(),
            waves: RefCell::default(),
        }
    }

    /// Takes the results since the last frame.
    pub fn poll(&mut self, ctx: &Context) {
        while let Ok(thumbnail) = self.results.try_recv() {
            match thumbnail {
                Thumbnail::Strip(key, strip) => {
                    let image = colour_image(&strip.picture);
                    let name = format!("strip {}", key.0);
                    let texture = ctx.load_texture(name, image, TextureOptions::LINEAR);
                    let count = strip.count;
                    let strip = FilmstripTexture { texture, count };
                    self.strips.get_mut().insert(key, Some(strip));
                }
                Thumbnail::Wave(content, wave) => {
                    self.waves.get_mut().insert(content, Some(wave));
                }
            }
        }
    }

    /// The filmstrip of a take.
    pub fn of_take(&self, take: ContentHash) -> Option<FilmstripTexture> {
        let path = self.files.take_clip(take);
        self.strip((take, PictureSettings::default()), path)
    }

    /// The filmstrip of a medium.
    pub fn of_medium(&self, medium: &Medium) -> Option<FilmstripTexture> {
        let path = self.files.medium(medium);
        self.strip((medium.content, medium.picture), path)
    }

    /// The waveform of a medium.
    pub fn wave(&self, medium: &Medium) -> Option<Arc<Wave>> {
        self.wave_of(medium.content, || self.files.medium(medium))
    }

    /// The waveform of a take's sound. `None` for a silent one.
    pub fn wave_of_take(&self, take: ContentHash) -> Option<Arc<Wave>> {
        let key = ProjectFiles::take_sound_key(take);
        self.wave_of(key, || self.files.take_sound(take))
    }

    fn wave_of(&self, key: ContentHash, path: impl FnOnce() -> PathBuf) -> Option<Arc<Wave>> {
        let request = || {
            self.requests.send(Request::Wave(key, path())).ok();
            None
        };
        let mut waves = self.waves.borrow_mut();
        waves.entry(key).or_insert_with(request).clone()
    }

    /// Makes the thumbnails of a medium again when they are next needed: its file was missing.
    pub fn forget(&self, medium: &Medium) {
        self.strips
            .borrow_mut()
            .retain(|(content, _), _| *content != medium.content);
        self.waves.borrow_mut().remove(&medium.content);
    }

    fn strip(&self, key: StripKey, path: PathBuf) -> Option<FilmstripTexture> {
        let request = || {
            self.requests.send(Request::Strip(key, path)).ok();
            None
        };
        let mut strips = self.strips.borrow_mut();
        strips.entry(key).or_insert_with(request).clone()
    }
}

fn work(
    files: &ProjectFiles,
    requested: &Receiver<Request>,
    results: &Sender<Thumbnail>,
    ctx: &Context,
) {
    let mut waiting = Vec::new();
    loop {
        if waiting.is_empty() {
            match requested.recv() {
                Ok(request) => waiting.push(request),
                Err(_) => return,
            }
        }
        waiting.extend(requested.try_iter());
        let made = match waiting.pop() {
            Some(Request::Strip(key, path)) => {
                let (content, settings) = key;
                let place = files.strip(content, settings);
                Strip::open(&path, settings, &place, &files.probe(content))
                    .map(|strip| Thumbnail::Strip(key, strip))
            }
            Some(Request::Wave(content, path)) => Wave::open(
                &path,
                &files.conformed_sound(content),
                &files.probe(content),
            )
            .map(|wave| Thumbnail::Wave(content, Arc::new(wave))),
            None => continue,
        };
        match made {
            Ok(made) => {
                if results.send(made).is_err() {
                    return; // the project was closed
                }
                ctx.request_repaint();
            }
            Err(error) => tracing::debug!("no thumbnail: {error}"),
        }
    }
}
