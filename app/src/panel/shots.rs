//! The shots of the film: what each is called, what it says, and whether it has a take.

use egui::{Rect, RichText, ScrollArea, Ui, vec2};
use kinora_studio::timeline::ShotId;
use kinora_studio::timeline::shot::Shot;

use crate::command::Command;
use crate::film::Film;
use crate::fonts::icon;
use crate::run::{Ask, ShotChange};
use crate::theme::Theme;
use crate::widget::{command_button, dropped_here, icon_button, row_button, row_from_right};

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
    let new_choice = newly_chosen(ui, film.chosen.shot);
    let to = new_choice.and_then(|new| shots.iter().position(|shot| shot.id == new));
    let apart = ROW_HEIGHT + ui.spacing().item_spacing.y;
    // Only the rows that are seen are laid out: there may be thousands.
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show_rows(ui, ROW_HEIGHT, shots.len(), |ui, rows| {
            if let Some(to) = to {
                let all = ui.max_rect();
                let top = all.top() + (to as f32 - rows.start as f32) * apart;
                let row = Rect::from_x_y_ranges(all.x_range(), top..=top + ROW_HEIGHT);
                ui.scroll_to_rect(row, None);
            }
            for shot in &shots[rows] {
                ui.push_id(shot.id, |ui| shot_row(ui, theme, film, shot, asks));
            }
        });
}

/// The chosen shot, in the frame in which it was chosen: then it comes into view.
fn newly_chosen(ui: &Ui, chosen: Option<ShotId>) -> Option<ShotId> {
    let id = ui.scope_id().with("chosen");
    let before = ui.data_mut(|data| data.get_temp::<Option<ShotId>>(id));
    ui.data_mut(|data| data.insert_temp(id, chosen));
    chosen.filter(|_| before != Some(chosen))
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
        let row = row_button(ui, theme, state, &shot.name, words);
        if row.clicked() {
            asks.push(Ask::ChooseShot(shot.id));
        }
        if let Some(character) = dropped_here(ui, theme, &row) {
            let change = ShotChange::Cast(character, true);
            asks.push(Ask::ChangeShot(shot.id, change));
        }
    });
}
