//! The gizmo of the selection: arrows to move it, rings to rotate it, a handle on the frame's corner for the
//! focal length.

use egui::{Painter, Pos2, Stroke, vec2};
use glam::DVec3;
use kinora_studio::timeline::camera::{Pose, SENSOR_WIDTH_MM, Side};

use super::lens::Lens;
use crate::state::view::stage_view::{Hold, Ring};
use crate::ui::theme::Theme;

/// The length of the arrows, in points.
const REACH: f32 = 64.0;
/// The hit distance of arrows and handles, in points.
const NEAR: f32 = 9.0;
/// The number of segments of a ring.
const RING: usize = 40;
/// The radii of the pan, tilt and roll rings, as fractions of the arrows' length.
const RING_REACH: [f64; 3] = [0.72, 0.6, 0.48];
/// The depth of a keyframe's frustum.
pub const FRUSTUM_METRES: f64 = 0.5;

/// The gizmo of a keyframe or a stand-in.
pub struct Gizmo<'l> {
    lens: &'l Lens,
    origin: DVec3,
    reach: f64,
    rings: Vec<Ring>,
    /// The handle for a keyframe's focal length, on the upper right corner of its frustum.
    corner: Option<Pos2>,
    /// The ends of a keyframe's tangent handles.
    handles: Vec<(Side, DVec3)>,
}

impl<'l> Gizmo<'l> {
    /// The gizmo at `origin`. `key` is the pose and the aspect ratio of a keyframe, `None` for a stand-in.
    pub fn new(lens: &'l Lens, origin: DVec3, key: Option<(&Pose, f64)>) -> Self {
        let corner = key.and_then(|(pose, aspect)| lens.screen(corners(pose, aspect)[1]));
        Self {
            lens,
            origin,
            reach: lens.metres(origin, REACH),
            rings: match key {
                Some((pose, _)) => Ring::of_camera(pose.orientation).into(),
                None => vec![Ring::TURN],
            },
            corner,
            handles: Vec::new(),
        }
    }

    /// Adds the tangent handles of a keyframe.
    pub fn with_handles(self, handles: Vec<(Side, DVec3)>) -> Self {
        Self { handles, ..self }
    }

    /// The part of the gizmo under the pointer.
    pub fn hit(&self, at: Pos2) -> Option<Hold> {
        if self.corner.is_some_and(|corner| corner.distance(at) < NEAR) {
            return Some(Hold::Focal);
        }
        let ends = self.handles.iter();
        let mut ends = ends.filter_map(|(side, end)| Some((*side, self.lens.screen(*end)?)));
        if let Some((side, _)) = ends.find(|(_, end)| end.distance(at) < NEAR) {
            return Some(Hold::Bend(side));
        }
        let near = self.arrows().into_iter().find(|(_, line, _)| {
            line.is_some_and(|[from, to]| distance(at, from + (to - from) * 0.25, to) < NEAR)
        });
        if let Some((axis, ..)) = near {
            return Some(Hold::Along(axis));
        }
        let off = |line: &[Pos2]| {
            let pairs = line.windows(2);
            pairs
                .map(|pair| distance(at, pair[0], pair[1]))
                .fold(f32::MAX, f32::min)
        };
        let rings = self.rings().map(|(ring, line)| (ring, off(&line)));
        let nearest = rings.min_by(|(_, one), (_, other)| one.total_cmp(other));
        let (ring, off) = nearest?;
        (off < NEAR * 0.7).then_some(Hold::Turn(ring))
    }

    pub fn draw(&self, painter: &Painter, theme: &Theme, held: Option<Hold>) {
        let width = |hold: Hold| if held == Some(hold) { 3.5 } else { 2.0 };
        let colours = [
            theme.colours.axis_x,
            theme.colours.axis_y,
            theme.colours.axis_z,
        ];
        // A ring has the colour of its axis: pan turns about y, tilt about x, roll about z.
        let ring_colours = [colours[1], colours[0], colours[2]];
        for ((ring, line), colour) in self.rings().zip(ring_colours) {
            // Compared by name: the axes of tilt and roll change while a ring is turned.
            let is_held = matches!(held, Some(Hold::Turn(held)) if held.name == ring.name);
            let stroke = match is_held {
                true => Stroke::new(3.5, *theme.colours.accent_hover),
                false => Stroke::new(2.0, *colour),
            };
            painter.line(line, stroke);
        }
        for ((axis, line, tip), colour) in self.arrows().into_iter().zip(colours) {
            let stroke = Stroke::new(width(Hold::Along(axis)), *colour);
            if let Some(line) = line {
                painter.line_segment(line, stroke);
            }
            if let Some(tip) = tip {
                painter.circle_filled(tip, 4.0 + stroke.width, *colour);
            }
        }
        for (side, end) in &self.handles {
            let is_held =
                matches!(held, Some(Hold::Bend(of) | Hold::BendUpright(of)) if of == *side);
            let colour = match is_held {
                true => *theme.colours.accent_hover,
                false => *theme.colours.accent,
            };
            if let Some(line) = self.lens.line(self.origin, *end) {
                painter.line_segment(line, Stroke::new(2.0, *theme.colours.ground));
            }
            if let Some(end) = self.lens.screen(*end) {
                painter.circle_filled(end, if is_held { 7.0 } else { 5.5 }, *theme.colours.ground);
                painter.circle_filled(end, if is_held { 5.0 } else { 3.5 }, colour);
            }
        }
        if let Some(corner) = self.corner {
            let square = egui::Rect::from_center_size(corner, vec2(9.0, 9.0));
            painter.rect_filled(square, 1, *theme.colours.accent_hover);
        }
    }

    /// Each axis with its line and its tip on the screen. The vertical arrow points up, which is negative y.
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

    /// Each ring as a polyline on the screen.
    fn rings(&self) -> impl Iterator<Item = (Ring, Vec<Pos2>)> {
        self.rings.iter().zip(RING_REACH).map(|(ring, reach)| {
            let [across, along] = ring.plane();
            let places = (0..=RING).map(|at| {
                let (sine, cosine) = (at as f64 / RING as f64 * std::f64::consts::TAU).sin_cos();
                self.origin + (across * cosine + along * sine) * (self.reach * reach)
            });
            let line = places.filter_map(|place| self.lens.screen(place));
            (*ring, line.collect())
        })
    }
}

/// The corners of a pose's frame at `FRUSTUM_METRES`, clockwise from the upper left.
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
