//! The networks that are loaded on a device: encoders of text and images, transformers, the two halves of the autoencoder.
//! A network is loaded on first use and kept for the next job, until another one needs its memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use kinora_wire::Failure;
use tch::{Device, Kind};

use crate::job::{Clock, Listener};
use crate::memory::{Keeping, MemoryPlan, NetworkForm, Phase, TransformerForm, usable_bytes};
use crate::weights::{Adapters, Checkpoint, ModuleStream, Weights, load_adapted};

/// The networks that are loaded on one device.
#[derive(Debug)]
pub struct LoadedModels {
    /// The device.
    pub device: Device,
    /// Precision of the networks: fp32 on the CPU, bf16 on a graphics card.
    pub kind: Kind,
    /// Memory that was free before anything was loaded.
    free_bytes: u64,
    /// How the running job uses the memory.
    plan: MemoryPlan,
    /// The phase of the network that was asked for last.
    phase: Phase,
    networks: BTreeMap<Slot, Loaded>,
    /// The tokenizer that was read last, and the identity of its file.
    tokenizer: Option<(String, Rc<dyn Any>)>,
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
    /// What reads the text encoder's hidden states, before the transformer.
    Connectors,
    /// The decoder half of the autoencoder of the sound: latents to spectrogram.
    SoundDecoder,
    /// Spectrogram to wave.
    Vocoder,
    /// The encoder half of the autoencoder of the sound: spectrogram to latents.
    SoundEncoder,
    /// What enlarges the latents of a first stage.
    LatentUpscaler,
    /// What embeds the duration of a sound.
    Duration,
    /// The encoder of a voice that is cloned. In fp32 everywhere: it is small, and runs once.
    Speaker,
    /// The autoencoder or the codec of a model of sound alone, both halves. In fp32 everywhere: its result is the wave, and
    /// in bf16 that would be noise of eight bits.
    SoundAutoencoder,
}

/// The order in which networks of other phases are freed: first the encoders of text, whose results are cached on disk, and
/// of images, which run once per clip, then the autoencoder, last the transformers.
const FREED_IN_ORDER: [Slot; 14] = [
    Slot::Text,
    Slot::Connectors,
    Slot::Duration,
    Slot::Speaker,
    Slot::Image,
    Slot::SoundEncoder,
    Slot::LatentUpscaler,
    Slot::Encoder,
    Slot::Decoder,
    Slot::SoundDecoder,
    Slot::Vocoder,
    Slot::SoundAutoencoder,
    Slot::Transformer,
    Slot::LowNoise,
];

impl Slot {
    /// The name in progress messages.
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text encoder",
            Self::Encoder | Self::Decoder => "autoencoder",
            Self::Transformer => "transformer",
            Self::LowNoise => "low-noise transformer",
            Self::Image => "image encoder",
            Self::Connectors => "text connectors",
            Self::SoundEncoder | Self::SoundDecoder | Self::SoundAutoencoder => {
                "autoencoder of the sound"
            }
            Self::Vocoder => "vocoder",
            Self::LatentUpscaler => "latent upscaler",
            Self::Duration => "embedding of the duration",
            Self::Speaker => "speaker encoder",
        }
    }

    /// The phase that its network runs in.
    fn phase(self) -> Phase {
        match self {
            Self::Text | Self::Connectors | Self::Duration => Phase::Text,
            Self::Encoder
            | Self::Image
            | Self::Speaker
            | Self::SoundEncoder
            | Self::LatentUpscaler => Phase::Pictures,
            Self::Transformer | Self::LowNoise => Phase::Denoising,
            Self::Decoder | Self::SoundDecoder | Self::Vocoder | Self::SoundAutoencoder => {
                Phase::Decoding
            }
        }
    }

    /// The precision of its network, where that of the others is `kind`.
    fn kind(self, kind: Kind) -> Kind {
        match self {
            Self::SoundAutoencoder | Self::Speaker => Kind::Float,
            _ => kind,
        }
    }
}

#[derive(Debug)]
struct Loaded {
    /// Of its files.
    identity: String,
    /// Blocks that stay in memory. `None`: all of it.
    blocks: Option<u64>,
    bytes: u64,
    /// Each family has its own network types.
    network: Rc<dyn Any>,
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
    pub fn on(device: Device, free_bytes: u64) -> Self {
        Self {
            device,
            kind: kind_on(device),
            free_bytes,
            plan: MemoryPlan::unlimited(),
            phase: Phase::Text,
            networks: BTreeMap::new(),
            tokenizer: None,
        }
    }

    /// The memory that plans may fill: what was free, and no more than a limit.
    pub fn usable_bytes(&self, limit_bytes: Option<u64>) -> u64 {
        usable_bytes(self.device, self.free_bytes, limit_bytes)
    }

    /// Follows this plan from now on.
    pub fn follow(&mut self, plan: MemoryPlan) {
        self.plan = plan;
    }

    /// The plan that is followed.
    pub fn plan(&self) -> &MemoryPlan {
        &self.plan
    }

    /// The phase that runs, or ran last.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Frees the networks of all files but these. A plan counts the networks of its own model in each phase: one of
    /// another model beside them, such as a low-noise expert that the new model has not, would be more.
    pub fn free_all_but(&mut self, checkpoints: &[&Checkpoint]) {
        let files: Vec<String> = checkpoints.iter().map(|file| file.identity()).collect();
        // LoRAs are named after the files.
        let is_kept = |loaded: &Loaded| files.iter().any(|file| loaded.identity.starts_with(file));
        self.networks.retain(|_, loaded| is_kept(loaded));
    }

    /// Frees all networks, and the tokenizer.
    pub fn free_all(&mut self) {
        self.networks.clear();
        self.tokenizer = None;
    }

    /// The tokenizer in the file with this identity. It is kept, since reading a large vocabulary takes seconds, and read
    /// again if the file is another one. In the memory of the host: no plan counts it.
    pub fn tokenizer<Tokenizer: 'static>(
        &mut self,
        identity: String,
        read: impl FnOnce() -> Result<Tokenizer, Failure>,
    ) -> Result<Rc<Tokenizer>, Failure> {
        let kept = self.tokenizer.as_ref();
        let kept = kept.filter(|(of, _)| *of == identity);
        let kept = kept.and_then(|(_, kept)| Rc::clone(kept).downcast().ok());
        if let Some(kept) = kept {
            return Ok(kept);
        }
        self.tokenizer = None;
        let tokenizer = Rc::new(read()?);
        let kept: Rc<dyn Any> = Rc::<Tokenizer>::clone(&tokenizer);
        self.tokenizer = Some((identity, kept));
        Ok(tokenizer)
    }

    /// Reads the blocks of this slot's network when they run, if the plan says so.
    pub fn stream(&self, slot: Slot, weights: (&Checkpoint, &Adapters)) -> Option<ModuleStream> {
        let kept = self.kept_blocks(slot)? as usize;
        Some(ModuleStream::new(weights, self.device, self.kind, kept))
    }

    /// Blocks that stay in memory of a network whose others are read when they run. `None`: all of it is in memory.
    fn kept_blocks(&self, slot: Slot) -> Option<u64> {
        let form = match (slot, self.plan.transformers) {
            (Slot::Text, _) => self.plan.text,
            (Slot::Connectors, _) => self.plan.after_text(),
            (Slot::Transformer | Slot::LowNoise, TransformerForm::One(form)) => form,
            _ => NetworkForm::Resident,
        };
        match form {
            NetworkForm::Resident => None,
            NetworkForm::Streamed { kept } => Some(kept),
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

    /// As [`Self::network`], for work that needs other networks beside it. It must not be kept beyond its phase: memory
    /// that is freed then would stay in use.
    pub fn shared_network<Network: Debug + 'static>(
        &mut self,
        slot: Slot,
        checkpoint: &Checkpoint,
        listener: &mut dyn Listener,
        clock: &mut Clock,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Rc<Network>, Failure> {
        self.network(slot, checkpoint, listener, clock, build)?;
        let network = self
            .networks
            .get(&slot)
            .map(|kept| Rc::clone(&kept.network));
        let network = network.and_then(|network| network.downcast().ok());
        network.ok_or_else(|| Failure::bug(format!("the {} is gone", slot.name())))
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
            self.make_room(slot);
            let blocks = self.kept_blocks(slot);
            let identity = checkpoint.identity() + adapters.identity();
            let is_it = |kept: &Loaded| {
                kept.identity == identity && kept.blocks == blocks && kept.network.is::<Network>()
            };
            if !self.networks.get(&slot).is_some_and(is_it) {
                self.networks.remove(&slot);
                let loaded = self.load(slot, (checkpoint, adapters), identity, listener, build)?;
                self.networks.insert(slot, loaded);
            }
            let network = self.networks.get(&slot).map(|kept| &kept.network);
            let network = network.and_then(|network| network.downcast_ref());
            network.ok_or_else(|| Failure::bug(format!("the {} is gone", slot.name())))
        })
    }

    fn load<Network: Debug + 'static>(
        &mut self,
        slot: Slot,
        (checkpoint, adapters): (&Checkpoint, &Adapters),
        identity: String,
        listener: &mut dyn Listener,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Loaded, Failure> {
        let total = checkpoint.size_bytes();
        let mut read = 0;
        let shown = (total as f64 * self.plan.share_loaded(slot.phase())) as u64;
        let mut progress = |bytes: u64| {
            read = bytes;
            listener.loading(slot.name(), bytes.min(shown), shown)
        };
        let weights = (checkpoint, adapters);
        let kind = slot.kind(self.kind);
        let network = load_adapted(weights, self.device, kind, &mut progress, build)?;
        // Half an autoencoder reads half of its file. Parameters may be wider in memory than in the file.
        let share_read = read as f64 / total.max(1) as f64;
        let bytes = (checkpoint.loaded_bytes(kind) as f64 * share_read) as u64;
        Ok(Loaded {
            identity,
            blocks: self.kept_blocks(slot),
            bytes,
            network: Rc::new(network),
        })
    }

    /// Frees networks until the plan's phase of this slot fits beside the others, in [`FREED_IN_ORDER`]. The other of two
    /// transformers, and of two networks for text, stays only if the plan has both in memory.
    fn make_room(&mut self, slot: Slot) {
        self.phase = slot.phase();
        let phase = self.phase;
        let is_alone = match phase {
            Phase::Denoising => self.plan.transformers != TransformerForm::All,
            Phase::Text => self.plan.keeping == Keeping::InTurn,
            Phase::Pictures | Phase::Decoding => false,
        };
        if is_alone {
            self.networks
                .retain(|&other, _| other == slot || other.phase() != phase);
        }
        let needed = self.plan.phase_bytes(self.phase);
        for other in FREED_IN_ORDER {
            let others = self.bytes_of_other_phases(self.phase);
            if others.saturating_add(needed) <= self.plan.limit_bytes {
                break;
            }
            if other.phase() != self.phase {
                self.networks.remove(&other);
            }
        }
    }

    fn bytes_of_other_phases(&self, phase: Phase) -> u64 {
        let others = self.networks.iter();
        let others = others.filter(|(slot, _)| slot.phase() != phase);
        others.map(|(_, loaded)| loaded.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tokenizer_is_read_once_until_its_file_changes_or_memory_runs_out() {
        let mut models = LoadedModels::on(Device::Cpu, 1 << 30);
        let mut reads = 0;
        let mut read = |models: &mut LoadedModels, identity: &str| {
            let tokenizer = models.tokenizer(identity.to_owned(), || {
                reads += 1;
                Ok(reads)
            });
            *tokenizer.expect("read")
        };
        assert_eq!(read(&mut models, "one"), 1);
        assert_eq!(read(&mut models, "one"), 1, "kept");
        assert_eq!(read(&mut models, "other"), 2);
        models.free_all();
        assert_eq!(read(&mut models, "other"), 3);
        let broken = models.tokenizer::<i32>("broken".into(), || Err(Failure::bug("damaged")));
        assert!(broken.is_err());
        assert_eq!(read(&mut models, "other"), 4, "a failure keeps nothing");
    }
}
