//! The ruler: timecodes, markers, and the range between in and out. A click or a drag moves the playhead.

use crate::state::action::Action;
use egui::{Align2, FontId, Id, Rect, Sense, Stroke, Ui, pos2, vec2};
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::timecode::{Counting, timecode};

use super::{RULER_HEIGHT, TimeScale};
use crate::panels::context::PanelContext;

/// The width that a timecode needs, in points.
const LABEL_WIDTH: f32 = 96.0;

pub fn ruler_ui(ui: &mut Ui, cx: &PanelContext, scale: &TimeScale) {
    let rect = Rect::from_min_size(scale.rect.min, vec2(scale.rect.width(), RULER_HEIGHT));
    let response = ui.interact(rect, Id::unique("ruler"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, "Playhead"));
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.clicked() || response.dragged())
    {
        let last = (cx.project().end() - Frames::ONE).max(Frames::ZERO);
        let frame = Frames(scale.frame(pointer.x).floor() as i64);
        cx.send(Action::GoTo(frame.max(Frames::ZERO).min(last)));
    }
    let painter = ui.painter().with_clip_rect(rect);
    if let Some(range) = cx.project().in_out() {
        let band =
            Rect::from_x_y_ranges(scale.x(range.start)..=scale.x(range.end()), rect.y_range());
        painter.rect_filled(band.intersect(rect), 0, *cx.theme.colours.accent_veil);
    }
    let rate = cx.project().rate();
    let step = step(scale.scale, rate.as_fraction());
    let seen = scale.frames();
    let mut frame = seen.start.0.div_euclid(step) * step;
    while frame < seen.end().0 {
        let x = scale.x(Frames(frame));
        let bottom = rect.bottom();
        painter.vline(
            x,
            bottom - 8.0..=bottom,
            Stroke::new(1.0, *cx.theme.colours.line_strong),
        );
        let words = timecode(Frames(frame), rate, Counting::customary(rate));
        let font = FontId::proportional(cx.theme.text.small);
        painter.text(
            pos2(x + 4.0, rect.top() + 4.0),
            Align2::LEFT_TOP,
            words,
            font,
            *cx.theme.colours.text_faint,
        );
        frame += step;
    }
    for marker in cx.project().markers() {
        let x = scale.x(marker.range.start);
        painter.circle_filled(pos2(x, rect.bottom() - 4.0), 3.5, *cx.theme.colours.warning);
    }
}

/// The frames between two timecodes: the smallest step at which they do not overlap. `scale` is in points per frame.
fn step(scale: f32, (frames, seconds): (u32, u32)) -> i64 {
    let a_second = (i64::from(frames) / i64::from(seconds.max(1))).max(1);
    let within = [1, 2, 5, 10].into_iter().filter(|step| *step < a_second);
    let beyond = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600].map(|seconds| seconds * a_second);
    let mut steps = within.chain(beyond);
    let wide_enough = |step: &i64| *step as f32 * scale >= LABEL_WIDTH;
    steps.find(wide_enough).unwrap_or(7200 * a_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timecodes_never_touch_and_are_never_too_few() {
        for scale in [0.01_f32, 0.1, 0.7, 3.0, 11.0, 80.0] {
            let apart = step(scale, (24, 1)) as f32 * scale;
            assert!(
                (LABEL_WIDTH..LABEL_WIDTH * 12.0).contains(&apart),
                "{scale}: {apart}"
            );
        }
        assert_eq!(step(6.0, (24, 1)), 24);
    }
}
