//! Exposure: a look-up table for colour bytes, shared by CPU and graphics card.

use crate::media::{Picture, linear_from_srgb, srgb_from_linear};

/// The result for each byte of a colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Light([u8; 256]);

impl Light {
    /// The table for an exposure in stops; `None` if it changes nothing.
    pub fn of_stops(stops: f32) -> Option<Self> {
        let gain = f64::from(stops).exp2();
        #[expect(clippy::float_cmp, reason = "exactly no change needs no table")]
        let is_change = gain.is_finite() && gain != 1.0;
        is_change.then(|| {
            Self(std::array::from_fn(|byte| {
                let linear = linear_from_srgb(byte as f64 / 255.0) * gain;
                (srgb_from_linear(linear.min(1.0)) * 255.0).round() as u8
            }))
        })
    }

    /// The table.
    pub fn table(&self) -> &[u8; 256] {
        &self.0
    }

    /// Applies it to a whole picture.
    pub fn on_picture(&self, picture: &mut Picture) {
        for pixel in picture.rgba.as_chunks_mut::<4>().0 {
            *pixel = self.on(*pixel);
        }
    }

    /// Applies it to a pixel's colours; alpha is unchanged.
    pub fn on(&self, [red, green, blue, covers]: [u8; 4]) -> [u8; 4] {
        let [red, green, blue] = [red, green, blue].map(|byte| self.0[usize::from(byte)]);
        [red, green, blue, covers]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_doubles_the_light_and_none_changes_nothing() {
        assert_eq!(Light::of_stops(0.0), None);
        let brighter = Light::of_stops(1.0).expect("a change");
        // Half grey is 0.214 in linear light; twice that is 0.428, stored as 0.687.
        assert_eq!(brighter.on([0, 128, 255, 77]), [0, 176, 255, 77]);
        let back = Light::of_stops(-1.0).expect("a change");
        assert!(back.on(brighter.on([0, 128, 100, 77]))[1].abs_diff(128) <= 1);
        assert!(Light::of_stops(f32::INFINITY).is_none());
    }
}
