//! The strip of a track: equaliser, compressor, ducking, gain and pan, with their state.

use kinora_timeline::Track;
use kinora_timeline::mixing::{Compressor as CompressorSettings, Ducking, Fader, TrackMix};

use super::compressor::Compressor;
use super::ducker::{Ducker, LEVEL_FALL_MS};
use super::equaliser::{Equaliser, SETTLED_SECONDS};
use super::samples::factor_of;
use super::smoother::SETTLED_CONSTANTS;
use crate::media::SOUND_RATE_HZ;

/// The state of a strip.
#[derive(Debug)]
pub(super) struct Strip {
    mix: TrackMix,
    equaliser: Equaliser,
    compressor: Option<Compressor>,
    ducker: Option<Ducker>,
    /// The factors of left and right.
    gains: [f32; 2],
}

impl Strip {
    pub fn new(mix: &TrackMix) -> Self {
        let mut strip = Self {
            mix: *mix,
            equaliser: Equaliser::default(),
            compressor: None,
            ducker: None,
            gains: [1.0; 2],
        };
        strip.apply(mix);
        strip
    }

    /// Other settings for the same sound.
    pub fn tune(&mut self, mix: &TrackMix) {
        if *mix != self.mix {
            self.apply(mix);
        }
    }

    fn apply(&mut self, mix: &TrackMix) {
        self.mix = *mix;
        self.equaliser.tune(&mix.equaliser);
        match &mut self.compressor {
            _ if !mix.compressor.is_active() => self.compressor = None,
            Some(compressor) => compressor.tune(&mix.compressor),
            None => self.compressor = Some(Compressor::new(&mix.compressor)),
        }
        match &mut self.ducker {
            _ if !mix.ducking.is_active() => self.ducker = None,
            Some(ducker) => ducker.tune(&mix.ducking),
            None => self.ducker = Some(Ducker::new(&mix.ducking)),
        }
        let Fader { gain_db, pan } = mix.fader;
        let gain = factor_of(f64::from(gain_db)) as f32;
        // A balance: the side it is moved to keeps its gain, the other side becomes silent.
        self.gains = [gain * (1.0 - pan).min(1.0), gain * (1.0 + pan).min(1.0)];
    }

    /// Drops all sound.
    pub fn reset(&mut self) {
        *self = Self::new(&self.mix);
    }

    /// The settings of its ducking, if it is ducked.
    pub fn ducking(&self) -> Option<&Ducking> {
        self.ducker.as_ref().map(|_| &self.mix.ducking)
    }

    /// Equaliser and compressor, on samples stereo interleaved. What comes out keys the ducking of other tracks.
    pub fn process(&mut self, samples: &mut [f32]) {
        if self.mix.equaliser.is_active() || self.compressor.is_some() {
            silence_faults(samples);
        }
        if self.mix.equaliser.is_active() {
            self.equaliser.process(samples);
        }
        if let Some(compressor) = &mut self.compressor {
            compressor.process(samples);
        }
    }

    /// Fills the gains of the ducking, one for each pair of samples. False: it is not ducked.
    pub fn duck(&mut self, key: Option<&[f32]>, gains: &mut [f32]) -> bool {
        let ducker = self.ducker.as_mut();
        ducker.map(|ducker| ducker.gains(key, gains)).is_some()
    }

    /// Gain and pan, with the gains of the ducking.
    pub fn fade(&self, samples: &mut [f32], ducking: Option<&[f32]>) {
        let pairs = samples.chunks_exact_mut(2);
        match ducking {
            Some(ducking) => {
                for (pair, duck) in pairs.zip(ducking) {
                    pair[0] *= duck * self.gains[0];
                    pair[1] *= duck * self.gains[1];
                }
            }
            None if !is_one(self.gains) => {
                for pair in pairs {
                    pair[0] *= self.gains[0];
                    pair[1] *= self.gains[1];
                }
            }
            None => {}
        }
    }
}

fn is_one(gains: [f32; 2]) -> bool {
    gains.iter().all(|gain| gain.to_bits() == 1.0_f32.to_bits())
}

/// A damaged file may hold numbers that are none. A filter would never forget one.
pub(super) fn silence_faults(samples: &mut [f32]) {
    for sample in samples.iter_mut().filter(|sample| !sample.is_finite()) {
        *sample = 0.0;
    }
}

/// The samples before a place from which on these tracks must be mixed, so that their processors are there in the state of
/// a mix from the start, to 1e-5 of full scale. 0 if they have no state.
//
// Constraint: a place is reached by playing and by jumping, and an export begins anywhere. Choice: every state
// decays: that of a filter within SETTLED_SECONDS, that of a smoothed gain within SETTLED_CONSTANTS of its slowest time
// constant, and those behind each other one after the other. So much is mixed and thrown away. Price: a jump costs the
// mix of these seconds: up to 11 s with the default times, up to 44 s with the longest ones.
pub(super) fn pre_roll<'t>(tracks: impl Iterator<Item = &'t Track>) -> i64 {
    let (mut before, mut behind) = (0.0_f64, 0.0_f64);
    for track in tracks {
        let TrackMix {
            fader: _, // has no state
            equaliser,
            compressor,
            ducking,
        } = &track.mix;
        let filters = match equaliser.is_active() {
            true => SETTLED_SECONDS,
            false => 0.0,
        };
        before = before.max(filters + compressor_seconds(compressor));
        if ducking.is_active() {
            let slowest_ms = ducking.attack_ms.max(ducking.release_ms) + LEVEL_FALL_MS;
            behind = behind.max(settled_seconds(slowest_ms));
        }
    }
    ((before + behind) * f64::from(SOUND_RATE_HZ)).round() as i64
}

fn compressor_seconds(settings: &CompressorSettings) -> f64 {
    match settings.is_active() {
        true => settled_seconds(settings.attack_ms.max(settings.release_ms)),
        false => 0.0,
    }
}

/// After so many seconds a value with this time constant has forgotten where it began.
pub(super) fn settled_seconds(constant_ms: f32) -> f64 {
    f64::from(constant_ms) / 1000.0 * SETTLED_CONSTANTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinora_timeline::{TrackId, TrackKind};

    #[test]
    fn a_strip_without_settings_changes_no_bit() {
        let mut strip = Strip::new(&TrackMix::default());
        let mut samples = vec![0.1, -0.3, f32::MIN_POSITIVE, 0.7];
        let before = samples.clone();
        strip.process(&mut samples);
        assert!(!strip.duck(None, &mut [0.0; 2]));
        strip.fade(&mut samples, None);
        assert_eq!(samples, before);
    }

    #[test]
    fn gain_and_pan_are_factors_of_the_two_sides() {
        let mut mix = TrackMix::default();
        (mix.fader.gain_db, mix.fader.pan) = (-6.0, 0.25);
        let strip = Strip::new(&mix);
        let mut samples = [1.0, 1.0];
        strip.fade(&mut samples, Some(&[0.5]));
        let gain = 10.0_f32.powf(-6.0 / 20.0) / 2.0;
        assert!((samples[0] - 0.75 * gain).abs() < 1e-5);
        assert!((samples[1] - gain).abs() < 1e-5);
    }

    #[test]
    fn the_pre_roll_is_that_of_the_slowest_track_and_of_what_it_ducks() {
        let track = |change: fn(&mut TrackMix)| {
            let mut track = Track::new(TrackId::from(1), TrackKind::Audio, "A1");
            change(&mut track.mix);
            track
        };
        let of = |tracks: &[Track]| pre_roll(tracks.iter());
        let plain = track(|mix| mix.fader.gain_db = -3.0);
        let filtered = track(|mix| mix.equaliser.low_db = 3.0);
        let compressed = track(|mix| mix.compressor.ratio = 2.0);
        let ducked = track(|mix| {
            mix.ducking.key = Some(TrackId::from(2));
            mix.ducking.amount_db = 9.0;
        });
        assert_eq!(of(std::slice::from_ref(&plain)), 0);
        assert_eq!(of(&[plain, filtered.clone()]), 48_000);
        assert_eq!(of(&[filtered, compressed.clone()]), 100_800); // 14 * 150 ms
        assert_eq!(of(&[compressed, ducked]), 100_800 + 349_440); // and 14 * 520 ms
    }
}
