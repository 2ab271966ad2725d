//! The parts of models that are in memory. A part is loaded when it is needed and kept for the next job,
//! until another part needs the room.

use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tch::{Device, Kind};

use crate::model::Model;
use crate::text::TextEncoder;
use crate::transformer::Transformer;
use crate::vae::{VaeDecoder, VaeEncoder};
use crate::weights::{Checkpoint, Progress, Weights, load_checked};

/// The part of the free memory that weights may fill; the rest is for what is computed with them.
const SHARE_FOR_WEIGHTS: f64 = 0.8;

/// What is loaded on one device.
#[derive(Debug)]
pub struct Parts {
    /// Where everything is.
    pub device: Device,
    /// What the networks compute in: fp32 on the processor, bf16 on a graphics card.
    pub kind: Kind,
    /// Free memory when nothing was loaded, in bytes.
    room: u64,
    text: Option<Loaded<TextEncoder>>,
    encoder: Option<Loaded<VaeEncoder>>,
    decoder: Option<Loaded<VaeDecoder>>,
    transformer: Option<Loaded<Transformer>>,
}

#[derive(Debug)]
struct Loaded<Network> {
    identity: String,
    bytes: u64,
    network: Network,
}

impl Parts {
    /// Nothing is loaded yet.
    pub fn on(device: Device, room: u64) -> Self {
        let kind = if device.is_cuda() {
            Kind::BFloat16
        } else {
            Kind::Float
        };
        Self {
            device,
            kind,
            room,
            text: None,
            encoder: None,
            decoder: None,
            transformer: None,
        }
    }

    /// The text encoder.
    pub fn text(
        &mut self,
        model: &Model,
        progress: &mut Progress,
    ) -> Result<&TextEncoder, Failure> {
        let part = &model.text;
        if !is_of(self.text.as_ref(), &part.checkpoint) {
            self.text = None;
            self.make_room(&part.checkpoint)?;
            let build = |weights: Weights| TextEncoder::new(&part.shape, weights);
            self.text = Some(self.load(&part.checkpoint, progress, build)?);
        }
        network(self.text.as_ref())
    }

    /// The half of the autoencoder that makes latents.
    pub fn encoder(
        &mut self,
        model: &Model,
        progress: &mut Progress,
    ) -> Result<&VaeEncoder, Failure> {
        let part = &model.vae;
        if !is_of(self.encoder.as_ref(), &part.checkpoint) {
            self.encoder = None;
            self.make_room(&part.checkpoint)?;
            let build = |weights: Weights| VaeEncoder::new(&part.shape, weights);
            self.encoder = Some(self.load(&part.checkpoint, progress, build)?);
        }
        network(self.encoder.as_ref())
    }

    /// The half of the autoencoder that makes frames.
    pub fn decoder(
        &mut self,
        model: &Model,
        progress: &mut Progress,
    ) -> Result<&VaeDecoder, Failure> {
        let part = &model.vae;
        if !is_of(self.decoder.as_ref(), &part.checkpoint) {
            self.decoder = None;
            self.make_room(&part.checkpoint)?;
            let build = |weights: Weights| VaeDecoder::new(&part.shape, weights);
            self.decoder = Some(self.load(&part.checkpoint, progress, build)?);
        }
        network(self.decoder.as_ref())
    }

    /// The transformer.
    pub fn transformer(
        &mut self,
        model: &Model,
        progress: &mut Progress,
    ) -> Result<&Transformer, Failure> {
        let part = &model.transformer;
        if !is_of(self.transformer.as_ref(), &part.checkpoint) {
            self.transformer = None;
            self.make_room(&part.checkpoint)?;
            let build = |weights: Weights| Transformer::new(&part.shape, weights);
            self.transformer = Some(self.load(&part.checkpoint, progress, build)?);
        }
        network(self.transformer.as_ref())
    }

    /// Whether `bytes` are free for decoding. Parts that decoding does not need go first, so that the
    /// answer is the same whatever was done before.
    pub fn has_room_to_decode(&mut self, bytes: u64) -> bool {
        let fits = |parts: &Self| parts.loaded_bytes() + bytes <= parts.room;
        if !fits(self) {
            self.text = None;
        }
        if !fits(self) {
            self.encoder = None;
        }
        if !fits(self) {
            self.transformer = None;
        }
        fits(self)
    }

    fn loaded_bytes(&self) -> u64 {
        bytes(self.text.as_ref())
            + bytes(self.encoder.as_ref())
            + bytes(self.decoder.as_ref())
            + bytes(self.transformer.as_ref())
    }

    fn bytes_needed(&self, checkpoint: &Checkpoint) -> u64 {
        checkpoint.numbers() * self.kind.elt_size_in_bytes() as u64
    }

    /// Frees other parts until this one fits, those first that the next job needs last; or says that it
    /// never will.
    fn make_room(&mut self, checkpoint: &Checkpoint) -> Result<(), Failure> {
        let needed = self.bytes_needed(checkpoint);
        let limit = (self.room as f64 * SHARE_FOR_WEIGHTS) as u64;
        let fits = |parts: &Self| parts.loaded_bytes() + needed <= limit;
        if !fits(self) {
            self.text = None;
        }
        if !fits(self) {
            (self.encoder, self.decoder) = (None, None);
        }
        if !fits(self) {
            self.transformer = None;
        }
        match fits(self) {
            true => Ok(()),
            false => Err(too_large(checkpoint.path(), needed, limit)),
        }
    }

    /// A model's files were held against its networks when it was opened.
    fn load<Network>(
        &self,
        checkpoint: &Checkpoint,
        progress: &mut Progress,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Loaded<Network>, Failure> {
        let mut read = 0;
        let network = load_checked(
            checkpoint,
            self.device,
            self.kind,
            &mut |bytes| {
                read = bytes;
                progress(bytes)
            },
            build,
        )?;
        Ok(Loaded {
            identity: checkpoint.identity(),
            // Half of an autoencoder reads half of its file; in memory numbers may be wider than there.
            bytes: (self.bytes_needed(checkpoint) as f64 * read as f64
                / checkpoint.size_bytes().max(1) as f64) as u64,
            network,
        })
    }
}

fn is_of<Network>(loaded: Option<&Loaded<Network>>, checkpoint: &Checkpoint) -> bool {
    loaded.is_some_and(|loaded| loaded.identity == checkpoint.identity())
}

fn bytes<Network>(loaded: Option<&Loaded<Network>>) -> u64 {
    loaded.map_or(0, |loaded| loaded.bytes)
}

fn network<Network>(loaded: Option<&Loaded<Network>>) -> Result<&Network, Failure> {
    let loaded = loaded.map(|loaded| &loaded.network);
    loaded.ok_or_else(|| Failure::bug("a part of the model was loaded and lost"))
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
