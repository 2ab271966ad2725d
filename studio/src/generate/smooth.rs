//! The in-betweens of a clip: the pictures of its source at a higher rate, made by a frame interpolator and kept in the
//! project's folder. Source, interpolator and rate give the same file every time; the source itself is never changed.

pub mod kept;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::media::{PictureTrack, Probe, probe};
use kinora_render::project::{ProjectFiles, SmoothClip, SmoothSource};
use kinora_render::{Content, Format, Picture, VideoReader, Writer};
use kinora_timeline::file::{Disk as _, RealDisk, sealed};
use kinora_timeline::{ContentHash, FrameRate, Frames, Project};
use kinora_wire::{Clip, Failure, Interpolate, InterpolatorInfo, Moment, PixelShape};

use super::clip_file::failure_of;
use super::interpolate::{moments_of, next_part};
use super::source_clip::{Part, write_pictures};
use crate::content_hash::hash_of;
use crate::take::failure::unwritable;
use crate::take::recipe::{MadeWith, ModelUsed};
use kept::{RECIPE_FILE, RecipeFile, is_made, source_path};

/// Called with pictures from the engine, as RGB bytes.
pub type OnPictures<'p> = dyn FnMut(PixelShape, &[u8]) -> Result<(), Failure> + 'p;

/// Has a part of the work done by an engine and passes its pictures on. False: it was cancelled or has failed elsewhere.
pub type RunPart<'r> = dyn FnMut(Interpolate, Part, &mut OnPictures) -> Result<bool, Failure> + 'r;

/// The interpolator, and the engine that runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmoothedBy {
    /// The interpolator and its weights.
    pub interpolator: ModelUsed,
    /// The engine and its device.
    pub made_with: MadeWith,
}

impl SmoothedBy {
    /// The first installed interpolator.
    ///
    /// # Errors
    /// None is installed, or its file cannot be read.
    pub fn first(interpolators: &[InterpolatorInfo], made_with: MadeWith) -> Result<Self, Failure> {
        let found = interpolators.first().ok_or_else(not_installed)?;
        let file = &found.file;
        let sha256 = file.sha256.clone().ok_or_else(|| {
            Failure::bad_file(
                format!("{} cannot be read", file.name),
                "check its permissions and the disk",
            )
        })?;
        Ok(Self {
            interpolator: ModelUsed {
                id: found.id.clone(),
                files: BTreeMap::from([(file.name.clone(), sha256)]),
            },
            made_with,
        })
    }
}

/// The failure without a frame interpolator.
pub fn not_installed() -> Failure {
    Failure::refused(
        "no frame interpolator is installed",
        "install one: File > Models…, or `kinora models install`",
    )
}

/// Makes in-betweens, unless they are there. A few frames of the source are on the disk as pictures at a time. False: the
/// work was cancelled, or has failed where `run` had it done.
///
/// # Errors
/// The source is missing or has no constant rate; the disk is full.
pub fn make(
    folder: &Path,
    project: &Project,
    smooth: &SmoothClip,
    by: &SmoothedBy,
    run: &mut RunPart,
) -> Result<bool, Failure> {
    if is_made(folder, smooth) {
        return Ok(true);
    }
    let mut source = OpenSource::open(folder, project, smooth)?;
    let all = source.moments(smooth);
    let mut file = SmoothFile::begin(folder, smooth)?;
    let mut made = fill(&mut file, &mut source, &all, by, run);
    if let Ok(true) = made {
        made = file.finish(all.len(), smooth, by).map(|()| true);
    }
    if !matches!(made, Ok(true)) {
        file.abandon();
    }
    made
}

/// Has all pictures made, part by part, and writes them. False: the work was cancelled, or has failed where `run` had it
/// done.
fn fill(
    file: &mut SmoothFile,
    source: &mut OpenSource,
    all: &[Moment],
    by: &SmoothedBy,
    run: &mut RunPart,
) -> Result<bool, Failure> {
    let mut done = 0;
    while let Some((range, wanted)) = next_part(&all[done..], source.count) {
        let pictures = temporary_folder()?;
        let range = range.start as u32..range.end as u32;
        let frames = write_pictures(&mut source.reader, range, pictures.path(), "frame")?;
        let part = Part {
            before: done,
            count: wanted.len(),
            all: all.len(),
        };
        let request = Interpolate {
            model: Some(by.interpolator.id.clone()),
            clip: Clip { frames },
            moments: wanted,
            device: Some(by.made_with.device.clone()),
        };
        let is_done = run(request, part, &mut |shape, pixels| file.add(shape, pixels))?;
        if !is_done {
            return Ok(false);
        }
        done += part.count;
    }
    Ok(true)
}

fn temporary_folder() -> Result<tempfile::TempDir, Failure> {
    tempfile::tempdir().map_err(|error| {
        Failure::bad_file(
            format!("pictures for the engine cannot be written: {error}"),
            "free some space in the folder for temporary files",
        )
    })
}

/// The source of in-betweens, open.
struct OpenSource {
    reader: VideoReader,
    rate: FrameRate,
    /// The number of its frames.
    count: usize,
}

impl OpenSource {
    fn open(folder: &Path, project: &Project, smooth: &SmoothClip) -> Result<Self, Failure> {
        let path = source_path(folder, project, smooth).ok_or_else(|| {
            let cause = "the import is no longer in the project";
            Failure::refused(cause, "remove the job from the queue")
        })?;
        let found = match smooth.source {
            SmoothSource::Take(_) => probe(&path),
            SmoothSource::Medium(content, _) => {
                Probe::open(&path, &ProjectFiles::of(folder).probe(content))
            }
        };
        let track = found.map_err(|error| failure_of(&error))?.picture;
        let track = track.ok_or_else(|| {
            let cause = format!("{} holds no pictures", path.display());
            Failure::bad_file(cause, "choose a video")
        })?;
        Self::of_track(&path, &track, smooth)
    }

    fn of_track(path: &Path, track: &PictureTrack, smooth: &SmoothClip) -> Result<Self, Failure> {
        if !track.timing.is_constant() {
            return Err(Failure::refused(
                format!("the frame rate of {} varies", path.display()),
                "convert it to a constant frame rate first, or leave its in-betweens out",
            ));
        }
        let count = usize::try_from(track.frames.0).unwrap_or(0);
        if count == 0 {
            let cause = format!("{} holds no pictures", path.display());
            return Err(Failure::bad_file(cause, "choose a video"));
        }
        let reader = VideoReader::with_track(path, track).map_err(|error| failure_of(&error))?;
        let reader = match smooth.source {
            SmoothSource::Take(_) => reader,
            SmoothSource::Medium(_, settings) => reader.with_settings(settings),
        };
        Ok(Self {
            reader,
            rate: track.rate,
            count,
        })
    }

    fn moments(&self, smooth: &SmoothClip) -> Vec<Moment> {
        let number = |frame: Frames| u64::try_from(frame.0).unwrap_or(0);
        let numbers = number(smooth.range.start)..number(smooth.range.end());
        moments_of(numbers, self.count, self.rate, smooth.rate)
    }
}

/// The file of in-betweens while it is written. It has its name only when it is complete.
struct SmoothFile {
    folder: PathBuf,
    path: PathBuf,
    /// Begun with the first picture, whose size it has.
    writer: Option<Writer>,
    frames: blake3::Hasher,
    count: usize,
}

impl SmoothFile {
    fn begin(folder: &Path, smooth: &SmoothClip) -> Result<Self, Failure> {
        let files = ProjectFiles::of(folder);
        let folder = files.smooth(smooth);
        fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        Ok(Self {
            path: files.smooth_clip(smooth),
            folder,
            writer: None,
            frames: blake3::Hasher::new(),
            count: 0,
        })
    }

    fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        let failed = |error| failure_of(&error);
        let mut writer = if let Some(writer) = self.writer.take() {
            writer
        } else {
            // Its frames are only counted: a container rounds the times of a high rate.
            let content = Content {
                size: [shape.width, shape.height],
                rate: FrameRate::FPS_24,
                has_sound: false,
            };
            Writer::create(&self.path, Format::TAKE, content).map_err(failed)?
        };
        for frame in shape.split(pixels) {
            let picture = Picture::of_rgb(shape.width, shape.height, frame);
            writer.picture(&picture).map_err(failed)?;
            self.frames.update(frame);
            self.count += 1;
        }
        self.writer = Some(writer);
        Ok(())
    }

    /// Leaves nothing behind but a complete file.
    fn abandon(self) {
        drop(self.writer);
        fs::remove_dir(&self.folder).ok(); // only if it is empty
    }

    fn finish(
        &mut self,
        expected: usize,
        smooth: &SmoothClip,
        by: &SmoothedBy,
    ) -> Result<(), Failure> {
        let Some(writer) = self.writer.take().filter(|_| self.count == expected) else {
            let cause = format!(
                "{} pictures were received instead of {expected}",
                self.count
            );
            return Err(Failure::bug(cause));
        };
        writer.finish().map_err(|error| failure_of(&error))?;
        let frames = self.frames.finalize().to_hex().to_string();
        let recipe = RecipeFile {
            smooth: *smooth,
            interpolator: by.interpolator.clone(),
            made_with: by.made_with.clone(),
            clip: hash_of(&self.path).map_err(|error| unwritable(&self.path, &error))?,
            frames: ContentHash::try_from(frames).map_err(Failure::bug)?,
        };
        let lines = ron::ser::PrettyConfig::new().depth_limit(3);
        let text = ron::ser::to_string_pretty(&recipe, lines)
            .map_err(|error| Failure::bug(error.to_string()))?;
        let path = self.folder.join(RECIPE_FILE);
        let written = RealDisk.replace(&path, sealed(&text).as_bytes());
        written.map_err(|error| unwritable(&path, &error))
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::FrameRange;

    use super::kept::has_source;
    use super::kept::tests::made_with;
    use super::*;

    #[test]
    fn a_failure_of_the_engine_leaves_no_folder_behind() {
        let root = tempfile::tempdir().expect("a folder");
        let take = ContentHash::of(b"a take");
        let files = ProjectFiles::of(root.path());
        fs::create_dir_all(files.take(take)).expect("made");
        let content = Content {
            size: [32, 16],
            rate: FrameRate::FPS_24,
            has_sound: false,
        };
        let mut writer =
            Writer::create(&files.take_clip(take), Format::TAKE, content).expect("begun");
        for grey in [20_u8, 90, 160, 230] {
            let picture = Picture::of_rgb(32, 16, &[grey; 32 * 16 * 3]);
            writer.picture(&picture).expect("written");
        }
        writer.finish().expect("a clip");
        let smooth = SmoothClip {
            source: SmoothSource::Take(take),
            rate: FrameRate::new(48, 1).expect("a rate"),
            range: FrameRange {
                start: Frames::ZERO,
                length: Frames(8),
            },
        };
        let project = Project::default();
        assert!(has_source(root.path(), &project, &smooth));
        let by = SmoothedBy {
            interpolator: ModelUsed {
                id: "an-interpolator".into(),
                files: BTreeMap::new(),
            },
            made_with: made_with(),
        };
        let endings = [Ok(false), Err(Failure::refused("no memory", "wait"))];
        for ending in endings {
            let made = make(root.path(), &project, &smooth, &by, &mut |_, _, _| {
                ending.clone()
            });
            assert_eq!(made, ending);
            assert!(!files.smooth(&smooth).exists(), "{ending:?}");
        }
    }

    #[test]
    fn without_an_interpolator_the_remedy_is_reported() {
        let failure = SmoothedBy::first(&[], made_with()).expect_err("none is installed");
        assert!(failure.cause.contains("no frame interpolator"), "{failure}");
        let remedy = failure.remedy.expect("a remedy");
        assert!(remedy.contains("File > Models…"), "{remedy}");
        assert!(remedy.contains("kinora models install"), "{remedy}");
    }
}
