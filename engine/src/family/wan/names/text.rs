//! The names of the text encoder's parameters: from the Transformers layout to the original release.
//!
//! Source: transformers `models/umt5`.

use super::{renamed_start, split_index};

const BLOCK: [(&str, &str); 8] = [
    ("layer.0.layer_norm.", "norm1."),
    (
        "layer.0.SelfAttention.relative_attention_bias.",
        "pos_embedding.embedding.",
    ),
    ("layer.0.SelfAttention.", "attn."),
    ("layer.1.layer_norm.", "norm2."),
    ("layer.1.DenseReluDense.wi_0.", "ffn.gate.0."),
    ("layer.1.DenseReluDense.wi_1.", "ffn.fc1."),
    ("layer.1.DenseReluDense.wo.", "ffn.fc2."),
    ("", ""),
];

/// The original name of a parameter in the Transformers layout.
pub fn original(key: &str) -> String {
    if let Some((place, part)) = split_index(key, &["encoder.block"]) {
        let index = place.trim_start_matches("encoder.block.");
        return format!("blocks.{index}.{}", renamed_start(part, &BLOCK));
    }
    renamed_start(key, &[("encoder.final_layer_norm.", "norm.")])
}
