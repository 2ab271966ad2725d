//! A component of an opened model: its files, and the shape that was read from them. The same for every family.

use std::path::Path;

use kinora_wire::Failure;

use crate::weights::{Checkpoint, Naming, Survey, Weights};

/// One component: its files and its shape.
#[derive(Debug)]
pub struct Part<Shape> {
    /// Its opened files.
    pub checkpoint: Checkpoint,
    /// Its shape, read from its weights.
    pub shape: Shape,
}

impl<Shape> Part<Shape> {
    /// Opens the files of a component at this path, and does as [`Self::open`]. `build` makes its network.
    pub fn read<Network>(
        path: &Path,
        naming: impl Naming,
        detect: impl Fn(&Checkpoint) -> Result<Shape, Failure>,
        build: impl Fn(&Shape, Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        Self::open(Checkpoint::open(path, naming)?, detect, |shape| {
            Survey::of(|weights| build(shape, weights))
        })
    }

    /// Reads the shape of a component, and checks all its keys against the network of this shape.
    pub fn open(
        checkpoint: Checkpoint,
        detect: impl Fn(&Checkpoint) -> Result<Shape, Failure>,
        survey: impl Fn(&Shape) -> Result<Survey, Failure>,
    ) -> Result<Self, Failure> {
        let shape = detect(&checkpoint)?;
        checkpoint.check(&survey(&shape)?)?;
        Ok(Self { checkpoint, shape })
    }
}
