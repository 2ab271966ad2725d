//! The dialog that moves the playhead to a typed timecode.

use egui::{RichText, TextEdit, Ui};
use kinora_studio::timeline::timecode::{Counting, timecode};

use crate::panels::context::WindowContext;
use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction};
use crate::state::dialog::go_to::GoToForm;
use crate::ui::widgets::{field, focus_first};

pub fn go_to_ui(ui: &Ui, cx: &WindowContext, form: &mut GoToForm) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let (project, playhead) = (open.project(), open.media.player.playhead());
    dialog(ui, cx, "Go to timecode", 380.0, |ui| {
        field(ui, cx.theme, "Timecode", |ui, label| {
            let edit = TextEdit::singleline(&mut form.typed)
                .hint_text("12:05, or +12 from the playhead")
                .desired_width(f32::INFINITY);
            focus_first(ui, edit).labelled_by(label);
        });
        let colours = &cx.theme.colours;
        let frame = form.frame(project, playhead);
        let (words, colour) = match &frame {
            Ok(frame) => {
                let rate = project.rate();
                let at = timecode(*frame, rate, Counting::customary(rate));
                (format!("Frame {}, {at}", frame.0), colours.text_faint)
            }
            Err(_) if form.typed.trim().is_empty() => {
                let words = "Hours, minutes, seconds and frames; a number alone is a frame";
                (words.to_owned(), colours.text_faint)
            }
            Err(why) => (why.clone(), colours.bad),
        };
        ui.label(RichText::new(words).small().color(*colour));
        if dialog_buttons(ui, cx, "Go", frame.is_ok())
            && let Ok(frame) = frame
        {
            cx.send(Action::GoTo(frame));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}
