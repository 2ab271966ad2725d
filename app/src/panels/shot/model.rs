//! The model of a shot, selected from the installed models, with its size and the memory of the device.

use crate::state::action::{Action, ShotAction};
use egui::{ComboBox, RichText, Ui};
use kinora_studio::engine::State as EngineState;
use kinora_studio::generate::shot_sound::SoundUse;
use kinora_studio::take::recipe_builder::frame_rule_of;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::wire::{Installed, ModelInfo};

use crate::panels::context::PanelContext;
use crate::ui::widgets::field;

const GIGABYTE: f64 = 1e9;

pub fn model_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let models = cx.generation.scheduler.models();
    let sound_use = SoundUse::in_project(shot.kind, cx.project());
    let fits = |model: &ModelInfo| match sound_use {
        Some(sound_use) => sound_use.fits(model),
        None => is_installed(model) && model.spec.makes_pictures,
    };
    let first = if let Some(sound_use) = sound_use {
        sound_use.model(models, "").ok()
    } else {
        let fitting = models.iter().find(|model| fits(model));
        fitting.or_else(|| models.iter().find(|model| is_installed(model)))
    };
    let known = models.iter().find(|model| model.id == shot.model);
    let now = match (shot.model.as_str(), known, first) {
        ("", _, Some(first)) => format!("Automatic ({})", first.name),
        ("", _, None) => "Automatic".to_owned(),
        (_, Some(known), _) => known.name.clone(),
        (id, None, _) => id.to_owned(),
    };
    field(ui, cx.theme, "Model", |ui, label| {
        let combo = ComboBox::from_id_salt(("model", shot.id))
            .selected_text(now)
            .width(ui.available_width());
        let shown = combo.show_ui(ui, |ui| {
            if models.is_empty() {
                cx.send(Action::Shot(ShotAction::LoadModels));
                ui.label(match cx.engine.state() {
                    EngineState::Gone(_) => "The engine has ended: restart it in the Engine menu.",
                    _ => "Loading the list of models…",
                });
            }
            for model in models.iter().filter(|model| fits(model)) {
                let is_it = known.or(first).is_some_and(|one| one.id == model.id);
                let words = format!("{}\n{}", model.about, fit(cx, model));
                let row = ui.selectable_label(is_it, &model.name);
                if row.on_hover_text(words).clicked() {
                    let change =
                        ShotChange::Model(model.id.clone(), frame_rule_of(model, shot.length.rate));
                    cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
                }
            }
            let faint = *cx.theme.colours.text_faint;
            for model in models {
                if let Installed::Broken { why } = &model.installed {
                    let words = format!("{} cannot be used", model.name);
                    let row = ui.label(RichText::new(words).small().color(faint));
                    row.on_hover_text(why.as_str());
                }
            }
            let is_absent = |model: &&ModelInfo| matches!(model.installed, Installed::No { .. });
            let missing = models.iter().filter(is_absent).count();
            if missing > 0 {
                let words = match missing {
                    1 => "1 more model can be installed".to_owned(),
                    many => format!("{many} more models can be installed"),
                };
                let words = format!("{words}: File > Models…");
                ui.label(RichText::new(words).small().color(faint));
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text("The model that generates the takes of this shot");
    });
    if let Some(model) = known.or(first) {
        let words = RichText::new(fit(cx, model)).small();
        ui.label(words.color(*cx.theme.colours.text_faint));
        ui.add_space(4.0);
    }
}

fn is_installed(model: &ModelInfo) -> bool {
    matches!(model.installed, Installed::Yes { .. })
}

/// The model's default frame size and rate, and its file size compared with the memory of the device
/// that generates. The memory is left out until the engine has reported its devices.
fn fit(cx: &PanelContext, model: &ModelInfo) -> String {
    let [width, height] = model.defaults.size;
    let size = model.size_bytes as f64 / GIGABYTE;
    let native = format!(
        "{width}x{height}, {} frames per second",
        model.defaults.rate
    );
    let Some(device) = cx.engine.device() else {
        return format!("{native}; {size:.2} GB");
    };
    let memory = device.memory_total_bytes as f64 / GIGABYTE;
    let fits = match size < memory {
        true => "",
        false => ": larger than its memory, so it is loaded in parts, which is slow",
    };
    format!(
        "{native}; {size:.2} GB of {memory:.0} GB on {}{fits}",
        device.name
    )
}
