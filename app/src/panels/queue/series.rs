//! The series in the queue panel: takes of one shot that are ranked, how far each series is, and the button that uses its
//! best take.

use egui::{Align, Button, CollapsingHeader, Label, Layout, RichText, Ui};
use kinora_studio::generate::best_of::{best_of, progress_words, ranking_of};
use kinora_studio::generate::queue::series::{RankBy, Series};
use kinora_studio::generate::ranking::{CAMERA_WEIGHT, CAST_WEIGHT, Ranked};
use kinora_studio::timeline::ContentHash;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, QueueAction};
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named, row_with_end, small_button};

const TITLE_HEIGHT: f32 = 30.0;

/// All series, the newest first.
pub fn all_series_ui(ui: &mut Ui, cx: &PanelContext) {
    for series in cx.generation.scheduler.queue().series().iter().rev() {
        ui.push_id(series.id, |ui| series_ui(ui, cx, series));
        ui.separator();
    }
}

fn series_ui(ui: &mut Ui, cx: &PanelContext, series: &Series) {
    let candidate = |take: ContentHash| cx.generation.candidate(take);
    let ranking = ranking_of(series, candidate);
    let title = |ui: &mut Ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let words = format!("Best of {}: {}", series.plan.takes, series.name);
            ui.add(Label::new(RichText::new(words).font(cx.theme.strong_font())).truncate());
        });
    };
    row_with_end(ui, TITLE_HEIGHT, title, |ui| {
        use_best_ui(ui, cx, series, best_of(series, candidate));
        end_ui(ui, cx, series);
    });
    let words = RichText::new(progress_words(series, &ranking)).small();
    ui.label(words.color(*cx.theme.colours.text_soft));
    CollapsingHeader::new(RichText::new(format!("Ranking of {}", series.name)).small())
        .id_salt("ranking")
        .default_open(true)
        .show(ui, |ui| ranking_ui(ui, cx, series, &ranking));
}

/// The button that makes the best take the chosen one.
fn use_best_ui(ui: &mut Ui, cx: &PanelContext, series: &Series, best: Option<ContentHash>) {
    let shot = cx.project().shot(series.shot);
    let is_other = shot.is_some_and(|shot| shot.chosen != best);
    let is_possible = best.is_some() && is_other && cx.can_edit();
    let button = Button::new(RichText::new("Use best").small());
    let response = ui.add_enabled(is_possible, button);
    named(&response, &format!("Use the best take of {}", series.name));
    let response = response
        .on_hover_text("Make the take with rank 1 the chosen one. This can be undone")
        .on_disabled_hover_text(match (shot.is_some(), best.is_some()) {
            (false, _) => "The shot was removed",
            (true, false) => "No take has a rank yet",
            (true, true) if is_other => "The project is read-only",
            (true, true) => "It is the chosen take",
        });
    if response.clicked() {
        cx.send(Action::Queue(QueueAction::UseBest(series.id)));
    }
}

/// The button that cancels a series, or removes one that has ended from the list.
fn end_ui(ui: &mut Ui, cx: &PanelContext, series: &Series) {
    let name = &series.name;
    if series.end.is_some() {
        let remove = format!("Remove the series of {name} from the list; its takes are kept");
        if icon_button(ui, icon::CLOSE, &remove).clicked() {
            cx.send(Action::Queue(QueueAction::RemoveSeries(series.id)));
        }
        return;
    }
    let cancel = format!("Cancel the series of {name}; finished takes are kept");
    if small_button(ui, icon::CLOSE, "Cancel", &cancel).clicked() {
        cx.send(Action::Queue(QueueAction::CancelSeries(series.id)));
    }
}

fn ranking_ui(ui: &mut Ui, cx: &PanelContext, series: &Series, ranking: &[Ranked]) {
    let faint = |words: String| {
        let words = RichText::new(words).small();
        words.color(*cx.theme.colours.text_faint)
    };
    if ranking.is_empty() {
        ui.label(faint("No take is finished yet.".to_owned()));
        return;
    }
    if series.plan.rank == RankBy::Both {
        let weights = format!("Weights: camera {CAMERA_WEIGHT}, cast {CAST_WEIGHT}");
        ui.label(faint(weights));
    }
    for ranked in ranking {
        let Some(made) = series.made.get(ranked.place) else {
            continue;
        };
        let rank = ranked.rank;
        let rank = rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
        let words = format!("{rank}   seed {}   {}", made.seed, ranked.words());
        let colour = match ranked.rank {
            Some(1) => cx.theme.colours.text,
            Some(_) => cx.theme.colours.text_soft,
            None => cx.theme.colours.text_faint,
        };
        ui.add(Label::new(RichText::new(words).small().color(*colour)).wrap());
    }
}
