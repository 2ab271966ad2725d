//! The measured path of the chosen take on the stage: the path that it was asked to follow as a dashed curve, the one that
//! it follows as a curve that is coloured by its error, and both in words.

use egui::{Color32, Frame, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};
use glam::DVec3;
use kinora_studio::measure::{MeasuredPath, asked_and_achieved};
use kinora_studio::timeline::camera::Pose;
use kinora_studio::timeline::shot::Shot;

use super::lens::Lens;
use super::{CameraPanel, MARGIN, within};
use crate::panels::context::PanelContext;
use crate::state::measured::measured_take;
use crate::ui::theme::Theme;

/// Both paths are also drawn as the point so far ahead of the camera: a pan moves nothing else.
const AHEAD_METRES: f64 = 1.0;
/// Paths that go no farther than this only turn.
const LEAST_TRAVEL_METRES: f64 = 0.02;
/// The limits of the three colours, in degrees. The first is the error of an obeyed path that hardly turns.
const LIMITS_DEGREES: [f64; 2] = [1.5, 5.0];
/// The width of the curve in each colour, in points: a larger error is also wider.
const WIDTHS: [f32; 3] = [2.0, 3.5, 5.0];
/// The dashes of the asked path and the gaps between them, in points.
const DASH: f32 = 5.0;
const GAP: f32 = 4.0;
/// The width and the height of the words, and the room below them for the hint of the 3-D view, in points.
const WORDS_WIDTH: f32 = 290.0;
const ROW: f32 = 18.0;
const FOOT: f32 = 24.0;
/// The rows of the legend, and the share of the height of the views that the words may cover with it.
const LEGEND_ROWS: usize = 4;
const MOST_COVERED: f32 = 0.45;
/// A camera that is off by no more than this, in metres and radians, is the same.
const SAME: f64 = 1e-3;

/// The measured path of a take.
pub struct Measured {
    path: MeasuredPath,
    /// What was asked and what came, a line for each axis.
    lines: Vec<String>,
    /// Whether the shot has another camera path by now than the take was asked to follow.
    is_of_another_path: bool,
}

impl Measured {
    /// That of the chosen take, or why there is none.
    pub fn of(cx: &PanelContext, shot: &Shot) -> Result<Self, String> {
        let (path, measure) = measured_take(cx.generation, shot.chosen)?;
        Ok(Self {
            lines: asked_and_achieved(&measure.report),
            is_of_another_path: is_another(&path, shot),
            path,
        })
    }
}

fn is_another(path: &MeasuredPath, shot: &Shot) -> bool {
    let Some(drawn) = &shot.camera else {
        return true;
    };
    let drawn = drawn.poses(shot.length.frames, shot.length.rate);
    let is_off = |(frame, now): (&Pose, &Pose)| {
        frame.position.distance(now.position) > SAME
            || frame.orientation.angle_between(now.orientation) > SAME
    };
    let asked = path.frames.iter().map(|frame| &frame.asked);
    asked.zip(&drawn).any(is_off)
}

/// What is shown now; `None` if it is switched off or not possible.
fn shown<'p>(panel: &'p CameraPanel) -> Option<&'p Measured> {
    let measured = panel.measured.as_ref().ok()?;
    panel.view.layout.shows_measured_path.then_some(measured)
}

/// The colours of small, middle and large errors.
fn colours(theme: &Theme) -> [Color32; 3] {
    let colours = &theme.colours;
    [*colours.good, *colours.warning, *colours.bad]
}

/// The number of an error's colour.
fn class_of(degrees: f64) -> usize {
    LIMITS_DEGREES
        .iter()
        .filter(|limit| degrees > **limit)
        .count()
}

/// Draws both paths: where the cameras are, unless they only turn, and where they look.
pub fn draw(painter: &Painter, lens: &Lens, panel: &CameraPanel) {
    let Some(measured) = shown(panel) else {
        return;
    };
    let (path, theme) = (&measured.path, panel.cx.theme);
    let looks: Vec<(DVec3, Option<DVec3>)> = path.looks(AHEAD_METRES).collect();
    let places = path.frames.iter().map(|frame| {
        let achieved = frame.achieved.map(|pose| pose.position);
        (frame.asked.position, achieved)
    });
    let places: Vec<(DVec3, Option<DVec3>)> = places.collect();
    let now = usize::try_from(panel.view.frame.0).unwrap_or(0);
    for frame in [now, looks.len().saturating_sub(1)] {
        spokes(painter, lens, theme, places.get(frame), looks.get(frame));
    }
    if path.extent_metres() > LEAST_TRAVEL_METRES {
        curves(painter, lens, theme, path, &places);
    }
    curves(painter, lens, theme, path, &looks);
}

/// The asked curve in dashes, and the achieved one in the colours of its errors. Both have a dark edge: the stage is light.
fn curves(
    painter: &Painter,
    lens: &Lens,
    theme: &Theme,
    path: &MeasuredPath,
    points: &[(DVec3, Option<DVec3>)],
) {
    let asked: Vec<Option<Pos2>> = points
        .iter()
        .map(|(asked, _)| lens.screen(*asked))
        .collect();
    for run in asked.split(Option::is_none) {
        let run: Vec<Pos2> = run.iter().flatten().copied().collect();
        dashes(painter, theme, &run);
    }
    let colours = colours(theme);
    let pairs = points.windows(2).zip(path.frames.iter().skip(1));
    let parts: Vec<([Pos2; 2], usize)> = pairs
        .filter_map(|(pair, frame)| {
            let line = lens.line(pair[0].1?, pair[1].1?)?;
            Some((line, class_of(frame.error_degrees?)))
        })
        .collect();
    for (line, class) in &parts {
        let edge = Stroke::new(WIDTHS[*class] + 2.0, *theme.colours.ground);
        painter.line_segment(*line, edge);
    }
    for (line, class) in &parts {
        painter.line_segment(*line, Stroke::new(WIDTHS[*class], colours[*class]));
    }
}

fn dashes(painter: &Painter, theme: &Theme, line: &[Pos2]) {
    if line.len() > 1 {
        let stroke = Stroke::new(2.0, *theme.colours.ground);
        painter.extend(Shape::dashed_line(line, stroke, DASH, GAP));
    }
}

/// Lines from both cameras of a frame to where they look.
fn spokes(
    painter: &Painter,
    lens: &Lens,
    theme: &Theme,
    places: Option<&(DVec3, Option<DVec3>)>,
    looks: Option<&(DVec3, Option<DVec3>)>,
) {
    let (Some(places), Some(looks)) = (places, looks) else {
        return;
    };
    if let Some(line) = lens.line(places.0, looks.0) {
        dashes(painter, theme, &line);
    }
    let achieved = places.1.zip(looks.1);
    if let Some(line) = achieved.and_then(|(place, look)| lens.line(place, look)) {
        painter.line_segment(line, Stroke::new(1.5, *theme.colours.ground));
    }
}

/// What was asked and achieved of each axis, and the legend of the curves, in the lower left corner of the views. In small
/// views the legend is a tooltip: it would cover the curves.
pub fn words_ui(ui: &mut Ui, panel: &CameraPanel, views: Rect) {
    let Some(measured) = shown(panel) else {
        return;
    };
    let theme = panel.cx.theme;
    let notes = usize::from(measured.is_of_another_path) + usize::from(measured.lines.is_empty());
    let rows = 1 + measured.lines.len() + notes;
    let height = |rows: usize| rows as f32 * ROW + 2.0 * MARGIN;
    let has_legend = height(rows + LEGEND_ROWS) <= MOST_COVERED * views.height();
    let height = height(if has_legend { rows + LEGEND_ROWS } else { rows });
    let corner = views.left_bottom() + vec2(MARGIN, -FOOT);
    let rect = Rect::from_min_max(corner - vec2(0.0, height), corner + vec2(WORDS_WIDTH, 0.0));
    within(ui, rect.intersect(views), |ui| {
        let background = Frame::new().fill(*theme.colours.panel).inner_margin(6);
        let shown = background.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.spacing_mut().interact_size.y = ROW;
            ui.label(
                RichText::new("Measured path of the chosen take")
                    .small()
                    .strong(),
            );
            for line in &measured.lines {
                words(ui, line);
            }
            if measured.lines.is_empty() {
                words(ui, "It rests, as asked");
            }
            if measured.is_of_another_path {
                words(ui, "The path of the shot has changed since");
            }
            if has_legend {
                legend_ui(ui, theme);
            }
        });
        if !has_legend {
            shown.response.on_hover_ui(|ui| legend_ui(ui, theme));
        }
    });
}

fn words(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).small());
}

/// A row for the asked path, and one for each colour of the achieved one.
fn legend_ui(ui: &mut Ui, theme: &Theme) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = ROW;
    let [small, large] = LIMITS_DEGREES;
    legend_row(ui, "Asked", |painter, line| {
        let stroke = Stroke::new(2.0, *theme.colours.text);
        painter.extend(Shape::dashed_line(&line, stroke, DASH, GAP));
    });
    let texts = [
        format!("Achieved, off by up to {small}°"),
        format!("Off by {small}° to {large}°"),
        format!("Off by more than {large}°"),
    ];
    for ((text, colour), width) in texts.iter().zip(colours(theme)).zip(WIDTHS) {
        legend_row(ui, text, |painter, line| {
            painter.line_segment(line, Stroke::new(width, colour));
        });
    }
}

fn legend_row(ui: &mut Ui, text: &str, draw: impl FnOnce(&Painter, [Pos2; 2])) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(26.0, ROW), Sense::hover());
        let y = rect.center().y;
        draw(ui.painter(), [pos2(rect.left(), y), pos2(rect.right(), y)]);
        words(ui, text);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_error_has_another_colour_and_is_wider() {
        assert_eq!([0.0, 1.5, 1.6, 5.0, 5.1].map(class_of), [0, 0, 1, 1, 2]);
        let colours = colours(&Theme::embedded());
        assert!(colours[0] != colours[1] && colours[1] != colours[2]);
        assert!(WIDTHS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
