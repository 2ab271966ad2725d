//! The layers of one stream around the blocks: latents to tokens, timesteps to modulations, tokens to velocities.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::conditions::StreamConditions;
use super::config::{StreamConfig, TextModulation};
use super::norms::{layer_normed, modulated};
use super::rope::{Rope, RopeKind};
use super::stream_block::StreamContext;
use super::streams::Modality;
use super::time::{AdaLayerNorm, Modulations, Times};
use crate::nn::Linear;
use crate::weights::Weights;

#[derive(Debug)]
pub struct Stream {
    config: StreamConfig,
    patchify_proj: Linear,
    caption_projection: Option<[Linear; 2]>,
    adaln_single: AdaLayerNorm,
    prompt_adaln_single: Option<AdaLayerNorm>,
    keyframes_abs_pos_embedding: Option<Tensor>, // 1 d
    scale_shift_table: Tensor,                   // 2 d
    proj_out: Linear,
    rope: RopeKind,
    epsilon: f64,
}

impl Stream {
    /// `weights` is the root of the network; the names in it are those of the stream.
    pub fn new(
        config: &StreamConfig,
        modality: Modality,
        (rope, epsilon): (RopeKind, f64),
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let width = config.width;
        let named = |name: &str| modality.named(name);
        let caption_projection = match config.caption_width {
            Some(caption_width) => {
                let mut layers = weights.at(named("caption_projection"));
                Some([
                    Linear::new(layers.at("linear_1"), caption_width, config.text_width)?,
                    Linear::new(layers.at("linear_2"), config.text_width, config.text_width)?,
                ])
            }
            None => None,
        };
        let prompt_adaln_single = match config.text_modulation {
            TextModulation::ByTime => Some(AdaLayerNorm::new(
                weights.at(named("prompt_adaln_single")),
                (config.time_width, config.text_width),
                2,
            )?),
            TextModulation::None | TextModulation::Fixed => None,
        };
        let keyframes = named("keyframes_abs_pos_embedding");
        let keyframes_abs_pos_embedding = match config.marks_keyframes {
            true => Some(weights.tensor(&keyframes, &[1, width])?),
            false => None,
        };
        Ok(Self {
            patchify_proj: Linear::new(
                weights.at(named("patchify_proj")),
                config.in_channels,
                width,
            )?,
            caption_projection,
            adaln_single: AdaLayerNorm::new(
                weights.at(named("adaln_single")),
                (config.time_width, width),
                config.rows(),
            )?,
            prompt_adaln_single,
            keyframes_abs_pos_embedding,
            scale_shift_table: weights.exact(&named("scale_shift_table"), &[2, width])?,
            proj_out: Linear::new(weights.at(named("proj_out")), width, config.out_channels)?,
            config: config.clone(),
            rope,
            epsilon,
        })
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        self.patchify_proj.kind()
    }

    /// The device that it runs on.
    fn device(&self) -> Device {
        self.scale_shift_table.device()
    }

    /// Noisy latents, b x l x c, as tokens: b x l x d.
    pub fn tokens(&self, latents: &Tensor, keyframes: Option<&Tensor>) -> Tensor {
        let tokens = self.patchify_proj.forward(&latents.to_kind(self.kind()));
        match keyframes.zip(self.keyframes_abs_pos_embedding.as_ref()) {
            Some((keyframes, embedding)) => {
                let marks = keyframes.gt(0.0).to_kind(self.kind()).unsqueeze(-1); // b l 1
                tokens + marks * embedding
            }
            None => tokens,
        }
    }

    /// What its blocks are given, and the modulations of its output.
    pub fn context(&self, given: &StreamConditions, times: &Times) -> (StreamContext, Modulations) {
        let kind = self.kind();
        let (time, output) = self.adaln_single.with_output(times);
        let text_time = self.prompt_adaln_single.as_ref().map(|embedding| {
            let times = Times::of(given.time_of_step);
            embedding.forward(&times)
        });
        let context = StreamContext {
            text: self.text(given.text),
            text_scores: given.text_scores(kind),
            rope: self.rope(given.positions),
            own_scores: given.own_scores(kind),
            time,
            text_time,
        };
        (context, output)
    }

    /// The velocity of each token: b x l x c, fp32.
    pub fn velocities(&self, tokens: &Tensor, output: &Modulations) -> Tensor {
        let (table, kind) = (&self.scale_shift_table, tokens.kind());
        let shift = output.row(0, &table.select(0, 0), kind);
        let factor = output.factor(1, &table.select(0, 1), kind);
        let normed = modulated(&layer_normed(tokens, self.epsilon), &factor, &shift);
        self.proj_out.forward(&normed).to_kind(Kind::Float)
    }

    /// The rotation of its tokens among themselves.
    fn rope(&self, positions: &Tensor) -> Rope {
        let positions = positions.to_device(self.device());
        Rope::new(&positions, self.config.width, self.config.heads, self.rope)
    }

    /// The rotation of its tokens in the attention between the streams, whose queries have this width: by time alone.
    pub fn rope_in_time(&self, positions: &Tensor, width: i64) -> Rope {
        let seconds = positions.narrow(1, 0, 1);
        let seconds = seconds.to_device(self.device());
        Rope::new(&seconds, width, self.config.heads, self.rope)
    }

    /// The text in the width of the network: b x k x c.
    fn text(&self, text: &Tensor) -> Tensor {
        let text = text.to_kind(self.kind());
        match &self.caption_projection {
            Some([first, second]) => second.forward(&first.forward(&text).gelu("tanh")),
            None => text,
        }
    }
}
