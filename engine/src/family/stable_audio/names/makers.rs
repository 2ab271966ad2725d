//! The layout of the tools that the models were made with: one file for transformer, autoencoder and embedding of the
//! duration, with names of its own. The rows of a self-attention's projection have another order there, so the projection
//! keeps a name of its own, [`PROJECTION`], by which the networks know it.
//!
//! Source: diffusers `scripts/convert_stable_audio_3_to_diffusers.py`, whose renaming this follows.

use super::Component;

/// The projection of a self-attention whose rows are queries, keys and values of the first map, then queries and keys of the
/// second: its name in place of `to_qkv`.
pub const PROJECTION: &str = "to_qkvqk";

/// Keys that every file of the layout has.
const SIGNS: [&str; 2] = [
    "model.model.transformer.project_in.weight",
    "pretransform.model.bottleneck.running_std",
];
const TRANSFORMER: &str = "model.model.";
const AUTOENCODER: &str = "pretransform.model.";
const DURATION: &str = "conditioner.conditioners.seconds_total.embedder.embedding.1.";
/// The learned row of padding, which the transformer owns.
const PADDING: &str = "conditioner.conditioners.prompt.padding_embedding";
/// The layers of a decoder before its levels, of which one has parameters.
const LAYERS_BEFORE_LEVELS: usize = 3;

/// The beginnings of the transformer's names outside its inner part, which are the original ones.
const OUTER: [&str; 5] = [
    "to_timestep_embed.",
    "to_cond_embed.",
    "to_global_embed.",
    "preprocess_conv.",
    "postprocess_conv.",
];
/// The beginnings of names in its inner part, and the original ones.
const INNER: [(&str, &str); 5] = [
    ("project_in.", "proj_in."),
    ("project_out.", "proj_out."),
    ("memory_tokens", "memory_tokens"),
    ("rotary_pos_emb.", "rotary_pos_emb."),
    ("global_cond_embedder.", "global_cond_embedder."),
];
/// The beginnings of names in a block of the transformer, and the original ones.
const IN_BLOCK: [(&str, &str); 3] = [
    ("ff.ff.0.proj.", "ff.proj_in."),
    ("ff.ff.2.", "ff.proj_out."),
    ("self_attn.to_qkv.", "self_attn.to_qkvqk."),
];
/// The same in a layer of the autoencoder.
const IN_LAYER: [(&str, &str); 6] = [
    ("pre_norm.", "norm_attn."),
    ("self_attn.to_qkv.", "attn.to_qkvqk."),
    ("self_attn.", "attn."),
    ("ff_norm.", "norm_ff."),
    ("ff.ff.0.proj.", "ff.proj_in."),
    ("ff.ff.2.", "ff.proj_out."),
];
/// The names of the bottleneck, and the original ones.
const BOTTLENECK: [(&str, &str); 3] = [
    ("scaling_factor", "scale"),
    ("bias", "bias"),
    ("running_std", "running_std"),
];

/// Whether keys are those of a file in this layout.
pub fn is_layout(keys: &[&str]) -> bool {
    SIGNS.iter().all(|sign| keys.contains(sign))
}

/// The original name of a key in a component. `None`: it belongs to another one, or to none.
pub fn original(component: Component, key: &str) -> Option<String> {
    match component {
        Component::Transformer if key == PADDING => Some("prompt_padding_embedding".into()),
        Component::Transformer => transformer(key.strip_prefix(TRANSFORMER)?),
        Component::Autoencoder => autoencoder(key.strip_prefix(AUTOENCODER)?),
        Component::Duration => {
            let name = key.strip_prefix(DURATION)?;
            Some(format!("linear.{name}"))
        }
        Component::Text => None, // in a file of its own
    }
}

fn transformer(key: &str) -> Option<String> {
    if OUTER.iter().any(|start| key.starts_with(start)) {
        return Some(key.to_owned());
    }
    let inner = key.strip_prefix("transformer.")?;
    match inner.strip_prefix("layers.") {
        Some(layer) => {
            let (number, name) = layer.split_once('.')?;
            let name = renamed(name, &IN_BLOCK).unwrap_or_else(|| name.to_owned());
            Some(format!("transformer_blocks.{number}.{name}"))
        }
        None => renamed(inner, &INNER),
    }
}

fn autoencoder(key: &str) -> Option<String> {
    let (side, rest) = key.split_once('.')?;
    let before = match side {
        "bottleneck" => {
            let mut names = BOTTLENECK.iter();
            let (_, name) = names.find(|(theirs, _)| *theirs == rest)?;
            return Some(format!("bottleneck.{name}"));
        }
        "encoder" => 0,
        "decoder" => LAYERS_BEFORE_LEVELS,
        _ => return None,
    };
    let (number, name) = rest.strip_prefix("layers.")?.split_once('.')?;
    if matches!(name, "weight" | "bias") {
        return Some(format!("{side}.proj.{name}"));
    }
    let level = number.parse::<usize>().ok()?.checked_sub(before)?;
    let is_plain = name == "new_tokens" || name.starts_with("mapping.");
    let name = match name.strip_prefix("transformers.") {
        _ if is_plain => name.to_owned(),
        Some(layer) => {
            let (layer, name) = layer.split_once('.')?;
            let name = renamed(name, &IN_LAYER)?;
            format!("transformers.{layer}.{name}")
        }
        None => return None,
    };
    Some(format!("{side}.blocks.{level}.{name}"))
}

/// A name with its beginning as in the first row that fits. `None`: none does.
fn renamed(name: &str, rows: &[(&str, &str)]) -> Option<String> {
    rows.iter().find_map(|(theirs, ours)| {
        let rest = name.strip_prefix(theirs)?;
        Some(format!("{ours}{rest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_original_names_in_one_component_and_none_in_the_others() {
        for (component, key, name) in [
            (
                Component::Transformer,
                "model.model.transformer.layers.7.self_attn.to_qkv.weight",
                "transformer_blocks.7.self_attn.to_qkvqk.weight",
            ),
            (
                Component::Transformer,
                "model.model.transformer.layers.0.ff.ff.2.bias",
                "transformer_blocks.0.ff.proj_out.bias",
            ),
            (
                Component::Transformer,
                "model.model.transformer.project_in.weight",
                "proj_in.weight",
            ),
            (Component::Transformer, PADDING, "prompt_padding_embedding"),
            (
                Component::Autoencoder,
                "pretransform.model.decoder.layers.3.transformers.1.self_attn.q_norm.gamma",
                "decoder.blocks.0.transformers.1.attn.q_norm.gamma",
            ),
            (
                Component::Autoencoder,
                "pretransform.model.encoder.layers.2.weight",
                "encoder.proj.weight",
            ),
            (
                Component::Autoencoder,
                "pretransform.model.bottleneck.scaling_factor",
                "bottleneck.scale",
            ),
            (
                Component::Duration,
                "conditioner.conditioners.seconds_total.embedder.embedding.1.bias",
                "linear.bias",
            ),
        ] {
            for other in [
                Component::Transformer,
                Component::Autoencoder,
                Component::Duration,
                Component::Text,
            ] {
                let expected = (other == component).then(|| name.to_owned());
                assert_eq!(original(other, key), expected, "{key}");
            }
        }
        let unused = "pretransform.model.bottleneck.noise_scaling_factor";
        assert_eq!(original(Component::Autoencoder, unused), None);
    }
}
