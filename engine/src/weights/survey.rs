//! The names and shapes of all parameters of a network, found by building it without weights.
//! A checkpoint is compared with this list before any parameter is read.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{Role, Source, Weights};

/// The parameters of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Original name to shape.
    pub shapes: BTreeMap<String, Vec<i64>>,
}

impl Survey {
    /// Builds a network and records the parameters it requests.
    pub fn of<Network>(
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        let mut survey = Self::default();
        build(Weights::of(&mut survey))?;
        Ok(survey)
    }

    /// The number of parameters (scalars) of the network.
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
        // One number expanded with strides of zero: the right shape without the memory.
        let one = Tensor::zeros([1], (Kind::Float, Device::Cpu));
        one.f_expand(shape, false).map_err(|_| {
            Failure::bad_file(
                format!("`{name}` cannot be as large as {shape:?}"),
                "the file is damaged: fetch it again",
            )
        })
    }
}
