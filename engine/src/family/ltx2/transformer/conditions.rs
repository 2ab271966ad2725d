//! Everything that a forward pass is given beside the noisy latents: texts, positions, timesteps, masks, and which kind
//! of pass it is.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::streams::{Modality, Streams};

/// The lowest score that is added where nothing is attended to.
const HIDDEN: f64 = -10_000.0;

/// The conditions of a forward pass.
#[derive(Debug)]
pub struct Conditions<'t> {
    /// Those of the streams that have latents.
    pub streams: Streams<StreamConditions<'t>>,
    /// The kind of pass.
    pub pass: Pass,
}

/// The conditions of a stream. b is the batch, l the tokens with those of keyframes and references.
#[derive(Clone, Copy, Debug)]
pub struct StreamConditions<'t> {
    /// The text from the connector: b x k x c.
    pub text: &'t Tensor,
    /// How much each row of the text counts, from 0 to 1: b x k.
    pub text_mask: Option<&'t Tensor>,
    /// The interval of each token on each axis, see `positions`: b|1 x axes x l x 2, fp32. Three axes for the picture, one
    /// for the sound.
    pub positions: &'t Tensor,
    /// sigma x 1000, one for all tokens or one for each: \[b\] or \[b, l\]. Given tokens have 0, or less than the others.
    pub timesteps: &'t Tensor,
    /// sigma x 1000 of the step, without regard to given tokens: \[b\].
    pub time_of_step: &'t Tensor,
    /// How much each token (row) attends to each of its stream (column), from 0 to 1: b|1 x l x l.
    pub attention_mask: Option<&'t Tensor>,
    /// Above 0 for tokens whose latent frame is a single picture, which 2.5 marks: b|1 x l. Pictures that are appended as
    /// references are not marked.
    pub keyframes: Option<&'t Tensor>,
}

/// The kind of a forward pass.
#[derive(Debug, Default)]
pub struct Pass {
    /// Self-attention that is replaced by its values, for spatio-temporal guidance (STG).
    pub perturbation: Option<Perturbation>,
    /// No attention between picture and sound, for the guidance of modalities.
    pub is_isolated: bool,
}

/// Which self-attention is replaced by its values.
#[derive(Debug)]
pub struct Perturbation {
    /// The numbers of the blocks, from 0. In both streams.
    pub blocks: Vec<usize>,
    /// 0 for clips of the batch that are perturbed, 1 for the others: \[b\]. `None`: all are.
    pub whole: Option<Tensor>,
}

impl StreamConditions<'_> {
    /// Checks the shapes against those of the latents, b x l x c.
    pub fn check(&self, modality: Modality, latents: &Tensor) -> Result<(), Failure> {
        let axes = match modality {
            Modality::Video => 3,
            Modality::Audio => 1,
        };
        let wrong = |what: &str, size: Vec<i64>| {
            let (stream, latents) = (modality.word(), latents.size());
            Failure::bug(format!(
                "{what} of the {stream}: {size:?} for latents {latents:?}"
            ))
        };
        let [batch, length, _] = latents.size()[..] else {
            return Err(wrong("latents", latents.size()));
        };
        match self.positions.size()[..] {
            [of, has, tokens, 2] if (of == 1 || of == batch) && has == axes && tokens == length => {
            }
            _ => return Err(wrong("positions", self.positions.size())),
        }
        match self.timesteps.size()[..] {
            [of] if of == batch => {}
            [of, 1] if of == batch => {}
            [of, tokens] if of == batch && tokens == length => {}
            _ => return Err(wrong("timesteps", self.timesteps.size())),
        }
        match self.time_of_step.size()[..] {
            [of] if of == batch => Ok(()),
            _ => Err(wrong("the time of the step", self.time_of_step.size())),
        }
    }

    /// Added to the scores of the text: b x 1 x 1 x k.
    pub fn text_scores(&self, kind: Kind) -> Option<Tensor> {
        let mask = self.text_mask?;
        Some(scores(mask, kind).unsqueeze(1).unsqueeze(1))
    }

    /// Added to the scores of self-attention: b|1 x 1 x l x l.
    pub fn own_scores(&self, kind: Kind) -> Option<Tensor> {
        let mask = self.attention_mask?;
        Some(scores(mask, kind).unsqueeze(1))
    }
}

/// A mask as what is added to scores: its logarithm, so that attention is multiplied by it (ltx-core
/// `_prepare_self_attention_mask`; diffusers has the same for 0 and 1).
fn scores(mask: &Tensor, kind: Kind) -> Tensor {
    let mask = mask.to_kind(Kind::Float);
    mask.log().clamp_min(HIDDEN).to_kind(kind)
}
