//! The drawing kit of all panels: theme, fonts, widgets, shaders. Independent of the project.

pub mod app_icon;
pub mod arrows;
pub mod fonts;
pub mod gpu;
pub mod rows;
pub mod theme;
pub mod widgets;
