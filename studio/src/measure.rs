//! Whether a clip follows its drawn camera path and its characters keep their colours: the frames, the path and the stage
//! of a finished clip or of a take, for the solvers in `kinora-measure`, and the results that are kept beside takes.

mod appearance;
mod appearance_words;
mod asked;
mod background;
mod csv;
mod drawn;
mod embedding;
mod film;
mod film_order;
mod generated;
mod grey;
mod joins;
mod masks;
mod measured_path;
mod motion_record;
mod plots;
mod record;
mod references;
mod reported;
mod similarity;
mod similarity_of_film;
mod similarity_words;
mod svg;
mod words;

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use kinora_measure::{DrawnPath, GreyFrame, Limits, Mask, measure_camera_with_motion};
use kinora_timeline::file::{Access, Document, FileError, RealDisk};
use kinora_timeline::stage::Stage;
use kinora_timeline::{ContentHash, FrameRate, Project, Size};
use kinora_wire::{Camera, Failure, camera_length_note};

pub use appearance::{AppearanceMeasure, CharacterMeasure, Rank, measure_appearance};
pub use appearance_words::{
    CastVerdict, character_line, drift_words, join_words, steadiness_words, unseen_words,
    wardrobe_words,
};
pub use asked::asked_and_achieved;
pub use background::{TakeMeasures, measure_in_background};
pub use csv::measures_csv;
pub use embedding::{EmbeddingEngine, EmbeddingWanted};
pub use film::{
    CastCell, FilmCharacter, FilmMeasures, OverTakes, ShotMeasures, film_measures, over_takes,
};
pub use film_order::film_order;
pub use generated::measure_generated_cast;
pub use joins::{FilmJoin, TakeJoin, film_joins};
pub use kinora_measure::{
    Against, Axes, CameraReport, Course, CourseReport, DrawnView, Drift, JoinReport, Motion,
    NotCompared, PrintReport, Reason, SOLVER, Similarity, SimilarityRange, SimilarityRank, Spread,
    SteadinessReport, TrackMotion, Unseen, Verdict, Wardrobe, WardrobeReport,
};
pub use measured_path::{MeasuredFrame, MeasuredPath};
pub use motion_record::{MOTION_FILE, read_motion};
pub use plots::{plots_page, take_plots};
pub use record::{
    MEASURES_FILE, read, read_all, read_all_appearances, read_appearance, write, write_appearance,
};
pub use reported::ReportedTake;
pub use similarity::SimilarityMeter;
pub use similarity_of_film::{FilmSimilarity, measure_film_similarity};
pub use similarity_words::{
    SIMILARITY_NOTE, not_compared_words, similarity_line, similarity_range_words, similarity_words,
};
pub use words::{
    axes_words, course_line, course_sentence, course_words, degrees_words, reason_words,
    report_words, verdict_words,
};

use crate::camera_file::{self, CameraClip};
use crate::take::recipe::Recipe;
use crate::take::take_store::TakeStore;
use grey::ClipReader;

/// The solver is asked so often whether it is done.
const ASKED_AFTER: Duration = Duration::from_millis(100);

/// Called with the number of frames that were read, and of all frames; returning false cancels the measure.
pub type OnProgress<'p> = dyn FnMut(usize, usize) -> bool + 'p;

/// The measure of a clip's camera.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraMeasure {
    /// The version of the solver.
    pub solver: u32,
    /// Whether the stage's moving stand-ins were left out.
    pub is_masked: bool,
    /// What people should know: another number of poses than frames, and what a camera file does not have.
    pub notes: Vec<String>,
    /// The numbers.
    pub report: CameraReport,
    /// The motion of some points. `None` once it is kept in a file of its own, which [`read_motion`] reads.
    pub motion: Option<Motion>,
}

impl CameraMeasure {
    /// Whether the solver of this Kinora made it.
    pub fn is_current(&self) -> bool {
        self.solver == SOLVER
    }
}

/// A finished clip, and the path that it was to follow.
#[derive(Clone, Copy, Debug)]
pub struct ClipOnPath<'f> {
    /// A video, or a folder of pictures.
    pub clip: &'f Path,
    /// The camera file.
    pub camera: &'f Path,
    /// A focal length in millimetres for film 36 mm wide, in place of that of the camera file.
    pub focal_mm: Option<f64>,
    /// The frame rate of a folder of pictures.
    pub rate: FrameRate,
}

/// A take that can be measured. Its camera is, if its recipe has a camera path.
#[derive(Clone, Debug)]
pub struct ProjectTake {
    /// Its name.
    pub name: ContentHash,
    /// The name of its shot; empty if the project has no such shot.
    pub shot: String,
    /// Its recipe.
    pub recipe: Recipe,
}

/// How much of the machine a measure uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// All cores.
    AtOnce,
    /// One thread.
    Behind,
}

/// A project and its takes that can be measured, sorted by name. Only reads the project.
///
/// # Errors
/// There is no project in this folder, or it cannot be read.
pub fn project_takes(folder: &Path) -> Result<(Project, Vec<ProjectTake>), FileError> {
    let (document, _) = Document::open(RealDisk, folder, Access::Look)?;
    let project = document.project().clone();
    let takes = TakeStore::of(folder).all().into_iter();
    let readable = takes.filter_map(|(name, take)| {
        let recipe = take.recipe.ok()?;
        let shot = take.shot.and_then(|shot| project.shot(shot));
        (!recipe.is_still).then(|| ProjectTake {
            name,
            shot: shot.map_or_else(String::new, |shot| shot.name.clone()),
            recipe,
        })
    });
    let readable = readable.collect();
    Ok((project, readable))
}

/// Measures a finished clip. `None`: it was cancelled.
///
/// # Errors
/// The clip or the camera file cannot be read.
pub fn measure_file(
    asked: ClipOnPath,
    on_progress: &mut OnProgress,
) -> Result<Option<CameraMeasure>, Failure> {
    let clip = ClipReader::open(asked.clip)?;
    let [width, height] = clip.size();
    let even = |side: u32| (side & !1).max(2); // a size has even sides; only the aspect ratio of it is used
    let size = Size::new(even(width), even(height)).ok_or_else(|| {
        Failure::refused(
            format!(
                "{}: pictures of {width} x {height} cannot be measured",
                asked.clip.display()
            ),
            "make the clip smaller",
        )
    })?;
    let of = CameraClip {
        frames: u32::try_from(clip.count()).unwrap_or(u32::MAX),
        rate: clip.rate().unwrap_or(asked.rate),
        size,
    };
    let (mut camera, notes) = camera_file::read_views(asked.camera, of, None)?;
    if let Some(focal_mm) = asked.focal_mm {
        camera = drawn::with_lens(&camera, focal_mm, clip.size());
    }
    measure(clip, &camera, None, notes, Pace::AtOnce, on_progress)
}

/// Measures a take with the camera path of its recipe. The stage's moving stand-ins are left out. `None`: it was cancelled.
///
/// # Errors
/// The recipe has no camera path; the clip cannot be read.
pub fn measure_take(
    takes: &TakeStore,
    name: ContentHash,
    recipe: &Recipe,
    on_progress: &mut OnProgress,
) -> Result<Option<CameraMeasure>, Failure> {
    measure_take_at(Pace::AtOnce, takes, name, recipe, on_progress)
}

fn measure_take_at(
    pace: Pace,
    takes: &TakeStore,
    name: ContentHash,
    recipe: &Recipe,
    on_progress: &mut OnProgress,
) -> Result<Option<CameraMeasure>, Failure> {
    let Some(camera) = &recipe.inputs.camera else {
        return Err(Failure::refused(
            format!("the take {name} has no camera path"),
            "measure a take of a shot with a camera path",
        ));
    };
    let stage = recipe.stage.as_ref();
    measure_on_path(pace, &takes.clip(name), (camera, stage), on_progress)
}

/// Measures a clip that was just generated: a video or a folder of pictures. The moving stand-ins of the stage are left
/// out. `None`: it was cancelled.
///
/// # Errors
/// The clip cannot be read.
pub fn measure_generated(
    clip: &Path,
    camera: &Camera,
    stage: Option<&Stage>,
    on_progress: &mut OnProgress,
) -> Result<Option<CameraMeasure>, Failure> {
    measure_on_path(Pace::AtOnce, clip, (camera, stage), on_progress)
}

fn measure_on_path(
    pace: Pace,
    clip: &Path,
    (camera, stage): (&Camera, Option<&Stage>),
    on_progress: &mut OnProgress,
) -> Result<Option<CameraMeasure>, Failure> {
    let clip = ClipReader::open(clip)?;
    let frames = u32::try_from(clip.count()).unwrap_or(u32::MAX);
    let notes = camera_length_note(camera.views.len(), frames);
    let notes = notes.into_iter().collect();
    measure(clip, camera, stage, notes, pace, on_progress)
}

fn measure(
    mut clip: ClipReader,
    camera: &Camera,
    stage: Option<&Stage>,
    notes: Vec<String>,
    pace: Pace,
    on_progress: &mut OnProgress,
) -> Result<Option<CameraMeasure>, Failure> {
    let size = drawn::measured_size(camera, clip.size());
    let path = drawn::drawn_path(camera, clip.size(), size);
    let Some(frames) = clip.frames(size, on_progress)? else {
        return Ok(None);
    };
    let masks = stage.and_then(|stage| masks::moving(stage, &path, size, frames.len()));
    let is_masked = masks.is_some();
    let solved = solved(frames, masks, path, pace, on_progress)?;
    Ok(solved.map(|(report, motion)| CameraMeasure {
        solver: SOLVER,
        is_masked,
        notes,
        report,
        motion: Some(motion),
    }))
}

/// Solves on a thread of its own, so that a cancel does not wait for it. The thread of a cancelled measure ends unheard.
fn solved(
    frames: Vec<GreyFrame>,
    masks: Option<Vec<Mask>>,
    path: DrawnPath,
    pace: Pace,
    on_progress: &mut OnProgress,
) -> Result<Option<(CameraReport, Motion)>, Failure> {
    let count = frames.len();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let limits = Limits::default();
        let report = || measure_camera_with_motion(&frames, masks.as_deref(), &path, &limits);
        let pool = match pace {
            Pace::AtOnce => None,
            Pace::Behind => rayon::ThreadPoolBuilder::new().num_threads(1).build().ok(),
        };
        let report = match pool {
            Some(pool) => pool.install(report),
            None => report(),
        };
        sender.send(report).ok();
    });
    loop {
        match receiver.recv_timeout(ASKED_AFTER) {
            Ok(report) => return Ok(Some(report)),
            Err(RecvTimeoutError::Timeout) => {
                if !on_progress(count, count) {
                    return Ok(None);
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::bug("the measure of a clip has crashed"));
            }
        }
    }
}
