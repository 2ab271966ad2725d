//! Playing the timeline's sound on the output device, mixed a little ahead on a thread. The samples the device has taken
//! are the clock of playback; without a device playback is silent and timed by the system clock.

mod clock;
mod metered_mixer;
mod meters;
mod queued_sound;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kinora_timeline::{FrameRange, Frames, Project};
use rodio::MixerDeviceSink;
use rodio::cpal::BufferSize;
use rodio::stream::DeviceSinkBuilder;

use crate::media::SOUND_RATE_HZ;
use clock::Clock;
use metered_mixer::MeteredMixer;
use meters::Meters;
use queued_sound::QueuedSound;

pub use meters::MeterReading;

/// Frames mixed per block.
const FRAMES_AT_ONCE: i64 = 2;
/// How often a full queue is tried again.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A request to the sound thread.
enum Request {
    Play(Box<Project>, Frames, Arc<Clock>, Arc<Meters>),
    /// The project has changed while it is played.
    Change(Box<Project>),
    Rest,
}

/// Plays the sound of a project.
pub struct Speaker {
    requests: Sender<Request>,
    /// The clock of the latest playback; samples of an earlier one do not count.
    clock: Arc<Clock>,
    /// The readings of the latest playback.
    meters: Arc<Meters>,
    /// The time between a sample's being taken and its being heard, once the device is open.
    latency: Arc<OnceLock<Duration>>,
}

impl Speaker {
    /// For the project in this folder. The device is opened on the thread; whether there is one shows in
    /// [`Speaker::seconds`].
    pub fn new(folder: &Path) -> Self {
        let (requests, received) = channel();
        let folder = folder.to_owned();
        let latency = Arc::new(OnceLock::new());
        let known = Arc::clone(&latency);
        std::thread::spawn(move || serve(&folder, &received, &known));
        Self {
            requests,
            clock: Arc::default(),
            meters: Arc::default(),
            latency,
        }
    }

    /// Starts playback at a frame.
    pub fn play(&mut self, project: &Project, from: Frames) {
        self.clock = Arc::default();
        self.meters = Arc::default();
        let (clock, meters) = (Arc::clone(&self.clock), Arc::clone(&self.meters));
        let request = Request::Play(Box::new(project.clone()), from, clock, meters);
        self.requests.send(request).ok();
    }

    /// Goes on with another version of the project, once what is mixed ahead is played.
    pub fn change(&mut self, project: &Project) {
        let request = Request::Change(Box::new(project.clone()));
        self.requests.send(request).ok();
    }

    /// What the meters show now. After the end of playback it is the last reading; `None` before the first, or without a
    /// device.
    pub fn meters(&self) -> Option<MeterReading> {
        self.meters.at(self.clock.samples.load(Ordering::Acquire))
    }

    /// Stops playback.
    pub fn rest(&mut self) {
        self.clock = Arc::default();
        self.requests.send(Request::Rest).ok();
    }

    /// Whether the latest playback is heard. The clock goes on.
    pub fn mute(&mut self, is_muted: bool) {
        self.clock.is_muted.store(is_muted, Ordering::Release);
    }

    /// When the first sample of the latest playback was heard, the latency of the device included as far as the system
    /// reports it. `None` in its first quarter of a second, or without a device.
    pub fn heard_since(&self) -> Option<Instant> {
        let latency = self.latency.get().copied().unwrap_or_default();
        Some(self.clock.began()? + latency)
    }

    /// Seconds of the timeline the device has taken since `play`; `None` before the first, or without a device.
    pub fn seconds(&self) -> Option<f64> {
        let is_playing = self.clock.is_playing.load(Ordering::Acquire);
        let samples = self.clock.samples.load(Ordering::Acquire);
        is_playing.then(|| samples as f64 / f64::from(SOUND_RATE_HZ))
    }
}

fn serve(folder: &Path, requests: &Receiver<Request>, latency: &OnceLock<Duration>) {
    let sink = open_device();
    if let Some(sink) = &sink {
        latency.set(latency_of(sink)).ok();
    }
    let mut next = requests.recv().ok();
    while let Some(request) = next.take() {
        next = match (request, &sink) {
            (Request::Play(project, from, clock, meters), Some(sink)) => {
                let (pieces, source) = QueuedSound::new(clock);
                let is_wanted = Arc::clone(&source.is_wanted);
                sink.mixer().add(source);
                let next = feed(folder, (project, from), (&pieces, &meters), requests);
                is_wanted.store(false, Ordering::Release);
                next
            }
            _ => requests.recv().ok(),
        };
    }
}

fn open_device() -> Option<MixerDeviceSink> {
    #[cfg(target_os = "linux")]
    let _silence = alsa::Output::local_error_handler();
    let mut sink = DeviceSinkBuilder::open_default_sink().ok()?;
    sink.log_on_drop(false);
    Some(sink)
}

/// The time between a sample's being taken and its being heard: the device plays one block while it takes the next.
fn latency_of(sink: &MixerDeviceSink) -> Duration {
    let config = sink.config();
    match config.buffer_size() {
        BufferSize::Fixed(block) => {
            let rate = f64::from(config.sample_rate().get());
            Duration::from_secs_f64(f64::from(*block) / rate)
        }
        BufferSize::Default => Duration::ZERO,
    }
}

/// Mixes block after block until the next request; returns it.
fn feed(
    folder: &Path,
    (mut project, from): (Box<Project>, Frames),
    (pieces, meters): (&SyncSender<Vec<f32>>, &Meters),
    requests: &Receiver<Request>,
) -> Option<Request> {
    let mut mixer = MeteredMixer::new(folder);
    let mut at = from;
    let mut waiting: Option<Vec<f32>> = None;
    loop {
        match requests.try_recv() {
            Ok(Request::Change(changed)) => project = changed,
            Ok(request) => return Some(request),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        let range = FrameRange {
            start: at,
            length: Frames(FRAMES_AT_ONCE),
        };
        let piece = match waiting.take() {
            Some(piece) => piece,
            None if at < project.end() => {
                at += range.length;
                mixer.mix(&project, range, meters)
            }
            None => match requests.recv() {
                Ok(Request::Change(changed)) => {
                    project = changed;
                    continue;
                }
                request => return request.ok(),
            },
        };
        match pieces.try_send(piece) {
            Ok(()) => {}
            Err(TrySendError::Full(piece)) => {
                waiting = Some(piece);
                match requests.recv_timeout(POLL_INTERVAL) {
                    Ok(Request::Change(changed)) => project = changed,
                    Ok(request) => return Some(request),
                    Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                    Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
                }
            }
            Err(TrySendError::Disconnected(_)) => return requests.recv().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rodio::Sample;

    use super::clock::SAMPLES_NOTED;
    use super::*;

    #[test]
    fn the_clock_counts_what_was_played_and_not_what_was_late() {
        let clock = Arc::new(Clock::default());
        let (pieces, mut source) = QueuedSound::new(Arc::clone(&clock));
        assert_eq!(source.next(), Some(0.0), "nothing is mixed yet");
        assert!(!clock.is_playing.load(Ordering::Relaxed));
        pieces.send(vec![0.1, 0.2, 0.3, 0.4]).expect("sent");
        let played: Vec<Sample> = source.by_ref().take(5).collect();
        assert_eq!(played, [0.1, 0.2, 0.3, 0.4, 0.0]);
        assert_eq!(
            clock.samples.load(Ordering::Relaxed),
            2,
            "two for each channel"
        );
        source.is_wanted.store(false, Ordering::Relaxed);
        assert_eq!(source.next(), None);
    }

    #[test]
    fn a_muted_playback_is_silent_and_its_clock_shows_when_it_began() {
        let before = Instant::now();
        let clock = Arc::new(Clock::default());
        let (pieces, mut source) = QueuedSound::new(Arc::clone(&clock));
        clock.is_muted.store(true, Ordering::Relaxed);
        pieces.send(vec![0.5; 1000]).expect("sent");
        assert!(source.by_ref().take(1000).all(|sample| sample.abs() < 1e-9));
        assert_eq!(clock.began(), None, "not known so soon");
        let count = 2 * SAMPLES_NOTED as usize - 1000;
        pieces.send(vec![0.5; count]).expect("sent");
        assert_eq!(source.by_ref().take(count).count(), count);
        let began = clock.began().expect("known");
        assert!(before <= began && began <= Instant::now());
    }

    #[test]
    fn without_a_device_there_is_no_clock_and_nobody_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut speaker = Speaker::new(folder.path());
        speaker.play(&Project::default(), Frames::ZERO);
        speaker.rest();
        assert_eq!(speaker.seconds(), None);
    }
}
