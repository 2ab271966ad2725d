//! The icon of the window: a film frame with a play mark in the accent colour, drawn in the colours of the theme.

use egui::{Color32, IconData};

use super::theme::Theme;

/// Width and height in pixels.
const SIDE: u32 = 256;
/// Samples per pixel, across and down.
const SAMPLES: u32 = 3;

pub fn app_icon(theme: &Theme) -> IconData {
    let pixels = (0..SIDE * SIDE).flat_map(|at| pixel(theme, at % SIDE, at / SIDE));
    IconData {
        rgba: pixels.collect(),
        width: SIDE,
        height: SIDE,
    }
}

/// Red, green, blue and alpha of a pixel.
fn pixel(theme: &Theme, x: u32, y: u32) -> [u8; 4] {
    let (mut sum, mut covered) = ([0_u32; 3], 0);
    for sample in 0..SAMPLES * SAMPLES {
        let place = |pixel: u32, sample: u32| {
            (pixel as f32 + (sample as f32 + 0.5) / SAMPLES as f32) / SIDE as f32
        };
        let (across, down) = (place(x, sample % SAMPLES), place(y, sample / SAMPLES));
        if let Some(colour) = colour_at(theme, across, down) {
            for (sum, part) in sum.iter_mut().zip([colour.r(), colour.g(), colour.b()]) {
                *sum += u32::from(part);
            }
            covered += 1;
        }
    }
    let [red, green, blue] = sum.map(|sum| (sum / covered.max(1)) as u8);
    let alpha = (covered * 255 / (SAMPLES * SAMPLES)) as u8;
    [red, green, blue, alpha]
}

/// The colour at a position in the icon; both coordinates run from 0 to 1. `None`: transparent.
fn colour_at(theme: &Theme, across: f32, down: f32) -> Option<Color32> {
    const MARGIN: f32 = 0.04;
    const RADIUS: f32 = 0.16;
    let from_edge = |place: f32| (place - 0.5).abs() - (0.5 - MARGIN - RADIUS);
    let (right, below) = (from_edge(across).max(0.0), from_edge(down).max(0.0));
    if right.hypot(below) > RADIUS {
        return None;
    }
    let colours = &theme.colours;
    let hole = ((across - 0.08) / 0.84 * 6.0).fract();
    let is_hole_row = (0.11..0.19).contains(&down) || (0.81..0.89).contains(&down);
    let is_hole = is_hole_row && (0.08..0.92).contains(&across) && (0.3..0.7).contains(&hole);
    let is_mark = across >= 0.38 && (down - 0.5).abs() <= 0.2 * (0.72 - across) / 0.34;
    Some(match (is_mark, is_hole) {
        (true, _) => *colours.accent,
        (false, true) => *colours.text_soft,
        (false, false) => *colours.raised,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_the_accent_in_the_middle_and_clear_corners() {
        let theme = Theme::embedded();
        let icon = app_icon(&theme);
        assert_eq!(icon.rgba.len(), 256 * 256 * 4);
        let at = |x: usize, y: usize| &icon.rgba[(y * 256 + x) * 4..][..4];
        let accent = *theme.colours.accent;
        assert_eq!(at(128, 128), [accent.r(), accent.g(), accent.b(), 255]);
        assert_eq!(at(0, 0)[3], 0);
    }
}
