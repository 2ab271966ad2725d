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

    /// What the sound for the pictures of the shot would take, as the engine said last.
    pub fn sound_estimate_of(self, shot: &Shot) -> Option<&'c Estimate> {
        let question = self
            .generation
            .sound_question_of(shot, self.project, self.engine)?;
        self.engine.estimate(&question)
    }

    /// The expected generation time, from the last take of such a clip or else from the speed of other clips of its model,
    /// and the plan of its memory. A line may be over before its longest time.
    pub fn words(self, shot: &Shot) -> String {
        let last = self.generation.expected_seconds(shot, self.project);
        let about = match shot.kind {
            ShotKind::Line(_) => "At most",
            ShotKind::Picture | ShotKind::Sound => "About",
        };
        words(last, self.estimate_of(shot), about)
    }

    /// The same for the sound of the shot's pictures.
    pub fn sound_words(self, shot: &Shot) -> String {
        let last = self.generation.expected_sound_seconds(shot);
        words(last, self.sound_estimate_of(shot), "About")
    }
}

/// `last`: the seconds of the last such take. `about`: how exact the seconds of the engine are.
fn words(last: Option<f64>, estimate: Option<&Estimate>, about: &str) -> String {
    let time = match (last, estimate.and_then(Estimate::seconds)) {
        (Some(seconds), _) => format!("About {}, like the last take", duration_words(seconds)),
        (None, Some(seconds)) => format!("{about} {} and loading", duration_words(seconds)),
        (None, None) => "Time known after the first take".into(),
    };
    match estimate.and_then(Estimate::memory) {
        Some(memory) => format!("{time}. Memory: {}", memory.words()),
        None => time,
    }
}
