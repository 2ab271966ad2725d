//! The row of the step cache: a switch, and its threshold while it is on.
//! The engine has the rule; models have it off by default.

use egui::{Id, Ui};
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::settings::ShotSettings;
use kinora_studio::wire::StepCache;

use super::Table;
use crate::panels::drag_edit::change_shot_with_gesture;
use crate::ui::widgets::number;

/// The least threshold that can be dragged to: at 0 the number would vanish in the middle of the drag.
const LEAST_THRESHOLD: f64 = 0.001;

impl Table<'_> {
    /// The row.
    pub fn step_cache_ui(&self, ui: &mut Ui, default: StepCache) {
        let without = ShotSettings {
            step_cache: None,
            ..self.shot.settings.clone()
        };
        self.row(ui, "Step cache", without, |ui, label| {
            ui.horizontal(|ui| self.threshold_ui(ui, label, default));
        });
    }

    fn threshold_ui(&self, ui: &mut Ui, label: Id, default: StepCache) {
        let own = &self.shot.settings;
        let with = |threshold: f64| ShotSettings {
            step_cache: Some(threshold),
            ..own.clone()
        };
        let default = match default {
            StepCache::Off => 0.0,
            StepCache::Easy { threshold } => threshold,
        };
        let mut threshold = own.step_cache.unwrap_or(default);
        let mut is_on = threshold > 0.0;
        let checkbox = ui.checkbox(&mut is_on, "Skip steps").on_hover_text(
            "Skips steps that would hardly change the picture: faster, and a little different. \
             The first seven steps and the last one are always computed",
        );
        if checkbox.changed() {
            let usual = StepCache::USUAL_THRESHOLD;
            self.set(with(if is_on { usual } else { 0.0 }));
        }
        if threshold <= 0.0 {
            return;
        }
        let range = LEAST_THRESHOLD..=*ShotSettings::STEP_CACHE.end();
        let drag = number(&mut threshold).range(range);
        let response = ui.add(drag.speed(0.001).max_decimals(3)).labelled_by(label);
        let response = response.on_hover_text("Threshold. Higher values skip more steps");
        change_shot_with_gesture(self.cx, &response, "step cache", self.shot, || {
            ShotChange::Settings(with(threshold))
        });
    }
}
