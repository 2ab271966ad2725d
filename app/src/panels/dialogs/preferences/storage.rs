//! The page of the preferences about files: proxies, caches and backups.

use egui::{Button, ComboBox, Ui};

use super::{note, row};
use crate::panels::context::WindowContext;
use crate::state::action::{Action, PreferencesAction};
use crate::state::copy_job::size_text;
use crate::state::dialog::preferences::{CacheSize, PreferencesForm};
use crate::state::preferences::{AUTOSAVE_MINUTES, PROXY_SIZES, Preferences};
use crate::ui::widgets::named;

/// The rows of the page.
pub fn storage_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &PreferencesForm,
    preferences: &mut Preferences,
) {
    let tooltip = "The imported videos of which a half-size proxy is made";
    row(ui, cx, ("Make proxies", tooltip), |ui, label| {
        let now = preferences.proxies_above_lines;
        let name = PROXY_SIZES.iter().find(|(lines, _)| *lines == now);
        let name = match (name, now) {
            (Some((_, name)), _) => (*name).to_owned(),
            (None, lines) => format!("Above {} lines", lines.unwrap_or_default()),
        };
        let list = ComboBox::from_id_salt("proxies")
            .selected_text(name)
            .width(ui.available_width());
        let shown = list.show_ui(ui, |ui| {
            for (lines, name) in PROXY_SIZES {
                ui.selectable_value(&mut preferences.proxies_above_lines, lines, name);
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text(tooltip);
        note(
            ui,
            cx,
            "Of videos that are imported from now on. The media panel makes others.",
        );
    });
    let tooltip = "Files that Kinora makes again when they are needed";
    row(ui, cx, ("Caches", tooltip), |ui, _| {
        let (text, can_clear) = match &form.cache {
            CacheSize::NoProject => ("No project is open.".to_owned(), false),
            CacheSize::Counting(_) => ("Counting the files…".to_owned(), false),
            CacheSize::Known(bytes) => (size_text(*bytes), *bytes > 0),
            CacheSize::Unknown(why) => (format!("The size is unknown: {why}"), true),
        };
        ui.horizontal(|ui| {
            ui.label(text);
            let clear = ui.add_enabled(can_clear, Button::new("Clear"));
            named(&clear, "Clear the caches");
            if clear
                .on_hover_text("Delete the caches of this project")
                .clicked()
            {
                cx.send(Action::Preferences(PreferencesAction::ClearCache));
            }
        });
        let text = "Filmstrips, converted sound and proxies of the open project. All but proxies are made again by themselves.";
        note(ui, cx, text);
    });
    autosave_ui(ui, cx, &mut preferences.autosave_minutes);
}

fn autosave_ui(ui: &mut Ui, cx: &WindowContext, minutes: &mut Option<u32>) {
    let tooltip = "How often the project file is written, with the one before as a backup";
    row(ui, cx, ("Autosave", tooltip), |ui, label| {
        let name_of = |minutes: Option<u32>| match minutes {
            Some(minutes) => format!("Every {minutes} minutes"),
            None => "Only with Save".to_owned(),
        };
        let list = ComboBox::from_id_salt("autosave")
            .selected_text(name_of(*minutes))
            .width(ui.available_width());
        let shown = list.show_ui(ui, |ui| {
            let offered = AUTOSAVE_MINUTES.into_iter().map(Some);
            for offer in offered.chain([None]) {
                ui.selectable_value(minutes, offer, name_of(offer));
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text(tooltip);
        let text =
            "Every edit is on the disk at once, also without. This keeps versions to go back to.";
        note(ui, cx, text);
    });
}
