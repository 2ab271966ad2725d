//! Handles of what is chosen: three arrows to move it, a ring to turn it, a corner of the picture for the lens.

use egui::{Painter, Pos2, Stroke, vec2};
use glam::DVec3;
use kinora_studio::timeline::camera::{Pose, SENSOR_WIDTH_MM};

use super::lens::Lens;
use super::view::Hold;
use crate::theme::Theme;

/// How long the arrows are, and how near the pointer must be, in points.
const REACH: f32 = 64.0;
const NEAR: f32 = 9.0;
const RING: usize = 40;
/// How deep a key's picture is drawn, in metres.
pub const FRUSTUM_METRES: f64 = 0.5;

/// The handles of something at a place.
pub struct Gizmo<'l> {
    lens: &'l Lens,
    origin: DVec3,
    reach: f64,
    /// Of a key's picture.
    corner: Option<Pos2>,
}

impl<'l> Gizmo<'l> {
    /// Of a thing at a place; a key's lens has a handle too.
    pub fn new(lens: &'l Lens, origin: DVec3, key: Option<(&Pose, f64)>) -> Self {
        let corner = key.and_then(|(pose, aspect)| lens.screen(corners(pose, aspect)[1]));
        Self {
            lens,
            origin,
            reach: lens.metres(origin, REACH),
            corner,
        }
    }

    /// What of it is under the pointer.
    pub fn hit(&self, at: Pos2) -> Option<Hold> {
        if self.corner.is_some_and(|corner| corner.distance(at) < NEAR) {
            return Some(Hold::Focal);
        }
        let near = self.arrows().into_iter().find(|(_, line, _)| {
            line.is_some_and(|[from, to]| distance(at, from + (to - from) * 0.25, to) < NEAR)
        });
        if let Some((axis, ..)) = near {
            return Some(Hold::Along(axis));
        }
        let ring: Vec<Pos2> = self.ring();
        let is_near = ring
            .windows(2)
            .any(|pair| distance(at, pair[0], pair[1]) < NEAR * 0.7);
        is_near.then_some(Hold::Turn)
    }

    pub fn draw(&self, painter: &Painter, theme: &Theme, held: Option<Hold>) {
        let width = |hold: Hold| if held == Some(hold) { 3.5 } else { 2.0 };
        let ring_colour = match held {
            Some(Hold::Turn) => *theme.colours.accent_hover,
            _ => *theme.colours.axis_y,
        };
        painter.line(self.ring(), Stroke::new(width(Hold::Turn), ring_colour));
        let colours = [
            theme.colours.axis_x,
            theme.colours.axis_y,
            theme.colours.axis_z,
        ];
        for ((axis, line, tip), colour) in self.arrows().into_iter().zip(colours) {
            let stroke = Stroke::new(width(Hold::Along(axis)), *colour);
            if let Some(line) = line {
                painter.line_segment(line, stroke);
            }
            if let Some(tip) = tip {
                painter.circle_filled(tip, 4.0 + stroke.width, *colour);
            }
        }
        if let Some(corner) = self.corner {
            let square = egui::Rect::from_center_size(corner, vec2(9.0, 9.0));
            painter.rect_filled(square, 1, *theme.colours.accent_hover);
        }
    }

    /// Each axis with its line and its tip on the screen; up is where one expects it.
    fn arrows(&self) -> [(DVec3, Option<[Pos2; 2]>, Option<Pos2>); 3] {
        [DVec3::X, DVec3::NEG_Y, DVec3::Z].map(|axis| {
            let tip = self.origin + axis * self.reach;
            (
                axis,
                self.lens.line(self.origin, tip),
                self.lens.screen(tip),
            )
        })
    }

    fn ring(&self) -> Vec<Pos2> {
        let places = (0..=RING).map(|at| {
            let (sine, cosine) = (at as f64 / RING as f64 * std::f64::consts::TAU).sin_cos();
            self.origin + DVec3::new(cosine, 0.0, sine) * (self.reach * 0.7)
        });
        places.filter_map(|place| self.lens.screen(place)).collect()
    }
}

/// The corners of what a pose sees, a little ahead of it, from the upper left round.
pub fn corners(pose: &Pose, aspect: f64) -> [DVec3; 4] {
    let across = FRUSTUM_METRES * SENSOR_WIDTH_MM / 2.0 / pose.focal_mm;
    let down = across / aspect;
    [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(x, y)| {
        pose.position + pose.orientation * DVec3::new(x * across, y * down, FRUSTUM_METRES)
    })
}

fn distance(at: Pos2, from: Pos2, to: Pos2) -> f32 {
    let way = to - from;
    let along = ((at - from).dot(way) / way.length_sq().max(1e-6)).clamp(0.0, 1.0);
    at.distance(from + way * along)
}
