//! The timesteps of tokens, and what they do: scales, shifts and gates, computed once for each distinct timestep.
//! In fp32 on every device, the sines in f64.
//!
//! Source: diffusers `LTX2AdaLayerNormSingle`, `PixArt-alpha` (arXiv 2310.00426), section 2.3.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::nn::Linear;
use crate::weights::Weights;

/// Timesteps (sigma x 1000), of which many tokens have the same.
#[derive(Debug)]
pub struct Times {
    /// Each timestep once: u, f64.
    distinct: Tensor,
    /// Which one each token has: b*l.
    places: Tensor,
    /// Batch, and tokens or one for all.
    size: [i64; 2],
}

/// Turns a timestep into rows of modulations.
#[derive(Debug)]
pub struct AdaLayerNorm {
    layers: [Linear; 2],
    linear: Linear,
    sines: i64,
    rows: i64,
}

/// Rows of modulations for the tokens.
#[derive(Debug)]
pub struct Modulations {
    /// For each distinct timestep: u x rows x d, fp32.
    values: Tensor,
    places: Tensor,
    size: [i64; 2],
}

impl Times {
    /// `timesteps`: \[b\], or \[b, l\] with one for each token.
    pub fn of(timesteps: &Tensor) -> Self {
        let size = match timesteps.size().as_slice() {
            [batch, tokens] => [*batch, *tokens],
            size => [size.first().copied().unwrap_or(1), 1],
        };
        let flat = timesteps.to_kind(Kind::Double).reshape([-1]);
        let (distinct, places, _) = flat.internal_unique2(true, true, false);
        Self {
            distinct,
            places: places.reshape([-1]),
            size,
        }
    }

    /// Every timestep times a factor.
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            distinct: &self.distinct * factor,
            places: self.places.shallow_clone(),
            size: self.size,
        }
    }

    /// `values`: u x rows x d.
    fn modulations(&self, values: Tensor) -> Modulations {
        Modulations {
            values,
            places: self.places.shallow_clone(),
            size: self.size,
        }
    }
}

impl AdaLayerNorm {
    /// `sines` is the number of sines and cosines, `width` that of the tokens.
    pub fn new(
        mut weights: Weights,
        (sines, width): (i64, i64),
        rows: i64,
    ) -> Result<Self, Failure> {
        let mut embedder = weights.at("emb.timestep_embedder");
        let layers = [
            Linear::exact(embedder.at("linear_1"), sines, width)?,
            Linear::exact(embedder.at("linear_2"), width, width)?,
        ];
        Ok(Self {
            layers,
            linear: Linear::exact(weights.at("linear"), width, rows * width)?,
            sines,
            rows,
        })
    }

    /// The rows of modulations for each token.
    pub fn forward(&self, times: &Times) -> Modulations {
        self.modulations(times, &self.embedded(times))
    }

    /// As [`Self::forward`], with the embedded timestep itself, as two equal rows: the shift and scale of the output.
    pub fn with_output(&self, times: &Times) -> (Modulations, Modulations) {
        let embedded = self.embedded(times);
        let output = embedded.unsqueeze(1).expand([-1, 2, -1], false);
        (
            self.modulations(times, &embedded),
            times.modulations(output),
        )
    }

    fn modulations(&self, times: &Times, embedded: &Tensor) -> Modulations {
        let rows = self.linear.forward(&embedded.silu());
        times.modulations(rows.unflatten(1, [self.rows, -1]))
    }

    /// Each distinct timestep, embedded: u x d.
    fn embedded(&self, times: &Times) -> Tensor {
        let count = self.sines / 2;
        let double = (Kind::Double, times.distinct.device());
        let exponents = Tensor::arange(count, double) / -(count as f64);
        let frequencies = (exponents * 10_000f64.ln()).exp();
        let angles = times.distinct.outer(&frequencies);
        let sines = Tensor::cat(&[angles.cos(), angles.sin()], -1).to_kind(Kind::Float);
        let [first, second] = &self.layers;
        second.forward(&first.forward(&sines).silu())
    }
}

impl Modulations {
    /// A row plus that of a block's table (d): b x 1|l x d, or 1 x 1 x d if all tokens have the same.
    pub fn row(&self, at: i64, table: &Tensor, kind: Kind) -> Tensor {
        let values = (self.values.select(1, at) + table).to_kind(kind); // u d
        if values.size().first() == Some(&1) {
            return values.unsqueeze(0);
        }
        let [batch, tokens] = self.size;
        let spread = values.index_select(0, &self.places);
        spread.unflatten(0, [batch, tokens])
    }

    /// As [`Self::row`], with one added: a factor.
    pub fn factor(&self, at: i64, table: &Tensor, kind: Kind) -> Tensor {
        self.row(at, &(table + 1.0), kind)
    }
}
