//! How a value changes between two keyframes.

mod bezier;

use serde::{Deserialize, Serialize};

pub use bezier::EaseCurve;

/// The easing between two keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Easing {
    /// Constant speed.
    #[default]
    Linear,
    /// Slow start.
    In,
    /// Slow end.
    Out,
    /// Slow start and end.
    InOut,
    /// No movement until the next key.
    Hold,
    /// A curve with free handles.
    Curve(EaseCurve),
}

impl Easing {
    /// The easings without handles, with their names.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Linear, "Linear"),
        (Self::In, "Ease in"),
        (Self::Out, "Ease out"),
        (Self::InOut, "Ease in and out"),
        (Self::Hold, "Hold"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        let mut named = Self::ALL.into_iter();
        let own = named.find(|(easing, _)| *easing == self);
        own.map_or("Curve", |(_, name)| name)
    }

    /// The curve with which the handles of this easing begin: the same movement for all but the hold, up to the thousandth
    /// parts of handles.
    pub fn curve(self) -> EaseCurve {
        EaseCurve::new(match self {
            Self::Linear => [[333, 333], [667, 667]],
            Self::In => [[333, 0], [667, 333]],
            Self::Out => [[333, 667], [667, 1000]],
            Self::InOut => [[333, 0], [667, 1000]],
            Self::Hold => [[667, 0], [1000, 0]],
            Self::Curve(curve) => return curve,
        })
    }

    /// The easing of the same movement backwards. A hold cannot be reversed and stays one.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::In => Self::Out,
            Self::Out => Self::In,
            Self::Curve(curve) => Self::Curve(curve.reversed()),
            other => other,
        }
    }

    /// The part of the way that is done after a part `t` of the time; both from 0 to 1.
    pub fn eased(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::In => t * t,
            Self::Out => t * (2.0 - t),
            Self::InOut => t * t * (3.0 - 2.0 * t),
            Self::Hold => 0.0,
            Self::Curve(curve) => curve.eased(t),
        }
    }

    /// The integral of [`Self::eased`] from 0 to `t`.
    pub(crate) fn integral(self, t: f64) -> f64 {
        match self {
            Self::Linear => t * t / 2.0,
            Self::In => t * t * t / 3.0,
            Self::Out => t * t * (1.0 - t / 3.0),
            Self::InOut => t * t * t * (1.0 - t / 2.0),
            Self::Hold => 0.0,
            Self::Curve(curve) => curve.integral(t),
        }
    }

    /// [`Self::integral`] up to `since` of `length` frames, times `length`: a fraction in whole numbers, above and below
    /// its line. `length` is above zero. Fits up to 2^25 frames, with room for a factor of 2^20.
    pub(crate) fn exact_integral(self, since: i128, length: i128) -> (i128, i128) {
        let (m, n) = (since, length);
        match self {
            Self::Linear => (m * m, 2 * n),
            Self::In => (m * m * m, 3 * n * n),
            Self::Out => (m * m * (3 * n - m), 3 * n * n),
            Self::InOut => (m * m * m * (2 * n - m), 2 * n * n * n),
            Self::Hold => (0, 1),
            Self::Curve(curve) => curve.exact_integral(m, n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The easings without handles, and curves.
    fn all() -> impl Iterator<Item = Easing> {
        let curves = [[420, 0, 580, 1000], [900, 100, 300, 800], [0, 0, 200, 1000]];
        let curves = curves.map(|parts| Easing::Curve(EaseCurve::from(parts)));
        Easing::ALL
            .into_iter()
            .map(|(easing, _)| easing)
            .chain(curves)
    }

    #[test]
    fn both_integrals_are_the_area_under_the_easing() {
        for easing in all() {
            for frames in [0, 1, 3, 7, 10] {
                let end = f64::from(frames) / 10.0;
                let steps = (0..10_000).map(|step| (f64::from(step) + 0.5) / 10_000.0 * end);
                let summed = steps.map(|t| easing.eased(t) / 10_000.0 * end).sum::<f64>();
                let (above, below) = easing.exact_integral(frames.into(), 10);
                let exact = above as f64 / below as f64 / 10.0;
                let off = (summed - easing.integral(end)).abs();
                assert!(off < 1e-6, "{easing:?} to {end}");
                assert!((summed - exact).abs() < 1e-6, "{easing:?} to {end}");
            }
        }
    }

    #[test]
    fn the_exact_integral_of_a_curve_has_room_for_the_longest_segment_and_the_highest_speed() {
        for parts in [
            [0, 0, 0, 0],
            [1000, 0, 0, 1000],
            [0, 1000, 0, 1000],
            [1000; 4],
        ] {
            let curve = Easing::Curve(EaseCurve::from(parts));
            let length = 1_i128 << 25;
            let mut before = 0;
            for since in [0, 1, length / 3, length / 2, length - 1, length] {
                let (above, below) = curve.exact_integral(since, length);
                let here = (above.checked_mul(1 << 20)).expect("room") / below;
                assert!(here >= before, "{parts:?} at {since}");
                before = here;
            }
            assert!(before <= length << 20);
        }
    }

    #[test]
    fn a_reversed_easing_is_the_same_movement_backwards() {
        for easing in all() {
            // The ends of a curve's pieces are whole numbers.
            let allowed = match easing {
                Easing::Curve(_) => 4e-5,
                _ => 1e-12,
            };
            for part in [0.0, 0.2, 0.5, 0.9, 1.0] {
                let backwards = 1.0 - easing.reversed().eased(1.0 - part);
                let is_same = (backwards - easing.eased(part)).abs() < allowed;
                assert!(is_same || easing == Easing::Hold, "{easing:?} at {part}");
            }
        }
    }

    #[test]
    fn a_curve_runs_from_one_end_to_the_other_and_is_that_of_css() {
        let ease_in_out = Easing::Curve(EaseCurve::from([420, 0, 580, 1000]));
        // The solution of the cubic for the time, by bisection, and its way.
        let solved = |t: f64| {
            let along = |s: f64, a: f64, b: f64| {
                3.0 * (1.0 - s).powi(2) * s * a + 3.0 * (1.0 - s) * s * s * b + s.powi(3)
            };
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                match along(middle, 0.42, 0.58) < t {
                    true => low = middle,
                    false => high = middle,
                }
            }
            along(low, 0.0, 1.0)
        };
        for step in 0..=50 {
            let t = f64::from(step) / 50.0;
            assert!((ease_in_out.eased(t) - solved(t)).abs() < 4e-5, "at {t}");
        }
    }

    #[test]
    fn a_curve_is_at_its_ends_exactly_wherever_its_handles_are() {
        for parts in [[1000, 0, 1000, 0], [0, 1000, 0, 1000], [1000; 4], [0; 4]] {
            let curve = EaseCurve::from(parts);
            let (start, end) = (curve.eased(0.0), curve.eased(1.0));
            assert!((end - 1.0).abs() < 1e-12, "{parts:?} ends at {end}");
            assert!(start < 0.05, "{parts:?} starts at {start}");
        }
    }

    #[test]
    fn the_handles_of_an_easing_begin_where_its_movement_is() {
        for (easing, name) in Easing::ALL {
            for step in 0..=20 {
                let t = f64::from(step) / 20.0;
                let off = Easing::Curve(easing.curve()).eased(t) - easing.eased(t);
                assert!(off.abs() < 2e-3 || easing == Easing::Hold, "{name} at {t}");
            }
        }
    }

    #[test]
    fn a_curve_is_written_in_four_numbers_and_the_other_easings_as_before() {
        let curve = Easing::Curve(EaseCurve::from([420, 0, 580, 1000]));
        let text = ron::to_string(&curve).expect("written");
        assert_eq!(text, "Curve((420,0,580,1000))");
        assert_eq!(ron::from_str::<Easing>(&text).expect("read"), curve);
        assert_eq!(ron::to_string(&Easing::InOut).expect("written"), "InOut");
        let beyond: Easing = ron::from_str("Curve((65535, 0, 0, 1001))").expect("read");
        assert_eq!(beyond, Easing::Curve(EaseCurve::from([1000, 0, 0, 1000])));
    }
}
