//! The dialog that copies the open project: its name, its location, and a summary of what will be copied.

use egui::{RichText, TextEdit, Ui};
use kinora_studio::project::copy::CopySummary;

use crate::panels::context::WindowContext;
use crate::panels::controls::{dialog, dialog_buttons, place_field};
use crate::state::action::{Action, CopyPurpose, CopyRequest, ProjectAction};
use crate::state::copy_job::size_text;
use crate::state::dialog::copy_project::{CopyForm, Summary};
use crate::ui::widgets::{field, focus_first};

/// The texts of the dialog.
struct Texts {
    title: &'static str,
    explanation: &'static str,
    button: &'static str,
}

pub fn copy_project_ui(ui: &Ui, cx: &WindowContext, form: &mut CopyForm) {
    let texts = texts_of(form.purpose);
    dialog(ui, cx, texts.title, 460.0, |ui| {
        let colours = &cx.theme.colours;
        ui.label(RichText::new(texts.explanation).color(*colours.text_soft));
        ui.add_space(4.0);
        field(ui, cx.theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        place_field(ui, cx, "Location", &mut form.place, false);
        let folder = form.folder();
        let is_free = cx.state.tasks.copy.is_none();
        let (text, colour) = match &folder {
            _ if !is_free => (
                "Another copy is running. Wait for it to finish, or cancel it.".to_owned(),
                colours.bad,
            ),
            Ok(folder) => (
                format!("Will be saved as {}", folder.display()),
                colours.text_faint,
            ),
            Err(why) => (why.clone(), colours.bad),
        };
        ui.label(RichText::new(text).small().color(*colour));
        let summary = summary_text(&form.summary);
        ui.label(RichText::new(summary).small().color(*colours.text_soft));
        if dialog_buttons(ui, cx, texts.button, folder.is_ok() && is_free)
            && let Ok(to) = folder
        {
            let purpose = form.purpose;
            cx.send(Action::Project(ProjectAction::Copy(CopyRequest {
                purpose,
                to,
            })));
        }
    });
}

fn texts_of(purpose: CopyPurpose) -> Texts {
    match purpose {
        CopyPurpose::SaveAs => Texts {
            title: "Save project as",
            explanation: "Copies everything, then opens the copy.",
            button: "Save copy",
        },
        CopyPurpose::Duplicate => Texts {
            title: "Duplicate project",
            explanation: "Copies everything. This project stays open.",
            button: "Duplicate",
        },
        CopyPurpose::Collect => Texts {
            title: "Collect project",
            explanation: "Copies the chosen takes, and the media and pictures of the project. This project stays open.",
            button: "Collect",
        },
    }
}

fn summary_text(summary: &Summary) -> String {
    match summary {
        Summary::Counting(_) => "Counting the files…".into(),
        Summary::Counted(summary) => counts_text(summary),
        Summary::Unknown(why) => format!("The size of the copy is unknown: {why}"),
    }
}

fn counts_text(summary: &CopySummary) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let text = format!(
        "{}, {}, {}: {}",
        counted(summary.takes, "take", "takes"),
        counted(summary.media, "media file", "media files"),
        counted(summary.pictures, "picture", "pictures"),
        size_text(summary.bytes),
    );
    match summary.missing.len() {
        0 => text,
        missing => format!("{text}. Missing: {}", counted(missing, "file", "files")),
    }
}
