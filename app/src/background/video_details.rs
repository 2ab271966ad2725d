//! What the files of imported videos say about themselves: rate, codec, colours, fields and damage. Read on one thread
//! when it is first requested, and kept while the project is open.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use egui::Context;
use kinora_studio::exchange::first_contact::damage_of;
use kinora_studio::render::media::{ColourReport, Fields, Probe, Survey};
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::timeline::{ContentHash, FrameRate};

/// The details of a video, by its file.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoDetails {
    pub rate: FrameRate,
    /// Whether all frames last equally long.
    pub is_constant: bool,
    /// The codec's name.
    pub codec: String,
    pub colours: ColourReport,
    pub fields: Fields,
    /// When its picture may be disturbed by damage, in seconds from its first picture, ascending.
    pub disturbed_seconds: Vec<[f64; 2]>,
    /// Its damage in words.
    pub damage: Vec<String>,
}

/// The details of the imported videos, by their content hashes.
pub struct VideoDetailsCache {
    files: ProjectFiles,
    requests: Sender<(ContentHash, PathBuf)>,
    results: Receiver<(ContentHash, Option<VideoDetails>)>,
    /// None: requested and not read yet, or not readable.
    known: RefCell<HashMap<ContentHash, Option<Arc<VideoDetails>>>>,
}

impl VideoDetailsCache {
    /// The videos of the project in this folder. Starts the thread.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (requests, requested) = channel::<(ContentHash, PathBuf)>();
        let (sender, results) = channel();
        let files = ProjectFiles::of(folder);
        let (shared, ctx) = (files.clone(), ctx.clone());
        std::thread::spawn(move || {
            for (content, path) in requested {
                let details = read(&path, &shared, content);
                if sender.send((content, details)).is_err() {
                    return; // the project was closed
                }
                ctx.request_repaint();
            }
        });
        Self {
            files,
            requests,
            results,
            known: RefCell::default(),
        }
    }

    /// The details of a medium. None: they are not read yet or not readable, or it is no video.
    pub fn get(&self, medium: &Medium) -> Option<Arc<VideoDetails>> {
        let is_video = medium.has_picture && matches!(medium.extent, Extent::Video { .. });
        if !is_video {
            return None;
        }
        let mut known = self.known.borrow_mut();
        for (content, details) in self.results.try_iter() {
            known.insert(content, details.map(Arc::new));
        }
        let request = || {
            self.request(medium);
            None
        };
        known.entry(medium.content).or_insert_with(request).clone()
    }

    /// Reads the details of a medium again: its file was missing, or all of it has been read by now.
    pub fn read_again(&self, medium: &Medium) {
        let is_known = self.known.borrow().contains_key(&medium.content);
        if is_known {
            self.request(medium); // results come in the order of their requests
        }
    }

    fn request(&self, medium: &Medium) {
        let path = self.files.medium(medium);
        self.requests.send((medium.content, path)).ok();
    }
}

/// The details of a video at `path`. Its damage is known once all of it was read.
fn read(path: &Path, files: &ProjectFiles, content: ContentHash) -> Option<VideoDetails> {
    let probe = Probe::open(path, &files.probe(content)).ok()?;
    let survey = Survey::kept(&files.survey(content)).unwrap_or_default();
    let damage = match survey.is_whole() {
        true => Vec::new(),
        false => damage_of(&probe, &survey),
    };
    let track = probe.picture?;
    Some(VideoDetails {
        rate: track.rate,
        is_constant: track.timing.is_constant(),
        disturbed_seconds: survey.disturbed_seconds(&track),
        damage,
        codec: track.codec,
        colours: track.colours,
        fields: track.fields,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use kinora_studio::render::{Content, Format, Picture, Writer};
    use kinora_studio::timeline::media::{MediumMarks, PictureSettings};
    use kinora_studio::timeline::{Frames, MediumId};

    use super::*;

    #[test]
    fn a_video_that_was_missing_is_read_when_it_is_there_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let rate = FrameRate::FPS_24;
        let medium = Medium {
            id: MediumId::from(1),
            name: "sea.mkv".into(),
            content: ContentHash::of(b"the sea"),
            path: "sea.mkv".into(),
            extent: Extent::Video {
                rate,
                frames: Frames(2),
            },
            has_picture: true,
            has_sound: false,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let details = VideoDetailsCache::new(folder.path(), &Context::default());
        assert_eq!(details.get(&medium), None, "there is no file");
        let content = Content {
            size: [16, 16],
            rate,
            has_sound: false,
        };
        let path = folder.path().join("sea.mkv");
        let mut writer = Writer::create(&path, Format::TAKE, content).expect("a writer");
        for _ in 0..2 {
            let blue = Picture::plain(16, 16, [0, 0, 255, 255]);
            writer.picture(&blue).expect("a picture");
        }
        writer.finish().expect("written");
        details.read_again(&medium);
        let end = Instant::now() + Duration::from_mins(1);
        let found = loop {
            if let Some(found) = details.get(&medium) {
                break found;
            }
            assert!(Instant::now() < end, "the details do not come");
            std::thread::yield_now();
        };
        assert_eq!((found.rate, found.is_constant), (rate, true));
        assert_eq!(found.codec, "ffv1");
        assert_eq!(found.colours.to_string(), "BT.709, RGB");
    }
}
