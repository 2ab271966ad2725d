//! Modules of a network that are read when they run and dropped afterwards, for networks that do not fit into memory.
//! The next module is read by a thread of its own while this one runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use kinora_wire::Failure;
use tch::{Cuda, Device, Kind, Tensor};

use super::load::load_with;
use super::{Adapters, Checkpoint, StoredParameter, Weights};
use crate::catch_panic::catch_job_panic;

/// Reads modules of a checked checkpoint onto a device, again and again. It shares the checkpoint's files, so it may
/// outlive the model that it was opened for.
///
/// libtorch's second CUDA stream cannot be reached through `tch`, so a copy to the card waits for the operations before
/// it. What runs beside them is the reading of the file, on a thread, into pinned memory, from which a copy is faster and
/// need not be waited for. At most two modules are in pinned memory at once.
#[derive(Clone, Debug)]
pub struct ModuleStream {
    checkpoint: Arc<Checkpoint>,
    /// LoRAs, which are added when a module is built.
    adapters: Arc<Adapters>,
    device: Device,
    kind: Kind,
    /// Blocks that stay on the device, over all lists of the network.
    pub kept: usize,
}

/// A module that is being read into the memory of the host.
#[derive(Debug)]
pub struct Ahead(JoinHandle<Result<HostModule, Failure>>);

/// Parameters by original name, as the file stores them.
type HostModule = BTreeMap<String, StoredParameter>;

impl ModuleStream {
    /// A stream from a checkpoint onto a device, in this precision.
    pub fn new(
        (checkpoint, adapters): (&Checkpoint, &Adapters),
        device: Device,
        kind: Kind,
        kept: usize,
    ) -> Self {
        Self {
            checkpoint: Arc::new(checkpoint.clone()),
            adapters: Arc::new(adapters.clone()),
            device,
            kind,
            kept,
        }
    }

    /// Starts to read a module, such as "blocks.3".
    pub fn read_ahead(&self, module: String) -> Result<Ahead, Failure> {
        let (checkpoint, device) = (Arc::clone(&self.checkpoint), self.device);
        let read = move || catch_job_panic(|| Ok(host_module(&checkpoint, &module, device)));
        let thread = thread::Builder::new()
            .name("read ahead".into())
            .spawn(read)
            .map_err(|error| Failure::bug(format!("no thread can be started: {error}")))?;
        Ok(Ahead(thread))
    }

    /// Waits for a module that was read ahead, and for the operations of the module before it. Only then may the next
    /// one be read: otherwise the host would be far ahead of the card, and its pinned memory full.
    pub fn wait(&self, ahead: Ahead) -> Result<HostModule, Failure> {
        let read = ahead.0.join();
        if let Device::Cuda(index) = self.device {
            Cuda::synchronize(index as i64);
        }
        read.unwrap_or_else(|_| Err(Failure::bug("the thread that reads ahead has crashed")))
    }

    /// Builds a module from what was read ahead. `weights` is the root of the network.
    pub fn build<Module>(
        &self,
        host: HostModule,
        build: impl FnOnce(Weights) -> Result<Module, Failure>,
    ) -> Result<Module, Failure> {
        let (device, kind) = (self.device, self.kind);
        let weights = (&*self.checkpoint, &*self.adapters);
        load_with(weights, device, kind, &mut |_| Ok(()), host, build)
    }
}

/// Reads all parameters of a module. For a graphics card into pinned memory, as far as the system grants it.
fn host_module(checkpoint: &Checkpoint, module: &str, device: Device) -> HostModule {
    let pinned = |tensor: &Tensor| {
        let copy = match device.is_cuda() {
            // `pin_memory` itself warns that its argument is out of date, once per tensor.
            true => tensor.f_internal_pin_memory(device).ok(),
            false => None,
        };
        copy.unwrap_or_else(|| tensor.shallow_clone())
    };
    let read = checkpoint.names_in(module).filter_map(|name| {
        let stored = checkpoint.read(name)?;
        Some((name.to_owned(), stored.map(&mut { pinned })))
    });
    read.collect()
}
