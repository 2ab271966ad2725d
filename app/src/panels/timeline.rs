//! The timeline panel: a ruler and tracks with clips, which are moved by their body and trimmed at their
//! edges. Only visible items are laid out. Every clip has an accessible name.

mod clip;
mod clip_thumbnail;
mod drag;
mod drift_marks;
mod gap;
mod handles;
mod header;
mod header_parts;
mod marquee;
pub mod menu;
mod navigation;
mod ruler;
mod sequence_tabs;
mod subtitles;
mod time_scale;
mod value_line;
mod zoom_slider;

use std::sync::Arc;

use egui::{Id, Rect, Response, Sense, Ui, pos2, vec2};
use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::{FrameRange, Frames, Source, Track, TrackKind};

use super::context::PanelContext;
use super::controls::{command_icon, dropped_here};
use crate::state::action::{Action, EditAction, SequenceAction, ShotAction};
use crate::state::command::Command;
use crate::state::view::layout::Pane;
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;
use clip::clip_ui;
use navigation::{BAR, Viewport, navigate, time_bar_ui, track_bar_ui};
use time_scale::{Lane, TimeScale};

const HEADER_WIDTH: f32 = 116.0;
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
    /// Whether the track is neither muted nor silenced by solo.
    is_playing: bool,
    /// May extend beyond the visible area.
    rect: Rect,
    /// The visible part.
    visible: Rect,
}

pub fn timeline_ui(ui: &mut Ui, cx: &PanelContext, view: &mut TimelineView) {
    let mut all = ui.available_rect_before_wrap();
    if cx.project().sequences().len() > 1 {
        let (tabs, below) = all.split_top_bottom_at_y(all.top() + sequence_tabs::HEIGHT);
        sequence_tabs::sequence_tabs_ui(ui, cx, tabs);
        all = below;
    }
    let tracks = tracks_from_the_top(cx);
    let above = subtitles::rows_height(cx);
    let heights = tracks.iter().map(|track| height_of(view, track) + GAP);
    let content_height = above + heights.sum::<f32>();
    let port = Viewport {
        body: all
            .with_min_x(all.left() + HEADER_WIDTH)
            .with_max_x(all.right() - BAR),
        tracks: Rect::from_min_max(
            pos2(all.left(), all.top() + RULER_HEIGHT + GAP),
            pos2(all.right() - BAR, all.bottom() - BAR),
        ),
        content_height,
    };
    // Nothing can be done with the background by keys: it takes no focus.
    let sense = Sense::CLICK | Sense::DRAG;
    let response = ui.interact(port.tracks, Id::unique("timeline"), sense);
    navigate(ui, cx, view, &port, ui.rect_contains_pointer(all));
    let scale = TimeScale::of(
        port.body,
        view,
        lanes(view, &tracks, port.tracks.top() + above),
    );
    if response.clicked() {
        let nothing = EditAction::SelectClip {
            clip: None,
            adds: false,
            alone: false,
        };
        cx.send(Action::Edit(nothing));
    }
    ruler::ruler_ui(ui, cx, &scale);
    let corner = pos2(port.body.left(), all.top() + RULER_HEIGHT);
    tools_ui(ui, cx, view, Rect::from_min_max(all.min, corner));
    tracks_ui(ui, cx, view, &tracks, &port, &scale);
    menu::empty_menu(cx, &response);
    marquee::marquee_ui(ui, cx, view, &response, &port, &scale);
    marquee::source_drop_ui(ui, cx, &port, &scale);
    playhead_ui(ui, cx, view, &scale, all.with_max_y(port.tracks.bottom()));
    let below = Rect::from_min_max(
        pos2(port.body.left(), port.tracks.bottom()),
        pos2(port.body.right(), all.bottom()),
    );
    let corner = Rect::from_min_max(pos2(all.left(), below.top()), below.left_bottom());
    zoom_slider::zoom_slider_ui(ui, cx, view, corner, port.body.width());
    time_bar_ui(ui, cx, view, below, &port);
    let beside = port
        .tracks
        .with_min_x(port.body.right())
        .with_max_x(all.right());
    track_bar_ui(ui, cx, view, beside, &port);
}

/// The headers and the lanes, scrolled.
fn tracks_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    tracks: &[Arc<Track>],
    port: &Viewport,
    scale: &TimeScale,
) {
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(port.tracks));
    ui.set_clip_rect(port.tracks.intersect(ui.clip_rect()));
    subtitles::subtitles_ui(&mut ui, cx, view, port, scale);
    for (track, lane) in tracks.iter().zip(&scale.lanes) {
        let row = Rect::from_x_y_ranges(port.tracks.x_range(), lane.y);
        if row.intersects(port.tracks) {
            track_ui(&mut ui, cx, view, track, row, scale);
        }
    }
    if tracks.iter().all(|track| track.is_empty()) {
        let words = "Drag a shot or an import here, or press its insert button.";
        let font = egui::FontId::proportional(cx.theme.text.body);
        let middle = pos2(port.body.center().x, port.tracks.center().y);
        let centre = egui::Align2::CENTER_CENTER;
        let colour = *cx.theme.colours.text_faint;
        ui.painter().text(middle, centre, words, font, colour);
    }
    subtitles::text_field_ui(&mut ui, cx, view, port, scale);
}

/// The height of a track, in points.
fn height_of(view: &TimelineView, track: &Track) -> f32 {
    let default = match track.kind {
        TrackKind::Video => VIDEO_HEIGHT,
        TrackKind::Audio => AUDIO_HEIGHT,
    };
    view.heights.get(&track.id).copied().unwrap_or(default)
}

/// The lanes of the tracks, from top to bottom. The first one is at `top` if the tracks are not scrolled.
fn lanes(view: &TimelineView, tracks: &[Arc<Track>], top: f32) -> Vec<Lane> {
    let videos = tracks.iter().filter(|track| track.kind == TrackKind::Video);
    let videos = videos.count() as i32;
    let mut top = top - view.top;
    let lanes = tracks.iter().zip(0..).map(|(track, row)| {
        let number = match track.kind {
            TrackKind::Video => videos - 1 - row,
            TrackKind::Audio => videos - row,
        };
        let y = egui::Rangef::new(top, top + height_of(view, track));
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
                let button = command_icon(ui, cx.keys, icon, command.row());
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
    let lane = lane.with_max_x(scale.rect.right());
    ui.painter().rect_filled(lane, 0, *cx.theme.colours.well);
    header::header_ui(ui, cx, view, track, header);
    header::height_ui(ui, view, track, header);
    let mut playing = cx.project().playing_tracks(track.kind);
    let is_playing = playing.any(|one| one.id == track.id);
    for placed in track.within(scale.frames()) {
        let range = placed.range;
        let x = scale.x(range.start)..=scale.x(range.end());
        let rect = Rect::from_x_y_ranges(x, lane.y_range());
        let visible = rect
            .intersect(scale.rect)
            .intersect(lane)
            .intersect(ui.clip_rect());
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
            is_playing,
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
    clicks(ui, cx, &response, clip);
    if let Source::Shot(shot) = clip.source
        && let Some(character) = dropped_here(ui, cx.theme, &response)
    {
        let change = ShotChange::Cast(character, true);
        cx.send(Action::Shot(ShotAction::Change(shot, change)));
    }
    drag::hint(ui, cx, view, &response, placed);
    drag::drag_clip(ui, cx, view, &response, placed, scale);
    let is_hovered = response.contains_pointer();
    let line = value_line::value_line_ui(ui, cx, placed, is_hovered, scale);
    if let Some(line) = line {
        clicks(ui, cx, &line, clip);
    }
    handles::handles_ui(ui, cx, placed, is_hovered, scale);
    drift_marks::drift_marks_ui(ui, cx, placed, scale);
}

/// A click selects a clip, a double click shows its panel, a right click opens its menu.
fn clicks(ui: &Ui, cx: &PanelContext, response: &Response, clip: &Clip) {
    if response.clicked() {
        let held = ui.input(|input| input.modifiers);
        cx.send(Action::Edit(EditAction::SelectClip {
            clip: Some(clip.id),
            adds: held.command || held.shift,
            alone: held.alt,
        }));
    }
    if response.double_clicked() {
        cx.send(match clip.source {
            Source::Shot(_) => Action::Show(Pane::Shot),
            Source::Medium(_) | Source::Title(_) => Action::Show(Pane::Clip),
            Source::Sequence(_) => Action::Sequence(SequenceAction::OpenClip(clip.id)),
        });
    }
    menu::clip_menu(cx, response, clip);
}

fn playhead_ui(ui: &Ui, cx: &PanelContext, view: &TimelineView, scale: &TimeScale, all: Rect) {
    let line = |frame: Frames, colour| {
        let x = scale.x(frame);
        if scale.rect.x_range().contains(x) {
            ui.painter()
                .vline(x, all.y_range(), egui::Stroke::new(1.5, colour));
        }
        x
    };
    let drag = view.drag.as_ref();
    if let Some(at) = drag.and_then(|drag| drag.snapped) {
        line(at, *cx.theme.colours.good);
    }
    let accent = *cx.theme.colours.accent;
    let x = line(cx.media.player.playhead(), accent);
    if scale.rect.x_range().contains(x) {
        let (top, half) = (all.top() + RULER_HEIGHT - 9.0, 5.0);
        let head = [pos2(x - half, top), pos2(x + half, top), pos2(x, top + 9.0)];
        let shape = egui::Shape::convex_polygon(head.into(), accent, egui::Stroke::NONE);
        ui.painter().add(shape);
    }
}
