//! Loading a network: ask what it needs, hold the files against that, then read parameter by parameter
//! onto the device, telling how far it is and stopping when asked.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Checkpoint, Precision, Source, Survey, Weights};

/// Told after each parameter: bytes read so far. An error stops the loading.
pub type Progress<'p> = dyn FnMut(u64) -> Result<(), Failure> + 'p;

/// Reads parameters from a checkpoint onto a device.
pub struct Loader<'c> {
    /// The files.
    pub checkpoint: &'c Checkpoint,
    /// Where the parameters go.
    pub device: Device,
    /// What the network computes in.
    pub kind: Kind,
    /// Who wants to know, and may stop it.
    pub progress: &'c mut Progress<'c>,
    /// How much has been read.
    pub bytes_read: u64,
}

/// Builds a network with the numbers of a checkpoint, or says what does not fit before reading any.
pub fn load<Network>(
    checkpoint: &Checkpoint,
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    build: impl Fn(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    checkpoint.check(&Survey::of(&build)?)?;
    let mut loader = Loader {
        checkpoint,
        device,
        kind,
        progress: &mut |bytes| progress(bytes),
        bytes_read: 0,
    };
    build(Weights::of(&mut loader))
}

impl Source for Loader<'_> {
    fn parameter(
        &mut self,
        name: &str,
        _shape: &[i64], // checked before
        precision: Precision,
    ) -> Result<Tensor, Failure> {
        let tensor = self
            .checkpoint
            .tensor(name)
            .ok_or_else(|| Failure::bug(format!("`{name}` was not checked before it was read")))?;
        self.bytes_read += (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64;
        let kind = match precision {
            Precision::Compute => self.kind,
            Precision::Full => Kind::Float,
        };
        (self.progress)(self.bytes_read)?;
        Ok(tensor.to_device(self.device).to_kind(kind))
    }
}
