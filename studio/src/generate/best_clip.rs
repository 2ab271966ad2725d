//! Best of N without a project: clips of one request with seeds that follow one another, each measured when it is finished.
//! Their frames lie in a temporary folder, of which only the best clip so far is kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use kinora_timeline::stage::Stage;
use kinora_wire::{
    Camera, Failure, Generation, Outcome, PixelShape, Progress, Timings, write_frames,
};
use tempfile::TempDir;

use super::clip_file::ClipFile;
use super::oneshot::BlockingClient;
use super::queue::series::{RankBy, SeriesEnd, SeriesPlan};
use super::ranking::appearance::has_character;
use super::ranking::{Candidate, Ranked, camera_error_degrees, rank};
use super::source_clip::SourceClip;
use crate::measure::{AppearanceMeasure, CameraMeasure, measure_generated, measure_generated_cast};

/// What clips are to follow.
#[derive(Clone, Debug)]
pub struct ToFollow {
    /// One view per frame.
    pub camera: Camera,
    /// Whether this is a path that was asked for. If not, the camera rests before the stage and is not measured.
    pub is_path: bool,
    /// The stage that the camera sees: where its characters are measured, and its moving stand-ins are left out.
    pub stage: Option<Stage>,
}

impl ToFollow {
    /// Whether there is a character on its stage.
    pub fn has_character(&self) -> bool {
        self.stage.as_ref().is_some_and(has_character)
    }
}

/// A clip that was tried.
#[derive(Clone, Debug)]
pub struct TriedClip {
    /// The seed of its noise.
    pub seed: u64,
    /// How long its parts took.
    pub timings: Timings,
    /// The measure of its camera, if it has a path.
    pub measure: Option<CameraMeasure>,
    /// The measure of its characters, if clips are ranked by them.
    pub appearance: Option<AppearanceMeasure>,
}

/// An event of [`generate_best`].
#[derive(Debug)]
pub enum BestEvent<'e> {
    /// A clip is begun: its number from 1, and its seed.
    Begun(u32, u64),
    /// The progress of this clip.
    Progress(&'e Progress, &'e Arc<[u8]>),
    /// It is finished and measured.
    Tried(&'e TriedClip),
}

/// The clips of a series.
#[derive(Debug)]
pub struct BestClip {
    /// All finished clips, in the order in which they were made.
    pub tried: Vec<TriedClip>,
    /// Their ranking, the best first. Without a score, the first one that was made is kept.
    pub ranking: Vec<Ranked>,
    /// Why there are no more.
    pub end: SeriesEnd,
    folder: TempDir,
}

/// Generates clips until the plan is fulfilled. A cancelled series has the clips that were finished before.
///
/// # Errors
/// A clip fails; there is no space for temporary files.
pub fn generate_best(
    client: &BlockingClient,
    request: &Generation,
    follow: Option<&ToFollow>,
    plan: SeriesPlan,
    is_cancelled: &dyn Fn() -> bool,
    on_event: &mut dyn FnMut(BestEvent),
) -> Result<BestClip, Failure> {
    let folder = tempfile::tempdir().map_err(|error| unwritable(&error))?;
    let mut best = BestClip {
        tried: Vec::new(),
        ranking: Vec::new(),
        end: SeriesEnd::AllMade,
        folder,
    };
    let began = Instant::now();
    for number in 0..plan.takes {
        let spent = began.elapsed().as_secs_f64();
        if !plan.has_time_for_next(best.tried.len(), spent) {
            best.end = SeriesEnd::OutOfTime;
            break;
        }
        let mut request = request.clone();
        request.inputs.seed = request.inputs.seed.wrapping_add(u64::from(number));
        on_event(BestEvent::Begun(number + 1, request.inputs.seed));
        let place = best.place(best.tried.len());
        fs::create_dir(&place).map_err(|error| unwritable(&error))?;
        let work = (follow, plan.rank, place.as_path());
        let tried = try_clip(client, request, work, is_cancelled, on_event)?;
        let Some(tried) = tried else {
            best.end = SeriesEnd::Cancelled;
            break;
        };
        on_event(BestEvent::Tried(&tried));
        let is_good_enough = error_of(&tried).is_some_and(|error| plan.is_good_enough(error));
        let has_path = follow.is_some_and(|follow| follow.is_path);
        best.add(tried, has_path, plan);
        if is_good_enough {
            best.end = SeriesEnd::GoodEnough;
            break;
        }
    }
    Ok(best)
}

fn unwritable(error: &std::io::Error) -> Failure {
    Failure::bad_file(
        format!("the frames cannot be written: {error}"),
        "free some space in the folder for temporary files",
    )
}

/// The camera error of a clip in degrees, if it is measurable.
fn error_of(tried: &TriedClip) -> Option<f64> {
    camera_error_degrees(&tried.measure.as_ref()?.report).ok()
}

/// Generates a clip into a folder and measures it. `None`: it was cancelled.
fn try_clip(
    client: &BlockingClient,
    request: Generation,
    (follow, by, place): (Option<&ToFollow>, RankBy, &Path),
    is_cancelled: &dyn Fn() -> bool,
    on_event: &mut dyn FnMut(BestEvent),
) -> Result<Option<TriedClip>, Failure> {
    let seed = request.inputs.seed;
    let references = request.inputs.references.clone();
    let outcome = client.generate(request, is_cancelled, &mut |progress, pixels| {
        if let Progress::Frames { first, picture } = progress {
            write_frames(place, *first, *picture, pixels)?;
        }
        on_event(BestEvent::Progress(progress, pixels));
        Ok(())
    });
    let timings = match outcome {
        Outcome::Done { timings } => timings,
        Outcome::Failed { failure } => return Err(failure),
        Outcome::Cancelled => return Ok(None),
    };
    let mut tried = TriedClip {
        seed,
        timings,
        measure: None,
        appearance: None,
    };
    let Some(ToFollow {
        camera,
        is_path,
        stage,
    }) = follow
    else {
        return Ok(Some(tried));
    };
    let stage = stage.as_ref();
    let mut goes_on = |_: usize, _: usize| !is_cancelled();
    if *is_path {
        tried.measure = measure_generated(place, camera, stage, &mut goes_on)?;
        if tried.measure.is_none() {
            return Ok(None);
        }
    }
    if let Some(stage) = stage.filter(|stage| by != RankBy::Camera && has_character(stage)) {
        let seen = (camera, stage);
        tried.appearance = measure_generated_cast(place, seen, &references, &mut goes_on)?;
        if tried.appearance.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(tried))
}

impl BestClip {
    /// The best clip; `None` if none was finished.
    pub fn best(&self) -> Option<&TriedClip> {
        self.tried.get(self.ranking.first()?.place)
    }

    /// Writes the frames of the best clip.
    ///
    /// # Errors
    /// A frame cannot be read; the place of the clip cannot be written.
    pub fn write_best(&self, clip: &mut ClipFile) -> Result<(), Failure> {
        let Some(best) = self.ranking.first() else {
            return Ok(());
        };
        let mut frames = SourceClip::open(&self.place(best.place))?;
        for at in 0..frames.count() {
            let picture = frames.picture(at)?;
            let shape = PixelShape {
                frames: 1,
                width: picture.width,
                height: picture.height,
            };
            let pixels = picture.rgba.as_chunks::<4>().0.iter();
            let rgb: Vec<u8> = pixels
                .flat_map(|&[red, green, blue, _]| [red, green, blue])
                .collect();
            let frame = Progress::Frames {
                first: u32::try_from(at).unwrap_or(u32::MAX),
                picture: shape,
            };
            clip.write(&frame, &Arc::from(rgb))?;
        }
        Ok(())
    }

    fn place(&self, number: usize) -> PathBuf {
        self.folder.path().join(number.to_string())
    }

    /// Adds a clip to the ranking, and deletes the frames of the one that is not the best.
    fn add(&mut self, tried: TriedClip, has_path: bool, plan: SeriesPlan) {
        let before = self.ranking.first().map(|best| best.place);
        self.tried.push(tried);
        let takes = self.tried.iter().map(|tried| Candidate {
            has_path,
            camera: tried.measure.as_ref(),
            appearance: tried.appearance.as_ref(),
        });
        let takes: Vec<Candidate> = takes.collect();
        self.ranking = rank(&takes, plan.rank);
        let best = self.ranking.first().map(|best| best.place);
        let loser = match before == best {
            true => Some(self.tried.len() - 1).filter(|last| Some(*last) != best),
            false => before,
        };
        if let Some(loser) = loser {
            fs::remove_dir_all(self.place(loser)).ok(); // it goes with the whole folder at the latest
        }
    }
}
