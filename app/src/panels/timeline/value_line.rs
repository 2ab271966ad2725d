//! The line of one value on a clip: the volume of a sound, the opacity of a picture. It is dragged up and down, and
//! its keyframes are dragged in time and value. Keyframes of all other values are ticks at the clip's lower edge.

use egui::{
    CursorIcon, Id, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};
use kinora_studio::timeline::curve::{Property, PropertyKey};
use kinora_studio::timeline::effect::EFFECTS;
use kinora_studio::timeline::{Clip, Frames, TrackKind};

use super::handles::can_change;
use super::{PlacedClip, TimeScale};
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_by_drag;
use crate::panels::keyframed::{Keyframed, add_key, diamond, key_menu};
use crate::state::action::{Action, EditAction};

/// The least width and height of a clip with a line, in points.
const LINE_FROM: egui::Vec2 = vec2(56.0, 30.0);
/// Half the size of a keyframe, in points.
const KEY: f32 = 4.0;
/// Half the height of a tick of another value's keyframe, in points.
const TICK: f32 = 3.0;
/// The distance from the line at which it is touched, in points.
const REACH: f32 = 4.0;
/// The distance between two points of the drawn line, in points.
const STEP: f32 = 4.0;
/// The space above and below the line, in points: the fades lie above, the ticks below.
const MARGINS: [f32; 2] = [12.0, 8.0];

/// The value that a clip on a track of this kind shows as a line.
fn shown_on(kind: TrackKind) -> Keyframed {
    Keyframed::Effect(match kind {
        TrackKind::Video => Property::Opacity.effect(),
        TrackKind::Audio => Property::Gain.effect(),
    })
}

/// Draws the line of a clip and its keyframes, and the ticks of all others. The line of a constant volume is shown only
/// while the clip is selected or under the pointer; that of a constant opacity never, because it would lie where a
/// picture clip is taken to be moved. Returns the line under the pointer: a plain click on it is one on the clip.
pub fn value_line_ui(
    ui: &Ui,
    cx: &PanelContext,
    placed: PlacedClip,
    is_hovered: bool,
    scale: &TimeScale,
) -> Option<Response> {
    if placed.rect.width() < LINE_FROM.x || placed.rect.height() < LINE_FROM.y {
        return None;
    }
    let painter = ui.painter().with_clip_rect(placed.visible);
    draw_ticks(&painter, cx, placed, scale);
    let line = Line {
        placed,
        shown: shown_on(placed.track.kind),
        scale,
    };
    let keys = line.shown.keys(placed.clip);
    let is_selected = cx.selection.clips.contains(&placed.clip.id);
    let can_change = can_change(cx, placed);
    let is_shown = is_hovered || is_selected || ui.ctx().is_being_dragged(line.id());
    let has_line = is_shown && can_change && placed.track.kind == TrackKind::Audio;
    if keys.is_empty() && !has_line {
        return None;
    }
    line.draw(&painter, cx, is_shown);
    if !can_change {
        return None;
    }
    let touched = is_shown.then(|| line.drag_ui(ui, cx, &keys)).flatten();
    for number in 0..keys.len() {
        line.key_ui(ui, cx, &keys, number);
    }
    touched
}

/// A tick for each frame that has keyframes of other values than the line's.
fn draw_ticks(painter: &Painter, cx: &PanelContext, placed: PlacedClip, scale: &TimeScale) {
    let clip = placed.clip;
    let effects = EFFECTS.iter().map(Keyframed::Effect);
    let line = shown_on(placed.track.kind).name();
    let others = effects.chain([Keyframed::Speed]);
    let colour = *cx.theme.colours.text_soft;
    for other in others.filter(|other| other.name() != line) {
        for key in other.keys(clip).iter().filter(|key| is_inside(clip, key)) {
            let x = scale.x(placed.range.start + key.frame);
            let middle = pos2(x, placed.rect.bottom() - TICK - 2.0);
            painter.add(diamond(middle, TICK, colour));
        }
    }
}

fn is_inside(clip: &Clip, key: &PropertyKey) -> bool {
    key.frame >= Frames::ZERO && key.frame < clip.length
}

/// The line of a value on a clip.
struct Line<'c> {
    placed: PlacedClip<'c>,
    shown: Keyframed,
    scale: &'c TimeScale,
}

impl Line<'_> {
    fn id(&self) -> Id {
        Id::unique(("value line", self.placed.clip.id))
    }

    /// The heights of the highest and the lowest value.
    fn ends(&self) -> [f32; 2] {
        let Rect { min, max } = self.placed.rect;
        [min.y + MARGINS[0], max.y - MARGINS[1]]
    }

    fn y(&self, value: f32) -> f32 {
        let (offered, [top, bottom]) = (self.shown.offered(self.placed.clip), self.ends());
        let part = (value - offered.start()) / (offered.end() - offered.start());
        bottom + (top - bottom) * part.clamp(0.0, 1.0)
    }

    fn value(&self, y: f32) -> f32 {
        let (offered, [top, bottom]) = (self.shown.offered(self.placed.clip), self.ends());
        let part = ((bottom - y) / (bottom - top)).clamp(0.0, 1.0);
        offered.start() + part * (offered.end() - offered.start())
    }

    /// The frame of the clip at a horizontal position.
    fn frame(&self, x: f32) -> Frames {
        let frame = Frames(self.scale.frame(x).floor() as i64) - self.placed.range.start;
        frame
            .max(Frames::ZERO)
            .min(self.placed.clip.length - Frames::ONE)
    }

    fn y_at(&self, x: f32) -> f32 {
        self.y(self.shown.value(self.placed.clip, self.frame(x)))
    }

    fn draw(&self, painter: &Painter, cx: &PanelContext, is_strong: bool) {
        let visible = self.placed.visible;
        let mut points = Vec::new();
        let mut x = visible.left();
        while x < visible.right() {
            points.push(pos2(x, self.y_at(x)));
            x += STEP;
        }
        points.push(pos2(visible.right(), self.y_at(visible.right())));
        let colour = match is_strong {
            true => *cx.theme.colours.text,
            false => *cx.theme.colours.text_soft,
        };
        painter.add(Shape::line(points, Stroke::new(1.0, colour)));
    }

    /// The line where the pointer is: dragged up and down without keyframes, clicked with Ctrl for a new one.
    fn drag_ui(&self, ui: &Ui, cx: &PanelContext, keys: &[PropertyKey]) -> Option<Response> {
        let (clip, shown) = (self.placed.clip, self.shown);
        let pointer = ui.input(|input| input.pointer.hover_pos());
        let is_held = ui.ctx().is_being_dragged(self.id());
        let touches = |pointer: &Pos2| {
            self.placed.visible.contains(*pointer)
                && (pointer.y - self.y_at(pointer.x)).abs() <= REACH
        };
        let pointer = pointer.filter(|pointer| is_held || touches(pointer))?;
        let place = Rect::from_center_size(pointer, vec2(REACH, REACH) * 2.0);
        let mut response = ui.interact(place, self.id(), Sense::click_and_drag());
        let name = shown.name().to_lowercase();
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Slider,
                true,
                format!("Line of the {name} of the clip"),
            )
        });
        let at = self.frame(pointer.x);
        let adds = ui.input(|input| input.modifiers.command);
        if adds && response.clicked() && keys.iter().all(|key| key.frame != at) {
            let mut keys = keys.to_vec();
            add_key(&mut keys, at, shown.value(clip, at));
            let edit = shown.with_keys(clip, keys);
            cx.send(Action::Edit(EditAction::Apply(edit)));
        }
        let words = match keys.is_empty() {
            true => "Drag to change; Ctrl+click adds a keyframe",
            false => "Ctrl+click adds a keyframe",
        };
        let tip = format!(
            "{}: {}\n{words}",
            shown.name(),
            self.words(shown.value(clip, at))
        );
        if keys.is_empty() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
            edit_by_drag(cx, &mut response, &name, |pointer| {
                let edit = shown.with_value(clip, self.value(pointer.y), at);
                edit.unwrap_or_else(|| shown.with_keys(clip, Vec::new()))
            });
        }
        tooltip(&response, tip);
        (!adds).then_some(response)
    }

    /// A keyframe: dragged in time and value; a right click changes its easing or removes it.
    fn key_ui(&self, ui: &Ui, cx: &PanelContext, keys: &[PropertyKey], number: usize) {
        let (clip, shown, key) = (self.placed.clip, self.shown, keys[number]);
        let middle = pos2(
            self.scale.x(self.placed.range.start + key.frame),
            self.y(key.value),
        );
        let id = Id::unique(("value key", clip.id, number));
        let is_seen = is_inside(clip, &key) && self.placed.visible.contains(middle);
        if !is_seen && !ui.ctx().is_being_dragged(id) {
            return;
        }
        let place = Rect::from_center_size(middle, vec2(KEY, KEY) * 2.0 + vec2(4.0, 4.0));
        let mut response = ui.interact(place, id, Sense::click_and_drag());
        let name = format!("Keyframe of {} on the clip", shown.name().to_lowercase());
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &name));
        let colour = match response.hovered() || response.dragged() {
            true => *cx.theme.colours.accent_hover,
            false => *cx.theme.colours.accent,
        };
        let painter = ui.painter().with_clip_rect(self.placed.visible);
        painter.add(diamond(middle, KEY, colour));
        edit_by_drag(cx, &mut response, "move keyframe", |pointer| {
            let to = (self.frame(pointer.x), self.value(pointer.y));
            shown.with_moved_key(clip, keys, number, to)
        });
        key_menu(&response, cx, clip, (shown, keys), number);
        let tip = format!("{}: {}", shown.name(), self.words(key.value));
        tooltip(&response, tip);
    }

    fn words(&self, value: f32) -> String {
        format!("{value:.2}{}", self.shown.unit())
    }
}

/// A tooltip that stays during a drag, so that the value is read while it changes.
fn tooltip(response: &Response, tip: String) {
    match response.dragged() {
        true => response.show_tooltip_text(tip),
        false => drop(response.clone().on_hover_text(tip)),
    }
}
