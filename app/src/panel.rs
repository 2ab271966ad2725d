//! The parts of the window. Each draws itself from what it is shown and returns what was asked for.

pub mod about;
pub mod camera;
pub mod cast;
pub mod clip;
pub mod deliver;
pub mod find_file;
mod hand;
pub mod keys;
pub mod menu_bar;
pub mod new_film;
pub mod notices;
pub mod open_film;
pub mod palette;
pub mod queue;
pub mod shot;
pub mod shots;
pub mod status_bar;
pub mod system;
pub mod takes;
pub mod timeline;
pub mod viewer;
pub mod welcome;
pub mod workspace;

use egui::{CentralPanel, Frame, Ui};

use crate::run::Ask;
use crate::state::{Dialogue, State};
use crate::theme::Theme;

/// Draws the whole window; returns what was asked for, in order.
pub fn window_ui(ui: &mut Ui, theme: &Theme, state: &mut State) -> Vec<Ask> {
    let mut asks = Vec::new();
    menu_bar::menu_bar_ui(ui, theme, state, &mut asks);
    status_bar::status_bar_ui(ui, theme, state, &mut asks);
    CentralPanel::no_frame()
        .frame(Frame::new().fill(*theme.colours.ground))
        .show(ui, |ui| match &mut state.film {
            Some(film) => workspace::workspace_ui(ui, theme, film, &state.engine, &mut asks),
            None => welcome::welcome_ui(ui, theme, state, &mut asks),
        });
    dialogue_ui(ui, theme, state, &mut asks);
    notices::notices_ui(ui, theme, &state.notices, &mut asks);
    asks
}

/// The open dialogue keeps its own fields, so it is taken out of the state while it is drawn.
fn dialogue_ui(ui: &mut Ui, theme: &Theme, state: &mut State, asks: &mut Vec<Ask>) {
    let Some(mut dialogue) = state.dialogue.take() else {
        return;
    };
    let busy = state.work.opening.is_some();
    match &mut dialogue {
        Dialogue::NewFilm(form) => new_film::new_film_ui(ui, theme, form, busy, asks),
        Dialogue::OpenFilm(form) => open_film::open_film_ui(ui, theme, form, busy, asks),
        Dialogue::FindFile(find) => find_file::find_file_ui(ui, theme, find, asks),
        Dialogue::Palette(palette) => palette::palette_ui(ui, theme, palette, state, asks),
        Dialogue::Deliver(form) => deliver::deliver_ui(ui, theme, form, state, asks),
        Dialogue::System(check) => system::system_ui(ui, theme, check, asks),
        Dialogue::Keys => keys::keys_ui(ui, theme, asks),
        Dialogue::About => about::about_ui(ui, theme, asks),
    }
    state.dialogue = Some(dialogue);
}
