//! Small controls that several panels share. Each has an accessible name.

use std::any::Any;

use egui::emath::format_with_decimals_in_range;
use egui::text::LayoutJob;
use egui::{
    Align, Align2, Button, Color32, ComboBox, DragValue, FontId, FontSelection, Id, Key, LayerId,
    Layout, Modifiers, Order, Painter, Pos2, Rect, Response, RichText, Role, Sense, Stroke,
    TextEdit, TextureHandle, Ui, Vec2, WidgetInfo, lerp, pos2, vec2,
};

use super::theme::Theme;

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

/// A line of text from a point to the right, truncated at a width.
pub fn line(ui: &Ui, at: Pos2, width: f32, (text, font, colour): (&str, FontId, Color32)) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    ui.painter().galley(at, galley, colour);
}

/// A whole picture, as large as fits into a rectangle.
pub fn picture_in(painter: &Painter, picture: &TextureHandle, place: Rect) {
    let size = picture.size_vec2();
    let scale = (place.width() / size.x).min(place.height() / size.y);
    let fitted = Rect::from_center_size(place.center(), size * scale);
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(picture.id(), fitted, all, Color32::WHITE);
}

/// A short small text on a background.
pub fn text_on(
    painter: &Painter,
    theme: &Theme,
    (align, at): (Align2, Pos2),
    text: &str,
    background: Color32,
) {
    let (font, colour) = (FontId::proportional(theme.text.small), *theme.colours.text);
    let galley = painter.layout_no_wrap(text.to_owned(), font, colour);
    let place = align.anchor_size(at, galley.size());
    painter.rect_filled(place.expand2(vec2(6.0, 3.0)), 4, background);
    painter.galley(place.min, galley, colour);
}

/// The lines at the thirds of a picture.
pub fn thirds(painter: &Painter, rect: Rect, stroke: Stroke) {
    for third in [1.0 / 3.0, 2.0 / 3.0] {
        let (x, y) = (lerp(rect.x_range(), third), lerp(rect.y_range(), third));
        painter.vline(x, rect.y_range(), stroke);
        painter.hline(rect.x_range(), y, stroke);
    }
}

/// A short text beside the pointer, on a background.
pub fn text_beside(painter: &Painter, theme: &Theme, pointer: Pos2, text: &str) {
    let place = (Align2::LEFT_CENTER, pointer + vec2(14.0, -18.0));
    text_on(painter, theme, place, text, *theme.colours.raised);
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

/// A name above a control. The control gets the id of the name, for its accessible name.
pub fn field<T>(
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
    ui.add_space(4.0);
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
    let all: Vec<(T, String)> = all.into_iter().collect();
    field(ui, theme, name, |ui, label| {
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

/// A text field that has the focus when its dialog opens, with its text selected.
pub fn focus_first(ui: &mut Ui, field: TextEdit<'_>) -> Response {
    let opened = ui.ctx().memory(|memory| memory.focused().is_none());
    text_field(ui, field, opened)
}

/// A text field. With `takes_focus`, it takes the focus, with its text selected.
pub fn text_field(ui: &mut Ui, field: TextEdit<'_>, takes_focus: bool) -> Response {
    small_text_field(ui, field.margin(vec2(8.0, 6.0)), takes_focus)
}

/// The same with the margin of the field, for a low row.
pub fn small_text_field(ui: &mut Ui, field: TextEdit<'_>, takes_focus: bool) -> Response {
    let mut output = field.show(ui);
    if takes_focus {
        output.response.request_focus();
        let all = egui::text::CCursorRange::select_all(&output.galley);
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), output.response.id);
    }
    output.response.response
}

/// Enter on a control that has the focus is for the control, not for the button of the dialog.
pub fn keep_enter(ui: &Ui, control: &Response) {
    if control.has_focus() {
        consume_enter(ui);
    }
}

/// Whether Enter was pressed. It then does nothing else.
pub fn consume_enter(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
}

/// Presses of the up and down arrow keys, for choosing a row. They are consumed before a text field above the rows
/// gets them. A slow frame may have several.
pub struct Steps {
    down: usize,
    up: usize,
}

impl Steps {
    pub fn pressed(ui: &Ui) -> Self {
        let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        Self {
            down: pressed(Key::ArrowDown),
            up: pressed(Key::ArrowUp),
        }
    }

    pub fn any(&self) -> bool {
        self.down + self.up > 0
    }

    /// The index of the highlighted row after these presses, of `rows` rows.
    pub fn on(&self, chosen: usize, rows: usize) -> usize {
        (chosen + self.down)
            .saturating_sub(self.up)
            .min(rows.saturating_sub(1))
    }
}

/// A row of this height, in points, filled from the right.
pub fn row_from_right<T>(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui) -> T) -> T {
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), contents)
        .inner
}

/// A row of this height, in points, with `end` at its right side and `start` in the rest. Tab goes from left to right: a
/// row that is filled from the right would be walked backwards.
pub fn row_with_end<S, E>(
    ui: &mut Ui,
    height: f32,
    start: impl FnOnce(&mut Ui) -> S,
    end: impl FnOnce(&mut Ui) -> E,
) -> (S, E) {
    let size = vec2(ui.available_width(), height);
    let layout = Layout::left_to_right(Align::Center);
    let row = ui.allocate_ui_with_layout(size, layout, |ui| {
        let end_width = EndWidth::of(ui);
        let gap = ui.spacing().item_spacing.x;
        let rest = (ui.available_width() - end_width.points - gap).max(0.0);
        let start = ui.allocate_ui_with_layout(vec2(rest, height), layout, |ui| {
            ui.set_width(rest);
            start(ui)
        });
        (start.inner, end_width.show(ui, end))
    });
    row.inner
}

/// The widgets of `end` at the right side of a row that is filled from the left. Tab goes from left to right.
pub fn at_end<T>(ui: &mut Ui, end: impl FnOnce(&mut Ui) -> T) -> T {
    let end_width = EndWidth::of(ui);
    ui.add_space((ui.available_width() - end_width.points).max(0.0));
    end_width.show(ui, end)
}

/// The width of the end of a row, known from the frame before. A row that is new or has another width is drawn twice.
struct EndWidth {
    id: Id,
    points: f32,
}

impl EndWidth {
    fn of(ui: &Ui) -> Self {
        let id = ui.next_auto_id().with("width of the end");
        let known = ui.data(|data| data.get_temp::<f32>(id));
        Self {
            id,
            points: known.unwrap_or(0.0),
        }
    }

    fn show<T>(self, ui: &mut Ui, end: impl FnOnce(&mut Ui) -> T) -> T {
        let shown = ui.scope(end);
        let points = shown.response.rect.width();
        if (points - self.points).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(self.id, points));
            ui.ctx()
                .request_discard("the end of a row has another width");
        }
        shown.inner
    }
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

/// A colour with a hex field and swatches beside it, and `end` behind them. True: it has changed.
pub fn colour_field(
    ui: &mut Ui,
    theme: &Theme,
    (colour, name): (&mut [u8; 3], &str),
    end: impl FnOnce(&mut Ui),
) -> bool {
    let before = *colour;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let button = ui.color_edit_button_srgb(colour);
        named(&button, name);
        button.on_hover_text(name);
        hex_field(ui, colour, name);
        for (swatch, own) in theme.swatches() {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::click());
            let words = format!("{name}: {swatch}");
            named(&response, &words);
            ui.painter().rect_filled(rect, 3, own);
            if response.on_hover_text(words).clicked() {
                *colour = [own.r(), own.g(), own.b()];
            }
        }
        end(ui);
    });
    *colour != before
}

/// A text field for a colour as "#rrggbb". It applies when it loses the focus.
fn hex_field(ui: &mut Ui, colour: &mut [u8; 3], name: &str) {
    let id = ui.scope_id().with(("hex", name));
    let typed = ui.data(|data| data.get_temp::<String>(id));
    let mut text = typed.unwrap_or_else(|| hex_of(*colour));
    let edit = ui.add(TextEdit::singleline(&mut text).id(id).desired_width(64.0));
    edit.widget_info(|| WidgetInfo {
        label: Some(format!("Hex: {name}")),
        ..WidgetInfo::text_edit(true, &text, &text, "")
    });
    let (has_left, has_focus) = (edit.lost_focus(), edit.has_focus());
    ui.data_mut(|data| match has_focus {
        true => drop(data.insert_temp(id, text.clone())),
        false => data.remove::<String>(id),
    });
    edit.on_hover_text("The colour as a hexadecimal number, such as #e9a94f");
    if has_left && let Some(typed) = colour_of_hex(&text) {
        *colour = typed;
    }
}

fn hex_of([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn colour_of_hex(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().trim_start_matches('#');
    let is_whole = digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_whole)?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

pub fn named(response: &Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, response.enabled(), name));
}

#[cfg(test)]
mod tests {
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
