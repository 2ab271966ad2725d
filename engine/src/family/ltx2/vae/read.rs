//! Reads lengths from the file of an autoencoder, by the names of tensors, and refuses the file by its path.

use kinora_wire::Failure;

use crate::weights::Checkpoint;

/// The remedy for a file of another kind.
const USE_RELEASED: &str = "use the video autoencoder of LTX-2.0, 2.3 or 2.5 as released";

/// Reads shapes from a file, and refuses it.
pub struct Read<'c> {
    /// The file.
    pub checkpoint: &'c Checkpoint,
}

impl Read<'_> {
    /// The failure of a file of which this is so.
    pub fn failure(&self, what: &str) -> Failure {
        let path = self.checkpoint.path().display();
        Failure::bad_file(format!("{path}: {what}"), USE_RELEASED)
    }

    /// The length of a tensor along one axis. Fails if it is missing.
    pub fn length(&self, name: &str, axis: usize) -> Result<i64, Failure> {
        let shape = self.checkpoint.shape(name);
        let length = shape.and_then(|shape| shape.get(axis)).copied();
        let length = length.filter(|&length| length > 0);
        length.ok_or_else(|| self.failure(&format!("it has no usable `{name}`")))
    }
}
