//! Lines over the picture: safe areas, thirds, a centre cross and a grid. And the menu with the settings of the picture.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Painter, PopupCloseBehavior, Rect, Stroke, StrokeKind, Ui, vec2};

use crate::panels::context::PanelContext;
use crate::panels::controls::command_items;
use crate::state::action::{Action, ViewerAction};
use crate::state::command::Command;
use crate::state::view::Guides;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::{named, thirds};

/// The parts of the width and height that stay visible: action and title safe area (SMPTE ST 2046-1).
const SAFE: [f32; 2] = [0.93, 0.90];

/// The side of a square of the grid, as a part of the picture's height.
const SQUARE: f32 = 0.1;
/// No grid is drawn with smaller squares, in points.
const LEAST_SQUARE: f32 = 4.0;

/// The length of an arm of the centre cross, as a part of the picture's height.
const ARM: f32 = 0.04;

pub fn draw(painter: &Painter, theme: &Theme, frame: Rect, guides: Guides) {
    let stroke = Stroke::new(1.0, theme.colours.text.gamma_multiply(0.6));
    let Guides {
        safe_areas,
        thirds: has_thirds,
        centre_cross,
        grid: has_grid,
        checkerboard: _, // composed below the picture
    } = guides;
    if has_grid {
        let faint = theme.colours.text.gamma_multiply(0.3);
        grid(painter, frame, Stroke::new(1.0, faint));
    }
    if safe_areas {
        for part in SAFE {
            let area = Rect::from_center_size(frame.center(), frame.size() * part);
            painter.rect_stroke(area, 0, stroke, StrokeKind::Inside);
        }
    }
    if has_thirds {
        thirds(painter, frame, stroke);
    }
    if centre_cross {
        let (middle, arm) = (frame.center(), frame.height() * ARM);
        for by in [vec2(arm, 0.0), vec2(0.0, arm)] {
            painter.line_segment([middle - by, middle + by], stroke);
        }
    }
}

/// Squares of a tenth of the picture's height, from its middle outwards.
fn grid(painter: &Painter, frame: Rect, stroke: Stroke) {
    let side = frame.height() * SQUARE;
    if side < LEAST_SQUARE {
        return; // the lines would cover the picture
    }
    let middle = frame.center();
    let steps = |length: f32| (length / 2.0 / side).floor() as i32;
    for step in -steps(frame.width())..=steps(frame.width()) {
        painter.vline(middle.x + step as f32 * side, frame.y_range(), stroke);
    }
    for step in -steps(frame.height())..=steps(frame.height()) {
        painter.hline(frame.x_range(), middle.y + step as f32 * side, stroke);
    }
}

/// A menu with the guides, the zoom, and the commands of the viewer.
pub fn menu_ui(ui: &mut Ui, cx: &PanelContext) {
    // Several guides are often chosen in one visit.
    let stays = PopupCloseBehavior::CloseOnClickOutside;
    let menu = MenuButton::new(icon::SLIDERS).config(MenuConfig::new().close_behavior(stays));
    let (response, _) = menu.ui(ui, |ui| {
        ui.set_width(300.0);
        let now = cx.viewer_settings;
        let mut guides = now.guides;
        for (is_shown, name, tooltip) in [
            (
                &mut guides.safe_areas,
                "Safe areas",
                "What every screen shows: 93 % for action, 90 % for titles",
            ),
            (
                &mut guides.thirds,
                "Thirds",
                "Two lines across and two down",
            ),
            (
                &mut guides.centre_cross,
                "Centre cross",
                "A cross in the middle of the picture",
            ),
            (
                &mut guides.grid,
                "Grid",
                "Squares of a tenth of the picture's height, from its middle",
            ),
            (
                &mut guides.checkerboard,
                "Checkerboard",
                "Grey squares where the film covers nothing, in place of black",
            ),
        ] {
            ui.checkbox(is_shown, name).on_hover_text(tooltip);
        }
        if guides != now.guides {
            cx.send(Action::Viewer(ViewerAction::SetGuides(guides)));
        }
        ui.separator();
        command_items(
            ui,
            cx,
            &[
                Command::ViewerActualSize,
                Command::ViewerFillsWindow,
                Command::ViewerWindow,
                Command::MotionArrows,
                Command::PlayProxies,
                Command::SaveFrame,
            ],
        );
    });
    named(&response, "Settings of the viewer");
    response.on_hover_text("Settings of the viewer");
}
