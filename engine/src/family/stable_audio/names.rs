//! The components of Stable Audio 3, and the meaning of the keys in their files.
//! The keys of a Diffusers folder are the original names; a whole `T5Gemma` model contains the encoder below `model.`. The
//! makers' own tools write one file with names of its own.

pub mod makers;

use crate::family::contract::PartName;
use crate::weights::{Named, Naming};

/// The components beside transformer, autoencoder and text encoder, with their folders in the Diffusers layout.
pub const OTHER_PARTS: [(PartName, &str); 1] = [(PartName::Duration, "duration_embedder")];

/// Keys that show a component. The second of a pair must be there too.
const SIGNS: [(PartName, [&str; 2]); 4] = [
    (
        PartName::Transformer,
        ["preprocess_conv.weight", "prompt_padding_embedding"],
    ),
    (
        PartName::Vae,
        ["bottleneck.running_std", "encoder.blocks.0.new_tokens"],
    ),
    (
        PartName::Text,
        [
            "encoder.embed_tokens.weight",
            "encoder.layers.0.pre_self_attn_layernorm.weight",
        ],
    ),
    (PartName::Duration, ["freqs", "linear.weight"]),
];

/// The components in a file with these keys. A whole `T5Gemma` contains the text encoder.
pub fn parts_of(keys: &[&str]) -> Vec<PartName> {
    if makers::is_layout(keys) {
        return vec![PartName::Transformer, PartName::Vae, PartName::Duration];
    }
    let has = |sign: &str| keys.iter().any(|key| own_name(key) == sign);
    let found = SIGNS
        .iter()
        .filter(|(_, signs)| signs.iter().all(|sign| has(sign)));
    found.map(|(part, _)| *part).collect()
}

/// Keys of the layout of Stability's own tools begin so, of this family or of what came before.
const OTHER_LAYOUT: [&str; 2] = ["pretransform.", "conditioner.conditioners."];

/// Why a file of the family in another layout is not read, and what to use. `None`: it is none.
pub fn unread(keys: &[&str]) -> Option<[&'static str; 2]> {
    let has = |prefix: &&str| keys.iter().any(|key| key.starts_with(prefix));
    let is_other = OTHER_LAYOUT.iter().all(has);
    is_other.then_some([
        "is another Stable Audio than 3, in the layout of its makers' own tools, which is not read",
        "use Stable Audio 3",
    ])
}

/// A key without the prefix of a whole `T5Gemma`.
fn own_name(key: &str) -> &str {
    key.strip_prefix("model.").unwrap_or(key)
}

/// The components that have weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// The diffusion transformer.
    Transformer,
    /// The autoencoder SAME.
    Autoencoder,
    /// The encoder of `T5Gemma`.
    Text,
    /// The embedding of the duration.
    Duration,
}

impl Naming for Component {
    fn family(&self) -> &'static str {
        "Stable Audio 3"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        if makers::is_layout(keys) {
            let original = |key: &&str| makers::original(*self, key);
            let named = keys.iter().map(original);
            return named
                .map(|name| name.map_or(Named::Ignored, Named::Parameter))
                .collect();
        }
        let named = keys.iter().map(|key| match self {
            Self::Text => text_name(key),
            _ => Named::Parameter((*key).to_owned()),
        });
        named.collect()
    }
}

/// The name of a key in a file of `T5Gemma`. Its decoder is not used.
fn text_name(key: &str) -> Named {
    let own = own_name(key);
    match own.starts_with("decoder.") || own.starts_with("lm_head.") {
        true => Named::Ignored,
        false => Named::Parameter(own.to_owned()),
    }
}
