//! The networks of a sound while it is made: each is loaded when it is needed, and freed for the next one if the plan of
//! the memory says so.

use std::rc::Rc;

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::StableAudio;
use super::autoencoder::Autoencoder;
use super::duration::DurationEmbedder;
use super::open::no_tokenizer;
use super::text::TextEncoder;
use super::transformer::Transformer;
use crate::embeddings::EmbeddingCache;
use crate::family::contract::Kept;
use crate::family::gemma::Tokenizer;
use crate::family::part::Part;
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

/// A sound that is made.
pub struct Job<'j> {
    /// The model.
    pub model: &'j StableAudio,
    /// What is loaded.
    pub kept: Kept<'j>,
    /// Receives progress, and may stop the work.
    pub listener: &'j mut dyn Listener,
    /// The times.
    pub clock: &'j mut Clock,
}

impl StableAudio {
    /// The tokenizer: a file of its own, or the one in the text encoder's file. It stays in memory for the next sound.
    pub(super) fn tokenizer(&self, models: &mut LoadedModels) -> Result<Rc<Tokenizer>, Failure> {
        let file = self.tokenizer.as_deref();
        kept_tokenizer(file, &self.text.checkpoint, models, &READERS)
    }
}

impl Job<'_> {
    /// The embedded tokens of a text, 1 x tokens x width: from the disk, or else by the text encoder.
    pub fn text(&mut self, tokens: &[u32]) -> Result<Tensor, Failure> {
        let Part { checkpoint, shape } = &self.model.text;
        let models = &mut *self.kept.models;
        let key = EmbeddingCache::key(checkpoint, models.kind, tokens);
        let found = self.kept.embeddings.and_then(|cache| cache.find(&key));
        let fits = |rows: &Tensor| matches!(rows.size()[..], [1, _, width] if width == shape.width);
        if let Some(rows) = found.filter(fits) {
            return Ok(rows);
        }
        let stream = models.stream(Slot::Text, (checkpoint, &Adapters::default()));
        let build = |weights: Weights| match &stream {
            Some(stream) => TextEncoder::streamed(shape, weights, stream),
            None => TextEncoder::new(shape, weights),
        };
        let encoder = models.network(Slot::Text, checkpoint, self.listener, self.clock, build)?;
        let listener = &mut *self.listener;
        working("text", 0.0, listener)?;
        let encode = || encoder.encode(tokens, &mut || listener.check());
        let rows = self.clock.encoding(encode)?;
        // The job goes on without the cache.
        let kept = self.kept.embeddings.map(|cache| cache.keep(&key, &rows));
        if let Some(Err(failure)) = kept {
            eprintln!("warning: {failure}");
        }
        Ok(rows)
    }

    /// The embedded duration: 1 x width.
    pub fn duration(&mut self, seconds: f64) -> Result<Tensor, Failure> {
        let Part { checkpoint, shape } = &self.model.duration;
        let models = &mut *self.kept.models;
        let (slot, listener, clock) = (Slot::Duration, &mut *self.listener, &mut *self.clock);
        let embedder = models.network(slot, checkpoint, listener, clock, |weights| {
            DurationEmbedder::new(shape, weights)
        })?;
        Ok(embedder.embed(seconds))
    }

    /// The transformer. It must not be kept beyond its steps.
    pub fn transformer(&mut self) -> Result<Rc<Transformer>, Failure> {
        let Part { checkpoint, shape } = &self.model.transformer;
        let models = &mut *self.kept.models;
        let slot = Slot::Transformer;
        let stream = models.stream(slot, (checkpoint, &Adapters::default()));
        let build = |weights: Weights| match &stream {
            Some(stream) => Transformer::streamed(shape, weights, stream),
            None => Transformer::new(shape, weights),
        };
        models.shared_network(slot, checkpoint, self.listener, self.clock, build)
    }

    /// The autoencoder. It must not be kept beyond its work.
    pub fn autoencoder(&mut self) -> Result<Rc<Autoencoder>, Failure> {
        let Part { checkpoint, shape } = &self.model.autoencoder;
        let models = &mut *self.kept.models;
        let (slot, listener, clock) = (
            Slot::SoundAutoencoder,
            &mut *self.listener,
            &mut *self.clock,
        );
        models.shared_network(slot, checkpoint, listener, clock, |weights| {
            Autoencoder::new(shape, weights)
        })
    }
}

/// Reports how far a task is that is no step.
pub fn working(what: &str, done: f64, listener: &mut dyn Listener) -> Result<(), Failure> {
    let what = what.to_owned();
    listener.receive(Progress::Working { what, done }, Vec::new())
}
