//! Maps the layouts of Wan checkpoints to the parameter names of the original release.
//! ComfyUI's files add a prefix; the Diffusers and Transformers layouts and the GGUF files of text encoders rename the
//! modules.
//!
//! Sources: Wan2.2 `wan/modules/{model,vae2_1,vae2_2,t5}.py` (original names), diffusers
//! `scripts/convert_wan_to_diffusers.py` (whose renaming this undoes), transformers `models/umt5`, llama.cpp
//! `gguf-py/gguf/constants.py` (`MODEL_ARCH.T5ENCODER`).

mod gguf;
mod image;
mod text;
mod transformer;
mod vae;

pub use image::PooledNaming;

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
    /// The image encoder.
    Image,
}

impl Naming for Component {
    fn family(&self) -> &'static str {
        "Wan"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let own: Vec<Option<&str>> = keys.iter().map(|key| self.own_name(key)).collect();
        let layout = Layout::of(*self, own.iter().copied().flatten());
        let named = own.into_iter();
        named
            .map(|name| name.map_or(Named::Ignored, |name| layout.original(name)))
            .collect()
    }

    fn whole_shape(
        &self,
        name: &str,
        stored: &[i64],
        first_length: &dyn Fn(&str) -> Option<i64>,
    ) -> Option<Vec<i64>> {
        let is_transformer = *self == Self::Transformer;
        is_transformer.then(|| gguf::whole_shape(name, stored, first_length))?
    }

    fn diffusers_name(&self, original: &str) -> Option<String> {
        (*self == Self::Transformer).then(|| transformer::diffusers_name(original))
    }
}

impl Component {
    /// The key without its prefix. `None` if the prefix is that of another component in the same file.
    fn own_name(self, key: &str) -> Option<&str> {
        let (owner, name) = owner_of(key);
        owner.is_none_or(|owner| owner == self).then_some(name)
    }
}

/// The components in a file with these keys, in any layout. Only keys with a prefix can belong to several.
pub fn parts_of(keys: &[&str]) -> Vec<PartName> {
    let mut parts = Vec::new();
    for key in keys {
        let (owner, name) = owner_of(key);
        let Some((component, part)) = sign(name) else {
            continue;
        };
        let is_its_own = owner.map_or(parts.is_empty(), |owner| owner == component);
        if is_its_own && !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.contains(&PartName::Transformer) {
        parts.retain(|part| *part != PartName::Module); // the branch is in the transformer's own file
    }
    parts
}

/// The component and the part that a name without prefix shows.
fn sign(name: &str) -> Option<(Component, PartName)> {
    match name {
        "patch_embedding.weight" => Some((Component::Transformer, PartName::Transformer)),
        // The control branch, released apart from the transformer.
        "vace_patch_embedding.weight" => Some((Component::Transformer, PartName::Module)),
        "encoder.conv1.weight" | "encoder.conv_in.weight" => Some((Component::Vae, PartName::Vae)),
        "blocks.0.attn.q.weight"
        | "encoder.block.0.layer.0.SelfAttention.q.weight"
        | "enc.blk.0.attn_q.weight" => Some((Component::Text, PartName::Text)),
        // In the official release after `visual.`, in Transformers after `vision_model.` or nothing.
        "transformer.0.attn.to_qkv.weight" | "embeddings.patch_embedding.weight" => {
            Some((Component::Image, PartName::ImageEncoder))
        }
        _ => None,
    }
}

/// The layout of a component's files.
#[derive(Clone, Copy, Debug)]
struct Layout {
    component: Component,
    is_renamed: bool,
    /// The stages of the autoencoder, in the Diffusers layout.
    stages: vae::Stages,
    /// The name of the token embedding that counts, among its copies.
    token_embedding: Option<&'static str>,
}

impl Layout {
    /// Detects the layout from the keys.
    fn of<'k>(component: Component, keys: impl Iterator<Item = &'k str> + Clone) -> Self {
        let sign = match component {
            Component::Transformer => "condition_embedder.",
            Component::Vae => ".down_blocks.",
            Component::Text => ".SelfAttention.",
            Component::Image => "encoder.layers.",
        };
        let has = |name: &str| keys.clone().any(|key| key == name);
        Self {
            component,
            is_renamed: keys.clone().any(|key| key.contains(sign)),
            token_embedding: TOKEN_EMBEDDINGS.into_iter().find(|&name| has(name)),
            stages: vae::Stages::of(keys),
        }
    }

    /// The original name of a key without its prefix.
    fn original(&self, key: &str) -> Named {
        if key.rsplit('.').next().is_some_and(is_mark) {
            return Named::Ignored;
        }
        let is_embedding = self.component == Component::Text && TOKEN_EMBEDDINGS.contains(&key);
        let name = match (self.component, self.is_renamed) {
            (Component::Image, _) => match image::original(key) {
                Some(name) => name,
                None => return Named::Ignored,
            },
            (Component::Text, _) if is_embedding && self.token_embedding != Some(key) => {
                return Named::Ignored;
            }
            (Component::Text, _) if is_embedding => TOKEN_EMBEDDINGS[0].to_owned(),
            (Component::Transformer, true) => transformer::original(key),
            (Component::Vae, true) => vae::original(key, self.stages),
            (Component::Text, true) => text::original(key),
            (Component::Text, false) if key.starts_with(gguf::TEXT) => gguf::text_name(key),
            (_, false) => key.to_owned(),
        };
        Named::Parameter(name)
    }
}

/// The names of the token embedding: the original one, that of GGUF files, and those of Transformers, which ties copies of
/// the table to one another and may save any of them.
const TOKEN_EMBEDDINGS: [&str; 5] = [
    "token_embedding.weight",
    "token_embd.weight",
    "shared.weight",
    "encoder.embed_tokens.weight",
    "embed_tokens.weight",
];

/// Whether the last word of a key says that it is no parameter: the SentencePiece model, the mark of a program that
/// wrote fp8 once, the scale of CLIP that ComfyUI gives every text encoder.
fn is_mark(word: &str) -> bool {
    ["spiece_model", "scaled_fp8", "logit_scale"].contains(&word)
}

/// Prefixes that ComfyUI and others put before the names of a component. Files with several components have them.
const PREFIXES: [(&str, Component); 11] = [
    ("model.visual.", Component::Image),
    ("visual.", Component::Image),
    ("vision_model.", Component::Image),
    ("image_encoder.", Component::Image),
    ("model.diffusion_model.", Component::Transformer),
    ("diffusion_model.", Component::Transformer),
    ("transformer.", Component::Transformer),
    ("first_stage_model.", Component::Vae),
    ("vae.", Component::Vae),
    ("text_encoder.", Component::Text),
    ("cond_stage_model.", Component::Text),
];

/// The component whose prefix a key has, and the key without the prefix.
fn owner_of(key: &str) -> (Option<Component>, &str) {
    if let Some(rest) = key.strip_prefix("text_encoders.") {
        // `text_encoders.NAME.transformer.` in ComfyUI; its tokenizer lies beside the `transformer`.
        let inner = rest.split_once(".transformer.");
        return (Some(Component::Text), inner.map_or(rest, |(_, name)| name));
    }
    let mut prefixes = PREFIXES.into_iter();
    let owned = prefixes.find_map(|(prefix, owner)| Some((Some(owner), key.strip_prefix(prefix)?)));
    owned.unwrap_or((None, key))
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
            "shared.weight",
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
        check(
            "condition_embedder.image_embedder.ff.net.0.proj.bias",
            "img_emb.proj.1.bias",
        );
        check(
            "condition_embedder.image_embedder.pos_embed",
            "img_emb.emb_pos",
        );
        check(
            "blocks.3.attn2.add_v_proj.weight",
            "blocks.3.cross_attn.v_img.weight",
        );
        check(
            "blocks.3.attn2.norm_added_k.weight",
            "blocks.3.cross_attn.norm_k_img.weight",
        );
    }

    #[test]
    fn the_image_encoder_is_found_in_files_of_clip_and_its_text_half_is_left_out() {
        let official = [
            "visual.transformer.0.attn.to_qkv.weight",
            "textual.blocks.0.attn.q.weight",
            "log_scale",
        ];
        let comfyui = [
            "vision_model.embeddings.patch_embedding.weight",
            "visual_projection.weight",
        ];
        let transformers = ["embeddings.patch_embedding.weight"];
        for keys in [&official[..], &comfyui, &transformers] {
            assert_eq!(parts_of(keys), [PartName::ImageEncoder], "{keys:?}");
            let named = Component::Image.named(keys);
            assert!(matches!(named[0], Named::Parameter(_)), "{named:?}");
            let others = &named[1..];
            assert!(others.iter().all(|name| *name == Named::Ignored));
        }
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
        let keys = [
            "model.diffusion_model.head.modulation",
            "model.diffusion_model.blocks.0.norm3.weight",
        ];
        assert_eq!(
            Component::Transformer.named(&keys),
            ["head.modulation", "blocks.0.norm3.weight"].map(|name| Named::Parameter(name.into()))
        );
    }

    #[test]
    fn the_token_embedding_has_one_of_its_names_and_copies_are_left_out() {
        let query = "encoder.block.0.layer.0.SelfAttention.q.weight";
        let table = Named::Parameter("token_embedding.weight".into());
        let named = |names: &[&'static str]| {
            let keys: Vec<&str> = names.iter().copied().chain([query]).collect();
            let mut named = Component::Text.named(&keys);
            named.truncate(names.len());
            named
        };
        for name in TOKEN_EMBEDDINGS {
            assert_eq!(named(&[name]), std::slice::from_ref(&table), "{name}");
        }
        let copies = named(&["encoder.embed_tokens.weight", "shared.weight"]);
        assert_eq!(copies, [Named::Ignored, table]);
    }

    #[test]
    fn a_file_with_all_parts_gives_each_its_own_keys() {
        let keys = [
            "model.diffusion_model.patch_embedding.weight",
            "model.diffusion_model.vace_patch_embedding.weight",
            "text_encoders.spiece_model",
            "text_encoders.umt5xxl.logit_scale",
            "text_encoders.umt5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q.weight",
            "text_encoders.umt5xxl.transformer.shared.weight",
            "vae.encoder.conv1.weight",
        ];
        let parts = [PartName::Transformer, PartName::Text, PartName::Vae];
        assert_eq!(parts_of(&keys), parts);
        let own = |component: Component| {
            let named = component.named(&keys).into_iter();
            named
                .filter_map(|named| match named {
                    Named::Parameter(name) => Some(name),
                    Named::Ignored => None,
                })
                .collect::<Vec<String>>()
        };
        assert_eq!(
            own(Component::Transformer),
            ["patch_embedding.weight", "vace_patch_embedding.weight"]
        );
        assert_eq!(
            own(Component::Text),
            ["blocks.0.attn.q.weight", "token_embedding.weight"]
        );
        assert_eq!(own(Component::Vae), ["encoder.conv1.weight"]);
    }

    #[test]
    fn a_branch_in_a_file_of_its_own_is_a_module() {
        assert_eq!(
            parts_of(&["vace_blocks.0.norm3.bias", "vace_patch_embedding.weight"]),
            [PartName::Module]
        );
        assert_eq!(parts_of(&["vision_model.patch_embedding.weight"]), []);
    }

    #[test]
    fn marks_of_other_programs_are_no_parameters() {
        for key in ["scaled_fp8", "model.diffusion_model.scaled_fp8"] {
            assert_eq!(Component::Transformer.named(&[key]), [Named::Ignored]);
        }
    }
}
