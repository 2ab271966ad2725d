//! Heads that name kind and body colour of the cast from tokens in the middle of the transformer. Most of the error of a
//! velocity is ground and sky, so that words of the cast are learnt slowly. The error of the heads is that of the words.
//!
//! After Yu et al., 2024, "Representation Alignment for Generation", with the world's labels in place of a foreign network.
//! The heads count until the rates cool down and are not shipped.

use kinora_engine::weights::Weights;
use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::world::{Colour, Kind as Being};

/// The block whose tokens are read, from 0.
pub const AFTER_BLOCK: usize = 3;
/// The loss weight of a nat.
pub const COUNTS: f64 = 0.1;

/// The classes of each head.
const NAMED: [(&str, usize); 2] = [("kind", Being::ALL.len()), ("colour", Colour::ALL.len())];

/// The heads: linear layers.
#[derive(Debug)]
pub struct Heads {
    /// Weight and bias of each.
    layers: Vec<[Tensor; 2]>,
}

impl Heads {
    /// For tokens of this width.
    pub fn new(width: i64, mut weights: Weights) -> Result<Self, Failure> {
        let layers = NAMED.into_iter().map(|(name, classes)| {
            let mut layer = weights.at(name);
            let classes = classes as i64;
            Ok([
                layer.exact("weight", &[classes, width])?,
                layer.exact("bias", &[classes])?,
            ])
        });
        Ok(Self {
            layers: layers.collect::<Result<_, Failure>>()?,
        })
    }

    /// The error in nats for tokens b l d of f frames. `names` are kind and colour, b each; `cast` is the share of each
    /// position that the cast covers, b 1 f h w: only these count.
    pub fn error(&self, tokens: &Tensor, names: &[Tensor; 2], cast: &Tensor) -> Tensor {
        let shares = cast.squeeze_dim(1);
        let shares = shares.avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None::<i64>);
        let shares = shares.flatten(1, -1); // b l
        let tokens = tokens.to_kind(Kind::Float);
        let size = tokens.size();
        let tokens = tokens.layer_norm([size[2]], None::<&Tensor>, None::<&Tensor>, 1e-6, false);
        let errors = self
            .layers
            .iter()
            .zip(names)
            .map(|([weight, bias], names)| {
                let likely = tokens
                    .linear(weight, Some(bias))
                    .log_softmax(-1, Kind::Float);
                let own = names.view([-1, 1, 1]).expand([size[0], size[1], 1], false);
                -likely.gather(-1, &own, false).squeeze_dim(-1)
            });
        let errors: Tensor = errors.fold(shares.zeros_like(), |sum, error| sum + error);
        (errors * &shares).sum(Kind::Float) / (shares.sum(Kind::Float) + 1e-6)
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn only_tokens_of_the_cast_count_and_right_names_have_no_error() {
        let float = (Kind::Float, Device::Cpu);
        let layers = NAMED.map(|(_, classes)| {
            let classes = classes as i64;
            let weight = Tensor::eye(classes, float).pad([0, 8 - classes], "constant", 0.0) * 50.0;
            [weight, Tensor::zeros([classes], float)]
        });
        let heads = Heads {
            layers: layers.into(),
        };
        // Two tokens of which the first is of the cast and names the third of each.
        let cast = Tensor::zeros([1, 1, 1, 2, 4], float);
        let _ = cast.narrow(4, 0, 2).fill_(1.0);
        let tokens = Tensor::zeros([1, 2, 8], float);
        let _ = tokens.narrow(1, 0, 1).narrow(2, 2, 1).fill_(1.0);
        let error = |own: i64| {
            let names = [Tensor::from_slice(&[own]), Tensor::from_slice(&[own])];
            heads.error(&tokens, &names, &cast).double_value(&[])
        };
        assert!(error(2) < 1e-3, "{}", error(2));
        assert!(error(1) > 50.0, "{}", error(1));
    }
}
