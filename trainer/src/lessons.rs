//! The commands, one after the other as a model is made: the world drawn, the autoencoder learnt, clips
//! encoded with it, the transformer learnt from them, the decoder's last lesson, measures, shipping.

use std::path::{Path, PathBuf};
use std::time::Instant;

use kinora_engine::family::wan21::vae::VaeDecoder;
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::cli::args::{Learning, Place};
use crate::files::{hash, write_whole};
use crate::latents::{EncodedBy, Latents};
use crate::measure::{Bars, Findings, HELD_OUT, Maker, Measuring, Table, tell_conditions};
use crate::model::Folder;
use crate::school::School;
use crate::{autoencoder, diffusion, pace, pixels, sheet, ship, world};

/// Clips on the world's contact sheet.
const CLIPS_SHOWN: usize = 12;
/// Held-out clips that tell whether the autoencoder is good enough.
const CLIPS_AT_GATE: u64 = 24;
/// Encoded clips that teach the measuring probe.
const CLIPS_FOR_PROBE: u64 = 6000;
/// Held-out clips on which conditions are exchanged.
const CLIPS_FOR_SENSITIVITY: u64 = 48;
/// Clips a step, where nobody says otherwise.
const USUAL_BATCH: u64 = 8;
/// What was measured last, in the folder of measures.
const FINDINGS: &str = "findings.json";

/// Draws the world.
pub fn world(place: &Place, clips: u64) -> Result<(), Failure> {
    let format = place.size.format();
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
        [frames, pixels::greys(&clip.depth, format.size), portrait]
    });
    let shown: Vec<[Tensor; 3]> = shown.collect();
    let rows: Vec<Vec<&Tensor>> = shown.iter().map(|row| row.iter().collect()).collect();
    let last = i64::from(format.frames) - 1;
    let path = place.run()?.join("measures/world.png");
    sheet::contact_sheet(&path, &rows, &[0, last / 2, last], 1)
}

/// Learns the autoencoder, and holds it against its bar.
pub fn vae(learning: &Learning) -> Result<(), Failure> {
    let place = &learning.place;
    let (device, kind) = place.device()?;
    let mut learner = autoencoder::open(&place.run()?.join("vae.safetensors"), place.size, device)?;
    let size = (place.size, learning.batch.unwrap_or(1));
    let mut step = |learner: &_, at| autoencoder::step(learner, at, size, kind);
    learning.pace("vae")?.learn(&mut learner, &mut step)?;
    place.model()?.write_vae(&learner, place.size)?;
    match learner.is_finished() {
        true => gate(place),
        false => told_fidelity(place).map(|_| ()),
    }
}

/// Fails if the autoencoder is not good enough for anything to be learnt with it.
pub fn gate(place: &Place) -> Result<(), Failure> {
    let fidelity = told_fidelity(place)?;
    let [whole, cast] = Bars::of(place.size).fidelity;
    match fidelity[0] >= whole && fidelity[1] >= cast {
        true => Ok(()),
        false => Err(Failure::refused(
            format!("the autoencoder was to reach {whole} dB, and {cast} dB inside the character"),
            "let it learn longer; go on from DIR/vae.warm.safetensors, renamed to vae.safetensors",
        )),
    }
}

/// Decibels of the whole picture and of the cast, with a contact sheet of clips there and back.
fn told_fidelity(place: &Place) -> Result<[f64; 2], Failure> {
    let (device, _) = place.device()?;
    let (encoder, decoder) = place.model()?.open_vae(device)?;
    let format = place.size.format();
    let seeds = HELD_OUT..HELD_OUT + CLIPS_AT_GATE;
    let fidelity = autoencoder::fidelity(&encoder, &decoder, seeds.clone(), format, device);
    let [whole, cast] = fidelity;
    eprintln!("autoencoder: {whole:.2} dB, inside the character {cast:.2} dB");
    let path = place.run()?.join("measures/autoencoder.png");
    autoencoder::show(&encoder, &decoder, seeds, format, device, &path)?;
    Ok(fidelity)
}

/// Encodes clips for the transformer to learn from.
pub fn encode(place: &Place, clips: u64, minutes: f64) -> Result<(), Failure> {
    let (device, _) = place.device()?;
    let (by, _) = encoder(place, &place.model()?, device)?;
    let began = Instant::now();
    Latents::write(&place.run()?.join("latents"), 0..clips, &by, &mut |done| {
        let seconds = began.elapsed().as_secs_f64();
        eprintln!("{done} of {clips} clips, {seconds:.0} s");
        seconds < minutes * 60.0 && !pace::is_stopped()
    })
}

fn encoder(
    place: &Place,
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
        format: place.size.format(),
        device,
    };
    Ok((by, decoder))
}

/// Learns the transformer and the text encoder.
pub fn dit(learning: &Learning) -> Result<(), Failure> {
    let place = &learning.place;
    let (device, kind) = place.device()?;
    let (run, model, size) = (place.run()?, place.model()?, place.size);
    let (by, _) = encoder(place, &model, device)?;
    let mut learner = diffusion::open(&run.join("dit.safetensors"), size, device)?;
    let school = School {
        latents: Latents::read(&run.join("latents"), 0..learning.clips, &by)?,
        first_seed: 0,
        format: size.format(),
        tokenizer: model.tokenizer()?,
        device,
        kind,
    };
    let (numbers, clips) = (learner.parameters.count(), school.latents.count());
    eprintln!("{numbers} numbers, {clips} clips");
    let batch = learning.batch.unwrap_or(USUAL_BATCH);
    let mut step = |learner: &_, at| diffusion::step(learner, &school, at, batch, size);
    learning.pace("dit")?.learn(&mut learner, &mut step)?;
    model.write_networks(&learner, size)
}

/// Teaches the decoder alone.
pub fn finetune(learning: &Learning) -> Result<(), Failure> {
    let place = &learning.place;
    let (device, kind) = place.device()?;
    let (path, model) = (place.run()?.join("decoder.safetensors"), place.model()?);
    let mut learner = autoencoder::open_shipped(&path, place.size, &model.vae(), device)?;
    let size = (place.size, learning.batch.unwrap_or(1));
    let mut step = |learner: &_, at| autoencoder::decoder_step(learner, at, size, kind);
    learning.pace("decoder")?.learn(&mut learner, &mut step)?;
    model.write_decoder(&learner)?;
    told_fidelity(place).map(|_| ())
}

/// Writes the model from checkpoints of runs that are not at their end, to see how far they are. An
/// autoencoder that is there stays: clips have been encoded with it.
pub fn export(place: &Place) -> Result<(), Failure> {
    let (run, model, size) = (place.run()?, place.model()?, place.size);
    if !model.vae().exists() {
        let learner = autoencoder::open(&run.join("vae.safetensors"), size, Device::Cpu)?;
        model.write_vae(&learner, size)?;
    }
    let dit = run.join("dit.safetensors");
    if dit.exists() {
        model.tokenizer()?;
        model.write_networks(&diffusion::open(&dit, size, Device::Cpu)?, size)?;
    }
    Ok(())
}

/// Tells how much each condition counts, without making a clip: whether a run is on a good way.
pub fn conditions(place: &Place) -> Result<(), Failure> {
    let (device, kind) = place.device()?;
    let model = place.model()?;
    let (by, _) = encoder(place, &model, device)?;
    let networks = model.open_networks(place.size, device, kind)?;
    let mut table = Table::default();
    tell_conditions(&networks, &held_out(&model, &by, kind)?, &mut table)?;
    print(&table);
    Ok(())
}

/// Clips nobody has learnt from.
fn held_out(model: &Folder, by: &EncodedBy, kind: Kind) -> Result<School, Failure> {
    let seeds = HELD_OUT..HELD_OUT + CLIPS_FOR_SENSITIVITY;
    Ok(School {
        latents: Latents::of_seeds(seeds, &by.encoder, by.format, by.device)?,
        first_seed: HELD_OUT,
        format: by.format,
        tokenizer: model.tokenizer()?,
        device: by.device,
        kind,
    })
}

/// Measures the run's model, or the one in a folder.
pub fn measure(place: &Place, model: Option<PathBuf>) -> Result<(), Failure> {
    let (device, kind) = place.device()?;
    let (run, size) = (place.run()?, place.size);
    let model = model.map_or_else(|| place.model(), |folder| Ok(Folder(folder)))?;
    let (by, decoder) = encoder(place, &model, device)?;
    let networks = model.open_networks(size, device, kind)?;
    let taught = Latents::read(&run.join("latents"), 0..CLIPS_FOR_PROBE, &by)?;
    let school = held_out(&model, &by, kind)?;
    let folder = run.join("measures");
    let mut measuring = Measuring {
        encoder: &by.encoder,
        decoder: &decoder,
        networks: &networks,
        taught: &taught,
        school: &school,
        maker: Maker::new(&model.0, size.defaults(), &place.device)?,
        format: size.format(),
        bars: Bars::of(size),
        folder: folder.clone(),
    };
    let began = Instant::now();
    let table = measuring.all(&|what| {
        eprintln!("{:4.0} s  {what}", began.elapsed().as_secs_f64());
    })?;
    print(&table);
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
    write_whole(&folder.join(FINDINGS), text.as_bytes())
}

#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
fn print(table: &Table) {
    println!("{table}");
}

/// Puts the model and what was measured of it into Kinora's sources at `root`.
pub fn ship(place: &Place, root: &Path) -> Result<(), Failure> {
    let path = place.run()?.join("measures").join(FINDINGS);
    let text = std::fs::read(&path).map_err(|error| error.to_string());
    let findings: Result<Findings, String> =
        text.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    let findings = findings.map_err(|why| {
        Failure::bad_file(
            format!("{}: {why}", path.display()),
            "measure the model first: kinora-trainer measure",
        )
    })?;
    ship::ship(&place.model()?, place.size, &findings, root)
}

/// Draws the curves of a run's logs.
pub fn curves(place: &Place) -> Result<(), Failure> {
    let run = place.run()?;
    for name in ["vae", "dit", "decoder"] {
        let log = run.join(name).with_extension("log");
        if log.exists() {
            sheet::curves(&log, &run.join("measures").join(name).with_extension("png"))?;
        }
    }
    Ok(())
}
