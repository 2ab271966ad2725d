//! What a take of a shot would cost, in words: seconds and memory, as far as the engine and earlier takes say.

use kinora_studio::engine::EngineHost;
use kinora_studio::timeline::Project;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::sound::ShotKind;
use kinora_studio::wire::Estimate;

use super::generation::{GenerationState, duration_words};

/// Who knows what takes cost.
#[derive(Clone, Copy)]
pub struct CostSources<'c> {
    pub generation: &'c GenerationState,
    pub engine: &'c EngineHost,
    pub project: &'c Project,
}

impl<'c> CostSources<'c> {
    /// What the shot would take, as the engine said last.
    pub fn estimate_of(self, shot: &Shot) -> Option<&'c Estimate> {
        let question = self
            .generation
            .question_of(shot, self.project, self.engine)?;
        self.engine.estimate(&question)
    }

    /// The expected generation time, from the last take of such a clip or else from the speed of other clips of its model,
    /// and the plan of its memory. A line may be over before its longest time.
    pub fn words(self, shot: &Shot) -> String {
        let estimate = self.estimate_of(shot);
        let last = self.generation.expected_seconds(shot, self.project);
        let time = match (last, estimate.and_then(Estimate::seconds)) {
            (Some(seconds), _) => format!("About {}, like the last take", duration_words(seconds)),
            (None, Some(seconds)) => {
                let about = match shot.kind {
                    ShotKind::Line(_) => "At most",
                    ShotKind::Picture | ShotKind::Sound => "About",
                };
                format!("{about} {} and loading", duration_words(seconds))
            }
            (None, None) => "Time known after the first take".into(),
        };
        match estimate.and_then(Estimate::memory) {
            Some(memory) => format!("{time}. Memory: {}", memory.words()),
            None => time,
        }
    }
}
