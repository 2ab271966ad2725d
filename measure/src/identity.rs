//! Whether a character keeps its colours: signatures of its pixels, compared by the earth mover's distance in Lab.
//! It knows no faces: two people in the same clothes look the same to it.

use serde::{Deserialize, Serialize};

use crate::colour::{Lab, difference, lab};
use crate::frame::{Mask, RgbFrame};
use crate::statistics::Spread;

/// Colours of a signature.
const MOST_COLOURS: usize = 8;
/// Fewer pixels than this have no signature.
const LEAST_PIXELS: usize = 64;
/// Most pixels that are looked at, evenly spread.
const MOST_PIXELS: usize = 4096;
/// Rounds of clustering.
const ROUNDS: usize = 12;

/// The colours of a part of a frame and how much of it each takes. The shares sum to 1.
#[derive(Clone, Debug, PartialEq)]
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
        if covered.len() < LEAST_PIXELS {
            return None;
        }
        let every = covered.len().div_ceil(MOST_PIXELS);
        let colours: Vec<Lab> = covered.into_iter().step_by(every).map(lab).collect();
        Some(Self {
            colours: clusters(&colours),
        })
    }

    /// The earth mover's distance to another signature, in units of CIEDE2000: the mean difference of colours when each
    /// is matched with its nearest, share by share (Rubner et al., 2000).
    pub fn distance(&self, other: &Self) -> f64 {
        earth_movers_distance(&self.colours, &other.colours)
    }
}

/// k-means in Lab. It begins with the colours that are farthest from one another, so that it always gives the same.
fn clusters(colours: &[Lab]) -> Vec<(Lab, f64)> {
    let mean = colours.iter().sum::<Lab>() / colours.len().max(1) as f64;
    let mut centres = vec![mean];
    while centres.len() < MOST_COLOURS {
        let distance = |colour: &Lab| {
            let nearest = centres
                .iter()
                .map(|centre| centre.distance_squared(*colour));
            nearest.fold(f64::INFINITY, f64::min)
        };
        let far = colours
            .iter()
            .max_by(|a, b| distance(a).total_cmp(&distance(b)));
        match far {
            // Colours nearer than 3 need no cluster of their own.
            Some(far) if distance(far) > 9.0 => centres.push(*far),
            _ => break,
        }
    }
    let mut shares = vec![0.0; centres.len()];
    for _ in 0..ROUNDS {
        let mut sums = vec![(Lab::ZERO, 0_usize); centres.len()];
        for colour in colours {
            let distance = |at: &usize| centres[*at].distance_squared(*colour);
            let nearest = (0..centres.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
            let sum = &mut sums[nearest.unwrap_or(0)];
            *sum = (sum.0 + *colour, sum.1 + 1);
        }
        for (at, (sum, count)) in sums.into_iter().enumerate() {
            if count > 0 {
                centres[at] = sum / count as f64;
            }
            shares[at] = count as f64 / colours.len() as f64;
        }
    }
    let all = centres.into_iter().zip(shares);
    all.filter(|(_, share)| *share > 0.0).collect()
}

/// The least work that turns one set of shares into the other: successive shortest paths through a bipartite graph.
fn earth_movers_distance(from: &[(Lab, f64)], to: &[(Lab, f64)]) -> f64 {
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
    let mut work = 0.0;
    // Each round empties a colour, fills one, or uses up a way back: far fewer than the bound.
    for _ in 0..8 * (from.len() + to.len()) * (from.len() + to.len()) {
        let Some(path) = cheapest(&cost, &moved, &left, &open) else {
            break;
        };
        let (start, end) = (path[0].0, path[path.len() - 1].1);
        let mut amount = left[start].min(open[end]);
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
    }
    work
}

/// The cheapest way from a colour with something left to one with room: forward pairs, of which each but the last is
/// followed by a way back along what was moved before (Bellman and Ford).
fn cheapest(
    cost: &[Vec<f64>],
    moved: &[Vec<f64>],
    left: &[f64],
    open: &[f64],
) -> Option<Vec<(usize, usize)>> {
    const NOTHING: f64 = 1e-12;
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

/// How a character's colours change over a take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityReport {
    /// The distance of each frame from the reference. `None` where the character is not seen.
    pub distance: Vec<Option<f64>>,
    /// Over the frames where it is seen.
    pub spread: Option<Spread>,
    /// How much the distance grows from the first to the last frame where it is seen, by a straight line.
    pub drift: Option<f64>,
}

/// Compares the masked part of each frame with a reference; without one, with the first frame where it is seen. Frames
/// without a mask count as not seen.
pub fn measure_identity(
    frames: &[RgbFrame],
    masks: &[Mask],
    reference: Option<&Signature>,
) -> IdentityReport {
    let pairs = frames.iter().enumerate();
    let signatures: Vec<Option<Signature>> = pairs
        .map(|(at, frame)| masks.get(at).and_then(|mask| Signature::of(frame, mask)))
        .collect();
    let reference = reference.or(signatures.iter().flatten().next());
    let distance: Vec<Option<f64>> = signatures
        .iter()
        .map(|signature| Some(reference?.distance(signature.as_ref()?)))
        .collect();
    IdentityReport {
        spread: Spread::of(distance.iter().flatten().copied().collect()),
        drift: drift(&distance),
        distance,
    }
}

/// The slope of a straight line through the values, times their extent. `None` with fewer than three.
fn drift(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| Some((at as f64, (*value)?)))
        .collect();
    let (first, last) = (known.first()?.0, known.last()?.0);
    let count = known.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| known.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let along: f64 = known.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum();
    let own: f64 = known.iter().map(|pair| (pair.0 - x).powi(2)).sum();
    (known.len() >= 3).then(|| along / own * (last - first))
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
        assert!((earth_movers_distance(&one, &other) - best).abs() < 1e-9);
    }

    #[test]
    fn a_coat_that_turns_blue_drifts() {
        let frames: Vec<RgbFrame> = (0..9)
            .map(|at| frame(move |x, _| if x < 3 * at { BLUE } else { RED }))
            .collect();
        let masks = vec![everything(); 9];
        let report = measure_identity(&frames, &masks, None);
        assert!(report.drift.expect("seen") > 20.0, "{report:?}");
        let steady = measure_identity(&vec![frames[0].clone(); 9], &masks, None);
        assert!(steady.drift.expect("seen").abs() < 1e-9);
        assert!(steady.spread.expect("seen").worst < 1e-9);
    }

    #[test]
    fn a_character_that_is_not_seen_has_no_number() {
        let nothing = Mask::new(32, 32, vec![false; 32 * 32]).expect("a mask");
        let report = measure_identity(&[frame(|_, _| RED)], &[nothing], None);
        assert_eq!(report.distance, [None]);
        assert_eq!((report.spread, report.drift), (None, None));
    }
}
