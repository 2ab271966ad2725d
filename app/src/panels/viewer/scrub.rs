//! The bar below a source that is shown by itself: its whole length, its in and out, and its playhead.

use egui::{Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo};
use kinora_studio::timeline::Frames;

use super::Shown;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, ViewerAction};

pub const HEIGHT: f32 = 18.0;

/// A click or a drag moves the playhead of the source.
pub fn scrub_ui(ui: &Ui, cx: &PanelContext, shown: Shown, rect: Rect) {
    let response = ui.interact(rect, Id::unique("scrub"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Playhead of the source"));
    let length = shown.project.end().0.max(1);
    let bar = rect.shrink2(egui::vec2(0.0, 5.0));
    let x = |frame: Frames| egui::lerp(bar.x_range(), frame.0 as f32 / length as f32);
    ui.painter()
        .rect_filled(bar, 3, *cx.theme.colours.raised_active);
    if cx.viewer.marks.is_some() {
        let range = cx.viewer.marked(Frames(length));
        let band = Rect::from_x_y_ranges(x(range.start)..=x(range.end()), bar.y_range());
        ui.painter()
            .rect_filled(band, 3, *cx.theme.colours.accent_veil);
        let stroke = Stroke::new(1.5, *cx.theme.colours.accent);
        for edge in [band.left(), band.right()] {
            ui.painter().vline(edge, rect.y_range(), stroke);
        }
    }
    let stroke = Stroke::new(2.0, *cx.theme.colours.text);
    let at = x(shown.player.playhead());
    ui.painter().vline(at, rect.y_range(), stroke);
    if let Some(pointer) = response.interact_pointer_pos() {
        let part = (pointer.x - bar.left()) / bar.width().max(1.0);
        let frame = (part * length as f32).floor() as i64;
        let frame = Frames(frame.clamp(0, length - 1));
        cx.send(Action::Viewer(ViewerAction::GoTo(frame)));
    }
}
