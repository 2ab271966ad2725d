//! Painted parts of controls: a truncated line of text, a picture that fits, a text on a background, and the lines at the
//! thirds. They take no input.

use egui::text::LayoutJob;
use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, TextureHandle, Ui, lerp, pos2, vec2,
};

use crate::ui::theme::Theme;

/// A line of text from a point to the right, truncated at a width.
pub fn line(ui: &Ui, at: Pos2, width: f32, (text, font, colour): (&str, FontId, Color32)) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    ui.painter().galley(at, galley, colour);
}

/// A whole picture, as large as fits into a rectangle.
pub fn picture_in(painter: &Painter, picture: &TextureHandle, place: Rect) {
    let size = picture.size_vec2();
    let scale = (place.width() / size.x).min(place.height() / size.y);
    let fitted = Rect::from_center_size(place.center(), size * scale);
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(picture.id(), fitted, all, Color32::WHITE);
}

/// A short small text on a background.
pub fn text_on(
    painter: &Painter,
    theme: &Theme,
    (align, at): (Align2, Pos2),
    text: &str,
    background: Color32,
) {
    let (font, colour) = (FontId::proportional(theme.text.small), *theme.colours.text);
    let galley = painter.layout_no_wrap(text.to_owned(), font, colour);
    let place = align.anchor_size(at, galley.size());
    painter.rect_filled(place.expand2(vec2(6.0, 3.0)), 4, background);
    painter.galley(place.min, galley, colour);
}

/// The lines at the thirds of a picture.
pub fn thirds(painter: &Painter, rect: Rect, stroke: Stroke) {
    for third in [1.0 / 3.0, 2.0 / 3.0] {
        let (x, y) = (lerp(rect.x_range(), third), lerp(rect.y_range(), third));
        painter.vline(x, rect.y_range(), stroke);
        painter.hline(rect.x_range(), y, stroke);
    }
}

/// A short text beside the pointer, on a background.
pub fn text_beside(painter: &Painter, theme: &Theme, pointer: Pos2, text: &str) {
    let place = (Align2::LEFT_CENTER, pointer + vec2(14.0, -18.0));
    text_on(painter, theme, place, text, *theme.colours.raised);
}
