//! What every panel is drawn with: theme, fonts, widgets, pictures on the graphics card. Knows no project.

pub mod fonts;
pub mod gpu;
pub mod theme;
pub mod widgets;
