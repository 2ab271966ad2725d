//! The transformer of the LTX-2 family: a stream for the picture and one for the sound, which attend to each other.
//! It predicts the flow velocities of both from noisy latents, timesteps and texts; either may be left out.
//!
//! Source: diffusers `LTX2VideoTransformer3DModel`, ltx-core `model/transformer`. Field names are those of the checkpoints.
//! Shapes are written b (batch), l (tokens of the picture), t (tokens of the sound), k (rows of text), d (width), h (heads).

mod attention;
mod block;
mod conditions;
mod config;
mod crossing;
mod names;
mod norms;
pub mod positions;
mod rope;
mod stream;
mod stream_block;
mod streams;
mod time;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::{Blocks, Check, ModuleStream, Weights};

use attention::SelfAttention;
pub use block::BLOCKS;
use block::{Block, stack};
pub use conditions::{Conditions, Pass, Perturbation, StreamConditions};
pub use config::{Config, CrossingConfig, StreamConfig, TextModulation};
use crossing::{CrossSide, CrossTime};
pub use names::TransformerNaming;
pub use rope::RopeKind;
use stream::Stream;
pub use streams::{Modality, Streams};
use time::Times;

/// An LTX-2 transformer, with the streams that its checkpoint has.
#[derive(Debug)]
pub struct Transformer {
    config: Config,
    streams: Streams<Stream>,
    crossing: Option<Crossing>,
    blocks: Blocks<Block>,
}

/// The layers for the attention between the streams that all blocks share.
#[derive(Debug)]
struct Crossing {
    video: CrossTime,
    audio: CrossTime,
    config: CrossingConfig,
}

/// A stream of a pass: its layers, its conditions, its timesteps.
type Given<'p> = (&'p Stream, &'p StreamConditions<'p>, Times);

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
        let blocks = stack(config, weights.here(), stream)?;
        let streams = config.streams.as_ref();
        let crossing = match (&config.crossing, streams.both()) {
            (Some(crossing), Some((video, audio))) => Some(Crossing {
                video: CrossTime::new(video, Modality::Video, weights.here())?,
                audio: CrossTime::new(audio, Modality::Audio, weights.here())?,
                config: crossing.clone(),
            }),
            _ => None,
        };
        let shared = (config.rope, config.epsilon);
        let streams = streams
            .try_map(|modality, stream| Stream::new(stream, modality, shared, weights.here()))?;
        Ok(Self {
            config: config.clone(),
            streams,
            crossing,
            blocks,
        })
    }

    /// Its shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        let streams = self.streams.as_ref();
        let stream = streams.video.or(streams.audio);
        stream.map_or(Kind::Float, Stream::kind)
    }

    /// The velocities (noise - data) at the latents of the picture, b x l x c, and of the sound, b x t x c, in fp32. What
    /// has no latents is left out; without one stream the other attends to itself and its text.
    pub fn forward(
        &self,
        latents: Streams<&Tensor>,
        conditions: &Conditions,
    ) -> Result<Streams<Tensor>, Failure> {
        self.forward_while(latents, conditions, &mut || Ok(()))
    }

    /// As [`Self::forward`]. `check` is called before each block that is read when it runs; its error stops the work.
    pub fn forward_while(
        &self,
        latents: Streams<&Tensor>,
        conditions: &Conditions,
        check: &mut Check,
    ) -> Result<Streams<Tensor>, Failure> {
        let given =
            latents.try_map(|modality, latents| self.given(modality, latents, conditions))?;
        if given.video.is_none() && given.audio.is_none() {
            return Err(Failure::bug("a forward pass without latents"));
        }
        let mut tokens = latents.try_map(|modality, latents| {
            let (stream, given, _) = part(&given, modality)?;
            Ok(stream.tokens(latents, given.keyframes))
        })?;
        let mut outputs = Streams {
            video: None,
            audio: None,
        };
        let contexts = given.as_ref().try_map(|modality, (stream, given, times)| {
            let (context, output) = stream.context(given, times);
            match modality {
                Modality::Video => outputs.video = Some(output),
                Modality::Audio => outputs.audio = Some(output),
            }
            Ok(context)
        })?;
        let sides = self.sides(&given, &conditions.pass);
        let sides = sides.as_ref().map(|(video, audio)| (video, audio));
        let perturbation = conditions.pass.perturbation.as_ref();
        let whole = perturbation.and_then(|perturbation| perturbation.whole.as_ref());
        let whole = whole.map(|whole| {
            let device = latents.video.or(latents.audio).map(Tensor::device);
            let whole = whole.to_device(device.unwrap_or(whole.device()));
            whole.to_kind(self.kind()).view([-1, 1, 1])
        });
        self.blocks.for_each_while(check, |layer, block| {
            let is_perturbed = perturbation.is_some_and(|these| these.blocks.contains(&layer));
            let how = match (is_perturbed, &whole) {
                (false, _) => SelfAttention::Whole,
                (true, None) => SelfAttention::Perturbed,
                (true, Some(whole)) => SelfAttention::Partly(whole),
            };
            block.forward(&mut tokens, &contexts, sides, how);
            Ok(())
        })?;
        tokens.try_map(|modality, tokens| {
            let (stream, ..) = part(&given, modality)?;
            Ok(stream.velocities(&tokens, part(&outputs, modality)?))
        })
    }

    /// The layers and conditions for latents of a stream.
    fn given<'p>(
        &'p self,
        modality: Modality,
        latents: &Tensor,
        conditions: &'p Conditions,
    ) -> Result<Given<'p>, Failure> {
        let stream = self.streams.get(modality).ok_or_else(|| {
            let what = modality.word();
            Failure::refused(
                format!("the weights of this LTX-2 transformer have no part for the {what}"),
                "choose an LTX-2 model with picture and sound",
            )
        })?;
        let given = part(&conditions.streams, modality)?;
        given.check(modality, latents)?;
        Ok((stream, given, Times::of(given.timesteps)))
    }

    /// Both sides of the attention between the streams, if the pass has it.
    fn sides(&self, given: &Streams<Given>, pass: &Pass) -> Option<(CrossSide, CrossSide)> {
        let crossing = self.crossing.as_ref().filter(|_| !pass.is_isolated)?;
        let (video, audio) = given.as_ref().both()?;
        let side = |layers: &CrossTime, own: &Given, other: &Given| {
            let (stream, conditions, times) = own;
            let rope = stream.rope_in_time(conditions.positions, crossing.config.width);
            let factor = crossing.config.gate_time_factor;
            match crossing.config.takes_other_time {
                true => layers.side(rope, &Times::of(other.1.time_of_step), factor),
                false => layers.side(rope, times, factor),
            }
        };
        Some((
            side(&crossing.video, video, audio),
            side(&crossing.audio, audio, video),
        ))
    }
}

/// What a stream of a pass has.
fn part<T>(of: &Streams<T>, modality: Modality) -> Result<&T, Failure> {
    of.get(modality).ok_or_else(|| {
        let what = modality.word();
        Failure::bug(format!("latents of the {what} without its conditions"))
    })
}
