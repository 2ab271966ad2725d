//! The Wan diffusion transformer: predicts the flow velocity from noisy latents, timestep and text.
//!
//! Source: Wan2.2 `wan/modules/model.py` (`WanModel`), VACE: `wan/modules/vace_model.py` of Wan2.1,
//! camera: VideoX-Fun `models/wan_camera_adapter.py`. Field names are those of the checkpoints.
//! Shapes are written b (batch), l (tokens), d (width), h (heads), c f h w (latents).

mod attention;
mod block;
mod blocks;
mod camera_adapter;
mod config;
mod rope;
mod time;
mod vace;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::text::TEXT_LENGTH;
use crate::nn::Linear;
use crate::weights::{Blocks, ModuleStream, Weights};

pub use attention::TextKeyValues;
use block::{Block, modulated_norm};
pub use blocks::{BLOCKS, VACE_BLOCKS};
use blocks::{control_stack, for_each_cross_attention, main_stack};
use camera_adapter::CameraAdapter;
pub use config::{CameraConfig, Config, VaceConfig};
pub use rope::Rope;
use time::TimeEmbedding;
use vace::VaceBlock;

/// Patch size in latent frames, rows and columns. Each patch is one token.
pub const PATCH: [i64; 3] = [1, 2, 2];

/// A Wan transformer, with the branches that its checkpoint has.
#[derive(Debug)]
pub struct Transformer {
    config: Config,
    patch_embedding: PatchEmbedding,
    text_embedding: [Linear; 2],
    time_embedding: TimeEmbedding,
    blocks: Blocks<Block>,
    head: Head,
    vace: Option<Vace>,
    control_adapter: Option<CameraAdapter>,
}

#[derive(Debug)]
struct Vace {
    patch_embedding: PatchEmbedding,
    blocks: Blocks<VaceBlock>,
}

/// Conditioning that stays the same over all steps of a clip. Computed once.
#[derive(Debug)]
pub struct StaticConditioning {
    /// The rotary position embedding.
    pub rope: Rope,
    /// The embedded camera rays, added to the patch embeddings: b x l x d.
    pub camera: Option<Tensor>,
    /// The input of the control branch.
    pub control: Option<Control>,
}

/// The embedded VACE context, and the scale of each control block. The blocks' outputs depend on the step, this input
/// does not.
#[derive(Debug)]
pub struct Control {
    tokens: Tensor, // b l d
    strengths: Vec<f64>,
}

/// A text as keys and values for the cross-attention of every block.
#[derive(Debug, Default)]
pub struct TextConditioning {
    blocks: Vec<TextKeyValues>,
    vace: Vec<TextKeyValues>,
}

impl Transformer {
    /// Builds the network from its parameters.
    pub fn new(config: &Config, weights: Weights) -> Result<Self, Failure> {
        Self::build(config, weights, None)
    }

    /// As [`Self::new`], with blocks that are read when they run. The same results, bit for bit.
    pub fn streamed(
        config: &Config,
        weights: Weights,
        stream: &ModuleStream,
    ) -> Result<Self, Failure> {
        Self::build(config, weights, Some(stream))
    }

    fn build(
        config: &Config,
        mut weights: Weights,
        stream: Option<&ModuleStream>,
    ) -> Result<Self, Failure> {
        let width = config.width;
        let blocks = main_stack(config, weights.here(), stream)?;
        let vace = match &config.vace {
            Some(vace) => Some(Vace {
                patch_embedding: PatchEmbedding::new(
                    weights.at("vace_patch_embedding"),
                    vace.in_channels,
                    width,
                )?,
                blocks: control_stack(config, vace.layers.len(), weights.here(), stream)?,
            }),
            None => None,
        };
        let control_adapter = match &config.camera {
            Some(camera) => {
                let weights = weights.at("control_adapter");
                Some(CameraAdapter::new(camera, width, weights)?)
            }
            None => None,
        };
        Ok(Self {
            patch_embedding: PatchEmbedding::new(
                weights.at("patch_embedding"),
                config.in_channels,
                width,
            )?,
            text_embedding: [
                Linear::new(weights.at("text_embedding").at(0), config.text_width, width)?,
                Linear::new(weights.at("text_embedding").at(2), width, width)?,
            ],
            time_embedding: TimeEmbedding::new(config, &mut weights)?,
            blocks,
            head: Head::new(config, weights.at("head"))?,
            vace,
            control_adapter,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        self.patch_embedding.weight.kind()
    }

    /// Embeds a text, once per clip. `embeddings`: b x 512 x text width, padded with zero rows. The zero rows take part
    /// in attention, as in training.
    pub fn embed_text(&self, embeddings: &Tensor) -> Result<TextConditioning, Failure> {
        let [text] = self.embed_texts([embeddings])?;
        Ok(text)
    }

    /// Embeds several texts, each as [`Transformer::embed_text`] does. Blocks that are not in memory are read once for
    /// all of them.
    pub fn embed_texts<const N: usize>(
        &self,
        embeddings: [&Tensor; N],
    ) -> Result<[TextConditioning; N], Failure> {
        self.embed_texts_with(embeddings, None)
    }

    /// As [`Transformer::embed_text`], with one zero row instead of all: b x k x text width, where the last row counts
    /// for all that are missing of 512. Equal in fp32. For training, where the zero rows would be most of the work.
    pub fn embed_short_text(&self, embeddings: &Tensor) -> Result<TextConditioning, Failure> {
        let rows = embeddings.size()[1];
        let weight = ((TEXT_LENGTH - rows + 1) as f64).ln();
        let weights = Tensor::zeros([1, 1, 1, rows], (embeddings.kind(), embeddings.device()));
        let _ = weights.narrow(3, rows - 1, 1).fill_(weight);
        let [text] = self.embed_texts_with([embeddings], Some(&weights))?;
        Ok(text)
    }

    /// `weights` is added to the attention scores of the text rows.
    fn embed_texts_with<const N: usize>(
        &self,
        embeddings: [&Tensor; N],
        weights: Option<&Tensor>,
    ) -> Result<[TextConditioning; N], Failure> {
        let [first, second] = &self.text_embedding;
        let texts = embeddings.map(|text| second.forward(&first.forward(text).gelu("tanh"))); // b 512 d
        let mut embedded = [(); N].map(|()| TextConditioning::default());
        for_each_cross_attention(&self.config, &self.blocks, Block::cross_attn, |attention| {
            for (text, embedded) in texts.iter().zip(&mut embedded) {
                embedded
                    .blocks
                    .push(attention.text_key_values(text, weights));
            }
            Ok(())
        })?;
        let Some(vace) = &self.vace else {
            return Ok(embedded);
        };
        for_each_cross_attention(
            &self.config,
            &vace.blocks,
            VaceBlock::cross_attn,
            |attention| {
                for (text, embedded) in texts.iter().zip(&mut embedded) {
                    embedded.vace.push(attention.text_key_values(text, weights));
                }
                Ok(())
            },
        )?;
        Ok(embedded)
    }

    /// Embeds the rays of some latent frames, b x 24 x f x 8h x 8w (see `camera`): b x l x d. Frames are independent
    /// here, so a long path can be embedded frame by frame. `None` without a camera branch.
    pub fn embed_rays(&self, rays: &Tensor) -> Option<Tensor> {
        let adapter = self.control_adapter.as_ref()?;
        Some(adapter.forward(&rays.to_kind(adapter.kind())))
    }

    /// Prepares the conditioning of a clip. `latent` is f x h x w; `camera` is the result of `embed_rays` for all
    /// frames; `control` is the VACE context, b x 96 x f x h x w, with a scale per control block.
    pub fn static_conditioning(
        &self,
        latent: [i64; 3],
        camera: Option<Tensor>,
        control: Option<(&Tensor, &[f64])>,
        (kind, device): (Kind, Device),
    ) -> StaticConditioning {
        let grid = [latent[0], latent[1] / PATCH[1], latent[2] / PATCH[2]];
        let control = self.vace.as_ref().zip(control);
        StaticConditioning {
            rope: Rope::new(grid, self.config.head_width(), device, kind),
            camera,
            control: control.map(|(vace, (video, strengths))| Control {
                tokens: vace.patch_embedding.forward(video),
                strengths: strengths.to_vec(),
            }),
        }
    }

    /// The velocity (noise - data) at `x`: `b x in_channels x f x h x w -> b x out_channels x f x h x w`.
    /// `timestep` is sigma * 1000, one for all or one per token: \[1\] or \[b, l\].
    pub fn forward(
        &self,
        x: &Tensor,
        timestep: &Tensor,
        text: &TextConditioning,
        conditioning: &StaticConditioning,
    ) -> Result<Tensor, Failure> {
        let time = self.time_embedding.forward(timestep);
        let mut tokens = self.patch_embedding.forward(x); // b l d
        if let Some(camera) = &conditioning.camera {
            tokens += camera;
        }
        let hints = self.hints(&tokens, &time.blocks, text, conditioning)?;
        self.blocks.for_each(|layer, block| {
            let text = &text.blocks[layer];
            tokens = block.forward(&tokens, &time.blocks, text, &conditioning.rope);
            if let Some((hint, strength)) = self.hint_after(layer, &hints, conditioning) {
                tokens += hint * strength;
            }
            Ok(())
        })?;
        let patches = self.head.forward(&tokens, &time.head); // b l 4c
        Ok(unpatchify(&patches, x, self.config.out_channels))
    }

    /// The hints of all control blocks, computed from the tokens before the first block.
    fn hints(
        &self,
        tokens: &Tensor,
        time: &Tensor,
        text: &TextConditioning,
        conditioning: &StaticConditioning,
    ) -> Result<Vec<Tensor>, Failure> {
        let mut hints = Vec::new();
        let Some((vace, control)) = self.vace.as_ref().zip(conditioning.control.as_ref()) else {
            return Ok(hints);
        };
        let mut running = control.tokens.shallow_clone();
        vace.blocks.for_each(|layer, block| {
            let (keys, rope) = (&text.vace[layer], &conditioning.rope);
            let hint;
            (running, hint) = block.forward(&running, tokens, time, keys, rope);
            hints.push(hint);
            Ok(())
        })?;
        Ok(hints)
    }

    fn hint_after<'h>(
        &self,
        layer: usize,
        hints: &'h [Tensor],
        conditioning: &StaticConditioning,
    ) -> Option<(&'h Tensor, f64)> {
        let layers = &self.config.vace.as_ref()?.layers;
        let at = layers.iter().position(|&controlled| controlled == layer)?;
        Some((
            hints.get(at)?,
            *conditioning.control.as_ref()?.strengths.get(at)?,
        ))
    }
}

/// Latents to tokens: a convolution with the patch size as kernel and stride.
#[derive(Debug)]
struct PatchEmbedding {
    weight: Tensor, // d c 1 2 2
    bias: Tensor,
}

impl PatchEmbedding {
    fn new(mut weights: Weights, channels: i64, width: i64) -> Result<Self, Failure> {
        let [frames, rows, columns] = PATCH;
        Ok(Self {
            weight: weights.tensor("weight", &[width, channels, frames, rows, columns])?,
            bias: weights.tensor("bias", &[width])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let patches = x.conv3d(&self.weight, Some(&self.bias), PATCH, [0], [1], 1); // b d f h w
        patches.flatten(2, -1).transpose(1, 2).contiguous() // b l d
    }
}

/// Tokens to patches of velocity: modulated norm and projection.
#[derive(Debug)]
struct Head {
    /// `head.head` in the checkpoint.
    projection: Linear,
    modulation: Tensor, // 1 2 d
    epsilon: f64,
}

impl Head {
    fn new(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let patch: i64 = PATCH.iter().product();
        Ok(Self {
            projection: Linear::new(
                weights.at("head"),
                config.width,
                patch * config.out_channels,
            )?,
            modulation: weights.exact("modulation", &[1, 2, config.width])?,
            epsilon: config.epsilon,
        })
    }

    /// `time` is the time embedding before its projection to six modulations: b x 1|l x d.
    fn forward(&self, tokens: &Tensor, time: &Tensor) -> Tensor {
        let modulation = (&self.modulation + time.unsqueeze(2)).unbind(2); // 2 of b 1|l d
        let normed = modulated_norm(tokens, &modulation[0], &modulation[1], self.epsilon);
        self.projection.forward(&normed)
    }
}

/// b x l x (1 * 2 * 2 * c), channels last, to b x c x f x h x w. The size is taken from `x`.
fn unpatchify(patches: &Tensor, x: &Tensor, channels: i64) -> Tensor {
    let size = x.size();
    let (batch, frames, height, width) = (size[0], size[2], size[3], size[4]);
    let [patch_frames, patch_height, patch_width] = PATCH;
    let grid = [
        batch,
        frames / patch_frames,
        height / patch_height,
        width / patch_width,
    ];
    let split = [&grid[..], &PATCH[..], &[channels]].concat();
    patches
        .view(split.as_slice()) // b f h w pf ph pw c
        .permute([0, 7, 1, 4, 2, 5, 3, 6]) // b c f pf h ph w pw
        .reshape([batch, channels, frames, height, width])
        .to_kind(Kind::Float)
}
