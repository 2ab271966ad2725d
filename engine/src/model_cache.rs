//! The networks that are loaded on a device: text encoder, transformer, the two halves of the autoencoder.
//! A network is loaded on first use and kept for the next job, until another one needs its memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tch::{Device, Kind};

use crate::job::{Clock, Listener};
use crate::weights::{Adapters, Checkpoint, Weights, load_adapted};

/// Fraction of the free memory that weights may fill. The rest is for activations.
const SHARE_FOR_WEIGHTS: f64 = 0.8;

/// The networks that are loaded on one device.
#[derive(Debug)]
pub struct LoadedModels {
    /// The device.
    pub device: Device,
    /// Precision of the networks: fp32 on the CPU, bf16 on a graphics card.
    pub kind: Kind,
    /// Memory that was free before anything was loaded.
    budget_bytes: u64,
    networks: BTreeMap<Slot, Loaded>,
}

/// The role of a network in a generation. At most one network is loaded per slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The text encoder.
    Text,
    /// The encoder half of the autoencoder: frames to latents.
    Encoder,
    /// The decoder half of the autoencoder: latents to frames.
    Decoder,
    /// The diffusion transformer, or the high-noise expert of two.
    Transformer,
    /// The low-noise expert of two.
    LowNoise,
    /// The image encoder.
    Image,
}

/// The transformers of a model. While one of two is loaded, the other is free to go: it has done its steps.
const EXPERTS: [Slot; 2] = [Slot::Transformer, Slot::LowNoise];

impl Slot {
    /// The name in progress messages.
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text encoder",
            Self::Encoder | Self::Decoder => "autoencoder",
            Self::Transformer => "transformer",
            Self::LowNoise => "low-noise transformer",
            Self::Image => "image encoder",
        }
    }
}

#[derive(Debug)]
struct Loaded {
    identity: String,
    bytes: u64,
    /// Each family has its own network types.
    network: Box<dyn Any>,
}

/// Precision of networks on a device: bf16 on a graphics card, fp32 on the CPU.
pub fn kind_on(device: Device) -> Kind {
    if device.is_cuda() {
        Kind::BFloat16
    } else {
        Kind::Float
    }
}

impl LoadedModels {
    /// An empty cache for a device with this much free memory.
    pub fn on(device: Device, budget_bytes: u64) -> Self {
        Self {
            device,
            kind: kind_on(device),
            budget_bytes,
            networks: BTreeMap::new(),
        }
    }

    /// The network of a slot. It is reused if it was loaded from the same files; otherwise it is freed, memory is made
    /// free, and the new files are read. Keys and shapes were checked when the model was opened.
    pub fn network<Network: Debug + 'static>(
        &mut self,
        slot: Slot,
        checkpoint: &Checkpoint,
        listener: &mut dyn Listener,
        clock: &mut Clock,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<&Network, Failure> {
        let none = Adapters::default();
        self.adapted_network(slot, (checkpoint, &none), listener, clock, build)
    }

    /// As [`Self::network`], with LoRAs. Another LoRA or another strength makes it another network.
    pub fn adapted_network<Network: Debug + 'static>(
        &mut self,
        slot: Slot,
        (checkpoint, adapters): (&Checkpoint, &Adapters),
        listener: &mut dyn Listener,
        clock: &mut Clock,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<&Network, Failure> {
        clock.loading(|| {
            let identity = checkpoint.identity() + adapters.identity();
            let kept = self.networks.get(&slot);
            if !kept.is_some_and(|kept| kept.identity == identity && kept.network.is::<Network>()) {
                self.networks.remove(&slot);
                let loaded = self.load(slot, (checkpoint, adapters), identity, listener, build)?;
                self.networks.insert(slot, loaded);
            }
            let network = self.networks.get(&slot).map(|kept| &kept.network);
            let network = network.and_then(|network| network.downcast_ref());
            network.ok_or_else(|| Failure::bug(format!("the {} is gone", slot.name())))
        })
    }

    /// Whether `bytes` are free for decoding. Networks that decoding does not need are freed first, so that the answer
    /// does not depend on earlier jobs.
    pub fn has_room_to_decode(&mut self, bytes: u64) -> bool {
        let fits = |models: &Self| models.loaded_bytes() + bytes <= models.budget_bytes;
        let in_order: [&[Slot]; 3] = [&[Slot::Text, Slot::Image], &[Slot::Encoder], &EXPERTS];
        self.free_until(fits, &in_order)
    }

    fn load<Network: Debug + 'static>(
        &mut self,
        slot: Slot,
        (checkpoint, adapters): (&Checkpoint, &Adapters),
        identity: String,
        listener: &mut dyn Listener,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Loaded, Failure> {
        self.free_for(checkpoint)?;
        let total = checkpoint.size_bytes();
        let mut read = 0;
        let mut progress = |bytes| {
            read = bytes;
            listener.loading(slot.name(), bytes, total)
        };
        let weights = (checkpoint, adapters);
        let network = load_adapted(weights, self.device, self.kind, &mut progress, build)?;
        // Half an autoencoder reads half of its file. Parameters may be wider in memory than in the file.
        let share_read = read as f64 / total.max(1) as f64;
        let bytes = (self.bytes_needed(checkpoint) as f64 * share_read) as u64;
        Ok(Loaded {
            identity,
            bytes,
            network: Box::new(network),
        })
    }

    fn loaded_bytes(&self) -> u64 {
        self.networks.values().map(|loaded| loaded.bytes).sum()
    }

    fn bytes_needed(&self, checkpoint: &Checkpoint) -> u64 {
        checkpoint.loaded_bytes(self.kind)
    }

    /// Frees other networks until this one fits: first the encoders of text, whose results are cached on disk, and of
    /// images, which run once per clip, then the autoencoder, last the transformer. Fails if the network does not fit at
    /// all.
    fn free_for(&mut self, checkpoint: &Checkpoint) -> Result<(), Failure> {
        let needed = self.bytes_needed(checkpoint);
        let limit = (self.budget_bytes as f64 * SHARE_FOR_WEIGHTS) as u64;
        let fits = |models: &Self| models.loaded_bytes() + needed <= limit;
        let in_order: [&[Slot]; 3] = [
            &[Slot::Text, Slot::Image],
            &[Slot::Encoder, Slot::Decoder],
            &EXPERTS,
        ];
        match self.free_until(fits, &in_order) {
            true => Ok(()),
            false => Err(too_large(checkpoint.path(), needed, limit)),
        }
    }

    /// Frees slots in this order until `fits` is true. Returns whether it is.
    fn free_until(&mut self, fits: impl Fn(&Self) -> bool, in_order: &[&[Slot]]) -> bool {
        for slots in in_order {
            if fits(self) {
                break;
            }
            self.networks.retain(|slot, _| !slots.contains(slot));
        }
        fits(self)
    }
}

fn too_large(path: &Path, needed: u64, limit: u64) -> Failure {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    Failure {
        kind: FailureKind::OutOfMemory,
        cause: format!(
            "{} needs {:.1} GB, and {:.1} GB are free for it",
            path.display(),
            gigabytes(needed),
            gigabytes(limit)
        ),
        remedy: Some("close other programs, use a smaller model, or another device".into()),
    }
}
