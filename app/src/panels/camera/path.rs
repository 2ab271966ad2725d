//! Draws the camera path on the stage: a curve with a dot per frame, and a frustum at each keyframe and at
//! the current frame. The curve uses the same samples as the model.

use egui::{Painter, Pos2, Shape, Stroke};
use kinora_studio::render::animatic::pose_at;
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::camera::Pose;

use super::CameraPanel;
use super::gizmo::corners;
use super::lens::Lens;
use crate::state::view::stage_view::Thing;

/// The hit radius of a keyframe, in points.
const NEAR: f32 = 11.0;

/// Draws the path. Returns the frame of the keyframe under the pointer.
pub fn draw(
    painter: &Painter,
    lens: &Lens,
    panel: &CameraPanel,
    pointer: Option<Pos2>,
) -> Option<Frames> {
    let (shot, aspect, chosen) = (panel.shot, panel.aspect, panel.view.chosen);
    let colours = &panel.cx.theme.colours;
    let now = &pose_at(shot, panel.view.frame);
    let mut under = None;
    if let Some(path) = &shot.camera {
        let poses = path.poses(shot.length.frames, shot.length.rate);
        for pair in poses.windows(2) {
            if let Some(line) = lens.line(pair[0].position, pair[1].position) {
                painter.line_segment(line, Stroke::new(2.0, *colours.accent));
            }
        }
        for place in poses.iter().filter_map(|pose| lens.screen(pose.position)) {
            painter.circle_filled(place, 2.0, *colours.accent_active);
        }
        if let Some(target) = path.look_at.and_then(|target| lens.screen(target)) {
            painter.circle_stroke(target, 7.0, Stroke::new(1.5, *colours.accent));
            painter.circle_filled(target, 2.0, *colours.accent);
        }
        for key in path.keys() {
            let pose = path.sample(key.frame.0 as f64, shot.length.rate);
            let is_chosen = chosen == Some(Thing::Key(key.frame));
            let colour = match is_chosen {
                true => *colours.accent_hover,
                false => *colours.ground,
            };
            frustum(painter, lens, &pose, aspect, Stroke::new(1.5, colour));
            let Some(at) = lens.screen(key.position) else {
                continue;
            };
            let is_under = pointer.is_some_and(|pointer| pointer.distance(at) < NEAR);
            if is_under {
                under = Some(key.frame);
            }
            let size = if is_chosen || is_under { 7.0 } else { 5.5 };
            painter.circle_filled(at, size + 1.5, *colours.ground);
            painter.circle_filled(at, size, *colours.accent);
        }
    }
    frustum(
        painter,
        lens,
        now,
        aspect,
        Stroke::new(2.0, *colours.accent),
    );
    let seen = corners(now, aspect).map(|corner| lens.screen(corner));
    if let [Some(one), Some(two), Some(three), Some(four)] = seen {
        let veil = colours.accent.gamma_multiply(0.25);
        let corners = vec![one, two, three, four];
        painter.add(Shape::convex_polygon(corners, veil, Stroke::NONE));
    }
    under
}

fn frustum(painter: &Painter, lens: &Lens, pose: &Pose, aspect: f64, stroke: Stroke) {
    let corners = corners(pose, aspect);
    for (at, corner) in corners.iter().enumerate() {
        let next = corners[(at + 1) % 4];
        let lines = [lens.line(pose.position, *corner), lens.line(*corner, next)];
        for line in lines.into_iter().flatten() {
            painter.line_segment(line, stroke);
        }
    }
}
