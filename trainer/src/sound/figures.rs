//! What is measured of sounds: whether onsets are where the picture's contacts are, and whether place and time of day are
//! heard. The same for true clips and for those of the network.

use kinora_engine::sound_for_picture::score::{Cue, Score};
use kinora_engine::sound_for_picture::stereo::Stereo;
use serde::Serialize;

use super::loudness;
use super::onsets::onsets_of;
use super::probe::{Features, Probe, features};
use super::spectrum::spectra;

/// A contact has been met by an onset no farther away.
pub const NEAR_SECONDS: f32 = 0.06;
/// How many other clips' sounds each clip is held against.
const OTHERS: usize = 8;

/// What was heard in a clip, beside what is true of it.
#[derive(Clone, Debug, Serialize)]
pub struct Heard {
    /// The seed of the clip.
    pub seed: u64,
    /// Its length.
    pub seconds: f32,
    /// The times at which feet meet the ground.
    pub contacts: Vec<f32>,
    /// The times at which they leave it in a jump: heard, but no contact.
    pub take_offs: Vec<f32>,
    /// The onsets of the sound.
    pub onsets: Vec<f32>,
    /// Place and time of day, as indices.
    pub classes: [usize; 2],
    /// Integrated loudness in LUFS.
    pub loudness: Option<f64>,
    /// The largest sample.
    pub peak: f32,
    #[serde(skip)]
    features: Features,
}

impl Heard {
    /// Evaluates a sound of a clip with this true score.
    pub fn of(seed: u64, truth: &Score, sound: &Stereo) -> Self {
        let spectra = spectra(&sound.mono());
        let times = |is_it: &dyn Fn(Cue) -> bool| -> Vec<f32> {
            let own = truth.soundings.iter().filter(|one| is_it(one.cue));
            own.map(|one| one.seconds).collect()
        };
        let class = |shares: &[f32; 4]| {
            let best = (0..4).max_by(|&one, &other| shares[one].total_cmp(&shares[other]));
            best.unwrap_or(0)
        };
        Self {
            seed,
            seconds: truth.seconds as f32,
            contacts: times(&Cue::is_contact),
            take_offs: times(&|cue| cue == Cue::TakeOff),
            onsets: onsets_of(&spectra),
            classes: [class(&truth.air.places), class(&truth.air.times)],
            loudness: loudness::integrated(sound),
            peak: sound.peak(),
            features: features(&spectra),
        }
    }

    /// The distance of each contact to the nearest of these onsets; the clip's length if there is none.
    fn errors(&self, onsets: &[f32]) -> impl Iterator<Item = f32> {
        self.contacts.iter().map(move |contact| {
            let away = onsets.iter().map(|onset| (onset - contact).abs());
            away.fold(self.seconds, f32::min)
        })
    }

    /// How many onsets have neither contact nor take-off near them.
    fn stray(&self) -> usize {
        let is_near = |onset: &f32| {
            let mut all = self.contacts.iter().chain(&self.take_offs);
            all.any(|time| (time - onset).abs() <= NEAR_SECONDS)
        };
        self.onsets.iter().filter(|onset| !is_near(onset)).count()
    }
}

/// Distances of contacts to onsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Distances {
    /// How many.
    pub count: usize,
    /// The middle one, in seconds.
    pub median: f32,
    /// Nine of ten are smaller.
    pub ninth_tenth: f32,
    /// The share that is near.
    pub near: f32,
}

impl Distances {
    fn of(mut all: Vec<f32>) -> Self {
        all.sort_by(f32::total_cmp);
        let at = |share: f32| {
            let last = all.len().saturating_sub(1) as f32;
            all.get((share * last).round() as usize)
                .copied()
                .unwrap_or(0.0)
        };
        let near = all.iter().filter(|away| **away <= NEAR_SECONDS).count();
        Self {
            count: all.len(),
            median: at(0.5),
            ninth_tenth: at(0.9),
            near: near as f32 / all.len().max(1) as f32,
        }
    }
}

/// The figures of many clips.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Clips, and those among them with contacts.
    pub clips: [usize; 2],
    /// Contacts against the clip's own sound.
    pub own: Distances,
    /// Against the sounds of other clips.
    pub others: Distances,
    /// Against the sounds of other clips in which feet meet the ground as well.
    pub other_walks: Distances,
    /// The share of onsets without a contact.
    pub stray: f32,
    /// The share of clips whose place, and whose time of day, the probe names.
    pub named: [f32; 2],
    /// The lowest, middle and highest integrated loudness in LUFS.
    pub loudness: [f64; 3],
    /// The largest sample of all.
    pub peak: f32,
}

/// The two probes, of place and of time of day.
#[derive(Clone, Debug)]
pub struct Probes([Probe; 2]);

impl Probes {
    /// Teaches them with true clips.
    pub fn taught(clips: &[Heard]) -> Self {
        Self([0, 1].map(|question| {
            let known: Vec<(&Features, usize)> = clips
                .iter()
                .map(|clip| (&clip.features, clip.classes[question]))
                .collect();
            Probe::taught(&known)
        }))
    }
}

impl Figures {
    /// Measures clips.
    pub fn of(clips: &[Heard], Probes(probes): &Probes) -> Self {
        let (mut others, mut other_walks) = (Vec::new(), Vec::new());
        for (at, clip) in clips.iter().enumerate() {
            for step in 1..=OTHERS.min(clips.len().saturating_sub(1)) {
                let Some(other) = clips.get((at + step) % clips.len()) else {
                    continue;
                };
                others.extend(clip.errors(&other.onsets));
                if !other.contacts.is_empty() {
                    other_walks.extend(clip.errors(&other.onsets));
                }
            }
        }
        let onsets: usize = clips.iter().map(|clip| clip.onsets.len()).sum();
        let stray: usize = clips.iter().map(Heard::stray).sum();
        let named = [0, 1].map(|question: usize| {
            let is_right =
                |clip: &&Heard| probes[question].names(&clip.features) == clip.classes[question];
            clips.iter().filter(is_right).count() as f32 / clips.len().max(1) as f32
        });
        let mut loudness: Vec<f64> = clips.iter().filter_map(|clip| clip.loudness).collect();
        loudness.sort_by(f64::total_cmp);
        let at = |at: usize| loudness.get(at).copied().unwrap_or(f64::NEG_INFINITY);
        let own = clips.iter().flat_map(|clip| clip.errors(&clip.onsets));
        let with_contacts = clips.iter().filter(|clip| !clip.contacts.is_empty());
        Self {
            clips: [clips.len(), with_contacts.count()],
            own: Distances::of(own.collect()),
            others: Distances::of(others),
            other_walks: Distances::of(other_walks),
            stray: stray as f32 / onsets.max(1) as f32,
            named,
            loudness: [
                at(0),
                at(loudness.len() / 2),
                at(loudness.len().saturating_sub(1)),
            ],
            peak: clips.iter().map(|clip| clip.peak).fold(0.0, f32::max),
        }
    }
}
