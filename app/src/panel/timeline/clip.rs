//! One clip on a track: its colour, its name, its fades and its transition.

use std::sync::Arc;

use egui::{Color32, FontId, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, vec2};
use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Clip, FrameRange, Source, Track, TrackKind};

use super::{View, face};
use crate::film::Film;
use crate::theme::Theme;

/// A narrower clip has no room for its name.
const NAMED_FROM: f32 = 36.0;

/// Draws a clip where it lies; `rect` may reach out of what is `shown`.
pub fn clip_ui(
    ui: &Ui,
    theme: &Theme,
    film: &mut Film,
    (clip, range, track): (&Arc<Clip>, FrameRange, &Track),
    (rect, shown): (Rect, Rect),
    view: &View,
) -> Response {
    let response = ui.interact(
        shown,
        Id::unique(("clip", clip.id)),
        Sense::click_and_drag(),
    );
    let (name, waits) = name_of(film, clip);
    let rate = film.project().rate();
    let time = |frame| timecode(frame, rate, Counting::customary(rate));
    let told = format!(
        "{name} on {}, {} to {}",
        track.name,
        time(range.start),
        time(range.end())
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &told));
    let painter = ui.painter().with_clip_rect(shown);
    let is_chosen = film.chosen.clips.contains(&clip.id);
    let body = rect.shrink2(vec2(0.5, 1.0));
    painter.rect_filled(body, 4, fill(theme, clip, is_chosen));
    let has_face = face_ui(
        &painter,
        theme,
        film,
        (clip, range, track),
        (body, shown),
        view,
    );
    if waits {
        stripes(&painter, theme, body, shown);
    }
    if let Source::Shot(shot) = clip.source
        && let Some(coming) = film.coming_of(shot)
    {
        face::coming_face(&painter, theme, coming, body);
    }
    if let Some(transition) = clip.transition {
        let width = rect.width() * transition.after.0 as f32 / clip.length.0.max(1) as f32;
        let wedge = Rect::from_min_size(body.min, vec2(width, body.height()));
        let stroke = Stroke::new(1.0, *theme.colours.text_soft);
        painter.line_segment([wedge.left_bottom(), wedge.right_top()], stroke);
    }
    if shown.width() > NAMED_FROM {
        let colour = if clip.enabled {
            *theme.colours.text
        } else {
            *theme.colours.text_faint
        };
        let at = shown.left_top() + vec2(8.0, 6.0);
        let font = FontId::proportional(theme.text.small);
        let galley = painter.layout_no_wrap(name, font, colour);
        if has_face {
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0));
            painter.rect_filled(ground, 3, *theme.colours.shade);
        }
        painter.galley(at, galley, colour);
    }
    if is_chosen {
        painter.rect_stroke(
            body,
            4,
            Stroke::new(1.5, *theme.colours.accent),
            StrokeKind::Inside,
        );
    }
    response
}

/// Draws what the clip looks or sounds like; false where nothing is known of it.
fn face_ui(
    painter: &egui::Painter,
    theme: &Theme,
    film: &mut Film,
    (clip, range, track): (&Clip, FrameRange, &Track),
    place: (Rect, Rect),
    view: &View,
) -> bool {
    let project = film.session.project();
    if track.kind == TrackKind::Audio {
        let Source::Medium(id) = clip.source else {
            return false;
        };
        let medium = project.medium(id).filter(|medium| medium.has_sound);
        let Some(wave) = medium.and_then(|medium| film.glimpses.wave(medium)) else {
            return false;
        };
        face::wave_face(painter, theme, project, &wave, (clip, range), place, view);
        return false; // the name is read well enough on it
    }
    let on_card = match clip.source {
        Source::Shot(id) => {
            let take = project.shot(id).and_then(|shot| shot.chosen);
            take.and_then(|take| film.glimpses.of_take(take))
        }
        Source::Medium(id) => {
            let film_of = |medium: &&Medium| matches!(medium.extent, Extent::Film { .. });
            let medium = project.medium(id).filter(|medium| film_of(&&***medium));
            medium.and_then(|medium| film.glimpses.of_medium(medium))
        }
        Source::Title(_) => None,
    };
    let Some(on_card) = on_card else { return false };
    face::strip_face(painter, project, &on_card, (clip, range), place, view);
    true
}

/// What a clip is called, and whether its shot has no take yet.
fn name_of(film: &Film, clip: &Clip) -> (String, bool) {
    let project = film.project();
    match clip.source {
        Source::Shot(id) => project.shot(id).map_or(("gone".into(), false), |shot| {
            (shot.name.clone(), shot.chosen.is_none())
        }),
        Source::Medium(id) => (
            project
                .medium(id)
                .map_or("gone".into(), |medium| medium.name.clone()),
            false,
        ),
        Source::Title(id) => (
            project
                .title(id)
                .map_or("gone".into(), |title| title.text.replace('\n', " ")),
            false,
        ),
    }
}

fn fill(theme: &Theme, clip: &Clip, is_chosen: bool) -> Color32 {
    match (is_chosen, clip.source) {
        (true, _) => *theme.colours.accent_veil,
        (false, Source::Shot(_)) => *theme.colours.raised_active,
        (false, _) => *theme.colours.raised_hover,
    }
}

/// What is still to be generated.
fn stripes(painter: &egui::Painter, theme: &Theme, body: Rect, shown: Rect) {
    let stroke = Stroke::new(3.0, *theme.colours.line_strong);
    let painter = painter.with_clip_rect(body.intersect(shown));
    let mut x = body.left() - body.height();
    while x < shown.right() {
        if x + body.height() > shown.left() {
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
