//! Small controls that several panels share. Each has an accessible name.

mod colour;
mod paint;
mod pan;
mod row_end;
mod text;

use std::any::Any;

use egui::emath::format_with_decimals_in_range;
use egui::{
    Align2, Button, ComboBox, DragValue, FontSelection, Id, LayerId, Order, Rect, Response,
    RichText, Role, Sense, Stroke, TextureHandle, Ui, Vec2, WidgetInfo, vec2,
};

use super::theme::Theme;

pub use colour::colour_field;
pub use paint::{line, picture_in, text_beside, text_on, thirds};
pub use pan::in_pan_words;
pub use row_end::{at_end, row_from_right, row_with_end};
pub use text::{Steps, consume_enter, focus_first, keep_enter, small_text_field, text_field};

/// A button with only an icon; `name` is its tooltip and its accessible name.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let response = ui.add(
        Button::new(icon)
            .frame_when_inactive(false)
            .min_size(Vec2::splat(28.0)),
    );
    named(&response, name);
    response.on_hover_text(name)
}

/// A small button with an icon and a short text; `name` is its tooltip and its accessible name.
pub fn small_button(ui: &mut Ui, sign: &str, text: &str, name: &str) -> Response {
    let response = ui.add(Button::new(
        RichText::new(format!("{sign}  {text}")).small(),
    ));
    named(&response, name);
    response.on_hover_text(name)
}

/// The height of a [`row_button`], in points.
pub const ROW_BUTTON_HEIGHT: f32 = 52.0;

/// A row of the available width: a picture, a name, and a fainter line below; both are truncated. The icon takes the
/// place of a picture that is missing.
pub fn row_button(
    ui: &mut Ui,
    theme: &Theme,
    (icon, picture): (&str, Option<&TextureHandle>),
    name: &str,
    below: &str,
) -> Response {
    let size = vec2(ui.available_width(), ROW_BUTTON_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    named(&response, name);
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact(&response);
        if response.hovered() || response.has_focus() {
            ui.painter().rect(
                rect,
                visuals.corner_radius,
                visuals.weak_bg_fill,
                visuals.bg_stroke,
                egui::StrokeKind::Inside,
            );
        }
        let body = FontSelection::Default.resolve(ui.style());
        let room = vec2(60.0, 40.0);
        let place = Rect::from_min_size(rect.left_top() + vec2(6.0, 6.0), room);
        if let Some(picture) = picture {
            picture_in(ui.painter(), picture, place);
        } else {
            ui.painter().text(
                place.center(),
                Align2::CENTER_CENTER,
                icon,
                body.clone(),
                *theme.colours.accent,
            );
        }
        let small = egui::TextStyle::Small.resolve(ui.style());
        let width = rect.width() - 84.0;
        let at = |top| rect.left_top() + vec2(76.0, top);
        line(ui, at(8.0), width, (name, body, *theme.colours.text));
        line(
            ui,
            at(28.0),
            width,
            (below, small, *theme.colours.text_faint),
        );
    }
    response.on_hover_text(below)
}

/// Makes a control the source of a drag with a payload. While it is dragged, the text is beside the pointer.
pub fn drag_source<T: Any + Send + Sync>(
    ui: &Ui,
    theme: &Theme,
    response: &Response,
    payload: T,
    text: &str,
) {
    response.dnd_set_drag_payload(payload);
    if response.dragged()
        && let Some(pointer) = ui.input(|input| input.pointer.interact_pos())
    {
        let above = LayerId::new(Order::Tooltip, response.id);
        let painter = ui.ctx().layer_painter(above);
        text_beside(&painter, theme, pointer, text);
    }
}

/// A number that is dragged or typed; a typed one is applied when the field loses the focus.
pub fn number<N: egui::emath::Numeric>(value: &mut N) -> DragValue<'_> {
    DragValue::new(value)
        .update_while_editing(false)
        .clamp_existing_to_range(false)
        .custom_formatter(|value, decimals| {
            without_minus_zero(format_with_decimals_in_range(value, decimals))
        })
}

/// "-0.00", which a small negative number is rounded to, as "0.00".
fn without_minus_zero(text: String) -> String {
    let is_zero = |digits: &str| digits.chars().all(|digit| matches!(digit, '0' | '.'));
    match text.strip_prefix('-').is_some_and(is_zero) {
        true => text.replace('-', ""),
        false => text,
    }
}

/// The space below the control of a [`field`], in points.
const FIELD_GAP: f32 = 4.0;

/// A name above a control, with space below. The control gets the id of the name, for its accessible name.
pub fn field<T>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    control: impl FnOnce(&mut Ui, Id) -> T,
) -> T {
    let inner = cell(ui, theme, name, control);
    ui.add_space(FIELD_GAP);
    inner
}

/// The same as a cell of a grid: without space below, so that rows of cells and of other controls are equally far apart.
pub fn cell<T>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    control: impl FnOnce(&mut Ui, Id) -> T,
) -> T {
    let inner = ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let label = ui.label(RichText::new(name).small().color(*theme.colours.text_soft));
        control(ui, label.id)
    });
    inner.inner
}

/// A list that selects one of `all`, each with its text. `name` is also the name above it. Enter opens the list.
pub fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    all: impl IntoIterator<Item = (T, String)>,
    chosen: &mut T,
) -> Response {
    let response = choice_cell(ui, theme, name, all, chosen);
    ui.add_space(FIELD_GAP);
    response
}

/// The same as a cell of a grid; see [`cell`].
pub fn choice_cell<T: Copy + PartialEq>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    all: impl IntoIterator<Item = (T, String)>,
    chosen: &mut T,
) -> Response {
    let all: Vec<(T, String)> = all.into_iter().collect();
    cell(ui, theme, name, |ui, label| {
        let current = all.iter().find(|(one, _)| *one == *chosen);
        let list = ComboBox::from_id_salt(name)
            .selected_text(current.map_or("", |(_, text)| text.as_str()))
            .width(ui.available_width());
        let shown = list.show_ui(ui, |ui| {
            for (one, text) in &all {
                ui.selectable_value(chosen, *one, text.as_str());
            }
        });
        keep_enter(ui, &shown.response);
        shown.response.labelled_by(label)
    })
}

/// Draws the widgets of `add` in the accent colours.
pub fn accented(ui: &mut Ui, theme: &Theme, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.scope(|ui| {
        let colours = &theme.colours;
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, fill) in [
            (&mut widgets.inactive, colours.accent),
            (&mut widgets.hovered, colours.accent_hover),
            (&mut widgets.active, colours.accent_active),
        ] {
            widget.weak_bg_fill = *fill;
            widget.bg_stroke = Stroke::NONE;
            widget.fg_stroke.color = *colours.on_accent;
        }
        add(ui)
    })
    .inner
}

pub fn named(response: &Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, response.enabled(), name));
}

#[cfg(test)]
mod tests {
    use super::colour::{colour_of_hex, hex_of};
    use super::*;

    #[test]
    fn a_rounded_zero_has_no_sign() {
        for (text, shown) in [
            ("-0.00", "0.00"),
            ("-0", "0"),
            ("-0.01", "-0.01"),
            ("5", "5"),
        ] {
            assert_eq!(without_minus_zero(text.to_owned()), shown);
        }
    }

    #[test]
    fn a_colour_is_read_as_it_is_written() {
        assert_eq!(hex_of([233, 169, 79]), "#e9a94f");
        for text in ["#e9a94f", "E9A94F", " #e9a94f "] {
            assert_eq!(colour_of_hex(text), Some([233, 169, 79]), "{text}");
        }
        for text in ["", "#e9a94", "red", "#e9a94f0", "+e9a94"] {
            assert_eq!(colour_of_hex(text), None, "{text}");
        }
    }
}
