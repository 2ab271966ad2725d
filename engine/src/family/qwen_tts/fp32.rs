//! Networks that compute in fp32 on every device, whatever the precision of the others: they are small, and bf16 is heard.

use kinora_wire::Failure;
use tch::Tensor;

use crate::weights::{Role, Source, Weights};

/// The parameters of a source, all in fp32.
struct Exact<'w, 's>(&'w mut Weights<'s>);

impl Source for Exact<'_, '_> {
    fn parameter(&mut self, name: &str, shape: &[i64], _role: Role) -> Result<Tensor, Failure> {
        self.0.exact(name, shape)
    }
}

/// Builds a network from its root, with all parameters in fp32.
pub fn in_fp32<Network>(
    mut weights: Weights,
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<Network, Failure> {
    build(Weights::of(&mut Exact(&mut weights)))
}
