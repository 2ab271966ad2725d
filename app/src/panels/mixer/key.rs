//! The list that chooses the track by which a track is ducked.

use egui::{ComboBox, Ui};
use kinora_studio::timeline::edit::mixing::MixEdit;
use kinora_studio::timeline::{Track, TrackKind};

use super::number::name_ui;
use super::send;
use crate::panels::context::PanelContext;

pub fn key_ui(ui: &mut Ui, cx: &PanelContext, track: &Track) {
    let now = track.mix.ducking.key;
    let tracks = cx.project().tracks().iter();
    let others = tracks.filter(|one| one.kind == TrackKind::Audio && one.id != track.id);
    let name = now.and_then(|key| cx.project().track(key));
    let name = name.map_or("None", |key| &*key.name);
    ui.horizontal(|ui| {
        let label = name_ui(ui, cx, "Ducked by");
        let list = ComboBox::from_id_salt("key")
            .width(ui.available_width())
            .selected_text(name);
        let shown = list.show_ui(ui, |ui| {
            let choices = others.map(|one| (Some(one.id), &*one.name));
            for (key, name) in std::iter::once((None, "None")).chain(choices) {
                if ui.selectable_label(key == now, name).clicked() && key != now {
                    let track = track.id;
                    send(cx, MixEdit::DuckBy { track, key });
                }
            }
        });
        let list = shown.response.labelled_by(label.id);
        list.on_hover_text("The track, such as speech, that makes this one quieter");
    });
}
