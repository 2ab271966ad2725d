//! The settings that step-distilled weights were trained for, offered beside the model or the LoRAs that need them.

use egui::{Button, RichText, Ui};
use kinora_studio::step_preset::StepPreset;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::wire::ModelInfo;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, ShotAction};
use crate::ui::fonts::icon;
use crate::ui::widgets::named;

/// The preset of the model, unless a LoRA has one.
pub fn of_model_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let model = cx.generation.scheduler.model_in(cx.project(), shot);
    if let Some(model) = model
        && StepPreset::for_loras(shot).is_none()
        && let Some(preset) = StepPreset::for_model(model)
    {
        preset_ui(ui, cx, shot, (model, preset));
    }
}

/// The preset of the LoRAs.
pub fn of_loras_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let model = cx.generation.scheduler.model_in(cx.project(), shot);
    if let Some(model) = model
        && let Some(preset) = StepPreset::for_loras(shot)
    {
        preset_ui(ui, cx, shot, (model, preset));
    }
}

fn preset_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    (model, preset): (&ModelInfo, &StepPreset),
) {
    let faint = *cx.theme.colours.text_faint;
    let small = |text: String| RichText::new(text).small().color(faint);
    if preset.is_used(&shot.settings, model) {
        let words = small(format!("Uses its {} settings", preset.name));
        ui.label(words).on_hover_text(preset.description(model));
    } else {
        let text = format!("Use its {} settings", preset.name);
        let button = ui.add(Button::new(format!("{}  {text}", icon::WAND)).wrap());
        named(&button, &text);
        if button.on_hover_text(preset.description(model)).clicked() {
            let change = ShotChange::Settings(preset.applied_to(&shot.settings, model));
            cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
        }
    }
    if shot.camera.is_some() && preset.has_fewer_steps(model) {
        let note = ui.label(small("Camera path not measured in so few steps".to_owned()));
        note.on_hover_text(
            "How closely a camera path is followed in so few steps has not been measured",
        );
    }
    ui.add_space(4.0);
}
