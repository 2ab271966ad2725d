//! The cast: who is in the film, with a picture of each.

use egui::{Image, RichText, ScrollArea, Ui, vec2};
use kinora_studio::timeline::cast::Character;

use crate::command::Command;
use crate::film::Film;
use crate::fonts::icon;
use crate::run::{Ask, ShotChange};
use crate::theme::Theme;
use crate::widget::{command_button, icon_button};

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
        match portrait {
            Some(texture) => {
                ui.add(
                    Image::new((texture.id(), size))
                        .corner_radius(4)
                        .alt_text(character.name.as_str()),
                );
            }
            None => {
                ui.add_sized(size, egui::Label::new(RichText::new(icon::CAST).size(28.0)));
            }
        }
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
            let name = match is_in {
                true => format!("Take {} out of {}", character.name, shot.name),
                false => format!("Cast {} into {}", character.name, shot.name),
            };
            let sign = if is_in { icon::CLOSE } else { icon::NEW };
            if icon_button(ui, sign, &name).clicked() {
                let change = ShotChange::Cast(character.id, !is_in);
                asks.push(Ask::ChangeShot(shot.id, change));
            }
        });
    });
    ui.separator();
}
