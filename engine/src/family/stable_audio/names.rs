//! The components of Stable Audio 3, and the meaning of the keys in their files.
//! The keys of a Diffusers folder are the original names; a whole `T5Gemma` model contains the encoder below `model.`.

use crate::weights::{Named, Naming};

/// The components that have weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// The diffusion transformer: the folder `transformer`.
    Transformer,
    /// The autoencoder SAME: the folder `vae`.
    Autoencoder,
    /// The encoder of `T5Gemma`: the folder `text_encoder`.
    Text,
    /// The embedding of the duration: the folder `duration_embedder`.
    Duration,
}

impl Component {
    /// All components.
    pub const ALL: [Self; 4] = [
        Self::Transformer,
        Self::Autoencoder,
        Self::Text,
        Self::Duration,
    ];

    /// Its folder in a release.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Transformer => "transformer",
            Self::Autoencoder => "vae",
            Self::Text => "text_encoder",
            Self::Duration => "duration_embedder",
        }
    }
}

impl Naming for Component {
    fn family(&self) -> &'static str {
        "Stable Audio 3"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let named = keys.iter().map(|key| match self {
            Self::Text => text_name(key),
            _ => Named::Parameter((*key).to_owned()),
        });
        named.collect()
    }
}

/// The name of a key in a file of `T5Gemma`. Its decoder is not used.
fn text_name(key: &str) -> Named {
    let own = key.strip_prefix("model.").unwrap_or(key);
    match own.starts_with("decoder.") || own.starts_with("lm_head.") {
        true => Named::Ignored,
        false => Named::Parameter(own.to_owned()),
    }
}
