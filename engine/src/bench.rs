//! `kinora-engine bench`: parts of a model timed on any device; prints JSON for whoever compares, and
//! writes what was computed so that it can be compared first. Against what: `cargo xtask bench engine`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Subcommand;
use kinora_wire::Failure;
use serde_json::json;
use tch::{Device, Kind, Tensor};

use crate::device;
use crate::guard::guarded;
use crate::guidance::{Guidance, guided};
use crate::libtorch::{self, Keeping, keep_freed_memory};
use crate::model::ModelFiles;
use crate::parts::kind_on;
use crate::sampler::{Sampler, Schedule, Solver};
use crate::transformer::{Config, Transformer};
use crate::vae::{VaeConfig, VaeDecoder};
use crate::weights::{Checkpoint, Component, Role, Source, Weights, load, load_checked, view_of};

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to measure.
    #[command(subcommand)]
    what: What,
    /// The device, as `devices` names it.
    #[arg(long, default_value = "cpu", global = true)]
    device: String,
    /// Threads on the processor.
    #[arg(long, default_value_t = 2, global = true)]
    threads: i32,
    /// How often, after one time that does not count.
    #[arg(long, default_value_t = 3, global = true)]
    repeat: usize,
    /// Write what was computed here, as safetensors.
    #[arg(long, value_name = "F.safetensors", global = true)]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// One look of the transformer at a latent.
    Forward {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3)]
        latent: Vec<i64>,
    },
    /// All steps from noise to latents.
    Steps {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3)]
        latent: Vec<i64>,
        /// How many.
        #[arg(long, default_value_t = 50)]
        steps: usize,
    },
    /// Latents to frames.
    Decode {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3)]
        latent: Vec<i64>,
    },
    /// One look of the 1.3B transformer, with made-up weights, at 81 frames of 832x480.
    Full,
}

/// As the peer is guided.
const GUIDANCE: Guidance = Guidance::Classifier { scale: 5.0 };

/// Measures, and prints one line of JSON.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub fn bench(arguments: &Arguments) -> Result<(), Failure> {
    tch::set_num_threads(arguments.threads);
    let device = match arguments.device.strip_prefix("cuda") {
        Some(number) => {
            device::find(); // loads libtorch's CUDA half
            Device::Cuda(number.trim_start_matches(':').parse().unwrap_or(0))
        }
        None => Device::Cpu,
    };
    let _no_grad = tch::no_grad_guard();
    keep_freed_memory(match arguments.what {
        What::Decode { .. } => Keeping::Nothing,
        _ => Keeping::ForNextUse,
    });
    let report = guarded(|| match &arguments.what {
        What::Forward { model, latent } => forward(arguments, model, latent, device),
        What::Steps {
            model,
            latent,
            steps,
        } => denoise(arguments, model, latent, *steps, device),
        What::Decode { model, latent } => decode(arguments, model, latent, device),
        What::Full => full(arguments, device),
    })?;
    println!("{report}");
    Ok(())
}

/// The same made-up input as the peer's: no random generator is shared by all devices and languages.
fn waves(size: &[i64], device: Device) -> Tensor {
    let count: i64 = size.iter().product();
    let places = Tensor::arange(count, (Kind::Double, Device::Cpu));
    ((places * 12.9898).sin() * 1.4)
        .to_kind(Kind::Float)
        .view(size)
        .to_device(device)
}

fn transformer(model: &Path, device: Device) -> Result<Transformer, Failure> {
    let files = ModelFiles::in_folder(model)?;
    let checkpoint = Checkpoint::open(&files.transformer, Component::Transformer)?;
    let config = Config::detect(&checkpoint)?;
    load(
        &checkpoint,
        device,
        kind_on(device),
        &mut |_| Ok(()),
        |weights| Transformer::new(&config, weights),
    )
}

/// Times `work` after one time that does not count; the last result and each time's seconds.
fn timed(
    arguments: &Arguments,
    device: Device,
    mut work: impl FnMut() -> Tensor,
) -> (Tensor, Vec<f64>) {
    let settle = || {
        if let Device::Cuda(index) = device {
            tch::Cuda::synchronize(index as i64);
        }
    };
    let mut result = work();
    settle();
    let seconds = (0..arguments.repeat).map(|_| {
        let began = Instant::now();
        result = work();
        settle();
        began.elapsed().as_secs_f64()
    });
    let seconds = seconds.collect();
    (result, seconds)
}

fn report(
    arguments: &Arguments,
    result: &Tensor,
    seconds: &[f64],
) -> Result<serde_json::Value, Failure> {
    if let Some(path) = &arguments.output {
        let view = view_of(&result.to_kind(Kind::Float))?;
        safetensors::serialize_to_file([("result", view)], None, path)
            .map_err(|error| Failure::bug(error.to_string()))?;
    }
    Ok(json!({
        "seconds": seconds,
        "peak_bytes": libtorch::peak_memory_bytes(),
        "size": result.size(),
    }))
}

fn forward(
    arguments: &Arguments,
    model: &Path,
    latent: &[i64],
    device: Device,
) -> Result<serde_json::Value, Failure> {
    timed_forward(arguments, &transformer(model, device)?, latent, device)
}

fn timed_forward(
    arguments: &Arguments,
    network: &Transformer,
    latent: &[i64],
    device: Device,
) -> Result<serde_json::Value, Failure> {
    let (x, text) = inputs(network, latent, device);
    let text = network.read_text(&text);
    let guide = network.guide(grid(latent), None, None, (network.kind(), device));
    let timestep = Tensor::from_slice(&[437.0]).to_device(device);
    let (result, seconds) = timed(arguments, device, || {
        network.forward(&x, &timestep, &text, &guide)
    });
    report(arguments, &result, &seconds)
}

fn inputs(network: &Transformer, latent: &[i64], device: Device) -> (Tensor, Tensor) {
    let config = network.config();
    let x = waves(&[&[1, config.in_channels], latent].concat(), device);
    let text = waves(&[1, 512, config.text_width], device);
    (x.to_kind(network.kind()), text.to_kind(network.kind()))
}

fn grid(latent: &[i64]) -> [i64; 3] {
    [latent[0], latent[1], latent[2]]
}

/// As a pipeline does it: guided, so two looks a step, and a UniPC step after them.
fn denoise(
    arguments: &Arguments,
    model: &Path,
    latent: &[i64],
    steps: usize,
    device: Device,
) -> Result<serde_json::Value, Failure> {
    let network = transformer(model, device)?;
    let (noise, text) = inputs(&network, latent, device);
    let both = Tensor::cat(&[&text, &text.flip([1])], 0);
    let schedule = Schedule::new(Sampler::UniPcDiffusers, steps, 3.0);
    let (result, seconds) = timed(arguments, device, || {
        let text = network.read_text(&both);
        let guide = network.guide(grid(latent), None, None, (network.kind(), device));
        let mut solver = Solver::new(Sampler::UniPcDiffusers, schedule.clone());
        let mut x = noise.shallow_clone();
        for (step, &timestep) in schedule.timesteps.iter().enumerate() {
            let timestep = Tensor::from_slice(&[timestep]).to_device(device);
            let seen = network.forward(&x.repeat([2, 1, 1, 1, 1]), &timestep, &text, &guide);
            let (with, without) = (seen.narrow(0, 0, 1), seen.narrow(0, 1, 1));
            let velocity = guided(GUIDANCE, step, &with, &without);
            x = solver.step(&velocity, &x);
        }
        x
    });
    report(arguments, &result, &seconds)
}

fn decode(
    arguments: &Arguments,
    model: &Path,
    latent: &[i64],
    device: Device,
) -> Result<serde_json::Value, Failure> {
    let files = ModelFiles::in_folder(model)?;
    let checkpoint = Checkpoint::open(&files.vae, Component::Vae)?;
    let config = VaeConfig::detect(&checkpoint)?;
    let vae = load_checked(
        &checkpoint,
        device,
        kind_on(device),
        &mut |_| Ok(()),
        |weights| VaeDecoder::new(&config, weights),
    )?;
    let latents = waves(&[&[1, config.channels], latent].concat(), device);
    let began = Instant::now();
    // As a job does it: each chunk leaves for the studio as bytes.
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
    let seconds = began.elapsed().as_secs_f64();
    report(arguments, &Tensor::cat(&frames, 2), &[seconds])
}

/// Weights of the right size drawn on the device, for machines that have no checkpoint.
struct MadeUp(Device, Kind);

impl Source for MadeUp {
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

fn full(arguments: &Arguments, device: Device) -> Result<serde_json::Value, Failure> {
    let cards = crate::library::Card::built_in();
    let card = cards.iter().find(|card| card.id == "wan2.1-t2v-1.3b");
    let config = card
        .ok_or_else(|| Failure::bug("the 1.3B card is gone"))?
        .config();
    tch::manual_seed(0);
    let network = Transformer::new(&config, Weights::of(&mut MadeUp(device, kind_on(device))))?;
    timed_forward(arguments, &network, &[21, 60, 104], device)
}
