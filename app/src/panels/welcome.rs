//! The welcome page, shown while no project is open: new, open, sample and recent projects, beside a picture.

use crate::panels::controls::{command_button, primary_button};
use crate::state::action::{Action, ProjectAction};
use std::path::Path;
use std::time::SystemTime;

use egui::{Frame, Margin, Panel, RichText, ScrollArea, Ui, vec2};
use kinora_studio::name_of;

use crate::background::project_card::changed_words;
use crate::panels::context::WindowContext;
use crate::state::command::Command;
use crate::ui::fonts::icon;
use crate::ui::gpu::picture;
use crate::ui::widgets::{ROW_BUTTON_HEIGHT, icon_button, row_button, row_with_end};

const COLUMN_WIDTH: f32 = 432.0;
/// The least width of the window at which the picture is shown, in points.
const PICTURE_FROM_WIDTH: f32 = 760.0;

pub fn welcome_ui(ui: &mut Ui, cx: &WindowContext) {
    if ui.available_width() >= PICTURE_FROM_WIDTH {
        Panel::left("welcome")
            .exact_size(COLUMN_WIDTH)
            .resizable(false)
            .frame(
                Frame::new()
                    .fill(*cx.theme.colours.panel)
                    .inner_margin(Margin::symmetric(44, 0)),
            )
            .show(ui, |ui| column_ui(ui, cx));
        let rect = ui.available_rect_before_wrap();
        picture::paint(ui, rect, cx.state.viewer.exposure_stops);
    } else {
        Frame::new()
            .fill(*cx.theme.colours.panel)
            .inner_margin(Margin::symmetric(24, 0))
            .show(ui, |ui| column_ui(ui, cx));
    }
}

fn column_ui(ui: &mut Ui, cx: &WindowContext) {
    ui.set_min_size(ui.available_size());
    ui.add_space((ui.available_height() * 0.11).max(16.0));
    ui.label(RichText::new("Kinora").font(cx.theme.title_font()));
    ui.label(
        RichText::new("A studio for AI film, on your own machine.")
            .color(*cx.theme.colours.text_soft),
    );
    ui.add_space(28.0);
    if primary_button(ui, cx.theme, Command::NewProject.row()).clicked() {
        cx.send(Action::Command(Command::NewProject));
    }
    ui.horizontal(|ui| {
        for command in [Command::OpenProject, Command::OpenSample] {
            let half = (ui.max_rect().width() - ui.spacing().item_spacing.x) / 2.0;
            if command_button(ui, command.row(), vec2(half, 36.0)).clicked() {
                cx.send(Action::Command(command));
            }
        }
    });
    ui.add_space(28.0);
    recent_ui(ui, cx);
}

fn recent_ui(ui: &mut Ui, cx: &WindowContext) {
    ui.label(RichText::new("Recent").font(cx.theme.strong_font()));
    if cx.state.recent.projects().is_empty() {
        ui.label(RichText::new("Recent projects appear here.").color(*cx.theme.colours.text_faint));
        return;
    }
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for project in cx.state.recent.projects() {
                ui.push_id(project, |ui| {
                    let remove = |ui: &mut Ui| remove_ui(ui, cx, project);
                    let open = |ui: &mut Ui| project_ui(ui, cx, project);
                    row_with_end(ui, ROW_BUTTON_HEIGHT, open, remove);
                });
            }
            ui.add_space(12.0);
        });
}

fn remove_ui(ui: &mut Ui, cx: &WindowContext, project: &Path) {
    let remove = format!("Remove {} from this list", name_of(project));
    if icon_button(ui, icon::CLOSE, &remove).clicked() {
        cx.send(Action::Project(ProjectAction::Forget(project.into())));
    }
}

/// A recent project: its picture, its name, and when it was changed.
fn project_ui(ui: &mut Ui, cx: &WindowContext, project: &Path) {
    let name = name_of(project);
    let card = cx.state.project_cards.get(ui.ctx(), project);
    let card = card.unwrap_or_default();
    let below = match card.changed {
        Some(changed) => format!(
            "{}  ·  {}",
            changed_words(changed, SystemTime::now()),
            project.display()
        ),
        None => project.display().to_string(),
    };
    let picture = (icon::FILM, card.picture.as_ref());
    if row_button(ui, cx.theme, picture, &name, &below).clicked() {
        cx.send(Action::Project(ProjectAction::Open(project.into())));
    }
}
