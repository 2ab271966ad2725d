//! The videos of clips: kept open between frames, read from their proxies where there are some. Which of their frames
//! cannot be decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_timeline::media::PictureSettings;
use kinora_timeline::{ClipId, ContentHash, FrameRate, Frames};

use super::Sources;
use super::source_file::{SourceFile, own_frame};
use crate::media::{
    MediaError, Picture, PictureTrack, Probe, VideoReader, fitted, make_first_contact,
};
use crate::proxy::ProxySize;

/// Videos kept open, one per clip: two clips of one video are rarely at the same frame.
const OPEN_VIDEOS: usize = 12;

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
    /// Its pictures, since its file is missing: a slate with its name.
    File,
    /// Its sound, since its file is missing: silence.
    Sound,
    /// Its file was refused at first contact, since reading it fails as a whole: a slate with its name.
    Refused,
    /// Stored frames that cannot be decoded, ascending: the ones before them.
    Frames(Vec<i64>),
}

/// The video of a clip, as it is read at this size.
pub(super) struct OpenVideo {
    pub(super) path: PathBuf,
    /// The medium, unless it is a take.
    content: Option<ContentHash>,
    settings: PictureSettings,
    size: [u32; 2],
    reader: VideoReader,
    used: u64,
}

impl Sources {
    /// The picture of a video from its proxy. `None`: there is none, or it cannot be read; the video itself is then shown.
    //
    // A proxy holds the frames of its video by number. Which of them is on screen at a time is looked up in the video's
    // own timing, so a proxy shows the same frame as its video, also where the rate varies.
    pub(super) fn proxied(
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
    pub(super) fn is_refused(&self, file: &SourceFile) -> bool {
        match file {
            SourceFile::Video(path, content, _) => {
                make_first_contact(path, &self.files.probe(*content)).is_err()
            }
            SourceFile::Still(_) | SourceFile::Take(_) | SourceFile::Proxy(..) => false,
        }
    }

    /// The frame of a video whose rate may differ from the project's.
    pub(super) fn frame_of(
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
    pub(super) fn opened(
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
    pub(super) fn reader(&mut self, file: &SourceFile) -> Result<VideoReader, MediaError> {
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
}

/// Adds the frames that a reader replaced.
fn note_replaced(all: &mut BTreeMap<ContentHash, BTreeSet<i64>>, open: &OpenVideo) {
    let frames = open.reader.replaced();
    if let Some(content) = open.content.filter(|_| !frames.is_empty()) {
        all.entry(content).or_default().extend(frames);
    }
}
