//! The components of the family in a file, known by its keys in any layout.

use super::text::gemma_in;
use crate::family::contract::PartName;

/// The components beside transformer, autoencoder and text encoder, with their folders in the Diffusers layout.
pub const OTHER_PARTS: [(PartName, &str); 4] = [
    (PartName::AudioVae, "audio_vae"),
    (PartName::Vocoder, "vocoder"),
    (PartName::Connectors, "connectors"),
    (PartName::Projection, "connectors"),
];

/// The components without which a model does less, with their folders in the Diffusers layout.
pub const OPTIONAL_PARTS: [(PartName, &str); 1] = [(PartName::LatentUpscaler, "latent_upsampler")];

/// Keys that show a component, or their ends: whole words after any prefix. The second of a pair must be there too.
const SIGNS: [(PartName, [&str; 2]); 11] = [
    // `LTX-Video`, which came before, has no sound.
    (
        PartName::Transformer,
        ["patchify_proj.weight", "audio_patchify_proj.weight"],
    ),
    (
        PartName::Transformer,
        ["proj_in.weight", "audio_proj_in.weight"],
    ),
    // A transformer of sound alone.
    (
        PartName::Transformer,
        ["audio_patchify_proj.weight", "audio_proj_out.weight"],
    ),
    (
        PartName::Vae,
        [
            "encoder.conv_in.conv.weight",
            "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight",
        ],
    ),
    (
        PartName::Vae,
        [
            "encoder.conv_in.conv.weight",
            "decoder.mid_block.resnets.0.conv1.conv.weight",
        ],
    ),
    // With the diffusion decoder of LTX-2.5.
    (
        PartName::Vae,
        [
            "encoder.conv_in.conv.weight",
            "decoder.det_stages.0.0.attn.qkv.weight",
        ],
    ),
    (
        PartName::AudioVae,
        [
            "encoder.conv_in.conv.weight",
            "decoder.mid.block_1.conv1.conv.weight",
        ],
    ),
    (PartName::Vocoder, ["conv_pre.weight", "ups.0.weight"]),
    (
        PartName::LatentUpscaler,
        [
            "initial_conv.weight",
            "post_upsample_res_blocks.0.conv1.weight",
        ],
    ),
    (
        PartName::Connectors,
        [
            "video_embeddings_connector.transformer_1d_blocks.0.attn1.to_q.weight",
            "audio_embeddings_connector.transformer_1d_blocks.0.attn1.to_q.weight",
        ],
    ),
    (
        PartName::Connectors,
        [
            "video_connector.transformer_blocks.0.attn1.to_q.weight",
            "audio_connector.transformer_blocks.0.attn1.to_q.weight",
        ],
    ),
];
/// Modules that project the layers of the text encoder, in the original layout and in that of Diffusers.
const PROJECTIONS: [&str; 4] = [
    "aggregate_embed.weight",
    "video_aggregate_embed.weight",
    "text_proj_in.weight",
    "video_text_proj_in.weight",
];

/// The components in a file with these keys. One file may hold all but the text encoder.
pub fn parts_of(keys: &[&str]) -> Vec<PartName> {
    let has = |sign: &str| keys.iter().any(|key| ends_with(key, sign));
    let mut parts: Vec<PartName> = Vec::new();
    for (part, signs) in SIGNS {
        if !parts.contains(&part) && signs.iter().all(|sign| has(sign)) {
            parts.push(part);
        }
    }
    if PROJECTIONS.iter().any(|sign| has(sign)) {
        parts.push(PartName::Projection);
    }
    if gemma_in(keys).is_some() {
        parts.push(PartName::Text);
    }
    parts
}

/// Whether a key is this name after a prefix or without one.
fn ends_with(key: &str, name: &str) -> bool {
    let prefix = key.strip_suffix(name);
    prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_shows_all_its_components_and_files_of_others_show_none() {
        let one_file = [
            "model.diffusion_model.patchify_proj.weight",
            "model.diffusion_model.audio_patchify_proj.weight",
            "model.diffusion_model.video_embeddings_connector.transformer_1d_blocks.0.attn1.to_q.weight",
            "model.diffusion_model.audio_embeddings_connector.transformer_1d_blocks.0.attn1.to_q.weight",
            "vae.encoder.conv_in.conv.weight",
            "vae.decoder.up_blocks.0.res_blocks.0.conv1.conv.weight",
            "audio_vae.encoder.conv_in.conv.weight",
            "audio_vae.decoder.mid.block_1.conv1.conv.weight",
            "vocoder.vocoder.conv_pre.weight",
            "vocoder.vocoder.ups.0.weight",
            "text_embedding_projection.video_aggregate_embed.weight",
        ];
        let all = [
            PartName::Transformer,
            PartName::Vae,
            PartName::AudioVae,
            PartName::Vocoder,
            PartName::Connectors,
            PartName::Projection,
        ];
        assert_eq!(parts_of(&one_file), all);
        let encoder = [
            "model.layers.0.self_attn.q_norm.weight",
            "model.layers.0.post_feedforward_layernorm.weight",
            "text_embedding_projection.video_aggregate_embed.weight",
        ];
        assert_eq!(parts_of(&encoder), [PartName::Projection, PartName::Text]);
        assert_eq!(
            parts_of(&["patchify_proj.weight", "proj_out.weight"]),
            [],
            "an older model without sound"
        );
        let other = [
            "patch_embedding.weight",
            "encoder.conv1.weight",
            "proj_in.weight",
        ];
        assert_eq!(parts_of(&other), []);
    }
}
