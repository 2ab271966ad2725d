//! The 3-D view: the stage and the camera path, seen from the orbit camera. Keyframes, stand-ins and the gizmo
//! are selected and dragged here.

use egui::{
    Align2, CursorIcon, Id, PointerButton, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2,
};
use glam::{DVec2, DVec3};
use kinora_studio::render::animatic::pose_at;
use kinora_studio::timeline::camera::{Pose, Side};
use kinora_studio::timeline::shot::keys::key_at;

use super::change::changed;
use super::drag::{dragged, release, take};
use super::gizmo::Gizmo;
use super::lens::Lens;
use super::{CameraPanel, measured, path, rails, scene};
use crate::state::action::Gesture;
use crate::state::view::stage_view::{Hold, Orbit, StageView, Thing};
use crate::ui::widgets::{text_beside, text_on};

/// What is under the pointer: a part of the gizmo, and a keyframe or a stand-in.
type Under = (Option<Hold>, Option<Thing>);

/// The least width of a view that says how it is moved, in points.
const WIDTH_OF_HINT: f32 = 320.0;
/// The least share of the width in which the stage is framed from above, however large the inset is.
const LEAST_SHARE: f64 = 0.4;

pub fn stage_view_ui(ui: &mut Ui, panel: &mut CameraPanel, rect: Rect) -> Response {
    let response = ui.interact(rect, Id::unique("stage"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Stage"));
    frame_from_above(panel, rect);
    zoom(ui, &response, panel.view);
    let lens = Lens::new(panel.view.stage_pose(), rect);
    let (over, under) = draw(ui, panel, &lens, &response);
    if over.is_some() || under.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    } else if response.hovered() && panel.view.layout.is_from_above {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    if response.clicked() {
        let chosen = panel.view.chosen;
        panel.choose(match over {
            Some(_) => chosen,
            None => under,
        });
    }
    drag_stage(ui, panel, &response, &lens, (over, under));
    names(ui, panel, &lens);
    if rect.width() > WIDTH_OF_HINT {
        let words = match panel.view.layout.is_from_above {
            true => "Drag: draw rails   Shift-drag: pan   Wheel: zoom",
            false => "Drag: orbit   Shift-drag: pan   Wheel: zoom",
        };
        let theme = panel.cx.theme;
        let place = (Align2::LEFT_BOTTOM, rect.left_bottom() + vec2(12.0, -9.0));
        text_on(
            &ui.painter_at(rect),
            theme,
            place,
            words,
            *theme.colours.shade,
        );
    }
    response
}

/// Draws the stage, the path and the gizmo of the selection.
fn draw(ui: &Ui, panel: &CameraPanel, lens: &Lens, response: &Response) -> Under {
    let painter = ui.painter_at(lens.rect);
    // A drag is detected only after the pointer has moved: the hit test uses the position of the press.
    let pointer = match response.drag_started() {
        true => ui.input(|input| input.pointer.press_origin()),
        false => response.hover_pos(),
    };
    let stand_in = scene::draw(&painter, lens, panel, pointer);
    let key = path::draw(&painter, lens, panel, pointer);
    measured::draw(&painter, lens, panel);
    rails::draw(&painter, lens, panel);
    let gizmo = chosen_place(panel).map(|(place, pose)| {
        let key = pose.as_ref().map(|pose| (pose, panel.aspect));
        Gizmo::new(lens, place, key).with_handles(handles(panel))
    });
    let over = pointer.and_then(|at| gizmo.as_ref()?.hit(at));
    if let Some(gizmo) = &gizmo {
        let held = panel.view.drag.as_ref().map(|drag| drag.hold).or(over);
        gizmo.draw(&painter, panel.cx.theme, held);
        if let (Some(held), Some(at)) = (held, pointer) {
            text_beside(&painter, panel.cx.theme, at, held.name());
        }
    }
    (over, key.map(Thing::Key).or(stand_in.map(Thing::StandIn)))
}

/// Gives each stand-in and each tangent handle an accessible name for screen readers.
fn names(ui: &Ui, panel: &CameraPanel, lens: &Lens) {
    for (at, stand_in) in panel.stage.stand_ins.iter().enumerate() {
        let (foot, _) = stand_in.at(panel.view.frame);
        let middle = lens.screen(foot - DVec3::Y * stand_in.size.y / 2.0);
        let name = format!("Stand-in {}", stand_in.name);
        name_place(ui, lens, middle, Id::unique(("stand-in", at)), &name);
    }
    for (side, end) in handles(panel) {
        let name = match side {
            Side::Before => "Tangent before the keyframe",
            Side::After => "Tangent after the keyframe",
        };
        name_place(ui, lens, lens.screen(end), Id::unique(name), name);
    }
}

/// Gives a point of the view an accessible name, if it can be seen.
fn name_place(ui: &Ui, lens: &Lens, at: Option<Pos2>, id: Id, name: &str) {
    if let Some(at) = at.filter(|at| lens.rect.contains(*at)) {
        let place = Rect::from_center_size(at, vec2(2.0, 2.0));
        let named = ui.interact(place, id, Sense::hover());
        named.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    }
}

/// Zooms the 3-D view with the wheel or a pinch gesture.
fn zoom(ui: &Ui, response: &Response, view: &mut StageView) {
    if response.contains_pointer() {
        let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (f64::from(scroll) * 0.003).exp() * f64::from(zoom);
        if (factor - 1.0).abs() > f64::EPSILON {
            view.nearer(factor);
        }
    }
}

/// Frames the whole stage and the camera path when the view from above is first shown, beside the inset.
fn frame_from_above(panel: &mut CameraPanel, rect: Rect) {
    let layout = panel.view.layout;
    if !layout.is_from_above || panel.view.above.is_some() {
        return;
    }
    let share = match layout.is_through_camera {
        true => 1.0,
        false => (1.0 - f64::from(layout.inset_share)).max(LEAST_SHARE),
    };
    let stand_ins = panel.stage.stand_ins.iter();
    let feet = stand_ins.map(|stand_in| stand_in.at(panel.view.frame).0);
    let rate = panel.shot.length.rate;
    let path = panel.shot.camera.as_ref();
    let path = path.map(|path| path.poses(panel.shot.length.frames, rate));
    let cameras = path.into_iter().flatten().map(|pose| pose.position);
    let places = feet.chain(cameras);
    let places: Vec<DVec2> = places.map(|place| DVec2::new(place.x, place.z)).collect();
    let aspect = f64::from(rect.aspect_ratio());
    panel.view.above = Orbit::framing_from_above(&places, aspect, share);
}

/// The position of the selected object and, for a keyframe, its pose. `None` if nothing is selected.
fn chosen_place(panel: &CameraPanel) -> Option<(DVec3, Option<Pose>)> {
    match panel.view.chosen? {
        Thing::Key(frame) => {
            let pose = pose_at(panel.shot, frame);
            Some((key_at(panel.shot, frame).position, Some(pose)))
        }
        Thing::StandIn(at) => {
            let stand_in = panel.stage.stand_ins.get(at)?;
            Some((stand_in.at(panel.view.frame).0, None))
        }
    }
}

/// The ends of the selected keyframe's tangent handles. Empty if no keyframe is selected.
fn handles(panel: &CameraPanel) -> Vec<(Side, DVec3)> {
    let Some((path, Thing::Key(frame))) = panel.shot.camera.as_ref().zip(panel.view.chosen) else {
        return Vec::new();
    };
    let handle = |side| Some((side, path.handle(frame, side)?));
    let both = [Side::Before, Side::After].into_iter();
    both.filter_map(handle).collect()
}

/// Starts, previews and ends a drag in the 3-D view.
fn drag_stage(
    ui: &Ui,
    panel: &mut CameraPanel,
    response: &Response,
    lens: &Lens,
    (over, under): Under,
) {
    if response.drag_started() {
        let (from, modifiers) = ui.input(|input| (input.pointer.press_origin(), input.modifiers));
        let aside = modifiers.shift || !response.drag_started_by(PointerButton::Primary);
        let hold = match (aside, over, under) {
            (true, ..) => Hold::Aside,
            (_, Some(Hold::Bend(side)), _) if modifiers.command => Hold::BendUpright(side),
            (_, Some(hold), _) => hold,
            (_, None, Some(thing)) => {
                panel.choose(Some(thing));
                Hold::Level
            }
            (_, None, None) if panel.view.layout.is_from_above => Hold::Rails,
            (_, None, None) => Hold::Orbit,
        };
        if let Some(from) = from {
            take(panel, hold, from);
        }
    }
    if let (Some(drag), Some(to)) = (panel.view.drag.clone(), response.interact_pointer_pos())
        && response.dragged()
    {
        match drag.hold {
            Hold::Orbit => panel.view.orbit.turn(response.drag_delta()),
            Hold::Aside => panel.view.slide(response.drag_delta(), lens.focal),
            Hold::Rails => rails::draw_on(panel, &drag, lens, to),
            _ => {
                if let Some(shot) = dragged(panel, &drag, lens, to) {
                    panel.gesture(Gesture::Preview(vec![changed(shot)]));
                }
            }
        }
    }
    release(ui, panel, response);
}
