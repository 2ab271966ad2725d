//! The cast panel: a card for each character, with its portrait.

use crate::panels::controls::command_button;
use crate::state::action::{Action, ShotAction};
use egui::{CursorIcon, Image, LayerId, Order, RichText, ScrollArea, Sense, Ui, vec2};
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::shot_change::ShotChange;

use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::ui::fonts::icon;
use crate::ui::widgets::{small_button, text_beside};

const PORTRAIT: f32 = 56.0;

pub fn cast_ui(ui: &mut Ui, cx: &PanelContext) {
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
            let cast: Vec<_> = cx.project().cast().cloned().collect();
            for character in &cast {
                ui.push_id(character.id, |ui| card_ui(ui, cx, character));
            }
        });
}

fn card_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) {
    let portrait = character.references.first();
    let portrait = portrait.and_then(|content| cx.media.images.get(ui.ctx(), *content));
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
            text_beside(&painter, cx.theme, pointer, &format!("@{}", character.tag));
        }
        face.on_hover_cursor(CursorIcon::Grab)
            .on_hover_text("Drag onto a shot, a clip or a prompt");
        ui.vertical(|ui| {
            ui.label(RichText::new(&character.name).font(cx.theme.strong_font()));
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
            let Some(shot) = cx.selection.shot.and_then(|shot| cx.project().shot(shot)) else {
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
                    format!("Remove {} from {}", character.name, shot.name),
                ),
                false => (
                    icon::CAST,
                    "Add to",
                    format!("Add {} to {}", character.name, shot.name),
                ),
            };
            let words = format!("{words} {}", shot.name);
            if small_button(ui, sign, &words, &name).clicked() {
                let change = ShotChange::Cast(character.id, !is_in);
                cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
            }
        });
    });
    ui.separator();
}
