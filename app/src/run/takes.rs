//! Takes: what the artist thinks of them, and what is made of them.

use egui::Context;
use kinora_studio::queue::Vary;
use kinora_studio::takes::Opinion;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, ShotId};

use super::shot::fresh_seed;
use crate::film::Film;
use crate::later::Later;
use crate::state::State;

pub fn vary(shot: ShotId, take: ContentHash, change: Vary, state: &mut State) {
    order(shot, state, |film, shot| {
        film.production.vary(shot, take, change, fresh_seed());
    });
}

pub fn reproduce(shot: ShotId, take: ContentHash, state: &mut State) {
    order(shot, state, |film, shot| {
        film.production.reproduce(shot, take);
    });
}

fn order(shot: ShotId, state: &mut State, order: impl FnOnce(&mut Film, &Shot)) {
    let Some(film) = &mut state.film else { return };
    if let Some(shot) = film.project().shot(shot).map(|shot| Shot::clone(shot)) {
        order(film, &shot);
    }
}

/// Shown at once, kept on the disk by another thread.
pub fn think(take: ContentHash, opinion: Opinion, state: &mut State, ctx: &Context) {
    let Some(film) = &mut state.film else { return };
    if !film.session.can_be_edited() {
        return;
    }
    film.opinions.insert(take, opinion);
    let takes = film.production.takes().clone();
    film.thinking
        .push(Later::start(ctx, move || takes.think(take, opinion)));
}
