//! The commands in the order a model is made: draw the world, train the autoencoder, encode clips with it, train the
//! transformer on them, finetune the decoder, measure, ship.

mod interpolating;
mod upscaling;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueEnum as _;
use kinora_engine::family::wan::vae::VaeDecoder;
use kinora_wire::{Failure, Guidance};
use tch::{Device, Kind, Tensor};

use crate::cli::args::{MeasureArguments, RunArguments, TrainArguments};
use crate::dataset::BatchSampler;
use crate::files::{hash, write_whole};
use crate::latents::{EncodedBy, Latents};
use crate::measure::{Bars, Findings, HELD_OUT, Maker, Measuring, Part, Table, measure_conditions};
use crate::model::Folder;
use crate::sound::dataset::Shelf;
use crate::world::{Format, Scene};
use crate::{autoencoder, curves, diffusion, pixels, sheet, ship, sound, train_loop, world};

pub use interpolating::{interpolator, interpolator_floor};
pub use upscaling::{enlarged, guided_upscaler, pairs, upscaler};

/// Clips on the contact sheet of the world.
const CLIPS_SHOWN: usize = 12;
/// Encoded clips to train the measuring probe.
const CLIPS_FOR_PROBE: u64 = 6000;
/// Held-out clips for the sensitivity to conditions.
const CLIPS_FOR_SENSITIVITY: u64 = 48;
/// The default batch size, in clips.
const USUAL_BATCH: u64 = 8;
/// The latest measures, in the folder of measures.
const FINDINGS: &str = "findings.json";

/// Draws clips of the world.
pub fn world(run: &RunArguments, clips: u64) -> Result<(), Failure> {
    let format = run.size.format();
    let began = Instant::now();
    let drawn = world::clips(HELD_OUT..HELD_OUT + clips, format);
    let seconds = began.elapsed().as_secs_f64();
    let threads = rayon::current_num_threads();
    let rate = clips as f64 / seconds / threads as f64;
    eprintln!("{clips} clips in {seconds:.1} s on {threads} threads: {rate:.0} a second on each");
    let shown = drawn.iter().take(CLIPS_SHOWN).map(|(scene, clip)| {
        let [_, portrait, _] = scene.character.portraits(format);
        let [portrait, _] = pixels::on_white(&portrait, format.portrait(), format.size);
        let frames = pixels::colours(&clip.frames, format.size);
        let portrait = portrait.expand(frames.size(), false);
        let depth = scene.depth(&scene.stage(format), 0..format.frames, format);
        [frames, pixels::greys(&depth, format.size), portrait]
    });
    let shown: Vec<[Tensor; 3]> = shown.collect();
    let rows: Vec<Vec<&Tensor>> = shown.iter().map(|row| row.iter().collect()).collect();
    let last = i64::from(format.frames) - 1;
    let path = run.folder()?.join("measures/world.png");
    sheet::contact_sheet(&path, &rows, &[0, last / 2, last], 1)
}

/// Trains the autoencoder, and checks it against its bar.
pub fn vae(arguments: &TrainArguments) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let mut state = autoencoder::open(&run.folder()?.join("vae.safetensors"), run.size, device)?;
    let size = (run.size, arguments.batch.unwrap_or(1));
    let mut step = |state: &_, at| autoencoder::step(state, at, size, kind);
    arguments.train_loop("vae")?.run(&mut state, &mut step)?;
    run.model()?.write_vae(&state, run.size)?;
    match state.is_finished() {
        true => gate(run),
        false => report_fidelity(run).map(|_| ()),
    }
}

/// Fails if the autoencoder is not good enough to train the transformer with it.
pub fn gate(run: &RunArguments) -> Result<(), Failure> {
    let fidelity = report_fidelity(run)?;
    let [whole, cast] = Bars::of(run.size).fidelity;
    match fidelity[0] >= whole && fidelity[1] >= cast {
        true => Ok(()),
        false => Err(Failure::refused(
            format!("the autoencoder was to reach {whole} dB, and {cast} dB inside the character"),
            "let it learn longer; go on from DIR/vae.warm.safetensors, renamed to vae.safetensors",
        )),
    }
}

/// Measures and prints the PSNR in dB, of the whole picture and of the cast, and writes a contact sheet of
/// reconstructions.
fn report_fidelity(run: &RunArguments) -> Result<[f64; 2], Failure> {
    let (device, _) = run.device()?;
    let (encoder, decoder) = run.model()?.open_vae(device)?;
    let format = run.size.format();
    let seeds = HELD_OUT..HELD_OUT + run.measured_clips;
    let fidelity = autoencoder::fidelity(&encoder, &decoder, seeds.clone(), format, device);
    let [whole, cast] = fidelity;
    eprintln!("autoencoder: {whole:.2} dB, inside the character {cast:.2} dB");
    let path = run.folder()?.join("measures/autoencoder.png");
    autoencoder::show(&encoder, &decoder, seeds, format, device, &path)?;
    Ok(fidelity)
}

/// Encodes clips to train the transformer.
pub fn encode(run: &RunArguments, clips: u64, minutes: f64) -> Result<(), Failure> {
    let (device, _) = run.device()?;
    let (by, _) = encoder(run, &run.model()?, device)?;
    let began = Instant::now();
    Latents::write(&run.folder()?.join("latents"), 0..clips, &by, &mut |done| {
        let seconds = began.elapsed().as_secs_f64();
        eprintln!("{done} of {clips} clips, {seconds:.0} s");
        seconds < minutes * 60.0 && !train_loop::is_stopped()
    })
}

fn encoder(
    run: &RunArguments,
    model: &Folder,
    device: Device,
) -> Result<(EncodedBy, VaeDecoder), Failure> {
    if !model.vae().exists() {
        return Err(Failure::bad_file(
            format!("there is no autoencoder {}", model.vae().display()),
            "learn one first: kinora-trainer vae",
        ));
    }
    let (encoder, decoder) = model.open_vae(device)?;
    let by = EncodedBy {
        encoder,
        hash: model.encoder_hash()?,
        format: run.size.format(),
        device,
    };
    Ok((by, decoder))
}

/// Trains the transformer and the text encoder.
pub fn dit(arguments: &TrainArguments, from: Option<PathBuf>) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let (folder, model, size) = (run.folder()?, run.model()?, run.size);
    let (by, _) = encoder(run, &model, device)?;
    let from = from.map(|folder| Folder(folder).trained_files());
    let mut state = diffusion::open(&folder.join("dit.safetensors"), size, device, from)?;
    let sampler = BatchSampler {
        latents: Latents::read(&folder.join("latents"), 0..arguments.clips, &by)?,
        first_seed: 0,
        has_first_phase: !state.run.is_continued,
        format: size.format(),
        tokenizer: model.tokenizer()?,
        device,
        kind,
    };
    let (numbers, clips) = (state.parameters.count(), sampler.latents.count());
    eprintln!("{numbers} numbers, {clips} clips");
    let batch = arguments.batch.unwrap_or(USUAL_BATCH);
    let mut step = |state: &_, at| diffusion::step(state, &sampler, at, batch, size);
    arguments.train_loop("dit")?.run(&mut state, &mut step)?;
    model.write_networks(&state, size)
}

/// Finetunes the decoder.
pub fn finetune(arguments: &TrainArguments) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let (path, model) = (run.folder()?.join("decoder.safetensors"), run.model()?);
    let mut state = autoencoder::open_shipped(&path, run.size, &model.vae(), device)?;
    let size = (run.size, arguments.batch.unwrap_or(1));
    let mut step = |state: &_, at| autoencoder::decoder_step(state, at, size, kind);
    arguments
        .train_loop("decoder")?
        .run(&mut state, &mut step)?;
    model.write_decoder(&state)?;
    report_fidelity(run).map(|_| ())
}

/// Writes clips with their sound, and prints contacts and onsets.
#[expect(clippy::print_stdout, reason = "the times are what was asked for")]
pub fn sound_clips(run: &RunArguments, clips: u64) -> Result<(), Failure> {
    let format = run.size.format();
    let seeds = HELD_OUT..HELD_OUT + clips;
    let scenes: Vec<_> = seeds
        .map(|seed| (seed, Scene::paced(seed, format)))
        .collect();
    let folder = run.folder()?.join("sounds");
    print!("{}", sound::clips::write(&folder, &scenes, format)?);
    Ok(())
}

/// Trains the network of sound.
pub fn sound(arguments: &TrainArguments) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, _) = run.device()?;
    let folder = run.folder()?;
    let mut state = sound::learn::open(&folder.join("sound.safetensors"), device)?;
    let batch = arguments.batch.unwrap_or(sound::learn::USUAL_BATCH);
    let mut shelf = Shelf::default();
    let mut step =
        |state: &_, at| sound::learn::step(state, &mut shelf, (at, batch), Format::SMALL);
    arguments.train_loop("sound")?.run(&mut state, &mut step)?;
    sound::learn::write(&state, &run.model()?.sound())
}

/// Writes the model from checkpoints of unfinished runs, to see how far they are. An existing autoencoder stays,
/// since clips have been encoded with it.
pub fn export(run: &RunArguments) -> Result<(), Failure> {
    let (folder, model, size) = (run.folder()?, run.model()?, run.size);
    if !model.vae().exists() {
        let state = autoencoder::open(&folder.join("vae.safetensors"), size, Device::Cpu)?;
        model.write_vae(&state, size)?;
    }
    let dit = folder.join("dit.safetensors");
    if dit.exists() {
        model.tokenizer()?;
        model.write_networks(&diffusion::open(&dit, size, Device::Cpu, None)?, size)?;
    }
    Ok(())
}

/// Prints the effect of each condition on the error, without generating a clip, to see whether a run is on track.
pub fn conditions(run: &RunArguments) -> Result<(), Failure> {
    let (device, kind) = run.device()?;
    let model = run.model()?;
    let (by, _) = encoder(run, &model, device)?;
    let networks = model.open_networks(run.size, device, kind)?;
    let mut table = Table::default();
    measure_conditions(&networks, &held_out(&model, &by, kind)?, &mut table)?;
    print(&table);
    Ok(())
}

/// Clips that are not in the training data.
fn held_out(model: &Folder, by: &EncodedBy, kind: Kind) -> Result<BatchSampler, Failure> {
    let seeds = HELD_OUT..HELD_OUT + CLIPS_FOR_SENSITIVITY;
    Ok(BatchSampler {
        latents: Latents::of_seeds(seeds, &by.encoder, by.format, by.device)?,
        first_seed: HELD_OUT,
        has_first_phase: false,
        format: by.format,
        tokenizer: model.tokenizer()?,
        device: by.device,
        kind,
    })
}

/// Measures the run's model, or the one in a folder.
pub fn measure(arguments: &MeasureArguments) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let (folder, size) = (run.folder()?, run.size);
    let named = arguments.model.clone().map(Folder);
    let model = named.map_or_else(|| run.model(), Ok)?;
    let mut defaults = size.defaults();
    if let Some(scale) = arguments.guidance {
        defaults.guidance = Guidance::Classifier { scale };
    }
    let parts = match arguments.only.as_slice() {
        [] => Part::value_variants(),
        only => only,
    };
    let (by, decoder) = encoder(run, &model, device)?;
    let networks = model.open_networks(size, device, kind)?;
    let probe_latents = Latents::read(&folder.join("latents"), 0..CLIPS_FOR_PROBE, &by)?;
    let sampler = held_out(&model, &by, kind)?;
    let measures = folder.join("measures");
    let mut measuring = Measuring {
        encoder: &by.encoder,
        decoder: &decoder,
        networks: &networks,
        probe_latents: &probe_latents,
        sampler: &sampler,
        maker: Maker::new(&model.0, defaults, &run.device)?,
        upscaler: upscaling::own(&model, device)?,
        format: size.format(),
        bars: Bars::of(size),
        folder: measures.clone(),
    };
    let began = Instant::now();
    let table = measuring.run(parts, &|what| {
        eprintln!("{:4.0} s  {what}", began.elapsed().as_secs_f64());
    })?;
    print(&table);
    if !arguments.only.is_empty() || arguments.guidance.is_some() {
        return Ok(());
    }
    let files = model.files().into_iter().map(|(_, path)| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok((name, hash(&path)?))
    });
    let findings = Findings {
        files: files.collect::<Result<_, Failure>>()?,
        measured: table.0,
    };
    let text = serde_json::to_string_pretty(&findings);
    let text = text.map_err(|error| Failure::bug(error.to_string()))?;
    write_whole(&measures.join(FINDINGS), text.as_bytes())
}

#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
fn print(table: &Table) {
    println!("{table}");
}

/// Copies the model, with its measures, into Kinora's sources at `root`.
pub fn ship(run: &RunArguments, root: &Path) -> Result<(), Failure> {
    let path = run.folder()?.join("measures").join(FINDINGS);
    let text = std::fs::read(&path).map_err(|error| error.to_string());
    let findings: Result<Findings, String> =
        text.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    let findings = findings.map_err(|why| {
        Failure::bad_file(
            format!("{}: {why}", path.display()),
            "measure the model first: kinora-trainer measure",
        )
    })?;
    ship::ship(&run.model()?, run.size, &findings, root)
}

/// Plots a run's logs.
pub fn curves(run: &RunArguments) -> Result<(), Failure> {
    let folder = run.folder()?;
    let parts = [
        "vae",
        "dit",
        "decoder",
        "upscaler",
        "guided",
        "interpolator",
    ];
    let logs = parts.map(|part| folder.join(part).with_extension("log"));
    let logs: Vec<PathBuf> = logs.into_iter().filter(|log| log.exists()).collect();
    curves::write(&logs, &folder.join("measures/curves.svg"))
}
