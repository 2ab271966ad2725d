//! The shot panel: takes, text, length, seed, model, camera move, origin, control clip, keyframe images, LoRAs and
//! settings of the selected shot.

mod advanced;
mod best_of;
mod control;
mod generate;
mod history;
mod keyframes;
mod loras;
mod model;
mod numbers;
mod paste;
mod presets;
mod prompt;
mod sound;
mod stills;
mod templates;

use crate::state::action::{Action, EditAction, ShotAction};
use egui::{ComboBox, Frame, Margin, Panel, RichText, ScrollArea, TextEdit, Ui, UiBuilder, vec2};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::camera::Move;
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::sound::ShotKind;
use kinora_studio::timeline::shot::{Origin, Shot};

use super::camera::moves::{FREE_CAMERA, move_text, written};
use super::takes;
use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::state::form::shot_form::ShotForm;
use crate::state::view::shot_view::{ShotField, ShotView};
use crate::ui::widgets::{field, text_field};

pub fn shot_ui(ui: &mut Ui, cx: &PanelContext, typed: &mut Option<ShotForm>, view: &mut ShotView) {
    let Some(shot) = cx.shot() else {
        return nothing_ui(ui, cx);
    };
    let kept = typed.take().filter(|form| form.shot == shot.id);
    let mut form = kept.unwrap_or_else(|| ShotForm::of(shot));
    // The Generate row lies outside the scroll area, so that it is always visible. It is drawn last, because Tab goes from
    // control to control in the order of drawing; so the fields leave it the height that it had before.
    let height_id = ui.scope_id().with("height of the generate row");
    let height = ui.data(|data| data.get_temp::<f32>(height_id));
    let mut above = ui.available_rect_before_wrap();
    let bottom = above.bottom();
    above.max.y = (bottom - height.unwrap_or_default()).max(above.top());
    let mut fields = ui.new_child(UiBuilder::new().max_rect(above));
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(&mut fields, |ui| {
            // In a scope of their own: a take that arrives must not change the ids of the text fields.
            ui.push_id("takes", |ui| takes::takes_ui(ui, cx, shot, view));
            let focused = view.field_to_focus.take();
            let name = &mut view.template_name;
            let has_left = words_ui(ui, cx, shot, (&mut form, focused), name);
            if let Some(words) = form.changed(shot).filter(|_| has_left) {
                cx.send(Action::Shot(ShotAction::Change(shot.id, words)));
            }
            numbers::length_ui(ui, cx, shot);
            numbers::seed_ui(ui, cx, shot);
            model::model_ui(ui, cx, shot);
            if shot.kind.is_sound() {
                heard_ui(ui, cx, shot);
                return;
            }
            presets::of_model_ui(ui, cx, shot);
            if sound::sound_ui(ui, cx, shot, &mut form)
                && let Some(words) = form.changed(shot)
            {
                cx.send(Action::Shot(ShotAction::Change(shot.id, words)));
            }
            camera_ui(ui, cx, shot);
            origin_ui(ui, cx, shot);
            control::control_ui(ui, cx, shot);
            keyframes::keyframes_ui(ui, cx, shot, view);
            loras::loras_ui(ui, cx, shot);
            advanced::advanced_ui(ui, cx, shot);
        });
    Panel::bottom("generate")
        .frame(Frame::new().inner_margin(Margin::symmetric(0, 8)))
        .show(ui, |ui| {
            generate::generate_ui(ui, cx, shot, (&form.prompt, view));
        });
    let new_height = bottom - ui.available_rect_before_wrap().bottom();
    if height != Some(new_height) {
        ui.data_mut(|data| data.insert_temp(height_id, new_height));
        ui.ctx().request_repaint();
    }
    *typed = Some(form);
}

/// What a shot of sound alone is.
fn heard_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let words = match shot.kind {
        ShotKind::Line(speaker) => match cx.project().character(speaker) {
            Some(character) => format!("Sound alone: a line that {} says.", character.name),
            None => "Sound alone: a line.".to_owned(),
        },
        ShotKind::Picture | ShotKind::Sound => "Sound alone: it has no picture.".to_owned(),
    };
    let words = RichText::new(words).small();
    ui.label(words.color(*cx.theme.colours.text_faint));
}

/// What can be done while no shot is selected.
fn nothing_ui(ui: &mut Ui, cx: &PanelContext) {
    let words = RichText::new("Select a shot, or create one.");
    ui.label(words.color(*cx.theme.colours.text_faint));
    ui.add_space(8.0);
    let create = ui.button("Create a shot");
    if create
        .on_hover_text(Command::NewShot.row().tooltip)
        .clicked()
    {
        cx.send(Action::Command(Command::NewShot));
    }
}

/// The fields for name, prompt and negative prompt. The field `focused` takes the focus. `template` is
/// the name of a new template. True if a field lost the focus, a character was dropped, or the prompt was replaced with an
/// earlier one or got a template.
fn words_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    (form, focused): (&mut ShotForm, Option<ShotField>),
    template: &mut String,
) -> bool {
    let mut has_left = false;
    field(ui, cx.theme, "Name", |ui, label| {
        let edit = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
        let edit = text_field(ui, edit, focused == Some(ShotField::Name));
        let edit = edit.labelled_by(label);
        has_left |= edit.on_hover_text("The name of the shot").lost_focus();
    });
    let takes_focus = focused == Some(ShotField::Prompt);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let label = ui.horizontal(|ui| {
            let words = RichText::new("Prompt").small();
            let label = ui.label(words.color(*cx.theme.colours.text_soft));
            has_left |= history::history_ui(ui, cx, shot, &mut form.prompt);
            has_left |= templates::templates_ui(ui, cx, &mut form.prompt, template);
            label.id
        });
        has_left |= prompt::prompt_ui(ui, cx, &mut form.prompt, label.inner, takes_focus);
    });
    ui.add_space(4.0);
    field(ui, cx.theme, "Negative prompt", |ui, label| {
        let edit = TextEdit::singleline(&mut form.negative)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("Optional: leave empty for the model's default");
        let edit = ui.add(edit).labelled_by(label);
        let edit = edit.on_hover_text("What must not be in the picture");
        has_left |= edit.lost_focus();
    });
    has_left
}

fn camera_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let now = move_text(shot);
    field(ui, cx.theme, "Camera move", |ui, label| {
        let combo = ComboBox::from_id_salt(("camera", shot.id))
            .selected_text(now)
            .width(ui.available_width());
        let response = combo.show_ui(ui, |ui| {
            if ui
                .selectable_label(shot.camera.is_none(), FREE_CAMERA)
                .clicked()
            {
                cx.send(Action::Edit(EditAction::Apply(Edit::Camera(
                    CameraEdit::SetPath(shot.id, None),
                ))));
            }
            for &which in Move::ALL {
                let row = ui.selectable_label(false, which.title());
                if row.on_hover_text(which.description()).clicked() {
                    cx.send(Action::Edit(EditAction::Apply(written(which, shot))));
                }
            }
        });
        response
            .response
            .labelled_by(label)
            .on_hover_text("A preset writes keyframes, which can be edited");
    });
}

fn origin_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let others: Vec<_> = cx
        .project()
        .shots()
        .filter(|other| other.id != shot.id)
        .collect();
    if others.is_empty() {
        return;
    }
    let now = match shot.origin {
        Origin::Scratch => "None".to_owned(),
        Origin::Continues(before) => cx
            .project()
            .shot(before)
            .map_or("Removed shot".into(), |shot| shot.name.clone()),
        Origin::Extends { .. } => "Extends a take".to_owned(),
        Origin::Retakes { .. } => "Retakes a take".to_owned(),
    };
    field(ui, cx.theme, "Continue from", |ui, label| {
        let combo = ComboBox::from_id_salt(("origin", shot.id))
            .selected_text(now)
            .width(ui.available_width());
        let response = combo.show_ui(ui, |ui| {
            let offer = |ui: &mut Ui, name: &str, origin: Origin| {
                if ui.selectable_label(shot.origin == origin, name).clicked() {
                    cx.send(Action::Shot(ShotAction::Change(
                        shot.id,
                        ShotChange::Origin(origin),
                    )));
                }
            };
            offer(ui, "None", Origin::Scratch);
            for other in others {
                offer(ui, &other.name, Origin::Continues(other.id));
            }
        });
        response
            .response
            .labelled_by(label)
            .on_hover_text("Start with the last frame of that shot's take");
    });
}
