//! Draws one clip on a track: its colour, thumbnail, name and transition.

use std::sync::Arc;

use egui::{Align2, Color32, FontId, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, vec2};
use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Clip, Frames, Source, Speed, TrackKind};

use super::{PlacedClip, TimeScale, clip_thumbnail, drift_marks, handles};
use crate::background::media_files::MediumFile;
use crate::background::video_details::VideoDetails;
use crate::panels::context::PanelContext;
use crate::panels::labels::label_colour;
use crate::state::in_betweens::InBetweensState;
use crate::state::sources;
use crate::ui::fonts::icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::text_on;

/// The least visible width of a clip that shows its name, in points.
const NAMED_FROM: f32 = 36.0;

/// The width of the stripe in the colour of a clip's label, in points.
const LABEL_WIDTH: f32 = 5.0;

/// The underline of damaged parts, and the width in which it is drawn at once, in points.
const DAMAGE_HEIGHT: f32 = 3.0;
const DAMAGE_STEP: f32 = 2.0;

/// The line over the clips of the shot that is selected in the list, in points.
const SHOT_LINE: f32 = 2.0;

/// The opacity of the veil over clips that are neither seen nor heard.
const DIMMED: f32 = 0.7;

/// Draws a clip. It is dimmed if it is disabled, or its track is muted or silenced by solo.
pub fn clip_ui(ui: &Ui, cx: &PanelContext, placed: PlacedClip, scale: &TimeScale) -> Response {
    let PlacedClip {
        clip,
        range,
        track,
        is_playing,
        rect,
        visible,
    } = placed;
    let response = ui.interact(
        visible,
        Id::unique(("clip", clip.id)),
        Sense::click_and_drag(),
    );
    let name = name_of(cx, clip);
    let waits = sources::has_no_take(cx.project(), clip.source);
    let rate = cx.project().rate();
    let time = |frame| timecode(frame, rate, Counting::customary(rate));
    let file = file_of(cx, clip);
    let mut label = format!(
        "{name} on {}, {} to {}",
        track.name,
        time(range.start),
        time(range.end())
    );
    if file.is_missing {
        label.push_str(", file missing");
    } else if file.is_refused {
        label.push_str(", file damaged");
    }
    if drift_marks::has_drifted(cx, clip) {
        label.push_str(", cast drifted");
    }
    let in_betweens = in_betweens_words(cx, clip, track.kind);
    if let Some(words) = &in_betweens {
        label.push_str(", ");
        label.push_str(words);
    }
    if clip.selection_group.is_some() {
        label.push_str(", grouped");
    }
    let is_of_selected_shot = cx.selection.shot.map(Source::Shot) == Some(clip.source);
    if is_of_selected_shot {
        label.push_str(", of the selected shot");
    }
    let video = video_of(cx, clip).filter(|_| track.kind == TrackKind::Video);
    let damaged = video.filter(|video| !video.disturbed_seconds.is_empty());
    if damaged.is_some() {
        label.push_str(", picture damaged");
    }
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    let painter = ui.painter().with_clip_rect(visible);
    let is_chosen = cx.selection.clips.contains(&clip.id);
    let body = rect.shrink2(vec2(0.5, 1.0));
    painter.rect_filled(body, 4, fill(cx.theme, clip, track.kind, is_chosen));
    let has_thumbnail = thumbnail_ui(cx, &painter, placed, body, scale);
    if waits {
        stripes(&painter, cx.theme, body, visible);
    }
    let coming = match clip.source {
        Source::Shot(shot) => cx.generation.progress_of(shot),
        Source::Medium(_) | Source::Title(_) | Source::Sequence(_) => None,
    };
    let is_coming = coming.is_some();
    if let Some(coming) = coming {
        let preview = coming
            .preview
            .as_ref()
            .filter(|_| track.kind == TrackKind::Video);
        clip_thumbnail::progress_thumbnail(&painter, cx.theme, (preview, coming.done), body);
    }
    handles::draw_fades(&painter, cx, clip, body, scale);
    if let Some(colour) = label_colour(cx.theme, clip.label) {
        painter.rect_filled(body.with_max_x(body.left() + LABEL_WIDTH), 2, colour);
    }
    if !clip.enabled || !is_playing {
        painter.rect_filled(body, 4, cx.theme.colours.well.gamma_multiply(DIMMED));
    }
    if visible.width() > NAMED_FROM {
        let colour = if clip.enabled {
            *cx.theme.colours.text
        } else {
            *cx.theme.colours.text_faint
        };
        let at = visible.left_top() + vec2(8.0, 6.0);
        let font = FontId::proportional(cx.theme.text.small);
        let sign = match clip.source {
            Source::Sequence(_) => format!("{}  ", icon::FOLDER),
            _ if clip.selection_group.is_some() => format!("{}  ", icon::SELECT),
            _ => String::new(),
        };
        let galley = painter.layout_no_wrap(sign + &name, font, colour);
        if has_thumbnail || is_coming {
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0));
            painter.rect_filled(ground, 3, *cx.theme.colours.shade);
        }
        painter.galley(at, galley, colour);
    }
    let corner = [in_betweens, speed_words(clip)].into_iter().flatten();
    let corner = corner.collect::<Vec<_>>().join(", ");
    if !corner.is_empty() && visible.width() > NAMED_FROM {
        let at = visible.right_bottom() - vec2(6.0, 5.0);
        let place = (Align2::RIGHT_BOTTOM, at);
        text_on(&painter, cx.theme, place, &corner, *cx.theme.colours.shade);
    }
    if let Some(video) = &damaged {
        damage_ui(&painter, cx, placed, &video.disturbed_seconds, scale);
    }
    if file.is_missing || file.is_refused || damaged.is_some() {
        let font = FontId::proportional(cx.theme.text.small);
        let colour = *cx.theme.colours.warning;
        let galley = painter.layout_no_wrap(icon::WARNING.to_owned(), font, colour);
        let at = visible.right_top() + vec2(-galley.size().x - 8.0, 6.0);
        let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0));
        painter.rect_filled(ground, 3, *cx.theme.colours.shade);
        painter.galley(at, galley, colour);
    }
    if is_of_selected_shot && !is_chosen {
        let line = (SHOT_LINE, *cx.theme.colours.accent);
        painter.hline(body.x_range(), body.top() + SHOT_LINE / 2.0, line);
    }
    if is_chosen {
        painter.rect_stroke(
            body,
            4,
            Stroke::new(2.0, *cx.theme.colours.accent),
            StrokeKind::Inside,
        );
    }
    match damaged {
        Some(video) => response.on_hover_ui(|ui| {
            for phrase in &video.damage {
                ui.label(format!("{name}: {phrase}"));
            }
        }),
        None => response,
    }
}

/// Underlines the parts of a clip whose picture may be disturbed. The times are those of its file.
fn damage_ui(
    painter: &egui::Painter,
    cx: &PanelContext,
    placed: PlacedClip,
    disturbed_seconds: &[[f64; 2]],
    scale: &TimeScale,
) {
    let rate = cx.project().rate().per_second();
    let is_disturbed = |x: f32| {
        let at = f64::from(scale.frame(x)) - placed.range.start.0 as f64;
        let seconds = placed.clip.source_position(at) / rate;
        let mut moments = disturbed_seconds.iter();
        moments.any(|[from, to]| (*from..*to).contains(&seconds))
    };
    let across = placed.visible.intersect(placed.rect);
    let mut x = across.left();
    while x < across.right() {
        if is_disturbed(x) {
            let bottom = placed.rect.bottom() - 1.0;
            let dot = Rect::from_min_max(
                egui::pos2(x, bottom - DAMAGE_HEIGHT),
                egui::pos2(x + DAMAGE_STEP, bottom),
            );
            painter.rect_filled(dot, 0, *cx.theme.colours.warning);
        }
        x += DAMAGE_STEP;
    }
}

/// How far the in-betweens of a clip are, in words; `None` if it needs none.
fn in_betweens_words(cx: &PanelContext, clip: &Clip, kind: TrackKind) -> Option<String> {
    if kind == TrackKind::Audio {
        return None;
    }
    let folder = cx.document.session.folder();
    let media = (cx.generation, cx.media);
    let state = InBetweensState::of(cx.project(), folder, media, clip)?;
    Some(state.words())
}

/// The speed of a clip in words; `None` at normal speed. Of a ramp, the lowest and the highest of its keyframes.
fn speed_words(clip: &Clip) -> Option<String> {
    let keys = clip.ramp.keys.iter().map(|key| key.frame);
    let at_keys = keys.map(|frame| clip.speed_at(frame) * 100.0);
    let percent = || at_keys.clone().map(|percent| percent.round() as i64);
    if let Some((low, high)) = percent().min().zip(percent().max()) {
        return Some(format!("{low} to {high} %"));
    }
    let percent = clip.speed_at(Frames::ZERO) * 100.0;
    if clip.speed == Speed::default() {
        return None;
    }
    Some(match percent == 0.0 {
        true => "Freeze".into(),
        false => format!("{percent:.0} %"),
    })
}

/// Draws the filmstrip or waveform of a clip. True if it drew a filmstrip, on which the name needs a background.
fn thumbnail_ui(
    cx: &PanelContext,
    painter: &egui::Painter,
    placed: PlacedClip,
    body: Rect,
    scale: &TimeScale,
) -> bool {
    let PlacedClip {
        clip,
        range,
        track,
        visible,
        ..
    } = placed;
    let place = (body, visible);
    let project = cx.project();
    if track.kind == TrackKind::Audio {
        let thumbnails = &cx.media.thumbnails;
        let wave = match clip.source {
            Source::Medium(id) => {
                let medium = project.medium(id).filter(|medium| medium.has_sound);
                medium.and_then(|medium| thumbnails.wave(medium))
            }
            Source::Shot(id) => {
                let take = project.shot(id).and_then(|shot| shot.sound_take());
                take.and_then(|take| thumbnails.wave_of_take(take))
            }
            Source::Title(_) | Source::Sequence(_) => None,
        };
        let Some(wave) = wave else {
            return false;
        };
        clip_thumbnail::wave_thumbnail(
            painter,
            cx.theme,
            project,
            &wave,
            (clip, range),
            place,
            scale,
        );
        return true;
    }
    if let Source::Medium(id) = clip.source
        && let Some(medium) = project.medium(id)
        && medium.extent == Extent::Still
    {
        return still_ui(cx, painter, medium, body, visible);
    }
    let on_card = match clip.source {
        Source::Shot(id) => {
            let take = project.shot(id).and_then(|shot| shot.chosen);
            take.and_then(|take| cx.media.thumbnails.of_take(take))
        }
        Source::Medium(id) => {
            let video_of = |medium: &&Medium| matches!(medium.extent, Extent::Video { .. });
            let medium = project.medium(id).filter(|medium| video_of(&&***medium));
            medium.and_then(|medium| cx.media.thumbnails.of_medium(medium))
        }
        Source::Title(_) | Source::Sequence(_) => None,
    };
    let Some(on_card) = on_card else { return false };
    clip_thumbnail::strip_thumbnail(painter, project, &on_card, (clip, range), place, scale);
    true
}

/// Draws a still picture side by side along the clip. True if it has been read.
fn still_ui(
    cx: &PanelContext,
    painter: &egui::Painter,
    medium: &Medium,
    body: Rect,
    visible: Rect,
) -> bool {
    let Some(picture) = cx.media.images.get(painter.ctx(), medium.content) else {
        return false;
    };
    let size = picture.size_vec2();
    let width = body.height() * size.x / size.y.max(1.0);
    if width < 1.0 {
        return true; // the track is almost outside the panel
    }
    let first = ((visible.left() - body.left()) / width).floor().max(0.0);
    let mut left = body.left() + first * width;
    let all = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
    while left < visible.right().min(body.right()) {
        let tile = Rect::from_min_size(egui::pos2(left, body.top()), vec2(width, body.height()));
        painter.with_clip_rect(body.intersect(visible)).image(
            picture.id(),
            tile,
            all,
            Color32::WHITE,
        );
        left += width;
    }
    true
}

/// The name of a clip in one line.
fn name_of(cx: &PanelContext, clip: &Clip) -> String {
    let name = sources::name_of(cx.project(), clip.source);
    name.map_or("Missing".into(), |name| name.replace('\n', " "))
}

/// The file of a clip's import.
fn file_of(cx: &PanelContext, clip: &Clip) -> MediumFile {
    let Source::Medium(id) = clip.source else {
        return MediumFile::default();
    };
    let medium = cx.project().medium(id);
    medium.map_or_else(MediumFile::default, |medium| cx.media.files.get(medium))
}

/// What is known of the video of a clip's import.
fn video_of(cx: &PanelContext, clip: &Clip) -> Option<Arc<VideoDetails>> {
    let Source::Medium(id) = clip.source else {
        return None;
    };
    cx.media.details.get(cx.project().medium(id)?)
}

/// The colour of a clip by its kind: shot, video or picture, sound, title, sequence.
fn fill(theme: &Theme, clip: &Clip, kind: TrackKind, is_chosen: bool) -> Color32 {
    match (is_chosen, clip.source) {
        (true, _) => *theme.colours.accent_veil,
        (false, Source::Shot(_)) => *theme.colours.clip_shot,
        (false, Source::Title(_)) => *theme.colours.clip_title,
        (false, Source::Sequence(_)) => *theme.colours.clip_sequence,
        (false, Source::Medium(_)) if kind == TrackKind::Audio => *theme.colours.clip_sound,
        (false, Source::Medium(_)) => *theme.colours.clip_medium,
    }
}

/// Draws diagonal stripes over a clip whose shot has no chosen take.
fn stripes(painter: &egui::Painter, theme: &Theme, body: Rect, visible: Rect) {
    let stroke = Stroke::new(3.0, *theme.colours.line_strong);
    let painter = painter.with_clip_rect(body.intersect(visible));
    let mut x = body.left() - body.height();
    while x < visible.right() {
        if x + body.height() > visible.left() {
            painter.line_segment(
                [
                    egui::pos2(x, body.bottom()),
                    egui::pos2(x + body.height(), body.top()),
                ],
                stroke,
            );
        }
        x += 14.0;
    }
}
