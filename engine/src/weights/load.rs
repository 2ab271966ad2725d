//! Loads a network from a checkpoint onto a device: check names and shapes, then read parameter by parameter.
//! Progress is reported after each parameter and may stop the loading.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Checkpoint, Role, Source, Survey, Weights};

/// Called after each parameter with the bytes read so far. An error stops the loading.
pub type Progress<'p> = dyn FnMut(u64) -> Result<(), Failure> + 'p;

/// A source that reads parameters from a checkpoint onto a device.
struct Loader<'c> {
    checkpoint: &'c Checkpoint,
    device: Device,
    /// Precision of the network.
    kind: Kind,
    progress: &'c mut Progress<'c>,
    bytes_read: u64,
    /// Parameters that were read ahead, by original name, on the CPU.
    ahead: BTreeMap<String, Tensor>,
}

/// Checks a checkpoint against a network and loads it. Differences are reported before any parameter is read.
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

/// As [`load`], for a checkpoint that has already been checked. The network may use only some of the parameters, such
/// as half of an autoencoder.
pub fn load_checked<Network>(
    checkpoint: &Checkpoint,
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    load_with(checkpoint, device, kind, progress, BTreeMap::new(), build)
}

/// As [`load_checked`], with parameters that were read ahead.
pub(super) fn load_with<Network>(
    checkpoint: &Checkpoint,
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    ahead: BTreeMap<String, Tensor>,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    let mut loader = Loader {
        checkpoint,
        device,
        kind,
        progress: &mut |bytes| progress(bytes),
        bytes_read: 0,
        ahead,
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
        let ahead = self.ahead.remove(name);
        let is_ahead = ahead.is_some();
        let tensor = ahead
            .or_else(|| self.checkpoint.tensor(name))
            .ok_or_else(|| Failure::bug(format!("`{name}` was not checked before it was read")))?;
        self.bytes_read += (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64;
        (self.progress)(self.bytes_read)?;
        // Copies from pinned memory need not be waited for.
        let placed = tensor.to_device_(self.device, tensor.kind(), is_ahead, false);
        Ok(match role {
            Role::Weight => placed.to_kind(self.kind),
            Role::Kernel => channels_last(&placed.to_kind(self.kind)),
            Role::Exact => placed.to_kind(Kind::Float),
        })
    }
}

/// The tensor in channels-last layout. The channels are the second of at least four axes.
pub fn channels_last(x: &Tensor) -> Tensor {
    let last = x.dim() as i64 - 1;
    let apart: Vec<i64> = [0].into_iter().chain(2..=last).chain([1]).collect();
    let together: Vec<i64> = [0, last].into_iter().chain(1..last).collect();
    x.permute(&apart).contiguous().permute(&together)
}
