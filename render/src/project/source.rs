//! The pictures of clips: frames of takes and imported video, stills, titles, and a slate or animatic for a shot that
//! has no take yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg_the_third::format::Pixel;
use image::imageops::FilterType::CatmullRom;
use kinora_timeline::clip::Clip;
use kinora_timeline::media::{Extent, Medium, PictureSettings};
use kinora_timeline::shot::Shot;
use kinora_timeline::title::{Align, Title, TitleRole};
use kinora_timeline::{ClipId, ContentHash, FrameRate, Frames, Project, Rounding, Source, TitleId};

use super::{ProjectFiles, SmoothClip};
use crate::animatic::animatic_frame;
use crate::compose::{Layer, compose};
use crate::media::{
    MediaError, Picture, PictureTrack, Planes, Probe, VideoReader, fitted, has_still_extension,
    is_still, make_first_contact, read_still,
};
use crate::proxy::ProxySize;
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

/// The file of a source, and its kind.
enum SourceFile {
    Still(PathBuf),
    /// A clip that Kinora wrote.
    Take(PathBuf),
    Video(PathBuf, ContentHash, PictureSettings),
    /// The proxy of a video, and the size in which the video itself would be shown.
    Proxy(PathBuf, [u32; 2]),
}

/// What was shown in place of a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The medium.
    pub content: ContentHash,
    /// What of it, and by what.
    pub part: ReplacedPart,
}

/// The part of a medium that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacedPart {
    /// Its file is missing: a slate with its name.
    File,
    /// Its file was refused at first contact, since reading it fails as a whole: a slate with its name.
    Refused,
    /// Stored frames that cannot be decoded, ascending: the ones before them.
    Frames(Vec<i64>),
}

struct OpenVideo {
    path: PathBuf,
    /// The medium, unless it is a take.
    content: Option<ContentHash>,
    settings: PictureSettings,
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
    Subtitles(Vec<String>, [u32; 2]),
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

    /// Subtitles over the whole frame, the lowest first.
    pub fn subtitles(&mut self, texts: Vec<String>, size: [u32; 2]) -> Arc<Picture> {
        self.clock += 1;
        let key = Key::Subtitles(texts.clone(), size);
        let letters = |sources: &mut Self| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            Ok(sources.text_rasterizer().subtitles(&texts, size))
        };
        self.kept(key, letters)
            .unwrap_or_else(|_: MediaError| nothing())
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

    /// The picture of a video from its proxy. `None`: there is none, or it cannot be read; the video itself is then shown.
    //
    // A proxy holds the frames of its video by number. Which of them is on screen at a time is asked of the video's own
    // timing, so a proxy shows the same frame as its video, also where the rate varies.
    fn proxied(
        &mut self,
        clip: ClipId,
        file: &SourceFile,
        frame: Frames,
        rate: FrameRate,
        size: [u32; 2],
    ) -> Option<Arc<Picture>> {
        let SourceFile::Video(path, content, settings) = file else {
            return None;
        };
        if !self.uses_proxies {
            return None;
        }
        let places = ProxySize::ALL.map(|size| self.files.proxy(*content, *settings, size));
        // Asked for every picture: a proxy may be removed while it is open.
        let place = places.into_iter().find(|place| place.is_file())?;
        let track = self.track(path, *content).ok()?;
        let number = track.timing.shown_at(frame, rate);
        let shown = fitted([track.width, track.height], size);
        let proxy = SourceFile::Proxy(place, shown);
        let (reader, number) = self.opened(clip, &proxy, number, rate, size).ok()?;
        let picture = reader.frame(number).ok()?;
        self.shows_proxy = true;
        Some(picture)
    }

    /// Whether a file was refused at first contact. Makes that, if it was not made.
    fn is_refused(&self, file: &SourceFile) -> bool {
        match file {
            SourceFile::Video(path, content, _) => {
                make_first_contact(path, &self.files.probe(*content)).is_err()
            }
            SourceFile::Still(_) | SourceFile::Take(_) | SourceFile::Proxy(..) => false,
        }
    }

    /// A slate that stands for a medium whose file cannot be shown at all.
    fn slate_of(&mut self, medium: &Medium, why: &str, size: [u32; 2]) -> Arc<Picture> {
        let words = Title {
            colour: (150, 154, 166),
            size: 0.05,
            ..Title::new(&format!("{}\n{why}", medium.name), TitleRole::Title)
        };
        let letters = self.text_rasterizer().picture(&words, size);
        let ground = Picture::plain(size[0], size[1], SLATE);
        let drawn = [ground.into(), letters.into()].map(Layer::plain);
        Arc::new(compose(size, &drawn))
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

    /// The frame of a video whose rate may differ from the project's.
    fn frame_of(
        &mut self,
        clip: ClipId,
        file: &SourceFile,
        frame: Frames,
        rate: FrameRate,
        size: [u32; 2],
    ) -> Result<Arc<Picture>, MediaError> {
        let (reader, own) = self.opened(clip, file, frame, rate, size)?;
        reader.frame(own)
    }

    /// The open reader of a clip's video, and the frame number in it.
    fn opened(
        &mut self,
        clip: ClipId,
        file: &SourceFile,
        frame: Frames,
        rate: FrameRate,
        size: [u32; 2],
    ) -> Result<(&mut VideoReader, Frames), MediaError> {
        let (path, settings) = (file.path(), file.settings());
        if let SourceFile::Video(path, content, _) = file {
            // It may have been refused while it was in use.
            make_first_contact(path, &self.files.probe(*content))?;
        }
        let fits =
            |open: &OpenVideo| open.path == path && open.settings == settings && open.size == size;
        let known = self.videos.remove(&clip);
        if let Some(open) = known.as_ref().filter(|open| !fits(open)) {
            note_replaced(&mut self.replaced, open);
        }
        let open = if let Some(open) = known.filter(fits) {
            open
        } else {
            self.make_room();
            OpenVideo {
                path: path.into(),
                content: file.content(),
                settings,
                size,
                reader: self.reader(file)?.fitted_into(size),
                used: 0,
            }
        };
        let open = self.videos.entry(clip).insert_entry(open).into_mut();
        open.used = self.clock;
        let own = own_frame(file, &open.reader, frame, rate);
        Ok((&mut open.reader, own))
    }

    /// The frames of media that cannot be decoded, and for which the ones before were shown.
    pub fn replaced(&self) -> Vec<Replaced> {
        let mut all = self.replaced.clone();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "the order does not matter: sets are joined"
        )]
        for open in self.videos.values() {
            note_replaced(&mut all, open);
        }
        let missing = self.missing.iter().map(|content| Replaced {
            content: *content,
            part: ReplacedPart::File,
        });
        let refused = self.refused.iter().map(|content| Replaced {
            content: *content,
            part: ReplacedPart::Refused,
        });
        let frames = all.into_iter().map(|(content, frames)| Replaced {
            content,
            part: ReplacedPart::Frames(frames.into_iter().collect()),
        });
        missing.chain(refused).chain(frames).collect()
    }

    /// Opens a video.
    fn reader(&mut self, file: &SourceFile) -> Result<VideoReader, MediaError> {
        match file {
            SourceFile::Video(path, content, settings) => {
                let track = self.track(path, *content)?;
                let reader = VideoReader::with_track(path, &track)?;
                Ok(reader.with_settings(*settings))
            }
            SourceFile::Proxy(path, shown) => {
                let reader = VideoReader::open_take(path)?;
                Ok(reader.resized_to(*shown).of_key_frames())
            }
            SourceFile::Take(path) | SourceFile::Still(path) => VideoReader::open_take(path),
        }
    }

    /// The video stream of a medium.
    fn track(
        &mut self,
        path: &Path,
        content: ContentHash,
    ) -> Result<Arc<PictureTrack>, MediaError> {
        if let Some(track) = self.tracks.get(&content) {
            return Ok(Arc::clone(track));
        }
        let probe = Probe::open(path, &self.files.probe(content))?;
        let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
        let track = Arc::new(probe.picture.ok_or_else(no_picture)?);
        self.tracks.insert(content, Arc::clone(&track));
        Ok(track)
    }

    /// Closes the least recently used video, if too many are open.
    fn make_room(&mut self) {
        while self.videos.len() >= OPEN_VIDEOS {
            let oldest = self.videos.iter().min_by_key(|(_, open)| open.used);
            let Some((&oldest, _)) = oldest else { break };
            if let Some(open) = self.videos.remove(&oldest) {
                note_replaced(&mut self.replaced, &open);
            }
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

/// Adds the frames that a reader replaced.
fn note_replaced(all: &mut BTreeMap<ContentHash, BTreeSet<i64>>, open: &OpenVideo) {
    let frames = open.reader.replaced();
    if let Some(content) = open.content.filter(|_| !frames.is_empty()) {
        all.entry(content).or_default().extend(frames);
    }
}

impl SourceFile {
    fn content(&self) -> Option<ContentHash> {
        match self {
            Self::Video(_, content, _) => Some(*content),
            Self::Still(_) | Self::Take(_) | Self::Proxy(..) => None,
        }
    }

    fn settings(&self) -> PictureSettings {
        match self {
            Self::Video(_, _, settings) => *settings,
            // Those of a proxy are in its pictures already.
            Self::Still(_) | Self::Take(_) | Self::Proxy(..) => PictureSettings::default(),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Still(path) | Self::Take(path) | Self::Video(path, ..) | Self::Proxy(path, _) => {
                path
            }
        }
    }
}

/// The stored frame that a frame of the timeline shows. A take shows the frame that has begun, as its animatic does; a
/// video, whose rate is somebody else's, the nearest one.
fn own_frame(file: &SourceFile, reader: &VideoReader, frame: Frames, rate: FrameRate) -> Frames {
    match file {
        SourceFile::Take(_) | SourceFile::Still(_) => {
            frame.rescaled(rate, reader.rate(), Rounding::Down)
        }
        SourceFile::Video(..) => reader.timing().shown_at(frame, rate),
        SourceFile::Proxy(..) => frame, // it is the number already
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
