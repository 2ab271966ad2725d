//! Training the autoencoder to reconstruct clips of the world. The cast has the highest loss weight; a little noise
//! on the latents keeps them smooth enough for the transformer to learn.

use std::ops::Range;
use std::path::Path;

use kinora_engine::family::wan::vae::{Memory, Vae, VaeDecoder, VaeEncoder};
use kinora_engine::weights::{MappedFile, Weights};
use kinora_wire::Failure;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::model::is_of_encoder;
use crate::optimizer::{IsMatrix, Rates};
use crate::parameters::Initial;
use crate::pixels;
use crate::starter::Size;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::{Format, Scene, generator};
use crate::{initial, sheet};

/// Learning rates.
pub const RATES: Rates = Rates {
    muon: 1e-2,
    adam: 3e-3,
};
/// Learning rates for finetuning the trained decoder.
const DECODER_RATES: Rates = Rates {
    muon: 3e-3,
    adam: 1e-3,
};
/// Noise on the latents while the decoder is finetuned, as a fraction of their standard deviation.
const DECODER_NOISE: f64 = 0.1;
/// The additional loss weight of pixels of the cast.
const CAST_COUNTS: f64 = 3.0;
/// The loss weight of depth clips: nobody looks at them, the transformer only has to distinguish them.
const DEPTH_COUNTS: f64 = 0.15;
/// The weight of the KL divergence of the latents from a standard normal distribution (Kingma and Welling, 2014).
const DIVERGENCE_COUNTS: f64 = 2e-4;

/// The seeds reserved for each step; no step uses more.
const MOST_CLIPS: u64 = 512;

/// Whether Muon trains a parameter: convolutions of a certain size.
pub fn is_matrix(name: &str, shape: &[i64]) -> bool {
    let rest: i64 = shape.iter().skip(1).product();
    name.ends_with("weight") && shape.len() >= 4 && shape[0].min(rest) >= 8
}

/// Opens the training run of this file, or starts one.
pub fn open(path: &Path, size: Size, device: Device) -> Result<TrainState, Failure> {
    let config = size.autoencoder();
    let start = (
        &initial::autoencoder as Initial,
        is_matrix as IsMatrix,
        RATES,
    );
    TrainState::open(path, device, start, |weights| Vae::new(&config, weights))
}

/// One step: the losses of reconstructing its clips. `times` multiplies the usual number of clips, for devices that
/// take larger batches.
pub fn step(
    state: &TrainState,
    at: u64,
    (size, times): (Size, u64),
    kind: Kind,
) -> Result<Step, Failure> {
    let (vae, Batch { frames, counts }) = prepared(state, at, (size, times), kind)?;
    let [mean, spread] = vae
        .encoder
        .distribution(&frames.to_kind(kind), &mut Memory::default());
    let (mean, spread) = (
        mean.to_kind(Kind::Float),
        spread.to_kind(Kind::Float).clamp(-12.0, 4.0),
    );
    let latents = &mean + (&spread * 0.5).exp() * mean.randn_like();
    let decoded = vae.decoder.decode_chunk(&latents, &mut Memory::default());
    let error = weighted_error(&decoded, &frames, &counts);
    let divergence = (mean.square() + spread.exp() - 1.0 - &spread).mean(Kind::Float) * 0.5;
    Ok(Step {
        loss: &error + &divergence * DIVERGENCE_COUNTS,
        metrics: vec![
            ("error", error.detach()),
            ("divergence", divergence.detach()),
        ],
    })
}

/// Opens the training run of this file, or starts one from the shipped autoencoder, to finetune its decoder alone.
pub fn open_shipped(
    path: &Path,
    size: Size,
    vae: &Path,
    device: Device,
) -> Result<TrainState, Failure> {
    let config = size.autoencoder();
    let shipped = MappedFile::open(vae)?;
    let found = |name: &str, shape: &[i64]| {
        let tensor = shipped.tensor(name).filter(|tensor| tensor.size() == shape);
        tensor.unwrap_or_else(|| initial::autoencoder(name, shape))
    };
    let start = (&found as Initial, is_matrix as IsMatrix, DECODER_RATES);
    let state = TrainState::open(path, device, start, |weights| Vae::new(&config, weights))?;
    let is_own = |(name, tensor): (&str, &Tensor)| {
        let shipped = shipped
            .tensor(name)
            .map(|tensor| tensor.to_device(device).to_kind(Kind::Float));
        !is_of_encoder(name) || shipped.is_some_and(|shipped| shipped.equal(tensor))
    };
    let belongs = state.parameters.iter().all(is_own);
    match belongs {
        true => Ok(state),
        false => Err(Failure::bad_file(
            format!("{} was begun with another autoencoder", path.display()),
            "remove it: the decoder then begins with the present one",
        )),
    }
}

/// One step of the decoder alone: decodes latents with a little noise, since the transformer's latents are never
/// exact, and compares with the original frames.
pub fn decoder_step(
    state: &TrainState,
    at: u64,
    (size, times): (Size, u64),
    kind: Kind,
) -> Result<Step, Failure> {
    let (vae, Batch { frames, counts }) = prepared(state, at, (size, times), kind)?;
    let latents = tch::no_grad(|| {
        let frames = frames.to_kind(kind);
        let latents = vae.encoder.encode_chunk(&frames, &mut Memory::default());
        let deviation = latents.std_dim([0, 2, 3, 4].as_slice(), true, true);
        &latents + latents.randn_like() * deviation * DECODER_NOISE
    });
    let decoded = vae.decoder.decode_chunk(&latents, &mut Memory::default());
    let error = weighted_error(&decoded, &frames, &counts);
    Ok(Step {
        loss: error.shallow_clone(),
        metrics: vec![("error", error.detach())],
    })
}

/// The current network and the clips of a step; also seeds libtorch's random generator for the step.
fn prepared(
    state: &TrainState,
    at: u64,
    (size, times): (Size, u64),
    kind: Kind,
) -> Result<(Vae, Batch), Failure> {
    let config = size.autoencoder();
    let build = |weights: Weights| Vae::new(&config, weights);
    let vae = state.parameters.network(kind, build)?;
    let batch = Batch::of_step(at, size.format(), times);
    tch::manual_seed(at as i64);
    Ok((vae, batch.on(state.parameters.device())))
}

/// The weighted mean squared error.
fn weighted_error(decoded: &Tensor, frames: &Tensor, counts: &Tensor) -> Tensor {
    let error = (decoded.to_kind(Kind::Float) - frames).square() * counts;
    error.mean(Kind::Float) / counts.mean(Kind::Float)
}

/// The frames of one step, b x 3 x t x h x w in [-1, 1], and the loss weight of each pixel.
struct Batch {
    frames: Tensor,
    counts: Tensor,
}

impl Batch {
    /// Mostly crops of several clips: long ones, since the autoencoder is causal in time, and short ones, since most
    /// can be learnt within a frame. Sometimes whole clips, sometimes stills and portraits.
    fn of_step(step: u64, format: Format, times: u64) -> Self {
        match step % 8 {
            0 | 2 | 4 | 5 => Self::pieces(step, format, (2 * times, format.frames, 48)),
            1 | 3 => Self::pieces(step, format, (3 * times, 5, 56)),
            6 => Self::whole(step, format, 2 * times),
            _ => Self::stills(step, format, 8 * times),
        }
    }

    fn on(self, device: Device) -> Self {
        Self {
            frames: self.frames.to_device(device),
            counts: self.counts.to_device(device),
        }
    }

    /// `count` crops of `frames` frames and `side` x `side` pixels.
    fn pieces(step: u64, format: Format, (count, frames, side): (u64, u32, i64)) -> Self {
        Self::of_seeds(step, count, |seed, _| {
            let mut rng = generator(seed, 20);
            let first = rng.u32(0..=format.frames - frames);
            let is_depth = rng.u8(..8) == 0;
            let [colours, mask] = moving(seed, format, first..first + frames, is_depth);
            let top = 8 * rng.i64(0..=(i64::from(format.size[1]) - side) / 8);
            let left = 8 * rng.i64(0..=(i64::from(format.size[0]) - side) / 8);
            let cut = |x: Tensor| x.narrow(-2, top, side).narrow(-1, left, side).contiguous();
            Self::of(cut(colours), &cut(mask), is_depth)
        })
    }

    /// Whole clips, so that distant parts are seen together.
    fn whole(step: u64, format: Format, count: u64) -> Self {
        Self::of_seeds(step, count, |seed, _| {
            let is_depth = generator(seed, 22).u8(..8) == 0;
            let [colours, mask] = moving(seed, format, 0..format.frames, is_depth);
            Self::of(colours, &mask, is_depth)
        })
    }

    /// Portraits and first frames, half each.
    fn stills(step: u64, format: Format, count: u64) -> Self {
        Self::of_seeds(step, count, |seed, at| {
            let [colours, mask] = match at < count / 2 {
                true => {
                    let portraits = Scene::of_seed(seed, format).character.portraits(format);
                    let which = generator(seed, 21).usize(..portraits.len());
                    pixels::on_white(&portraits[which], format.portrait(), format.size)
                }
                false => moving(seed, format, 0..1, false),
            };
            Self::of(colours, &mask, false)
        })
    }

    /// One item for each of the step's seeds, generated on all cores. `item` receives the seed and its index.
    fn of_seeds(step: u64, count: u64, item: impl Fn(u64, u64) -> Self + Sync) -> Self {
        let items = (0..count).into_par_iter();
        let items: Vec<Self> = items.map(|at| item(step * MOST_CLIPS + at, at)).collect();
        Self::together(&items)
    }

    fn of(frames: Tensor, mask: &Tensor, is_depth: bool) -> Self {
        let counts = match is_depth {
            true => mask.ones_like() * DEPTH_COUNTS,
            false => mask * CAST_COUNTS + 1.0,
        };
        Self { frames, counts }
    }

    fn together(items: &[Self]) -> Self {
        let stacked =
            |of: fn(&Self) -> &Tensor| Tensor::stack(&items.iter().map(of).collect::<Vec<_>>(), 0);
        Self {
            frames: stacked(|item| &item.frames),
            counts: stacked(|item| &item.counts),
        }
    }
}

/// Frames of a scene, or their depth, and the mask of the cast: 3|1 x t x h x w.
fn moving(seed: u64, format: Format, frames: Range<u32>, is_depth: bool) -> [Tensor; 2] {
    let scene = Scene::of_seed(seed, format);
    if is_depth {
        let depth = scene.depth(&scene.stage(format), frames, format);
        let depth = pixels::greys(&depth, format.size);
        let nothing = depth.narrow(0, 0, 1).zeros_like();
        [depth, nothing]
    } else {
        let frames = scene.frames(frames, format);
        [
            pixels::colours(&frames, format.size),
            pixels::masks(&frames, format.size),
        ]
    }
}

/// Reconstructed clips: the frames, their reconstruction, and the mask of the cast, n x 3|1 x t x h x w.
fn there_and_back(
    encoder: &VaeEncoder,
    decoder: &VaeDecoder,
    seeds: Range<u64>,
    format: Format,
    device: Device,
) -> [Tensor; 3] {
    let _no_grad = tch::no_grad_guard();
    let clips = seeds.map(|seed| moving(seed, format, 0..format.frames, false));
    let (frames, masks): (Vec<Tensor>, Vec<Tensor>) =
        clips.map(|[one, other]| (one, other)).unzip();
    let [frames, masks] = [frames, masks].map(|clips| Tensor::stack(&clips, 0).to_device(device));
    let latents = encoder.encode_chunk(&frames, &mut Memory::default());
    let decoded = decoder.decode_chunk(&latents, &mut Memory::default());
    [frames, decoded.clamp(-1.0, 1.0), masks]
}

/// Clips reconstructed in one batch.
const CLIPS_AT_ONCE: u64 = 8;

fn groups(seeds: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let firsts = seeds.clone().step_by(CLIPS_AT_ONCE as usize);
    firsts.map(move |first| first..seeds.end.min(first + CLIPS_AT_ONCE))
}

/// PSNR of reconstructed clips in dB: over all pixels, and over those of the cast.
pub fn fidelity(
    encoder: &VaeEncoder,
    decoder: &VaeDecoder,
    seeds: Range<u64>,
    format: Format,
    device: Device,
) -> [f64; 2] {
    let mut errors = [[0.0; 2]; 2];
    for seeds in groups(seeds) {
        let [frames, decoded, masks] = there_and_back(encoder, decoder, seeds, format, device);
        let error = (decoded - &frames)
            .square()
            .mean_dim([1].as_slice(), true, Kind::Float);
        let sum = |x: &Tensor| x.sum(Kind::Double).double_value(&[]);
        errors[0][0] += sum(&error);
        errors[0][1] += error.numel() as f64;
        errors[1][0] += sum(&(&error * &masks));
        errors[1][1] += sum(&masks);
    }
    // Pixels lie in [-1, 1], so the peak is 2.
    errors.map(|[sum, count]| 10.0 * (4.0 * count / sum).log10())
}

/// Writes a contact sheet of clips and their reconstructions.
pub fn show(
    encoder: &VaeEncoder,
    decoder: &VaeDecoder,
    seeds: Range<u64>,
    format: Format,
    device: Device,
    path: &Path,
) -> Result<(), Failure> {
    let clips = groups(seeds).flat_map(|seeds| {
        let [frames, decoded, _] = there_and_back(encoder, decoder, seeds, format, device);
        let [frames, decoded] = [frames, decoded].map(|x| x.to_device(Device::Cpu).unbind(0));
        frames.into_iter().zip(decoded)
    });
    let clips: Vec<(Tensor, Tensor)> = clips.collect();
    let rows: Vec<Vec<&Tensor>> = clips.iter().map(|(one, other)| vec![one, other]).collect();
    let last = i64::from(format.frames) - 1;
    sheet::contact_sheet(path, &rows, &[0, last / 4, last / 2, last], 1)
}
