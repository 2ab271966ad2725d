//! What a studio asks an engine to make: one clip, described completely, in plain data.
//! Fields left out are filled from the model's own defaults; the engine tells what it filled in.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Camera, Failure};

/// A job of one engine process. Numbers are given by the studio and never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A clip to be made. An engine gets its pictures and clips as files. A request that is kept for good can name them
/// otherwise, such as by the hash of their content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generation<Picture = PathBuf, Footage = Clip> {
    /// An installed model's id, or the folder of a model. None: the engine's first choice.
    pub model: Option<String>,
    /// What is to be seen.
    pub prompt: String,
    /// What is not to be seen. None: the model's own.
    pub negative: Option<String>,
    /// Pixels of a frame, width and height. None: the model's own.
    pub size: Option<[u32; 2]>,
    /// Frames, a length the model can make. None: the model's own.
    pub frames: Option<u32>,
    /// The noise to begin from: libtorch's processor generator at this seed.
    pub seed: u64,
    /// Steps from noise to clip.
    pub steps: Option<u32>,
    /// How closely the text is followed.
    pub guidance: Option<Guidance>,
    /// Which way the steps go.
    pub sampler: Option<Sampler>,
    /// How many of the steps are spent where there is much noise.
    pub shift: Option<f64>,
    /// Pictures that must be met at their frames.
    pub keyframes: Vec<Keyframe<Picture>>,
    /// Who or what is to be recognised.
    pub references: Vec<Reference<Picture>>,
    /// Where the camera goes.
    pub camera: Option<Camera>,
    /// A clip to keep parts of: retake a range, or extend at either end.
    pub source: Option<Source<Footage>>,
    /// A clip to follow, such as a stage's depth.
    pub control: Option<Footage>,
    /// How closely `control`, references and keyframes are followed, from 0 to 1 and a little beyond.
    pub control_strength: Option<f64>,
    /// "cpu", "cuda", "cuda:1". None: the best there is.
    pub device: Option<String>,
    /// Also write the last latents here, as safetensors.
    pub latents_out: Option<PathBuf>,
}

impl<Picture, Footage> Default for Generation<Picture, Footage> {
    /// No words, nothing given, and all else as the model likes it.
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

/// A picture that must be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyframe<Picture = PathBuf> {
    /// Which frame, from 0. -1 is the last.
    pub frame: i64,
    /// A picture; scaled and cropped to the clip's size.
    pub image: Picture,
}

/// Someone or something to be recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference<Picture = PathBuf> {
    /// As the prompt names it.
    pub name: String,
    /// Pictures; shown whole on white.
    pub images: Vec<Picture>,
}

/// A clip as files, one for each frame: the engine decodes no video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// Picture files in order.
    pub frames: Vec<PathBuf>,
}

/// A clip of which parts are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source<Footage = Clip> {
    /// The clip.
    pub clip: Footage,
    /// Where its first frame lies in the new clip; negative to cut its beginning, positive to extend
    /// before it. Frames of the new clip that it does not reach are made new.
    pub at: i64,
    /// Frames of the new clip to make new although the source has them: from the first up to, not
    /// including, the second.
    pub retake: Option<[u32; 2]>,
}

/// Which way the steps from noise to clip go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampler {
    /// UniPC as Wan's own code has it.
    #[serde(rename = "unipc")]
    UniPc,
    /// UniPC as diffusers has it.
    #[serde(rename = "unipc-diffusers")]
    UniPcDiffusers,
    /// Euler, as VideoX-Fun has it.
    Euler,
    /// The four steps of distilled models.
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

    /// As it is typed.
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

/// How closely the text is followed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Guidance {
    /// As far as the network does by itself. Half the time.
    Off,
    /// Classifier-free guidance.
    Classifier {
        /// 1 is off; 3 to 7 is usual.
        scale: f64,
    },
    /// CFG-Zero*: the negative scaled to fit, the first steps left out.
    ZeroStar {
        /// As for `Classifier`.
        scale: f64,
        /// How many first steps are left out.
        zero_steps: u32,
    },
}

/// What a job tells while it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Progress {
    /// Waits; so many are before it.
    Queued {
        /// Jobs before it.
        ahead: usize,
    },
    /// All it was asked, with what the model's recipe filled in: the whole recipe of the clip.
    Begun {
        /// Nothing in it is None any more that has a default.
        #[serde(rename = "recipe")]
        request: Box<Generation>,
        /// What it is made on.
        device: String,
        /// What to know of the prompt: words that mean nothing to the model.
        hint: Option<String>,
    },
    /// Reads a part of the model.
    Loading {
        /// "text encoder", "transformer", "autoencoder".
        part: String,
        /// Bytes read.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// Does something else that takes its time.
    Working {
        /// "text", "pictures", "frames in tiles".
        what: String,
        /// From 0 to 1.
        done: f64,
    },
    /// A step from noise to clip is done.
    Step {
        /// Steps done.
        done: u32,
        /// Steps in all.
        of: u32,
        /// How long the rest will take, by what steps and frames took so far. None: not known yet.
        seconds_left: Option<f64>,
    },
    /// A rough picture of what is coming. The pixels follow the message.
    Preview {
        /// How many frames, and their size.
        picture: PixelShape,
    },
    /// Finished frames. The pixels follow the message.
    Frames {
        /// Number of the first of them.
        first: u32,
        /// How many frames, and their size.
        picture: PixelShape,
    },
}

/// How a job ended. After this nothing more is heard of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// All frames were sent.
    Done {
        /// What it took.
        timings: Timings,
    },
    /// It could not be done.
    Failed {
        /// Why, and what to do.
        failure: Failure,
    },
    /// Someone asked for it to end.
    Cancelled,
}

/// Where the time went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading the model.
    pub loading: f64,
    /// Encoding text and pictures.
    pub encoding: f64,
    /// From noise to latents.
    pub denoising: f64,
    /// From latents to frames.
    pub decoding: f64,
    /// From the first to the last.
    pub total: f64,
}

/// Frames of 8-bit red, green, blue, row by row, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelShape {
    /// Frames.
    pub frames: u32,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl PixelShape {
    /// How many bytes the pixels are; None if they could not be counted.
    pub fn bytes(self) -> Option<usize> {
        [self.width, self.height, 3]
            .iter()
            .try_fold(self.frames as usize, |bytes, &side| {
                bytes.checked_mul(side as usize)
            })
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
}
