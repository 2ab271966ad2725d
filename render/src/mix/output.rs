//! What becomes of the sum of all tracks: the gain and the limiter of the master, then those of a delivery at a given
//! loudness.

use kinora_timeline::mixing::{self, MasterMix};

use super::limiter::{Limiter, Settings};
use super::samples::factor_of;
use super::strip::{settled_seconds, silence_faults};
use crate::media::SOUND_RATE_HZ;

/// The highest true peak of a delivery, in decibels of full scale (EBU R128).
pub const DELIVERY_CEILING_DB: f32 = -1.0;

const DELIVERY: Settings = Settings {
    ceiling_db: DELIVERY_CEILING_DB,
    look_ahead_ms: 5.0,
    release_ms: 100.0,
};

/// The state of the output.
#[derive(Debug)]
pub(super) struct Output {
    gain: f32,
    limiter: Option<Limiter>,
    /// The gain and the limiter of a delivery.
    delivery: Option<(f32, Limiter)>,
}

impl Output {
    /// An output that changes nothing; with the gain of a delivery, if there is one.
    pub fn new(delivery_gain_db: Option<f64>) -> Self {
        let delivery =
            delivery_gain_db.map(|gain_db| (factor_of(gain_db) as f32, Limiter::new(DELIVERY)));
        Self {
            gain: 1.0,
            limiter: None,
            delivery,
        }
    }

    /// The settings of the master.
    pub fn tune(&mut self, master: &MasterMix) {
        self.gain = factor_of(f64::from(master.gain_db)) as f32;
        let settings = settings_of(&master.limiter);
        match &mut self.limiter {
            _ if !master.limiter.is_on => self.limiter = None,
            Some(limiter) => limiter.tune(settings),
            None => self.limiter = Some(Limiter::new(settings)),
        }
    }

    /// Drops all sound.
    pub fn reset(&mut self) {
        for limiter in self.limiters_mut() {
            limiter.reset();
        }
    }

    /// How many samples must come until the first one goes.
    pub fn missing(&self) -> usize {
        self.limiters().map(Limiter::missing).sum()
    }

    /// By how many samples the sound comes later.
    pub fn latency(&self) -> usize {
        self.limiters().map(Limiter::latency).sum()
    }

    /// The samples before a place from which on sound must come, so that the state is there that of a mix from the start.
    pub fn pre_roll(master: &MasterMix, is_delivery: bool) -> i64 {
        let own = master.limiter.is_on.then(|| settings_of(&master.limiter));
        let all = own.into_iter().chain(is_delivery.then_some(DELIVERY));
        let seconds = all.map(|settings| {
            settled_seconds(settings.release_ms) + 2.0 * f64::from(settings.look_ahead_ms) / 1000.0
        });
        (seconds.sum::<f64>() * f64::from(SOUND_RATE_HZ)).round() as i64
    }

    /// Replaces the samples that come, stereo interleaved, by those that go.
    pub fn process(&mut self, samples: &mut Vec<f32>) {
        let (gain, has_delivery) = (self.gain, self.delivery.is_some());
        if self.limiter.is_some() || has_delivery {
            silence_faults(samples);
        }
        multiply(samples, gain);
        if let Some(limiter) = &mut self.limiter {
            limiter.process(samples);
        }
        if let Some((gain, limiter)) = &mut self.delivery {
            multiply(samples, *gain);
            limiter.process(samples);
        }
    }

    fn limiters(&self) -> impl Iterator<Item = &Limiter> {
        let delivery = self.delivery.as_ref().map(|(_, limiter)| limiter);
        self.limiter.iter().chain(delivery)
    }

    fn limiters_mut(&mut self) -> impl Iterator<Item = &mut Limiter> {
        let delivery = self.delivery.as_mut().map(|(_, limiter)| limiter);
        self.limiter.iter_mut().chain(delivery)
    }
}

fn settings_of(limiter: &mixing::Limiter) -> Settings {
    Settings {
        ceiling_db: limiter.ceiling_db,
        look_ahead_ms: limiter.look_ahead_ms,
        release_ms: limiter.release_ms,
    }
}

fn multiply(samples: &mut [f32], gain: f32) {
    if gain.to_bits() != 1.0_f32.to_bits() {
        for sample in samples.iter_mut() {
            *sample *= gain;
        }
    }
}
