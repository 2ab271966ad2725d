//! The letters and icons of the window, embedded: Inter for text, Phosphor for icons.

use egui::{FontData, FontDefinitions, FontFamily};

/// The family of emphasised text; the plain one is egui's own `Proportional`.
pub const STRONG: &str = "strong";

const REGULAR_OTF: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
const STRONG_OTF: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
const ICONS_TTF: &[u8] = include_bytes!("../../assets/fonts/Phosphor.ttf");

/// Icons by what they mean here. The code points are Phosphor's own.
pub mod icon {
    pub const CHECK: &str = "\u{e184}";
    pub const CLOSE: &str = "\u{e4f6}";
    pub const DOCTOR: &str = "\u{e7ea}";
    pub const ENGINE: &str = "\u{e610}";
    pub const FILM: &str = "\u{e8c2}";
    pub const FOLDER: &str = "\u{e24a}";
    pub const FULL_SCREEN: &str = "\u{e1d0}";
    pub const INFO: &str = "\u{e2ce}";
    pub const KEYS: &str = "\u{e2d8}";
    pub const LIGHT: &str = "\u{e472}";
    pub const NEW: &str = "\u{e236}";
    pub const OPEN: &str = "\u{e256}";
    pub const QUIT: &str = "\u{e3da}";
    pub const RESTART: &str = "\u{e036}";
    pub const SAMPLE: &str = "\u{e6a2}";
    pub const SEARCH: &str = "\u{e30c}";
    pub const WARNING: &str = "\u{e4e0}";
    pub const ZOOM_IN: &str = "\u{e310}";
    pub const ZOOM_OUT: &str = "\u{e30e}";
}

/// Text first, icons as the fallback of every family, so that an icon can stand in any label.
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
