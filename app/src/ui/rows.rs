//! Rows of one height within a larger list that scrolls: only those in view are laid out.

use std::ops::Range;

use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

/// So few rows are all laid out: also those out of view are then found by the tab key and by a screen reader.
const ALWAYS_LAID_OUT: usize = 32;

/// Draws `count` rows of this height, one below the other. A list that scrolls by itself uses
/// [`egui::ScrollArea::show_rows`]; this one is for rows above or below other widgets.
pub fn rows_in_view(
    ui: &mut Ui,
    height: f32,
    count: usize,
    mut row_ui: impl FnMut(&mut Ui, usize),
) {
    if count == 0 {
        return;
    }
    let gap = ui.spacing().item_spacing.y;
    let apart = height + gap;
    let size = vec2(ui.available_width(), apart * count as f32 - gap);
    let (_, rect) = ui.allocate_space(size);
    let view = ui.clip_rect().y_range();
    let rows = match count <= ALWAYS_LAID_OUT {
        true => 0..count,
        false => in_view(view.min - rect.top()..view.max - rect.top(), apart, count),
    };
    let layout = Layout::top_down(Align::Min);
    let mut list = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    list.skip_ahead_auto_ids(rows.start); // a row keeps its id while the list scrolls
    for row in rows {
        let top = rect.top() + row as f32 * apart;
        let place = Rect::from_x_y_ranges(rect.x_range(), top..=top + height);
        let mut ui = list.new_child(UiBuilder::new().max_rect(place).layout(layout));
        row_ui(&mut ui, row);
    }
}

/// Scrolls a list of [`egui::ScrollArea::show_rows`] to a row. `first` is the first row that it lays out.
pub fn scroll_to_row(ui: &Ui, first: usize, row: usize, height: f32) {
    let apart = height + ui.spacing().item_spacing.y;
    let all = ui.max_rect();
    let top = all.top() + (row as f32 - first as f32) * apart;
    let place = Rect::from_x_y_ranges(all.x_range(), top..=top + height);
    ui.scroll_to_rect(place, None);
}

/// The rows that a part of the list shows, measured from the top of the list.
fn in_view(part: Range<f32>, apart: f32, count: usize) -> Range<usize> {
    let end = ((part.end / apart).ceil().max(0.0) as usize).min(count);
    let start = (part.start / apart).floor().max(0.0) as usize;
    start.min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rows_in_view_are_laid_out() {
        assert_eq!(in_view(0.0..100.0, 10.0, 1000), 0..10);
        assert_eq!(in_view(-50.0..45.0, 10.0, 1000), 0..5, "the list is below");
        assert_eq!(in_view(5001.0..5012.0, 10.0, 1000), 500..502);
        assert_eq!(in_view(9995.0..20_000.0, 10.0, 1000), 999..1000);
        assert_eq!(in_view(-100.0..-1.0, 10.0, 1000), 0..0, "out of view");
        assert_eq!(in_view(20_000.0..20_100.0, 10.0, 1000), 1000..1000);
    }
}
