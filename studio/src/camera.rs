//! A shot's camera path as the engine takes it: the same samples the window draws, one for each frame.

use kinora_timeline::camera::{CameraPath, Move, Pose, SENSOR_WIDTH_MM, preset};
use kinora_timeline::{FrameRate, Frames};
use kinora_wire::{Camera, View};

/// No clip has more frames.
const LONGEST_CLIP: u32 = 4096;

/// The path, sampled at a clip's own frames.
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

/// A move by name and strength ("push-in", "orbit-left:0.5") over a whole clip.
pub fn of_move(text: &str, frames: u32, rate: u32, size: [u32; 2]) -> Result<Camera, String> {
    let (name, amount) = text.split_once(':').unwrap_or((text, "1"));
    let which: Move = name.parse()?;
    if frames > LONGEST_CLIP {
        return Err(format!("{frames} frames are more than any clip has"));
    }
    let amount: f64 = amount
        .parse()
        .ok()
        .filter(|amount: &f64| amount.is_finite())
        .ok_or_else(|| {
            format!("{amount} is no strength of a move; 1 is its own, 0.5 half of it")
        })?;
    let rate = FrameRate::new(rate.max(1), 1).ok_or("the model has no rate")?;
    let path = preset(which, amount, Frames(i64::from(frames)), Pose::START);
    Ok(sampled(&path, frames, rate, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_a_view_for_each_frame_and_goes_where_it_says() {
        let camera = of_move("push-in:0.5", 17, 16, [832, 480]).expect("known");
        assert_eq!(camera.views.len(), 17);
        let depth = |at: usize| camera.views[at].world_from_camera.translation.z;
        assert!(depth(16) > depth(0) + 0.1, "z is ahead");
        let focal = camera.views[0].focal;
        assert!(
            (focal[0] * 832.0 - focal[1] * 480.0).abs() < 1e-9,
            "square pixels"
        );
        assert!(of_move("push-inn", 17, 16, [832, 480]).is_err());
        assert!(of_move("push-in:much", 17, 16, [832, 480]).is_err());
    }
}
