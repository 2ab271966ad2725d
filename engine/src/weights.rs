//! From checkpoint files to a network's parameters. A network requests each parameter by its name in the original
//! release. A [`Source`] supplies it: a checkpoint, a survey of what is needed, or a trainer.

mod adapter;
mod blocks;
mod checkpoint;
mod file;
mod foreign;
mod gguf;
mod load;
mod matrix;
mod naming;
mod packed;
mod packing;
mod read_ahead;
mod shards;
mod stored;
mod stream;
mod survey;
mod write;

use std::fmt::Display;

use kinora_wire::Failure;
use tch::Tensor;

pub use adapter::Adapters;
pub use blocks::{Blocks, Check};
pub use checkpoint::{CONFIG_KEY, Checkpoint, file_identity};
pub use file::MappedFile;
pub use foreign::{is_adapter, without_quantiser};
pub use load::{Progress, channels_last, load, load_adapted, load_checked};
pub use matrix::{LowRank, Matrix, PackedMatrix};
pub use naming::{Named, Naming};
pub use packed::{Coding, Packed, StoredParameter, UNPACKING_BYTES};
pub use shards::{LONGEST_JSON_BYTES, ShardIndex, is_index, is_safetensors, is_shard, is_weights};
pub use stored::{BlockFormat, Dtype, NumberFormat, TensorInfo};
pub use stream::ModuleStream;
pub use survey::Survey;
pub use write::{TensorBytes, view_of};

/// How a parameter is used. It decides precision and memory layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// In the precision of the network: bf16 on a graphics card, fp32 on the CPU.
    Weight,
    /// The same, in channels-last layout, for convolutions over frames.
    Kernel,
    /// In fp32 on every device: time embeddings and modulations. Their results are rounded once, when they are applied
    /// to the tokens.
    Exact,
}

/// Supplies the parameters of a network.
pub trait Source {
    /// The parameter with this full original name. Its shape must be equal to `shape`.
    fn parameter(&mut self, name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure>;

    /// The matrix of a linear layer with this full original name, out x in. It may stay packed.
    fn matrix(&mut self, name: &str, shape: &[i64]) -> Result<Matrix, Failure> {
        Ok(Matrix::Dense(self.parameter(name, shape, Role::Weight)?))
    }
}

/// A module of a network: the source, and the name prefix (`blocks.3.self_attn`).
pub struct Weights<'source> {
    source: &'source mut dyn Source,
    path: String,
}

impl<'source> Weights<'source> {
    /// The root of a network.
    pub fn of(source: &'source mut dyn Source) -> Self {
        let path = String::new();
        Self { source, path }
    }

    /// A child module: `weights.at("blocks").at(3)`.
    pub fn at(&mut self, name: impl Display) -> Weights<'_> {
        let path = self.name(name);
        Weights {
            source: self.source,
            path,
        }
    }

    /// The same module again, to build several structs from it.
    pub fn here(&mut self) -> Weights<'_> {
        Weights {
            path: self.path.clone(),
            source: self.source,
        }
    }

    /// A parameter in the precision of the network.
    pub fn tensor(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, Failure> {
        let name = self.name(name);
        self.source.parameter(&name, shape, Role::Weight)
    }

    /// The matrix of a linear layer, out x in, or a table of embeddings. It may stay packed.
    pub fn matrix(&mut self, name: &str, shape: &[i64]) -> Result<Matrix, Failure> {
        let name = self.name(name);
        self.source.matrix(&name, shape)
    }

    /// A convolution kernel, such as out x in x t x h x w.
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
