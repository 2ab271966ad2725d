//! The parts of the measures. Each can be run alone, to see quickly what a change of the training gave.

use clap::ValueEnum;

/// A part of the measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The autoencoder's fidelity.
    Autoencoder,
    /// How much each condition changes the error.
    Conditions,
    /// What a probe names in the clips of words.
    Probe,
    /// Clips of words and stage.
    Stage,
    /// Clips of words alone.
    Words,
    /// Clips with portraits.
    Portraits,
    /// Clips that begin or end with a picture.
    Pictures,
}
