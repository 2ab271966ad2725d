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
