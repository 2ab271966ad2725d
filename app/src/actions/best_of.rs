//! Series of takes that are ranked: queued, ended by a take that is good enough, and their best take used.

use egui::Context;
use kinora_studio::engine::EngineHost;
use kinora_studio::generate::best_of;
use kinora_studio::generate::queue::series::{RankBy, SeriesId, SeriesPlan};
use kinora_studio::generate::ranking::appearance::has_cast_on_stage;
use kinora_studio::generate::ranking::{Candidate, rank};
use kinora_studio::measure::TakeMeasures;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, Edit, ShotId};

use super::take_place;
use crate::state::action::{Action, QueueAction};
use crate::state::app::AppState;
use crate::state::notification::{NotificationButton, Notifications};
use crate::state::open_project::OpenProject;

/// Queues a series of takes of a shot.
pub fn generate(shot: &Shot, plan: SeriesPlan, fresh: u64, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.document.session.project();
    let model = open.generation.scheduler.model_with_loras(project, shot);
    let has_cast = has_cast_on_stage(project, shot, model.as_deref());
    if let Some(why) = best_of::refusal(shot.camera.is_some(), has_cast, plan.rank) {
        let text = format!("Not generated: {why}. Rank by nothing, or change the shot.");
        return state.notifications.error(text);
    }
    best_of::queue_series(&mut open.generation.scheduler, shot, plan, fresh);
}

/// Cancels a series; its finished takes are kept.
pub fn cancel(series: SeriesId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let scheduler = &mut open.generation.scheduler;
        best_of::cancel(scheduler, &mut state.engine, series);
        open.generation.forget_stopped_job();
    }
}

/// Removes a series that has ended from the list.
pub fn remove(series: SeriesId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.generation.scheduler.queue_mut().remove_series(series);
    }
}

/// Makes the best take of a series the chosen one, as a step that can be undone.
pub fn use_best(series: SeriesId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let generation = &open.generation;
    let series = generation.scheduler.queue().get_series(series);
    let best = series.and_then(|series| {
        let best = best_of::best_of(series, |take| generation.candidate(take))?;
        Some((series.shot, best))
    });
    choose(open, best, &mut state.notifications);
}

/// Makes the best take of the selected shot the chosen one.
pub fn use_best_of_shot(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some(shot) = open.view.selection.shot else {
        return;
    };
    let by = open.view.panels.shot.best_of.rank;
    let generation = &open.generation;
    let takes = generation.takes.of_shot(shot);
    let candidates = takes.iter().map(|take| generation.candidate(*take));
    let candidates: Vec<Candidate> = candidates.collect();
    let ranking = rank(&candidates, by.unwrap_or(RankBy::Camera));
    let best = ranking.first().filter(|best| best.rank.is_some());
    let best = best.and_then(|best| takes.get(best.place));
    let best = best.map(|best| (shot, *best));
    choose(open, best, &mut state.notifications);
}

fn choose(
    open: &mut OpenProject,
    best: Option<(ShotId, ContentHash)>,
    notifications: &mut Notifications,
) {
    let Some((shot, take)) = best else {
        return notifications.info("No take of this shot has a rank yet.");
    };
    let chosen = open.project().shot(shot).and_then(|shot| shot.chosen);
    if chosen == Some(take) {
        return notifications.info("The best take is the chosen one already.");
    }
    let choose = Edit::Library(Library::ChooseTake(shot, Some(take)));
    take_place::choose(open, &choose, shot, notifications);
}

/// Shows the takes of shots in the order of their ranks, or in that of their making again.
pub fn toggle_by_rank(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let view = &mut open.view.panels.shot;
        view.is_by_rank = !view.is_by_rank;
    }
}

/// A take has been measured, camera and appearance: a series that waits for one as good ends, and one of which all takes are
/// measured is reported.
pub fn measured(
    take: ContentHash,
    measured: TakeMeasures,
    open: &mut OpenProject,
    engine: &mut EngineHost,
    notifications: &mut Notifications,
) {
    let generation = &mut open.generation;
    if let Some(camera) = measured.camera {
        if best_of::note_measure(&mut generation.scheduler, engine, take, &camera).is_some() {
            generation.forget_stopped_job();
        }
        generation.takes.measures.insert(take, camera);
    }
    if let Some(appearance) = measured.appearance {
        generation.takes.appearances.insert(take, appearance);
    }
    let Some(series) = generation.scheduler.queue().series_of(take) else {
        return;
    };
    // It is known once all of a take is measured.
    let appearances = &generation.takes.appearances;
    let is_measured = |take: ContentHash| appearances.contains_key(&take);
    if series.end.is_none() || !series.made.iter().all(|made| is_measured(made.take)) {
        return;
    }
    let ranking = best_of::ranking_of(series, |take| generation.candidate(take));
    let words = best_of::progress_words(series, &ranking);
    let use_best = NotificationButton {
        text: "Use best",
        action: Action::Queue(QueueAction::UseBest(series.id)),
    };
    let has_best = ranking.first().is_some_and(|best| best.rank.is_some());
    let buttons = has_best.then_some(use_best).into_iter().collect();
    notifications.result(format!("{}: {words}", series.name), buttons);
}

/// When a project is opened: the takes of its series that the last session did not measure are measured, and series end
/// with takes that it did measure.
pub fn resume(open: &mut OpenProject, engine: &mut EngineHost, ctx: &Context) {
    if open.generation.has_resumed || !open.document.session.can_be_edited() {
        return;
    }
    open.generation.has_resumed = true;
    let folder = open.document.session.folder().to_owned();
    let generation = &mut open.generation;
    let series = generation.scheduler.queue().series().iter();
    let made: Vec<(ContentHash, RankBy)> = series
        .flat_map(|series| {
            let by = series.plan.rank;
            series.made.iter().map(move |made| (made.take, by))
        })
        .collect();
    for (take, by) in made {
        let known = &generation.takes;
        let (camera, appearance) = (known.measures.get(&take), known.appearances.get(&take));
        if let Some(camera) = camera {
            best_of::note_measure(&mut generation.scheduler, engine, take, camera);
        }
        let is_known = match by {
            RankBy::Camera => camera.is_some() || appearance.is_some(),
            RankBy::Cast | RankBy::Both => appearance.is_some(),
        };
        if !is_known {
            generation.measure(&folder, take, ctx);
        }
    }
}
