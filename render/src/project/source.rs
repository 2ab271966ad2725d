//! The pictures of clips: frames of takes and imported video, stills, titles, and a slate or animatic for a shot that
//! has no take yet.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::imageops::FilterType::CatmullRom;
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::shot::Shot;
use kinora_timeline::title::{Align, Title, TitleRole};
use kinora_timeline::{ClipId, ContentHash, FrameRate, Frames, Project, Rounding, Source, TitleId};

use super::ProjectFiles;
use crate::animatic::animatic_frame;
use crate::compose::{Layer, compose};
use crate::media::{MediaError, Picture, Planes, VideoReader, fitted, is_still, read_still};
use crate::title::TextRasterizer;

/// Videos kept open, one per clip: two clips of one video are rarely at the same frame.
const OPEN_VIDEOS: usize = 12;
/// Titles and stills kept in memory.
const KEPT_PICTURES: usize = 32;
/// The background of a shot without a take.
const SLATE: [u8; 4] = [38, 40, 46, 255];

/// All open videos, and cached titles and stills.
pub struct Sources {
    files: ProjectFiles,
    videos: HashMap<ClipId, OpenVideo>,
    pictures: BTreeMap<Key, CachedPicture>,
    text_rasterizer: Option<TextRasterizer>,
    /// Counts requests, to find the least recently used entry.
    clock: u64,
}

/// The file of a medium, and its kind.
enum MediumFile {
    Still(PathBuf),
    Video(PathBuf),
}

struct OpenVideo {
    path: PathBuf,
    size: [u32; 2],
    reader: VideoReader,
    used: u64,
}

struct CachedPicture {
    picture: Arc<Picture>,
    used: u64,
}

/// The cache key of a picture that does not change over time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Still(ContentHash, [u32; 2]),
    /// With everything that determines its look.
    Title(TitleId, String, [u32; 2]),
}

impl Sources {
    /// With nothing open yet.
    pub fn new(files: ProjectFiles) -> Self {
        Self {
            files,
            videos: HashMap::new(),
            pictures: BTreeMap::new(),
            text_rasterizer: None,
            clock: 0,
        }
    }

    /// The picture of a clip's source at a source frame, counted at the project's rate.
    pub fn picture(
        &mut self,
        project: &Project,
        clip: ClipId,
        source: Source,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Arc<Picture>, MediaError> {
        self.clock += 1;
        match source {
            Source::Shot(id) => {
                let Some(shot) = project.shot(id) else {
                    return Ok(nothing());
                };
                match shot.chosen {
                    Some(take) => {
                        let path = self.files.take_clip(take);
                        self.frame_of(clip, &path, frame, project.rate(), size)
                    }
                    None => Ok(self.without_take(project, shot, frame, size)),
                }
            }
            Source::Medium(id) => match project.medium(id) {
                Some(medium) if medium.has_picture => {
                    self.medium(project, clip, medium, frame, size)
                }
                _ => Ok(nothing()),
            },
            Source::Title(id) => Ok(project
                .title(id)
                .map_or_else(nothing, |title| self.title(title, size))),
            // `FrameReader` composes them.
            Source::Sequence(_) => Ok(nothing()),
        }
    }

    /// The frame of a take or of an imported picture at its own size, as it is in the file. `None`: the source is neither.
    pub fn native(
        &self,
        project: &Project,
        source: Source,
        frame: Frames,
    ) -> Result<Option<Arc<Picture>>, MediaError> {
        let file = match source {
            Source::Shot(id) => {
                let take = project.shot(id).and_then(|shot| shot.chosen);
                take.map(|take| MediumFile::Video(self.files.take_clip(take)))
            }
            Source::Medium(id) => {
                let medium = project.medium(id).filter(|medium| medium.has_picture);
                medium.map(|medium| self.file_of(medium))
            }
            Source::Title(_) | Source::Sequence(_) => None,
        };
        Ok(match file {
            Some(MediumFile::Video(path)) => {
                let mut reader = VideoReader::open(&path)?;
                let own = frame.rescaled(project.rate(), reader.rate(), Rounding::Down);
                Some(reader.frame(own)?)
            }
            Some(MediumFile::Still(path)) => Some(Arc::new(read_still(&path)?.into_rgba8().into())),
            None => None,
        })
    }

    /// The same as planes, if the source is a video whose frames are 4:2:0 planes of this size.
    pub fn planes(
        &mut self,
        project: &Project,
        clip: ClipId,
        source: Source,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Option<Planes>, MediaError> {
        let Source::Medium(id) = source else {
            return Ok(None); // takes are lossless RGB
        };
        let medium = project.medium(id).filter(|medium| medium.has_picture);
        let Some(MediumFile::Video(path)) = medium.map(|medium| self.file_of(medium)) else {
            return Ok(None);
        };
        self.clock += 1;
        let (reader, own) = self.opened(clip, &path, frame, project.rate(), size)?;
        let planes = reader.planes(own)?;
        Ok(planes.filter(|planes| planes.size() == size))
    }

    fn medium(
        &mut self,
        project: &Project,
        clip: ClipId,
        medium: &Medium,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Arc<Picture>, MediaError> {
        match self.file_of(medium) {
            MediumFile::Still(path) => {
                self.kept(Key::Still(medium.content, size), |_| still(&path, size))
            }
            MediumFile::Video(path) => self.frame_of(clip, &path, frame, project.rate(), size),
        }
    }

    fn file_of(&self, medium: &Medium) -> MediumFile {
        let path = self.files.medium(medium);
        // A medium from another editor's cut has the length it had there, even if its file is a still.
        match medium.extent == Extent::Still || is_still(&path) {
            true => MediumFile::Still(path),
            false => MediumFile::Video(path),
        }
    }

    /// The frame of a video whose rate may differ from the project's.
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

    /// The open reader of a clip's video, and the frame number in it.
    fn opened(
        &mut self,
        clip: ClipId,
        path: &Path,
        frame: Frames,
        rate: FrameRate,
        size: [u32; 2],
    ) -> Result<(&mut VideoReader, Frames), MediaError> {
        let open = if let Some(open) = self
            .videos
            .remove(&clip)
            .filter(|open| open.path == path && open.size == size)
        {
            open
        } else {
            self.make_room();
            OpenVideo {
                path: path.into(),
                size,
                reader: VideoReader::open(path)?.fitted_into(size),
                used: 0,
            }
        };
        let open = self.videos.entry(clip).insert_entry(open).into_mut();
        open.used = self.clock;
        let own = frame.rescaled(rate, open.reader.rate(), Rounding::Down);
        Ok((&mut open.reader, own))
    }

    /// Closes the least recently used video, if too many are open.
    fn make_room(&mut self) {
        while self.videos.len() >= OPEN_VIDEOS {
            let oldest = self.videos.iter().min_by_key(|(_, open)| open.used);
            let Some((&oldest, _)) = oldest else { break };
            self.videos.remove(&oldest);
        }
    }

    fn title(&mut self, title: &Title, size: [u32; 2]) -> Arc<Picture> {
        let key = Key::Title(title.id, format!("{title:?}"), size);
        let letters = |sources: &mut Self| Ok(sources.text_rasterizer().picture(title, size));
        self.kept(key, letters)
            .unwrap_or_else(|_: MediaError| nothing())
    }

    /// The animatic of a shot; a slate if it has neither a stage nor a camera.
    fn without_take(
        &mut self,
        project: &Project,
        shot: &Shot,
        frame: Frames,
        size: [u32; 2],
    ) -> Arc<Picture> {
        let is_empty = shot.camera.is_none() && project.stage_of(shot).stand_ins.is_empty();
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
                ..Title::new(&format!("ANIMATIC  {}", shot.name), TitleRole::Subtitle)
            },
        };
        let letters = self.title(&words, size);
        let ground = if is_empty {
            Picture::plain(size[0], size[1], SLATE)
        } else {
            let own = frame.rescaled(project.rate(), shot.length.rate, Rounding::Down);
            animatic_frame(project, shot, own, size)
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
        let kept = CachedPicture {
            picture: Arc::clone(&picture),
            used: self.clock,
        };
        self.pictures.insert(key, kept);
        Ok(picture)
    }
}

/// A single transparent pixel.
pub(super) fn nothing() -> Arc<Picture> {
    Arc::new(Picture::plain(1, 1, [0; 4]))
}

/// A picture file, scaled to fit into a frame.
fn still(path: &Path, frame: [u32; 2]) -> Result<Picture, MediaError> {
    let picture = read_still(path)?;
    let [width, height] = fitted([picture.width(), picture.height()], frame);
    let picture = match (picture.width(), picture.height()) == (width, height) {
        true => picture.into_rgba8(),
        false => picture.resize_exact(width, height, CatmullRom).into_rgba8(),
    };
    Ok(picture.into())
}
