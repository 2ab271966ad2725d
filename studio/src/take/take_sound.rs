//! The sound of a take: what the engine sends, brought to 24 bits and to the length of the clip, and its file beside the
//! frames.

use std::path::Path;

use kinora_render::media::read_sound;
use kinora_render::{Content, Format, MediaError, SOUND_RATE_HZ, Writer};
use kinora_timeline::{ContentHash, FrameRate};
use kinora_wire::{Failure, GenerationSettings, SoundShape};
use serde::{Deserialize, Serialize};

use super::failure::unwritable;
use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;

/// Full scale in steps of 24 bits.
const FULL_SCALE: f64 = 8_388_608.0; // 2^23
/// What is missing at the end of a sound becomes silence, up to this long: networks count sound in blocks of their own.
const MOST_MISSING_SAMPLES: u64 = SOUND_RATE_HZ as u64 / 2;
/// Samples of silence that are written at once.
const SILENCE_SAMPLES: usize = 4096;

/// The sound of a take, as `take.ron` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeSound {
    /// The hash of `sound.flac`.
    pub file: ContentHash,
    /// The hash of its samples: left and right in turn, 24 bits in four bytes, little endian. Equal for two takes with
    /// identical sound.
    pub samples: ContentHash,
}

/// A sample in steps of 24 bits: 2^23 times the value, rounded to the nearest integer, a half to the even one, and limited
/// to what 24 bits hold.
pub fn step_of(value: f32) -> i32 {
    let steps = (f64::from(value) * FULL_SCALE).round_ties_even();
    steps.clamp(-FULL_SCALE, FULL_SCALE - 1.0) as i32
}

/// The sample of a step: exact in single precision.
pub fn value_of(step: i32) -> f32 {
    (f64::from(step) / FULL_SCALE) as f32
}

/// The samples of each channel that a clip of these settings lasts, rounded to the nearest.
pub fn clip_samples(settings: &GenerationSettings) -> u64 {
    let rate = u64::from(settings.rate.max(1));
    (u64::from(settings.frames) * u64::from(SOUND_RATE_HZ) + rate / 2) / rate
}

/// The sound that arrives from an engine, block after block, as long as its clip.
#[derive(Debug)]
pub struct IncomingSound {
    /// The samples of each channel that the clip lasts.
    length: u64,
    received: u64,
    channels: Option<u16>,
}

impl IncomingSound {
    /// The sound of a clip of these settings. Nothing has arrived yet.
    pub fn of(settings: &GenerationSettings) -> Self {
        Self {
            length: clip_samples(settings),
            received: 0,
            channels: None,
        }
    }

    /// Whether nothing has arrived.
    pub fn is_empty(&self) -> bool {
        self.received == 0
    }

    /// The steps of the next block, stereo interleaved: one channel goes to both sides. What lies after the end of the clip
    /// is cut off.
    ///
    /// # Errors
    /// A fault of the engine: a gap, another form than before, a sample that is no number.
    pub fn next(
        &mut self,
        first_sample: u64,
        shape: SoundShape,
        bytes: &[u8],
    ) -> Result<Vec<i32>, Failure> {
        if first_sample != self.received {
            return Err(Failure::bug(format!(
                "the engine sent sound from sample {first_sample} on where {} was the next",
                self.received
            )));
        }
        let is_other_form = self.channels.is_some_and(|before| before != shape.channels);
        if is_other_form || shape.bytes() != Some(bytes.len()) {
            return Err(Failure::bug("the engine sent sound of another form"));
        }
        self.channels = Some(shape.channels);
        let left = self.length.saturating_sub(self.received);
        self.received = first_sample.saturating_add(u64::from(shape.samples));
        let count = u64::from(shape.samples).min(left) as usize * usize::from(shape.channels);
        let mut steps = Vec::with_capacity(count * 2);
        for value in shape.split(bytes).take(count) {
            if !value.is_finite() {
                return Err(Failure::bug("the engine sent a sample that is no number"));
            }
            let step = step_of(value);
            steps.push(step);
            if shape.channels == 1 {
                steps.push(step);
            }
        }
        Ok(steps)
    }

    /// The samples of each channel that are missing at the end of the clip, which are silent.
    ///
    /// # Errors
    /// A fault of the engine: there is no sound, or more is missing than rounding explains.
    pub fn missing(&self) -> Result<u64, Failure> {
        let missing = self.length.saturating_sub(self.received);
        if self.is_empty() || missing > MOST_MISSING_SAMPLES {
            return Err(Failure::bug(format!(
                "{} samples of sound were received instead of {}",
                self.received, self.length
            )));
        }
        Ok(missing)
    }
}

/// The file of a take's sound, while it is written.
pub struct SoundWriter {
    incoming: IncomingSound,
    writer: Writer,
    samples: blake3::Hasher,
}

impl SoundWriter {
    /// Begins the file of a clip's sound.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn create(path: &Path, settings: &GenerationSettings) -> Result<Self, MediaError> {
        let content = Content {
            size: settings.size,
            rate: FrameRate::FPS_24, // of pictures, which it has none of
            has_sound: true,
        };
        Ok(Self {
            incoming: IncomingSound::of(settings),
            writer: Writer::create(path, Format::TAKE_SOUND, content)?,
            samples: blake3::Hasher::new(),
        })
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.incoming.is_empty()
    }

    /// Appends a block.
    ///
    /// # Errors
    /// The disk is full; a fault of the engine.
    pub fn add(
        &mut self,
        first_sample: u64,
        shape: SoundShape,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let steps = self.incoming.next(first_sample, shape, bytes)?;
        self.write(&steps).map_err(|error| failure_of(&error))
    }

    /// Copies the sound of another take, whose clip is as long.
    ///
    /// # Errors
    /// It cannot be read; the disk is full.
    pub fn copy(&mut self, from: &Path) -> Result<(), Failure> {
        let mut result = Ok(());
        let mut first_sample = 0;
        let read = read_sound(from, &mut |samples| {
            let count = u32::try_from(samples.len() / 2).unwrap_or(u32::MAX);
            if count > 0 {
                let shape = SoundShape::new(count, 2);
                result = self.add(first_sample, shape, &SoundShape::to_bytes(samples));
                first_sample += u64::from(count);
            }
            result.is_ok()
        });
        read.map_err(|error| failure_of(&error)).and(result)
    }

    fn write(&mut self, steps: &[i32]) -> Result<(), MediaError> {
        for step in steps {
            self.samples.update(&step.to_le_bytes());
        }
        let values: Vec<f32> = steps.iter().copied().map(value_of).collect();
        self.writer.sound(&values)
    }

    /// Finishes the file at `path`, durably.
    ///
    /// # Errors
    /// Sound is missing; the disk is full. Then there is no file.
    pub fn finish(mut self, path: &Path) -> Result<TakeSound, Failure> {
        let mut missing = self.incoming.missing()?;
        while missing > 0 {
            let count = missing.min(SILENCE_SAMPLES as u64);
            self.write(&vec![0; count as usize * 2])
                .map_err(|error| failure_of(&error))?;
            missing -= count;
        }
        self.writer.finish().map_err(|error| failure_of(&error))?;
        let file = hash_of(path).map_err(|error| unwritable(path, &error))?;
        let samples = self.samples.finalize().to_hex().to_string();
        Ok(TakeSound {
            file,
            samples: ContentHash::try_from(samples).map_err(Failure::bug)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::take::based_shot::tests::recipe;

    /// The settings of a clip of this many frames, eight in a second.
    fn settings(frames: u32) -> GenerationSettings {
        GenerationSettings {
            frames,
            rate: 8,
            ..recipe().settings
        }
    }

    #[test]
    fn a_sample_is_rounded_to_the_nearest_step_and_never_wraps() {
        let step = 1.0 / FULL_SCALE as f32;
        assert_eq!([0.0, step, -step].map(step_of), [0, 1, -1]);
        // Halves go to the even step.
        assert_eq!(
            [0.5, 1.5, -0.5, -1.5].map(|half| step_of(half * step)),
            [0, 2, 0, -2]
        );
        assert_eq!([1.0, 7.0, f32::MAX].map(step_of), [8_388_607; 3]);
        assert_eq!([-1.0, -7.0, f32::MIN].map(step_of), [-8_388_608; 3]);
        for step in [0, 1, -1, 8_388_607, -8_388_608, 5_592_405] {
            assert_eq!(step_of(value_of(step)), step);
        }
    }

    #[test]
    fn a_clip_of_sound_is_as_long_as_its_frames() {
        assert_eq!(clip_samples(&settings(9)), 54_000);
        let odd = GenerationSettings {
            rate: 7,
            ..settings(1)
        };
        assert_eq!(clip_samples(&odd), 6857);
    }

    #[test]
    fn sound_with_a_gap_or_without_numbers_is_refused() {
        let block = |values: &[f32]| SoundShape::to_bytes(values);
        let shape = SoundShape::new(2, 1);
        let mut sound = IncomingSound::of(&settings(9));
        assert!(sound.missing().is_err(), "there is none");
        let steps = sound.next(0, shape, &block(&[0.5, -0.5])).expect("a block");
        assert_eq!(steps, [1 << 22, 1 << 22, -(1 << 22), -(1 << 22)]);
        assert!(sound.next(3, shape, &block(&[0.0; 2])).is_err(), "a gap");
        assert!(sound.next(0, shape, &block(&[0.0; 2])).is_err(), "twice");
        assert!(sound.next(2, shape, &block(&[0.0; 3])).is_err(), "too long");
        let stereo = SoundShape::new(1, 2);
        assert!(
            sound.next(2, stereo, &block(&[0.0; 2])).is_err(),
            "another form"
        );
        let faulty = [0.0, f32::NAN];
        assert!(sound.next(2, shape, &block(&faulty)).is_err(), "no number");
        assert!(sound.missing().is_err(), "nearly all is missing");
    }

    #[test]
    fn sound_is_cut_and_filled_to_the_length_of_its_clip() {
        let folder = tempfile::tempdir().expect("a folder");
        let length = 54_000_usize;
        let mut made = Vec::new();
        for samples in [length - 1000, length, length + 1000] {
            let path = folder.path().join(format!("{samples}.flac"));
            let mut writer = SoundWriter::create(&path, &settings(9)).expect("begun");
            let mut values = vec![0.0_f32; samples * 2];
            values[2 * 30_000] = 0.75;
            let mut first = 0;
            for block in values.chunks(2 * 7001) {
                let shape = SoundShape::new((block.len() / 2) as u32, 2);
                let bytes = SoundShape::to_bytes(block);
                writer.add(first, shape, &bytes).expect("added");
                first += u64::from(shape.samples);
            }
            made.push(writer.finish(&path).expect("finished"));
            let mut heard = Vec::new();
            read_sound(&path, &mut |piece| {
                heard.extend_from_slice(piece);
                true
            })
            .expect("read");
            assert_eq!(heard.len(), length * 2);
            let clicks = heard.iter().enumerate().filter(|(_, value)| **value > 0.0);
            let clicks: Vec<_> = clicks.collect();
            assert_eq!(clicks, [(60_000, &0.75)]);
        }
        assert_eq!(
            [made[0], made[2]],
            [made[1]; 2],
            "the same sound, the same file"
        );
    }
}
