//! The dialogs that make sound of its own: music for the range between in and out, and a line that a character says.

use egui::{Button, Label, RichText, TextEdit, Ui, vec2};
use kinora_studio::engine::State as EngineState;
use kinora_studio::generate::shot_sound::{LineVoice, SoundUse, length_lasting, voice_problem};
use kinora_studio::timeline::CharacterId;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::wire::{Estimate, ModelInfo};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog, dialog_buttons};
use crate::state::action::{
    Action, DialogAction, LineRequest, MusicRequest, ShotAction, SoundAction,
};
use crate::state::command::Command;
use crate::state::cost_words::CostSources;
use crate::state::dialog::sound::{LineForm, MusicForm};
use crate::state::open_project::OpenProject;
use crate::ui::widgets::{choice, consume_enter, field, focus_first, named, number};

const WIDTH: f32 = 520.0;
/// The times that a line can take, in seconds.
const LINE_SECONDS: std::ops::RangeInclusive<f64> = 0.5..=600.0;

pub fn music_ui(ui: &Ui, cx: &WindowContext, form: &mut MusicForm) {
    let Some(open) = &cx.state.project else {
        return;
    };
    dialog(ui, cx, "Music for a range", WIDTH, |ui| {
        let Some(range) = open.project().in_out() else {
            words(
                ui,
                cx,
                "Mark a range with In and Out first. The music gets its length.",
            );
            close_button(ui, cx);
            return;
        };
        let models = open.generation.scheduler.models();
        let able: Vec<&ModelInfo> = SoundUse::Alone.models(models).collect();
        let Ok(best) = SoundUse::Alone.model(models, "") else {
            let text = "No installed model makes sound alone. Models… lists those that do.";
            return no_model_ui(ui, cx, open, text);
        };
        let project = open.project();
        let seconds = range.length.as_seconds(project.rate());
        let about = format!(
            "A sound of {seconds:.1} seconds from In to Out, on an audio track of its own if the targeted one is not free."
        );
        words(ui, cx, &about);
        text_ui(
            ui,
            cx,
            "Music prompt",
            "Slow strings, a distant piano",
            &mut form.prompt,
        );
        field(ui, cx.theme, "Negative music prompt", |ui, label| {
            let edit = TextEdit::singleline(&mut form.negative).desired_width(f32::INFINITY);
            ui.add(edit.hint_text("Optional")).labelled_by(label);
        });
        let automatic = (None, format!("Automatic ({})", best.name));
        let named = able.iter().enumerate();
        let named = named.map(|(at, model)| (Some(at), model.name.clone()));
        let all: Vec<(Option<usize>, String)> = std::iter::once(automatic).chain(named).collect();
        choice(ui, cx.theme, "Model of the music", all, &mut form.model);
        field(ui, cx.theme, "Seed of the music", |ui, label| {
            ui.horizontal(|ui| {
                ui.checkbox(&mut form.is_locked, "Lock the seed of the music");
                if form.is_locked {
                    ui.add(number(&mut form.seed)).labelled_by(label);
                }
            });
        });
        let chosen = form.model.and_then(|at| able.get(at).copied());
        let model = chosen.unwrap_or(best);
        let shot = form.shot(project, models);
        if let Some(shot) = &shot {
            cost_ui(ui, cx, open, shot);
        } else {
            let name = &model.name;
            let text = format!("{name} makes no sound that long. Mark a shorter range.");
            warning(ui, cx, &text);
        }
        let is_possible = shot.is_some() && !form.prompt.trim().is_empty() && cx.state.can_edit();
        if dialog_buttons(ui, cx, "Make music", is_possible) {
            let request = MusicRequest {
                prompt: form.prompt.trim().to_owned(),
                negative: form.negative.trim().to_owned(),
                model: chosen.map_or_else(String::new, |model| model.id.clone()),
                seed: form.is_locked.then_some(form.seed),
            };
            cx.send(Action::Sound(SoundAction::Music(request)));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}

pub fn line_ui(ui: &Ui, cx: &WindowContext, form: &mut LineForm) {
    let Some(open) = &cx.state.project else {
        return;
    };
    dialog(ui, cx, "Say a line", WIDTH, |ui| {
        let models = open.generation.scheduler.models();
        if SoundUse::Line(None).model(models, "").is_err() {
            let text = "No installed model speaks. Models… lists those that do, if there are any.";
            return no_model_ui(ui, cx, open, text);
        }
        let project = open.project();
        let cast = project.cast().map(|one| (Some(one.id), one.name.clone()));
        let cast: Vec<(Option<CharacterId>, String)> = cast.collect();
        if cast.is_empty() {
            words(
                ui,
                cx,
                "The cast is empty. Add a character first: its voice is on its page.",
            );
            close_button(ui, cx);
            return;
        }
        text_ui(ui, cx, "Line", "What is said", &mut form.text);
        choice(ui, cx.theme, "Character", cast, &mut form.character);
        field(ui, cx.theme, "Longest time", |ui, label| {
            let mut seconds = form.most_seconds();
            let drag = number(&mut seconds).range(LINE_SECONDS).speed(0.1);
            let drag = ui
                .add(drag.fixed_decimals(1).suffix(" s"))
                .labelled_by(label);
            let tooltip = "The length of the sound; silence fills what is left after the line";
            if drag.on_hover_text(tooltip).changed() {
                form.seconds = Some(seconds);
            }
        });
        ui.checkbox(&mut form.adds_subtitle, "Add the line as a subtitle");
        let speaker = form.character.and_then(|id| project.character(id));
        let can_say =
            speaker.is_some_and(|speaker| voice_ui(ui, cx, speaker, models, form.most_seconds()));
        if can_say && let Some(shot) = form.shot(project, models) {
            cost_ui(ui, cx, open, &shot);
        }
        let has_text = !form.text.trim().is_empty();
        let is_possible = cx.state.can_edit() && can_say && has_text;
        if dialog_buttons(ui, cx, "Say it", is_possible)
            && let Some(speaker) = speaker
        {
            let request = LineRequest {
                character: speaker.id,
                text: form.text.clone(),
                seconds: form.most_seconds(),
                adds_subtitle: form.adds_subtitle,
            };
            cx.send(Action::Sound(SoundAction::Line(request)));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}

/// Who says the line, by what right, with what model; or why it cannot be said. True: it can.
fn voice_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    speaker: &Character,
    models: &[ModelInfo],
    seconds: f64,
) -> bool {
    if let Some(problem) = voice_problem(speaker) {
        warning(ui, cx, &problem.to_string());
        return false;
    }
    let voice = LineVoice::of(speaker);
    let model = match SoundUse::Line(Some(voice)).model(models, "") {
        Ok(model) => model,
        Err(missing) => {
            warning(ui, cx, &missing.to_string());
            return false;
        }
    };
    if let Err(why) = length_lasting(model, seconds) {
        warning(ui, cx, &why);
        return false;
    }
    let by = match voice {
        LineVoice::Described => format!("Said by {} at the playhead.", model.name),
        LineVoice::Cloned => format!(
            "Said by {} at the playhead, in a voice cloned by this right: {}",
            model.name,
            speaker.consent.trim()
        ),
    };
    words(ui, cx, &by);
    true
}

/// What the line or the music would take: its time and memory, or why it is too large.
fn cost_ui(ui: &mut Ui, cx: &WindowContext, open: &OpenProject, shot: &Shot) {
    let engine = &cx.state.engine;
    if !matches!(engine.state(), EngineState::Ready(_)) {
        return;
    }
    let costs = CostSources {
        generation: &open.generation,
        engine,
        project: open.project(),
    };
    match costs.estimate_of(shot) {
        Some(Estimate::TooLarge { failure }) => warning(ui, cx, &failure.to_string()),
        _ => words(ui, cx, &costs.words(shot)),
    }
}

/// A text of several lines that has the focus first. Enter is for the text, not for the button of the dialog.
fn text_ui(ui: &mut Ui, cx: &WindowContext, name: &str, hint: &str, text: &mut String) {
    field(ui, cx.theme, name, |ui, label| {
        let edit = TextEdit::multiline(text)
            .desired_rows(3)
            .desired_width(f32::INFINITY)
            .hint_text(hint);
        let edit = focus_first(ui, edit).labelled_by(label);
        if edit.has_focus() {
            consume_enter(ui);
        }
    });
}

/// What can be done without a model: wait for the list, or install one.
fn no_model_ui(ui: &mut Ui, cx: &WindowContext, open: &OpenProject, text: &str) {
    let scheduler = &open.generation.scheduler;
    if !scheduler.is_listed() {
        cx.send(Action::Shot(ShotAction::LoadModels));
        let text = match cx.state.engine.state() {
            EngineState::Gone(_) => "The engine has ended: restart it in the Engine menu.",
            _ => "Loading the list of models…",
        };
        words(ui, cx, text);
        close_button(ui, cx);
        return;
    }
    words(ui, cx, text);
    ui.add_space(8.0);
    let button = ui.add(Button::new(Command::Models.row().text).min_size(vec2(112.0, 34.0)));
    named(&button, Command::Models.row().text);
    if button
        .on_hover_text(Command::Models.row().tooltip)
        .clicked()
    {
        cx.send(Action::Dialog(DialogAction::Close));
        cx.send(Action::Command(Command::Models));
    }
    close_button(ui, cx);
}

fn words(ui: &mut Ui, cx: &WindowContext, text: &str) {
    let text = RichText::new(text).color(*cx.theme.colours.text_soft);
    ui.add(Label::new(text).wrap());
    ui.add_space(4.0);
}

fn warning(ui: &mut Ui, cx: &WindowContext, text: &str) {
    let text = RichText::new(text).small();
    ui.add(Label::new(text.color(*cx.theme.colours.warning)).wrap());
}
