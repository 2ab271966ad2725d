//! The talker: a causal transformer that reads text and codes, added where both stand, and predicts the first code of
//! the next frame. Source: `qwen_tts` `Qwen3TTSTalkerModel`, `Qwen3TTSTalkerForConditionalGeneration`.

use kinora_wire::Failure;
use tch::{Device, Tensor};

use super::config::TalkerConfig;
use super::layer::{Cache, Layers};
use super::predictor::CodePredictor;
use crate::nn::{Linear, RmsNorm};
use crate::weights::{Matrix, Weights};

/// The talker with its code predictor.
#[derive(Debug)]
pub struct Talker {
    text_embedding: Matrix,  // vocabulary, text width
    codec_embedding: Matrix, // codes, width
    text_projection: [Linear; 2],
    layers: Layers,
    norm: RmsNorm,
    codec_head: Linear,
    predictor: CodePredictor,
    config: TalkerConfig,
}

impl Talker {
    /// Builds it from its parameters.
    pub fn new(config: &TalkerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut talker = weights.at("talker");
        let (width, text) = (config.layers.width, config.text_width);
        let mut model = talker.at("model");
        let text_shape = [config.text_vocabulary, text];
        let codec_shape = [config.codes, width];
        let text_embedding = model.at("text_embedding").matrix("weight", &text_shape)?;
        let codec_embedding = model.at("codec_embedding").matrix("weight", &codec_shape)?;
        let layers = Layers::new(&config.layers, model.here())?;
        let norm = RmsNorm::new(model.at("norm"), width, config.layers.epsilon)?;
        let mut projection = talker.at("text_projection");
        Ok(Self {
            text_embedding,
            codec_embedding,
            text_projection: [
                Linear::new(projection.at("linear_fc1"), text, text)?,
                Linear::new(projection.at("linear_fc2"), text, width)?,
            ],
            layers,
            norm,
            codec_head: Linear::plain(talker.at("codec_head"), width, config.codes)?,
            predictor: CodePredictor::new(config, talker.at("code_predictor"))?,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &TalkerConfig {
        &self.config
    }

    /// Its code predictor.
    pub fn predictor(&self) -> &CodePredictor {
        &self.predictor
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.codec_embedding.device()
    }

    /// Text tokens as it reads them: 1 x l x d. Fails for a token that is not in the vocabulary.
    pub fn text(&self, tokens: &[i64]) -> Result<Tensor, Failure> {
        let known = self.config.text_vocabulary;
        if let Some(unknown) = tokens.iter().find(|token| !(0..known).contains(*token)) {
            return Err(Failure::bad_file(
                format!("the tokenizer has a token {unknown} where the talker has {known}"),
                "use the tokenizer that came with this model",
            ));
        }
        let [first, second] = &self.text_projection;
        let embedded = self.text_embedding.embedding(&self.places(tokens));
        Ok(second.forward(&first.forward(&embedded).silu()))
    }

    /// First codes and marks as it reads them: 1 x l x d. All must be in its vocabulary.
    pub fn codes(&self, codes: &[i64]) -> Tensor {
        self.codec_embedding.embedding(&self.places(codes))
    }

    /// Tokens after those of the cache: 1 x l x d -> the state after the last of them, 1 x 1 x d.
    pub fn forward(&self, x: &Tensor, cache: &mut Cache) -> Tensor {
        let x = self.layers.forward(x, cache);
        let last = x.narrow(1, x.size()[1] - 1, 1);
        self.norm.forward(&last)
    }

    /// The scores of the next first code from a state: 1 x 1 x codes.
    pub fn scores(&self, state: &Tensor) -> Tensor {
        self.codec_head.forward(state)
    }

    fn places(&self, indices: &[i64]) -> Tensor {
        let places = Tensor::from_slice(indices).to_device(self.device());
        places.unsqueeze(0)
    }
}
