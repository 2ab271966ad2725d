//! Controls that depend on the command table, the dialogs or the cast. Plain widgets are in `ui::widgets`.

use std::path::PathBuf;

use egui::{Button, Frame, Id, Key, Margin, Modal, Response, RichText, TextEdit, Ui, Vec2, vec2};
use kinora_studio::timeline::CharacterId;

use super::context::{PanelContext, WindowContext};
use crate::state::action::{Action, DialogAction};
use crate::state::command::{Command, Row};
use crate::state::keymap::KeyMap;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::{accented, field, focus_first, keep_enter, named, row_with_end};

/// The height of a command in a menu, in points.
pub const MENU_ITEM_HEIGHT: f32 = 26.0;

/// A row of a menu or of the palette: icon, text, key.
pub fn command_item(ui: &mut Ui, keys: &KeyMap, row: &Row, enabled: bool) -> Response {
    let button = Button::new(format!("{}   {}", row.icon, row.text))
        .shortcut_text(keys.text_of(row.command))
        .min_size(vec2(ui.available_width(), MENU_ITEM_HEIGHT));
    let response = ui.add_enabled(enabled, button);
    named(&response, row.text);
    response.on_hover_text(row.tooltip)
}

/// Commands as rows of a context menu. Whether one is possible is decided when it runs, because a right click changes the
/// selection first. For one that is not, there is a notification.
pub fn command_items(ui: &mut Ui, cx: &PanelContext, commands: &[Command]) {
    for &command in commands {
        if command_item(ui, cx.keys, command.row(), true).clicked() {
            cx.send(Action::Command(command));
            ui.close();
        }
    }
}

/// A command as a button of a fixed size.
pub fn command_button(ui: &mut Ui, row: &Row, size: Vec2) -> Response {
    let response = ui.add(Button::new(format!("{}  {}", row.icon, row.text)).min_size(size));
    named(&response, row.text);
    response.on_hover_text(row.tooltip)
}

/// The primary button of a page, in the accent colour and as wide as the page.
pub fn primary_button(ui: &mut Ui, theme: &Theme, row: &Row) -> Response {
    let size = vec2(ui.available_width(), 44.0);
    let response = primary_button_of(ui, theme, (row.icon, row.text), size);
    response.on_hover_text(row.tooltip)
}

/// A primary button with this icon and text, of this size.
pub fn primary_button_of(
    ui: &mut Ui,
    theme: &Theme,
    (icon, text): (&str, &str),
    size: Vec2,
) -> Response {
    let label = RichText::new(format!("{icon}  {text}")).font(theme.strong_font());
    let button = Button::new(label).min_size(size);
    // A horizontal layout centres the text of a wide button.
    let response = accented(ui, theme, |ui| ui.horizontal(|ui| ui.add(button)).inner);
    named(&response, text);
    response
}

/// A command as an icon button. The command's text is its accessible name.
pub fn command_icon(ui: &mut Ui, keys: &KeyMap, icon: &str, row: &Row) -> Response {
    let response = ui.add(
        Button::new(RichText::new(icon).size(18.0))
            .frame_when_inactive(false)
            .min_size(Vec2::splat(32.0)),
    );
    named(&response, row.text);
    response.on_hover_text(keys.tooltip(row.tooltip, row.command))
}

/// A modal dialog. Esc or a click outside it closes it.
pub fn dialog(
    ui: &Ui,
    cx: &WindowContext,
    title: &str,
    width: f32,
    contents: impl FnOnce(&mut Ui),
) {
    let frame = Frame::window(&ui.ctx().global_style()).inner_margin(Margin::same(24));
    let id = Id::unique(title);
    let is_new = !ui.ctx().memory(|memory| {
        memory
            .areas()
            .visible_last_frame(&egui::LayerId::new(egui::Order::Foreground, id))
    });
    if is_new {
        // The first field takes the focus only if nothing has it.
        ui.ctx().memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
    }
    let area = Modal::default_area(id).fade_in(false); // keys that are typed at once must find the field
    let modal = Modal::new(id)
        .area(area)
        .frame(frame)
        .backdrop_color(*cx.theme.colours.shade)
        .show(ui.ctx(), |ui| {
            ui.set_width(width.min(ui.ctx().content_rect().width() - 80.0));
            ui.label(RichText::new(title).font(cx.theme.heading_font()));
            ui.add_space(8.0);
            contents(ui);
        });
    keep_centred(ui, id, modal.response.rect.size());
    if modal.should_close() {
        cx.send(Action::Dialog(DialogAction::Close));
    }
}

/// Draws a dialog once more when it has another size than in the frame before: its place follows from that size, and after
/// the last change, as when pages have been read, it would stay beside the middle.
fn keep_centred(ui: &Ui, id: Id, size: Vec2) {
    let id = id.with("size");
    let before = ui.data_mut(|data| {
        let before = data.get_temp::<Vec2>(id);
        data.insert_temp(id, size);
        before
    });
    if before.is_some_and(|before| (before - size).abs().max_elem() > 0.5) {
        ui.ctx().request_repaint();
    }
}

/// A text field for a folder's path, with a button that opens a folder dialog.
/// With `is_first`, it has the focus when its dialog opens.
pub fn place_field(
    ui: &mut Ui,
    cx: &WindowContext,
    name: &str,
    place: &mut String,
    is_first: bool,
) {
    let start = place.trim().into();
    path_field(ui, cx, name, place, start, is_first);
}

/// A text field for a path, with a button that opens a folder dialog in `start`.
pub fn path_field(
    ui: &mut Ui,
    cx: &WindowContext,
    name: &str,
    path: &mut String,
    start: PathBuf,
    is_first: bool,
) {
    field(ui, cx.theme, name, |ui, label| {
        path_row(ui, cx, label, path, (start, is_first));
    });
}

/// The same without a name above it; `label` is the id of its name.
pub fn path_row(
    ui: &mut Ui,
    cx: &WindowContext,
    label: Id,
    path: &mut String,
    (start, is_first): (PathBuf, bool),
) -> Response {
    let field = |ui: &mut Ui| {
        let edit = TextEdit::singleline(path)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0));
        let edit = match is_first {
            true => focus_first(ui, edit),
            false => ui.add(edit),
        };
        edit.labelled_by(label)
    };
    let (field, ()) = row_with_end(ui, 32.0, field, |ui| {
        let browse = Button::new(format!("{}  Browse…", icon::FOLDER)).min_size(vec2(0.0, 30.0));
        let browse = ui.add(browse);
        named(&browse, "Browse…");
        keep_enter(ui, &browse);
        let browse = browse.on_hover_text("Choose the folder in a dialog");
        if browse.clicked() {
            cx.send(Action::Dialog(DialogAction::BrowseFolder { start }));
        }
    });
    field
}

/// The Cancel button and the confirm button of a dialog. True if the latter was clicked, or Enter was pressed.
pub fn dialog_buttons(ui: &mut Ui, cx: &WindowContext, text: &str, enabled: bool) -> bool {
    ui.add_space(12.0);
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    buttons_row(ui, |ui| {
        cancel_button(ui, cx, "Cancel");
        let button = main_button(cx, text);
        let clicked = accented(ui, cx.theme, |ui| ui.add_enabled(enabled, button)).clicked();
        enabled && (clicked || entered)
    })
}

/// The buttons at the foot of a dialog.
fn buttons_row<T>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> T) -> T {
    row_with_end(ui, 34.0, |_| (), buttons).1
}

/// The highlighted button of a dialog.
fn main_button<'t>(cx: &WindowContext, text: &'t str) -> Button<'t> {
    Button::new(RichText::new(text).font(cx.theme.strong_font())).min_size(vec2(112.0, 34.0))
}

/// A button that closes the dialog.
fn cancel_button(ui: &mut Ui, cx: &WindowContext, text: &str) {
    let button = Button::new(text).min_size(vec2(88.0, 34.0));
    if ui.add(button).clicked() {
        cx.send(Action::Dialog(DialogAction::Close));
    }
}

/// The choice of a dialog with two ways to continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Main,
    Other,
}

/// The Cancel button of a dialog and its two ways to continue, each a text and a tooltip. The main one is highlighted.
pub fn choice_buttons(
    ui: &mut Ui,
    cx: &WindowContext,
    (main, main_tooltip): (&str, &str),
    (other, other_tooltip): (&str, &str),
) -> Option<Choice> {
    ui.add_space(12.0);
    buttons_row(ui, |ui| {
        cancel_button(ui, cx, "Cancel");
        let mut choice = None;
        let button = ui.add(Button::new(other).min_size(vec2(88.0, 34.0)));
        if button.on_hover_text(other_tooltip).clicked() {
            choice = Some(Choice::Other);
        }
        let button = main_button(cx, main);
        let button = accented(ui, cx.theme, |ui| ui.add(button));
        if button.on_hover_text(main_tooltip).clicked() {
            choice = Some(Choice::Main);
        }
        choice
    })
}

/// The Close button of a dialog that only shows information.
pub fn close_button(ui: &mut Ui, cx: &WindowContext) {
    ui.add_space(8.0);
    buttons_row(ui, |ui| cancel_button(ui, cx, "Close"));
}

/// The character whose card was dropped on a widget. While a card is over the widget, an outline is drawn.
pub fn dropped_here(ui: &Ui, theme: &Theme, place: &Response) -> Option<CharacterId> {
    // Taking a payload of another type would drop it, though another widget may want it.
    place.dnd_hover_payload::<CharacterId>()?;
    let accent = (1.5, *theme.colours.accent);
    let inside = egui::StrokeKind::Inside;
    ui.painter().rect_stroke(place.rect, 4, accent, inside);
    let dropped = place.dnd_release_payload::<CharacterId>();
    dropped.map(|character| *character)
}
