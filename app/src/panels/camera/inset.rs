//! The two views of the camera panel: one is large, the other is an inset in its upper right corner. A double-click
//! on the inset exchanges them; a drag of its corner changes its size.

use std::ops::RangeInclusive;

use egui::{CursorIcon, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use super::camera_view::camera_view_ui;
use super::stage_view::stage_view_ui;
use super::{CameraPanel, MARGIN};

/// The least width of the inset, in points.
const SMALLEST: f32 = 150.0;
/// The width of the inset, as a fraction of the width of the large view.
const SHARES: RangeInclusive<f32> = 0.15..=0.8;
/// The side of the square that is dragged to resize the inset, in points.
const HANDLE: f32 = 16.0;
/// The side of the square that is drawn there.
const DRAWN_HANDLE: f32 = 8.0;

pub fn views_ui(ui: &mut Ui, panel: &mut CameraPanel, large: Rect) {
    let inset = place(large, panel.aspect, panel.view.layout.inset_share);
    let small = if panel.view.layout.is_through_camera {
        let well = *panel.cx.theme.colours.well;
        ui.painter().rect_filled(large, 0, well);
        camera_view_ui(ui, panel, fitted(large, panel.aspect));
        stage_view_ui(ui, panel, inset)
    } else {
        stage_view_ui(ui, panel, large);
        camera_view_ui(ui, panel, inset)
    };
    let stroke = Stroke::new(2.0, *panel.cx.theme.colours.panel);
    ui.painter()
        .rect_stroke(inset, 0, stroke, StrokeKind::Outside);
    if small.double_clicked() {
        let layout = &mut panel.view.layout;
        layout.is_through_camera = !layout.is_through_camera;
    }
    resize_ui(ui, panel, large, inset);
}

/// The lower left corner of the inset.
fn resize_ui(ui: &Ui, panel: &mut CameraPanel, large: Rect, inset: Rect) {
    let corner = inset.left_bottom();
    let square = |side| Rect::from_center_size(corner, Vec2::splat(side));
    let response = ui.interact(square(HANDLE), Id::unique("inset corner"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Resize the inset"));
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let share = (inset.right() - pointer.x) / large.width().max(1.0);
        panel.view.layout.inset_share = share.clamp(*SHARES.start(), *SHARES.end());
    }
    let colours = &panel.cx.theme.colours;
    let colour = match response.hovered() || response.dragged() {
        true => *colours.accent_hover,
        false => *colours.panel,
    };
    ui.painter().rect_filled(square(DRAWN_HANDLE), 2, colour);
    response.on_hover_cursor(CursorIcon::ResizeNeSw);
}

/// The rectangle of the inset. It always fits into the large view.
fn place(large: Rect, aspect: f64, share: f32) -> Rect {
    let room = large.size() - Vec2::splat(2.0 * MARGIN);
    let widest = room.x.min(room.y * aspect as f32).max(1.0);
    let width = (large.width() * share).max(SMALLEST).min(widest);
    let size = vec2(width, width / aspect as f32);
    Rect::from_min_size(large.right_top() + vec2(-size.x - MARGIN, MARGIN), size)
}

/// The largest rectangle of this aspect ratio in the middle of another.
fn fitted(rect: Rect, aspect: f64) -> Rect {
    let width = rect.width().min(rect.height() * aspect as f32);
    Rect::from_center_size(rect.center(), vec2(width, width / aspect as f32))
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;
    use crate::state::view::stage_view::StageLayout;

    fn large(width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height))
    }

    #[test]
    fn the_inset_is_a_third_wide_at_first_and_always_fits() {
        let share = StageLayout::default().inset_share;
        let inset = place(large(1000.0, 700.0), 1.5, share);
        assert!(inset.width() >= 350.0, "{inset}");
        for (width, height) in [(1000.0, 200.0), (200.0, 700.0), (160.0, 90.0)] {
            for share in [0.0, share, 1.0] {
                let large = large(width, height);
                assert!(large.contains_rect(place(large, 1.5, share)));
            }
        }
    }

    #[test]
    fn a_picture_keeps_its_aspect_ratio_in_any_view() {
        for (width, height) in [(1000.0, 200.0), (200.0, 700.0)] {
            let large = large(width, height);
            let fitted = fitted(large, 1.5);
            assert!(large.expand(0.01).contains_rect(fitted));
            assert!((fitted.aspect_ratio() - 1.5).abs() < 1e-3);
        }
    }
}
