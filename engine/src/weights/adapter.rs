//! LoRAs: files of changes to the weights of a network, each with a strength. They are opened and compared with the network
//! before anything is loaded; each parameter then gets the changes of all of them, in their order.
//!
//! W + strength * alpha / rank * up down. Sums are computed in fp32 and rounded once. Source: ComfyUI
//! `comfy/weight_adapter/lora.py` and `comfy/lora.py`.

mod fit;
mod keys;
mod messages;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use kinora_wire::{Expert, Failure, Lora};
use tch::{Device, Kind, Tensor};

use super::checkpoint::{Checkpoint, file_identity};
use super::file::MappedFile;
use super::matrix::LowRank;
use super::naming::Naming;
use fit::Modules;

/// The LoRAs of a network. Without any, nothing is changed.
#[derive(Clone, Debug, Default)]
pub struct Adapters {
    files: Vec<Arc<MappedFile>>,
    /// The changes of each parameter, by its original name.
    changes: BTreeMap<String, Vec<Change>>,
    identity: String,
    notes: Vec<String>,
}

/// A change of one parameter.
#[derive(Clone, Debug)]
struct Change {
    /// Number of its file.
    file: usize,
    how: How,
}

/// What a file says of a parameter, by its keys.
#[derive(Clone, Debug)]
pub enum How {
    /// Adds scale * up down.
    LowRank {
        down: String,
        up: String,
        scale: f64,
    },
    /// Adds a tensor times the strength.
    Sum { key: String, strength: f64 },
    /// Replaces the parameter.
    Replace { key: String },
}

impl Adapters {
    /// Opens the LoRAs of a request for a network, or for the expert of a model that has two. Fails if one of them fits
    /// nothing in the network, or is of a kind that the engine does not know.
    pub fn open(
        loras: &[Lora],
        expert: Option<Expert>,
        checkpoint: &Checkpoint,
        naming: &dyn Naming,
    ) -> Result<Self, Failure> {
        let mut adapters = Self::default();
        if loras.is_empty() {
            return Ok(adapters);
        }
        let modules = Modules::of(checkpoint, naming);
        for lora in loras {
            if is_meant(lora, expert)? {
                adapters.add(lora, expert, &modules)?;
            }
        }
        Ok(adapters)
    }

    fn add(
        &mut self,
        lora: &Lora,
        expert: Option<Expert>,
        modules: &Modules,
    ) -> Result<(), Failure> {
        let file = MappedFile::open(&lora.file)?;
        let fitting = modules.fitting(&file, lora, expert)?;
        let strength = lora.strength;
        let identity = file_identity(file.path());
        writeln!(self.identity, "{strength:?} {identity}").ok();
        self.notes.extend(fitting.note);
        let number = self.files.len();
        for (parameter, how) in fitting.changes {
            let change = Change { file: number, how };
            self.changes.entry(parameter).or_default().push(change);
        }
        self.files.push(Arc::new(file));
        Ok(())
    }

    /// Identifies the files and their strengths. Empty without LoRAs.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// What the artist should know: keys that fit nothing.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether a parameter is changed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.changes.contains_key(name)
    }

    /// A parameter with its changes. `parameter` is fp32, and so is the result.
    pub(super) fn changed(&self, name: &str, parameter: &Tensor) -> Result<Tensor, Failure> {
        let mut sum = parameter.shallow_clone();
        for change in self.changes.get(name).into_iter().flatten() {
            let read = |key: &str| self.read(change.file, key, parameter.device());
            sum = match &change.how {
                How::LowRank { down, up, scale } => {
                    let product = flat(&read(up)?).matmul(&flat(&read(down)?)) * *scale;
                    sum + product.reshape_as(parameter)
                }
                How::Sum { key, strength } => sum + read(key)?.reshape_as(parameter) * *strength,
                How::Replace { key } => read(key)?.reshape_as(parameter),
            };
        }
        Ok(sum)
    }

    /// The changes of a matrix that stay beside it, in this precision. `None` if they cannot: they have as many numbers
    /// as the matrix.
    pub(super) fn beside(
        &self,
        name: &str,
        device: Device,
        kind: Kind,
    ) -> Result<Option<Vec<LowRank>>, Failure> {
        let changes = || self.changes.get(name).into_iter().flatten();
        if changes().any(|change| !matches!(change.how, How::LowRank { .. })) {
            return Ok(None);
        }
        let mut beside = Vec::new();
        for change in changes() {
            let How::LowRank { down, up, scale } = &change.how else {
                continue;
            };
            let read = |key: &str| Ok::<_, Failure>(flat(&self.read(change.file, key, device)?));
            beside.push(LowRank {
                down: read(down)?.to_kind(kind),
                up: (read(up)? * *scale).to_kind(kind),
            });
        }
        Ok(Some(beside))
    }

    /// A tensor of a file, in fp32.
    fn read(&self, file: usize, key: &str, device: Device) -> Result<Tensor, Failure> {
        let file = self.files.get(file);
        let tensor = file.and_then(|file| file.plain_numbers(key));
        let tensor =
            tensor.ok_or_else(|| Failure::bug(format!("`{key}` was not checked before")))?;
        Ok(tensor.to_device(device).to_kind(Kind::Float))
    }
}

/// First axis x all others: a convolution is a matrix, too.
fn flat(tensor: &Tensor) -> Tensor {
    tensor.flatten(1, -1)
}

/// Whether a LoRA is for this network, and has an effect.
fn is_meant(lora: &Lora, expert: Option<Expert>) -> Result<bool, Failure> {
    let path = lora.file.display();
    if !lora.strength.is_finite() {
        return Err(Failure::refused(
            format!("{path} has a strength of {}", lora.strength),
            "use a number such as 1",
        ));
    }
    match (lora.expert, expert) {
        (Some(_), None) => Err(Failure::refused(
            format!("{path} is for one of two experts, and the model has a single transformer"),
            "use it without an expert",
        )),
        (Some(wanted), Some(expert)) if wanted != expert => Ok(false),
        _ => Ok(lora.strength.abs() > 0.0),
    }
}
