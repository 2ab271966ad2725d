//! What a network needs, found by building it without weights: names and shapes, nothing allocated.
//! A checkpoint is held against this list before any of it is read.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Role, Source, Weights};

/// Every parameter of a network with its shape, by original name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Name to shape.
    pub shapes: BTreeMap<String, Vec<i64>>,
}

impl Survey {
    /// Builds a network to see what it asks for.
    pub fn of<Network>(
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        let mut survey = Self::default();
        build(Weights::of(&mut survey))?;
        Ok(survey)
    }

    /// How many numbers the network holds.
    pub fn count(&self) -> i64 {
        self.shapes
            .values()
            .map(|shape| shape.iter().product::<i64>())
            .sum()
    }
}

impl Source for Survey {
    fn parameter(&mut self, name: &str, shape: &[i64], _role: Role) -> Result<Tensor, Failure> {
        let before = self.shapes.insert(name.to_owned(), shape.to_vec());
        if before.is_some() {
            return Err(Failure::bug(format!("{name} is asked for twice")));
        }
        // One number seen through strides of zero: the right shape without the memory.
        let one = Tensor::zeros([1], (Kind::Float, Device::Cpu));
        one.f_expand(shape, false).map_err(|_| {
            Failure::bad_file(
                format!("`{name}` cannot be as large as {shape:?}"),
                "the file is damaged: fetch it again",
            )
        })
    }
}
