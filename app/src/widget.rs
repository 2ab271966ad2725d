//! Small controls that several panels share. Each has a name for the screen reader.

use egui::text::LayoutJob;
use egui::{
    Align, Align2, Button, Color32, DragValue, FontId, FontSelection, Frame, Id, Key, Layout,
    Margin, Modal, Modifiers, Painter, Pos2, Rect, Response, RichText, Role, Sense, TextEdit,
    TextureHandle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use kinora_studio::timeline::CharacterId;

use crate::command::Row;
use crate::fonts::icon;
use crate::run::Ask;
use crate::theme::Theme;

/// A row of a menu or of the palette: icon, text, key.
pub fn command_item(ui: &mut Ui, row: &Row, enabled: bool) -> Response {
    let key = row
        .shortcut
        .map(|key| ui.ctx().format_shortcut(&key))
        .unwrap_or_default();
    let button = Button::new(format!("{}   {}", row.icon, row.text))
        .shortcut_text(key)
        .min_size(vec2(ui.available_width(), 28.0));
    let response = ui.add_enabled(enabled, button);
    named(&response, row.text);
    response.on_hover_text(row.tooltip)
}

/// A command as a button of a fixed size.
pub fn command_button(ui: &mut Ui, row: &Row, size: Vec2) -> Response {
    let response = ui.add(Button::new(format!("{}  {}", row.icon, row.text)).min_size(size));
    named(&response, row.text);
    response.on_hover_text(row.tooltip)
}

/// The one button of a page that is meant most, as wide as the page.
pub fn primary_button(ui: &mut Ui, theme: &Theme, row: &Row) -> Response {
    let size = vec2(ui.available_width(), 44.0);
    let text = format!("{}  {}", row.icon, row.text);
    let button = Button::new(RichText::new(text).font(theme.strong_font())).min_size(size);
    // A horizontal layout centres the text of a wide button.
    let response = accented(ui, theme, |ui| ui.horizontal(|ui| ui.add(button)).inner);
    named(&response, row.text);
    response.on_hover_text(row.tooltip)
}

/// A command as an icon; its text is its name for the screen reader.
pub fn command_icon(ui: &mut Ui, icon: &str, row: &Row) -> Response {
    let response = ui.add(
        Button::new(RichText::new(icon).size(18.0))
            .frame_when_inactive(false)
            .min_size(Vec2::splat(32.0)),
    );
    named(&response, row.text);
    let key = row.shortcut.map(|key| ui.ctx().format_shortcut(&key));
    let key = key.map(|key| format!(" ({key})")).unwrap_or_default();
    response.on_hover_text(format!("{}{key}", row.tooltip))
}

/// A button that is only an icon; `name` is its tooltip and its name for the screen reader.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let response = ui.add(
        Button::new(icon)
            .frame_when_inactive(false)
            .min_size(Vec2::splat(28.0)),
    );
    named(&response, name);
    response.on_hover_text(name)
}

/// A small button with a sign and a word or two; `name` says all of it.
pub fn small_button(ui: &mut Ui, sign: &str, words: &str, name: &str) -> Response {
    let response = ui.add(Button::new(
        RichText::new(format!("{sign}  {words}")).small(),
    ));
    named(&response, name);
    response.on_hover_text(name)
}

/// A row as wide as there is room: an icon, a name, and below it a fainter line, cut if too long.
pub fn row_button(ui: &mut Ui, theme: &Theme, icon: &str, name: &str, below: &str) -> Response {
    let size = vec2(ui.available_width(), 44.0);
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
        ui.painter().text(
            rect.left_center() + vec2(10.0, 0.0),
            Align2::LEFT_CENTER,
            icon,
            body.clone(),
            *theme.colours.accent,
        );
        let line = |text: &str, font, colour, top| {
            let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
            job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 44.0);
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            ui.painter()
                .galley(rect.left_top() + vec2(36.0, top), galley, colour);
        };
        line(name, body, *theme.colours.text, 5.0);
        line(
            below,
            egui::TextStyle::Small.resolve(ui.style()),
            *theme.colours.text_faint,
            24.0,
        );
    }
    response.on_hover_text(below)
}

/// All of a picture, as large as it can be in a place.
pub fn picture_in(painter: &Painter, picture: &TextureHandle, place: Rect) {
    let size = picture.size_vec2();
    let scale = (place.width() / size.x).min(place.height() / size.y);
    let fitted = Rect::from_center_size(place.center(), size * scale);
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(picture.id(), fitted, all, Color32::WHITE);
}

/// A few small words on a ground of their own.
pub fn words_on(
    painter: &Painter,
    theme: &Theme,
    (align, at): (Align2, Pos2),
    words: &str,
    ground: Color32,
) {
    let (font, colour) = (FontId::proportional(theme.text.small), *theme.colours.text);
    let galley = painter.layout_no_wrap(words.to_owned(), font, colour);
    let place = align.anchor_size(at, galley.size());
    painter.rect_filled(place.expand2(vec2(6.0, 3.0)), 4, ground);
    painter.galley(place.min, galley, colour);
}

/// A few words beside the pointer, on a ground of their own.
pub fn words_beside(painter: &Painter, theme: &Theme, pointer: Pos2, words: &str) {
    let place = (Align2::LEFT_CENTER, pointer + vec2(14.0, -18.0));
    words_on(painter, theme, place, words, *theme.colours.raised);
}

/// Somebody of the cast who is dragged here from a card: seen while above, told when let go.
pub fn dropped_here(ui: &Ui, theme: &Theme, place: &Response) -> Option<CharacterId> {
    if place.dnd_hover_payload::<CharacterId>().is_some() {
        let accent = (1.5, *theme.colours.accent);
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect_stroke(place.rect, 4, accent, inside);
    }
    let dropped = place.dnd_release_payload::<CharacterId>();
    dropped.map(|character| *character)
}

/// A number that is dragged or typed; what is typed counts when the field is left.
pub fn number<N: egui::emath::Numeric>(value: &mut N) -> DragValue<'_> {
    DragValue::new(value)
        .update_while_editing(false)
        .clamp_existing_to_range(false)
}

/// A dialogue over the window. Esc or a click beside it closes it.
pub fn dialogue(
    ui: &Ui,
    theme: &Theme,
    title: &str,
    width: f32,
    asks: &mut Vec<Ask>,
    contents: impl FnOnce(&mut Ui, &mut Vec<Ask>),
) {
    let frame = Frame::window(&ui.ctx().global_style()).inner_margin(Margin::same(24));
    let modal = Modal::new(Id::unique(title))
        .frame(frame)
        .backdrop_color(*theme.colours.shade)
        .show(ui.ctx(), |ui| {
            ui.set_width(width.min(ui.ctx().content_rect().width() - 80.0));
            ui.label(RichText::new(title).font(theme.heading_font()));
            ui.add_space(8.0);
            contents(ui, asks);
        });
    if modal.should_close() {
        asks.push(Ask::CloseDialogue);
    }
}

/// A name above a control; the control is handed the name's id, to be labelled by it.
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

/// A folder's path with a button for the system's own dialogue.
pub fn place_field(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    place: &mut String,
    asks: &mut Vec<Ask>,
) {
    field(ui, theme, name, |ui, label| {
        row_from_right(ui, 32.0, |ui| {
            let browse =
                ui.add(Button::new(format!("{}  Browse…", icon::FOLDER)).min_size(vec2(0.0, 30.0)));
            named(&browse, "Browse…");
            if browse
                .on_hover_text("Choose the folder by looking for it")
                .clicked()
            {
                asks.push(Ask::BrowseFolder {
                    start: place.trim().into(),
                });
            }
            let edit = ui.add(
                TextEdit::singleline(place)
                    .desired_width(f32::INFINITY)
                    .margin(vec2(8.0, 6.0)),
            );
            edit.labelled_by(label);
        });
    });
}

/// A text field that has the focus when its dialogue opens, its text chosen so that typing replaces it.
pub fn focus_first(ui: &mut Ui, field: TextEdit<'_>) -> Response {
    let opened = ui.ctx().memory(|memory| memory.focused().is_none());
    let mut output = field.margin(vec2(8.0, 6.0)).show(ui);
    if opened {
        output.response.request_focus();
        let all = egui::text::CCursorRange::select_all(&output.galley);
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), output.response.id);
    }
    output.response.response
}

/// The arrow keys by which one of several rows is chosen, taken before a field above them hears of them. A slow
/// frame may bring several.
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

    /// The row to be chosen of so many.
    pub fn on(&self, chosen: usize, rows: usize) -> usize {
        (chosen + self.down)
            .saturating_sub(self.up)
            .min(rows.saturating_sub(1))
    }
}

/// Cancel and the one button that does it; Enter does it too. True if it is to be done.
pub fn dialogue_buttons(
    ui: &mut Ui,
    theme: &Theme,
    text: &str,
    enabled: bool,
    asks: &mut Vec<Ask>,
) -> bool {
    ui.add_space(12.0);
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    row_from_right(ui, 34.0, |ui| {
        let button =
            Button::new(RichText::new(text).font(theme.strong_font())).min_size(vec2(112.0, 34.0));
        let clicked = accented(ui, theme, |ui| ui.add_enabled(enabled, button)).clicked();
        if ui
            .add(Button::new("Cancel").min_size(vec2(88.0, 34.0)))
            .clicked()
        {
            asks.push(Ask::CloseDialogue);
        }
        enabled && (clicked || entered)
    })
}

/// The only button of a dialogue that has nothing to decide.
pub fn close_button(ui: &mut Ui, asks: &mut Vec<Ask>) {
    ui.add_space(8.0);
    row_from_right(ui, 34.0, |ui| {
        if ui
            .add(Button::new("Close").min_size(vec2(88.0, 34.0)))
            .clicked()
        {
            asks.push(Ask::CloseDialogue);
        }
    });
}

/// A row of a known height that fills up from its right end.
pub fn row_from_right<T>(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui) -> T) -> T {
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), contents)
        .inner
}

/// Draws what `add` adds in the accent colours.
fn accented(ui: &mut Ui, theme: &Theme, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.scope(|ui| {
        let colours = &theme.colours;
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, fill) in [
            (&mut widgets.inactive, colours.accent),
            (&mut widgets.hovered, colours.accent_hover),
            (&mut widgets.active, colours.accent_active),
        ] {
            widget.weak_bg_fill = *fill;
            widget.bg_stroke = egui::Stroke::NONE;
            widget.fg_stroke.color = *colours.on_accent;
        }
        add(ui)
    })
    .inner
}

fn named(response: &Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, response.enabled(), name));
}
