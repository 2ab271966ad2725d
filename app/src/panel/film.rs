//! An open film. So far it can be looked at: the picture area, and what the film is.

use egui::{Align, Layout, RichText, Ui, vec2};
use kinora_studio::Session;

use crate::command::Command;
use crate::fonts::icon;
use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::command_button;

pub fn film_ui(ui: &mut Ui, theme: &Theme, film: &Session, asks: &mut Vec<Ask>) {
    let project = film.project();
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space(ui.available_height() * 0.3);
        ui.label(
            RichText::new(icon::FILM)
                .size(48.0)
                .color(*theme.colours.text_faint),
        );
        ui.label(RichText::new(film.name()).font(theme.heading_font()));
        let what = format!("{} at {} frames a second", project.size(), project.rate());
        ui.label(RichText::new(what).color(*theme.colours.text_soft));
        ui.add_space(16.0);
        ui.label(RichText::new("This film has no shots yet.").color(*theme.colours.text_faint));
        ui.add_space(8.0);
        if command_button(ui, Command::CloseFilm.row(), vec2(160.0, 36.0)).clicked() {
            asks.push(Ask::Run(Command::CloseFilm));
        }
    });
}
