//! The view through the shot's camera. A drag in it moves the camera.

use egui::{Align2, CursorIcon, Id, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use kinora_studio::render::animatic::pose_at;

use super::change::{changed, piloted};
use super::drag::{release, take};
use super::lens::Lens;
use super::{CameraPanel, scene};
use crate::state::action::Gesture;
use crate::state::view::stage_view::Hold;
use crate::ui::widgets::{text_on, thirds};

pub fn camera_view_ui(ui: &mut Ui, panel: &mut CameraPanel, rect: Rect) -> Response {
    let id = Id::unique("through the camera");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Camera view"));
    let theme = panel.cx.theme;
    let painter = ui.painter_at(rect);
    let lens = Lens::new(pose_at(panel.shot, panel.view.frame), rect);
    scene::draw(&painter, &lens, panel, None);
    let faint = theme.colours.ground.gamma_multiply(0.25);
    thirds(&painter, rect, Stroke::new(1.0, faint));
    let lens_mm = panel.view.layout.filmback.lens_mm(lens.pose.focal_mm);
    let place = (Align2::RIGHT_BOTTOM, rect.right_bottom() - vec2(10.0, 7.0));
    let words = format!("{lens_mm:.0} mm");
    text_on(&painter, theme, place, &words, *theme.colours.shade);
    pilot(ui, panel, &response, &lens);
    response
}

/// Moves the camera at the current frame by a drag in the camera view.
fn pilot(ui: &Ui, panel: &mut CameraPanel, response: &Response, lens: &Lens) {
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::AllScroll);
    }
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        take(panel, Hold::Picture, from);
    }
    if let (Some(drag), Some(to)) = (&panel.view.drag, response.interact_pointer_pos())
        && response.dragged()
    {
        let (frame, pilot, by) = (panel.view.frame, panel.view.pilot, to - drag.from);
        let shot = piloted(&drag.start, frame, pilot, by, lens.focal);
        panel.gesture(Gesture::Preview(vec![changed(shot)]));
    }
    if response.drag_stopped() || response.dragged() {
        release(ui, panel, response);
    }
}
