//! The graph of a property with keyframes: drag a keyframe in time and value, right-click it for its easing. Below it is
//! the ease curve of the part at the playhead.

use egui::{Id, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use kinora_studio::timeline::curve::PropertyKey;
use kinora_studio::timeline::{Clip, Frames};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_by_drag;
use crate::panels::ease::ease_ui;
use crate::panels::keyframed::{Keyframed, diamond, key_menu};
use crate::state::action::Action;

const HEIGHT: f32 = 64.0;
/// Half the size of a keyframe, in points.
const KEY: f32 = 5.0;
/// The distance between two points of the drawn curve, in points.
const STEP: f32 = 3.0;
/// The range of values around a curve whose keys have all the same value, as a part of the offered range.
const LEAST_RANGE: f32 = 0.1;

/// The frames and values that a graph shows, and where.
struct Graph {
    rect: Rect,
    length: Frames,
    low: f32,
    high: f32,
}

impl Graph {
    fn of(rect: Rect, clip: &Clip, (shown, keys): (Keyframed, &[PropertyKey])) -> Self {
        let values = || keys.iter().map(|key| key.value);
        let low = values().fold(f32::INFINITY, f32::min);
        let high = values().fold(f32::NEG_INFINITY, f32::max);
        let offered = shown.offered(clip);
        let offered = offered.end() - offered.start();
        let margin = ((high - low) * 0.15).max(offered * LEAST_RANGE / 2.0);
        Self {
            rect: rect.shrink2(vec2(KEY + 2.0, KEY + 2.0)),
            length: clip.length,
            low: low - margin,
            high: high + margin,
        }
    }

    fn x(&self, frame: Frames) -> f32 {
        let last = (self.length.0 - 1).max(1) as f32;
        self.rect.left() + frame.0 as f32 / last * self.rect.width()
    }

    fn y(&self, value: f32) -> f32 {
        let part = (value - self.low) / (self.high - self.low);
        self.rect.bottom() - part * self.rect.height()
    }

    fn frame(&self, x: f32) -> Frames {
        let last = (self.length.0 - 1).max(1) as f32;
        let frame = (x - self.rect.left()) / self.rect.width() * last;
        Frames((frame.round() as i64).clamp(0, self.length.0 - 1))
    }

    fn value(&self, y: f32) -> f32 {
        let part = (self.rect.bottom() - y) / self.rect.height();
        self.low + part * (self.high - self.low)
    }
}

pub fn curve_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    at: Frames,
) {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, background) = ui.allocate_exact_size(size, Sense::click());
    let name = format!("Keyframes of {}", shown.name().to_lowercase());
    background.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 4, *cx.theme.colours.well);
    let graph = dragged_graph(ui, rect, clip, (shown, keys));
    let line = Stroke::new(1.0, *cx.theme.colours.line_strong);
    painter.vline(graph.x(at), rect.y_range(), line);
    painter.add(Shape::line(
        points(&graph, clip, shown),
        Stroke::new(1.5, *cx.theme.colours.text_soft),
    ));
    for (number, key) in keys.iter().enumerate() {
        if key.frame >= Frames::ZERO && key.frame < graph.length {
            key_ui(ui, cx, clip, (shown, keys), (number, key), &graph);
        }
    }
    if let Some(pointer) = background
        .interact_pointer_pos()
        .filter(|_| background.clicked())
        && let Some((.., range)) = cx.project().clip(clip.id)
    {
        cx.send(Action::GoTo(range.start + graph.frame(pointer.x)));
    }
    part_ui(ui, cx, clip, (shown, keys), at);
}

/// The ease curve of the part between two keyframes with the playhead in it.
fn part_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    at: Frames,
) {
    let next = keys.partition_point(|key| key.frame <= at);
    let before = next.checked_sub(1).filter(|_| next < keys.len());
    let Some((number, key)) = before.and_then(|number| Some((number, keys.get(number)?))) else {
        return;
    };
    let of = format!("{} at frame {}", shown.name().to_lowercase(), key.frame.0);
    ease_ui(ui, cx, (&of, key.easing), |easing| {
        let mut keys = keys.to_vec();
        if let Some(key) = keys.get_mut(number) {
            key.easing = easing;
        }
        shown.with_keys(clip, keys)
    });
}

/// The graph at the start of a drag of one of its keyframes, so that neither its range of values nor its length changes
/// under the pointer: a clip with another speed is longer or shorter.
fn dragged_graph(
    ui: &Ui,
    rect: Rect,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
) -> Graph {
    let id = ui.scope_id().with("range");
    let graph = Graph::of(rect, clip, (shown, keys));
    let is_held = (0..keys.len()).any(|number| {
        let id = key_id(clip, shown, number);
        ui.ctx().is_being_dragged(id)
    });
    let kept = ui.data(|data| data.get_temp::<(f32, f32, i64)>(id));
    if let Some((low, high, length)) = kept.filter(|_| is_held) {
        let length = Frames(length);
        return Graph {
            length,
            low,
            high,
            ..graph
        };
    }
    let held = (graph.low, graph.high, graph.length.0);
    ui.data_mut(|data| data.insert_temp(id, held));
    graph
}

fn key_id(clip: &Clip, shown: Keyframed, number: usize) -> Id {
    Id::unique(("property key", clip.id, shown.name(), number))
}

fn points(graph: &Graph, clip: &Clip, shown: Keyframed) -> Vec<Pos2> {
    let mut points = Vec::new();
    let mut x = graph.rect.left();
    while x <= graph.rect.right() {
        points.push(pos2(x, graph.y(shown.value(clip, graph.frame(x)))));
        x += STEP;
    }
    points
}

fn key_ui(
    ui: &Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    (number, key): (usize, &PropertyKey),
    graph: &Graph,
) {
    let middle = pos2(graph.x(key.frame), graph.y(key.value));
    let place = Rect::from_center_size(middle, vec2(KEY, KEY) * 2.0);
    let id = key_id(clip, shown, number);
    let mut response = ui.interact(place.expand(2.0), id, Sense::click_and_drag());
    let label = format!(
        "Keyframe of {} at frame {}: {:.2}{}",
        shown.name().to_lowercase(),
        key.frame.0,
        key.value,
        shown.unit()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &label));
    let colour = match response.hovered() || response.dragged() {
        true => *cx.theme.colours.accent_hover,
        false => *cx.theme.colours.accent,
    };
    ui.painter().add(diamond(middle, KEY, colour));
    edit_by_drag(cx, &mut response, "move keyframe", |pointer| {
        let to = (graph.frame(pointer.x), graph.value(pointer.y));
        shown.with_moved_key(clip, keys, number, to)
    });
    key_menu(&response, cx, clip, (shown, keys), number);
    response.on_hover_text(label);
}
