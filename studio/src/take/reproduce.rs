//! Compares frames and sound of a repeated recipe with those of its take.

use std::path::{Path, PathBuf};

use kinora_render::VideoReader;
use kinora_render::media::Conformed;
use kinora_render::project::ProjectFiles;
use kinora_timeline::{ContentHash, Frames};
use kinora_wire::{Failure, GenerationSettings, PixelShape, SoundShape};

use super::failure::unwritable;
use super::take_sound::{IncomingSound, step_of, value_of};
use super::take_store::{Take, TakeStore};
use crate::generate::clip_file::failure_of;

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reproduced {
    /// The take.
    pub take: ContentHash,
    /// The number of compared frames.
    pub frames: u32,
    /// The largest difference of a colour value, 0 to 255. 0: all frames are identical.
    pub largest: u8,
    /// The mean difference of a colour value, 0 to 255.
    pub mean: f64,
    /// The comparison of the sound; `None` for a silent take, and for an upscaled one, whose sound is a copy.
    pub sound: Option<SoundDifference>,
}

/// The difference of two sounds of the same length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundDifference {
    /// The compared samples of each channel.
    pub samples: u64,
    /// The largest difference of two samples, in steps of 24 bits. 0: all samples are identical.
    pub largest_steps: u32,
}

impl SoundDifference {
    /// The largest difference of two samples in decibels below full scale. `None`: there is none.
    fn decibels(self) -> Option<f64> {
        let steps = i32::try_from(self.largest_steps).unwrap_or(i32::MAX);
        (steps > 0).then(|| 20.0 * f64::from(value_of(steps)).log10())
    }
}

impl Reproduced {
    /// Whether frames and sound are identical to the last bit.
    pub fn is_identical(&self) -> bool {
        self.largest == 0 && self.sound.is_none_or(|sound| sound.largest_steps == 0)
    }

    /// The result as a sentence.
    pub fn sentence(&self) -> String {
        let Self {
            frames,
            largest,
            mean,
            ..
        } = self;
        if self.is_identical() {
            return match (self.sound, frames) {
                (None, _) => format!("Reproduced: all {frames} frames are identical."),
                (Some(_), 0) => "Reproduced: the sound is identical.".into(),
                (Some(_), _) => {
                    format!("Reproduced: all {frames} frames and the sound are identical.")
                }
            };
        }
        let picture = (*largest > 0).then(|| {
            format!(
                "colour values (0 to 255) differ by {mean:.3} on average and by {largest} at most, over {frames} frames"
            )
        });
        let sound = self.sound.and_then(SoundDifference::decibels);
        let sound = sound.map(|decibels| {
            format!("samples of the sound differ by {decibels:.0} dB of full scale at most")
        });
        let parts: Vec<String> = picture.into_iter().chain(sound).collect();
        format!("Not identical: {}.", parts.join("; "))
    }
}

/// A comparison in progress.
pub struct Comparison {
    take: ContentHash,
    /// `None` for sound alone.
    reader: Option<VideoReader>,
    sound: Option<SoundComparison>,
    frames: u32,
    largest: u8,
    sum: u64,
    count: u64,
}

impl Comparison {
    /// A comparison with a take of the project in this folder, whose clip has these settings.
    ///
    /// # Errors
    /// The clip or its sound cannot be read.
    pub fn with(
        folder: &Path,
        take: ContentHash,
        settings: &GenerationSettings,
    ) -> Result<Self, Failure> {
        let files = ProjectFiles::of(folder);
        let found = TakeStore::of(folder).find(take);
        let is_alone = found.as_ref().is_some_and(Take::is_sound_alone);
        let recipe = found.as_ref().and_then(|found| found.readable());
        let is_copied = recipe.is_some_and(|recipe| recipe.upscaled.is_some());
        let has_sound = found.as_ref().is_some_and(|found| found.sound.is_some()) && !is_copied;
        let reader = (!is_alone).then(|| VideoReader::open(&files.take_clip(take)));
        let sound = has_sound.then(|| SoundComparison::with(&files, take, settings));
        Ok(Self {
            take,
            reader: reader.transpose().map_err(|error| failure_of(&error))?,
            sound: sound.transpose()?,
            frames: 0,
            largest: 0,
            sum: 0,
            count: 0,
        })
    }

    /// Compares the next frames.
    ///
    /// # Errors
    /// The clip cannot be read; the frames have another size; the take has none.
    pub fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        let Some(reader) = &mut self.reader else {
            return Err(Failure::bug("frames were sent where the take has none"));
        };
        for frame in shape.split(pixels) {
            let there = reader.frame(Frames(i64::from(self.frames)));
            let there = there.map_err(|error| failure_of(&error))?;
            if (there.width, there.height) != (shape.width, shape.height) {
                return Err(Failure::bug("the frames have another size than the take"));
            }
            let colours = there.rgba.as_chunks::<4>().0.iter();
            let pairs = colours.flat_map(|pixel| &pixel[..3]).zip(frame);
            for (one, other) in pairs {
                let off = one.abs_diff(*other);
                self.largest = self.largest.max(off);
                self.sum += u64::from(off);
                self.count += 1;
            }
            self.frames += 1;
        }
        Ok(())
    }

    /// Compares the next block of sound.
    ///
    /// # Errors
    /// The sound cannot be read; a fault of the engine; the take is silent.
    pub fn add_sound(
        &mut self,
        first_sample: u64,
        shape: SoundShape,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let silent = || Failure::bug("sound was sent where the take has none");
        let sound = self.sound.as_mut().ok_or_else(silent)?;
        let steps = sound.incoming.next(first_sample, shape, bytes)?;
        sound.compare(&steps)
    }

    /// The result.
    ///
    /// # Errors
    /// The sound cannot be read; sound is missing.
    pub fn finish(self) -> Result<Reproduced, Failure> {
        let sound = self.sound.map(SoundComparison::finish).transpose()?;
        Ok(Reproduced {
            take: self.take,
            frames: self.frames,
            largest: self.largest,
            mean: self.sum as f64 / self.count.max(1) as f64,
            sound,
        })
    }
}

/// A comparison of sounds in progress. That of the take is read piece by piece.
struct SoundComparison {
    take: Conformed,
    path: PathBuf,
    incoming: IncomingSound,
    difference: SoundDifference,
}

impl SoundComparison {
    fn with(
        files: &ProjectFiles,
        take: ContentHash,
        settings: &GenerationSettings,
    ) -> Result<Self, Failure> {
        let path = files.take_sound(take);
        let key = ProjectFiles::take_sound_key(take);
        let (place, probe) = (files.conformed_sound(key), files.probe(key));
        let open = Conformed::open(&path, &place, &probe);
        Ok(Self {
            take: open.map_err(|error| failure_of(&error))?,
            path,
            incoming: IncomingSound::of(settings),
            difference: SoundDifference::default(),
        })
    }

    /// Compares the next steps, stereo interleaved.
    fn compare(&mut self, steps: &[i32]) -> Result<(), Failure> {
        let mut there = vec![0.0; steps.len()];
        let first = i64::try_from(self.difference.samples).unwrap_or(i64::MAX);
        let read = self.take.read(first, &mut there);
        read.map_err(|error| unwritable(&self.path, &error))?;
        for (one, other) in there.into_iter().map(step_of).zip(steps) {
            let off = one.abs_diff(*other);
            self.difference.largest_steps = self.difference.largest_steps.max(off);
        }
        self.difference.samples += steps.len() as u64 / 2;
        Ok(())
    }

    fn finish(mut self) -> Result<SoundDifference, Failure> {
        let missing = self.incoming.missing()?; // it is less than a second
        self.compare(&vec![0; missing as usize * 2])?;
        Ok(self.difference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_identical_only_if_picture_and_sound_are() {
        let same = Reproduced {
            take: ContentHash::of(b"take"),
            frames: 9,
            largest: 0,
            mean: 0.0,
            sound: None,
        };
        assert_eq!(same.sentence(), "Reproduced: all 9 frames are identical.");
        let with = |largest_steps| Reproduced {
            sound: Some(SoundDifference {
                samples: 48_000,
                largest_steps,
            }),
            ..same
        };
        assert!(with(0).is_identical());
        let words = "Reproduced: all 9 frames and the sound are identical.";
        assert_eq!(with(0).sentence(), words);
        assert!(!with(1 << 13).is_identical());
        let words = "Not identical: samples of the sound differ by -60 dB of full scale at most.";
        assert_eq!(with(1 << 13).sentence(), words);
    }
}
