//! The live preview: the newest picture of the take that is being generated, and its progress.

use egui::{Align2, FontId, ProgressBar, Rect, Ui, UiBuilder, vec2};

use crate::panels::context::PanelContext;
use crate::ui::widgets::picture_in;

/// The height of the progress bar and its text, in points.
const FOOT: f32 = 40.0;

pub fn live_ui(ui: &mut Ui, cx: &PanelContext, place: Rect) {
    let (above, foot) = place.split_top_bottom_at_y(place.bottom() - FOOT);
    ui.painter().rect_filled(above, 0, *cx.theme.colours.well);
    let says = |words: &str| {
        let font = FontId::proportional(cx.theme.text.body);
        let colour = *cx.theme.colours.text_faint;
        let middle = above.center();
        ui.painter()
            .text(middle, Align2::CENTER_CENTER, words, font, colour);
    };
    let Some(coming) = &cx.generation.progress else {
        return says("Nothing is being generated. Press Generate in the Shot panel.");
    };
    match &coming.preview {
        Some(preview) => picture_in(ui.painter(), preview, above),
        None => says("The first preview appears after a few steps."),
    }
    ui.scope_builder(UiBuilder::new().max_rect(foot), |ui| {
        ui.add_space(4.0);
        let bar = ProgressBar::new(coming.done).desired_height(6.0);
        ui.add_sized(
            vec2(ui.available_width(), 6.0),
            bar.fill(*cx.theme.colours.accent),
        );
        ui.label(coming.text.as_str());
    });
}

/// The name of the shot that is being generated.
pub fn shot_name(cx: &PanelContext) -> Option<String> {
    let coming = cx.generation.progress.as_ref()?;
    let order = cx.generation.scheduler.queue().get(coming.order)?;
    Some(order.shot.name.clone())
}
