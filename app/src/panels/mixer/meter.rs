//! The meters: bars of the peaks of left and right, and loudness in numbers.

use egui::{Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use kinora_studio::render::Loudness;

use super::number::{FADER_HEIGHT, name_ui};
use crate::panels::context::PanelContext;

/// The lowest level of the bars, in decibels of full scale.
const LOWEST_DB: f32 = -60.0;
/// The levels from which on a bar has the colour of a warning, and that of an error.
const WARNING_DB: f32 = -6.0;
const BAD_DB: f32 = -1.0;
const BAR_WIDTH: f32 = 8.0;
const GAP: f32 = 2.0;

/// Two bars, from amplitudes.
pub fn meter_ui(ui: &mut Ui, cx: &PanelContext, owner: &str, levels: [f32; 2]) {
    let size = vec2(2.0 * BAR_WIDTH + GAP, FADER_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let peak_db = decibels(levels[0].max(levels[1]));
    let words = format!("Level of {owner}: {}", level_text(peak_db));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    for (number, level) in levels.into_iter().enumerate() {
        let left = rect.left() + number as f32 * (BAR_WIDTH + GAP);
        let bar = Rect::from_min_size(pos2(left, rect.top()), vec2(BAR_WIDTH, FADER_HEIGHT));
        ui.painter().rect_filled(bar, 2, *cx.theme.colours.well);
        let level_db = decibels(level);
        let part = (1.0 - level_db / LOWEST_DB).clamp(0.0, 1.0);
        let top = bar.bottom() - part * bar.height();
        let filled = bar.with_min_y(top);
        ui.painter().rect_filled(filled, 2, colour(cx, level_db));
    }
    response.on_hover_text(words);
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
        ui.horizontal(|ui| {
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
