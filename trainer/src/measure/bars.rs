//! The targets, fixed before training.

use crate::starter::Size;

/// The minimum of each measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// PSNR of the autoencoder in dB: of the whole picture, and of the character.
    pub fidelity: [f64; 2],
    /// Accuracy of terrain and time of day.
    pub place: f64,
    /// Accuracy of the direction of pan, tilt, truck and pedestal, and of push and pull, with a stage.
    pub signs: [f64; 2],
    /// Generated motion divided by true motion, minimum and maximum: of the four, and of push and pull.
    pub motion: [[f64; 2]; 2],
    /// The share of last frames nearer to their own truth.
    pub last_frame: f64,
    /// Accuracy of body colour and of kind, by words alone.
    pub by_words: [f64; 2],
    /// The same by words and stage.
    pub by_stage: [f64; 2],
    /// Accuracy of identifying a portrait's character among eight.
    pub portrait: f64,
    /// The share of characters that stay the same over five shots.
    pub five_shots: f64,
    /// PSNR gain over a freeze frame, in dB.
    pub over_freeze: f64,
}

impl Bars {
    /// For a model of this size: the small one is trained on a processor, the large one on a graphics card.
    pub fn of(size: Size) -> Self {
        match size {
            Size::Small => Self {
                fidelity: [26.0, 19.0],
                place: 0.95,
                signs: [0.95, 0.95],
                motion: [[0.7, 1.3], [0.5, 1.5]],
                last_frame: 0.95,
                by_words: [0.85, 0.7],
                by_stage: [0.95, 0.85],
                portrait: 0.8,
                five_shots: 0.6,
                over_freeze: 4.5,
            },
            Size::Large => Self {
                fidelity: [31.0, 26.0],
                place: 0.98,
                signs: [0.99, 0.99],
                motion: [[0.85, 1.15], [0.85, 1.15]],
                last_frame: 0.99,
                by_words: [0.97, 0.95],
                by_stage: [0.97, 0.95],
                portrait: 0.9,
                five_shots: 0.85,
                over_freeze: 6.0,
            },
        }
    }
}
