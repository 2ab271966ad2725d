//! What is dragged on a clip besides its body and edges: the ends of its fades and of its transition.

use egui::{
    Color32, CursorIcon, Id, Painter, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};
use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::{Clip, Frames, Transition};

use super::{PlacedClip, TimeScale};
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_by_drag;
use crate::state::view::look_change::look_edit;

/// The size of a fade handle, in points.
const FADE_HANDLE: f32 = 8.0;
/// The least width of a clip with fade handles, in points.
const FADES_FROM: f32 = 56.0;
/// The width of a transition's draggable ends, in points.
const TRANSITION_END: f32 = 6.0;
/// The height of a transition, as a fraction of its lane.
const TRANSITION_HEIGHT: f32 = 0.5;

/// Draws the fades of a clip. They darken its upper corners.
pub fn draw_fades(
    painter: &Painter,
    cx: &PanelContext,
    clip: &Clip,
    body: Rect,
    scale: &TimeScale,
) {
    let points = |frames: Frames| frames.0 as f32 * scale.scale;
    let (fade_in, fade_out) = (points(clip.look.fade_in), points(clip.look.fade_out));
    let stroke = Stroke::new(1.0, *cx.theme.colours.text_soft);
    for (corner, end, foot) in [
        (body.left_top(), body.left() + fade_in, body.left_bottom()),
        (
            body.right_top(),
            body.right() - fade_out,
            body.right_bottom(),
        ),
    ] {
        if (corner.x - end).abs() > 0.5 {
            let end = pos2(end, body.top());
            let shade = *cx.theme.colours.shade;
            painter.add(Shape::convex_polygon(
                vec![corner, end, foot],
                shade,
                Stroke::NONE,
            ));
            painter.line_segment([foot, end], stroke);
        }
    }
}

/// The fade handles of a selected or hovered clip, and its transition.
pub fn handles_ui(
    ui: &Ui,
    cx: &PanelContext,
    placed: PlacedClip,
    is_hovered: bool,
    scale: &TimeScale,
) {
    if let Some(transition) = placed.clip.transition {
        transition_ui(ui, cx, placed, transition, scale);
    }
    let is_shown = is_hovered || cx.selection.clips.contains(&placed.clip.id);
    let is_shown = is_shown && placed.rect.width() > FADES_FROM && can_change(cx, placed);
    for end in [FadeEnd::In, FadeEnd::Out] {
        // A handle in a drag stays, wherever the pointer is.
        if is_shown || ui.ctx().is_being_dragged(end.id(placed.clip)) {
            fade_ui(ui, cx, placed, end, scale);
        }
    }
}

/// Whether a clip can be changed by hand now.
pub fn can_change(cx: &PanelContext, placed: PlacedClip) -> bool {
    cx.can_edit() && !placed.track.locked
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FadeEnd {
    In,
    Out,
}

impl FadeEnd {
    fn name(self) -> &'static str {
        match self {
            Self::In => "fade in",
            Self::Out => "fade out",
        }
    }

    /// The id of its handle on a clip.
    fn id(self, clip: &Clip) -> Id {
        Id::unique((self.name(), clip.id))
    }
}

fn fade_ui(ui: &Ui, cx: &PanelContext, placed: PlacedClip, end: FadeEnd, scale: &TimeScale) {
    let PlacedClip {
        clip, range, rect, ..
    } = placed;
    let name = end.name();
    let at = match end {
        FadeEnd::In => range.start + clip.look.fade_in,
        FadeEnd::Out => range.end() - clip.look.fade_out,
    };
    let half = FADE_HANDLE / 2.0;
    let x = scale
        .x(at)
        .clamp(rect.left() + half + 1.0, rect.right() - half - 1.0);
    let place = Rect::from_center_size(
        pos2(x, rect.top() + half + 2.0),
        vec2(FADE_HANDLE, FADE_HANDLE),
    );
    let id = end.id(clip);
    let is_visible = placed.visible.expand(half).contains_rect(place);
    if !is_visible && !ui.ctx().is_being_dragged(id) {
        return;
    }
    let mut response = named_drag(
        ui,
        place.expand(2.0),
        id,
        &format!("Drag the {name} of the clip"),
    );
    draw_handle(ui, cx, place, &response);
    edit_by_drag(cx, &mut response, name, |pointer| {
        let frame = Frames(scale.frame(pointer.x).round() as i64);
        look_edit(clip.id, with_fade(clip, end, frame - range.start))
    });
}

/// The look of a clip whose fade ends at a frame of the clip. Both fades fit into the clip.
fn with_fade(clip: &Clip, end: FadeEnd, at: Frames) -> Look {
    let mut look = clip.look.clone();
    match end {
        FadeEnd::In => {
            let most = clip.length - look.fade_out;
            look.fade_in = at.max(Frames::ZERO).min(most);
        }
        FadeEnd::Out => {
            let most = clip.length - look.fade_in;
            look.fade_out = (clip.length - at).max(Frames::ZERO).min(most);
        }
    }
    look
}

/// The transition at the head of a clip: a box over the cut. Its ends are dragged; a right click offers other kinds.
fn transition_ui(
    ui: &Ui,
    cx: &PanelContext,
    placed: PlacedClip,
    transition: Transition,
    scale: &TimeScale,
) {
    let cut = placed.range.start;
    let (left, right) = (
        scale.x(cut - transition.before),
        scale.x(cut + transition.after),
    );
    let height = placed.rect.height() * TRANSITION_HEIGHT;
    let y = placed.rect.bottom() - height - 1.0..=placed.rect.bottom() - 1.0;
    let place = Rect::from_x_y_ranges(left..=right, y);
    let shown = place.intersect(scale.rect).intersect(ui.clip_rect());
    if !shown.is_positive() {
        return;
    }
    let body = ui.interact(
        shown,
        Id::unique(("transition", placed.clip.id)),
        Sense::click(),
    );
    let name = super::menu::transition_name(transition.kind);
    let label = format!("{name}, {}", transition.before + transition.after);
    body.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let painter = ui.painter().with_clip_rect(shown);
    let stroke = Stroke::new(1.0, *cx.theme.colours.text_soft);
    painter.rect(
        place,
        3,
        *cx.theme.colours.shade,
        stroke,
        egui::StrokeKind::Inside,
    );
    painter.line_segment([place.left_bottom(), place.right_top()], stroke);
    body.context_menu(|ui| super::menu::transition_menu(ui, cx, placed.clip));
    if !can_change(cx, placed) {
        body.on_hover_text(label);
        return;
    }
    for is_end in [false, true] {
        let x = if is_end { right } else { left };
        let grip = Rect::from_center_size(pos2(x, place.center().y), vec2(TRANSITION_END, height));
        let what = if is_end { "end" } else { "start" };
        let id = Id::unique(("transition", what, placed.clip.id));
        let mut response = named_drag(ui, grip, id, &format!("Drag the {what} of the transition"));
        edit_by_drag(cx, &mut response, "length of transition", |pointer| {
            let frame = Frames(scale.frame(pointer.x).round() as i64);
            let mut wanted = transition;
            match is_end {
                true => wanted.after = (frame - cut).max(Frames::ZERO),
                false => wanted.before = (cut - frame).max(Frames::ZERO),
            }
            super::menu::transition_edit(placed.clip.id, wanted)
        });
    }
    body.on_hover_text(label);
}

fn named_drag(ui: &Ui, place: Rect, id: Id, name: &str) -> Response {
    let response = ui.interact(place, id, Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, name));
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    response
}

fn draw_handle(ui: &Ui, cx: &PanelContext, place: Rect, response: &Response) {
    let colour: Color32 = match response.hovered() || response.dragged() {
        true => *cx.theme.colours.accent,
        false => *cx.theme.colours.text,
    };
    ui.painter().circle(
        place.center(),
        FADE_HANDLE / 2.0 - 1.0,
        colour,
        Stroke::new(1.0, *cx.theme.colours.shade),
    );
}
