//! What was to be reached, fixed before anything was learnt.

use crate::starter::Size;

/// The least of each measure; None where a figure is only reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// Decibels of the autoencoder: of the whole picture, inside the character.
    pub fidelity: [f64; 2],
    /// Terrain and time of day.
    pub place: f64,
    /// Signs of pan, tilt, truck and pedestal, and of push and pull, with stage.
    pub signs: [f64; 2],
    /// The same without.
    pub signs_without_stage: Option<f64>,
    /// Motion over the true one, from least to most.
    pub motion: [f64; 2],
    /// Last frames nearer to their own truth.
    pub last_frame: f64,
    /// Body colour by words.
    pub colour: f64,
    /// Kind by words, as a share of the ceiling.
    pub kind: Option<f64>,
    /// A portrait's character of eight.
    pub portrait: Option<f64>,
    /// One character over five shots.
    pub five_shots: Option<f64>,
    /// Decibels over a freeze frame.
    pub over_freeze: f64,
}

impl Bars {
    /// Of a model of this size.
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
