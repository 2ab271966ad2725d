//! The names of the image encoder's parameters in Transformers, mapped to those of the official release.
//! CLIP's files hold more than the encoder: its text half, and the layers after the blocks, which only comparisons use.

use super::{Component, owner_of, renamed_start, split_index};
use crate::weights::{Named, Naming};

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

/// The layers after the blocks, by their names without a prefix: a norm, and the projection to the space in which CLIP
/// compares pictures with texts. The official release has it as a plain matrix, Transformers as a linear layer.
const AFTER_BLOCKS: [(&str, &str); 6] = [
    ("post_norm.weight", "post_norm.weight"),
    ("post_norm.bias", "post_norm.bias"),
    ("post_layernorm.weight", "post_norm.weight"),
    ("post_layernorm.bias", "post_norm.bias"),
    ("head", "head"),
    ("visual_projection.weight", "projection.weight"),
];

/// The names of an image encoder that is used with the layers after its blocks.
#[derive(Clone, Copy, Debug)]
pub struct PooledNaming;

impl Naming for PooledNaming {
    fn family(&self) -> &'static str {
        Component::Image.family()
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let blocks = Component::Image.named(keys).into_iter();
        let named = blocks.zip(keys).map(|(block, key)| {
            let after = after_blocks(key).map(|name| Named::Parameter(name.to_owned()));
            after.unwrap_or(block)
        });
        named.collect()
    }
}

/// The name of a layer after the blocks, by its key.
fn after_blocks(key: &str) -> Option<&'static str> {
    let (owner, name) = owner_of(key);
    let is_own = owner.is_none_or(|owner| owner == Component::Image);
    let mut names = AFTER_BLOCKS.iter();
    let found = names.find(|(theirs, _)| is_own && *theirs == name);
    found.map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_after_the_blocks_are_named_only_for_those_who_use_them() {
        let keys = [
            "visual.head",
            "visual.post_norm.bias",
            "visual_projection.weight",
            "vision_model.post_layernorm.weight",
            "visual.pre_norm.bias",
            "textual.head.0.weight",
            "text_projection.weight",
        ];
        let named = PooledNaming.named(&keys);
        let names = named.iter().map(|name| match name {
            Named::Parameter(name) => name.as_str(),
            Named::Ignored => "",
        });
        let names: Vec<&str> = names.collect();
        let used = ["head", "post_norm.bias", "projection.weight"];
        let others = ["post_norm.weight", "pre_norm.bias", "", ""];
        assert_eq!(names, [&used[..], &others[..]].concat());
        let without = Component::Image.named(&keys);
        let blocks = without.iter().filter(|name| **name != Named::Ignored);
        assert_eq!(blocks.count(), 1);
    }

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
