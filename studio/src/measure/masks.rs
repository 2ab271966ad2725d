//! The parts of a take's frames where its stage has something that moves by itself: they show nothing of the camera.

use glam::DQuat;
use kinora_measure::{DrawnPath, DrawnView, Mask};
use kinora_timeline::Frames;
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};
use kinora_timeline::stage::{Body, Form, Stage, StandIn};

/// Masks are drawn in cells of so many pixels, and widened by one: the character of a clip is no stand-in.
const CELL: usize = 4;

/// A mask for each frame that covers the mannequins, which may move their limbs, and other stand-ins that move. `None`
/// if there are none.
pub(super) fn moving(
    stage: &Stage,
    path: &DrawnPath,
    [width, height]: [u32; 2],
    frames: usize,
) -> Option<Vec<Mask>> {
    let moves: Vec<bool> = stage.stand_ins.iter().map(moves).collect();
    if !moves.contains(&true) || stage.check_stand_ins().is_err() {
        return None;
    }
    let [width, height] = [width as usize, height as usize];
    let grid = [width.div_ceil(CELL), height.div_ceil(CELL)];
    let masks = (0..frames).map(|frame| {
        let pose = pose(path.view(frame)?, grid[0] * CELL);
        let size = grid.map(|side| side as u32);
        let surfaces = stage.surfaces(Frames(frame as i64), &pose, size);
        let covered = surfaces.into_iter().map(|surface| {
            surface.is_some_and(|surface| match surface.body {
                Body::Ground => false,
                Body::StandIn { stand_in, .. } => moves.get(stand_in) == Some(&true),
            })
        });
        let cells = Mask::new(grid[0], grid[1], covered.collect())?;
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x / CELL, y / CELL)));
        Mask::new(
            width,
            height,
            pixels.map(|cell| is_near(&cells, cell)).collect(),
        )
    });
    masks.collect()
}

fn moves(stand_in: &StandIn) -> bool {
    let is_someone = matches!(stand_in.form, Form::Mannequin(_));
    is_someone || stand_in.keys.len() > 1
}

/// Whether a cell or one beside it is covered.
fn is_near(cells: &Mask, (x, y): (usize, usize)) -> bool {
    let around = |at: usize| at.saturating_sub(1)..=at + 1;
    around(y).any(|row| around(x).any(|column| cells.covers(column, row)))
}

pub(super) fn pose(view: &DrawnView, width: usize) -> Pose {
    Pose {
        position: view.world_from_camera.translation,
        orientation: DQuat::from_mat3(&view.world_from_camera.matrix3).normalize(),
        focal_mm: view.focal / width as f64 * SENSOR_WIDTH_MM,
    }
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DVec2, DVec3};

    use super::*;

    /// A camera one metre above the ground that looks along z.
    fn path() -> DrawnPath {
        DrawnPath {
            views: vec![DrawnView {
                world_from_camera: DAffine3::from_translation(DVec3::new(0.0, -1.0, 0.0)),
                focal: 200.0,
                centre: DVec2::new(100.0, 60.0),
            }],
        }
    }

    fn stage(form: Form) -> Stage {
        let size = DVec3::new(1.0, 1.6, 1.0);
        let foot = DVec3::new(1.0, 0.0, 5.0);
        Stage {
            stand_ins: vec![StandIn::new("one", form, size, foot)],
            ..Stage::default()
        }
    }

    #[test]
    fn a_character_is_covered_where_it_stands_and_nothing_else_is() {
        let masks = moving(&stage(Form::Mannequin(None)), &path(), [200, 120], 2);
        let masks = masks.expect("someone stands there");
        assert_eq!(masks.len(), 2);
        // One metre to the right, five ahead: 40 pixels right of the middle.
        assert!(masks[1].covers(140, 62) && !masks[1].covers(60, 62));
        assert!(!masks[1].covers(140, 5) && !masks[1].covers(100, 110));
    }

    #[test]
    fn what_rests_belongs_to_the_background_and_what_moves_does_not() {
        let mut stage = stage(Form::Box);
        stage.strength = 1.5; // as the recipes of the starter have it
        assert_eq!(moving(&stage, &path(), [200, 120], 1), None);
        let mut later = stage.stand_ins[0].keys[0];
        later.frame = Frames(8);
        later.position.x -= 2.0;
        stage.stand_ins[0].keys.push(later);
        let masks = moving(&stage, &path(), [200, 120], 9).expect("it moves");
        assert!(masks[0].covers(140, 62) && !masks[0].covers(60, 62));
        assert!(masks[8].covers(60, 62) && !masks[8].covers(140, 62));
    }
}
