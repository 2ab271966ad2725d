//! The recorder with inputs that are made here: what it records, and what is kept when a device is lost or a file refused.

use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, OnceLock};

use super::*;

const FORMAT: InputFormat = InputFormat {
    rate_hz: 44_100,
    channels: 2,
};

/// An input whose samples the test sends.
#[derive(Default)]
struct ByHand {
    events: Arc<Mutex<Option<SyncSender<InputEvent>>>>,
}

struct Opened;

impl OpenInput for Opened {
    fn format(&self) -> InputFormat {
        FORMAT
    }
}

impl SoundInputs for ByHand {
    fn devices(&self) -> Vec<InputDevice> {
        Vec::new()
    }

    fn open(
        &self,
        name: Option<&str>,
        events: SyncSender<InputEvent>,
    ) -> Result<Box<dyn OpenInput>, String> {
        if let Some(name) = name {
            return Err(format!("{name} is not connected"));
        }
        *self.events.lock().expect("no panic") = Some(events);
        Ok(Box::new(Opened))
    }
}

/// A microphone that is open, with the sender of its samples.
fn opened() -> (Microphone, SyncSender<InputEvent>) {
    let inputs = ByHand::default();
    let events = Arc::clone(&inputs.events);
    let microphone = Microphone::open(Arc::new(inputs), None, || {});
    assert_eq!(next(&microphone), Report::Opened(FORMAT));
    let sender = events.lock().expect("no panic").take().expect("opened");
    (microphone, sender)
}

fn next(microphone: &Microphone) -> Report {
    let patience = Duration::from_secs(20);
    microphone.reports.recv_timeout(patience).expect("a report")
}

/// Sends so many hundredths of a second of this sample on both sides.
fn send(
    sender: &SyncSender<InputEvent>,
    opened: Instant,
    blocks: std::ops::Range<u64>,
    sample: f32,
) {
    for number in blocks {
        let block = Block {
            captured: opened + FORMAT.duration(number * 441),
            first: number * 441,
            samples: vec![sample; 882],
        };
        sender.send(InputEvent::Block(block)).expect("listened to");
    }
}

fn order(path: &Path, start: Instant) -> RecordingOrder {
    RecordingOrder {
        path: path.into(),
        start: Arc::new(OnceLock::from(start)),
    }
}

#[test]
fn a_recording_goes_from_its_start_to_its_stop_and_the_next_one_to_a_file_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (microphone, sender) = opened();
    let begun = Instant::now();
    for number in 0..2 {
        let path = folder.path().join(format!("{number}.wav"));
        let from = 100 * number;
        microphone.record(order(&path, begun + FORMAT.duration((from + 10) * 441)));
        wait_for(|| path.exists());
        send(&sender, begun, from..from + 50, 0.25);
        microphone.stop();
        let Report::Recorded(recorded) = next(&microphone) else {
            panic!("a recording");
        };
        assert_eq!(recorded.path, path);
        assert_eq!((recorded.frames, recorded.trouble), (40 * 441, None));
        assert!((recorded.peak - 0.25).abs() < 1e-6);
    }
    assert!((microphone.take_peak() - 0.25).abs() < 1e-6 && !microphone.is_clipped());
    send(&sender, begun, 200..201, -1.0);
    wait_for(|| microphone.is_clipped());
    microphone.put_out_clip_light();
    assert!(!microphone.is_clipped());
}

#[test]
fn a_lost_device_ends_the_recording_and_what_was_recorded_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("voice.wav");
    let (microphone, sender) = opened();
    let begun = Instant::now();
    microphone.record(order(&path, begun));
    wait_for(|| path.exists());
    send(&sender, begun, 0..30, 0.5);
    let lost = InputEvent::Lost("unplugged".into());
    sender.send(lost).expect("listened to");
    let Report::Recorded(recorded) = next(&microphone) else {
        panic!("a recording");
    };
    assert_eq!(recorded.frames, 30 * 441);
    let trouble = recorded.trouble.expect("a reason").to_string();
    assert_eq!(trouble, "the microphone was lost (unplugged)");
    assert_eq!(next(&microphone), Report::Lost("unplugged".into()));
    assert_eq!(repair(&path).expect("whole"), (FORMAT, 30 * 441));
}

#[test]
fn a_dropped_microphone_ends_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("voice.wav");
    let (microphone, sender) = opened();
    let begun = Instant::now();
    microphone.record(order(&path, begun));
    wait_for(|| path.exists());
    send(&sender, begun, 0..20, 0.5);
    wait_for(|| microphone.take_peak() > 0.4);
    drop(microphone);
    wait_for(|| sender.send(InputEvent::Lost(String::new())).is_err());
    assert!(repair(&path).expect("whole").1 > 0);
}

#[test]
fn a_folder_or_a_device_that_is_not_there_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = folder.path().join("media");
    std::fs::write(&taken, "a file").expect("written");
    let path = taken.join("voice.wav");
    let (microphone, _sender) = opened();
    microphone.record(order(&path, Instant::now()));
    let Report::Recorded(recorded) = next(&microphone) else {
        panic!("a recording");
    };
    assert!(matches!(recorded.trouble, Some(Trouble::File(_))));
    let name = Some("Desk".to_owned());
    let gone = Microphone::open(Arc::new(ByHand::default()), name, || {});
    let refused = Report::Refused("Desk is not connected".into());
    assert_eq!(next(&gone), refused);
}

#[test]
fn a_device_that_sends_nothing_is_lost() {
    let (microphone, _sender) = opened();
    assert_eq!(next(&microphone), Report::Lost("it sends nothing".into()));
}

fn wait_for(mut is_it: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_it() {
        assert!(since.elapsed() < Duration::from_secs(20), "in vain");
        std::thread::yield_now();
    }
}
