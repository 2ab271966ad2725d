//! What is heard in a clip, as plain data: single sounds with their times and places, and the mixture of the air around.
//! A network writes it from pictures, and the trainer's world from a scene; `synth` plays it.

use kinora_wire::SoundShape;
use serde::Serialize;

/// Samples per second of all sound made here.
pub const SAMPLE_RATE: u32 = SoundShape::RATE_HZ;

/// What is under the feet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Ground {
    /// Of the desert.
    Sand,
    /// Of the meadow.
    Grass,
    /// Of the snowy plain.
    Snow,
    /// Of the city.
    Stone,
}

impl Ground {
    /// All grounds, in the order of the places of [`Air`].
    pub const ALL: [Self; 4] = [Self::Sand, Self::Grass, Self::Snow, Self::Stone];
}

/// A kind of single sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Cue {
    /// One foot meets the ground.
    Step,
    /// Both feet leave the ground.
    TakeOff,
    /// Both feet meet the ground.
    Landing,
    /// Cloth moves: an arm that waves, a body that turns. It has no sharp beginning.
    Swish,
}

impl Cue {
    /// Those with a sharp beginning, in the order of the network's outputs.
    pub const SHARP: [Self; 3] = [Self::Step, Self::TakeOff, Self::Landing];

    /// Whether feet meet the ground with it: these are the contacts that onsets are measured against.
    pub fn is_contact(self) -> bool {
        matches!(self, Self::Step | Self::Landing)
    }
}

/// A single sound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sounding {
    /// Its time after the first frame: of its attack, or of its loudest moment if it has none.
    pub seconds: f32,
    /// What it is.
    pub cue: Cue,
    /// What it sounds on.
    pub ground: Ground,
    /// Its loudness; 1 at the distance of the studio's default camera.
    pub gain: f32,
    /// Its place, from -1 (left) to 1 (right).
    pub pan: f32,
}

/// The mixture of the air: shares of places and of times of day, each in the order of `ALL`, each with the sum 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Air {
    /// Shares of desert, meadow, snow and city.
    pub places: [f32; 4],
    /// Shares of dawn, noon, sunset and night.
    pub times: [f32; 4],
}

/// The score of a clip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The length in seconds.
    pub seconds: f64,
    /// The single sounds, in order.
    pub soundings: Vec<Sounding>,
    /// The air.
    pub air: Air,
    /// The direction of the camera in radians at equal distances over the clip, 0 ahead, clockwise seen from above. Empty
    /// where it is not known: then sounds from afar stay where they are.
    pub headings: Vec<f32>,
    /// Whatever is left to chance follows from it.
    pub seed: u64,
}

impl Score {
    /// The times at which feet meet the ground.
    pub fn contacts(&self) -> Vec<f32> {
        let contacts = self.soundings.iter().filter(|one| one.cue.is_contact());
        contacts.map(|one| one.seconds).collect()
    }

    /// The number of samples of each channel.
    pub fn samples(&self) -> usize {
        (self.seconds * f64::from(SAMPLE_RATE)).round() as usize
    }
}
