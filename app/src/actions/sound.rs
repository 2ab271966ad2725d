//! Sound that is generated: for the pictures of the selected shot, music for a range, and lines that characters say.

use kinora_studio::generate::shot_sound::{SoundUse, sound_prevention, voice_problem};
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::shot::{SeedPolicy, Shot};
use kinora_studio::timeline::{Frames, Refusal, ShotId};

use super::shot::{load_models, new_seed};
use super::{place, subtitles, viewer};
use crate::state::action::{LineRequest, MusicRequest};
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::sound::{LineForm, MusicForm, line_shot, music_shot};
use crate::state::open_project::OpenProject;

/// Queues sound for the chosen take of the selected shot.
pub fn make(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let shot = open.view.selection.shot;
    let Some(shot) = shot.and_then(|shot| open.project().shot(shot)) else {
        return;
    };
    let shot = Shot::clone(shot);
    let scheduler = &mut open.generation.scheduler;
    if !scheduler.is_listed() {
        load_models(state);
        let text = "The engine is starting. Make the sound again when it has listed its models.";
        state.notifications.info(text);
        return;
    }
    let Some(model) = scheduler.sound_model_of(&shot) else {
        let text = "No sound made: no installed model makes sound. Install one in File > Models…";
        state.notifications.error(text);
        return;
    };
    if let Some(why) = sound_prevention(&shot, model) {
        state.notifications.error(format!("No sound made: {why}"));
        return;
    }
    scheduler.queue_sound(&shot, new_seed());
}

/// Opens *Music for a range*.
pub fn music_dialog(state: &mut AppState) {
    load_models(state);
    state.dialog = Some(Dialog::Music(MusicForm::default()));
}

/// Opens *Say a line*, for the character whose page is open, or else the first one.
pub fn line_dialog(state: &mut AppState) {
    load_models(state);
    let Some(open) = &state.project else {
        return;
    };
    let first = || open.project().cast().next().map(|character| character.id);
    let character = open.view.selection.character.or_else(first);
    state.dialog = Some(Dialog::Line(LineForm::of(character)));
}

/// Adds a shot of sound alone for the range between in and out, places it there, and queues its first take.
pub fn make_music(request: &MusicRequest, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let Some(range) = project.in_out() else {
        let text = "No music made: mark a range with in and out first.";
        state.notifications.error(text);
        return;
    };
    let models = open.generation.scheduler.models();
    let model = match SoundUse::Alone.model(models, &request.model) {
        Ok(model) => model,
        Err(failure) => {
            state.notifications.error(failure.to_string());
            return;
        }
    };
    let Some(shot) = music_shot(model, range.length, project.rate()) else {
        let text = format!("No music made: {} makes none that long.", model.name);
        state.notifications.error(text);
        return;
    };
    let shot = Shot {
        name: free_name(open, "Music"),
        prompt: request.prompt.clone(),
        negative: request.negative.clone(),
        seed: request.seed.map_or(SeedPolicy::Fresh, SeedPolicy::Fixed),
        ..shot
    };
    let view = &open.view.panels.timeline;
    let planned = place::planned_sound_shot(project, view, shot, (range.start, range.length));
    if let Some(shot) = open.edit_planned("add music", planned, &mut state.notifications) {
        queue(open, shot);
    }
}

/// Adds a shot in which a character says a line, places it at the playhead, with a subtitle if asked for, and queues its
/// first take.
pub fn say(request: &LineRequest, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let Some(character) = project.character(request.character) else {
        return;
    };
    if let Some(problem) = voice_problem(character) {
        state.notifications.error(problem.to_string());
        return;
    }
    let models = open.generation.scheduler.models();
    let shot = match line_shot(character, &request.text, request.seconds, models) {
        Ok(shot) => shot,
        Err(why) => {
            state.notifications.error(format!("Nothing said: {why}"));
            return;
        }
    };
    let at = open.media.player.playhead();
    let planned = planned_line(open, shot, at, request.adds_subtitle);
    if let Some(shot) = open.edit_planned("say line", planned, &mut state.notifications) {
        queue(open, shot);
    }
}

fn planned_line(
    open: &OpenProject,
    shot: Shot,
    at: Frames,
    adds_subtitle: bool,
) -> Result<(EditBatch, ShotId), Refusal> {
    let (project, view) = (open.project(), &open.view.panels.timeline);
    let text = shot.prompt.clone();
    let length = shot.available(project.rate());
    let (mut batch, shot) = place::planned_sound_shot(project, view, shot, (at, length))?;
    if adds_subtitle {
        subtitles::add_line(&mut batch, subtitles::target(open), (at, length), &text)?;
    }
    Ok((batch, shot))
}

/// Queues a take of a new shot, and shows it on the timeline.
fn queue(open: &mut OpenProject, shot: ShotId) {
    let Some(made) = open.project().shot(shot) else {
        return;
    };
    let made = Shot::clone(made);
    open.generation.scheduler.queue_take(&made, new_seed());
    open.view.selection.shot = Some(shot);
    open.view.panels.shot_form = None;
    viewer::show_timeline(open);
}

/// "Music 2": the first such name that no shot has.
fn free_name(open: &OpenProject, word: &str) -> String {
    let project = open.project();
    let mut names = (1..).map(|number| format!("{word} {number}"));
    let is_free = |name: &String| project.shots().all(|shot| shot.name != *name);
    names.find(is_free).unwrap_or_default()
}
