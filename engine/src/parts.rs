//! The parts of models that are in memory. A part is loaded when it is needed and kept for the next job,
//! until another part needs the room.

use std::path::Path;

use kinora_wire::{Failure, FailureKind};
use tch::{Device, Kind};

use crate::job::{Clock, Listener};
use crate::model::{Model, Part};
use crate::text::TextEncoder;
use crate::transformer::Transformer;
use crate::vae::{VaeDecoder, VaeEncoder};
use crate::weights::{Checkpoint, Weights, load_checked};

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

/// What networks compute in on a device: bf16 on a graphics card, fp32 on the processor.
pub fn kind_on(device: Device) -> Kind {
    if device.is_cuda() {
        Kind::BFloat16
    } else {
        Kind::Float
    }
}

impl Parts {
    /// Nothing is loaded yet.
    pub fn on(device: Device, room: u64) -> Self {
        Self {
            device,
            kind: kind_on(device),
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
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<&TextEncoder, Failure> {
        let Part { checkpoint, shape } = &model.text;
        let kept = self.text.take();
        let loading = Loading::of("text encoder", checkpoint, listener, clock);
        let loaded = self.kept_or_loaded(kept, loading, |w| TextEncoder::new(shape, w))?;
        Ok(&self.text.insert(loaded).network)
    }

    /// The half of the autoencoder that makes latents.
    pub fn encoder(
        &mut self,
        model: &Model,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<&VaeEncoder, Failure> {
        let Part { checkpoint, shape } = &model.vae;
        let kept = self.encoder.take();
        let loading = Loading::of("autoencoder", checkpoint, listener, clock);
        let loaded = self.kept_or_loaded(kept, loading, |w| VaeEncoder::new(shape, w))?;
        Ok(&self.encoder.insert(loaded).network)
    }

    /// The half of the autoencoder that makes frames.
    pub fn decoder(
        &mut self,
        model: &Model,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<&VaeDecoder, Failure> {
        let Part { checkpoint, shape } = &model.vae;
        let kept = self.decoder.take();
        let loading = Loading::of("autoencoder", checkpoint, listener, clock);
        let loaded = self.kept_or_loaded(kept, loading, |w| VaeDecoder::new(shape, w))?;
        Ok(&self.decoder.insert(loaded).network)
    }

    /// The transformer.
    pub fn transformer(
        &mut self,
        model: &Model,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<&Transformer, Failure> {
        let Part { checkpoint, shape } = &model.transformer;
        let kept = self.transformer.take();
        let loading = Loading::of("transformer", checkpoint, listener, clock);
        let loaded = self.kept_or_loaded(kept, loading, |w| Transformer::new(shape, w))?;
        Ok(&self.transformer.insert(loaded).network)
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

    /// What was kept from the job before, if it is of these files still; else it is freed, room is made,
    /// and the files are read. They were held against their networks when the model was opened.
    fn kept_or_loaded<Network>(
        &mut self,
        kept: Option<Loaded<Network>>,
        loading: Loading,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Loaded<Network>, Failure> {
        let Loading {
            name,
            checkpoint,
            listener,
            clock,
        } = loading;
        clock.loading(|| {
            let identity = checkpoint.identity();
            if let Some(kept) = kept.filter(|kept| kept.identity == identity) {
                return Ok(kept);
            }
            self.make_room(checkpoint)?;
            let total = checkpoint.size_bytes();
            let mut read = 0;
            let mut progress = |bytes| {
                read = bytes;
                listener.loading(name, bytes, total)
            };
            let network = load_checked(checkpoint, self.device, self.kind, &mut progress, build)?;
            // Half of an autoencoder reads half of its file; in memory numbers may be wider than there.
            let share_read = read as f64 / total.max(1) as f64;
            let bytes = (self.bytes_needed(checkpoint) as f64 * share_read) as u64;
            Ok(Loaded {
                identity,
                bytes,
                network,
            })
        })
    }
}

/// A part that may have to be read, and who hears of it.
struct Loading<'l> {
    name: &'static str,
    checkpoint: &'l Checkpoint,
    listener: &'l mut dyn Listener,
    clock: &'l mut Clock,
}

impl<'l> Loading<'l> {
    fn of(
        name: &'static str,
        checkpoint: &'l Checkpoint,
        listener: &'l mut dyn Listener,
        clock: &'l mut Clock,
    ) -> Self {
        Self {
            name,
            checkpoint,
            listener,
            clock,
        }
    }
}

fn bytes<Network>(loaded: Option<&Loaded<Network>>) -> u64 {
    loaded.map_or(0, |loaded| loaded.bytes)
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
