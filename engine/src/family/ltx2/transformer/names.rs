//! The names of the transformer's parameters: files of LTX-2 add a prefix, and the Diffusers layout renames modules.
//!
//! Sources: ltx-core `model/transformer/model.py` (original names), diffusers `loaders/single_file_utils.py`
//! (`convert_ltx2_transformer_to_diffusers`, whose renaming this undoes).

use crate::weights::{Named, Naming};

/// Modules of the network: (original, diffusers). They are whole words of a name.
const MODULES: [(&str, &str); 10] = [
    ("patchify_proj", "proj_in"),
    ("audio_patchify_proj", "audio_proj_in"),
    ("adaln_single", "time_embed"),
    ("audio_adaln_single", "audio_time_embed"),
    ("prompt_adaln_single", "prompt_adaln"),
    ("audio_prompt_adaln_single", "audio_prompt_adaln"),
    (
        "av_ca_video_scale_shift_adaln_single",
        "av_cross_attn_video_scale_shift",
    ),
    (
        "av_ca_audio_scale_shift_adaln_single",
        "av_cross_attn_audio_scale_shift",
    ),
    (
        "av_ca_a2v_gate_adaln_single",
        "av_cross_attn_video_a2v_gate",
    ),
    (
        "av_ca_v2a_gate_adaln_single",
        "av_cross_attn_audio_v2a_gate",
    ),
];

/// Parts of a block: (original, diffusers).
const PARTS: [(&str, &str); 4] = [
    (
        "scale_shift_table_a2v_ca_video",
        "video_a2v_cross_attn_scale_shift_table",
    ),
    (
        "scale_shift_table_a2v_ca_audio",
        "audio_a2v_cross_attn_scale_shift_table",
    ),
    ("q_norm", "norm_q"),
    ("k_norm", "norm_k"),
];

/// What files put before the names of the transformer.
const PREFIXES: [&str; 3] = ["model.diffusion_model.", "diffusion_model.", "transformer."];
/// What other components of the same file begin with. The connectors are part of the text encoder here.
const OTHERS: [&str; 6] = [
    "video_embeddings_connector.",
    "audio_embeddings_connector.",
    "text_embedding_projection.",
    "vae.",
    "audio_vae.",
    "vocoder.",
];
/// The embedding of keyframes, which GGUF files may hold as a list.
const KEYFRAMES: &str = "keyframes_abs_pos_embedding";

/// The layouts of files with an LTX-2 transformer.
#[derive(Clone, Copy, Debug)]
pub struct TransformerNaming;

impl Naming for TransformerNaming {
    fn family(&self) -> &'static str {
        "LTX-2"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let has_prefix = keys.iter().any(|key| without_prefix(key).is_some());
        let named = keys.iter().map(|key| {
            // Beside keys with a prefix, those without belong to other components.
            let own = match (has_prefix, without_prefix(key)) {
                (true, name) => name,
                (false, _) => Some(*key),
            };
            let own = own.filter(|name| !OTHERS.iter().any(|other| name.starts_with(other)));
            match own {
                None | Some("scaled_fp8") => Named::Ignored,
                Some(name) => Named::Parameter(original(name)),
            }
        });
        named.collect()
    }

    fn whole_shape(
        &self,
        name: &str,
        stored: &[i64],
        _first_length: &dyn Fn(&str) -> Option<i64>,
    ) -> Option<Vec<i64>> {
        match stored {
            [width] if name == KEYFRAMES => Some(vec![1, *width]),
            _ => None,
        }
    }

    fn diffusers_name(&self, original: &str) -> Option<String> {
        Some(diffusers_name(original))
    }
}

fn without_prefix(key: &str) -> Option<&str> {
    let mut prefixes = PREFIXES.iter();
    prefixes.find_map(|prefix| key.strip_prefix(prefix))
}

/// The original name of a parameter in the Diffusers layout. Original names stay.
pub fn original(key: &str) -> String {
    renamed(key, |(original, theirs)| (theirs, original))
}

/// The name in the Diffusers layout of a parameter in the original release.
pub fn diffusers_name(original: &str) -> String {
    renamed(original, |pair| pair)
}

/// The name with each of its words replaced that is the first of a pair. Modules of the network stand at its beginning.
fn renamed(
    name: &str,
    turned: impl Fn((&'static str, &'static str)) -> (&'static str, &'static str),
) -> String {
    let words = name.split('.').enumerate().map(|(at, word)| {
        let pairs = if at == 0 { &MODULES[..] } else { &PARTS[..] };
        let mut pairs = pairs.iter().map(|pair| turned(*pair));
        pairs
            .find_map(|(from, to)| (from == word).then_some(to))
            .unwrap_or(word)
    });
    words.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_diffusers_leads_to_the_original_one_and_back() {
        for (ours, theirs) in [
            ("patchify_proj.weight", "proj_in.weight"),
            ("audio_patchify_proj.bias", "audio_proj_in.bias"),
            (
                "adaln_single.emb.timestep_embedder.linear_1.weight",
                "time_embed.emb.timestep_embedder.linear_1.weight",
            ),
            (
                "audio_adaln_single.linear.bias",
                "audio_time_embed.linear.bias",
            ),
            (
                "prompt_adaln_single.linear.weight",
                "prompt_adaln.linear.weight",
            ),
            (
                "av_ca_v2a_gate_adaln_single.linear.weight",
                "av_cross_attn_audio_v2a_gate.linear.weight",
            ),
            (
                "transformer_blocks.11.audio_attn1.q_norm.weight",
                "transformer_blocks.11.audio_attn1.norm_q.weight",
            ),
            (
                "transformer_blocks.0.scale_shift_table_a2v_ca_video",
                "transformer_blocks.0.video_a2v_cross_attn_scale_shift_table",
            ),
            (
                "transformer_blocks.0.attn1.to_out.0.weight",
                "transformer_blocks.0.attn1.to_out.0.weight",
            ),
            ("scale_shift_table", "scale_shift_table"),
            ("proj_out.weight", "proj_out.weight"),
            (KEYFRAMES, KEYFRAMES),
        ] {
            assert_eq!(original(theirs), ours);
            assert_eq!(diffusers_name(ours), theirs);
            assert_eq!(original(ours), ours, "original names stay");
        }
    }

    #[test]
    fn other_components_of_a_file_are_left_out() {
        let keys = [
            "model.diffusion_model.patchify_proj.weight",
            "model.diffusion_model.video_embeddings_connector.learnable_registers",
            "vae.encoder.conv_in.conv.weight",
            "text_embedding_projection.aggregate_embed.weight",
        ];
        let named = TransformerNaming.named(&keys);
        let projection = Named::Parameter("patchify_proj.weight".into());
        assert_eq!(named[0], projection);
        assert!(named[1..].iter().all(|name| *name == Named::Ignored));
        let alone = ["patchify_proj.weight", "audio_embeddings_connector.a"];
        let named = TransformerNaming.named(&alone);
        assert_eq!(named, [projection, Named::Ignored]);
    }
}
