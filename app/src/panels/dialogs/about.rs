//! The dialog with the version, the licences and the credits.

use crate::panels::controls::{close_button, dialog};
use egui::{RichText, Ui};

use crate::panels::context::WindowContext;

pub fn about_ui(ui: &mut Ui, cx: &WindowContext) {
    dialog(ui, cx, "About Kinora", 420.0, |ui| {
        ui.label(concat!(
            "Version ",
            env!("CARGO_PKG_VERSION"),
            ". Free software under MIT or Apache-2.0."
        ));
        ui.label("No account and no telemetry. Your work stays on this machine.");
        ui.label(
            RichText::new(
                "Font: Inter, by Rasmus Andersson and others (OFL 1.1).\nIcons: Phosphor (MIT).",
            )
            .color(*cx.theme.colours.text_soft),
        );
        close_button(ui, cx);
    });
}
