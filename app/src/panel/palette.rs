//! The command palette: type a part of a command's name, press Enter.

use egui::{Id, Key, Modal, Role, ScrollArea, TextEdit, Ui, Vec2, WidgetInfo, vec2};

use crate::command::{Row, TABLE};
use crate::run::Ask;
use crate::state::State;
use crate::theme::Theme;
use crate::widget::{Steps, command_item, focus_first};

const WIDTH: f32 = 520.0;

/// What has been typed, and which of the answers is chosen.
#[derive(Default)]
pub struct Palette {
    typed: String,
    chosen: usize,
}

pub fn palette_ui(
    ui: &mut Ui,
    theme: &Theme,
    palette: &mut Palette,
    state: &State,
    asks: &mut Vec<Ask>,
) {
    let area = Modal::default_area(Id::unique("palette area"))
        .anchor(egui::Align2::CENTER_TOP, vec2(0.0, 96.0));
    let modal = Modal::new(Id::unique("palette"))
        .area(area)
        .backdrop_color(*theme.colours.shade)
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            let steps = Steps::pressed(ui);
            let field = TextEdit::singleline(&mut palette.typed)
                .hint_text("What do you want to do?")
                .desired_width(f32::INFINITY)
                .margin(Vec2::splat(8.0));
            let typing = focus_first(ui, field);
            typing.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Command"));
            if typing.changed() {
                palette.chosen = 0;
            }
            let answers = answers(&palette.typed, state);
            palette.chosen = steps.on(palette.chosen, answers.len());
            if answers.is_empty() {
                ui.label("No command has these letters in this order.");
            }
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for (place, row) in answers.iter().enumerate() {
                    let chosen = place == palette.chosen;
                    let item = ui.scope(|ui| {
                        if chosen {
                            ui.visuals_mut().widgets.inactive.weak_bg_fill =
                                *theme.colours.accent_veil;
                        }
                        command_item(ui, row, true)
                    });
                    if chosen && steps.any() {
                        item.inner.scroll_to_me(None);
                    }
                    if item.inner.clicked() {
                        run(row, asks);
                    }
                }
            });
            if ui.input(|input| input.key_pressed(Key::Enter))
                && let Some(row) = answers.get(palette.chosen)
            {
                run(row, asks);
            }
        });
    if modal.should_close() {
        asks.push(Ask::CloseDialogue);
    }
}

/// Closes the palette first: the command may open a dialogue of its own.
fn run(row: &Row, asks: &mut Vec<Ask>) {
    asks.extend([Ask::CloseDialogue, Ask::Run(row.command)]);
}

/// The commands that can be run now and whose text has the typed letters, best first.
fn answers(typed: &str, state: &State) -> Vec<&'static Row> {
    let mut answers: Vec<(usize, &Row)> = TABLE
        .iter()
        .filter(|row| {
            row.command.is_enabled(state) && row.command != crate::command::Command::Palette
        })
        .filter_map(|row| Some((distance(typed, row.text)?, row)))
        .collect();
    answers.sort_by_key(|(distance, _)| *distance);
    answers.into_iter().map(|(_, row)| row).collect()
}

/// How far apart the typed letters lie in `text`: 0 for a beginning, `None` if they are not there
/// in this order.
fn distance(typed: &str, text: &str) -> Option<usize> {
    let text = text.to_lowercase();
    let mut rest = text.char_indices();
    let (mut first, mut last) = (None, 0);
    let letters = typed
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase);
    for letter in letters {
        let (at, _) = rest.find(|(_, found)| *found == letter)?;
        first.get_or_insert(at);
        last = at;
    }
    let first = first.unwrap_or(0);
    Some(first + (last - first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_their_order_find_a_command_wherever_they_stand() {
        assert!(distance("nf", "New film…").is_some());
        assert!(distance("Film new", "New film…").is_none());
        assert!(distance("", "Quit").is_some());
    }

    #[test]
    fn a_beginning_comes_before_a_middle() {
        assert!(distance("op", "Open…") < distance("op", "Stop here"));
    }
}
