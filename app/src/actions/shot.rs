//! Shots, their cast, and the queue.

use std::path::{Path, PathBuf};

use egui::Context;
use kinora_studio::engine::State as EngineState;
use kinora_studio::exchange::import::import_picture;
use kinora_studio::exchange::portrait_colours::figure_colours;
use kinora_studio::generate::queue::OrderId;
use kinora_studio::generate::shot_check::prevention;
use kinora_studio::render::media::is_still;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::{SeedPolicy, Shot};
use kinora_studio::timeline::{Edit, Project, ShotId, Source};

use super::{best_of, viewer};
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::tasks::{ImportedImage, Portrait};
use crate::state::view::layout::Pane;
use crate::state::view::shot_view::ShotField;
use crate::state::view::viewer_view::ViewedSource;

/// New seeds are below this limit, which keeps them short enough to read and type.
const SEED_LIMIT: u64 = 1_000_000;

pub fn new(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let rule = open.generation.scheduler.frame_rule("");
    let seconds = state.preferences.values.shot_seconds;
    let frames = (seconds * rule.rate.per_second()).round() as u32;
    let shot = Shot::new(&free_name(open.project()), "", rule.nearest(frames));
    let edit = Edit::Library(Library::AddShot(Box::new(shot)));
    if open.edit(&edit, &mut state.notifications) {
        select_newest(open);
        type_prompt(open);
    }
}

/// Shows the shot panel, where the prompt of the selected shot takes the focus.
pub fn describe(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        type_prompt(open);
    }
}

/// The prompt of the selected shot can be typed at once.
pub(super) fn type_prompt(open: &mut OpenProject) {
    open.view.show(Pane::Shot);
    open.view.panels.shot.field_to_focus = Some(ShotField::Prompt);
}

/// Selects the shot that was added last.
pub(super) fn select_newest(open: &mut OpenProject) {
    let ids = open.project().shots().map(|shot| shot.id);
    open.view.selection.shot = ids.max_by_key(|id| id.number());
    open.view.panels.shot_form = None;
    if let Some(new) = open.view.selection.shot {
        viewer::show_source(open, ViewedSource::of(Source::Shot(new)));
    }
}

/// Removes the selected shot and its clips in one step. Its takes stay on the disk.
pub fn remove(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let Some(shot) = open.view.selection.shot else {
        return;
    };
    let mut batch = EditBatch::of(open.project());
    let clips = open.project().clips_of(Source::Shot(shot));
    let lifted = match clips.is_empty() {
        true => Ok(()),
        false => batch.then(Edit::Remove(Remove::Lift { clips })),
    };
    let removed = lifted.and_then(|()| batch.then(Edit::Library(Library::RemoveShot(shot))));
    let planned = removed.map(|()| (batch, ()));
    open.edit_planned("remove shot", planned, &mut state.notifications);
}

/// "Shot 3": the first such name that no shot has.
pub(super) fn free_name(project: &Project) -> String {
    let mut names = (project.shots().count() + 1..).map(|number| format!("Shot {number}"));
    let is_free = |name: &String| project.shots().all(|shot| shot.name != *name);
    names.find(is_free).unwrap_or_default()
}

pub fn select(shot: ShotId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.view.selection.shot = Some(shot);
        open.view.selection.set_clips([]);
        viewer::show_source(open, ViewedSource::of(Source::Shot(shot)));
    }
}

pub fn change(shot: ShotId, change: ShotChange, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let Some(before) = project.shot(shot) else {
        return;
    };
    let is_first_frame = matches!(change, ShotChange::SetKeyframe(0, _));
    let shot = change.of(before, project);
    if is_first_frame && shot.origin != before.origin {
        let note = format!(
            "{} begins with the picture and continues no other shot",
            shot.name
        );
        state.notifications.info(note);
    }
    let edit = Edit::Library(Library::ChangeShot(Box::new(shot)));
    open.edit(&edit, &mut state.notifications);
}

/// Locks the seed of a shot to a new random one.
pub fn lock_new_seed(shot: ShotId, state: &mut AppState) {
    change(shot, ShotChange::Seed(SeedPolicy::Fixed(new_seed())), state);
}

/// Requests the models of the engine. An engine that has ended is not started again: panels request them in every frame in which they
/// show the list.
pub fn load_models(state: &mut AppState) {
    if matches!(state.engine.state(), EngineState::Gone(_)) {
        return;
    }
    if let Some(open) = &mut state.project {
        open.generation.scheduler.load_models(&mut state.engine);
    }
}

/// Requests the models of the engine again, after some were installed or removed. An engine that does not run reads them when
/// it starts.
pub fn reload_models(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.generation.scheduler.reload_models(&mut state.engine);
    }
}

/// Copies a picture into the project's folder, on another thread, for a new character. Of one that moves, the first
/// picture is used.
pub fn add_character_from(picture: PathBuf, state: &mut AppState, ctx: &Context) {
    import_portrait(picture, |_| true, state, ctx);
}

/// The same of a picture that was dropped, unless it moves: then it is no portrait.
pub fn add_dropped(picture: PathBuf, state: &mut AppState, ctx: &Context) {
    import_portrait(picture, is_still, state, ctx);
}

fn import_portrait(
    picture: PathBuf,
    is_portrait: fn(&Path) -> bool,
    state: &mut AppState,
    ctx: &Context,
) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    state.tasks.importing_portrait = Some(Task::start(ctx, move || {
        if !is_portrait(&picture) {
            let file = picture;
            return Ok(Portrait::Moving { folder, file });
        }
        let content = import_picture(&picture, &folder)?;
        let name = picture
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Portrait::Still(ImportedImage {
            folder,
            name,
            content,
            colours: figure_colours(&picture),
        }))
    }));
}

/// Adds a character with the imported picture as its portrait.
pub fn portrait_imported(portrait: ImportedImage, state: &mut AppState) {
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == portrait.folder) else {
        return; // that project was closed meanwhile
    };
    let tags = open.project().cast().map(|one| one.tag.as_str());
    let tag = free_tag(&portrait.name, tags);
    let plain = Character::new(&portrait.name, &tag);
    let character = Character {
        references: vec![portrait.content],
        colours: portrait.colours.unwrap_or(plain.colours),
        ..plain
    };
    let edit = Edit::Library(Library::AddCharacter(Box::new(character)));
    open.edit(&edit, &mut state.notifications);
}

/// An unused tag: the letters and digits of a name in lower case, with a number if that tag is taken.
pub(super) fn free_tag<'t>(name: &str, taken: impl Iterator<Item = &'t str>) -> String {
    let letters = name
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '_');
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    let plain = if letters.is_empty() {
        "character".to_owned()
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

/// The selected shot. `None`: there is none, or a problem that is reported prevents it from being generated.
pub(super) fn shot_to_generate(state: &mut AppState) -> Option<Shot> {
    let open = state.project.as_ref()?;
    let shot = open.project().shot(open.view.selection.shot?)?;
    let (scheduler, project) = (&open.generation.scheduler, open.project());
    let problem = prevention(shot, project, scheduler.model_in(project, shot));
    let problem = problem.map(|problem| problem.to_string());
    let missing = scheduler.sound_refusal(project, shot);
    let missing = missing.map(|failure| failure.to_string());
    if let Some(why) = problem.or(missing) {
        state.notifications.error(format!("Not generated: {why}"));
        return None;
    }
    Some(Shot::clone(shot))
}

/// Queues as many takes of the selected shot as are set in the shot panel.
pub fn generate(state: &mut AppState) {
    let Some(shot) = shot_to_generate(state) else {
        return;
    };
    let Some(open) = &mut state.project else {
        return;
    };
    let count = open.view.panels.shot.take_count;
    if let Some(plan) = open.view.panels.shot.best_of.plan(count) {
        return best_of::generate(&shot, plan, new_seed(), state);
    }
    let scheduler = &mut open.generation.scheduler;
    scheduler.queue_takes(&shot, count, new_seed());
}

pub fn generate_missing(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.document.session.project();
    let scheduler = &mut open.generation.scheduler;
    let text = match scheduler.queue_missing(project, new_seed) {
        0 => "Every shot has a take, is in the queue, or has no prompt.".to_owned(),
        1 => "1 shot was added to the queue.".to_owned(),
        many => format!("{many} shots were added to the queue."),
    };
    state.notifications.info(text);
}

pub(super) fn new_seed() -> u64 {
    fastrand::u64(..SEED_LIMIT)
}

pub fn pause_queue(state: &mut AppState) {
    set_paused(state, true);
}

pub fn resume_queue(state: &mut AppState) {
    set_paused(state, false);
}

fn set_paused(state: &mut AppState, is_paused: bool) {
    if let Some(open) = &mut state.project {
        let queue = open.generation.scheduler.queue_mut();
        queue.pause(is_paused);
    }
}

pub fn cancel(order: OrderId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let generation = &mut open.generation;
        generation.scheduler.cancel(&mut state.engine, order);
        let progress = generation.progress.take();
        generation.progress = progress.filter(|progress| progress.order != order);
    }
}

pub fn retry(order: OrderId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let project = open.project().clone();
        open.generation.scheduler.retry(order, &project);
    }
}

pub fn move_to_front(order: OrderId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let scheduler = &mut open.generation.scheduler;
        let running = scheduler.running();
        let orders = scheduler.queue().orders().iter().map(|order| order.id);
        let first = orders.into_iter().find(|id| Some(*id) != running);
        scheduler.queue_mut().put_before(order, first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_a_tag_of_their_own_that_can_be_typed() {
        assert_eq!(free_tag("Ada L.", [].into_iter()), "adal");
        assert_eq!(free_tag("Ada", ["ada", "ada2"].into_iter()), "ada3");
        assert_eq!(free_tag("!?", [].into_iter()), "character");
    }
}
