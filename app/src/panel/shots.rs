//! The shots of the film: what each is called, what it says, and whether it has a take.

use egui::{RichText, ScrollArea, Ui, vec2};
use kinora_studio::timeline::shot::Shot;

use crate::command::Command;
use crate::film::Film;
use crate::fonts::icon;
use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::{command_button, icon_button, row_button, row_from_right};

const ROW_HEIGHT: f32 = 44.0;

pub fn shots_ui(ui: &mut Ui, theme: &Theme, film: &Film, asks: &mut Vec<Ask>) {
    let width = ui.available_width();
    if command_button(ui, Command::NewShot.row(), vec2(width, 32.0)).clicked() {
        asks.push(Ask::Run(Command::NewShot));
    }
    ui.add_space(4.0);
    let shots: Vec<_> = film.project().shots().collect();
    if shots.is_empty() {
        ui.label(
            RichText::new("A film is made of shots. Write the first one.")
                .color(*theme.colours.text_faint),
        );
        return;
    }
    // Only the rows that are seen are laid out: there may be thousands.
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show_rows(ui, ROW_HEIGHT, shots.len(), |ui, rows| {
            for shot in &shots[rows] {
                ui.push_id(shot.id, |ui| shot_row(ui, theme, film, shot, asks));
            }
        });
}

fn shot_row(ui: &mut Ui, theme: &Theme, film: &Film, shot: &Shot, asks: &mut Vec<Ask>) {
    row_from_right(ui, ROW_HEIGHT, |ui| {
        let place = format!("Put {} at the end of the timeline", shot.name);
        if icon_button(ui, icon::PLACE, &place).clicked() {
            asks.push(Ask::PlaceShot(shot.id));
        }
        let is_chosen = film.chosen.shot == Some(shot.id);
        if is_chosen {
            let veil = ui.available_rect_before_wrap();
            ui.painter()
                .rect_filled(veil, 6, *theme.colours.accent_veil);
        }
        let state = match shot.chosen.is_some() {
            true => icon::CHECK,
            false if film.production.queue().wants(shot.id) => icon::QUEUE,
            false => icon::SHOT,
        };
        let words = match shot.prompt.is_empty() {
            true => "says nothing yet",
            false => shot.prompt.as_str(),
        };
        if row_button(ui, theme, state, &shot.name, words).clicked() {
            asks.push(Ask::ChooseShot(shot.id));
        }
    });
}
