//! Dragging a selected title in the picture.

use egui::{CursorIcon, Rect, Response, Stroke, StrokeKind, Ui};
use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::curve::Property;
use kinora_studio::timeline::{Clip, Frames, Source};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_with_gesture;
use crate::state::view::look_change::{look_edit, with_value};

/// A drag over the picture moves the selected title at the playhead, in one step. `frame` is the place of the picture.
pub fn title_drag_ui(ui: &Ui, cx: &PanelContext, response: &Response, frame: Rect) {
    let Some((clip, at)) = selected_title(cx) else {
        return;
    };
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::Move);
    }
    let mut response = response.clone();
    let moved = response.total_drag_delta().filter(|_| response.dragged());
    let start = ui.data(|data| data.get_temp::<Look>(response.id));
    let start = match start.filter(|_| !response.drag_started()) {
        Some(start) => start,
        None => clip.look.clone(),
    };
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(response.id, start.clone()));
    }
    let edit = moved.map(|by| {
        response.mark_changed();
        let now = start.at(at).transform.position;
        let x = now.0 + by.x / frame.width();
        let y = now.1 + by.y / frame.height();
        let look = with_value(&start, Property::PositionX.effect(), x, at);
        let look = with_value(&look, Property::PositionY.effect(), y, at);
        look_edit(clip.id, look)
    });
    edit_with_gesture(cx, &response, "move title", || edit);
    if response.dragged() {
        let stroke = Stroke::new(1.0, *cx.theme.colours.accent);
        ui.painter()
            .rect_stroke(frame, 0, stroke, StrokeKind::Inside);
    }
}

/// The selected title under the playhead, and the frame of its clip there.
fn selected_title<'c>(cx: &PanelContext<'c>) -> Option<(&'c Clip, Frames)> {
    let playhead = cx.media.player.playhead();
    let mut clips = cx.selection.clips.iter();
    clips.find_map(|clip| {
        let (clip, _, range) = cx.project().clip(*clip)?;
        let is_title = matches!(clip.source, Source::Title(_)) && range.contains(playhead);
        is_title.then_some((&**clip, playhead - range.start))
    })
}
