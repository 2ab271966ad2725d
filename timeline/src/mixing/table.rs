//! The numbers of the mixer, two tables: name, unit, processor, range and field. Edits check the ranges, the mixer panel
//! draws the rows, the random tests draw values from them.
//!
//! A new number is a field in `mixing.rs`, a variant and a row here at the same position, and its use in `render/src/mix/`.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{MasterMix, TrackMix};
use crate::refusal::Refusal;

/// One number of a [`TrackMix`] or of a [`MasterMix`].
pub struct MixNumber<S, M> {
    /// The setting, by which edits name it.
    pub setting: S,
    /// Its name.
    pub name: &'static str,
    /// Its unit, with a leading space where there is one; empty for a plain number.
    pub unit: &'static str,
    /// The processor that uses it.
    pub processor: Processor,
    /// The values that an edit accepts and the panel offers.
    pub limits: RangeInclusive<f32>,
    /// The change for one point of a drag.
    pub drag_step: f32,
    /// Its value.
    pub get: fn(&M) -> f32,
    /// The same, to be changed.
    pub get_mut: fn(&mut M) -> &mut f32,
}

/// A part of the mixer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    /// Gain and pan.
    Fader,
    /// Three bands.
    Equaliser,
    /// The compressor of a track.
    Compressor,
    /// Ducking by another track.
    Ducking,
    /// The limiter of the master.
    Limiter,
}

impl Processor {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fader => "Fader",
            Self::Equaliser => "Equaliser",
            Self::Compressor => "Compressor",
            Self::Ducking => "Ducking",
            Self::Limiter => "Limiter",
        }
    }
}

/// A number of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the table")]
pub enum TrackSetting {
    Gain,
    Pan,
    LowGain,
    LowFrequency,
    MidGain,
    MidFrequency,
    MidWidth,
    HighGain,
    HighFrequency,
    Threshold,
    Ratio,
    Attack,
    Release,
    MakeUp,
    DuckAmount,
    DuckThreshold,
    DuckAttack,
    DuckRelease,
}

/// A number of the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the table")]
pub enum MasterSetting {
    Gain,
    Ceiling,
    LookAhead,
    Release,
}

/// The numbers of a track, in the order of the panel and of the settings.
#[rustfmt::skip] // a table
pub static TRACK_NUMBERS: [MixNumber<TrackSetting, TrackMix>; 18] = [
    MixNumber { setting: TrackSetting::Gain, name: "Gain", unit: " dB", processor: Processor::Fader, limits: -100.0..=24.0, drag_step: 0.1, get: |mix| mix.fader.gain_db, get_mut: |mix| &mut mix.fader.gain_db },
    MixNumber { setting: TrackSetting::Pan, name: "Pan", unit: "", processor: Processor::Fader, limits: -1.0..=1.0, drag_step: 0.005, get: |mix| mix.fader.pan, get_mut: |mix| &mut mix.fader.pan },
    MixNumber { setting: TrackSetting::LowGain, name: "Low gain", unit: " dB", processor: Processor::Equaliser, limits: -18.0..=18.0, drag_step: 0.1, get: |mix| mix.equaliser.low_db, get_mut: |mix| &mut mix.equaliser.low_db },
    MixNumber { setting: TrackSetting::LowFrequency, name: "Low frequency", unit: " Hz", processor: Processor::Equaliser, limits: 40.0..=500.0, drag_step: 1.0, get: |mix| mix.equaliser.low_hz, get_mut: |mix| &mut mix.equaliser.low_hz },
    MixNumber { setting: TrackSetting::MidGain, name: "Mid gain", unit: " dB", processor: Processor::Equaliser, limits: -18.0..=18.0, drag_step: 0.1, get: |mix| mix.equaliser.mid_db, get_mut: |mix| &mut mix.equaliser.mid_db },
    MixNumber { setting: TrackSetting::MidFrequency, name: "Mid frequency", unit: " Hz", processor: Processor::Equaliser, limits: 100.0..=10_000.0, drag_step: 10.0, get: |mix| mix.equaliser.mid_hz, get_mut: |mix| &mut mix.equaliser.mid_hz },
    MixNumber { setting: TrackSetting::MidWidth, name: "Mid Q", unit: "", processor: Processor::Equaliser, limits: 0.3..=4.0, drag_step: 0.01, get: |mix| mix.equaliser.mid_q, get_mut: |mix| &mut mix.equaliser.mid_q },
    MixNumber { setting: TrackSetting::HighGain, name: "High gain", unit: " dB", processor: Processor::Equaliser, limits: -18.0..=18.0, drag_step: 0.1, get: |mix| mix.equaliser.high_db, get_mut: |mix| &mut mix.equaliser.high_db },
    MixNumber { setting: TrackSetting::HighFrequency, name: "High frequency", unit: " Hz", processor: Processor::Equaliser, limits: 2000.0..=16_000.0, drag_step: 20.0, get: |mix| mix.equaliser.high_hz, get_mut: |mix| &mut mix.equaliser.high_hz },
    MixNumber { setting: TrackSetting::Threshold, name: "Threshold", unit: " dB", processor: Processor::Compressor, limits: -60.0..=0.0, drag_step: 0.1, get: |mix| mix.compressor.threshold_db, get_mut: |mix| &mut mix.compressor.threshold_db },
    MixNumber { setting: TrackSetting::Ratio, name: "Ratio", unit: " : 1", processor: Processor::Compressor, limits: 1.0..=20.0, drag_step: 0.02, get: |mix| mix.compressor.ratio, get_mut: |mix| &mut mix.compressor.ratio },
    MixNumber { setting: TrackSetting::Attack, name: "Attack", unit: " ms", processor: Processor::Compressor, limits: 0.1..=200.0, drag_step: 0.2, get: |mix| mix.compressor.attack_ms, get_mut: |mix| &mut mix.compressor.attack_ms },
    MixNumber { setting: TrackSetting::Release, name: "Release", unit: " ms", processor: Processor::Compressor, limits: 5.0..=1000.0, drag_step: 1.0, get: |mix| mix.compressor.release_ms, get_mut: |mix| &mut mix.compressor.release_ms },
    MixNumber { setting: TrackSetting::MakeUp, name: "Make-up gain", unit: " dB", processor: Processor::Compressor, limits: 0.0..=24.0, drag_step: 0.1, get: |mix| mix.compressor.make_up_db, get_mut: |mix| &mut mix.compressor.make_up_db },
    MixNumber { setting: TrackSetting::DuckAmount, name: "Ducking amount", unit: " dB", processor: Processor::Ducking, limits: 0.0..=40.0, drag_step: 0.1, get: |mix| mix.ducking.amount_db, get_mut: |mix| &mut mix.ducking.amount_db },
    MixNumber { setting: TrackSetting::DuckThreshold, name: "Ducking threshold", unit: " dB", processor: Processor::Ducking, limits: -60.0..=0.0, drag_step: 0.1, get: |mix| mix.ducking.threshold_db, get_mut: |mix| &mut mix.ducking.threshold_db },
    MixNumber { setting: TrackSetting::DuckAttack, name: "Ducking attack", unit: " ms", processor: Processor::Ducking, limits: 1.0..=500.0, drag_step: 0.5, get: |mix| mix.ducking.attack_ms, get_mut: |mix| &mut mix.ducking.attack_ms },
    MixNumber { setting: TrackSetting::DuckRelease, name: "Ducking release", unit: " ms", processor: Processor::Ducking, limits: 10.0..=2000.0, drag_step: 2.0, get: |mix| mix.ducking.release_ms, get_mut: |mix| &mut mix.ducking.release_ms },
];

/// The numbers of the master, in the order of the panel and of the settings.
#[rustfmt::skip] // a table
pub static MASTER_NUMBERS: [MixNumber<MasterSetting, MasterMix>; 4] = [
    MixNumber { setting: MasterSetting::Gain, name: "Gain", unit: " dB", processor: Processor::Fader, limits: -100.0..=24.0, drag_step: 0.1, get: |mix| mix.gain_db, get_mut: |mix| &mut mix.gain_db },
    MixNumber { setting: MasterSetting::Ceiling, name: "Ceiling", unit: " dBTP", processor: Processor::Limiter, limits: -20.0..=0.0, drag_step: 0.05, get: |mix| mix.limiter.ceiling_db, get_mut: |mix| &mut mix.limiter.ceiling_db },
    MixNumber { setting: MasterSetting::LookAhead, name: "Look-ahead", unit: " ms", processor: Processor::Limiter, limits: 1.0..=10.0, drag_step: 0.05, get: |mix| mix.limiter.look_ahead_ms, get_mut: |mix| &mut mix.limiter.look_ahead_ms },
    MixNumber { setting: MasterSetting::Release, name: "Limiter release", unit: " ms", processor: Processor::Limiter, limits: 10.0..=1000.0, drag_step: 1.0, get: |mix| mix.limiter.release_ms, get_mut: |mix| &mut mix.limiter.release_ms },
];

impl TrackSetting {
    /// Its row in the table.
    pub fn number(self) -> &'static MixNumber<TrackSetting, TrackMix> {
        &TRACK_NUMBERS[self as usize]
    }
}

impl MasterSetting {
    /// Its row in the table.
    pub fn number(self) -> &'static MixNumber<MasterSetting, MasterMix> {
        &MASTER_NUMBERS[self as usize]
    }
}

impl<S, M> MixNumber<S, M> {
    /// Whether it is a place between left and right, which is written in letters and percent.
    pub fn is_pan(&self) -> bool {
        self.name == TrackSetting::Pan.number().name
    }
}

impl<S, M: Default> MixNumber<S, M> {
    /// The value that changes nothing.
    pub fn default_value(&self) -> f32 {
        (self.get)(&M::default())
    }
}

/// Fails if a number is out of its range.
pub(super) fn check<S, M>(numbers: &[MixNumber<S, M>], mix: &M) -> Result<(), Refusal> {
    let wrong = numbers
        .iter()
        .find(|number| !number.limits.contains(&(number.get)(mix)));
    wrong.map_or(Ok(()), |number| {
        let (low, high) = (number.limits.start(), number.limits.end());
        let (name, unit) = (number.name, number.unit);
        Err(Refusal::InvalidValue(format!(
            "{} runs from {low} to {high}{unit}",
            name.to_lowercase()
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_table<S: Copy, M: Default>(
        numbers: &[MixNumber<S, M>],
        position: fn(S) -> usize,
        last: S,
    ) {
        let mut mix = M::default();
        for (at, number) in numbers.iter().enumerate() {
            assert_eq!(position(number.setting), at, "{}", number.name);
            let default = number.default_value();
            assert!(number.limits.contains(&default), "{}", number.name);
            *(number.get_mut)(&mut mix) = 0.25 + at as f32;
        }
        for (at, number) in numbers.iter().enumerate() {
            let value = (number.get)(&mix);
            assert!((value - 0.25 - at as f32).abs() < 1e-6, "{}", number.name);
        }
        assert_eq!(position(last) + 1, numbers.len());
    }

    #[test]
    fn every_setting_has_the_row_of_its_own_number_and_a_field_of_its_own() {
        let release = TrackSetting::DuckRelease;
        check_table(&TRACK_NUMBERS, |setting| setting as usize, release);
        let release = MasterSetting::Release;
        check_table(&MASTER_NUMBERS, |setting| setting as usize, release);
    }

    #[test]
    fn only_the_pan_of_a_track_is_one() {
        let pans = TRACK_NUMBERS.iter().filter(|number| number.is_pan());
        let pans: Vec<TrackSetting> = pans.map(|number| number.setting).collect();
        assert_eq!(pans, [TrackSetting::Pan]);
        assert!(!MASTER_NUMBERS.iter().any(MixNumber::is_pan));
    }

    #[test]
    fn a_number_out_of_its_range_is_refused_with_the_range() {
        let mut mix = TrackMix::default();
        assert_eq!(mix.check(), Ok(()));
        mix.compressor.ratio = 0.5;
        let refused = mix.check().expect_err("refused").to_string();
        assert_eq!(refused, "ratio runs from 1 to 20 : 1");
        mix.compressor.ratio = f32::NAN;
        assert!(mix.check().is_err());
    }
}
