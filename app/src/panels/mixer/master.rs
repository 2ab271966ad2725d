//! The strip of the master: fader and meter, loudness, and the limiter.

use egui::{Checkbox, RichText, Ui};
use kinora_studio::render::MeterReading;
use kinora_studio::timeline::edit::mixing::MixEdit;
use kinora_studio::timeline::mixing::{MASTER_NUMBERS, MasterSetting, Processor};

use super::meter::{loudness_ui, meter_ui};
use super::number::{fader_ui, group_ui, rows_ui};
use super::{numbers_column, send};
use crate::panels::context::PanelContext;

const NAME: &str = "master";

pub fn master_ui(ui: &mut Ui, cx: &PanelContext, reading: &MeterReading, height: f32) {
    let mix = cx.project().master();
    let made = |setting: MasterSetting, value: f32| MixEdit::SetMaster { setting, value };
    ui.label(RichText::new("Master").strong());
    let numbers = &MASTER_NUMBERS[..];
    ui.horizontal_top(|ui| {
        let highest = *MasterSetting::Gain.number().limits.end();
        fader_ui(ui, cx, (NAME, mix.gain_db, highest, height), |value| {
            made(MasterSetting::Gain, value)
        });
        meter_ui(ui, cx, NAME, (reading.master, height));
        numbers_column(ui, |ui| {
            rows_ui(ui, cx, (NAME, &mix), (numbers, Processor::Fader), made);
            loudness_ui(ui, cx, &reading.loudness);
            let is_on = mix.limiter.is_on;
            group_ui(ui, cx, (NAME, Processor::Limiter, is_on), |ui| {
                let mut wanted = is_on;
                let switch = ui.add(Checkbox::new(&mut wanted, "Limit the peaks"));
                if switch.changed() {
                    send(cx, MixEdit::Limit(wanted));
                }
                switch
                    .on_hover_text("Keep the peaks below the ceiling, also those between samples");
                rows_ui(ui, cx, (NAME, &mix), (numbers, Processor::Limiter), made);
            });
        });
    });
}
