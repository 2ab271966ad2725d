//! A microphone that is made up: it hums in real time, and is unplugged or too loud when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use kinora_render::record::{Block, InputDevice, InputEvent, InputFormat, OpenInput, SoundInputs};

/// The sound of its microphones: not the rate of a project.
pub const FORMAT: InputFormat = InputFormat {
    rate_hz: 44_100,
    channels: 1,
};
/// Samples that are sent at once: 10 ms.
const BLOCK: u64 = 441;

/// The switches of a [`FakeMicrophone`].
#[derive(Debug, Default)]
pub struct Switches {
    /// No microphone is found, and an open one is lost.
    pub is_unplugged: AtomicBool,
    /// It hums above full scale.
    pub is_too_loud: AtomicBool,
}

/// Two microphones, "Desk" and "Headset".
#[derive(Clone, Debug, Default)]
pub struct FakeMicrophone {
    /// What a test switches.
    pub switches: Arc<Switches>,
}

impl FakeMicrophone {
    /// One that is not plugged in.
    pub fn unplugged() -> Self {
        let microphone = Self::default();
        microphone.plug(false);
        microphone
    }

    /// Plugs it in or out.
    pub fn plug(&self, is_in: bool) {
        self.switches.is_unplugged.store(!is_in, Ordering::Release);
    }
}

impl SoundInputs for FakeMicrophone {
    fn devices(&self) -> Vec<InputDevice> {
        if self.switches.is_unplugged.load(Ordering::Acquire) {
            return Vec::new();
        }
        let devices = [("Desk", true), ("Headset", false)];
        let devices = devices.map(|(name, is_default)| InputDevice {
            name: name.into(),
            is_default,
        });
        devices.into()
    }

    fn open(
        &self,
        _name: Option<&str>,
        events: SyncSender<InputEvent>,
    ) -> Result<Box<dyn OpenInput>, String> {
        let is_open = Arc::new(AtomicBool::new(true));
        let (switches, is_wanted) = (Arc::clone(&self.switches), Arc::clone(&is_open));
        std::thread::spawn(move || hum(&switches, &is_wanted, &events));
        Ok(Box::new(Opened { is_open }))
    }
}

struct Opened {
    is_open: Arc<AtomicBool>,
}

impl OpenInput for Opened {
    fn format(&self) -> InputFormat {
        FORMAT
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.is_open.store(false, Ordering::Release);
    }
}

/// Sends blocks in real time until their receiver is gone or the plug is pulled.
fn hum(switches: &Switches, is_wanted: &AtomicBool, events: &SyncSender<InputEvent>) {
    let opened = Instant::now();
    for number in 0.. {
        let first = number * BLOCK;
        while opened.elapsed() < FORMAT.duration(first + BLOCK) {
            #[expect(clippy::disallowed_methods, reason = "a device has a time of its own")]
            std::thread::sleep(Duration::from_millis(2));
        }
        if switches.is_unplugged.load(Ordering::Acquire) {
            events.send(InputEvent::Lost("unplugged".into())).ok();
            return;
        }
        let gain = match switches.is_too_loud.load(Ordering::Acquire) {
            true => 4.0,
            false => 0.3,
        };
        let sample = |at: u64| {
            let turns = at as f32 * 220.0 / FORMAT.rate_hz as f32;
            (gain * (turns.fract() * std::f32::consts::TAU).sin()).clamp(-1.0, 1.0)
        };
        let block = Block {
            captured: opened + FORMAT.duration(first),
            first,
            samples: (first..first + BLOCK).map(sample).collect(),
        };
        if !is_wanted.load(Ordering::Acquire) || events.send(InputEvent::Block(block)).is_err() {
            return;
        }
    }
}
