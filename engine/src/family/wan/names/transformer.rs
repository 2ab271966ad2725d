//! The names of the transformer's parameters: from the Diffusers layout to the original release, and back for LoRAs.
//!
//! Source: diffusers `scripts/convert_wan_to_diffusers.py`, whose renaming this undoes.

use super::{renamed_start, split_index};

const TOP: [(&str, &str); 15] = [
    (
        "condition_embedder.time_embedder.linear_1",
        "time_embedding.0",
    ),
    (
        "condition_embedder.time_embedder.linear_2",
        "time_embedding.2",
    ),
    ("condition_embedder.time_proj", "time_projection.1"),
    (
        "condition_embedder.text_embedder.linear_1",
        "text_embedding.0",
    ),
    (
        "condition_embedder.text_embedder.linear_2",
        "text_embedding.2",
    ),
    (
        "condition_embedder.image_embedder.norm1.",
        "img_emb.proj.0.",
    ),
    (
        "condition_embedder.image_embedder.ff.net.0.proj.",
        "img_emb.proj.1.",
    ),
    (
        "condition_embedder.image_embedder.ff.net.2.",
        "img_emb.proj.3.",
    ),
    (
        "condition_embedder.image_embedder.norm2.",
        "img_emb.proj.4.",
    ),
    (
        "condition_embedder.image_embedder.pos_embed",
        "img_emb.emb_pos",
    ),
    ("scale_shift_table", "head.modulation"),
    ("proj_out.", "head.head."),
    // Fun checkpoints in the Diffusers layout keep the original names of their branches.
    ("control_adapter.", "control_adapter."),
    ("ref_conv.", "ref_conv."),
    ("patch_embedding.", "patch_embedding."),
];

const BLOCK: [(&str, &str); 9] = [
    ("attn1.", "self_attn."),
    ("attn2.", "cross_attn."),
    ("ffn.net.0.proj", "ffn.0"),
    ("ffn.net.2", "ffn.2"),
    // norm3 of the original release comes before cross-attention, so Diffusers calls it norm2.
    ("norm2.", "norm3."),
    ("norm3.", "norm2."),
    ("scale_shift_table", "modulation"),
    ("proj_in.", "before_proj."),
    ("proj_out.", "after_proj."),
];

const ATTENTION: [(&str, &str); 7] = [
    ("to_q.", "q."),
    ("to_k.", "k."),
    ("to_v.", "v."),
    ("to_out.0.", "o."),
    ("add_k_proj.", "k_img."),
    ("add_v_proj.", "v_img."),
    ("norm_added_k.", "norm_k_img."),
];

/// The original name of a parameter in the Diffusers layout.
pub fn original(key: &str) -> String {
    let Some((block, rest)) = split_index(key, &["blocks", "vace_blocks"]) else {
        return renamed_start(key, &TOP);
    };
    let rest = renamed_start(rest, &BLOCK);
    match rest.split_once("_attn.") {
        Some((which, part)) => {
            format!("{block}.{which}_attn.{}", renamed_start(part, &ATTENTION))
        }
        None => format!("{block}.{rest}"),
    }
}

/// The name in the Diffusers layout of a parameter in the original release.
pub fn diffusers_name(original: &str) -> String {
    let Some((block, rest)) = split_index(original, &["blocks", "vace_blocks"]) else {
        return renamed_start(original, &TOP.map(turned));
    };
    let rest = renamed_start(rest, &BLOCK.map(turned));
    let mut starts = ["attn1.", "attn2."].into_iter();
    match starts.find_map(|start| Some((start, rest.strip_prefix(start)?))) {
        Some((start, part)) => {
            let part = renamed_start(part, &ATTENTION.map(turned));
            format!("{block}.{start}{part}")
        }
        None => format!("{block}.{rest}"),
    }
}

fn turned<'n>((one, other): (&'n str, &'n str)) -> (&'n str, &'n str) {
    (other, one)
}

#[cfg(test)]
mod tests {
    use super::diffusers_name;

    #[test]
    fn the_names_of_diffusers_lead_back_to_the_original_ones() {
        for original in [
            "blocks.3.self_attn.o.bias",
            "blocks.3.cross_attn.norm_k.weight",
            "blocks.10.norm3.weight",
            "blocks.0.ffn.2.weight",
            "blocks.0.modulation",
            "vace_blocks.0.before_proj.weight",
            "head.modulation",
            "head.head.weight",
            "time_projection.1.weight",
            "patch_embedding.weight",
        ] {
            let theirs = diffusers_name(original);
            assert_eq!(super::original(&theirs), original, "{theirs}");
        }
        let theirs = diffusers_name("blocks.3.self_attn.o.bias");
        assert_eq!(theirs, "blocks.3.attn1.to_out.0.bias");
    }
}
