//! The queue panel: the orders that wait, and the progress of the running one.

use crate::panels::controls::{command_button, command_icon};
use crate::state::action::{Action, QueueAction};
use crate::state::generation::GenerationProgress;
use egui::{ProgressBar, RichText, ScrollArea, Ui, vec2};
use kinora_studio::generate::queue::{Order, Work};

use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::{icon_button, row_from_right};

pub fn queue_ui(ui: &mut Ui, cx: &PanelContext) {
    let queue = cx.generation.scheduler.queue();
    row_from_right(ui, 32.0, |ui| {
        let (pause, sign) = match queue.is_paused() {
            true => (Command::ResumeQueue, icon::PLAY),
            false => (Command::PauseQueue, icon::PAUSE),
        };
        if command_icon(ui, cx.keys, sign, pause.row()).clicked() {
            cx.send(Action::Command(pause));
        }
        let row = Command::GenerateMissing.row();
        if command_button(ui, row, vec2(ui.available_width(), 32.0)).clicked() {
            cx.send(Action::Command(Command::GenerateMissing));
        }
    });
    ui.add_space(4.0);
    if queue.orders().is_empty() {
        ui.label(
            RichText::new("The queue is empty. Generated shots appear here.")
                .color(*cx.theme.colours.text_faint),
        );
        return;
    }
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let running = cx.generation.scheduler.running();
            let mut waiting = queue.orders().iter().map(|order| order.id);
            let next = waiting.find(|id| Some(*id) != running);
            for order in queue.orders() {
                let is_next = next == Some(order.id);
                ui.push_id(order.id, |ui| order_ui(ui, cx, order, is_next));
                ui.separator();
            }
        });
}

fn order_ui(ui: &mut Ui, cx: &PanelContext, order: &Order, is_next: bool) {
    let name = &match order.work {
        Work::Shot => order.shot.name.clone(),
        Work::Vary { .. } => format!("{} (variation)", order.shot.name),
        Work::Reproduce { .. } => format!("{} (reproduce)", order.shot.name),
    };
    row_from_right(ui, 30.0, |ui| {
        if icon_button(ui, icon::CLOSE, &format!("Remove {name} from the queue")).clicked() {
            cx.send(Action::Queue(QueueAction::Cancel(order.id)));
        }
        let can_move = cx.generation.scheduler.running() != Some(order.id) && !is_next;
        if can_move && icon_button(ui, icon::ABOVE, &format!("Generate {name} next")).clicked() {
            cx.send(Action::Queue(QueueAction::MoveToFront(order.id)));
        }
        if order.failed.is_some()
            && icon_button(ui, icon::RESTART, &format!("Retry {name}")).clicked()
        {
            cx.send(Action::Queue(QueueAction::Retry(order.id)));
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.label(RichText::new(name).font(cx.theme.strong_font()));
            ui.label(
                RichText::new(format!("seed {}", order.seed))
                    .small()
                    .color(*cx.theme.colours.text_faint),
            );
        });
    });
    let is_made = cx.generation.scheduler.running() == Some(order.id);
    match (
        &order.failed,
        cx.generation.progress.as_ref().filter(|_| is_made),
    ) {
        (Some(failure), _) => {
            ui.label(
                RichText::new(failure.cause.as_str())
                    .small()
                    .color(*cx.theme.colours.bad),
            );
            if let Some(remedy) = &failure.remedy {
                ui.label(
                    RichText::new(remedy.as_str())
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
            }
        }
        (None, Some(coming)) => coming_ui(ui, cx.theme, coming),
        (None, None) => {
            ui.label(
                RichText::new("waiting")
                    .small()
                    .color(*cx.theme.colours.text_faint),
            );
        }
    }
}

fn coming_ui(ui: &mut Ui, theme: &Theme, coming: &GenerationProgress) {
    ui.add(
        ProgressBar::new(coming.done)
            .desired_height(6.0)
            .fill(*theme.colours.accent),
    );
    ui.label(
        RichText::new(coming.text.as_str())
            .small()
            .color(*theme.colours.text_soft),
    );
    if let Some(preview) = &coming.preview {
        let width = ui.available_width();
        let size = preview.size_vec2();
        let shown = vec2(width, width * size.y / size.x);
        ui.add(
            egui::Image::new((preview.id(), shown))
                .corner_radius(4)
                .alt_text("Preview"),
        );
    }
}
