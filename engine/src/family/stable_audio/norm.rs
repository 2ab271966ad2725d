//! The RMS norm of the transformer and of the text encoder, which computes in fp32 on every device.
//! Source: diffusers `StableAudio3RMSNorm`, transformers `T5GemmaRMSNorm`.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::Weights;

/// Of the norms of the transformer.
const EPSILON: f64 = 1e-6;

/// x / rms(x) * scale over the last axis.
#[derive(Debug)]
pub struct ExactRmsNorm {
    scale: Tensor,
    epsilon: f64,
}

impl ExactRmsNorm {
    /// A norm of the transformer, whose scale is `gamma`, for a last axis of this length.
    pub fn of_gamma(mut weights: Weights, length: i64) -> Result<Self, Failure> {
        Ok(Self {
            scale: weights.exact("gamma", &[length])?,
            epsilon: EPSILON,
        })
    }

    /// A norm of Gemma, whose scale is one plus `weight`.
    pub fn around_one(mut weights: Weights, length: i64, epsilon: f64) -> Result<Self, Failure> {
        let scale = weights.exact("weight", &[length])? + 1.0;
        Ok(Self { scale, epsilon })
    }

    /// ... x length -> ... x length.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let normed =
            x.to_kind(Kind::Float)
                .rms_norm(self.scale.size(), Some(&self.scale), self.epsilon);
        normed.to_kind(x.kind())
    }
}
