//! The menu items of a take that add a shot based on it, and the form for the range of a retake.

use std::ops::RangeInclusive;

use egui::{Button, RichText, Ui};
use kinora_studio::take::recipe::Recipe;
use kinora_studio::take::recipe_builder::overlap_frames;
use kinora_studio::timeline::shot::{End, RetakeStreams, Shot};
use kinora_studio::timeline::{ContentHash, FrameRange, Frames};
use kinora_studio::wire::{Ability, Makes};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, ShotAction, TakeAction};
use crate::state::form::retake_form::RetakeForm;
use crate::state::view::shot_view::ShotView;
use crate::ui::widgets::{choice, field, number};

/// The bounds of the range: the names of the two fields, and their tooltip.
const FROM: [&str; 3] = ["From", "From frame", "The first frame to generate again"];
const TO: [&str; 3] = ["To", "To frame", "The first frame after the range"];

/// What can be generated again of a take with picture and sound.
const STREAMS: [(RetakeStreams, &str); 3] = [
    (RetakeStreams::Both, "Picture and sound"),
    (RetakeStreams::Picture, "Picture"),
    (RetakeStreams::Sound, "Sound"),
];

/// The items of the menu, if the take's model supports a source clip.
pub fn based_shot_menu(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    (take, recipe): (ContentHash, &Recipe),
    view: &mut ShotView,
) {
    let models = cx.generation.scheduler.models();
    if models.is_empty() {
        cx.send(Action::Shot(ShotAction::LoadModels));
    }
    let model = models.iter().find(|model| model.id == recipe.model.id);
    if !model.is_some_and(|model| model.abilities.contains(&Ability::Source)) {
        return;
    }
    let tooltip = "Generate a range of this take again, in a new shot. The other frames are kept";
    if ui
        .button("Retake a range…")
        .on_hover_text(tooltip)
        .clicked()
    {
        view.retake = Some(RetakeForm::middle_of(take, recipe.settings.frames));
    }
    let ends = [
        (End::Tail, "Extend after the end", "starts", "last"),
        (End::Head, "Extend before the start", "ends", "first"),
    ];
    for (end, text, side, frames) in ends {
        let rate = recipe.settings.rate.max(1);
        let overlap = overlap_frames(recipe.inputs.makes, rate);
        let overlap = match recipe.inputs.makes.has_picture() {
            true => format!("{overlap} frames"),
            false => format!("{} seconds", overlap / rate),
        };
        let tooltip = format!("A new shot that {side} with the {frames} {overlap} of this take");
        if ui.button(text).on_hover_text(tooltip).clicked() {
            cx.send(Action::Take(TakeAction::Extend(shot.id, take, end)));
        }
    }
    ui.separator();
}

/// The form for the range of a retake, below its take.
pub fn retake_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    recipe: &Recipe,
    view: &mut ShotView,
) {
    let Some(form) = &mut view.retake else { return };
    let (frames, rate) = (recipe.settings.frames, recipe.settings.rate.max(1));
    ui.label(RichText::new("Retake a range").font(cx.theme.strong_font()));
    let (first, last) = (0..=form.to.saturating_sub(1), form.from + 1..=frames);
    bound_ui(ui, cx, FROM, &mut form.from, first, rate);
    bound_ui(ui, cx, TO, &mut form.to, last, rate);
    if keeps_sound(cx, recipe) {
        let all = STREAMS.map(|(streams, text)| (streams, text.to_owned()));
        let list = choice(ui, cx.theme, "Retake in", all, &mut form.streams);
        list.on_hover_text("What is generated again in the range; the other is kept");
    }
    let form = *form;
    ui.horizontal(|ui| {
        let keeps_some = form.keeps_some(frames);
        let retake = ui
            .add_enabled(keeps_some, Button::new("Retake in a new shot"))
            .on_hover_text("Add a shot that generates this range again, and keeps the rest")
            .on_disabled_hover_text("A part of the take must be kept");
        if retake.clicked() {
            let (from, to) = (i64::from(form.from), i64::from(form.to));
            let range = (FrameRange::between(Frames(from), Frames(to)), form.streams);
            cx.send(Action::Take(TakeAction::Retake(shot.id, form.take, range)));
        }
        let cancel = ui.button("Cancel retake").on_hover_text("Close the form");
        if retake.clicked() || cancel.clicked() {
            view.retake = None;
        }
    });
    ui.add_space(4.0);
}

/// Whether a take has picture and sound, and its model can keep either.
fn keeps_sound(cx: &PanelContext, recipe: &Recipe) -> bool {
    let mut models = cx.generation.scheduler.models().iter();
    let model = models.find(|model| model.id == recipe.model.id);
    let can = model.is_some_and(|model| model.abilities.contains(&Ability::SourceSound));
    can && recipe.inputs.makes == Makes::Both
}

/// A bound of the range: in seconds, and in frames of the take. `words` are the names of the two fields, and their
/// tooltip.
fn bound_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    words: [&str; 3],
    bound: &mut u32,
    frames: RangeInclusive<u32>,
    rate: u32,
) {
    let in_seconds = |frame: u32| f64::from(frame) / f64::from(rate);
    ui.horizontal(|ui| {
        field(ui, cx.theme, words[0], |ui, label| {
            let mut seconds = in_seconds(*bound);
            let drag = number(&mut seconds)
                .range(in_seconds(*frames.start())..=in_seconds(*frames.end()))
                .fixed_decimals(2)
                .speed(0.02)
                .suffix(" s");
            let drag = ui.add(drag).labelled_by(label);
            if drag.on_hover_text(words[2]).changed() {
                *bound = (seconds * f64::from(rate)).round() as u32;
            }
        });
        field(ui, cx.theme, words[1], |ui, label| {
            let drag = number(bound).range(frames.clone()).speed(0.1);
            let drag = ui.add(drag).labelled_by(label);
            drag.on_hover_text(words[2]);
        });
    });
}
