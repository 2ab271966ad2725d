//! The LoRAs of a shot: folded, each with its strength, and the list to add one from.

use std::path::Path;

use egui::{CollapsingHeader, ComboBox, Id, Label, Response, RichText, Slider, SliderClamping, Ui};
use kinora_studio::generate::shot_check::{LorasKnown, ShotProblem, lora_problems};
use kinora_studio::take::loras::{has_two_experts, is_missing};
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::loras::{Expert, ShotLora};
use kinora_studio::wire::LoraInfo;

use super::presets;
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::change_shot_with_gesture;
use crate::state::action::{Action, DialogAction, FilePurpose, ShotAction};
use crate::ui::fonts::icon;
use crate::ui::widgets::{field, icon_button, number, row_with_end};

const ROW_HEIGHT: f32 = 28.0;
const SLIDER_WIDTH: f32 = 110.0;
/// The strongest strength of the slider; stronger ones are typed.
const SLIDER_END: f64 = 2.0;
/// The choices of an expert, and their words.
const EXPERTS: [(Option<Expert>, &str); 3] = [
    (None, "Both experts"),
    (Some(Expert::HighNoise), "High noise only"),
    (Some(Expert::LowNoise), "Low noise only"),
];

pub fn loras_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let title = match shot.loras.len() {
        0 => "LoRAs".to_owned(),
        count => format!("LoRAs ({count})"),
    };
    CollapsingHeader::new(title)
        .id_salt("loras")
        .show(ui, |ui| {
            if !cx.generation.scheduler.is_listed() {
                cx.send(Action::Shot(ShotAction::LoadModels));
            }
            for (at, lora) in shot.loras.iter().enumerate() {
                ui.push_id((at, &lora.file), |ui| lora_ui(ui, cx, shot, (at, lora)));
            }
            presets::of_loras_ui(ui, cx, shot);
            add_ui(ui, cx, shot);
        });
    ui.add_space(4.0);
}

/// Name, strength and, for a model with two experts, the choice of one.
fn lora_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, (at, lora): (usize, &ShotLora)) {
    let name = lora.file_name();
    let remove = format!("Remove {name}");
    let (label, remove) = row_with_end(
        ui,
        ROW_HEIGHT,
        |ui| ui.add(Label::new(name).truncate()),
        |ui| icon_button(ui, icon::CLOSE, &remove),
    );
    let label = label.on_hover_text(tooltip(cx, lora)).id;
    if remove.clicked() {
        let mut loras = shot.loras.clone();
        loras.remove(at);
        send(cx, shot, loras);
    }
    strength_ui(ui, cx, shot, (at, lora, label));
    let model = cx.generation.scheduler.model_in(cx.project(), shot);
    // A model with one transformer refuses a choice that was made for another: it must be possible to take it back.
    if model.is_some_and(has_two_experts) || lora.expert.is_some() {
        expert_ui(ui, cx, shot, (at, lora, label));
    }
    if is_reported_missing(cx, lora) {
        let words = "The file is missing. Put it into the folder loras of a model folder and look again, \
                     or remove it from the shot.";
        ui.label(
            RichText::new(words)
                .small()
                .color(*cx.theme.colours.warning),
        );
    }
    ui.add_space(4.0);
}

fn strength_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    (at, lora, label): (usize, &ShotLora, Id),
) {
    let mut strength = lora.strength;
    let controls = ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = SLIDER_WIDTH;
        let slider = Slider::new(&mut strength, 0.0..=SLIDER_END)
            .clamping(SliderClamping::Edits)
            .show_value(false);
        let slid = ui.add(slider);
        let drag = number(&mut strength)
            .range(ShotLora::STRENGTHS)
            .speed(0.01)
            .max_decimals(2);
        let typed = ui.add(drag);
        let words = "Strength: 1 is what the LoRA was trained with, 0 is without effect. Type up to 4, or down to -4";
        let labelled = |response: Response| response.labelled_by(label).on_hover_text(words);
        [labelled(slid), labelled(typed)]
    });
    for response in controls.inner {
        change_shot_with_gesture(cx, &response, "LoRA strength", shot, || {
            changed(shot, at, |lora| lora.strength = strength)
        });
    }
}

fn expert_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    (at, lora, label): (usize, &ShotLora, Id),
) {
    let now = EXPERTS.iter().find(|(expert, _)| *expert == lora.expert);
    let combo = ComboBox::from_id_salt("expert").selected_text(now.map_or("", |(_, text)| *text));
    let shown = combo.show_ui(ui, |ui| {
        for (expert, text) in EXPERTS {
            if ui.selectable_label(lora.expert == expert, text).clicked() {
                let change = changed(shot, at, |lora| lora.expert = expert);
                cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
            }
        }
    });
    let list = shown.response.labelled_by(label);
    list.on_hover_text("The transformer of the model that the LoRA changes");
}

/// The list of the LoRAs that can be added.
fn add_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let listed = cx.generation.scheduler.loras();
    field(ui, cx.theme, "Add LoRA", |ui, label| {
        let combo = ComboBox::from_id_salt(("add lora", shot.id))
            .selected_text("Choose…")
            .width(ui.available_width());
        let shown = combo.show_ui(ui, |ui| {
            for info in listed {
                let row = ui.selectable_label(false, &info.name);
                if row.on_hover_text(about(info)).clicked() {
                    let add = ShotAction::AddLora(shot.id, info.name.clone());
                    cx.send(Action::Shot(add));
                }
            }
            if listed.is_empty() {
                let words = match cx.generation.scheduler.is_listed() {
                    true => "There is none in the folder loras of a model folder.",
                    false => "Available when the engine has reported its models.",
                };
                ui.label(
                    RichText::new(words)
                        .small()
                        .color(*cx.theme.colours.text_faint),
                );
            }
            if ui.selectable_label(false, "From a file…").clicked() {
                let purpose = FilePurpose::Lora(shot.id);
                cx.send(Action::Dialog(DialogAction::BrowseFile(purpose)));
            }
            let again = ui.selectable_label(false, "Look again");
            let again = again.on_hover_text("Look for new files in the LoRA folders");
            if again.clicked() {
                cx.send(Action::Shot(ShotAction::ListLoras));
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text("LoRAs change the weights of the model: a style, a person, fewer steps");
    });
}

/// The size of a LoRA, and the model that it was trained on.
fn about(info: &LoraInfo) -> String {
    let size = info.size_bytes as f64 / 1e6;
    match &info.base {
        Some(base) => format!("Trained on {base}; {size:.0} MB"),
        None => format!("{size:.0} MB"),
    }
}

fn tooltip(cx: &PanelContext, lora: &ShotLora) -> String {
    let mut listed = cx.generation.scheduler.loras().iter();
    match listed.find(|info| info.name == lora.file) {
        Some(info) => format!("{}\n{}", info.path, about(info)),
        None => lora.file.clone(),
    }
}

/// The problems of the LoRAs of a shot, once the engine has listed the LoRA folders.
pub fn problems_of(cx: &PanelContext, shot: &Shot) -> Vec<ShotProblem> {
    let scheduler = &cx.generation.scheduler;
    if !scheduler.is_listed() {
        return Vec::new();
    }
    let known = LorasKnown {
        listed: scheduler.loras(),
        is_gone: &|path| is_gone(cx, path),
    };
    let model = scheduler.model_in(cx.project(), shot);
    lora_problems(shot, model, known)
}

/// Whether the file of a LoRA is missing. False until it is known.
fn is_reported_missing(cx: &PanelContext, lora: &ShotLora) -> bool {
    let scheduler = &cx.generation.scheduler;
    scheduler.is_listed() && is_missing(lora, scheduler.loras(), |path| is_gone(cx, path))
}

fn is_gone(cx: &PanelContext, path: &Path) -> bool {
    cx.media.lora_files.get(path) == Some(false)
}

/// The LoRAs of a shot with one of them changed.
fn changed(shot: &Shot, at: usize, change: impl FnOnce(&mut ShotLora)) -> ShotChange {
    let mut loras = shot.loras.clone();
    if let Some(lora) = loras.get_mut(at) {
        change(lora);
    }
    ShotChange::Loras(loras)
}

fn send(cx: &PanelContext, shot: &Shot, loras: Vec<ShotLora>) {
    let change = ShotChange::Loras(loras);
    cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
}
