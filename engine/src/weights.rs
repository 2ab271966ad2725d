//! From checkpoint files to a network's parameters. A network names each parameter it needs as the
//! original release does; a [`Source`] answers: a file, a list of what is needed, or a trainer.

mod checkpoint;
mod file;
mod load;
mod naming;
mod survey;
mod write;

use std::fmt::Display;

use kinora_wire::Failure;
use tch::Tensor;

pub use checkpoint::{CONFIG_KEY, Checkpoint, LONGEST_JSON_BYTES};
pub use file::{Dtype, MappedFile};
pub use load::{Progress, channels_last, load, load_checked};
pub use naming::{Named, Naming};
pub use survey::Survey;
pub use write::{TensorBytes, view_of};

/// What a parameter is for, and so how it is best kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// In the precision the network computes in: bf16 on a graphics card.
    Weight,
    /// The same, for convolutions over pictures whose channels lie together in memory.
    Kernel,
    /// In fp32 everywhere: time embeddings and modulations, computed exactly and rounded once, where they
    /// meet the tokens.
    Exact,
}

/// Where a network's parameters come from.
pub trait Source {
    /// The parameter with this full original name, exactly of this shape.
    fn parameter(&mut self, name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure>;
}

/// A place in a network: its source, and the name so far (`blocks.3.self_attn`).
pub struct Weights<'source> {
    source: &'source mut dyn Source,
    path: String,
}

impl<'source> Weights<'source> {
    /// The top of a network.
    pub fn of(source: &'source mut dyn Source) -> Self {
        let path = String::new();
        Self { source, path }
    }

    /// One step down: `weights.at("blocks").at(3)`.
    pub fn at(&mut self, name: impl Display) -> Weights<'_> {
        let path = self.name(name);
        Weights {
            source: self.source,
            path,
        }
    }

    /// The same place, for one of several parts that lie there.
    pub fn here(&mut self) -> Weights<'_> {
        Weights {
            path: self.path.clone(),
            source: self.source,
        }
    }

    /// A parameter in the precision the network computes in.
    pub fn tensor(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, Failure> {
        let name = self.name(name);
        self.source.parameter(&name, shape, Role::Weight)
    }

    /// The kernel of a convolution, out x in x t x h x w.
    pub fn kernel(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, Failure> {
        let name = self.name(name);
        self.source.parameter(&name, shape, Role::Kernel)
    }

    /// A parameter that stays in fp32.
    pub fn exact(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, Failure> {
        let name = self.name(name);
        self.source.parameter(&name, shape, Role::Exact)
    }

    fn name(&self, name: impl Display) -> String {
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}
