//! What can be typed. Each command goes on where the last call of it stopped.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use directories::ProjectDirs;
use kinora_wire::{Failure, error_words};
use tch::{Device, Kind};

use crate::diffusion::{self, School};
use crate::files::write_whole;
use crate::latents::Latents;
use crate::measure::{self, Bars, Maker, Measuring};
use crate::model::Folder;
use crate::pace::Pace;
use crate::starter::Size;
use crate::{autoencoder, libtorch, pace, pixels, sheet, ship, world};

/// Held-out clips that tell whether the autoencoder is good enough.
const CLIPS_AT_GATE: u64 = 24;
/// Encoded clips that teach the measuring probe.
const LATENTS_FOR_PROBE: u64 = 6000;
/// Held-out clips on which conditions are exchanged.
const CLIPS_FOR_SENSITIVITY: u64 = 48;

/// Kinora's trainer: makes the starter model out of a world of its own.
#[derive(Debug, Parser)]
#[command(name = "kinora-trainer", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    word: Word,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// Draw the first held-out clips with all that is known of them on a contact sheet, and tell how long
    /// it took.
    World {
        #[command(flatten)]
        place: Place,
        /// How many are drawn.
        #[arg(long, default_value_t = 100)]
        clips: u64,
    },
    /// Learn the autoencoder.
    Vae(Learning),
    /// Tell how good the autoencoder is, and show clips there and back.
    Gate(Place),
    /// Encode clips with it, for the transformer to learn from.
    Encode {
        #[command(flatten)]
        place: Place,
        /// How many.
        #[arg(long, default_value_t = 6000)]
        clips: u64,
        /// Stop after so many minutes; what is missing is encoded next time.
        #[arg(long, default_value_t = 1e6)]
        minutes: f64,
    },
    /// Learn the transformer and the text encoder.
    Dit(Learning),
    /// Teach the decoder alone, with latents as the transformer makes them: after all else.
    Finetune(Learning),
    /// Write the model as the engine reads it, from what has been learnt so far.
    Export(Place),
    /// Measure how well the model does what it is told: a table, and contact sheets.
    Measure {
        #[command(flatten)]
        place: Place,
        /// The model's folder; the run's own if left out.
        #[arg(long, value_name = "DIR")]
        model: Option<PathBuf>,
    },
    /// Draw the curves of a run's logs.
    Curves(Place),
    /// Put the model and what was measured of it where Kinora ships it from.
    Ship {
        #[command(flatten)]
        place: Place,
        /// Kinora's sources.
        #[arg(long, value_name = "DIR", default_value = ".")]
        root: PathBuf,
    },
}

/// Where and on what.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// How large the model is.
    #[arg(long, value_enum, default_value_t = Size::Small)]
    size: Size,
    /// The folder of the run; one in the user's cache if left out.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// cpu or cuda.
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Threads, on a processor.
    #[arg(long, default_value_t = 2)]
    threads: i32,
}

/// How long and how.
#[derive(Clone, Debug, Args)]
struct Learning {
    #[command(flatten)]
    place: Place,
    /// How long, in this call.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// At most to this step.
    #[arg(long)]
    steps: Option<u64>,
    /// Let the steps grow shorter in the last part of this call, a third of it unless it says how much: the
    /// run is then at its end.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.33")]
    finish: Option<f64>,
    /// Clips a step: of the transformer 8 if left out; of the autoencoder, so many times its usual ones.
    #[arg(long)]
    batch: Option<usize>,
    /// Seeds from which the clips are drawn again if they are used up.
    #[arg(long, default_value_t = 1_000_000)]
    clips: u64,
    /// Seconds between two lines of the log.
    #[arg(long, default_value_t = 15.0)]
    log_seconds: f64,
    /// Seconds between two checkpoints.
    #[arg(long, default_value_t = 180.0)]
    save_seconds: f64,
}

impl Place {
    /// The folder of the run, made if it is not there.
    pub fn run(&self) -> Result<PathBuf, Failure> {
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

    /// The device and what networks compute in there.
    pub fn device(&self) -> Result<(Device, Kind), Failure> {
        tch::set_num_threads(self.threads);
        libtorch::device(&self.device)
    }

    fn model(&self) -> Result<Folder, Failure> {
        Ok(Folder(self.run()?.join("model")))
    }
}

impl Learning {
    fn pace(&self, name: &str) -> Result<Pace, Failure> {
        Ok(Pace {
            minutes: self.minutes,
            steps: self.steps,
            finish: self.finish,
            log: self.place.run()?.join(name).with_extension("log"),
            log_every: Duration::from_secs_f64(self.log_seconds.clamp(0.0, 1e6)),
            save_every: Duration::from_secs_f64(self.save_seconds.clamp(0.0, 1e6)),
        })
    }
}

/// Runs a command to its end.
pub fn run(arguments: Arguments) -> ExitCode {
    let done = match arguments.word {
        Word::World { place, clips } => draw(&place, clips),
        Word::Vae(learning) => vae(&learning),
        Word::Gate(place) => gate(&place),
        Word::Encode {
            place,
            clips,
            minutes,
        } => encode(&place, clips, minutes),
        Word::Dit(learning) => dit(&learning),
        Word::Finetune(learning) => finetune(&learning),
        Word::Export(place) => export(&place),
        Word::Measure { place, model } => measure(&place, model),
        Word::Curves(place) => curves(&place),
        Word::Ship { place, root } => ship(&place, &root),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", error_words(&failure));
            ExitCode::FAILURE
        }
    }
}

/// Clips on the world's contact sheet.
const CLIPS_SHOWN: usize = 12;

fn draw(place: &Place, clips: u64) -> Result<(), Failure> {
    let format = place.size.format();
    let began = std::time::Instant::now();
    let drawn = world::clips(measure::HELD_OUT..measure::HELD_OUT + clips, format);
    let seconds = began.elapsed().as_secs_f64();
    let threads = rayon::current_num_threads();
    let rate = clips as f64 / seconds / threads as f64;
    eprintln!("{clips} clips in {seconds:.1} s on {threads} threads: {rate:.0} a second on each");
    let shown = drawn.iter().take(CLIPS_SHOWN).map(|(scene, clip)| {
        let [portrait, _] = pixels::on_white(
            &scene.character.portraits()[1],
            world::PORTRAIT,
            format.size,
        );
        let frames = pixels::colours(&clip.frames, format.size);
        let portrait = portrait.expand(frames.size(), false);
        [frames, pixels::greys(&clip.depth, format.size), portrait]
    });
    let shown: Vec<[tch::Tensor; 3]> = shown.collect();
    let rows: Vec<Vec<&tch::Tensor>> = shown.iter().map(|row| row.iter().collect()).collect();
    let looks = [
        0,
        i64::from(format.frames) / 2,
        i64::from(format.frames) - 1,
    ];
    let path = place.run()?.join("measures/world.png");
    sheet::contact_sheet(&path, &rows, &looks, 1)
}

fn vae(learning: &Learning) -> Result<(), Failure> {
    let place = &learning.place;
    let (device, kind) = place.device()?;
    let mut learner = autoencoder::open(&place.run()?.join("vae.safetensors"), place.size, device)?;
    let (size, times) = (place.size, learning.batch.unwrap_or(1) as u64);
    learning
        .pace("vae")?
        .learn(&mut learner, &mut |learner, at| {
            autoencoder::step(learner, at, (size, times), kind)
        })?;
    place.model()?.write_vae(&learner, size)?;
    gate(place)
}

/// How good the autoencoder is, before anything is learnt with it.
fn gate(place: &Place) -> Result<(), Failure> {
    let (device, _) = place.device()?;
    let (encoder, decoder) = place.model()?.open_vae(device)?;
    let format = place.size.format();
    let seeds = measure::HELD_OUT..measure::HELD_OUT + CLIPS_AT_GATE;
    let [whole, cast] = autoencoder::fidelity(&encoder, &decoder, seeds.clone(), format, device);
    eprintln!("{whole:.2} dB, inside the character {cast:.2} dB");
    let folder = place.run()?.join("measures");
    autoencoder::show(
        &encoder,
        &decoder,
        seeds,
        format,
        device,
        &folder.join("autoencoder.png"),
    )
}

fn encode(place: &Place, clips: u64, minutes: f64) -> Result<(), Failure> {
    let (device, _) = place.device()?;
    let (encoder, _) = place.model()?.open_vae(device)?;
    let began = std::time::Instant::now();
    let folder = place.run()?.join("latents");
    Latents::write(
        &folder,
        &encoder,
        (0..clips, place.size.format(), device),
        &mut |done| {
            eprintln!(
                "{done} of {clips} clips, {:.0} s",
                began.elapsed().as_secs_f64()
            );
            began.elapsed().as_secs_f64() < minutes * 60.0 && !pace::is_stopped()
        },
    )
}

fn dit(learning: &Learning) -> Result<(), Failure> {
    let place = &learning.place;
    let (device, kind) = place.device()?;
    let (run, size) = (place.run()?, place.size);
    let mut learner = diffusion::open(&run.join("dit.safetensors"), size, device)?;
    let school = School {
        latents: Latents::read(&run.join("latents"), 0..learning.clips)?,
        first_seed: 0,
        format: size.format(),
        tokenizer: place.model()?.tokenizer()?,
        device,
        kind,
    };
    eprintln!(
        "{} numbers, {} clips",
        learner.parameters.count(),
        school.latents.count()
    );
    let batch = learning.batch.unwrap_or(8);
    learning
        .pace("dit")?
        .learn(&mut learner, &mut |learner, at| {
            diffusion::step(learner, &school, at, batch, size)
        })?;
    place.model()?.write_networks(&learner, size)
}

fn finetune(learning: &Learning) -> Result<(), Failure> {
    let place = &learning.place;
    let (device, kind) = place.device()?;
    let (size, times) = (place.size, learning.batch.unwrap_or(1) as u64);
    let (path, model) = (place.run()?.join("decoder.safetensors"), place.model()?);
    let mut learner = autoencoder::open_shipped(&path, size, &model.vae(), device)?;
    learning
        .pace("decoder")?
        .learn(&mut learner, &mut |learner, at| {
            autoencoder::decoder_step(learner, at, (size, times), kind)
        })?;
    model.write_vae(&learner, size)?;
    gate(place)
}

/// Before a run is finished, to see how far it is.
fn export(place: &Place) -> Result<(), Failure> {
    let (run, model, size) = (place.run()?, place.model()?, place.size);
    let vae = run.join("vae.safetensors");
    if vae.exists() {
        model.write_vae(&autoencoder::open(&vae, size, Device::Cpu)?, size)?;
    }
    let dit = run.join("dit.safetensors");
    if dit.exists() {
        model.tokenizer()?;
        model.write_networks(&diffusion::open(&dit, size, Device::Cpu)?, size)?;
    }
    Ok(())
}

fn measure(place: &Place, model: Option<PathBuf>) -> Result<(), Failure> {
    let (device, kind) = place.device()?;
    let (run, size) = (place.run()?, place.size);
    let model = model.map_or_else(|| place.model(), |folder| Ok(Folder(folder)))?;
    let format = size.format();
    let (encoder, decoder) = model.open_vae(device)?;
    let networks = model.open_networks(size, device, kind)?;
    let taught = Latents::read(&run.join("latents"), 0..LATENTS_FOR_PROBE)?;
    let held_out = measure::HELD_OUT..measure::HELD_OUT + CLIPS_FOR_SENSITIVITY;
    let school = School {
        latents: Latents::of_seeds(held_out, &encoder, format, device),
        first_seed: measure::HELD_OUT,
        format,
        tokenizer: model.tokenizer()?,
        device,
        kind,
    };
    let folder = run.join("measures");
    let mut measuring = Measuring {
        encoder: &encoder,
        decoder: &decoder,
        networks: &networks,
        taught: &taught,
        school: &school,
        maker: Maker::new(&model.0, size.recipe(), &place.device)?,
        format,
        bars: Bars::of(size),
        folder: folder.clone(),
    };
    let began = std::time::Instant::now();
    let table = measuring.all(&|what| {
        eprintln!("{:4.0} s  {what}", began.elapsed().as_secs_f64());
    })?;
    let rows =
        serde_json::to_string_pretty(&table.0).map_err(|error| Failure::bug(error.to_string()))?;
    write_whole(&folder.join(TABLE), rows.as_bytes())?;
    print(&table);
    Ok(())
}

/// What was measured last, in the folder of measures.
const TABLE: &str = "table.json";

fn ship(place: &Place, root: &Path) -> Result<(), Failure> {
    let path = place.run()?.join("measures").join(TABLE);
    let text = std::fs::read(&path).map_err(|error| error.to_string());
    let measured =
        text.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    let measured = measured.map_err(|why| {
        Failure::bad_file(
            format!("{}: {why}", path.display()),
            "measure the model first: kinora-trainer measure",
        )
    })?;
    ship::ship(&place.model()?, place.size, measured, root)
}

#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
fn print(table: &measure::Table) {
    println!("{table}");
}

fn curves(place: &Place) -> Result<(), Failure> {
    let run = place.run()?;
    for name in ["vae", "dit", "decoder"] {
        let log = run.join(name).with_extension("log");
        if log.exists() {
            sheet::curves(&log, &run.join("measures").join(name).with_extension("png"))?;
        }
    }
    Ok(())
}
