//! The timeline of the camera panel: the shot's frames, the camera keyframes, and a graph of the camera's speed.

use egui::{
    Align2, CursorIcon, FontId, Id, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use kinora_studio::timeline::camera::{CameraPath, Limits};
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::{Edit, Frames};

use super::CameraPanel;
use crate::state::view::stage_view::Thing;

const MARGIN: f32 = 14.0;
/// Half the width of a keyframe's diamond, in points.
const KEY: f32 = 6.0;
/// The least speed at the top of the graph. A faster path scales the graph to its own top speed.
const LEAST_TOP_METRES_PER_SECOND: f64 = 1.0;

pub fn strip_ui(ui: &mut Ui, panel: &mut CameraPanel, rect: Rect) {
    let (cx, shot) = (panel.cx, panel.shot);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4, *cx.theme.colours.well);
    let last = f32::max(shot.length.frames.saturating_sub(1) as f32, 1.0);
    let (left, right) = (rect.left() + MARGIN, rect.right() - MARGIN);
    let x = |frame: f64| egui::lerp(left..=right, frame as f32 / last);
    let frame_at = |x: f32| {
        let frame = ((x - left) / (right - left) * last).round();
        Frames(frame.clamp(0.0, last) as i64)
    };
    if let Some(path) = &shot.camera {
        graph(ui, panel, path, rect, &x);
    }
    let response = ui.interact(rect, Id::unique("shot frames"), Sense::click_and_drag());
    let label = format!("Shot frame {} (0 to {last})", panel.view.frame.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &label));
    if let Some(pointer) = response.interact_pointer_pos() {
        panel.view.frame = frame_at(pointer.x);
        panel.view.playing = None;
    }
    let keys = shot.camera.iter().flat_map(CameraPath::keys);
    for key in keys {
        let at = pos2(x(key.frame.0 as f64), rect.bottom() - KEY - 3.0);
        let is_chosen = panel.view.chosen == Some(Thing::Key(key.frame));
        let place = Rect::from_center_size(at, vec2(KEY * 3.0, KEY * 3.0));
        let response = ui.interact(
            place,
            Id::unique(("camera key", key.frame)),
            Sense::click_and_drag(),
        );
        let label = format!("Camera keyframe at frame {}", key.frame.0);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
        let colour = match is_chosen || response.hovered() {
            true => *cx.theme.colours.accent_hover,
            false => *cx.theme.colours.accent,
        };
        let diamond = [
            vec2(0.0, -KEY),
            vec2(KEY, 0.0),
            vec2(0.0, KEY),
            vec2(-KEY, 0.0),
        ];
        let stroke = Stroke::new(if is_chosen { 2.0 } else { 1.0 }, *cx.theme.colours.ground);
        painter.add(Shape::convex_polygon(
            diamond.map(|off| at + off).into(),
            colour,
            stroke,
        ));
        if response.clicked() || response.drag_started() {
            panel.view.chosen = Some(Thing::Key(key.frame));
            panel.view.frame = key.frame;
        }
        drag_key(ui, panel, key.frame, &response, &frame_at);
        response
            .on_hover_cursor(CursorIcon::ResizeHorizontal)
            .on_hover_text(label);
    }
    let here = x(panel.view.frame.0 as f64);
    painter.vline(
        here,
        rect.y_range(),
        Stroke::new(1.5, *cx.theme.colours.text),
    );
}

/// Moves a keyframe to another frame when its drag ends. Esc cancels the drag.
fn drag_key(
    ui: &Ui,
    panel: &mut CameraPanel,
    frame: Frames,
    response: &egui::Response,
    frame_at: &dyn Fn(f32) -> Frames,
) {
    if response.dragged() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        panel.view.is_key_drag_cancelled = true;
    }
    if !response.drag_stopped() || std::mem::take(&mut panel.view.is_key_drag_cancelled) {
        return;
    }
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else {
        return;
    };
    let to = frame_at(pointer.x);
    if to != frame {
        let edit = CameraEdit::MoveKey {
            shot: panel.shot.id,
            from: frame,
            to,
        };
        panel.apply(Edit::Camera(edit));
        panel.view.chosen = Some(Thing::Key(to));
        panel.view.frame = to;
    }
}

/// Draws the camera's speed between frames, red where the movement exceeds the model's limits.
fn graph(ui: &Ui, panel: &CameraPanel, path: &CameraPath, rect: Rect, x: &dyn Fn(f64) -> f32) {
    let (theme, shot, limits) = (panel.cx.theme, panel.shot, panel.limits);
    let rate = shot.length.rate.per_second();
    let poses = path.poses(shot.length.frames, shot.length.rate);
    let speeds: Vec<f64> = poses
        .windows(2)
        .map(|pair| pair[0].position.distance(pair[1].position) * rate)
        .collect();
    let top = speeds
        .iter()
        .copied()
        .fold(LEAST_TOP_METRES_PER_SECOND, f64::max);
    let floor = rect.bottom() - 2.0 * KEY - 8.0;
    let y = |speed: f64| floor - (floor - rect.top() - 24.0) * (speed / top) as f32;
    let warn = |limits: Limits| path.warnings(shot.length.frames, shot.length.rate, &limits);
    let warnings = limits.map(warn).unwrap_or_default();
    for (at, pair) in (0_i64..).zip(speeds.windows(2)) {
        let line = [
            pos2(x(at as f64 + 0.5), y(pair[0])),
            pos2(x(at as f64 + 1.5), y(pair[1])),
        ];
        let is_beyond = warnings.iter().any(|warning| warning.frame == Frames(at));
        let colour = match is_beyond {
            true => *theme.colours.bad,
            false => *theme.colours.text_soft,
        };
        ui.painter().line_segment(line, Stroke::new(1.5, colour));
    }
    let measures = path.measures(shot.length.frames, shot.length.rate);
    let words = format!(
        "Path {:.1} m, at most {:.1} m/s and {:.0}°/s",
        measures.length_metres,
        measures.fastest_metres_per_second,
        measures.largest_turn_degrees_per_second
    );
    let at = rect.left_top() + vec2(MARGIN + 8.0, 3.0);
    let font = FontId::proportional(theme.text.small);
    ui.painter().text(
        at,
        Align2::LEFT_TOP,
        words,
        font.clone(),
        *theme.colours.text_faint,
    );
    if let Some(first) = warnings.first() {
        let at = rect.right_top() + vec2(-8.0, 3.0);
        let words = format!("frame {}: {}", first.frame.0 + 1, first.text);
        ui.painter()
            .text(at, Align2::RIGHT_TOP, words, font, *theme.colours.bad);
    }
}
