//! The optimizer: Muon for matrices, Adam for all other parameters.
//!
//! Muon (Jordan et al., 2024, "Muon: an optimizer for hidden layers"): the momentum of a matrix, made nearly
//! orthogonal by five Newton-Schulz iterations, is the update. Adam: Kingma and Ba, 2015.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::parameters::Parameters;

/// Selects the parameters trained by Muon.
pub type IsMatrix = fn(name: &str, shape: &[i64]) -> bool;

/// Learning rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Of Muon.
    pub muon: f64,
    /// Of Adam.
    pub adam: f64,
}

const MUON_MOMENTUM: f64 = 0.95;
/// Newton-Schulz coefficients from the paper.
const NEWTON_SCHULZ: [f64; 3] = [3.4445, -4.775, 2.0315];
const NEWTON_SCHULZ_ROUNDS: usize = 5;
const ADAM_BETAS: [f64; 2] = [0.9, 0.98];
const ADAM_EPSILON: f64 = 1e-8;
/// Weight decay of matrices, per unit of learning rate.
const DECAY: f64 = 0.02;

/// The optimizer state.
#[derive(Debug)]
pub struct Optimizer {
    /// By parameter: Muon's momentum, or Adam's first moment.
    first: BTreeMap<String, Tensor>,
    /// Adam's second moment.
    second: BTreeMap<String, Tensor>,
    is_matrix: IsMatrix,
}

impl Optimizer {
    /// With zero state.
    pub fn new(parameters: &Parameters, is_matrix: IsMatrix) -> Self {
        let mut optimizer = Self {
            first: BTreeMap::new(),
            second: BTreeMap::new(),
            is_matrix,
        };
        for (name, tensor) in parameters.iter() {
            optimizer
                .first
                .insert(name.to_owned(), tensor.detach().zeros_like());
            if !is_matrix(name, &tensor.size()) {
                optimizer
                    .second
                    .insert(name.to_owned(), tensor.detach().zeros_like());
            }
        }
        optimizer
    }

    /// The state tensors, by kind and parameter.
    pub fn state(&self) -> impl Iterator<Item = (String, &Tensor)> {
        let named = |kind: &'static str| move |(name, tensor)| (format!("{kind}.{name}"), tensor);
        let first = self.first.iter().map(named("first"));
        first.chain(self.second.iter().map(named("second")))
    }

    /// Restores the state tensors.
    pub fn restore(&mut self, find: &dyn Fn(&str) -> Option<Tensor>) -> Result<(), Failure> {
        for (kind, moments) in [("first", &mut self.first), ("second", &mut self.second)] {
            for (name, tensor) in moments {
                let key = format!("{kind}.{name}");
                let kept = find(&key).filter(|kept| kept.size() == tensor.size());
                let kept = kept.ok_or_else(|| {
                    Failure::bad_file(
                        format!("the checkpoint has no usable `{key}`"),
                        "it was made by another version: begin a new run",
                    )
                })?;
                tensor.copy_(&kept);
            }
        }
        Ok(())
    }

    /// Updates every parameter that has a gradient, and clears the gradients. `step` counts from 1.
    pub fn step(&mut self, parameters: &Parameters, rates: Rates, step: u64) {
        let _no_grad = tch::no_grad_guard();
        let mut matrices: BTreeMap<[i64; 2], Vec<(&str, &Tensor)>> = BTreeMap::new();
        for (name, tensor) in parameters.iter() {
            if !tensor.grad().defined() {
                continue;
            }
            let size = tensor.size();
            if (self.is_matrix)(name, &size) {
                let shape = [size[0], size.iter().skip(1).product()];
                matrices.entry(shape).or_default().push((name, tensor));
            } else {
                self.adam(name, tensor, rates.adam, step);
            }
        }
        for (shape, group) in matrices {
            self.muon(shape, &group, rates.muon);
        }
    }

    fn adam(&mut self, name: &str, tensor: &Tensor, rate: f64, step: u64) {
        let (Some(first), Some(second)) = (self.first.get_mut(name), self.second.get_mut(name))
        else {
            return;
        };
        let mut gradient = tensor.grad();
        let [one, two] = ADAM_BETAS;
        let _ = first.g_mul_scalar_(one);
        let _ = first.g_add_(&(&gradient * (1.0 - one)));
        let _ = second.g_mul_scalar_(two);
        let _ = second.g_add_(&(gradient.square() * (1.0 - two)));
        let power = step.min(100_000) as i32;
        let (mean, spread) = (
            &*first / (1.0 - one.powi(power)),
            (&*second / (1.0 - two.powi(power))).sqrt() + ADAM_EPSILON,
        );
        let mut tensor = tensor.shallow_clone();
        let _ = tensor.g_sub_(&(mean / spread * rate));
        let _ = gradient.zero_();
    }

    /// Updates all matrices of one shape at once.
    fn muon(&mut self, [rows, columns]: [i64; 2], group: &[(&str, &Tensor)], rate: f64) {
        let mut directions = Vec::new();
        for (name, tensor) in group {
            let Some(momentum) = self.first.get_mut(*name) else {
                continue;
            };
            let mut gradient = tensor.grad();
            let _ = momentum.g_mul_scalar_(MUON_MOMENTUM);
            let _ = momentum.g_add_(&gradient);
            let ahead = &gradient + &*momentum * MUON_MOMENTUM;
            directions.push(ahead.reshape([rows, columns]));
            let _ = gradient.zero_();
        }
        let orthogonal = orthogonal(&Tensor::stack(&directions, 0));
        let tall = (rows as f64 / columns as f64).max(1.0).sqrt();
        for (at, (_, tensor)) in group.iter().enumerate() {
            let mut tensor = tensor.shallow_clone();
            let _ = tensor.g_mul_scalar_(1.0 - rate * DECAY);
            let step = orthogonal.get(at as i64).view_as(&tensor) * (rate * tall);
            let _ = tensor.g_sub_(&step);
        }
    }
}

/// The nearest matrices with singular values near 1: k x r x c.
fn orthogonal(matrices: &Tensor) -> Tensor {
    let size = matrices.size();
    let is_tall = size[1] > size[2];
    let mut x = match is_tall {
        true => matrices.transpose(1, 2),
        false => matrices.shallow_clone(),
    };
    let length = x.norm_scalaropt_dim(2, [1, 2], true) + 1e-7;
    x = (x / length).to_kind(Kind::Float);
    let [a, b, c] = NEWTON_SCHULZ;
    for _ in 0..NEWTON_SCHULZ_ROUNDS {
        let square = x.bmm(&x.transpose(1, 2));
        let mixed = square.baddbmm(&square, &square, b, c);
        x = x.baddbmm(&mixed, &x, a, 1.0);
    }
    match is_tall {
        true => x.transpose(1, 2).contiguous(),
        false => x,
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn a_step_of_muon_has_the_gradients_directions_with_equal_weight() {
        tch::manual_seed(3);
        let matrices = Tensor::randn([2, 12, 5], (Kind::Float, Device::Cpu));
        let (_, values, _) = orthogonal(&matrices).svd(true, true);
        let (low, high) = (
            values.min().double_value(&[]),
            values.max().double_value(&[]),
        );
        assert!(low > 0.5 && high < 1.4, "{low} {high}");
    }
}
