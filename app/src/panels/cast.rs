//! The cast panel: a card for each character, with its portrait, and the page of the selected one.

mod page;

use egui::{CursorIcon, Image, Response, RichText, ScrollArea, Sense, Ui, vec2};
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{CharacterId, Edit};

use crate::panels::context::PanelContext;
use crate::panels::controls::command_button;
use crate::state::action::{Action, CharacterAction, EditAction, ShotAction};
use crate::state::command::Command;
use crate::state::view::cast_view::CastView;
use crate::ui::fonts::icon;
use crate::ui::widgets::{drag_source, icon_button, small_button};

const PORTRAIT: f32 = 56.0;

pub fn cast_ui(ui: &mut Ui, cx: &PanelContext, view: &mut CastView) {
    let selected = cx.selection.character;
    if let Some(character) = selected.and_then(|id| cx.project().character(id)) {
        return page::page_ui(ui, cx, view, character);
    }
    let width = ui.available_width();
    if command_button(ui, Command::AddCharacter.row(), vec2(width, 32.0)).clicked() {
        cx.send(Action::Command(Command::AddCharacter));
    }
    ui.add_space(4.0);
    if cx.project().cast().next().is_none() {
        let words = "Characters keep their identity from shot to shot. Add one from a picture, or drop a picture on the window.";
        ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
        return;
    }
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            for character in cx.project().cast() {
                ui.push_id(character.id, |ui| card_ui(ui, cx, character));
            }
        });
}

fn card_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) {
    let card = ui.horizontal(|ui| {
        let face = face_ui(ui, cx, character);
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(&character.name).font(cx.theme.strong_font()));
                let edit = icon_button(ui, icon::PENCIL, &format!("Edit {}", character.name));
                if edit.clicked() || face.clicked() {
                    select(cx, Some(character.id));
                }
            });
            let shots = cx.project().shots_with(character.id).len();
            let used = match shots {
                0 => format!("@{}, not used yet", character.tag),
                1 => format!("@{}, in 1 shot", character.tag),
                many => format!("@{}, in {many} shots", character.tag),
            };
            ui.label(
                RichText::new(used)
                    .small()
                    .color(*cx.theme.colours.text_soft),
            );
            if let Some(shot) = cx.shot() {
                member_ui(ui, cx, character, shot);
            }
        });
    });
    card.response
        .container_context_menu(|ui| menu_ui(ui, cx, character));
    ui.separator();
}

/// The portrait. It can be dragged onto a shot; a click on it opens the page.
fn face_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) -> Response {
    let portrait = character.references.first();
    let portrait = portrait.and_then(|content| cx.media.images.get(ui.ctx(), *content));
    let size = vec2(PORTRAIT * 0.75, PORTRAIT);
    let sense = Sense::click_and_drag();
    let face = if let Some(texture) = &portrait {
        let face = Image::new((texture.id(), size)).corner_radius(4);
        let face = face.alt_text(character.name.as_str());
        ui.add(face.sense(sense))
    } else {
        let sign = egui::Label::new(RichText::new(icon::CAST).size(28.0));
        ui.add_sized(size, sign.sense(sense))
    };
    let tag = format!("@{}", character.tag);
    drag_source(ui, cx.theme, &face, character.id, &tag);
    face.on_hover_cursor(CursorIcon::Grab)
        .on_hover_text("Click to edit, or drag onto a shot, a clip or a prompt")
}

/// The button that adds the character to the selected shot, or removes it.
fn member_ui(ui: &mut Ui, cx: &PanelContext, character: &Character, shot: &Shot) {
    let (sign, words, name) = match is_in(character, shot) {
        true => (icon::CHECK, "In this shot", remove_words(character, shot)),
        false => (icon::CAST, "Add to this shot", add_words(character, shot)),
    };
    if small_button(ui, sign, words, &name).clicked() {
        toggle(cx, character, shot);
    }
}

fn menu_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) {
    if ui.button(format!("{}   Edit", icon::PENCIL)).clicked() {
        select(cx, Some(character.id));
        ui.close();
    }
    if let Some(shot) = cx.shot() {
        let words = match is_in(character, shot) {
            true => remove_words(character, shot),
            false => add_words(character, shot),
        };
        let button = egui::Button::new(format!("{}   {words}", icon::CAST));
        if ui.add_enabled(cx.can_edit(), button).clicked() {
            toggle(cx, character, shot);
            ui.close();
        }
    }
    let remove = egui::Button::new(format!("{}   Remove", icon::TRASH));
    if ui.add_enabled(cx.can_edit(), remove).clicked() {
        delete_character(cx, character);
        ui.close();
    }
}

fn is_in(character: &Character, shot: &Shot) -> bool {
    let mut cast = shot.cast.iter();
    cast.any(|member| member.character == character.id)
}

fn add_words(character: &Character, shot: &Shot) -> String {
    format!("Add {} to {}", character.name, shot.name)
}

fn remove_words(character: &Character, shot: &Shot) -> String {
    format!("Remove {} from {}", character.name, shot.name)
}

fn toggle(cx: &PanelContext, character: &Character, shot: &Shot) {
    let change = ShotChange::Cast(character.id, !is_in(character, shot));
    cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
}

fn select(cx: &PanelContext, character: Option<CharacterId>) {
    cx.send(Action::Character(CharacterAction::Select(character)));
}

/// Deletes a character, which is refused while a shot uses it.
fn delete_character(cx: &PanelContext, character: &Character) {
    let edit = Edit::Library(Library::RemoveCharacter(character.id));
    cx.send(Action::Edit(EditAction::Apply(edit)));
}
