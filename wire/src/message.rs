//! The words of the wire. A studio speaks `Request`s, an engine answers with `Event`s.
//! Both sides greet first and name their protocol, so that a mismatch is told, not guessed.

use serde::{Deserialize, Serialize};

/// The version of this vocabulary. It changes when a message changes its meaning.
pub const PROTOCOL: u32 = 1;

/// What a studio asks of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Always the first message.
    Hello(Hello),
    /// The answer to [`Request::Devices`].
    Devices {
        /// As in [`Hello::devices`].
        devices: Vec<Device>,
    },
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
