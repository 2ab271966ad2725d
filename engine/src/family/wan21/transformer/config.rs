//! What a transformer's weights say about its shape. Nothing is set by hand: widths and counts are read
//! off the tensors; only what no tensor shows (heads, control layers) is looked up beside them.

use kinora_wire::{Ability, Failure};

use crate::weights::Checkpoint;

/// Every released Wan model has heads of this width.
const USUAL_HEAD_WIDTH: i64 = 128;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Numbers per token.
    pub width: i64,
    /// Numbers per token inside the feed-forward layers.
    pub ffn_width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Blocks.
    pub layers: usize,
    /// Channels in: 16 of noise, and what is given beside it.
    pub in_channels: i64,
    /// Channels out: those of the VAE.
    pub out_channels: i64,
    /// Numbers per token of the text encoder.
    pub text_width: i64,
    /// Sines and cosines of the timestep.
    pub time_width: i64,
    /// Of every norm.
    pub epsilon: f64,
    /// The control branch, if there is one.
    pub vace: Option<VaceConfig>,
    /// The camera branch, if there is one.
    pub camera: Option<CameraConfig>,
}

/// The shape of the control branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaceConfig {
    /// After which blocks its hints are added.
    pub layers: Vec<usize>,
    /// 16 kept, 16 to be changed, 64 of mask.
    pub in_channels: i64,
}

/// The shape of the camera branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraConfig {
    /// Six ray coordinates of four frames.
    pub in_channels: i64,
    /// How many pixels per latent position, each way.
    pub downscale: i64,
    /// Residual blocks after the convolution.
    pub residual_blocks: usize,
}

impl Config {
    /// Reads it off the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        refuse_other_branches(checkpoint)?;
        let width = checkpoint.length("head.modulation", 2)?;
        let layers = checkpoint.count("blocks");
        Ok(Self {
            width,
            ffn_width: checkpoint.length("blocks.0.ffn.0.weight", 0)?,
            heads: heads(checkpoint, width)?,
            layers,
            in_channels: checkpoint.length("patch_embedding.weight", 1)?,
            out_channels: checkpoint.length("head.head.weight", 0)?
                / super::PATCH.iter().product::<i64>(),
            text_width: checkpoint.length("text_embedding.0.weight", 1)?,
            time_width: checkpoint.length("time_embedding.0.weight", 1)?,
            epsilon: checkpoint.setting(&["eps"]).unwrap_or(1e-6),
            vace: vace(checkpoint, layers)?,
            camera: camera(checkpoint)?,
        })
    }

    /// Whether a network of this shape can be given this.
    pub fn can(&self, ability: Ability) -> bool {
        match ability {
            Ability::Camera => self.camera.is_some(),
            Ability::FirstAndLastFrame => self.vace.is_some() || self.takes_given_frames(),
            _ => self.vace.is_some(),
        }
    }

    /// Beside the noise, 4 channels of mask and the latents of given frames.
    pub fn takes_given_frames(&self) -> bool {
        self.in_channels == self.out_channels + 4 + self.out_channels
    }

    /// Image-to-video models make nothing without a picture; camera models do, though they take one.
    pub fn needs_first_frame(&self) -> bool {
        self.takes_given_frames() && self.camera.is_none()
    }

    /// Numbers per head.
    pub fn head_width(&self) -> i64 {
        self.width / self.heads
    }
}

fn heads(checkpoint: &Checkpoint, width: i64) -> Result<i64, Failure> {
    let written = checkpoint.setting(&["num_heads", "num_attention_heads"]);
    let heads = written.map_or(width / USUAL_HEAD_WIDTH, |heads| heads as i64);
    let is_even = heads > 0 && width % heads == 0 && (width / heads) % 2 == 0;
    if is_even {
        return Ok(heads);
    }
    Err(Failure::bad_file(
        format!(
            "{}: {width} numbers per token cannot be split into {heads} heads",
            checkpoint.path().display()
        ),
        "put the model's config.json, which says num_heads, beside the weights",
    ))
}

/// The control layers lie evenly over the blocks (0, 2, .. 28 of 30; 0, 5, .. 35 of 40) unless written.
fn vace(checkpoint: &Checkpoint, layers: usize) -> Result<Option<VaceConfig>, Failure> {
    if checkpoint.shape("vace_patch_embedding.weight").is_none() {
        return Ok(None);
    }
    let count = checkpoint.count("vace_blocks");
    let wrong = |what: String| {
        Failure::bad_file(
            format!("{}: {what}", checkpoint.path().display()),
            "put the model's config.json, which lists vace_layers, beside the weights",
        )
    };
    let controlled: Vec<usize> = match checkpoint.settings("vace_layers") {
        Some(written) => written.iter().map(|&layer| layer as usize).collect(),
        None if count > 0 => (0..count).map(|at| at * (layers / count)).collect(),
        None => Vec::new(),
    };
    if controlled.len() != count || count == 0 {
        return Err(wrong(format!(
            "{count} control blocks, but {} layers to be controlled",
            controlled.len()
        )));
    }
    if controlled.iter().any(|&layer| layer >= layers) {
        return Err(wrong(format!(
            "control layers {controlled:?} of only {layers}"
        )));
    }
    Ok(Some(VaceConfig {
        layers: controlled,
        in_channels: checkpoint.length("vace_patch_embedding.weight", 1)?,
    }))
}

/// Six ray coordinates x four frames x downscale² come together in the adapter's convolution.
fn camera(checkpoint: &Checkpoint) -> Result<Option<CameraConfig>, Failure> {
    const IN_CHANNELS: i64 = 24;
    if checkpoint.shape("control_adapter.conv.weight").is_none() {
        return Ok(None);
    }
    let unshuffled = checkpoint.length("control_adapter.conv.weight", 1)?;
    let downscale = (unshuffled / IN_CHANNELS).max(0).isqrt();
    if downscale == 0 || downscale * downscale * IN_CHANNELS != unshuffled {
        return Err(Failure::bad_file(
            format!(
                "{}: a camera adapter of {unshuffled} channels is not of a known kind",
                checkpoint.path().display()
            ),
            "use a Wan Fun-Control-Camera model as released",
        ));
    }
    Ok(Some(CameraConfig {
        in_channels: IN_CHANNELS,
        downscale,
        residual_blocks: checkpoint.count("control_adapter.residual_blocks"),
    }))
}

/// Branches this engine does not have yet are told by name, not as a list of surplus keys.
fn refuse_other_branches(checkpoint: &Checkpoint) -> Result<(), Failure> {
    let others = [
        (
            "img_emb.proj.0.weight",
            "image-to-video models of Wan 2.1, which need CLIP",
        ),
        (
            "ref_conv.weight",
            "Fun-Control models with a reference convolution",
        ),
        (
            "face_adapter.fuser_blocks.0.linear1_kv.weight",
            "Animate models",
        ),
        ("casual_audio_encoder.weights", "speech-to-video models"),
    ];
    for (key, what) in others {
        if checkpoint.shape(key).is_some() {
            return Err(Failure::bad_file(
                format!("{} is one of the {what}", checkpoint.path().display()),
                "Kinora cannot run these yet: use a text-to-video, Wan 2.2 image-to-video, VACE or camera model",
            ));
        }
    }
    Ok(())
}
