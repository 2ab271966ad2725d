//! Encodes the inputs of a request: prompts to embeddings, conditioning pictures to latents.
//! Prompts come from the embedding cache if they were encoded before.

use std::rc::Rc;

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::adapters::ExpertAdapters;
use super::denoiser::{NetworkDenoiser, references_before};
use super::network_input::{self, NetworkInput};
use super::picture_input::PictureInput;
use super::text::{PromptEmbeddings, TextEncoder, Tokenizer, padded};
use super::transformer::Transformer;
use super::{Part, Wan};
use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::experts::{Expert, guidance_of};
use crate::family::contract::{Denoiser, Inputs};
use crate::family::tokenizer_place::{TokenizerReaders, kept_tokenizer};
use crate::guidance::needs_negative;
use crate::job::{Clock, Listener};
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::Plan;
use crate::streams::Streams;
use crate::weights::{Adapters, Checkpoint};

/// How the tokenizer is read.
const READERS: TokenizerReaders<Tokenizer> = TokenizerReaders {
    from_file: Tokenizer::from_file,
    inside: Tokenizer::inside,
    missing: no_tokenizer,
};

/// The encoded inputs of a request.
#[derive(Debug)]
pub struct Encoded<'m> {
    pub model: &'m Wan,
    pub plan: &'m Plan,
    pub prompts: PromptEmbeddings,
    pub input: NetworkInput,
    pub pictures: PictureInput,
    pub adapters: ExpertAdapters,
}

impl Inputs for Encoded<'_> {
    fn noise_size(&self) -> Streams<Vec<i64>> {
        let [frames, rows, columns] = self.plan.latent();
        let config = &self.model.transformer.shape;
        let frames = references_before(config, self.plan) + frames;
        let channels = config.out_channels;
        Streams::of_picture(vec![1, channels, frames, rows, columns])
    }

    fn denoiser<'n>(
        &self,
        expert: Expert,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Denoiser + 'n>, Failure> {
        let device = models.device;
        let (slot, part) = self.model.expert(expert)?;
        let Part { checkpoint, shape } = part;
        let weights = (checkpoint, self.adapters.of(expert));
        let stream = models.stream(slot, weights);
        let build = |weights: crate::weights::Weights| match &stream {
            Some(stream) => Transformer::streamed(shape, weights, stream),
            None => Transformer::new(shape, weights),
        };
        let network = models.adapted_network(slot, weights, listener, clock, build)?;
        let guidance = guidance_of(expert, self.plan.settings());
        let _no_grad = tch::no_grad_guard();
        let (plan, prompts) = (self.plan, &self.prompts);
        let input = (&self.input, &self.pictures);
        let denoiser =
            NetworkDenoiser::new(network, plan, prompts, input, guidance, device, listener)?;
        Ok(Box::new(denoiser))
    }
}

/// The failure of a text encoder without a tokenizer.
pub(super) fn no_tokenizer(text: &Checkpoint) -> Failure {
    Failure::bad_file(
        format!("{} carries no tokenizer", text.path().display()),
        "put the model's tokenizer.json or spiece.model beside it, or use the ComfyUI release, which carries one",
    )
}

impl Wan {
    /// The tokenizer: a file of its own, or the one in the text encoder's file. It stays in memory for the next clip.
    fn tokenizer(&self, models: &mut LoadedModels) -> Result<Rc<Tokenizer>, Failure> {
        let file = self.tokenizer.as_deref();
        kept_tokenizer(file, &self.text.checkpoint, models, &READERS)
    }

    /// Encodes the prompt and, if the guidance of an expert needs it, the negative prompt.
    pub(super) fn encode_prompts(
        &self,
        plan: &Plan,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<PromptEmbeddings, Failure> {
        let tokenizer = clock.loading(|| self.tokenizer(models))?;
        let mut encode = |prompt: &str| {
            let tokens = tokenizer.tokens(prompt)?;
            self.encode_text(&tokens, embeddings, models, listener, clock)
        };
        let positive = encode(&plan.request.inputs.prompt)?;
        let mut experts = [Expert::HighNoise, Expert::LowNoise].into_iter();
        let is_guided = experts.any(|expert| needs_negative(guidance_of(expert, plan.settings())));
        let negative = match is_guided {
            true => Some(encode(&plan.settings().negative)?),
            false => None,
        };
        Ok(PromptEmbeddings { positive, negative })
    }

    fn encode_text(
        &self,
        tokens: &[u32],
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Tensor, Failure> {
        let Part { checkpoint, shape } = &self.text;
        let key = EmbeddingCache::key(checkpoint, models.kind, tokens);
        if let Some(found) = embeddings.and_then(|cache| cache.find(&key)) {
            return Ok(padded(&found));
        }
        let stream = models.stream(Slot::Text, (checkpoint, &Adapters::default()));
        let build = |weights: crate::weights::Weights| match &stream {
            Some(stream) => TextEncoder::streamed(shape, weights, stream),
            None => TextEncoder::new(shape, weights),
        };
        let encoder = models.network(Slot::Text, checkpoint, listener, clock, build)?;
        let encoded = clock.encoding(|| {
            encoder.encode(tokens, &mut |layer, of| {
                let (what, done) = ("text".into(), layer as f64 / of as f64);
                listener.receive(Progress::Working { what, done }, Vec::new())
            })
        })?;
        if let Some(cache) = embeddings
            && let Err(failure) = cache.keep(&key, &encoded)
        {
            eprintln!("warning: {failure}"); // the job goes on without the cache
        }
        Ok(padded(&encoded))
    }

    /// Encodes the conditioning pictures for this network.
    pub(super) fn encode_network_input(
        &self,
        plan: &Plan,
        pictures: &Conditioning,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<NetworkInput, Failure> {
        let config = &self.transformer.shape;
        let device = models.device;
        if !network_input::needs_encoding(config, pictures, plan) {
            return Ok(network_input::without_pictures(config, plan, device));
        }
        let tiling = self.tiling(models.plan().pictures);
        let vae = self.load_encoder(models, listener, clock)?;
        clock.encoding(|| {
            network_input::encode(
                pictures,
                plan,
                config,
                vae,
                tiling,
                device,
                &mut |chunk, of| {
                    let (what, done) = ("pictures".into(), chunk as f64 / of as f64);
                    listener.receive(Progress::Working { what, done }, Vec::new())
                },
            )
        })
    }
}
