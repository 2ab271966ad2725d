//! Scrolling and zooming the timeline: the wheel, the zoom commands, the scrollbars, and following the playhead.

use egui::{CursorIcon, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::time_scale::SCALES;
use crate::panels::context::PanelContext;
use crate::state::view::timeline_view::{TimelineView, TimelineZoom};

/// The thickness of a scrollbar, in points.
pub const BAR: f32 = 12.0;
/// The width of each end of the horizontal handle, by which it is made longer and shorter, in points.
const HANDLE_END: f32 = 9.0;
/// The least length of a handle, in points.
const LEAST_HANDLE: f32 = 32.0;
/// The factor of the commands that zoom in and out.
const ZOOM_STEP: f32 = 1.5;
/// The distance of the playhead from the left edge after the view has jumped to it, as a fraction of the width.
const JUMP_MARGIN: f32 = 0.1;
/// The fraction of the width that stays filled when the view is scrolled to the end.
const LEAST_FILLED: f32 = 0.2;

/// The place of the timeline's time axis and of its tracks.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// The time axis: the ruler and the lanes, without the headers.
    pub body: Rect,
    /// Headers and lanes, below the ruler.
    pub tracks: Rect,
    /// The height of all tracks, in points.
    pub content_height: f32,
}

/// Applies the wheel, a zoom command, and a moved playhead to the view.
pub fn navigate(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    port: &Viewport,
    is_hovered: bool,
) {
    if let Some(zoom) = view.zoom.take() {
        apply_zoom(cx, view, port, zoom);
    }
    if is_hovered && let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) {
        wheel(ui, view, port, pointer.x);
    }
    follow_playhead(cx, view, port);
    let end = cx.project().end().0 as f32;
    let shown = port.body.width() / view.scale;
    view.first = view.first.min(end - shown * LEAST_FILLED).max(0.0);
    let hidden = (port.content_height - port.tracks.height()).max(0.0);
    view.top = view.top.clamp(0.0, hidden);
}

/// The wheel scrolls the tracks if they do not fit, and time otherwise. With Shift it scrolls time, with Ctrl it zooms
/// at the pointer.
fn wheel(ui: &Ui, view: &mut TimelineView, port: &Viewport, pointer: f32) {
    let (zoom, scroll) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta()));
    zoom_about(view, pointer - port.body.left(), zoom);
    view.first -= scroll.x / view.scale;
    match port.content_height > port.tracks.height() {
        true => view.top -= scroll.y,
        false => view.first -= scroll.y / view.scale,
    }
}

/// Zooms by a factor, and keeps the frame in place that is `at` points from the left edge.
pub fn zoom_about(view: &mut TimelineView, at: f32, factor: f32) {
    let under = view.first + at / view.scale;
    view.scale = within_limits(view.scale * factor);
    view.first = under - at / view.scale;
}

/// A scale in points per frame, within the limits.
fn within_limits(scale: f32) -> f32 {
    scale.clamp(*SCALES.start(), *SCALES.end())
}

/// Jumps to the playhead if it has moved out of the view.
fn follow_playhead(cx: &PanelContext, view: &mut TimelineView, port: &Viewport) {
    let playhead = cx.media.player.playhead();
    let before = view.followed.replace(playhead);
    if before.is_none_or(|before| before == playhead) {
        return;
    }
    let (at, shown) = (playhead.0 as f32, port.body.width() / view.scale);
    if at < view.first || at >= view.first + shown {
        view.first = at - shown * JUMP_MARGIN;
    }
}

fn apply_zoom(cx: &PanelContext, view: &mut TimelineView, port: &Viewport, zoom: TimelineZoom) {
    let width = port.body.width();
    let mut show = |start: f32, length: f32| {
        view.scale = within_limits(width / length.max(1.0));
        view.first = start;
    };
    match zoom {
        TimelineZoom::Fit => show(0.0, cx.project().end().0 as f32 * 1.05),
        TimelineZoom::Selection => {
            if let Some(range) = cx.selection.range_in(cx.project()) {
                let length = range.length.0 as f32;
                show(range.start.0 as f32 - length * 0.05, length * 1.1);
            }
        }
        TimelineZoom::In | TimelineZoom::Out => {
            let factor = match zoom {
                TimelineZoom::In => ZOOM_STEP,
                _ => 1.0 / ZOOM_STEP,
            };
            let middle = middle_of_zoom(cx, view, width);
            zoom_about(view, middle, factor);
        }
    }
}

/// The place that stays where it is when the view is zoomed, in points from the left edge: the playhead, or the middle if
/// that is out of the view.
pub fn middle_of_zoom(cx: &PanelContext, view: &TimelineView, width: f32) -> f32 {
    let playhead = cx.media.player.playhead().0 as f32;
    let at = (playhead - view.first) * view.scale;
    match (0.0..width).contains(&at) {
        true => at,
        false => width / 2.0,
    }
}

/// The scrollbar of the time axis. Its ends zoom.
pub fn time_bar_ui(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    rect: Rect,
    port: &Viewport,
) {
    ui.painter().rect_filled(rect, 0, *cx.theme.colours.well);
    let shown = port.body.width() / view.scale;
    let total = (cx.project().end().0 as f32)
        .max(view.first + shown)
        .max(1.0);
    let points = rect.width() / total; // per frame
    let left = rect.left() + view.first * points;
    let handle = Rect::from_min_size(
        pos2(left.min(rect.right() - LEAST_HANDLE), rect.top() + 2.0),
        vec2((shown * points).max(LEAST_HANDLE), rect.height() - 4.0),
    );
    let handle = handle.intersect(rect);
    let start = part(
        ui,
        handle.with_max_x(handle.left() + HANDLE_END),
        "Zoom by the start",
    );
    let body = part(
        ui,
        handle.shrink2(vec2(HANDLE_END, 0.0)),
        "Scroll the timeline",
    );
    let end = part(
        ui,
        handle.with_min_x(handle.right() - HANDLE_END),
        "Zoom by the end",
    );
    draw_handle(ui, cx, handle, &[&body, &start, &end]);
    for grip in [
        handle.left() + HANDLE_END / 2.0,
        handle.right() - HANDLE_END / 2.0,
    ] {
        let line = (1.0, *cx.theme.colours.text_faint);
        ui.painter().vline(grip, handle.y_range().shrink(2.0), line);
    }
    for zooms in [&start, &end] {
        if zooms.hovered() || zooms.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
    }
    view.first += body.drag_delta().x / points;
    let (from, to) = (view.first, view.first + shown);
    let (new_from, new_to) = (
        from + start.drag_delta().x / points,
        to + end.drag_delta().x / points,
    );
    if (new_from, new_to) != (from, to) {
        view.scale = within_limits(port.body.width() / (new_to - new_from).max(1.0));
        view.first = match start.dragged() {
            true => to - port.body.width() / view.scale,
            false => from,
        };
    }
}

/// The scrollbar of the tracks. It is shown only if they do not fit.
pub fn track_bar_ui(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    rect: Rect,
    port: &Viewport,
) {
    if port.content_height <= port.tracks.height() {
        return;
    }
    ui.painter().rect_filled(rect, 0, *cx.theme.colours.well);
    let points = rect.height() / port.content_height; // per point of content
    let handle = Rect::from_min_size(
        pos2(rect.left() + 2.0, rect.top() + view.top * points),
        vec2(
            rect.width() - 4.0,
            (port.tracks.height() * points).max(LEAST_HANDLE),
        ),
    );
    let response = part(ui, handle.intersect(rect), "Scroll the tracks");
    draw_handle(ui, cx, handle.intersect(rect), &[&response]);
    view.top += response.drag_delta().y / points;
}

fn part(ui: &Ui, rect: Rect, name: &str) -> Response {
    let response = ui.interact(rect, Id::unique(name), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, name));
    response
}

fn draw_handle(ui: &Ui, cx: &PanelContext, rect: Rect, parts: &[&Response]) {
    let is_lit = parts.iter().any(|part| part.hovered() || part.dragged());
    let colour = match is_lit {
        true => *cx.theme.colours.line_strong,
        false => *cx.theme.colours.line,
    };
    ui.painter().rect_filled(rect, 4, colour);
}
