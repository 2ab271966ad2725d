//! The names of the autoencoder's parameters: of one component in files of several, and from the Diffusers layout to
//! the original release.
//!
//! Source: diffusers `scripts/convert_ltx2_to_diffusers.py`, whose renaming this undoes. The release has one list of
//! layers in each half, in which residual blocks and resampling layers take turns. Diffusers groups them into stages.

use super::statistics::{DEVIATION, MEAN, MODULE};
use crate::weights::{Named, Naming};

/// The prefix of this component in files of several.
const PREFIX: &str = "vae.";
/// The sign of the Diffusers layout.
const SIGN: &str = ".resnets.";

/// The names of the autoencoder of the picture.
#[derive(Clone, Copy, Debug)]
pub struct VaeNames;

impl Naming for VaeNames {
    fn family(&self) -> &'static str {
        "LTX-2"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let has_prefix = keys.iter().any(|key| key.starts_with(PREFIX));
        let names: Vec<Option<&str>> = keys
            .iter()
            .map(|key| match has_prefix {
                true => key.strip_prefix(PREFIX),
                false => Some(*key),
            })
            .collect();
        let present = names.iter().copied().flatten();
        let is_renamed = present.clone().any(|name| name.contains(SIGN));
        let down_stages = present.filter_map(down_stage).max();
        let encoder_stages = down_stages.map_or(0, |last| last.saturating_add(1));
        let named = names.into_iter();
        named
            .map(|name| match name {
                None => Named::Ignored,
                Some(name) if is_renamed => Named::Parameter(original(name, encoder_stages)),
                Some(name) if is_surplus(name) => Named::Ignored,
                Some(name) => Named::Parameter(name.to_owned()),
            })
            .collect()
    }
}

/// Whether a name is a statistic of the training data that nothing needs.
fn is_surplus(name: &str) -> bool {
    let statistic = name.strip_prefix(MODULE);
    let statistic = statistic.and_then(|name| name.strip_prefix('.'));
    statistic.is_some_and(|name| ![MEAN, DEVIATION].contains(&name))
}

/// The number of the encoder's stage that a name of the Diffusers layout is in.
fn down_stage(name: &str) -> Option<usize> {
    let (number, _) = numbered(name.strip_prefix("encoder.")?, "down_blocks.")?;
    Some(number)
}

/// The original name of a name in the Diffusers layout, for an encoder of this many stages.
pub fn original(name: &str, encoder_stages: usize) -> String {
    let renamed = match name {
        "latents_mean" => Some(format!("{MODULE}.{MEAN}")),
        "latents_std" => Some(format!("{MODULE}.{DEVIATION}")),
        _ => in_encoder(name, encoder_stages).or_else(|| in_decoder(name)),
    };
    renamed.unwrap_or_else(|| name.to_owned())
}

/// Stage i of the encoder is layer 2i, then its resampling layer; the last layer is the middle block.
fn in_encoder(name: &str, stages: usize) -> Option<String> {
    let rest = name.strip_prefix("encoder.")?;
    let layer = |number: usize, rest: &str| format!("encoder.down_blocks.{number}.{rest}");
    if let Some(block) = rest.strip_prefix("mid_block.resnets.") {
        let number = stages.saturating_mul(2);
        return Some(layer(number, &format!("res_blocks.{block}")));
    }
    let (stage, rest) = numbered(rest, "down_blocks.")?;
    let first = stage.saturating_mul(2);
    if let Some(conv) = rest.strip_prefix("downsamplers.0.") {
        return Some(layer(first.saturating_add(1), conv));
    }
    let block = rest.strip_prefix("resnets.")?;
    Some(layer(first, &format!("res_blocks.{block}")))
}

/// Layer 0 of the decoder is the middle block; stage i is the resampling layer 2i + 1, then layer 2i + 2.
fn in_decoder(name: &str) -> Option<String> {
    let rest = name.strip_prefix("decoder.")?;
    let layer = |number: usize, rest: &str| format!("decoder.up_blocks.{number}.{rest}");
    if let Some(block) = rest.strip_prefix("mid_block.resnets.") {
        return Some(layer(0, &format!("res_blocks.{block}")));
    }
    let (stage, rest) = numbered(rest, "up_blocks.")?;
    let first = stage.saturating_mul(2).saturating_add(1);
    if let Some(conv) = rest.strip_prefix("upsamplers.0.") {
        return Some(layer(first, conv));
    }
    let block = rest.strip_prefix("resnets.")?;
    Some(layer(
        first.saturating_add(1),
        &format!("res_blocks.{block}"),
    ))
}

/// `down_blocks.3.resnets.0.x` -> (3, `resnets.0.x`) for the list `down_blocks.`.
fn numbered<'n>(name: &'n str, list: &str) -> Option<(usize, &'n str)> {
    let (number, rest) = name.strip_prefix(list)?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diffusers_layout_gets_original_names() {
        let pairs = [
            ("encoder.conv_in.conv.weight", "encoder.conv_in.conv.weight"),
            (
                "encoder.down_blocks.2.resnets.5.conv2.conv.bias",
                "encoder.down_blocks.4.res_blocks.5.conv2.conv.bias",
            ),
            (
                "encoder.down_blocks.3.downsamplers.0.conv.conv.weight",
                "encoder.down_blocks.7.conv.conv.weight",
            ),
            (
                "encoder.mid_block.resnets.1.conv1.conv.weight",
                "encoder.down_blocks.8.res_blocks.1.conv1.conv.weight",
            ),
            (
                "decoder.mid_block.resnets.0.conv1.conv.weight",
                "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight",
            ),
            (
                "decoder.up_blocks.0.upsamplers.0.conv.conv.bias",
                "decoder.up_blocks.1.conv.conv.bias",
            ),
            (
                "decoder.up_blocks.2.resnets.4.conv1.conv.weight",
                "decoder.up_blocks.6.res_blocks.4.conv1.conv.weight",
            ),
            ("latents_mean", "per_channel_statistics.mean-of-means"),
            ("latents_std", "per_channel_statistics.std-of-means"),
        ];
        let keys = pairs.map(|(theirs, _)| theirs);
        let names = pairs.map(|(_, ours)| Named::Parameter(ours.into()));
        assert_eq!(VaeNames.named(&keys), names);
    }

    #[test]
    fn a_file_of_several_components_gives_its_own_keys_and_surplus_statistics_are_left_out() {
        let keys = [
            "model.diffusion_model.patchify_proj.weight",
            "vae.per_channel_statistics.mean-of-means",
            "vae.per_channel_statistics.mean-of-stds",
            "vae.decoder.up_blocks.1.conv.conv.weight",
            "audio_vae.per_channel_statistics.mean-of-means",
        ];
        let ours = |name: &str| Named::Parameter(name.into());
        let named = [
            Named::Ignored,
            ours("per_channel_statistics.mean-of-means"),
            Named::Ignored,
            ours("decoder.up_blocks.1.conv.conv.weight"),
            Named::Ignored,
        ];
        assert_eq!(VaeNames.named(&keys), named);
    }
}
