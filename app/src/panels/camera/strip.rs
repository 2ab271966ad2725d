//! The time strip of the camera panel: the shot's frames and the camera keyframes, over a graph of the camera's
//! speed or height.

use egui::{
    CursorIcon, Id, Key, Rect, Response, RichText, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};
use kinora_studio::timeline::camera::{CameraKey, CameraPath};
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Edit, Frames};

use super::CameraPanel;
use super::change::without_key;
use super::graph::graph_ui;
use super::scale::{KEY, Scale, TEXT_HEIGHT};
use crate::panels::ease::easings_for;
use crate::state::view::stage_view::Thing;

pub fn strip_ui(ui: &mut Ui, panel: &mut CameraPanel, rect: Rect) {
    let (theme, shot) = (panel.cx.theme, panel.shot);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4, *theme.colours.well);
    let scale = Scale::new(rect, shot.length.frames);
    let response = ui.interact(rect, Id::unique("shot frames"), Sense::click_and_drag());
    let label = format!("Shot frame {} (0 to {})", panel.view.frame.0, scale.last);
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &label));
    scrub(ui, panel, &scale, &response);
    graph_ui(ui, panel, &scale, rect);
    for key in shot.camera.iter().flat_map(CameraPath::keys) {
        key_ui(ui, panel, &scale, rect, key);
    }
    let here = scale.x(panel.view.frame.0 as f64);
    let stroke = Stroke::new(1.5, *theme.colours.text);
    let below_words = rect.top() + TEXT_HEIGHT + 2.0..=rect.bottom();
    painter.vline(here, below_words, stroke);
}

/// Moves to the frame under the pointer. A right-click opens the menu of the part between two keyframes.
fn scrub(ui: &Ui, panel: &mut CameraPanel, scale: &Scale, response: &Response) {
    let is_for_menu =
        response.secondary_clicked() || ui.input(|input| input.pointer.secondary_down());
    if let Some(pointer) = response.interact_pointer_pos() {
        let frame = scale.frame(pointer.x);
        if is_for_menu {
            panel.view.menu_frame = frame;
        } else {
            panel.view.frame = frame;
            panel.view.playing = None;
        }
    }
    response.context_menu(|ui| match key_before(panel.shot, panel.view.menu_frame) {
        Some(key) => easing_menu(ui, panel, &key),
        None => {
            ui.label("There is no camera movement here");
        }
    });
}

/// The keyframe that begins the part with this frame. `None` before the first keyframe and after the last.
fn key_before(shot: &Shot, frame: Frames) -> Option<CameraKey> {
    let keys = shot.camera.as_ref()?.keys();
    let next = keys.iter().position(|key| key.frame > frame)?;
    keys.get(next.checked_sub(1)?).copied()
}

fn key_ui(ui: &Ui, panel: &mut CameraPanel, scale: &Scale, rect: Rect, key: &CameraKey) {
    let theme = panel.cx.theme;
    let at = pos2(scale.x(key.frame.0 as f64), rect.bottom() - KEY - 3.0);
    let is_chosen = panel.view.chosen == Some(Thing::Key(key.frame));
    let place = Rect::from_center_size(at, vec2(KEY * 3.0, KEY * 3.0));
    let id = Id::unique(("camera key", key.frame));
    let response = ui.interact(place, id, Sense::click_and_drag());
    let label = format!("Camera keyframe at frame {}", key.frame.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let colour = match is_chosen || response.hovered() {
        true => *theme.colours.accent_hover,
        false => *theme.colours.accent,
    };
    let diamond = [
        vec2(0.0, -KEY),
        vec2(KEY, 0.0),
        vec2(0.0, KEY),
        vec2(-KEY, 0.0),
    ];
    let stroke = Stroke::new(if is_chosen { 2.0 } else { 1.0 }, *theme.colours.ground);
    let diamond = diamond.map(|off| at + off).into();
    let painter = ui.painter_at(rect);
    painter.add(Shape::convex_polygon(diamond, colour, stroke));
    if response.clicked() || response.drag_started() {
        panel.view.chosen = Some(Thing::Key(key.frame));
        panel.view.frame = key.frame;
    }
    drag_key(ui, panel, key.frame, &response, scale);
    response.context_menu(|ui| {
        easing_menu(ui, panel, key);
        ui.separator();
        if ui.button("Remove keyframe").clicked() {
            panel.apply(without_key(panel.shot, key.frame));
            ui.close();
        }
    });
    response
        .on_hover_cursor(CursorIcon::ResizeHorizontal)
        .on_hover_text(label);
}

/// The easings from a keyframe to the next one.
fn easing_menu(ui: &mut Ui, panel: &CameraPanel, key: &CameraKey) {
    let words = format!("Easing after frame {}", key.frame.0);
    let words = RichText::new(words).small();
    ui.label(words.color(*panel.cx.theme.colours.text_soft));
    for (easing, name) in easings_for(key.easing) {
        if ui.selectable_label(key.easing == easing, name).clicked() {
            let key = CameraKey { easing, ..*key };
            panel.apply(Edit::Camera(CameraEdit::SetKey(panel.shot.id, key)));
            ui.close();
        }
    }
}

/// Moves a keyframe to another frame when its drag ends. Esc cancels the drag.
fn drag_key(ui: &Ui, panel: &mut CameraPanel, frame: Frames, response: &Response, scale: &Scale) {
    if response.dragged() && ui.input(|input| input.key_pressed(Key::Escape)) {
        panel.view.is_key_drag_cancelled = true;
    }
    if !response.drag_stopped() || std::mem::take(&mut panel.view.is_key_drag_cancelled) {
        return;
    }
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else {
        return;
    };
    let to = scale.frame(pointer.x);
    if to != frame {
        panel.apply(Edit::Camera(CameraEdit::MoveKey {
            shot: panel.shot.id,
            from: frame,
            to,
        }));
        panel.view.chosen = Some(Thing::Key(to));
        panel.view.frame = to;
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::camera::Pose;
    use kinora_studio::timeline::shot::ModelLength;

    use super::*;

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let keys = [2, 8, 16].map(|frame| CameraKey::new(Frames(frame), Pose::START));
        Shot {
            camera: Some(CameraPath::of_keys(keys.into())),
            ..Shot::new("one", "", length)
        }
    }

    #[test]
    fn a_part_belongs_to_the_keyframe_before_it() {
        let begins = |frame| key_before(&shot(), Frames(frame)).map(|key| key.frame.0);
        assert_eq!(
            [1, 2, 7, 8, 15].map(begins),
            [None, Some(2), Some(2), Some(8), Some(8)]
        );
        assert_eq!(begins(16), None);
    }
}
