//! Rating, noting, varying and reproducing takes.

use egui::Context;
use kinora_studio::generate::queue::Vary;
use kinora_studio::take::take_store::Rating;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, ShotId};

use super::shot::new_seed;
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;

pub fn vary(shot: ShotId, take: ContentHash, change: Vary, state: &mut AppState) {
    order(shot, state, |open, shot| {
        let scheduler = &mut open.generation.scheduler;
        scheduler.vary(shot, take, change, new_seed());
    });
}

pub fn upscale(shot: ShotId, take: ContentHash, upscaler: &str, state: &mut AppState) {
    order(shot, state, |open, shot| {
        // Ordered by hand, it is not chosen by itself.
        let being_enlarged = &mut open.generation.being_enlarged;
        being_enlarged.retain(|small| *small != take);
        open.generation.scheduler.upscale(shot, take, upscaler);
    });
}

pub fn reproduce(shot: ShotId, take: ContentHash, state: &mut AppState) {
    order(shot, state, |open, shot| {
        open.generation.scheduler.reproduce(shot, take);
    });
}

fn order(shot: ShotId, state: &mut AppState, order: impl FnOnce(&mut OpenProject, &Shot)) {
    let Some(open) = &mut state.project else {
        return;
    };
    if let Some(shot) = open.project().shot(shot).map(|shot| Shot::clone(shot)) {
        order(open, &shot);
    }
}

/// Rates a take. The rating is shown at once, and written on another thread.
pub fn rate(take: ContentHash, rating: Rating, state: &mut AppState, ctx: &Context) {
    if !state.can_edit() {
        return;
    }
    let Some(open) = &mut state.project else {
        return;
    };
    let generation = &mut open.generation;
    generation.takes.rate(take, rating);
    let store = generation.scheduler.takes().clone();
    generation
        .pending_ratings
        .push(Task::start(ctx, move || store.set_rating(take, rating)));
}

/// Changes the note on a take with each letter that is typed, so that none is lost. It is no step of undo.
pub fn note(take: ContentHash, note: String, state: &mut AppState) {
    if !state.can_edit() {
        return;
    }
    let Some(open) = &mut state.project else {
        return;
    };
    let generation = &mut open.generation;
    generation.note_writer.write(take, note.clone());
    generation.takes.notes.set(take, note);
}
