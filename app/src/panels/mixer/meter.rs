//! The meters: bars of the peaks of left and right, and loudness in numbers.

use egui::{
    Align, Align2, Color32, FontId, Layout, Rect, Role, Sense, Ui, WidgetInfo, lerp, pos2, vec2,
};
use kinora_studio::render::Loudness;

use super::number::name_ui;
use crate::panels::context::PanelContext;

/// The lowest level of the bars, in decibels of full scale.
const LOWEST_DB: f32 = -60.0;
/// The levels from which on a bar has the colour of a warning, and that of an error.
const WARNING_DB: f32 = -6.0;
const BAD_DB: f32 = -1.0;
const BAR_WIDTH: f32 = 8.0;
const GAP: f32 = 2.0;
/// The width of the scale beside the bars, in points.
const SCALE_WIDTH: f32 = 18.0;
/// The marks of the scale, in decibels below full scale.
const MARKS_DB: [f32; 5] = [0.0, 12.0, 24.0, 36.0, 48.0];
/// The height of a row of loudness, in points.
const LOUDNESS_HEIGHT: f32 = 18.0;

/// Two bars of this height, from amplitudes, and a scale.
pub fn meter_ui(ui: &mut Ui, cx: &PanelContext, owner: &str, (levels, height): ([f32; 2], f32)) {
    let bars = 2.0 * BAR_WIDTH + GAP;
    let size = vec2(bars + SCALE_WIDTH, height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let peak_db = decibels(levels[0].max(levels[1]));
    let words = format!("Level of {owner}: {}", level_text(peak_db));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    for (number, level) in levels.into_iter().enumerate() {
        let left = rect.left() + number as f32 * (BAR_WIDTH + GAP);
        let bar = Rect::from_min_size(pos2(left, rect.top()), vec2(BAR_WIDTH, height));
        ui.painter().rect_filled(bar, 2, *cx.theme.colours.well);
        let level_db = decibels(level);
        let part = (1.0 - level_db / LOWEST_DB).clamp(0.0, 1.0);
        let top = bar.bottom() - part * bar.height();
        let filled = bar.with_min_y(top);
        ui.painter().rect_filled(filled, 2, colour(cx, level_db));
    }
    scale_ui(ui, cx, rect.with_min_x(rect.left() + bars + GAP));
    response.on_hover_text(words);
}

/// The scale, from full scale at the top: "0", "12", "24".
fn scale_ui(ui: &Ui, cx: &PanelContext, rect: Rect) {
    let (font, colour) = (
        FontId::proportional(cx.theme.text.small),
        *cx.theme.colours.text_faint,
    );
    for below_db in MARKS_DB {
        let y = lerp(rect.y_range(), below_db / -LOWEST_DB);
        let align = match below_db > 0.0 {
            true => Align2::LEFT_CENTER,
            false => Align2::LEFT_TOP, // full scale is at the edge
        };
        let at = pos2(rect.left(), y);
        ui.painter()
            .text(at, align, format!("{below_db:.0}"), font.clone(), colour);
    }
}

fn colour(cx: &PanelContext, level_db: f32) -> Color32 {
    let colours = &cx.theme.colours;
    if level_db >= BAD_DB {
        *colours.bad
    } else if level_db >= WARNING_DB {
        *colours.warning
    } else {
        *colours.good
    }
}

fn decibels(amplitude: f32) -> f32 {
    20.0 * amplitude.max(1e-6).log10()
}

fn level_text(level_db: f32) -> String {
    match level_db > LOWEST_DB {
        true => format!("{level_db:.1} dB"),
        false => "silent".into(),
    }
}

/// The numbers of EBU R128.
pub fn loudness_ui(ui: &mut Ui, cx: &PanelContext, loudness: &Loudness) {
    let Loudness {
        momentary,
        short_term,
        integrated,
        true_peak_db,
    } = *loudness;
    for (name, value, unit) in [
        ("Momentary", momentary, "LUFS"),
        ("Short-term", short_term, "LUFS"),
        ("Integrated", integrated, "LUFS"),
        ("True peak", true_peak_db, "dBTP"),
    ] {
        let size = vec2(ui.available_width(), LOUDNESS_HEIGHT);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            name_ui(ui, cx, name);
            let text = match value.is_finite() {
                true => format!("{value:.1} {unit}"),
                false => format!("– {unit}"),
            };
            ui.label(text);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_shown_in_decibels_or_as_silent() {
        assert_eq!(level_text(decibels(0.5)), "-6.0 dB");
        assert_eq!(level_text(decibels(0.0)), "silent");
    }
}
