//! The field in which the text of a subtitle is typed, over its block. Enter ends the typing, Shift+Enter begins a line,
//! Esc leaves the text as it was.

use egui::{
    Event, FontId, Id, Key, KeyboardShortcut, Modifiers, Rect, TextEdit, Ui, UiBuilder, vec2,
};

use super::super::TimeScale;
use super::super::navigation::Viewport;
use super::rows;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction};
use crate::state::view::timeline_view::TimelineView;
use crate::ui::widgets::small_text_field;

/// The least width and the height of the field, in points: two lines.
const SIZE: egui::Vec2 = vec2(220.0, 42.0);

/// Draws the field, if a text is being typed. It lies over the tracks.
pub fn text_field_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    port: &Viewport,
    scale: &TimeScale,
) {
    let Some(form) = &view.subtitles.form else {
        return;
    };
    let found = cx.project().cue(form.cue);
    let row = found.and_then(|(_, own)| {
        let mut rows = rows(cx, view, port).into_iter();
        rows.find(|(track, _)| track.id == own.id)
    });
    let (Some((cue, _)), Some((_, row))) = (found, row) else {
        view.subtitles.form = None;
        return;
    };
    let Some(form) = &mut view.subtitles.form else {
        return;
    };
    let width = (scale.x(cue.range.end()) - scale.x(cue.range.start)).max(SIZE.x);
    let body = scale.rect;
    let width = width.min(body.width());
    let most = (body.right() - width).max(body.left());
    let left = scale.x(cue.range.start).clamp(body.left(), most);
    let place = Rect::from_min_size(egui::pos2(left, row.top()), vec2(width, SIZE.y));
    let is_new = std::mem::take(&mut form.is_new);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(place));
    ui.painter().rect_filled(place, 4, *cx.theme.colours.ground);
    let edit = TextEdit::multiline(&mut form.text)
        .id(Id::unique(("subtitle text", cue.id)))
        .font(FontId::proportional(cx.theme.text.small))
        .margin(vec2(4.0, 2.0))
        .desired_rows(2)
        .desired_width(place.width())
        .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
    let field = small_text_field(&mut ui, edit, is_new);
    let field = field.labelled_by(Id::unique(("cue", cue.id)));
    let is_entered = field.has_focus() && ui.input(|input| input.events.iter().any(is_plain_enter));
    if !is_entered && !field.lost_focus() {
        return;
    }
    field.surrender_focus();
    let is_cancelled = ui.input(|input| input.key_pressed(Key::Escape));
    let typed = view.subtitles.form.take().filter(|_| !is_cancelled);
    if let Some(edit) = typed.and_then(|form| form.edit(cx.project())) {
        cx.send(Action::Edit(EditAction::Apply(edit)));
    }
}

/// Whether an event is Enter without Shift.
fn is_plain_enter(event: &Event) -> bool {
    match event {
        Event::Key {
            key: Key::Enter,
            pressed,
            modifiers,
            ..
        } => *pressed && !modifiers.shift,
        _ => false,
    }
}
