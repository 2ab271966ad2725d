//! The rows of the subtitle tracks, above the video tracks: a header and a block with its text for each subtitle. The first
//! track is the lowest row, as its subtitles are the lowest in the picture.

mod block;
mod drag;
mod header;
mod text_field;

use std::sync::Arc;

use egui::{Rect, Ui, pos2, vec2};
use kinora_studio::timeline::subtitle::SubtitleTrack;

use super::navigation::Viewport;
use super::{GAP, HEADER_WIDTH, TimeScale};
use crate::panels::context::PanelContext;
use crate::state::view::timeline_view::TimelineView;

pub use text_field::text_field_ui;

/// The height of a row, in points.
const HEIGHT: f32 = 30.0;

/// The height of all rows with the gaps between them, in points.
pub fn rows_height(cx: &PanelContext) -> f32 {
    cx.project().subtitle_tracks().len() as f32 * (HEIGHT + GAP)
}

/// The rows, scrolled with the tracks.
pub fn subtitles_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    port: &Viewport,
    scale: &TimeScale,
) {
    for (track, row) in rows(cx, view, port) {
        if !row.intersects(port.tracks) {
            continue;
        }
        let (header, lane) = row.split_left_right_at_x(row.left() + HEADER_WIDTH);
        let lane = lane.with_max_x(scale.rect.right());
        ui.painter().rect_filled(lane, 0, *cx.theme.colours.well);
        header::header_ui(ui, cx, view, track, header);
        for cue in track.within(scale.frames()) {
            block::block_ui(ui, cx, view, (&**cue, &**track), lane, scale);
        }
    }
}

/// The tracks and their rows, from top to bottom.
fn rows<'c>(
    cx: &PanelContext<'c>,
    view: &TimelineView,
    port: &Viewport,
) -> Vec<(&'c Arc<SubtitleTrack>, Rect)> {
    let tracks = cx.project().subtitle_tracks().iter().rev();
    let mut top = port.tracks.top() - view.top;
    let rows = tracks.map(|track| {
        let place = pos2(port.tracks.left(), top);
        top += HEIGHT + GAP;
        let size = vec2(port.tracks.width(), HEIGHT);
        (track, Rect::from_min_size(place, size))
    });
    rows.collect()
}
