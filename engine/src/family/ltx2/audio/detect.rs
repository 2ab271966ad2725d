//! Reads the shape of the sound autoencoder from its weights, and checks what shapes alone do not show.

use kinora_wire::Failure;

use super::config::{AudioVaeConfig, LEVELS};
use crate::weights::Checkpoint;

/// The remedy for a file of another kind.
const USE_RELEASED: &str = "use the audio autoencoder of LTX-2 as released";

impl AudioVaeConfig {
    /// Reads the shape from the weights. Fails if a needed tensor is missing or the shape is of another kind; the
    /// failure names the tensor. All other shapes are compared when the network is loaded.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let refused = |what: String| {
            Failure::bad_file(
                format!("{}: {what}", checkpoint.path().display()),
                USE_RELEASED,
            )
        };
        let channels = checkpoint.length("decoder.conv_in.conv.weight", 1)?;
        let encoded = checkpoint.length("encoder.conv_out.conv.weight", 0)?;
        let statistics = "per_channel_statistics.mean-of-means";
        let token_width = checkpoint.length(statistics, 0)?;
        if token_width % channels != 0 {
            return Err(refused(format!(
                "`{statistics}` has {token_width} numbers, which {channels} latent channels cannot share evenly"
            )));
        }
        if encoded != channels && encoded != channels.saturating_mul(2) {
            return Err(refused(format!(
                "`encoder.conv_out.conv.weight` writes {encoded} channels, where the decoder reads {channels}"
            )));
        }
        let levels = checkpoint.count("encoder.down");
        if levels != LEVELS {
            return Err(refused(format!(
                "`encoder.down` has {levels} levels of resolution, not {LEVELS}"
            )));
        }
        let mut widths = [0; LEVELS];
        for (at, width) in widths.iter_mut().enumerate() {
            *width =
                checkpoint.length(&format!("encoder.down.{at}.block.0.conv1.conv.weight"), 0)?;
        }
        Ok(Self {
            sounds: checkpoint.length("encoder.conv_in.conv.weight", 1)?,
            channels,
            bins: token_width / channels,
            base: checkpoint.length("encoder.conv_in.conv.weight", 0)?,
            widths,
            blocks: checkpoint.count("encoder.down.0.block"),
            has_variance: encoded != channels,
        })
    }
}
