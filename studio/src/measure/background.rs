//! The measure of a take that was just finished: one thread that lets everything else go first.

use std::path::Path;

use kinora_timeline::ContentHash;
use kinora_wire::Failure;

use super::{CameraMeasure, Pace, measure_take_at, record};
use crate::take::take_store::{Take, TakeStore};

/// How far other work goes first, from 0 to 19.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 15;

/// Measures a take and keeps the result beside it. One that is there, of any solver, is kept. `None`: the take has no
/// camera path. To be called on a thread of its own, whose priority it lowers for good.
///
/// # Errors
/// The clip cannot be read; the disk is full.
pub fn measure_in_background(
    folder: &Path,
    take: ContentHash,
) -> Result<Option<CameraMeasure>, Failure> {
    let takes = TakeStore::of(folder);
    if let Some(known) = record::read(&takes, take) {
        return Ok(Some(known));
    }
    let found = takes.find(take);
    let Some(recipe) = found.as_ref().and_then(Take::readable) else {
        return Ok(None);
    };
    if recipe.inputs.camera.is_none() {
        return Ok(None);
    }
    step_back();
    let measure = measure_take_at(Pace::Behind, &takes, take, recipe, &mut |_, _| true)?;
    if let Some(measure) = &measure {
        record::write(&takes, take, measure)?;
    }
    Ok(measure)
}

/// Lowers the priority of this thread, and of those that it starts. Elsewhere than on Linux it would be the whole
/// program's.
fn step_back() {
    #[cfg(target_os = "linux")]
    rustix::process::nice(NICENESS).ok(); // it is faster than it should be
}
