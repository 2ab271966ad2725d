//! The shots panel: a card for each shot in the artist's order, which is changed by dragging, and a search.

mod card;
mod status;

use egui::{EventFilter, Response, RichText, ScrollArea, Stroke, TextEdit, Ui, vec2};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{Edit, ShotId};

use crate::panels::context::PanelContext;
use crate::panels::controls::command_button;
use crate::state::action::{Action, EditAction, ShotAction};
use crate::state::command::Command;
use crate::state::view::shots_view::ShotsView;
use crate::ui::rows::scroll_to_row;
use crate::ui::widgets::{Steps, field};

pub fn shots_ui(ui: &mut Ui, cx: &PanelContext, view: &mut ShotsView) {
    let width = ui.available_width();
    if command_button(ui, Command::NewShot.row(), vec2(width, 32.0)).clicked() {
        cx.send(Action::Command(Command::NewShot));
    }
    ui.add_space(4.0);
    if cx.project().shots().next().is_none() {
        faint_ui(ui, cx, "No shots yet. Create the first one.");
        return;
    }
    if ShotsView::has_search(cx.project()) {
        search_ui(ui, cx, view);
    }
    let shots = view.listed(cx.project(), &cx.generation.takes, cx.document.revision);
    if shots.is_empty() {
        faint_ui(ui, cx, "No matching shot");
        return;
    }
    let new_choice = newly_chosen(ui, cx.selection.shot);
    let to = new_choice.and_then(|new| shots.iter().position(|shot| *shot == new));
    // Only the visible rows are laid out: there may be thousands.
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show_rows(ui, card::HEIGHT, shots.len(), |ui, rows| {
            if let Some(to) = to {
                scroll_to_row(ui, rows.start, to, card::HEIGHT);
            }
            for row in rows {
                let Some(shot) = cx.project().shot(shots[row]) else {
                    continue;
                };
                let card = ui.push_id(shot.id, |ui| card::card_ui(ui, cx, shot)).inner;
                keys_ui(ui, cx, view, &card, (row, &shots[..]));
                drop_ui(ui, cx, &card, shot.id);
            }
        });
}

fn faint_ui(ui: &mut Ui, cx: &PanelContext, words: &str) {
    ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
}

fn search_ui(ui: &mut Ui, cx: &PanelContext, view: &mut ShotsView) {
    field(ui, cx.theme, "Search shots", |ui, label| {
        let edit = TextEdit::singleline(&mut view.search)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("Name, prompt, note or @tag");
        ui.add(edit).labelled_by(label);
    });
    ui.horizontal(|ui| {
        for (is_without_take, words, tooltip) in [
            (false, "All", "List all shots"),
            (true, "Without take", "List the shots that have no take"),
        ] {
            ui.selectable_value(&mut view.is_without_take, is_without_take, words)
                .on_hover_text(tooltip);
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

/// The arrow keys on a card that has the focus: they select another shot, and its card takes the focus.
fn keys_ui(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut ShotsView,
    card: &Response,
    (row, shots): (usize, &[ShotId]),
) {
    if view.focus == Some(shots[row]) {
        view.focus = None;
        card.request_focus();
    }
    if !card.has_focus() {
        return;
    }
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(card.id, filter));
    let to = Steps::pressed(ui).on(row, shots.len());
    if to != row {
        view.focus = Some(shots[to]);
        cx.send(Action::Shot(ShotAction::Select(shots[to])));
    }
}

/// Another card that is dragged over a card: a line shows where it would go, and it goes there when it is dropped.
fn drop_ui(ui: &Ui, cx: &PanelContext, card: &Response, shot: ShotId) {
    let Some(dragged) = card.dnd_hover_payload::<ShotId>() else {
        return;
    };
    let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else {
        return;
    };
    let gap = ui.spacing().item_spacing.y;
    let (before, y) = match pointer.y < card.rect.center().y {
        true => (Some(shot), card.rect.top() - gap / 2.0),
        false => (
            cx.project().shot_after(shot),
            card.rect.bottom() + gap / 2.0,
        ),
    };
    let stroke = Stroke::new(2.0, *cx.theme.colours.accent);
    ui.painter().hline(card.rect.x_range(), y, stroke);
    if card.dnd_release_payload::<ShotId>().is_some() {
        let shot = *dragged;
        let edit = Edit::Library(Library::MoveShot { shot, before });
        cx.send(Action::Edit(EditAction::Apply(edit)));
    }
}
