//! The light beside the transport: whether playback shows every frame.

use egui::{Role, Sense, Ui, WidgetInfo, vec2};

use crate::ui::theme::Theme;

const SIZE: f32 = 14.0;
const RADIUS: f32 = 4.0;

/// The light while the viewer plays: it changes its colour with the first frame that is left out.
pub fn light_ui(ui: &mut Ui, theme: &Theme, count: u32) {
    let (rect, response) = ui.allocate_exact_size(vec2(SIZE, SIZE), Sense::hover());
    let colour = match count {
        0 => *theme.colours.good,
        _ => *theme.colours.bad,
    };
    ui.painter().circle_filled(rect.center(), RADIUS, colour);
    let words = words(count);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response.on_hover_text(words);
}

fn words(count: u32) -> String {
    match count {
        0 => "No dropped frames".into(),
        1 => "1 dropped frame".into(),
        many => format!("{many} dropped frames"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_count_the_frames() {
        assert_eq!(words(0), "No dropped frames");
        assert_eq!(words(1), "1 dropped frame");
        assert_eq!(words(7), "7 dropped frames");
    }
}
