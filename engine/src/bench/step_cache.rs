//! `kinora-engine bench step-cache`: whole clips with and without the step cache, from the same seeds: seconds, and how far
//! the pictures are apart.

use kinora_wire::{ClipInputs, Failure, Generation, PartialSettings, Progress, StepCache, Timings};
use serde_json::{Value, json};

use crate::job::Listener;
use crate::worker::Worker;

/// The thresholds that are tried.
const THRESHOLDS: [f64; 4] = [0.03, StepCache::USUAL_THRESHOLD, 0.1, 0.2];
/// PSNR of equal pictures, in dB: infinity is no JSON.
const EQUAL_DECIBELS: f64 = 100.0;

/// What one clip sends.
#[derive(Default)]
struct Heard {
    pixels: Vec<u8>,
    note: String,
}

impl Listener for Heard {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Frames { .. } => self.pixels.extend(pixels),
            Progress::Notice { text } => self.note = text,
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Generates clips of a model on a device, from the seeds 0 to `seeds`, with its own settings and perhaps another number of
/// steps. Returns a row for each threshold: mean seconds of denoising with and without it, mean PSNR, and what was skipped.
pub fn compare(
    (model, prompt, steps): (&str, &str, Option<u32>),
    device: &str,
    seeds: usize,
) -> Result<Value, Failure> {
    let mut worker = Worker::with_cache(None);
    let mut clip = |seed: usize, step_cache: StepCache| -> Result<(Heard, Timings), Failure> {
        let request = Generation {
            model: Some(model.to_owned()),
            device: Some(device.to_owned()),
            settings: PartialSettings {
                steps,
                step_cache: Some(step_cache),
                ..PartialSettings::default()
            },
            inputs: ClipInputs {
                prompt: prompt.to_owned(),
                seed: seed as u64,
                ..ClipInputs::default()
            },
            ..Generation::default()
        };
        let mut heard = Heard::default();
        let timings = worker.generate(&request, &mut heard)?;
        Ok((heard, timings))
    };
    clip(0, StepCache::Off)?; // loads the networks
    let mut rows = THRESHOLDS.map(|threshold| (threshold, 0.0, 0.0, Vec::new()));
    let mut whole_seconds = 0.0;
    for seed in 0..seeds {
        let (whole, timings) = clip(seed, StepCache::Off)?;
        whole_seconds += timings.denoising;
        for (threshold, seconds, decibels, notes) in &mut rows {
            let threshold = *threshold;
            let (cached, timings) = clip(seed, StepCache::Easy { threshold })?;
            *seconds += timings.denoising;
            *decibels += psnr_decibels(&cached.pixels, &whole.pixels);
            notes.push(cached.note);
        }
    }
    let mean = |sum: f64| sum / seeds.max(1) as f64;
    let rows = rows.map(|(threshold, seconds, decibels, notes)| {
        json!({
            "threshold": threshold,
            "seconds": mean(seconds),
            "psnr_decibels": mean(decibels),
            "notes": notes,
        })
    });
    Ok(json!({ "seconds_without": mean(whole_seconds), "with": rows }))
}

/// The peak signal-to-noise ratio of two clips of bytes.
fn psnr_decibels(one: &[u8], other: &[u8]) -> f64 {
    let pairs = one.iter().zip(other);
    let squares = pairs.map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2));
    let mean = squares.sum::<f64>() / one.len().max(1) as f64;
    (10.0 * (255.0 * 255.0 / mean).log10()).min(EQUAL_DECIBELS)
}
