//! Drags over the empty timeline: a rectangle that selects clips, and a shot, a take or an import that is dropped on a
//! track.

use egui::{DragAndDrop, Pos2, Rect, Response, Stroke, StrokeKind, Ui, pos2};
use kinora_studio::timeline::{
    ClipId, FrameRange, Frames, MediumId, ShotId, Source, TrackId, TrackKind,
};

use super::navigation::Viewport;
use super::{TimeScale, tracks_from_the_top};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, TakeAction, TakePlace};
use crate::state::sources::{kinds_of, length_of};
use crate::state::view::timeline_view::TimelineView;
use crate::state::view::viewer_view::ViewedSource;

/// The least side of a rectangle that selects, in points.
const LEAST_SIDE: f32 = 4.0;
/// The distance at which a dropped source snaps, in points.
const SNAP: f32 = 10.0;

/// Draws the rectangle while it is dragged, and selects the clips in it. With Shift or Ctrl it adds to the selection.
pub fn marquee_ui(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    response: &Response,
    port: &Viewport,
    scale: &TimeScale,
) {
    if response.drag_started()
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
        && port.body.x_range().contains(origin.x)
    {
        let height = origin.y - port.tracks.top() + view.top;
        view.marquee = Some((scale.frame(origin.x), height));
    }
    let Some((frame, height)) = view.marquee else {
        return;
    };
    let Some(pointer) = response.interact_pointer_pos() else {
        view.marquee = None;
        return;
    };
    let from = pos2(
        port.body.left() + (frame - view.first) * scale.scale,
        port.tracks.top() + height - view.top,
    );
    let rect = Rect::from_two_pos(from, pointer).intersect(port.tracks);
    if response.drag_stopped() {
        view.marquee = None;
    }
    if rect.width().max(rect.height()) < LEAST_SIDE {
        return; // a click
    }
    let accent = *cx.theme.colours.accent;
    let fill = accent.gamma_multiply(0.12);
    let stroke = Stroke::new(1.0, accent);
    ui.painter().rect(rect, 0, fill, stroke, StrokeKind::Inside);
    if response.drag_stopped() {
        let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        let clips = clips_in(cx, rect, scale);
        cx.send(Action::Edit(EditAction::SelectClips { clips, adds }));
    }
}

/// The clips that the rectangle touches.
fn clips_in(cx: &PanelContext, rect: Rect, scale: &TimeScale) -> Vec<ClipId> {
    let first = Frames(scale.frame(rect.left()).floor() as i64);
    let end = Frames(scale.frame(rect.right()).ceil() as i64);
    let range = FrameRange::between(first, end.max(first + Frames::ONE));
    let tracks = tracks_from_the_top(cx);
    let lanes = tracks.iter().zip(&scale.lanes);
    let touched = lanes.filter(|(_, lane)| lane.y.min < rect.bottom() && lane.y.max > rect.top());
    let clips = touched.flat_map(|(track, _)| track.within(range));
    clips.filter_map(|placed| Some(placed.clip()?.id)).collect()
}

/// Shows where a dragged shot or import would be placed, and places it when it is dropped: over what is there, or inserted
/// with Ctrl. With Shift or Alt it replaces the source of the clip under the pointer.
pub fn source_drop_ui(ui: &Ui, cx: &PanelContext, port: &Viewport, scale: &TimeScale) {
    let Some(dragged) = dragged_source(ui) else {
        return;
    };
    let source = dragged.source;
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let over = port
        .tracks
        .intersect(port.body.with_max_y(port.tracks.bottom()));
    let Some(pointer) = pointer.filter(|pointer| over.contains(*pointer)) else {
        return;
    };
    let Some(&kind) = kinds_of(cx.project(), source).first() else {
        return;
    };
    let held = ui.input(|input| input.modifiers);
    if held.shift || held.alt {
        replacement_ui(ui, cx, (dragged, kind), (pointer, over), scale);
        return;
    }
    let Some((track, lane)) = nearest_lane(cx, kind, pointer.y, scale) else {
        return;
    };
    let at = snapped(cx, scale, pointer.x);
    let inserts = held.command;
    let end = at + length_of(cx.project(), source, cx.still_seconds);
    let place = Rect::from_x_y_ranges(scale.x(at)..=scale.x(end), lane);
    let painter = ui.painter().with_clip_rect(over);
    let accent = Stroke::new(2.0, *cx.theme.colours.accent);
    match inserts {
        true => drop(painter.vline(place.left(), place.y_range(), accent)),
        false => drop(painter.rect_stroke(place, 4, accent, StrokeKind::Inside)),
    }
    if ui.input(|input| input.pointer.any_released()) {
        DragAndDrop::clear_payload(ui.ctx());
        let place = TakePlace::Track { track, at, inserts };
        cx.send(match dragged.as_take() {
            Some((shot, take)) => Action::Take(TakeAction::Place(shot, take, place)),
            None => Action::Edit(EditAction::DropSource {
                source,
                track,
                at,
                inserts,
            }),
        });
    }
}

/// Marks the clip whose source would be replaced, and replaces it when the new one is dropped.
fn replacement_ui(
    ui: &Ui,
    cx: &PanelContext,
    (dragged, kind): (ViewedSource, TrackKind),
    (pointer, over): (Pos2, Rect),
    scale: &TimeScale,
) {
    let Some((clip, place)) = clip_at(cx, kind, pointer, scale) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(over);
    let accent = *cx.theme.colours.accent;
    let stroke = Stroke::new(3.0, accent);
    let fill = accent.gamma_multiply(0.2);
    painter.rect(place, 4, fill, stroke, StrokeKind::Inside);
    if ui.input(|input| input.pointer.any_released()) {
        DragAndDrop::clear_payload(ui.ctx());
        let place = TakePlace::Clip(clip);
        let source = dragged.source;
        cx.send(match dragged.as_take() {
            Some((shot, take)) => Action::Take(TakeAction::Place(shot, take, place)),
            None => Action::Edit(EditAction::ReplaceSource { clip, source }),
        });
    }
}

/// The clip at a point on an unlocked track of a kind, and its place.
fn clip_at(
    cx: &PanelContext,
    kind: TrackKind,
    at: Pos2,
    scale: &TimeScale,
) -> Option<(ClipId, Rect)> {
    let tracks = tracks_from_the_top(cx);
    let mut lanes = tracks.iter().zip(&scale.lanes);
    let (track, lane) = lanes.find(|(_, lane)| lane.y.contains(at.y))?;
    if track.kind != kind || track.locked {
        return None;
    }
    let placed = track.at(Frames(scale.frame(at.x).floor() as i64))?;
    let x = scale.x(placed.range.start)..=scale.x(placed.range.end());
    Some((placed.clip()?.id, Rect::from_x_y_ranges(x, lane.y)))
}

/// The shot, the take or the import that is being dragged.
fn dragged_source(ui: &Ui) -> Option<ViewedSource> {
    if let Some(shot) = DragAndDrop::payload::<ShotId>(ui.ctx()) {
        return Some(ViewedSource::of(Source::Shot(*shot)));
    }
    if let Some(take) = DragAndDrop::payload::<ViewedSource>(ui.ctx()) {
        return Some(*take);
    }
    let medium = DragAndDrop::payload::<MediumId>(ui.ctx());
    medium.map(|medium| ViewedSource::of(Source::Medium(*medium)))
}

/// The unlocked track of a kind at a y coordinate, or the nearest one, with its vertical range.
fn nearest_lane(
    cx: &PanelContext,
    kind: TrackKind,
    y: f32,
    scale: &TimeScale,
) -> Option<(TrackId, egui::Rangef)> {
    let tracks = tracks_from_the_top(cx);
    let lanes = tracks.iter().zip(&scale.lanes);
    let fitting = lanes.filter(|(track, _)| track.kind == kind && !track.locked);
    let off = |lane: egui::Rangef| (lane.min - y).max(y - lane.max).max(0.0);
    let nearest = fitting.min_by(|(_, one), (_, other)| off(one.y).total_cmp(&off(other.y)));
    nearest.map(|(track, lane)| (track.id, lane.y))
}

/// The frame at an x coordinate, snapped to a near cut or to the playhead.
fn snapped(cx: &PanelContext, scale: &TimeScale, x: f32) -> Frames {
    let frame = Frames(scale.frame(x).round() as i64).max(Frames::ZERO);
    let reach = Frames((SNAP / scale.scale).ceil() as i64);
    let points = cx.project().snap_points(frame, reach);
    let playhead = cx.media.player.playhead();
    let is_near = (playhead - frame).0.abs() <= reach.0;
    let near = points.first().map(|(at, _)| *at);
    near.or(is_near.then_some(playhead)).unwrap_or(frame)
}
