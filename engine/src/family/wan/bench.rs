//! The networks of this family for `kinora-engine bench`: each is loaded once and then run repeatedly.
//! Inputs are synthetic, the same as in `benches/peer.py`.

use std::path::Path;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::Network;
use super::names::Component;
use super::text::TEXT_LENGTH;
use super::transformer::{Config, PATCH, Transformer};
use super::vae::{
    CHANNELS, FRAMES_PER_LATENT, VaeConfig, VaeDecoder, latent_frames, pixels_per_latent,
};
use super::work::work_of_shapes;
use crate::family::contract::ClipWork;
use crate::guidance::{Guidance, guided};
use crate::sampler::{Sampler, Schedule, Solver};
use crate::weights::{
    Adapters, Checkpoint, ModuleStream, Role, Source, Survey, Weights, channels_last, load_checked,
};

/// Guidance, as in `benches/peer.py`.
const GUIDANCE: Guidance = Guidance::Classifier { scale: 5.0 };

/// Where a network runs, and in which precision.
pub type Place = (Device, Kind);

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

/// A transformer, with all blocks in memory or with the first `kept`; the others are then read when they run.
fn transformer(path: &Path, kept: Option<usize>, on: Place) -> Result<Transformer, Failure> {
    let checkpoint = Checkpoint::open(path, Component::Transformer)?;
    let config = Config::detect(&checkpoint)?;
    checkpoint.check(&Survey::of(|weights| Transformer::new(&config, weights))?)?;
    let (device, kind) = on;
    let stream =
        kept.map(|kept| ModuleStream::new((&checkpoint, &Adapters::default()), device, kind, kept));
    load_checked(
        &checkpoint,
        device,
        kind,
        &mut |_| Ok(()),
        |weights| match &stream {
            Some(stream) => Transformer::streamed(&config, weights, stream),
            None => Transformer::new(&config, weights),
        },
    )
}

/// One forward pass of a transformer, with all blocks in memory or the first `kept`. `latent`: frames, rows, columns.
pub fn forward(
    path: &Path,
    latent: [i64; 3],
    kept: Option<usize>,
    on: Place,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    Ok(pass(transformer(path, kept, on)?, latent, on.0))
}

/// One forward pass of a transformer of random weights. `latent`: frames, rows, columns.
pub fn drawn_forward(
    network: &Network,
    latent: [i64; 3],
    on: Place,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    tch::manual_seed(0);
    let network = Transformer::new(&network.config(), Weights::of(&mut DrawnWeights(on)))?;
    Ok(pass(network, latent, on.0))
}

/// Decoding by the released autoencoder's decoder of random weights. `latent`: frames, rows, columns.
pub fn drawn_decode(
    network: &Network,
    latent: [i64; 3],
    on: Place,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    tch::manual_seed(0);
    let config = released_autoencoder(network.out_channels);
    let vae = VaeDecoder::new(&config, Weights::of(&mut DrawnWeights(on)))?;
    Ok(decoding(vae, latent, on.0))
}

/// The work of a clip by a network of this shape. `latent`: frames, rows, columns.
pub fn drawn_work(network: &Network, latent: [i64; 3]) -> ClipWork {
    let tokens = latent.iter().product::<i64>() / PATCH.iter().product::<i64>();
    let autoencoder = released_autoencoder(network.out_channels);
    work_of_shapes(&network.config(), &autoencoder, tokens, 0.0)
}

/// The network with its first blocks alone.
pub fn with_layers(network: &Network, layers: usize) -> Network {
    let layers = layers.clamp(1, network.layers.max(1));
    Network {
        layers,
        control_layers: network.control_layers.min(layers),
        ..*network
    }
}

/// The latent of a clip: frames, rows and columns. `size` is width and height in pixels.
///
/// # Errors
/// The size is not whole patches of latent positions, or the length no whole latent frames.
pub fn latent_of(network: &Network, size: [u32; 2], frames: u32) -> Result<[i64; 3], Failure> {
    let position = pixels_per_latent(network.out_channels);
    let [width, height] = size.map(i64::from);
    let frames = i64::from(frames);
    let [_, rows, columns] = PATCH.map(|side| side * position);
    let is_whole = frames > 0 && width > 0 && height > 0 && width % columns == 0;
    if !is_whole || height % rows != 0 || frames % FRAMES_PER_LATENT != 1 {
        return Err(Failure::refused(
            format!("{frames} frames of {width}x{height} are no clip of this model"),
            format!("use 1 + 4n frames, and sides that are multiples of {columns}"),
        ));
    }
    Ok([latent_frames(frames), height / position, width / position])
}

/// The shape of the released autoencoder with this many latent channels.
fn released_autoencoder(channels: i64) -> VaeConfig {
    let widths = |base: i64| [1, 2, 4, 4].map(|times| base * times);
    match channels {
        CHANNELS => VaeConfig::of_widths(channels, &widths(96), &widths(96), 2),
        _ => VaeConfig::residual_of_widths(channels, &widths(160), &widths(256), 2),
    }
}

fn pass(
    network: Transformer,
    latent: [i64; 3],
    device: Device,
) -> impl FnMut() -> Result<Tensor, Failure> + use<> {
    let (x, text) = inputs(&network, latent, device);
    let timestep = Tensor::from_slice(&[437.0]).to_device(device);
    // What stays the same for a clip is made by the first pass: it is no part of loading.
    let mut of_clip = None;
    move || {
        let (text, conditioning) = match of_clip.take() {
            Some(made) => made,
            None => (
                network.embed_text(&text)?,
                network.static_conditioning(latent, None, None, (network.kind(), device)),
            ),
        };
        let velocity = network.forward(&x, &timestep, &text, &conditioning);
        of_clip = Some((text, conditioning));
        velocity
    }
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
    on: Place,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    let device = on.0;
    let network = transformer(path, None, on)?;
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
    (device, kind): Place,
) -> Result<impl FnMut() -> Result<Tensor, Failure> + use<>, Failure> {
    let checkpoint = Checkpoint::open(path, Component::Vae)?;
    let config = VaeConfig::detect(&checkpoint)?;
    let vae = load_checked(&checkpoint, device, kind, &mut |_| Ok(()), |weights| {
        VaeDecoder::new(&config, weights)
    })?;
    Ok(decoding(vae, latent, device))
}

fn decoding(
    vae: VaeDecoder,
    latent: [i64; 3],
    device: Device,
) -> impl FnMut() -> Result<Tensor, Failure> {
    let latents = synthetic_input(&[&[1, vae.channels()], &latent[..]].concat(), device);
    move || {
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
    }
}

/// Random weights of the right scale, drawn on the device: no file is needed, and no memory of the host.
struct DrawnWeights(Place);

impl Source for DrawnWeights {
    fn parameter(&mut self, _name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure> {
        let (device, kind) = self.0;
        let kind = match role {
            Role::Weight | Role::Kernel => kind,
            Role::Exact => Kind::Float,
        };
        let fan_in: i64 = shape.iter().skip(1).product();
        let scale = 1.0 / (fan_in.max(1) as f64).sqrt();
        let drawn = Tensor::f_randn(shape, (kind, device));
        // Scaled in place: a second copy would count in the peak of the memory.
        let parameter = drawn.and_then(|mut drawn| drawn.f_mul_scalar_(scale));
        let parameter =
            parameter.map_err(|error| Failure::bug(format!("no weights can be drawn: {error}")))?;
        Ok(match role {
            Role::Weight | Role::Exact => parameter,
            Role::Kernel => channels_last(&parameter),
        })
    }
}
