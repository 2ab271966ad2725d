//! What is known of the released LTX-2 models: files, licence, shape and recommended settings, as RON. They become model
//! cards when the family can be opened.

use kinora_wire::GenerationSettings;
use serde::{Deserialize, Serialize};

/// The facts on the released models, as RON text.
pub const FACTS: [&str; 5] = [
    include_str!("card/ltx-2.0-dev.ron"),
    include_str!("card/ltx-2.3-dev.ron"),
    include_str!("card/ltx-2.3-distilled.ron"),
    include_str!("card/ltx-2.5-dev.ron"),
    include_str!("card/ltx-2.5-distilled.ron"),
];

/// What is known of a released model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The id, in the form of the ids of cards.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The version, as a header states it: "2.3.0".
    pub version: String,
    /// Its files. Empty: their names are not known.
    pub files: Vec<File>,
    /// Its licence.
    pub licence: Licence,
    /// Frame sizes: width and height in pixels.
    pub native_sizes: Vec<[u32; 2]>,
    /// The shape of its transformer.
    pub network: Network,
    /// Recommended settings.
    #[serde(rename = "recipe")]
    pub defaults: GenerationSettings,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What it holds.
    pub holds: String,
    /// Its name without ending, if known.
    pub stem: Option<String>,
    /// Its size in gigabytes (10^9 bytes), if known.
    pub gb: Option<f64>,
}

/// A licence, which must be accepted before the model is used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Its name.
    pub name: String,
    /// Its conditions, in a sentence.
    pub conditions: String,
    /// Web page of licence and code.
    pub url: String,
    /// Whether it must be accepted before the weights are used.
    pub must_be_accepted: bool,
}

/// The shape of a transformer. The weights decide; the versions differ in what is on here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the facts say of each part whether the network has it"
)]
pub struct Network {
    /// Blocks.
    pub layers: usize,
    /// Heads of each stream.
    pub heads: i64,
    /// Width of a head of the picture's stream.
    pub picture_head: i64,
    /// Width of a head of the sound's stream.
    pub sound_head: i64,
    /// Latent channels of a token, of either stream.
    pub channels: i64,
    /// Width of the text of the picture's stream and of the sound's.
    pub text_widths: [i64; 2],
    /// Whether attention heads have gates.
    pub has_gates: bool,
    /// Whether the text is modulated by the noise level.
    pub modulates_text: bool,
    /// Whether the feed-forward layers of the picture have a bias.
    pub has_picture_bias: bool,
    /// Whether keyframes have a learned position.
    pub has_keyframe_positions: bool,
}

impl Facts {
    /// Parses the facts on a model. The error names line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = ron::Options::default().with_recursion_limit(32);
        options.from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use kinora_wire::Sampler;

    use super::super::identity::Version;
    use super::super::spec::{defaults_with, fallback_defaults, spec};
    use super::*;

    #[test]
    fn the_facts_are_those_that_the_family_computes() {
        for text in FACTS {
            let facts = Facts::parse(text).expect(text);
            let mut versions = Version::ALL.into_iter();
            let version = versions.find(|version| facts.version.starts_with(version.name()));
            let version = version.expect("known");
            let defaults = fallback_defaults(version);
            let is_distilled = facts.id.ends_with("distilled");
            let expected = match is_distilled {
                true => defaults_with(&defaults, Sampler::Distilled),
                false => defaults,
            };
            assert_eq!(facts.defaults, expected, "{}", facts.id);
            assert!(facts.licence.must_be_accepted, "{}", facts.id);
            assert!(facts.native_sizes.contains(&expected.size), "{}", facts.id);
            let network = facts.network;
            assert_eq!(network.channels, i64::from(spec().latent_grid.channels));
            assert_eq!(network.has_gates, version >= Version::V2_3, "{}", facts.id);
            assert_eq!(network.has_keyframe_positions, version == Version::V2_5);
            assert_eq!(network.has_picture_bias, version != Version::V2_5);
        }
    }
}
