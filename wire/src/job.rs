//! A generation request, and the progress and outcome of its job, as plain data.
//! The engine fills fields that are left out from the model's defaults and reports the complete request.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Camera, Failure};

/// The id of a job. The studio chooses it, and uses each id once per engine process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A generation request: one clip. The engine gets pictures and clips as files. A stored request can refer to them in
/// another way, such as by content hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generation<Picture = PathBuf, Footage = Clip> {
    /// The id of an installed model, or a model's folder. `None`: the first installed model.
    pub model: Option<String>,
    /// The prompt.
    pub prompt: String,
    /// The negative prompt. Used only with guidance. `None`: the model's default.
    pub negative: Option<String>,
    /// Width and height of a frame, in pixels. `None`: the model's default.
    pub size: Option<[u32; 2]>,
    /// Length in frames; must fit the model's [`FrameRule`](crate::FrameRule). `None`: the model's default.
    pub frames: Option<u32>,
    /// Seed of the initial noise, for libtorch's CPU generator. The same seed gives the same noise on every device.
    pub seed: u64,
    /// Denoising steps, 1 to 1000. `None`: the model's default.
    pub steps: Option<u32>,
    /// Guidance method and scale. `None`: the model's default.
    pub guidance: Option<Guidance>,
    /// The sampler. `None`: the model's default.
    pub sampler: Option<Sampler>,
    /// Flow-matching timestep shift, above 0: sigma' = shift * sigma / (1 + (shift - 1) * sigma). 1 leaves the schedule
    /// unchanged; higher values spend more steps at high noise. `None`: the model's default.
    pub shift: Option<f64>,
    /// Keyframes: pictures at given frames.
    pub keyframes: Vec<Keyframe<Picture>>,
    /// Reference pictures of characters or objects.
    pub references: Vec<Reference<Picture>>,
    /// The camera path.
    pub camera: Option<Camera>,
    /// A source clip of which frames are kept: to retake a range, or to extend at either end.
    pub source: Option<Source<Footage>>,
    /// A control clip, such as the depth pass of a stage.
    pub control: Option<Footage>,
    /// Scale of the control branch (VACE): the weight of control clip, references and keyframes. From 0 (ignored) to 2;
    /// 1 is what the model was trained with. `None`: 1, or the model's default for a control clip.
    pub control_strength: Option<f64>,
    /// "cpu", "cuda" or "cuda:1". `None`: the first graphics card, or the CPU if there is none.
    pub device: Option<String>,
    /// Also write the final latents to this safetensors file.
    pub latents_out: Option<PathBuf>,
}

impl<Picture, Footage> Default for Generation<Picture, Footage> {
    /// An empty prompt, no inputs, seed 0, and the model's defaults for everything else.
    fn default() -> Self {
        Self {
            model: None,
            prompt: String::new(),
            negative: None,
            size: None,
            frames: None,
            seed: 0,
            steps: None,
            guidance: None,
            sampler: None,
            shift: None,
            keyframes: Vec::new(),
            references: Vec::new(),
            camera: None,
            source: None,
            control: None,
            control_strength: None,
            device: None,
            latents_out: None,
        }
    }
}

/// A picture for one frame of the clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyframe<Picture = PathBuf> {
    /// Frame number, from 0. Negative numbers count from the end: -1 is the last frame.
    pub frame: i64,
    /// The picture. It is scaled and centre-cropped to the clip's size.
    pub image: Picture,
}

/// A character or an object to be recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference<Picture = PathBuf> {
    /// The name used in the prompt.
    pub name: String,
    /// One or more pictures. Each is shown to the model uncropped on a white ground.
    pub images: Vec<Picture>,
}

/// A clip as picture files, one per frame: the engine decodes no video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// Picture files, in frame order.
    pub frames: Vec<PathBuf>,
}

/// A source clip: its frames are kept wherever they are not retaken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source<Footage = Clip> {
    /// The clip.
    pub clip: Footage,
    /// The frame of the new clip at which the source begins. Negative values trim the source's start; positive values
    /// extend the clip before it. Frames of the new clip outside the source are generated.
    pub at: i64,
    /// A range of frames of the new clip to generate again, although the source covers them: start, and end
    /// (exclusive).
    pub retake: Option<[u32; 2]>,
}

/// Samplers: the sigma schedule and the solver step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampler {
    /// UniPC with the schedule of Wan's own code (sigmas from 0.999 to 0, before the shift).
    #[serde(rename = "unipc")]
    UniPc,
    /// UniPC with the schedule of diffusers (sigmas from 1 to 0.001, before the shift).
    #[serde(rename = "unipc-diffusers")]
    UniPcDiffusers,
    /// Euler, with the schedule of VideoX-Fun.
    Euler,
    /// Euler, with the four fixed steps of step-distilled models.
    Distilled,
}

impl Sampler {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::UniPc,
        Self::UniPcDiffusers,
        Self::Euler,
        Self::Distilled,
    ];

    /// The name used on command lines and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::UniPc => "unipc",
            Self::UniPcDiffusers => "unipc-diffusers",
            Self::Euler => "euler",
            Self::Distilled => "distilled",
        }
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Sampler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|sampler| sampler.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|sampler| sampler.name()).collect();
            format!("there is no such sampler; there are: {}", names.join(", "))
        })
    }
}

/// Guidance: how strongly the prompt counts against the negative prompt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Guidance {
    /// No guidance: one forward pass per step instead of two.
    Off,
    /// Classifier-free guidance: `v = v_negative + scale * (v_prompt - v_negative)`.
    Classifier {
        /// CFG scale, 0 or more. 1 is off; 3 to 7 is usual.
        scale: f64,
    },
    /// CFG-Zero*: as `Classifier`, with `v_negative` first scaled by
    /// `dot(v_prompt, v_negative) / dot(v_negative, v_negative)`, and with zero velocity in the first steps.
    ZeroStar {
        /// CFG scale, as for `Classifier`.
        scale: f64,
        /// How many steps at the start have zero velocity.
        zero_steps: u32,
    },
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
        request: Box<Generation>,
        /// The name of the device.
        device: String,
        /// A note on the prompt: words that the model does not know.
        hint: Option<String>,
    },
    /// Reads a component of the model.
    Loading {
        /// "text encoder", "transformer", "autoencoder".
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
    fn a_request_can_name_its_pictures_and_clips_by_their_content() {
        let kept: Generation<String, String> = Generation {
            keyframes: vec![Keyframe {
                frame: -1,
                image: "hash of a picture".into(),
            }],
            source: Some(Source {
                clip: "hash of a take".into(),
                at: 3,
                retake: None,
            }),
            ..Generation::default()
        };
        let text = serde_json::to_string(&kept).expect("written");
        let again: Generation<String, String> = serde_json::from_str(&text).expect("read");
        assert_eq!(again, kept);
        let request: Result<Generation, _> = serde_json::from_str(&text);
        assert!(request.is_err(), "a hash is no clip of files");
    }

    #[test]
    fn a_complete_request_is_called_recipe_on_the_wire() {
        let begun = Progress::Begun {
            request: Box::default(),
            device: "cpu".into(),
            hint: None,
        };
        let json = serde_json::to_value(&begun).expect("written");
        assert_eq!(json["recipe"]["prompt"], "", "{json}");
    }
}
