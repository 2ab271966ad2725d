//! The handles of the height graph: the height of the camera at each keyframe is dragged up and down, or changed with the
//! arrow keys.

use egui::{CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Response, Sense, Ui, Vec2};
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::camera::{CameraKey, CameraPath, Pose};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, with_key};

use super::CameraPanel;
use super::change::changed;
use super::drag::{release, take};
use super::scale::Plot;
use crate::state::action::Gesture;
use crate::state::view::stage_view::{Hold, Thing};

/// The side of the square that takes a handle, in points.
const REACH: f32 = 14.0;
const RADIUS: f32 = 4.0;
/// The change of the height by an arrow key.
const KEY_STEP_METRES: f64 = 0.05;

/// A handle for each keyframe of the shot's path, on the graph of these poses.
pub fn handles_ui(ui: &Ui, panel: &mut CameraPanel, plot: &Plot, poses: &[Pose], rect: Rect) {
    let shot = panel.shot;
    let Some(path) = &shot.camera else { return };
    for key in path.keys() {
        handle_ui(ui, panel, plot, (key, passed_at(path, key, poses)), rect);
    }
}

fn handle_ui(
    ui: &Ui,
    panel: &mut CameraPanel,
    plot: &Plot,
    (key, at_frame): (&CameraKey, f64),
    rect: Rect,
) {
    let height = height_of(key);
    let at = plot.at(at_frame, height);
    let place = Rect::from_center_size(at, Vec2::splat(REACH)).intersect(rect);
    let id = Id::unique(("height of camera key", key.frame));
    let response = ui.interact(place, id, Sense::click_and_drag());
    let label = format!("Camera height at frame {}", key.frame.0);
    response.widget_info(|| egui::WidgetInfo::slider(true, height, &label));
    let colours = &panel.cx.theme.colours;
    let is_lit = response.hovered() || response.dragged() || response.has_focus();
    let colour = match is_lit {
        true => *colours.accent_hover,
        false => *colours.accent,
    };
    ui.painter_at(rect).circle_filled(at, RADIUS, colour);
    if response.clicked() {
        panel.choose(Some(Thing::Key(key.frame)));
    }
    drag(ui, panel, plot, key.frame, &response);
    press_arrows(ui, panel, key.frame, &response);
    let words = format!("{height:.2} m above the floor: drag, or press Up and Down");
    response
        .on_hover_cursor(CursorIcon::ResizeVertical)
        .on_hover_text(words);
}

fn drag(ui: &Ui, panel: &mut CameraPanel, plot: &Plot, frame: Frames, response: &Response) {
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        panel.choose(Some(Thing::Key(frame)));
        take(panel, Hold::Height, from);
    }
    if let (Some(drag), Some(to)) = (&panel.view.drag, response.interact_pointer_pos())
        && response.dragged()
    {
        let by = plot.value(to.y) - plot.value(drag.from.y);
        let shot = raised(&drag.start, frame, by);
        panel.gesture(Gesture::Preview(vec![changed(shot)]));
    }
    if response.drag_stopped() || response.dragged() {
        release(ui, panel, response);
    }
}

fn press_arrows(ui: &Ui, panel: &CameraPanel, frame: Frames, response: &Response) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (up, down) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown));
    if up != down {
        let by_metres = (up as f64 - down as f64) * KEY_STEP_METRES;
        panel.apply(changed(raised(panel.shot, frame, by_metres)));
    }
}

/// The shot with the keyframe on a frame higher by so many metres.
fn raised(shot: &Shot, frame: Frames, by_metres: f64) -> Shot {
    let mut key = key_at(shot, frame);
    key.position.y -= by_metres; // y goes down
    with_key(shot, key)
}

/// The height of a keyframe above the floor, in metres.
fn height_of(key: &CameraKey) -> f64 {
    0.0 - key.position.y
}

/// The frame at which the camera passes a keyframe. At constant speed that may be another one than its own.
fn passed_at(path: &CameraPath, key: &CameraKey, poses: &[Pose]) -> f64 {
    let own = key.frame.0 as f64;
    if !path.even_speed {
        return own;
    }
    let off = |pose: &Pose| pose.position.distance(key.position);
    let frames = (0..).zip(poses);
    let nearest = frames.min_by(|(_, one), (_, other)| off(one).total_cmp(&off(other)));
    nearest.map_or(own, |(frame, _): (u32, _)| f64::from(frame))
}

#[cfg(test)]
mod tests {
    use glam::DVec3;
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::shot::ModelLength;

    use super::*;

    #[test]
    fn a_raised_keyframe_keeps_its_place_on_the_floor_and_the_others_their_height() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let keys = [0, 8, 16].map(|frame| CameraKey::new(Frames(frame), Pose::START));
        let shot = Shot {
            camera: Some(CameraPath::of_keys(keys.into())),
            ..Shot::new("one", "", length)
        };
        let raised = raised(&shot, Frames(8), 0.5);
        let path = raised.camera.expect("a path");
        let heights: Vec<f64> = path.keys().iter().map(height_of).collect();
        assert_eq!(heights, [1.5, 2.0, 1.5]);
        let moved = path.keys()[1].position - Pose::START.position;
        assert_eq!(moved, DVec3::new(0.0, -0.5, 0.0));
    }

    #[test]
    fn at_constant_speed_a_keyframe_is_passed_elsewhere_than_at_its_frame() {
        let at = |frame, x| {
            let position = DVec3::new(x, -1.5, 0.0);
            let pose = Pose {
                position,
                ..Pose::START
            };
            CameraKey::new(Frames(frame), pose)
        };
        let mut path = CameraPath::of_keys(vec![at(0, 0.0), at(2, 5.0), at(10, 10.0)]);
        let passed = |path: &CameraPath| {
            let poses = path.poses(11, FrameRate::FPS_24);
            passed_at(path, &path.keys()[1], &poses)
        };
        assert!((passed(&path) - 2.0).abs() < 1e-9);
        path.even_speed = true;
        assert!((passed(&path) - 5.0).abs() < 1.01);
    }
}
