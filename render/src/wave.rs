//! Waveforms: the lowest and highest sample of each hundredth of a second, and of coarser steps for zoomed-out views.
//! Computed from the conformed sound.

use std::path::Path;

use crate::media::{Conformed, MediaError, SOUND_RATE_HZ};

/// Samples of the finest step.
const STEP: i64 = 480;
/// The number of steps that one step of the next coarser level covers.
const COARSER: usize = 8;
/// Samples read at once.
const AT_ONCE: i64 = STEP * 200;

/// The highest and the lowest sample of a step.
pub type Swing = (f32, f32);

/// The waveform of a sound.
#[derive(Clone, Debug, Default)]
pub struct Wave {
    /// The finest first.
    levels: Vec<Vec<Swing>>,
}

impl Wave {
    /// The waveform of a file's sound, conformed at `place`. `probe` is the place of the file's probe.
    ///
    /// # Errors
    /// The sound cannot be read; the folder cannot be written to.
    pub fn open(path: &Path, place: &Path, probe: &Path) -> Result<Self, MediaError> {
        let mut sound = Conformed::open(path, place, probe)?;
        let mut finest = Vec::new();
        let mut samples = vec![0.0; AT_ONCE as usize * 2];
        for first in (0..sound.samples()).step_by(AT_ONCE as usize) {
            sound.read(first, &mut samples).map_err(|error| {
                let why = format!("cannot be read: {error}");
                MediaError::new(place, why, "delete it; it is made anew")
            })?;
            let left = (sound.samples() - first).min(AT_ONCE);
            let steps = samples[..left as usize * 2].chunks(STEP as usize * 2);
            finest.extend(steps.map(|step| swing(step.iter().map(|&sample| (sample, sample)))));
        }
        let mut levels = vec![finest];
        while let Some(last) = levels.last().filter(|last| last.len() > COARSER) {
            let coarser = last.chunks(COARSER).map(|part| swing(part.iter().copied()));
            levels.push(coarser.collect());
        }
        Ok(Self { levels })
    }

    /// The highest and lowest sample between two times in seconds.
    pub fn between(&self, from: f64, to: f64) -> Swing {
        let step = |seconds: f64| seconds * f64::from(SOUND_RATE_HZ) / STEP as f64;
        let (from, to) = (step(from).max(0.0), step(to).max(0.0));
        let wide = (to - from).max(1.0);
        // A level fine enough that at least as many steps as one coarser step holds lie between the two times.
        let level = (wide.log2() / (COARSER as f64).log2() - 1.0).max(0.0) as usize;
        let level = level.min(self.levels.len().saturating_sub(1));
        let Some(swings) = self.levels.get(level) else {
            return (0.0, 0.0);
        };
        let a_step = (COARSER as f64).powi(level as i32);
        let first = ((from / a_step) as usize).min(swings.len());
        let last = ((to / a_step).ceil() as usize).clamp(first, swings.len());
        swing(swings[first..last].iter().copied())
    }
}

fn swing(of: impl Iterator<Item = Swing>) -> Swing {
    of.fold((0.0, 0.0), |(high, low), (up, down)| {
        (f32::max(high, up), f32::min(low, down))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_seen_where_it_is_from_near_and_from_far() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("a.f32");
        let mut samples = vec![0.0_f32; 2 * 48_000 * 20];
        samples[2 * 48_000 * 7] = 0.75;
        samples[2 * 48_000 * 7 + 3] = -0.5;
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        std::fs::write(&place, bytes).expect("written");
        let wave = Wave::open(Path::new("none"), &place, Path::new("none")).expect("a wave");
        assert_eq!(wave.between(6.999, 7.02), (0.75, -0.5));
        assert_eq!(wave.between(0.0, 20.0), (0.75, -0.5));
        assert_eq!(wave.between(2.0, 6.5), (0.0, 0.0));
        assert_eq!(wave.between(30.0, 40.0), (0.0, 0.0));
        assert_eq!(Wave::default().between(0.0, 1.0), (0.0, 0.0));
    }
}
