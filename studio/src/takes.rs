//! The takes of a film on disk: one folder each, named by its recipe, never overwritten. Frames are written first
//! and `take.ron` last, so what has no `take.ron` is no take.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_render::export::write_png;
use kinora_render::film::FilmFiles;
use kinora_render::{Content, MediaError, Picture, Preset, Writer};
use kinora_timeline::file::{Disk as _, RealDisk, is_sealed, sealed};
use kinora_timeline::{ContentHash, FrameRate, ShotId};
use kinora_wire::{Failure, PixelShape, Timings};
use serde::{Deserialize, Serialize};

use crate::check::hash_of;
use crate::clip_file::failure_of;
use crate::recipe::Recipe;

const TAKE_FILE: &str = "take.ron";
const OPINION_FILE: &str = "opinion.ron";
const POSTER_FILE: &str = "poster.png";

/// A take, as `take.ron` tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// What it was made of.
    pub recipe: Recipe,
    /// The bytes of `poster.png`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster: Option<ContentHash>,
    /// The shot it was made for first.
    pub shot: ShotId,
    /// The bytes of `clip.mkv`.
    pub clip: ContentHash,
    /// Its frames, as red, green and blue: the same for two takes that are the same to the last bit.
    pub frames: ContentHash,
    /// When it was made, in seconds from 1970.
    pub made_at: u64,
    /// What it took.
    pub timings: Timings,
    /// What was to know of its prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What the artist thinks of a take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// From 0 to 5.
    pub stars: u8,
    /// Not to be shown unless asked for.
    pub is_rejected: bool,
}

/// All takes of a film.
#[derive(Clone, Debug)]
pub struct Takes {
    files: FilmFiles,
}

impl Takes {
    /// Of the project in this folder.
    pub fn of(folder: &Path) -> Self {
        Self {
            files: FilmFiles::of(folder),
        }
    }

    /// The take of a recipe, if it was made and is readable.
    pub fn find(&self, take: ContentHash) -> Option<Take> {
        let text = fs::read_to_string(self.files.take(take).join(TAKE_FILE)).ok()?;
        let found: Take = ron::from_str(&text).ok()?;
        (found.recipe.hash() == take).then_some(found)
    }

    /// All of them, by their names; the unreadable ones are left out (`check` tells of them).
    pub fn all(&self) -> Vec<(ContentHash, Take)> {
        let names = self.names().into_iter();
        names
            .filter_map(|name| Some((name, self.find(name)?)))
            .collect()
    }

    /// What the artist thinks of each, where something was said.
    pub fn opinions(&self) -> HashMap<ContentHash, Opinion> {
        let names = self.names().into_iter();
        let thought = names.map(|name| (name, self.opinion(name)));
        thought
            .filter(|(_, opinion)| *opinion != Opinion::default())
            .collect()
    }

    /// The names of all folders that say they are takes.
    pub fn names(&self) -> Vec<ContentHash> {
        let entries = fs::read_dir(self.files.takes())
            .into_iter()
            .flatten()
            .flatten();
        let named = entries.filter(|entry| entry.path().join(TAKE_FILE).exists());
        let mut names: Vec<ContentHash> = named
            .filter_map(|entry| ContentHash::try_from(entry.file_name().into_string().ok()?).ok())
            .collect();
        names.sort_unstable();
        names
    }

    /// Where a take's files lie.
    pub fn folder(&self, take: ContentHash) -> PathBuf {
        self.files.take(take)
    }

    /// A take's picture for cards and strips.
    pub fn poster(&self, take: ContentHash) -> PathBuf {
        self.files.take(take).join(POSTER_FILE)
    }

    /// What the artist thinks of it; nothing, if nothing was said.
    pub fn opinion(&self, take: ContentHash) -> Opinion {
        let text = fs::read_to_string(self.files.take(take).join(OPINION_FILE));
        text.ok()
            .and_then(|text| ron::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Keeps what the artist thinks of it.
    ///
    /// # Errors
    /// A full disk; what was thought before stays.
    pub fn think(&self, take: ContentHash, opinion: Opinion) -> Result<(), Failure> {
        let path = self.files.take(take).join(OPINION_FILE);
        let text = ron::to_string(&opinion).map_err(|error| Failure::bug(error.to_string()))?;
        RealDisk
            .replace(&path, sealed(&text).as_bytes())
            .map_err(|error| unwritable(&path, &error))
    }

    /// Whether a take is there with the very frames it was made of: no need to make it again.
    pub fn is_made(&self, take: ContentHash) -> bool {
        let clip = hash_of(&self.files.take_clip(take)).ok();
        let there = self.find(take).zip(clip);
        there.is_some_and(|(found, clip)| found.clip == clip)
    }

    /// What is wrong with a take's files, and with which; nothing, if all have the bytes they were written with.
    pub fn fault(&self, take: ContentHash) -> Option<(PathBuf, String)> {
        let told = self.files.take(take).join(TAKE_FILE);
        let is_whole = fs::read(&told).is_ok_and(|bytes| is_sealed(&bytes));
        let Some(found) = self.find(take).filter(|_| is_whole) else {
            return Some((told, "it is not what was written, or not there".into()));
        };
        let clip = (self.files.take_clip(take), Some(found.clip));
        let poster = (self.poster(take), found.poster);
        let faults = [clip, poster].into_iter().find_map(|(path, content)| {
            let what = match hash_of(&path) {
                Ok(there) if content.is_none_or(|content| content == there) => return None,
                Ok(_) => "its bytes have changed".to_owned(),
                Err(_) if content.is_none() => return None,
                Err(error) => format!("it cannot be read: {error}"),
            };
            Some((path, what))
        });
        faults.or_else(|| {
            let opinion = self.files.take(take).join(OPINION_FILE);
            let is_damaged = fs::read(&opinion).is_ok_and(|bytes| !is_sealed(&bytes));
            is_damaged.then(|| (opinion, "it is not what was written".into()))
        })
    }

    /// Begins a take. What a take that came to nothing has left there goes.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn begin(&self, recipe: Recipe, shot: ShotId) -> Result<TakeWriter, Failure> {
        let hash = recipe.hash();
        let folder = self.files.take(hash);
        fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        let rate = FrameRate::new(recipe.rate, 1)
            .ok_or_else(|| Failure::bug("a recipe without a rate"))?;
        let content = Content {
            size: recipe.size,
            rate,
            has_sound: false,
        };
        let writer = Writer::create(&self.files.take_clip(hash), Preset::Take, content);
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

/// A take that is coming.
pub struct TakeWriter {
    takes: Takes,
    hash: ContentHash,
    recipe: Recipe,
    shot: ShotId,
    writer: Writer,
    frames: blake3::Hasher,
    count: u32,
    poster: Option<Picture>,
}

impl TakeWriter {
    /// The name it will have.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Frames that have come.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The next frames.
    ///
    /// # Errors
    /// A full disk; frames of another size than the recipe's.
    pub fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        let bytes = PixelShape { frames: 1, ..shape }
            .bytes()
            .unwrap_or(usize::MAX);
        for frame in pixels.chunks_exact(bytes.max(1)) {
            let picture = Picture::of_rgb(shape.width, shape.height, frame);
            self.write(frame, picture)
                .map_err(|error| failure_of(&error))?;
        }
        Ok(())
    }

    fn write(&mut self, frame: &[u8], picture: Picture) -> Result<(), MediaError> {
        self.writer.picture(&picture)?;
        self.frames.update(frame);
        if self.count == self.recipe.frames / 2 {
            self.poster = Some(picture);
        }
        self.count += 1;
        Ok(())
    }

    /// All frames are there: the take is whole.
    ///
    /// # Errors
    /// Too few frames; a full disk. There is no take then.
    pub fn finish(
        self,
        timings: Timings,
        hint: Option<String>,
        now: u64,
    ) -> Result<ContentHash, Failure> {
        if self.count != self.recipe.frames {
            let cause = format!("{} frames came, and not {}", self.count, self.recipe.frames);
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
        let take = Take {
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

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {error}", path.display()),
        "make room on the disk; the takes you have are safe",
    )
}
