//! The encoded inputs of a request, and the transformer loaded for them.

use std::rc::Rc;

use kinora_wire::{Failure, Lora};

use super::Ltx2;
use super::denoiser::{Clip, ClipDenoiser};
use super::given::{self, GivenStreams};
use super::guidance::ClipGuidance;
use super::prompts::Prompts;
use super::transformer::{Transformer, TransformerNaming};
use crate::experts::Expert;
use crate::family::contract::{Denoiser, Inputs, Stage};
use crate::job::{Clock, Listener};
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::Plan;
use crate::streams::Streams;
use crate::weights::{Adapters, Weights};

/// The encoded inputs of a stage of a request.
#[derive(Debug)]
pub struct Encoded<'m> {
    pub model: &'m Ltx2,
    /// At the size of the stage.
    pub plan: Plan,
    pub prompts: Rc<Prompts>,
    pub given: GivenStreams,
    pub guidance: ClipGuidance,
    pub adapters: Adapters,
    /// The stage that follows.
    pub next: Option<Box<dyn Stage + 'm>>,
}

impl Inputs for Encoded<'_> {
    fn noise_size(&self) -> Streams<Vec<i64>> {
        self.model.noise_shapes(&self.plan)
    }

    fn denoiser<'n>(
        &self,
        _expert: Expert, // there is one transformer
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Denoiser + 'n>, Failure> {
        let device = models.device;
        let (checkpoint, shape) = (
            &self.model.transformer.checkpoint,
            &self.model.transformer.shape,
        );
        let weights = (checkpoint, &self.adapters);
        let stream = models.stream(Slot::Transformer, weights);
        let build = |weights: Weights| match &stream {
            Some(stream) => Transformer::streamed(shape, weights, stream),
            None => Transformer::new(shape, weights),
        };
        let network = models.adapted_network(Slot::Transformer, weights, listener, clock, build)?;
        let clip = Clip {
            layout: given::layout_of(&self.plan),
            noise: self.noise_size(),
            rate: self.plan.settings().rate,
            perturbed_block: self.model.perturbed_block(),
            guidance: self.plan.settings().guidance,
            of_streams: self.guidance,
        };
        Ok(Box::new(ClipDenoiser::new(
            network,
            clip,
            (&self.prompts, &self.given),
            device,
        )))
    }

    fn next_stage(&self) -> Option<&dyn Stage> {
        let next = self.next.as_deref();
        next.map(|stage| stage as &dyn Stage)
    }
}

impl Ltx2 {
    /// LoRAs of a request, opened before any work.
    pub(super) fn adapters(&self, loras: &[Lora]) -> Result<Adapters, Failure> {
        let checkpoint = &self.transformer.checkpoint;
        let adapters = Adapters::open(loras, None, checkpoint, &TransformerNaming)?;
        for note in adapters.notes() {
            eprintln!("warning: {note}");
        }
        Ok(adapters)
    }
}
