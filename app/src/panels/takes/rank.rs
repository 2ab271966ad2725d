//! The order of the takes by their ranks, and the rank beside a take.

use egui::{Color32, RichText, Role, Ui, WidgetInfo};
use kinora_studio::generate::queue::series::RankBy;
use kinora_studio::generate::ranking::{Candidate, Ranked, rank};
use kinora_studio::take::take_store::Take;
use kinora_studio::timeline::ContentHash;

use super::Row;
use crate::panels::context::PanelContext;
use crate::state::view::shot_view::ShotView;
use crate::ui::theme::Theme;

/// The switch between the order of their making and that of their ranks.
pub fn by_rank_ui(ui: &mut Ui, view: &mut ShotView) {
    let text = RichText::new("By rank").small();
    ui.toggle_value(&mut view.is_by_rank, text).on_hover_text(
        "Show the takes in the order of their ranks, with the reason for those that have none",
    );
}

/// The ranking of a shot's takes, the best first; empty unless they are shown by rank. Ranked by what the shot panel says,
/// or by their camera.
pub fn ranking(cx: &PanelContext, takes: &[&(ContentHash, Take)], view: &ShotView) -> Vec<Ranked> {
    if !view.is_by_rank {
        return Vec::new();
    }
    let candidates = takes.iter().map(|(name, _)| cx.generation.candidate(*name));
    let candidates: Vec<Candidate> = candidates.collect();
    rank(&candidates, view.best_of.rank.unwrap_or(RankBy::Camera))
}

/// The best takes, so many, and the others.
pub(super) fn in_order(mut rows: Vec<Row<'_>>, shown: usize) -> (Vec<Row<'_>>, Vec<Row<'_>>) {
    let rank_of = |row: &Row| row.ranked.and_then(|ranked| ranked.rank);
    rows.sort_by_key(|row| (rank_of(row).unwrap_or(usize::MAX), row.number));
    let others = rows.split_off(rows.len().min(shown));
    (rows, others)
}

/// The rank of a take with its score, or that it has none; the reason is in the tooltip. `number` is that of the take.
pub fn rank_ui(ui: &mut Ui, theme: &Theme, number: usize, ranked: &Ranked) {
    let (words, colour): (String, Color32) = match ranked.rank {
        Some(rank) => (
            format!("rank {rank}   {}", ranked.words()),
            *theme.colours.text_soft,
        ),
        None => ("no rank".to_owned(), *theme.colours.text_faint),
    };
    let response = ui.label(RichText::new(&words).small().color(colour));
    let name = format!("Rank of take {number}: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    if ranked.rank.is_none() {
        response.on_hover_text(ranked.words());
    }
}
