//! The messages: a studio sends `Request`s, an engine sends `Event`s.
//! Each side first sends a hello with its protocol version, so that a mismatch can be reported.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Embed, Estimate, Failure, Generation, Interpolate, JobId, ModelList, Outcome, Progress,
    SoundForPicture, Upscale,
};

/// Protocol version. It changes when the meaning of a message changes.
pub const PROTOCOL: u32 = 12;

/// A message from the studio to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Always the first message.
    Hello {
        /// The studio's protocol version.
        protocol: u32,
        /// The studio's program version, for logs.
        studio: String,
    },
    /// List the devices again, with the memory that is free now.
    Devices,
    /// List the models again.
    Models {
        /// Also list the model in this folder, if there is one.
        also: Option<String>,
    },
    /// Say what a clip would take, without making it. It is answered at once, also while jobs run. Its pictures are counted,
    /// not read.
    Estimate {
        /// A number for the answer.
        question: u64,
        /// The clip.
        generation: Box<Generation>,
    },
    /// Add a generation job to the end of the queue.
    Submit {
        /// A new id: one that was not used with this process.
        job: JobId,
        /// The clip to generate.
        generation: Box<Generation>,
    },
    /// Add a job that makes a clip's pictures larger to the end of the queue.
    Upscale {
        /// A new id: one that was not used with this process.
        job: JobId,
        /// The clip and the upscaler.
        upscale: Box<Upscale>,
    },
    /// Add a job that makes pictures between those of a clip to the end of the queue.
    Interpolate {
        /// A new id: one that was not used with this process.
        job: JobId,
        /// The clip, the moments and the interpolator.
        interpolate: Box<Interpolate>,
    },
    /// Add a job that makes sound for the pictures of a clip to the end of the queue.
    Sound {
        /// A new id: one that was not used with this process.
        job: JobId,
        /// The clip, the seed and the network.
        sound: Box<SoundForPicture>,
    },
    /// Add a job that describes pictures by vectors to the end of the queue.
    Embed {
        /// A new id: one that was not used with this process.
        job: JobId,
        /// The pictures and the image encoder.
        embed: Box<Embed>,
    },
    /// Cancel a waiting or running job.
    Cancel {
        /// The job.
        job: JobId,
    },
    /// Hash a model's files and compare them with its card, or hash the file of a LoRA. Queued like a generation.
    Verify {
        /// A new id: one that was not used with this process.
        job: JobId,
        /// The model's id or folder, or the path of a LoRA's file.
        model: String,
    },
}

impl Request {
    /// The hello of this version.
    pub fn hello() -> Self {
        Self::Hello {
            protocol: PROTOCOL,
            studio: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// A message from the engine to the studio.
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
    Models(ModelList),
    /// The answer to [`Request::Estimate`].
    Estimated {
        /// The number of the question.
        question: u64,
        /// The answer.
        estimate: Estimate,
    },
    /// Progress of a job.
    Progress {
        /// The job.
        job: JobId,
        /// The progress.
        progress: Progress,
        /// Pixels of a preview or of frames, or samples of sound, sent raw after the JSON.
        #[serde(skip)]
        pixels: Arc<[u8]>,
    },
    /// A job has ended.
    Ended {
        /// The job.
        job: JobId,
        /// How it ended.
        outcome: Outcome,
    },
    /// The answer to [`Request::Verify`], sent before its `Ended`.
    Verified {
        /// The job.
        job: JobId,
        /// One verdict per file.
        files: Vec<FileVerdict>,
    },
}

impl Event {
    /// Bytes of pixels or samples that follow the JSON. `None` if the number overflows, or if no such block exists.
    pub fn payload_bytes(&self) -> Option<usize> {
        match self {
            Self::Progress {
                progress: Progress::Sound { sound, .. },
                ..
            } => sound.bytes(),
            Self::Progress {
                progress: Progress::Preview { picture } | Progress::Frames { picture, .. },
                ..
            } => picture.bytes(),
            _ => Some(0),
        }
    }
}

/// The hash of a model's file, compared with the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVerdict {
    /// Path of the file.
    pub path: String,
    /// Its sha256, in hexadecimal.
    pub sha256: String,
    /// Why the file is wrong. `None` if the hash matches the card, or the card has no hash.
    pub wrong: Option<Failure>,
    /// Whether the card has a hash for this file.
    pub is_known: bool,
}

/// The engine's first message: versions and devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The engine's protocol version.
    pub protocol: u32,
    /// The engine's program version.
    pub engine: String,
    /// The version of libtorch it was built for, as "2.11.0".
    pub libtorch: String,
    /// Path of the loaded `libtorch_cpu`.
    pub libtorch_path: String,
    /// Compute devices, the CPU first.
    pub devices: Vec<Device>,
    /// How the search for CUDA ended. Each reason has its own remedy.
    pub cuda: Cuda,
}

impl Hello {
    /// Reads what `kinora-engine devices` prints. `None`: it is something else.
    pub fn from_json(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// The device that jobs run on by default: the first CUDA device, or else the first device.
    pub fn best_device(&self) -> Option<&Device> {
        let is_card = |device: &&Device| device.kind == DeviceKind::Cuda;
        let card = self.devices.iter().find(is_card);
        card.or(self.devices.first())
    }

    /// The device with this id. Without an id, or without such a device, the default one.
    pub fn device_or_best(&self, id: Option<&str>) -> Option<&Device> {
        let wanted = |device: &&Device| id == Some(device.id.as_str());
        let found = self.devices.iter().find(wanted);
        found.or_else(|| self.best_device())
    }
}

/// A compute device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The id used in requests: "cpu", "cuda:0".
    pub id: String,
    /// The product name.
    pub name: String,
    /// CPU or graphics card.
    pub kind: DeviceKind,
    /// Total memory, in bytes.
    pub memory_total_bytes: u64,
    /// Memory that is free now, in bytes.
    pub memory_free_bytes: u64,
    /// What a graphics card can do; left out for the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardDetails>,
}

/// What a graphics card can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardDetails {
    /// CUDA's compute capability: "9.0".
    pub compute_capability: String,
    /// The attention kernel: "flash", "memory-efficient", "math" or "cuDNN". Only `kinora-engine devices` requests it,
    /// since that takes memory on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<String>,
}

/// CPU or graphics card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The CPU, with the machine's main memory.
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
    /// There is no NVIDIA driver, so probably no NVIDIA card.
    NoDriver {
        /// The error of the search for it.
        why: String,
    },
    /// There is a card, but libtorch's CUDA library is not installed.
    NoLibraries {
        /// Path where it was searched.
        looked_for: String,
    },
    /// Card and libraries are installed, but do not work together.
    Broken {
        /// The error of libtorch or of the loader.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_device_is_used_and_one_that_is_missing_gives_the_default() {
        let device = |id: &str, kind| Device {
            id: id.into(),
            name: id.into(),
            kind,
            memory_total_bytes: 0,
            memory_free_bytes: 0,
            card: None,
        };
        let hello = Hello {
            protocol: PROTOCOL,
            engine: String::new(),
            libtorch: String::new(),
            libtorch_path: String::new(),
            devices: vec![
                device("cpu", DeviceKind::Cpu),
                device("cuda:0", DeviceKind::Cuda),
                device("cuda:1", DeviceKind::Cuda),
            ],
            cuda: Cuda::NoDriver { why: String::new() },
        };
        let used = |id| hello.device_or_best(id).map(|device| device.id.as_str());
        assert_eq!(used(Some("cpu")), Some("cpu"));
        assert_eq!(used(Some("cuda:1")), Some("cuda:1"));
        assert_eq!(used(Some("cuda:7")), Some("cuda:0"));
        assert_eq!(used(None), Some("cuda:0"));
    }

    #[test]
    fn the_details_of_a_card_are_read_from_what_the_engine_prints() {
        let printed = br#"{"protocol":1,"engine":"","libtorch":"","libtorch_path":"","devices":[
            {"id":"cpu","name":"","kind":"cpu","memory_total_bytes":1,"memory_free_bytes":1},
            {"id":"cuda:0","name":"","kind":"cuda","memory_total_bytes":1,"memory_free_bytes":1,
             "card":{"compute_capability":"9.0","attention":"flash"}}],
            "cuda":{"found":"ready","driver":"580"}}"#;
        let hello = Hello::from_json(printed).expect("a hello");
        assert_eq!(hello.devices[0].card, None);
        let card = hello.devices[1].card.as_ref().expect("details");
        assert_eq!(card.compute_capability, "9.0");
        assert_eq!(card.attention.as_deref(), Some("flash"));
        assert_eq!(Hello::from_json(b"no device"), None);
    }
}
