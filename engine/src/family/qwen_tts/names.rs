//! The components of Qwen3-TTS, and the meaning of the keys in their files. The keys of the release are the original
//! names. Talker and speaker encoder share the model's file; the codec has the folder `speech_tokenizer`.

use crate::family::contract::PartName;
use crate::weights::{Named, Naming};

/// Keys that show the parts of a model. The talker reads text itself: its file is that of the text encoder too.
const SIGNS: [(&str, &[PartName]); 2] = [
    (
        "talker.model.codec_embedding.weight",
        &[PartName::Transformer, PartName::Text],
    ),
    (
        "decoder.pre_transformer.input_proj.weight",
        &[PartName::Vae],
    ),
];

/// The parts in a file with these keys: the talker's, or the codec's.
pub fn parts_of(keys: &[&str]) -> Vec<PartName> {
    let mut signs = SIGNS.iter();
    let found = signs.find(|(sign, _)| keys.contains(sign));
    found.map_or_else(Vec::new, |(_, parts)| parts.to_vec())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_release_show_its_parts_and_others_show_none() {
        let talker = [
            "speaker_encoder.fc.weight",
            "talker.model.codec_embedding.weight",
        ];
        assert_eq!(parts_of(&talker), [PartName::Transformer, PartName::Text]);
        let codec = [
            "decoder.pre_transformer.input_proj.weight",
            "encoder.downsample.conv.weight",
        ];
        assert_eq!(parts_of(&codec), [PartName::Vae]);
        assert_eq!(parts_of(&["model.layers.0.self_attn.q_norm.weight"]), []);
    }
}
