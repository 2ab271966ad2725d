//! The Generate row of a shot: its problems, the number of takes and the button. While the shot is being generated, the
//! progress and a Cancel button take the place of both.

use egui::{Button, ProgressBar, RichText, Ui, WidgetInfo, vec2};
use kinora_studio::engine::State as EngineState;
use kinora_studio::generate::shot_check::{ShotProblem, problems_of};
use kinora_studio::timeline::shot::{SeedPolicy, Shot};
use kinora_studio::wire::Estimate;

use super::best_of::best_of_ui;
use super::{loras, stills};
use crate::panels::context::PanelContext;
use crate::panels::controls::primary_button_of;
use crate::state::action::{Action, QueueAction};
use crate::state::command::Command;
use crate::state::cost_words::CostSources;
use crate::state::generation::GenerationProgress;
use crate::state::text::with_capital;
use crate::state::view::shot_view::{ShotView, TAKE_COUNTS};
use crate::ui::fonts::icon;
use crate::ui::widgets::{named, number};

/// The height of the row, in points.
const HEIGHT: f32 = 36.0;
/// The width of the number of takes, in points.
const COUNT_WIDTH: f32 = 40.0;
const CANCEL_WIDTH: f32 = 72.0;

pub fn generate_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    (typed_prompt, view): (&str, &mut ShotView),
) {
    problems_ui(ui, cx, shot, typed_prompt);
    if cx.generation.progress_of(shot.id).is_none() {
        best_of_ui(ui, cx, shot, view);
    }
    ui.horizontal(|ui| match cx.generation.progress_of(shot.id) {
        Some(progress) => progress_ui(ui, cx, shot, progress),
        None => start_ui(ui, cx, shot, view),
    });
    let words = RichText::new(state_words(cx, shot)).small();
    ui.label(words.color(*cx.theme.colours.text_faint));
}

/// The problems of the shot, before it is generated. Text that is still being typed does not count, because half a word is
/// unknown; but the prompt is not called empty while it is typed.
fn problems_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, typed_prompt: &str) {
    let scheduler = &cx.generation.scheduler;
    let model = scheduler.model_with_loras(cx.project(), shot);
    let is_begun = !typed_prompt.trim().is_empty();
    let problems = problems_of(shot, cx.project(), model.as_deref());
    let problems = problems.into_iter().chain(loras::problems_of(cx, shot));
    for problem in problems {
        if problem == ShotProblem::EmptyPrompt && is_begun {
            continue;
        }
        let colour = match problem.prevents() {
            true => *cx.theme.colours.bad,
            false => *cx.theme.colours.warning,
        };
        let text = format!("{}  {problem}", icon::WARNING);
        ui.label(RichText::new(text).small().color(colour));
    }
    let missing = scheduler.sound_refusal(cx.project(), shot);
    let too_large = match costs(cx).estimate_of(shot) {
        Some(Estimate::TooLarge { failure }) => Some(failure.clone()),
        _ => None,
    };
    if let Some(failure) = missing.or(too_large) {
        let remedy = failure.remedy.as_deref().unwrap_or("make it smaller");
        let (cause, remedy) = (&failure.cause, with_capital(remedy));
        let text = format!("{}  {cause}. {remedy}.", icon::WARNING);
        ui.label(RichText::new(text).small().color(*cx.theme.colours.bad));
    }
}

/// Who knows what takes of the open project cost.
pub fn costs<'c>(cx: &PanelContext<'c>) -> CostSources<'c> {
    CostSources {
        generation: cx.generation,
        engine: cx.engine,
        project: cx.project(),
    }
}

/// The width that is left in a row beside a control.
fn width_beside(ui: &Ui, control: f32) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    (ui.available_width() - control - gap).max(0.0)
}

fn start_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, view: &mut ShotView) {
    let row = Command::Generate.row();
    let count = view.take_count;
    let (text, tooltip) = match (count, shot.seed) {
        (1, _) => (
            row.text.to_owned(),
            cx.keys
                .tooltip(&format!("Generate a take of {}", shot.name), row.command),
        ),
        (_, SeedPolicy::Fresh) => (
            format!("{} {count}", row.text),
            format!(
                "Generate {count} takes of {}, each with a seed of its own",
                shot.name
            ),
        ),
        (_, SeedPolicy::Fixed(seed)) => (
            format!("{} {count}", row.text),
            format!(
                "Generate {count} takes of {} with the seeds {seed} to {}",
                shot.name,
                seed.wrapping_add(u64::from(count - 1))
            ),
        ),
    };
    let beside = match shot.kind.is_sound() {
        true => COUNT_WIDTH,
        false => COUNT_WIDTH + stills::width(ui),
    };
    let size = vec2(width_beside(ui, beside), HEIGHT);
    let button = primary_button_of(ui, cx.theme, (row.icon, text.as_str()), size);
    if button.on_hover_text(tooltip).clicked() {
        cx.send(Action::Command(Command::Generate));
    }
    let drag = number(&mut view.take_count).range(TAKE_COUNTS).speed(0.05);
    let response = ui.add_sized(vec2(COUNT_WIDTH, HEIGHT), drag);
    response.widget_info(|| WidgetInfo {
        label: Some("Number of takes".into()),
        ..WidgetInfo::drag_value(response.enabled(), f64::from(view.take_count))
    });
    response.on_hover_text("Number of takes");
    if !shot.kind.is_sound() {
        stills::make_ui(ui, cx, view, HEIGHT);
    }
}

fn progress_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, progress: &GenerationProgress) {
    let orders = cx.generation.scheduler.queue().orders().iter();
    let waiting = orders
        .filter(|order| order.shot.id == shot.id && order.id != progress.order)
        .filter(|order| order.failed.is_none())
        .count();
    let text = match waiting {
        0 => progress.text.clone(),
        more => format!("{}, {more} more queued", progress.text),
    };
    let bar = ProgressBar::new(progress.done)
        .desired_width(width_beside(ui, CANCEL_WIDTH))
        .desired_height(HEIGHT)
        .corner_radius(4)
        .fill(*cx.theme.colours.accent_veil)
        .text(RichText::new(text).small());
    ui.add(bar);
    let cancel = ui.add(Button::new("Cancel").min_size(vec2(CANCEL_WIDTH, HEIGHT)));
    named(&cancel, &format!("Cancel generating {}", shot.name));
    let cancel = cancel.on_hover_text("Stop this take. Takes that are queued stay in the queue");
    if cancel.clicked() {
        cx.send(Action::Queue(QueueAction::Cancel(progress.order)));
    }
}

/// The state of the engine, and the expected generation time.
fn state_words(cx: &PanelContext, shot: &Shot) -> String {
    match cx.engine.state() {
        EngineState::Starting => "The engine is starting.".into(),
        EngineState::Ready(_) => {
            let device = cx.engine.device();
            let device = device.map_or("the CPU", |device| device.name.as_str());
            format!("On {device}. {}", costs(cx).words(shot))
        }
        EngineState::NotStarted | EngineState::Gone(_) => {
            "The engine starts when you generate.".into()
        }
    }
}
