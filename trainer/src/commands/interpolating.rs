//! The commands of the frame interpolator: its training and its measure.

use std::path::PathBuf;

use kinora_engine::interpolate::{self, Interpolator};
use kinora_wire::Failure;
use tch::Kind;

use super::print;
use crate::cli::args::{RunArguments, TrainArguments};
use crate::interpolator as network;

/// Trains the interpolator.
pub fn interpolator(arguments: &TrainArguments) -> Result<(), Failure> {
    let run = &arguments.run;
    let (device, kind) = run.device()?;
    let path = run.folder()?.join("interpolator.safetensors");
    let mut state = network::open(&path, device)?;
    eprintln!("{} numbers", state.parameters.count());
    let size = (
        arguments.batch.unwrap_or(network::USUAL_BATCH),
        run.size.format(),
    );
    let mut step = |state: &_, at| network::step(state, at, size, kind);
    arguments
        .train_loop("interpolator")?
        .run(&mut state, &mut step)?;
    run.model()?.write_interpolator(&state)
}

/// Measures the interpolator.
pub fn interpolator_floor(
    run: &RunArguments,
    clips: u64,
    file: Option<PathBuf>,
) -> Result<(), Failure> {
    let (device, _) = run.device()?;
    let model = run.model()?;
    let path = file.unwrap_or_else(|| model.interpolator());
    let (checkpoint, config) = interpolate::open(&path)?;
    let on = (device, Kind::Float);
    let interpolator = Interpolator::load(&checkpoint, config, on, &mut |_| Ok(()))?;
    let folder = run.folder()?.join("measures");
    let table = network::floor::measure(&interpolator, clips, run.size.format(), &folder)?;
    print(&table);
    Ok(())
}
