//! How many bytes the parameters of a network take on a device, found by building it without weights.
//! Parameters of each block are counted apart.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::NetworkBytes;
use crate::weights::{Role, Source, Survey, Weights};

/// The bytes of each parameter of a network.
#[derive(Debug)]
pub struct Footprint {
    /// Precision of the network.
    kind: Kind,
    survey: Survey,
    /// Original name to bytes.
    bytes: BTreeMap<String, u64>,
}

impl Footprint {
    /// Builds a network and counts the parameters that it requests.
    pub fn of<Network>(
        kind: Kind,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        let mut footprint = Self {
            kind,
            survey: Survey::default(),
            bytes: BTreeMap::new(),
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
        }
    }
}

/// "blocks.3" of "blocks.3.ffn.0.weight".
fn block_of<'n>(name: &'n str, lists: &[&str]) -> Option<&'n str> {
    let (list, rest) = name.split_once('.')?;
    let number = rest.split('.').next()?;
    let is_listed = lists.contains(&list) && number.parse::<usize>().is_ok();
    is_listed.then(|| name.get(..list.len() + 1 + number.len()))?
}

impl Source for Footprint {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_in_the_precision_of_each_parameter_and_by_block() {
        let footprint = Footprint::of(Kind::BFloat16, |mut weights| {
            weights.tensor("head", &[3, 2])?;
            weights.at("blocks").at(0).tensor("weight", &[10])?;
            weights.at("blocks").at(1).tensor("weight", &[20])?;
            weights.at("blocks").at(1).exact("modulation", &[6])?;
            weights.at("vace_blocks").at(0).tensor("weight", &[30])
        });
        let bytes = footprint.expect("built").with_blocks(&["blocks"]);
        assert_eq!(bytes.all, 12 + 20 + 40 + 24 + 60);
        assert_eq!(bytes.outside, 12 + 60);
        assert_eq!((bytes.blocks, bytes.largest_block), (2, 64));
    }
}
