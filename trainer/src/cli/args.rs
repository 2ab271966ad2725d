//! The options that several commands share: the folder and device of a run, and how long it trains.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use directories::ProjectDirs;
use kinora_wire::Failure;
use tch::{Device, Kind};

use crate::libtorch;
use crate::measure::Part;
use crate::model::Folder;
use crate::starter::Size;
use crate::train_loop::TrainLoop;

/// Where and on what.
#[derive(Clone, Debug, Args)]
pub struct RunArguments {
    /// How large the model is.
    #[arg(long, value_enum, default_value_t = Size::Small)]
    pub size: Size,
    /// The folder of the run; one in the user's cache if left out.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// cpu or cuda.
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Held-out clips that the autoencoder is measured on.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub measured_clips: u64,
    /// Threads on the processor; one for each core if left out.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=1024))]
    threads: Option<i32>,
}

/// What is measured, and how clips are made for it.
#[derive(Clone, Debug, Args)]
pub struct MeasureArguments {
    /// Where and on what.
    #[command(flatten)]
    pub run: RunArguments,
    /// The model's folder; the run's own if left out.
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Only these parts. Findings, which `ship` needs, are written when all were measured with the card's settings.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Part>,
    /// The guidance; that of the card if left out.
    #[arg(long, value_parser = amount)]
    pub guidance: Option<f64>,
}

/// How long and how.
#[derive(Clone, Debug, Args)]
pub struct TrainArguments {
    /// Where and on what.
    #[command(flatten)]
    pub run: RunArguments,
    /// How long, in this call.
    #[arg(long, default_value_t = 10.0, value_parser = amount)]
    minutes: f64,
    /// At most to this step.
    #[arg(long)]
    steps: Option<u64>,
    /// Let the steps grow shorter in the last part of this call, a third of it unless it says how much: the
    /// run is then at its end.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.33", value_parser = amount)]
    finish: Option<f64>,
    /// Clips a step: of the transformer 8 if left out; of the autoencoder, so many times its usual ones.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub batch: Option<u64>,
    /// Learn from the first so many of the encoded clips.
    #[arg(long, default_value_t = 1_000_000)]
    pub clips: u64,
    /// Seconds between two lines of the log.
    #[arg(long, default_value_t = 15.0, value_parser = amount)]
    log_seconds: f64,
    /// Seconds between two checkpoints.
    #[arg(long, default_value_t = 180.0, value_parser = amount)]
    save_seconds: f64,
}

/// Parses a number from 0 to a million.
pub fn amount(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number is expected".to_owned())?;
    match (0.0..=1e6).contains(&number) {
        true => Ok(number),
        false => Err("a number from 0 to a million is expected".into()),
    }
}

impl RunArguments {
    /// The folder of the run, created if it does not exist.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        let ours =
            || ProjectDirs::from("", "", "kinora").map(|ours| ours.cache_dir().join("trainer"));
        let name = format!("{:?}", self.size).to_lowercase();
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => ours()
                .ok_or_else(|| {
                    Failure::refused("there is no home folder", "name one: --folder DIR")
                })?
                .join(name),
        };
        std::fs::create_dir_all(folder.join("model"))
            .map_err(|error| crate::files::unwritable(&folder, &error.to_string()))?;
        Ok(folder)
    }

    /// The device and the precision networks compute in there.
    pub fn device(&self) -> Result<(Device, Kind), Failure> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as i32);
        tch::set_num_threads(self.threads.unwrap_or(cores));
        libtorch::device(&self.device)
    }

    /// The folder of the run's model.
    pub fn model(&self) -> Result<Folder, Failure> {
        Ok(Folder(self.folder()?.join("model")))
    }
}

impl TrainArguments {
    /// The training loop, with a log of this name.
    pub fn train_loop(&self, name: &str) -> Result<TrainLoop, Failure> {
        Ok(TrainLoop {
            minutes: self.minutes,
            steps: self.steps,
            finish: self.finish,
            log: self.run.folder()?.join(name).with_extension("log"),
            log_every: Duration::from_secs_f64(self.log_seconds),
            save_every: Duration::from_secs_f64(self.save_seconds),
        })
    }
}
