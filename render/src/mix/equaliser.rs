//! The equaliser of a track: low shelf, peak and high shelf, one behind the other.

use kinora_timeline::mixing;

use super::biquad::{Band, Biquad, Shape};

/// The time after which a filter has forgotten what it got before, to 1e-6, at the lowest frequencies and the narrowest
/// peak that the table of the mixer allows.
pub(super) const SETTLED_SECONDS: f64 = 1.0;

/// A gain below this, in decibels, is none.
const NO_GAIN_DB: f32 = 1e-6;

/// The state of an equaliser.
#[derive(Clone, Debug, Default)]
pub(super) struct Equaliser {
    bands: [Option<Biquad>; 3],
}

impl Equaliser {
    /// Other settings. A band without a gain is left out.
    pub fn tune(&mut self, settings: &mixing::Equaliser) {
        for (known, band) in self.bands.iter_mut().zip(bands(settings)) {
            match known {
                _ if band.gain_db.abs() < NO_GAIN_DB => *known = None,
                Some(filter) => filter.tune(band),
                None => *known = Some(Biquad::new(band)),
            }
        }
    }

    /// Filters samples, stereo interleaved.
    pub fn process(&mut self, samples: &mut [f32]) {
        for filter in self.bands.iter_mut().flatten() {
            for pair in samples.chunks_exact_mut(2) {
                for (channel, sample) in pair.iter_mut().enumerate() {
                    *sample = filter.next(channel, f64::from(*sample)) as f32;
                }
            }
        }
    }
}

fn bands(settings: &mixing::Equaliser) -> [Band; 3] {
    let mixing::Equaliser {
        low_db,
        low_hz,
        mid_db,
        mid_hz,
        mid_q,
        high_db,
        high_hz,
    } = *settings;
    [
        (Shape::LowShelf, low_hz, low_db),
        (Shape::Peak, mid_hz, mid_db),
        (Shape::HighShelf, high_hz, high_db),
    ]
    .map(|(shape, frequency_hz, gain_db)| Band {
        shape,
        frequency_hz,
        gain_db,
        q: mid_q,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_without_a_gain_change_no_sample() {
        let mut equaliser = Equaliser::default();
        equaliser.tune(&mixing::Equaliser::default());
        let mut samples = vec![0.25, -0.5, 1.0, 0.125];
        equaliser.process(&mut samples);
        assert_eq!(samples, [0.25, -0.5, 1.0, 0.125]);
    }

    #[test]
    fn a_steady_sound_gets_the_gain_of_the_low_shelf_on_both_channels() {
        let mut equaliser = Equaliser::default();
        equaliser.tune(&mixing::Equaliser {
            low_db: 6.0,
            high_db: -6.0,
            ..mixing::Equaliser::default()
        });
        let mut samples = [0.25, -0.125].repeat(48_000);
        equaliser.process(&mut samples);
        let gain = 10.0_f32.powf(6.0 / 20.0);
        let [left, right] = [samples[95_998], samples[95_999]];
        assert!((left - 0.25 * gain).abs() < 1e-5, "{left}");
        assert!((right + 0.125 * gain).abs() < 1e-5, "{right}");
    }
}
