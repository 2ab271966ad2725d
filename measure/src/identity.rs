//! The colours of a character: signatures of its pixels, compared by the earth mover's distance in Lab.
//! They know no faces: two people in the same clothes look the same to them.

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::colour::{Lab, difference, lab, lab_of_light, light_of_lab};
use crate::frame::{Mask, RgbFrame};

/// Colours of a signature.
const MOST_COLOURS: usize = 8;
/// Fewer pixels than this have no signature.
pub(crate) const LEAST_PIXELS: usize = 64;
/// Most pixels that are looked at, evenly spread.
const MOST_PIXELS: usize = 4096;
/// Rounds of clustering.
const ROUNDS: usize = 12;
/// Shares below this are rounding errors.
const NOTHING: f64 = 1e-12;

/// The colours of a part of a frame and how much of it each takes. The shares sum to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    colours: Vec<(Lab, f64)>,
}

impl Signature {
    /// The signature of the pixels that a mask covers. `None` if they are fewer than 64.
    pub fn of(frame: &RgbFrame, mask: &Mask) -> Option<Self> {
        let width = frame.width();
        let covered: Vec<[u8; 3]> = frame
            .pixels()
            .iter()
            .enumerate()
            .filter(|(at, _)| mask.covers(at % width, at / width))
            .map(|(_, pixel)| *pixel)
            .collect();
        Self::of_pixels(&covered)
    }

    /// The signature of some pixels. `None` if they are fewer than 64.
    pub fn of_pixels(pixels: &[[u8; 3]]) -> Option<Self> {
        if pixels.len() < LEAST_PIXELS {
            return None;
        }
        let every = pixels.len().div_ceil(MOST_PIXELS);
        let colours = pixels.iter().step_by(every);
        let colours: Vec<(Lab, f64)> = colours.map(|pixel| (lab(*pixel), 1.0)).collect();
        Some(Self {
            colours: clusters(&colours),
        })
    }

    /// The colours of several signatures together, each with the same weight. `None` of none.
    pub fn pooled<'s>(signatures: impl IntoIterator<Item = &'s Self>) -> Option<Self> {
        let colours: Vec<(Lab, f64)> = signatures
            .into_iter()
            .flat_map(|signature| signature.colours.iter().copied())
            .collect();
        (!colours.is_empty()).then(|| Self {
            colours: clusters(&colours),
        })
    }

    /// The earth mover's distance to another signature, in units of CIEDE2000: the mean difference of colours when each
    /// is matched with its nearest, share by share (Rubner et al., 2000).
    pub fn distance(&self, other: &Self) -> f64 {
        self.matched_distance(other, 1.0)
    }

    /// The same of the `share` of both, from 0 to 1, that matches best: what is left over may be background at the edge
    /// of a mask, or an eye that is closed.
    pub fn matched_distance(&self, other: &Self, share: f64) -> f64 {
        earth_movers_distance(&self.colours, &other.colours, share)
    }

    /// The same colours where each channel of linear light is so many times as strong. Highlights are clipped.
    pub(crate) fn lit(&self, gain: DVec3) -> Self {
        let lit = self.colours.iter().map(|(colour, share)| {
            let light = light_of_lab(*colour).max(DVec3::ZERO) * gain;
            (lab_of_light(light.min(DVec3::ONE)), *share)
        });
        Self {
            colours: lit.collect(),
        }
    }

    /// Whether a colour is no further than `reach` (a straight distance in Lab) from one of these.
    pub(crate) fn has_near(&self, colour: Lab, reach: f64) -> bool {
        let mut own = self.colours.iter();
        own.any(|(own, _)| own.distance(colour) <= reach)
    }
}

/// k-means in Lab of colours with weights. It begins with the colours that are farthest from one another, so that it
/// always gives the same.
fn clusters(colours: &[(Lab, f64)]) -> Vec<(Lab, f64)> {
    let total: f64 = colours.iter().map(|(_, weight)| weight).sum();
    let total = total.max(NOTHING);
    let mean = colours.iter().map(|(colour, weight)| *colour * *weight);
    let mut centres = vec![mean.sum::<Lab>() / total];
    while centres.len() < MOST_COLOURS {
        let distance = |colour: Lab| {
            let nearest = centres.iter().map(|centre| centre.distance_squared(colour));
            nearest.fold(f64::INFINITY, f64::min)
        };
        let far = colours
            .iter()
            .max_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
        match far {
            // Colours nearer than 3 need no cluster of their own.
            Some((far, _)) if distance(*far) > 9.0 => centres.push(*far),
            _ => break,
        }
    }
    let mut shares = vec![0.0; centres.len()];
    for _ in 0..ROUNDS {
        let mut sums = vec![(Lab::ZERO, 0.0); centres.len()];
        for (colour, weight) in colours {
            let distance = |at: &usize| centres[*at].distance_squared(*colour);
            let nearest = (0..centres.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
            let sum = &mut sums[nearest.unwrap_or(0)];
            *sum = (sum.0 + *colour * *weight, sum.1 + weight);
        }
        for (at, (sum, weight)) in sums.into_iter().enumerate() {
            if weight > 0.0 {
                centres[at] = sum / weight;
            }
            shares[at] = weight / total;
        }
    }
    let all = centres.into_iter().zip(shares);
    all.filter(|(_, share)| *share > 0.0).collect()
}

/// The least work that turns a part of one set of shares into the other, divided by that part: successive shortest paths
/// through a bipartite graph, each of which is the cheapest way to move a little more.
fn earth_movers_distance(from: &[(Lab, f64)], to: &[(Lab, f64)], part: f64) -> f64 {
    let cost: Vec<Vec<f64>> = from
        .iter()
        .map(|(one, _)| {
            to.iter()
                .map(|(other, _)| difference(*one, *other))
                .collect()
        })
        .collect();
    let mut left: Vec<f64> = from.iter().map(|(_, share)| *share).collect();
    let mut open: Vec<f64> = to.iter().map(|(_, share)| *share).collect();
    let mut moved = vec![vec![0.0; to.len()]; from.len()];
    let part = part.clamp(NOTHING, 1.0);
    let (mut work, mut wanted) = (0.0, part);
    // Each round empties a colour, fills one, or uses up a way back: far fewer than the bound.
    for _ in 0..8 * (from.len() + to.len()) * (from.len() + to.len()) {
        if wanted <= NOTHING {
            break;
        }
        let Some(path) = cheapest(&cost, &moved, &left, &open) else {
            break;
        };
        let (start, end) = (path[0].0, path[path.len() - 1].1);
        let mut amount = left[start].min(open[end]).min(wanted);
        for pair in path.windows(2) {
            amount = amount.min(moved[pair[1].0][pair[0].1]);
        }
        for (at, &(one, other)) in path.iter().enumerate() {
            moved[one][other] += amount;
            work += amount * cost[one][other];
            if let Some(&(next, _)) = path.get(at + 1) {
                moved[next][other] -= amount;
                work -= amount * cost[next][other];
            }
        }
        left[start] -= amount;
        open[end] -= amount;
        wanted -= amount;
    }
    work / part
}

/// The cheapest way from a colour with something left to one with room: forward pairs, of which each but the last is
/// followed by a way back along what was moved before (Bellman and Ford).
fn cheapest(
    cost: &[Vec<f64>],
    moved: &[Vec<f64>],
    left: &[f64],
    open: &[f64],
) -> Option<Vec<(usize, usize)>> {
    let (sources, sinks) = (left.len(), open.len());
    let mut at_source: Vec<f64> = left
        .iter()
        .map(|&left| if left > NOTHING { 0.0 } else { f64::INFINITY })
        .collect();
    let mut at_sink = vec![f64::INFINITY; sinks];
    let mut into_sink = vec![usize::MAX; sinks];
    let mut into_source = vec![usize::MAX; sources];
    for _ in 0..sources + sinks {
        let pairs = (0..sources).flat_map(|source| (0..sinks).map(move |sink| (source, sink)));
        for (source, sink) in pairs {
            let forward = at_source[source] + cost[source][sink];
            if forward < at_sink[sink] - NOTHING {
                (at_sink[sink], into_sink[sink]) = (forward, source);
            }
            let back = at_sink[sink] - cost[source][sink];
            if moved[source][sink] > NOTHING && back < at_source[source] - NOTHING {
                (at_source[source], into_source[source]) = (back, sink);
            }
        }
    }
    let ends = (0..sinks).filter(|&sink| open[sink] > NOTHING && at_sink[sink].is_finite());
    let mut sink = ends.min_by(|&a, &b| at_sink[a].total_cmp(&at_sink[b]))?;
    let mut path = Vec::new();
    while path.len() <= sources {
        let source = into_sink[sink];
        path.push((source, sink));
        match into_source.get(source) {
            Some(&usize::MAX) | None => break,
            Some(&before) => sink = before,
        }
    }
    path.reverse();
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(colour: impl Fn(usize, usize) -> [u8; 3]) -> RgbFrame {
        let pixels = (0..32 * 32).map(|at| colour(at % 32, at / 32)).collect();
        RgbFrame::new(32, 32, pixels).expect("a frame")
    }

    fn everything() -> Mask {
        Mask::new(32, 32, vec![true; 32 * 32]).expect("a mask")
    }

    fn signature(colour: impl Fn(usize, usize) -> [u8; 3]) -> Signature {
        Signature::of(&frame(colour), &everything()).expect("pixels")
    }

    const RED: [u8; 3] = [200, 40, 30];
    const BLUE: [u8; 3] = [30, 50, 190];

    #[test]
    fn the_same_colours_in_other_places_are_the_same_character() {
        let left = signature(|x, _| if x < 16 { RED } else { BLUE });
        let top = signature(|_, y| if y < 16 { RED } else { BLUE });
        assert!(left.distance(&top) < 1e-9);
    }

    #[test]
    fn a_quarter_of_another_colour_costs_a_quarter_of_their_difference() {
        let red = signature(|_, _| RED);
        let mixed = signature(|x, _| if x < 8 { BLUE } else { RED });
        let expected = difference(lab(RED), lab(BLUE)) / 4.0;
        assert!((red.distance(&mixed) - expected).abs() < 1e-6);
        assert!((mixed.distance(&red) - expected).abs() < 1e-6);
    }

    #[test]
    fn the_cheapest_matching_is_found_even_when_the_nearest_pairs_do_not_give_it() {
        let grey = |light: f64| Lab::new(light, 0.0, 0.0);
        let shares = |lights: [f64; 2]| lights.map(|light| (grey(light), 0.5)).to_vec();
        // 40 to 41 is the nearest pair, but then 20 must go to 60.
        let (one, other) = (shares([40.0, 20.0]), shares([41.0, 60.0]));
        let pairs = |a: f64, b: f64| difference(grey(a), grey(b)) / 2.0;
        let best =
            (pairs(40.0, 41.0) + pairs(20.0, 60.0)).min(pairs(40.0, 60.0) + pairs(20.0, 41.0));
        assert!((earth_movers_distance(&one, &other, 1.0) - best).abs() < 1e-9);
    }

    #[test]
    fn what_matches_worst_is_left_over() {
        let red = signature(|_, _| RED);
        let mixed = signature(|x, _| if x < 8 { BLUE } else { RED });
        assert!(red.matched_distance(&mixed, 0.75) < 1e-6);
        let half = difference(lab(RED), lab(BLUE)) * 0.15 / 0.9;
        assert!((red.matched_distance(&mixed, 0.9) - half).abs() < 1e-6);
    }

    #[test]
    fn signatures_are_pooled_by_their_shares() {
        let (red, blue) = (signature(|_, _| RED), signature(|_, _| BLUE));
        let both = Signature::pooled([&red, &blue, &red, &blue]).expect("some");
        let half = signature(|x, _| if x < 16 { RED } else { BLUE });
        assert!(both.distance(&half) < 1e-6);
        assert_eq!(Signature::pooled([]), None);
    }

    #[test]
    fn less_light_makes_a_colour_darker_and_the_same_light_keeps_it() {
        let red = signature(|_, _| RED);
        assert!(red.lit(DVec3::ONE).distance(&red) < 1e-6);
        let dim = red.lit(DVec3::splat(0.3));
        assert!(dim.colours[0].0.x < red.colours[0].0.x - 10.0);
    }

    #[test]
    fn too_few_pixels_have_no_signature() {
        let few = Mask::new(32, 32, (0..32 * 32).map(|at| at < 63).collect());
        let few = few.expect("a mask");
        assert_eq!(Signature::of(&frame(|_, _| RED), &few), None);
    }
}
