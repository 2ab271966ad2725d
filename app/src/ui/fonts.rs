//! The embedded fonts: Inter for text, Phosphor for icons. Characters that they lack come from the system's fonts,
//! which eframe loads when they are first needed.

use egui::epaint::text::{GlyphBitmap, GlyphRasterizer, RasterizedGlyph};
use egui::{Color32, ColorImage, FontData, FontDefinitions, FontFamily, vec2};

/// The family of emphasised text; plain text is egui's own `Proportional`.
pub const STRONG: &str = "strong";

const REGULAR_OTF: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
const STRONG_OTF: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");
const ICONS_TTF: &[u8] = include_bytes!("../../../assets/fonts/Phosphor.ttf");

/// Icons by their meaning in Kinora; the code points are Phosphor's. The embedded font has no others:
/// `assets/fonts/subset.py` makes it anew of the whole font.
pub mod icon {
    pub const ABOVE: &str = "\u{e08e}";
    pub const CAST: &str = "\u{e4d6}";
    pub const DUPLICATE: &str = "\u{e1ca}";
    pub const CHECK: &str = "\u{e184}";
    pub const COPY: &str = "\u{e1ca}";
    pub const DIAMOND: &str = "\u{e1ec}";
    pub const EYE: &str = "\u{e220}";
    pub const INSERT: &str = "\u{e3d4}";
    pub const SLIDERS: &str = "\u{e432}";
    pub const LINK: &str = "\u{e2e2}";
    pub const PASTE: &str = "\u{e196}";
    pub const SELECT: &str = "\u{e69a}";
    pub const CLOSE: &str = "\u{e4f6}";
    pub const EXPORT: &str = "\u{eaf0}";
    pub const DOCTOR: &str = "\u{e7ea}";
    pub const ENGINE: &str = "\u{e610}";
    pub const FILM: &str = "\u{e8c2}";
    pub const FOLDER: &str = "\u{e24a}";
    pub const GEAR: &str = "\u{e270}";
    pub const HISTORY: &str = "\u{e1a0}";
    pub const LAYOUT: &str = "\u{e6d6}";
    pub const FULL_SCREEN: &str = "\u{e1d0}";
    pub const INFO: &str = "\u{e2ce}";
    pub const KEYS: &str = "\u{e2d8}";
    pub const LIGHT: &str = "\u{e472}";
    pub const NEW: &str = "\u{e236}";
    pub const ARROW: &str = "\u{e092}";
    pub const PATH: &str = "\u{e39c}";
    pub const PAUSE: &str = "\u{e39e}";
    pub const PENCIL: &str = "\u{e3b4}";
    pub const PLACE: &str = "\u{e20c}";
    pub const PLAY: &str = "\u{e3d0}";
    pub const QUEUE: &str = "\u{e6ac}";
    pub const SHUFFLE: &str = "\u{e424}";
    pub const STAR: &str = "\u{e46a}";
    pub const OPEN: &str = "\u{e256}";
    pub const REDO: &str = "\u{e08c}";
    pub const QUIT: &str = "\u{e3da}";
    pub const RESTART: &str = "\u{e3f6}";
    pub const SAMPLE: &str = "\u{e6a2}";
    pub const SAVE: &str = "\u{e248}";
    pub const SCISSORS: &str = "\u{eae0}";
    pub const SHOT: &str = "\u{e4da}";
    pub const SNAP: &str = "\u{e680}";
    pub const TRIM: &str = "\u{e872}";
    pub const COMPARE: &str = "\u{e870}";

    pub const STEP_BACK: &str = "\u{e51e}";
    pub const STEP_ON: &str = "\u{e520}";
    pub const SHUTTLE_BACK: &str = "\u{e6a8}";
    pub const SHUTTLE_ON: &str = "\u{e6a6}";
    pub const TO_TOP: &str = "\u{e522}";
    pub const DISSOLVE: &str = "\u{eb42}";
    pub const MICROPHONE: &str = "\u{e326}";
    pub const MARKER: &str = "\u{e316}";
    pub const TITLE: &str = "\u{e48a}";
    pub const TO_END: &str = "\u{e5a6}";
    pub const TO_START: &str = "\u{e5a4}";
    pub const TRASH: &str = "\u{e4a6}";
    pub const UNDO: &str = "\u{e08a}";
    pub const WAND: &str = "\u{e6b6}";
    pub const SEARCH: &str = "\u{e30c}";
    pub const LOCK: &str = "\u{e2fa}";
    pub const SPEAKER: &str = "\u{e44a}";
    pub const SPEAKER_OFF: &str = "\u{e45c}";
    pub const WARNING: &str = "\u{e4e0}";
    pub const ZOOM_IN: &str = "\u{e310}";
    pub const ZOOM_OUT: &str = "\u{e30e}";
}

/// Signs of the text font that stand for controls.
pub mod sign {
    pub const ARROW_LEFT: &str = "\u{2190}";
    pub const ARROW_RIGHT: &str = "\u{2192}";
    pub const CARET_DOWN: &str = "\u{25bc}";
    pub const BELOW: &str = "\u{2193}";
    pub const MARK_IN: &str = "[";
    pub const MARK_OUT: &str = "]";
}

/// Inter first; Phosphor is the fallback of every family, so that a label can contain icons.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, data) in [
        ("regular", REGULAR_OTF),
        (STRONG, STRONG_OTF),
        ("icons", ICONS_TTF),
    ] {
        fonts
            .font_data
            .insert(name.into(), FontData::from_static(data).into());
    }
    let with_icons = |name: &str| vec![name.to_owned(), "icons".to_owned()];
    fonts
        .families
        .insert(FontFamily::Proportional, with_icons("regular"));
    fonts
        .families
        .insert(FontFamily::Monospace, with_icons("regular"));
    fonts
        .families
        .insert(FontFamily::Name(STRONG.into()), with_icons(STRONG));
    fonts
}

/// The copy sign of egui's colour picker, which neither font has.
const COPY: &str = "\u{1f4cb}";

/// Draws [`COPY`] as two sheets.
pub fn copy_sign() -> GlyphRasterizer {
    GlyphRasterizer::new("kinora copy sign", |glyph| {
        let side = glyph.font_size_px.round().max(8.0) as usize;
        (glyph.cluster == COPY).then(|| RasterizedGlyph {
            bitmap: GlyphBitmap {
                image: two_sheets(side),
                offset_px: vec2(0.0, -0.9 * glyph.font_size_px),
                is_color: false,
            },
            advance_px: side as f32,
        })
    })
}

/// The front sheet, and the visible edges of the one behind it.
fn two_sheets(side: usize) -> ColorImage {
    let (line, back) = (side.div_ceil(12), side / 4);
    let (near, far) = (1, side - 2); // one pixel of margin
    let is_drawn = |x: usize, y: usize| {
        let within =
            |low: usize, high: usize| (low..=high).contains(&x) && (low..=high).contains(&y);
        let is_edge =
            |low: usize, high: usize| within(low, high) && !within(low + line, high - line);
        let front = is_edge(near + back, far);
        front || is_edge(near, far - back) && !within(near + back - line, far)
    };
    let pixels = (0..side * side).map(|at| match is_drawn(at % side, at / side) {
        true => Color32::WHITE,
        false => Color32::TRANSPARENT,
    });
    ColorImage::new([side, side], pixels.collect())
}

#[cfg(test)]
mod tests {
    use egui::{Context, FontId};

    use super::*;

    /// The icons of the table that a font has, or has not.
    fn icons(font: &str, has: bool) -> Vec<String> {
        let ctx = Context::default();
        let mut fonts = definitions();
        fonts
            .families
            .insert(FontFamily::Proportional, vec![font.to_owned()]);
        ctx.set_fonts(fonts);
        let mut output = ctx.run_ui(egui::RawInput::default(), |_| {});
        output.textures_delta.clear();
        let source = include_str!("fonts.rs");
        let icons = source.split("pub mod sign").next().unwrap_or_default();
        let codes = icons
            .split("\\u{")
            .skip(1)
            .filter_map(|rest| rest.split('}').next());
        let icons: Vec<char> = codes
            .filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?))
            .collect();
        assert!(icons.len() > 20);
        let font = FontId::proportional(14.0);
        let found = icons
            .into_iter()
            .filter(|icon| ctx.fonts_mut(|fonts| fonts.has_glyph(&font, *icon)) == has);
        found
            .map(|icon| icon.escape_unicode().to_string())
            .collect()
    }

    #[test]
    fn every_icon_is_in_its_font_and_none_is_hidden_by_a_letter_of_the_text_font() {
        assert_eq!(icons("regular", true), [""; 0]);
        assert_eq!(icons("icons", false), [""; 0]);
    }
}
