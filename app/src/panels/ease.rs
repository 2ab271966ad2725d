//! The ease curve from a keyframe to the next one: the list of easings, the curve in a square with its two handles, and
//! the handles in numbers.

use egui::{
    ComboBox, CursorIcon, Grid, Id, Pos2, Rect, Response, RichText, Role, Sense, Shape, Stroke, Ui,
    Vec2, WidgetInfo, lerp, pos2,
};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::camera::{EaseCurve, Easing};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::{edit_by_drag, edit_with_gesture};
use crate::state::action::{Action, EditAction};
use crate::ui::arrows::pressed_arrows;
use crate::ui::widgets::number;

/// The side of the square, in points.
const SIDE: f32 = 112.0;
/// The radius of a handle, in points.
const RADIUS: f32 = 4.0;
/// The side of the square that takes a handle, in points.
const REACH: f32 = 16.0;
/// The points of the drawn curve.
const POINTS: u16 = 48;
/// The change of a handle by an arrow key, in parts of [`EaseCurve::PARTS`]. Arrows with Shift are commands.
const KEY_STEP: i32 = 20;
/// The parts in a percent.
const PARTS_A_PERCENT: f64 = 10.0;
/// The handles: their names, and what they bend.
const HANDLES: [(&str, &str); 2] = [
    ("Start handle", "How the movement leaves this keyframe"),
    ("End handle", "How the movement reaches the next keyframe"),
];
const AXES: [&str; 2] = ["time", "way"];

/// The easings that a keyframe with this one can get, with their names. The curve begins with the movement as it is.
pub fn easings_for(now: Easing) -> impl Iterator<Item = (Easing, &'static str)> {
    let curve = Easing::Curve(now.curve());
    Easing::ALL.into_iter().chain([(curve, curve.name())])
}

/// The controls of an easing. `of` names its keyframe for screen readers; `made` returns the edit that sets another easing.
pub fn ease_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (of, easing): (&str, Easing),
    made: impl Fn(Easing) -> Edit,
) {
    ui.push_id(("ease", of), |ui| {
        list_ui(ui, cx, easing, &made);
        square_ui(ui, cx, (of, easing), &made);
        numbers_ui(ui, cx, (of, easing), &made);
    });
}

fn list_ui(ui: &mut Ui, cx: &PanelContext, easing: Easing, made: &impl Fn(Easing) -> Edit) {
    ui.horizontal(|ui| {
        let words = RichText::new("Easing").small();
        let label = ui.label(words.color(*cx.theme.colours.text_soft));
        let combo = ComboBox::from_id_salt("easing").selected_text(easing.name());
        let shown = combo.show_ui(ui, |ui| {
            for (choice, name) in easings_for(easing) {
                let is_now = choice == easing;
                if ui.selectable_label(is_now, name).clicked() && !is_now {
                    cx.send(Action::Edit(EditAction::Apply(made(choice))));
                }
            }
        });
        shown.response.labelled_by(label.id);
    });
}

/// The curve over the time to the next keyframe, with its handles.
fn square_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (of, easing): (&str, Easing),
    made: &impl Fn(Easing) -> Edit,
) {
    let (rect, background) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
    let name = format!("Ease curve, {of}");
    background.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let colours = &cx.theme.colours;
    let square = rect.shrink(REACH / 2.0);
    ui.painter().rect_filled(rect, 4, *colours.well);
    let (start, end) = (square.left_bottom(), square.right_top());
    let diagonal = Stroke::new(1.0, *colours.line_strong);
    ui.painter().line_segment([start, end], diagonal);
    let times = (0..=POINTS).map(|point| f32::from(point) / f32::from(POINTS));
    let mut points: Vec<Pos2> = times
        .map(|time| at(square, [time, easing.eased(f64::from(time)) as f32]))
        .collect();
    points.push(end); // a hold jumps there
    let line = Stroke::new(1.5, *colours.text_soft);
    ui.painter().add(Shape::line(points, line));
    let handles = easing.curve().handles();
    for (number, (handle, from)) in handles.into_iter().zip([start, end]).enumerate() {
        let place = at(square, handle.map(share));
        let arm = Stroke::new(1.0, *colours.accent);
        ui.painter().line_segment([from, place], arm);
        handle_ui(ui, cx, (of, easing, number), (square, place), made);
    }
}

fn handle_ui(
    ui: &Ui,
    cx: &PanelContext,
    (of, easing, number): (&str, Easing, usize),
    (square, place): (Rect, Pos2),
    made: &impl Fn(Easing) -> Edit,
) {
    let (Some((name, what)), Some([time, way])) = (
        HANDLES.get(number).copied(),
        easing.curve().handles().get(number).copied(),
    ) else {
        return;
    };
    let taken = Rect::from_center_size(place, Vec2::splat(REACH));
    let id = Id::unique(("ease handle", of, number));
    let mut response = ui.interact(taken, id, Sense::click_and_drag());
    let (percent_time, percent_way) = (percent(time), percent(way));
    let label = format!("{name}, {of}");
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &label));
    let is_lit = response.hovered() || response.dragged() || response.has_focus();
    let colour = match is_lit {
        true => *cx.theme.colours.accent_hover,
        false => *cx.theme.colours.accent,
    };
    ui.painter().circle_filled(place, RADIUS, colour);
    edit_by_drag(cx, &mut response, "change ease curve", |pointer| {
        made(with_handle(easing, number, parts_at(square, pointer)))
    });
    if let Some(to) = moved_by_keys(ui, &response, [time, way]) {
        let edit = made(with_handle(easing, number, to));
        cx.send(Action::Edit(EditAction::Apply(edit)));
    }
    let words = format!(
        "{what}: {percent_time:.0} % of the time, {percent_way:.0} % of the way. Drag it, or press the arrow keys"
    );
    response
        .on_hover_cursor(CursorIcon::Grab)
        .on_hover_text(words);
}

/// Where the arrow keys move a handle that has the focus.
fn moved_by_keys(ui: &Ui, response: &Response, [time, way]: [u16; 2]) -> Option<[u16; 2]> {
    let [right, up] = pressed_arrows(ui, response).map(|count| count * KEY_STEP);
    let moved = |part: u16, by: i32| {
        let to = (i32::from(part) + by).clamp(0, i32::from(EaseCurve::PARTS));
        u16::try_from(to).unwrap_or(part)
    };
    (right != 0 || up != 0).then(|| [moved(time, right), moved(way, up)])
}

/// Both handles in percent of the time and of the way.
fn numbers_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (of, easing): (&str, Easing),
    made: &impl Fn(Easing) -> Edit,
) {
    let handles = easing.curve().handles();
    Grid::new("handles").num_columns(3).show(ui, |ui| {
        for (number_of, (handle, (name, _))) in handles.into_iter().zip(HANDLES).enumerate() {
            let words = RichText::new(name).small();
            ui.label(words.color(*cx.theme.colours.text_soft));
            for (axis, (part, axis_name)) in handle.into_iter().zip(AXES).enumerate() {
                let mut value = percent(part);
                let drag = number(&mut value).range(0.0..=100.0).speed(0.5);
                let response = ui.add(drag.max_decimals(1).suffix(" %"));
                let label = format!("{name}, {axis_name}, {of}");
                response.widget_info(|| WidgetInfo {
                    label: Some(label.clone()),
                    ..WidgetInfo::drag_value(true, value)
                });
                edit_with_gesture(cx, &response, "change ease curve", || {
                    let mut to = handle;
                    *to.get_mut(axis)? = (value * PARTS_A_PERCENT).round() as u16;
                    Some(made(with_handle(easing, number_of, to)))
                });
                response.on_hover_text(format!("{name}: part of the {axis_name}"));
            }
            ui.end_row();
        }
    });
}

/// A curve with another handle.
fn with_handle(easing: Easing, number: usize, to: [u16; 2]) -> Easing {
    let mut handles = easing.curve().handles();
    if let Some(handle) = handles.get_mut(number) {
        *handle = to;
    }
    Easing::Curve(EaseCurve::new(handles))
}

/// The place of a time and a way, both from 0 to 1.
fn at(square: Rect, [time, way]: [f32; 2]) -> Pos2 {
    let y = square.bottom() - way * square.height();
    pos2(lerp(square.x_range(), time), y)
}

/// The time and the way at a place, clamped to the square.
fn parts_at(square: Rect, place: Pos2) -> [u16; 2] {
    let time = (place.x - square.left()) / square.width();
    let way = (square.bottom() - place.y) / square.height();
    [time, way].map(|share| (share.clamp(0.0, 1.0) * f32::from(EaseCurve::PARTS)).round() as u16)
}

fn share(part: u16) -> f32 {
    f32::from(part) / f32::from(EaseCurve::PARTS)
}

fn percent(part: u16) -> f64 {
    f64::from(part) / PARTS_A_PERCENT
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    #[test]
    fn a_handle_is_where_the_pointer_is_and_stays_in_the_square() {
        let square = Rect::from_min_size(pos2(10.0, 20.0), vec2(100.0, 100.0));
        for parts in [[0, 0], [250, 900], [1000, 1000]] {
            assert_eq!(parts_at(square, at(square, parts.map(share))), parts);
        }
        assert_eq!(parts_at(square, pos2(-50.0, 500.0)), [0, 0]);
        assert_eq!(parts_at(square, pos2(500.0, -50.0)), [1000, 1000]);
    }

    #[test]
    fn the_first_drag_of_a_handle_keeps_the_other_where_the_easing_has_it() {
        let Easing::Curve(curve) = with_handle(Easing::InOut, 0, [900, 100]) else {
            panic!("a curve");
        };
        assert_eq!(curve.handles(), [[900, 100], [667, 1000]]);
        let names = easings_for(Easing::Curve(curve)).map(|(_, name)| name);
        assert_eq!(names.last(), Some("Curve"));
    }
}
