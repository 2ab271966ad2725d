//! The shots panel: the name and prompt of each shot, and an icon that shows whether it has a take or is queued.

use crate::panels::controls::{command_button, dropped_here};
use crate::state::action::{Action, EditAction, ShotAction};
use egui::{Rect, RichText, ScrollArea, Ui, vec2};
use kinora_studio::timeline::ShotId;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;

use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, row_button, row_from_right};

const ROW_HEIGHT: f32 = 44.0;

pub fn shots_ui(ui: &mut Ui, cx: &PanelContext) {
    let width = ui.available_width();
    if command_button(ui, Command::NewShot.row(), vec2(width, 32.0)).clicked() {
        cx.send(Action::Command(Command::NewShot));
    }
    ui.add_space(4.0);
    let shots: Vec<_> = cx.project().shots().collect();
    if shots.is_empty() {
        ui.label(
            RichText::new("No shots yet. Create the first one.")
                .color(*cx.theme.colours.text_faint),
        );
        return;
    }
    let new_choice = newly_chosen(ui, cx.selection.shot);
    let to = new_choice.and_then(|new| shots.iter().position(|shot| shot.id == new));
    let apart = ROW_HEIGHT + ui.spacing().item_spacing.y;
    // Only the visible rows are laid out: there may be thousands.
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
                ui.push_id(shot.id, |ui| shot_row(ui, cx, shot));
            }
        });
}

/// The selected shot, in the one frame after the selection changed. The list then scrolls to it.
fn newly_chosen(ui: &Ui, chosen: Option<ShotId>) -> Option<ShotId> {
    let id = ui.scope_id().with("chosen");
    let before = ui.data_mut(|data| data.get_temp::<Option<ShotId>>(id));
    ui.data_mut(|data| data.insert_temp(id, chosen));
    chosen.filter(|_| before != Some(chosen))
}

fn shot_row(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    row_from_right(ui, ROW_HEIGHT, |ui| {
        let place = format!("Append {} to the timeline", shot.name);
        if icon_button(ui, icon::PLACE, &place).clicked() {
            cx.send(Action::Edit(EditAction::PlaceShot(shot.id)));
        }
        let is_chosen = cx.selection.shot == Some(shot.id);
        if is_chosen {
            let veil = ui.available_rect_before_wrap();
            ui.painter()
                .rect_filled(veil, 6, *cx.theme.colours.accent_veil);
        }
        let state = match shot.chosen.is_some() {
            true => icon::CHECK,
            false if cx.generation.scheduler.queue().has_take_order(shot.id) => icon::QUEUE,
            false => icon::SHOT,
        };
        let words = match shot.prompt.is_empty() {
            true => "no prompt yet",
            false => shot.prompt.as_str(),
        };
        let row = row_button(ui, cx.theme, state, &shot.name, words);
        if row.clicked() {
            cx.send(Action::Shot(ShotAction::Select(shot.id)));
        }
        if let Some(character) = dropped_here(ui, cx.theme, &row) {
            let change = ShotChange::Cast(character, true);
            cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
        }
    });
}
