//! Maps the layouts of the text side's files to parameter names: Gemma's as in its language model, the connectors' as in
//! the original release.
//!
//! Sources: transformers `models/gemma3`, `models/gemma4`; Lightricks/LTX-2 (original names of the connectors), diffusers
//! `scripts/convert_ltx2_to_diffusers.py` (whose renaming this undoes).

use super::config::Gemma;
use crate::weights::{Named, Naming};

/// The components of the text side that have weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// Gemma.
    Encoder,
    /// The projections of its hidden states, and the connectors. The two may lie in different files.
    Connectors,
}

impl Naming for TextPart {
    fn family(&self) -> &'static str {
        "LTX-2"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let name = |key: &&str| match self {
            Self::Encoder => encoder_name(key),
            Self::Connectors => connector_name(key),
        };
        let names = keys.iter().map(name);
        names
            .map(|name| name.map_or(Named::Ignored, Named::Parameter))
            .collect()
    }
}

/// Prefixes of the language model, longest first: in a model that also sees, in an older layout of it, by itself.
const ENCODER_PREFIXES: [&str; 5] = [
    "model.language_model.",
    "language_model.model.",
    "language_model.",
    "model.",
    "",
];
/// The beginnings of the names in a language model. All else is another part: vision, sound, the head, a projection.
const ENCODER_STARTS: [&str; 4] = ["embed_tokens", "layers.", "norm.", "per_layer_"];

/// The name of a parameter of Gemma. `None` for other keys.
fn encoder_name(key: &str) -> Option<String> {
    let mut prefixes = ENCODER_PREFIXES.iter();
    let name = prefixes.find_map(|prefix| key.strip_prefix(prefix))?;
    let is_own = ENCODER_STARTS.iter().any(|start| name.starts_with(start));
    is_own.then(|| name.to_owned())
}

/// Which Gemma a file with these keys holds, in any layout. `None`: neither that the engine builds.
pub fn gemma_in(keys: &[&str]) -> Option<Gemma> {
    let names: Vec<String> = keys.iter().filter_map(|key| encoder_name(key)).collect();
    Gemma::of_names(&|wanted| names.iter().any(|name| name == wanted))
}

/// Prefixes of the connectors: they lie in the transformer's file.
const CONNECTOR_PREFIXES: [&str; 3] = ["model.diffusion_model.", "diffusion_model.", ""];
/// The modules, as Diffusers and as the original release name them.
const CONNECTOR_MODULES: [(&str, &str); 6] = [
    (
        "video_text_proj_in.",
        "text_embedding_projection.video_aggregate_embed.",
    ),
    (
        "audio_text_proj_in.",
        "text_embedding_projection.audio_aggregate_embed.",
    ),
    (
        "text_proj_in.",
        "text_embedding_projection.aggregate_embed.",
    ),
    ("video_connector.", "video_embeddings_connector."),
    ("audio_connector.", "audio_embeddings_connector."),
    ("text_embedding_projection.", "text_embedding_projection."),
];
/// The modules of a connector, as Diffusers and as the original release name them.
const CONNECTOR_PARTS: [(&str, &str); 3] = [
    (".transformer_blocks.", ".transformer_1d_blocks."),
    (".norm_q.", ".q_norm."),
    (".norm_k.", ".k_norm."),
];
/// The beginnings of the connectors' names in the original release.
const CONNECTOR_STARTS: [&str; 2] = ["video_embeddings_connector.", "audio_embeddings_connector."];

/// The original name of a parameter of projections and connectors. `None` for other keys.
fn connector_name(key: &str) -> Option<String> {
    let mut prefixes = CONNECTOR_PREFIXES.iter();
    let name = prefixes.find_map(|prefix| key.strip_prefix(prefix))?;
    let is_original = CONNECTOR_STARTS.iter().any(|start| name.starts_with(start));
    if is_original {
        return Some(name.to_owned());
    }
    let mut modules = CONNECTOR_MODULES.iter();
    let name = modules.find_map(|(theirs, ours)| {
        let rest = name.strip_prefix(theirs)?;
        Some(format!("{ours}{rest}"))
    })?;
    let parts = CONNECTOR_PARTS.iter();
    Some(parts.fold(name, |name, (theirs, ours)| name.replace(theirs, ours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(part: TextPart, key: &str) -> Named {
        part.named(&[key]).pop().expect("a name")
    }

    #[test]
    fn gemma_has_the_same_names_in_every_layout_and_its_other_senses_are_left_out() {
        let name = "layers.3.self_attn.q_proj.weight";
        for prefix in ENCODER_PREFIXES {
            let found = named(TextPart::Encoder, &format!("{prefix}{name}"));
            assert_eq!(found, Named::Parameter(name.into()), "{prefix}");
        }
        for other in [
            "lm_head.weight",
            "model.vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight",
            "vision_tower.vision_model.post_layernorm.bias",
            "model.multi_modal_projector.mm_soft_emb_norm.weight",
            "model.embed_vision.embedding_projection.weight",
            "text_embedding_projection.video_aggregate_embed.weight",
            "model.diffusion_model.video_embeddings_connector.learnable_registers",
            "tokenizer_json",
            "spiece_model",
        ] {
            assert_eq!(named(TextPart::Encoder, other), Named::Ignored, "{other}");
        }
    }

    #[test]
    fn connectors_of_diffusers_get_original_names() {
        for (theirs, ours) in [
            (
                "video_connector.transformer_blocks.1.attn1.norm_q.weight",
                "video_embeddings_connector.transformer_1d_blocks.1.attn1.q_norm.weight",
            ),
            (
                "audio_connector.learnable_registers",
                "audio_embeddings_connector.learnable_registers",
            ),
            (
                "text_proj_in.weight",
                "text_embedding_projection.aggregate_embed.weight",
            ),
            (
                "audio_text_proj_in.bias",
                "text_embedding_projection.audio_aggregate_embed.bias",
            ),
            (
                "model.diffusion_model.video_embeddings_connector.learnable_registers",
                "video_embeddings_connector.learnable_registers",
            ),
            (
                "text_embedding_projection.aggregate_embed.weight",
                "text_embedding_projection.aggregate_embed.weight",
            ),
        ] {
            let found = named(TextPart::Connectors, theirs);
            assert_eq!(found, Named::Parameter(ours.into()));
        }
        let other = "model.diffusion_model.transformer_blocks.0.attn1.to_q.weight";
        assert_eq!(named(TextPart::Connectors, other), Named::Ignored);
    }

    #[test]
    fn which_gemma_a_file_holds_is_seen_in_its_tensors() {
        let both = [
            "model.language_model.layers.0.self_attn.q_norm.weight",
            "model.language_model.layers.0.post_feedforward_layernorm.weight",
        ];
        assert_eq!(gemma_in(&both), Some(Gemma::Three));
        let four = [&both[..], &["model.language_model.layers.0.layer_scalar"]].concat();
        assert_eq!(gemma_in(&four), Some(Gemma::Four));
        let llama = ["model.layers.0.self_attn.q_proj.weight"];
        assert_eq!(gemma_in(&llama), None);
    }
}
