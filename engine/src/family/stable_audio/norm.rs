//! The RMS norms of the transformer and of the text encoder.
//! Source: diffusers `StableAudio3RMSNorm`, transformers `T5GemmaRMSNorm`.

use kinora_wire::Failure;

use crate::nn::ExactRmsNorm;
use crate::weights::Weights;

/// Of the norms of the transformer.
const EPSILON: f64 = 1e-6;

/// A norm of the transformer, whose scale is `gamma`, for a last axis of this length.
pub fn of_gamma(mut weights: Weights, length: i64) -> Result<ExactRmsNorm, Failure> {
    Ok(ExactRmsNorm::new(
        weights.exact("gamma", &[length])?,
        EPSILON,
    ))
}

/// A norm of Gemma, whose scale is one plus `weight`.
pub fn around_one(
    mut weights: Weights,
    length: i64,
    epsilon: f64,
) -> Result<ExactRmsNorm, Failure> {
    let scale = weights.exact("weight", &[length])? + 1.0;
    Ok(ExactRmsNorm::new(scale, epsilon))
}
