//! Signs on a clip of the timeline at the frames where a character of its take has drifted.

use egui::{Align2, FontId, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use kinora_studio::measure::{AppearanceMeasure, Wardrobe, drift_words};
use kinora_studio::timeline::{Clip, Source};

use super::{PlacedClip, TimeScale};
use crate::panels::context::PanelContext;
use crate::ui::fonts::icon;

/// The least width of a clip that shows signs, in points.
const SHOWN_FROM: f32 = 60.0;
/// The size of a sign, in points.
const SIGN: f32 = 16.0;
/// Frames are looked up so many points apart.
const STEP: f32 = 2.0;

/// A stretch of a clip in which a character has drifted.
struct Mark {
    left: f32,
    right: f32,
    words: String,
}

/// Whether a character of a clip's take has drifted.
pub fn has_drifted(cx: &PanelContext, clip: &Clip) -> bool {
    appearance_of(cx, clip).is_some_and(|(measure, _)| {
        let mut cast = measure.identity.iter();
        cast.any(|one| !one.report.drifted.is_empty())
    })
}

/// Draws the signs, each with its words as a tooltip, on a clip that is wide enough.
pub fn drift_marks_ui(ui: &Ui, cx: &PanelContext, placed: PlacedClip, scale: &TimeScale) {
    if placed.rect.width() < SHOWN_FROM {
        return;
    }
    let Some((measure, rate)) = appearance_of(cx, placed.clip) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(placed.visible);
    let colour = *cx.theme.colours.warning;
    for (number, mark) in marks(cx, placed, scale, measure, rate).iter().enumerate() {
        let bottom = placed.rect.bottom() - 2.0;
        painter.hline(mark.left..=mark.right, bottom, Stroke::new(2.0, colour));
        let place = Rect::from_min_size(pos2(mark.left, bottom - SIGN - 1.0), vec2(SIGN, SIGN));
        painter.rect_filled(place, 3, *cx.theme.colours.shade);
        let font = FontId::proportional(cx.theme.text.small);
        painter.text(
            place.center(),
            Align2::CENTER_CENTER,
            icon::WARNING,
            font,
            colour,
        );
        let seen = place.intersect(placed.visible);
        if seen.is_positive() {
            let id = Id::unique(("drift", placed.clip.id, number));
            let response = ui.interact(seen, id, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &mark.words));
            response.on_hover_text(mark.words.as_str());
        }
    }
}

/// The measured appearance of a clip's take, and the frame rate of the take.
fn appearance_of<'c>(cx: &PanelContext<'c>, clip: &Clip) -> Option<(&'c AppearanceMeasure, f64)> {
    let Source::Shot(shot) = clip.source else {
        return None;
    };
    let take = cx.project().shot(shot)?.chosen?;
    let takes = &cx.generation.takes;
    let recipe = takes.find(take)?.readable()?;
    let measure = takes.appearances.get(&take)?;
    Some((measure, f64::from(recipe.settings.rate)))
}

/// The stretches of the visible part of a clip in which a character has drifted.
fn marks(
    cx: &PanelContext,
    placed: PlacedClip,
    scale: &TimeScale,
    measure: &AppearanceMeasure,
    rate: f64,
) -> Vec<Mark> {
    let project_rate = cx.project().rate().per_second();
    let across = placed.visible.intersect(placed.rect);
    let take_frame = |x: f32| {
        let at = f64::from(scale.frame(x)) - placed.range.start.0 as f64;
        placed.clip.source_position(at) / project_rate * rate
    };
    let mut marks = Vec::new();
    for one in &measure.identity {
        let Wardrobe::Drifted(drift) = one.report.verdict else {
            continue;
        };
        let is_drifted = |x: f32| {
            let frame = take_frame(x);
            let mut ranges = one.report.drifted.iter();
            ranges.any(|[from, to]| (*from as f64..*to as f64).contains(&frame))
        };
        let words = format!("Drifted here: {}", drift_words(&one.tag, &drift));
        for [left, right] in stretches(across.left(), across.right(), is_drifted) {
            let words = words.clone();
            marks.push(Mark { left, right, words });
        }
    }
    marks
}

/// The parts of a range in which something is true, looked up every two points.
fn stretches(left: f32, right: f32, is_true: impl Fn(f32) -> bool) -> Vec<[f32; 2]> {
    let mut stretches: Vec<[f32; 2]> = Vec::new();
    let mut open = false;
    let mut x = left;
    while x < right {
        let is_in = is_true(x);
        let end = (x + STEP).min(right);
        match stretches.last_mut() {
            Some(last) if is_in && open => last[1] = end,
            _ if is_in => stretches.push([x, end]),
            _ => {}
        }
        open = is_in;
        x += STEP;
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_where_something_is_true() {
        let found = stretches(0.0, 21.0, |x| (4.0..9.0).contains(&x) || x > 17.0);
        assert_eq!(found, [[4.0, 10.0], [18.0, 21.0]]);
        assert!(stretches(5.0, 5.0, |_| true).is_empty());
        assert!(stretches(0.0, 9.0, |_| false).is_empty());
    }
}
