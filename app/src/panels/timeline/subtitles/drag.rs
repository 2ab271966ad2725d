//! Dragging subtitles: the body moves all selected ones, an edge trims. A drag is one gesture and one undo step; Esc aborts
//! it. A subtitle stops at the next one.

use egui::{CursorIcon, Key, Pos2, Rect, Response, Ui};
use kinora_studio::timeline::edit::subtitles::SubtitleEdit;
use kinora_studio::timeline::subtitle::{Cue, SubtitleTrack};
use kinora_studio::timeline::{CueId, Edge, Edit, Frames, Refusal};

use super::super::TimeScale;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, Gesture};
use crate::state::view::subtitle_view::CueDrag;
use crate::state::view::timeline_view::TimelineView;

/// A press this near to an edge, in points, trims instead of moving.
const EDGE: f32 = 7.0;
/// The largest fraction of a block's width that an edge zone covers, so that a short one can still be moved.
const MOST_EDGE: f32 = 0.3;
/// The distance at which edges snap, in points.
const SNAP: f32 = 8.0;

fn edge_at(rect: Rect, at: Pos2) -> Option<Edge> {
    let reach = EDGE.min(rect.width() * MOST_EDGE);
    match (at.x - rect.left() < reach, rect.right() - at.x < reach) {
        (true, _) => Some(Edge::Head),
        (_, true) => Some(Edge::Tail),
        _ => None,
    }
}

/// Starts, previews and ends the drag of a subtitle that is drawn at a rectangle.
pub fn drag_cue(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    response: &Response,
    (cue, track, rect): (&Cue, &SubtitleTrack, Rect),
    scale: &TimeScale,
) {
    if track.locked || !cx.can_edit() {
        return;
    }
    if let Some(pointer) = response
        .hover_pos()
        .filter(|_| view.subtitles.drag.is_none())
    {
        ui.ctx().set_cursor_icon(match edge_at(rect, pointer) {
            Some(_) => CursorIcon::ResizeHorizontal,
            None => CursorIcon::Grab,
        });
    }
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    if response.drag_started() {
        let pressed = ui.input(|input| input.pointer.press_origin());
        start(cx, view, (cue, rect), scale, pressed.unwrap_or(pointer));
    }
    let Some(drag) = view.subtitles.drag.take_if(|drag| drag.cue == cue.id) else {
        return;
    };
    let gesture = |gesture| cx.send(Action::Edit(EditAction::Gesture(gesture)));
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        return gesture(Gesture::Abort);
    }
    if response.drag_stopped() {
        return gesture(Gesture::Commit);
    }
    if response.dragged() {
        let wanted = Frames((scale.frame(pointer.x) - drag.from).round() as i64);
        let by = match view.snaps {
            true => snapped(&drag, wanted, cx.media.player.playhead(), scale),
            false => wanted,
        };
        gesture(Gesture::Preview(edits(&drag, by)));
    }
    view.subtitles.drag = Some(drag);
}

/// A subtitle that is not selected is selected first, and dragged alone.
fn start(
    cx: &PanelContext,
    view: &mut TimelineView,
    (cue, rect): (&Cue, Rect),
    scale: &TimeScale,
    pressed: Pos2,
) {
    let is_selected = cx.selection.cues.contains(&cue.id);
    if !is_selected {
        let select = EditAction::SelectCue {
            cue: cue.id,
            adds: false,
        };
        cx.send(Action::Edit(select));
    }
    let cues: Vec<CueId> = match is_selected {
        true => cx.selection.cues.iter().copied().collect(),
        false => vec![cue.id],
    };
    let edge = edge_at(rect, pressed);
    view.subtitles.drag = Some(CueDrag {
        cue: cue.id,
        cues,
        edge,
        from: scale.frame(pressed.x),
        range: cue.range,
        before: cx.project().clone(),
    });
    let name = match edge {
        Some(_) => "trim subtitle",
        None => "move subtitle",
    };
    let begin = Gesture::Begin(name.into());
    cx.send(Action::Edit(EditAction::Gesture(begin)));
}

/// The edit of a drag, as far as there is room for it.
fn edits(drag: &CueDrag, by: Frames) -> Vec<Edit> {
    let edit = |by| {
        Edit::Subtitle(match drag.edge {
            Some(edge) => SubtitleEdit::Trim {
                cue: drag.cue,
                edge,
                by,
            },
            None => SubtitleEdit::Move {
                cues: drag.cues.clone(),
                by,
            },
        })
    };
    let by = match edit(by).apply(&drag.before) {
        Err(Refusal::CueInTheWay { room }) if by < Frames::ZERO => -room,
        Err(Refusal::CueInTheWay { room }) => room,
        Err(Refusal::BeforeStart { by: over }) => by + over,
        _ => by,
    };
    match by == Frames::ZERO {
        true => Vec::new(),
        false => vec![edit(by)],
    }
}

/// The movement `by`, changed so that an end of the subtitle lies on the nearest snap point within reach.
fn snapped(drag: &CueDrag, by: Frames, playhead: Frames, scale: &TimeScale) -> Frames {
    let reach = Frames((SNAP / scale.scale).ceil() as i64);
    let range = drag.range;
    let ends = match drag.edge {
        Some(Edge::Head) => vec![range.start],
        Some(Edge::Tail) => vec![range.end()],
        None => vec![range.start, range.end()],
    };
    let near = ends.into_iter().flat_map(|end| {
        let wanted = end + by;
        let points = drag.before.snap_points(wanted, reach).into_iter();
        let points = points.map(|(at, _)| at);
        let here = Some(playhead).filter(|at| (*at - wanted).0.abs() <= reach.0);
        points.chain(here).map(move |at| at - wanted)
    });
    let nearest = near.min_by_key(|off| off.0.abs());
    by + nearest.unwrap_or_default()
}
