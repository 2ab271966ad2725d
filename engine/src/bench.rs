//! `kinora-engine bench`: times the networks of a model on a device and prints JSON.
//! Results can be written to a file and compared with those of other programs: `cargo xtask bench engine`, `cargo xtask card`.

mod step_cache;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Subcommand, ValueEnum};
use kinora_wire::{Failure, frame_size};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::catch_panic::catch_job_panic;
use crate::family::bench::{
    Place, decode, drawn_decode, drawn_forward, drawn_work, forward, latent_of, steps, with_layers,
};
use crate::files;
use crate::library::Card;
use crate::libtorch::{self, Keeping, keep_freed_memory};
use crate::memory::PictureForm;
use crate::model::ModelFiles;
use crate::model_cache::kind_on;
use crate::pipeline::seconds::{decoding_work, resident_denoising};
use crate::rates::Rates;
use crate::weights::view_of;
use crate::{cuda, device};

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to measure.
    #[command(subcommand)]
    what: What,
    /// The device, by its id from `devices`.
    #[arg(long, default_value = "cpu", global = true)]
    device: String,
    /// Precision; bf16 on a graphics card and fp32 on the CPU if left out, as in a job.
    #[arg(long, value_enum, global = true)]
    precision: Option<Precision>,
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

/// The number format of a network.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Precision {
    /// 32 bits.
    Fp32,
    /// 16 bits with the exponent of fp32.
    Bf16,
}

#[derive(Debug, Subcommand)]
enum What {
    /// One forward pass of the transformer.
    Forward {
        /// A model's folder, or a transformer's file.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3, required = true)]
        latent: Vec<i64>,
        /// Keep this many blocks in memory and read the others when they run; all if left out.
        #[arg(long, value_name = "N")]
        kept: Option<usize>,
    },
    /// All denoising steps, from noise to latents.
    Steps {
        /// A model's folder.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3, required = true)]
        latent: Vec<i64>,
        /// Number of steps.
        #[arg(long, default_value_t = 50)]
        steps: usize,
    },
    /// Decoding latents to frames.
    Decode {
        /// A model's folder, or an autoencoder's file.
        model: PathBuf,
        /// Latent frames, rows and columns.
        #[arg(long, num_args = 3, required = true)]
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
    /// A network of a card's shape with random weights, drawn on the device: no file is needed.
    Drawn(DrawnArguments),
}

/// Arguments of `bench drawn`.
#[derive(Debug, clap::Args)]
struct DrawnArguments {
    /// The id of a built-in model card, or a card's file.
    card: String,
    /// The network.
    #[arg(long, value_enum, default_value_t = Part::Transformer)]
    part: Part,
    /// Width and height of a frame, in pixels; the card's own if left out.
    #[arg(long, value_name = "WxH", value_parser = frame_size)]
    size: Option<[u32; 2]>,
    /// Length in frames; the card's own if left out.
    #[arg(long, value_name = "N")]
    frames: Option<u32>,
    /// The first N blocks of the transformer alone.
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
}

/// A network that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One forward pass of the transformer.
    Transformer,
    /// Decoding latents to frames.
    Decoder,
}

/// Runs the benchmark and prints one line of JSON.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub fn bench(arguments: &Arguments) -> Result<(), Failure> {
    tch::set_num_threads(arguments.threads);
    let device = device_named(&arguments.device)?;
    let kind = match arguments.precision {
        Some(Precision::Fp32) => Kind::Float,
        Some(Precision::Bf16) => Kind::BFloat16,
        None => kind_on(device),
    };
    let measurement = Measurement {
        arguments,
        on: (device, kind),
        used_before_bytes: used_bytes(device),
    };
    let _no_grad = tch::no_grad_guard();
    keep_freed_memory(match &arguments.what {
        What::Decode { .. } => Keeping::Nothing,
        What::Drawn(drawn) if drawn.part == Part::Decoder => Keeping::Nothing,
        _ => Keeping::ForNextUse,
    });
    let report = catch_job_panic(|| measurement.of(&arguments.what))?;
    println!("{report}");
    Ok(())
}

fn device_named(id: &str) -> Result<Device, Failure> {
    if id == "cpu" {
        return Ok(Device::Cpu);
    }
    let wanted = if id == "cuda" { "cuda:0" } else { id };
    let (devices, _) = device::find(); // loads libtorch's CUDA library
    let number = wanted.strip_prefix("cuda:");
    let number = number.and_then(|number| number.parse().ok());
    match number.filter(|_| devices.iter().any(|device| device.id == wanted)) {
        Some(number) => Ok(Device::Cuda(number)),
        None => Err(Failure::refused(
            format!("there is no device {id}"),
            "`kinora-engine devices` lists the devices, and why CUDA is not among them",
        )),
    }
}

/// Memory of a graphics card that is in use, by all programs, in bytes.
fn used_bytes(device: Device) -> Option<u64> {
    match device {
        Device::Cuda(index) => cuda::used_bytes(index),
        _ => None,
    }
}

/// One benchmark on a device.
struct Measurement<'a> {
    arguments: &'a Arguments,
    on: Place,
    used_before_bytes: Option<u64>,
}

/// The times of a benchmark, and its last result.
struct Timed {
    load_seconds: f64,
    seconds: Vec<f64>,
    result: Tensor,
}

impl Measurement<'_> {
    fn of(&self, what: &What) -> Result<Value, Failure> {
        let (began, on) = (Instant::now(), self.on);
        let timed = match what {
            What::Forward {
                model,
                latent,
                kept,
            } => {
                let path = part(model, |files| files.transformer)?;
                self.timed(began, forward(&path, grid(latent)?, *kept, on)?)
            }
            What::Steps {
                model,
                latent,
                steps: count,
            } => {
                let path = part(model, |files| files.transformer)?;
                self.timed(began, steps(&path, grid(latent)?, *count, on)?)
            }
            What::Decode { model, latent } => {
                let path = part(model, |files| files.vae)?;
                self.cold(began, decode(&path, grid(latent)?, on)?)
            }
            What::StepCache {
                model,
                prompt,
                steps,
            } => {
                return step_cache::compare(
                    (model.as_str(), prompt.as_str(), *steps),
                    &self.arguments.device,
                    self.arguments.repeat,
                );
            }
            What::Drawn(drawn) => self.drawn(began, drawn),
        }?;
        self.report(&timed)
    }

    fn drawn(&self, began: Instant, drawn: &DrawnArguments) -> Result<Timed, Failure> {
        let card = card(&drawn.card)?;
        let whole = card.network.drawable().ok_or_else(|| {
            Failure::refused(
                format!("the networks of {} cannot be drawn", card.id),
                "use the card of a model that makes pictures alone",
            )
        })?;
        let network = match drawn.layers {
            Some(layers) => with_layers(whole, layers),
            None => *whole,
        };
        let size = drawn.size.unwrap_or(card.defaults.size);
        let frames = drawn.frames.unwrap_or(card.defaults.frames);
        let latent = latent_of(&network, size, frames)?;
        let timed = match drawn.part {
            Part::Transformer => self.timed(began, drawn_forward(&network, latent, self.on)?),
            Part::Decoder => self.timed(began, drawn_decode(&network, latent, self.on)?),
        }?;
        if drawn.layers.is_none() {
            let work = drawn_work(&network, latent);
            let pixels = f64::from(size[0]) * f64::from(size[1]) * f64::from(frames);
            let (name, amount) = match drawn.part {
                Part::Transformer => (resident_denoising(&work), work.operations_per_pass),
                Part::Decoder => (decoding_work(&work, PictureForm::Whole), pixels),
            };
            self.keep_rate(&name, amount, &timed);
        }
        Ok(timed)
    }

    /// Keeps a speed of a graphics card for the estimates of clips, if it was measured as clips are made. That of the CPU
    /// depends on the threads of the benchmark.
    fn keep_rate(&self, name: &str, amount: f64, timed: &Timed) {
        let (device, kind) = self.on;
        let Device::Cuda(index) = device else {
            return;
        };
        let id = format!("cuda:{index}");
        let devices = device::find().0;
        let found = devices.iter().find(|device| device.id == id);
        if let (Some(found), true, Some(ours)) = (found, kind == kind_on(device), files::of_user())
        {
            let mean = timed.seconds.iter().sum::<f64>() / timed.seconds.len() as f64;
            let mut rates = Rates::in_folder(Some(ours.cache_dir()));
            rates.keep(&found.name, name, amount, mean);
        }
    }

    /// Times `work` after one warm-up run. The network was loaded since `began`.
    fn timed(
        &self,
        began: Instant,
        mut work: impl FnMut() -> Result<Tensor, Failure>,
    ) -> Result<Timed, Failure> {
        let load_seconds = self.seconds_since(began);
        let mut result = work()?;
        self.seconds_since(began);
        let mut seconds = Vec::new();
        for _ in 0..self.arguments.repeat {
            let began = Instant::now();
            result = work()?;
            seconds.push(self.seconds_since(began));
        }
        Ok(Timed {
            load_seconds,
            seconds,
            result,
        })
    }

    /// Times the first run of `work`.
    fn cold(
        &self,
        began: Instant,
        mut work: impl FnMut() -> Result<Tensor, Failure>,
    ) -> Result<Timed, Failure> {
        let load_seconds = self.seconds_since(began);
        let began = Instant::now();
        let result = work()?;
        let seconds = vec![self.seconds_since(began)];
        Ok(Timed {
            load_seconds,
            seconds,
            result,
        })
    }

    /// Waits for the device.
    fn seconds_since(&self, began: Instant) -> f64 {
        if let Device::Cuda(index) = self.on.0 {
            tch::Cuda::synchronize(index as i64);
        }
        began.elapsed().as_secs_f64()
    }

    /// Peak memory is that of the device. On a card it is what libtorch took from it, with CUDA's own memory: libtorch
    /// returns nothing before its end, so the memory in use afterwards is the peak.
    fn report(&self, timed: &Timed) -> Result<Value, Failure> {
        let result = &timed.result;
        if let Some(path) = &self.arguments.output {
            let view = view_of(&result.to_kind(Kind::Float))?;
            safetensors::serialize_to_file([("result", view)], None, path)
                .map_err(|error| Failure::bug(error.to_string()))?;
        }
        let host_peak_bytes = libtorch::peak_memory_bytes();
        let (device, kind) = self.on;
        let used = used_bytes(device).zip(self.used_before_bytes);
        let peak_bytes = match device {
            Device::Cpu => Some(host_peak_bytes),
            _ => used.map(|(after, before)| after.saturating_sub(before)),
        };
        Ok(json!({
            "seconds": timed.seconds,
            "load_seconds": timed.load_seconds,
            "peak_bytes": peak_bytes,
            "host_peak_bytes": host_peak_bytes,
            "size": result.size(),
            "is_finite": result.isfinite().all().int64_value(&[]) != 0,
            "precision": format!("{kind:?}"),
        }))
    }
}

/// The file of a part: the path itself, or that part of the model in a folder.
fn part(path: &Path, of: impl Fn(ModelFiles) -> PathBuf) -> Result<PathBuf, Failure> {
    match path.is_file() {
        true => Ok(path.to_owned()),
        false => Ok(of(ModelFiles::in_folder(path)?)),
    }
}

/// A card by its id or its path.
fn card(name: &str) -> Result<Card, Failure> {
    let path = Path::new(name);
    if path.is_file() {
        return Card::read(path);
    }
    let cards = Card::built_in();
    let ids: Vec<&str> = cards.iter().map(|card| card.id.as_str()).collect();
    let remedy = format!("use the path of a card, or one of {}", ids.join(", "));
    let found = cards.iter().find(|card| card.id == name);
    found
        .cloned()
        .ok_or_else(|| Failure::refused(format!("there is no model card {name}"), remedy))
}

fn grid(latent: &[i64]) -> Result<[i64; 3], Failure> {
    latent
        .try_into()
        .map_err(|_| Failure::refused("a latent has three lengths", "use --latent T H W"))
}
