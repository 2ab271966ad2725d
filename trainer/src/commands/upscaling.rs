//! The commands of the upscalers: the clips they learn from, their training, and the measures of the guided one.

use std::path::{Path, PathBuf};
use std::time::Instant;

use kinora_engine::upscale::{self, Upscaler};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{encoder, print};
use crate::cli::args::{RunArguments, TrainArguments};
use crate::guided::Critic;
use crate::measure::{Enlarging, Maker};
use crate::model::Folder;
use crate::pairs::{PairMaker, Pairs};
use crate::sheet;
use crate::world::Staging;
use crate::{guided, train_loop, upscaler as plain};

/// Steps after which a contact sheet of the samples is drawn.
const SHOWN_STEPS: u64 = 100;

/// Makes clips for the upscaler with the run's model.
pub fn pairs(run: &RunArguments, clips: u64, depth: bool) -> Result<(), Failure> {
    let (device, kind) = run.device()?;
    let model = run.model()?;
    let (by, decoder) = encoder(run, &model, device)?;
    let maker = PairMaker {
        by,
        decoder,
        networks: model.open_networks(run.size, device, kind)?,
        tokenizer: model.tokenizer()?,
        has_depth_alone: depth,
        kind,
    };
    let began = Instant::now();
    maker.write(&run.folder()?.join("pairs"), clips, &mut |done| {
        eprintln!(
            "{done} of {clips} clips, {:.0} s",
            began.elapsed().as_secs_f64()
        );
        !train_loop::is_stopped()
    })
}

/// Trains the upscaler.
pub fn upscaler(arguments: &TrainArguments) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let folder = run.folder()?;
    let pairs = Pairs::open(&folder.join("pairs"))?;
    let mut state = plain::open(&folder.join("upscaler.safetensors"), device)?;
    let batch = arguments.batch.unwrap_or(plain::USUAL_BATCH);
    let size = (batch, run.size.format());
    let mut step = |state: &_, at| plain::step(state, &pairs, at, size, kind);
    arguments
        .train_loop("upscaler")?
        .run(&mut state, &mut step)?;
    run.model()?.write_upscaler(&state)
}

/// Trains the guided upscaler, with a critic that counts so much.
pub fn guided_upscaler(
    arguments: &TrainArguments,
    is_bf16: bool,
    (critic, frames): (Option<f64>, i64),
    (pace, from): (f64, Option<&Path>),
) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let kind = if is_bf16 { Kind::BFloat16 } else { kind };
    let folder = run.folder()?;
    let pairs = Pairs::open(&folder.join("pairs"))?;
    let mut state = guided::open(&folder.join("guided.safetensors"), device, pace, from)?;
    let mut judge = match critic {
        Some(_) => Some(Critic::open(
            &folder.join("critic.safetensors"),
            device,
            kind,
        )?),
        None => None,
    };
    eprintln!(
        "{} numbers, {} clips",
        state.parameters.count(),
        pairs.count()
    );
    let batch = arguments.batch.unwrap_or(guided::USUAL_BATCH);
    let drawing = guided::Drawing::new(pairs, guided::hints(), frames, run.size.format());
    let mut lessons = guided::Lessons::from_step(state.run.step, drawing, batch);
    let mut step = |state: &_, at: u64| {
        let critic = judge.as_mut().zip(critic);
        let samples = lessons.following()?;
        if at.is_multiple_of(SHOWN_STEPS) && at > 0 {
            let rows = guided::shown(state, &samples)?;
            let rows: Vec<Vec<&Tensor>> = rows.iter().map(|row| row.iter().collect()).collect();
            sheet::contact_sheet(&folder.join("guided.png"), &rows, &[0], 1)?;
        }
        guided::step(state, (&samples, frames), critic, kind)
    };
    arguments.train_loop("guided")?.run(&mut state, &mut step)?;
    run.model()?.write_guided(&state)
}

/// The upscaler of a model, if it has one.
pub(super) fn own(model: &Folder, device: Device) -> Result<Option<Upscaler>, Failure> {
    let path = model.upscaler();
    if !path.exists() {
        return Ok(None);
    }
    let (checkpoint, config) = upscale::open(&path)?;
    let on = (device, Kind::Float);
    Upscaler::load(&checkpoint, config, on, &mut |_| Ok(())).map(Some)
}

/// Measures clips of the model that the guided upscaler made larger.
pub fn enlarged(
    run: &RunArguments,
    clips: u64,
    network: Option<PathBuf>,
    (depth, is_figure_only): (bool, bool),
) -> Result<(), Failure> {
    let (device, _) = run.device()?;
    let model = run.model()?;
    let path = network.unwrap_or_else(|| model.upscaler());
    let (checkpoint, config) = upscale::open(&path)?;
    let on = (device, Kind::Float);
    let mut enlarging = Enlarging {
        upscaler: Upscaler::load(&checkpoint, config, on, &mut |_| Ok(()))?,
        maker: Maker::new(&model.0, run.size.defaults(), &run.device)?,
        format: run.size.format(),
        staging: if depth {
            Staging::Depth
        } else {
            Staging::Painted
        },
        folder: run.folder()?.join("measures"),
    };
    let began = Instant::now();
    let table = enlarging.all(clips, is_figure_only, &|what| {
        eprintln!("{:4.0} s  {what}", began.elapsed().as_secs_f64());
    })?;
    print(&table);
    Ok(())
}
