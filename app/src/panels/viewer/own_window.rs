//! The viewer in a window of its own, for a second screen. It closes with its close button, with Esc or with the key that
//! opened it. The keys of commands work in it as in the main window; *Full screen* fills the screen that it is on.

use std::sync::{Arc, OnceLock};

use egui::{
    CentralPanel, Context, Frame, IconData, Key, Margin, Popup, RichText, Ui, Vec2,
    ViewportBuilder, ViewportClass, ViewportCommand, ViewportId, vec2,
};

use super::viewer_ui;
use crate::panels::context::{KeyPresses, PanelContext};
use crate::panels::dropper;
use crate::state::action::{Action, ViewerAction};
use crate::state::command::Command;
use crate::state::view::viewer_window::WindowPlace;
use crate::ui::app_icon::app_icon;
use crate::ui::theme::Theme;

/// The size of the window when it opens first, in points. Then it opens where it was.
const SIZE: Vec2 = vec2(800.0, 520.0);
const MIN_SIZE: Vec2 = vec2(480.0, 320.0);
/// The margin of the window: the viewer has one of its own at its sides.
const MARGIN: Margin = Margin {
    left: 0,
    right: 0,
    top: 8,
    bottom: 4,
};

/// Draws the window. `pressed` finds the commands of the keys that were pressed in it; while `has_dialog`, the dialog in
/// the main window keeps all keys. The close button works always.
///
/// It is drawn together with the main window, of which it shows references. Where the system has one window alone, it
/// floats there.
pub fn own_window_ui(ui: &Ui, cx: &PanelContext, has_dialog: bool, pressed: KeyPresses) {
    let opens_at = cx.viewer_window.opens_at;
    let mut builder = ViewportBuilder::default()
        .with_title("Viewer - Kinora")
        .with_app_id("kinora")
        .with_icon(icon_of(cx.theme))
        .with_inner_size(opens_at.map_or(SIZE, |place| place.size.into()))
        .with_min_inner_size(MIN_SIZE);
    if let Some([left, top]) = opens_at.and_then(|place| place.corner) {
        builder = builder.with_position([left, top]);
    }
    let id = ViewportId::from_hash_of("viewer");
    ui.ctx().show_viewport_immediate(id, builder, |ui, class| {
        let has_button = class == ViewportClass::Immediate;
        if has_button && ui.input(|input| input.viewport().close_requested()) {
            cx.send(Action::Command(Command::ViewerWindow));
        } else if !has_dialog && !Popup::is_any_open(ui.ctx()) {
            keys_ui(ui, cx, class, pressed);
        }
        if class == ViewportClass::Immediate {
            keep_place(ui, cx);
        }
        let frame = Frame::new()
            .fill(*cx.theme.colours.panel)
            .inner_margin(MARGIN);
        CentralPanel::no_frame()
            .frame(frame)
            .show(ui, |ui| viewer_ui(ui, cx));
    });
}

/// Keeps where the window is, unless it fills the screen or is hidden.
fn keep_place(ui: &Ui, cx: &PanelContext) {
    let place = ui.input(|input| {
        let window = input.viewport();
        let is_usual = [window.fullscreen, window.minimized, window.maximized]
            .iter()
            .all(|state| *state != Some(true));
        let corner = window.outer_rect.map(|outer| [outer.left(), outer.top()]);
        let size = input.content_rect().size();
        is_usual.then_some(WindowPlace {
            corner,
            size: [size.x, size.y],
        })
    });
    if let Some(place) = place.filter(|place| cx.viewer_window.last != Some(*place)) {
        cx.send(Action::Viewer(ViewerAction::KeepWindow(place)));
    }
}

/// Closes the window by Esc, and sends the commands of the keys. The keys of a floating one are those of the main window.
fn keys_ui(ui: &Ui, cx: &PanelContext, class: ViewportClass, pressed: KeyPresses) {
    if dropper::cancel_by_escape(ui, cx) {
        return;
    }
    let ends_drag = ui.ctx().drag_stopped_id().is_some();
    if !ends_drag && ui.input(|input| input.key_pressed(Key::Escape)) {
        return cx.send(Action::Command(Command::ViewerWindow));
    }
    if class == ViewportClass::EmbeddedWindow {
        return;
    }
    for command in pressed(ui.ctx(), cx.keys) {
        match command {
            Command::FullScreen => fill_screen(ui.ctx()),
            _ => cx.send(Action::PressKey(command)),
        }
    }
}

/// Fills the screen that this window is on, or ends that.
fn fill_screen(ctx: &Context) {
    let now = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
    ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!now));
}

/// The same icon in every frame: another one is sent to the system again.
fn icon_of(theme: &Theme) -> Arc<IconData> {
    static ICON: OnceLock<Arc<IconData>> = OnceLock::new();
    Arc::clone(ICON.get_or_init(|| Arc::new(app_icon(theme))))
}

/// What the panel shows while the viewer has its own window.
pub fn elsewhere_ui(ui: &mut Ui, cx: &PanelContext) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() / 2.0 - 40.0).max(0.0));
        let words = RichText::new("The viewer is in its own window.");
        ui.label(words.color(*cx.theme.colours.text_faint));
        ui.add_space(8.0);
        let row = Command::ViewerWindow.row();
        let words = cx.keys.tooltip(row.tooltip, row.command);
        let back = ui.button("Bring the viewer back").on_hover_text(words);
        if back.clicked() {
            cx.send(Action::Command(Command::ViewerWindow));
        }
    });
}
