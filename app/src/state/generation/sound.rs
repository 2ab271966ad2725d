//! What the sound for the pictures of a shot would take: the question for the engine, and the time of the last such take.

use kinora_studio::engine::EngineHost;
use kinora_studio::generate::sound_cost::SoundAsShot;
use kinora_studio::take::take_store::Take;
use kinora_studio::timeline::Project;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::wire::{Generation, ModelInfo};

use super::GenerationState;

impl GenerationState {
    /// The expected generation time of the sound of a shot, as
    /// [`expected_seconds`](GenerationState::expected_seconds).
    pub fn expected_sound_seconds(&self, shot: &Shot) -> Option<f64> {
        let (model, sound) = self.sound_of(shot)?;
        self.last_seconds(sound.cost(model)?)
    }

    /// The request for the engine's estimate of the sound of a shot. `None`: no known model makes sound.
    pub fn sound_question_of(
        &self,
        shot: &Shot,
        project: &Project,
        engine: &EngineHost,
    ) -> Option<Generation> {
        let (model, sound) = self.sound_of(shot)?;
        let device = engine.device().map(|device| device.id.as_str());
        sound.request(project, model, device)
    }

    /// The sound for the chosen take of a shot, and the model that would make it.
    fn sound_of(&self, shot: &Shot) -> Option<(&ModelInfo, SoundAsShot)> {
        let model = self.scheduler.sound_model_of(shot)?;
        let take = shot.chosen.and_then(|take| self.takes.find(take));
        let made = take.and_then(Take::readable).map(|recipe| &recipe.settings);
        Some((model, SoundAsShot::of(shot, made, model)))
    }
}
