//! The cast: who is in the film, with a picture of each.

use egui::{CursorIcon, Image, LayerId, Order, RichText, ScrollArea, Sense, Ui, vec2};
use kinora_studio::timeline::cast::Character;

use crate::command::Command;
use crate::film::Film;
use crate::fonts::icon;
use crate::run::{Ask, ShotChange};
use crate::theme::Theme;
use crate::widget::{command_button, small_button, words_beside};

const PORTRAIT: f32 = 56.0;

pub fn cast_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, asks: &mut Vec<Ask>) {
    let width = ui.available_width();
    if command_button(ui, Command::AddCharacter.row(), vec2(width, 32.0)).clicked() {
        asks.push(Ask::Run(Command::AddCharacter));
    }
    ui.add_space(4.0);
    if film.project().cast().next().is_none() {
        let words = "Characters stay themselves from shot to shot. Add one from a picture, or drop a picture on the window.";
        ui.label(RichText::new(words).color(*theme.colours.text_faint));
        return;
    }
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let cast: Vec<_> = film.project().cast().cloned().collect();
            for character in &cast {
                ui.push_id(character.id, |ui| card_ui(ui, theme, film, character, asks));
            }
        });
}

fn card_ui(
    ui: &mut Ui,
    theme: &Theme,
    film: &mut Film,
    character: &Character,
    asks: &mut Vec<Ask>,
) {
    let folder = film.session.folder().to_owned();
    let portrait = character.references.first();
    let portrait = portrait.and_then(|&content| {
        let texture = film.pictures.of_film(ui.ctx(), &folder, content);
        texture.cloned()
    });
    ui.horizontal(|ui| {
        let size = vec2(PORTRAIT * 0.75, PORTRAIT);
        let face = if let Some(texture) = &portrait {
            let face = Image::new((texture.id(), size)).corner_radius(4);
            let face = face.alt_text(character.name.as_str());
            ui.add(face.sense(Sense::drag()))
        } else {
            let sign = egui::Label::new(RichText::new(icon::CAST).size(28.0));
            ui.add_sized(size, sign.sense(Sense::drag()))
        };
        face.dnd_set_drag_payload(character.id);
        if face.dragged()
            && let Some(pointer) = ui.input(|input| input.pointer.interact_pos())
        {
            let above = LayerId::new(Order::Tooltip, face.id);
            let painter = ui.ctx().layer_painter(above);
            words_beside(&painter, theme, pointer, &format!("@{}", character.tag));
        }
        face.on_hover_cursor(CursorIcon::Grab)
            .on_hover_text("Drag onto a shot, a clip or a prompt");
        ui.vertical(|ui| {
            ui.label(RichText::new(&character.name).font(theme.strong_font()));
            let shots = film.project().shots_with(character.id).len();
            let used = match shots {
                0 => format!("@{}, in no shot yet", character.tag),
                1 => format!("@{}, in 1 shot", character.tag),
                many => format!("@{}, in {many} shots", character.tag),
            };
            ui.label(RichText::new(used).small().color(*theme.colours.text_soft));
            let Some(shot) = film.chosen.shot.and_then(|shot| film.project().shot(shot)) else {
                return;
            };
            let is_in = shot
                .cast
                .iter()
                .any(|member| member.character == character.id);
            let (sign, words, name) = match is_in {
                true => (
                    icon::CHECK,
                    "In",
                    format!("Take {} out of {}", character.name, shot.name),
                ),
                false => (
                    icon::CAST,
                    "Into",
                    format!("Cast {} into {}", character.name, shot.name),
                ),
            };
            let words = format!("{words} {}", shot.name);
            if small_button(ui, sign, &words, &name).clicked() {
                let change = ShotChange::Cast(character.id, !is_in);
                asks.push(Ask::ChangeShot(shot.id, change));
            }
        });
    });
    ui.separator();
}
