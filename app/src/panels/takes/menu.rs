//! The menu of a take, behind *More…* and behind a right click on its picture: variations, reproduce, new shots based on it,
//! its note, and reject.

use egui::{Button, Ui};
use kinora_studio::generate::queue::Vary;
use kinora_studio::take::recipe::Recipe;
use kinora_studio::take::take_store::Rating;
use kinora_studio::wire::UpscalerInfo;

use super::Row;
use super::based_shot::based_shot_menu;
use crate::panels::context::PanelContext;
use crate::state::action::{Action, TakeAction};
use crate::state::view::shot_view::ShotView;

pub(super) fn take_menu(
    ui: &mut Ui,
    cx: &PanelContext,
    row: &Row,
    rating: Rating,
    view: &mut ShotView,
) {
    if let Ok(recipe) = &row.take.recipe {
        repeat_ui(ui, cx, row, recipe);
        based_shot_menu(ui, cx, row.shot, (row.name, recipe), view);
    }
    let tooltip = "A line of text that is kept beside the take, and can be searched for";
    if ui.button("Note…").on_hover_text(tooltip).clicked() {
        view.note_to_focus = Some(row.name);
    }
    let tooltip = "A rejected take is kept, and shown dimmed";
    let text = match rating.is_rejected {
        true => "Restore",
        false => "Reject",
    };
    if ui.button(text).on_hover_text(tooltip).clicked() {
        let rating = Rating {
            is_rejected: !rating.is_rejected,
            ..rating
        };
        cx.send(Action::Take(TakeAction::Rate(row.name, rating)));
    }
}

/// The menu items that generate with the recipe of a take.
fn repeat_ui(ui: &mut Ui, cx: &PanelContext, row: &Row, recipe: &Recipe) {
    let vary = |ui: &mut Ui, text: &str, tooltip: &str, change: Vary| {
        if ui.button(text).on_hover_text(tooltip).clicked() {
            let vary = TakeAction::Vary(row.shot.id, row.name, change);
            cx.send(Action::Take(vary));
        }
    };
    let steps = recipe.settings.steps + recipe.settings.steps.div_ceil(2);
    vary(
        ui,
        &format!("More steps ({steps})"),
        "The same recipe with more steps: cleaner, and slower",
        Vary::Steps(steps),
    );
    vary(
        ui,
        "Follow prompt more",
        "The same recipe with a CFG scale one higher: closer to the prompt",
        Vary::Guidance(1.0),
    );
    vary(
        ui,
        "Follow prompt less",
        "The same recipe with a CFG scale one lower: follows the prompt less closely",
        Vary::Guidance(-1.0),
    );
    upscale_ui(ui, cx, row, recipe);
    ui.separator();
    let tooltip = "Repeat the recipe and compare every frame";
    if ui.button("Reproduce").on_hover_text(tooltip).clicked() {
        let reproduce = TakeAction::Reproduce(row.shot.id, row.name);
        cx.send(Action::Take(reproduce));
    }
    ui.separator();
}

/// The menu items that make a take larger, one for each upscaler.
fn upscale_ui(ui: &mut Ui, cx: &PanelContext, row: &Row, recipe: &Recipe) {
    let mut upscalers: Vec<&UpscalerInfo> = cx.generation.scheduler.upscalers().iter().collect();
    // That of its own model comes first.
    upscalers.sort_by_key(|upscaler| !upscaler.id.starts_with(&recipe.model.id));
    if upscalers.is_empty() {
        let why = "No upscaler is installed. Put a Real-ESRGAN model (.safetensors) into the folder of models";
        let button = ui.add_enabled(false, Button::new("Upscale"));
        button.on_disabled_hover_text(why);
    }
    let [width, height] = recipe.picture_size();
    for upscaler in &upscalers {
        let [width, height] = [width, height].map(|side| side.saturating_mul(upscaler.scale));
        let text = match upscalers.len() {
            1 => format!("Upscale to {width} x {height}"),
            _ => format!("Upscale to {width} x {height}, {}", upscaler.id),
        };
        let by = match upscaler.is_guided {
            true => ", by stage and prompt",
            false => "",
        };
        let tooltip = format!(
            "A new take with the same pictures, larger{by} ({})",
            upscaler.id
        );
        if ui.button(text).on_hover_text(tooltip).clicked() {
            let upscale = TakeAction::Upscale(row.shot.id, row.name, upscaler.id.clone());
            cx.send(Action::Take(upscale));
        }
    }
}
