//! The comparison of a take with the chosen one: in the viewer, and as a list of recipe differences.

use egui::{RichText, Ui};

use super::{Row, word_button};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, TakeAction};
use crate::state::comparison::{ComparedTake, Comparison};

/// The buttons that compare a take with the chosen take: in the viewer, and as a list of recipe differences.
pub(super) fn differences_ui(ui: &mut Ui, cx: &PanelContext, row: &Row) {
    let Some((chosen, take)) = row.chosen else {
        return;
    };
    if *chosen == row.name {
        return;
    }
    if !row.take.is_sound_alone() {
        compare_ui(ui, cx, row);
    }
    let name = format!(
        "Differences between take {} and the chosen take",
        row.number
    );
    let response = word_button(ui, "Differences", &name);
    response.on_hover_ui(|ui| {
        let (Ok(here), Ok(there)) = (&row.take.recipe, &take.recipe) else {
            ui.label("One of the two recipes cannot be read.");
            return;
        };
        for (what, here, there) in here.differences(there) {
            ui.label(RichText::new(what).font(cx.theme.strong_font()));
            ui.label(RichText::new(shortened(&here)).small());
            ui.label(RichText::new(format!("chosen: {}", shortened(&there))).small());
        }
    });
}

/// The button that compares a take in the viewer, adds it to the takes that are compared there, or takes it out.
fn compare_ui(ui: &mut Ui, cx: &PanelContext, row: &Row) {
    let (shot, number) = (row.shot.id, row.number);
    let take = ComparedTake {
        name: row.name,
        number,
    };
    let now = cx.comparison.filter(|one| one.shot == shot);
    let (word, name, after) = match now {
        None => (
            "Compare",
            format!("Compare take {number} with the chosen one in the viewer"),
            Some(Comparison::of(shot, take)),
        ),
        Some(one) if one.has(row.name) => (
            "Compared",
            format!("Stop comparing take {number}"),
            one.without(row.name),
        ),
        Some(one) if one.is_full() => return,
        Some(one) => (
            "Compare too",
            format!("Compare take {number} too, in a grid"),
            Some(one.with(take)),
        ),
    };
    if word_button(ui, word, &name).clicked() {
        cx.send(Action::Take(TakeAction::Compare(after)));
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
