//! The names and the shapes of GGUF files: text encoders as llama.cpp names them, and parameters that converters hold with
//! fewer axes.
//!
//! Sources: llama.cpp `gguf-py/gguf/constants.py` (`MODEL_ARCH.T5ENCODER`), city96 ComfyUI-GGUF `tools/convert.py`.

use super::{renamed_start, split_index};
use crate::family::wan::transformer::PATCH;

/// What the keys of text encoders begin with.
pub const TEXT: &str = "enc.";

const TEXT_BLOCK: [(&str, &str); 10] = [
    ("attn_q.", "attn.q."),
    ("attn_k.", "attn.k."),
    ("attn_v.", "attn.v."),
    ("attn_o.", "attn.o."),
    ("attn_norm.", "norm1."),
    ("attn_rel_b.", "pos_embedding.embedding."),
    ("ffn_norm.", "norm2."),
    ("ffn_gate.", "ffn.gate.0."),
    ("ffn_up.", "ffn.fc1."),
    ("ffn_down.", "ffn.fc2."),
];

/// The original name of a parameter of a text encoder.
pub fn text_name(key: &str) -> String {
    if let Some((place, part)) = split_index(key, &["enc.blk"]) {
        let index = place.trim_start_matches("enc.blk.");
        return format!("blocks.{index}.{}", renamed_start(part, &TEXT_BLOCK));
    }
    renamed_start(key, &[("enc.output_norm.", "norm.")])
}

/// The shape of a parameter of the transformer. Converters flatten the five axes of patch embeddings, since ggml has four,
/// and drop leading axes of length 1. `None`: it is as stored.
pub fn whole_shape(
    name: &str,
    stored: &[i64],
    first_length: &dyn Fn(&str) -> Option<i64>,
) -> Option<Vec<i64>> {
    if let Some(module) = name.strip_suffix("patch_embedding.weight") {
        let width = first_length(&format!("{module}patch_embedding.bias"))?;
        let inputs = stored.iter().product::<i64>().checked_div(width)?;
        let inputs = inputs / PATCH.iter().product::<i64>();
        let is_flat = stored.len() < 2 + PATCH.len();
        return is_flat.then(|| [&[width, inputs][..], &PATCH[..]].concat());
    }
    let has_leading_one = ["modulation", "img_emb.emb_pos"];
    let is_short = has_leading_one.iter().any(|end| name.ends_with(end)) && stored.len() == 2;
    is_short.then(|| [&[1][..], stored].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_encoders_get_original_names() {
        for (theirs, ours) in [
            ("enc.output_norm.weight", "norm.weight"),
            ("enc.blk.7.attn_norm.weight", "blocks.7.norm1.weight"),
            (
                "enc.blk.7.attn_rel_b.weight",
                "blocks.7.pos_embedding.embedding.weight",
            ),
            ("enc.blk.12.ffn_gate.weight", "blocks.12.ffn.gate.0.weight"),
            ("enc.blk.12.ffn_down.weight", "blocks.12.ffn.fc2.weight"),
        ] {
            assert_eq!(text_name(theirs), ours);
        }
    }

    #[test]
    fn flattened_axes_are_restored() {
        let bias = |name: &str| (name == "patch_embedding.bias").then_some(24);
        let whole = |name: &str, stored: &[i64]| whole_shape(name, stored, &bias);
        let five = || Some(vec![24, 16, 1, 2, 2]);
        assert_eq!(whole("patch_embedding.weight", &[24 * 16, 1, 2, 2]), five());
        assert_eq!(whole("patch_embedding.weight", &[24, 64]), five());
        assert_eq!(whole("patch_embedding.weight", &[24, 16, 1, 2, 2]), None);
        let three = Some(vec![1, 6, 24]);
        assert_eq!(whole("blocks.0.modulation", &[6, 24]), three);
        assert_eq!(whole("blocks.0.modulation", &[1, 6, 24]), None);
        let paired = Some(vec![1, 10, 24]);
        assert_eq!(whole("img_emb.emb_pos", &[10, 24]), paired);
        assert_eq!(whole("blocks.0.self_attn.q.weight", &[24, 24]), None);
    }
}
