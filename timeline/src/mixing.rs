//! How the sound of a track, and that of the whole project, is processed: plain values, in the order in which the mixer
//! applies them. `mixing/table.rs` has the name, unit and range of each.
//!
//! ```text
//! clips of a track -> equaliser -> compressor -> ducking -> gain, pan -> sum -> master gain -> limiter
//!                                       '-> keys the ducking of other tracks
//! ```
//!
//! Every default changes nothing, and is left out of a file.

mod table;

use serde::{Deserialize, Serialize};

use crate::TrackId;
use crate::refusal::Refusal;
use crate::stored::is_default;

pub use table::{MASTER_NUMBERS, MasterSetting, MixNumber, Processor, TRACK_NUMBERS, TrackSetting};

/// A gain below this, in decibels, or a ratio above 1 by less, changes nothing.
const NOTHING: f32 = 1e-6;

/// The processing of a track's sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrackMix {
    /// Gain and pan, the last of all.
    #[serde(skip_serializing_if = "is_default")]
    pub fader: Fader,
    /// Three bands.
    #[serde(skip_serializing_if = "is_default")]
    pub equaliser: Equaliser,
    /// The compressor behind the equaliser.
    #[serde(skip_serializing_if = "is_default")]
    pub compressor: Compressor,
    /// Made quieter while another track is loud.
    #[serde(skip_serializing_if = "is_default")]
    pub ducking: Ducking,
}

/// Gain and pan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fader {
    /// In decibels.
    pub gain_db: f32,
    /// The balance, from -1, left only, to 1, right only.
    pub pan: f32,
}

/// Low shelf, peak and high shelf.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Equaliser {
    /// The gain far below `low_hz`, in decibels.
    pub low_db: f32,
    /// The middle of the low shelf's slope.
    pub low_hz: f32,
    /// The gain at `mid_hz`, in decibels.
    pub mid_db: f32,
    /// The middle of the peak.
    pub mid_hz: f32,
    /// The Q of the peak: a higher one is narrower.
    pub mid_q: f32,
    /// The gain far above `high_hz`, in decibels.
    pub high_db: f32,
    /// The middle of the high shelf's slope.
    pub high_hz: f32,
}

/// A compressor: what is louder than the threshold becomes louder by a fraction of it only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Compressor {
    /// In decibels of full scale.
    pub threshold_db: f32,
    /// Decibels above the threshold that become one. 1: off.
    pub ratio: f32,
    /// The time constant while the gain falls, in milliseconds.
    pub attack_ms: f32,
    /// The time constant while the gain rises, in milliseconds.
    pub release_ms: f32,
    /// The gain behind it, in decibels.
    pub make_up_db: f32,
}

/// A track that becomes quieter while another one is loud, as music under speech.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ducking {
    /// The track that keys it: an audio track of the same sequence. One that is not heard keys nothing. None: off.
    pub key: Option<TrackId>,
    /// The most by which the track becomes quieter, in decibels. 0: off.
    pub amount_db: f32,
    /// The level of the key, in decibels of full scale, from which on the track becomes quieter.
    pub threshold_db: f32,
    /// The time constant while the track becomes quieter, in milliseconds.
    pub attack_ms: f32,
    /// The time constant while it comes back, in milliseconds.
    pub release_ms: f32,
}

/// The processing of the sum of all tracks of the open sequence. A nested sequence has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MasterMix {
    /// The gain before the limiter, in decibels.
    pub gain_db: f32,
    /// The limiter.
    #[serde(skip_serializing_if = "is_default")]
    pub limiter: Limiter,
}

/// A limiter that looks ahead: no sample is above its ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limiter {
    /// Whether it limits.
    pub is_on: bool,
    /// The highest true peak, in decibels of full scale.
    pub ceiling_db: f32,
    /// How long before a peak the gain begins to fall, in milliseconds.
    pub look_ahead_ms: f32,
    /// The time constant while the gain rises, in milliseconds.
    pub release_ms: f32,
}

impl Default for Equaliser {
    fn default() -> Self {
        Self {
            low_db: 0.0,
            low_hz: 100.0,
            mid_db: 0.0,
            mid_hz: 1000.0,
            mid_q: 1.0,
            high_db: 0.0,
            high_hz: 8000.0,
        }
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            threshold_db: -18.0,
            ratio: 1.0,
            attack_ms: 10.0,
            release_ms: 150.0,
            make_up_db: 0.0,
        }
    }
}

impl Default for Ducking {
    fn default() -> Self {
        Self {
            key: None,
            amount_db: 0.0,
            threshold_db: -40.0,
            attack_ms: 50.0,
            release_ms: 500.0,
        }
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            is_on: false,
            ceiling_db: -1.0,
            look_ahead_ms: 5.0,
            release_ms: 100.0,
        }
    }
}

impl TrackMix {
    /// Whether it changes no sample.
    pub fn is_neutral(&self) -> bool {
        let Fader { gain_db, pan } = self.fader;
        gain_db.abs() < NOTHING
            && pan.abs() < NOTHING
            && !self.equaliser.is_active()
            && !self.compressor.is_active()
            && !self.ducking.is_active()
    }

    /// Fails if a number is out of its range.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        table::check(&TRACK_NUMBERS, self)
    }
}

impl Equaliser {
    /// Whether one of its bands has a gain.
    pub fn is_active(&self) -> bool {
        [self.low_db, self.mid_db, self.high_db]
            .iter()
            .any(|gain_db| gain_db.abs() >= NOTHING)
    }
}

impl Compressor {
    /// Whether it changes the sound.
    pub fn is_active(&self) -> bool {
        self.ratio - 1.0 >= NOTHING || self.make_up_db.abs() >= NOTHING
    }
}

impl Ducking {
    /// Whether it can make the track quieter.
    pub fn is_active(&self) -> bool {
        self.key.is_some() && self.amount_db >= NOTHING
    }
}

impl MasterMix {
    /// Whether it changes no sample.
    pub fn is_neutral(&self) -> bool {
        self.gain_db.abs() < NOTHING && !self.limiter.is_on
    }

    /// Fails if a number is out of its range.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        table::check(&MASTER_NUMBERS, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_change_nothing_and_are_left_out_of_a_file() {
        assert!(TrackMix::default().is_neutral() && MasterMix::default().is_neutral());
        assert_eq!(ron::to_string(&TrackMix::default()).expect("text"), "()");
        let mut mix = TrackMix::default();
        mix.equaliser.low_hz = 200.0;
        mix.compressor.threshold_db = -30.0;
        mix.ducking.amount_db = 12.0;
        assert!(mix.is_neutral(), "nothing of it is in use");
        let text = ron::to_string(&mix).expect("text");
        assert!(!text.contains("fader"), "{text}");
        assert_eq!(ron::from_str::<TrackMix>(&text).expect("a mix"), mix);
    }

    #[test]
    fn each_processor_is_in_use_as_soon_as_it_changes_the_sound() {
        let changes: [fn(&mut TrackMix); 6] = [
            |mix| mix.fader.gain_db = 0.1,
            |mix| mix.fader.pan = -0.1,
            |mix| mix.equaliser.mid_db = 0.1,
            |mix| mix.compressor.ratio = 1.1,
            |mix| mix.compressor.make_up_db = 0.1,
            |mix| {
                mix.ducking.amount_db = 6.0;
                mix.ducking.key = Some(TrackId::from(2));
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut mix = TrackMix::default();
            change(&mut mix);
            assert!(!mix.is_neutral(), "change {number}");
        }
    }
}
