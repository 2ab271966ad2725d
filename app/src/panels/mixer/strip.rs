//! The strip of an audio track: name, fader and meter, mute and solo, pan, and its processors, which fold.

use egui::{Button, RichText, Ui, vec2};
use kinora_studio::timeline::edit::mixing::MixEdit;
use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::mixing::{Processor, TRACK_NUMBERS, TrackSetting};
use kinora_studio::timeline::{Edit, Track, TrackId};

use super::key::key_ui;
use super::meter::meter_ui;
use super::number::{fader_ui, group_ui, rows_ui};
use super::{ROW_GAP, ROW_HEIGHT, numbers_column};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction};
use crate::ui::widgets::named;

const BUTTON: egui::Vec2 = vec2(28.0, ROW_HEIGHT);

pub fn strip_ui(ui: &mut Ui, cx: &PanelContext, track: &Track, (levels, height): ([f32; 2], f32)) {
    let (id, name, mix) = (track.id, &*track.name, &track.mix);
    let made = |setting: TrackSetting, value: f32| MixEdit::Set {
        track: id,
        setting,
        value,
    };
    ui.label(RichText::new(name).strong());
    let rows = |ui: &mut Ui, processor| {
        rows_ui(ui, cx, (name, mix), (&TRACK_NUMBERS[..], processor), made);
    };
    ui.horizontal_top(|ui| {
        let highest = *TrackSetting::Gain.number().limits.end();
        fader_ui(
            ui,
            cx,
            (name, mix.fader.gain_db, highest, height),
            |value| made(TrackSetting::Gain, value),
        );
        meter_ui(ui, cx, name, (levels, height));
        ui.vertical(|ui| {
            ui.spacing_mut().button_padding.x = 0.0; // so that M and S are equally wide
            ui.spacing_mut().item_spacing.y = ROW_GAP;
            ui.spacing_mut().interact_size.y = ROW_HEIGHT;
            switch_ui(ui, cx, track, ("M", "Mute", track.muted), TrackEdit::Mute);
            switch_ui(ui, cx, track, ("S", "Solo", track.solo), TrackEdit::Solo);
        });
        numbers_column(ui, |ui| {
            rows(ui, Processor::Fader);
            let is_active = mix.equaliser.is_active();
            group_ui(ui, cx, (name, Processor::Equaliser, is_active), |ui| {
                rows(ui, Processor::Equaliser);
            });
            let is_active = mix.compressor.is_active();
            group_ui(ui, cx, (name, Processor::Compressor, is_active), |ui| {
                rows(ui, Processor::Compressor);
            });
            let is_active = mix.ducking.is_active();
            group_ui(ui, cx, (name, Processor::Ducking, is_active), |ui| {
                key_ui(ui, cx, track);
                rows(ui, Processor::Ducking);
            });
        });
    });
}

/// A toggle button with a letter, in the accent colour while it is on.
fn switch_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    track: &Track,
    (sign, name, is_on): (&str, &str, bool),
    edit: fn(TrackId, bool) -> TrackEdit,
) {
    let colours = &cx.theme.colours;
    let (colour, state) = match is_on {
        true => (*colours.accent, "on"),
        false => (*colours.text_faint, "off"),
    };
    let button = Button::new(RichText::new(sign).color(colour));
    let response = ui.add_sized(BUTTON, button); // its letter is in the middle
    let label = format!("{name} track {} ({state})", track.name);
    named(&response, &label);
    if response.on_hover_text(label).clicked() {
        let edit = Edit::Track(edit(track.id, !is_on));
        cx.send(Action::Edit(EditAction::Apply(edit)));
    }
}
