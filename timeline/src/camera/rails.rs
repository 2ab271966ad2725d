//! Rails: a way over the floor, drawn from above, becomes a camera path of a few keyframes.

use glam::{DVec2, DVec3};

use super::{CameraKey, CameraPath, Pose};
use crate::{FrameRate, Frames};

/// The shortest way that is a movement.
const LEAST_METRES: f64 = 0.1;
/// A place of the way gets a keyframe where the line without it is off by more than this share of the whole way.
const TOLERANCE_SHARE: f64 = 0.02;
/// The most keyframes of a drawn way.
const MOST_KEYS: usize = 12;

impl CameraPath {
    /// The path along rails that were drawn from above, from the first frame to `last`: places of the floor plan, x and z in
    /// metres, in their order. The camera passes them at an even pace. Its height, orientation and focal length at each
    /// moment stay those of this path, as do its target and its shake. `None` if the way is shorter than 0.1 m or has a
    /// place that is no number, or the shot has one frame.
    pub fn on_rails(&self, rails: &[DVec2], last: Frames, rate: FrameRate) -> Option<Self> {
        let travelled = travelled(rails);
        let whole = travelled.last().copied()?;
        if !whole.is_finite() || whole < LEAST_METRES || last.0 < 1 {
            return None;
        }
        let most = MOST_KEYS.min(usize::try_from(last.0).ok()?.saturating_add(1));
        let places = corners(rails, whole * TOLERANCE_SHARE, most);
        let count = places.len() as i64;
        let steady = Self {
            handheld: None,
            ..self.clone()
        };
        let mut earliest = 0;
        let keys = (1..).zip(places).map(|(number, place)| {
            let wanted = (travelled[place] / whole * last.0 as f64).round() as i64;
            let latest = last.0 - (count - number); // leaves a frame for each of the later keys
            let frame = wanted.clamp(earliest, latest);
            earliest = frame + 1;
            let pose = steady.sample(frame as f64, rate);
            let position = DVec3::new(rails[place].x, pose.position.y, rails[place].y);
            CameraKey::new(Frames(frame), Pose { position, ..pose })
        });
        Some(Self {
            keys: keys.collect(),
            ..self.clone()
        })
    }
}

/// The length of the way up to each of its places, in metres.
fn travelled(rails: &[DVec2]) -> Vec<f64> {
    let mut whole = 0.0;
    let mut before = rails.first().copied();
    let lengths = rails.iter().map(|place| {
        whole += before.map_or(0.0, |before| before.distance(*place));
        before = Some(*place);
        whole
    });
    lengths.collect()
}

/// The places that describe a way: both ends, and then, again and again, the place that is farthest from the lines between
/// those chosen, until none is off by more than the tolerance (after Ramer, 1972, and Douglas and Peucker, 1973).
fn corners(rails: &[DVec2], tolerance: f64, most: usize) -> Vec<usize> {
    let mut chosen = vec![0, rails.len() - 1];
    while chosen.len() < most {
        let between = chosen.windows(2).flat_map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            let off = move |at: usize| distance(rails[at], rails[from], rails[to]);
            (from + 1..to).map(move |at| (off(at), at))
        });
        let farthest = between.max_by(|(one, _), (other, _)| one.total_cmp(other));
        let Some((_, at)) = farthest.filter(|(off, _)| *off > tolerance) else {
            break;
        };
        let place = chosen.partition_point(|known| *known < at);
        chosen.insert(place, at);
    }
    chosen
}

/// The distance of a place from the line between two others.
fn distance(place: DVec2, from: DVec2, to: DVec2) -> f64 {
    let line = to - from;
    let length = line.length_squared();
    let part = match length > 0.0 {
        true => ((place - from).dot(line) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    place.distance(from + line * part)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const RATE: FrameRate = FrameRate::FPS_24;
    const LAST: Frames = Frames(16);

    /// A camera that rises from 1 to 2 metres, and zooms in.
    fn rising() -> CameraPath {
        let key = |frame, height: f64, focal_mm| {
            let position = DVec3::new(5.0, 0.0 - height, 5.0);
            let pose = Pose {
                position,
                focal_mm,
                ..Pose::START
            };
            CameraKey::new(Frames(frame), pose)
        };
        CameraPath::of_keys(vec![key(0, 1.0, 35.0), key(16, 2.0, 70.0)])
    }

    fn line(from: DVec2, to: DVec2) -> Vec<DVec2> {
        (0..=20)
            .map(|step| from.lerp(to, f64::from(step) / 20.0))
            .collect()
    }

    fn on(rails: &[DVec2]) -> CameraPath {
        rising().on_rails(rails, LAST, RATE).expect("a path")
    }

    #[test]
    fn a_straight_way_has_two_keys_and_keeps_height_and_lens() {
        let path = on(&line(DVec2::ZERO, DVec2::new(2.0, 1.0)));
        let found: Vec<_> = path.keys().iter().map(|key| key.frame).collect();
        assert_eq!(found, [Frames(0), LAST]);
        assert_eq!(path.keys()[0].position, DVec3::new(0.0, -1.0, 0.0));
        assert_eq!(path.keys()[1].position, DVec3::new(2.0, -2.0, 1.0));
        assert!((path.keys()[1].focal_mm - 70.0).abs() < 1e-9);
        assert_eq!(path.check(), Ok(()));
    }

    #[test]
    fn a_corner_is_a_key_at_its_share_of_the_way() {
        let corner = DVec2::new(3.0, 0.0);
        let mut rails = line(DVec2::ZERO, corner);
        rails.extend(line(corner, DVec2::new(3.0, 1.0)));
        let path = on(&rails);
        let frames: Vec<i64> = path.keys().iter().map(|key| key.frame.0).collect();
        assert_eq!(frames, [0, 12, 16]);
        let key = path.keys()[1];
        assert_eq!((key.position.x, key.position.z), (corner.x, corner.y));
        assert!((key.position.y + 1.75).abs() < 0.01, "{}", key.position.y);
    }

    #[test]
    fn a_round_way_has_few_keys_in_order_and_a_short_shot_fewer() {
        let round = |step: i32| {
            let (sine, cosine) = (f64::from(step) / 100.0 * TAU).sin_cos();
            DVec2::new(cosine, sine) * 2.0
        };
        let rails: Vec<DVec2> = (0..=100).map(round).collect();
        let path = on(&rails);
        assert!((5..=MOST_KEYS).contains(&path.keys().len()));
        assert_eq!(path.check(), Ok(()));
        let short = rising().on_rails(&rails, Frames(3), RATE);
        let short = short.expect("a path");
        assert!(short.keys().len() <= 4);
        assert_eq!(short.check(), Ok(()));
    }

    #[test]
    fn no_way_is_no_path() {
        let dot = [DVec2::ZERO, DVec2::new(0.05, 0.0)];
        let broken = [DVec2::ZERO, DVec2::NAN];
        let all: [&[DVec2]; 4] = [&dot, &broken, &[], &[DVec2::ONE]];
        for rails in all {
            assert_eq!(rising().on_rails(rails, LAST, RATE), None, "{rails:?}");
        }
        let way = line(DVec2::ZERO, DVec2::ONE);
        assert_eq!(rising().on_rails(&way, Frames::ZERO, RATE), None);
    }
}
