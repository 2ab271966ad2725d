//! Playing the timeline's sound on the output device, mixed a little ahead on a thread. The samples the device has taken
//! are the clock of playback; without a device playback is silent and timed by the system clock.

mod meters;

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{
    Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kinora_timeline::{FrameRange, Frames, Project};
use rodio::cpal::BufferSize;
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
/// The first samples of a playback, by which it is known when it began: more than two blocks of the device.
const SAMPLES_NOTED: i64 = 12_000;
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

/// Samples of the timeline the device has taken since playback began.
#[derive(Debug)]
struct Clock {
    samples: AtomicI64,
    is_playing: AtomicBool,
    /// Played, but not heard.
    is_muted: AtomicBool,
    created: Instant,
    /// When the first sample was taken, in nanoseconds since `created`. See [`Clock::note`].
    began: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            samples: AtomicI64::default(),
            is_playing: AtomicBool::default(),
            is_muted: AtomicBool::default(),
            created: Instant::now(),
            began: AtomicI64::new(i64::MIN),
        }
    }
}

impl Clock {
    /// Notes that a sample is taken now. A device takes a block of them at once, and plays the first of it when the block
    /// before has ended: of all samples, the first of a block gives the latest beginning, the right one.
    fn note(&self, sample: i64) {
        let seconds = sample as f64 / f64::from(SOUND_RATE_HZ);
        let since = self.created.elapsed().as_secs_f64() - seconds;
        self.began.fetch_max((since * 1e9) as i64, Ordering::AcqRel);
    }

    /// When the first sample was taken; `None` until that is known.
    fn began(&self) -> Option<Instant> {
        let is_known = self.samples.load(Ordering::Acquire) >= SAMPLES_NOTED;
        let nanoseconds = self.began.load(Ordering::Acquire);
        let since = u64::try_from(nanoseconds).ok().filter(|_| is_known)?;
        Some(self.created + Duration::from_nanos(since))
    }
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
        } else {
            let taken = self.clock.samples.load(Ordering::Relaxed);
            if taken < SAMPLES_NOTED {
                self.clock.note(taken);
            }
        }
        self.is_right = !self.is_right;
        let is_muted = self.clock.is_muted.load(Ordering::Relaxed);
        Some(if is_muted { 0.0 } else { sample })
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
    fn a_muted_playback_is_silent_and_its_clock_tells_when_it_began() {
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
