//! The dialog with all markers in the order of the timeline. A click goes to a marker.

use egui::{Button, RichText, ScrollArea, Ui, vec2};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::timecode::{Counting, timecode};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog};
use crate::panels::labels::label_colour;
use crate::state::action::{Action, DialogAction, EditAction};
use crate::state::command::Command;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named, row_with_end};

const WIDTH: f32 = 520.0;
const ROW_HEIGHT: f32 = 30.0;
/// The width of the stripe in the colour of a marker, in points.
const STRIPE_WIDTH: f32 = 4.0;
/// The height of the title, the button and the margins of the dialog, in points.
const ROOM_AROUND_LIST: f32 = 200.0;
/// The list scrolls beyond this height.
const LIST_HEIGHT: f32 = 420.0;

pub fn markers_ui(ui: &Ui, cx: &WindowContext) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let mut markers: Vec<_> = open.project().markers().collect();
    markers.sort_by_key(|marker| marker.range.start);
    dialog(ui, cx, "Markers", WIDTH, |ui| {
        if markers.is_empty() {
            let words = RichText::new("No markers yet. Add one at the playhead.");
            ui.label(words.color(*cx.theme.colours.text_soft));
        }
        let room = ui.ctx().content_rect().height() - ROOM_AROUND_LIST;
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height(room.clamp(120.0, LIST_HEIGHT))
            .show_rows(ui, ROW_HEIGHT, markers.len(), |ui, rows| {
                for marker in &markers[rows] {
                    ui.push_id(marker.id, |ui| marker_ui(ui, cx, marker));
                }
            });
        close_button(ui, cx);
    });
}

/// A row: the marker, and the buttons that edit and remove it.
fn marker_ui(ui: &mut Ui, cx: &WindowContext, marker: &Marker) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let rate = open.project().rate();
    let at = timecode(marker.range.start, rate, Counting::customary(rate));
    let name = match marker.name.trim() {
        "" => "Marker",
        name => name,
    };
    let place = format!("{name} at {at}");
    let go_to = |ui: &mut Ui| {
        let button = Button::new(format!("  {at}   {name}"))
            .truncate()
            .right_text("")
            .frame_when_inactive(false)
            .min_size(vec2(ui.available_width(), ROW_HEIGHT));
        let response = ui.add(button);
        named(&response, &format!("Go to {place}"));
        let colour = label_colour(cx.theme, marker.label);
        let colour = colour.unwrap_or(*cx.theme.colours.warning);
        let stripe = response.rect.shrink2(vec2(0.0, 4.0));
        let stripe = stripe.with_max_x(stripe.left() + STRIPE_WIDTH);
        ui.painter().rect_filled(stripe, 1, colour);
        let response = match marker.note.is_empty() {
            true => response,
            false => response.on_hover_text(&marker.note),
        };
        response.clicked()
    };
    let buttons = |ui: &mut Ui| {
        ui.add_enabled_ui(cx.state.can_edit(), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let edit = icon_button(ui, icon::PENCIL, &format!("Edit {place}"));
            let remove = icon_button(ui, icon::TRASH, &format!("Remove {place}"));
            [edit.clicked(), remove.clicked()]
        })
        .inner
    };
    let (is_gone_to, [is_edited, is_removed]) = row_with_end(ui, ROW_HEIGHT, go_to, buttons);
    if is_removed {
        let remove = Edit::Mark(Mark::Remove(marker.id));
        cx.send(Action::Edit(EditAction::Apply(remove)));
    }
    if is_gone_to || is_edited {
        cx.send(Action::GoTo(marker.range.start));
        cx.send(Action::Dialog(DialogAction::Close));
    }
    if is_edited {
        cx.send(Action::Command(Command::EditMarker));
    }
}
