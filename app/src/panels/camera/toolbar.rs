//! The toolbar of the camera panel: playback and views, camera moves, objects for the stage, keyframes, and the
//! menu of the whole path.

use std::time::Instant;

use egui::{Button, Ui, Vec2};
use glam::DVec3;
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::key_at;
use kinora_studio::timeline::stage::{FigureKind, Form, MANNEQUIN_METRES, Scenery, Stage, StandIn};
use kinora_studio::timeline::{Edit, Frames};

use super::change::changed;
use super::{CameraPanel, moves, path_menu};
use crate::state::action::Action;
use crate::state::command::Command;
use crate::state::view::stage_view::Thing;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named};

pub fn toolbar_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    ui.horizontal(|ui| {
        play_ui(ui, panel);
        camera_view_button_ui(ui, panel);
        from_above_button_ui(ui, panel);
        moves::moves_ui(ui, panel);
        stand_ins_ui(ui, panel);
        let words = "Add a camera keyframe on this frame";
        let words = panel.cx.keys.tooltip(words, Command::Stop);
        if ui.button("Add keyframe").on_hover_text(words).clicked() {
            let key = key_at(panel.shot, panel.view.frame);
            panel.apply(Edit::Camera(CameraEdit::SetKey(panel.shot.id, key)));
            panel.view.chosen = Some(Thing::Key(panel.view.frame));
        }
        path_menu::path_menu_ui(ui, panel);
        follow_ui(ui, panel);
        measured_path_ui(ui, panel);
    });
}

fn play_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let is_following = panel.is_following();
    let is_playing = match is_following {
        true => panel.cx.media.player.speed() != 0,
        false => panel.view.playing.is_some(),
    };
    let (sign, name) = match is_playing {
        true => (icon::PAUSE, "Pause the camera"),
        false => (icon::PLAY, "Play the camera"),
    };
    if icon_button(ui, sign, name).clicked() {
        match is_following {
            true => panel.cx.send(Action::Command(Command::Play)),
            false => panel.view.playing = (!is_playing).then(Instant::now),
        }
    }
}

/// The button that exchanges the camera view and the 3-D view.
fn camera_view_button_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let row = Command::CameraView.row();
    let is_on = panel.view.layout.is_through_camera;
    let button = ui.add(toggle(icon::EYE, is_on));
    named(&button, row.text);
    let words = panel.cx.keys.tooltip(row.tooltip, row.command);
    if button.on_hover_text(words).clicked() {
        panel.view.layout.is_through_camera = !is_on;
    }
}

/// The button that shows the stage from above, where rails are drawn.
fn from_above_button_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let row = Command::StageFromAbove.row();
    let is_on = panel.view.layout.is_from_above;
    let button = ui.add(toggle(row.icon, is_on));
    named(&button, row.text);
    let words = panel.cx.keys.tooltip(row.tooltip, row.command);
    if button.on_hover_text(words).clicked() {
        panel.view.layout.is_from_above = !is_on;
    }
}

/// The button that ties the panel to the playhead. It is enabled while the film shows the shot.
fn follow_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let is_on = panel.view.layout.follows_playhead;
    let is_possible = panel.frame_at_playhead.is_some();
    let button = ui.add_enabled(is_possible || is_on, toggle(icon::LINK, is_on));
    named(&button, "Follow playhead");
    let words = "Show the frame at the playhead, and move the playhead with the time strip";
    if button.on_hover_text(words).clicked() {
        panel.view.layout.follows_playhead = !is_on;
    }
}

/// The button that shows the measured path. Without one it is disabled, and its tooltip has the reason.
fn measured_path_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let row = Command::MeasuredPath.row();
    let is_on = panel.view.layout.shows_measured_path;
    let button = ui.add_enabled(panel.measured.is_ok(), toggle(icon::PATH, is_on));
    named(&button, row.text);
    let words = panel.cx.keys.tooltip(row.tooltip, row.command);
    let button = match &panel.measured {
        Ok(_) => button.on_hover_text(words),
        Err(why) => button.on_disabled_hover_text(format!("{words}\n{why}")),
    };
    if button.clicked() {
        panel.view.layout.shows_measured_path = !is_on;
    }
}

/// A button with an icon, which is highlighted while something is on.
fn toggle(sign: &str, is_on: bool) -> Button<'_> {
    Button::new(sign)
        .selected(is_on)
        .frame_when_inactive(is_on)
        .min_size(Vec2::splat(28.0))
}

fn stand_ins_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let menu = ui.menu_button("Add object", |ui| {
        let cast = panel.cx.project().cast().map(|one| {
            let form = Form::Mannequin(Some(one.id));
            (format!("@{}", one.tag), form, MANNEQUIN_METRES)
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
                add_stand_in(panel, placed(panel.stage, &name, form, size));
            }
        }
        ui.menu_button("Figure", |ui| {
            let kinds = FigureKind::ALL.into_iter();
            for (kind, name) in kinds.filter(|(kind, _)| kind.has_limbs()) {
                if ui.button(name).clicked() {
                    let form = Form::Mannequin(None);
                    let stand_in = StandIn {
                        figure: Some(kind),
                        ..placed(panel.stage, name, form, MANNEQUIN_METRES)
                    };
                    add_stand_in(panel, stand_in);
                }
            }
        });
        ui.menu_button("Scenery", |ui| {
            for (thing, name, height) in Scenery::ALL {
                if ui.button(name).clicked() {
                    let size = thing.proportions() * height;
                    add_stand_in(panel, placed(panel.stage, name, Form::Scenery(thing), size));
                }
            }
        });
    });
    let words =
        "A stand-in for a character or an object: it guides the model by its position and depth";
    menu.response.on_hover_text(words);
}

/// A new stand-in to the right of all others.
fn placed(stage: &Stage, name: &str, form: Form, size: DVec3) -> StandIn {
    let foot = DVec3::new(free_place(stage), 0.0, 0.6);
    StandIn::new(name.trim_start_matches('@'), form, size, foot)
}

fn add_stand_in(panel: &mut CameraPanel, stand_in: StandIn) {
    let mut stage = panel.stage.clone();
    stage.stand_ins.push(stand_in);
    panel.view.chosen = Some(Thing::StandIn(stage.stand_ins.len() - 1));
    panel.apply(changed(Shot {
        stage,
        ..panel.shot.clone()
    }));
}

/// The x coordinate of a new stand-in, in metres: 0.7 m to the right of all others on the first frame.
fn free_place(stage: &Stage) -> f64 {
    let right = |one: &StandIn| one.at(Frames::ZERO).0.x + one.size.x / 2.0 + 0.7;
    stage.stand_ins.iter().map(right).fold(0.0, f64::max)
}
