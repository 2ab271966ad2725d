//! The shape of a transformer, read from its weights: widths and counts from the tensors' shapes.
//! What no tensor shows (heads, control layers) comes from `config.json` or the file's metadata.

use kinora_wire::{Ability, Failure};

use crate::weights::Checkpoint;

/// Channels per head of all released Wan models.
const USUAL_HEAD_WIDTH: i64 = 128;

/// Latent channels of Wan 2.2 TI2V-5B.
const TI2V_CHANNELS: i64 = 48;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Model width: channels per token.
    pub width: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Number of blocks.
    pub layers: usize,
    /// Input channels: the noise, and channels concatenated to it.
    pub in_channels: i64,
    /// Output channels: the latent channels of the autoencoder.
    pub out_channels: i64,
    /// Width of the text encoder.
    pub text_width: i64,
    /// Number of sines and cosines of the timestep.
    pub time_width: i64,
    /// Epsilon of every norm.
    pub epsilon: f64,
    /// The control branch (VACE), if there is one.
    pub vace: Option<VaceConfig>,
    /// The camera branch, if there is one.
    pub camera: Option<CameraConfig>,
}

/// The shape of the control branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaceConfig {
    /// Indices of the blocks after which hints are added.
    pub layers: Vec<usize>,
    /// Input channels: 16 inactive, 16 reactive, 64 mask.
    pub in_channels: i64,
}

/// The shape of the camera branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraConfig {
    /// Input channels: six ray coordinates of four frames.
    pub in_channels: i64,
    /// Pixels per latent position, along each side.
    pub downscale: i64,
    /// Residual blocks after the convolution.
    pub residual_blocks: usize,
}

impl Config {
    /// Reads the shape from the weights.
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

    /// Whether a network of this shape has this ability. A first frame alone counts only where no last one is taken.
    pub fn can(&self, ability: Ability) -> bool {
        match ability {
            Ability::Camera => self.camera.is_some(),
            Ability::FirstFrame => self.takes_first_latent(),
            Ability::FirstAndLastFrame => self.vace.is_some() || self.takes_given_frames(),
            _ => self.vace.is_some(),
        }
    }

    /// Whether 4 mask channels and the latents of given frames are concatenated to the noise.
    pub fn takes_given_frames(&self) -> bool {
        self.in_channels == self.out_channels + 4 + self.out_channels
    }

    /// Whether a given first frame takes the place of the first latent frame, which then has timestep 0 (Wan 2.2 TI2V-5B).
    /// No tensor shows it: it is known by the channels of the latents, which only this model has, noise in and out.
    pub fn takes_first_latent(&self) -> bool {
        self.out_channels == TI2V_CHANNELS
            && self.in_channels == TI2V_CHANNELS
            && self.vace.is_none()
    }

    /// Image-to-video models need a first frame. Camera models accept one, but do not need it.
    pub fn needs_first_frame(&self) -> bool {
        self.takes_given_frames() && self.camera.is_none()
    }

    /// Channels per head.
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

/// The control branch. Without `vace_layers` its layers are evenly spread over the blocks (0, 2, .. 28 of 30; 0, 5, ..
/// 35 of 40).
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

/// The camera branch. The input channels of its convolution are 6 ray coordinates * 4 frames * downscale^2.
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

/// Refuses branches that the engine does not support by name, and not by a list of surplus keys.
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
