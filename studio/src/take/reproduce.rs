//! A recipe followed once more: whether the very same frames come, or how far off they are.

use std::path::Path;

use kinora_render::VideoReader;
use kinora_render::film::FilmFiles;
use kinora_timeline::{ContentHash, Frames};
use kinora_wire::{Failure, PixelShape};

use crate::generate::clip_file::failure_of;

/// How near a take's recipe came to the take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reproduced {
    /// The take.
    pub take: ContentHash,
    /// Frames that were compared.
    pub frames: u32,
    /// The largest difference of a red, green or blue, of 255; 0 if all frames are the same to the last bit.
    pub largest: u8,
    /// The mean difference, of 255.
    pub mean: f64,
}

impl Reproduced {
    /// Whether the frames are the same to the last bit.
    pub fn is_identical(&self) -> bool {
        self.largest == 0
    }

    /// In a sentence.
    pub fn words(&self) -> String {
        let Self {
            frames,
            largest,
            mean,
            ..
        } = self;
        match self.is_identical() {
            true => format!("Reproduced: all {frames} frames are the same to the last bit."),
            false => format!(
                "Not the same: of 255, colours differ by {mean:.3} on average and by {largest} at most, over {frames} frames."
            ),
        }
    }
}

/// A comparison under way.
pub struct Comparison {
    take: ContentHash,
    reader: VideoReader,
    frames: u32,
    largest: u8,
    sum: u64,
    count: u64,
}

impl Comparison {
    /// With a take of the film in this folder.
    ///
    /// # Errors
    /// A clip that cannot be read.
    pub fn with(folder: &Path, take: ContentHash) -> Result<Self, Failure> {
        let clip = FilmFiles::of(folder).take_clip(take);
        Ok(Self {
            take,
            reader: VideoReader::open(&clip).map_err(|error| failure_of(&error))?,
            frames: 0,
            largest: 0,
            sum: 0,
            count: 0,
        })
    }

    /// The next frames.
    ///
    /// # Errors
    /// A clip that cannot be read; frames of another size.
    pub fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        let bytes = PixelShape { frames: 1, ..shape }.bytes();
        for frame in pixels.chunks_exact(bytes.unwrap_or(usize::MAX).max(1)) {
            let there = self.reader.frame(Frames(i64::from(self.frames)));
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

    /// What came of it.
    pub fn finish(self) -> Reproduced {
        Reproduced {
            take: self.take,
            frames: self.frames,
            largest: self.largest,
            mean: self.sum as f64 / self.count.max(1) as f64,
        }
    }
}
