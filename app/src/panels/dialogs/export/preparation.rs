//! What is made before an export: larger takes, and missing in-betweens. With its cost.

use std::collections::HashMap;

use egui::{RichText, Ui};
use kinora_studio::Size;
use kinora_studio::exchange::export_preparation::Preparation;
use kinora_studio::exchange::small_takes::{UpscaleCost, small_takes, upscale_cost};
use kinora_studio::take::recipe::Recipe;
use kinora_studio::timeline::{ContentHash, FrameRange, ShotId};
use kinora_studio::wire::UpscalerInfo;

use crate::panels::context::WindowContext;
use crate::state::action::{Action, ShotAction};
use crate::state::dialog::export::ExportForm;
use crate::state::generation::duration_words;
use crate::state::in_betweens::{InBetweensState, NO_INTERPOLATOR};
use crate::state::open_project::OpenProject;
use crate::ui::widgets::{choice_cell, keep_enter};

/// The list of upscalers, and whether missing in-betweens are made.
pub fn preparation_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &mut ExportForm,
    (open, range): (&OpenProject, FrameRange),
) {
    let scheduler = &open.generation.scheduler;
    let upscalers = scheduler.upscalers();
    if !scheduler.is_listed() {
        let load = ui.button("Look for upscalers");
        keep_enter(ui, &load);
        let load = load.on_hover_text("Start the engine, which lists the installed upscalers");
        if load.clicked() {
            cx.send(Action::Shot(ShotAction::LoadModels));
        }
    } else if !upscalers.is_empty() {
        upscalers_ui(ui, cx, form, upscalers);
        let size = form.settings.size.of(open.project().size());
        let count = small(open, range, size).len();
        if form.upscaler.is_none() && count > 0 {
            let takes = takes_words(count);
            let words = format!("{takes} smaller than {size}: an upscaler adds detail.");
            let words = RichText::new(words).small();
            ui.label(words.color(*cx.theme.colours.text_soft));
        }
    }
    in_betweens_ui(ui, cx, form, (open, range));
}

fn upscalers_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &mut ExportForm,
    upscalers: &[UpscalerInfo],
) {
    let place = |id: &String| upscalers.iter().position(|one| one.id == *id);
    let before = form.upscaler.as_ref().and_then(place);
    let mut chosen = before;
    let none = (None, "None".to_owned());
    let listed = upscalers.iter().enumerate();
    let listed = listed.map(|(at, one)| (Some(at), format!("{} ({} x)", one.id, one.scale)));
    let all = std::iter::once(none).chain(listed);
    let tooltip = "Takes that are smaller than the export are made larger first, once";
    choice_cell(ui, cx.theme, "Upscale takes with", all, &mut chosen).on_hover_text(tooltip);
    if chosen != before {
        form.upscaler = chosen.and_then(|at| Some(upscalers.get(at)?.id.clone()));
    }
}

fn in_betweens_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &mut ExportForm,
    (open, range): (&OpenProject, FrameRange),
) {
    let missing = missing_in_betweens(open, range);
    if missing == 0 {
        return;
    }
    let scheduler = &open.generation.scheduler;
    let can_make = !scheduler.is_listed() || !scheduler.interpolators().is_empty();
    let clips = match missing {
        1 => "1 clip".to_owned(),
        many => format!("{many} clips"),
    };
    ui.add_enabled_ui(can_make, |ui| {
        let words = format!("Make missing in-betweens first ({clips})");
        let make = ui.checkbox(&mut form.makes_in_betweens, words);
        keep_enter(ui, &make);
        make.on_hover_text("Without them these clips show the frames of their sources");
    });
    if !can_make {
        let words = RichText::new(NO_INTERPOLATOR).small();
        ui.label(words.color(*cx.theme.colours.warning));
    }
}

/// What the form requests, as far as it can be made.
pub fn preparation_of(cx: &WindowContext, form: &ExportForm, open: &OpenProject) -> Preparation {
    let scheduler = &open.generation.scheduler;
    let can_make = !scheduler.is_listed() || !scheduler.interpolators().is_empty();
    let device = cx.state.engine.device();
    Preparation {
        upscaler: form.upscaler.clone(),
        makes_in_betweens: form.makes_in_betweens && can_make,
        device: device.map(|device| device.id.clone()),
        program: Some(cx.state.engine.program().to_owned()),
    }
}

/// "2 takes are upscaled first: 34 frames, about 12 s." Empty without an upscaler.
pub fn cost_words(form: &ExportForm, open: &OpenProject, range: FrameRange) -> String {
    let upscalers = open.generation.scheduler.upscalers();
    let wanted = |one: &&UpscalerInfo| Some(&one.id) == form.upscaler.as_ref();
    let Some(upscaler) = upscalers.iter().find(wanted) else {
        return String::new();
    };
    let size = form.settings.size.of(open.project().size());
    let takes = &open.generation.takes.takes;
    let cost = upscale_cost(&small(open, range, size), takes, upscaler);
    words_of_cost(cost)
}

fn words_of_cost(cost: UpscaleCost) -> String {
    let UpscaleCost {
        takes,
        frames,
        seconds,
    } = cost;
    if takes == 0 {
        return "No take needs to be upscaled.".into();
    }
    let time = match seconds {
        Some(seconds) => format!("about {}", duration_words(seconds)),
        None => "time not measured yet".into(),
    };
    let takes = takes_words(takes);
    format!("{takes} upscaled first: {frames} frames, {time}.")
}

/// "1 take is", "3 takes are".
fn takes_words(count: usize) -> String {
    match count {
        1 => "1 take is".into(),
        many => format!("{many} takes are"),
    }
}

/// The takes within the range that are smaller than the export.
fn small(open: &OpenProject, range: FrameRange, size: Size) -> Vec<(ShotId, ContentHash)> {
    let takes = open.generation.takes.takes.iter();
    let sizes = takes.filter_map(|(name, take)| {
        let size = take.readable().map(Recipe::picture_size)?;
        Some((*name, size))
    });
    let sizes: HashMap<ContentHash, [u32; 2]> = sizes.collect();
    let size_of = |take: ContentHash| sizes.get(&take).copied();
    small_takes(open.project(), range, size, &size_of)
}

/// The number of clips whose in-betweens are not made.
fn missing_in_betweens(open: &OpenProject, range: FrameRange) -> usize {
    let project = open.project();
    let folder = open.document.session.folder();
    let media = (&open.generation, &open.media);
    let mut count = 0;
    project.for_each_shown(range, &mut |clip| {
        let state = InBetweensState::of(project, folder, media, clip);
        count += usize::from(state.is_some_and(|state| state != InBetweensState::Made));
    });
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_shown_with_its_time_if_it_was_measured() {
        let cost = UpscaleCost {
            takes: 2,
            frames: 34,
            seconds: Some(12.2),
        };
        let words = "2 takes are upscaled first: 34 frames, about 12 s.";
        assert_eq!(words_of_cost(cost), words);
        let first = UpscaleCost {
            takes: 1,
            seconds: None,
            ..cost
        };
        assert!(words_of_cost(first).contains("not measured"));
        let none = UpscaleCost::default();
        assert_eq!(words_of_cost(none), "No take needs to be upscaled.");
    }
}
