//! The score that the network writes for pictures: peaks of its outputs become sounds, its classes the air.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::dataset::slot_seconds;
use super::network::{CUES, SLOTS, SoundNetwork};
use super::score::{Air, Cue, Ground, Score, Sounding};

/// A peak is a sound from here on; the largest of what it learns is 1.
const LEAST_SHARP: f32 = 0.30;
const LEAST_SWISH: f32 = 0.45;
/// Two sounds of a kind are at least so far apart.
const APART_SECONDS: f32 = 0.12;

/// The score of a clip: frames t 3 h w in [-1, 1], of the size the network looks at, `rate` frames a second.
pub fn score(
    network: &SoundNetwork,
    frames: &Tensor,
    rate: f32,
    seed: u64,
) -> Result<Score, Failure> {
    let _no_grad = tch::no_grad_guard();
    let written = network.forward(&frames.unsqueeze(0));
    let count = frames.size()[0];
    let sounds = numbers(&written.sounds.squeeze_dim(0).sigmoid().transpose(0, 1))?; // cues t slots
    let places = numbers(&written.places)?;
    let air = numbers(&written.air.softmax(-1, Kind::Float))?;
    let shares = |from: usize| -> [f32; 4] {
        std::array::from_fn(|class| air.get(from + class).copied().unwrap_or(0.0))
    };
    let air = Air {
        places: shares(0),
        times: shares(4),
    };
    let best = (0..4).max_by(|&one, &other| air.places[one].total_cmp(&air.places[other]));
    let ground = Ground::ALL[best.unwrap_or(0)];
    let slots = (count * SLOTS) as usize;
    let mut soundings = Vec::new();
    for (cue, near) in CUES.into_iter().zip(sounds.chunks(slots.max(1))) {
        for seconds in peaks(near, cue, rate) {
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
        seconds: count as f32 / rate,
        soundings,
        air,
        headings: Vec::new(),
        seed,
    })
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
}
