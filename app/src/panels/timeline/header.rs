//! The header of a track: its name, and its mute, solo and lock buttons; more in its context menu.

use egui::{Align2, Button, FontId, Id, Rect, RichText, Sense, Ui, UiBuilder, vec2};
use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::{Edit, Track, TrackKind};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction};
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;
use crate::ui::widgets::named;

const BUTTON: egui::Vec2 = vec2(18.0, 16.0);
/// The limits of a track's height, in points.
const HEIGHTS: std::ops::RangeInclusive<f32> = 24.0..=240.0;

pub fn header_ui(ui: &mut Ui, cx: &PanelContext, track: &Track, rect: Rect) {
    let response = ui.interact(rect, Id::unique(("header", track.id)), Sense::click());
    let name = format!("Track {}", track.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    response.context_menu(|ui| menu_ui(ui, cx, track));
    let font = FontId::proportional(cx.theme.text.small);
    let colour = match track.muted {
        true => *cx.theme.colours.text_faint,
        false => *cx.theme.colours.text_soft,
    };
    let at = rect.left_center() + vec2(10.0, 0.0);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, &track.name, font, colour);
    let buttons = rect.with_min_x(rect.right() - 4.0 * BUTTON.x - 4.0);
    ui.scope_builder(UiBuilder::new().max_rect(buttons), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding = egui::Vec2::ZERO;
            let mute = match track.kind {
                TrackKind::Video => "Hide",
                TrackKind::Audio => "Mute",
            };
            toggle_ui(ui, cx, track, ("M", mute, track.muted), TrackEdit::Mute);
            toggle_ui(ui, cx, track, ("S", "Solo", track.solo), TrackEdit::Solo);
            toggle_ui(ui, cx, track, ("L", "Lock", track.locked), TrackEdit::Lock);
            let sync = (icon::LINK, "Sync lock", track.sync_locked);
            toggle_ui(ui, cx, track, sync, TrackEdit::SyncLock);
        });
    });
}

/// The lower edge of a header: a drag changes the track's height, a double click resets it.
pub fn height_ui(ui: &Ui, view: &mut TimelineView, track: &Track, rect: Rect) {
    let edge = Rect::from_x_y_ranges(rect.x_range(), rect.bottom() - 3.0..=rect.bottom() + 3.0);
    let response = ui.interact(
        edge,
        Id::unique(("height", track.id)),
        Sense::click_and_drag(),
    );
    let name = format!("Height of track {}", track.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, &name));
    if response.dragged() {
        let height = rect.height() + response.drag_delta().y;
        let height = height.clamp(*HEIGHTS.start(), *HEIGHTS.end());
        view.heights.insert(track.id, height);
    }
    if response.double_clicked() {
        view.heights.remove(&track.id);
    }
    response.on_hover_cursor(egui::CursorIcon::ResizeVertical);
}

/// A toggle button with a letter, in the accent colour while the property is on.
fn toggle_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    track: &Track,
    (letter, name, is_on): (&str, &str, bool),
    edit: fn(kinora_studio::timeline::TrackId, bool) -> TrackEdit,
) {
    let colours = &cx.theme.colours;
    let colour = match is_on {
        true => *colours.accent,
        false => *colours.text_faint,
    };
    let text = RichText::new(letter).small().color(colour);
    let button = Button::new(text)
        .frame_when_inactive(false)
        .min_size(BUTTON);
    let response = ui.add_enabled(cx.can_edit(), button);
    let state = match is_on {
        true => "on",
        false => "off",
    };
    let label = format!("{name} {} ({state})", track.name);
    named(&response, &label);
    if response.on_hover_text(label).clicked() {
        send(cx, edit(track.id, !is_on));
    }
}

fn menu_ui(ui: &mut Ui, cx: &PanelContext, track: &Track) {
    let kind = track.kind;
    let rows = [
        (
            "Add track",
            true,
            TrackEdit::Add {
                kind,
                name: String::new(),
                sync_locked: true,
            },
        ),
        (
            "Remove track",
            track.is_empty(),
            TrackEdit::Remove { track: track.id },
        ),
    ];
    for (text, is_enabled, edit) in rows {
        let response = ui.add_enabled(is_enabled && cx.can_edit(), Button::new(text));
        let response = response.on_disabled_hover_text("Only an empty track can be removed");
        if response.clicked() {
            send(cx, edit);
            ui.close();
        }
    }
}

fn send(cx: &PanelContext, edit: TrackEdit) {
    cx.send(Action::Edit(EditAction::Apply(Edit::Track(edit))));
}
