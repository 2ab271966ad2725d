//! The command palette: finds a command by a part of its name, and runs it.

use crate::panels::controls::command_item;
use crate::state::action::{Action, DialogAction};
use egui::{Id, Key, Modal, Role, ScrollArea, TextEdit, Ui, Vec2, WidgetInfo, vec2};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};

use crate::panels::context::WindowContext;
use crate::state::app::AppState;
use crate::state::availability::is_enabled;
use crate::state::command::{Command, Row, TABLE};
use crate::state::command_words::words_of;
use crate::state::dialog::palette::Palette;
use crate::ui::widgets::{Steps, focus_first};

const WIDTH: f32 = 520.0;

pub fn palette_ui(ui: &mut Ui, cx: &WindowContext, palette: &mut Palette) {
    let area = Modal::default_area(Id::unique("palette area"))
        .anchor(egui::Align2::CENTER_TOP, vec2(0.0, 96.0));
    let modal = Modal::new(Id::unique("palette"))
        .area(area)
        .backdrop_color(*cx.theme.colours.shade)
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            let steps = Steps::pressed(ui);
            let field = TextEdit::singleline(&mut palette.typed)
                .hint_text("Type a command")
                .desired_width(f32::INFINITY)
                .margin(Vec2::splat(8.0));
            let typing = focus_first(ui, field);
            typing.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Command"));
            if typing.changed() {
                palette.chosen = 0;
            }
            let answers = answers(&palette.typed, cx.state);
            palette.chosen = steps.on(palette.chosen, answers.len());
            if answers.is_empty() {
                ui.label("No matching command.");
            }
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for (place, row) in answers.iter().enumerate() {
                    let chosen = place == palette.chosen;
                    let item = ui.scope(|ui| {
                        if chosen {
                            ui.visuals_mut().widgets.inactive.weak_bg_fill =
                                *cx.theme.colours.accent_veil;
                        }
                        command_item(ui, &cx.state.keys, row, true)
                    });
                    if chosen && steps.any() {
                        item.inner.scroll_to_me(None);
                    }
                    if item.inner.clicked() {
                        run(cx, row);
                    }
                }
            });
            if ui.input(|input| input.key_pressed(Key::Enter))
                && let Some(row) = answers.get(palette.chosen)
            {
                run(cx, row);
            }
        });
    if modal.should_close() {
        cx.send(Action::Dialog(DialogAction::Close));
    }
}

/// Closes the palette and runs a command. Closes first, because the command may open a dialog.
fn run(cx: &WindowContext, row: &Row) {
    cx.send(Action::Dialog(DialogAction::Close));
    cx.send(Action::Command(row.command));
}

/// The enabled commands that match the typed text, best first.
fn answers(typed: &str, state: &AppState) -> Vec<&'static Row> {
    let enabled = TABLE
        .iter()
        .filter(|row| is_enabled(row.command, state) && row.command != Command::Palette);
    matches(typed, enabled)
}

/// The row of this name, the rows whose text matches, best first, then those that have every typed word in their text or in other words for
/// them; all rows in their order for an empty text.
fn matches<'r>(typed: &str, rows: impl Iterator<Item = &'r Row>) -> Vec<&'r Row> {
    let rows: Vec<&'r Row> = rows.collect();
    let mut matcher = Matcher::new(Config::DEFAULT);
    let (case, accents) = (CaseMatching::Ignore, Normalization::Smart);
    let mut found_by = |pattern: Pattern, words: fn(&Row) -> String| {
        let searched = rows.iter().map(|&row| Searched(row, words(row)));
        pattern.match_list(searched, &mut matcher)
    };
    let by_text = found_by(Pattern::parse(typed, case, accents), |row| row.text.into());
    let each_word = Pattern::new(typed, case, accents, AtomKind::Substring);
    let by_words = found_by(each_word, |row| {
        format!("{} {}", row.text, words_of(row.command))
    });
    let mut answers: Vec<&'r Row> = Vec::new();
    for (Searched(row, _), _) in by_text.into_iter().chain(by_words) {
        if !answers.iter().any(|answer| answer.command == row.command) {
            answers.push(row);
        }
    }
    let is_named = |row: &&Row| {
        let name = row.text.trim_end_matches('…');
        name.to_lowercase() == typed.trim().to_lowercase()
    };
    answers.sort_by_key(|row| !is_named(row)); // the others keep their order
    answers
}

/// A row of the command table, and the words by which the matcher searches it.
struct Searched<'r>(&'r Row, String);

impl AsRef<str> for Searched<'_> {
    fn as_ref(&self) -> &str {
        &self.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<&'static str> {
        let found = matches(typed, TABLE.iter()).into_iter();
        found.map(|row| row.text).collect()
    }

    #[test]
    fn letters_in_their_order_find_a_command_wherever_they_stand() {
        assert!(texts("np").contains(&"New project…"));
        assert!(!texts("projectnew").contains(&"New project…"));
        assert_eq!(texts("").len(), TABLE.len());
        assert_eq!(texts("qqqq"), [] as [&str; 0]);
    }

    #[test]
    fn a_word_at_the_beginning_comes_first() {
        assert_eq!(texts("open").first(), Some(&"Open…"));
        assert_eq!(texts("import").first(), Some(&"Import…"));
        assert_eq!(texts("undo").first(), Some(&"Undo"));
        assert_eq!(texts("zoom").first(), Some(&"Zoom in (timeline)"));
    }

    #[test]
    fn other_words_find_a_command_after_those_that_have_them_in_their_text() {
        for (typed, text) in [
            ("deliver", "Export video…"),
            ("render", "Export video…"),
            ("lift", "Delete"),
            ("razor", "Split at playhead"),
            ("preferences", "Keyboard shortcuts…"),
            ("layer", "Add video track"),
            ("generate all", "Generate missing"),
        ] {
            assert!(texts(typed).contains(&text), "{typed}: {:?}", texts(typed));
        }
        assert_eq!(texts("remove shot").first(), Some(&"Remove shot"));
        let found = texts("remove");
        let place = |text| found.iter().position(|found| *found == text);
        assert!(place("Remove marker").is_some() && place("Remove marker") < place("Delete"));
    }
}
