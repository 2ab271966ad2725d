//! Dragging clips. A drag is one gesture and one undo step; Esc aborts it. The trim tool divides a clip into
//! zones: its cuts roll, its edges ripple, its upper half slips and its lower half slides. With Shift or Alt a drag leaves
//! the linked clips where they are, which makes J- and L-cuts.

use egui::{CursorIcon, Id, LayerId, Order, Pos2, Rect, Response, Ui};
use kinora_studio::timeline::edit::arrange::Arrange;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{ClipId, Edge, Edit, Frames, Project, Refusal};

use super::{PlacedClip, TimeScale};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, Gesture, ViewerAction};
use crate::state::view::timeline_view::{ClipDrag, DragZone, TimelineView};
use crate::ui::theme::Theme;
use crate::ui::widgets::text_beside;

/// A press this near to an edge, in points, trims instead of moving.
const EDGE: f32 = 7.0;
/// The same with the trim tool.
const TRIM_EDGE: f32 = 14.0;
/// A press this near to a cut, in points, rolls it with the trim tool.
const TRIM_CUT: f32 = 4.0;
/// The largest fraction of a clip's width that an edge zone covers, so that a short clip can still be moved.
const MOST_EDGE: f32 = 0.3;
/// The distance at which edges snap, in points.
const SNAP: f32 = 8.0;

/// What the keys that are held make of a drag.
#[derive(Clone, Copy)]
struct Held {
    /// What follows a dragged edge moves along: with the trim tool, or with Ctrl. By preference, without Ctrl.
    ripples: bool,
    /// A dragged body is inserted instead of placed over what is there: with Ctrl.
    inserts: bool,
    /// The linked clips stay as they are: with Shift, or with Alt, which some window managers take for themselves.
    is_alone: bool,
}

impl Held {
    fn now(ui: &Ui, cx: &PanelContext, trims: bool) -> Self {
        let held = ui.input(|input| input.modifiers);
        Self {
            ripples: trims || held.command != cx.edges_ripple,
            inserts: held.command,
            is_alone: held.shift || held.alt,
        }
    }
}

/// The zone at a point of a clip that is drawn at `rect`.
fn zone_at(project: &Project, trims: bool, clip: ClipId, rect: Rect, at: Pos2) -> DragZone {
    let reach = if trims { TRIM_EDGE } else { EDGE };
    let reach = reach.min(rect.width() * MOST_EDGE);
    let (from_head, from_tail) = (at.x - rect.left(), rect.right() - at.x);
    if from_head.min(from_tail) < reach {
        let edge = match from_head < from_tail {
            true => Edge::Head,
            false => Edge::Tail,
        };
        let is_on_cut = trims && from_head.min(from_tail) < TRIM_CUT;
        let cut = is_on_cut.then(|| cut_at(project, clip, edge)).flatten();
        return cut.map_or(DragZone::Edge(edge), DragZone::Cut);
    }
    match (trims, at.y < rect.center().y) {
        (false, _) => DragZone::Body,
        (true, true) => DragZone::Slip,
        (true, false) => DragZone::Slide,
    }
}

/// The name of the edit.
fn name(zone: DragZone, held: Held) -> String {
    let name = match zone {
        DragZone::Body if held.inserts => "Insert",
        DragZone::Body => "Move",
        DragZone::Edge(_) if held.ripples => "Ripple",
        DragZone::Edge(_) => "Trim",
        DragZone::Cut(_) => "Roll",
        DragZone::Slip => "Slip",
        DragZone::Slide => "Slide",
    };
    match held.is_alone {
        true => format!("{name} alone"),
        false => name.to_owned(),
    }
}

fn cursor(zone: DragZone) -> CursorIcon {
    match zone {
        DragZone::Body => CursorIcon::Grab,
        DragZone::Edge(_) => CursorIcon::ResizeHorizontal,
        DragZone::Cut(_) => CursorIcon::ResizeColumn,
        DragZone::Slip => CursorIcon::AllScroll,
        DragZone::Slide => CursorIcon::Move,
    }
}

/// The clip after the cut at this edge; `None` if no other clip adjoins there.
fn cut_at(project: &Project, clip: ClipId, edge: Edge) -> Option<ClipId> {
    let (before, after) = project.neighbours(clip);
    match edge {
        Edge::Head => before.map(|_| clip),
        Edge::Tail => after.map(|next| next.id),
    }
}

/// Sets the cursor over a clip. With the trim tool it also shows the name of the edit.
pub fn hint(
    ui: &Ui,
    cx: &PanelContext,
    view: &TimelineView,
    response: &Response,
    placed: PlacedClip,
) {
    let pointer = response.hover_pos().filter(|_| view.drag.is_none());
    let Some(pointer) = pointer else { return };
    let zone = zone_at(
        cx.project(),
        view.trims,
        placed.clip.id,
        placed.rect,
        pointer,
    );
    ui.ctx().set_cursor_icon(cursor(zone));
    if view.trims {
        let name = name(zone, Held::now(ui, cx, view.trims));
        label(ui, cx.theme, pointer, &name);
    }
}

/// Starts, previews and ends the drag of a clip.
pub fn drag_clip(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    response: &Response,
    placed: PlacedClip,
    scale: &TimeScale,
) {
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        start(ui, cx, view, placed, scale, origin.unwrap_or(pointer));
    }
    let clip = placed.clip.id;
    let Some(mut drag) = view.drag.take_if(|drag| drag.clip == clip) else {
        return;
    };
    if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Abort)));
        return;
    }
    if response.drag_stopped() {
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Commit)));
        return;
    }
    if response.dragged() {
        let held = Held::now(ui, cx, view.trims);
        let wanted = Frames((scale.frame(pointer.x) - drag.from).round() as i64);
        (drag.by, drag.snapped) = match view.snaps {
            true => snapped(&drag, wanted, held, cx.media.player.playhead(), scale),
            false => (wanted, None),
        };
        let up = match drag.zone {
            DragZone::Body if !held.inserts => scale
                .lane(pointer.y, placed.track.kind)
                .map_or(0, |lane| lane - drag.lane),
            _ => 0,
        };
        let edits = edits(&drag, up, held);
        let name = name(drag.zone, held);
        let words = match refusal(&drag.before, &edits) {
            Some(refusal) => format!("{name}: {refusal}"),
            None => format!("{name} {:+}", drag.by.0),
        };
        cx.send(Action::Edit(EditAction::Gesture(Gesture::Preview(edits))));
        label(ui, cx.theme, pointer, &words);
    }
    view.drag = Some(drag);
}

/// Starts a drag. The clip under the pointer is selected with its group if it was not; all selected clips are dragged.
fn start(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    placed: PlacedClip,
    scale: &TimeScale,
    pressed: Pos2,
) {
    let (project, kind) = (cx.project(), placed.track.kind);
    let clip = placed.clip.id;
    let zone = zone_at(project, view.trims, clip, placed.rect, pressed);
    let held = Held::now(ui, cx, view.trims);
    let is_selected = cx.selection.clips.contains(&clip);
    if !is_selected {
        cx.send(Action::Edit(EditAction::SelectClip {
            clip: Some(clip),
            adds: false,
            alone: held.is_alone,
        }));
    }
    if zone != DragZone::Body {
        cx.send(Action::Viewer(ViewerAction::ShowTimeline)); // it shows the frames at the cut
    }
    let clips: Vec<ClipId> = match is_selected {
        true => cx.selection.clips.iter().copied().collect(),
        false if held.is_alone => vec![clip],
        false => project.grouped(clip),
    };
    let kind_of = |clip: &ClipId| project.clip(*clip).map(|(_, track, _)| track.kind);
    let alike = clips.iter().copied();
    let alike = alike.filter(|clip| kind_of(clip) == Some(kind)).collect();
    view.drag = Some(ClipDrag {
        clip,
        clips,
        alike,
        zone,
        from: scale.frame(pressed.x),
        range: placed.range,
        lane: scale.lane(pressed.y, kind).unwrap_or_default(),
        before: project.clone(),
        by: Frames::ZERO,
        snapped: None,
    });
    let name = name(zone, held).to_lowercase();
    cx.send(Action::Edit(EditAction::Gesture(Gesture::Begin(name))));
}

fn edits(drag: &ClipDrag, up: i32, held: Held) -> Vec<Edit> {
    let ClipDrag { clip, by, .. } = *drag;
    if by == Frames::ZERO && up == 0 {
        return Vec::new();
    }
    let edit = match drag.zone {
        DragZone::Body if held.inserts => Edit::Arrange(Arrange::RippleMove {
            clip,
            to: insertion(drag),
        }),
        DragZone::Body => Edit::Arrange(Arrange::Move {
            clips: match (held.is_alone, up) {
                (true, _) => vec![clip],
                (false, 0) => drag.clips.clone(),
                // Linked sound stays on its track while the picture changes its own.
                (false, _) => drag.alike.clone(),
            },
            by,
            up,
        }),
        DragZone::Edge(edge) if held.ripples => Edit::Trim(Trim::Ripple { clip, edge, by }),
        DragZone::Edge(edge) => Edit::Trim(Trim::Edge { clip, edge, by }),
        DragZone::Cut(clip) => Edit::Trim(Trim::Roll { clip, by }),
        // The picture follows the pointer: a drag to the right shows earlier frames.
        DragZone::Slip => Edit::Trim(Trim::Slip { clip, by: -by }),
        DragZone::Slide => Edit::Trim(Trim::Slide { clip, by }),
    };
    let trimmed = match drag.zone {
        DragZone::Cut(after) => after,
        _ => clip,
    };
    match held.is_alone {
        true => alone(&drag.before, trimmed, edit),
        false => vec![edit],
    }
}

/// Where a dragged clip is inserted. It is extracted first: to the right, its end comes to lie there.
fn insertion(drag: &ClipDrag) -> Frames {
    match drag.by > Frames::ZERO {
        true => drag.range.end() + drag.by,
        false => drag.range.start + drag.by,
    }
}

/// An edit of a clip without the clips linked to it: they are unlinked before it, and linked again after it.
fn alone(before: &Project, clip: ClipId, edit: Edit) -> Vec<Edit> {
    let clips = before.linked(clip);
    if clips.len() < 2 {
        return vec![edit];
    }
    let unlink = ClipEdit::Unlink {
        clips: clips.clone(),
    };
    let link = ClipEdit::Link { clips };
    vec![Edit::Clip(unlink), edit, Edit::Clip(link)]
}

/// Why these edits, one after the other, are refused; `None` if all can be applied or change nothing.
fn refusal(before: &Project, edits: &[Edit]) -> Option<Refusal> {
    let mut edits = edits.iter();
    let after = edits.try_fold(before.clone(), |project, edit| edit.apply(&project));
    let refused = after.err();
    refused.filter(|refusal| *refusal != Refusal::NoChange)
}

/// The movement `by`, changed so that an end of the clip lies on the nearest snap point within reach, and that point.
fn snapped(
    drag: &ClipDrag,
    by: Frames,
    held: Held,
    playhead: Frames,
    scale: &TimeScale,
) -> (Frames, Option<Frames>) {
    let reach = Frames((SNAP / scale.scale).ceil() as i64);
    let range = drag.range;
    let ends = match drag.zone {
        DragZone::Edge(Edge::Head) => vec![range.start],
        DragZone::Cut(clip) if clip == drag.clip => vec![range.start],
        DragZone::Edge(Edge::Tail) | DragZone::Cut(_) => vec![range.end()],
        DragZone::Body if held.inserts && by > Frames::ZERO => vec![range.end()],
        DragZone::Body if held.inserts => vec![range.start],
        DragZone::Body | DragZone::Slide => vec![range.start, range.end()],
        DragZone::Slip => Vec::new(),
    };
    let near = ends.into_iter().flat_map(|end| {
        let wanted = end + by;
        let points = drag
            .before
            .snap_points(wanted, reach)
            .into_iter()
            .map(|(at, _)| at);
        let points = points.filter(move |at| *at != range.start && *at != range.end());
        let here = Some(playhead).filter(|at| (*at - wanted).0.abs() <= reach.0);
        points.chain(here).map(move |at| (at, at - wanted))
    });
    match near.min_by_key(|(_, off)| off.0.abs()) {
        Some((at, off)) => (by + off, Some(at)),
        None => (by, None),
    }
}

/// Shows a text beside the pointer.
fn label(ui: &Ui, theme: &Theme, pointer: Pos2, words: &str) {
    let layer = LayerId::new(Order::Tooltip, Id::unique("drag label"));
    let painter = ui.ctx().layer_painter(layer);
    text_beside(&painter, theme, pointer, words);
}
