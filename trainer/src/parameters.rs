//! Trainable parameters of a network, by their original names. The engine's own networks are built from them, so the
//! network that is trained is the one that generates.

use std::collections::BTreeMap;

use kinora_engine::weights::{Role, Source, Weights, channels_last};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

/// Initial values of a parameter, from its name and shape, in fp32 on the CPU.
pub type Initial<'i> = &'i dyn Fn(&str, &[i64]) -> Tensor;

/// The parameters of one network, in fp32, sorted by name.
#[derive(Debug)]
pub struct Parameters {
    tensors: BTreeMap<String, Tensor>,
    device: Device,
}

impl Parameters {
    /// New parameters, created as the network asks for them.
    pub fn new<Network>(
        device: Device,
        initial: Initial,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        struct Maker<'m>(&'m mut BTreeMap<String, Tensor>, Initial<'m>);
        impl Source for Maker<'_> {
            fn parameter(&mut self, name: &str, shape: &[i64], _: Role) -> Result<Tensor, Failure> {
                let tensor = (self.1)(name, shape);
                self.0.insert(name.to_owned(), tensor.shallow_clone());
                Ok(tensor)
            }
        }
        let mut tensors = BTreeMap::new();
        build(Weights::of(&mut Maker(&mut tensors, initial)))?;
        Ok(Self::of(tensors, device))
    }

    /// From these tensors, with gradients.
    pub fn of(tensors: BTreeMap<String, Tensor>, device: Device) -> Self {
        let learning = tensors.into_iter().map(|(name, tensor)| {
            let tensor = tensor.detach().to_kind(Kind::Float).to_device(device);
            (name, tensor.copy().set_requires_grad(true))
        });
        Self {
            tensors: learning.collect(),
            device,
        }
    }

    /// Names and tensors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The device they are on.
    pub fn device(&self) -> Device {
        self.device
    }

    /// The number of scalar parameters.
    pub fn count(&self) -> usize {
        self.tensors.values().map(Tensor::numel).sum()
    }

    /// Builds the network. In a precision other than fp32 it computes with rounded copies, and gradients flow back
    /// through the rounding; it must then be rebuilt after each step.
    pub fn network<Network>(
        &self,
        kind: Kind,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Network, Failure> {
        struct Reader<'r>(&'r Parameters, Kind);
        impl Source for Reader<'_> {
            fn parameter(
                &mut self,
                name: &str,
                shape: &[i64],
                role: Role,
            ) -> Result<Tensor, Failure> {
                let known = self.0.tensors.get(name);
                let tensor = known.filter(|known| known.size() == shape).ok_or_else(|| {
                    Failure::bad_file(
                        format!("the checkpoint has no `{name}` of shape {shape:?}"),
                        "it was made with another version or another size: begin a new run in a new folder",
                    )
                })?;
                Ok(match role {
                    Role::Exact => tensor.shallow_clone(),
                    Role::Weight => tensor.to_kind(self.1),
                    Role::Kernel => channels_last(&tensor.to_kind(self.1)),
                })
            }
        }
        build(Weights::of(&mut Reader(self, kind)))
    }

    /// A copy without gradients.
    pub fn copied(&self) -> BTreeMap<String, Tensor> {
        let copies = self
            .iter()
            .map(|(name, tensor)| (name.to_owned(), tensor.detach().copy()));
        copies.collect()
    }
}
