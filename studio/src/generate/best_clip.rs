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
    /// What broke the series off after clips were finished.
    pub failure: Option<Failure>,
    /// The number of the clip whose frames are kept, from 0; those of all others are deleted.
    kept: Option<usize>,
    folder: TempDir,
}

/// Generates clips until the plan is fulfilled. A series that is cancelled or fails has the clips that were finished before.
///
/// # Errors
/// No clip is finished: the first one fails, or there is no space for temporary files.
pub fn generate_best(
    client: &BlockingClient,
    request: &Generation,
    follow: Option<&ToFollow>,
    plan: SeriesPlan,
    is_cancelled: &dyn Fn() -> bool,
    on_event: &mut dyn FnMut(BestEvent),
) -> Result<BestClip, Failure> {
    let folder = tempfile::tempdir().map_err(|error| unwritable(&error))?;
    let mut best = BestClip::in_folder(folder);
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
        if let Err(error) = fs::create_dir(&place) {
            return best.broken_off(unwritable(&error));
        }
        let work = (follow, plan.rank, place.as_path());
        let tried = match try_clip(client, request, work, is_cancelled, on_event) {
            Ok(Some(tried)) => tried,
            Ok(None) => {
                best.end = SeriesEnd::Cancelled;
                break;
            }
            Err(failure) => return best.broken_off(failure),
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
    /// A series without clips.
    fn in_folder(folder: TempDir) -> Self {
        Self {
            tried: Vec::new(),
            ranking: Vec::new(),
            end: SeriesEnd::AllMade,
            failure: None,
            kept: None,
            folder,
        }
    }

    /// The series after a failure, with the clips that were finished before it; the failure alone if there are none.
    fn broken_off(mut self, failure: Failure) -> Result<Self, Failure> {
        if self.tried.is_empty() {
            return Err(failure);
        }
        self.end = SeriesEnd::Failed;
        self.failure = Some(failure);
        Ok(self)
    }

    /// The best clip; `None` if none was finished.
    pub fn best(&self) -> Option<&TriedClip> {
        self.tried.get(self.kept?)
    }

    /// Writes the frames of the best clip.
    ///
    /// # Errors
    /// A frame cannot be read; the place of the clip cannot be written.
    pub fn write_best(&self, clip: &mut ClipFile) -> Result<(), Failure> {
        let Some(best) = self.kept else {
            return Ok(());
        };
        let mut frames = SourceClip::open(&self.place(best))?;
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

    /// Adds a clip to the ranking, and deletes the frames of the one that is not the best. If none has a score, the one that
    /// was kept before stays: the first in the ranking may be deleted by then.
    fn add(&mut self, tried: TriedClip, has_path: bool, plan: SeriesPlan) {
        let (before, last) = (self.kept, self.tried.len());
        self.tried.push(tried);
        let takes = self.tried.iter().map(|tried| Candidate {
            has_path,
            is_rejected: false, // a clip without a project has no ratings
            camera: tried.measure.as_ref(),
            appearance: tried.appearance.as_ref(),
        });
        let takes: Vec<Candidate> = takes.collect();
        self.ranking = rank(&takes, plan.rank);
        let has_frames = |place: usize| place == last || Some(place) == before;
        let mut ranked = self.ranking.iter();
        let best = ranked.find(|one| one.rank.is_some() && has_frames(one.place));
        let kept = best.map(|best| best.place).or(before).unwrap_or(last);
        self.kept = Some(kept);
        let both = [before, Some(last)].into_iter().flatten();
        for loser in both.filter(|place| *place != kept) {
            fs::remove_dir_all(self.place(loser)).ok(); // it goes with the whole folder at the latest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::ranking::tests::{cast, measured};

    const PLAN: SeriesPlan = SeriesPlan {
        takes: 8,
        rank: RankBy::Both,
        stop_at_degrees: None,
        within_minutes: None,
    };

    fn series() -> BestClip {
        BestClip::in_folder(tempfile::tempdir().expect("a folder"))
    }

    fn add(best: &mut BestClip, measure: CameraMeasure, appearance: Option<AppearanceMeasure>) {
        let number = best.tried.len();
        fs::create_dir(best.place(number)).expect("made");
        let tried = TriedClip {
            seed: number as u64,
            timings: Timings::default(),
            measure: Some(measure),
            appearance,
        };
        best.add(tried, true, PLAN);
    }

    #[test]
    fn the_frames_of_the_best_clip_are_there_although_a_later_one_leaves_none_with_a_rank() {
        let mut best = series();
        add(&mut best, measured(Some(2.0), None), None);
        add(&mut best, measured(Some(1.0), None), None);
        let seed = |best: &BestClip| best.best().expect("a clip").seed;
        assert_eq!(seed(&best), 1);
        // Now a cast is known, which the earlier ones lack, and this one lacks a camera.
        add(&mut best, measured(None, None), Some(cast(Some(1.0))));
        assert!(best.ranking.iter().all(|one| one.rank.is_none()));
        let folders = |best: &BestClip| {
            let numbers = 0..best.tried.len();
            let there = numbers.filter(|number| best.place(*number).is_dir());
            there.collect::<Vec<usize>>()
        };
        assert_eq!((seed(&best), folders(&best)), (1, vec![1]));
        add(&mut best, measured(Some(3.0), None), Some(cast(Some(1.0))));
        assert_eq!((seed(&best), folders(&best)), (3, vec![3]));
    }

    #[test]
    fn a_failure_does_not_lose_the_clips_that_were_finished_before() {
        let failure = Failure::bug("it broke");
        assert!(series().broken_off(failure.clone()).is_err());
        let mut best = series();
        add(&mut best, measured(Some(2.0), None), None);
        let broken = best.broken_off(failure).expect("a clip is finished");
        assert_eq!(broken.end, SeriesEnd::Failed);
        assert!(broken.failure.is_some() && broken.best().is_some());
    }
}
