//! Rails: a camera path drawn in the view from above.

use egui::{Painter, Pos2, Shape, Stroke};
use glam::{DVec2, DVec3};
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::query::shot_in_film::last_frame;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, path_of};

use super::CameraPanel;
use super::change::changed;
use super::lens::Lens;
use crate::state::action::Gesture;
use crate::state::view::stage_view::{Drag, Hold};

/// The least distance between two places of the drawn way, in points.
const STEP: f32 = 3.0;
/// The most places of a drawn way.
const MOST_PLACES: usize = 4000;

/// Takes the way on to a place on the screen, and previews its path.
pub fn draw_on(panel: &mut CameraPanel, drag: &Drag, lens: &Lens, to: Pos2) {
    let level = level_of(&drag.start);
    let place = |at: Pos2| {
        let place = lens.on_level(at, level)?;
        Some(DVec2::new(place.x, place.z))
    };
    let rails = &mut panel.view.rails;
    if rails.is_empty() {
        rails.extend(place(drag.from));
    }
    let Some(next) = place(to) else { return };
    let step = lens.metres(DVec3::new(next.x, level, next.y), STEP);
    let is_far = rails.last().is_none_or(|last| last.distance(next) >= step);
    if is_far && rails.len() < MOST_PLACES {
        rails.push(next);
    }
    if let Some(shot) = railed(&drag.start, &panel.view.rails) {
        panel.gesture(Gesture::Preview(vec![changed(shot)]));
    }
}

/// The shot whose camera follows rails. `None` if they are too short.
fn railed(shot: &Shot, rails: &[DVec2]) -> Option<Shot> {
    let path = path_of(shot).on_rails(rails, last_frame(shot), shot.length.rate)?;
    Some(Shot {
        camera: Some(path),
        ..shot.clone()
    })
}

/// The height at which rails are drawn, as y: that of the camera on the first frame.
fn level_of(shot: &Shot) -> f64 {
    key_at(shot, Frames::ZERO).position.y
}

/// Draws the way as the hand went.
pub fn draw(painter: &Painter, lens: &Lens, panel: &CameraPanel) {
    let Some(drag) = &panel.view.drag else { return };
    if drag.hold != Hold::Rails {
        return;
    }
    let level = level_of(&drag.start);
    let places = panel.view.rails.iter();
    let line = places.filter_map(|place| lens.screen(DVec3::new(place.x, level, place.y)));
    let stroke = Stroke::new(1.0, *panel.cx.theme.colours.panel);
    painter.add(Shape::line(line.collect(), stroke));
}
