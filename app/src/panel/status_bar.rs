//! The bottom of the window: what is happening, and where the film lies.

use std::sync::atomic::Ordering;

use egui::{Align, Layout, Panel, RichText, Ui};

use crate::film::Delivery;
use crate::run::Ask;
use crate::state::State;
use crate::theme::Theme;

const HEIGHT: f32 = 28.0;

pub fn status_bar_ui(ui: &mut Ui, theme: &Theme, state: &State, asks: &mut Vec<Ask>) {
    Panel::bottom("status bar")
        .exact_size(HEIGHT)
        .show(ui, |ui| {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(
                    RichText::new(happening(state))
                        .small()
                        .color(*theme.colours.text_soft),
                );
                delivery_ui(ui, state, asks);
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

/// A film that is being written out can be stopped from wherever one is.
fn delivery_ui(ui: &mut Ui, state: &State, asks: &mut Vec<Ask>) {
    let is_writing = state
        .film
        .as_ref()
        .is_some_and(|film| film.delivery.is_some());
    if is_writing && ui.small_button("Stop writing").clicked() {
        asks.push(Ask::StopDelivery);
    }
}

/// How far a delivery is, and how long it will take.
fn delivery_words(delivery: &Delivery) -> String {
    let done = delivery.done.load(Ordering::Relaxed);
    let seconds = delivery.began.elapsed().as_secs_f64();
    let frames = delivery.frames.load(Ordering::Relaxed);
    let left = seconds / done.max(1) as f64 * (frames - done).max(0) as f64;
    format!("Writing out: frame {done} of {frames}, {left:.0} s left")
}

fn happening(state: &State) -> String {
    if state.work.opening.is_some() {
        return "Opening…".into();
    }
    if state.work.picking.is_some() {
        return "Waiting for the system's file dialogue".into();
    }
    if let Some(delivery) = state.film.as_ref().and_then(|film| film.delivery.as_ref()) {
        return delivery_words(delivery);
    }
    if let Some(coming) = state.film.as_ref().and_then(|film| film.coming.as_ref()) {
        return format!("Generating: {}", coming.words);
    }
    match &state.film {
        Some(film) => film.session.folder().display().to_string(),
        None => "Ready".into(),
    }
}
