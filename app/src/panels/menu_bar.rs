//! The menu bar: the menus of the command table, the project's name, and the state of the engine.

use egui::{Button, MenuBar, Panel, Response, RichText, ScrollArea, Ui, vec2};
use kinora_studio::engine::State as EngineState;
use kinora_studio::generate::oneshot::ran_out_of_memory;
use kinora_studio::name_of;

use crate::panels::context::WindowContext;
use crate::panels::controls::{MENU_ITEM_HEIGHT, command_item};
use crate::state::action::{Action, LayoutAction, ProjectAction};
use crate::state::availability::is_enabled;
use crate::state::command::{Command, Menu, Row, TABLE};
use crate::state::view::layout::BuiltInLayout;
use crate::ui::fonts::icon;
use crate::ui::widgets::{at_end, icon_button, named, row_with_end};

const HEIGHT: f32 = 36.0;
const MENU_WIDTH: f32 = 304.0;
/// The margin above and below the items of a menu, in points.
const MENU_MARGIN: f32 = 8.0;
/// The height of a layout in the View menu, in points.
const LAYOUT_HEIGHT: f32 = 28.0;

/// Commands in a menu within their menu: its icon and name, and its first and last command.
#[rustfmt::skip] // a table
const SUBMENUS: &[(&str, &str, Command, Command)] = &[
    (icon::SELECT, "Select", Command::SelectAll, Command::SelectAtPlayhead),
    (icon::FOLDER, "Sequences", Command::Nest, Command::NewSequence),
    (icon::SELECT, "Select, nudge and slip", Command::SelectPreviousClip, Command::SlipRight),
    (icon::MARKER, "Markers", Command::PreviousMarker, Command::RemoveMarker),
    (icon::LAYOUT, "Tracks", Command::AddVideoTrack, Command::RemoveEmptyTracks),
    (icon::SEARCH, "Zoom", Command::TimelineZoomIn, Command::TimelineZoomSelection),
    (icon::LAYOUT, "Go to panel", Command::FocusShots, Command::PreviousPanel),
];

pub fn menu_bar_ui(ui: &mut Ui, cx: &WindowContext) {
    Panel::top("menu bar").exact_size(HEIGHT).show(ui, |ui| {
        let middle = ui.max_rect().center();
        MenuBar::new().ui(ui, |ui| {
            ui.set_min_height(HEIGHT - 4.0);
            for (menu, name) in Menu::ALL {
                menu_ui(ui, cx, menu, name);
            }
            at_end(ui, |ui| {
                engine_button(ui, cx, &cx.state.engine.state().clone());
                palette_button(ui, cx);
            });
        });
        if let Some(open) = &cx.state.project {
            ui.painter().text(
                middle,
                egui::Align2::CENTER_CENTER,
                open.document.session.name(),
                cx.theme.strong_font(),
                *cx.theme.colours.text,
            );
        }
    });
}

fn menu_ui(ui: &mut Ui, cx: &WindowContext, menu: Menu, name: &str) {
    ui.menu_button(name, |ui| {
        ui.set_width(MENU_WIDTH);
        make_compact(ui);
        // A large scale of the interface can leave less room than the menu needs.
        let room = ui.ctx().content_rect().height() - HEIGHT - 2.0 * MENU_MARGIN;
        ScrollArea::vertical()
            .max_height(room)
            .min_scrolled_height(room)
            .show(ui, |ui| items_ui(ui, cx, menu));
    });
}

/// Rows without gaps: the longest menu fits into a window of 720 points.
fn make_compact(ui: &mut Ui) {
    let spacing = ui.spacing_mut();
    spacing.item_spacing.y = 0.0;
    spacing.interact_size.y = MENU_ITEM_HEIGHT;
}

fn items_ui(ui: &mut Ui, cx: &WindowContext, menu: Menu) {
    for row in TABLE.iter().filter(|row| row.menu == menu) {
        let mut submenus = SUBMENUS.iter();
        match submenus.find(|(.., first, last)| (*first..=*last).contains(&row.command)) {
            Some(submenu) if submenu.2 == row.command => submenu_ui(ui, cx, *submenu),
            Some(_) => {}
            None => item_ui(ui, cx, row),
        }
        if row.command == Command::OpenProject {
            recent_menu(ui, cx);
        }
    }
    if menu == Menu::View && cx.state.project.is_some() {
        layouts_ui(ui, cx);
    }
}

fn item_ui(ui: &mut Ui, cx: &WindowContext, row: &Row) {
    let enabled = is_enabled(row.command, cx.state);
    if command_item(ui, &cx.state.keys, row, enabled).clicked() {
        cx.send(Action::Command(row.command));
        ui.close();
    }
}

fn submenu_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    (icon, name, first, last): (&str, &str, Command, Command),
) {
    ui.menu_button(format!("{icon}   {name}"), |ui| {
        ui.set_width(MENU_WIDTH);
        make_compact(ui);
        for row in TABLE {
            if (first..=last).contains(&row.command) {
                item_ui(ui, cx, row);
            }
        }
    });
}

/// The layouts of Kinora, and those that were saved.
fn layouts_ui(ui: &mut Ui, cx: &WindowContext) {
    ui.separator();
    for (built_in, name) in BuiltInLayout::ALL {
        if layout_item(ui, name).clicked() {
            cx.send(Action::Layout(LayoutAction::UseBuiltIn(built_in)));
            ui.close();
        }
    }
    for name in cx.state.named_layouts.names() {
        let item = |ui: &mut Ui| {
            if layout_item(ui, name).clicked() {
                cx.send(Action::Layout(LayoutAction::Use(name.to_owned())));
                ui.close();
            }
        };
        row_with_end(ui, LAYOUT_HEIGHT, item, |ui| {
            if icon_button(ui, icon::TRASH, &format!("Delete the layout {name}")).clicked() {
                let delete = LayoutAction::Delete(name.to_owned());
                cx.send(Action::Layout(delete));
                ui.close();
            }
        });
    }
}

fn layout_item(ui: &mut Ui, name: &str) -> Response {
    let text = format!("{}   Layout: {name}", icon::LAYOUT);
    let size = vec2(ui.available_width(), LAYOUT_HEIGHT);
    let response = ui.add(Button::new(text).min_size(size).truncate());
    named(&response, &format!("Layout: {name}"));
    response.on_hover_text("Use this layout of the panels")
}

/// The recent projects as a menu within the File menu.
fn recent_menu(ui: &mut Ui, cx: &WindowContext) {
    let recent = cx.state.recent.projects();
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        ui.menu_button(format!("{}   Open recent", icon::FOLDER), |ui| {
            for project in recent {
                let item = ui.button(name_of(project));
                if item.on_hover_text(project.display().to_string()).clicked() {
                    cx.send(Action::Project(ProjectAction::Open(project.clone())));
                    ui.close();
                }
            }
        });
    });
}

fn palette_button(ui: &mut Ui, cx: &WindowContext) {
    let row = Command::Palette.row();
    let key = cx.state.keys.text_of(row.command);
    let text = RichText::new(format!("{}  {key}", row.icon)).color(*cx.theme.colours.text_soft);
    let button = ui.add(Button::new(text).frame_when_inactive(false));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, row.text));
    if button.on_hover_text(row.tooltip).clicked() {
        cx.send(Action::Command(Command::Palette));
    }
}

/// A button with the state of the engine. A click opens the system check.
fn engine_button(ui: &mut Ui, cx: &WindowContext, engine: &EngineState) {
    let colours = &cx.theme.colours;
    let (colour, text, tooltip) = match engine {
        EngineState::NotStarted => (
            colours.text_faint,
            "Engine idle".to_owned(),
            "The engine starts when you generate. Click for the system check".to_owned(),
        ),
        EngineState::Starting => (
            colours.warning,
            "Engine starting".to_owned(),
            "The engine is starting".to_owned(),
        ),
        EngineState::Ready(_) => {
            let device = cx.state.engine.device();
            let id = device.map_or("no device".into(), |device| device.id.to_uppercase());
            let tooltip = device.map(|device| device.name.clone());
            let tooltip = tooltip.unwrap_or_default();
            (colours.good, format!("Engine ready ({id})"), tooltip)
        }
        EngineState::Gone(ended) => {
            let tooltip = match ran_out_of_memory(ended) {
                true => "The engine stopped, probably out of memory".to_owned(),
                false => ended.to_string(),
            };
            (colours.bad, "Engine stopped".to_owned(), tooltip)
        }
    };
    let text = RichText::new(format!("{}  {text}", icon::ENGINE)).color(*colour);
    if ui
        .add(Button::new(text).frame_when_inactive(false))
        .on_hover_text(tooltip)
        .clicked()
    {
        cx.send(Action::Command(Command::SystemCheck));
    }
}
