//! The media panel: the imports of the project as rows, or its takes, with a search and a filter.

mod item;
mod picture;
mod proxy;
mod row;
mod takes;
mod thumbnail;

use egui::{Button, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::panels::context::PanelContext;
use crate::panels::controls::command_button;
use crate::state::action::{Action, MediaAction};
use crate::state::command::Command;
use crate::state::view::media_view::{MediaFilter, MediaView};
use crate::ui::fonts::icon;
use crate::ui::rows::scroll_to_row;
use crate::ui::widgets::{field, icon_button, named, row_with_end};

const NO_IMPORT: &str =
    "Nothing imported yet. Import a video, picture or sound, or drop files on this panel.";
/// The number of imports that are seen at a glance. With more of them, the panel has a search.
const MOST_WITHOUT_SEARCH: usize = 8;

pub fn media_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView) {
    view.has_pointer = ui.rect_contains_pointer(ui.max_rect());
    buttons_ui(ui, cx);
    ui.add_space(4.0);
    let has_media = cx.project().media().next().is_some();
    let takes = cx.generation.takes.takes.len();
    if !has_media && takes == 0 {
        return faint_ui(ui, cx, NO_IMPORT);
    }
    let missing = view.missing(cx.project(), cx.document.revision, &cx.media.files);
    if missing > 0 {
        missing_ui(ui, cx, missing);
    }
    let are_many = match view.filter {
        MediaFilter::Takes => takes > MOST_WITHOUT_SEARCH,
        _ => cx.project().media().nth(MOST_WITHOUT_SEARCH).is_some(),
    };
    match are_many {
        true => search_ui(ui, cx, view),
        false => view.search.clear(),
    }
    ui.horizontal_wrapped(|ui| {
        for (filter, words) in MediaFilter::ALL {
            ui.selectable_value(&mut view.filter, filter, words)
                .on_hover_text(filter.tooltip());
        }
    });
    if view.filter == MediaFilter::Takes {
        return takes::takes_ui(ui, cx, view);
    }
    if !has_media {
        return faint_ui(ui, cx, NO_IMPORT);
    }
    let media = view.listed(cx.project(), cx.document.revision, &cx.media.files);
    if media.is_empty() {
        faint_ui(ui, cx, "No matching import");
        return;
    }
    let scrolls = std::mem::take(&mut view.scrolls_to_selected);
    let selected = view.selected.filter(|_| scrolls);
    let to = selected.and_then(|id| media.iter().position(|medium| *medium == id));
    // Only the visible rows are laid out: there may be thousands.
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show_rows(ui, row::HEIGHT, media.len(), |ui, rows| {
            if let Some(to) = to {
                scroll_to_row(ui, rows.start, to, row::HEIGHT);
            }
            let shown = media[rows].iter();
            for medium in shown.filter_map(|id| cx.project().medium(*id)) {
                ui.push_id(medium.id, |ui| row::row_ui(ui, cx, view, medium));
            }
        });
}

fn faint_ui(ui: &mut Ui, cx: &PanelContext, words: &str) {
    ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
}

/// The buttons that import a file, and that look for missing files again.
fn buttons_ui(ui: &mut Ui, cx: &PanelContext) {
    let import = |ui: &mut Ui| {
        let width = ui.available_width();
        if command_button(ui, Command::Import.row(), vec2(width, 32.0)).clicked() {
            cx.send(Action::Command(Command::Import));
        }
    };
    row_with_end(ui, 32.0, import, |ui| {
        if icon_button(ui, icon::RESTART, "Check again which files are missing").clicked() {
            cx.send(Action::Media(MediaAction::CheckFiles));
        }
    });
}

/// The number of missing files, and the button that looks for them.
fn missing_ui(ui: &mut Ui, cx: &PanelContext, count: usize) {
    let words = match count {
        1 => "1 file is missing".to_owned(),
        many => format!("{many} files are missing"),
    };
    let words = RichText::new(format!("{}  {words}", icon::WARNING));
    let label = |ui: &mut Ui| {
        ui.label(words.color(*cx.theme.colours.warning));
    };
    row_with_end(ui, 28.0, label, |ui| {
        let button = Button::new(RichText::new("Find…").small());
        let button = ui.add_enabled(cx.can_edit(), button);
        named(&button, "Find in a folder…");
        let tooltip = Command::RelinkMedia.row().tooltip;
        if button.on_hover_text(tooltip).clicked() {
            cx.send(Action::Command(Command::RelinkMedia));
        }
    });
    ui.add_space(4.0);
}

fn search_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView) {
    field(ui, cx.theme, "Search media", |ui, label| {
        let edit = TextEdit::singleline(&mut view.search)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("Name or prompt");
        ui.add(edit).labelled_by(label);
    });
}
