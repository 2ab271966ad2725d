//! The LoRAs of a request, opened for each transformer of the model before any work.
//! What fits only in part is used, with a warning.

use std::collections::BTreeSet;

use kinora_wire::Failure;

use super::{Component, Wan};
use crate::experts::Expert;
use crate::plan::Plan;
use crate::weights::Adapters;

/// The LoRAs of both experts. A model with one transformer has those of the high-noise expert.
#[derive(Debug)]
pub struct ExpertAdapters {
    high_noise: Adapters,
    low_noise: Adapters,
}

impl ExpertAdapters {
    /// Those of an expert.
    pub fn of(&self, expert: Expert) -> &Adapters {
        match expert {
            Expert::HighNoise => &self.high_noise,
            Expert::LowNoise => &self.low_noise,
        }
    }
}

impl Wan {
    /// Opens the LoRAs of a request. Fails if one of them fits nothing.
    pub(super) fn adapters(&self, plan: &Plan) -> Result<ExpertAdapters, Failure> {
        use kinora_wire::Expert::{HighNoise, LowNoise};
        let loras = &plan.request.inputs.loras;
        let naming = &Component::Transformer;
        let high_noise = self.low_noise.as_ref().map(|_| HighNoise);
        let high_noise = Adapters::open(loras, high_noise, &self.transformer.checkpoint, naming)?;
        let low_noise = match &self.low_noise {
            Some(part) => Adapters::open(loras, Some(LowNoise), &part.checkpoint, naming)?,
            None => Adapters::default(),
        };
        let notes = high_noise.notes().iter().chain(low_noise.notes());
        for note in notes.collect::<BTreeSet<_>>() {
            eprintln!("warning: {note}");
        }
        Ok(ExpertAdapters {
            high_noise,
            low_noise,
        })
    }
}
