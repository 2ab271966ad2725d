//! The parts that headers of tracks share, those of clips and those of subtitles: toggle buttons, the field for the name,
//! items of the menu.

use egui::{
    Align, Button, FontId, Key, Layout, Rect, Response, RichText, TextEdit, Ui, UiBuilder, Vec2,
    vec2,
};

use crate::panels::context::PanelContext;
use crate::ui::widgets::{named, small_text_field};

/// The size of a toggle button, in points.
pub const BUTTON: Vec2 = vec2(18.0, 16.0);

/// A toggle button with a letter, in the accent colour while the property of the track is on. True if it was clicked.
pub fn toggle_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (sign, name, is_on): (&str, &str, bool),
    track: &str,
) -> bool {
    let colours = &cx.theme.colours;
    let (colour, state) = match is_on {
        true => (*colours.accent, "on"),
        false => (*colours.text_faint, "off"),
    };
    let text = RichText::new(sign).small().color(colour);
    let button = Button::new(text)
        .frame_when_inactive(false)
        .min_size(BUTTON);
    let response = ui.add_enabled(cx.can_edit(), button);
    let label = format!("{name} {track} ({state})");
    named(&response, &label);
    response.on_hover_text(label).clicked()
}

/// Whether a name is still typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    GoesOn,
    /// The field has lost the focus: the name is meant.
    Ended,
    /// By Esc: the name is not changed.
    Cancelled,
}

/// The field for the name of a track, which has the focus when it `is_new`.
pub fn name_field(
    ui: &mut Ui,
    cx: &PanelContext,
    (name, is_new): (&mut String, bool),
    header: &Response,
    place: Rect,
) -> Typing {
    let layout = Layout::left_to_right(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
    let font = FontId::proportional(cx.theme.text.small);
    let edit = TextEdit::singleline(name).font(font);
    let edit = edit.margin(vec2(4.0, 2.0)).desired_width(place.width());
    let field = small_text_field(&mut ui, edit, is_new).labelled_by(header.id);
    match field.lost_focus() {
        false => Typing::GoesOn,
        true if ui.input(|input| input.key_pressed(Key::Escape)) => Typing::Cancelled,
        true => Typing::Ended,
    }
}

/// An item of the menu. True if it was clicked.
pub fn item_ui(ui: &mut Ui, words: &str, is_enabled: bool) -> bool {
    let is_clicked = ui.add_enabled(is_enabled, Button::new(words)).clicked();
    if is_clicked {
        ui.close();
    }
    is_clicked
}
