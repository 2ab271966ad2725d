//! The timeline: a ruler, the tracks, clips that are dragged by their body and trimmed at their edges. Only what is
//! seen is laid out; every clip has a name for the screen reader.

mod clip;
mod drag;
mod face;
mod gap;
mod ruler;
mod view;

use egui::{Id, Rect, Sense, Ui, pos2, vec2};
use kinora_studio::timeline::{Frames, Source, Track, TrackKind};

use crate::command::Command;
use crate::film::Film;
use crate::fonts::icon;
use crate::run::{Ask, ShotChange};
use crate::theme::Theme;
use crate::widget::{command_icon, dropped_here};
use clip::clip_ui;
pub use drag::Drag;
use view::{Lane, View};

const HEADER_WIDTH: f32 = 72.0;
const RULER_HEIGHT: f32 = 28.0;
const VIDEO_HEIGHT: f32 = 56.0;
const AUDIO_HEIGHT: f32 = 36.0;
const GAP: f32 = 3.0;

pub fn timeline_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, asks: &mut Vec<Ask>) {
    let all = ui.available_rect_before_wrap();
    let body = Rect::from_min_max(pos2(all.left() + HEADER_WIDTH, all.top()), all.max);
    let response = ui.interact(all, Id::unique("timeline"), Sense::click());
    let mut view = view::look(ui, body, &mut film.timeline, response.contains_pointer());
    let tracks = tracks_from_the_top(film);
    view.lanes = lanes(&tracks, body.top() + RULER_HEIGHT + GAP);
    if response.clicked() {
        asks.push(Ask::ChooseClip(None, false));
    }
    ruler::ruler_ui(ui, theme, film, &view, asks);
    tools_ui(
        ui,
        theme,
        Rect::from_min_max(all.min, pos2(body.left(), body.top() + RULER_HEIGHT)),
        film,
        asks,
    );
    for (track, lane) in tracks.iter().zip(&view.lanes) {
        let row = Rect::from_x_y_ranges(all.x_range(), lane.y);
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

/// Where the tracks lie, from the top down.
fn lanes(tracks: &[std::sync::Arc<Track>], mut top: f32) -> Vec<Lane> {
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

/// What the hand is: beside the ruler.
fn tools_ui(ui: &mut Ui, theme: &Theme, rect: Rect, film: &Film, asks: &mut Vec<Ask>) {
    let builder = egui::UiBuilder::new().max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding = egui::Vec2::ZERO;
            for (command, icon, is_on) in [
                (Command::TrimTool, icon::TRIM, film.timeline.trims),
                (Command::Snap, icon::SNAP, film.timeline.snaps),
            ] {
                let button = command_icon(ui, icon, command.row());
                if is_on {
                    let accent = *theme.colours.accent;
                    let line = button.rect.shrink2(vec2(8.0, 2.0));
                    ui.painter()
                        .hline(line.x_range(), line.bottom(), (2.0, accent));
                }
                if button.clicked() {
                    asks.push(Ask::Run(command));
                }
            }
        });
    });
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
        let rect = Rect::from_x_y_ranges(
            view.x(placed.range.start)..=view.x(placed.range.end()),
            lane.y_range(),
        );
        let shown = rect.intersect(view.rect).intersect(lane);
        if !shown.is_positive() {
            continue;
        }
        let Some(clip) = placed.clip() else {
            gap::gap_ui(ui, theme, film, (track, placed.range), shown, asks);
            continue;
        };
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
        if let Source::Shot(shot) = clip.source
            && let Some(character) = dropped_here(ui, theme, &response)
        {
            let change = ShotChange::Cast(character, true);
            asks.push(Ask::ChangeShot(shot, change));
        }
        drag::hint(ui, theme, film, &response, (clip.id, rect));
        drag::drag_clip(
            ui,
            theme,
            film,
            &response,
            ((clip.id, placed.range, track), rect),
            view,
            asks,
        );
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
    let drag = film.timeline.drag.as_ref();
    if let Some(at) = drag.and_then(|drag| drag.snapped) {
        line(at, *theme.colours.good);
    }
    line(film.player.playhead(), *theme.colours.accent);
}
