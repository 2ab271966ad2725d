//! The dialog that exports a video: the format, the file, and the range.

use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, ExportAction};

use egui::{Button, RichText, TextEdit, Ui, vec2};
use kinora_studio::exchange::export::export_range;
use kinora_studio::render::Format;

use crate::panels::context::WindowContext;
use crate::state::command::Command;
use crate::state::dialog::export::ExportForm;
use crate::ui::fonts::icon;
use crate::ui::widgets::{accented, field, focus_first, row_from_right};

pub fn export_ui(ui: &Ui, cx: &WindowContext, form: &mut ExportForm) {
    dialog(ui, cx, "Export video", 480.0, |ui| {
        for format in Format::exported() {
            if ui.radio(form.format == format, format.purpose).clicked() {
                form.choose(format);
            }
        }
        ui.add_space(8.0);
        field(ui, cx.theme, "File", |ui, label| {
            let edit = TextEdit::singleline(&mut form.place)
                .desired_width(f32::INFINITY)
                .margin(vec2(8.0, 6.0));
            focus_first(ui, edit).labelled_by(label);
        });
        let missing = missing_takes(cx);
        if missing > 0 {
            return placeholders_ui(ui, cx, form, missing);
        }
        let part = match cx
            .state
            .project
            .as_ref()
            .and_then(|open| open.project().in_out())
        {
            Some(range) => format!("From in to out: {}.", range.length),
            None => "The whole timeline.".into(),
        };
        ui.label(
            RichText::new(part)
                .small()
                .color(*cx.theme.colours.text_soft),
        );
        if dialog_buttons(ui, cx, "Export video", !form.place.trim().is_empty()) {
            cx.send(Action::Export(ExportAction::Start(form.request())));
        }
    });
}

/// The number of shots that would be exported as animatics.
fn missing_takes(cx: &WindowContext) -> usize {
    cx.state.project.as_ref().map_or(0, |open| {
        let project = open.project();
        project.shots_without_take(export_range(project)).len()
    })
}

/// The choice before shots without a take are exported.
fn placeholders_ui(ui: &mut Ui, cx: &WindowContext, form: &ExportForm, missing: usize) {
    let text = match missing {
        1 => "1 shot has no take. It would be exported as an animatic.".to_owned(),
        many => format!("{many} shots have no take. They would be exported as animatics."),
    };
    let text = format!("{}  {text}", icon::WARNING);
    ui.label(RichText::new(text).color(*cx.theme.colours.warning));
    ui.add_space(12.0);
    row_from_right(ui, 34.0, |ui| {
        let generate = Button::new(RichText::new("Generate first").font(cx.theme.strong_font()))
            .min_size(vec2(112.0, 34.0));
        if accented(ui, cx.theme, |ui| ui.add(generate)).clicked() {
            cx.send(Action::Dialog(DialogAction::Close));
            cx.send(Action::Command(Command::GenerateMissing));
        }
        let plain = |text| Button::new(text).min_size(vec2(88.0, 34.0));
        if ui.add(plain("Export animatics")).clicked() {
            cx.send(Action::Export(ExportAction::Start(form.request())));
        }
        if ui.add(plain("Cancel")).clicked() {
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}
