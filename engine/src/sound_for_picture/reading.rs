//! The score that the network writes for pictures: peaks of its outputs become sounds, its classes the air.

use std::ops::Range;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::network::{CUES, SLOTS, SoundNetwork};
use super::score::{Air, Cue, Ground, Score, Sounding};

/// A peak is a sound from here on; the largest of what it learns is 1.
const LEAST_SHARP: f32 = 0.30;
const LEAST_SWISH: f32 = 0.45;
/// Two sounds of a kind are at least so far apart.
const APART_SECONDS: f32 = 0.12;
/// Most frames that the network reads at once: its norms are taken over all of them, and it learnt them over 17.
const WINDOW_FRAMES: usize = 33;
/// Frames at both ends of a window that are left to its neighbours: so far do the convolutions over time reach.
const MARGIN_FRAMES: usize = 8;

/// The pictures of a clip as the network looks at them.
#[derive(Debug)]
pub struct Pictures {
    /// t 3 h w in [-1, 1], of the size [`SIZE`](super::network::SIZE).
    pub frames: Tensor,
    /// Of these, in a second.
    pub rate: f32,
    /// The length of the clip.
    pub seconds: f64,
}

/// The score of a clip. What is left to chance follows from `seed`. `check` is called before each window with the part
/// of the clip that is read, and its error stops the work.
pub fn score(
    network: &SoundNetwork,
    pictures: &Pictures,
    seed: u64,
    check: &mut dyn FnMut(f64) -> Result<(), Failure>,
) -> Result<Score, Failure> {
    let Written {
        sounds,
        places,
        air,
    } = written(network, &pictures.frames, check)?;
    let best = (0..4).max_by(|&one, &other| air.places[one].total_cmp(&air.places[other]));
    let ground = Ground::ALL[best.unwrap_or(0)];
    let rate = pictures.rate;
    let mut soundings = Vec::new();
    for (cue, near) in CUES.into_iter().zip(sounds) {
        for seconds in peaks(&near, cue, rate) {
            let frame = (seconds * rate).max(0.0) as usize;
            let of = |at: usize| places.get(2 * frame + at).copied().unwrap_or(0.0);
            soundings.push(Sounding {
                seconds,
                cue,
                ground,
                gain: of(1).clamp(0.05, 2.0),
                pan: of(0).clamp(-1.0, 1.0),
            });
        }
    }
    soundings.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    Ok(Score {
        seconds: pictures.seconds,
        soundings,
        air,
        headings: Vec::new(),
        seed,
    })
}

/// What the network says of a whole clip.
struct Written {
    /// How near each sound is in each slot, from 0 to 1, in the order of [`CUES`].
    sounds: Vec<Vec<f32>>,
    /// Pan and gain of each frame, in turn.
    places: Vec<f32>,
    air: Air,
}

fn written(
    network: &SoundNetwork,
    frames: &Tensor,
    check: &mut dyn FnMut(f64) -> Result<(), Failure>,
) -> Result<Written, Failure> {
    let _no_grad = tch::no_grad_guard();
    let count = frames.size()[0] as usize;
    let mut sounds = vec![Vec::new(); CUES.len()];
    let mut places = Vec::new();
    let mut air = [0.0_f32; 8];
    for Window { first, kept } in windows(count) {
        check(kept.start as f64 / count as f64)?;
        let seen = WINDOW_FRAMES.min(count - first) as i64;
        let output = network.forward(&frames.narrow(0, first as i64, seen).unsqueeze(0));
        let (from, length) = ((kept.start - first) as i64, kept.len() as i64);
        let near = output.sounds.squeeze_dim(0).sigmoid(); // t cues slots
        let near = near.narrow(0, from, length).transpose(0, 1); // cues t slots
        let slots = (length * SLOTS) as usize;
        for (all, own) in sounds.iter_mut().zip(numbers(&near)?.chunks(slots.max(1))) {
            all.extend_from_slice(own);
        }
        places.extend(numbers(&output.places.narrow(1, from, length))?);
        let share = kept.len() as f32 / count as f32;
        let classes = numbers(&output.air.softmax(-1, Kind::Float))?;
        for (sum, class) in air.iter_mut().zip(classes) {
            *sum += share * class;
        }
    }
    let [of_places, of_times] = [0, 4].map(|from| std::array::from_fn(|class| air[from + class]));
    Ok(Written {
        sounds,
        places,
        air: Air {
            places: of_places,
            times: of_times,
        },
    })
}

/// Frames that are read together, and those of them whose outputs count.
#[derive(Debug, PartialEq)]
struct Window {
    first: usize,
    kept: Range<usize>,
}

/// The windows of a clip of so many frames. Each frame counts in one of them.
fn windows(count: usize) -> Vec<Window> {
    let last = count.saturating_sub(WINDOW_FRAMES);
    let mut windows = Vec::new();
    let mut next = 0;
    while next < count {
        let first = next.saturating_sub(MARGIN_FRAMES).min(last);
        let end = match first == last {
            true => count,
            false => first + WINDOW_FRAMES - MARGIN_FRAMES,
        };
        windows.push(Window {
            first,
            kept: next..end,
        });
        next = end;
    }
    windows
}

/// The middle of a slot in seconds.
pub fn slot_seconds(frame: usize, slot: usize, rate: f32) -> f32 {
    (frame as f32 + (slot as f32 + 0.5) / SLOTS as f32) / rate
}

fn numbers(x: &Tensor) -> Result<Vec<f32>, Failure> {
    let flat = x.to_kind(Kind::Float).contiguous().flatten(0, -1);
    Vec::try_from(flat).map_err(|error: tch::TchError| Failure::bug(error.to_string()))
}

/// The times of peaks, each refined by a parabola through its neighbours.
fn peaks(near: &[f32], cue: Cue, rate: f32) -> Vec<f32> {
    let least = match cue {
        Cue::Swish => LEAST_SWISH,
        _ => LEAST_SHARP,
    };
    let slots = SLOTS as usize;
    let apart = (APART_SECONDS * rate * SLOTS as f32) as usize;
    let at = |slot: usize| near.get(slot).copied().unwrap_or(0.0);
    let is_peak = |&slot: &usize| {
        let mut around = slot.saturating_sub(apart)..(slot + apart + 1).min(near.len());
        at(slot) >= least
            && around.all(|other| match other < slot {
                true => at(other) < at(slot),
                false => at(other) <= at(slot),
            })
    };
    let found = (0..near.len()).filter(is_peak).map(|slot| {
        let time = slot_seconds(slot / slots, slot % slots, rate);
        let before = if slot > 0 { at(slot - 1) } else { at(slot) };
        let after = if slot + 1 < near.len() {
            at(slot + 1)
        } else {
            at(slot)
        };
        let bend = before - 2.0 * at(slot) + after;
        let shift = if bend < -1e-6 {
            (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
        } else {
            0.0
        };
        (time + shift / (rate * SLOTS as f32)).max(0.0)
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bump_between_two_slots_is_found_between_them() {
        let bump = |slot: usize| (-0.5 * ((slot as f32 - 20.3) / 1.4).powi(2)).exp();
        let near: Vec<f32> = (0..68).map(bump).collect();
        let found = peaks(&near, Cue::Step, 16.0);
        assert_eq!(found.len(), 1);
        let true_time = (20.3 + 0.5) / 64.0;
        assert!((found[0] - true_time).abs() < 0.003, "{found:?}");
        assert!(peaks(&[0.1; 68], Cue::Step, 16.0).is_empty());
        assert!(peaks(&[], Cue::Step, 16.0).is_empty());
    }

    #[test]
    fn each_frame_counts_in_one_window_that_sees_what_is_around_it() {
        for count in [1, 17, 33, 34, 35, 50, 59, 400] {
            let windows = windows(count);
            assert_eq!(windows.len() == 1, count <= WINDOW_FRAMES, "{count}");
            let mut next = 0;
            for Window { first, kept } in windows {
                let end = (first + WINDOW_FRAMES).min(count);
                assert_eq!(kept.start, next, "{count}");
                assert!(first <= kept.start.saturating_sub(MARGIN_FRAMES), "{count}");
                assert!(end >= (kept.end + MARGIN_FRAMES).min(count), "{count}");
                assert!(kept.start < kept.end && kept.end <= end, "{count}");
                next = kept.end;
            }
            assert_eq!(next, count);
        }
        assert!(windows(0).is_empty());
    }
}
