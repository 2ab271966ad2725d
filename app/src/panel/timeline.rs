//! The timeline: a ruler, the tracks, clips that are dragged by their body and trimmed at their edges. Only what is
//! seen is laid out; every clip has a name for the screen reader.

mod clip;
mod face;
mod ruler;
mod view;

use egui::{Id, Rect, Sense, Ui, pos2, vec2};
use kinora_studio::timeline::edit::arrange::Arrange;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{ClipId, Edge, Edit, FrameRange, Frames, Track, TrackKind};

use crate::film::{Film, Gesture};
use crate::run::Ask;
use crate::theme::Theme;
use clip::clip_ui;
use view::View;

const HEADER_WIDTH: f32 = 72.0;
const RULER_HEIGHT: f32 = 28.0;
const VIDEO_HEIGHT: f32 = 56.0;
const AUDIO_HEIGHT: f32 = 36.0;
const GAP: f32 = 3.0;
/// How near to an edge, in points, a clip is trimmed instead of moved.
const EDGE: f32 = 7.0;
/// How near something snaps, in points.
const SNAP: f32 = 8.0;

/// A clip in the hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    clip: ClipId,
    part: Part,
    /// The frame under the pointer when it was taken.
    from: f32,
    /// Where the clip lay then.
    range: FrameRange,
    /// What it was snapped to, to be shown.
    snapped: Option<Frames>,
}

/// Where a clip was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Head,
    Body,
    Tail,
}

pub fn timeline_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, asks: &mut Vec<Ask>) {
    let all = ui.available_rect_before_wrap();
    let body = Rect::from_min_max(pos2(all.left() + HEADER_WIDTH, all.top()), all.max);
    let response = ui.interact(all, Id::unique("timeline"), Sense::click());
    let view = view::look(ui, body, &mut film.timeline, response.contains_pointer());
    let tracks = tracks_from_the_top(film);
    if response.clicked() {
        asks.push(Ask::ChooseClip(None, false));
    }
    ruler::ruler_ui(ui, theme, film, &view, asks);
    let mut top = body.top() + RULER_HEIGHT + GAP;
    for track in &tracks {
        let height = match track.kind {
            TrackKind::Video => VIDEO_HEIGHT,
            TrackKind::Audio => AUDIO_HEIGHT,
        };
        let row = Rect::from_min_size(pos2(all.left(), top), vec2(all.width(), height));
        top += height + GAP;
        if row.top() < all.bottom() {
            track_ui(ui, theme, film, track, row.intersect(all), &view, asks);
        }
    }
    if tracks.iter().all(|track| track.is_empty()) {
        let middle = body.center() + vec2(0.0, RULER_HEIGHT / 2.0);
        let words = "Put a shot here with the arrow beside its name.";
        let font = egui::FontId::proportional(theme.text.body);
        ui.painter().text(
            middle,
            egui::Align2::CENTER_CENTER,
            words,
            font,
            *theme.colours.text_faint,
        );
    }
    playhead_ui(ui, theme, film, &view, all);
}

/// Video from the top down, then audio.
fn tracks_from_the_top(film: &Film) -> Vec<std::sync::Arc<Track>> {
    let of = |kind| {
        film.project()
            .tracks()
            .iter()
            .filter(move |track| track.kind == kind)
            .cloned()
    };
    let mut video: Vec<_> = of(TrackKind::Video).collect();
    video.reverse();
    video.into_iter().chain(of(TrackKind::Audio)).collect()
}

fn track_ui(
    ui: &mut Ui,
    theme: &Theme,
    film: &mut Film,
    track: &Track,
    row: Rect,
    view: &View,
    asks: &mut Vec<Ask>,
) {
    let (header, lane) = row.split_left_right_at_x(row.left() + HEADER_WIDTH);
    let font = egui::FontId::proportional(theme.text.small);
    ui.painter().rect_filled(lane, 0, *theme.colours.well);
    ui.painter().text(
        header.left_center() + vec2(12.0, 0.0),
        egui::Align2::LEFT_CENTER,
        &track.name,
        font,
        *theme.colours.text_soft,
    );
    let seen = view.frames();
    for placed in track.within(seen) {
        let Some(clip) = placed.clip() else { continue };
        let rect = Rect::from_x_y_ranges(
            view.x(placed.range.start)..=view.x(placed.range.end()),
            lane.y_range(),
        );
        let shown = rect.intersect(view.rect).intersect(lane);
        if !shown.is_positive() {
            continue;
        }
        let response = clip_ui(
            ui,
            theme,
            film,
            (clip, placed.range, track),
            (rect, shown),
            view,
        );
        if response.clicked() {
            let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
            asks.push(Ask::ChooseClip(Some(clip.id), adds));
        }
        drag_clip(
            ui,
            film,
            &response,
            (clip.id, placed.range),
            rect,
            view,
            asks,
        );
    }
}

/// What the hand does with a clip: one gesture from press to release, Esc leaves all as it was.
fn drag_clip(
    ui: &Ui,
    film: &mut Film,
    response: &egui::Response,
    (clip, range): (ClipId, FrameRange),
    rect: Rect,
    view: &View,
    asks: &mut Vec<Ask>,
) {
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    if response.drag_started() {
        let pressed = ui
            .input(|input| input.pointer.press_origin())
            .unwrap_or(pointer);
        let part = match pressed.x {
            x if x - rect.left() < EDGE => Part::Head,
            x if rect.right() - x < EDGE => Part::Tail,
            _ => Part::Body,
        };
        film.timeline.drag = Some(Drag {
            clip,
            part,
            from: view.frame(pressed.x),
            range,
            snapped: None,
        });
        if !film.chosen.clips.contains(&clip) {
            asks.push(Ask::ChooseClip(Some(clip), false));
        }
        let name = if part == Part::Body { "move" } else { "trim" };
        asks.push(Ask::Gesture(Gesture::Begin(name.into())));
    }
    let Some(mut drag) = film.timeline.drag.filter(|drag| drag.clip == clip) else {
        return;
    };
    if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        film.timeline.drag = None;
        asks.push(Ask::Gesture(Gesture::Abort));
        return;
    }
    if response.dragged() {
        let wanted = Frames((view.frame(pointer.x) - drag.from).round() as i64);
        let (by, snapped) = snapped(film, &drag, wanted, view);
        drag.snapped = snapped;
        film.timeline.drag = Some(drag);
        let ripples = !ui.input(|input| input.modifiers.alt);
        asks.push(Ask::Gesture(Gesture::Preview(edits(&drag, by, ripples))));
    }
    if response.drag_stopped() {
        film.timeline.drag = None;
        asks.push(Ask::Gesture(Gesture::Commit));
    }
}

fn edits(drag: &Drag, by: Frames, ripples: bool) -> Vec<Edit> {
    if by == Frames::ZERO {
        return Vec::new();
    }
    let clip = drag.clip;
    let trim = |edge| match ripples {
        true => Trim::Ripple { clip, edge, by },
        false => Trim::Edge { clip, edge, by },
    };
    vec![match drag.part {
        Part::Body => Edit::Arrange(Arrange::Move {
            clips: vec![clip],
            by,
            up: 0,
        }),
        Part::Head => Edit::Trim(trim(Edge::Head)),
        Part::Tail => Edit::Trim(trim(Edge::Tail)),
    }]
}

/// How far the hand has gone, to the nearest thing to snap to, if one is near.
fn snapped(film: &Film, drag: &Drag, by: Frames, view: &View) -> (Frames, Option<Frames>) {
    if !film.timeline.snaps {
        return (by, None);
    }
    let reach = Frames((SNAP / view.scale).ceil() as i64);
    let ends = match drag.part {
        Part::Head => vec![drag.range.start],
        Part::Tail => vec![drag.range.end()],
        Part::Body => vec![drag.range.start, drag.range.end()],
    };
    let playhead = film.player.playhead();
    let near = ends.into_iter().flat_map(|end| {
        let wanted = end + by;
        let points = film
            .project()
            .snap_points(wanted, reach)
            .into_iter()
            .map(|(at, _)| at);
        let points = points.filter(move |at| *at != drag.range.start && *at != drag.range.end());
        let here = Some(playhead).filter(|at| (*at - wanted).0.abs() <= reach.0);
        points.chain(here).map(move |at| (at, at - wanted))
    });
    match near.min_by_key(|(_, off)| off.0.abs()) {
        Some((at, off)) => (by + off, Some(at)),
        None => (by, None),
    }
}

fn playhead_ui(ui: &Ui, theme: &Theme, film: &Film, view: &View, all: Rect) {
    let line = |frame: Frames, colour| {
        let x = view.x(frame);
        if view.rect.x_range().contains(x) {
            ui.painter()
                .vline(x, all.y_range(), egui::Stroke::new(1.5, colour));
        }
    };
    if let Some(at) = film.timeline.drag.and_then(|drag| drag.snapped) {
        line(at, *theme.colours.good);
    }
    line(film.player.playhead(), *theme.colours.accent);
}
