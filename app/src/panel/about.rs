//! Version, licences and thanks.

use egui::{RichText, Ui};

use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::{close_button, dialogue};

pub fn about_ui(ui: &mut Ui, theme: &Theme, asks: &mut Vec<Ask>) {
    dialogue(ui, theme, "About Kinora", 420.0, asks, |ui, asks| {
        ui.label(concat!(
            "Version ",
            env!("CARGO_PKG_VERSION"),
            ". Free software under MIT or Apache-2.0."
        ));
        ui.label("No account, no telemetry: what you make stays on this machine.");
        ui.label(
            RichText::new(
                "Letters: Inter, by Rasmus Andersson and others (OFL 1.1).\nIcons: Phosphor (MIT).",
            )
            .color(*theme.colours.text_soft),
        );
        close_button(ui, asks);
    });
}
