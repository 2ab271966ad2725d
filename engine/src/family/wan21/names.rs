//! Maps the three layouts of Wan checkpoints to the parameter names of the original release.
//! ComfyUI's files add a prefix; the Diffusers and Transformers layouts rename the modules.
//!
//! Sources: Wan2.2 `wan/modules/{model,vae2_1,t5}.py` (original names), diffusers
//! `scripts/convert_wan_to_diffusers.py` (whose renaming this undoes), transformers `models/umt5`.

use crate::family::contract::PartName;
use crate::weights::{Named, Naming};

/// The components that have weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// The diffusion transformer.
    Transformer,
    /// The autoencoder.
    Vae,
    /// The text encoder.
    Text,
}

impl Naming for Component {
    fn family(&self) -> &'static str {
        "Wan"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let layout = Layout::of(*self, keys.iter().copied());
        keys.iter().map(|key| layout.original(key)).collect()
    }
}

/// The component of a file with these keys, in any layout.
pub fn part_of(keys: &[&str]) -> Option<PartName> {
    let keys = keys.iter().map(|key| without_prefix(key));
    keys.into_iter().find_map(|key| match key.as_str() {
        "patch_embedding.weight" => Some(PartName::Transformer),
        "encoder.conv1.weight" | "encoder.conv_in.weight" => Some(PartName::Vae),
        "blocks.0.attn.q.weight" | "encoder.block.0.layer.0.SelfAttention.q.weight" => {
            Some(PartName::Text)
        }
        _ => None,
    })
}

/// The layout of a component's files.
#[derive(Clone, Copy, Debug)]
struct Layout {
    component: Component,
    is_renamed: bool,
    /// Residual blocks per stage of the decoder, in the Diffusers layout.
    decoder_resnets: usize,
}

impl Layout {
    /// Detects the layout from the keys.
    fn of<'k>(component: Component, keys: impl Iterator<Item = &'k str> + Clone) -> Self {
        let sign = match component {
            Component::Transformer => "condition_embedder.",
            Component::Vae => ".down_blocks.",
            Component::Text => ".SelfAttention.",
        };
        Self {
            component,
            is_renamed: keys.clone().any(|key| key.contains(sign)),
            decoder_resnets: resnets_per_stage(keys),
        }
    }

    /// The original name of a key.
    fn original(&self, key: &str) -> Named {
        let name = match (self.component, self.is_renamed) {
            (Component::Text, _) if IGNORED_TEXT_KEYS.contains(&key) => return Named::Ignored,
            (Component::Transformer, true) => transformer_name(key),
            (Component::Vae, true) => vae_name(key, self.decoder_resnets),
            (Component::Text, true) => text_name(key),
            (_, false) => without_prefix(key),
        };
        Named::Parameter(name)
    }
}

/// Keys that are not parameters: the SentencePiece model, and a second copy of the token embedding.
const IGNORED_TEXT_KEYS: [&str; 2] = ["spiece_model", "encoder.embed_tokens.weight"];

/// Prefixes that ComfyUI and others put before the original names.
const PREFIXES: [&str; 4] = [
    "model.diffusion_model.",
    "diffusion_model.",
    "first_stage_model.",
    "vae.",
];

/// The key without such a prefix.
fn without_prefix(key: &str) -> String {
    let stripped = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
    stripped.unwrap_or(key).to_owned()
}

/// Replaces the start of `text` by the first pair whose left side matches.
fn renamed_start(text: &str, pairs: &[(&str, &str)]) -> String {
    for (theirs, ours) in pairs {
        if let Some(rest) = text.strip_prefix(theirs) {
            return format!("{ours}{rest}");
        }
    }
    text.to_owned()
}

const TRANSFORMER_TOP: [(&str, &str); 9] = [
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
    ("scale_shift_table", "head.modulation"),
    ("proj_out.", "head.head."),
    // Fun camera checkpoints in the Diffusers layout keep the original names of the adapter.
    ("control_adapter.", "control_adapter."),
    ("patch_embedding.", "patch_embedding."),
];

const TRANSFORMER_BLOCK: [(&str, &str); 9] = [
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

const ATTENTION: [(&str, &str); 4] = [
    ("to_q.", "q."),
    ("to_k.", "k."),
    ("to_v.", "v."),
    ("to_out.0.", "o."),
];

fn transformer_name(key: &str) -> String {
    let Some((block, rest)) = split_index(key, &["blocks", "vace_blocks"]) else {
        return renamed_start(key, &TRANSFORMER_TOP);
    };
    let rest = renamed_start(rest, &TRANSFORMER_BLOCK);
    match rest.split_once("_attn.") {
        Some((which, part)) => {
            format!("{block}.{which}_attn.{}", renamed_start(part, &ATTENTION))
        }
        None => format!("{block}.{rest}"),
    }
}

const RESNET: [(&str, &str); 5] = [
    ("norm1.", "residual.0."),
    ("conv1.", "residual.2."),
    ("norm2.", "residual.3."),
    ("conv2.", "residual.6."),
    ("conv_shortcut.", "shortcut."),
];

fn vae_name(key: &str, decoder_resnets: usize) -> String {
    let Some((half, rest)) = ["encoder", "decoder"]
        .into_iter()
        .find_map(|half| Some((half, key.strip_prefix(half)?.strip_prefix('.')?)))
    else {
        return renamed_start(
            key,
            &[("quant_conv.", "conv1."), ("post_quant_conv.", "conv2.")],
        );
    };
    if let Some((place, part)) = split_index(rest, &["mid_block.resnets"]) {
        let place = if place.ends_with('0') { 0 } else { 2 };
        return format!("{half}.middle.{place}.{}", renamed_start(part, &RESNET));
    }
    if let Some(part) = rest.strip_prefix("mid_block.attentions.0.") {
        return format!("{half}.middle.1.{part}");
    }
    if let Some((place, part)) = split_index(rest, &["down_blocks"]) {
        let index = place.trim_start_matches("down_blocks.");
        return format!(
            "{half}.downsamples.{index}.{}",
            renamed_start(part, &RESNET)
        );
    }
    if let Some((place, part)) = split_index(rest, &["up_blocks"]) {
        let stage: usize = place.trim_start_matches("up_blocks.").parse().unwrap_or(0);
        let first = stage.saturating_mul(decoder_resnets.saturating_add(1)); // the resnets of a stage, then its upsampler
        if let Some((resnet, part)) = split_index(part, &["resnets"]) {
            let resnet: usize = resnet.trim_start_matches("resnets.").parse().unwrap_or(0);
            let part = renamed_start(part, &RESNET);
            return format!("{half}.upsamples.{}.{part}", first.saturating_add(resnet));
        }
        if let Some(part) = part.strip_prefix("upsamplers.0.") {
            return format!(
                "{half}.upsamples.{}.{part}",
                first.saturating_add(decoder_resnets)
            );
        }
    }
    let top = [
        ("conv_in.", "conv1."),
        ("norm_out.", "head.0."),
        ("conv_out.", "head.2."),
    ];
    format!("{half}.{}", renamed_start(rest, &top))
}

/// Residual blocks per stage of the decoder, in the Diffusers layout.
fn resnets_per_stage<'k>(keys: impl Iterator<Item = &'k str>) -> usize {
    keys.filter_map(|key| {
        let rest = key.strip_prefix("decoder.up_blocks.0.resnets.")?;
        rest.split('.').next()?.parse::<usize>().ok()
    })
    .max()
    .map_or(0, |last| last.saturating_add(1))
}

const TEXT_BLOCK: [(&str, &str); 8] = [
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

fn text_name(key: &str) -> String {
    if let Some((place, part)) = split_index(key, &["encoder.block"]) {
        let index = place.trim_start_matches("encoder.block.");
        return format!("blocks.{index}.{}", renamed_start(part, &TEXT_BLOCK));
    }
    let top = [
        ("shared.", "token_embedding."),
        ("encoder.final_layer_norm.", "norm."),
    ];
    renamed_start(key, &top)
}

/// `blocks.12.attn1.to_q.weight` -> (`blocks.12`, `attn1.to_q.weight`) for any of `lists`.
fn split_index<'k>(key: &'k str, lists: &[&str]) -> Option<(&'k str, &'k str)> {
    lists.iter().find_map(|list| {
        let after = key.strip_prefix(list)?.strip_prefix('.')?;
        let (index, rest) = after.split_once('.')?;
        let is_number = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| (&key[..key.len() - rest.len() - 1], rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(component: Component, theirs: &str, ours: &str) {
        let keys = [
            "condition_embedder.time_proj.weight",
            "encoder.down_blocks.0.norm1.gamma",
            "encoder.block.0.layer.0.SelfAttention.q.weight",
            "decoder.up_blocks.0.resnets.0.norm1.gamma",
            "decoder.up_blocks.0.resnets.2.norm1.gamma",
        ];
        let layout = Layout::of(component, keys.into_iter());
        assert_eq!(layout.original(theirs), Named::Parameter(ours.into()));
    }

    #[test]
    fn the_diffusers_transformer_gets_original_names() {
        let check = |theirs, ours| check(Component::Transformer, theirs, ours);
        check("blocks.3.attn1.to_out.0.bias", "blocks.3.self_attn.o.bias");
        check(
            "blocks.3.attn2.norm_k.weight",
            "blocks.3.cross_attn.norm_k.weight",
        );
        check("blocks.10.norm2.weight", "blocks.10.norm3.weight");
        check("blocks.0.ffn.net.0.proj.bias", "blocks.0.ffn.0.bias");
        check("blocks.0.scale_shift_table", "blocks.0.modulation");
        check("scale_shift_table", "head.modulation");
        check("proj_out.weight", "head.head.weight");
        check(
            "vace_blocks.0.proj_in.weight",
            "vace_blocks.0.before_proj.weight",
        );
        check(
            "vace_blocks.1.proj_out.bias",
            "vace_blocks.1.after_proj.bias",
        );
        check("vace_patch_embedding.weight", "vace_patch_embedding.weight");
    }

    #[test]
    fn the_diffusers_vae_gets_original_names() {
        let check = |theirs, ours| check(Component::Vae, theirs, ours);
        check("quant_conv.weight", "conv1.weight");
        check("post_quant_conv.bias", "conv2.bias");
        check("encoder.conv_in.bias", "encoder.conv1.bias");
        check(
            "encoder.down_blocks.3.conv2.weight",
            "encoder.downsamples.3.residual.6.weight",
        );
        check(
            "encoder.down_blocks.2.resample.1.bias",
            "encoder.downsamples.2.resample.1.bias",
        );
        check(
            "decoder.mid_block.resnets.1.norm1.gamma",
            "decoder.middle.2.residual.0.gamma",
        );
        check(
            "decoder.mid_block.attentions.0.to_qkv.weight",
            "decoder.middle.1.to_qkv.weight",
        );
        check(
            "decoder.up_blocks.1.resnets.0.conv_shortcut.weight",
            "decoder.upsamples.4.shortcut.weight",
        );
        check(
            "decoder.up_blocks.2.upsamplers.0.resample.1.weight",
            "decoder.upsamples.11.resample.1.weight",
        );
        check("decoder.norm_out.gamma", "decoder.head.0.gamma");
    }

    #[test]
    fn the_transformers_text_encoder_gets_original_names() {
        let check = |theirs, ours| check(Component::Text, theirs, ours);
        check("shared.weight", "token_embedding.weight");
        check(
            "encoder.block.7.layer.0.SelfAttention.o.weight",
            "blocks.7.attn.o.weight",
        );
        check(
            "encoder.block.7.layer.0.SelfAttention.relative_attention_bias.weight",
            "blocks.7.pos_embedding.embedding.weight",
        );
        check(
            "encoder.block.7.layer.1.DenseReluDense.wi_0.weight",
            "blocks.7.ffn.gate.0.weight",
        );
        check("encoder.final_layer_norm.weight", "norm.weight");
    }

    #[test]
    fn comfyui_files_lose_their_prefix_and_nothing_else() {
        let keys = ["model.diffusion_model.head.modulation"];
        let layout = Layout::of(Component::Transformer, keys.into_iter());
        let named = layout.original("model.diffusion_model.blocks.0.norm3.weight");
        assert_eq!(named, Named::Parameter("blocks.0.norm3.weight".into()));
    }
}
