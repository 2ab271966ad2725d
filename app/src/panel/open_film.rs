//! The dialogue that opens a film by its folder.

use std::path::PathBuf;

use egui::Ui;

use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::{dialogue, dialogue_buttons, place_field};

/// What has been filled in so far.
#[derive(Default)]
pub struct OpenFilm {
    pub place: String,
}

pub fn open_film_ui(
    ui: &mut Ui,
    theme: &Theme,
    form: &mut OpenFilm,
    busy: bool,
    asks: &mut Vec<Ask>,
) {
    dialogue(ui, theme, "Open film", 460.0, asks, |ui, asks| {
        place_field(ui, theme, "Project folder", &mut form.place, asks);
        let ready = !form.place.trim().is_empty() && !busy;
        if dialogue_buttons(ui, theme, "Open film", ready, asks) {
            asks.push(Ask::Open(PathBuf::from(form.place.trim())));
        }
    });
}
