//! A gap on a track. A click selects it; the button in its middle fills it with a new shot.

use egui::{
    Align2, FontId, Id, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{FrameRange, Track, TrackKind};

use super::menu;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, ShotAction};

/// The least width of a gap with a text on its button, in points. A narrower gap has only a plus sign.
const NAMED_FROM: f32 = 110.0;
/// The widths of the button with and without a text.
const BUTTON_WIDTHS: [f32; 2] = [86.0, 22.0];
const BUTTON_HEIGHT: f32 = 24.0;

/// Handles a gap whose visible part is `shown`. Nothing is drawn until it is selected, or the pointer is over it.
pub fn gap_ui(ui: &Ui, cx: &PanelContext, (track, range): (&Track, FrameRange), shown: Rect) {
    if !cx.can_edit() {
        return;
    }
    let rate = cx.project().rate();
    let time = |frame| timecode(frame, rate, Counting::customary(rate));
    let place = format!(
        "on {}, {} to {}",
        track.name,
        time(range.start),
        time(range.end())
    );
    let id = Id::unique(("gap", track.id, range.start));
    let response = ui.interact(shown, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Gap {place}")));
    let new_shot = || cx.send(Action::Shot(ShotAction::FillGap(track.id, range)));
    let is_selected = cx.selection.gap == Some((track.id, range.start));
    let body = shown.shrink2(vec2(1.5, 2.0));
    if is_selected {
        let accent = Stroke::new(1.5, *cx.theme.colours.accent);
        let fill = *cx.theme.colours.accent_veil;
        ui.painter().rect(body, 3, fill, accent, StrokeKind::Inside);
    }
    if track.kind == TrackKind::Video {
        let is_over = response.contains_pointer();
        button_ui(
            ui,
            cx,
            body,
            (is_over, is_selected),
            &format!("New shot in the gap {place}"),
            new_shot,
        );
    }
    if response.clicked() || response.secondary_clicked() {
        cx.send(Action::Edit(EditAction::SelectGap(track.id, range.start)));
    }
    if track.kind == TrackKind::Video {
        menu::gap_menu(cx, &response, Some(&new_shot));
    } else {
        menu::gap_menu(cx, &response, None);
    }
}

fn button_ui(
    ui: &Ui,
    cx: &PanelContext,
    body: Rect,
    (is_over, is_selected): (bool, bool),
    name: &str,
    new_shot: impl FnOnce(),
) {
    let (words, width) = match body.width() > NAMED_FROM {
        true => ("+ New shot", BUTTON_WIDTHS[0]),
        false => ("+", BUTTON_WIDTHS[1]),
    };
    let size = vec2(width, BUTTON_HEIGHT).min(body.size());
    let place = Rect::from_center_size(body.center(), size);
    let response = ui.interact(place, Id::unique(name), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let is_lit = response.hovered() || response.has_focus();
    if is_lit || is_over || is_selected {
        let corners = [
            place.left_top(),
            place.right_top(),
            place.right_bottom(),
            place.left_bottom(),
            place.left_top(),
        ];
        let colours = &cx.theme.colours;
        if is_lit {
            ui.painter().rect_filled(place, 4, *colours.raised_hover);
        }
        let stroke = Stroke::new(1.0, *colours.text_faint);
        ui.painter()
            .extend(Shape::dashed_line(&corners, stroke, 5.0, 4.0));
        let font = FontId::proportional(cx.theme.text.small);
        let painter = ui.painter().with_clip_rect(place);
        let colour = *colours.text_soft;
        painter.text(place.center(), Align2::CENTER_CENTER, words, font, colour);
    }
    if response.clicked() {
        new_shot();
    }
}
