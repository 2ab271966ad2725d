//! Rows with controls at their right end. Tab goes from left to right, so they are filled from the left, and the width of
//! the end is known from the frame before.

use egui::{Align, Id, Layout, Ui, vec2};

/// A row of this height, in points, filled from the right.
pub fn row_from_right<T>(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui) -> T) -> T {
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), contents)
        .inner
}

/// A row of this height, in points, with `end` at its right side and `start` in the rest. Tab goes from left to right: a
/// row that is filled from the right would be walked backwards.
pub fn row_with_end<S, E>(
    ui: &mut Ui,
    height: f32,
    start: impl FnOnce(&mut Ui) -> S,
    end: impl FnOnce(&mut Ui) -> E,
) -> (S, E) {
    let size = vec2(ui.available_width(), height);
    let layout = Layout::left_to_right(Align::Center);
    let row = ui.allocate_ui_with_layout(size, layout, |ui| {
        let end_width = EndWidth::of(ui);
        let gap = ui.spacing().item_spacing.x;
        let rest = (ui.available_width() - end_width.points - gap).max(0.0);
        let start = ui.allocate_ui_with_layout(vec2(rest, height), layout, |ui| {
            ui.set_width(rest);
            start(ui)
        });
        (start.inner, end_width.show(ui, end))
    });
    row.inner
}

/// The widgets of `end` at the right side of a row that is filled from the left. Tab goes from left to right.
pub fn at_end<T>(ui: &mut Ui, end: impl FnOnce(&mut Ui) -> T) -> T {
    let end_width = EndWidth::of(ui);
    ui.add_space((ui.available_width() - end_width.points).max(0.0));
    end_width.show(ui, end)
}

/// The width of the end of a row, known from the frame before. A row that is new or has another width is drawn twice.
struct EndWidth {
    id: Id,
    points: f32,
}

impl EndWidth {
    fn of(ui: &Ui) -> Self {
        let id = ui.next_auto_id().with("width of the end");
        let known = ui.data(|data| data.get_temp::<f32>(id));
        Self {
            id,
            points: known.unwrap_or(0.0),
        }
    }

    pub(super) fn show<T>(self, ui: &mut Ui, end: impl FnOnce(&mut Ui) -> T) -> T {
        let shown = ui.scope(end);
        let points = shown.response.rect.width();
        if (points - self.points).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(self.id, points));
            ui.ctx()
                .request_discard("the end of a row has another width");
        }
        shown.inner
    }
}
