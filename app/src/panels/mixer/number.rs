//! The numbers of a strip: rows with a name and a value, groups of them that fold, and the fader.

use egui::style::HandleShape;
use egui::{
    Align, CollapsingHeader, Layout, Rect, Response, RichText, Slider, SliderClamping, Ui,
    WidgetInfo, lerp, vec2,
};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::mixing::MixEdit;
use kinora_studio::timeline::mixing::{MixNumber, Processor};

use super::ROW_HEIGHT;
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_with_gesture;
use crate::ui::widgets::{in_pan_words, named, number};

/// The width of the column of names, in points.
const NAMES: f32 = 104.0;
/// The lowest gain of the fader, in decibels. Lower ones are typed.
const FADER_END_DB: f32 = -60.0;
/// The length of the mark at 0 dB beside the fader, in points.
const MARK: f32 = 4.0;

/// The numbers of one processor, in rows. `owner` is the name of the track or of the master.
pub fn rows_ui<S: Copy, M>(
    ui: &mut Ui,
    cx: &PanelContext,
    (owner, mix): (&str, &M),
    (numbers, processor): (&[MixNumber<S, M>], Processor),
    made: impl Fn(S, f32) -> MixEdit,
) {
    for one in numbers.iter().filter(|one| one.processor == processor) {
        row_ui(ui, cx, (owner, mix), one, &made);
    }
}

fn row_ui<S: Copy, M>(
    ui: &mut Ui,
    cx: &PanelContext,
    (owner, mix): (&str, &M),
    one: &MixNumber<S, M>,
    made: impl Fn(S, f32) -> MixEdit,
) {
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        name_ui(ui, cx, one.name);
        let mut value = (one.get)(mix);
        let control = number(&mut value)
            .speed(one.drag_step)
            .range(one.limits.clone())
            .max_decimals(2)
            .suffix(one.unit);
        let control = match one.is_pan() {
            true => in_pan_words(control),
            false => control,
        };
        let size = vec2(ui.available_width(), ROW_HEIGHT);
        let response = ui.add_sized(size, control);
        let name = format!("{} of {owner}", one.name);
        response.widget_info(|| WidgetInfo {
            label: Some(name.clone()),
            ..WidgetInfo::drag_value(response.enabled(), value.into())
        });
        edit_with_gesture(cx, &response, one.name, || {
            Some(Edit::Mix(made(one.setting, value)))
        });
    });
}

/// The name of a row, in the column of names.
pub fn name_ui(ui: &mut Ui, cx: &PanelContext, name: &str) -> Response {
    let text = RichText::new(name)
        .small()
        .color(*cx.theme.colours.text_soft);
    let layout = Layout::left_to_right(Align::Center);
    let height = ui.available_height().min(ROW_HEIGHT);
    let cell = ui.allocate_ui_with_layout(vec2(NAMES, height), layout, |ui| {
        ui.set_width(NAMES);
        ui.label(text)
    });
    cell.inner
}

/// A group of rows that folds. The name of a processor that changes the sound is in the accent colour.
pub fn group_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (owner, processor, is_active): (&str, Processor, bool),
    contents: impl FnOnce(&mut Ui),
) {
    let colour = match is_active {
        true => *cx.theme.colours.accent,
        false => *cx.theme.colours.text_soft,
    };
    let title = RichText::new(processor.name()).color(colour);
    let shown = CollapsingHeader::new(title)
        .id_salt(processor.name())
        .default_open(false)
        .show_unindented(ui, contents);
    let name = format!("{} of {owner}", processor.name());
    named(&shown.header_response, &name);
}

/// The fader: an upright slider of the gain.
pub fn fader_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    (owner, gain_db, highest_db, height): (&str, f32, f32, f32),
    made: impl Fn(f32) -> MixEdit,
) {
    let mut value = gain_db;
    let slider = Slider::new(&mut value, FADER_END_DB..=highest_db)
        .vertical()
        .clamping(SliderClamping::Edits)
        .show_value(false);
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().slider_width = height;
            // So long a rail in the colour of a box would be the brightest thing of the panel.
            ui.visuals_mut().widgets.inactive.bg_fill = *cx.theme.colours.raised_active;
            ui.add(slider)
        })
        .inner;
    mark_zero(ui, cx, response.rect, highest_db);
    let name = format!("Fader of {owner}");
    response.widget_info(|| WidgetInfo::slider(response.enabled(), f64::from(value), name.clone()));
    edit_with_gesture(cx, &response, "fader", || Some(Edit::Mix(made(value))));
    response.on_hover_text("Gain in decibels; the marks are at 0 dB");
}

/// Marks beside the rail where the gain is 0 dB.
fn mark_zero(ui: &Ui, cx: &PanelContext, rect: Rect, highest_db: f32) {
    let HandleShape::Rect { aspect_ratio } = ui.visuals().handle_shape else {
        return;
    };
    let end = rect.width() / 2.5 * aspect_ratio; // half of the handle, which stays on the rail
    let share = FADER_END_DB / (FADER_END_DB - highest_db);
    let y = lerp(rect.bottom() - end..=rect.top() + end, share);
    let stroke = (1.0, *cx.theme.colours.text_faint);
    for x in [rect.left() - 2.0, rect.right() - MARK + 2.0] {
        ui.painter().hline(x..=x + MARK, y, stroke);
    }
}
