//! The top of the window: menus made from the command table, the film's name, the engine's state.

use egui::{Align, Layout, MenuBar, Panel, RichText, Ui};
use kinora_studio::engine::State as EngineState;

use crate::command::{Command, Menu, TABLE};
use crate::fonts::icon;
use crate::run::Ask;
use crate::state::State;
use crate::theme::Theme;
use crate::widget::command_item;

const HEIGHT: f32 = 36.0;

pub fn menu_bar_ui(ui: &mut Ui, theme: &Theme, state: &State, asks: &mut Vec<Ask>) {
    Panel::top("menu bar").exact_size(HEIGHT).show(ui, |ui| {
        let middle = ui.max_rect().center();
        MenuBar::new().ui(ui, |ui| {
            ui.set_min_height(HEIGHT - 4.0);
            for (menu, name) in Menu::ALL {
                menu_ui(ui, menu, name, state, asks);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                palette_button(ui, theme, asks);
                engine_button(ui, theme, &state.engine.state().clone(), asks);
            });
        });
        if let Some(film) = &state.film {
            ui.painter().text(
                middle,
                egui::Align2::CENTER_CENTER,
                film.session.name(),
                theme.strong_font(),
                *theme.colours.text,
            );
        }
    });
}

fn menu_ui(ui: &mut Ui, menu: Menu, name: &str, state: &State, asks: &mut Vec<Ask>) {
    ui.menu_button(name, |ui| {
        ui.set_width(250.0);
        for row in TABLE.iter().filter(|row| row.menu == menu) {
            if command_item(ui, row, row.command.is_enabled(state)).clicked() {
                asks.push(Ask::Run(row.command));
                ui.close();
            }
        }
    });
}

fn palette_button(ui: &mut Ui, theme: &Theme, asks: &mut Vec<Ask>) {
    let row = Command::Palette.row();
    let key = row
        .shortcut
        .map(|key| ui.ctx().format_shortcut(&key))
        .unwrap_or_default();
    let text = RichText::new(format!("{}  {key}", row.icon)).color(*theme.colours.text_soft);
    let button = ui.add(egui::Button::new(text).frame_when_inactive(false));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, row.text));
    if button.on_hover_text(row.tooltip).clicked() {
        asks.push(Ask::Run(Command::Palette));
    }
}

/// Says in two words how the engine is; a click shows what the machine can do.
fn engine_button(ui: &mut Ui, theme: &Theme, engine: &EngineState, asks: &mut Vec<Ask>) {
    let colours = &theme.colours;
    let (colour, text, tooltip) = match engine {
        EngineState::NotStarted => (
            colours.text_faint,
            "Engine idle".to_owned(),
            "The engine starts with the first job. Click to see what this machine can do"
                .to_owned(),
        ),
        EngineState::Starting => (
            colours.warning,
            "Engine starting".to_owned(),
            "The engine is being started".to_owned(),
        ),
        EngineState::Ready(hello) => {
            let best = hello.devices.last();
            let device = best.map_or("no device", |device| device.id.as_str());
            let tooltip = best.map(|device| device.name.clone()).unwrap_or_default();
            (colours.good, format!("Engine on {device}"), tooltip)
        }
        EngineState::Gone(ended) => (colours.bad, "Engine gone".to_owned(), ended.to_string()),
    };
    let text = RichText::new(format!("{}  {text}", icon::ENGINE)).color(*colour);
    if ui
        .add(egui::Button::new(text).frame_when_inactive(false))
        .on_hover_text(tooltip)
        .clicked()
    {
        asks.push(Ask::Run(Command::CheckSystem));
    }
}
