//! Shots and their cast: written, cast, generated.

use std::path::PathBuf;

use egui::Context;
use kinora_studio::import::bring_in_portrait;
use kinora_studio::likeness::colours_of;
use kinora_studio::queue::OrderId;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::{ModelLength, Shot};
use kinora_studio::timeline::{Edit, FrameRate, Project, ShotId};
use kinora_studio::wire::Failure;

use super::ShotChange;
use crate::later::Later;
use crate::state::{Portrait, State};

/// What a new shot is as long as, before the model is known: Wan's rate, one second.
const NEW_FRAMES: u32 = 17;
const NEW_RATE: u32 = 16;
/// No seed that is drawn is longer than one can type.
const MOST_SEED: u64 = 1_000_000;

pub fn new(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let length = ModelLength {
        frames: NEW_FRAMES,
        rate: new_rate(),
    };
    let shot = Shot::new(&free_name(film.project()), "", length);
    if film.edit(
        &Edit::Library(Library::AddShot(Box::new(shot))),
        &mut state.notices,
    ) {
        film.chosen.shot = film
            .project()
            .shots()
            .map(|shot| shot.id)
            .max_by_key(|id| id.number());
        film.shot_form = None;
    }
}

/// Frames a second of a shot whose model is not known yet.
pub(super) fn new_rate() -> FrameRate {
    FrameRate::new(NEW_RATE, 1).unwrap_or(FrameRate::FPS_24)
}

/// "Shot 3", the first that no shot is called yet.
pub(super) fn free_name(film: &Project) -> String {
    let mut names = (film.shots().count() + 1..).map(|number| format!("Shot {number}"));
    let is_free = |name: &String| film.shots().all(|shot| shot.name != *name);
    names.find(is_free).unwrap_or_default()
}

pub fn choose(shot: ShotId, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.chosen.shot = Some(shot);
    }
}

pub fn change(shot: ShotId, change: ShotChange, state: &mut State) {
    let Some(film) = &mut state.film else { return };
    if let Some(shot) = film
        .project()
        .shot(shot)
        .map(|shot| change.of(shot, film.project()))
    {
        film.edit(
            &Edit::Library(Library::ChangeShot(Box::new(shot))),
            &mut state.notices,
        );
    }
}

pub fn look_for_models(state: &mut State) {
    if let Some(film) = &mut state.film {
        film.production.look_for_models(&mut state.engine);
    }
}

pub fn add_character_from(picture: PathBuf, state: &mut State, ctx: &Context) {
    let Some(film) = &state.film else { return };
    if !film.session.can_be_edited() {
        return;
    }
    let folder = film.session.folder().to_owned();
    state.work.bringing_in = Some(Later::start(ctx, move || {
        let content = bring_in_portrait(&picture, &folder)?;
        let name = picture
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Portrait {
            folder,
            name,
            content,
            colours: colours_of(&picture),
        })
    }));
}

/// The picture of a new character lies in the film's folder: the character is added.
pub fn portrait_is_in(brought: Result<Portrait, Failure>, state: &mut State) {
    let portrait = match brought {
        Ok(portrait) => portrait,
        Err(failure) => return state.notices.trouble(failure.to_string()),
    };
    let Some(film) = state
        .film
        .as_mut()
        .filter(|film| film.session.folder() == portrait.folder)
    else {
        return; // that film was closed meanwhile
    };
    let tag = free_tag(
        &portrait.name,
        film.project().cast().map(|one| one.tag.as_str()),
    );
    let plain = Character::new(&portrait.name, &tag);
    let character = Character {
        references: vec![portrait.content],
        colours: portrait.colours.unwrap_or(plain.colours),
        ..plain
    };
    film.edit(
        &Edit::Library(Library::AddCharacter(Box::new(character))),
        &mut state.notices,
    );
}

/// Letters and digits of a name, in small letters, with a number if somebody is called so already.
fn free_tag<'t>(name: &str, taken: impl Iterator<Item = &'t str>) -> String {
    let letters = name
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '_');
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    let plain = if letters.is_empty() {
        "somebody".to_owned()
    } else {
        letters
    };
    let taken: Vec<&str> = taken.collect();
    let numbered = (2..).map(|number| format!("{plain}{number}"));
    let mut names = std::iter::once(plain.clone()).chain(numbered);
    names
        .find(|name| !taken.contains(&name.as_str()))
        .unwrap_or(plain)
}

pub fn generate(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let shot = film
        .chosen
        .shot
        .and_then(|shot| film.session.project().shot(shot));
    if let Some(shot) = shot.map(|shot| Shot::clone(shot)) {
        film.production.order(&shot, fresh_seed());
    }
}

pub fn generate_missing(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let wanted = film
        .production
        .order_missing(film.session.project(), fresh_seed);
    let words = match wanted {
        0 => "Every shot has a take, or is waiting for one.".to_owned(),
        1 => "1 shot waits to be made.".to_owned(),
        many => format!("{many} shots wait to be made."),
    };
    state.notices.good_news(words);
}

pub(super) fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = u64::from(now.unwrap_or_default().subsec_nanos());
    // The clock's last digits, stirred: two orders in one breath get different ones.
    (nanos.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % MOST_SEED
}

pub fn pause(state: &mut State, is_paused: bool) {
    if let Some(film) = &mut state.film {
        film.production.queue_mut().pause(is_paused);
    }
}

pub fn cancel(order: OrderId, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.production.cancel(&mut state.engine, order);
        film.coming = film.coming.take().filter(|coming| coming.order != order);
    }
}

pub fn retry(order: OrderId, state: &mut State) {
    if let Some(film) = &mut state.film {
        film.production.queue_mut().retry(order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_a_tag_of_their_own_that_can_be_typed() {
        assert_eq!(free_tag("Ada L.", [].into_iter()), "adal");
        assert_eq!(free_tag("Ada", ["ada", "ada2"].into_iter()), "ada3");
        assert_eq!(free_tag("!?", [].into_iter()), "somebody");
    }
}
