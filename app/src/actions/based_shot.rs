//! New shots that are based on a take: a retake of a range, or an extension. Each is one undo step, and the take's own
//! shot stays as it is.

use kinora_studio::take::based_shot::{extending, retaking};
use kinora_studio::take::recipe::Recipe;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::{End, RetakeStreams, Shot};
use kinora_studio::timeline::{ContentHash, Edit, FrameRange, Project, ShotId};

use super::shot::select_newest;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;

/// Adds a shot that generates a range of a take again, in its picture, its sound or both.
pub fn retake(
    shot: ShotId,
    take: ContentHash,
    range: (FrameRange, RetakeStreams),
    state: &mut AppState,
) {
    add(shot, take, "retake", state, |_, shot, recipe| {
        retaking(shot, take, recipe, range)
    });
}

/// Adds a shot that continues a take after its end, or leads to its start.
pub fn extend(shot: ShotId, take: ContentHash, end: End, state: &mut AppState) {
    let suffix = match end {
        End::Head => "lead-in",
        End::Tail => "extended",
    };
    add(shot, take, suffix, state, |open, shot, recipe| {
        let rule = open.generation.scheduler.frame_rule(&recipe.model.id);
        extending(shot, take, recipe, end, rule)
    });
}

/// Adds the shot that is made of a shot and the recipe of one of its takes, and selects it.
fn add(
    shot: ShotId,
    take: ContentHash,
    suffix: &str,
    state: &mut AppState,
    made: impl FnOnce(&OpenProject, &Shot, &Recipe) -> Shot,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let mut takes = open.generation.takes.takes.iter();
    let found = takes.find(|(name, _)| *name == take);
    let recipe = found.and_then(|(_, take)| take.readable());
    let (Some(shot), Some(recipe)) = (open.project().shot(shot), recipe) else {
        return;
    };
    let based = Shot {
        name: free_name(open.project(), &format!("{} {suffix}", shot.name)),
        ..made(open, shot, recipe)
    };
    let edit = Edit::Library(Library::AddShot(Box::new(based)));
    if open.edit(&edit, &mut state.notifications) {
        select_newest(open);
    }
}

/// A name that no shot has: this one, or with a number behind it.
fn free_name(project: &Project, name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let is_free = |name: &String| project.shots().all(|shot| shot.name != *name);
    names.find(is_free).unwrap_or_default()
}
