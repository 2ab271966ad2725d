//! The code predictor: a small causal transformer over the codes of one frame. It reads the talker's state and the
//! first code, and predicts the others one by one. Source: `qwen_tts`
//! `Qwen3TTSTalkerCodePredictorModelForConditionalGeneration`.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::TalkerConfig;
use super::layer::{Cache, Layers};
use crate::nn::{Linear, RmsNorm};
use crate::weights::{Matrix, Weights};

/// Chooses a code by its scores, 1 x 1 x codes. An error stops the work.
pub type Choose<'c> = dyn FnMut(&Tensor) -> Result<i64, Failure> + 'c;

/// The code predictor.
#[derive(Debug)]
pub struct CodePredictor {
    layers: Layers,
    norm: RmsNorm,
    /// Of all codes but the first.
    embeddings: Vec<Matrix>, // codes, width of the talker
    heads: Vec<Linear>,
    /// From the talker's width to its own, if they differ.
    projection: Option<Linear>,
}

impl CodePredictor {
    /// Builds it from its parameters.
    pub fn new(talker: &TalkerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let config = &talker.predictor;
        let (outer, width) = (talker.layers.width, config.layers.width);
        let others = 0..talker.groups - 1;
        let mut model = weights.at("model");
        let layers = Layers::new(&config.layers, model.here())?;
        let norm = RmsNorm::new(model.at("norm"), width, config.layers.epsilon)?;
        let mut list = model.at("codec_embedding");
        let embeddings = others
            .clone()
            .map(|at| list.at(at).matrix("weight", &[config.codes, outer]));
        let embeddings = embeddings.collect::<Result<_, _>>()?;
        let mut list = weights.at("lm_head");
        let heads = others.map(|at| Linear::plain(list.at(at), width, config.codes));
        let heads = heads.collect::<Result<_, _>>()?;
        let projection = if outer == width {
            None
        } else {
            let projection = weights.at("small_to_mtp_projection");
            Some(Linear::new(projection, outer, width)?)
        };
        Ok(Self {
            layers,
            norm,
            embeddings,
            heads,
            projection,
        })
    }

    /// The other codes of a frame, and the sum of their embeddings, 1 x 1 x d of the talker. `state` is the talker's
    /// state that the first code was chosen by, `first` that code's embedding, both 1 x 1 x d.
    pub fn others(
        &self,
        state: &Tensor,
        first: &Tensor,
        choose: &mut Choose,
    ) -> Result<(Vec<i64>, Tensor), Failure> {
        let mut cache = Cache::default();
        let mut codes = Vec::new();
        let mut sum = first.zeros_like();
        let mut x = Tensor::cat(&[state, first], 1);
        for (head, embedding) in self.heads.iter().zip(&self.embeddings) {
            let own = match &self.projection {
                Some(projection) => projection.forward(&x),
                None => x,
            };
            let states = self.layers.forward(&own, &mut cache);
            let last = states.narrow(1, states.size()[1] - 1, 1);
            let code = choose(&head.forward(&self.norm.forward(&last)))?;
            codes.push(code);
            let place = Tensor::from_slice(&[code]).to_device(sum.device());
            x = embedding.embedding(&place.unsqueeze(0));
            sum += &x;
        }
        Ok((codes, sum))
    }
}
