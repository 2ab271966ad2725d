//! The slider of the timeline's zoom, beside its scrollbar. Each step along it changes the scale by the same factor.

use egui::{
    EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo, lerp, vec2,
};

use super::navigation::{middle_of_zoom, zoom_about};
use super::time_scale::SCALES;
use crate::panels::context::PanelContext;
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;

/// The distance of the rail from the sides, where the signs are, in points.
const MARGIN: f32 = 16.0;
const RADIUS: f32 = 4.5;
/// The way of an arrow key, as a part of the slider.
const KEY_STEP: f32 = 0.04;
/// Less than this part of the slider is no change.
const LEAST: f32 = 1e-4;

/// The slider in `rect`, for a time axis of this width. The playhead stays where it is, or the middle of the view.
pub fn zoom_slider_ui(ui: &Ui, cx: &PanelContext, view: &mut TimelineView, rect: Rect, width: f32) {
    let sense = Sense::click_and_drag();
    let response = ui.interact(rect, Id::unique("zoom of the timeline"), sense);
    let name = "Zoom of the timeline";
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, name));
    let rail = rect.shrink2(vec2(MARGIN, 0.0));
    let now = place_of(view.scale);
    let wanted = wanted(ui, &response, rail, now);
    if (wanted - now).abs() > LEAST {
        let at = middle_of_zoom(cx, view, width);
        zoom_about(view, at, scale_at(wanted) / view.scale);
    }
    draw(ui, cx, &response, rail, place_of(view.scale));
    response.on_hover_text("Drag to zoom the timeline, or press Left and Right");
}

/// The place on the slider that the pointer or a key sets, from 0 to 1.
fn wanted(ui: &Ui, response: &Response, rail: Rect, now: f32) -> f32 {
    if let Some(pointer) = response.interact_pointer_pos() {
        return ((pointer.x - rail.left()) / rail.width().max(1.0)).clamp(0.0, 1.0);
    }
    if !response.has_focus() {
        return now;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let steps = pressed(Key::ArrowRight) as f32 - pressed(Key::ArrowLeft) as f32;
    (now + steps * KEY_STEP).clamp(0.0, 1.0)
}

fn draw(ui: &Ui, cx: &PanelContext, response: &Response, rail: Rect, place: f32) {
    let colours = &cx.theme.colours;
    let painter = ui.painter();
    let y = rail.center().y;
    painter.hline(rail.x_range(), y, (2.0, *colours.line_strong));
    let is_lit = response.hovered() || response.dragged() || response.has_focus();
    let colour = match is_lit {
        true => *colours.accent,
        false => *colours.text_soft,
    };
    let handle = egui::pos2(lerp(rail.x_range(), place), y);
    painter.circle_filled(handle, RADIUS, colour);
    let font = egui::FontId::proportional(10.0);
    for (x, sign) in [
        (rail.left() - MARGIN / 2.0, icon::ZOOM_OUT),
        (rail.right() + MARGIN / 2.0, icon::ZOOM_IN),
    ] {
        let (at, centre) = (egui::pos2(x, y), egui::Align2::CENTER_CENTER);
        painter.text(at, centre, sign, font.clone(), *colours.text_faint);
    }
}

/// The place of a scale on the slider, from 0 to 1.
fn place_of(scale: f32) -> f32 {
    let (least, most) = (SCALES.start(), SCALES.end());
    ((scale / least).ln() / (most / least).ln()).clamp(0.0, 1.0)
}

/// The scale at a place on the slider, in points per frame.
fn scale_at(place: f32) -> f32 {
    let (least, most) = (SCALES.start(), SCALES.end());
    least * (most / least).powf(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_covers_all_scales_in_even_factors() {
        for place in [0.0, 0.25, 0.5, 1.0] {
            assert!((place_of(scale_at(place)) - place).abs() < 1e-3, "{place}");
        }
        assert!((scale_at(0.0) / SCALES.start() - 1.0).abs() < 1e-3);
        assert!((scale_at(1.0) / SCALES.end() - 1.0).abs() < 1e-3);
        let factor = |from| scale_at(from + 0.1) / scale_at(from);
        assert!((factor(0.2) / factor(0.7) - 1.0).abs() < 1e-3);
    }
}
