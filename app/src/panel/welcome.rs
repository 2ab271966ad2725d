//! What is seen while no film is open: the four ways to one, beside a picture.

use egui::{Frame, Margin, Panel, RichText, ScrollArea, Ui, vec2};
use kinora_studio::name_of;

use crate::command::Command;
use crate::fonts::icon;
use crate::gpu::picture;
use crate::run::Ask;
use crate::state::State;
use crate::theme::Theme;
use crate::widget::{command_button, icon_button, primary_button, row_button, row_from_right};

const COLUMN_WIDTH: f32 = 432.0;
/// A narrower window has no room for the picture.
const PICTURE_FROM_WIDTH: f32 = 760.0;

pub fn welcome_ui(ui: &mut Ui, theme: &Theme, state: &State, asks: &mut Vec<Ask>) {
    if ui.available_width() >= PICTURE_FROM_WIDTH {
        Panel::left("welcome")
            .exact_size(COLUMN_WIDTH)
            .resizable(false)
            .frame(
                Frame::new()
                    .fill(*theme.colours.panel)
                    .inner_margin(Margin::symmetric(44, 0)),
            )
            .show(ui, |ui| column_ui(ui, theme, state, asks));
        let rect = ui.available_rect_before_wrap();
        picture::paint(ui, rect, state.viewer.exposure_stops);
    } else {
        Frame::new()
            .fill(*theme.colours.panel)
            .inner_margin(Margin::symmetric(24, 0))
            .show(ui, |ui| column_ui(ui, theme, state, asks));
    }
}

fn column_ui(ui: &mut Ui, theme: &Theme, state: &State, asks: &mut Vec<Ask>) {
    ui.set_min_size(ui.available_size());
    ui.add_space((ui.available_height() * 0.11).max(16.0));
    ui.label(RichText::new("Kinora").font(theme.title_font()));
    ui.label(
        RichText::new("A studio for AI film, on your own machine.").color(*theme.colours.text_soft),
    );
    ui.add_space(28.0);
    if primary_button(ui, theme, Command::NewFilm.row()).clicked() {
        asks.push(Ask::Run(Command::NewFilm));
    }
    ui.horizontal(|ui| {
        for command in [Command::OpenFilm, Command::OpenSample] {
            let half = (ui.max_rect().width() - ui.spacing().item_spacing.x) / 2.0;
            if command_button(ui, command.row(), vec2(half, 36.0)).clicked() {
                asks.push(Ask::Run(command));
            }
        }
    });
    ui.add_space(28.0);
    recent_ui(ui, theme, state, asks);
}

fn recent_ui(ui: &mut Ui, theme: &Theme, state: &State, asks: &mut Vec<Ask>) {
    ui.label(RichText::new("Recent").font(theme.strong_font()));
    if state.recent.films().is_empty() {
        ui.label(RichText::new("Films you work on appear here.").color(*theme.colours.text_faint));
        return;
    }
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for film in state.recent.films() {
                ui.push_id(film, |ui| {
                    row_from_right(ui, 44.0, |ui| {
                        let name = name_of(film);
                        if icon_button(ui, icon::CLOSE, &format!("Take {name} off this list"))
                            .clicked()
                        {
                            asks.push(Ask::Forget(film.clone()));
                        }
                        if row_button(ui, theme, icon::FILM, &name, &film.display().to_string())
                            .clicked()
                        {
                            asks.push(Ask::Open(film.clone()));
                        }
                    });
                });
            }
            ui.add_space(12.0);
        });
}
