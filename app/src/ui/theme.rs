//! The look of the window, read from `assets/theme.ron`. The only file in which colours are made.

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2, vec2,
};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::ui::fonts;

const THEME: &str = include_str!("../../../assets/theme.ron");

/// The look of the window.
#[derive(Clone, Debug, Deserialize)]
pub struct Theme {
    /// The colours, named by their use.
    pub colours: Colours,
    /// Text sizes, in points.
    pub text: Text,
    /// Corners and distances, in points.
    pub shape: Shape,
    /// The length of animations, in seconds.
    motion_secs: f32,
}

/// The colours, named by their use; `assets/theme.ron` has a comment for each.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Colours {
    pub ground: Colour,
    pub panel: Colour,
    pub raised: Colour,
    pub raised_hover: Colour,
    pub raised_active: Colour,
    pub control: Colour,
    pub well: Colour,
    pub line: Colour,
    pub line_strong: Colour,
    pub text: Colour,
    pub text_soft: Colour,
    pub text_faint: Colour,
    pub accent: Colour,
    pub accent_hover: Colour,
    pub accent_active: Colour,
    pub on_accent: Colour,
    pub accent_veil: Colour,
    pub good: Colour,
    pub warning: Colour,
    pub bad: Colour,
    pub axis_x: Colour,
    pub axis_y: Colour,
    pub axis_z: Colour,
    pub clip_shot: Colour,
    pub clip_medium: Colour,
    pub clip_sound: Colour,
    pub clip_title: Colour,
    pub clip_sequence: Colour,
    pub labels: Labels,
    pub shade: Colour,
    pub shadow: Colour,
}

/// The colours of labels.
#[derive(Clone, Debug, Deserialize)]
pub struct Labels {
    red: Colour,
    orange: Colour,
    yellow: Colour,
    green: Colour,
    cyan: Colour,
    blue: Colour,
    purple: Colour,
    pink: Colour,
}

/// Text sizes, in points.
#[derive(Clone, Debug, Deserialize)]
pub struct Text {
    pub small: f32,
    pub body: f32,
    pub heading: f32,
    pub title: f32,
}

/// Corners and distances, in points.
#[derive(Clone, Debug, Deserialize)]
pub struct Shape {
    pub radius: u8,
    pub control_height: f32,
    pub gap: f32,
}

/// A colour of the theme; it dereferences to egui's own type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(Color32);

impl std::ops::Deref for Colour {
    type Target = Color32;

    fn deref(&self) -> &Color32 {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Colour {
    /// "#rrggbb" or "#rrggbbaa", in sRGB.
    #[expect(
        clippy::disallowed_methods,
        reason = "the theme's colours are made here"
    )]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let colour = Color32::from_hex(&text).map_err(|_| {
            D::Error::custom(format!(
                "\"{text}\" is not a colour; write #rrggbb or #rrggbbaa"
            ))
        })?;
        Ok(Self(colour))
    }
}

impl Theme {
    /// The theme embedded in this program.
    ///
    /// # Panics
    /// `assets/theme.ron` is invalid; a test reads it.
    pub fn embedded() -> Self {
        ron::from_str(THEME).unwrap_or_else(|error| panic!("assets/theme.ron: {error}"))
    }

    /// The colours of labels with their names, as swatches.
    pub fn swatches(&self) -> [(&'static str, Color32); 8] {
        let labels = &self.colours.labels;
        [
            ("Red", *labels.red),
            ("Orange", *labels.orange),
            ("Yellow", *labels.yellow),
            ("Green", *labels.green),
            ("Cyan", *labels.cyan),
            ("Blue", *labels.blue),
            ("Purple", *labels.purple),
            ("Pink", *labels.pink),
        ]
    }

    /// The large text of the welcome page.
    pub fn title_font(&self) -> FontId {
        FontId::new(self.text.title, FontFamily::Name(fonts::STRONG.into()))
    }

    /// The font of headings.
    pub fn heading_font(&self) -> FontId {
        FontId::new(self.text.heading, FontFamily::Name(fonts::STRONG.into()))
    }

    /// The font of emphasised body text.
    pub fn strong_font(&self) -> FontId {
        FontId::new(self.text.body, FontFamily::Name(fonts::STRONG.into()))
    }

    /// Sets the style of every egui widget.
    pub fn apply(&self, ctx: &egui::Context) {
        ctx.set_theme(egui::Theme::Dark);
        ctx.all_styles_mut(|style| {
            self.apply_text(style);
            self.apply_spacing(style);
            self.apply_colours(&mut style.visuals);
            style.animation_time = self.motion_secs;
        });
    }

    fn apply_text(&self, style: &mut egui::Style) {
        let plain = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Small, plain(self.text.small)),
            (TextStyle::Body, plain(self.text.body)),
            (TextStyle::Button, plain(self.text.body)),
            (
                TextStyle::Monospace,
                FontId::new(self.text.body, FontFamily::Monospace),
            ),
            (TextStyle::Heading, self.heading_font()),
        ]
        .into();
    }

    fn apply_spacing(&self, style: &mut egui::Style) {
        let gap = self.shape.gap;
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::splat(gap);
        spacing.button_padding = vec2(12.0, 4.0);
        spacing.interact_size = vec2(40.0, self.shape.control_height);
        spacing.window_margin = Margin::same(20);
        spacing.menu_margin = Margin::same(6);
        spacing.combo_width = 160.0;
        // Room for the scrollbar, so that it covers no field.
        spacing.scroll.floating_allocated_width = 10.0;
    }

    fn apply_colours(&self, visuals: &mut egui::Visuals) {
        let colours = &self.colours;
        let radius = CornerRadius::same(self.shape.radius);
        let shadow = Shadow {
            offset: [0, 12],
            blur: 40,
            spread: 0,
            color: *colours.shadow,
        };
        let line = Stroke::new(1.0, *colours.line);
        visuals.dark_mode = true;
        visuals.override_text_color = None;
        visuals.weak_text_color = Some(*colours.text_soft);
        visuals.hyperlink_color = *colours.accent;
        visuals.faint_bg_color = *colours.raised;
        visuals.extreme_bg_color = *colours.well;
        visuals.text_edit_bg_color = Some(*colours.well);
        visuals.code_bg_color = *colours.well;
        visuals.warn_fg_color = *colours.warning;
        visuals.error_fg_color = *colours.bad;
        visuals.window_corner_radius = CornerRadius::same(self.shape.radius + 4);
        visuals.menu_corner_radius = CornerRadius::same(self.shape.radius + 2);
        visuals.window_fill = *colours.panel;
        visuals.window_stroke = Stroke::new(1.0, *colours.line_strong);
        visuals.panel_fill = *colours.panel;
        visuals.window_shadow = shadow;
        visuals.popup_shadow = shadow;
        visuals.selection.bg_fill = *colours.accent_veil;
        visuals.selection.stroke = Stroke::new(1.0, *colours.accent);
        visuals.text_cursor.stroke = Stroke::new(2.0, *colours.accent);
        visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);

        let widgets = &mut visuals.widgets;
        let mut wear =
            |widget: fn(&mut egui::style::Widgets) -> &mut egui::style::WidgetVisuals,
             fill: Colour,
             stroke,
             text: Colour| {
                *widget(widgets) = egui::style::WidgetVisuals {
                    bg_fill: *fill,
                    weak_bg_fill: *fill,
                    bg_stroke: stroke,
                    corner_radius: radius,
                    fg_stroke: Stroke::new(1.0, *text),
                    expansion: 0.0,
                };
            };
        wear(|w| &mut w.noninteractive, colours.panel, line, colours.text);
        wear(
            |w| &mut w.inactive,
            colours.raised,
            Stroke::NONE,
            colours.text,
        );
        wear(
            |w| &mut w.hovered,
            colours.raised_hover,
            Stroke::new(1.0, *colours.line_strong),
            colours.text,
        );
        wear(
            |w| &mut w.active,
            colours.raised_active,
            Stroke::new(1.0, *colours.accent),
            colours.text,
        );
        wear(
            |w| &mut w.open,
            colours.raised_active,
            Stroke::NONE,
            colours.text,
        );
        // The fill of boxes and rails, which have no text that would show where they are.
        for widget in [
            &mut widgets.inactive,
            &mut widgets.hovered,
            &mut widgets.active,
        ] {
            widget.bg_fill = *colours.control;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme() -> Theme {
        Theme::embedded()
    }

    /// WCAG 2.1 relative luminance.
    fn luminance(colour: Colour) -> f32 {
        let [red, green, blue, _] = egui::Rgba::from(*colour).to_array();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(text: Colour, ground: Colour) -> f32 {
        let (a, b) = (luminance(text), luminance(ground));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_text_has_enough_contrast_on_its_backgrounds() {
        let colours = theme().colours;
        let clips = [
            colours.clip_shot,
            colours.clip_medium,
            colours.clip_sound,
            colours.clip_title,
            colours.clip_sequence,
        ];
        for ground in clips {
            assert!(contrast(colours.text, ground) >= 4.5, "{ground:?}");
        }
        for ground in [colours.ground, colours.panel, colours.well, colours.raised] {
            for text in [
                colours.text,
                colours.text_soft,
                colours.text_faint,
                colours.good,
                colours.warning,
                colours.bad,
            ] {
                assert!(
                    contrast(text, ground) >= 4.5,
                    "{text:?} on {ground:?}: {}",
                    contrast(text, ground)
                );
            }
        }
        assert!(contrast(colours.on_accent, colours.accent) >= 4.5);
    }

    #[test]
    fn a_box_and_its_tick_have_enough_contrast() {
        let colours = theme().colours;
        for ground in [colours.ground, colours.panel, colours.raised] {
            assert!(contrast(colours.control, ground) >= 3.0, "{ground:?}");
        }
        assert!(contrast(colours.text, colours.control) >= 3.0);
    }

    #[test]
    fn no_text_is_smaller_than_12_points() {
        let text = theme().text;
        assert!(text.small >= 12.0 && text.body >= 12.0);
    }

    #[test]
    fn an_invalid_colour_is_named() {
        let refused = ron::from_str::<Colour>("\"reddish\"").expect_err("no colour");
        assert!(refused.to_string().contains("reddish"));
    }
}
