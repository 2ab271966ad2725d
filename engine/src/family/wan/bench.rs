//! The networks of this family for `kinora-engine bench`: each is loaded once and then run repeatedly.
//! Inputs are synthetic, the same as in `benches/peer.py`.

use std::path::Path;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::Network;
use super::names::Component;
use super::text::TEXT_LENGTH;
use super::transformer::{Config, Transformer};
use super::vae::{VaeConfig, VaeDecoder};
use crate::guidance::{Guidance, guided};
use crate::model_cache::kind_on;
use crate::sampler::{Sampler, Schedule, Solver};
use crate::weights::{Checkpoint, Role, Source, Weights, load, load_checked};

/// Guidance, as in `benches/peer.py`.
const GUIDANCE: Guidance = Guidance::Classifier { scale: 5.0 };
/// The latent of 81 frames of 832x480.
pub const FULL_LATENT: [i64; 3] = [21, 60, 104];

/// Synthetic input, the same as in `benches/peer.py`: sines, since no random generator exists in both languages and on
/// all devices.
fn synthetic_input(size: &[i64], device: Device) -> Tensor {
    let count: i64 = size.iter().product();
    let places = Tensor::arange(count, (Kind::Double, Device::Cpu));
    ((places * 12.9898).sin() * 1.4)
        .to_kind(Kind::Float)
        .view(size)
        .to_device(device)
}

fn transformer(path: &Path, device: Device) -> Result<Transformer, Failure> {
    let checkpoint = Checkpoint::open(path, Component::Transformer)?;
    let config = Config::detect(&checkpoint)?;
    load(
        &checkpoint,
        device,
        kind_on(device),
        &mut |_| Ok(()),
        |weights| Transformer::new(&config, weights),
    )
}

/// One forward pass of a transformer.
pub fn forward(
    path: &Path,
    latent: [i64; 3],
    device: Device,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    pass(transformer(path, device)?, latent, device)
}

/// One forward pass of the 1.3B transformer with random weights.
pub fn full(device: Device) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    let config = Network::SMALLEST_RELEASED.config();
    tch::manual_seed(0);
    let network = Transformer::new(
        &config,
        Weights::of(&mut SyntheticWeights(device, kind_on(device))),
    )?;
    pass(network, FULL_LATENT, device)
}

fn pass(
    network: Transformer,
    latent: [i64; 3],
    device: Device,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    let (x, text) = inputs(&network, latent, device);
    let text = network.embed_text(&text)?;
    let conditioning = network.static_conditioning(latent, None, None, (network.kind(), device));
    let timestep = Tensor::from_slice(&[437.0]).to_device(device);
    Ok(move || network.forward(&x, &timestep, &text, &conditioning))
}

fn inputs(network: &Transformer, latent: [i64; 3], device: Device) -> (Tensor, Tensor) {
    let config = network.config();
    let x = synthetic_input(&[&[1, config.in_channels], &latent[..]].concat(), device);
    let text = synthetic_input(&[1, TEXT_LENGTH, config.text_width], device);
    (x.to_kind(network.kind()), text.to_kind(network.kind()))
}

/// All denoising steps, as in the pipeline: two forward passes per step, guidance, and a UniPC step.
pub fn steps(
    path: &Path,
    latent: [i64; 3],
    steps: usize,
    device: Device,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    let network = transformer(path, device)?;
    let (noise, text) = inputs(&network, latent, device);
    let both = Tensor::cat(&[&text, &text.flip([1])], 0);
    let schedule = Schedule::new(Sampler::UniPcDiffusers, steps, 3.0);
    Ok(move || {
        let text = network.embed_text(&both)?;
        let conditioning =
            network.static_conditioning(latent, None, None, (network.kind(), device));
        let mut solver = Solver::new(Sampler::UniPcDiffusers, schedule.clone());
        let mut x = noise.shallow_clone();
        for (step, &timestep) in schedule.timesteps.iter().enumerate() {
            let timestep = Tensor::from_slice(&[timestep]).to_device(device);
            let velocities =
                network.forward(&x.repeat([2, 1, 1, 1, 1]), &timestep, &text, &conditioning)?;
            let (with, without) = (velocities.narrow(0, 0, 1), velocities.narrow(0, 1, 1));
            let velocity = guided(GUIDANCE, step, &with, &without);
            x = solver.step(&velocity, &x);
        }
        Ok(x)
    })
}

/// Decodes latents to frames, as bytes.
pub fn decode(
    path: &Path,
    latent: [i64; 3],
    device: Device,
) -> Result<impl FnOnce() -> Result<Tensor, Failure> + use<>, Failure> {
    let checkpoint = Checkpoint::open(path, Component::Vae)?;
    let config = VaeConfig::detect(&checkpoint)?;
    let vae = load_checked(
        &checkpoint,
        device,
        kind_on(device),
        &mut |_| Ok(()),
        |weights| VaeDecoder::new(&config, weights),
    )?;
    let latents = synthetic_input(&[&[1, config.channels], &latent[..]].concat(), device);
    Ok(move || {
        // As in a job: each chunk is converted to bytes.
        let mut frames = Vec::new();
        vae.decode(&latents, &mut |chunk| {
            frames.push(
                ((chunk + 1.0) * 127.5)
                    .round()
                    .to_kind(Kind::Uint8)
                    .to_device(Device::Cpu),
            );
            Ok(())
        })?;
        Ok(Tensor::cat(&frames, 2))
    })
}

/// Random weights of the right scale, for machines without a checkpoint.
struct SyntheticWeights(Device, Kind);

impl Source for SyntheticWeights {
    fn parameter(&mut self, _name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure> {
        let kind = match role {
            Role::Weight | Role::Kernel => self.1,
            Role::Exact => Kind::Float,
        };
        let fan_in: i64 = shape.iter().skip(1).product();
        let scale = 1.0 / (fan_in.max(1) as f64).sqrt();
        Ok((Tensor::randn(shape, (Kind::Float, self.0)) * scale).to_kind(kind))
    }
}
