//! The targets, fixed before training.

use crate::starter::Size;

/// The minimum of each measure; `None` where a figure is only reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// PSNR of the autoencoder in dB: of the whole picture, and of the character.
    pub fidelity: [f64; 2],
    /// Accuracy of terrain and time of day.
    pub place: f64,
    /// Accuracy of the direction of pan, tilt, truck and pedestal, and of push and pull, with a stage.
    pub signs: [f64; 2],
    /// The same without a stage.
    pub signs_without_stage: Option<f64>,
    /// Generated motion divided by true motion: minimum and maximum.
    pub motion: [f64; 2],
    /// The share of last frames nearer to their own truth.
    pub last_frame: f64,
    /// Accuracy of the body colour in the prompt.
    pub colour: f64,
    /// Accuracy of the character kind in the prompt, as a share of the ceiling.
    pub kind: Option<f64>,
    /// Accuracy of identifying a portrait's character among eight.
    pub portrait: Option<f64>,
    /// The share of characters that stay the same over five shots.
    pub five_shots: Option<f64>,
    /// PSNR gain over a freeze frame, in dB.
    pub over_freeze: f64,
}

impl Bars {
    /// For a model of this size.
    pub fn of(size: Size) -> Self {
        match size {
            Size::Small => Self {
                fidelity: [26.0, 19.0],
                place: 0.95,
                signs: [0.85, 0.7],
                signs_without_stage: None,
                motion: [0.3, f64::INFINITY],
                last_frame: 0.95,
                colour: 0.5,
                kind: None,
                portrait: None,
                five_shots: None,
                over_freeze: 1.0,
            },
            Size::Large => Self {
                fidelity: [31.0, 26.0],
                place: 0.98,
                signs: [0.98, 0.95],
                signs_without_stage: Some(0.9),
                motion: [0.7, 1.3],
                last_frame: 0.99,
                colour: 0.9,
                kind: Some(0.85),
                portrait: Some(0.8),
                five_shots: Some(0.7),
                over_freeze: 3.0,
            },
        }
    }
}
