//! The Wan diffusion transformer: predicts the flow velocity from noisy latents, timestep and text.
//!
//! Source: Wan2.2 `wan/modules/model.py` (`WanModel`), VACE: `wan/modules/vace_model.py` of Wan2.1,
//! camera and references: VideoX-Fun `models/wan_camera_adapter.py`, `models/wan_transformer3d.py`. Field names are those
//! of the checkpoints.
//! Shapes are written b (batch), l (tokens), d (width), h (heads), c f h w (latents).

mod attention;
mod block;
mod blocks;
mod camera_adapter;
mod channels;
mod config;
mod image_embedding;
mod patches;
mod references;
mod rope;
mod text_conditioning;
mod time;
mod vace;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::nn::Linear;
use crate::weights::{Blocks, Check, ModuleStream, Weights};

pub use attention::{Context, TextKeyValues};
use block::Block;
pub use blocks::{BLOCKS, VACE_BLOCKS};
use blocks::{control_stack, main_stack};
use camera_adapter::{CameraAdapter, Conv2d};
pub use channels::{Concatenated, MASK_CHANNELS};
pub use config::{CameraConfig, Config, ImageInput, VaceConfig};
use image_embedding::ImageEmbedding;
use patches::{Head, PatchEmbedding, unpatchify};
pub use references::ReferenceTokens;
pub use rope::Rope;
pub use text_conditioning::TextConditioning;
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
    img_emb: Option<ImageEmbedding>,
    ref_conv: Option<Conv2d>,
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
        let img_emb = match &config.image {
            Some(input) => Some(ImageEmbedding::new(input, width, weights.at("img_emb"))?),
            None => None,
        };
        let ref_conv = match config.reference_channels {
            Some(channels) => {
                let weights = weights.at("ref_conv");
                Some(Conv2d::new(weights, channels, width, PATCH[1])?)
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
            img_emb,
            ref_conv,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        self.patch_embedding.kind()
    }

    /// Embeds the latents of a reference picture, 1 x c x 1 x h x w: 1 x l x d, for [`ReferenceTokens::before`]. `None`
    /// without the convolution for it.
    pub fn embed_reference(&self, latents: &Tensor) -> Option<Tensor> {
        let conv = self.ref_conv.as_ref()?;
        let features = conv.forward(&latents.select(2, 0).to_kind(self.kind()), PATCH[1], 0);
        Some(features.flatten(2, -1).transpose(1, 2).contiguous())
    }

    /// Embeds the latents of subjects, b x c x r x h x w: b x l x d, for [`ReferenceTokens::after`].
    pub fn embed_subjects(&self, latents: &Tensor) -> Tensor {
        self.patch_embedding.forward(&latents.to_kind(self.kind()))
    }

    /// Embeds the rays of some latent frames, b x 24 x f x 8h x 8w (see `camera`): b x l x d. Frames are independent
    /// here, so a long path can be embedded frame by frame. `None` without a camera branch.
    pub fn embed_rays(&self, rays: &Tensor) -> Option<Tensor> {
        let adapter = self.control_adapter.as_ref()?;
        Some(adapter.forward(&rays.to_kind(adapter.kind())))
    }

    /// Prepares the conditioning of a clip. `latent` is f x h x w, with the frames of references; `camera` is the result
    /// of `embed_rays` for all frames; `control` is the VACE context, b x 96 x f x h x w, with a scale per control block.
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
        self.forward_while(x, timestep, text, conditioning, &mut || Ok(()))
    }

    /// As [`Self::forward`]. `check` is called before each block that is read when it runs; its error stops the work.
    pub fn forward_while(
        &self,
        x: &Tensor,
        timestep: &Tensor,
        text: &TextConditioning,
        conditioning: &StaticConditioning,
        check: &mut Check,
    ) -> Result<Tensor, Failure> {
        self.run(x, timestep, (text, conditioning), check, &mut |_, _| ())
    }

    /// As [`Self::forward`], with the tokens after the block of this number, from 0: b x l x width.
    pub fn forward_with_tokens(
        &self,
        x: &Tensor,
        timestep: &Tensor,
        (text, conditioning): (&TextConditioning, &StaticConditioning),
        after: usize,
    ) -> Result<(Tensor, Tensor), Failure> {
        let mut seen = None;
        let mut watch = |layer: usize, tokens: &Tensor| {
            if layer == after {
                seen = Some(text.references.without(tokens));
            }
        };
        let inputs = (text, conditioning);
        let velocity = self.run(x, timestep, inputs, &mut || Ok(()), &mut watch)?;
        let tokens = seen.ok_or_else(|| Failure::bug(format!("there is no block {after}")))?;
        Ok((velocity, tokens))
    }

    /// The forward pass. `watch` is called with the number of each block and the tokens after it.
    fn run(
        &self,
        x: &Tensor,
        timestep: &Tensor,
        (text, conditioning): (&TextConditioning, &StaticConditioning),
        check: &mut Check,
        watch: &mut dyn FnMut(usize, &Tensor),
    ) -> Result<Tensor, Failure> {
        let references = &text.references;
        let time = self.time_embedding.forward(&references.timesteps(timestep));
        let mut tokens = self.patch_embedding.forward(x); // b l d
        if let Some(camera) = &conditioning.camera {
            tokens += camera;
        }
        let mut tokens = references.around(tokens);
        let hints = self.hints((&tokens, &time.blocks), text, conditioning, check)?;
        self.blocks.for_each_while(check, |layer, block| {
            let text = &text.blocks[layer];
            tokens = block.forward(&tokens, &time.blocks, text, &conditioning.rope);
            if let Some((hint, strength)) = self.hint_after(layer, &hints, conditioning) {
                tokens += hint * strength;
            }
            watch(layer, &tokens);
            Ok(())
        })?;
        let patches = self.head.forward(&tokens, &time.head); // b l 4c
        let patches = references.without(&patches);
        Ok(unpatchify(&patches, x, self.config.out_channels))
    }

    /// The hints of all control blocks, computed from the tokens before the first block.
    fn hints(
        &self,
        (tokens, time): (&Tensor, &Tensor),
        text: &TextConditioning,
        conditioning: &StaticConditioning,
        check: &mut Check,
    ) -> Result<Vec<Tensor>, Failure> {
        let mut hints = Vec::new();
        let Some((vace, control)) = self.vace.as_ref().zip(conditioning.control.as_ref()) else {
            return Ok(hints);
        };
        let mut running = control.tokens.shallow_clone();
        vace.blocks.for_each_while(check, |layer, block| {
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
