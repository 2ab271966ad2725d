//! The forms of the dialogs that make sound of its own: music for a range, and a line that a character says.

use kinora_studio::generate::shot_sound::{
    LineVoice, SoundUse, length_covering, length_lasting, line_seconds, voice_problem,
};
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::sound::ShotKind;
use kinora_studio::timeline::{CharacterId, FrameRate, Frames, Project};
use kinora_studio::wire::ModelInfo;

/// The first letters of a line in the name of its shot.
const NAME_LETTERS: usize = 24;

/// The fields of *Music for a range*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MusicForm {
    pub prompt: String,
    pub negative: String,
    /// The place of the model among those that make sound; `None`: the one that suits best.
    pub model: Option<usize>,
    /// Whether the seed is locked, and the seed.
    pub is_locked: bool,
    pub seed: u64,
}

impl MusicForm {
    /// The model that would make the music, of those that the engine has reported.
    pub fn model<'m>(&self, models: &'m [ModelInfo]) -> Option<&'m ModelInfo> {
        let chosen = self
            .model
            .and_then(|at| SoundUse::Alone.models(models).nth(at));
        chosen.or_else(|| SoundUse::Alone.model(models, "").ok())
    }

    /// The shot of the music, for the estimate of its cost, which does not depend on its prompt. `None`: there is no range, no
    /// model, or none that makes sound that long.
    pub fn shot(&self, project: &Project, models: &[ModelInfo]) -> Option<Shot> {
        let range = project.in_out()?;
        music_shot(self.model(models)?, range.length, project.rate())
    }
}

/// A shot of sound alone by this model, without a name and a prompt, that lasts at least so many frames of a project. `None`:
/// the model makes none that long.
pub fn music_shot(model: &ModelInfo, wanted: Frames, project: FrameRate) -> Option<Shot> {
    let length = length_covering(model, wanted, project)?;
    Some(Shot {
        kind: ShotKind::Sound,
        model: model.id.clone(),
        ..Shot::new("", "", length)
    })
}

/// The fields of *Say a line*.
#[derive(Clone, Debug, PartialEq)]
pub struct LineForm {
    pub character: Option<CharacterId>,
    pub text: String,
    /// The longest time that the line may take. `None`: as long as its text needs.
    pub seconds: Option<f64>,
    /// Whether the text becomes a subtitle too.
    pub adds_subtitle: bool,
}

impl LineForm {
    /// A line of this character, or of nobody yet.
    pub fn of(character: Option<CharacterId>) -> Self {
        Self {
            character,
            text: String::new(),
            seconds: None,
            adds_subtitle: true,
        }
    }

    /// The time that the line may take.
    pub fn most_seconds(&self) -> f64 {
        self.seconds.unwrap_or_else(|| line_seconds(&self.text))
    }

    /// The shot in which the line would be said, for the estimate of its cost. `None`: it cannot be said yet.
    pub fn shot(&self, project: &Project, models: &[ModelInfo]) -> Option<Shot> {
        let speaker = project.character(self.character?)?;
        let can_say = !self.text.trim().is_empty() && voice_problem(speaker).is_none();
        let shot = can_say.then(|| line_shot(speaker, &self.text, self.most_seconds(), models));
        shot?.ok()
    }
}

/// The shot in which a character says a line, of at most so many seconds.
///
/// # Errors
/// No installed model has such a voice, or it cannot speak that long, as a sentence without its full stop.
pub fn line_shot(
    speaker: &Character,
    text: &str,
    seconds: f64,
    models: &[ModelInfo],
) -> Result<Shot, String> {
    let found = SoundUse::Line(Some(LineVoice::of(speaker))).model(models, "");
    let model = found.map_err(|failure| failure.to_string())?;
    let length = length_lasting(model, seconds)?;
    let text = text.trim();
    let begin: String = text.chars().take(NAME_LETTERS).collect();
    Ok(Shot {
        kind: ShotKind::Line(speaker.id),
        ..Shot::new(&format!("{}: {begin}", speaker.name), text, length)
    })
}
