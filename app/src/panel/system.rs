//! The doctor's report in the window: what works on this machine and what is missing.

use egui::{Grid, RichText, ScrollArea, Ui};
use kinora_studio::doctor::{Report, Verdict};

use crate::fonts::icon;
use crate::run::Ask;
use crate::state::SystemCheck;
use crate::theme::Theme;
use crate::widget::{close_button, dialogue};

pub fn system_ui(ui: &mut Ui, theme: &Theme, check: &SystemCheck, asks: &mut Vec<Ask>) {
    dialogue(ui, theme, "This machine", 680.0, asks, |ui, asks| {
        match check {
            SystemCheck::Examining(_) => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label("Asking the engine and the drivers…");
                });
            }
            SystemCheck::Examined(report) => {
                ScrollArea::vertical()
                    .max_height(420.0)
                    .show(ui, |ui| report_ui(ui, theme, report));
                let (text, colour) = if report.studio_can_work() {
                    ("Kinora can work on this machine.", theme.colours.good)
                } else {
                    (
                        "Kinora cannot work here until what is missing is mended.",
                        theme.colours.bad,
                    )
                };
                ui.label(RichText::new(text).color(*colour));
            }
        }
        close_button(ui, asks);
    });
}

fn report_ui(ui: &mut Ui, theme: &Theme, report: &Report) {
    let colours = &theme.colours;
    Grid::new("report")
        .num_columns(3)
        .spacing([12.0, 10.0])
        .show(ui, |ui| {
            for check in &report.checks {
                let (mark, colour) = match check.verdict {
                    Verdict::Good => (icon::CHECK, colours.good),
                    Verdict::Absent => (icon::INFO, colours.text_faint),
                    Verdict::Missing => (icon::WARNING, colours.bad),
                };
                ui.label(RichText::new(mark).color(*colour));
                ui.label(RichText::new(check.part).font(theme.strong_font()));
                ui.vertical(|ui| {
                    ui.set_max_width(520.0);
                    ui.label(&check.found);
                    if let Some(remedy) = &check.remedy {
                        ui.label(
                            RichText::new(format!("To mend it: {remedy}"))
                                .small()
                                .color(*colours.text_soft),
                        );
                    }
                });
                ui.end_row();
            }
        });
}
