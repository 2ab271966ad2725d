//! What the hand does with clips: one gesture from press to release, one step to undo; Esc leaves all as it was. The
//! trim tool divides a clip into zones: its cuts roll, its edges ripple, its upper half slips and its lower half slides.

use egui::{CursorIcon, Id, LayerId, Order, Pos2, Rect, Response, Ui};
use kinora_studio::timeline::edit::arrange::Arrange;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{ClipId, Edge, Edit, FrameRange, Frames, Project, Refusal, Track};

use super::View;
use crate::film::{Film, Gesture};
use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::words_beside;

/// How near to an edge, in points, a clip is trimmed instead of moved.
const EDGE: f32 = 7.0;
/// The same with the trim tool, and how near the cut itself is taken.
const TRIM_EDGE: f32 = 14.0;
const TRIM_CUT: f32 = 4.0;
/// However short a clip is, its middle can be taken.
const MOST_EDGE: f32 = 0.3;
/// How near something snaps, in points.
const SNAP: f32 = 8.0;

/// A clip in the hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Drag {
    /// The one that was taken.
    clip: ClipId,
    /// All that go with it.
    clips: Vec<ClipId>,
    /// Those of them that can lie on the tracks that it can lie on.
    alike: Vec<ClipId>,
    part: Part,
    /// The frame under the pointer when it was taken.
    from: f32,
    /// Where the clip lay then.
    range: FrameRange,
    /// Its track among those of its kind, counted upwards.
    lane: i32,
    /// The film before: what moves with the hand is nothing to snap to.
    before: Project,
    /// How far it has gone.
    by: Frames,
    /// What it was snapped to, to be shown.
    pub snapped: Option<Frames>,
}

/// What a place of a clip is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Moves it, and all that are chosen with it.
    Body,
    /// An edge moves, and what follows with it.
    Edge(Edge),
    /// The cut before this clip moves.
    Cut(ClipId),
    /// Other frames of the source come into the same place.
    Slip,
    /// It moves, and its neighbours give and take.
    Slide,
}

impl Part {
    /// Of a clip drawn at `rect`.
    pub fn of(film: &Film, clip: ClipId, rect: Rect, at: Pos2) -> Self {
        let trims = film.timeline.trims;
        let reach = if trims { TRIM_EDGE } else { EDGE };
        let reach = reach.min(rect.width() * MOST_EDGE);
        let (from_head, from_tail) = (at.x - rect.left(), rect.right() - at.x);
        if from_head.min(from_tail) < reach {
            let edge = match from_head < from_tail {
                true => Edge::Head,
                false => Edge::Tail,
            };
            let is_on_cut = trims && from_head.min(from_tail) < TRIM_CUT;
            let cut = is_on_cut.then(|| cut_at(film, clip, edge)).flatten();
            return cut.map_or(Self::Edge(edge), Self::Cut);
        }
        match (trims, at.y < rect.center().y) {
            (false, _) => Self::Body,
            (true, true) => Self::Slip,
            (true, false) => Self::Slide,
        }
    }

    /// What it does, in the field's word.
    fn name(self, ripples: bool) -> &'static str {
        match self {
            Self::Body => "Move",
            Self::Edge(_) if ripples => "Ripple",
            Self::Edge(_) => "Trim",
            Self::Cut(_) => "Roll",
            Self::Slip => "Slip",
            Self::Slide => "Slide",
        }
    }

    fn cursor(self) -> CursorIcon {
        match self {
            Self::Body => CursorIcon::Grab,
            Self::Edge(_) => CursorIcon::ResizeHorizontal,
            Self::Cut(_) => CursorIcon::ResizeColumn,
            Self::Slip => CursorIcon::AllScroll,
            Self::Slide => CursorIcon::Move,
        }
    }
}

/// The clip that begins at the cut of this edge, if another one ends there.
fn cut_at(film: &Film, clip: ClipId, edge: Edge) -> Option<ClipId> {
    let (before, after) = film.project().neighbours(clip);
    match edge {
        Edge::Head => before.map(|_| clip),
        Edge::Tail => after.map(|next| next.id),
    }
}

/// The cursor over a clip, and with the trim tool the name of what it would do there.
pub fn hint(
    ui: &Ui,
    theme: &Theme,
    film: &Film,
    response: &Response,
    (clip, rect): (ClipId, Rect),
) {
    let Some(pointer) = response
        .hover_pos()
        .filter(|_| film.timeline.drag.is_none())
    else {
        return;
    };
    let part = Part::of(film, clip, rect, pointer);
    ui.ctx().set_cursor_icon(part.cursor());
    if film.timeline.trims {
        label(ui, theme, pointer, part.name(ripples(ui)));
    }
}

/// Takes a clip, moves it, lets it go.
pub fn drag_clip(
    ui: &Ui,
    theme: &Theme,
    film: &mut Film,
    response: &Response,
    ((clip, range, track), rect): ((ClipId, FrameRange, &Track), Rect),
    view: &View,
    asks: &mut Vec<Ask>,
) {
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        let pressed = origin.unwrap_or(pointer);
        let part = Part::of(film, clip, rect, pressed);
        let is_chosen = film.chosen.clips.contains(&clip);
        if !is_chosen {
            asks.push(Ask::ChooseClip(Some(clip), false));
        }
        let clips: Vec<ClipId> = match is_chosen {
            true => film.chosen.clips.iter().copied().collect(),
            false => vec![clip],
        };
        let kind_of = |clip: &ClipId| film.project().clip(*clip).map(|(_, track, _)| track.kind);
        let alike = clips.iter().copied();
        let alike = alike
            .filter(|clip| kind_of(clip) == Some(track.kind))
            .collect();
        film.timeline.drag = Some(Drag {
            clip,
            clips,
            alike,
            part,
            from: view.frame(pressed.x),
            range,
            lane: view.lane(pressed.y, track.kind).unwrap_or_default(),
            before: film.project().clone(),
            by: Frames::ZERO,
            snapped: None,
        });
        let name = part.name(ripples(ui)).to_lowercase();
        asks.push(Ask::Gesture(Gesture::Begin(name)));
    }
    let Some(mut drag) = film.timeline.drag.take_if(|drag| drag.clip == clip) else {
        return;
    };
    if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        asks.push(Ask::Gesture(Gesture::Abort));
        return;
    }
    if response.drag_stopped() {
        asks.push(Ask::Gesture(Gesture::Commit));
        return;
    }
    if response.dragged() {
        let wanted = Frames((view.frame(pointer.x) - drag.from).round() as i64);
        (drag.by, drag.snapped) = snapped(film, &drag, wanted, view);
        let up = match drag.part {
            Part::Body => view
                .lane(pointer.y, track.kind)
                .map_or(0, |lane| lane - drag.lane),
            _ => 0,
        };
        let edits = edits(&drag, up, ripples(ui));
        let name = drag.part.name(ripples(ui));
        let words = match refusal(&drag.before, &edits) {
            Some(refusal) => format!("{name}: {refusal}"),
            None => format!("{name} {:+}", drag.by.0),
        };
        asks.push(Ask::Gesture(Gesture::Preview(edits)));
        label(ui, theme, pointer, &words);
    }
    film.timeline.drag = Some(drag);
}

/// Without Alt, what follows an edge moves with it.
fn ripples(ui: &Ui) -> bool {
    !ui.input(|input| input.modifiers.alt)
}

fn edits(drag: &Drag, up: i32, ripples: bool) -> Vec<Edit> {
    let Drag { clip, by, .. } = *drag;
    if by == Frames::ZERO && up == 0 {
        return Vec::new();
    }
    vec![match drag.part {
        Part::Body => Edit::Arrange(Arrange::Move {
            // Linked sound stays on its track while the picture changes its own.
            clips: if up == 0 { &drag.clips } else { &drag.alike }.clone(),
            by,
            up,
        }),
        Part::Edge(edge) if ripples => Edit::Trim(Trim::Ripple { clip, edge, by }),
        Part::Edge(edge) => Edit::Trim(Trim::Edge { clip, edge, by }),
        Part::Cut(clip) => Edit::Trim(Trim::Roll { clip, by }),
        // The hand pulls the picture: to the right means earlier frames.
        Part::Slip => Edit::Trim(Trim::Slip { clip, by: -by }),
        Part::Slide => Edit::Trim(Trim::Slide { clip, by }),
    }]
}

/// Why the film does not follow the hand any further, if it does not.
fn refusal(before: &Project, edits: &[Edit]) -> Option<Refusal> {
    let refused = edits.iter().find_map(|edit| edit.apply(before).err());
    refused.filter(|refusal| *refusal != Refusal::NoChange)
}

/// How far the hand has gone, to the nearest thing to snap to, if one is near.
fn snapped(film: &Film, drag: &Drag, by: Frames, view: &View) -> (Frames, Option<Frames>) {
    if !film.timeline.snaps {
        return (by, None);
    }
    let reach = Frames((SNAP / view.scale).ceil() as i64);
    let range = drag.range;
    let ends = match drag.part {
        Part::Edge(Edge::Head) => vec![range.start],
        Part::Cut(clip) if clip == drag.clip => vec![range.start],
        Part::Edge(Edge::Tail) | Part::Cut(_) => vec![range.end()],
        Part::Body | Part::Slide => vec![range.start, range.end()],
        Part::Slip => Vec::new(),
    };
    let playhead = film.player.playhead();
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

/// A few words beside the pointer.
fn label(ui: &Ui, theme: &Theme, pointer: Pos2, words: &str) {
    let layer = LayerId::new(Order::Tooltip, Id::unique("drag label"));
    let painter = ui.ctx().layer_painter(layer);
    words_beside(&painter, theme, pointer, words);
}
