//! Playing the timeline's sound on the output device, mixed a little ahead on a thread. The samples the device has taken
//! are the clock of playback; without a device playback is silent and timed by the system clock.

mod meters;

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{
    Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::time::Duration;

use kinora_timeline::{FrameRange, Frames, Project};
use rodio::stream::DeviceSinkBuilder;
use rodio::{ChannelCount, MixerDeviceSink, Sample, SampleRate, Source};

use crate::media::SOUND_RATE_HZ;
use crate::mix::{LoudnessMeter, Mixer, sample_at};
use meters::Meters;

pub use meters::MeterReading;

/// Frames mixed per block.
const FRAMES_AT_ONCE: i64 = 2;
/// Blocks mixed ahead.
const PIECES_AHEAD: usize = 6;
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
}

/// Samples of the timeline the device has taken since playback began.
#[derive(Debug, Default)]
struct Clock {
    samples: AtomicI64,
    is_playing: AtomicBool,
}

impl Speaker {
    /// For the project in this folder. The device is opened on the thread; whether there is one shows in
    /// [`Speaker::seconds`].
    pub fn new(folder: &Path) -> Self {
        let (requests, received) = channel();
        let folder = folder.to_owned();
        std::thread::spawn(move || serve(&folder, &received));
        Self {
            requests,
            clock: Arc::default(),
            meters: Arc::default(),
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

    /// Seconds of the timeline the device has taken since `play`; `None` before the first, or without a device.
    pub fn seconds(&self) -> Option<f64> {
        let is_playing = self.clock.is_playing.load(Ordering::Acquire);
        let samples = self.clock.samples.load(Ordering::Acquire);
        is_playing.then(|| samples as f64 / f64::from(SOUND_RATE_HZ))
    }
}

fn serve(folder: &Path, requests: &Receiver<Request>) {
    let sink = open_device();
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

/// Mixes, and measures what it has mixed.
struct MeteredMixer {
    mixer: Mixer,
    loudness: LoudnessMeter,
    /// Samples mixed since playback began.
    mixed: i64,
}

impl MeteredMixer {
    fn new(folder: &Path) -> Self {
        Self {
            mixer: Mixer::new(folder),
            loudness: LoudnessMeter::default(),
            mixed: 0,
        }
    }

    fn mix(&mut self, project: &Project, range: FrameRange, meters: &Meters) -> Vec<f32> {
        let rate = project.rate();
        let silence = sample_at(range.end(), rate) - sample_at(range.start, rate);
        // Unreadable sound is silent here; the export reports it.
        let piece = self.mixer.mix(project, range);
        let piece = piece.unwrap_or_else(|_| vec![0.0; silence.max(0) as usize * 2]);
        self.loudness.add(&piece);
        let reading = MeterReading {
            tracks: self.mixer.take_peaks(),
            master: meters::peaks(&piece),
            loudness: self.loudness.loudness(),
        };
        meters.add(self.mixed, reading);
        self.mixed += (piece.len() / 2) as i64;
        piece
    }
}

/// The device's source: silence when the mix is late, which does not count as played.
struct QueuedSound {
    pieces: Receiver<Vec<f32>>,
    piece: std::vec::IntoIter<f32>,
    clock: Arc<Clock>,
    is_wanted: Arc<AtomicBool>,
    is_right: bool,
}

impl QueuedSound {
    fn new(clock: Arc<Clock>) -> (SyncSender<Vec<f32>>, Self) {
        let (sender, pieces) = sync_channel(PIECES_AHEAD);
        let source = Self {
            pieces,
            piece: Vec::new().into_iter(),
            clock,
            is_wanted: Arc::new(AtomicBool::new(true)),
            is_right: false,
        };
        (sender, source)
    }
}

impl Iterator for QueuedSound {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        if !self.is_wanted.load(Ordering::Relaxed) {
            return None;
        }
        if self.piece.len() == 0 {
            match self.pieces.try_recv() {
                Ok(piece) => {
                    self.piece = piece.into_iter();
                    self.clock.is_playing.store(true, Ordering::Release);
                }
                Err(TryRecvError::Empty) => return Some(0.0),
                Err(TryRecvError::Disconnected) => return None,
            }
        }
        let sample = self.piece.next().unwrap_or(0.0);
        if self.is_right {
            self.clock.samples.fetch_add(1, Ordering::Relaxed);
        }
        self.is_right = !self.is_right;
        Some(sample)
    }
}

impl Source for QueuedSound {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        const STEREO: ChannelCount = NonZero::new(2).expect("two");
        STEREO
    }

    fn sample_rate(&self) -> SampleRate {
        const RATE: SampleRate = NonZero::new(SOUND_RATE_HZ).expect("above zero");
        RATE
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
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
    fn without_a_device_there_is_no_clock_and_nobody_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut speaker = Speaker::new(folder.path());
        speaker.play(&Project::default(), Frames::ZERO);
        speaker.rest();
        assert_eq!(speaker.seconds(), None);
    }
}
