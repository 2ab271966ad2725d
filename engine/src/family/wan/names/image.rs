//! The names of the image encoder's parameters in Transformers, mapped to those of the official release.
//! CLIP's files hold more than the encoder: its text half, and the layers after the blocks.

use super::{renamed_start, split_index};

const TOP: [(&str, &str); 5] = [
    ("embeddings.class_embedding", "cls_embedding"),
    ("embeddings.position_embedding.weight", "pos_embedding"),
    ("embeddings.patch_embedding.", "patch_embedding."),
    // Misspelt in Transformers.
    ("pre_layrnorm.", "pre_norm."),
    ("pre_layernorm.", "pre_norm."),
];

const BLOCK: [(&str, &str); 8] = [
    ("layer_norm1.", "norm1."),
    ("layer_norm2.", "norm2."),
    ("self_attn.q_proj.", "attn.q."),
    ("self_attn.k_proj.", "attn.k."),
    ("self_attn.v_proj.", "attn.v."),
    ("self_attn.out_proj.", "attn.proj."),
    ("mlp.fc1.", "mlp.0."),
    ("mlp.fc2.", "mlp.2."),
];

/// The parts of the official release that are used.
const USED: [&str; 5] = [
    "patch_embedding.weight",
    "cls_embedding",
    "pos_embedding",
    "pre_norm.",
    "transformer.",
];

/// The official name of a key without its prefix (`visual.` or `vision_model.`). `None` for what is not used.
pub fn original(key: &str) -> Option<String> {
    let name = match split_index(key, &["encoder.layers"]) {
        Some((place, part)) => {
            let index = place.trim_start_matches("encoder.layers.");
            format!("transformer.{index}.{}", renamed_start(part, &BLOCK))
        }
        None => renamed_start(key, &TOP),
    };
    USED.iter()
        .any(|used| name.starts_with(used))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_get_official_names_and_the_text_half_none() {
        let check = |theirs: &str, ours: Option<&str>| {
            assert_eq!(original(theirs).as_deref(), ours, "{theirs}");
        };
        for same in [
            "cls_embedding",
            "transformer.3.attn.to_qkv.bias",
            "pre_norm.bias",
        ] {
            check(same, Some(same));
        }
        check("embeddings.class_embedding", Some("cls_embedding"));
        check(
            "embeddings.position_embedding.weight",
            Some("pos_embedding"),
        );
        check("pre_layrnorm.weight", Some("pre_norm.weight"));
        check(
            "encoder.layers.31.self_attn.out_proj.weight",
            Some("transformer.31.attn.proj.weight"),
        );
        check(
            "encoder.layers.0.mlp.fc2.bias",
            Some("transformer.0.mlp.2.bias"),
        );
        for unused in [
            "embeddings.position_ids",
            "post_layernorm.weight",
            "post_norm.weight",
            "head",
            "visual_projection.weight",
            "textual.blocks.0.norm1.weight",
            "text_model.encoder.layers.0.mlp.fc1.weight",
            "log_scale",
        ] {
            check(unused, None);
        }
    }
}
