//! The context menu of an order in the queue.

use egui::{Button, Ui};
use kinora_studio::generate::queue::Order;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, QueueAction, ShotAction};
use crate::state::view::layout::Pane;

/// What an order does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    Running,
    /// At this place of so many that wait.
    Waiting(usize, usize),
    Failed,
}

pub fn order_menu(ui: &mut Ui, cx: &PanelContext, order: &Order, state: OrderState) {
    ui.set_width(200.0);
    let shot = order.shot.id;
    let is_there = cx.project().shot(shot).is_some();
    if ui.add_enabled(is_there, Button::new("Show shot")).clicked() {
        cx.send(Action::Shot(ShotAction::Select(shot)));
        cx.send(Action::Show(Pane::Shot));
    }
    ui.separator();
    let id = order.id;
    match state {
        OrderState::Running => item(ui, cx, (true, "Cancel take"), QueueAction::Cancel(id)),
        OrderState::Waiting(place, count) => {
            let (may_rise, may_sink) = (place > 0, place + 1 < count);
            let next = QueueAction::MoveToFront(id);
            item(ui, cx, (may_rise, "Generate next"), next);
            item(ui, cx, (may_rise, "Move up"), QueueAction::MoveUp(id));
            item(ui, cx, (may_sink, "Move down"), QueueAction::MoveDown(id));
            let remove = QueueAction::Cancel(id);
            item(ui, cx, (true, "Remove from the queue"), remove);
        }
        OrderState::Failed => {
            item(ui, cx, (true, "Retry"), QueueAction::Retry(id));
            let remove = QueueAction::Cancel(id);
            item(ui, cx, (true, "Remove from the queue"), remove);
        }
    }
}

fn item(ui: &mut Ui, cx: &PanelContext, (is_possible, text): (bool, &str), action: QueueAction) {
    if ui.add_enabled(is_possible, Button::new(text)).clicked() {
        cx.send(Action::Queue(action));
    }
}
