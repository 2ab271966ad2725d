//! The key layouts of upscalers: Real-ESRGAN's, with or without the prefixes of its training, and the two of ESRGAN.

use crate::weights::{Named, Naming};

/// Upscalers of all layouts.
#[derive(Clone, Copy, Debug)]
pub struct UpscalerNaming;

/// Prefixes under which training code stores the network. The running average comes first: it is what is used.
const PREFIXES: [&str; 3] = ["params_ema.", "params.", "module."];
/// ESRGAN's names outside the blocks, and Real-ESRGAN's.
const OUTSIDE_BLOCKS: [(&str, &str); 9] = [
    ("trunk_conv.", "conv_body."),
    ("upconv1.", "conv_up1."),
    ("upconv2.", "conv_up2."),
    ("HRconv.", "conv_hr."),
    ("model.0.", "conv_first."),
    ("model.3.", "conv_up1."),
    ("model.6.", "conv_up2."),
    ("model.8.", "conv_hr."),
    ("model.10.", "conv_last."),
];

impl Naming for UpscalerNaming {
    fn family(&self) -> &'static str {
        "upscaler"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let prefix = PREFIXES
            .into_iter()
            .find(|prefix| keys.iter().any(|key| key.starts_with(prefix)));
        let named = keys.iter().map(|key| match prefix {
            None => Named::Parameter(original(key)),
            Some(prefix) => match key.strip_prefix(prefix) {
                Some(own) => Named::Parameter(original(own)),
                None => Named::Ignored, // another copy of the network
            },
        });
        named.collect()
    }
}

/// The name in Real-ESRGAN's layout.
fn original(key: &str) -> String {
    in_block(key)
        .or_else(|| {
            let mut names = OUTSIDE_BLOCKS.iter();
            names.find_map(|(old, new)| Some(format!("{new}{}", key.strip_prefix(old)?)))
        })
        .unwrap_or_else(|| key.to_owned())
}

/// `RRDB_trunk.0.RDB1.conv1.weight`, `model.1.sub.0.RDB1.conv1.0.weight` and, for the convolution after the blocks,
/// `model.1.sub.23.weight`.
fn in_block(key: &str) -> Option<String> {
    let rest = key
        .strip_prefix("RRDB_trunk.")
        .or_else(|| key.strip_prefix("model.1.sub."))?;
    let parts: Vec<&str> = rest.split('.').collect();
    match parts[..] {
        [_, kind @ ("weight" | "bias")] => Some(format!("conv_body.{kind}")),
        [block, part, conv, kind] | [block, part, conv, "0", kind] => {
            let part = part.to_lowercase();
            Some(format!("body.{block}.{part}.{conv}.{kind}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_has_the_same_names() {
        for (key, name) in [
            ("body.0.rdb1.conv1.weight", "body.0.rdb1.conv1.weight"),
            ("RRDB_trunk.7.RDB2.conv5.bias", "body.7.rdb2.conv5.bias"),
            ("model.1.sub.7.RDB2.conv5.0.bias", "body.7.rdb2.conv5.bias"),
            ("model.1.sub.23.weight", "conv_body.weight"),
            ("model.10.bias", "conv_last.bias"),
            ("HRconv.weight", "conv_hr.weight"),
            ("conv_last.weight", "conv_last.weight"),
            ("body.33.bias", "body.33.bias"),
        ] {
            assert_eq!(original(key), name);
        }
    }

    #[test]
    fn of_two_copies_of_a_network_the_running_average_is_read() {
        let names = UpscalerNaming.named(&["params.conv_first.bias", "params_ema.conv_first.bias"]);
        assert_eq!(
            names,
            [Named::Ignored, Named::Parameter("conv_first.bias".into())]
        );
    }
}
