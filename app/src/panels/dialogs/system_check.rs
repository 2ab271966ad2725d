//! The system check: a report of the parts that work on this machine and the parts that are missing.

use crate::panels::controls::{close_button, dialog};
use egui::{RichText, ScrollArea, Ui};
use kinora_studio::doctor::{Report, Verdict};

use crate::panels::context::WindowContext;
use crate::state::dialog::SystemCheck;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;

/// The width of the column with the names of the parts, in points.
const PART_WIDTH: f32 = 84.0;

pub fn system_check_ui(ui: &mut Ui, cx: &WindowContext, check: &SystemCheck) {
    dialog(ui, cx, "System check", 680.0, |ui| {
        match check {
            SystemCheck::Running(_) => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label("Checking the engine and the drivers…");
                });
            }
            SystemCheck::Done(report) => {
                ScrollArea::vertical()
                    .max_height((ui.ctx().content_rect().height() - 260.0).max(120.0))
                    .show(ui, |ui| report_ui(ui, cx.theme, report));
                let (text, colour) = if report.studio_can_work() {
                    ("Kinora can work on this machine.", cx.theme.colours.good)
                } else {
                    (
                        "Kinora cannot work on this machine until the missing parts are installed.",
                        cx.theme.colours.bad,
                    )
                };
                ui.label(RichText::new(text).color(*colour));
            }
        }
        close_button(ui, cx);
    });
}

fn report_ui(ui: &mut Ui, theme: &Theme, report: &Report) {
    let colours = &theme.colours;
    ui.spacing_mut().item_spacing.y = 10.0;
    for check in &report.checks {
        let (mark, colour) = match check.verdict {
            Verdict::Good => (icon::CHECK, colours.good),
            Verdict::Absent => (icon::INFO, colours.text_faint),
            Verdict::Missing => (icon::WARNING, colours.bad),
        };
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(mark).color(*colour));
            let part = RichText::new(check.part).font(theme.strong_font());
            let rest = ui.cursor().left() + PART_WIDTH;
            ui.label(part);
            ui.add_space(rest - ui.cursor().left());
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                ui.label(&check.found);
                if let Some(remedy) = &check.remedy {
                    let remedy = RichText::new(format!("To fix it: {remedy}"));
                    ui.label(remedy.small().color(*colours.text_soft));
                }
            });
        });
    }
}
