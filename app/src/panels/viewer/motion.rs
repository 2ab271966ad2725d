//! Arrows over the picture of a measured take: how its points move to the next frame, and how the camera path that it was
//! asked to follow would move them.

use egui::{
    Color32, Frame, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, pos2,
    vec2,
};
use kinora_studio::measure::TrackMotion;
use kinora_studio::take::take_store::TakeStore;
use kinora_studio::timeline::clip::Transform;
use kinora_studio::timeline::{ContentHash, Frames, Project, Source, TrackKind};

use super::Shown;
use crate::panels::context::PanelContext;
use crate::state::measured::MeasuredClip;
use crate::ui::theme::Theme;

/// Arrows are longer than the motion by this: from one frame to the next it is a few points.
const LONGER: f32 = 3.0;
/// Arrows that are shorter are dots, in points.
const LEAST_POINTS: f32 = 2.0;
/// The length of an arrow's head, and its largest share of the arrow, in points.
const HEAD: f32 = 7.0;
const HEAD_SHARE: f32 = 0.5;
/// The dashes of the expected arrows and the gaps between them, in points.
const DASH: f32 = 3.0;
const GAP: f32 = 3.0;
/// The place of the legend, in points.
const LEGEND: Vec2 = vec2(330.0, 70.0);
const ROW: f32 = 18.0;

/// One of the two kinds of arrows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Solid, with a filled head.
    Seen,
    /// Dashed, with an open head.
    Expected,
}

/// Draws the arrows of the take that is shown within `frame`, with their legend; or why there are none.
pub fn motion_ui(ui: &mut Ui, cx: &PanelContext, shown: Shown, frame: Rect) {
    if !cx.viewer_settings.shows_motion {
        return;
    }
    let Some((take, at)) = shown_take(shown.project, shown.player.playhead()) else {
        return;
    };
    let clip = match MeasuredClip::of(cx.generation, take) {
        Ok(clip) => clip,
        Err(why) => return words_ui(ui, cx.theme, frame, why),
    };
    let folder = TakeStore::of(cx.document.session.folder()).folder(clip.take);
    let Some(motion) = cx.media.motions.get(&folder) else {
        return; // it is being read
    };
    let Some(motion) = motion else {
        let why = "An earlier Kinora measured the take and kept no motion";
        return words_ui(ui, cx.theme, frame, why);
    };
    let points = motion.frames.get(at).map(Vec::as_slice).unwrap_or_default();
    let painter = ui.painter_at(frame);
    let picture = place_of(clip.recipe.picture_size(), frame);
    for point in points {
        draw_point(&painter, cx.theme, picture, point);
    }
    legend_ui(
        ui,
        cx.theme,
        frame,
        note_of(points, at + 1 == motion.frames.len()),
    );
}

/// The take that a project shows at a frame, and the frame of its clip. Only a picture that fills the frame as it is has
/// arrows: one that an effect moves would need them moved too.
fn shown_take(project: &Project, playhead: Frames) -> Option<(Option<ContentHash>, usize)> {
    let tracks = project.playing_tracks(TrackKind::Video);
    let clips = tracks.filter_map(|track| {
        let placed = track.at(playhead)?;
        let clip = placed.clip().filter(|clip| clip.enabled)?;
        Some((clip, playhead - placed.range.start))
    });
    let (clip, at) = clips.last()?;
    let Source::Shot(shot) = clip.source else {
        return None;
    };
    if clip.look.at(at).transform != Transform::default() {
        return None;
    }
    let shot = project.shot(shot)?;
    let frame = project.shot_frame_at(shot, playhead)?;
    Some((shot.chosen, usize::try_from(frame.0).ok()?))
}

/// What the legend adds.
fn note_of(points: &[TrackMotion], is_last: bool) -> Option<&'static str> {
    let has_none = |point: &TrackMotion| point.expected.is_none();
    match points.is_empty() {
        true if is_last => Some("There is no next frame"),
        true => Some("No points can be followed here"),
        false if points.iter().all(has_none) => {
            Some("The expected motion depends on depths that the clip does not show")
        }
        false => None,
    }
}

/// The place of a take's picture within the frame of the film: as large as fits.
fn place_of([width, height]: [u32; 2], frame: Rect) -> Rect {
    let size = vec2(width.max(1) as f32, height.max(1) as f32);
    let scale = (frame.width() / size.x).min(frame.height() / size.y);
    Rect::from_center_size(frame.center(), size * scale)
}

fn draw_point(painter: &Painter, theme: &Theme, picture: Rect, point: &TrackMotion) {
    let place = |share: [f32; 2]| picture.lerp_inside(Vec2::from(share));
    let from = place(point.at);
    if let Some(expected) = point.expected {
        let by = (place(expected) - from) * LONGER;
        arrow(painter, theme, (from, by), Kind::Expected);
    }
    let by = (place(point.next) - from) * LONGER;
    arrow(painter, theme, (from, by), Kind::Seen);
}

/// An arrow with a dark edge, which shows on every picture.
fn arrow(painter: &Painter, theme: &Theme, (from, by): (Pos2, Vec2), kind: Kind) {
    let (colour, edge) = (colour_of(theme, kind), *theme.colours.ground);
    if by.length() < LEAST_POINTS {
        match kind {
            Kind::Seen => {
                painter.circle_filled(from, 3.0, edge);
                painter.circle_filled(from, 2.0, colour);
            }
            Kind::Expected => {
                painter.circle_stroke(from, 4.5, Stroke::new(1.5, colour));
            }
        }
        return;
    }
    let to = from + by;
    let (head, wings) = head_of(from, by);
    for (width, colour) in [(4.0, edge), (2.0, colour)] {
        let stroke = Stroke::new(width, colour);
        match kind {
            Kind::Seen => {
                painter.line_segment([from, head], stroke);
                let corners = vec![to, wings[0], wings[1]];
                let outline = Stroke::new(width - 2.0, colour);
                painter.add(Shape::convex_polygon(corners, colour, outline));
            }
            Kind::Expected => {
                painter.extend(Shape::dashed_line(&[from, to], stroke, DASH, GAP));
                painter.line_segment([wings[0], to], stroke);
                painter.line_segment([wings[1], to], stroke);
            }
        }
    }
}

/// The middle of the back of an arrow's head, and its two back corners.
fn head_of(from: Pos2, by: Vec2) -> (Pos2, [Pos2; 2]) {
    let along = by.normalized() * HEAD.min(by.length() * HEAD_SHARE);
    let head = from + by - along;
    let aside = along.rot90() * 0.6;
    (head, [head + aside, head - aside])
}

fn colour_of(theme: &Theme, kind: Kind) -> Color32 {
    match kind {
        Kind::Seen => *theme.colours.accent,
        Kind::Expected => *theme.colours.text,
    }
}

/// Both kinds of arrows with their names, in the lower left corner of the picture.
fn legend_ui(ui: &mut Ui, theme: &Theme, frame: Rect, note: Option<&str>) {
    corner_ui(ui, theme, frame, |ui| {
        ui.horizontal(|ui| {
            let kinds = [
                (Kind::Seen, "Seen motion"),
                (Kind::Expected, "Expected motion"),
            ];
            for (kind, name) in kinds {
                let (rect, _) = ui.allocate_exact_size(vec2(26.0, ROW), Sense::hover());
                let from = pos2(rect.left(), rect.center().y);
                arrow(ui.painter(), theme, (from, vec2(rect.width(), 0.0)), kind);
                ui.label(RichText::new(name).small());
            }
            ui.label(RichText::new(format!("x {LONGER}")).small());
        });
        if let Some(note) = note {
            ui.label(RichText::new(note).small());
        }
    });
}

/// Why there are no arrows.
fn words_ui(ui: &mut Ui, theme: &Theme, frame: Rect, why: &str) {
    corner_ui(ui, theme, frame, |ui| {
        ui.label(RichText::new(format!("No motion arrows. {why}")).small());
    });
}

fn corner_ui(ui: &mut Ui, theme: &Theme, frame: Rect, contents: impl FnOnce(&mut Ui)) {
    let corner = frame.left_bottom() + vec2(8.0, -8.0);
    let rect = Rect::from_min_max(corner - vec2(0.0, LEGEND.y), corner + vec2(LEGEND.x, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        let background = Frame::new().fill(*theme.colours.panel).inner_margin(6);
        background.show(ui, contents);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_of_a_take_is_as_large_as_fits_into_the_frame_of_the_film() {
        let frame = Rect::from_min_size(pos2(10.0, 20.0), vec2(320.0, 180.0));
        assert_eq!(place_of([640, 360], frame), frame);
        let square = place_of([64, 64], frame);
        assert_eq!((square.center(), square.width()), (frame.center(), 180.0));
    }

    #[test]
    fn an_arrow_points_where_the_motion_goes() {
        let (head, wings) = head_of(pos2(100.0, 50.0), vec2(-30.0, 0.0));
        assert!((head.x - 77.0).abs() < 1e-4, "the tip is at 70");
        assert!(wings[0].x > 70.0 && wings[1].x > 70.0);
        assert!(
            (wings[0].y - 50.0) * (wings[1].y - 50.0) < 0.0,
            "on both sides"
        );
    }

    #[test]
    fn the_legend_has_the_reason_why_arrows_are_missing() {
        let seen = TrackMotion {
            at: [0.5, 0.5],
            next: [0.5, 0.5],
            expected: None,
        };
        let expected = TrackMotion {
            expected: Some([0.4, 0.5]),
            ..seen
        };
        assert!(note_of(&[seen], false).is_some_and(|note| note.contains("depths")));
        assert_eq!(note_of(&[seen, expected], false), None);
        assert!(note_of(&[], true).is_some_and(|note| note.contains("no next")));
        assert!(note_of(&[], false).is_some_and(|note| note.contains("followed")));
    }
}
