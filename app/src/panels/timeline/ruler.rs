//! The ruler: timecodes, markers as flags, and the range between in and out. A click or a drag moves the playhead.

use egui::{
    Align2, CursorIcon, EventFilter, FontId, Id, Key, Modifiers, Rect, Response, Role, Sense,
    Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Edit, FrameRange, Frames, Project};

use super::{RULER_HEIGHT, TimeScale, menu};
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_by_drag;
use crate::panels::labels::label_colour;
use crate::state::action::Action;
use crate::state::command::Command;

/// The width that a timecode needs, in points.
const LABEL_WIDTH: f32 = 96.0;
/// The size of a marker's flag, in points.
const FLAG: egui::Vec2 = vec2(9.0, 11.0);
/// The most that is shown of a marker's name, in points.
const NAME_WIDTH: f32 = 90.0;

/// The keys that move the playhead while it has the focus.
const KEYS: [Key; 4] = [
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::ArrowUp,
    Key::ArrowDown,
];

pub fn ruler_ui(ui: &mut Ui, cx: &PanelContext, scale: &TimeScale) {
    let rect = Rect::from_min_size(scale.rect.min, vec2(scale.rect.width(), RULER_HEIGHT));
    let response = ui.interact(rect, Id::unique("ruler"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Playhead"));
    keys_ui(ui, cx, &response);
    let pointer = response.interact_pointer_pos();
    let frame = pointer.map(|pointer| {
        let last = (cx.project().end() - Frames::ONE).max(Frames::ZERO);
        let frame = Frames(scale.frame(pointer.x).floor() as i64);
        frame.max(Frames::ZERO).min(last)
    });
    if let Some(frame) = frame.filter(|_| response.clicked() || response.dragged()) {
        cx.send(Action::GoTo(frame));
    }
    menu::ruler_menu(cx, &response, frame);
    let painter = ui.painter().with_clip_rect(rect);
    if let Some(range) = cx.project().in_out() {
        let band =
            Rect::from_x_y_ranges(scale.x(range.start)..=scale.x(range.end()), rect.y_range());
        painter.rect_filled(band.intersect(rect), 0, *cx.theme.colours.accent_veil);
    }
    let rate = cx.project().rate();
    let step = step(scale.scale, rate.as_fraction());
    let seen = scale.frames();
    let mut frame = seen.start.0.div_euclid(step) * step;
    while frame < seen.end().0 {
        let x = scale.x(Frames(frame));
        let bottom = rect.bottom();
        painter.vline(
            x,
            bottom - 8.0..=bottom,
            Stroke::new(1.0, *cx.theme.colours.line_strong),
        );
        let words = timecode(Frames(frame), rate, Counting::customary(rate));
        let font = FontId::proportional(cx.theme.text.small);
        painter.text(
            pos2(x + 4.0, rect.top() + 2.0),
            Align2::LEFT_TOP,
            words,
            font,
            *cx.theme.colours.text_faint,
        );
        frame += step;
    }
    for marker in cx.project().markers() {
        marker_ui(ui, cx, marker, rect, scale);
    }
}

/// The arrow keys on the playhead while it has the focus: they move it by a frame, or to a cut.
fn keys_ui(ui: &Ui, cx: &PanelContext, playhead: &Response) {
    if !playhead.has_focus() {
        return;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(playhead.id, filter));
    let before = cx.media.player.playhead();
    let mut at = before;
    for key in KEYS {
        let presses = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        for _ in 0..presses {
            at = moved(cx.project(), at, key);
        }
    }
    if at != before {
        cx.send(Action::GoTo(at));
    }
}

/// The frame to which an arrow key moves the playhead.
fn moved(project: &Project, at: Frames, key: Key) -> Frames {
    let last = (project.end() - Frames::ONE).max(Frames::ZERO);
    let to = match key {
        Key::ArrowLeft => at - Frames::ONE,
        Key::ArrowRight => at + Frames::ONE,
        Key::ArrowUp => project.previous_cut(at).unwrap_or(Frames::ZERO),
        _ => project.next_cut(at).unwrap_or(last),
    };
    to.max(Frames::ZERO).min(last)
}

/// A marker: a flag with its colour and name. A click goes to it, a drag moves it, a double click edits it.
fn marker_ui(ui: &Ui, cx: &PanelContext, marker: &Marker, ruler: Rect, scale: &TimeScale) {
    let x = scale.x(marker.range.start);
    let flag = Rect::from_min_size(pos2(x, ruler.bottom() - FLAG.y), FLAG);
    if !flag.intersects(ruler) {
        return;
    }
    let name = match marker.name.is_empty() {
        true => "Marker",
        false => marker.name.as_str(),
    };
    let id = Id::unique(("marker", marker.id));
    let hit = flag.expand2(vec2(2.0, 1.0)).intersect(ruler);
    let mut response = ui.interact(hit, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Marker {name}")));
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    let colour = label_colour(cx.theme, marker.label);
    let colour = colour.unwrap_or(*cx.theme.colours.warning);
    let painter = ui.painter().with_clip_rect(ruler);
    if marker.range.length > Frames::ZERO {
        let end = scale.x(marker.range.end());
        let band = Rect::from_x_y_ranges(x..=end, ruler.bottom() - 3.0..=ruler.bottom());
        painter.rect_filled(band, 0, colour);
    }
    let points = vec![
        flag.left_top(),
        flag.right_top(),
        flag.right_bottom() - vec2(0.0, 4.0),
        flag.left_bottom(),
    ];
    painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    if !marker.name.is_empty() {
        let font = FontId::proportional(cx.theme.text.small);
        let at = flag.right_top() + vec2(3.0, -4.0);
        let place = Rect::from_min_size(at, vec2(NAME_WIDTH, 16.0));
        let galley = painter.layout_no_wrap(marker.name.clone(), font, *cx.theme.colours.text);
        let ground = Rect::from_min_size(at, galley.size()).intersect(place);
        painter.rect_filled(ground.expand2(vec2(2.0, 0.0)), 3, *cx.theme.colours.ground);
        painter
            .with_clip_rect(place.intersect(ruler))
            .galley(at, galley, *cx.theme.colours.text);
    }
    if response.double_clicked() {
        cx.send(Action::GoTo(marker.range.start));
        cx.send(Action::Command(Command::EditMarker));
    } else if response.clicked() {
        cx.send(Action::GoTo(marker.range.start));
    }
    menu::marker_menu(cx, &response, marker);
    edit_by_drag(cx, &mut response, "move marker", |pointer| {
        let start = Frames(scale.frame(pointer.x).round() as i64).max(Frames::ZERO);
        let range = FrameRange {
            start,
            ..marker.range
        };
        Edit::Mark(Mark::Change(Marker {
            range,
            ..marker.clone()
        }))
    });
    let lines = [name, marker.note.as_str()];
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    response.on_hover_text(lines.join("\n"));
}

/// The frames between two timecodes: the smallest step at which they do not overlap. `scale` is in points per frame.
fn step(scale: f32, (frames, seconds): (u32, u32)) -> i64 {
    let a_second = (i64::from(frames) / i64::from(seconds.max(1))).max(1);
    let within = [1, 2, 5, 10].into_iter().filter(|step| *step < a_second);
    let beyond = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600].map(|seconds| seconds * a_second);
    let mut steps = within.chain(beyond);
    let wide_enough = |step: &i64| *step as f32 * scale >= LABEL_WIDTH;
    steps.find(wide_enough).unwrap_or(7200 * a_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timecodes_never_touch_and_are_never_too_few() {
        for scale in [0.01_f32, 0.1, 0.7, 3.0, 11.0, 80.0] {
            let apart = step(scale, (24, 1)) as f32 * scale;
            assert!(
                (LABEL_WIDTH..LABEL_WIDTH * 12.0).contains(&apart),
                "{scale}: {apart}"
            );
        }
        assert_eq!(step(6.0, (24, 1)), 24);
    }
}
