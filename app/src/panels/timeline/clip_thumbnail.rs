//! The thumbnails that are drawn on a clip: its filmstrip, its waveform, or the progress of its generation.

use egui::{Color32, Painter, Rect, Stroke, pos2};
use kinora_studio::render::Wave;
use kinora_studio::render::strip::{HEIGHT, WIDTH};
use kinora_studio::timeline::{Clip, FrameRange, Frames, Project};

use super::TimeScale;
use crate::background::thumbnails::FilmstripTexture;
use crate::ui::theme::Theme;

/// The distance between two lines of a waveform, in points.
const STROKE: f32 = 2.0;

/// Draws the filmstrip of a clip as tiles of equal width, each with the source frame at its middle.
pub fn strip_thumbnail(
    painter: &Painter,
    project: &Project,
    on_card: &FilmstripTexture,
    (clip, range): (&Clip, FrameRange),
    (body, shown): (Rect, Rect),
    scale: &TimeScale,
) {
    let Some(whole) = project
        .available(clip.source)
        .filter(|whole| *whole > Frames::ZERO)
    else {
        return;
    };
    let wide = body.height() * WIDTH as f32 / HEIGHT as f32;
    if wide < 1.0 {
        return; // the track is almost outside the panel
    }
    let first = ((shown.left() - body.left()) / wide).floor().max(0.0) as i32;
    let mut left = body.left() + first as f32 * wide;
    while left < shown.right().min(body.right()) {
        let right = (left + wide).min(body.right());
        let middle = f64::from(scale.frame(f32::midpoint(left, right)));
        let place = clip.source_position(middle - range.start.0 as f64) / whole.0 as f64;
        let mut uv = on_card.frame_at(place as f32);
        uv.set_width(uv.width() * (right - left) / wide); // the last one may be cut
        let tile = Rect::from_min_max(pos2(left, body.top()), pos2(right, body.bottom()));
        painter.image(on_card.texture.id(), tile, uv, Color32::WHITE);
        left += wide;
    }
}

/// Draws the newest preview of a clip that is being generated, where it has a picture, and a progress bar along its bottom edge.
pub fn progress_thumbnail(
    painter: &Painter,
    theme: &Theme,
    (preview, done): (Option<&egui::TextureHandle>, f32),
    body: Rect,
) {
    if let Some(preview) = preview {
        let size = preview.size_vec2();
        let wide = (body.height() * size.x / size.y).min(body.width());
        let tile = Rect::from_min_max(body.min, pos2(body.left() + wide, body.bottom()));
        let seen = wide / (body.height() * size.x / size.y);
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(seen, 1.0));
        painter.image(preview.id(), tile, uv, Color32::WHITE);
    }
    let foot = body.left()..=body.left() + body.width() * done;
    let stroke = Stroke::new(3.0, *theme.colours.accent);
    painter.hline(foot, body.bottom() - 1.5, stroke);
}

/// Draws the waveform of a clip, scaled by its gain.
pub fn wave_thumbnail(
    painter: &Painter,
    theme: &Theme,
    project: &Project,
    wave: &Wave,
    (clip, range): (&Clip, FrameRange),
    (body, shown): (Rect, Rect),
    scale: &TimeScale,
) {
    let a_frame = Frames::ONE.as_seconds(project.rate());
    let gain = 10.0_f32.powf(clip.look.gain_db / 20.0);
    let time =
        |x: f32| clip.source_position(f64::from(scale.frame(x)) - range.start.0 as f64) * a_frame;
    let half = body.height() * 0.46;
    let stroke = Stroke::new(STROKE * 0.75, *theme.colours.text_faint);
    let mut x = shown.left().max(body.left());
    while x < shown.right().min(body.right()) {
        let (one, other) = (time(x), time(x + STROKE));
        let (high, low) = wave.between(one.min(other), one.max(other));
        let y = |swing: f32| body.center().y - (swing * gain).clamp(-1.0, 1.0) * half;
        let (top, bottom) = (y(high), y(low));
        painter.vline(x, top..=bottom.max(top + 1.0), stroke);
        x += STROKE;
    }
}
