//! The menu of camera moves: one card per move, with a sketch drawn from the keyframes that the move writes.

use egui::{Align2, FontId, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use glam::DVec3;
use kinora_studio::timeline::camera::{Move, Pose, preset};
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::steady_pose;
use kinora_studio::timeline::{Edit, FrameRate, Frames};

use super::CameraPanel;
use crate::ui::theme::Theme;
use crate::ui::widgets::named;

/// The camera move of a shot without a camera path.
pub const FREE_CAMERA: &str = "Free (model decides)";
/// The strength of a move from the menu; 1 is the preset's full strength.
const USUAL_STRENGTH: f64 = 0.7;
const CARD: egui::Vec2 = vec2(104.0, 78.0);
const COLUMNS: usize = 5;
/// The number of camera frames sketched along a move.
const PICTURES: u32 = 5;
/// The distance of a sketched frame from the camera.
const PICTURE_METRES: f64 = 0.9;
/// The length of a sketched move, in frames.
const DRAWN_FRAMES: u32 = 17;

/// The button that opens the menu of camera moves.
pub fn moves_ui(ui: &mut Ui, panel: &CameraPanel) {
    let response = ui.menu_button(move_text(panel.shot), |ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for row in Move::ALL.chunks(COLUMNS) {
            ui.horizontal(|ui| {
                for &which in row {
                    if card_ui(ui, panel.cx.theme, which).clicked() {
                        panel.apply(written(which, panel.shot));
                        ui.close();
                    }
                }
            });
        }
    });
    named(&response.response, "Camera move…");
    let words = "The camera move. A move writes keyframes, starting at the camera's first pose";
    response.response.on_hover_text(words);
}

/// The edit that replaces the camera path with a move over the whole shot, starting at the camera's first pose.
pub fn written(which: Move, shot: &Shot) -> Edit {
    let start = steady_pose(shot, Frames::ZERO);
    let length = Frames(i64::from(shot.length.frames));
    let path = preset(which, USUAL_STRENGTH, length, start);
    Edit::Camera(CameraEdit::SetPath(shot.id, Some(path)))
}

/// The camera move of a shot, as it is shown: "Push in", or "Custom (3 keyframes)" after a change by hand.
pub fn move_text(shot: &Shot) -> String {
    let count = shot.camera.as_ref().map(|path| path.keys().len());
    match (count, move_of(shot)) {
        (None, _) => FREE_CAMERA.to_owned(),
        (Some(_), Some(which)) => which.title(),
        (Some(1), None) => "Custom (1 keyframe)".to_owned(),
        (Some(count), None) => format!("Custom ({count} keyframes)"),
    }
}

/// The move that wrote the camera path of a shot. `None` if its keys or the shot's length were changed since.
pub fn move_of(shot: &Shot) -> Option<Move> {
    let path = shot.camera.as_ref()?;
    // A crane shot down ends at the pose that the others start from.
    let ends = [path.keys().first()?, path.keys().last()?];
    let poses = ends.map(|key| Pose {
        position: key.position,
        orientation: key.orientation,
        focal_mm: key.focal_mm,
    });
    let length = Frames(i64::from(shot.length.frames));
    let is_it = |which: Move| {
        let mut paths = poses
            .map(|pose| preset(which, USUAL_STRENGTH, length, pose))
            .into_iter();
        paths.any(|made| made == *path)
    };
    Move::ALL.iter().copied().find(|which| is_it(*which))
}

fn card_ui(ui: &mut Ui, theme: &Theme, which: Move) -> Response {
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    let title = which.title();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &title));
    let is_lit = response.hovered() || response.has_focus();
    let (ground, lines) = match is_lit {
        true => (*theme.colours.accent_veil, *theme.colours.accent),
        false => (*theme.colours.well, *theme.colours.text_soft),
    };
    ui.painter().rect_filled(rect, 6, ground);
    let (sketch, below) = rect.split_top_bottom_at_y(rect.bottom() - 22.0);
    for (quad, strength) in pictures(which, sketch.shrink(8.0)) {
        let stroke = Stroke::new(1.0 + strength * 0.5, lines.gamma_multiply(strength));
        ui.painter()
            .add(egui::Shape::closed_line(quad.to_vec(), stroke));
    }
    ui.painter().text(
        below.center() - vec2(0.0, 2.0),
        Align2::CENTER_CENTER,
        title,
        FontId::proportional(theme.text.small),
        *theme.colours.text,
    );
    response.on_hover_text(which.description())
}

/// The camera's frame at several points of a move, scaled to fit `place`. Each has its line strength, which
/// grows along the move up to 1.
fn pictures(which: Move, place: Rect) -> Vec<([Pos2; 4], f32)> {
    let length = Frames(i64::from(DRAWN_FRAMES));
    let path = preset(which, USUAL_STRENGTH, length, Pose::START);
    let poses = path.poses(DRAWN_FRAMES, FrameRate::FPS_24);
    let step = (DRAWN_FRAMES - 1) / (PICTURES - 1);
    let flat: Vec<[Pos2; 4]> = poses.iter().step_by(step as usize).map(picture).collect();
    let bounds = Rect::from_points(&flat.concat());
    let scale = (place.width() / bounds.width()).min(place.height() / bounds.height());
    let to_place = |point: Pos2| place.center() + (point - bounds.center()) * scale;
    let strengths = (1..=PICTURES).map(|number| number as f32 / PICTURES as f32);
    let placed = flat.into_iter().map(|quad| quad.map(to_place));
    placed.zip(strengths).collect()
}

/// The corners of the camera's frame at `PICTURE_METRES`, in an oblique projection that draws points ahead
/// further right and up.
fn picture(pose: &Pose) -> [Pos2; 4] {
    let width = PICTURE_METRES * 36.0 / pose.focal_mm / 2.0;
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    corners.map(|(right, down)| {
        let corner = DVec3::new(right * width, down * width * 0.6, PICTURE_METRES);
        let at = pose.position + pose.orientation * corner;
        pos2(
            (at.x * 0.9 + at.z * 0.5) as f32,
            (at.y * 0.9 - at.z * 0.35) as f32,
        )
    })
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::shot::ModelLength;

    use super::*;

    #[test]
    fn a_move_has_its_name_until_its_shot_gets_another_length() {
        let length = |frames| ModelLength {
            frames,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("a", "", length(17));
        assert_eq!(move_of(&shot), None);
        for which in Move::ALL.iter().copied() {
            let Edit::Camera(CameraEdit::SetPath(_, path)) = written(which, &shot) else {
                panic!("a move sets the path");
            };
            shot.camera = path;
            assert_eq!(move_of(&shot), Some(which));
            shot.camera = None;
        }
        let Edit::Camera(CameraEdit::SetPath(_, path)) = written(Move::PushIn, &shot) else {
            panic!("a move sets the path");
        };
        shot.camera = path;
        assert_eq!(move_text(&shot), "Push in");
        shot.length = length(33);
        assert_eq!(move_of(&shot), None);
        assert_eq!(move_text(&shot), "Custom (2 keyframes)");
        shot.camera = None;
        assert_eq!(move_text(&shot), FREE_CAMERA);
    }

    #[test]
    fn every_move_is_drawn_within_its_card_and_no_two_alike() {
        let place = Rect::from_min_size(Pos2::ZERO, vec2(80.0, 48.0));
        let drawn: Vec<_> = Move::ALL
            .iter()
            .map(|which| pictures(*which, place))
            .collect();
        for (number, one) in drawn.iter().enumerate() {
            assert!(!one.is_empty());
            for (quad, _) in one {
                assert!(quad.iter().all(|point| place.expand(0.1).contains(*point)));
            }
            assert!(drawn[..number].iter().all(|other| other != one), "{number}");
        }
    }
}
