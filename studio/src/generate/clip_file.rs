//! Writes a clip as it arrives from the engine: numbered PNG files in a folder, or one video file. An unfinished video is
//! never visible under its name, and finished frames are kept if their place can no longer be written.

mod rescue;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_render::{Content, Format, MediaError, Picture, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::{Failure, PixelShape, Progress, make_frame_folder, media_ending, write_frames};

use crate::exchange::output_place::{OutputKind, OutputPlace, is_there};
use crate::folders::Folders;
use rescue::{KeptFrames, Rescue, kept_as, refuge};

/// The output of a clip.
pub struct ClipFile {
    target: Target,
    /// Where frames are written once their place cannot be.
    rescue: Option<Rescue>,
    /// The user's data folder, for such frames.
    data: PathBuf,
}

enum Target {
    /// A folder of PNG files.
    Frames(PathBuf),
    /// A video file.
    Video(Box<Video>),
}

/// A video file; it is created with the first frame.
struct Video {
    path: PathBuf,
    format: &'static Format,
    rate: FrameRate,
    writer: Option<Writer>,
    /// The frames so far.
    kept: KeptFrames,
}

/// Tries the place of a clip before any work. `inputs` are the files and folders that the clip is made of; `replaces`
/// allows a video file that is there.
///
/// # Errors
/// Nothing can be written there, or something would be overwritten; files with this ending cannot be written.
pub fn check_place(path: &Path, inputs: Vec<PathBuf>, replaces: bool) -> Result<(), Failure> {
    let is_video = video_format(path).is_some();
    if let Some(ending) = media_ending(path).filter(|_| !is_video && !path.is_dir()) {
        return Err(Failure::refused(
            format!("{}: .{ending} files cannot be written", path.display()),
            "name a file that ends in .mp4, .mov or .mkv, or a folder for PNG files",
        ));
    }
    let place = OutputPlace {
        path,
        kind: match is_video {
            true => OutputKind::File,
            false => OutputKind::Folder,
        },
        may_exist: replaces,
        inputs,
        film: None,
    };
    place.check()?;
    match is_video {
        true => Ok(()),
        false => make_frame_folder(path),
    }
}

impl ClipFile {
    /// By extension: .mp4, .mov and .mkv are videos of this rate, anything else is a folder. `replaces` allows a video
    /// file that is there.
    ///
    /// # Errors
    /// There is something at the path already, or it cannot be written to.
    pub fn at(path: &Path, rate: FrameRate, replaces: bool) -> Result<Self, Failure> {
        let target = match video_format(path) {
            None => {
                make_frame_folder(path)?;
                Target::Frames(path.into())
            }
            Some(_) if !replaces && path.exists() => return Err(is_there(path)),
            Some(format) => Target::Video(Box::new(Video {
                path: path.into(),
                format,
                rate,
                writer: None,
                kept: KeptFrames::default(),
            })),
        };
        Ok(Self {
            target,
            rescue: None,
            data: Folders::of_user().data,
        })
    }

    /// Writes the frames of a progress message; other messages do nothing. Once the place cannot be written, the frames
    /// are kept elsewhere, and [`Self::finish`] reports it.
    ///
    /// # Errors
    /// The frames can be written nowhere.
    pub fn write(&mut self, progress: &Progress, pixels: &Arc<[u8]>) -> Result<(), Failure> {
        let Progress::Frames { first, picture } = progress else {
            return Ok(());
        };
        let (first, shape) = (*first, *picture);
        if let Some(rescue) = &self.rescue {
            return rescue.write(first, shape, pixels);
        }
        match &mut self.target {
            Target::Frames(folder) => {
                let Err(why) = write_frames(folder, first, shape, pixels) else {
                    return Ok(());
                };
                let rescue = Rescue::begun(why, first, &self.data)?;
                rescue.write(first, shape, pixels)?;
                self.rescue = Some(rescue);
            }
            Target::Video(video) => {
                video.kept.add(first, shape, pixels);
                let Err(error) = video.add(shape, pixels) else {
                    return Ok(());
                };
                video.writer = None; // half a file is of no use, and its space may be needed
                self.rescue = Some(video.kept.rescued(failure_of(&error), &self.data)?);
            }
        }
        Ok(())
    }

    /// Finishes a video file and moves it into its place.
    ///
    /// # Errors
    /// Usually a full disk. The error names the place where the finished clip or its frames are kept.
    pub fn finish(self) -> Result<(), Failure> {
        if let Some(rescue) = self.rescue {
            return Err(rescue.failure());
        }
        let Target::Video(video) = self.target else {
            return Ok(());
        };
        let Video { writer, kept, .. } = *video;
        let Some(writer) = writer else {
            return Ok(());
        };
        let Err((error, whole)) = writer.finish_or_keep(|| refuge(&self.data)) else {
            return Ok(());
        };
        let why = failure_of(&error);
        Err(match whole {
            Some(path) => kept_as(why, &path),
            None => kept.rescued(why, &self.data)?.failure(),
        })
    }

    /// The failure to report for a clip that will not be finished, if frames of it are kept elsewhere.
    pub fn rescued(&self) -> Option<Failure> {
        self.rescue.as_ref().map(Rescue::failure)
    }
}

impl Video {
    fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), MediaError> {
        let writer = if let Some(writer) = self.writer.take() {
            writer
        } else {
            let content = Content {
                size: [shape.width, shape.height],
                rate: self.rate,
                has_sound: false,
            };
            Writer::create(&self.path, self.format, content)?
        };
        let writer = self.writer.insert(writer);
        for frame in shape.split(pixels) {
            writer.picture(&Picture::of_rgb(shape.width, shape.height, frame))?;
        }
        Ok(())
    }
}

/// The video format of a path's extension. None: it is the path of a folder.
pub fn video_format(path: &Path) -> Option<&'static Format> {
    let extension = path.extension()?;
    let formats = [Format::MP4, Format::PRORES, Format::TAKE];
    formats
        .into_iter()
        .find(|format| extension.eq_ignore_ascii_case(format.extension))
}

/// A media error as the failure of a job.
pub fn failure_of(error: &MediaError) -> Failure {
    Failure::bad_file(error.to_string(), error.remedy.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_that_cannot_be_written_are_refused_and_no_folder_is_made() {
        let root = tempfile::tempdir().expect("a folder");
        for name in ["fox.gif", "fox.WebM", "fox.avi", "fox.png", "fox.jpg"] {
            let path = root.path().join(name);
            let refused = check_place(&path, Vec::new(), true).expect_err(name);
            assert!(
                refused.cause.contains("files cannot be written"),
                "{refused}"
            );
            assert!(!path.exists());
        }
        for name in ["fox.mp4", "fox.MOV", "fox.mkv", "fox", "take 2.5"] {
            let path = root.path().join("clips").join(name);
            assert_eq!(check_place(&path, Vec::new(), false), Ok(()), "{name}");
        }
    }

    #[test]
    fn frames_are_kept_elsewhere_when_their_folder_is_gone() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("fox");
        let mut clip = ClipFile::at(&path, FrameRate::FPS_24, false).expect("a place");
        clip.data = root.path().join("data");
        let frames = |first| Progress::Frames {
            first,
            picture: PixelShape {
                frames: 1,
                width: 2,
                height: 2,
            },
        };
        let pixels: Arc<[u8]> = Arc::from(vec![7; 12]);
        clip.write(&frames(0), &pixels).expect("written");
        std::fs::remove_dir_all(&path).expect("removed");
        std::fs::write(&path, "in the way").expect("written");
        for first in [1, 2] {
            clip.write(&frames(first), &pixels).expect("kept");
        }
        let failure = clip.finish().expect_err("told");
        let remedy = failure.remedy.expect("the place");
        let (_, kept) = remedy.split_once("are kept in ").expect("the place");
        let kept = Path::new(kept.split_once(';').expect("and what to do").0);
        assert!(kept.join("00001.png").exists() && kept.join("00002.png").exists());
        assert!(kept.starts_with(root.path()));
    }
}
