//! Maps the keys of the files of LTX-2's sound to the parameter names of the original release.
//! Single files put `audio_vae.` and `vocoder.` before them; the Diffusers layout renames modules.

use crate::weights::{Named, Naming};

/// A component that makes or reads sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SoundPart {
    /// The autoencoder of spectrograms.
    Autoencoder,
    /// The vocoder.
    Vocoder,
}

/// Statistics of the tokens, in the Diffusers layout and the original one.
const STATISTICS: [(&str, &str); 2] = [
    ("latents_mean", "per_channel_statistics.mean-of-means"),
    ("latents_std", "per_channel_statistics.std-of-means"),
];
/// Modules of vocoders that the Diffusers layout renames.
const MODULES: [(&str, &str); 5] = [
    ("conv_in", "conv_pre"),
    ("conv_out", "conv_post"),
    ("upsamplers", "ups"),
    ("resnets", "resblocks"),
    ("act_out", "act_post"),
];
/// The first word of the second network of a vocoder with bandwidth extension.
const EXTENSION: &str = "bwe_generator.";

impl Naming for SoundPart {
    fn family(&self) -> &'static str {
        "LTX-2"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let prefix = self.prefix(keys);
        let own = keys.iter().map(|key| key.strip_prefix(prefix));
        own.map(|name| name.map_or(Named::Ignored, |name| self.original(name)))
            .collect()
    }
}

impl SoundPart {
    /// What precedes the names of this component. A vocoder with bandwidth extension calls its first network
    /// `vocoder` too, so that the word alone is no prefix.
    fn prefix(self, keys: &[&str]) -> &'static str {
        let has = |start: &str| keys.iter().any(|key| key.starts_with(start));
        match self {
            Self::Autoencoder if has("audio_vae.") => "audio_vae.",
            Self::Vocoder if has("vocoder.") && !has(EXTENSION) => "vocoder.",
            _ => "",
        }
    }

    fn original(self, name: &str) -> Named {
        match self {
            Self::Autoencoder => in_autoencoder(name),
            Self::Vocoder => in_vocoder(name),
        }
    }
}

/// Only two of the statistics are used.
fn in_autoencoder(name: &str) -> Named {
    let mut statistics = STATISTICS.into_iter();
    let used = statistics.find(|(theirs, ours)| name == *theirs || name == *ours);
    match used {
        Some((_, ours)) => Named::Parameter(ours.to_owned()),
        None if name.starts_with("per_channel_statistics.") => Named::Ignored,
        None => Named::Parameter(name.to_owned()),
    }
}

fn in_vocoder(name: &str) -> Named {
    if name.ends_with(".inverse_basis") {
        return Named::Ignored; // from spectrum to wave, which nothing here needs
    }
    let words = name.split('.').map(|word| {
        let mut modules = MODULES.into_iter();
        let renamed = modules.find(|(theirs, _)| *theirs == word);
        renamed.map_or(word, |(_, ours)| ours)
    });
    let name = words.collect::<Vec<_>>().join(".");
    Named::Parameter(name.replace("downsample.filter", "downsample.lowpass.filter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(part: SoundPart, keys: &[&str], names: &[Option<&str>]) {
        let named = names.iter().map(|name| match name {
            Some(name) => Named::Parameter((*name).to_owned()),
            None => Named::Ignored,
        });
        assert_eq!(part.named(keys), named.collect::<Vec<_>>());
    }

    #[test]
    fn one_file_gives_each_component_its_own_keys() {
        let keys = [
            "model.diffusion_model.audio_patchify_proj.weight",
            "audio_vae.encoder.conv_in.conv.weight",
            "audio_vae.per_channel_statistics.std-of-means",
            "audio_vae.per_channel_statistics.mean-of-stds",
            "vocoder.vocoder.conv_pre.weight",
            "vocoder.bwe_generator.ups.0.bias",
            "vocoder.mel_stft.stft_fn.inverse_basis",
        ];
        check(
            SoundPart::Autoencoder,
            &keys,
            &[
                None,
                Some("encoder.conv_in.conv.weight"),
                Some("per_channel_statistics.std-of-means"),
                None,
                None,
                None,
                None,
            ],
        );
        check(
            SoundPart::Vocoder,
            &keys,
            &[
                None,
                None,
                None,
                None,
                Some("vocoder.conv_pre.weight"),
                Some("bwe_generator.ups.0.bias"),
                None,
            ],
        );
    }

    #[test]
    fn the_diffusers_layout_gets_original_names() {
        check(
            SoundPart::Autoencoder,
            &["latents_mean", "decoder.up.0.block.1.conv2.conv.bias"],
            &[
                Some("per_channel_statistics.mean-of-means"),
                Some("decoder.up.0.block.1.conv2.conv.bias"),
            ],
        );
        check(
            SoundPart::Vocoder,
            &[
                "vocoder.resnets.3.acts1.0.downsample.filter",
                "bwe_generator.conv_out.weight",
                "vocoder.act_out.act.beta",
            ],
            &[
                Some("vocoder.resblocks.3.acts1.0.downsample.lowpass.filter"),
                Some("bwe_generator.conv_post.weight"),
                Some("vocoder.act_post.act.beta"),
            ],
        );
    }
}
