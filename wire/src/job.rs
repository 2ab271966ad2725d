//! A job: its id, its progress and its outcome, as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Failure, Generation, GenerationSettings, MemoryUse, Upscale};

/// The id of a job. The studio chooses it, and uses each id once per engine process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Progress of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Progress {
    /// The job waits in the queue.
    Queued {
        /// Jobs that run before this one.
        ahead: usize,
    },
    /// The job has begun.
    Begun {
        /// The complete request, with defaults filled in.
        #[serde(rename = "recipe")]
        request: Box<Generation<GenerationSettings>>,
        /// The name of the device.
        device: String,
        /// A note on the prompt: words that the model does not know.
        hint: Option<String>,
        /// How it uses the memory of the device. `None`: it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory: Option<MemoryUse>,
        /// The seconds that it will take, as in [`Estimate::Fits`](crate::Estimate::Fits). `None`: the speed is not known yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// Something that the user should know about the running job, such as a smaller plan after a lack of memory.
    Notice {
        /// The text.
        text: String,
    },
    /// An upscaling job has begun.
    UpscaleBegun {
        /// The complete request.
        upscale: Box<Upscale>,
        /// The name of the device.
        device: String,
        /// Width and height of the large pictures divided by those of the small ones.
        scale: u32,
    },
    /// An interpolation job has begun.
    InterpolateBegun {
        /// The id of the interpolator.
        model: String,
        /// The name of the device.
        device: String,
    },
    /// Reads a component of the model.
    Loading {
        /// "text encoder", "transformer", "low-noise transformer", "autoencoder".
        part: String,
        /// Bytes read so far.
        done_bytes: u64,
        /// Bytes in total.
        total_bytes: u64,
    },
    /// Another long task.
    Working {
        /// "text", "pictures", "frames in tiles".
        what: String,
        /// Fraction done, from 0 to 1.
        done: f64,
    },
    /// A denoising step is done.
    Step {
        /// Steps done so far.
        done: u32,
        /// Steps in total.
        of: u32,
        /// Estimated seconds left, from the times of steps and frames so far. `None`: not known yet.
        seconds_left: Option<f64>,
    },
    /// A small preview made from the latents. The pixels follow the message.
    Preview {
        /// How many frames, and their size.
        picture: PixelShape,
    },
    /// Finished frames. The pixels follow the message.
    Frames {
        /// Number of the first frame.
        first: u32,
        /// How many frames, and their size.
        picture: PixelShape,
    },
    /// Finished sound. The samples follow the message. Blocks follow each other without gaps, from sample 0, which
    /// is heard as the first frame begins.
    Sound {
        /// Number of the first sample of each channel.
        first_sample: u64,
        /// How many samples, and their form.
        sound: SoundShape,
    },
    /// The vector of a picture.
    Embedded {
        /// The number of the picture in its request, from 0.
        picture: u32,
        /// Its numbers: finite, with a sum of squares of 1.
        vector: Vec<f32>,
    },
}

/// How a job ended. No message of the job follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The job is done. All frames were sent.
    Done {
        /// Where the time went.
        timings: Timings,
    },
    /// The job failed.
    Failed {
        /// Cause and remedy.
        failure: Failure,
    },
    /// The job was cancelled.
    Cancelled,
}

/// Where a job's time went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading the model's files.
    pub loading: f64,
    /// Encoding prompts and pictures.
    pub encoding: f64,
    /// Denoising: from noise to latents.
    pub denoising: f64,
    /// Decoding: from latents to frames.
    pub decoding: f64,
    /// The whole job.
    pub total: f64,
}

/// Size of a block of 8-bit RGB frames, stored frame by frame and row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelShape {
    /// Frames.
    pub frames: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl PixelShape {
    /// Bytes of the pixels. `None` if the number overflows.
    pub fn bytes(self) -> Option<usize> {
        [self.width, self.height, 3]
            .iter()
            .try_fold(self.frames as usize, |bytes, &side| {
                bytes.checked_mul(side as usize)
            })
    }

    /// The pixels of one frame after another. A frame that is not whole is left out.
    pub fn split(self, pixels: &[u8]) -> impl Iterator<Item = &[u8]> {
        let frame = Self { frames: 1, ..self };
        pixels.chunks_exact(frame.bytes().unwrap_or(usize::MAX).max(1))
    }
}

/// The form of a block of sound: 32-bit floats, little endian, full scale from -1 to 1, the channels of a sample side by
/// side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundShape {
    /// Samples of each channel.
    pub samples: u32,
    /// 1, or 2: left, then right.
    pub channels: u16,
    /// Samples per second of each channel: always [`Self::RATE_HZ`].
    pub rate_hz: u32,
}

impl SoundShape {
    /// The only sample rate of the wire: engines convert.
    pub const RATE_HZ: u32 = 48_000;
    const SAMPLE_BYTES: usize = size_of::<f32>();

    /// A block of this many samples of each channel.
    pub fn new(samples: u32, channels: u16) -> Self {
        Self {
            samples,
            channels,
            rate_hz: Self::RATE_HZ,
        }
    }

    /// Bytes of the samples. `None` if the number overflows, if nothing follows, or for another rate or more channels than
    /// the wire carries.
    pub fn bytes(self) -> Option<usize> {
        let is_known = self.rate_hz == Self::RATE_HZ && matches!(self.channels, 1 | 2);
        let samples = Some(self.samples).filter(|&samples| is_known && samples > 0)?;
        let values = (samples as usize).checked_mul(usize::from(self.channels))?;
        values.checked_mul(Self::SAMPLE_BYTES)
    }

    /// The values of a payload. Bytes after the last whole value are left out.
    pub fn split(self, bytes: &[u8]) -> impl Iterator<Item = f32> {
        let values = bytes.as_chunks().0.iter();
        values.map(|value| f32::from_le_bytes(*value))
    }

    /// The payload of values, the channels of a sample side by side.
    pub fn to_bytes(values: &[f32]) -> Vec<u8> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        bytes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_request_is_called_recipe_on_the_wire() {
        let settings = crate::settings::tests::settings();
        let begun = Progress::Begun {
            request: Box::new(Generation::<()>::default().with_settings(settings)),
            device: "cpu".into(),
            hint: None,
            memory: None,
            seconds: None,
        };
        let json = serde_json::to_value(&begun).expect("written");
        assert_eq!(json["recipe"]["prompt"], "", "{json}");
        assert_eq!(json["recipe"]["steps"], 50, "{json}");
        assert_eq!(serde_json::from_value::<Progress>(json).ok(), Some(begun));
    }
}
