//! The timeline panel: a ruler and tracks with clips, which are moved by their body and trimmed at their
//! edges. Only visible items are laid out. Every clip has an accessible name.

mod clip;
mod clip_thumbnail;
mod drag;
mod gap;
mod header;
mod ruler;
mod time_scale;

use std::sync::Arc;

use egui::{Id, Rect, Sense, Ui, pos2, vec2};
use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::{FrameRange, Frames, Source, Track, TrackKind};

use super::context::PanelContext;
use super::controls::{command_icon, dropped_here};
use crate::state::action::{Action, EditAction, ShotAction};
use crate::state::command::Command;
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;
use clip::clip_ui;
use time_scale::{Lane, TimeScale};

const HEADER_WIDTH: f32 = 96.0;
const RULER_HEIGHT: f32 = 28.0;
const VIDEO_HEIGHT: f32 = 56.0;
const AUDIO_HEIGHT: f32 = 36.0;
const GAP: f32 = 3.0;

/// A clip on its track, and its place on the screen.
#[derive(Clone, Copy)]
struct PlacedClip<'c> {
    clip: &'c Clip,
    range: FrameRange,
    track: &'c Track,
    /// May extend beyond the visible area.
    rect: Rect,
    /// The visible part.
    visible: Rect,
}

pub fn timeline_ui(ui: &mut Ui, cx: &PanelContext, view: &mut TimelineView) {
    let all = ui.available_rect_before_wrap();
    let body = Rect::from_min_max(pos2(all.left() + HEADER_WIDTH, all.top()), all.max);
    let response = ui.interact(all, Id::unique("timeline"), Sense::click());
    let mut scale = time_scale::update(ui, body, view, response.contains_pointer());
    let tracks = tracks_from_the_top(cx);
    scale.lanes = lanes(&tracks, body.top() + RULER_HEIGHT + GAP);
    if response.clicked() {
        let nothing = EditAction::SelectClip {
            clip: None,
            adds: false,
        };
        cx.send(Action::Edit(nothing));
    }
    ruler::ruler_ui(ui, cx, &scale);
    let corner = pos2(body.left(), body.top() + RULER_HEIGHT);
    tools_ui(ui, cx, view, Rect::from_min_max(all.min, corner));
    for (track, lane) in tracks.iter().zip(&scale.lanes) {
        let row = Rect::from_x_y_ranges(all.x_range(), lane.y);
        if row.top() < all.bottom() {
            track_ui(ui, cx, view, track, row.intersect(all), &scale);
        }
    }
    if tracks.iter().all(|track| track.is_empty()) {
        let middle = body.center() + vec2(0.0, RULER_HEIGHT / 2.0);
        let words = "Append a shot with the arrow beside its name in the Shots panel.";
        let font = egui::FontId::proportional(cx.theme.text.body);
        ui.painter().text(
            middle,
            egui::Align2::CENTER_CENTER,
            words,
            font,
            *cx.theme.colours.text_faint,
        );
    }
    playhead_ui(ui, cx, view, &scale, all);
}

/// The lanes of the tracks, from top to bottom.
fn lanes(tracks: &[Arc<Track>], mut top: f32) -> Vec<Lane> {
    let videos = tracks.iter().filter(|track| track.kind == TrackKind::Video);
    let videos = videos.count() as i32;
    let lanes = tracks.iter().zip(0..).map(|(track, row)| {
        let (height, number) = match track.kind {
            TrackKind::Video => (VIDEO_HEIGHT, videos - 1 - row),
            TrackKind::Audio => (AUDIO_HEIGHT, videos - row),
        };
        let y = egui::Rangef::new(top, top + height);
        top = y.max + GAP;
        Lane {
            kind: track.kind,
            number,
            y,
        }
    });
    lanes.collect()
}

/// The buttons of the trim tool and of snapping, beside the ruler. A line marks the ones that are on.
fn tools_ui(ui: &mut Ui, cx: &PanelContext, view: &TimelineView, rect: Rect) {
    let builder = egui::UiBuilder::new().max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding = egui::Vec2::ZERO;
            for (command, icon, is_on) in [
                (Command::TrimTool, icon::TRIM, view.trims),
                (Command::Snap, icon::SNAP, view.snaps),
            ] {
                let button = command_icon(ui, icon, command.row());
                if is_on {
                    let accent = *cx.theme.colours.accent;
                    let line = button.rect.shrink2(vec2(8.0, 2.0));
                    ui.painter()
                        .hline(line.x_range(), line.bottom(), (2.0, accent));
                }
                if button.clicked() {
                    cx.send(Action::Command(command));
                }
            }
        });
    });
}

/// The tracks from top to bottom: the video tracks with the last one first, then the audio tracks.
fn tracks_from_the_top(cx: &PanelContext) -> Vec<Arc<Track>> {
    let of_kind = |kind| {
        let tracks = cx.project().tracks().iter();
        tracks.filter(move |track| track.kind == kind).cloned()
    };
    let mut video: Vec<_> = of_kind(TrackKind::Video).collect();
    video.reverse();
    video.into_iter().chain(of_kind(TrackKind::Audio)).collect()
}

fn track_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    track: &Track,
    row: Rect,
    scale: &TimeScale,
) {
    let (header, lane) = row.split_left_right_at_x(row.left() + HEADER_WIDTH);
    ui.painter().rect_filled(lane, 0, *cx.theme.colours.well);
    header::header_ui(ui, cx, track, header);
    for placed in track.within(scale.frames()) {
        let range = placed.range;
        let x = scale.x(range.start)..=scale.x(range.end());
        let rect = Rect::from_x_y_ranges(x, lane.y_range());
        let visible = rect.intersect(scale.rect).intersect(lane);
        if !visible.is_positive() {
            continue;
        }
        let Some(clip) = placed.clip() else {
            gap::gap_ui(ui, cx, (track, range), visible);
            continue;
        };
        let placed = PlacedClip {
            clip,
            range,
            track,
            rect,
            visible,
        };
        placed_clip_ui(ui, cx, view, placed, scale);
    }
}

/// Draws a clip, and handles clicks, characters that are dropped on it, and drags that move or trim it.
fn placed_clip_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    placed: PlacedClip,
    scale: &TimeScale,
) {
    let clip = placed.clip;
    let response = clip_ui(ui, cx, placed, scale);
    if response.clicked() {
        let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        cx.send(Action::Edit(EditAction::SelectClip {
            clip: Some(clip.id),
            adds,
        }));
    }
    if let Source::Shot(shot) = clip.source
        && let Some(character) = dropped_here(ui, cx.theme, &response)
    {
        let change = ShotChange::Cast(character, true);
        cx.send(Action::Shot(ShotAction::Change(shot, change)));
    }
    drag::hint(ui, cx, view, &response, placed);
    drag::drag_clip(ui, cx, view, &response, placed, scale);
}

fn playhead_ui(ui: &Ui, cx: &PanelContext, view: &TimelineView, scale: &TimeScale, all: Rect) {
    let line = |frame: Frames, colour| {
        let x = scale.x(frame);
        if scale.rect.x_range().contains(x) {
            ui.painter()
                .vline(x, all.y_range(), egui::Stroke::new(1.5, colour));
        }
    };
    let drag = view.drag.as_ref();
    if let Some(at) = drag.and_then(|drag| drag.snapped) {
        line(at, *cx.theme.colours.good);
    }
    line(cx.media.player.playhead(), *cx.theme.colours.accent);
}
