//! The dialog with the documentation of this version: a searched list of pages, and the page that is shown.

use egui::{
    Align, Button, Grid, Label, RichText, ScrollArea, TextEdit, Ui, UiBuilder, WidgetInfo, vec2,
};

use crate::background::help_page::{Block, HelpPage, Span, SpanStyle};
use crate::background::task::take_finished;
use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog};
use crate::state::dialog::help::HelpForm;
use crate::ui::theme::Theme;
use crate::ui::widgets::{focus_first, named};

const WIDTH: f32 = 900.0;
const LIST_WIDTH: f32 = 210.0;
/// The height of the title, the button and the margins of the dialog, in points.
const ROOM_AROUND: f32 = 170.0;
/// The indentation of an item of a list, in points.
const INDENT: f32 = 14.0;
/// The distance between two lines of a paragraph, in points.
const LINE_GAP: f32 = 4.0;
/// The most headings that a search lists.
const MOST_FOUND: usize = 60;

pub fn help_ui(ui: &Ui, cx: &WindowContext, form: &mut HelpForm) {
    if let Some(pages) = take_finished(&mut form.reading) {
        form.pages = pages;
    }
    dialog(ui, cx, "Help", WIDTH, |ui| {
        let height = (ui.ctx().content_rect().height() - ROOM_AROUND).max(160.0);
        let all = ui.available_rect_before_wrap();
        let all = egui::Rect::from_min_size(all.min, vec2(ui.available_width(), height));
        let (list, page) = all.split_left_right_at_x(all.left() + LIST_WIDTH);
        ui.scope_builder(UiBuilder::new().max_rect(list), |ui| {
            ui.set_min_height(height);
            list_ui(ui, cx, form);
        });
        let page = page.with_min_x(page.left() + 16.0);
        ui.scope_builder(UiBuilder::new().max_rect(page), |ui| {
            ui.set_min_size(page.size());
            page_ui(ui, cx.theme, form);
        });
        close_button(ui, cx);
    });
}

/// The search, and the pages; of a search, the headings that it finds.
fn list_ui(ui: &mut Ui, cx: &WindowContext, form: &mut HelpForm) {
    let edit = TextEdit::singleline(&mut form.search)
        .hint_text("Search the help")
        .desired_width(f32::INFINITY);
    let search = focus_first(ui, edit);
    search.widget_info(|| WidgetInfo {
        label: Some("Search the help".into()),
        ..WidgetInfo::text_edit(true, &form.search, &form.search, "")
    });
    ui.add_space(6.0);
    let mut wanted: Option<(usize, Option<String>)> = None;
    ScrollArea::vertical()
        .id_salt("pages of the help")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let is_searching = !form.search.trim().is_empty();
            let mut left = MOST_FOUND;
            for (number, page) in form.pages.iter().enumerate() {
                let found: Vec<_> = page.found(&form.search).take(left).collect();
                if is_searching && found.is_empty() {
                    continue;
                }
                if row_ui(ui, (page.title.as_str(), number == form.page), "") {
                    wanted = Some((number, None));
                }
                if !is_searching {
                    continue;
                }
                left -= found.len();
                for section in found {
                    if row_ui(ui, (section.title.as_str(), false), "    ") {
                        wanted = Some((number, Some(section.anchor.clone())));
                    }
                }
            }
            if is_searching && left == MOST_FOUND {
                let words = RichText::new("Nothing found").small();
                ui.label(words.color(*cx.theme.colours.text_faint));
            }
        });
    if let Some((page, anchor)) = wanted {
        form.go_to(page, anchor.as_deref());
    }
}

/// A row of the list. True: it was clicked.
fn row_ui(ui: &mut Ui, (title, is_shown): (&str, bool), indent: &str) -> bool {
    let text = format!("{indent}{title}");
    let button = Button::selectable(is_shown, text).truncate();
    let row = ui.add(button.min_size(vec2(ui.available_width(), 0.0)));
    let name = match indent.is_empty() {
        true => format!("Help page: {title}"),
        false => format!("Help section: {title}"),
    };
    named(&row, &name);
    row.on_hover_text(title).clicked()
}

fn page_ui(ui: &mut Ui, theme: &Theme, form: &mut HelpForm) {
    let mut link = None;
    if ui
        .add_enabled(!form.before.is_empty(), Button::new("Back"))
        .clicked()
    {
        form.go_back();
    }
    let Some(page) = form.pages.get(form.page) else {
        ui.label(RichText::new("Reading…").color(*theme.colours.text_soft));
        return;
    };
    let anchor = form.anchor.take();
    ScrollArea::vertical()
        .id_salt(("page of the help", &page.file))
        .auto_shrink([false, false])
        .show(ui, |ui| {
            blocks_ui(ui, theme, page, (anchor.as_deref(), &mut link));
        });
    if let Some((page, anchor)) = link.and_then(|link: String| form.target_of(&link)) {
        form.go_to(page, anchor.as_deref());
    }
}

fn blocks_ui(
    ui: &mut Ui,
    theme: &Theme,
    page: &HelpPage,
    (anchor, link): (Option<&str>, &mut Option<String>),
) {
    for (number, block) in page.blocks.iter().enumerate() {
        match block {
            Block::Heading(level, own, spans) => {
                ui.add_space(if *level == 1 { 2.0 } else { 10.0 });
                let words: String = spans.iter().map(|span| span.text.as_str()).collect();
                let font = match level {
                    1 => theme.heading_font(),
                    _ => theme.strong_font(),
                };
                let heading = ui.add(Label::new(RichText::new(words).font(font)).wrap());
                if anchor == Some(own.as_str()) {
                    heading.scroll_to_me(Some(Align::TOP));
                }
            }
            Block::Paragraph(spans) => spans_ui(ui, theme, spans, link),
            Block::Item(depth, mark, spans) => {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().interact_size.y = 0.0; // a line is as high as its words
                    ui.add_space(INDENT * *depth as f32);
                    ui.label(mark.as_str());
                    ui.vertical(|ui| spans_ui(ui, theme, spans, link));
                });
            }
            Block::Code(text) => {
                let text = RichText::new(text).monospace();
                ui.add(Label::new(text.background_color(*theme.colours.well)).wrap());
            }
            Block::Table(rows) => table_ui(ui, theme, (number, rows.as_slice()), link),
        }
        ui.add_space(4.0);
    }
}

fn table_ui(
    ui: &mut Ui,
    theme: &Theme,
    (number, rows): (usize, &[Vec<Vec<Span>>]),
    link: &mut Option<String>,
) {
    let columns = rows.first().map_or(1, Vec::len).max(1);
    let gap = 12.0;
    let width = (ui.available_width() - gap * columns as f32) / columns as f32;
    let grid = Grid::new(("table of the help", number)).spacing([gap, 6.0]);
    grid.num_columns(columns).striped(true).show(ui, |ui| {
        for row in rows {
            for cell in row {
                ui.vertical(|ui| {
                    ui.set_width(width.max(40.0));
                    spans_ui(ui, theme, cell, link);
                });
            }
            ui.end_row();
        }
    });
}

/// Words in their styles. A link that is clicked is written to `link`.
fn spans_ui(ui: &mut Ui, theme: &Theme, spans: &[Span], link: &mut Option<String>) {
    ui.spacing_mut().interact_size.y = 0.0; // a line is as high as its words
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, LINE_GAP);
        for span in spans {
            let text = RichText::new(&span.text);
            match &span.style {
                SpanStyle::Plain => drop(ui.label(text)),
                SpanStyle::Strong => drop(ui.label(text.font(theme.strong_font()))),
                SpanStyle::Emphasis => drop(ui.label(text.italics())),
                SpanStyle::Code => drop(ui.label(text.monospace())),
                // A link out of the pages is text: the window opens no browser.
                SpanStyle::Link(target) if target.contains("://") || target.starts_with("..") => {
                    ui.label(text).on_hover_text(target.as_str());
                }
                SpanStyle::Link(target) => {
                    if ui.link(text).clicked() {
                        *link = Some(target.clone());
                    }
                }
            }
        }
    });
}
