//! Compares the frames of a repeated recipe with those of its take.

use std::path::Path;

use kinora_render::VideoReader;
use kinora_render::project::ProjectFiles;
use kinora_timeline::{ContentHash, Frames};
use kinora_wire::{Failure, PixelShape};

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
}

impl Reproduced {
    /// Whether the frames are identical to the last bit.
    pub fn is_identical(&self) -> bool {
        self.largest == 0
    }

    /// The result as a sentence.
    pub fn sentence(&self) -> String {
        let Self {
            frames,
            largest,
            mean,
            ..
        } = self;
        match self.is_identical() {
            true => format!("Reproduced: all {frames} frames are identical."),
            false => format!(
                "Not identical: colour values (0 to 255) differ by {mean:.3} on average and by {largest} at most, over {frames} frames."
            ),
        }
    }
}

/// A comparison in progress.
pub struct Comparison {
    take: ContentHash,
    reader: VideoReader,
    frames: u32,
    largest: u8,
    sum: u64,
    count: u64,
}

impl Comparison {
    /// A comparison with a take of the project in this folder.
    ///
    /// # Errors
    /// The clip cannot be read.
    pub fn with(folder: &Path, take: ContentHash) -> Result<Self, Failure> {
        let clip = ProjectFiles::of(folder).take_clip(take);
        Ok(Self {
            take,
            reader: VideoReader::open(&clip).map_err(|error| failure_of(&error))?,
            frames: 0,
            largest: 0,
            sum: 0,
            count: 0,
        })
    }

    /// Compares the next frames.
    ///
    /// # Errors
    /// The clip cannot be read; the frames have another size.
    pub fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        for frame in shape.split(pixels) {
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

    /// The result.
    pub fn finish(self) -> Reproduced {
        Reproduced {
            take: self.take,
            frames: self.frames,
            largest: self.largest,
            mean: self.sum as f64 / self.count.max(1) as f64,
        }
    }
}
