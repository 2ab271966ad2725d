//! The light of a scene, as far as the colours of a character show it: references are lit like the clip before they are
//! compared, so that a red coat at night is still a red coat.

use glam::DVec3;

use crate::identity::Signature;

/// Gains of all channels that are tried: from moonlight to a bright sun.
const GAINS: [f64; 7] = [0.15, 0.25, 0.4, 0.63, 0.8, 1.0, 1.4];
/// Warmths that are tried: red is as many powers of e stronger as blue is weaker, from moonlight to a low sun.
const WARMTHS: [f64; 5] = [-0.25, -0.125, 0.0, 0.125, 0.25];
/// The share of two signatures that is compared: the rest may be background at the edge of a mask.
pub(crate) const REFERENCE_SHARE: f64 = 0.9;
/// An unusual light must fit better: so much for each power of e that it is brighter or darker, in units of CIEDE2000.
const COST_OF_GAIN: f64 = 2.0;
/// And so much for each unit of its warmth. Both chosen on the first 80 clips of docs/measures.md.
const COST_OF_WARMTH: f64 = 10.0;

/// The references under the light that makes one of them most like what is seen. All of them get the same light.
pub fn lit_like(seen: &Signature, references: &[Signature]) -> Vec<Signature> {
    let lights = GAINS.into_iter().flat_map(|gain| {
        let warm = move |warmth: f64| {
            let light = DVec3::new(warmth.exp(), 1.0, (-warmth).exp()) * gain;
            let cost = COST_OF_GAIN * gain.ln().abs() + COST_OF_WARMTH * warmth.abs();
            (light, cost)
        };
        WARMTHS.into_iter().map(warm)
    });
    let tried = lights.filter_map(|(light, cost)| {
        let lit: Vec<Signature> = references.iter().map(|one| one.lit(light)).collect();
        Some((nearest(seen, &lit)? + cost, lit))
    });
    let best = tried.min_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, lit)| lit).unwrap_or_default()
}

/// The distance to the nearest of some references, as they are. `None` without any.
pub(crate) fn nearest(seen: &Signature, references: &[Signature]) -> Option<f64> {
    let distances = references
        .iter()
        .map(|one| seen.matched_distance(one, REFERENCE_SHARE));
    distances.reduce(f64::min)
}

/// How far colours are from those of the nearest reference, under the light that suits them best, in units of CIEDE2000.
/// `None` without references.
pub fn reference_distance(seen: &Signature, references: &[Signature]) -> Option<f64> {
    nearest(seen, &lit_like(seen, references))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(pixel: [u8; 3]) -> Signature {
        Signature::of_pixels(&[pixel; 100]).expect("enough pixels")
    }

    #[test]
    fn a_red_coat_at_night_is_nearer_to_the_red_one_than_to_the_blue_one() {
        let (red, blue) = (plain([220, 40, 35]), plain([45, 95, 235]));
        // The red one with a quarter of the light, and bluish.
        let night = red.lit(DVec3::new(0.2, 0.25, 0.33));
        let same = reference_distance(&night, std::slice::from_ref(&red)).expect("a reference");
        let other = reference_distance(&night, &[blue]).expect("a reference");
        assert!(same < 6.0 && other > 2.0 * same, "{same} {other}");
        assert!(same < night.distance(&red) / 2.0);
    }

    #[test]
    fn the_nearest_of_several_references_counts_and_none_has_no_distance() {
        let references = [plain([45, 95, 235]), plain([220, 40, 35])];
        let distance = reference_distance(&references[1], &references).expect("references");
        assert!(distance < 1e-6);
        assert_eq!(reference_distance(&references[0], &[]), None);
    }
}
