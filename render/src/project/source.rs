//! The pictures of clips: frames of takes and imported video, stills, titles, and a slate or animatic for a shot that
//! has no take yet.

mod drawn;
mod source_file;
mod videos;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ffmpeg_the_third::format::Pixel;
use kinora_timeline::clip::Clip;
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::{ClipId, ContentHash, Frames, Project, Source};

use super::{ProjectFiles, SmoothClip};
use crate::media::{
    MediaError, Picture, PictureTrack, Planes, has_still_extension, is_still, read_still,
};
use crate::title::TextRasterizer;

use drawn::{CachedPicture, Key, still};
use source_file::{SourceFile, own_frame};
use videos::OpenVideo;
pub use videos::{Replaced, ReplacedPart};

/// All open videos, and cached titles and stills.
pub struct Sources {
    files: ProjectFiles,
    videos: HashMap<ClipId, OpenVideo>,
    /// The video streams of media, with the times of their frames.
    tracks: HashMap<ContentHash, Arc<PictureTrack>>,
    /// Media with a length and the extension of a still: whether they are stills, or animations.
    stills: HashMap<ContentHash, bool>,
    /// The frames that videos replaced which are closed by now.
    replaced: BTreeMap<ContentHash, BTreeSet<i64>>,
    /// Media whose files are missing.
    missing: BTreeSet<ContentHash>,
    /// Media whose files were refused at first contact.
    refused: BTreeSet<ContentHash>,
    pictures: BTreeMap<Key, CachedPicture>,
    text_rasterizer: Option<TextRasterizer>,
    /// Whether videos are read from their proxies.
    uses_proxies: bool,
    /// Whether a proxy was read for the picture that is being composed.
    shows_proxy: bool,
    /// Counts requests, to find the least recently used entry.
    clock: u64,
}

impl Sources {
    /// With nothing open yet.
    pub fn new(files: ProjectFiles) -> Self {
        Self {
            files,
            videos: HashMap::new(),
            tracks: HashMap::new(),
            stills: HashMap::new(),
            replaced: BTreeMap::new(),
            missing: BTreeSet::new(),
            refused: BTreeSet::new(),
            pictures: BTreeMap::new(),
            text_rasterizer: None,
            uses_proxies: false,
            shows_proxy: false,
            clock: 0,
        }
    }

    /// Reads videos from their proxies, where there are some, or from the videos again.
    pub fn use_proxies(&mut self, uses_proxies: bool) {
        self.uses_proxies = uses_proxies;
    }

    /// Called before the layers of a picture are read.
    pub fn begin_picture(&mut self) {
        self.shows_proxy = false;
    }

    /// Whether a proxy was read since [`Sources::begin_picture`].
    pub fn shows_proxy(&self) -> bool {
        self.shows_proxy
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
                        let file = SourceFile::Take(self.files.take_clip(take));
                        self.frame_of(clip, &file, frame, project.rate(), size)
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

    /// The picture of a clip `at` frames after its start, from the file with its in-betweens. `None` while there is no such
    /// file, where it does not reach, or if it cannot be read: the clip then shows the frames of its source.
    pub fn smooth(
        &mut self,
        project: &Project,
        clip: &Clip,
        at: Frames,
        size: [u32; 2],
    ) -> Option<Arc<Picture>> {
        let smooth = SmoothClip::of(project, clip)?;
        let number = smooth.picture_at(clip, at)?;
        let file = SourceFile::Take(self.files.smooth_clip(&smooth));
        let open = self.videos.get(&clip.id);
        let is_open = open.is_some_and(|open| open.path == file.path());
        if !is_open && !file.path().is_file() {
            return None;
        }
        self.clock += 1;
        let opened = self.opened(clip.id, &file, number, smooth.rate, size);
        let (reader, _) = opened.ok()?; // the number is that of the picture itself
        reader.frame(number).ok()
    }

    /// The frame of a take or of an imported picture at its own size, as it is in the file. `None`: the source is neither.
    pub fn native(
        &mut self,
        project: &Project,
        source: Source,
        frame: Frames,
    ) -> Result<Option<Arc<Picture>>, MediaError> {
        let file = match source {
            Source::Shot(id) => {
                let take = project.shot(id).and_then(|shot| shot.chosen);
                take.map(|take| SourceFile::Take(self.files.take_clip(take)))
            }
            Source::Medium(id) => {
                let medium = project.medium(id).filter(|medium| medium.has_picture);
                medium.map(|medium| self.file_of(medium))
            }
            Source::Title(_) | Source::Sequence(_) => None,
        };
        Ok(match file {
            Some(SourceFile::Still(path)) => Some(Arc::new(read_still(&path)?.into_rgba8().into())),
            Some(file) => {
                let mut reader = self.reader(&file)?;
                let own = own_frame(&file, &reader, frame, project.rate());
                Some(reader.frame(own)?)
            }
            None => None,
        })
    }

    /// The same as planes of this form, if the source is a video whose frames are planes of this size.
    pub fn planes(
        &mut self,
        project: &Project,
        clip: &Clip,
        frame: Frames,
        size: [u32; 2],
        format: Pixel,
    ) -> Result<Option<Planes>, MediaError> {
        let Source::Medium(id) = clip.source else {
            return Ok(None); // takes are lossless RGB
        };
        let medium = project.medium(id).filter(|medium| medium.has_picture);
        let file = medium.map(|medium| self.file_of(medium));
        let Some(file @ SourceFile::Video(..)) = file else {
            return Ok(None);
        };
        if !file.path().is_file() || self.is_refused(&file) {
            return Ok(None); // a slate stands for it
        }
        self.clock += 1;
        let (reader, own) = self.opened(clip.id, &file, frame, project.rate(), size)?;
        let planes = reader.planes(own, format)?;
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
        let file = self.file_of(medium);
        if let Some(picture) = self.proxied(clip, &file, frame, project.rate(), size) {
            return Ok(picture);
        }
        let picture = match &file {
            SourceFile::Still(path) => {
                self.kept(Key::Still(medium.content, size), |_| still(path, size))
            }
            _ => self.frame_of(clip, &file, frame, project.rate(), size),
        };
        match picture {
            Err(_) if !file.path().is_file() => {
                self.missing.insert(medium.content);
                Ok(self.slate_of(medium, "file missing", size))
            }
            Err(_) if self.is_refused(&file) => {
                self.refused.insert(medium.content);
                Ok(self.slate_of(medium, "file damaged", size))
            }
            picture => picture,
        }
    }

    fn file_of(&mut self, medium: &Medium) -> SourceFile {
        let path = self.files.medium(medium);
        match medium.extent == Extent::Still || self.is_still(medium, &path) {
            true => SourceFile::Still(path),
            false => SourceFile::Video(path, medium.content, medium.picture),
        }
    }

    /// Whether the file of a medium with a length is a still. One from another editor's cut has the length that it had
    /// there.
    fn is_still(&mut self, medium: &Medium, path: &Path) -> bool {
        if !has_still_extension(path) {
            return false;
        }
        if let Some(is_still) = self.stills.get(&medium.content) {
            return *is_still;
        }
        let found = is_still(path);
        // A file that cannot be read now may be readable later.
        if File::open(path).is_ok() {
            self.stills.insert(medium.content, found);
        }
        found
    }
}

/// A single transparent pixel.
pub(super) fn nothing() -> Arc<Picture> {
    Arc::new(Picture::plain(1, 1, [0; 4]))
}
