//! Where the mannequins of a stage are seen in a picture: which of their parts covers which pixel, how far they are turned
//! away, and how large they would be if nothing hid them.

use glam::DVec3;

use super::{Body, Form, Part, Stage, StandIn};
use crate::Frames;
use crate::camera::{Pose, SENSOR_WIDTH_MM};

/// The parts of a mannequin, as they are numbered in a [`Figure`].
pub const FIGURE_PARTS: [&str; 4] = ["head", "torso", "arms", "legs"];

impl Part {
    /// Its index in [`FIGURE_PARTS`].
    pub fn number(self) -> u8 {
        match self {
            Self::Head => 0,
            Self::Torso => 1,
            Self::Arms => 2,
            Self::Legs => 3,
        }
    }
}

/// A mannequin in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its index in the stage.
    pub stand_in: usize,
    /// For each pixel, row by row, the number of the part that is seen there.
    pub parts: Vec<Option<u8>>,
    /// The angle between where it looks and the direction to the camera, seen from above: 0 is its front, 180 its back.
    pub turned_degrees: f64,
    /// Its height in pixels if nothing hid it; 0 behind the camera.
    pub height_pixels: f64,
}

impl Stage {
    /// The mannequins of the stage in a picture of `size` pixels.
    pub fn figures(&self, frame: Frames, pose: &Pose, size: [u32; 2]) -> Vec<Figure> {
        let surfaces = self.surfaces(frame, pose, size);
        let stand_ins = self.stand_ins.iter().enumerate();
        let mannequins = stand_ins.filter(|(_, one)| matches!(one.form, Form::Mannequin(_)));
        let figure = |(at, stand_in): (usize, &StandIn)| {
            let parts = surfaces.iter().map(|surface| match surface.as_ref()?.body {
                Body::StandIn { stand_in, part, .. } if stand_in == at => Some(part.number()),
                Body::StandIn { .. } | Body::Ground => None,
            });
            let (foot, turn_degrees) = stand_in.at(frame);
            let (sin, cos) = turn_degrees.to_radians().sin_cos();
            let towards_camera = (pose.position - foot) * DVec3::new(1.0, 0.0, 1.0);
            let facing = DVec3::new(sin, 0.0, cos).dot(towards_camera.normalize_or_zero());
            Figure {
                stand_in: at,
                parts: parts.collect(),
                turned_degrees: facing.clamp(-1.0, 1.0).acos().to_degrees(),
                height_pixels: height_pixels(stand_in, foot, pose, size),
            }
        };
        mannequins.map(figure).collect()
    }
}

fn height_pixels(stand_in: &StandIn, foot: DVec3, pose: &Pose, [width, _]: [u32; 2]) -> f64 {
    let middle = foot + DVec3::NEG_Y * (stand_in.size.y / 2.0);
    let depth = (pose.orientation.inverse() * (middle - pose.position)).z;
    let focal_pixels = pose.focal_mm / SENSOR_WIDTH_MM * f64::from(width);
    match depth > 0.0 {
        true => stand_in.size.y * focal_pixels / depth,
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::FigureKind;
    use super::*;

    const SIZE: [u32; 2] = [192, 128];

    #[test]
    fn each_part_of_a_mannequin_is_where_it_is_seen() {
        let stage = Stage::of_cast(&[("one".into(), None)]);
        let figures = stage.figures(Frames::ZERO, &Pose::START, SIZE);
        let [figure] = &figures[..] else {
            panic!("{} figures", figures.len());
        };
        let rows = |part: u8| {
            let pixels = figure.parts.iter().enumerate();
            let own = pixels.filter(|(_, own)| **own == Some(part));
            let rows: Vec<usize> = own.map(|(at, _)| at / SIZE[0] as usize).collect();
            assert!(rows.len() > 40, "part {part}");
            rows.iter().sum::<usize>() / rows.len()
        };
        let middles = [0, 1, 2, 3].map(rows);
        assert!(
            middles[0] < middles[1] && middles[1] < middles[3],
            "{middles:?}"
        );
        assert!(figure.turned_degrees < 1.0, "it faces the camera");
        // 1.65 m at 4 m through a lens of 35 mm.
        let expected = 1.65 / 4.0 * 35.0 / 36.0 * 192.0;
        assert!((figure.height_pixels - expected).abs() < 0.1 * expected);
    }

    #[test]
    fn one_that_turns_its_back_or_is_behind_the_camera_is_reported() {
        let mut stage = Stage::of_cast(&[("one".into(), None)]);
        stage.stand_ins[0].keys[0].turn_degrees = 0.0;
        let seen = |stage: &Stage| {
            stage
                .figures(Frames::ZERO, &Pose::START, SIZE)
                .swap_remove(0)
        };
        assert!(seen(&stage).turned_degrees > 179.0);
        stage.stand_ins[0].keys[0].position.z = -9.0;
        let behind = seen(&stage);
        assert!(behind.height_pixels <= 0.0 && behind.parts.iter().all(Option::is_none));
    }

    #[test]
    fn every_kind_of_figure_shows_all_its_parts_to_a_camera_in_front() {
        for (kind, name) in FigureKind::ALL {
            let mut stage = Stage::of_cast(&[("one".into(), None)]);
            stage.stand_ins[0].figure = Some(kind);
            let seen = stage.figures(Frames::ZERO, &Pose::START, SIZE);
            for part in 0..FIGURE_PARTS.len() as u8 {
                assert!(seen[0].parts.contains(&Some(part)), "{name}: {part}");
            }
        }
    }
}
