//! The guide to a first film: a card over the end of the timeline with six steps. It is low, so that it leaves the fields
//! and buttons of the panels above free.

use egui::{Align2, Area, Frame, Id, Margin, Order, RichText, Stroke, Ui, vec2};

use crate::panels::context::WindowContext;
use crate::state::action::{Action, DialogAction, EditAction, ShotAction, ShotPlace};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::state::guide::{STEPS, Step};
use crate::state::open_project::OpenProject;
use crate::state::view::layout::Pane;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named, row_from_right};

/// The width of the card with its margins, in points.
pub const WIDTH: f32 = 324.0;
const MARGIN: i8 = 12;
const ROW_HEIGHT: f32 = 22.0;
/// Of the step that is next, which shows its sentence.
const NEXT_HEIGHT: f32 = 48.0;

/// Whether the card is shown.
pub fn is_shown(state: &AppState) -> bool {
    state.guide.is_open && state.project.is_some()
}

pub fn guide_ui(ui: &Ui, cx: &WindowContext) {
    let Some(open) = cx.state.project.as_ref().filter(|_| is_shown(cx.state)) else {
        return;
    };
    let colours = &cx.theme.colours;
    Area::new(Id::unique("first film guide"))
        .anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -32.0))
        .order(Order::Middle)
        .show(ui.ctx(), |ui| {
            Frame::new()
                .fill(*colours.raised)
                .stroke(Stroke::new(1.0, *colours.line_strong))
                .corner_radius(cx.theme.shape.radius)
                .inner_margin(Margin::same(MARGIN))
                .show(ui, |ui| {
                    ui.set_width(WIDTH - 2.0 * f32::from(MARGIN));
                    ui.spacing_mut().item_spacing.y = 4.0;
                    row_from_right(ui, 24.0, |ui| {
                        if icon_button(ui, icon::CLOSE, "Close the guide").clicked() {
                            cx.send(Action::Dialog(DialogAction::CloseGuide));
                        }
                        left(ui, |ui| {
                            let title = RichText::new("Your first film");
                            ui.label(title.font(cx.theme.strong_font()));
                        });
                    });
                    let exports = cx.state.tasks.export.finished;
                    let is_done = |step: Step| step.is_done(open.project(), exports);
                    let next = STEPS.iter().position(|(step, ..)| !is_done(*step));
                    for (number, row) in STEPS.iter().enumerate() {
                        step_ui(ui, cx, open, row, (is_done(row.0), next == Some(number)));
                    }
                });
        });
}

/// The rest of a row, filled from the left.
fn left(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), contents);
}

fn step_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    open: &OpenProject,
    (step, title, sentence): &(Step, &str, &str),
    (is_done, is_next): (bool, bool),
) {
    let colours = &cx.theme.colours;
    let height = if is_next { NEXT_HEIGHT } else { ROW_HEIGHT };
    row_from_right(ui, height, |ui| {
        if !is_done {
            let button = ui.small_button("Do it");
            named(&button, &format!("Guide: {title}"));
            if button.on_hover_text(*sentence).clicked() {
                cx.send(action_of(*step, open));
            }
        }
        left(ui, |ui| {
            let (mark, colour) = match is_done {
                true => (icon::CHECK, *colours.good),
                false => (icon::DIAMOND, *colours.text_faint),
            };
            let mark = ui.label(RichText::new(mark).color(colour));
            let state = match is_done {
                true => format!("{title}: done"),
                false => format!("{title}: not done yet"),
            };
            mark.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &state));
            let colour = if is_next {
                *colours.text
            } else {
                *colours.text_soft
            };
            let text = RichText::new(*title).small().color(colour);
            if !is_next {
                ui.label(text).on_hover_text(*sentence);
                return;
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(text);
                ui.label(RichText::new(*sentence).small().color(*colours.text_faint));
            });
        });
    });
}

/// What the button of a step does.
fn action_of(step: Step, open: &OpenProject) -> Action {
    let selected = open.view.selection.shot;
    match step {
        Step::NewShot => Action::Command(Command::NewShot),
        Step::Describe => Action::Shot(ShotAction::Describe),
        Step::Generate => Action::Command(Command::Generate),
        Step::Place => match selected {
            Some(shot) => Action::Edit(EditAction::PlaceShot(shot, ShotPlace::End)),
            None => Action::Show(Pane::Shots),
        },
        Step::Title => Action::Command(Command::AddTitle),
        Step::Export => Action::Command(Command::ExportVideo),
    }
}
