//! One recording while it grows: its first sample is the one that was captured at the moment of the start, and what the
//! device has lost is silence, so that the voice stays in step with the film.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::input::{Block, InputFormat};
use super::wav::{Growing, WavWriter};

/// How often the header is brought up to date and the disk waited for: what a power cut may take.
const SETTLE_INTERVAL: Duration = Duration::from_secs(2);
/// The longest time that samples are held until the start is known.
const LONGEST_HELD: Duration = Duration::from_secs(30);
/// How much longer than the time that has passed the silence for lost samples may be: clocks of devices drift. More is a
/// mistake of the device, which must not fill the disk.
const MOST_DRIFT: Duration = Duration::from_mins(1);

/// What to record.
#[derive(Clone, Debug)]
pub struct RecordingOrder {
    /// The file to create. If there is one already, the new one gets a number behind its name.
    pub path: PathBuf,
    /// The moment of its first sample. It may become known after the samples have come.
    pub start: Arc<OnceLock<Instant>>,
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The file. It is not there if no sample was recorded.
    pub path: PathBuf,
    /// The format of its samples.
    pub format: InputFormat,
    /// Its samples of each channel.
    pub frames: u64,
    /// The highest amplitude.
    pub peak: f32,
    /// Why it ended before it was stopped. What came before is in the file.
    pub trouble: Option<Trouble>,
}

/// Why a recording ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The device was unplugged, or sends nothing.
    #[error("the microphone was lost ({0})")]
    DeviceLost(String),
    /// There is no room.
    #[error("the disk is full")]
    DiskFull,
    /// The file cannot be written.
    #[error("the file could not be written ({0})")]
    File(String),
    /// A WAV file cannot be longer.
    #[error("the file has reached 4 GB, the most of a WAV file")]
    TooLong,
}

impl Trouble {
    pub(super) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::File(error.to_string()),
        }
    }
}

/// A recording that grows.
pub(super) struct Recording<F> {
    writer: WavWriter<F>,
    order: RecordingOrder,
    format: InputFormat,
    /// Blocks until the start is known.
    held: VecDeque<Block>,
    /// When the first sample since the input was opened was captured: the earliest by the blocks of this recording,
    /// because a block can be delivered late, and not early.
    origin: Option<Instant>,
    /// The sample that is written next, counted since the input was opened; `None` before the start is known.
    next: Option<i64>,
    settled: Instant,
    peak: f32,
}

impl<F: Growing> Recording<F> {
    pub fn new(writer: WavWriter<F>, order: RecordingOrder, format: InputFormat) -> Self {
        Self {
            writer,
            order,
            format,
            held: VecDeque::new(),
            origin: None,
            next: None,
            settled: Instant::now(),
            peak: 0.0,
        }
    }

    /// Takes a block: writes it, or holds it until the start is known.
    pub fn add(&mut self, block: Block) -> Result<(), Trouble> {
        if self.next.is_none() {
            let before = self.format.duration(block.first);
            let origin = block.captured.checked_sub(before);
            let known = self.origin.into_iter().chain(origin);
            self.origin = known.min();
            self.hold(block);
            return self.begin();
        }
        self.write(&block)?;
        if self.settled.elapsed() >= SETTLE_INTERVAL {
            self.settled = Instant::now();
            self.writer.settle().map_err(|error| Trouble::of(&error))?;
        }
        Ok(())
    }

    /// Ends it. What is held is written if the start has become known.
    pub fn finish(mut self, trouble: Option<Trouble>) -> Recorded {
        let begun = if self.next.is_none() {
            self.begin()
        } else {
            Ok(())
        };
        let trouble = trouble.or(begun.err());
        let frames = self.writer.frames();
        let path = self.order.path;
        let finished = self.writer.finish();
        if frames == 0 {
            std::fs::remove_file(&path).ok();
        }
        Recorded {
            path,
            format: self.format,
            frames,
            peak: self.peak,
            trouble: trouble.or(finished.err().map(|error| Trouble::of(&error))),
        }
    }

    fn hold(&mut self, block: Block) {
        self.held.push_back(block);
        let frames = |block: &Block| block.samples.len() as u64 / u64::from(self.format.channels);
        let mut all: u64 = self.held.iter().map(frames).sum();
        while self.format.duration(all) > LONGEST_HELD {
            let Some(oldest) = self.held.pop_front() else {
                return;
            };
            all -= oldest.samples.len() as u64 / u64::from(self.format.channels);
        }
    }

    /// Writes what is held from the start on, if the start is known.
    fn begin(&mut self) -> Result<(), Trouble> {
        let (Some(start), Some(origin)) = (self.order.start.get(), self.origin) else {
            return Ok(());
        };
        let after = start.saturating_duration_since(origin).as_secs_f64();
        let before = origin.saturating_duration_since(*start).as_secs_f64();
        let rate = f64::from(self.format.rate_hz);
        self.next = Some(((after - before) * rate).round() as i64);
        for block in std::mem::take(&mut self.held) {
            self.write(&block)?;
        }
        Ok(())
    }

    /// Writes what of a block is not written yet, with silence for what is missing before it.
    fn write(&mut self, block: &Block) -> Result<(), Trouble> {
        let channels = usize::from(self.format.channels);
        let first = block.first as i64;
        let next = self.next.unwrap_or(first);
        let missing = (first - next).clamp(0, self.longest_silence(block));
        self.put_silence(missing as usize * channels)?;
        let known = (next - first).max(0) as usize * channels;
        if let Some(samples) = block.samples.get(known..) {
            let loudest = samples
                .iter()
                .fold(0.0_f32, |most, one| most.max(one.abs()));
            self.peak = self.peak.max(loudest);
            self.put(samples)?;
        }
        let end = first + (block.samples.len() / channels) as i64;
        self.next = Some(next.max(end));
        Ok(())
    }

    /// The most samples of each channel that can be missing before a block.
    fn longest_silence(&self, block: &Block) -> i64 {
        let start = self.order.start.get().copied();
        let start = start.unwrap_or(block.captured);
        let passed = block.captured.saturating_duration_since(start);
        let seconds = (passed + MOST_DRIFT).as_secs_f64();
        (seconds * f64::from(self.format.rate_hz)) as i64
    }

    /// Writes so many samples of silence, of all channels together.
    fn put_silence(&mut self, samples: usize) -> Result<(), Trouble> {
        // In pieces of a second: a disk may have stood still for minutes.
        let second = self.format.rate_hz as usize * usize::from(self.format.channels);
        let silence = vec![0.0; samples.min(second)];
        let mut left = samples;
        while left > 0 {
            let piece = &silence[..left.min(silence.len())];
            self.put(piece)?;
            left -= piece.len();
        }
        Ok(())
    }

    fn put(&mut self, samples: &[f32]) -> Result<(), Trouble> {
        if !self.writer.has_room(samples.len()) {
            return Err(Trouble::TooLong);
        }
        let written = self.writer.write(samples);
        written.map_err(|error| Trouble::of(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use super::*;
    use crate::media::read_sound;

    const FORMAT: InputFormat = InputFormat {
        rate_hz: 48_000,
        channels: 1,
    };

    fn recording(path: &Path, start: Option<Instant>) -> Recording<File> {
        let order = RecordingOrder {
            path: path.into(),
            start: Arc::new(start.map_or_else(OnceLock::new, OnceLock::from)),
        };
        let (writer, _) = WavWriter::create(path, FORMAT).expect("created");
        Recording::new(writer, order, FORMAT)
    }

    /// 10 ms of samples that count, captured so much too late.
    fn block(opened: Instant, number: u64, late_ms: u64) -> Block {
        let first = number * 480;
        Block {
            captured: opened + FORMAT.duration(first) + Duration::from_millis(late_ms),
            first,
            samples: (first..first + 480).map(counted).collect(),
        }
    }

    fn counted(sample: u64) -> f32 {
        sample as f32 / 48_000.0
    }

    fn read(recorded: &Recorded) -> Vec<f32> {
        let mut samples = Vec::new();
        read_sound(&recorded.path, &mut |block| {
            samples.extend(block.iter().step_by(2));
            true
        })
        .expect("sound");
        samples
    }

    #[test]
    fn the_first_sample_is_the_one_captured_at_the_start_whenever_the_start_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let opened = Instant::now();
        let start = opened + Duration::from_millis(105); // sample 5040
        let expected: Vec<f32> = (5040..14_400).map(counted).collect();
        let path = folder.path().join("known.wav");
        let mut known = recording(&path, Some(start));
        let path = folder.path().join("later.wav");
        let mut later = recording(&path, None);
        for number in 0..30 {
            // Most blocks are delivered late, as by a busy machine.
            let late_ms = if number == 4 { 0 } else { number % 7 };
            known.add(block(opened, number, 0)).expect("taken");
            later.add(block(opened, number, late_ms)).expect("taken");
            if number == 20 {
                later.order.start.set(start).expect("once");
            }
        }
        for recorded in [known.finish(None), later.finish(None)] {
            assert_eq!((recorded.frames, &recorded.trouble), (9360, &None));
            assert!((recorded.peak - counted(14_399)).abs() < 1e-6);
            let found = read(&recorded);
            assert_eq!(found.len(), expected.len());
            let differences = found.iter().zip(&expected);
            let most = differences.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(most < 1e-6, "{most}");
        }
    }

    #[test]
    fn lost_samples_are_silence_so_that_what_follows_is_in_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let opened = Instant::now();
        let path = folder.path().join("gap.wav");
        // It starts before the first sample.
        let start = opened
            .checked_sub(Duration::from_millis(20))
            .expect("a time");
        let mut recording = recording(&path, Some(start));
        for number in [0, 1, 4] {
            recording.add(block(opened, number, 0)).expect("taken");
        }
        let found = read(&recording.finish(None));
        assert_eq!(found.len(), 960 + 5 * 480);
        let is_silent =
            |range: std::ops::Range<usize>| found[range].iter().all(|one| one.abs() < 1e-9);
        assert!(is_silent(0..960) && is_silent(960 + 960..960 + 4 * 480));
        assert!((found[960 + 4 * 480] - counted(4 * 480)).abs() < 1e-6);
    }

    #[test]
    fn a_minute_of_lost_samples_is_as_much_silence_and_a_mistaken_device_fills_no_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let opened = Instant::now();
        let path = folder.path().join("asleep.wav");
        let mut recording = recording(&path, Some(opened));
        let minute = 6101; // a minute and a second
        for number in [0, minute] {
            recording.add(block(opened, number, 0)).expect("taken");
        }
        // A block that claims to be an hour later than it is.
        let claimed = Block {
            first: 480 * 360_000,
            ..block(opened, minute + 1, 0)
        };
        recording.add(claimed).expect("taken");
        let recorded = recording.finish(None);
        let found = read(&recorded);
        let known = |block: u64| found[480 * block as usize + 479];
        assert!((known(0) - counted(479)).abs() < 1e-6);
        let silence = &found[480..480 * minute as usize];
        assert!(silence.iter().all(|one| one.abs() < 1e-9));
        let last = known(minute);
        assert!((last - counted(480 * minute + 479)).abs() < 1e-4, "{last}");
        let most = 48_000 * 122 + 480 * (minute + 2); // the time that passed, and a minute
        assert!(recorded.frames < most, "{}", recorded.frames);
    }

    #[test]
    fn a_recording_without_a_sample_leaves_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("none.wav");
        let mut recording = recording(&path, None);
        recording
            .add(block(Instant::now(), 0, 0))
            .expect("held for a start that never comes");
        assert_eq!(recording.finish(None).frames, 0);
        assert!(!path.exists());
    }
}
