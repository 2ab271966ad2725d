//! The shape of a transformer, read from its weights: widths and counts from the tensors' shapes.
//! What no tensor shows (heads, control layers) comes from `config.json` or the file's metadata.

use std::path::Path;

use kinora_wire::Failure;

use crate::weights::Checkpoint;

/// Channels per head of all released Wan models.
const USUAL_HEAD_WIDTH: i64 = 128;

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
    /// The pictures that cross-attention attends to, if it does.
    pub image: Option<ImageInput>,
    /// Latent channels of the reference picture whose tokens precede the clip (Fun-Control), if there is one.
    pub reference_channels: Option<i64>,
    /// Whether the latents of subjects follow the clip (Phantom). No tensor shows it.
    pub takes_subjects: bool,
}

/// The tokens of pictures that a network takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInput {
    /// Channels per token: the width of the image encoder.
    pub channels: i64,
    /// Tokens of both pictures together, in models of a first and a last frame.
    pub paired_tokens: Option<i64>,
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
            image: image(checkpoint)?,
            reference_channels: checkpoint
                .shape("ref_conv.weight")
                .and_then(|shape| shape.get(1))
                .copied(),
            takes_subjects: is_phantom(checkpoint.path()),
        })
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

/// Whether the weights are those of Phantom, which is a text-to-video model by its tensors: `phantom` in the name of the
/// file, or of the model's folder in the Diffusers layout.
fn is_phantom(path: &Path) -> bool {
    let named = |path: Option<&Path>| {
        let name = path.and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().to_lowercase()
    };
    let folder = path.parent();
    let model = folder
        .filter(|folder| named(Some(*folder)) == "transformer")
        .and_then(Path::parent);
    named(Some(path)).contains("phantom") || named(model).contains("phantom")
}

/// The pictures for cross-attention (Wan 2.1 image to video, and the Fun models made from it).
fn image(checkpoint: &Checkpoint) -> Result<Option<ImageInput>, Failure> {
    if checkpoint.shape("img_emb.proj.0.weight").is_none() {
        return Ok(None);
    }
    let positions = checkpoint.shape("img_emb.emb_pos");
    Ok(Some(ImageInput {
        channels: checkpoint.length("img_emb.proj.1.weight", 1)?,
        paired_tokens: positions.and_then(|shape| shape.get(1)).copied(),
    }))
}

/// Refuses branches that the engine does not support by name, and not by a list of surplus keys.
fn refuse_other_branches(checkpoint: &Checkpoint) -> Result<(), Failure> {
    let others = [
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
                "Kinora cannot run these yet: use a text-to-video, image-to-video, VACE, Fun-Control or camera model",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phantom_is_known_by_its_name() {
        for (path, is_it) in [
            ("models/Phantom_Wan_14B_fp16.safetensors", true),
            ("Phantom-14B/transformer/model.safetensors.index.json", true),
            ("phantom/models/wan2.1_t2v_14B.safetensors", false),
        ] {
            assert_eq!(is_phantom(Path::new(path)), is_it, "{path}");
        }
    }
}
