//! Re-rolling the shots of a film whose chosen take failed a measure: which they are, and new takes for those alone.

use kinora_timeline::shot::Shot;
use kinora_timeline::{ContentHash, Project, ShotId};

use super::best_of::refusal;
use super::queue::series::SeriesPlan;
use super::ranking::Candidate;
use super::ranking::appearance::has_cast_on_stage;
use super::scheduler::GenerationScheduler;
use super::shot_check::prevention;
use crate::measure::{CastVerdict, Course, Verdict, axes_words, drift_words};

/// A shot whose chosen take failed a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingShot {
    /// The shot.
    pub shot: ShotId,
    /// Its name.
    pub name: String,
    /// Its chosen take.
    pub take: ContentHash,
    /// What the take failed in, as sentences.
    pub why: String,
    /// False: the camera makes the right move, with another strength or with something besides.
    pub is_clear: bool,
}

/// The shots whose chosen take does not follow its camera path or whose cast has drifted, in the order of the project. A
/// take that could not be measured has not failed.
pub fn failing_shots<'m>(
    project: &Project,
    candidate: impl Fn(ContentHash) -> Candidate<'m>,
) -> Vec<FailingShot> {
    let shots = project.shots().filter_map(|shot| {
        let take = shot.chosen?;
        let candidate = candidate(take);
        let camera = camera_failure(&candidate);
        let cast_words = cast_failure(&candidate);
        let is_clear =
            cast_words.is_some() || camera.as_ref().is_some_and(|(_, is_clear)| *is_clear);
        let camera_words = camera.map(|(words, _)| words);
        let why: Vec<String> = [camera_words, cast_words].into_iter().flatten().collect();
        (!why.is_empty()).then(|| FailingShot {
            shot: shot.id,
            name: shot.name.clone(),
            take,
            why: why.join(" "),
            is_clear,
        })
    });
    shots.collect()
}

/// What a take's camera failed in, and whether it does something else altogether.
fn camera_failure(take: &Candidate) -> Option<(String, bool)> {
    let report = &take.camera?.report;
    let (words, is_clear) = match report.verdict {
        Verdict::NotObeyed => ("Camera not obeyed", true),
        Verdict::PartlyObeyed => ("Camera partly obeyed", false),
        Verdict::NotMeasurable { .. } => match report.course?.verdict {
            Course::NotFollowed => ("Camera path not followed", true),
            Course::Opposite => ("Camera path followed the opposite way", true),
            Course::Followed | Course::CannotTell => return None,
        },
        Verdict::Obeyed => return None,
    };
    let asked = axes_words(&report.asked);
    let words = match &report.achieved {
        Some(achieved) => format!("{words}: asked {asked}, got {}.", axes_words(achieved)),
        None => format!("{words}: asked {asked}."),
    };
    Some((words, is_clear))
}

/// What a take's cast failed in.
fn cast_failure(take: &Candidate) -> Option<String> {
    match take.appearance?.cast_verdict()? {
        CastVerdict::Drifted(who, drift) => {
            let words = drift_words(&who.tag, &drift);
            Some(format!("Cast drifted: {words}."))
        }
        CastVerdict::Kept | CastVerdict::NotMeasurable(_) => None,
    }
}

/// What became of shots that were to be re-rolled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rerolled {
    /// The number of shots that get new takes.
    pub queued: usize,
    /// The names of the shots that get none, each with the reason: "Dusk: there is no camera path to rank by".
    pub left_out: Vec<String>,
}

/// Queues a series of takes for each of these shots, with seeds of `fresh` in place of their own, since those made the
/// takes that failed. Shots that cannot be generated, or whose takes could not be ranked as planned, are left out; those
/// that are gone are not counted.
pub fn queue_rerolls(
    scheduler: &mut GenerationScheduler,
    project: &Project,
    shots: &[ShotId],
    plan: SeriesPlan,
    mut fresh: impl FnMut() -> u64,
) -> Rerolled {
    let mut rerolled = Rerolled::default();
    for shot in shots.iter().filter_map(|shot| project.shot(*shot)) {
        if let Some(why) = obstacle(scheduler, project, shot, plan) {
            rerolled.left_out.push(format!("{}: {why}", shot.name));
        } else {
            scheduler.queue_mut().add_series(shot, fresh(), plan);
            rerolled.queued += 1;
        }
    }
    rerolled
}

/// Why a shot gets no series, as a phrase without its full stop.
fn obstacle(
    scheduler: &GenerationScheduler,
    project: &Project,
    shot: &Shot,
    plan: SeriesPlan,
) -> Option<String> {
    let model = scheduler.model_with_loras(project, shot);
    let model = model.as_deref();
    if let Some(problem) = prevention(shot, project, model) {
        return Some(problem.to_string().trim_end_matches('.').to_owned());
    }
    let has_cast = has_cast_on_stage(project, shot, model);
    refusal(shot.camera.is_some(), has_cast, plan.rank).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use kinora_timeline::camera::{CameraKey, CameraPath, Pose};
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::{ModelLength, SeedPolicy};
    use kinora_timeline::{Edit, FrameRate, Frames};

    use super::*;
    use crate::Session;
    use crate::generate::queue::series::RankBy;
    use crate::generate::ranking::tests::{cast, measured};
    use crate::measure::CameraMeasure;

    /// A project with a shot of each name, each with a chosen take, and the takes.
    fn film(names: &[&str]) -> (Project, Vec<ContentHash>) {
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        let mut project = Project::default();
        for name in names {
            let shot = Shot {
                seed: SeedPolicy::Fixed(7),
                // The last one is left to the model.
                camera: (Some(name) != names.last())
                    .then(|| CameraPath::of_keys(vec![CameraKey::new(Frames::ZERO, Pose::START)])),
                ..Shot::new(name, "a fox", length)
            };
            let add = Edit::Library(Library::AddShot(Box::new(shot)));
            project = add.apply(&project).expect("added");
        }
        let ids: Vec<ShotId> = project.shots().map(|shot| shot.id).collect();
        let takes: Vec<ContentHash> = names
            .iter()
            .map(|name| ContentHash::of(name.as_bytes()))
            .collect();
        for (shot, take) in ids.iter().zip(&takes) {
            let choose = Edit::Library(Library::ChooseTake(*shot, Some(*take)));
            project = choose.apply(&project).expect("chosen");
        }
        (project, takes)
    }

    #[test]
    fn only_shots_whose_chosen_take_failed_are_listed_and_get_new_seeds() {
        let (project, takes) = film(&[
            "obeyed",
            "not",
            "partly",
            "refused",
            "unmeasured",
            "drifted",
        ]);
        let with = |verdict| {
            let mut measure = measured(Some(2.0), None);
            measure.report.verdict = verdict;
            measure
        };
        let measures: HashMap<ContentHash, CameraMeasure> = [
            with(Verdict::Obeyed),
            with(Verdict::NotObeyed),
            with(Verdict::PartlyObeyed),
            measured(None, None),
        ]
        .into_iter()
        .zip(&takes)
        .map(|(measure, take)| (*take, measure))
        .collect();
        let drifted = cast(Some(18.2));
        let candidate = |take: ContentHash| Candidate {
            is_rejected: false,
            has_path: true,
            camera: measures.get(&take),
            appearance: Some(&drifted).filter(|_| takes.last() == Some(&take)),
        };
        let failing = failing_shots(&project, candidate);
        let names: Vec<(&str, bool)> = failing
            .iter()
            .map(|shot| (shot.name.as_str(), shot.is_clear))
            .collect();
        let expected = [("not", true), ("partly", false), ("drifted", true)];
        assert_eq!(names, expected);
        assert_eq!(failing[2].why, "Cast drifted: @anna's torso, ΔE 18.");
        assert!(failing[0].why.starts_with("Camera not obeyed: asked still"));

        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let session = Session::create(&folder, &project).expect("a project");
        let mut scheduler = GenerationScheduler::new(&session, || {});
        let plan = SeriesPlan {
            takes: 2,
            rank: RankBy::Camera,
            stop_at_degrees: None,
            within_minutes: None,
        };
        let shots = [failing[0].shot, failing[2].shot];
        let rerolled = queue_rerolls(&mut scheduler, &project, &shots, plan, || 100);
        assert_eq!(rerolled.queued, 1);
        let why = "drifted: there is no camera path to rank by";
        assert_eq!(rerolled.left_out, [why], "it could not be ranked");
        let orders = scheduler.queue().orders().iter();
        let orders: Vec<(&str, u64)> = orders
            .map(|order| (order.shot.name.as_str(), order.seed))
            .collect();
        assert_eq!(orders, [("not", 100), ("not", 101)]);
    }
}
