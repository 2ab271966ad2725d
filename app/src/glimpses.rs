//! What clips look and sound like at a glance, for the timeline and the takes: made one after the other on a thread
//! of its own, the newest wish first, and kept as long as the film is open.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::{Context, Rect, TextureHandle, TextureOptions, pos2};
use kinora_studio::render::film::FilmFiles;
use kinora_studio::render::{Strip, Wave};
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::media::Medium;

use crate::pictures::colour_image;

/// Frames of a film, side by side on the card.
#[derive(Clone)]
pub struct StripOnCard {
    pub texture: TextureHandle,
    count: u32,
}

impl StripOnCard {
    /// The part of the texture that stands for a place in the film, from 0 to 1.
    pub fn frame_at(&self, place: f32) -> Rect {
        let count = self.count.max(1) as f32;
        let frame = (place * count).floor().clamp(0.0, count - 1.0);
        Rect::from_min_max(pos2(frame / count, 0.0), pos2((frame + 1.0) / count, 1.0))
    }
}

/// All that were wished for. What is not there yet, or cannot be made, is `None`.
pub struct Glimpses {
    files: FilmFiles,
    wishes: Sender<Wish>,
    made: Receiver<Made>,
    strips: HashMap<ContentHash, Option<StripOnCard>>,
    waves: HashMap<ContentHash, Option<Arc<Wave>>>,
}

enum Wish {
    Strip(ContentHash, PathBuf),
    Wave(ContentHash, PathBuf),
}

enum Made {
    Strip(ContentHash, Strip),
    Wave(ContentHash, Arc<Wave>),
}

impl Glimpses {
    /// Of the film in this folder.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (wishes, wished) = channel();
        let (tell, made) = channel();
        let files = FilmFiles::of(folder);
        let (maker, ctx) = (files.clone(), ctx.clone());
        std::thread::spawn(move || make(&maker, &wished, &tell, &ctx));
        Self {
            files,
            wishes,
            made,
            strips: HashMap::new(),
            waves: HashMap::new(),
        }
    }

    /// Takes in what was made.
    pub fn live(&mut self, ctx: &Context) {
        while let Ok(made) = self.made.try_recv() {
            match made {
                Made::Strip(content, strip) => {
                    let image = colour_image(&strip.picture);
                    let name = format!("strip {content}");
                    let texture = ctx.load_texture(name, image, TextureOptions::LINEAR);
                    let count = strip.count;
                    self.strips
                        .insert(content, Some(StripOnCard { texture, count }));
                }
                Made::Wave(content, wave) => {
                    self.waves.insert(content, Some(wave));
                }
            }
        }
    }

    /// A take's frames.
    pub fn of_take(&mut self, take: ContentHash) -> Option<StripOnCard> {
        let path = self.files.take_clip(take);
        self.strip(take, path)
    }

    /// A medium's frames.
    pub fn of_medium(&mut self, medium: &Medium) -> Option<StripOnCard> {
        let path = self.files.medium(medium);
        self.strip(medium.content, path)
    }

    /// The shape of a medium's sound.
    pub fn wave(&mut self, medium: &Medium) -> Option<Arc<Wave>> {
        if let Some(known) = self.waves.get(&medium.content) {
            return known.clone();
        }
        let path = self.files.medium(medium);
        self.wishes.send(Wish::Wave(medium.content, path)).ok();
        self.waves.insert(medium.content, None);
        None
    }

    fn strip(&mut self, content: ContentHash, path: PathBuf) -> Option<StripOnCard> {
        if let Some(known) = self.strips.get(&content) {
            return known.clone();
        }
        self.wishes.send(Wish::Strip(content, path)).ok();
        self.strips.insert(content, None);
        None
    }
}

fn make(files: &FilmFiles, wished: &Receiver<Wish>, tell: &Sender<Made>, ctx: &Context) {
    let mut waiting = Vec::new();
    loop {
        if waiting.is_empty() {
            match wished.recv() {
                Ok(wish) => waiting.push(wish),
                Err(_) => return,
            }
        }
        waiting.extend(wished.try_iter());
        let made = match waiting.pop() {
            Some(Wish::Strip(content, path)) => {
                Strip::open(&path, &files.strip(content)).map(|strip| Made::Strip(content, strip))
            }
            Some(Wish::Wave(content, path)) => Wave::open(&path, &files.conformed_sound(content))
                .map(|wave| Made::Wave(content, Arc::new(wave))),
            None => continue,
        };
        match made {
            Ok(made) => {
                if tell.send(made).is_err() {
                    return; // the film was closed
                }
                ctx.request_repaint();
            }
            Err(error) => tracing::debug!("no glimpse: {error}"),
        }
    }
}
