//! The inspector of the camera panel: the values of the selected keyframe or stand-in, and the settings of
//! the whole path and stage.

use std::ops::RangeInclusive;

use egui::{Align, Checkbox, Grid, Layout, RichText, Slider, Ui, Vec2, vec2};
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::camera::CameraKey;
use kinora_studio::timeline::camera::lens::{
    FILMBACKS, Filmback, LENSES_MM, angle_of_view_degrees,
};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, stand_in_key, with_key, with_stand_in};
use kinora_studio::timeline::stage::Stage;

use super::CameraPanel;
use super::change::{changed, without_key};
use super::prompt_stage::is_empty_by_default;
use crate::panels::drag_edit::edit_with_gesture;
use crate::panels::ease::ease_ui;
use crate::state::view::stage_view::Thing;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::{choice, icon_button, named, number, row_from_right};

/// The size of a field for a number: one width, so that the fields are a column.
pub(super) const NUMBER: Vec2 = vec2(90.0, 28.0);

/// A value of a keyframe: name, unit, change per point of drag, getter, and setter. A focal length depends on the filmback.
type KeyNumber = (
    &'static str,
    &'static str,
    f64,
    fn(&CameraKey, Filmback) -> f64,
    fn(&mut CameraKey, f64, Filmback),
);

#[rustfmt::skip] // a table
const KEY_NUMBERS: [KeyNumber; 5] = [
    ("X", " m", 0.01, |key, _| key.position.x, |key, value, _| key.position.x = value),
    ("Y", " m", 0.01, |key, _| 0.0 - key.position.y, |key, value, _| key.position.y = -value),
    ("Z", " m", 0.01, |key, _| key.position.z, |key, value, _| key.position.z = value),
    ("Focal length", " mm", 0.25, |key, film| film.lens_mm(key.focal_mm), |key, value, film| key.focal_mm = film.focal_mm(value).clamp(1.0, 2000.0)),
    ("Sharpness", "", 0.01, |key, _| key.tension, |key, value, _| key.tension = value.clamp(-5.0, 5.0)),
];

/// A value of a stand-in at a frame: name, unit, change per point of drag, range, and current value.
type StandInNumber = (&'static str, &'static str, f64, RangeInclusive<f64>, f64);

pub fn inspector_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    match panel.view.chosen {
        Some(Thing::Key(frame)) => key_ui(ui, panel, frame),
        Some(Thing::StandIn(at)) if at < panel.stage.stand_ins.len() => {
            stand_in_ui(ui, panel, at);
        }
        _ => {}
    }
    whole_ui(ui, panel);
}

fn key_ui(ui: &mut Ui, panel: &mut CameraPanel, frame: Frames) {
    let (cx, shot) = (panel.cx, panel.shot);
    let film = panel.view.layout.filmback;
    let key = key_at(shot, frame);
    let title = format!("Keyframe at frame {}", frame.0);
    if title_ui(ui, cx.theme, &title, Some("Remove keyframe")) {
        panel.apply(without_key(shot, frame));
        panel.view.chosen = None;
    }
    Grid::new("camera key")
        .num_columns(2)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            for (name, unit, speed, get, set) in KEY_NUMBERS {
                let mut value = get(&key, film);
                let label = ui.label(
                    RichText::new(name)
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
                let drag = number(&mut value).speed(speed).max_decimals(2).suffix(unit);
                let response = ui.add_sized(NUMBER, drag).labelled_by(label.id);
                ui.end_row();
                edit_with_gesture(cx, &response, "change camera keyframe", || {
                    let mut moved = key;
                    set(&mut moved, value, film);
                    Some(changed(with_key(shot, moved)))
                });
            }
        });
    let of = format!("camera keyframe at frame {}", frame.0);
    ease_ui(ui, cx, (&of, key.easing), |easing| {
        changed(with_key(shot, CameraKey { easing, ..key }))
    });
    lenses_ui(ui, panel, &key);
    let words = "Compute the path through this keyframe from its neighbours again";
    if key.tangent.is_some() && ui.button("Reset tangents").on_hover_text(words).clicked() {
        let free = CameraKey {
            tangent: None,
            ..key
        };
        panel.apply(changed(with_key(shot, free)));
    }
    ui.separator();
}

/// The angle of view of a keyframe, the filmback, and buttons for the usual lenses on it.
fn lenses_ui(ui: &mut Ui, panel: &mut CameraPanel, key: &CameraKey) {
    let all = FILMBACKS.map(|film| (film, size_of(&film)));
    let film = &mut panel.view.layout.filmback;
    choice(ui, panel.cx.theme, "Filmback", all, film).on_hover_text(
        "The sensor or film that focal lengths are shown for. It changes their numbers, and not the picture",
    );
    let film = *film;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.spacing_mut().button_padding.x = 5.0;
        for lens_mm in LENSES_MM {
            let focal_mm = film.focal_mm(lens_mm);
            let is_on = (film.lens_mm(key.focal_mm) - lens_mm).abs() < 0.05;
            let text = RichText::new(format!("{lens_mm:.0}")).small();
            let lens = ui.selectable_label(is_on, text);
            named(&lens, &format!("{lens_mm:.0} mm lens"));
            let angle = angle_of_view_degrees(focal_mm);
            let words = format!("{lens_mm:.0} mm: {angle:.0}° wide");
            if lens.on_hover_text(words).clicked() {
                let key = CameraKey { focal_mm, ..*key };
                panel.apply(changed(with_key(panel.shot, key)));
            }
        }
    });
    let angle = angle_of_view_degrees(key.focal_mm);
    let words = format!("Angle of view {angle:.1}°, {}", film.name);
    let words = RichText::new(words).small();
    let label = ui.label(words.color(*panel.cx.theme.colours.text_soft));
    label.on_hover_text(
        "The horizontal angle: twice the arctangent of half the filmback's width divided by the focal length",
    );
}

/// "Super 35 (24.89 x 18.66 mm)".
fn size_of(film: &Filmback) -> String {
    let Filmback {
        name,
        width_mm,
        height_mm,
    } = film;
    format!("{name} ({width_mm} x {height_mm} mm)")
}

/// The name of the selected object, with a button that removes it if `remove` is set. True if it was clicked.
fn title_ui(ui: &mut Ui, theme: &Theme, title: &str, remove: Option<&str>) -> bool {
    row_from_right(ui, 28.0, |ui| {
        let goes = remove.is_some_and(|name| icon_button(ui, icon::TRASH, name).clicked());
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.label(RichText::new(title).font(theme.strong_font()));
        });
        goes
    })
}

fn stand_in_ui(ui: &mut Ui, panel: &mut CameraPanel, at: usize) {
    let (cx, shot, stage) = (panel.cx, panel.shot, panel.stage);
    let stand_in = &stage.stand_ins[at];
    let frame = panel.view.frame;
    // Where an empty stage shows default mannequins again, the last stand-in cannot be removed.
    let may_go = stage.stand_ins.len() > 1 || is_empty_by_default(panel);
    let remove = may_go.then_some("Remove");
    if title_ui(ui, cx.theme, &stand_in.name, remove) {
        let mut left = stage.clone();
        left.stand_ins.remove(at);
        panel.apply(changed(Shot {
            stage: left,
            ..shot.clone()
        }));
        panel.view.chosen = None;
    }
    let walks = stand_in.keys.len() > 1;
    Grid::new("stand-in")
        .num_columns(2)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            let (foot, turn) = stand_in.at(frame);
            let (place, size) = (-1000.0..=1000.0, 0.05..=50.0);
            let numbers: [StandInNumber; 7] = [
                ("X", " m", 0.01, place.clone(), foot.x),
                ("Y", " m", 0.01, place.clone(), 0.0 - foot.y),
                ("Z", " m", 0.01, place.clone(), foot.z),
                ("Rotation", "°", 1.0, place, turn),
                ("Width", " m", 0.01, size.clone(), stand_in.size.x),
                ("Height", " m", 0.01, size.clone(), stand_in.size.y),
                ("Depth", " m", 0.01, size, stand_in.size.z),
            ];
            for (at_number, (name, unit, speed, range, mut value)) in
                numbers.into_iter().enumerate()
            {
                let label = ui.label(
                    RichText::new(name)
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
                let drag = number(&mut value)
                    .speed(speed)
                    .range(range)
                    .max_decimals(2)
                    .suffix(unit);
                let response = ui.add_sized(NUMBER, drag).labelled_by(label.id);
                ui.end_row();
                edit_with_gesture(cx, &response, "move stand-in", || {
                    let mut moved = stand_in.clone();
                    let key = match moved.keys.len() {
                        0 | 1 => moved.keys.first_mut()?,
                        _ => stand_in_key(&mut moved, frame),
                    };
                    match at_number {
                        0 => key.position.x = value,
                        1 => key.position.y = -value,
                        2 => key.position.z = value,
                        3 => key.turn_degrees = value,
                        4 => moved.size.x = value,
                        5 => moved.size.y = value,
                        _ => moved.size.z = value,
                    }
                    Some(changed(with_stand_in(shot, stage, at, moved)))
                });
            }
        });
    let words = match walks {
        true => "Animated. Moving it adds a keyframe at this frame.",
        false => "Not animated. Add a keyframe here to animate it from another frame.",
    };
    if ui.button("Add keyframe").on_hover_text(words).clicked() {
        let mut keyed = stand_in.clone();
        stand_in_key(&mut keyed, frame);
        panel.apply(changed(with_stand_in(shot, stage, at, keyed)));
    }
    ui.separator();
}

/// The settings of the whole camera path and of the whole stage.
fn whole_ui(ui: &mut Ui, panel: &CameraPanel) {
    let (cx, shot, stage) = (panel.cx, panel.shot, panel.stage);
    if let Some(path) = &shot.camera {
        let mut changed_path = path.clone();
        let even = Checkbox::new(&mut changed_path.even_speed, "Constant speed");
        let is_evened = ui.add(even).on_hover_text(
            "Move along the path at constant speed; the frames of the inner keyframes are ignored",
        );
        let mut looks = path.look_at.is_some();
        let look = Checkbox::new(&mut looks, "Aim at target");
        let look = ui
            .add(look)
            .on_hover_text("Keep the camera aimed at a point: at first the first stand-in");
        if look.changed() {
            let keys = path.keys();
            let subject = stage
                .stand_ins
                .first()
                .map(|one| one.at(Frames::ZERO).0 - glam::DVec3::Y * one.size.y * 0.55);
            let ahead = keys
                .first()
                .map(|key| key.position + key.orientation * glam::DVec3::Z * 4.0);
            changed_path.look_at = subject.or(ahead).filter(|_| looks);
        }
        if is_evened.changed() || look.changed() {
            panel.apply(changed(Shot {
                camera: Some(changed_path),
                ..shot.clone()
            }));
        }
    }
    let mut strength = stage.strength;
    let label = ui.label(
        RichText::new("Stage strength")
            .small()
            .color(*cx.theme.colours.text_soft),
    );
    ui.horizontal(|ui| {
        ui.label(
            RichText::new("loose")
                .small()
                .color(*cx.theme.colours.text_faint),
        );
        ui.spacing_mut().slider_width = (ui.available_width() - 56.0).max(60.0);
        let slider = Slider::new(&mut strength, 0.0..=1.0).show_value(false);
        let response = ui.add(slider).labelled_by(label.id);
        edit_with_gesture(cx, &response, "change stage strength", || {
            Some(changed(Shot {
                stage: Stage {
                    strength,
                    ..shot.stage.clone() // without the default mannequins of the cast
                },
                ..shot.clone()
            }))
        });
        ui.label(
            RichText::new("exact")
                .small()
                .color(*cx.theme.colours.text_faint),
        );
    });
    ui.separator();
}
