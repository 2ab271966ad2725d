//! A sound input as the recorder sees it: the list of devices, and blocks of samples with the time they were captured
//! at. The devices of the system are one implementation, the made-up ones of the tests another.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// An input that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDevice {
    /// The system's name for it.
    pub name: String,
    /// Whether the system uses it if nothing else is chosen.
    pub is_default: bool,
}

/// The samples of an open input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputFormat {
    /// Samples per second of each channel.
    pub rate_hz: u32,
    /// 1 or 2. Further channels of a device are left out.
    pub channels: u16,
}

impl InputFormat {
    /// The time that so many samples of each channel last.
    pub fn duration(self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.rate_hz.max(1)))
    }
}

/// Samples that were captured one after the other.
#[derive(Clone, Debug)]
pub struct Block {
    /// When the first of them was captured: the latency of the input is taken off, where the system reports it.
    pub captured: Instant,
    /// The samples of each channel that came before since the input was opened, those that were lost included.
    pub first: u64,
    /// Interleaved, from -1 to 1.
    pub samples: Vec<f32>,
}

/// What an open input reports.
#[derive(Clone, Debug)]
pub enum InputEvent {
    /// Samples.
    Block(Block),
    /// The device is gone, with the system's reason. Nothing follows.
    Lost(String),
}

/// The inputs of a machine.
pub trait SoundInputs: Send + Sync {
    /// All inputs. Empty: there is no microphone. May take a second, so it is not for the window's thread.
    fn devices(&self) -> Vec<InputDevice>;

    /// Opens an input, or the default one; it sends its samples to `events` until it is dropped. A full channel loses
    /// samples, which shows in [`Block::first`].
    ///
    /// # Errors
    /// The system's reason why it cannot be opened.
    fn open(
        &self,
        name: Option<&str>,
        events: SyncSender<InputEvent>,
    ) -> Result<Box<dyn OpenInput>, String>;
}

/// An input that is open. It stays on the thread that has opened it.
pub trait OpenInput {
    /// The format of its samples.
    fn format(&self) -> InputFormat;
}
