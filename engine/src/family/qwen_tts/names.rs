//! The components of Qwen3-TTS, and the meaning of the keys in their files. The keys of the release are the original
//! names. Talker and speaker encoder share the model's file; the codec has the folder `speech_tokenizer`.

use crate::weights::{Named, Naming};

/// The components that have weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// The talker, with the code predictor: keys `talker.*` in the release's folder.
    Talker,
    /// The speaker encoder: keys `speaker_encoder.*` of the same files, in models that clone voices.
    Speaker,
    /// The decoder of the codec: keys `decoder.*` in the folder `speech_tokenizer`.
    Codec,
}

impl Component {
    /// Its folder in a release. Empty: the release's own.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Talker | Self::Speaker => "",
            Self::Codec => "speech_tokenizer",
        }
    }

    /// The beginnings of the keys that stand beside its own and are not used here.
    fn beside(self) -> &'static [&'static str] {
        match self {
            Self::Talker => &["speaker_encoder."],
            Self::Speaker => &["talker."],
            // Both belong to the way from a wave to codes.
            Self::Codec => &[
                "encoder.",
                "decoder.quantizer.rvq_first.input_proj.",
                "decoder.quantizer.rvq_rest.input_proj.",
            ],
        }
    }
}

impl Naming for Component {
    fn family(&self) -> &'static str {
        "Qwen3-TTS"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let is_beside = |key: &str| self.beside().iter().any(|start| key.starts_with(start));
        let named = keys.iter().map(|key| match is_beside(key) {
            true => Named::Ignored,
            false => Named::Parameter((*key).to_owned()),
        });
        named.collect()
    }
}
