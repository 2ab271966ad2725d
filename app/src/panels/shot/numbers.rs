//! The length and the seed of a shot.

use egui::{Ui, vec2};
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::{FrameRule, ModelLength, SeedPolicy, Shot};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::change_shot_with_gesture;
use crate::state::action::{Action, ShotAction};
use crate::ui::fonts::icon;
use crate::ui::widgets::{field, icon_button, number};

/// The size of a number field, in points.
const NUMBER: egui::Vec2 = vec2(96.0, 28.0);

/// The length in seconds and in frames. Both fields snap to the lengths that the model can make.
pub fn length_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let rule = cx.generation.scheduler.frame_rule(&shot.model);
    let rate = shot.length.rate;
    let tooltip = format!(
        "At {rate} frames per second. The nearest valid lengths are {} frames",
        lengths_near(rule, shot.length.frames)
    );
    let in_seconds = |frames: u32| f64::from(frames) / rate.per_second();
    ui.horizontal(|ui| {
        field(ui, cx.theme, "Length", |ui, label| {
            let mut seconds = in_seconds(shot.length.frames);
            let drag = number(&mut seconds)
                .range(in_seconds(rule.first)..=in_seconds(rule.longest))
                .fixed_decimals(2)
                .speed(0.02)
                .suffix(" s");
            let response = ui.add_sized(NUMBER, drag).labelled_by(label);
            let response = response.on_hover_text(&tooltip);
            change_shot_with_gesture(cx, &response, "length", shot, || {
                let frames = (seconds * rate.per_second()).round() as u32;
                ShotChange::Length(snapped(shot, rule, frames))
            });
        });
        field(ui, cx.theme, "Frames", |ui, label| {
            let mut frames = shot.length.frames;
            let drag = number(&mut frames)
                .range(rule.first..=rule.longest)
                .speed(0.25)
                .suffix(" frames");
            let response = ui.add_sized(NUMBER, drag).labelled_by(label);
            let response = response.on_hover_text(&tooltip);
            change_shot_with_gesture(cx, &response, "length", shot, || {
                ShotChange::Length(snapped(shot, rule, frames))
            });
        });
    });
}

/// The length nearest to so many frames that the model can make, at the frame rate of the shot.
fn snapped(shot: &Shot, rule: FrameRule, frames: u32) -> ModelLength {
    ModelLength {
        frames: rule.nearest(frames).frames,
        ..shot.length
    }
}

/// The nearest three lengths that the model can make: "13, 17, 21". There are fewer at the ends of its range.
fn lengths_near(rule: FrameRule, frames: u32) -> String {
    let own = rule.nearest(frames).frames;
    let shorter = rule.nearest(own.saturating_sub(rule.step)).frames;
    let longer = rule.nearest(own.saturating_add(rule.step)).frames;
    let mut lengths = vec![shorter, own, longer];
    lengths.dedup();
    let lengths: Vec<String> = lengths.iter().map(u32::to_string).collect();
    lengths.join(", ")
}

/// The seed: a random one for each take, or a locked one.
pub fn seed_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let set = |seed| {
        let change = ShotChange::Seed(seed);
        cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
    };
    let locked = match shot.seed {
        SeedPolicy::Fixed(seed) => Some(seed),
        SeedPolicy::Fresh => None,
    };
    field(ui, cx.theme, "Seed", |ui, label| {
        ui.horizontal(|ui| {
            let random = ui.selectable_label(locked.is_none(), "Random");
            let random = random.on_hover_text("Each take gets a new seed");
            if random.clicked() && locked.is_some() {
                set(SeedPolicy::Fresh);
            }
            let lock = ui.selectable_label(locked.is_some(), "Locked");
            let lock = lock.on_hover_text(
                "Every take gets this seed. The same seed and settings make the same take",
            );
            let Some(mut seed) = locked else {
                if lock.clicked() {
                    match seed_of_chosen(cx, shot) {
                        Some(seed) => set(SeedPolicy::Fixed(seed)),
                        None => cx.send(Action::Shot(ShotAction::LockNewSeed(shot.id))),
                    }
                }
                return;
            };
            let drag = ui.add(number(&mut seed)).labelled_by(label);
            let drag = drag.on_hover_text("The seed of the noise that each take starts from");
            change_shot_with_gesture(cx, &drag, "seed", shot, || {
                ShotChange::Seed(SeedPolicy::Fixed(seed))
            });
            if icon_button(ui, icon::SHUFFLE, "Lock another random seed").clicked() {
                cx.send(Action::Shot(ShotAction::LockNewSeed(shot.id)));
            }
        });
    });
}

/// The seed of the chosen take, if its recipe can be read.
fn seed_of_chosen(cx: &PanelContext, shot: &Shot) -> Option<u64> {
    let mut takes = cx.generation.takes.takes.iter();
    let (_, take) = takes.find(|(name, _)| shot.chosen == Some(*name))?;
    Some(take.readable()?.inputs.seed)
}

#[cfg(test)]
mod tests {
    use kinora_studio::FrameRate;

    use super::*;

    #[test]
    fn the_lengths_next_to_the_present_one_are_shown() {
        let rule = FrameRule {
            step: 5,
            first: 3,
            longest: 23,
            rate: FrameRate::FPS_24,
        };
        assert_eq!(lengths_near(rule, 13), "8, 13, 18");
        assert_eq!(lengths_near(rule, 3), "3, 8");
        assert_eq!(lengths_near(rule, 99), "18, 23");
    }
}
