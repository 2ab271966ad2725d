//! The measures panel: shots down, their camera and each character across. Each cell shows the result of the chosen
//! take; the worst of each column is flagged. It reads the measures that lie in memory with the takes.

mod matrix;

use egui::{
    Button, Color32, FontId, Label, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind,
    TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use kinora_studio::generate::ranking::cells::{Cell, CellState, CellWords};
use kinora_studio::measure::{SIMILARITY_NOTE, similarity_line};
use kinora_studio::timeline::Source;

use crate::panels::context::PanelContext;
use crate::panels::controls::primary_button_of;
use crate::state::action::{Action, ShotAction, ViewerAction};
use crate::state::command::Command;
use crate::state::view::measures_view::MeasuresView;
use crate::state::view::viewer_view::ViewedSource;
use crate::ui::fonts::icon;
use crate::ui::rows::rows_in_view;
use crate::ui::theme::Theme;
use crate::ui::widgets::{line, named, row_with_end, small_button};
use matrix::{Matrix, MatrixRow};

const ROW_HEIGHT: f32 = 28.0;
const NAME_WIDTH: f32 = 170.0;
const CAMERA_WIDTH: f32 = 190.0;
const CHARACTER_WIDTH: f32 = 150.0;
/// Between two cells, and between the edge of a cell and its words, in points.
const GAP: f32 = 4.0;
const INSET: f32 = 8.0;

pub fn measures_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MeasuresView) {
    let order = view.film_order(cx.project(), cx.document.revision);
    let mut matrix = Matrix::of(cx.project(), cx.generation, order);
    if !matrix.is_measured() {
        return empty_ui(ui, cx);
    }
    if view.is_worst_first {
        matrix.sort_by_worst();
    }
    head_ui(ui, cx, view, &matrix);
    similarity_ui(ui, cx);
    ui.add_space(4.0);
    ScrollArea::both()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.set_width(width_of(&matrix).max(ui.available_width()));
            ui.spacing_mut().item_spacing.y = GAP;
            heading_ui(ui, cx, &matrix);
            rows_in_view(ui, ROW_HEIGHT, matrix.rows.len(), |ui, at| {
                let row = &matrix.rows[at];
                ui.push_id(row.shot.id, |ui| row_ui(ui, cx, &matrix, at, row));
            });
        });
}

fn width_of(matrix: &Matrix) -> f32 {
    let characters = matrix.characters.len() as f32;
    NAME_WIDTH + GAP + CAMERA_WIDTH + characters * (CHARACTER_WIDTH + GAP)
}

/// No chosen take has a measure: what the panel is for, and the button that fills it.
fn empty_ui(ui: &mut Ui, cx: &PanelContext) {
    ui.vertical_centered(|ui| {
        ui.add_space(16.0);
        let words = match cx.generation.measures_left() {
            0 => "No chosen take is measured. Takes are compared with their camera paths and with their characters.",
            _ => "The takes are being measured.",
        };
        ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
        ui.add_space(8.0);
        let can_measure = cx.can_edit() && cx.generation.unmeasured().next().is_some();
        let row = Command::MeasureTakes.row();
        if !can_measure {
            ui.disable();
        }
        let look = (row.icon, row.text);
        let size = vec2(220.0, 36.0);
        let button = ui.horizontal(|ui| {
            // A horizontal layout takes the whole width, so the button is put into its middle.
            ui.add_space((ui.available_width() - size.x).max(0.0) / 2.0);
            primary_button_of(ui, cx.theme, look, size)
        });
        let button = button.inner;
        let why = match cx.can_edit() {
            true => "There is no take to measure",
            false => "The project is read-only",
        };
        let button = button.on_hover_text(row.tooltip);
        if button.on_disabled_hover_text(why).clicked() {
            cx.send(Action::Command(Command::MeasureTakes));
        }
    });
}

/// The totals, and what can be done about them.
fn head_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MeasuresView, matrix: &Matrix) {
    let totals = |ui: &mut Ui| {
        let words = match cx.generation.measures_left() {
            0 if cx.generation.comparing.is_some() => {
                format!("{}. Comparing appearances", matrix.totals().words())
            }
            0 => matrix.totals().words(),
            left => format!("{}. Measuring, {left} left", matrix.totals().words()),
        };
        ui.add(Label::new(RichText::new(words).color(*cx.theme.colours.text_soft)).truncate());
    };
    row_with_end(ui, ROW_HEIGHT, totals, |ui| {
        let worst_first = RichText::new("Worst first").small();
        let worst_first = Button::new(worst_first).selected(view.is_worst_first);
        let worst_first = ui.add(worst_first).on_hover_text(
            "Show the shots that are farthest off first, or all in the order of the film",
        );
        if worst_first.clicked() {
            view.is_worst_first = !view.is_worst_first;
        }
        let can_measure = cx.can_edit() && cx.generation.unmeasured().next().is_some();
        if can_measure && cx.generation.measures_left() == 0 {
            let row = Command::MeasureTakes.row();
            if small_button(ui, row.icon, row.text, row.text).clicked() {
                cx.send(Action::Command(Command::MeasureTakes));
            }
        }
        compare_ui(ui, cx);
        let reroll = "Re-roll failing…";
        let sign = Command::RerollFailing.row().icon;
        if small_button(ui, sign, reroll, reroll).clicked() {
            cx.send(Action::Command(Command::RerollFailing));
        }
    });
}

/// The button that compares the appearances of the chosen takes, or stops that.
fn compare_ui(ui: &mut Ui, cx: &PanelContext) {
    let is_comparing = cx.generation.comparing.is_some();
    let can_start = cx.can_edit() && cx.generation.can_compare(cx.project());
    if !(is_comparing || can_start) {
        return;
    }
    let row = Command::MeasureAppearance.row();
    let text = match is_comparing {
        true => "Stop comparing",
        false => row.text,
    };
    if small_button(ui, row.icon, text, text).clicked() {
        cx.send(Action::Command(Command::MeasureAppearance));
    }
}

/// The appearance similarity of each character in the chosen take of the selected shot, once it was asked for.
fn similarity_ui(ui: &mut Ui, cx: &PanelContext) {
    let take = cx.shot().and_then(|shot| shot.chosen);
    let measure = take.and_then(|take| cx.generation.takes.appearances.get(&take));
    let Some(measure) = measure else { return };
    for words in measure.identity.iter().filter_map(similarity_line) {
        let text = RichText::new(words).small();
        let text = text.color(*cx.theme.colours.text_soft);
        ui.add(Label::new(text).truncate())
            .on_hover_text(SIMILARITY_NOTE);
    }
}

/// The names of the columns.
fn heading_ui(ui: &mut Ui, cx: &PanelContext, matrix: &Matrix) {
    let columns = matrix.characters.iter();
    let characters = columns.map(|who| (CHARACTER_WIDTH, format!("@{}", who.tag)));
    let first = [
        (NAME_WIDTH, "Shot".to_owned()),
        (CAMERA_WIDTH, "Camera".to_owned()),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for (width, words) in first.into_iter().chain(characters) {
            let (rect, response) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
            let name = format!("Column {words}");
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
            let font = TextStyle::Small.resolve(ui.style());
            words_in(ui, rect, (&words, font, *cx.theme.colours.text_faint));
        }
    });
}

fn row_ui(ui: &mut Ui, cx: &PanelContext, matrix: &Matrix, at: usize, row: &MatrixRow) {
    let is_selected = cx.selection.shot == Some(row.shot.id);
    let (body, name) = (FontId::proportional(cx.theme.text.body), &row.shot.name);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let (rect, response) = ui.allocate_exact_size(vec2(NAME_WIDTH, ROW_HEIGHT), Sense::click());
        named(&response, &format!("Measures of {name}"));
        frame_ui(ui, cx.theme, rect, (is_selected, &response));
        words_in(ui, rect, (name, body.clone(), *cx.theme.colours.text));
        let mut is_clicked = response.clicked();
        for column in 0..=matrix.characters.len() {
            let width = match column {
                0 => CAMERA_WIDTH,
                _ => CHARACTER_WIDTH,
            };
            let (rect, response) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::click());
            let (cell, words) = (row.cells[column], matrix.words(cx.generation, row, column));
            let is_worst = matrix.worst[column] == Some(at);
            let title = matrix.column_name(column);
            let about = match is_worst {
                true => format!("{name}, {title}: {}, the worst of the film", words.short),
                false => format!("{name}, {title}: {}", words.short),
            };
            named(&response, &about);
            frame_ui(ui, cx.theme, rect, (is_selected, &response));
            cell_ui(ui, cx.theme, rect, (cell, &words, is_worst));
            is_clicked |= response.on_hover_text(words.details).clicked();
        }
        if is_clicked {
            cx.send(Action::Shot(ShotAction::Select(row.shot.id)));
            let source = ViewedSource::of(Source::Shot(row.shot.id));
            cx.send(Action::Viewer(ViewerAction::Show(source)));
        }
    });
}

/// The ground of a cell of the selected shot, and the frame of one that is pointed at or has the focus.
fn frame_ui(ui: &Ui, theme: &Theme, rect: Rect, (is_selected, response): (bool, &egui::Response)) {
    let colours = &theme.colours;
    let ground = match is_selected {
        true => *colours.accent_veil,
        false => *colours.well,
    };
    ui.painter().rect_filled(rect, 3, ground);
    if response.hovered() || response.has_focus() {
        let stroke = ui.style().interact(response).bg_stroke;
        ui.painter()
            .rect_stroke(rect, 3, stroke, StrokeKind::Inside);
    }
}

fn cell_ui(ui: &Ui, theme: &Theme, rect: Rect, (cell, words, is_worst): (Cell, &CellWords, bool)) {
    let (sign, colour) = look(theme, cell.state);
    let text = match sign.is_empty() {
        true => words.short.clone(),
        false => format!("{sign}  {}", words.short),
    };
    let font = FontId::proportional(theme.text.small);
    words_in(ui, rect, (&text, font, colour));
    if is_worst {
        let stroke = Stroke::new(1.5, colour);
        ui.painter()
            .rect_stroke(rect, 3, stroke, StrokeKind::Inside);
    }
}

/// The sign and the colour of a state. What failed has both, so that it is seen without colours too.
fn look(theme: &Theme, state: CellState) -> (&'static str, Color32) {
    let colours = &theme.colours;
    match state {
        CellState::Good => (icon::CHECK, *colours.good),
        CellState::Partly => ("~", *colours.warning),
        CellState::Failed => (icon::WARNING, *colours.bad),
        CellState::NotMeasurable | CellState::NotMeasured => ("", *colours.text_soft),
        CellState::Empty => ("", *colours.text_faint),
    }
}

/// A line of words in the middle of a cell, from its left.
fn words_in(ui: &Ui, rect: Rect, (words, font, colour): (&str, FontId, Color32)) {
    if ui.is_rect_visible(rect) {
        let top = rect.center().y - font.size * 0.6;
        let at = pos2(rect.left() + INSET, top);
        line(ui, at, rect.width() - 2.0 * INSET, (words, font, colour));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_shown_by_a_sign_and_a_colour_of_its_own() {
        let theme = Theme::embedded();
        let answered = [CellState::Good, CellState::Partly, CellState::Failed];
        let looks = answered.map(|state| look(&theme, state));
        for (at, one) in looks.iter().enumerate() {
            assert!(!one.0.is_empty());
            for other in &looks[at + 1..] {
                assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
            }
        }
        assert_eq!(look(&theme, CellState::NotMeasurable).0, "");
    }
}
