//! Takes of a model that comes with an upscaler of its own: by preference each new one is made larger, and the large one
//! stands for its shot where the small one did.

use kinora_studio::take::recipe::Recipe;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{ContentHash, Edit, ShotId};
use kinora_studio::wire::UpscalerInfo;

use super::take_place;
use crate::state::notification::Notifications;
use crate::state::open_project::OpenProject;

/// Queues the upscaling of new takes whose recipes have been read.
pub fn enlarge_new_takes(open: &mut OpenProject) {
    let generation = &mut open.generation;
    let read = |take: &ContentHash| {
        let mut takes = generation.takes.takes.iter();
        takes.any(|(name, _)| name == take)
    };
    let (known, later) = std::mem::take(&mut generation.new_takes)
        .into_iter()
        .partition(|(_, take)| read(take));
    generation.new_takes = later;
    let known: Vec<(ShotId, ContentHash)> = known;
    for (shot, take) in known {
        let own = recipe_of(open, take).and_then(|recipe| own_upscaler(open, recipe));
        let shot = open.project().shot(shot).cloned();
        if let (Some(upscaler), Some(shot)) = (own, shot) {
            open.generation.scheduler.upscale(&shot, take, &upscaler);
            open.generation.being_enlarged.push(take);
        }
    }
}

/// Whether a finished take is a new one that was made larger by itself. If the small one stood for its shot, the large one
/// does now.
pub fn is_of_new_take(
    (shot, large): (ShotId, ContentHash),
    small: Option<ContentHash>,
    open: &mut OpenProject,
    notifications: &mut Notifications,
) -> bool {
    let being_enlarged = &mut open.generation.being_enlarged;
    let Some(at) = being_enlarged.iter().position(|one| Some(*one) == small) else {
        return false;
    };
    being_enlarged.swap_remove(at);
    let chosen = open.project().shot(shot).and_then(|shot| shot.chosen);
    if chosen == small {
        let choose = Edit::Library(Library::ChooseTake(shot, Some(large)));
        take_place::choose(open, &choose, shot, notifications);
    }
    true
}

/// The chosen takes whose model has an upscaler of its own, with that upscaler, unless they have been made larger.
pub fn small_takes(open: &OpenProject) -> Vec<(ShotId, ContentHash, String)> {
    let larger = larger_takes(open);
    let shots = open.project().shots();
    let small = shots.filter_map(|shot| {
        let chosen = shot.chosen?;
        let own = own_upscaler(open, recipe_of(open, chosen)?)?;
        let is_made = larger.iter().any(|(made, _)| *made == shot.id);
        (!is_made).then_some((shot.id, chosen, own))
    });
    small.collect()
}

/// The takes that are larger than the chosen ones of their shots, made of them.
pub fn larger_takes(open: &OpenProject) -> Vec<(ShotId, ContentHash)> {
    let shots = open.project().shots();
    let larger = shots.filter_map(|shot| {
        let chosen = shot.chosen?;
        let mut takes = open.generation.takes.takes.iter();
        let (large, _) = takes.find(|(_, take)| {
            let recipe = take.readable();
            let upscaled = recipe.and_then(|recipe| recipe.upscaled.as_ref());
            upscaled.is_some_and(|upscaled| upscaled.take == chosen)
        })?;
        Some((shot.id, *large))
    });
    larger.collect()
}

fn recipe_of(open: &OpenProject, take: ContentHash) -> Option<&Recipe> {
    let mut takes = open.generation.takes.takes.iter();
    let (_, take) = takes.find(|(name, _)| *name == take)?;
    take.readable()
}

/// The upscaler that comes with the model of a recipe, unless the recipe is that of an upscaled take.
fn own_upscaler(open: &OpenProject, recipe: &Recipe) -> Option<String> {
    let mut upscalers = open.generation.scheduler.upscalers().iter();
    let is_own = |one: &&UpscalerInfo| one.is_guided && one.id.starts_with(&recipe.model.id);
    let own = upscalers.find(is_own)?;
    recipe.upscaled.is_none().then(|| own.id.clone())
}
