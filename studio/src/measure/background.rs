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
    if recipe.inputs.camera.is_none() || recipe.is_still {
        return Ok(None);
    }
    step_back();
    let mut measure = measure_take_at(Pace::Behind, &takes, take, recipe, &mut |_, _| true)?;
    if let Some(measure) = &mut measure {
        record::write(&takes, take, measure)?;
        measure.motion = None; // read from its file when it is shown
    }
    Ok(measure)
}

/// Lowers the priority of this thread, and of those that it starts. Elsewhere than on Linux it would be the whole
/// program's.
fn step_back() {
    #[cfg(target_os = "linux")]
    rustix::process::nice(NICENESS).ok(); // it is faster than it should be
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_measure::{Reason, SOLVER, Verdict};
    use kinora_timeline::ShotId;
    use kinora_wire::{PixelShape, Timings};

    use super::*;
    use crate::camera::camera_of_move;
    use crate::measure::read_motion;
    use crate::take::based_shot::tests::recipe;
    use crate::take::recipe::Recipe;

    /// A finished take of plain grey frames.
    fn grey_take(takes: &TakeStore, recipe: Recipe) -> ContentHash {
        let [width, height] = recipe.settings.size;
        let shape = PixelShape {
            frames: recipe.settings.frames,
            width,
            height,
        };
        let pixels = vec![120; shape.bytes().expect("a small clip")];
        let mut writer = takes.begin(recipe, ShotId::from(3)).expect("begun");
        writer.add(shape, &pixels).expect("written");
        writer
            .finish(Timings::default(), None, 1)
            .expect("finished")
    }

    #[test]
    fn a_finished_take_is_measured_once_and_its_measure_is_no_part_of_it() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let mut on_path = recipe();
        let settings = &on_path.settings;
        let camera = camera_of_move("truck-right", settings.frames, 8, settings.size);
        on_path.inputs.camera = Some(camera.expect("known"));
        let name = grey_take(&takes, on_path);
        let measured = measure_in_background(root.path(), name).expect("measured");
        let measured = measured.expect("it has a path");
        let reason = Reason::TooFewTracks;
        assert_eq!(measured.report.verdict, Verdict::NotMeasurable { reason });
        assert_eq!(measured.solver, SOLVER);
        assert_eq!(record::read(&takes, name), Some(measured.clone()));
        assert_eq!(record::read_all(&takes).len(), 1);
        let motion = read_motion(&takes.folder(name)).expect("a file of its own");
        assert!(
            motion.frames.iter().all(Vec::is_empty),
            "grey has no points"
        );
        assert_eq!(takes.fault(name), None, "the take is as it was");

        // One of another solver is kept until someone asks for a new one.
        let other = CameraMeasure {
            solver: SOLVER + 1,
            ..measured
        };
        record::write(&takes, name, &other).expect("written");
        let again = measure_in_background(root.path(), name).expect("read");
        assert!(again.is_some_and(|again| !again.is_current()));
    }

    #[test]
    fn a_take_without_a_path_gets_no_measure() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let name = grey_take(&takes, recipe());
        assert_eq!(measure_in_background(root.path(), name), Ok(None));
        let names = fs::read_dir(takes.folder(name)).expect("listed").flatten();
        let names: Vec<String> = names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        assert!(!names.iter().any(|name| name == record::MEASURES_FILE));
    }
}
