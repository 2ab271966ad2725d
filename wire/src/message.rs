//! The words of the wire. A studio speaks `Request`s, an engine answers with `Event`s.
//! Both sides greet first and name their protocol, so that a mismatch is told, not guessed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Failure, Generation, JobId, ModelInfo, Outcome, Progress};

/// The version of this vocabulary. It changes when a message changes its meaning.
pub const PROTOCOL: u32 = 5;

/// What a studio asks of an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Always the first message.
    Hello {
        /// The protocol the studio speaks.
        protocol: u32,
        /// The studio's own version, for people who read logs.
        studio: String,
    },
    /// Look at the devices again: free memory changes.
    Devices,
    /// Look at the models again.
    Models {
        /// And tell of the model in this folder, if it is one.
        also: Option<String>,
    },
    /// Make a clip, after the others.
    Submit {
        /// A number this studio has not used before with this process.
        job: JobId,
        /// What to make.
        generation: Box<Generation>,
    },
    /// End a job, waiting or running.
    Cancel {
        /// Which.
        job: JobId,
    },
    /// Hash a model's files against its card. Waits its turn like a clip.
    Verify {
        /// A number this studio has not used before with this process.
        job: JobId,
        /// Which model.
        model: String,
    },
}

impl Request {
    /// The greeting of this version.
    pub fn hello() -> Self {
        Self::Hello {
            protocol: PROTOCOL,
            studio: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// What an engine tells its studio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Always the first message.
    Hello(Hello),
    /// The answer to [`Request::Devices`].
    Devices {
        /// As in [`Hello::devices`].
        devices: Vec<Device>,
    },
    /// The answer to [`Request::Models`].
    Models {
        /// Installed ones first.
        models: Vec<ModelInfo>,
        /// Where models are looked for.
        folders: Vec<String>,
    },
    /// A job tells what it does.
    Progress {
        /// Which.
        job: JobId,
        /// What.
        progress: Progress,
        /// Of a preview or of frames. They follow the JSON as they are.
        #[serde(skip)]
        pixels: Arc<[u8]>,
    },
    /// A job is over.
    Ended {
        /// Which.
        job: JobId,
        /// How.
        outcome: Outcome,
    },
    /// The answer to [`Request::Verify`], before its end.
    Verified {
        /// Which job.
        job: JobId,
        /// Each file with what was found.
        files: Vec<FileVerdict>,
    },
}

impl Event {
    /// How many bytes of pixels follow the JSON; None if they could not be counted.
    pub fn pixel_bytes(&self) -> Option<usize> {
        match self {
            Self::Progress {
                progress: Progress::Preview { picture } | Progress::Frames { picture, .. },
                ..
            } => picture.bytes(),
            _ => Some(0),
        }
    }
}

/// A model's file, hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVerdict {
    /// Where it lies.
    pub path: String,
    /// Its sha256, in hexadecimal.
    pub sha256: String,
    /// What is wrong with it; None if it is as the card says, or the card does not say.
    pub wrong: Option<Failure>,
    /// Whether the card knows what it should be.
    pub is_known: bool,
}

/// An engine introduces itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol the engine speaks.
    pub protocol: u32,
    /// The engine's own version.
    pub engine: String,
    /// The version of libtorch it was built for, as "2.11.0".
    pub libtorch: String,
    /// Where the loaded `libtorch_cpu` lies.
    pub libtorch_path: String,
    /// What it can compute on, the processor first.
    pub devices: Vec<Device>,
    /// How the search for CUDA ended: each reason calls for another remedy.
    pub cuda: Cuda,
}

/// One thing that computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The name to ask for it by: "cpu", "cuda:0".
    pub id: String,
    /// What it is called in a shop.
    pub name: String,
    /// Processor or graphics card.
    pub kind: DeviceKind,
    /// All of its memory, in bytes.
    pub memory_total_bytes: u64,
    /// What of it is free now, in bytes.
    pub memory_free_bytes: u64,
}

/// Processor or graphics card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The processor, with the machine's own memory.
    Cpu,
    /// An NVIDIA graphics card.
    Cuda,
}

/// How the search for CUDA ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Cuda {
    /// libtorch can use at least one graphics card.
    Ready {
        /// The version of the NVIDIA driver, as "580.65.06".
        driver: String,
    },
    /// There is no NVIDIA driver, so (as far as anyone can tell) no NVIDIA card.
    NoDriver {
        /// What the search for it said.
        why: String,
    },
    /// There is a card, but libtorch's CUDA half is not installed.
    NoLibraries {
        /// Where it was looked for.
        looked_for: String,
    },
    /// Card and libraries are there, but do not work together.
    Broken {
        /// What libtorch or the loader said.
        why: String,
    },
}
