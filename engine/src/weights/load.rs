//! Loads a network from a checkpoint onto a device: check names and shapes, then read parameter by parameter. LoRAs are
//! added on the way. Progress is reported after each parameter and may stop the loading.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Adapters, Checkpoint, Matrix, Role, Source, Survey, Weights};

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
    (checkpoint, adapters): (&Checkpoint, &Adapters),
    device: Device,
    kind: Kind,
    progress: &mut Progress,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    let mut loader = Loader {
        checkpoint,
        adapters,
        device,
        kind,
        progress: &mut |bytes| progress(bytes),
        bytes_read: 0,
    };
    build(Weights::of(&mut loader))
}

impl Loader<'_> {
    /// A parameter on the device: in the number format of its file, in `kind` if it was packed, in fp32 if it was changed.
    fn dense(&mut self, name: &str, shape: &[i64], kind: Kind) -> Result<Tensor, Failure> {
        let is_changed = self.adapters.has(name);
        let kind = if is_changed { Kind::Float } else { kind };
        let tensor = match self.checkpoint.tensor(name) {
            Some(tensor) => tensor.to_device(self.device).reshape(shape),
            None => {
                let packed = self.checkpoint.packed(name);
                let packed = packed.ok_or_else(|| unreadable(name))?;
                let device = self.device;
                let placed = packed.map(&mut |tensor| tensor.to_device(device));
                cropped(&placed.dense(kind), shape)
            }
        };
        self.read(name)?;
        match is_changed {
            true => self.adapters.changed(name, &tensor.to_kind(kind)),
            false => Ok(tensor),
        }
    }

    fn read(&mut self, name: &str) -> Result<(), Failure> {
        self.bytes_read += self.checkpoint.bytes_of(name);
        (self.progress)(self.bytes_read)
    }
}

impl Source for Loader<'_> {
    fn parameter(&mut self, name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure> {
        let kind = match role {
            Role::Weight | Role::Kernel => self.kind,
            Role::Exact => Kind::Float,
        };
        let tensor = self.dense(name, shape, kind)?.to_kind(kind);
        Ok(match role {
            Role::Weight | Role::Exact => tensor,
            Role::Kernel => channels_last(&tensor),
        })
    }

    fn matrix(&mut self, name: &str, shape: &[i64]) -> Result<Matrix, Failure> {
        let stays_packed = self.checkpoint.stays_packed(name);
        let beside = stays_packed.then(|| self.adapters.beside(name, self.device, self.kind));
        let Some(low_rank) = beside.transpose()?.flatten() else {
            return Ok(Matrix::Dense(self.parameter(name, shape, Role::Weight)?));
        };
        let packed = self.checkpoint.packed(name);
        let packed = packed.ok_or_else(|| unreadable(name))?.cropped(shape);
        self.read(name)?;
        let device = self.device;
        let placed = packed.map(&mut |tensor| tensor.to_device(device));
        Ok(Matrix::packed(placed, self.kind, low_rank))
    }
}

/// The failure of a parameter that is not as it was when it was checked.
fn unreadable(name: &str) -> Failure {
    Failure::bug(format!("`{name}` was not checked before it was read"))
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
