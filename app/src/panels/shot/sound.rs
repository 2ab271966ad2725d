//! The sound for the pictures of a shot: what it is made from, the button that makes it, and the takes of it.

mod takes;

use egui::{Button, CollapsingHeader, RichText, TextEdit, Ui, vec2};
use kinora_studio::engine::State as EngineState;
use kinora_studio::generate::shot_sound::{SoundUse, sound_prevention};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::sound::ShotSound;
use kinora_studio::wire::{Estimate, ModelInfo};

use super::generate::costs;
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_with_gesture;
use crate::state::action::{Action, ShotAction};
use crate::state::command::Command;
use crate::state::form::shot_form::ShotForm;
use crate::ui::fonts::icon;
use crate::ui::widgets::{choice, field, named, number};

/// What to do where no model makes sound.
const NO_MODEL: &str = "No installed model makes sound. File > Models… lists those that do.";

/// The section. It is closed at first where nothing in it can be used. True if one of its text fields lost the focus.
pub fn sound_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, form: &mut ShotForm) -> bool {
    let scheduler = &cx.generation.scheduler;
    let takes = takes::sounds_of(cx, shot);
    let has_model = SoundUse::Pictures
        .models(scheduler.models())
        .next()
        .is_some();
    let is_open = has_model || !takes.is_empty();
    let mut has_left = false;
    CollapsingHeader::new("Sound for this shot")
        .id_salt(("sound", shot.id, is_open))
        .default_open(is_open)
        .show(ui, |ui| {
            takes::takes_ui(ui, cx, shot, &takes);
            if has_model {
                has_left = words_ui(ui, cx, form);
                seed_ui(ui, cx, shot);
                model_ui(ui, cx, shot);
                make_ui(ui, cx, shot, form);
            } else {
                no_model_ui(ui, cx);
            }
        });
    if !has_model && scheduler.is_listed() {
        small(ui, cx, NO_MODEL);
    }
    ui.add_space(4.0);
    has_left
}

fn small(ui: &mut Ui, cx: &PanelContext, words: &str) {
    let words = RichText::new(words).small();
    ui.label(words.color(*cx.theme.colours.text_faint));
}

/// What can be done where no model makes sound, or none is known yet.
fn no_model_ui(ui: &mut Ui, cx: &PanelContext) {
    if !cx.generation.scheduler.is_listed() {
        cx.send(Action::Shot(ShotAction::LoadModels));
        let words = match cx.engine.state() {
            EngineState::Gone(_) => "The engine has ended: restart it in the Engine menu.",
            _ => "Loading the list of models…",
        };
        small(ui, cx, words);
        return;
    }
    let button = ui.button(Command::Models.row().text);
    named(&button, "Models that make sound…");
    if button
        .on_hover_text(Command::Models.row().tooltip)
        .clicked()
    {
        cx.send(Action::Command(Command::Models));
    }
}

fn words_ui(ui: &mut Ui, cx: &PanelContext, form: &mut ShotForm) -> bool {
    let mut has_left = false;
    field(ui, cx.theme, "Sound prompt", |ui, label| {
        let edit = TextEdit::multiline(&mut form.sound_prompt)
            .desired_rows(2)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("What is heard: steps on gravel, wind in the trees");
        let edit = ui.add(edit).labelled_by(label);
        has_left |= edit.on_hover_text("What is heard").lost_focus();
    });
    field(ui, cx.theme, "Negative sound prompt", |ui, label| {
        let edit = TextEdit::singleline(&mut form.sound_negative)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("Optional: leave empty for the model's default");
        let edit = ui.add(edit).labelled_by(label);
        has_left |= edit.on_hover_text("What must not be heard").lost_focus();
    });
    has_left
}

fn change(cx: &PanelContext, shot: &Shot, sound: ShotSound) {
    let change = ShotChange::Sound(sound);
    cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
}

/// A random seed for each take of sound, or a locked one.
fn seed_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    field(ui, cx.theme, "Seed of the sound", |ui, label| {
        ui.horizontal(|ui| {
            let mut is_locked = shot.sound.seed.is_some();
            let tooltip = "Every take of sound gets this seed; otherwise each gets a new one";
            let lock = ui.checkbox(&mut is_locked, "Lock the seed of the sound");
            if lock.on_hover_text(tooltip).changed() {
                let seed = is_locked.then(|| takes::seed_heard(cx, shot).unwrap_or(0));
                let sound = shot.sound.clone();
                change(cx, shot, ShotSound { seed, ..sound });
            }
            if let Some(mut seed) = shot.sound.seed {
                let drag = ui.add(number(&mut seed)).labelled_by(label);
                edit_with_gesture(cx, &drag, "seed of sound", || {
                    let sound = ShotSound {
                        seed: Some(seed),
                        ..shot.sound.clone()
                    };
                    let shot = Shot {
                        sound,
                        ..shot.clone()
                    };
                    Some(Edit::Library(Library::ChangeShot(Box::new(shot))))
                });
            }
        });
    });
}

/// The models that make sound. The first entry leaves the choice to Kinora.
fn model_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let models = cx.generation.scheduler.models();
    let able: Vec<&ModelInfo> = SoundUse::Pictures.models(models).collect();
    let automatic = SoundUse::Pictures.model(models, "").ok();
    let automatic = automatic.map_or("none", |model| model.name.as_str());
    let mut all = vec![(None, format!("Automatic ({automatic})"))];
    all.extend(
        able.iter()
            .enumerate()
            .map(|(at, model)| (Some(at), model.name.clone())),
    );
    let now = able.iter().position(|model| model.id == shot.sound.model);
    if now.is_none() && !shot.sound.model.is_empty() {
        let words = format!("{} is not installed, or makes no sound.", shot.sound.model);
        small(ui, cx, &words);
    }
    let mut chosen = now;
    choice(ui, cx.theme, "Model of the sound", all, &mut chosen)
        .on_hover_text("The model that makes the sound of this shot");
    if chosen != now {
        let model = chosen.and_then(|at| able.get(at));
        let model = model.map_or_else(String::new, |model| model.id.clone());
        let sound = shot.sound.clone();
        change(cx, shot, ShotSound { model, ..sound });
    }
}

/// The button, and what the sound is made from.
fn make_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, form: &ShotForm) {
    let row = Command::MakeSound.row();
    let typed = Shot {
        sound: ShotSound {
            prompt: form.sound_prompt.clone(),
            ..shot.sound.clone()
        },
        ..shot.clone()
    };
    let model = cx.generation.scheduler.sound_model_of(shot);
    let why = model.and_then(|model| sound_prevention(&typed, model));
    let button = Button::new(format!("{}  {}", row.icon, row.text)).min_size(vec2(120.0, 30.0));
    let is_possible = cx.can_edit() && model.is_some() && why.is_none();
    let button = ui.add_enabled(is_possible, button);
    named(&button, row.text);
    let tooltip = cx.keys.tooltip(row.tooltip, row.command);
    if button.on_hover_text(tooltip).clicked() {
        cx.send(Action::Command(Command::MakeSound));
    }
    if let Some(why) = why {
        let text = format!("{}  {why}", icon::WARNING);
        let text = RichText::new(text).small();
        ui.label(text.color(*cx.theme.colours.warning));
        return;
    }
    let takes_clip = model.is_some_and(SoundUse::follows_pictures);
    small(
        ui,
        cx,
        match (takes_clip, shot.chosen.is_some()) {
            (true, true) => "Made for the pictures of the chosen take.",
            (true, false) => "Made from the prompt alone: the shot has no chosen take yet.",
            (false, _) => "Made from the prompt alone: the model does not look at pictures.",
        },
    );
    if model.is_some() {
        cost_ui(ui, cx, &typed);
    }
}

/// What the sound would take: its time and memory, or why it is too large.
fn cost_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    if !matches!(cx.engine.state(), EngineState::Ready(_)) {
        return;
    }
    let costs = costs(cx);
    match costs.sound_estimate_of(shot) {
        Some(Estimate::TooLarge { failure }) => {
            let text = RichText::new(failure.to_string()).small();
            ui.label(text.color(*cx.theme.colours.warning));
        }
        _ => small(ui, cx, &costs.sound_words(shot)),
    }
}
