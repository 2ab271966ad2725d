//! The measure of a take that was just finished: one thread that lets everything else go first.

use std::path::Path;

use kinora_timeline::ContentHash;
use kinora_timeline::file::{Access, Document, RealDisk};
use kinora_wire::Failure;

use super::appearance::{AppearanceMeasure, measure_appearance};
use super::{CameraMeasure, Pace, measure_take_at, record};
use crate::take::recipe::Recipe;
use crate::take::take_store::{Take, TakeStore};

/// How far other work goes first, from 0 to 19. With 10 it has a tenth of a core beside two busy ones, and is there within a
/// minute; with 15 it took more than two, for which a series of takes may wait.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The measures of a take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakeMeasures {
    /// Whether it follows its camera path; `None` without one.
    pub camera: Option<CameraMeasure>,
    /// Its characters, steadiness and joins; `None` if its recipe cannot be read.
    pub appearance: Option<AppearanceMeasure>,
}

/// Measures a take and keeps the results beside it. What is there, of any solver, is kept. To be called on a thread of its
/// own, whose priority it lowers for good.
///
/// # Errors
/// The clip cannot be read; the disk is full.
pub fn measure_in_background(folder: &Path, take: ContentHash) -> Result<TakeMeasures, Failure> {
    let takes = TakeStore::of(folder);
    let known = TakeMeasures {
        camera: record::read(&takes, take),
        appearance: record::read_appearance(&takes, take),
    };
    let found = takes.find(take);
    let recipe = found.as_ref().and_then(Take::readable);
    let Some(recipe) = recipe.filter(|recipe| !recipe.is_still) else {
        return Ok(known);
    };
    let had_appearance = known.appearance.is_some();
    let is_new = known.camera.is_none() && recipe.inputs.camera.is_some();
    let mut camera = match is_new {
        true => {
            step_back();
            measure_take_at(Pace::Behind, &takes, take, recipe, &mut |_, _| true)?
        }
        false => known.camera,
    };
    let appearance = match known.appearance {
        Some(known) => Ok(Some(known)),
        None => appearance_behind(folder, take, recipe),
    };
    // Written together, at the end: whoever waits for the file finds both.
    if let Some(camera) = camera.as_mut().filter(|_| is_new) {
        record::write(&takes, take, camera)?;
        camera.motion = None; // read from its file when it is shown
    }
    let appearance = appearance.and_then(|appearance| {
        if let Some(new) = appearance.as_ref().filter(|_| !had_appearance) {
            record::write_appearance(&takes, take, new)?;
        }
        Ok(appearance)
    });
    both(camera, is_new, appearance)
}

/// Both measures. A camera that was just measured is reported although the appearance failed: a series may wait for it.
/// Whoever asks again gets the failure.
fn both(
    camera: Option<CameraMeasure>,
    is_new: bool,
    appearance: Result<Option<AppearanceMeasure>, Failure>,
) -> Result<TakeMeasures, Failure> {
    let appearance = match appearance {
        Err(failure) if is_new && camera.is_some() => {
            tracing::warn!("the appearance of a take was not measured: {failure}");
            None
        }
        known => known?,
    };
    Ok(TakeMeasures { camera, appearance })
}

/// Measures the appearance of a take, on one thread. A project that cannot be read lends no references.
fn appearance_behind(
    folder: &Path,
    take: ContentHash,
    recipe: &Recipe,
) -> Result<Option<AppearanceMeasure>, Failure> {
    step_back();
    let document = Document::open(RealDisk, folder, Access::Look).ok();
    let project = document.as_ref().map(|(document, _)| document.project());
    let measure = || measure_appearance(folder, project, take, recipe, &mut |_, _| true);
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(measure),
        Err(_) => measure(),
    }
}

/// Lowers the priority of this thread, and of those that it starts. Elsewhere than on Linux it would be the whole
/// program's.
fn step_back() {
    #[cfg(target_os = "linux")]
    rustix::process::nice(NICENESS).ok(); // it is faster than it should be
}

#[cfg(test)]
mod tests {
    use kinora_measure::{Reason, SOLVER, Verdict};
    use kinora_timeline::ShotId;
    use kinora_wire::{PixelShape, Timings};

    use super::*;
    use crate::camera::camera_of_move;
    use crate::measure::read_motion;
    use crate::take::based_shot::tests::recipe;

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
        let measures = measure_in_background(root.path(), name).expect("measured");
        assert!(measures.appearance.is_some());
        let measured = measures.camera.expect("it has a path");
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
        let again = again.camera.expect("it is kept");
        assert!(!again.is_current());
    }

    #[test]
    fn a_new_measure_of_a_camera_is_reported_although_the_appearance_failed() {
        let camera = || Some(crate::generate::ranking::tests::measured(Some(1.0), None));
        let failed = || Err(Failure::bug("it broke"));
        let reported = both(camera(), true, failed()).expect("the camera");
        assert!(reported.camera.is_some() && reported.appearance.is_none());
        assert!(both(camera(), false, failed()).is_err(), "it was known");
        assert!(both(None, true, failed()).is_err(), "there is nothing else");
    }

    #[test]
    fn a_take_without_a_path_is_measured_without_a_camera() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let name = grey_take(&takes, recipe());
        let measures = measure_in_background(root.path(), name).expect("measured");
        assert_eq!(measures.camera, None);
        let appearance = measures.appearance.expect("its steadiness");
        assert!(appearance.identity.is_empty(), "nobody was cast");
        let steadiness = appearance.steadiness.clone().expect("frames");
        assert!(steadiness.flicker.expect("frames").worst < 0.5);
        assert_eq!(record::read_appearance(&takes, name), Some(appearance));
        assert_eq!(record::read(&takes, name), None);
        assert_eq!(takes.fault(name), None, "the take is as it was");
    }
}
