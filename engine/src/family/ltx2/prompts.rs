//! Encodes the prompts: Gemma's hidden states of all of them, then the connectors, so that each network is loaded once.
//! What the connectors made is kept on disk.

use std::rc::Rc;

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::Ltx2;
use super::mismatch::no_tokenizer;
use super::text::{Connectors, TEXT_LENGTH, TextContext, TextEncoder, Tokenizer, Tokens};
use crate::embeddings::EmbeddingCache;
use crate::family::tokenizer_place::{TokenizerReaders, kept_tokenizer};
use crate::job::{Clock, Listener};
use crate::model_cache::{LoadedModels, Slot};
use crate::weights::{Adapters, Weights};

/// How the tokenizer is read.
const READERS: TokenizerReaders<Tokenizer> = TokenizerReaders {
    from_file: Tokenizer::from_file,
    inside: Tokenizer::inside,
    missing: no_tokenizer,
};

/// What the streams attend to.
#[derive(Debug)]
pub struct Prompts {
    /// Of the prompt.
    pub positive: TextContext,
    /// Of the negative prompt; `None` if the guidance does not need it.
    pub negative: Option<TextContext>,
}

/// A text on its way through the networks.
enum Stage {
    /// Found on disk, or made.
    Done(TextContext),
    /// The hidden states of its tokens, and the key of the result.
    States(Tensor, String),
}

impl Ltx2 {
    /// Encodes the prompt and the negative prompt, if there is one.
    pub(super) fn encode_prompts(
        &self,
        [positive, negative]: [Option<&str>; 2],
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Prompts, Failure> {
        let tokenizer = clock.loading(|| self.tokenizer(models))?;
        let mut staged = Vec::new();
        for prompt in [positive, negative].into_iter().flatten() {
            let tokens = tokenizer.tokens(prompt, TEXT_LENGTH)?;
            staged.push(self.states(&tokens, embeddings, models, listener, clock)?);
        }
        let mut contexts = Vec::new();
        for stage in staged {
            contexts.push(match stage {
                Stage::Done(context) => context,
                Stage::States(states, key) => {
                    let context = self.connected(&states, models, listener, clock)?;
                    keep(&context, &key, embeddings);
                    context
                }
            });
        }
        let mut contexts = contexts.into_iter();
        let positive = contexts.next();
        Ok(Prompts {
            positive: positive.ok_or_else(|| Failure::bug("a clip without a prompt"))?,
            negative: contexts.next(),
        })
    }

    /// The tokenizer: a file of its own, or the one in the text encoder's file. It stays in memory for the next clip.
    fn tokenizer(&self, models: &mut LoadedModels) -> Result<Rc<Tokenizer>, Failure> {
        let file = self.tokenizer.as_deref();
        kept_tokenizer(file, &self.text.checkpoint, models, &READERS)
    }

    /// The result for a text from the disk, or else its hidden states.
    fn states(
        &self,
        tokens: &Tokens,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Stage, Failure> {
        let networks = [&self.text.checkpoint, &self.connectors.checkpoint];
        let key = EmbeddingCache::key_of(&networks, models.kind, &tokens.ids);
        let found = embeddings.and_then(|cache| cache.find(&key));
        if let Some(context) = found.and_then(|found| self.split(&found)) {
            return Ok(Stage::Done(context));
        }
        let (checkpoint, shape) = (&self.text.checkpoint, &self.text.shape);
        let stream = models.stream(Slot::Text, (checkpoint, &Adapters::default()));
        let build = |weights: Weights| match &stream {
            Some(stream) => TextEncoder::streamed(shape, weights, stream),
            None => TextEncoder::new(shape, weights),
        };
        let encoder = models.network(Slot::Text, checkpoint, listener, clock, build)?;
        let states = clock.encoding(|| {
            encoder.encode(tokens, &mut |layer, of| {
                let (what, done) = ("text".into(), layer as f64 / of as f64);
                listener.receive(Progress::Working { what, done }, Vec::new())
            })
        })?;
        Ok(Stage::States(states, key))
    }

    /// What the connectors make of hidden states.
    fn connected(
        &self,
        states: &Tensor,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<TextContext, Failure> {
        let (checkpoint, shape) = (&self.connectors.checkpoint, &self.connectors.shape);
        let stream = models.stream(Slot::Connectors, (checkpoint, &Adapters::default()));
        let build = |weights: Weights| match &stream {
            Some(stream) => Connectors::streamed(shape, weights, stream),
            None => Connectors::new(shape, weights),
        };
        let connectors = models.network(Slot::Connectors, checkpoint, listener, clock, build)?;
        clock.encoding(|| connectors.forward(states, &mut || listener.check()))
    }

    /// The texts of both streams from one tensor, 1 x length x both widths. `None`: it has another width.
    fn split(&self, both: &Tensor) -> Option<TextContext> {
        let connectors = &self.connectors.shape;
        let (video, audio) = (connectors.video.width, connectors.audio.width);
        match both.size()[..] {
            [1, _, width] if width == video + audio => Some(TextContext {
                video: both.narrow(2, 0, video),
                audio: both.narrow(2, video, audio),
            }),
            _ => None,
        }
    }
}

/// Keeps a result on disk. The job goes on without the cache.
fn keep(context: &TextContext, key: &str, embeddings: Option<&EmbeddingCache>) {
    let Some(cache) = embeddings else {
        return;
    };
    let both = Tensor::cat(&[&context.video, &context.audio], 2);
    if let Err(failure) = cache.keep(key, &both) {
        eprintln!("warning: {failure}");
    }
}
