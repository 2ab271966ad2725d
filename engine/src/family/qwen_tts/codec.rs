//! The decoder of the codec: from the codes of frames to a wave. Quantisers, a causal transformer with a window, and
//! causal convolutions that lengthen step by step. Source: `qwen_tts` `Qwen3TTSTokenizerV2Decoder`.
//!
//! It is always computed in fp32: it is small, and bf16 is heard.

mod config;
mod layers;
mod quantiser;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::layer::Layers;
use crate::nn::{Linear, RmsNorm};
use crate::sound::SnakeBeta;
use crate::weights::Weights;
pub use config::CodecConfig;
use layers::{CausalConv, ConvNext, Lengthening, ResidualUnit};
use quantiser::Quantiser;

/// Lengths of the kernels at the beginning and the end of the convolutions.
const KERNEL: i64 = 7;
/// Length of the kernel before the transformer.
const FIRST_KERNEL: i64 = 3;
/// Frames between the numbers that the kernels of a stage read.
const DILATIONS: [i64; 3] = [1, 3, 9];

/// The pieces in which a wave is made. They are part of what a model sounds like: the transformer would read
/// beyond the beginning of a piece, and its positions begin anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// Frames of a piece.
    pub frames: usize,
    /// Frames before it that are made again, and thrown away.
    pub before: usize,
}

impl Default for Pieces {
    /// Those of the reference.
    fn default() -> Self {
        Self {
            frames: 300,
            before: 25,
        }
    }
}

/// The decoder.
#[derive(Debug)]
pub struct Codec {
    quantiser: Quantiser,
    pre_conv: CausalConv,
    input_proj: Linear,
    layers: Layers,
    norm: RmsNorm,
    output_proj: Linear,
    upsample: Vec<(Lengthening, ConvNext)>,
    first: CausalConv,
    stages: Vec<Stage>,
    snake: SnakeBeta,
    last: CausalConv,
    config: CodecConfig,
}

/// A stage of the convolutions: it lengthens, and halves the channels.
#[derive(Debug)]
struct Stage {
    snake: SnakeBeta,
    lengthening: Lengthening,
    units: Vec<ResidualUnit>,
}

impl Codec {
    /// Builds it from its parameters.
    pub fn new(config: &CodecConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut decoder = weights.at("decoder");
        let (latent, width) = (config.latent_channels, config.layers.width);
        let quantiser = Quantiser::new(config, decoder.at("quantizer"))?;
        let channels = config.code_channels;
        let pre_conv = CausalConv::new(decoder.at("pre_conv"), channels, latent, FIRST_KERNEL)?;
        let mut transformer = decoder.at("pre_transformer");
        let input_proj = Linear::new(transformer.at("input_proj"), latent, width)?;
        let output_proj = Linear::new(transformer.at("output_proj"), width, latent)?;
        let layers = Layers::new(&config.layers, transformer.here())?;
        let norm = RmsNorm::new(transformer.at("norm"), width, config.layers.epsilon)?;
        let mut list = decoder.at("upsample");
        let mut upsample = Vec::new();
        for (at, factor) in config.first_factors.iter().enumerate() {
            let mut both = list.at(at);
            upsample.push((
                Lengthening::new(both.at(0), latent, latent, (*factor, *factor))?,
                ConvNext::new(both.at(1), latent)?,
            ));
        }
        let mut list = decoder.at("decoder");
        let first = CausalConv::new(list.at(0), latent, config.channels, KERNEL)?;
        let mut stages = Vec::new();
        for (at, factor) in config.factors.iter().enumerate() {
            let channels = config.channels >> at;
            stages.push(Stage::new(list.at(at + 1).at("block"), channels, *factor)?);
        }
        let (count, outputs) = (stages.len(), config.channels >> stages.len());
        Ok(Self {
            quantiser,
            pre_conv,
            input_proj,
            layers,
            norm,
            output_proj,
            upsample,
            first,
            stages,
            snake: SnakeBeta::new(list.at(count + 1), outputs)?,
            last: CausalConv::new(list.at(count + 2), outputs, 1, KERNEL)?,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &CodecConfig {
        &self.config
    }

    /// The wave of frames, 1 x n in [-1, 1] on the CPU, in fp32, made in pieces: memory does not grow with its length.
    /// `progress` receives the fraction done before each piece, and nothing before each stage of one; it may stop the work.
    /// Fails for codes outside the codebooks.
    pub fn decode(
        &self,
        frames: &[Vec<i64>],
        pieces: Pieces,
        progress: &mut dyn FnMut(Option<f64>) -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        self.check(frames)?;
        let _no_grad = tch::no_grad_guard();
        let mut waves = Vec::new();
        let starts = (0..frames.len()).step_by(pieces.frames.max(1));
        for start in starts {
            progress(Some(start as f64 / frames.len() as f64))?;
            let end = (start + pieces.frames.max(1)).min(frames.len());
            let before = pieces.before.min(start);
            let codes: Vec<i64> = frames
                .iter()
                .take(end)
                .skip(start - before)
                .flatten()
                .copied()
                .collect();
            let codes = Tensor::from_slice(&codes).view([-1, self.config.quantisers]);
            let codes = codes.to_device(self.last.device());
            let wave = self.piece(&codes, &mut || progress(None))?; // 1 n
            let again = before as i64 * self.config.samples_per_frame();
            let wave = wave.narrow(1, again, wave.size()[1] - again);
            waves.push(wave.to_device(Device::Cpu));
        }
        if waves.is_empty() {
            return Ok(Tensor::zeros([1, 0], (Kind::Float, Device::Cpu)));
        }
        Ok(Tensor::cat(&waves, 1))
    }

    /// Refuses frames of other lengths, and codes outside the codebooks.
    fn check(&self, frames: &[Vec<i64>]) -> Result<(), Failure> {
        let (groups, known) = (self.config.quantisers as usize, self.config.codes);
        let fits = |frame: &Vec<i64>| {
            frame.len() == groups && frame.iter().all(|code| (0..known).contains(code))
        };
        match frames.iter().position(|frame| !fits(frame)) {
            None => Ok(()),
            Some(at) => Err(Failure::refused(
                format!("frame {at} is not {groups} codes below {known}"),
                "use codes that were made for this codec",
            )),
        }
    }

    /// l x quantisers -> 1 x n.
    fn piece(
        &self,
        codes: &Tensor,
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        let latents = self.pre_conv.forward(&self.quantiser.decode(codes));
        let tokens = self.input_proj.forward(&latents.transpose(1, 2)); // 1 l d
        let tokens = self.norm.forward(&self.layers.whole(&tokens));
        let mut x = self.output_proj.forward(&tokens).transpose(1, 2); // 1 c t
        for (lengthening, block) in &self.upsample {
            check()?;
            x = block.forward(&lengthening.forward(&x));
        }
        x = self.first.forward(&x);
        for stage in &self.stages {
            check()?;
            x = stage.forward(&x);
        }
        let wave = self.last.forward(&self.snake.forward(&x)); // 1 1 n
        Ok(wave.squeeze_dim(1).clamp(-1.0, 1.0))
    }
}

impl Stage {
    fn new(mut weights: Weights, channels: i64, factor: i64) -> Result<Self, Failure> {
        let outputs = channels / 2;
        let snake = SnakeBeta::new(weights.at(0), channels)?;
        let kernel = (2 * factor, factor);
        let lengthening = Lengthening::new(weights.at(1), channels, outputs, kernel)?;
        let units = DILATIONS.iter().enumerate();
        let units = units.map(|(at, dilation)| {
            ResidualUnit::new(weights.at(at + 2), outputs, KERNEL, *dilation)
        });
        Ok(Self {
            snake,
            lengthening,
            units: units.collect::<Result<_, _>>()?,
        })
    }

    /// 1 c t -> 1 c/2 t*factor.
    fn forward(&self, x: &Tensor) -> Tensor {
        let longer = self.lengthening.forward(&self.snake.forward(x));
        let units = self.units.iter();
        units.fold(longer, |x, unit| unit.forward(&x))
    }
}
