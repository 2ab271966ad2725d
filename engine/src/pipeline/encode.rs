//! Before the first step: the text and what is given become numbers.

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::needs_negative;
use super::{
    Clock, Conditioning, EmbeddingCache, Generator, Given, LatentColours, Listener, Model, Plan,
    Texts,
};
use crate::text::{Tokenizer, padded};
use crate::vae::Tiling;

impl Generator {
    /// The prompt and, where it is needed, the negative prompt.
    pub(super) fn read_texts(
        &mut self,
        model: &Model,
        plan: &Plan,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Texts, Failure> {
        let tokenizer = clock.loading(|| model.tokenizer())?;
        let positive = self.read_text(model, &tokenizer, &plan.recipe.prompt, listener, clock)?;
        let negative = match needs_negative(plan.guidance) {
            true => Some(self.read_text(model, &tokenizer, &plan.negative, listener, clock)?),
            false => None,
        };
        Ok(Texts { positive, negative })
    }

    fn read_text(
        &mut self,
        model: &Model,
        tokenizer: &Tokenizer,
        prompt: &str,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Tensor, Failure> {
        let tokens = tokenizer.tokens(prompt)?;
        let key = EmbeddingCache::key(&model.text.checkpoint, self.parts.kind, &tokens);
        if let Some(found) = self.embeddings.as_ref().and_then(|cache| cache.find(&key)) {
            return Ok(padded(&found));
        }
        let encoder = self.parts.text(model, listener, clock)?;
        let encoded = clock.encoding(|| {
            encoder.encode(&tokens, &mut |layer, of| {
                let (what, done) = ("text".into(), layer as f64 / of as f64);
                listener.hear(Progress::Working { what, done }, Vec::new())
            })
        })?;
        if let Some(cache) = &self.embeddings
            && let Err(failure) = cache.keep(&key, &encoded)
        {
            eprintln!("warning: {failure}"); // the clip can be made all the same
        }
        Ok(padded(&encoded))
    }

    /// What is given beside the text, as this network takes it.
    pub(super) fn encode_given(
        &mut self,
        model: &Model,
        plan: &Plan,
        pictures: &Conditioning,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Given, Failure> {
        let config = &model.transformer.shape;
        if !Conditioning::needs_encoding(config) {
            return Ok(Given::Nothing);
        }
        let device = self.parts.device;
        let tiling = (!self.has_room(plan)).then(Tiling::default);
        let vae = self.parts.encoder(model, listener, clock)?;
        clock.encoding(|| {
            pictures.encode(plan, config, vae, tiling, device, &mut |chunk, of| {
                let (what, done) = ("pictures".into(), chunk as f64 / of as f64);
                listener.hear(Progress::Working { what, done }, Vec::new())
            })
        })
    }

    /// How to show latents: known for the autoencoder, or fitted to it now.
    pub(super) fn preview_colours(
        &mut self,
        model: &Model,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<LatentColours, Failure> {
        if let Some(known) = LatentColours::known(&model.vae.checkpoint) {
            return Ok(known);
        }
        let device = self.parts.device;
        let vae = self.parts.decoder(model, listener, clock)?;
        clock.encoding(|| Ok(LatentColours::fit(vae, device)))
    }
}
