//! The button beside Generate that makes stills of the shot, and their number.

use egui::{Button, Ui, WidgetInfo, vec2};
use kinora_studio::generate::stills::STILL_COUNTS;

use crate::panels::context::PanelContext;
use crate::state::action::Action;
use crate::state::command::Command;
use crate::state::view::shot_view::ShotView;
use crate::ui::widgets::{named, number};

/// The width of the button, and of the number beside it, in points.
const BUTTON_WIDTH: f32 = 56.0;
const COUNT_WIDTH: f32 = 40.0;
/// In a row that is narrower, in points, the number is left out.
const ROOMY: f32 = 300.0;

/// The width that the controls take from their row, with the gaps before them.
pub fn width(ui: &Ui) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    let count = match has_room(ui) {
        true => gap + COUNT_WIDTH,
        false => 0.0,
    };
    gap + BUTTON_WIDTH + count
}

fn has_room(ui: &Ui) -> bool {
    ui.max_rect().width() >= ROOMY
}

/// The button, and the number of stills where there is room, of this height in points.
pub fn make_ui(ui: &mut Ui, cx: &PanelContext, view: &mut ShotView, height: f32) {
    let row = Command::MakeStills.row();
    let button = ui.add(Button::new("Stills").min_size(vec2(BUTTON_WIDTH, height)));
    named(&button, row.text);
    let words = format!("{}: {} now", row.tooltip, view.still_count);
    if button
        .on_hover_text(cx.keys.tooltip(&words, row.command))
        .clicked()
    {
        cx.send(Action::Command(Command::MakeStills));
    }
    if has_room(ui) {
        let drag = number(&mut view.still_count)
            .range(STILL_COUNTS)
            .speed(0.05);
        let response = ui.add_sized(vec2(COUNT_WIDTH, height), drag);
        response.widget_info(|| WidgetInfo {
            label: Some("Number of stills".into()),
            ..WidgetInfo::drag_value(response.enabled(), f64::from(view.still_count))
        });
        response.on_hover_text("Number of stills");
    }
}
