//! The rows of models with two experts: the guidance at low noise, and where the low-noise expert takes over.
//! Other models do not show them.

use egui::{Id, Ui};
use kinora_studio::take::shot_settings::scale_of;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::settings::ShotSettings;
use kinora_studio::wire::{ExpertSwitch, GenerationSettings, LowNoiseGuidance};

use super::Table;
use crate::panels::drag_edit::change_shot_with_gesture;
use crate::ui::widgets::number;

/// The share of the noise that is proposed where the model has none of its own.
const USUAL_SHARE: f64 = 0.9;

impl Table<'_> {
    /// Both rows.
    pub fn experts_ui(&self, ui: &mut Ui, defaults: &GenerationSettings) {
        let own = &self.shot.settings;
        let without = ShotSettings {
            guidance_low: None,
            ..own.clone()
        };
        self.row(ui, "Low-noise guidance", without, |ui, label| {
            self.guidance_low_ui(ui, label, defaults);
        });
        let without = ShotSettings {
            expert_switch: None,
            ..own.clone()
        };
        self.row(ui, "Expert switch", without, |ui, label| {
            self.switch_ui(ui, label, defaults);
        });
        // In a row of its own, so that the panel stays narrow.
        ui.label("");
        self.other_switch_ui(ui, defaults);
        ui.end_row();
    }

    fn guidance_low_ui(&self, ui: &mut Ui, label: Id, defaults: &GenerationSettings) {
        let own = &self.shot.settings;
        let default = match defaults.guidance_low {
            LowNoiseGuidance::Scale(scale) => scale,
            LowNoiseGuidance::Same => scale_of(defaults.guidance),
        };
        // A guidance of the shot counts for both experts until this one has its own.
        let mut scale = own.guidance_low.or(own.guidance).unwrap_or(default);
        let drag = number(&mut scale).range(ShotSettings::GUIDANCE).speed(0.05);
        let response = ui.add(drag).labelled_by(label);
        let response = response.on_hover_text("CFG scale of the expert that makes the details");
        let name = "low-noise guidance";
        change_shot_with_gesture(self.cx, &response, name, self.shot, || {
            let guidance_low = Some(scale);
            ShotChange::Settings(ShotSettings {
                guidance_low,
                ..own.clone()
            })
        });
    }

    /// The switch of the shot, or else the model's.
    fn switch(&self, defaults: &GenerationSettings) -> ExpertSwitch {
        let written = self.shot.settings.expert_switch.as_ref();
        let written = written.and_then(|text| text.parse().ok());
        written.unwrap_or(defaults.expert_switch)
    }

    fn with_switch(&self, switch: ExpertSwitch) -> ShotSettings {
        ShotSettings {
            expert_switch: Some(switch.to_string()),
            ..self.shot.settings.clone()
        }
    }

    /// The step or the share of the noise.
    fn switch_ui(&self, ui: &mut Ui, label: Id, defaults: &GenerationSettings) {
        let name = "expert switch";
        if let ExpertSwitch::Step(mut step) = self.switch(defaults) {
            let most = self.shot.settings.steps.unwrap_or(defaults.steps);
            let drag = number(&mut step).range(0..=most).speed(0.1);
            let response = ui.add(drag.prefix("step ")).labelled_by(label);
            let response = response.on_hover_text(
                "The first step of the expert that makes the details, counted from 0",
            );
            change_shot_with_gesture(self.cx, &response, name, self.shot, || {
                ShotChange::Settings(self.with_switch(ExpertSwitch::Step(step)))
            });
            return;
        }
        let mut share = share_of(self.switch(defaults)).unwrap_or_default();
        let drag = number(&mut share).range(0.0..=1.0).speed(0.002);
        let response = ui.add(drag.max_decimals(3)).labelled_by(label);
        let response = response.on_hover_text(
            "The share of the noise below which the expert that makes the details takes over",
        );
        change_shot_with_gesture(self.cx, &response, name, self.shot, || {
            ShotChange::Settings(self.with_switch(ExpertSwitch::Timestep(share)))
        });
    }

    /// A button that counts in steps instead of noise, or the reverse.
    fn other_switch_ui(&self, ui: &mut Ui, defaults: &GenerationSettings) {
        let (other, words, meaning) = match self.switch(defaults) {
            ExpertSwitch::Step(_) => (
                ExpertSwitch::Timestep(share_of(defaults.expert_switch).unwrap_or(USUAL_SHARE)),
                "By noise",
                "Switch at a share of the noise, whatever the number of steps",
            ),
            ExpertSwitch::Timestep(_) | ExpertSwitch::Never => {
                let steps = self.shot.settings.steps.unwrap_or(defaults.steps);
                (
                    ExpertSwitch::Step(steps / 2),
                    "By step",
                    "Switch at a step, whatever the noise",
                )
            }
        };
        if ui.button(words).on_hover_text(meaning).clicked() {
            self.set(self.with_switch(other));
        }
    }
}

/// `None` for a switch at a step.
fn share_of(switch: ExpertSwitch) -> Option<f64> {
    match switch {
        ExpertSwitch::Timestep(share) => Some(share),
        ExpertSwitch::Never | ExpertSwitch::Step(_) => None,
    }
}
