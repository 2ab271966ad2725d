//! Loads a network from a checkpoint onto a device: check names and shapes, then read parameter by parameter. LoRAs are
//! added on the way. Progress is reported after each parameter and may stop the loading.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Adapters, Checkpoint, Matrix, Role, Source, StoredParameter, Survey, Weights};

/// Called after each parameter with the bytes read so far. An error stops the loading.
pub type Progress<'p> = dyn FnMut(u64) -> Result<(), Failure> + 'p;

/// A source that reads parameters from a checkpoint onto a device.
struct Loader<'c> {
    checkpoint: &'c Checkpoint,
    adapters: &'c Adapters,
    device: Device,
    /// Precision of the network.
    kind: Kind,
    progress: &'c mut Progress<'c>,
    bytes_read: u64,
    /// Parameters that were read ahead, by original name, on the CPU.
    ahead: BTreeMap<String, StoredParameter>,
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
    let none = Adapters::default();
    load_adapted((checkpoint, &none), device, kind, progress, build)
}

/// As [`load_checked`], with LoRAs. They are added to dense parameters, and stay beside packed ones.
pub fn load_adapted<Network>(
    weights: (&Checkpoint, &Adapters),
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    load_with(weights, device, kind, progress, BTreeMap::new(), build)
}

/// As [`load_adapted`], with parameters that were read ahead.
pub(super) fn load_with<Network>(
    (checkpoint, adapters): (&Checkpoint, &Adapters),
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    ahead: BTreeMap<String, StoredParameter>,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    let mut loader = Loader {
        checkpoint,
        adapters,
        device,
        kind,
        progress: &mut |bytes| progress(bytes),
        bytes_read: 0,
        ahead,
    };
    build(Weights::of(&mut loader))
}

impl Loader<'_> {
    /// A parameter on the device, as its file stores it.
    fn placed(&mut self, name: &str) -> Result<StoredParameter, Failure> {
        let ahead = self.ahead.remove(name);
        let is_ahead = ahead.is_some();
        let stored = ahead
            .or_else(|| self.checkpoint.read(name))
            .ok_or_else(|| Failure::bug(format!("`{name}` was not checked before it was read")))?;
        self.bytes_read += self.checkpoint.bytes_of(name);
        (self.progress)(self.bytes_read)?;
        let device = self.device;
        // Copies from pinned memory need not be waited for.
        let place = |tensor: &Tensor| tensor.to_device_(device, tensor.kind(), is_ahead, false);
        Ok(stored.map(&mut { place }))
    }
}

impl Source for Loader<'_> {
    fn parameter(&mut self, name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure> {
        let kind = match role {
            Role::Weight | Role::Kernel => self.kind,
            Role::Exact => Kind::Float,
        };
        let is_changed = self.adapters.has(name);
        let numbers = match self.placed(name)? {
            StoredParameter::Plain(tensor) => tensor.reshape(shape),
            // Sums with changes are computed in fp32 and rounded once.
            StoredParameter::Packed(packed) if is_changed => {
                cropped(&packed.dense(Kind::Float), shape)
            }
            StoredParameter::Packed(packed) => cropped(&packed.dense(kind), shape),
        };
        let numbers = match is_changed {
            true => self.adapters.changed(name, &numbers.to_kind(Kind::Float))?,
            false => numbers,
        };
        let parameter = numbers.to_kind(kind);
        Ok(match role {
            Role::Weight | Role::Exact => parameter,
            Role::Kernel => channels_last(&parameter),
        })
    }

    fn matrix(&mut self, name: &str, shape: &[i64]) -> Result<Matrix, Failure> {
        let stays_packed = self.checkpoint.stays_packed(name);
        let beside = stays_packed.then(|| self.adapters.beside(name, self.device, self.kind));
        let beside = beside.transpose()?.flatten();
        let Some(low_rank) = beside else {
            return Ok(Matrix::Dense(self.parameter(name, shape, Role::Weight)?));
        };
        Ok(match self.placed(name)? {
            StoredParameter::Packed(packed) => {
                Matrix::packed(packed.cropped(shape), self.kind, low_rank)
            }
            StoredParameter::Plain(tensor) => Matrix::Dense(tensor.to_kind(self.kind)),
        })
    }
}

/// Packed numbers in the shape of the parameter: without the rows and columns that a format adds.
fn cropped(numbers: &Tensor, shape: &[i64]) -> Tensor {
    let stored = numbers.size();
    match (shape, stored.as_slice()) {
        ([rows, columns], [stored_rows, stored_columns])
            if rows <= stored_rows && columns <= stored_columns =>
        {
            numbers.narrow(0, 0, *rows).narrow(1, 0, *columns)
        }
        _ => numbers.reshape(shape),
    }
}

/// The tensor in channels-last layout. The channels are the second of at least four axes.
pub fn channels_last(x: &Tensor) -> Tensor {
    let last = x.dim() as i64 - 1;
    let apart: Vec<i64> = [0].into_iter().chain(2..=last).chain([1]).collect();
    let together: Vec<i64> = [0, last].into_iter().chain(1..last).collect();
    x.permute(&apart).contiguous().permute(&together)
}
