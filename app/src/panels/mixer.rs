//! The mixer panel: a strip for each audio track, and one for the master with its loudness.

mod key;
mod master;
mod meter;
mod number;
mod strip;

use egui::{ScrollArea, Ui};
use kinora_studio::timeline::edit::mixing::MixEdit;
use kinora_studio::timeline::{Edit, TrackKind};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction};

/// The width of a strip, in points: fader, meter and switches, and beside them the numbers, because the panel is low.
const STRIP_WIDTH: f32 = 312.0;
/// The width of its numbers, in points.
const NUMBERS_WIDTH: f32 = 190.0;
/// The distance between two strips, in points.
const GAP: f32 = 16.0;
/// The height of a row, and the distance between two, in points: all rows of a strip that is folded fit into a low panel.
const ROW_HEIGHT: f32 = 24.0;
const ROW_GAP: f32 = 2.0;
/// The height of the name of a strip with the distance below it, in points.
const TITLE_HEIGHT: f32 = 28.0;
/// The least and the largest length of a fader and its meter, in points.
const FADER_HEIGHTS: [f32; 2] = [96.0, 220.0];

pub fn mixer_ui(ui: &mut Ui, cx: &PanelContext) {
    let reading = cx.media.player.meters().unwrap_or_default();
    let tracks = cx.project().tracks().iter();
    let audio = tracks.filter(|track| track.kind == TrackKind::Audio);
    let [least, most] = FADER_HEIGHTS;
    let height = (ui.available_height() - TITLE_HEIGHT).clamp(least, most);
    ScrollArea::both()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if !cx.can_edit() {
                ui.disable();
            }
            ui.horizontal_top(|ui| {
                for track in audio {
                    let levels = reading.tracks.iter().find(|(id, _)| *id == track.id);
                    let levels = levels.map_or([0.0; 2], |(_, levels)| *levels);
                    ui.push_id(track.id, |ui| {
                        column(ui, |ui| strip::strip_ui(ui, cx, track, (levels, height)));
                    });
                    ui.add_space(GAP);
                }
                ui.push_id("master", |ui| {
                    column(ui, |ui| master::master_ui(ui, cx, &reading, height));
                });
            });
        });
}

/// A strip of the usual width.
fn column(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(STRIP_WIDTH);
        contents(ui);
    });
}

/// The numbers of a strip, one below the other.
fn numbers_column(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(NUMBERS_WIDTH);
        ui.spacing_mut().item_spacing.y = ROW_GAP;
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        contents(ui);
    });
}

fn send(cx: &PanelContext, edit: MixEdit) {
    cx.send(Action::Edit(EditAction::Apply(Edit::Mix(edit))));
}
