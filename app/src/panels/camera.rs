//! The camera panel: a 3-D view of the shot's stage and camera path, the view through the camera, and a
//! timeline of the shot's keyframes. Each drag is one undo step.

mod change;
mod gizmo;
mod inspector;
mod lens;
pub mod moves;
mod path;
mod scene;
mod sliders;
mod strip;

use crate::state::action::{Action, EditAction, Gesture};
use std::time::Instant;

use egui::{
    Align2, CursorIcon, FontId, Id, Rect, Response, RichText, Role, ScrollArea, Sense, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use glam::DVec3;
use kinora_studio::generate::scheduler::GenerationScheduler;
use kinora_studio::render::animatic::pose_at;
use kinora_studio::timeline::camera::{Limits, Pose, Side};
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, with_key, with_stand_in};
use kinora_studio::timeline::stage::{Form, MANNEQUIN_METRES, Stage, StandIn};
use kinora_studio::timeline::{Edit, Frames, Project};

use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::state::view::stage_view::{Drag, Hold, Pilot, StageView, Thing};
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::{icon_button, text_beside};
use change::{bent, changed, key_dragged, piloted, stand_in_dragged};
use gizmo::Gizmo;
use lens::Lens;

const BAR_HEIGHT: f32 = 36.0;
const STRIP_HEIGHT: f32 = 64.0;
const SIDE_WIDTH: f32 = 248.0;
/// The width of the camera view, as a fraction of the width of the 3-D view.
const INSET: f32 = 0.36;
/// The least width of the camera view, in points.
const SMALLEST_INSET: f32 = 150.0;
const MARGIN: f32 = 8.0;

/// The shot that is drawn, with its project and its stage.
#[derive(Clone, Copy)]
struct Set<'s> {
    project: &'s Project,
    shot: &'s Shot,
    stage: &'s Stage,
    /// The aspect ratio of the project's frame, width over height.
    aspect: f64,
}

pub fn camera_ui(ui: &mut Ui, cx: &PanelContext, view: &mut StageView) {
    let project = cx.project();
    let Some(shot) = cx.shot() else {
        let words = "Select a shot to see its camera.";
        let words = RichText::new(words).color(*cx.theme.colours.text_faint);
        ui.centered_and_justified(|ui| ui.label(words));
        return;
    };
    let stage = project.stage_of(shot);
    let limits = limits_of(&cx.generation.scheduler, shot);
    let set = Set {
        project,
        shot,
        stage: &stage,
        aspect: f64::from(project.size().width()) / f64::from(project.size().height()),
    };
    view.look_at(shot);
    advance(ui, shot, view);
    let all = ui.available_rect_before_wrap().shrink(MARGIN);
    view.has_pointer = ui.rect_contains_pointer(all);
    let (bar, rest) = all.split_top_bottom_at_y(all.top() + BAR_HEIGHT);
    let (middle, strip) = rest.split_top_bottom_at_y(rest.bottom() - STRIP_HEIGHT);
    let side_width = SIDE_WIDTH.min(middle.width() * 0.45);
    let (left, side) = middle.split_left_right_at_x(middle.right() - side_width);
    let left = Rect::from_min_max(left.min, left.max - vec2(MARGIN, MARGIN));
    let side = Rect::from_min_max(side.min, side.max - vec2(0.0, MARGIN));
    within(ui, bar, |ui| bar_ui(ui, cx, set, view));
    stage_ui(ui, cx, set, view, left);
    picture_ui(ui, cx, set, view, inset(left, set.aspect));
    within(ui, side, |ui| side_ui(ui, cx, set, view));
    strip::strip_ui(ui, cx, (shot, limits), view, strip);
}

/// The camera speeds on which the shot's model was trained. `None` if the model has no such limits, or the
/// engine has not reported its models yet.
fn limits_of(scheduler: &GenerationScheduler, shot: &Shot) -> Option<Limits> {
    let known = scheduler.model_of(shot)?.camera?;
    Some(Limits {
        metres_per_second: known.metres_per_second,
        turn_degrees_per_second: known.turn_degrees_per_second,
        zoom_octaves_per_second: known.zoom_octaves_per_second,
    })
}

fn within(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        contents(ui);
    });
}

/// Advances the frame during playback. After the last frame it starts again at the first.
fn advance(ui: &Ui, shot: &Shot, view: &mut StageView) {
    let Some(since) = view.playing else { return };
    let passed = (since.elapsed().as_secs_f64() * shot.length.rate.per_second()) as i64;
    view.frame = Frames(passed % i64::from(shot.length.frames.max(1)));
    ui.ctx().request_repaint();
}

/// The toolbar: play, camera moves, objects for the stage, and buttons that add a keyframe or clear the path.
fn bar_ui(ui: &mut Ui, cx: &PanelContext, set: Set, view: &mut StageView) {
    ui.horizontal(|ui| {
        let (sign, name) = match view.playing {
            Some(_) => (icon::PAUSE, "Pause the camera"),
            None => (icon::PLAY, "Play the camera"),
        };
        if icon_button(ui, sign, name).clicked() {
            view.playing = match view.playing {
                Some(_) => None,
                None => Some(Instant::now()),
            };
        }
        moves::moves_ui(ui, cx, set.shot);
        stand_ins_ui(ui, cx, set, view);
        let words = "Add a camera keyframe on this frame";
        let words = cx.keys.tooltip(words, Command::Stop);
        if ui.button("Add keyframe").on_hover_text(words).clicked() {
            let key = key_at(set.shot, view.frame);
            cx.send(Action::Edit(EditAction::Apply(Edit::Camera(
                CameraEdit::SetKey(set.shot.id, key),
            ))));
            view.chosen = Some(Thing::Key(view.frame));
        }
        if set.shot.camera.is_some()
            && ui
                .button("Clear")
                .on_hover_text("Remove the camera path; the model decides the camera movement")
                .clicked()
        {
            cx.send(Action::Edit(EditAction::Apply(Edit::Camera(
                CameraEdit::SetPath(set.shot.id, None),
            ))));
        }
    });
}

fn stand_ins_ui(ui: &mut Ui, cx: &PanelContext, set: Set, view: &mut StageView) {
    let response = ui.menu_button("Add stand-in…", |ui| {
        let cast = set.project.cast().map(|one| {
            (
                format!("@{}", one.tag),
                Form::Mannequin(Some(one.id)),
                MANNEQUIN_METRES,
            )
        });
        let plain = [
            ("Mannequin", Form::Mannequin(None), MANNEQUIN_METRES),
            ("Box", Form::Box, DVec3::new(1.0, 1.0, 1.0)),
            ("Column", Form::Column, DVec3::new(0.6, 2.6, 0.6)),
            ("Sphere", Form::Sphere, DVec3::splat(0.8)),
        ];
        let plain = plain.map(|(name, form, size)| (name.to_owned(), form, size));
        for (name, form, size) in cast.chain(plain) {
            if ui.button(&name).clicked() {
                let mut stage = set.stage.clone();
                let foot = DVec3::new(free_place(&stage), 0.0, 0.6);
                let name = name.trim_start_matches('@');
                stage.stand_ins.push(StandIn::new(name, form, size, foot));
                view.chosen = Some(Thing::StandIn(stage.stand_ins.len() - 1));
                let shot = Shot {
                    stage,
                    ..set.shot.clone()
                };
                cx.send(Action::Edit(EditAction::Apply(changed(shot))));
            }
        }
    });
    let words =
        "A stand-in for a character or an object: it guides the model by its position and depth";
    response.response.on_hover_text(words);
}

/// The x coordinate of a new stand-in, in metres: 0.7 m to the right of all others on the first frame.
fn free_place(stage: &Stage) -> f64 {
    let right = |one: &StandIn| one.at(Frames::ZERO).0.x + one.size.x / 2.0 + 0.7;
    stage.stand_ins.iter().map(right).fold(0.0, f64::max)
}

/// The 3-D view of the stage and the camera path, seen from the orbit camera.
fn stage_ui(ui: &mut Ui, cx: &PanelContext, set: Set, view: &mut StageView, rect: Rect) {
    let response = ui.interact(rect, Id::unique("stage"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Stage"));
    look_round(ui, &response, view);
    let painter = ui.painter_at(rect);
    let lens = Lens::new(view.orbit.pose(), rect);
    // A drag is detected only after the pointer has moved: the hit test uses the position of the press.
    let pointer = match response.drag_started() {
        true => ui.input(|input| input.pointer.press_origin()),
        false => response.hover_pos(),
    };
    let stand_in = scene::draw(&painter, &lens, set.project, set.stage, view.frame, pointer);
    let now = pose_at(set.shot, view.frame);
    let key = path::draw(
        &painter,
        cx.theme,
        &lens,
        set.shot,
        (&now, set.aspect),
        view.chosen,
        pointer,
    );
    let gizmo = chosen_place(set, view).map(|(place, pose)| {
        let key = pose.as_ref().map(|pose| (pose, set.aspect));
        Gizmo::new(&lens, place, key).with_handles(handles(set, view))
    });
    let over = pointer.and_then(|at| gizmo.as_ref()?.hit(at));
    if let Some(gizmo) = &gizmo {
        let held = view.drag.as_ref().map(|drag| drag.hold).or(over);
        gizmo.draw(&painter, cx.theme, held);
        if let (Some(held), Some(at)) = (held, pointer) {
            text_beside(&painter, cx.theme, at, held.name());
        }
    }
    let under = key.map(Thing::Key).or(stand_in.map(Thing::StandIn));
    if over.is_some() || under.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    if response.clicked() {
        choose(
            view,
            under
                .filter(|_| over.is_none())
                .or(view.chosen.filter(|_| over.is_some())),
        );
    }
    drag_stage(ui, cx, set, view, &response, &lens, (over, under));
    names(ui, set, view, &lens);
    let font = FontId::proportional(cx.theme.text.small);
    let words = "Drag to orbit, Shift-drag to pan, wheel to zoom";
    let at = rect.left_bottom() + vec2(8.0, -6.0);
    painter.text(
        at,
        Align2::LEFT_BOTTOM,
        words,
        font,
        *cx.theme.colours.panel,
    );
}

/// Gives each stand-in and each tangent handle an accessible name for screen readers.
fn names(ui: &Ui, set: Set, view: &StageView, lens: &Lens) {
    for (at, stand_in) in set.stage.stand_ins.iter().enumerate() {
        let (foot, _) = stand_in.at(view.frame);
        let middle = lens.screen(foot - DVec3::Y * stand_in.size.y / 2.0);
        if let Some(middle) = middle.filter(|middle| lens.rect.contains(*middle)) {
            let place = Rect::from_center_size(middle, vec2(2.0, 2.0));
            let named = ui.interact(place, Id::unique(("stand-in", at)), Sense::hover());
            let name = format!("Stand-in {}", stand_in.name);
            named.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        }
    }
    for (side, end) in handles(set, view) {
        if let Some(end) = lens.screen(end).filter(|end| lens.rect.contains(*end)) {
            let name = match side {
                Side::Before => "Tangent before the keyframe",
                Side::After => "Tangent after the keyframe",
            };
            let place = Rect::from_center_size(end, vec2(2.0, 2.0));
            let named = ui.interact(place, Id::unique(name), Sense::hover());
            named.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        }
    }
}

fn choose(view: &mut StageView, thing: Option<Thing>) {
    view.chosen = thing;
    if let Some(Thing::Key(frame)) = thing {
        view.frame = frame;
        view.playing = None;
    }
}

/// Zooms the 3-D view with the wheel or a pinch gesture.
fn look_round(ui: &Ui, response: &Response, view: &mut StageView) {
    if response.contains_pointer() {
        let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        view.orbit
            .nearer((f64::from(scroll) * 0.003).exp() * f64::from(zoom));
    }
}

/// The position of the selected object and, for a keyframe, its pose. `None` if nothing is selected.
fn chosen_place(set: Set, view: &StageView) -> Option<(DVec3, Option<Pose>)> {
    match view.chosen? {
        Thing::Key(frame) => {
            let pose = pose_at(set.shot, frame);
            Some((key_at(set.shot, frame).position, Some(pose)))
        }
        Thing::StandIn(at) => Some((set.stage.stand_ins.get(at)?.at(view.frame).0, None)),
    }
}

/// The ends of the selected keyframe's tangent handles. Empty if no keyframe is selected.
fn handles(set: Set, view: &StageView) -> Vec<(Side, DVec3)> {
    let Some((path, Thing::Key(frame))) = set.shot.camera.as_ref().zip(view.chosen) else {
        return Vec::new();
    };
    let handle = |side| Some((side, path.handle(frame, side)?));
    let both = [Side::Before, Side::After].into_iter();
    both.filter_map(handle).collect()
}

/// Starts, previews and ends a drag in the 3-D view.
fn drag_stage(
    ui: &Ui,
    cx: &PanelContext,
    set: Set,
    view: &mut StageView,
    response: &Response,
    lens: &Lens,
    (over, under): (Option<Hold>, Option<Thing>),
) {
    if response.drag_started() {
        let from = ui.input(|input| input.pointer.press_origin());
        let aside = ui.input(|input| input.modifiers.shift)
            || !response.drag_started_by(egui::PointerButton::Primary);
        let hold = match (aside, over, under) {
            (true, ..) => Hold::Aside,
            (_, Some(Hold::Bend(side)), _) if ui.input(|input| input.modifiers.command) => {
                Hold::BendUpright(side)
            }
            (_, Some(hold), _) => hold,
            (_, None, Some(thing)) => {
                choose(view, Some(thing));
                Hold::Level
            }
            (_, None, None) => Hold::Orbit,
        };
        if let Some(from) = from {
            take(cx, view, hold, from, set.shot);
        }
    }
    if let (Some(drag), Some(to)) = (view.drag.clone(), response.interact_pointer_pos())
        && response.dragged()
    {
        match drag.hold {
            Hold::Orbit => view.orbit.turn(response.drag_delta()),
            Hold::Aside => view.orbit.slide(response.drag_delta(), lens.focal),
            _ => {
                let shot = dragged(set, view, &drag, lens, to);
                if let Some(shot) = shot {
                    let preview = Gesture::Preview(vec![changed(shot)]);
                    cx.send(Action::Edit(EditAction::Gesture(preview)));
                }
            }
        }
    }
    release(ui, cx, view, response);
}

/// Starts a drag. A drag that changes the project also starts a gesture; one that moves the 3-D view does not.
fn take(cx: &PanelContext, view: &mut StageView, hold: Hold, from: egui::Pos2, shot: &Shot) {
    view.playing = None;
    let name = match (hold, view.chosen) {
        (Hold::Orbit | Hold::Aside, _) => None,
        (Hold::Picture, _) => Some("move camera"),
        (_, Some(Thing::StandIn(_))) => Some("move stand-in"),
        _ => Some("move camera"),
    };
    if let Some(name) = name {
        let begin = Gesture::Begin(name.into());
        cx.send(Action::Edit(EditAction::Gesture(begin)));
    }
    view.drag = Some(Drag {
        hold,
        from,
        start: Box::new(shot.clone()),
    });
}

/// Ends a drag on release. Esc ends it too and aborts its gesture, which restores the shot.
fn release(ui: &Ui, cx: &PanelContext, view: &mut StageView, response: &Response) {
    let Some(drag) = &view.drag else { return };
    let is_edit = !matches!(drag.hold, Hold::Orbit | Hold::Aside);
    let is_left = ui.input(|input| input.key_pressed(egui::Key::Escape));
    if is_left || response.drag_stopped() {
        view.drag = None;
        let end = match is_left {
            true => Gesture::Abort,
            false => Gesture::Commit,
        };
        if is_edit {
            cx.send(Action::Edit(EditAction::Gesture(end)));
        }
    }
}

fn dragged(set: Set, view: &StageView, drag: &Drag, lens: &Lens, to: egui::Pos2) -> Option<Shot> {
    let bend = |frame, hold| bent(&drag.start, frame, hold, lens, drag.from, to);
    match (view.chosen?, drag.hold) {
        (Thing::Key(frame), Hold::Bend(side)) => Some(bend(frame, (side, false))),
        (Thing::Key(frame), Hold::BendUpright(side)) => Some(bend(frame, (side, true))),
        (Thing::Key(frame), _) => {
            let key = key_dragged(key_at(&drag.start, frame), drag.hold, lens, drag.from, to);
            Some(with_key(&drag.start, key))
        }
        (Thing::StandIn(at), _) => {
            let stage = set.project.stage_of(&drag.start);
            let stand_in = stage.stand_ins.get(at)?;
            let dragged = stand_in_dragged(stand_in, view.frame, drag.hold, lens, drag.from, to);
            Some(with_stand_in(&drag.start, &stage, at, dragged))
        }
    }
}

/// The rectangle of the camera view, in the upper right corner of the 3-D view.
fn inset(stage: Rect, aspect: f64) -> Rect {
    let width = (stage.width() * INSET).max(SMALLEST_INSET.min(stage.width()));
    let size = vec2(width, width / aspect as f32);
    let corner = stage.right_top() + vec2(-size.x - MARGIN, MARGIN);
    Rect::from_min_size(corner, size)
}

/// The view through the shot's camera. A drag in it moves the camera.
fn picture_ui(ui: &mut Ui, cx: &PanelContext, set: Set, view: &mut StageView, rect: Rect) {
    let response = ui.interact(
        rect,
        Id::unique("through the camera"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Camera view"));
    let painter = ui.painter_at(rect);
    let lens = Lens::new(pose_at(set.shot, view.frame), rect);
    scene::draw(&painter, &lens, set.project, set.stage, view.frame, None);
    thirds(&painter, cx.theme, rect);
    let words = format!("{:.0} mm", lens.pose.focal_mm);
    let at = rect.right_bottom() - vec2(6.0, 4.0);
    let font = FontId::proportional(cx.theme.text.small);
    painter.text(
        at,
        Align2::RIGHT_BOTTOM,
        words,
        font,
        *cx.theme.colours.panel,
    );
    let stroke = egui::Stroke::new(2.0, *cx.theme.colours.panel);
    ui.painter()
        .rect_stroke(rect, 0, stroke, egui::StrokeKind::Outside);
    pilot(ui, cx, set, view, &response, &lens);
}

/// The side column: the drag mode of the camera view, the inspector, and the sliders.
fn side_ui(ui: &mut Ui, cx: &PanelContext, set: Set, view: &mut StageView) {
    let words = "Drag mode";
    ui.label(
        RichText::new(words)
            .small()
            .color(*cx.theme.colours.text_soft),
    );
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (pilot, name, what) in Pilot::ALL {
            let label = ui.selectable_label(view.pilot == pilot, name);
            if label.on_hover_text(what).clicked() {
                view.pilot = pilot;
            }
        }
    });
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            inspector::inspector_ui(ui, cx, set.shot, set.stage, view);
            sliders::sliders_ui(ui, cx, set.shot);
        });
}

/// Moves the camera at the current frame by a drag in the camera view.
fn pilot(
    ui: &Ui,
    cx: &PanelContext,
    set: Set,
    view: &mut StageView,
    response: &Response,
    lens: &Lens,
) {
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::AllScroll);
    }
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        take(cx, view, Hold::Picture, from, set.shot);
    }
    if let (Some(drag), Some(to)) = (&view.drag, response.interact_pointer_pos())
        && response.dragged()
    {
        let by = to - drag.from;
        let shot = piloted(&drag.start, view.frame, view.pilot, by, lens.focal);
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Preview(vec![
            changed(shot),
        ]))));
    }
    if response.drag_stopped() || response.dragged() {
        release(ui, cx, view, response);
    }
}

fn thirds(painter: &egui::Painter, theme: &Theme, rect: Rect) {
    let stroke = egui::Stroke::new(1.0, theme.colours.ground.gamma_multiply(0.25));
    for third in [1.0 / 3.0, 2.0 / 3.0] {
        let at = pos2(
            egui::lerp(rect.x_range(), third),
            egui::lerp(rect.y_range(), third),
        );
        painter.vline(at.x, rect.y_range(), stroke);
        painter.hline(rect.x_range(), at.y, stroke);
    }
}
