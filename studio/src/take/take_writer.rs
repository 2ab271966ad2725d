//! Writes a take: frames first, `take.ron` last. A folder without `take.ron` is not a take.

use std::fs;

use kinora_render::export::write_png;
use kinora_render::{Content, Format, MediaError, Picture, Writer};
use kinora_timeline::file::{Disk as _, RealDisk, sealed};
use kinora_timeline::{ContentHash, FrameRate, ShotId};
use kinora_wire::{Failure, PixelShape, Timings};
use serde::Serialize;

use super::recipe::Recipe;
use super::take_store::{TAKE_FILE, TakeStore, unwritable};
use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;

/// `take.ron` as it is written.
#[derive(Serialize)]
struct TakeFile {
    recipe: Recipe,
    #[serde(skip_serializing_if = "Option::is_none")]
    poster: Option<ContentHash>,
    shot: ShotId,
    clip: ContentHash,
    frames: ContentHash,
    made_at: u64,
    timings: Timings,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl TakeStore {
    /// Starts a take. The remains of an unfinished one are overwritten.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn begin(&self, recipe: Recipe, shot: ShotId) -> Result<TakeWriter, Failure> {
        let hash = recipe.hash();
        let folder = self.files.take(hash);
        fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        let rate = FrameRate::new(recipe.settings.rate, 1)
            .ok_or_else(|| Failure::bug("a recipe without a rate"))?;
        let content = Content {
            size: recipe.picture_size(),
            rate,
            has_sound: false,
        };
        let writer = Writer::create(&self.files.take_clip(hash), Format::TAKE, content);
        Ok(TakeWriter {
            takes: self.clone(),
            hash,
            recipe,
            shot,
            writer: writer.map_err(|error| failure_of(&error))?,
            frames: blake3::Hasher::new(),
            count: 0,
            poster: None,
        })
    }
}

/// A take that is being written.
pub struct TakeWriter {
    takes: TakeStore,
    hash: ContentHash,
    recipe: Recipe,
    shot: ShotId,
    writer: Writer,
    frames: blake3::Hasher,
    count: u32,
    poster: Option<Picture>,
}

impl TakeWriter {
    /// The name of the take: the hash of its recipe.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// The number of frames written.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Appends frames.
    ///
    /// # Errors
    /// The disk is full; the frames do not have the recipe's size.
    pub fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        let [width, height] = self.recipe.picture_size();
        if [shape.width, shape.height] != [width, height] {
            return Err(Failure::bug(format!(
                "the engine sent frames of {}x{} where the recipe asks for {width}x{height}",
                shape.width, shape.height
            )));
        }
        for frame in shape.split(pixels) {
            let picture = Picture::of_rgb(shape.width, shape.height, frame);
            self.write(frame, picture)
                .map_err(|error| failure_of(&error))?;
        }
        Ok(())
    }

    fn write(&mut self, frame: &[u8], picture: Picture) -> Result<(), MediaError> {
        self.writer.picture(&picture)?;
        self.frames.update(frame);
        let poster_frame = match self.recipe.is_still {
            true => 0,
            false => self.recipe.settings.frames / 2,
        };
        if self.count == poster_frame {
            self.poster = Some(picture);
        }
        self.count += 1;
        Ok(())
    }

    /// Finishes the take. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// Frames are missing; the disk is full. Then there is no take.
    pub fn finish(
        self,
        timings: Timings,
        hint: Option<String>,
        now: u64,
    ) -> Result<ContentHash, Failure> {
        if self.count != self.recipe.settings.frames {
            let cause = format!(
                "{} frames were received instead of {}",
                self.count, self.recipe.settings.frames
            );
            return Err(Failure::bug(cause));
        }
        self.writer.finish().map_err(|error| failure_of(&error))?;
        let poster = match &self.poster {
            Some(poster) => {
                let path = self.takes.poster(self.hash);
                write_png(&path, poster).map_err(|error| failure_of(&error))?;
                Some(hash_of(&path).map_err(|error| unwritable(&path, &error))?)
            }
            None => None,
        };
        let clip = self.takes.files.take_clip(self.hash);
        let frames = self.frames.finalize().to_hex().to_string();
        let take = TakeFile {
            clip: hash_of(&clip).map_err(|error| unwritable(&clip, &error))?,
            frames: ContentHash::try_from(frames).map_err(Failure::bug)?,
            poster,
            recipe: self.recipe,
            shot: self.shot,
            made_at: now,
            timings,
            hint,
        };
        let lines = ron::ser::PrettyConfig::new().depth_limit(3);
        let text = ron::ser::to_string_pretty(&take, lines)
            .map_err(|error| Failure::bug(error.to_string()))?;
        let path = self.takes.folder(self.hash).join(TAKE_FILE);
        RealDisk
            .replace(&path, sealed(&text).as_bytes())
            .map_err(|error| unwritable(&path, &error))?;
        Ok(self.hash)
    }
}
