//! Writes a take: frames and sound first, each into its own file as it arrives, `take.ron` last. A folder without
//! `take.ron` is not a take.

use std::fs;

use kinora_render::export::write_png;
use kinora_render::{Content, Format, MediaError, Picture, Writer};
use kinora_timeline::file::{Disk as _, RealDisk, sealed};
use kinora_timeline::{ContentHash, FrameRate, ShotId};
use kinora_wire::{Failure, PixelShape, SoundShape, Timings};
use serde::Serialize;

use super::failure::unwritable;
use super::recipe::Recipe;
use super::take_sound::{SoundWriter, TakeSound};
use super::take_store::{TAKE_FILE, TakeStore, bare};
use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;

/// `take.ron` as it is written.
#[derive(Serialize)]
struct TakeFile {
    recipe: Recipe,
    #[serde(skip_serializing_if = "Option::is_none")]
    poster: Option<ContentHash>,
    shot: ShotId,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "bare::write"
    )]
    clip: Option<ContentHash>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "bare::write"
    )]
    frames: Option<ContentHash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<TakeSound>,
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
        let makes = recipe.inputs.makes;
        let picture = makes.has_picture().then(|| {
            let content = Content {
                size: recipe.picture_size(),
                rate,
                has_sound: false,
            };
            Writer::create(&self.files.take_clip(hash), Format::TAKE, content)
        });
        let sound = makes.has_sound().then(|| {
            self.forget_sound(hash); // of the remains
            SoundWriter::create(&self.files.take_sound(hash), &recipe.settings)
        });
        Ok(TakeWriter {
            takes: self.clone(),
            hash,
            recipe,
            shot,
            picture: picture.transpose().map_err(|error| failure_of(&error))?,
            sound: sound.transpose().map_err(|error| failure_of(&error))?,
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
    /// `None` for sound alone.
    picture: Option<Writer>,
    /// `None` for a silent take.
    sound: Option<SoundWriter>,
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
        if self.picture.is_none() {
            return Err(Failure::bug(
                "the engine sent frames where the recipe asks for sound alone",
            ));
        }
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

    /// Appends sound.
    ///
    /// # Errors
    /// The disk is full; the recipe has no sound; a fault of the engine.
    pub fn add_sound(
        &mut self,
        first_sample: u64,
        shape: SoundShape,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let silent = || Failure::bug("the engine sent sound where the recipe asks for none");
        let sound = self.sound.as_mut().ok_or_else(silent)?;
        sound.add(first_sample, shape, bytes)
    }

    fn write(&mut self, frame: &[u8], picture: Picture) -> Result<(), MediaError> {
        let Some(writer) = &mut self.picture else {
            return Ok(());
        };
        writer.picture(&picture)?;
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
        mut self,
        timings: Timings,
        hint: Option<String>,
        now: u64,
    ) -> Result<ContentHash, Failure> {
        let frames = self.recipe.settings.frames;
        if self.picture.is_some() && self.count != frames {
            let cause = format!("{} frames were received instead of {frames}", self.count);
            return Err(Failure::bug(cause));
        }
        let sound = self.finish_sound()?;
        let clip = self.finish_picture()?;
        let poster = match &self.poster {
            Some(poster) => {
                let path = self.takes.poster(self.hash);
                write_png(&path, poster).map_err(|error| failure_of(&error))?;
                Some(hash_of(&path).map_err(|error| unwritable(&path, &error))?)
            }
            None => None,
        };
        let frames = self.frames.finalize().to_hex().to_string();
        let frames = ContentHash::try_from(frames).map_err(Failure::bug)?;
        let take = TakeFile {
            clip,
            frames: clip.map(|_| frames),
            sound,
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

    /// The hash of the finished file of frames.
    fn finish_picture(&mut self) -> Result<Option<ContentHash>, Failure> {
        let Some(writer) = self.picture.take() else {
            return Ok(None);
        };
        writer.finish().map_err(|error| failure_of(&error))?;
        let clip = self.takes.files.take_clip(self.hash);
        let hash = hash_of(&clip).map_err(|error| unwritable(&clip, &error))?;
        Ok(Some(hash))
    }

    /// The finished file of sound. An upscaler makes none: an upscaled take has that of the small one.
    fn finish_sound(&mut self) -> Result<Option<TakeSound>, Failure> {
        let Some(mut sound) = self.sound.take() else {
            return Ok(None);
        };
        let files = &self.takes.files;
        if let Some(upscaled) = &self.recipe.upscaled
            && sound.is_empty()
        {
            sound.copy(&files.take_sound(upscaled.take))?;
        }
        sound.finish(&files.take_sound(self.hash)).map(Some)
    }
}

#[cfg(test)]
mod tests;
