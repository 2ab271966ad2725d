//! The names of an autoencoder's parameters: from the Diffusers layout to the original release.
//! Diffusers groups the layers into stages. The release has one list in Wan 2.1, and a list for each stage in Wan 2.2.

use super::{renamed_start, split_index};

/// How an autoencoder in the Diffusers layout counts the residual blocks of its stages.
#[derive(Clone, Copy, Debug)]
pub struct Stages {
    /// Residual blocks per stage of the encoder. 0 in Wan 2.1, whose encoder is one list in this layout too.
    encoder_resnets: usize,
    /// Residual blocks per stage of the decoder.
    decoder_resnets: usize,
}

impl Stages {
    /// Counts the blocks in these keys.
    pub fn of<'k>(keys: impl Iterator<Item = &'k str> + Clone) -> Self {
        Self {
            encoder_resnets: count(keys.clone(), "encoder.down_blocks.0.resnets."),
            decoder_resnets: count(keys, "decoder.up_blocks.0.resnets."),
        }
    }

    /// Whether each stage is a list of its own in the original release, as in Wan 2.2.
    fn are_lists(self) -> bool {
        self.encoder_resnets > 0
    }
}

/// The length of the list whose keys start so.
fn count<'k>(keys: impl Iterator<Item = &'k str>, list: &str) -> usize {
    keys.filter_map(|key| {
        let rest = key.strip_prefix(list)?;
        rest.split('.').next()?.parse::<usize>().ok()
    })
    .max()
    .map_or(0, |last| last.saturating_add(1))
}

const TOP: [(&str, &str); 2] = [("quant_conv.", "conv1."), ("post_quant_conv.", "conv2.")];

const ENDS: [(&str, &str); 3] = [
    ("conv_in.", "conv1."),
    ("norm_out.", "head.0."),
    ("conv_out.", "head.2."),
];

const RESNET: [(&str, &str); 5] = [
    ("norm1.", "residual.0."),
    ("conv1.", "residual.2."),
    ("norm2.", "residual.3."),
    ("conv2.", "residual.6."),
    ("conv_shortcut.", "shortcut."),
];

/// The original name of a key in the Diffusers layout.
pub fn original(key: &str, stages: Stages) -> String {
    let mut halves = ["encoder", "decoder"].into_iter();
    let half = halves.find_map(|half| Some((half, key.strip_prefix(half)?.strip_prefix('.')?)));
    let Some((half, rest)) = half else {
        return renamed_start(key, &TOP);
    };
    let inner = middle(rest)
        .or_else(|| downsampling(rest, stages))
        .or_else(|| upsampling(rest, stages))
        .unwrap_or_else(|| renamed_start(rest, &ENDS));
    format!("{half}.{inner}")
}

fn middle(rest: &str) -> Option<String> {
    if let Some(part) = rest.strip_prefix("mid_block.attentions.0.") {
        return Some(format!("middle.1.{part}"));
    }
    let (number, part) = numbered(rest, "mid_block.resnets")?;
    let place = if number == 0 { 0 } else { 2 };
    Some(format!("middle.{place}.{}", renamed_start(part, &RESNET)))
}

fn downsampling(rest: &str, stages: Stages) -> Option<String> {
    let (number, part) = numbered(rest, "down_blocks")?;
    let (at, part) = if let Some(found) = numbered(part, "resnets") {
        found
    } else if let Some(part) = part.strip_prefix("downsampler.") {
        (stages.encoder_resnets, part)
    } else {
        let part = renamed_start(part, &RESNET);
        return Some(format!("downsamples.{number}.{part}"));
    };
    let part = renamed_start(part, &RESNET);
    Some(format!("downsamples.{number}.downsamples.{at}.{part}"))
}

fn upsampling(rest: &str, stages: Stages) -> Option<String> {
    let (number, part) = numbered(rest, "up_blocks")?;
    let (at, part) = if let Some(found) = numbered(part, "resnets") {
        found
    } else {
        let part = part
            .strip_prefix("upsamplers.0.")
            .or_else(|| part.strip_prefix("upsampler."))?;
        (stages.decoder_resnets, part)
    };
    let part = renamed_start(part, &RESNET);
    if stages.are_lists() {
        return Some(format!("upsamples.{number}.upsamples.{at}.{part}"));
    }
    // The resnets of a stage, then its upsampler.
    let first = number.saturating_mul(stages.decoder_resnets.saturating_add(1));
    Some(format!("upsamples.{}.{part}", first.saturating_add(at)))
}

/// `down_blocks.3.conv1.weight` -> (3, `conv1.weight`) for the list `down_blocks`.
fn numbered<'k>(key: &'k str, list: &str) -> Option<(usize, &'k str)> {
    let (place, rest) = split_index(key, &[list])?;
    let number = place.rsplit('.').next()?.parse().ok()?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(signs: &[&str], theirs: &str, ours: &str) {
        let stages = Stages::of(signs.iter().copied());
        assert_eq!(original(theirs, stages), ours);
    }

    #[test]
    fn the_diffusers_vae_gets_original_names() {
        let signs = [
            "decoder.up_blocks.0.resnets.0.norm1.gamma",
            "decoder.up_blocks.0.resnets.2.norm1.gamma",
        ];
        let check = |theirs, ours| check(&signs, theirs, ours);
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
    fn the_stages_of_wan_2_2_keep_lists_of_their_own() {
        let signs = [
            "encoder.down_blocks.0.resnets.1.norm1.gamma",
            "decoder.up_blocks.0.resnets.2.norm1.gamma",
        ];
        let check = |theirs, ours| check(&signs, theirs, ours);
        check(
            "encoder.down_blocks.3.resnets.1.conv1.weight",
            "encoder.downsamples.3.downsamples.1.residual.2.weight",
        );
        check(
            "encoder.down_blocks.1.resnets.0.conv_shortcut.bias",
            "encoder.downsamples.1.downsamples.0.shortcut.bias",
        );
        check(
            "encoder.down_blocks.1.downsampler.time_conv.weight",
            "encoder.downsamples.1.downsamples.2.time_conv.weight",
        );
        check(
            "decoder.up_blocks.2.resnets.2.norm2.gamma",
            "decoder.upsamples.2.upsamples.2.residual.3.gamma",
        );
        check(
            "decoder.up_blocks.2.upsampler.resample.1.bias",
            "decoder.upsamples.2.upsamples.3.resample.1.bias",
        );
        check(
            "decoder.mid_block.resnets.0.conv2.bias",
            "decoder.middle.0.residual.6.bias",
        );
        check("decoder.conv_out.weight", "decoder.head.2.weight");
    }
}
