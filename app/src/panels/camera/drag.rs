//! A drag in the 3-D view or in the camera view: its start, its effect and its end. It is one undo step.

use egui::{Key, Pos2, Response, Ui};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, with_key, with_stand_in};

use super::CameraPanel;
use super::change::{bent, key_dragged, stand_in_dragged};
use super::lens::Lens;
use super::prompt_stage::stage_of;
use crate::state::action::Gesture;
use crate::state::view::stage_view::{Drag, Hold, Thing};

/// Starts a drag. A drag that changes the project also starts a gesture; one that moves the 3-D view does not.
pub fn take(panel: &mut CameraPanel, hold: Hold, from: Pos2) {
    panel.view.playing = None;
    panel.view.rails.clear();
    let name = match (hold, panel.view.chosen) {
        (Hold::Orbit | Hold::Aside, _) => None,
        (Hold::Picture, _) => Some("move camera"),
        (Hold::Rails, _) => Some("draw rails"),
        (Hold::Height, _) => Some("change camera height"),
        (_, Some(Thing::StandIn(_))) => Some("move stand-in"),
        _ => Some("move camera"),
    };
    if let Some(name) = name {
        panel.gesture(Gesture::Begin(name.into()));
    }
    panel.view.drag = Some(Drag {
        hold,
        from,
        start: Box::new(panel.shot.clone()),
    });
}

/// Ends a drag on release. Esc ends it too and aborts its gesture, which restores the shot.
pub fn release(ui: &Ui, panel: &mut CameraPanel, response: &Response) {
    let Some(drag) = &panel.view.drag else { return };
    let is_edit = !matches!(drag.hold, Hold::Orbit | Hold::Aside);
    let is_left = ui.input(|input| input.key_pressed(Key::Escape));
    if is_left || response.drag_stopped() {
        panel.view.drag = None;
        let end = match is_left {
            true => Gesture::Abort,
            false => Gesture::Commit,
        };
        if is_edit {
            panel.gesture(end);
        }
    }
}

/// The shot after a drag in the 3-D view. `None` if nothing is selected.
pub fn dragged(panel: &CameraPanel, drag: &Drag, lens: &Lens, to: Pos2) -> Option<Shot> {
    let bend = |frame, hold| bent(&drag.start, frame, hold, lens, drag.from, to);
    match (panel.view.chosen?, drag.hold) {
        (Thing::Key(frame), Hold::Bend(side)) => Some(bend(frame, (side, false))),
        (Thing::Key(frame), Hold::BendUpright(side)) => Some(bend(frame, (side, true))),
        (Thing::Key(frame), _) => {
            let key = key_dragged(key_at(&drag.start, frame), drag.hold, lens, drag.from, to);
            Some(with_key(&drag.start, key))
        }
        (Thing::StandIn(at), _) => {
            let (frame, hold, from) = (panel.view.frame, drag.hold, drag.from);
            let stage = stage_of(panel.cx, &drag.start).stage;
            let stand_in = stage.stand_ins.get(at)?;
            let dragged = stand_in_dragged(stand_in, frame, hold, lens, from, to);
            Some(with_stand_in(&drag.start, &stage, at, dragged))
        }
    }
}
