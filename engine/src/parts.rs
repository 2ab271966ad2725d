//! The parts of models that are in memory. A part is loaded when it is needed and kept for the next job,
//! until another part needs the room.

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, FailureKind};
use tch::{Device, Kind};

use crate::model::{Model, Part};
use crate::text::TextEncoder;
use crate::transformer::Transformer;
use crate::vae::Vae;
use crate::weights::{Checkpoint, Progress, Weights, load};

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
    vae: Option<Loaded<Vae>>,
    transformer: Option<Loaded<Transformer>>,
}

#[derive(Debug)]
struct Loaded<Network> {
    path: PathBuf,
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
            vae: None,
            transformer: None,
        }
    }

    /// Frees everything.
    pub fn clear(&mut self) {
        *self = Self::on(self.device, self.room);
    }

    /// The text encoder.
    pub fn text(
        &mut self,
        model: &Model,
        progress: &mut Progress,
    ) -> Result<&TextEncoder, Failure> {
        let part = &model.text;
        let mut loaded = self
            .text
            .take()
            .filter(|loaded| loaded.path == part.checkpoint.path());
        if loaded.is_none() {
            self.make_room(
                part,
                &[&|parts| drop(parts.transformer.take()), &|parts| {
                    drop(parts.vae.take())
                }],
            )?;
            loaded = Some(self.load(part, progress, |weights| {
                TextEncoder::new(&part.shape, weights)
            })?);
        }
        Ok(&self.text.insert(loaded.ok_or_else(lost)?).network)
    }

    /// The autoencoder.
    pub fn vae(&mut self, model: &Model, progress: &mut Progress) -> Result<&Vae, Failure> {
        let part = &model.vae;
        let mut loaded = self
            .vae
            .take()
            .filter(|loaded| loaded.path == part.checkpoint.path());
        if loaded.is_none() {
            self.make_room(
                part,
                &[&|parts| drop(parts.text.take()), &|parts| {
                    drop(parts.transformer.take())
                }],
            )?;
            loaded = Some(self.load(part, progress, |weights| Vae::new(&part.shape, weights))?);
        }
        Ok(&self.vae.insert(loaded.ok_or_else(lost)?).network)
    }

    /// The transformer.
    pub fn transformer(
        &mut self,
        model: &Model,
        progress: &mut Progress,
    ) -> Result<&Transformer, Failure> {
        let part = &model.transformer;
        let mut loaded = self
            .transformer
            .take()
            .filter(|loaded| loaded.path == part.checkpoint.path());
        if loaded.is_none() {
            self.make_room(
                part,
                &[&|parts| drop(parts.text.take()), &|parts| {
                    drop(parts.vae.take())
                }],
            )?;
            loaded = Some(self.load(part, progress, |weights| {
                Transformer::new(&part.shape, weights)
            })?);
        }
        Ok(&self.transformer.insert(loaded.ok_or_else(lost)?).network)
    }

    /// How much of the room the loaded parts leave, in bytes.
    pub fn free_bytes(&self) -> u64 {
        self.room.saturating_sub(self.loaded_bytes())
    }

    fn loaded_bytes(&self) -> u64 {
        let text = self.text.as_ref().map_or(0, |loaded| loaded.bytes);
        let vae = self.vae.as_ref().map_or(0, |loaded| loaded.bytes);
        text + vae + self.transformer.as_ref().map_or(0, |loaded| loaded.bytes)
    }

    /// Frees other parts, one after the other, until this one fits; or says that it never will.
    fn make_room<Shape>(
        &mut self,
        part: &Part<Shape>,
        others: &[&dyn Fn(&mut Self)],
    ) -> Result<(), Failure> {
        let needed = part.checkpoint.numbers() * self.kind.elt_size_in_bytes() as u64;
        let limit = (self.room as f64 * SHARE_FOR_WEIGHTS) as u64;
        let mut others = others.iter();
        while self.loaded_bytes() + needed > limit {
            match others.next() {
                Some(free) => free(self),
                None => return Err(too_large(part.checkpoint.path(), needed, self.room)),
            }
        }
        Ok(())
    }

    fn load<Shape, Network>(
        &self,
        part: &Part<Shape>,
        progress: &mut Progress,
        build: impl Fn(Weights) -> Result<Network, Failure>,
    ) -> Result<Loaded<Network>, Failure> {
        let checkpoint: &Checkpoint = &part.checkpoint;
        Ok(Loaded {
            path: checkpoint.path().to_path_buf(),
            bytes: checkpoint.numbers() * self.kind.elt_size_in_bytes() as u64,
            network: load(checkpoint, self.device, self.kind, progress, build)?,
        })
    }
}

fn lost() -> Failure {
    Failure::bug("a part of the model was loaded and lost")
}

fn too_large(path: &Path, needed: u64, room: u64) -> Failure {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    Failure {
        kind: FailureKind::OutOfMemory,
        cause: format!(
            "{} needs {:.1} GB, and {:.1} GB are free",
            path.display(),
            gigabytes(needed),
            gigabytes(room)
        ),
        remedy: Some("close other programs, use a smaller model, or another device".into()),
    }
}
