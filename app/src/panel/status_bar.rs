//! The bottom of the window: what is happening, and where the film lies.

use egui::{Align, Layout, Panel, RichText, Ui};

use crate::state::State;
use crate::theme::Theme;

const HEIGHT: f32 = 28.0;

pub fn status_bar_ui(ui: &mut Ui, theme: &Theme, state: &State) {
    Panel::bottom("status bar")
        .exact_size(HEIGHT)
        .show(ui, |ui| {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(
                    RichText::new(happening(state))
                        .small()
                        .color(*theme.colours.text_soft),
                );
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let version = concat!("Kinora ", env!("CARGO_PKG_VERSION"));
                    ui.label(
                        RichText::new(version)
                            .small()
                            .color(*theme.colours.text_faint),
                    );
                    if state.viewer.exposure_stops != 0.0 {
                        let stops = format!(
                            "pictures shown at {:+.1} stops",
                            state.viewer.exposure_stops
                        );
                        ui.label(RichText::new(stops).small().color(*theme.colours.warning));
                    }
                });
            });
        });
}

fn happening(state: &State) -> String {
    if state.work.opening.is_some() {
        return "Opening…".into();
    }
    if state.work.picking_folder.is_some() {
        return "Waiting for the system's folder dialogue".into();
    }
    match &state.film {
        Some(film) => film.session.folder().display().to_string(),
        None => "Ready".into(),
    }
}
