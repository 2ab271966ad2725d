//! What a frame of the film can be used for: to begin or end the chosen shot with, to lead it through, or to know
//! somebody by.

use egui::Ui;

use crate::film::Film;
use crate::run::{Ask, FrameUse};

pub fn frame_menu(ui: &mut Ui, film: &Film, asks: &mut Vec<Ask>) {
    let project = film.project();
    let is_enabled = film.session.can_be_edited() && project.end().0 > 0;
    let mut offer = |ui: &mut Ui, words: String, wanted: FrameUse| {
        let button = egui::Button::new(words);
        if ui.add_enabled(is_enabled, button).clicked() {
            asks.push(Ask::UseFrame(wanted));
            ui.close();
        }
    };
    let shot = film.chosen.shot.and_then(|shot| project.shot(shot));
    if let Some(shot) = shot {
        let last = shot.length.frames.saturating_sub(1);
        let name = &shot.name;
        offer(
            ui,
            format!("First frame of {name}"),
            FrameUse::Key(shot.id, 0),
        );
        offer(
            ui,
            format!("Last frame of {name}"),
            FrameUse::Key(shot.id, last),
        );
        let at = u32::try_from(film.stage_view.frame.0).unwrap_or(0);
        if at > 0 && at < last {
            let words = format!("Frame {at} of {name}, where its camera's panel is");
            offer(ui, words, FrameUse::Key(shot.id, at));
        }
        ui.separator();
    }
    for one in project.cast() {
        let words = format!("One more picture of {}", one.name);
        offer(ui, words, FrameUse::Reference(one.id));
    }
    offer(
        ui,
        "Somebody new in the cast".into(),
        FrameUse::NewCharacter,
    );
}
