//! How a clip uses the memory of a device: a plan that is made before the work, from the model's own numbers and the
//! memory that it may use. All parts at once, parts in turn, networks in blocks, pictures in tiles.

mod choice;
mod footprint;

use kinora_wire::{MemoryUse, PhaseMemory};
use tch::Device;

pub use choice::{MemoryShortage, choose};
pub use footprint::Footprint;

/// Share of the free memory that plans may fill. The rest is for what no plan counts: the allocator's gaps, and the
/// workspaces of libraries.
const SHARE_FOR_PLANS: f64 = 15.0 / 16.0;
/// Memory that CUDA and its libraries take on a card with the first operation, in bytes. A generous assumption: it differs
/// by card and driver.
const CUDA_BYTES: u64 = 600_000_000;

/// The memory that plans may fill on a device with this much free: no more than `limit_bytes`, if there is a limit.
pub fn usable_bytes(device: Device, free_bytes: u64, limit_bytes: Option<u64>) -> u64 {
    let own_bytes = if device.is_cuda() { CUDA_BYTES } else { 0 };
    let free_bytes = (free_bytes as f64 * SHARE_FOR_PLANS) as u64;
    let usable = free_bytes.saturating_sub(own_bytes);
    usable.min(limit_bytes.unwrap_or(u64::MAX))
}

/// The phases of a clip. Each runs other networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The text encoder reads the prompts.
    Text,
    /// The image encoder and the encoder of the autoencoder read the pictures.
    Pictures,
    /// The transformer denoises.
    Denoising,
    /// The decoder of the autoencoder makes frames.
    Decoding,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 4] = [Self::Text, Self::Pictures, Self::Denoising, Self::Decoding];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Pictures => "pictures",
            Self::Denoising => "denoising",
            Self::Decoding => "decoding",
        }
    }
}

/// The parameters of a network, in bytes, in the precision in which it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkBytes {
    /// All parameters.
    pub all: u64,
    /// The parameters outside its blocks.
    pub outside: u64,
    /// The number of blocks that can be read when they run; 0 for none.
    pub blocks: u64,
    /// The largest block.
    pub largest_block: u64,
    /// The largest matrix that stays packed, while it is unpacked; 0 if none is packed.
    pub unpacked: u64,
}

impl NetworkBytes {
    /// Bytes of the network with `kept` blocks in memory, the block that runs, and `ahead` blocks that are read ahead.
    fn streamed(&self, kept: u64, ahead: u64) -> u64 {
        let at_once = (kept + 1 + ahead).min(self.blocks + ahead);
        self.outside + at_once * self.largest_block
    }

    /// The share of its parameters that is in memory before it runs.
    fn share_loaded(&self, form: NetworkForm) -> f64 {
        match form {
            NetworkForm::Resident => 1.0,
            NetworkForm::Streamed { kept } => {
                let loaded = self.outside + kept.min(self.blocks) * self.largest_block;
                (loaded as f64 / self.all.max(1) as f64).min(1.0)
            }
        }
    }

    fn resident_as(&self, form: NetworkForm, ahead: u64) -> u64 {
        match form {
            NetworkForm::Resident => self.all,
            NetworkForm::Streamed { kept } => self.streamed(kept, ahead),
        }
    }
}

/// The memory for work on pictures, in bytes, beside the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureBytes {
    /// Whole pictures.
    pub whole: u64,
    /// In tiles.
    pub tiled: u64,
}

impl PictureBytes {
    /// Of work that tiles do not change.
    pub fn always(bytes: u64) -> Self {
        Self {
            whole: bytes,
            tiled: bytes,
        }
    }

    fn of(&self, form: PictureForm) -> u64 {
        match form {
            PictureForm::Whole => self.whole,
            PictureForm::Tiled => self.tiled.min(self.whole),
        }
    }
}

/// What a clip needs of a model, in bytes. A family reads it from the shapes of its networks and the size of the clip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryNeeds {
    /// The text encoder.
    pub text: NetworkBytes,
    /// The activations of the text encoder.
    pub text_work: u64,
    /// A network that reads what the text encoder has made of all prompts, and its activations.
    pub after_text: Option<(NetworkBytes, u64)>,
    /// The encoder of the autoencoder, if pictures are encoded.
    pub encoder: Option<(NetworkBytes, PictureBytes)>,
    /// The image encoder and its activations, if it reads pictures.
    pub image_encoder: Option<(NetworkBytes, u64)>,
    /// The transformers, of which one runs in a step.
    pub transformers: Vec<NetworkBytes>,
    /// The activations of a transformer and everything that stays the same over the steps.
    pub denoising_work: u64,
    /// The decoder of the autoencoder.
    pub decoder: NetworkBytes,
    /// Decoding, without the decoder.
    pub decoding_work: PictureBytes,
    /// Blocks in the device's own memory that are read ahead: 1 on the processor, 0 on a card, where they are in the
    /// memory of the host.
    pub blocks_ahead: u64,
}

/// What stays in memory between the phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeping {
    /// All networks.
    Together,
    /// Only the networks of the phase that runs are sure to be in memory.
    InTurn,
}

/// How a network is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkForm {
    /// All of it.
    Resident,
    /// Its first `kept` blocks; the others are read when they run.
    Streamed {
        /// Blocks that stay in memory.
        kept: u64,
    },
}

/// How the transformers are in memory while they denoise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformerForm {
    /// All of them.
    All,
    /// The one that runs.
    One(NetworkForm),
}

/// How pictures go through the autoencoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PictureForm {
    /// Whole.
    Whole,
    /// In tiles that overlap. The only form that changes the result, a little.
    Tiled,
}

/// How a clip uses the memory of its device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// What stays between the phases.
    pub keeping: Keeping,
    /// The text encoder.
    pub text: NetworkForm,
    /// The transformers.
    pub transformers: TransformerForm,
    /// Encoding of pictures.
    pub pictures: PictureForm,
    /// Decoding of frames.
    pub decoding: PictureForm,
    /// The memory that it may fill, in bytes.
    pub limit_bytes: u64,
    /// What it is a plan for.
    needs: MemoryNeeds,
}

impl MemoryPlan {
    /// The plan with everything in memory.
    fn largest(needs: &MemoryNeeds, limit_bytes: u64) -> Self {
        Self {
            keeping: Keeping::Together,
            text: NetworkForm::Resident,
            transformers: TransformerForm::All,
            pictures: PictureForm::Whole,
            decoding: PictureForm::Whole,
            limit_bytes,
            needs: needs.clone(),
        }
    }

    /// A plan without a limit and without numbers, for a device that runs no clip.
    pub fn unlimited() -> Self {
        Self::largest(&MemoryNeeds::default(), u64::MAX)
    }

    /// What a phase needs by itself, in bytes: its networks and its work.
    pub fn phase_bytes(&self, phase: Phase) -> u64 {
        self.network_bytes(phase) + self.work_bytes(phase)
    }

    /// What is in memory during a phase, in bytes, with the networks of the other phases where they stay.
    pub fn bytes_during(&self, phase: Phase) -> u64 {
        match self.keeping {
            Keeping::Together => {
                let networks = Phase::ALL
                    .into_iter()
                    .map(|phase| self.network_bytes(phase));
                networks.sum::<u64>() + self.work_bytes(phase)
            }
            Keeping::InTurn => self.phase_bytes(phase),
        }
    }

    /// The most that is in memory at once, in bytes.
    pub fn peak_bytes(&self) -> u64 {
        let phases = Phase::ALL.into_iter();
        phases
            .map(|phase| self.bytes_during(phase))
            .max()
            .unwrap_or_default()
    }

    /// The share of a network's parameters that is read before it runs; the rest is read with its blocks.
    pub fn share_loaded(&self, phase: Phase) -> f64 {
        let transformer = self.needs.transformers.first();
        match (phase, self.transformers, transformer) {
            (Phase::Text, _, _) => self.needs.text.share_loaded(self.text),
            (Phase::Denoising, TransformerForm::One(form), Some(network)) => {
                network.share_loaded(form)
            }
            _ => 1.0,
        }
    }

    /// Whether the matrices of a transformer stay packed, so that each pass unpacks them.
    pub fn is_packed(&self) -> bool {
        let mut transformers = self.needs.transformers.iter();
        transformers.any(|network| network.unpacked > 0)
    }

    /// How the network after the text encoder is in memory: in blocks, none of which stays, if the text encoder is.
    pub fn after_text(&self) -> NetworkForm {
        match self.text {
            NetworkForm::Resident => NetworkForm::Resident,
            NetworkForm::Streamed { .. } => NetworkForm::Streamed { kept: 0 },
        }
    }

    fn network_bytes(&self, phase: Phase) -> u64 {
        let ahead = self.needs.blocks_ahead;
        let transformers = self.needs.transformers.iter();
        match phase {
            Phase::Text => {
                let text = self.needs.text.resident_as(self.text, ahead);
                let after = self.needs.after_text.map_or(0, |(network, _)| {
                    network.resident_as(self.after_text(), ahead)
                });
                match self.keeping {
                    Keeping::Together => text + after,
                    Keeping::InTurn => text.max(after), // one is freed for the other
                }
            }
            Phase::Pictures => {
                let encoder = self.needs.encoder.map_or(0, |(network, _)| network.all);
                let image = self.needs.image_encoder;
                encoder + image.map_or(0, |(network, _)| network.all)
            }
            Phase::Denoising => match self.transformers {
                TransformerForm::All => transformers.map(|network| network.all).sum(),
                TransformerForm::One(form) => transformers
                    .map(|network| network.resident_as(form, ahead))
                    .max()
                    .unwrap_or_default(),
            },
            Phase::Decoding => self.needs.decoder.all,
        }
    }

    fn work_bytes(&self, phase: Phase) -> u64 {
        match phase {
            Phase::Text => {
                let after = self.needs.after_text.map_or(0, |(_, work)| work);
                self.needs.text_work.max(after)
            }
            Phase::Pictures => {
                // One after the other.
                let encoder = self.needs.encoder;
                let encoder = encoder.map_or(0, |(_, work)| work.of(self.pictures));
                encoder.max(self.needs.image_encoder.map_or(0, |(_, work)| work))
            }
            Phase::Denoising => self.needs.denoising_work,
            Phase::Decoding => self.needs.decoding_work.of(self.decoding),
        }
    }

    /// The plan in words: "all in memory", "parts in turn, transformer in blocks".
    pub fn words(&self) -> String {
        let in_blocks = |form| matches!(form, NetworkForm::Streamed { .. });
        let one_of_several = self.needs.transformers.len() > 1;
        let (is_one, is_streamed) = match self.transformers {
            TransformerForm::All => (false, false),
            TransformerForm::One(form) => (one_of_several, in_blocks(form)),
        };
        let parts = [
            (self.keeping == Keeping::InTurn, "parts in turn"),
            (in_blocks(self.text), "text encoder in blocks"),
            (is_one, "one transformer at a time"),
            (is_streamed, "transformer in blocks"),
            (self.pictures == PictureForm::Tiled, "pictures in tiles"),
            (self.decoding == PictureForm::Tiled, "decoding in tiles"),
        ];
        let words = parts.into_iter().filter(|(holds, _)| *holds);
        let words: Vec<&str> = words.map(|(_, words)| words).collect();
        match words.is_empty() {
            true => "all in memory".into(),
            false => words.join(", "),
        }
    }

    /// The plan as a report for people and programs.
    pub fn in_use(&self) -> MemoryUse {
        let phases = Phase::ALL.into_iter();
        MemoryUse {
            plan: self.words(),
            bytes: self.peak_bytes(),
            limit_bytes: self.limit_bytes,
            phases: phases
                .map(|phase| PhaseMemory {
                    phase: phase.name().into(),
                    bytes: self.bytes_during(phase),
                })
                .filter(|memory| memory.bytes > 0)
                .collect(),
        }
    }
}
