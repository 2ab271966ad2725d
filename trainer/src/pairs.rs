//! The training data of the upscaler: clips with the model's own faults. A true clip is encoded, noised part of the way,
//! denoised by the model under its true conditions, and decoded. The world draws the same clip at the large size.

use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::text::Tokenizer;
use kinora_engine::family::wan::vae::{Memory, VaeDecoder};
use kinora_engine::weights::{MappedFile, TensorBytes, view_of};
use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::dataset::{BatchSampler, Example};
use crate::diffusion::Networks;
use crate::files::write_tensors;
use crate::latents::{EncodedBy, Latents};
use crate::world::{Scene, Staging, Telling, caption, chance, generator};

/// The first seed of pairs. Neither the transformer nor any measure uses them.
pub const FIRST_SEED: u64 = 1 << 48;
/// Clips per file, and per batch.
pub const CLIPS_IN_FILE: u64 = 8;
/// How far clips are noised: a share of noise, drawn evenly.
const NOISE: [f64; 2] = [0.3, 0.8];
/// The share of clips that are only encoded and decoded.
const CLEAN_SHARE: f32 = 0.15;
/// Denoising steps.
const STEPS: u32 = 4;
/// The guidance of the starter's card.
const GUIDANCE: f64 = 2.5;
const NAME: &str = "made";
const LABEL_KEY: &str = "made by";

/// The model that makes the clips.
#[derive(Debug)]
pub struct PairMaker {
    /// The encoder of its autoencoder.
    pub by: EncodedBy,
    /// The decoder of its autoencoder.
    pub decoder: VaeDecoder,
    /// Its transformer and text encoder.
    pub networks: Networks,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// Whether the stage is given as depth alone: to a model that has not learnt pictures of it.
    pub has_depth_alone: bool,
    /// The precision the networks compute in.
    pub kind: Kind,
}

impl PairMaker {
    /// Writes the clips from [`FIRST_SEED`] on that are not in the folder yet. `progress` is called with the number of
    /// clips done, and stops the work by returning false.
    pub fn write(
        &self,
        folder: &Path,
        clips: u64,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<(), Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| crate::files::unwritable(folder, &error.to_string()))?;
        for first in (0..clips).step_by(CLIPS_IN_FILE as usize) {
            let path = file(folder, first);
            if !path.exists() {
                let made = self.made(FIRST_SEED + first)?;
                let views: Vec<(String, TensorBytes)> = vec![(NAME.to_owned(), view_of(&made)?)];
                write_tensors(&path, views, (LABEL_KEY, self.by.hash.clone()))?;
            }
            if !progress(first + CLIPS_IN_FILE) {
                break;
            }
        }
        Ok(())
    }

    /// The clips of a file, from this seed on, as the model makes them: n t h w 3, as bytes.
    fn made(&self, first_seed: u64) -> Result<Tensor, Failure> {
        let by = &self.by;
        let seeds = first_seed..first_seed + CLIPS_IN_FILE;
        let sampler = BatchSampler {
            latents: match self.has_depth_alone {
                true => {
                    let on = (by.format, by.device);
                    Latents::staged_as(|_| Staging::Depth, seeds, &by.encoder, on)?
                }
                false => Latents::of_seeds(seeds, &by.encoder, by.format, by.device)?,
            },
            first_seed,
            has_first_phase: false,
            format: by.format,
            tokenizer: self.tokenizer.clone(),
            device: by.device,
            kind: self.kind,
        };
        made(&sampler, &self.networks, &self.decoder)
    }
}

/// All clips of the sampler as the model makes them: n t h w 3, as bytes.
fn made(
    sampler: &BatchSampler,
    networks: &Networks,
    decoder: &VaeDecoder,
) -> Result<Tensor, Failure> {
    let _no_grad = tch::no_grad_guard();
    let count = sampler.latents.count();
    let mut rng = generator(sampler.first_seed, 70);
    tch::manual_seed(sampler.first_seed as i64);
    let examples = |with_words: bool| -> Vec<Example> {
        let examples = (0..count).map(|clip| {
            let scene = Scene::of_seed(sampler.first_seed + clip, sampler.format);
            let words = caption(&scene, Telling::Full, &mut generator(clip, 71));
            Example {
                clip,
                caption: if with_words { words } else { String::new() },
                stage: Some(clip),
                kept: None,
                camera: Some(clip),
                portraits: Vec::new(),
            }
        });
        examples.collect()
    };
    let prompted = sampler.batch(&examples(true), None)?;
    let untold = sampler.batch(&examples(false), None)?;
    let sigmas = (0..count).map(|_| match chance(&mut rng, CLEAN_SHARE) {
        true => 0.0,
        false => NOISE[0] + (NOISE[1] - NOISE[0]) * rng.f64(),
    });
    let sigmas: Vec<f64> = sigmas.collect();
    let sigmas = Tensor::from_slice(&sigmas)
        .to_kind(Kind::Float)
        .to_device(sampler.device);
    let share = sigmas.view([-1, 1, 1, 1, 1]);
    let mut x = &prompted.target * (1.0 - &share) + prompted.target.randn_like() * &share;
    for step in 0..STEPS {
        let left = 1.0 - f64::from(step) / f64::from(STEPS);
        let sigma = &sigmas * left;
        let free = networks.velocity(&untold, &x, &sigma)?;
        let velocity = &free + (networks.velocity(&prompted, &x, &sigma)? - &free) * GUIDANCE;
        x -= velocity * (&share / f64::from(STEPS));
    }
    let frames = decoder
        .decode_chunk(&x, &mut Memory::default())
        .clamp(-1.0, 1.0);
    let bytes = ((frames + 1.0) * 127.5).round().to_kind(Kind::Uint8);
    Ok(bytes
        .permute([0, 2, 3, 4, 1])
        .to_device(Device::Cpu)
        .contiguous())
}

fn file(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:08}.safetensors"))
}

/// Clips that were written, opened and read a few frames at a time.
#[derive(Debug)]
pub struct Pairs(Vec<MappedFile>);

impl Pairs {
    /// Opens the clips of a folder.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for number in 0.. {
            let path = file(folder, number * CLIPS_IN_FILE);
            if !path.exists() {
                break;
            }
            files.push(MappedFile::open(&path)?);
        }
        match files.is_empty() {
            true => Err(Failure::bad_file(
                format!("{} holds no clips to make larger", folder.display()),
                "make some first: kinora-trainer pairs",
            )),
            false => Ok(Self(files)),
        }
    }

    /// The number of clips.
    pub fn count(&self) -> u64 {
        self.0.len() as u64 * CLIPS_IN_FILE
    }

    /// Some frames of a clip: 3 t h w in [0, 1].
    pub fn frames(&self, clip: u64, frames: std::ops::Range<i64>) -> Result<Tensor, Failure> {
        let file = self.0.get((clip / CLIPS_IN_FILE) as usize);
        let bytes = file.and_then(|file| {
            let info = file.tensors().get(NAME)?;
            let shape: Vec<i64> = info.shape.iter().map(|&side| side as i64).collect();
            let clip_bytes: i64 = shape.iter().skip(1).product();
            let first = (clip % CLIPS_IN_FILE) as i64 * clip_bytes;
            let bytes = file
                .bytes(NAME)?
                .get(first as usize..(first + clip_bytes) as usize)?;
            Some(Tensor::from_slice(bytes).view(&shape[1..]))
        });
        let bytes = bytes.ok_or_else(|| {
            Failure::bad_file(
                "the clips to make larger are damaged",
                "remove and make them again",
            )
        })?;
        let some = bytes.i(frames).permute([3, 0, 1, 2]);
        Ok(some.to_kind(Kind::Float) / 255.0)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::pixels;
    use crate::world::Format;

    /// The world's own small clips in place of the model's, in a new file of this folder.
    pub fn of_world(folder: &Path) -> Pairs {
        let format = Format::SMALL;
        let made = (0..CLIPS_IN_FILE).map(|clip| {
            let scene = Scene::of_seed(FIRST_SEED + clip, format);
            let frames = scene.frames(0..format.frames, format);
            let bytes = (pixels::colours(&frames, format.size) + 1.0) * 127.5;
            bytes.round().to_kind(Kind::Uint8).permute([1, 2, 3, 0])
        });
        let made = Tensor::stack(&made.collect::<Vec<_>>(), 0);
        let views = vec![(NAME.to_owned(), view_of(&made).expect("a view"))];
        let words = (LABEL_KEY, "the world".to_owned());
        write_tensors(&file(folder, 0), views, words).expect("written");
        Pairs::open(folder).expect("opened")
    }
}
