//! The forms of the dialogs that make sound of its own: music for a range, and a line that a character says.

use kinora_studio::generate::shot_sound::{
    LineVoice, SoundUse, length_lasting, line_seconds, voice_problem,
};
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::sound::ShotKind;
use kinora_studio::timeline::{CharacterId, Project};
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
