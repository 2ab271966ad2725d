//! The thumbnail of an import: a frame of a video, the picture itself, or the waveform of a sound.

use egui::{Align2, Color32, FontId, Painter, Rect, Stroke, Ui};
use kinora_studio::render::Wave;
use kinora_studio::timeline::media::{Extent, Medium};

use crate::background::media_files::MediumFile;
use crate::panels::context::PanelContext;
use crate::state::sources::seconds_of;
use crate::ui::fonts::icon;
use crate::ui::widgets::picture_in;

/// The place in a video of the frame that is shown, from 0 to 1. Under the pointer it is the pointer's.
const POSTER_PLACE: f32 = 1.0 / 3.0;
/// The distance between two lines of a waveform, in points.
const STROKE: f32 = 2.0;

/// Draws the thumbnail, or an icon if there is none.
pub fn thumbnail_ui(ui: &Ui, cx: &PanelContext, medium: &Medium, file: MediumFile, rect: Rect) {
    let colours = &cx.theme.colours;
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4, *colours.well);
    if file.is_missing || file.is_refused {
        return icon_ui(&painter, icon::WARNING, *colours.warning, rect);
    }
    let (is_drawn, sign) = match medium.extent {
        Extent::Video { .. } => (video_ui(ui, cx, &painter, medium, rect), icon::FILM),
        Extent::Still => {
            let picture = cx.media.images.get(ui.ctx(), medium.content);
            if let Some(picture) = &picture {
                picture_in(&painter, picture, rect);
            }
            (picture.is_some(), icon::FILM)
        }
        Extent::Sound { .. } => {
            let wave = cx.media.thumbnails.wave(medium);
            if let Some(wave) = &wave {
                wave_ui(&painter, cx, wave, seconds_of(medium), rect);
            }
            (wave.is_some(), icon::SPEAKER)
        }
    };
    if !is_drawn {
        icon_ui(&painter, sign, *colours.text_faint, rect);
    }
}

fn icon_ui(painter: &Painter, sign: &str, colour: Color32, rect: Rect) {
    let font = FontId::proportional(18.0);
    painter.text(rect.center(), Align2::CENTER_CENTER, sign, font, colour);
}

/// Draws a frame of the filmstrip. True if there is one.
fn video_ui(ui: &Ui, cx: &PanelContext, painter: &Painter, medium: &Medium, rect: Rect) -> bool {
    let Some(strip) = cx.media.thumbnails.of_medium(medium) else {
        return false;
    };
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let pointer = pointer.filter(|_| ui.rect_contains_pointer(rect));
    let place = pointer.map(|pointer| (pointer.x - rect.left()) / rect.width());
    let frame = strip.frame_at(place.unwrap_or(POSTER_PLACE));
    painter.image(strip.texture.id(), rect, frame, Color32::WHITE);
    true
}

/// Draws a waveform from its start to its end.
fn wave_ui(painter: &Painter, cx: &PanelContext, wave: &Wave, seconds: f64, rect: Rect) {
    let time = |x: f32| f64::from((x - rect.left()) / rect.width()) * seconds;
    let half = rect.height() * 0.46;
    let y = |swing: f32| rect.center().y - swing.clamp(-1.0, 1.0) * half;
    let stroke = Stroke::new(STROKE * 0.75, *cx.theme.colours.text_faint);
    let mut x = rect.left();
    while x < rect.right() {
        let (high, low) = wave.between(time(x), time(x + STROKE));
        let (top, bottom) = (y(high), y(low));
        painter.vline(x, top..=bottom.max(top + 1.0), stroke);
        x += STROKE;
    }
}
