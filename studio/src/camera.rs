//! A shot's camera path in the engine's form: one view per frame, from the same samples that the window draws.

use kinora_timeline::camera::{CameraPath, Move, Pose, SENSOR_WIDTH_MM, preset};
use kinora_timeline::{FrameRate, Frames};
use kinora_wire::{Camera, View};

/// The longest clip that a move can be sampled for, in frames.
pub(crate) const LONGEST_CLIP: u32 = 4096;

/// The path, sampled at the clip's frame rate: one view per frame.
pub fn sampled(path: &CameraPath, frames: u32, rate: FrameRate, size: [u32; 2]) -> Camera {
    let poses = path.poses(frames, rate).into_iter();
    let view = |pose: Pose| {
        View::straight(
            pose.world_from_camera(),
            pose.focal_mm / SENSOR_WIDTH_MM,
            size,
        )
    };
    Camera {
        views: poses.map(view).collect(),
    }
}

/// A move by name and strength ("push-in", "orbit-left:0.5"; 1 if left out) over a whole clip. `rate` is in frames
/// per second. Strength 1 is the move of `preset`, in metres and degrees, which Kinora's starter was trained with. The
/// sample paths of the Fun camera models (VideoX-Fun `asset/*.txt`: 2.96 forward, 1.48 sideways or up, 59 degrees of roll)
/// are push-in 1.97, truck 1.23, pedestal 1.85 and roll 3.95; tests compare these.
///
/// # Errors
/// The move is unknown, or its strength is not a number; the clip is too long.
pub fn camera_of_move(
    text: &str,
    frames: u32,
    rate: u32,
    size: [u32; 2],
) -> Result<Camera, String> {
    let (name, amount) = text.split_once(':').unwrap_or((text, "1"));
    let which: Move = name.parse()?;
    if frames > LONGEST_CLIP {
        return Err(format!(
            "{frames} frames are too many: {LONGEST_CLIP} at most"
        ));
    }
    let amount: f64 = amount
        .parse()
        .ok()
        .filter(|amount: &f64| amount.is_finite())
        .ok_or_else(|| {
            format!("{amount} is not the strength of a move: 1 is the full move, 0.5 half of it")
        })?;
    let rate = FrameRate::new(rate.max(1), 1).ok_or("the model has no frame rate")?;
    let path = preset(which, amount, Frames(i64::from(frames)), Pose::START);
    Ok(sampled(&path, frames, rate, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last rows of `Zoom_In.txt`, `Pan_Left.txt`, `Pan_Up.txt` and `ACW.txt`, which have 81.
    #[test]
    fn the_sample_paths_of_the_fun_camera_models_are_these_strengths_of_moves() {
        let last = |text| {
            let camera = camera_of_move(text, 81, 16, [832, 480]).expect("known");
            let first = camera.views[0].world_from_camera.inverse();
            first * camera.views[80].world_from_camera
        };
        let check =
            |is: f64, sample: f64| assert!((is / sample - 1.0).abs() < 0.01, "{is} {sample}");
        check(last("push-in:1.97").translation.z, 2.963);
        check(last("truck-left:1.23").translation.x, -1.481);
        check(last("pedestal-up:1.85").translation.y, -1.481);
        let roll = last("roll-left:3.95").matrix3.x_axis;
        check(roll.y.atan2(roll.x).to_degrees().abs(), 59.26);
    }

    #[test]
    fn a_move_has_a_view_for_each_frame_and_its_own_direction() {
        let camera = camera_of_move("push-in:0.5", 17, 16, [832, 480]).expect("known");
        assert_eq!(camera.views.len(), 17);
        let depth = |at: usize| camera.views[at].world_from_camera.translation.z;
        assert!(depth(16) > depth(0) + 0.1, "z is ahead");
        let focal = camera.views[0].focal;
        assert!(
            (focal[0] * 832.0 - focal[1] * 480.0).abs() < 1e-9,
            "square pixels"
        );
        assert!(camera_of_move("push-inn", 17, 16, [832, 480]).is_err());
        assert!(camera_of_move("push-in:much", 17, 16, [832, 480]).is_err());
    }
}
