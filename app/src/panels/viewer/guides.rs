//! Lines over the picture: safe areas and thirds. And the menu with the settings of the picture.

use egui::{Painter, Rect, Stroke, StrokeKind, Ui, vec2};

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

pub fn draw(painter: &Painter, theme: &Theme, frame: Rect, guides: Guides) {
    let stroke = Stroke::new(1.0, theme.colours.text.gamma_multiply(0.6));
    match guides {
        Guides::None => {}
        Guides::SafeAreas => {
            for part in SAFE {
                let area = Rect::from_center_size(frame.center(), frame.size() * part);
                painter.rect_stroke(area, 0, stroke, StrokeKind::Inside);
            }
            let (middle, arm) = (frame.center(), frame.height() * 0.02);
            for by in [vec2(arm, 0.0), vec2(0.0, arm)] {
                painter.line_segment([middle - by, middle + by], stroke);
            }
        }
        Guides::Thirds => {
            thirds(painter, frame, stroke);
        }
    }
}

/// A menu with the guides, the zoom, and the commands of the viewer.
pub fn menu_ui(ui: &mut Ui, cx: &PanelContext) {
    let menu = ui.menu_button(icon::SLIDERS, |ui| {
        ui.set_width(260.0);
        let now = cx.viewer_settings;
        for (guides, name) in [
            (Guides::None, "No guides"),
            (Guides::SafeAreas, "Safe areas"),
            (Guides::Thirds, "Thirds"),
        ] {
            if ui.selectable_label(now.guides == guides, name).clicked() {
                cx.send(Action::Viewer(ViewerAction::SetGuides(guides)));
            }
        }
        ui.separator();
        command_items(
            ui,
            cx,
            &[
                Command::ViewerActualSize,
                Command::ViewerFillsWindow,
                Command::MotionArrows,
                Command::PlayProxies,
                Command::SaveFrame,
            ],
        );
    });
    named(&menu.response, "Settings of the viewer");
    menu.response.on_hover_text("Settings of the viewer");
}
