//! The takes of sound of a shot: each can be played, chosen, rated, varied and reproduced. One entry is no take: the sound
//! that the chosen take brings, or silence.

use egui::{RichText, Ui};
use kinora_studio::generate::queue::Vary;
use kinora_studio::take::take_store::{Rating, Take};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, Edit, Source};

use crate::panels::context::PanelContext;
use crate::panels::takes::{stars_ui, word_button};
use crate::state::action::{Action, EditAction, TakeAction, ViewerAction};
use crate::state::view::viewer_view::ViewedSource;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named};

/// A take of sound, and its number from 1 in the order of their making.
pub(super) struct Sound<'t> {
    name: ContentHash,
    take: &'t Take,
    number: usize,
}

impl Sound<'_> {
    fn seed(&self) -> Option<u64> {
        Some(self.take.readable()?.inputs.seed)
    }
}

/// The takes of a shot that are sound alone, from the oldest to the newest.
pub(super) fn sounds_of<'c>(cx: &PanelContext<'c>, shot: &Shot) -> Vec<Sound<'c>> {
    let all = cx.generation.takes.takes.iter();
    let mut sounds: Vec<&(ContentHash, Take)> = all
        .filter(|(name, take)| {
            let is_of_shot = take.shot == Some(shot.id) || shot.chosen_sound == Some(*name);
            take.is_sound_alone() && is_of_shot
        })
        .collect();
    sounds.sort_by_key(|(name, take)| (take.made_at, *name));
    let numbered = (1..).zip(sounds);
    numbered
        .map(|(number, (name, take))| Sound {
            name: *name,
            take,
            number,
        })
        .collect()
}

/// The seed of the chosen sound, if its recipe can be read.
pub(super) fn seed_heard(cx: &PanelContext, shot: &Shot) -> Option<u64> {
    let sounds = sounds_of(cx, shot);
    let heard = sounds
        .iter()
        .find(|sound| shot.chosen_sound == Some(sound.name));
    heard?.seed()
}

/// The list, if there is any sound to choose from.
pub(super) fn takes_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, sounds: &[Sound]) {
    if sounds.is_empty() {
        return;
    }
    none_ui(ui, cx, shot);
    for sound in sounds.iter().rev() {
        ui.push_id(sound.name, |ui| sound_ui(ui, cx, shot, sound));
    }
    ui.add_space(6.0);
}

fn choose(cx: &PanelContext, shot: &Shot, sound: Option<ContentHash>) {
    if shot.chosen_sound != sound {
        let choose = Library::ChooseSound(shot.id, sound);
        cx.send(Action::Edit(EditAction::Apply(Edit::Library(choose))));
    }
}

/// The entry that is no take.
fn none_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let chosen = shot.chosen.and_then(|take| cx.generation.takes.find(take));
    let has_own = chosen.is_some_and(|take| take.sound.is_some());
    let (words, tooltip) = match has_own {
        true => (
            "Sound of the take",
            "Hear the sound that the chosen take was made with",
        ),
        false => ("No sound", "Choose no sound: the chosen take is silent"),
    };
    let is_chosen = shot.chosen_sound.is_none();
    let response = ui.add_enabled_ui(cx.can_edit(), |ui| ui.selectable_label(is_chosen, words));
    if response.inner.on_hover_text(tooltip).clicked() {
        choose(cx, shot, None);
    }
}

fn sound_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, sound: &Sound) {
    let number = sound.number;
    let rating = cx.generation.rating(sound.name);
    let words = match sound.seed() {
        Some(seed) => format!("Sound {number}, seed {seed}"),
        None => format!("Sound {number}, cannot be reproduced"),
    };
    ui.horizontal(|ui| {
        if icon_button(ui, icon::PLAY, &format!("Play sound {number}")).clicked() {
            cx.send(Action::Viewer(ViewerAction::Show(ViewedSource {
                source: Source::Shot(shot.id),
                take: Some(sound.name),
            })));
        }
        let is_chosen = shot.chosen_sound == Some(sound.name);
        let text = match rating.is_rejected {
            true => RichText::new(words.as_str()).color(*cx.theme.colours.text_faint),
            false => RichText::new(words.as_str()),
        };
        let label = ui.add_enabled_ui(cx.can_edit(), |ui| ui.selectable_label(is_chosen, text));
        let label = label.inner;
        named(&label, &format!("{words} of {}", shot.name));
        if label
            .on_hover_text("Hear the shot with this sound")
            .clicked()
        {
            choose(cx, shot, Some(sound.name));
        }
    });
    stars_ui(ui, cx, sound.name, &format!("sound {number}"), rating);
    ui.horizontal_wrapped(|ui| more_ui(ui, cx, shot, sound, rating));
}

fn more_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, sound: &Sound, rating: Rating) {
    let number = sound.number;
    if sound.take.readable().is_some() {
        let name = format!("Vary sound {number}: new seed, same settings");
        if word_button(ui, "Vary", &name).clicked() {
            let vary = TakeAction::Vary(shot.id, sound.name, Vary::Seed);
            cx.send(Action::Take(vary));
        }
        let name = format!("Reproduce sound {number}: repeat its recipe and compare every sample");
        if word_button(ui, "Reproduce", &name).clicked() {
            let reproduce = TakeAction::Reproduce(shot.id, sound.name);
            cx.send(Action::Take(reproduce));
        }
    }
    let (word, name) = match rating.is_rejected {
        true => ("Restore", format!("Restore sound {number}")),
        false => (
            "Reject",
            format!("Reject sound {number}; it is kept, and shown dimmed"),
        ),
    };
    if word_button(ui, word, &name).clicked() {
        let rating = Rating {
            is_rejected: !rating.is_rejected,
            ..rating
        };
        cx.send(Action::Take(TakeAction::Rate(sound.name, rating)));
    }
}
