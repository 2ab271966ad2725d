//! Sliders for the difference between the first and the last camera keyframe. They change the last keyframe.

use egui::{DragValue, Grid, RichText, Slider, SliderClamping, Ui};
use glam::{DQuat, DVec3, EulerRot};
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::camera::{CameraKey, Easing};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, path_of};

use super::CameraPanel;
use super::change::changed;
use super::inspector::NUMBER;
use crate::panels::drag_edit::edit_with_gesture;
use crate::ui::widgets::number;

const SLIDER_WIDTH: f32 = 70.0;

/// The difference from the first keyframe to the last, in the axes of the first: metres, degrees, and octaves
/// of focal length.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    right: f64,
    up: f64,
    ahead: f64,
    pan: f64,
    tilt: f64,
    roll: f64,
    zoom: f64,
}

/// A slider: name, tooltip, largest value, unit, and the field that it edits.
type Row = (
    &'static str,
    &'static str,
    f64,
    &'static str,
    fn(&mut Way) -> &mut f64,
);

const ROWS: [Row; 7] = [
    ("Truck", "Move left or right", 3.0, " m", |way| {
        &mut way.right
    }),
    ("Pedestal", "Move down or up", 2.0, " m", |way| &mut way.up),
    ("Dolly", "Move back or forward", 3.0, " m", |way| {
        &mut way.ahead
    }),
    ("Pan", "Rotate left or right", 60.0, "°", |way| {
        &mut way.pan
    }),
    ("Tilt", "Rotate down or up", 35.0, "°", |way| &mut way.tilt),
    ("Roll", "Roll left or right", 45.0, "°", |way| {
        &mut way.roll
    }),
    (
        "Zoom",
        "The focal lengths of the first and the last keyframe",
        1.5,
        "",
        |way| &mut way.zoom,
    ),
];

pub fn sliders_ui(ui: &mut Ui, panel: &CameraPanel) {
    let (cx, shot) = (panel.cx, panel.shot);
    ui.label(RichText::new("Whole move").font(cx.theme.strong_font()));
    let before = Way::of(shot);
    let film = panel.view.layout.filmback;
    let first_mm = film.lens_mm(key_at(shot, Frames::ZERO).focal_mm);
    Grid::new("quick moves")
        .num_columns(3)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            for (name, what, most, unit, field) in ROWS {
                let mut way = before;
                let label = ui.label(
                    RichText::new(name)
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
                ui.spacing_mut().slider_width = SLIDER_WIDTH;
                let slider = Slider::new(field(&mut way), -most..=most)
                    .clamping(SliderClamping::Edits)
                    .show_value(false);
                let slid = ui.add(slider).labelled_by(label.id).on_hover_text(what);
                let control = number(field(&mut way))
                    .speed(most / 200.0)
                    .max_decimals(2)
                    .suffix(unit);
                let control = match unit.is_empty() {
                    true => in_millimetres(control, first_mm),
                    false => control,
                };
                let typed = ui.add_sized(NUMBER, control).labelled_by(label.id);
                ui.end_row();
                for response in [slid, typed] {
                    edit_with_gesture(cx, &response, name, || Some(changed(way.written(shot))));
                }
            }
        });
}

/// Shows a zoom in octaves by the focal lengths at its two ends. A typed number is the focal length at its end.
fn in_millimetres(control: DragValue<'_>, first_mm: f64) -> DragValue<'_> {
    control
        .custom_formatter(move |octaves, _| millimetres(octaves, first_mm))
        .custom_parser(move |text| octaves(text, first_mm))
}

fn millimetres(octaves: f64, first_mm: f64) -> String {
    format!("{first_mm:.0}→{:.0} mm", first_mm * octaves.exp2())
}

fn octaves(text: &str, first_mm: f64) -> Option<f64> {
    let last = text.rsplit('→').next()?;
    let last_mm: f64 = last.trim().trim_end_matches("mm").trim_end().parse().ok()?;
    (last_mm > 0.0).then(|| (last_mm / first_mm).log2())
}

impl Way {
    fn of(shot: &Shot) -> Self {
        let path = path_of(shot);
        let keys = path.keys();
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
            return Self::NONE;
        };
        let back = first.orientation.inverse();
        let way = back * (last.position - first.position);
        let (pan, tilt, roll) = (back * last.orientation).to_euler(EulerRot::YXZ);
        // Rounding errors would be shown as "-0.00".
        let rounded = |number: f64| if number.abs() < 1e-9 { 0.0 } else { number };
        Self {
            right: rounded(way.x),
            up: rounded(-way.y),
            ahead: rounded(way.z),
            pan: rounded(pan.to_degrees()),
            tilt: rounded(tilt.to_degrees()),
            roll: rounded(roll.to_degrees()),
            zoom: rounded((last.focal_mm / first.focal_mm).log2()),
        }
    }

    const NONE: Self = Self {
        right: 0.0,
        up: 0.0,
        ahead: 0.0,
        pan: 0.0,
        tilt: 0.0,
        roll: 0.0,
        zoom: 0.0,
    };

    /// The shot with this difference written to its last keyframe. If there is only one keyframe, another is
    /// added on the shot's last frame.
    fn written(self, shot: &Shot) -> Shot {
        let mut path = path_of(shot);
        let end = Frames(i64::from(shot.length.frames.max(2)) - 1);
        let keys = path.keys().to_vec();
        if let (Some(first), Some(last)) = (keys.first(), keys.last()) {
            let turn = DQuat::from_euler(
                EulerRot::YXZ,
                self.pan.to_radians(),
                self.tilt.to_radians(),
                self.roll.to_radians(),
            );
            let way = DVec3::new(self.right, -self.up, self.ahead);
            let is_only = keys.len() == 1;
            if is_only {
                path.take(first.frame);
                path.put(CameraKey {
                    frame: first.frame.min(end - Frames::ONE),
                    easing: Easing::InOut,
                    ..*first
                });
            }
            path.put(CameraKey {
                frame: if is_only { end } else { last.frame },
                position: first.position + first.orientation * way,
                orientation: (first.orientation * turn).normalize(),
                focal_mm: first.focal_mm * self.zoom.exp2(),
                ..*last
            });
        }
        Shot {
            camera: Some(path),
            ..shot.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::camera::{Move, Pose, preset};
    use kinora_studio::timeline::shot::ModelLength;

    use super::*;

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        Shot::new("one", "", length)
    }

    #[test]
    fn a_slider_reads_what_it_has_written() {
        let way = Way {
            right: 0.5,
            up: 0.25,
            ahead: -1.0,
            pan: 20.0,
            tilt: -10.0,
            roll: 5.0,
            zoom: 0.5,
        };
        let written = way.written(&shot());
        let read = Way::of(&written);
        for (one, other) in [
            (way.right, read.right),
            (way.up, read.up),
            (way.ahead, read.ahead),
            (way.pan, read.pan),
            (way.tilt, read.tilt),
            (way.roll, read.roll),
            (way.zoom, read.zoom),
        ] {
            assert!((one - other).abs() < 1e-9, "{read:?}");
        }
        assert_eq!(written.camera.map_or(0, |path| path.keys().len()), 2);
    }

    #[test]
    fn a_zoom_is_shown_and_typed_in_millimetres() {
        assert_eq!(millimetres(0.0, 35.0), "35→35 mm");
        assert_eq!(millimetres(1.0, 35.0), "35→70 mm");
        for text in ["70", "70 mm", "35→70 mm", "35 → 70 mm"] {
            let zoom = octaves(text, 35.0).expect("a number");
            assert!((zoom - 1.0).abs() < 1e-9, "{text}");
        }
        assert_eq!(octaves("0", 35.0), None);
        assert_eq!(octaves("wide", 35.0), None);
    }

    #[test]
    fn a_preset_is_read_as_what_it_is_called() {
        let of = |which| {
            let path = preset(which, 1.0, Frames(17), Pose::START);
            Way::of(&Shot {
                camera: Some(path),
                ..shot()
            })
        };
        assert!((of(Move::PushIn).ahead - 1.5).abs() < 1e-9);
        assert!((of(Move::PanRight).pan - 25.0).abs() < 1e-9);
        assert!((of(Move::PedestalUp).up - 0.8).abs() < 1e-9);
        assert!(of(Move::TiltUp).tilt > 14.0 && of(Move::RollRight).roll > 14.0);
    }
}
