//! `kinora-engine bench`: times the networks of a model on a device and prints JSON.
//! Results can be written to a file and compared with diffusers: `cargo xtask bench engine`.

mod step_cache;

use std::path::PathBuf;
use std::time::Instant;

use clap::Subcommand;
use kinora_wire::Failure;
use serde_json::json;
use tch::{Device, Kind, Tensor};

use crate::catch_panic::catch_job_panic;
use crate::device;
use crate::family::bench::{decode, forward, full, steps};
use crate::libtorch::{self, Keeping, keep_freed_memory};
use crate::model::ModelFiles;
use crate::weights::view_of;

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to measure.
    #[command(subcommand)]
    what: What,
    /// The device, by its id from `devices`.
    #[arg(long, default_value = "cpu", global = true)]
    device: String,
    /// CPU threads.
    #[arg(long, default_value_t = 2, global = true)]
    threads: i32,
    /// Number of measured runs, after one warm-up run.
    #[arg(long, default_value_t = 3, global = true)]
    repeat: usize,
    /// Write the result to this file, as safetensors.
    #[arg(long, value_name = "F.safetensors", global = true)]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// One forward pass of the transformer.
    Forward {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3)]
        latent: Vec<i64>,
    },
    /// All denoising steps, from noise to latents.
    Steps {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3)]
        latent: Vec<i64>,
        /// Number of steps.
        #[arg(long, default_value_t = 50)]
        steps: usize,
    },
    /// Decoding latents to frames.
    Decode {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3)]
        latent: Vec<i64>,
    },
    /// Whole clips with and without the step cache: seconds, and the PSNR of the pictures.
    StepCache {
        /// A model's id or folder.
        model: String,
        /// The prompt.
        #[arg(long, default_value = "a yellow robot walks left in the desert")]
        prompt: String,
        /// Number of steps; the model's own if left out.
        #[arg(long)]
        steps: Option<u32>,
    },
    /// One forward pass of the 1.3B transformer with random weights, at 81 frames of 832x480.
    Full,
}

/// Runs the benchmark and prints one line of JSON.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub fn bench(arguments: &Arguments) -> Result<(), Failure> {
    tch::set_num_threads(arguments.threads);
    let device = match arguments.device.strip_prefix("cuda") {
        Some(number) => {
            device::find(); // loads libtorch's CUDA library
            Device::Cuda(number.trim_start_matches(':').parse().unwrap_or(0))
        }
        None => Device::Cpu,
    };
    let _no_grad = tch::no_grad_guard();
    keep_freed_memory(match arguments.what {
        What::Decode { .. } => Keeping::Nothing,
        _ => Keeping::ForNextUse,
    });
    let report = catch_job_panic(|| match &arguments.what {
        What::Forward { model, latent } => {
            let path = ModelFiles::in_folder(model)?.transformer;
            timed(arguments, device, forward(&path, grid(latent), device)?)
        }
        What::Steps {
            model,
            latent,
            steps: count,
        } => {
            let path = ModelFiles::in_folder(model)?.transformer;
            timed(
                arguments,
                device,
                steps(&path, grid(latent), *count, device)?,
            )
        }
        What::Decode { model, latent } => {
            let decode = decode(&ModelFiles::in_folder(model)?.vae, grid(latent), device)?;
            let began = Instant::now();
            let frames = decode()?;
            report(arguments, &frames, &[began.elapsed().as_secs_f64()])
        }
        What::StepCache {
            model,
            prompt,
            steps,
        } => step_cache::compare(
            (model.as_str(), prompt.as_str(), *steps),
            &arguments.device,
            arguments.repeat,
        ),
        What::Full => timed(arguments, device, full(device)?),
    })?;
    println!("{report}");
    Ok(())
}

/// Times `work` after one warm-up run, and reports its last result.
fn timed(
    arguments: &Arguments,
    device: Device,
    mut work: impl FnMut() -> Result<Tensor, Failure>,
) -> Result<serde_json::Value, Failure> {
    let settle = || {
        if let Device::Cuda(index) = device {
            tch::Cuda::synchronize(index as i64);
        }
    };
    let mut result = work()?;
    settle();
    let mut seconds = Vec::new();
    for _ in 0..arguments.repeat {
        let began = Instant::now();
        result = work()?;
        settle();
        seconds.push(began.elapsed().as_secs_f64());
    }
    report(arguments, &result, &seconds)
}

fn grid(latent: &[i64]) -> [i64; 3] {
    [latent[0], latent[1], latent[2]]
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
