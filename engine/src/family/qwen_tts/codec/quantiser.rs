//! The quantisers of the codec: each code of a frame stands for a row of its codebook, and their sum is the frame. The
//! first is apart from the others. Source: `qwen_tts` `SplitResidualVectorQuantizer`, `EuclideanCodebook`.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::CodecConfig;
use crate::weights::Weights;

/// Least usage of a row, which divides it.
const LEAST_USAGE: f64 = 1e-5;

/// All quantisers.
#[derive(Debug)]
pub struct Quantiser {
    first: Residual,
    rest: Residual,
}

/// Quantisers that share a projection.
#[derive(Debug)]
struct Residual {
    codebooks: Vec<Codebook>,
    output_proj: Tensor, // out in 1
}

/// A codebook as training left it: sums of rows, and how many were added.
#[derive(Debug)]
struct Codebook {
    sums: Tensor,  // codes, channels
    usage: Tensor, // codes
}

impl Quantiser {
    /// Builds them from their parameters.
    pub fn new(config: &CodecConfig, mut weights: Weights) -> Result<Self, Failure> {
        let others = config.quantisers - 1;
        Ok(Self {
            first: Residual::new(config, weights.at("rvq_first"), 1)?,
            rest: Residual::new(config, weights.at("rvq_rest"), others)?,
        })
    }

    /// l x quantisers -> 1 x c x l.
    pub fn decode(&self, codes: &Tensor) -> Tensor {
        let others = codes.size()[1] - 1;
        let first = self.first.decode(&codes.narrow(1, 0, 1));
        first + self.rest.decode(&codes.narrow(1, 1, others))
    }
}

impl Residual {
    fn new(config: &CodecConfig, mut weights: Weights, count: i64) -> Result<Self, Failure> {
        let (inner, outer) = (config.code_channels / 2, config.code_channels);
        let output_proj = weights
            .at("output_proj")
            .tensor("weight", &[outer, inner, 1])?;
        let mut vq = weights.at("vq");
        let mut list = vq.at("layers");
        let codebooks = (0..count).map(|at| {
            let mut layer = list.at(at);
            let mut codebook = layer.at("_codebook");
            Ok(Codebook {
                sums: codebook.tensor("embedding_sum", &[config.codes, inner])?,
                usage: codebook.tensor("cluster_usage", &[config.codes])?,
            })
        });
        Ok(Self {
            codebooks: codebooks.collect::<Result<_, Failure>>()?,
            output_proj,
        })
    }

    /// l x quantisers -> 1 x c x l.
    fn decode(&self, codes: &Tensor) -> Tensor {
        let rows = self.codebooks.iter().zip(0..);
        let sum: Tensor = rows
            .map(|(codebook, at)| {
                let codes = codes.select(1, at);
                let usage = codebook.usage.index_select(0, &codes);
                let usage = usage.clamp_min(LEAST_USAGE).unsqueeze(1);
                codebook.sums.index_select(0, &codes) / usage
            })
            .sum(); // l c
        let frames = sum.transpose(0, 1).unsqueeze(0); // 1 c l
        frames.conv1d(&self.output_proj, None::<&Tensor>, 1, 0, 1, 1)
    }
}
