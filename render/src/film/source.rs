//! The pictures of what is cut into a film: frames of takes and imported films, stills, titles, and a slate for a
//! shot that has no take yet.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::imageops::FilterType::CatmullRom;
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::shot::Shot;
use kinora_timeline::title::{Align, Title, TitleRole};
use kinora_timeline::{ClipId, ContentHash, FrameRate, Frames, Project, Rounding, Source, TitleId};

use super::FilmFiles;
use crate::animatic::animatic_frame;
use crate::compose::{Layer, compose};
use crate::media::{MediaError, Picture, Planes, VideoReader, fitted, is_still, read_still};
use crate::title::TextRasterizer;

/// Films that are kept open: one for each clip, for two clips of one film are rarely at the same place.
const OPEN_FILMS: usize = 12;
/// Titles and stills that are kept.
const KEPT_PICTURES: usize = 32;
/// What a shot without a take is drawn on.
const SLATE: [u8; 4] = [38, 40, 46, 255];

/// All that was opened.
pub struct Sources {
    files: FilmFiles,
    films: HashMap<ClipId, OpenFilm>,
    pictures: BTreeMap<Key, Kept>,
    text_rasterizer: Option<TextRasterizer>,
    /// Counts what is asked for, to know what was not asked for the longest.
    clock: u64,
}

/// Where a medium's pictures lie, and of which sort they are.
enum MediumFile {
    Still(PathBuf),
    Film(PathBuf),
}

struct OpenFilm {
    path: PathBuf,
    size: [u32; 2],
    reader: VideoReader,
    used: u64,
}

struct Kept {
    picture: Arc<Picture>,
    used: u64,
}

/// A picture that does not move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Still(ContentHash, [u32; 2]),
    /// With everything that makes it what it is.
    Title(TitleId, String, [u32; 2]),
}

impl Sources {
    /// Nothing is open yet.
    pub fn new(files: FilmFiles) -> Self {
        Self {
            files,
            films: HashMap::new(),
            pictures: BTreeMap::new(),
            text_rasterizer: None,
            clock: 0,
        }
    }

    /// What a clip's source shows at a frame of its own, counted at the film's rate.
    pub fn picture(
        &mut self,
        film: &Project,
        clip: ClipId,
        source: Source,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Arc<Picture>, MediaError> {
        self.clock += 1;
        match source {
            Source::Shot(id) => {
                let Some(shot) = film.shot(id) else {
                    return Ok(nothing());
                };
                match shot.chosen {
                    Some(take) => {
                        let path = self.files.take_clip(take);
                        self.frame_of(clip, &path, frame, film.rate(), size)
                    }
                    None => Ok(self.without_take(film, shot, frame, size)),
                }
            }
            Source::Medium(id) => match film.medium(id) {
                Some(medium) if medium.has_picture => self.medium(film, clip, medium, frame, size),
                _ => Ok(nothing()),
            },
            Source::Title(id) => Ok(film
                .title(id)
                .map_or_else(nothing, |title| self.title(title, size))),
        }
    }

    /// The same as its file has it, where the source is a film whose frames are planes of the film's size.
    pub fn planes(
        &mut self,
        film: &Project,
        clip: ClipId,
        source: Source,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Option<Planes>, MediaError> {
        let Source::Medium(id) = source else {
            return Ok(None); // takes are kept without loss, in red, green and blue
        };
        let medium = film.medium(id).filter(|medium| medium.has_picture);
        let Some(MediumFile::Film(path)) = medium.map(|medium| self.file_of(medium)) else {
            return Ok(None);
        };
        self.clock += 1;
        let (reader, own) = self.opened(clip, &path, frame, film.rate(), size)?;
        let planes = reader.planes(own)?;
        Ok(planes.filter(|planes| planes.size() == size))
    }

    fn medium(
        &mut self,
        film: &Project,
        clip: ClipId,
        medium: &Medium,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Arc<Picture>, MediaError> {
        match self.file_of(medium) {
            MediumFile::Still(path) => {
                self.kept(Key::Still(medium.content, size), |_| still(&path, size))
            }
            MediumFile::Film(path) => self.frame_of(clip, &path, frame, film.rate(), size),
        }
    }

    fn file_of(&self, medium: &Medium) -> MediumFile {
        let path = self.files.medium(medium);
        // What came with another editor's cut has the length it had there, picture or not.
        match medium.extent == Extent::Still || is_still(&path) {
            true => MediumFile::Still(path),
            false => MediumFile::Film(path),
        }
    }

    /// A frame of a film, which may run at another rate.
    fn frame_of(
        &mut self,
        clip: ClipId,
        path: &Path,
        frame: Frames,
        rate: FrameRate,
        size: [u32; 2],
    ) -> Result<Arc<Picture>, MediaError> {
        let (reader, own) = self.opened(clip, path, frame, rate, size)?;
        reader.frame(own)
    }

    /// What reads a clip's film, and the frame's number there.
    fn opened(
        &mut self,
        clip: ClipId,
        path: &Path,
        frame: Frames,
        rate: FrameRate,
        size: [u32; 2],
    ) -> Result<(&mut VideoReader, Frames), MediaError> {
        let open = if let Some(open) = self
            .films
            .remove(&clip)
            .filter(|open| open.path == path && open.size == size)
        {
            open
        } else {
            self.make_room();
            OpenFilm {
                path: path.into(),
                size,
                reader: VideoReader::open(path)?.fitted_into(size),
                used: 0,
            }
        };
        let open = self.films.entry(clip).insert_entry(open).into_mut();
        open.used = self.clock;
        let own = frame.rescaled(rate, open.reader.rate(), Rounding::Down);
        Ok((&mut open.reader, own))
    }

    /// Closes the film that was not asked for the longest, if too many are open.
    fn make_room(&mut self) {
        while self.films.len() >= OPEN_FILMS {
            let oldest = self.films.iter().min_by_key(|(_, open)| open.used);
            let Some((&oldest, _)) = oldest else { break };
            self.films.remove(&oldest);
        }
    }

    fn title(&mut self, title: &Title, size: [u32; 2]) -> Arc<Picture> {
        let key = Key::Title(title.id, format!("{title:?}"), size);
        let letters = |sources: &mut Self| Ok(sources.text_rasterizer().picture(title, size));
        self.kept(key, letters)
            .unwrap_or_else(|_: MediaError| nothing())
    }

    /// The animatic of a shot; a slate where there is neither a stage nor a camera to show.
    fn without_take(
        &mut self,
        film: &Project,
        shot: &Shot,
        frame: Frames,
        size: [u32; 2],
    ) -> Arc<Picture> {
        let is_empty = shot.camera.is_none() && film.stage_of(shot).stand_ins.is_empty();
        let words = match is_empty {
            true => Title {
                colour: (150, 154, 166),
                size: 0.05,
                ..Title::new(&format!("{}\nno take yet", shot.name), TitleRole::Title)
            },
            false => Title {
                colour: (44, 46, 52),
                size: 0.032,
                align: Align::Left,
                ..Title::new(&format!("PREVIS  {}", shot.name), TitleRole::Subtitle)
            },
        };
        let letters = self.title(&words, size);
        let ground = if is_empty {
            Picture::plain(size[0], size[1], SLATE)
        } else {
            let own = frame.rescaled(film.rate(), shot.length.rate, Rounding::Down);
            animatic_frame(film, shot, own, size)
        };
        let drawn = [ground.into(), letters].map(Layer::plain);
        Arc::new(compose(size, &drawn))
    }

    fn text_rasterizer(&mut self) -> &mut TextRasterizer {
        self.text_rasterizer
            .get_or_insert_with(TextRasterizer::default)
    }

    fn kept(
        &mut self,
        key: Key,
        make: impl FnOnce(&mut Self) -> Result<Picture, MediaError>,
    ) -> Result<Arc<Picture>, MediaError> {
        if let Some(kept) = self.pictures.get_mut(&key) {
            kept.used = self.clock;
            return Ok(Arc::clone(&kept.picture));
        }
        let picture = Arc::new(make(self)?);
        if self.pictures.len() >= KEPT_PICTURES {
            let oldest = self.pictures.iter().min_by_key(|(_, kept)| kept.used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.pictures.remove(&oldest);
            }
        }
        let kept = Kept {
            picture: Arc::clone(&picture),
            used: self.clock,
        };
        self.pictures.insert(key, kept);
        Ok(picture)
    }
}

/// A pixel that covers nothing.
fn nothing() -> Arc<Picture> {
    Arc::new(Picture::plain(1, 1, [0; 4]))
}

/// A picture file, fitted into a frame.
fn still(path: &Path, frame: [u32; 2]) -> Result<Picture, MediaError> {
    let picture = read_still(path)?;
    let [width, height] = fitted([picture.width(), picture.height()], frame);
    let picture = match (picture.width(), picture.height()) == (width, height) {
        true => picture.into_rgba8(),
        false => picture.resize_exact(width, height, CatmullRom).into_rgba8(),
    };
    Ok(picture.into())
}
