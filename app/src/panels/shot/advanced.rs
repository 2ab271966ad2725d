//! The settings of the denoising: folded, each with its model's default until the shot has its own.

mod experts;
mod step_cache;

use egui::{CollapsingHeader, ComboBox, Grid, Id, RichText, Ui, vec2};
use kinora_studio::take::shot_settings::{fitted_side, scale_of, settings_that_count};
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::settings::ShotSettings;
use kinora_studio::wire::{ModelInfo, Sampler};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::change_shot_with_gesture;
use crate::state::action::{Action, ShotAction};
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, number};

pub fn advanced_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let model = cx.generation.scheduler.model_in(cx.project(), shot);
    let counting = model.map(|model| settings_that_count(&shot.settings, &model.spec));
    let shown = counting.as_ref().unwrap_or(&shot.settings);
    let title = match *shown == ShotSettings::default() {
        true => "Advanced",
        false => "Advanced (changed)",
    };
    CollapsingHeader::new(title)
        .id_salt("advanced")
        .show(ui, |ui| {
            if let Some(model) = model {
                settings_ui(ui, cx, shot, model);
                return;
            }
            cx.send(Action::Shot(ShotAction::LoadModels));
            let words = match cx.generation.scheduler.is_listed() {
                true => "Available with an installed model for this shot.",
                false => "Available when the engine has reported its models.",
            };
            let words = RichText::new(words).small();
            ui.label(words.color(*cx.theme.colours.text_faint));
        });
    ui.add_space(4.0);
}

fn settings_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, model: &ModelInfo) {
    let table = Table { cx, shot };
    let (own, defaults) = (&shot.settings, &model.defaults);
    let grid = Grid::new("settings").num_columns(3).spacing(vec2(8.0, 6.0));
    grid.show(ui, |ui| {
        let without = ShotSettings {
            steps: None,
            ..own.clone()
        };
        table.row(ui, "Steps", without, |ui, label| {
            let mut steps = own.steps.unwrap_or(defaults.steps);
            let drag = number(&mut steps).range(ShotSettings::STEPS).speed(0.2);
            let response = ui.add(drag).labelled_by(label);
            let response = response.on_hover_text("More steps: cleaner, and slower");
            change_shot_with_gesture(cx, &response, "steps", shot, || {
                let steps = Some(steps);
                ShotChange::Settings(ShotSettings {
                    steps,
                    ..own.clone()
                })
            });
        });
        let without = ShotSettings {
            guidance: None,
            ..own.clone()
        };
        table.row(ui, "Guidance", without, |ui, label| {
            let mut scale = own.guidance.unwrap_or_else(|| scale_of(defaults.guidance));
            let drag = number(&mut scale).range(ShotSettings::GUIDANCE).speed(0.05);
            let response = ui.add(drag).labelled_by(label);
            let response = response.on_hover_text(
                "CFG scale: how closely the prompt is followed. 1 is off; 3 to 7 are usual",
            );
            change_shot_with_gesture(cx, &response, "guidance", shot, || {
                let guidance = Some(scale);
                ShotChange::Settings(ShotSettings {
                    guidance,
                    ..own.clone()
                })
            });
        });
        if model.spec.has_experts {
            table.experts_ui(ui, defaults);
        }
        let without = ShotSettings {
            shift: None,
            ..own.clone()
        };
        table.row(ui, "Shift", without, |ui, label| {
            let mut shift = own.shift.unwrap_or(defaults.shift);
            let drag = number(&mut shift).range(ShotSettings::SHIFT).speed(0.05);
            let response = ui.add(drag).labelled_by(label);
            let response = response
                .on_hover_text("Timestep shift. Higher values spend more steps on the composition");
            change_shot_with_gesture(cx, &response, "shift", shot, || {
                let shift = Some(shift);
                ShotChange::Settings(ShotSettings {
                    shift,
                    ..own.clone()
                })
            });
        });
        let without = ShotSettings {
            sampler: None,
            ..own.clone()
        };
        table.row(ui, "Sampler", without, |ui, label| {
            table.sampler_ui(ui, label, defaults.sampler);
        });
        table.side_ui(ui, "Width", 0, model);
        table.side_ui(ui, "Height", 1, model);
        table.step_cache_ui(ui, defaults.step_cache);
    });
}

/// Of the list of samplers, in points.
const SAMPLER_WIDTH: f32 = 96.0;

/// The table of the settings of a shot: name, control, and a button that takes back the model's default.
struct Table<'t> {
    cx: &'t PanelContext<'t>,
    shot: &'t Shot,
}

impl Table<'_> {
    /// A row. `without` are the settings without this one.
    fn row(
        &self,
        ui: &mut Ui,
        name: &str,
        without: ShotSettings,
        control: impl FnOnce(&mut Ui, Id),
    ) {
        let Self { cx, shot } = self;
        let colours = &cx.theme.colours;
        let label = ui.label(RichText::new(name).small().color(*colours.text_soft));
        control(ui, label.id);
        if without == shot.settings {
            ui.label(RichText::new("default").small().color(*colours.text_faint));
        } else {
            let reset = format!("Reset {} to the model's default", name.to_lowercase());
            if icon_button(ui, icon::RESTART, &reset).clicked() {
                self.set(without);
            }
        }
        ui.end_row();
    }

    fn sampler_ui(&self, ui: &mut Ui, label: Id, default: Sampler) {
        let own = &self.shot.settings;
        let now = own.sampler.as_deref().unwrap_or(default.name());
        // Narrow, so that the buttons after it stay in the panel.
        let combo = ComboBox::from_id_salt(("sampler", self.shot.id)).selected_text(now);
        let combo = combo.width(SAMPLER_WIDTH);
        let shown = combo.show_ui(ui, |ui| {
            for sampler in Sampler::ALL {
                let name = sampler.name();
                if ui.selectable_label(now == name, name).clicked() {
                    let sampler = Some(name.to_owned());
                    self.set(ShotSettings {
                        sampler,
                        ..own.clone()
                    });
                }
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text("The method of the denoising steps");
    }

    /// The row of the width (0) or the height (1), in pixels. It snaps to the sizes that the model can make.
    fn side_ui(&self, ui: &mut Ui, name: &str, side: usize, model: &ModelInfo) {
        let own = &self.shot.settings;
        let without = ShotSettings {
            size: None,
            ..own.clone()
        };
        self.row(ui, name, without, |ui, label| {
            let mut size = own.size.unwrap_or(model.defaults.size);
            let unit = model.spec.size_multiple_pixels.max(1);
            let drag = number(&mut size[side])
                .range(ShotSettings::SIDE_PIXELS)
                .speed(f64::from(unit) / 8.0)
                .suffix(" px");
            let response = ui.add(drag).labelled_by(label);
            let tooltip = format!("In pixels, a multiple of {unit}");
            let response = response.on_hover_text(tooltip);
            change_shot_with_gesture(self.cx, &response, name, self.shot, || {
                size[side] = fitted_side(size[side], &model.spec);
                let size = Some(size);
                ShotChange::Settings(ShotSettings {
                    size,
                    ..own.clone()
                })
            });
        });
    }

    fn set(&self, settings: ShotSettings) {
        let change = ShotChange::Settings(settings);
        let change = ShotAction::Change(self.shot.id, change);
        self.cx.send(Action::Shot(change));
    }
}
