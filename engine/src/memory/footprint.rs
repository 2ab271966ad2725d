//! How many bytes the parameters of a network take on a device, found by building it without weights.
//! Parameters of each block are counted apart.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::NetworkBytes;
use crate::weights::{Matrix, Role, Source, Survey, UNPACKING_BYTES, Weights};

/// The bytes of each parameter of a network.
pub struct Footprint<'c> {
    /// Precision of the network.
    kind: Kind,
    survey: Survey,
    /// The bytes of a matrix that stays packed, by its original name.
    packed_bytes: &'c dyn Fn(&str) -> Option<u64>,
    /// Original name to bytes.
    bytes: BTreeMap<String, u64>,
    /// Bytes of the largest packed matrix while it is unpacked.
    unpacked: u64,
}

impl<'c> Footprint<'c> {
    /// Builds a network and counts the parameters that it requests. `packed_bytes` is the size of a matrix that stays
    /// packed (see [`Checkpoint::packed_bytes`](crate::weights::Checkpoint::packed_bytes)).
    pub fn of<Network>(
        kind: Kind,
        packed_bytes: &'c dyn Fn(&str) -> Option<u64>,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        let mut footprint = Self {
            kind,
            survey: Survey::default(),
            packed_bytes,
            bytes: BTreeMap::new(),
            unpacked: 0,
        };
        build(Weights::of(&mut footprint))?;
        Ok(footprint)
    }

    /// All bytes, with the blocks of these lists apart.
    pub fn with_blocks(&self, lists: &[&str]) -> NetworkBytes {
        let mut outside = 0;
        let mut blocks: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, bytes) in &self.bytes {
            match block_of(name, lists) {
                Some(block) => *blocks.entry(block).or_default() += bytes,
                None => outside += bytes,
            }
        }
        NetworkBytes {
            all: self.bytes.values().sum(),
            outside,
            blocks: blocks.len() as u64,
            largest_block: blocks.values().copied().max().unwrap_or_default(),
            unpacked: self.unpacked,
        }
    }
}

/// "blocks.3" of "blocks.3.ffn.0.weight".
fn block_of<'n>(name: &'n str, lists: &[&str]) -> Option<&'n str> {
    lists.iter().find_map(|list| {
        let rest = name.strip_prefix(list)?.strip_prefix('.')?;
        let number = rest.split('.').next()?;
        number.parse::<usize>().ok()?;
        name.get(..list.len() + 1 + number.len())
    })
}

impl Source for Footprint<'_> {
    fn parameter(&mut self, name: &str, shape: &[i64], role: Role) -> Result<Tensor, Failure> {
        let number_bytes = match role {
            Role::Weight | Role::Kernel => self.kind.elt_size_in_bytes(),
            Role::Exact => Kind::Float.elt_size_in_bytes(),
        };
        let count: i64 = shape.iter().product();
        self.bytes
            .insert(name.to_owned(), count as u64 * number_bytes as u64);
        self.survey.parameter(name, shape, role)
    }

    fn matrix(&mut self, name: &str, shape: &[i64]) -> Result<Matrix, Failure> {
        let matrix = Matrix::Dense(self.parameter(name, shape, Role::Weight)?);
        if let Some(packed) = (self.packed_bytes)(name) {
            let dense = self.bytes.insert(name.to_owned(), packed);
            self.unpacked = self
                .unpacked
                .max(dense.unwrap_or_default() + UNPACKING_BYTES);
        }
        Ok(matrix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_in_the_precision_of_each_parameter_and_by_block() {
        let packed = |name: &str| (name == "table").then_some(7);
        let footprint = Footprint::of(Kind::BFloat16, &packed, |mut weights| {
            let _ = weights.matrix("table", &[5, 4])?;
            let _ = weights.tensor("head", &[3, 2])?;
            let _ = weights.at("blocks").at(0).tensor("weight", &[10])?;
            let _ = weights.at("blocks").at(1).tensor("weight", &[20])?;
            let _ = weights.at("blocks").at(1).exact("modulation", &[6])?;
            weights.at("vace_blocks").at(0).tensor("weight", &[30])
        });
        let bytes = footprint.expect("built").with_blocks(&["blocks"]);
        assert_eq!(bytes.all, 7 + 12 + 20 + 40 + 24 + 60);
        assert_eq!(bytes.outside, 7 + 12 + 60);
        assert_eq!(bytes.unpacked, 40 + UNPACKING_BYTES);
        assert_eq!((bytes.blocks, bytes.largest_block), (2, 64));
    }
}
