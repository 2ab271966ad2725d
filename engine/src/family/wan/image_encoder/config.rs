//! The shape of an image encoder, read from its weights.
//! What no tensor shows (the heads) comes from `config.json`, or is that of ViT-H/14.

use kinora_wire::Failure;

use crate::weights::Checkpoint;

/// Channels per head of ViT-H/14.
const USUAL_HEAD_WIDTH: i64 = 80;

/// The shape of an image encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageConfig {
    /// Channels per token.
    pub width: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Number of blocks in the file. The last one is not used.
    pub layers: usize,
    /// Side of a patch, in pixels.
    pub patch: i64,
    /// Tokens: one for the whole picture, and one for each patch.
    pub positions: i64,
    /// Epsilon of every norm.
    pub epsilon: f64,
    /// Whether queries, keys and values have layers of their own, as in Transformers, and embeddings no axes of length
    /// 1. The official release has one layer for the three.
    pub is_split: bool,
}

impl ImageConfig {
    /// Reads the shape from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let width = checkpoint.length("pre_norm.weight", 0)?;
        let is_split = checkpoint.shape("transformer.0.attn.q.weight").is_some();
        let config = Self {
            width,
            ffn_width: checkpoint.length("transformer.0.mlp.0.weight", 0)?,
            heads: checkpoint
                .setting(&["num_attention_heads"])
                .map_or(width / USUAL_HEAD_WIDTH, |heads| heads as i64),
            layers: checkpoint.count("transformer"),
            patch: checkpoint.length("patch_embedding.weight", 2)?,
            positions: checkpoint.length("pos_embedding", usize::from(!is_split))?,
            epsilon: checkpoint.setting(&["layer_norm_eps"]).unwrap_or(1e-5),
            is_split,
        };
        let is_sound = config.layers > 1
            && config.heads > 0
            && width % config.heads == 0
            && config.grid() * config.grid() + 1 == config.positions;
        match is_sound {
            true => Ok(config),
            false => Err(Failure::bad_file(
                format!(
                    "{} is no image encoder of a known kind: {} blocks of {} heads for {} tokens",
                    checkpoint.path().display(),
                    config.layers,
                    config.heads,
                    config.positions
                ),
                "use CLIP ViT-H/14 (clip_vision_h.safetensors), which Wan 2.1 was trained with",
            )),
        }
    }

    /// Side of the pictures it takes, in pixels.
    pub fn side(&self) -> i64 {
        self.grid() * self.patch
    }

    /// Patches per side.
    fn grid(&self) -> i64 {
        (self.positions - 1).max(0).isqrt()
    }

    /// The shape of an embedding in the file, by its shape in the official release.
    pub(super) fn shape_of(&self, official: &[i64]) -> Vec<i64> {
        let axes = official.iter().copied();
        match self.is_split {
            true => axes.filter(|&length| length != 1).collect(),
            false => axes.collect(),
        }
    }
}
