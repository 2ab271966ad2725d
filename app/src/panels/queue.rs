//! The queue panel: series of takes, the running order and those that wait, those that failed, and the finished jobs of
//! this session.

mod menu;
mod series;

use std::time::Duration;

use crate::panels::controls::{command_button, command_icon};
use crate::state::action::{Action, QueueAction};
use crate::state::generation::{FinishedJob, GenerationProgress, duration_words, title_of};
use egui::{ProgressBar, RichText, ScrollArea, Separator, TextStyle, Ui, vec2};
use kinora_studio::generate::queue::{Order, OrderId};

use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::state::view::queue_view::QueueView;
use crate::ui::fonts::{icon, sign};
use crate::ui::rows::rows_in_view;
use crate::ui::theme::Theme;
use crate::ui::widgets::{icon_button, named, row_with_end, small_button};
use menu::{OrderState, order_menu};
use series::all_series_ui;

/// A job that has run for less time is cancelled without a question.
const JUST_BEGUN: Duration = Duration::from_secs(3);
/// The most orders whose time is estimated one by one. The others count as their mean.
const MOST_ESTIMATED: usize = 100;
/// The heights of the parts of a row, in points.
const TITLE_HEIGHT: f32 = 30.0;
const SEPARATOR_HEIGHT: f32 = 6.0;

pub fn queue_ui(ui: &mut Ui, cx: &PanelContext, view: &mut QueueView) {
    let queue = cx.generation.scheduler.queue();
    let generate = |ui: &mut Ui| {
        let row = Command::GenerateMissing.row();
        if command_button(ui, row, vec2(ui.available_width(), 32.0)).clicked() {
            cx.send(Action::Command(Command::GenerateMissing));
        }
    };
    row_with_end(ui, 32.0, generate, |ui| {
        let (pause, sign) = match queue.is_paused() {
            true => (Command::ResumeQueue, icon::PLAY),
            false => (Command::PauseQueue, icon::PAUSE),
        };
        if command_icon(ui, cx.keys, sign, pause.row()).clicked() {
            cx.send(Action::Command(pause));
        }
    });
    ui.add_space(4.0);
    let (failed, active): (Vec<&Order>, Vec<&Order>) = queue
        .orders()
        .iter()
        .partition(|order| order.failed.is_some());
    let is_empty = queue.orders().is_empty();
    let words = match is_empty {
        true => "The queue is empty. Generated shots appear here.".to_owned(),
        false => summary_of(cx, &active, failed.len()),
    };
    ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
    if is_empty && cx.generation.history.is_empty() && queue.series().is_empty() {
        return;
    }
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            all_series_ui(ui, cx);
            let running = cx.generation.scheduler.running();
            let is_running = |order: &&Order| Some(order.id) == running;
            let place = active.iter().position(is_running);
            let (before, rest) = active.split_at(place.unwrap_or(active.len()));
            let (running, after) = match rest.split_first() {
                Some((running, after)) => (Some(*running), after),
                None => (None, rest),
            };
            let count = before.len() + after.len();
            waiting_ui(ui, cx, before, (0, count));
            if let Some(order) = running {
                let row = ui.push_id(order.id, |ui| running_ui(ui, cx, view, order));
                row.response
                    .container_context_menu(|ui| order_menu(ui, cx, order, OrderState::Running));
                ui.separator();
            }
            waiting_ui(ui, cx, after, (before.len(), count));
            failed_ui(ui, cx, &failed);
            history_ui(ui, cx);
        });
}

fn summary_of(cx: &PanelContext, active: &[&Order], failed: usize) -> String {
    let running = cx.generation.scheduler.running();
    let is_running = |order: &&&Order| Some(order.id) == running;
    let known: Vec<f64> = active
        .iter()
        .take(MOST_ESTIMATED)
        .filter_map(|order| cx.generation.expected_seconds(&order.shot, cx.project()))
        .collect();
    let seconds = (!known.is_empty()).then(|| {
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let done = cx.generation.progress.as_ref();
        let done = done.map_or(0.0, |progress| f64::from(progress.done));
        mean * (active.len() as f64 - done)
    });
    let running = active.iter().filter(is_running).count();
    summary([running, active.len() - running, failed], seconds)
}

/// "1 running, 3 queued, 1 failed. About 4 min left."
fn summary(counts: [usize; 3], seconds: Option<f64>) -> String {
    let counts = counts.into_iter().zip(["running", "queued", "failed"]);
    let counts: Vec<String> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let counts = counts.join(", ");
    match seconds {
        Some(seconds) => format!("{counts}. About {} left.", duration_words(seconds)),
        None => format!("{counts}."),
    }
}

/// The running order.
fn running_ui(ui: &mut Ui, cx: &PanelContext, view: &mut QueueView, order: &Order) {
    let name = title_of(order);
    let title = |ui: &mut Ui| title_ui(ui, cx, order, &name);
    row_with_end(ui, TITLE_HEIGHT, title, |ui| {
        cancel_ui(ui, cx, view, (order.id, &name));
    });
    match &cx.generation.progress {
        Some(coming) => coming_ui(ui, cx.theme, coming),
        None => queued_ui(ui, cx),
    }
}

/// Orders that wait, of which the first one is at this place of `count`. There may be thousands.
fn waiting_ui(ui: &mut Ui, cx: &PanelContext, orders: &[&Order], (first, count): (usize, usize)) {
    let gap = ui.spacing().item_spacing.y;
    let words = ui.text_style_height(&TextStyle::Small);
    let height = TITLE_HEIGHT + gap + words + gap + SEPARATOR_HEIGHT;
    rows_in_view(ui, height, orders.len(), |ui, row| {
        let order = orders[row];
        let place = first + row;
        let shown = ui.push_id(order.id, |ui| {
            waiting_row_ui(ui, cx, order, (place, count));
        });
        let state = OrderState::Waiting(place, count);
        shown
            .response
            .container_context_menu(|ui| order_menu(ui, cx, order, state));
        ui.add(Separator::default().spacing(SEPARATOR_HEIGHT));
    });
}

fn waiting_row_ui(ui: &mut Ui, cx: &PanelContext, order: &Order, place: (usize, usize)) {
    let name = title_of(order);
    let title = |ui: &mut Ui| title_ui(ui, cx, order, &name);
    row_with_end(ui, TITLE_HEIGHT, title, |ui| {
        move_ui(ui, cx, (order.id, &name), place);
        let remove = format!("Remove {name} from the queue");
        if icon_button(ui, icon::CLOSE, &remove).clicked() {
            cx.send(Action::Queue(QueueAction::Cancel(order.id)));
        }
    });
    queued_ui(ui, cx);
}

fn queued_ui(ui: &mut Ui, cx: &PanelContext) {
    let words = RichText::new("Queued").small();
    ui.label(words.color(*cx.theme.colours.text_faint));
}

/// The button that cancels the running order. It requests a confirmation once, unless the order has just begun.
fn cancel_ui(ui: &mut Ui, cx: &PanelContext, view: &mut QueueView, (order, name): (OrderId, &str)) {
    let progress = cx.generation.progress.as_ref();
    let has_just_begun = progress.is_none_or(|progress| progress.began.elapsed() < JUST_BEGUN);
    let is_cancelling = view.is_cancelling == Some(order);
    let (words, name) = match is_cancelling {
        true => ("Really cancel?", format!("Really cancel {name}?")),
        false => ("Cancel", format!("Remove {name} from the queue")),
    };
    if !small_button(ui, icon::CLOSE, words, &name).clicked() {
        return;
    }
    if is_cancelling || has_just_begun {
        view.is_cancelling = None;
        cx.send(Action::Queue(QueueAction::Cancel(order)));
    } else {
        view.is_cancelling = Some(order);
    }
}

/// The buttons that move a waiting order; `place` of `count`.
fn move_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (order, name): (OrderId, &str),
    (place, count): (usize, usize),
) {
    let can_move_down = place + 1 < count;
    let offers = [
        (
            place > 0,
            icon::TO_TOP,
            format!("Generate {name} next"),
            QueueAction::MoveToFront(order),
        ),
        (
            place > 0,
            icon::ABOVE,
            format!("Move {name} up"),
            QueueAction::MoveUp(order),
        ),
        (
            can_move_down,
            sign::BELOW,
            format!("Move {name} down"),
            QueueAction::MoveDown(order),
        ),
    ];
    for (is_possible, sign, name, action) in offers {
        if is_possible && icon_button(ui, sign, &name).clicked() {
            cx.send(Action::Queue(action));
        }
    }
}

fn title_ui(ui: &mut Ui, cx: &PanelContext, order: &Order, name: &str) {
    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.label(RichText::new(name).font(cx.theme.strong_font()));
        let seed = RichText::new(format!("seed {}", order.seed)).small();
        ui.label(seed.color(*cx.theme.colours.text_faint));
    });
}

/// The failed orders, with the reasons.
fn failed_ui(ui: &mut Ui, cx: &PanelContext, failed: &[&Order]) {
    if failed.is_empty() {
        return;
    }
    let heading = |ui: &mut Ui| heading_ui(ui, cx, "Failed");
    row_with_end(ui, 30.0, heading, |ui| {
        let retry = "Put all failed jobs back into the queue";
        if small_button(ui, icon::RESTART, "Retry all", retry).clicked() {
            cx.send(Action::Queue(QueueAction::RetryFailed));
        }
        let remove = "Remove all failed jobs from the queue";
        if small_button(ui, icon::CLOSE, "Remove all", remove).clicked() {
            cx.send(Action::Queue(QueueAction::RemoveFailed));
        }
    });
    for order in failed {
        let row = ui.push_id(order.id, |ui| failure_ui(ui, cx, order));
        row.response
            .container_context_menu(|ui| order_menu(ui, cx, order, OrderState::Failed));
        ui.separator();
    }
}

fn failure_ui(ui: &mut Ui, cx: &PanelContext, order: &Order) {
    let name = title_of(order);
    let title = |ui: &mut Ui| title_ui(ui, cx, order, &name);
    row_with_end(ui, 30.0, title, |ui| {
        if icon_button(ui, icon::RESTART, &format!("Retry {name}")).clicked() {
            cx.send(Action::Queue(QueueAction::Retry(order.id)));
        }
        let remove = format!("Remove {name} from the queue");
        if icon_button(ui, icon::CLOSE, &remove).clicked() {
            cx.send(Action::Queue(QueueAction::Cancel(order.id)));
        }
    });
    let Some(failure) = &order.failed else {
        return;
    };
    let cause = RichText::new(failure.cause.as_str()).small();
    ui.label(cause.color(*cx.theme.colours.bad));
    if let Some(remedy) = &failure.remedy {
        let remedy = RichText::new(remedy.as_str()).small();
        ui.label(remedy.color(*cx.theme.colours.text_soft));
    }
}

/// The finished jobs of this session, the newest first.
fn history_ui(ui: &mut Ui, cx: &PanelContext) {
    let history = &cx.generation.history;
    if history.is_empty() {
        return;
    }
    let heading = |ui: &mut Ui| heading_ui(ui, cx, "Finished");
    row_with_end(ui, 30.0, heading, |ui| {
        let clear = ui.small_button("Clear");
        named(&clear, "Clear the list of finished jobs");
        if clear
            .on_hover_text("Empty this list. The takes are kept")
            .clicked()
        {
            cx.send(Action::Queue(QueueAction::ClearHistory));
        }
    });
    for job in history.iter().rev() {
        let words = RichText::new(finished_words(job)).small();
        ui.label(words.color(*cx.theme.colours.text_soft));
    }
}

/// "Shot 1, seed 7, 12 s".
fn finished_words(job: &FinishedJob) -> String {
    let seconds = duration_words(job.duration.as_secs_f64());
    format!("{}, seed {}, {seconds}", job.name, job.seed)
}

fn heading_ui(ui: &mut Ui, cx: &PanelContext, words: &str) {
    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.label(RichText::new(words).font(cx.theme.strong_font()));
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_and_estimates() {
        assert_eq!(summary([1, 3, 0], None), "1 running, 3 queued.");
        assert_eq!(
            summary([0, 2, 1], Some(240.0)),
            "2 queued, 1 failed. About 4 min left."
        );
    }

    #[test]
    fn a_finished_job_has_its_name_seed_and_time() {
        let job = FinishedJob {
            name: "Dusk".into(),
            seed: 7,
            duration: Duration::from_secs(12),
        };
        assert_eq!(finished_words(&job), "Dusk, seed 7, 12 s");
    }
}
