//! Loading a network: ask what it needs, hold the files against that, then read parameter by parameter
//! onto the device, telling how far it is and stopping when asked.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Checkpoint, Role, Source, Survey, Weights};

/// Told after each parameter: bytes read so far. An error stops the loading.
pub type Progress<'p> = dyn FnMut(u64) -> Result<(), Failure> + 'p;

/// Reads parameters from a checkpoint onto a device.
struct Loader<'c> {
    checkpoint: &'c Checkpoint,
    device: Device,
    /// What the network computes in.
    kind: Kind,
    progress: &'c mut Progress<'c>,
    bytes_read: u64,
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
    load_checked(checkpoint, device, kind, progress, build)
}

/// The same for a checkpoint that has been held against all that is needed of it already, or a part of
/// such a network.
pub fn load_checked<Network>(
    checkpoint: &Checkpoint,
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
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
        role: Role,
    ) -> Result<Tensor, Failure> {
        let tensor = self
            .checkpoint
            .tensor(name)
            .ok_or_else(|| Failure::bug(format!("`{name}` was not checked before it was read")))?;
        self.bytes_read += (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64;
        (self.progress)(self.bytes_read)?;
        let placed = tensor.to_device(self.device);
        Ok(match role {
            Role::Weight => placed.to_kind(self.kind),
            Role::Kernel => channels_last(&placed.to_kind(self.kind)),
            Role::Exact => placed.to_kind(Kind::Float),
        })
    }
}

/// The same tensor with its channels (the second axis of at least four) together in memory.
pub fn channels_last(x: &Tensor) -> Tensor {
    let last = x.dim() as i64 - 1;
    let apart: Vec<i64> = [0].into_iter().chain(2..=last).chain([1]).collect();
    let together: Vec<i64> = [0, last].into_iter().chain(1..last).collect();
    x.permute(&apart).contiguous().permute(&together)
}
