//! The graph on the time strip: the speed of the camera, red where it exceeds the model's limits, or its height, with a
//! handle for each keyframe.

use egui::{Align2, FontId, Rect, RichText, Shape, Stroke, Ui, vec2};
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::camera::{CameraPath, Pose, Warning};
use kinora_studio::timeline::shot::Shot;

use super::scale::{Plot, Scale, TEXT_HEIGHT};
use super::{CameraPanel, height, within};
use crate::state::view::stage_view::{Hold, StripGraph};
use crate::ui::widgets::named;

/// The least speed at the top of the graph. A faster path scales the graph to its own top speed.
const LEAST_TOP_METRES_PER_SECOND: f64 = 1.0;
/// The least difference between the top and the bottom of the graph of the height.
const LEAST_RANGE_METRES: f64 = 0.5;
/// The range of the graph of the height, as a multiple of that of the heights: a handle can be dragged beyond them.
const HEIGHT_ROOM: f64 = 1.3;
/// The width of the buttons at the start of the line of text.
const BUTTONS_WIDTH: f32 = 116.0;

pub fn graph_ui(ui: &mut Ui, panel: &mut CameraPanel, scale: &Scale, rect: Rect) {
    let shot = panel.shot;
    let Some(path) = &shot.camera else {
        return;
    };
    let warnings = warnings(panel, path);
    match panel.view.layout.graph {
        StripGraph::Speed => speed_ui(ui, panel, (path, &warnings), scale, rect),
        StripGraph::Height => height_ui(ui, panel, scale, rect),
    }
    warning_ui(ui, panel, &warnings, rect);
    let bar = Rect::from_min_size(rect.min + vec2(6.0, 1.0), vec2(BUTTONS_WIDTH, TEXT_HEIGHT));
    within(ui, bar, |ui| buttons_ui(ui, panel));
}

/// The buttons that choose what the graph shows.
fn buttons_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(4.0, 1.0);
        ui.spacing_mut().interact_size.y = TEXT_HEIGHT - 4.0;
        for (graph, text, name) in [
            (StripGraph::Speed, "Speed", "Graph of the speed"),
            (StripGraph::Height, "Height", "Graph of the height"),
        ] {
            let is_on = panel.view.layout.graph == graph;
            let button = ui.selectable_label(is_on, RichText::new(text).small());
            named(&button, name);
            if button.on_hover_text(name).clicked() {
                panel.view.layout.graph = graph;
            }
        }
    });
}

/// The speed between frames, and the model's limit as a dashed line.
fn speed_ui(
    ui: &Ui,
    panel: &CameraPanel,
    (path, warnings): (&CameraPath, &[Warning]),
    scale: &Scale,
    rect: Rect,
) {
    let (colours, length) = (&panel.cx.theme.colours, panel.shot.length);
    let per_second = length.rate.per_second();
    let poses = path.poses(length.frames, length.rate);
    let pairs = poses.windows(2);
    let speeds: Vec<f64> = pairs
        .map(|pair| pair[0].position.distance(pair[1].position) * per_second)
        .collect();
    let limit = panel.limits.map(|limits| limits.metres_per_second);
    let most = speeds.iter().copied().fold(0.0, f64::max);
    let top = most.max(limit.map_or(LEAST_TOP_METRES_PER_SECOND, |limit| limit * 1.1));
    let plot = Plot::new(scale, rect, 0.0, top);
    if let Some(limit) = limit {
        let last = f64::from(length.frames.max(2) - 1);
        let ends = [plot.at(0.0, limit), plot.at(last, limit)];
        let stroke = Stroke::new(1.0, colours.bad.gamma_multiply(0.7));
        ui.painter()
            .extend(Shape::dashed_line(&ends, stroke, 4.0, 4.0));
    }
    for (at, pair) in (0_i64..).zip(speeds.windows(2)) {
        let frame = at as f64;
        let line = [plot.at(frame + 0.5, pair[0]), plot.at(frame + 1.5, pair[1])];
        let is_beyond = warnings.iter().any(|warning| warning.frame == Frames(at));
        let colour = match is_beyond {
            true => *colours.bad,
            false => *colours.text_soft,
        };
        ui.painter().line_segment(line, Stroke::new(1.5, colour));
    }
    let measures = path.measures(length.frames, length.rate);
    let words = format!(
        "Path {:.1} m, at most {:.1} m/s and {:.0}°/s",
        measures.length_metres,
        measures.fastest_metres_per_second,
        measures.largest_turn_degrees_per_second
    );
    words_ui(ui, panel, rect, words);
}

/// The height of the camera above the floor, with a handle for each keyframe.
fn height_ui(ui: &Ui, panel: &mut CameraPanel, scale: &Scale, rect: Rect) {
    let poses = poses_of(panel.shot);
    let Some((low, high)) = heights_between(&poses) else {
        return;
    };
    // While a handle is dragged, the graph keeps its scale: the handle stays under the pointer.
    let drag = panel.view.drag.as_ref();
    let start = drag.filter(|drag| drag.hold == Hold::Height);
    let start = start.and_then(|drag| heights_between(&poses_of(&drag.start)));
    let (bottom, top) = start.unwrap_or((low, high));
    let middle = f64::midpoint(bottom, top);
    let half = (top - bottom).max(LEAST_RANGE_METRES) * HEIGHT_ROOM / 2.0;
    let plot = Plot::new(scale, rect, middle - half, middle + half);
    let points = (0..).zip(&poses);
    let points = points.map(|(frame, pose)| plot.at(f64::from(frame), 0.0 - pose.position.y));
    let stroke = Stroke::new(1.5, *panel.cx.theme.colours.text_soft);
    ui.painter_at(rect).line(points.collect(), stroke);
    let words = format!("{low:.2} to {high:.2} m above the floor");
    words_ui(ui, panel, rect, words);
    height::handles_ui(ui, panel, &plot, &poses, rect);
}

/// The pose at each frame of a shot; empty without a path.
fn poses_of(shot: &Shot) -> Vec<Pose> {
    let path = shot.camera.as_ref();
    let poses = path.map(|path| path.poses(shot.length.frames, shot.length.rate));
    poses.unwrap_or_default()
}

/// The least and the greatest height above the floor, in metres. `None` without poses.
fn heights_between(poses: &[Pose]) -> Option<(f64, f64)> {
    let heights = poses.iter().map(|pose| 0.0 - pose.position.y);
    heights.fold(None, |range, height| {
        let (low, high) = range.unwrap_or((height, height));
        Some((height.min(low), height.max(high)))
    })
}

/// The text at the start of the strip, after the buttons.
fn words_ui(ui: &Ui, panel: &CameraPanel, rect: Rect, words: String) {
    let theme = panel.cx.theme;
    ui.painter().text(
        rect.left_top() + vec2(BUTTONS_WIDTH + 10.0, 7.0),
        Align2::LEFT_TOP,
        words,
        FontId::proportional(theme.text.small),
        *theme.colours.text_faint,
    );
}

/// The first frame at which the path exceeds the model's limits.
fn warning_ui(ui: &Ui, panel: &CameraPanel, warnings: &[Warning], rect: Rect) {
    let theme = panel.cx.theme;
    if let Some(first) = warnings.first() {
        ui.painter().text(
            rect.right_top() + vec2(-8.0, 7.0),
            Align2::RIGHT_TOP,
            format!("Frame {}: {}", first.frame.0 + 1, first.text),
            FontId::proportional(theme.text.small),
            *theme.colours.bad,
        );
    }
}

fn warnings(panel: &CameraPanel, path: &CameraPath) -> Vec<Warning> {
    let length = panel.shot.length;
    let limits = panel.limits.as_ref();
    let warn = |limits| path.warnings(length.frames, length.rate, limits);
    limits.map(warn).unwrap_or_default()
}
