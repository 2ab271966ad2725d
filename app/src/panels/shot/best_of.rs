//! The choice beside the number of takes: what they are ranked by, and when no further one is made.

use egui::{RichText, Ui, WidgetInfo};
use kinora_studio::generate::best_of::refusal;
use kinora_studio::generate::queue::series::RankBy;
use kinora_studio::generate::ranking::appearance::has_cast_on_stage;
use kinora_studio::timeline::shot::Shot;

use crate::panels::context::PanelContext;
use crate::state::view::shot_view::ShotView;
use crate::ui::fonts::icon;
use crate::ui::widgets::{choice, number};

/// The camera errors at which a series can end, in degrees.
const STOP_DEGREES: std::ops::RangeInclusive<f64> = 0.1..=45.0;
/// The minutes of a series.
const MINUTES: std::ops::RangeInclusive<f64> = 1.0..=1440.0;

/// The choice; nothing for one take, which has no rank.
pub fn best_of_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, view: &mut ShotView) {
    if view.take_count < 2 {
        return;
    }
    let form = &mut view.best_of;
    let all = [
        (None, "Nothing"),
        (Some(RankBy::Camera), "Camera error"),
        (Some(RankBy::Cast), "Cast drift"),
        (Some(RankBy::Both), "Both"),
    ];
    let all = all.map(|(rank, words)| (rank, words.to_owned()));
    let tooltip = "Measure these takes and show their ranking in the queue. You choose the take";
    choice(ui, cx.theme, "Rank by", all, &mut form.rank).on_hover_text(tooltip);
    let Some(rank) = form.rank else {
        return;
    };
    let scheduler = &cx.generation.scheduler;
    let model = scheduler.model_with_loras(cx.project(), shot);
    let has_cast = has_cast_on_stage(cx.project(), shot, model.as_deref());
    if let Some(why) = refusal(shot.camera.is_some(), has_cast, rank) {
        let text = RichText::new(format!("{}  Not possible: {why}", icon::WARNING)).small();
        ui.label(text.color(*cx.theme.colours.warning));
    }
    let stop = (
        "Stop when camera error is at most",
        "Camera error that ends the series",
    );
    let limit = ("Within", "Minutes of the series");
    ui.horizontal(|ui| {
        ui.checkbox(&mut form.stops_early, stop.0)
            .on_hover_text("Make no further take once one follows its camera path so closely");
        let drag = number(&mut form.stop_at_degrees).range(STOP_DEGREES);
        let drag = drag.speed(0.02).fixed_decimals(1).suffix("°");
        let response = ui.add_enabled(form.stops_early, drag);
        let value = form.stop_at_degrees;
        named_number(&response, stop.1, value);
    });
    ui.horizontal(|ui| {
        ui.checkbox(&mut form.has_limit, limit.0)
            .on_hover_text("Begin no take that would end later than this");
        let drag = number(&mut form.within_minutes).range(MINUTES);
        let drag = drag.speed(0.1).fixed_decimals(0).suffix(" min");
        let response = ui.add_enabled(form.has_limit, drag);
        let value = form.within_minutes;
        named_number(&response, limit.1, value);
    });
    ui.add_space(4.0);
}

fn named_number(response: &egui::Response, name: &str, value: f64) {
    response.widget_info(|| WidgetInfo {
        label: Some(name.into()),
        ..WidgetInfo::drag_value(response.enabled(), value)
    });
}
