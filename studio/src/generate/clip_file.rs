//! Writes a clip as it arrives from the engine: numbered PNG files in a folder, or one video file. An unfinished video is
//! never visible under its name, and finished frames are kept if their place can no longer be written.

mod place;
mod rescue;
mod sound;
mod video;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_render::{Format, MediaError};
use kinora_timeline::FrameRate;
use kinora_wire::{Failure, Makes, Progress, SoundShape, make_frame_folder, write_frames};

use crate::exchange::output_place::is_there;
use crate::folders::Folders;
use rescue::{KeptFrames, Rescue, kept_as, refuge};
use sound::ClipSound;
use video::Video;

pub use place::{check_place, check_place_with_sound, video_format};
pub use sound::sound_beside;
pub(crate) use sound::wav_writer;

/// The output of a clip.
pub struct ClipFile {
    target: Target,
    /// `None`: the clip is silent.
    sound: Option<ClipSound>,
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
    /// Nothing: the clip is sound alone.
    Nothing,
}

impl ClipFile {
    /// The same as [`ClipFile::at`] for a clip that consists of this. The sound of pictures in a folder is a WAV file beside
    /// it; sound alone is one at the path.
    ///
    /// # Errors
    /// As [`ClipFile::at`].
    pub fn making(
        path: &Path,
        rate: FrameRate,
        replaces: bool,
        makes: Makes,
    ) -> Result<Self, Failure> {
        let mut clip = match makes.has_picture() {
            true => Self::at(path, rate, replaces)?,
            false if !replaces && path.exists() => return Err(is_there(path)),
            false => Self {
                target: Target::Nothing,
                sound: None,
                rescue: None,
                data: Folders::of_user().data,
            },
        };
        if makes.has_sound() {
            let file = match makes {
                Makes::Sound => Some(path.to_owned()),
                Makes::Picture | Makes::Both => sound_beside(path),
            };
            clip.sound = Some(ClipSound::of(file));
        }
        if let Target::Video(video) = &mut clip.target
            && makes.has_sound()
        {
            video.has_sound = true;
            if video.format.sound.is_none() {
                video.format = Format::LOSSLESS;
            }
        }
        Ok(clip)
    }

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
                has_sound: false,
                writer: None,
                kept: KeptFrames::default(),
            })),
        };
        Ok(Self {
            target,
            sound: None,
            rescue: None,
            data: Folders::of_user().data,
        })
    }

    /// Writes the frames or the sound of a progress message; other messages do nothing. Once the place cannot be written, the frames
    /// are kept elsewhere, and [`Self::finish`] reports it.
    ///
    /// # Errors
    /// The frames can be written nowhere.
    pub fn write(&mut self, progress: &Progress, pixels: &Arc<[u8]>) -> Result<(), Failure> {
        let (first, shape) = match progress {
            Progress::Frames { first, picture } => (*first, *picture),
            Progress::Sound {
                first_sample,
                sound,
            } => return self.write_sound(*first_sample, *sound, pixels),
            Progress::Begun { request, .. } => {
                if let Some(sound) = &mut self.sound {
                    sound.begin(&request.settings);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
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
            Target::Nothing => {}
        }
        Ok(())
    }

    fn write_sound(
        &mut self,
        first_sample: u64,
        shape: SoundShape,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let Some(sound) = &mut self.sound else {
            return Ok(());
        };
        let samples = sound.next(first_sample, shape, bytes)?;
        self.add_sound(&samples)
    }

    /// Writes samples into the sound's own file, or into the video.
    fn add_sound(&mut self, samples: &[f32]) -> Result<(), Failure> {
        let Some(sound) = &mut self.sound else {
            return Ok(());
        };
        if sound.add(samples)? {
            return Ok(());
        }
        let Target::Video(video) = &mut self.target else {
            return Ok(());
        };
        let Some(writer) = &mut video.writer else {
            return Ok(()); // its frames are kept elsewhere
        };
        if let Err(error) = writer.sound(samples) {
            video.writer = None;
            self.rescue = Some(video.kept.rescued(failure_of(&error), &self.data)?);
        }
        Ok(())
    }

    /// Writes what is missing at the end of the sound, and finishes its own file.
    fn finish_sound(&mut self) -> Result<(), Failure> {
        let Some(sound) = &self.sound else {
            return Ok(());
        };
        let silence = sound.silence()?;
        if !silence.is_empty() {
            self.add_sound(&silence)?;
        }
        self.sound.take().map_or(Ok(()), ClipSound::finish)
    }

    /// Finishes the files and moves them into their places.
    ///
    /// # Errors
    /// Usually a full disk. The error names the place where the finished clip or its frames are kept.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.finish_sound()?;
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

/// A media error as the failure of a job.
pub fn failure_of(error: &MediaError) -> Failure {
    Failure::bad_file(error.to_string(), error.remedy.clone())
}

#[cfg(test)]
mod tests {
    use kinora_render::media::read_sound;
    use kinora_wire::{Generation, GenerationSettings, PartialSettings, PixelShape};

    use super::*;
    use crate::take::based_shot::tests::recipe;

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
        let failure = clip.finish().expect_err("reported");
        let remedy = failure.remedy.expect("the place");
        let (_, kept) = remedy.split_once("are kept in ").expect("the place");
        let kept = Path::new(kept.split_once(';').expect("and what to do").0);
        assert!(kept.join("00001.png").exists() && kept.join("00002.png").exists());
        assert!(kept.starts_with(root.path()));
    }

    /// A clip of four frames, eight in a second, with a click at its start, as the engine sends it.
    fn send(clip: &mut ClipFile, makes: Makes) {
        let nothing: Arc<[u8]> = Arc::from(Vec::new());
        let settings = GenerationSettings {
            frames: 4,
            rate: 8,
            ..recipe().settings
        };
        let request = Generation::<PartialSettings>::default().with_settings(settings);
        let begun = Progress::Begun {
            request: Box::new(request),
            device: String::new(),
            hint: None,
            memory: None,
            seconds: None,
        };
        clip.write(&begun, &nothing).expect("begun");
        if makes.has_picture() {
            let picture = PixelShape {
                frames: 4,
                width: 32,
                height: 16,
            };
            let pixels: Arc<[u8]> = Arc::from(vec![7; 4 * 32 * 16 * 3]);
            let frames = Progress::Frames { first: 0, picture };
            clip.write(&frames, &pixels).expect("frames");
        }
        let mut samples = vec![0.0_f32; 23_000]; // a thousand less than the clip lasts
        samples[0] = 0.5;
        let sound = SoundShape::new(23_000, 1);
        let first_sample = 0;
        let bytes: Arc<[u8]> = SoundShape::to_bytes(&samples).into();
        let progress = Progress::Sound {
            first_sample,
            sound,
        };
        clip.write(&progress, &bytes).expect("sound");
    }

    #[test]
    fn the_sound_of_a_clip_is_in_its_video_or_beside_its_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let rate = FrameRate::new(8, 1).expect("a rate");
        for (name, sound, makes) in [
            ("fox.mkv", "fox.mkv", Makes::Both),
            ("fox.mov", "fox.mov", Makes::Both),
            ("take 2.5", "take 2.5.wav", Makes::Both),
            ("wind.wav", "wind.wav", Makes::Sound),
        ] {
            let path = root.path().join(name);
            check_place_with_sound(&path, Vec::new(), false, makes).expect("a place");
            let mut clip = ClipFile::making(&path, rate, false, makes).expect("a clip");
            send(&mut clip, makes);
            clip.finish().expect("finished");
            let mut heard = Vec::new();
            let read = read_sound(&root.path().join(sound), &mut |piece| {
                heard.extend_from_slice(piece);
                true
            });
            read.expect(name);
            assert_eq!(heard.len(), 2 * 24_000, "{name}");
            assert!((heard[0] - 0.5).abs() < 1e-6 && heard[2..].iter().all(|one| *one == 0.0));
        }
        let png = root.path().join("take 2.5/00003.png");
        assert!(png.is_file());
        let refused = |name: &str| {
            let path = root.path().join(name);
            check_place_with_sound(&path, Vec::new(), false, Makes::Sound).is_err()
        };
        assert!(refused("wind.wav"), "it is there");
        assert!(refused("wind.mp4") && refused("wind"));
    }

    #[test]
    fn a_clip_whose_sound_does_not_come_is_no_clip() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("wind.wav");
        let rate = FrameRate::FPS_24;
        let clip = ClipFile::making(&path, rate, false, Makes::Sound).expect("a clip");
        assert!(clip.finish().is_err());
        assert!(!path.exists());
    }
}
