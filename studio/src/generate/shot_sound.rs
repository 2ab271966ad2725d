//! Sound alone: for the pictures of a shot's take, or for a shot that is heard and not seen, such as music and spoken lines.

use kinora_timeline::cast::Character;
use kinora_timeline::shot::settings::ShotSettings;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{ModelLength, Origin, Shot};
use kinora_timeline::{CharacterId, ContentHash, FrameRate, Frames, Project, Rounding};
use kinora_wire::{
    Ability, Failure, GenerationSettings, Installed, Makes, ModelInfo, Source, Voice,
};

use super::queue::{Order, Work};
use crate::stage::StageShown;
use crate::take::recipe::Recipe;
use crate::take::recipe_builder::{
    RecipeInputs, frame_rule_of, model_used, not_reproducible, recipe_of_shot,
};
use crate::take::shot_settings::fitted_side;

/// Letters that are said in a second, for the length of a line before it is spoken: slow speech.
const LETTERS_PER_SECOND: f64 = 12.0;
/// The time around a line, in seconds.
const SECONDS_AROUND_LINE: f64 = 1.0;

/// What sound alone is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundUse {
    /// The pictures of a take.
    Pictures,
    /// Itself: music, an atmosphere.
    Alone,
    /// A line that a character says in such a voice. `None`: in any voice.
    Line(Option<LineVoice>),
}

/// How a character has got its voice. One model does not do both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineVoice {
    /// By its description.
    Described,
    /// From a recording.
    Cloned,
}

impl LineVoice {
    /// That of a character.
    pub fn of(character: &Character) -> Self {
        match character.voice.sample {
            Some(_) => Self::Cloned,
            None => Self::Described,
        }
    }

    /// What a model needs for it.
    fn ability(self) -> Ability {
        match self {
            Self::Described => Ability::Voice,
            Self::Cloned => Ability::ClonedVoice,
        }
    }
}

impl SoundUse {
    /// What the takes of a shot are for, of a line with the kind of voice of its character. `None`: it has pictures.
    pub fn in_project(kind: ShotKind, project: &Project) -> Option<Self> {
        match kind {
            ShotKind::Picture => None,
            ShotKind::Sound => Some(Self::Alone),
            ShotKind::Line(speaker) => {
                let speaker = project.character(speaker);
                Some(Self::Line(speaker.map(|speaker| LineVoice::of(speaker))))
            }
        }
    }

    /// Whether an installed model makes such sound.
    pub fn fits(self, model: &ModelInfo) -> bool {
        let voices = [LineVoice::Described, LineVoice::Cloned];
        let has = |voice: LineVoice| model.abilities.contains(&voice.ability());
        let is_able = match self {
            Self::Line(Some(voice)) => has(voice),
            Self::Line(None) => voices.into_iter().any(has),
            Self::Pictures | Self::Alone => !voices.into_iter().any(has),
        };
        let is_installed = matches!(model.installed, Installed::Yes { .. });
        is_installed && model.spec.makes_sound && is_able
    }

    /// How well a model suits such sound: 0 is the best. For pictures one that sees them comes first, then one that makes
    /// nothing but sound.
    fn rank(self, model: &ModelInfo) -> u8 {
        match self {
            Self::Pictures if Self::follows_pictures(model) => 0,
            Self::Pictures | Self::Alone if !model.spec.makes_pictures => 1,
            Self::Pictures | Self::Alone => 2,
            Self::Line(_) => 0,
        }
    }

    /// Whether a model is given the pictures of the take that its sound is for.
    pub fn follows_pictures(model: &ModelInfo) -> bool {
        model.abilities.contains(&Ability::SoundOfClip)
    }

    fn missing(self) -> &'static str {
        match self {
            Self::Pictures | Self::Alone => "no installed model makes sound",
            Self::Line(None) => "no installed model speaks",
            Self::Line(Some(LineVoice::Described)) => {
                "no installed model makes a voice from a description"
            }
            Self::Line(Some(LineVoice::Cloned)) => "no installed model clones a voice",
        }
    }

    /// The models that make such sound.
    pub fn models(self, models: &[ModelInfo]) -> impl Iterator<Item = &ModelInfo> {
        models.iter().filter(move |model| self.fits(model))
    }

    /// The model of this id; if the id is empty, the one that suits such sound best.
    ///
    /// # Errors
    /// There is none.
    pub fn model<'m>(self, models: &'m [ModelInfo], id: &str) -> Result<&'m ModelInfo, Failure> {
        let mut fitting = self.models(models);
        let found = match id {
            "" => fitting.min_by_key(|model| self.rank(model)), // of equals the first
            id => fitting.find(|model| model.id == id),
        };
        found.ok_or_else(|| match id {
            "" => Failure::refused(
                self.missing(),
                "install one: File > Models…, or `kinora models install`",
            ),
            id => Failure::refused(
                format!("the model {id} is not installed, or makes no such sound"),
                "install it: File > Models…, or `kinora models install`; or choose another model",
            ),
        })
    }
}

/// An order of sound alone.
pub(crate) struct SoundOrder {
    /// The shot with the prompt of the sound, and without anything for pictures.
    pub shot: Shot,
    /// What the sound is for.
    pub sound_use: SoundUse,
    /// The take whose pictures get the sound.
    pub of: Option<ContentHash>,
}

impl SoundOrder {
    /// `None`: the order makes pictures, or repeats the recipe of a take.
    pub fn of(order: &Order, project: &Project) -> Option<Self> {
        let shot = &order.shot;
        match (&order.work, SoundUse::in_project(shot.kind, project)) {
            (Work::Sound { of }, _) => Some(Self {
                shot: for_pictures(shot),
                sound_use: SoundUse::Pictures,
                of: *of,
            }),
            (Work::Shot, Some(sound_use)) => Some(Self {
                shot: heard(shot),
                sound_use,
                of: None,
            }),
            _ => None,
        }
    }
}

/// The sound of a shot as a shot of its own.
pub(super) fn for_pictures(shot: &Shot) -> Shot {
    let sound = &shot.sound;
    Shot {
        id: shot.id,
        negative: sound.negative.clone(),
        model: sound.model.clone(),
        ..Shot::new(&shot.name, &sound.prompt, shot.length)
    }
}

/// A shot of sound alone without what only pictures have. It may retake or extend another sound.
fn heard(shot: &Shot) -> Shot {
    let settings = ShotSettings {
        size: None,
        ..shot.settings.clone()
    };
    Shot {
        id: shot.id,
        kind: shot.kind,
        negative: shot.negative.clone(),
        model: shot.model.clone(),
        settings,
        origin: match shot.origin {
            Origin::Continues(_) => Origin::Scratch, // after a last frame
            ref origin => origin.clone(),
        },
        ..Shot::new(&shot.name, &shot.prompt, shot.length)
    }
}

/// The recipe of sound alone with this seed. It lasts as long as the take that it is for, or as its shot; a model that takes
/// a finished clip is given the pictures of the take.
///
/// # Errors
/// As [`recipe_of_shot`]; the take is gone; a voice is to be cloned without consent.
pub(crate) fn recipe_of_sound(
    sound: &SoundOrder,
    seed: u64,
    inputs: RecipeInputs,
) -> Result<Recipe, Failure> {
    let model = inputs.model;
    let made = sound.of.map(|take| recipe_of_take(take, inputs));
    let made = made.transpose()?;
    let wanted = made.as_ref().map(|made| length_of(&made.settings));
    let wanted = wanted.unwrap_or(sound.shot.length);
    let shot = Shot {
        length: covering(model, wanted),
        ..sound.shot.clone()
    };
    let mut recipe = recipe_of_shot(&shot, seed, inputs)?;
    recipe.inputs.makes = Makes::Sound;
    recipe.settings.two_stages = false; // those of a picture
    recipe.model = model_used(model, Makes::Sound, false)?;
    // A prompt may put subjects on a stage, which is not seen.
    (recipe.stage, recipe.stage_shown) = (None, StageShown::Depth);
    recipe.settings.control_strength = 1.0;
    let takes_clip = model.abilities.contains(&Ability::SoundOfClip);
    if let Some((take, made)) = sound.of.zip(made).filter(|_| takes_clip) {
        let size = made.settings.size;
        recipe.settings.size = size.map(|side| fitted_side(side, &model.spec));
        recipe.inputs.source = Some(Source {
            clip: take,
            at: 0,
            retake: None,
        });
    }
    if let ShotKind::Line(speaker) = shot.kind {
        recipe.voice = Some(voice_of(inputs.project, speaker)?);
    }
    Ok(recipe)
}

/// The recipe of the take that gets the sound.
fn recipe_of_take(take: ContentHash, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let gone = || Failure::refused("the take no longer exists", "choose another take");
    let found = inputs.takes.find(take).ok_or_else(gone)?;
    found.recipe.map_err(not_reproducible)
}

/// The length of a take of these settings.
pub(super) fn length_of(settings: &GenerationSettings) -> ModelLength {
    ModelLength {
        frames: settings.frames,
        rate: FrameRate::new(settings.rate, 1).unwrap_or(FrameRate::FPS_24),
    }
}

/// The shortest length of a model that lasts at least as long as another one.
pub(super) fn covering(model: &ModelInfo, wanted: ModelLength) -> ModelLength {
    let rule = frame_rule_of(model, wanted.rate);
    let own = Frames(i64::from(wanted.frames)).rescaled(wanted.rate, rule.rate, Rounding::Up);
    let frames = u32::try_from(own.0).unwrap_or(u32::MAX);
    let most = model.spec.most_frames().max(rule.first);
    ModelLength {
        frames: model.spec.frame_rule.at_least(frames).min(most),
        rate: rule.rate,
    }
}

/// The length of a shot of sound alone that lasts at least so many frames of a project. `None`: the model makes none that
/// long.
pub fn length_covering(
    model: &ModelInfo,
    wanted: Frames,
    project: FrameRate,
) -> Option<ModelLength> {
    let length = covering(
        model,
        ModelLength {
            frames: u32::try_from(wanted.0).ok()?,
            rate: project,
        },
    );
    let own = Frames(i64::from(length.frames));
    let lasts = own.rescaled(length.rate, project, Rounding::Down);
    (lasts >= wanted).then_some(length)
}

/// The length of a shot in which a line is said, until it is spoken: with time to spare.
pub fn line_seconds(text: &str) -> f64 {
    let letters = text.trim().chars().count();
    let seconds = letters as f64 / LETTERS_PER_SECOND + SECONDS_AROUND_LINE;
    (seconds * 10.0).round() / 10.0
}

/// The shortest length of a model that lasts at least so many seconds.
///
/// # Errors
/// It makes none that long, or its rate is not known, as a sentence without its full stop.
pub fn length_lasting(model: &ModelInfo, seconds: f64) -> Result<ModelLength, String> {
    let frames = model.spec.frames_lasting(seconds)?;
    let rate = frame_rule_of(model, FrameRate::FPS_24).rate;
    Ok(ModelLength { frames, rate })
}

/// Why no sound can be made for the pictures of a shot, as a sentence. `None`: it can be.
pub fn sound_prevention(shot: &Shot, model: &ModelInfo) -> Option<&'static str> {
    let sees = SoundUse::follows_pictures(model) && shot.chosen.is_some();
    let is_empty = shot.sound.prompt.trim().is_empty();
    (is_empty && !sees).then_some("The sound prompt is empty. Describe what is heard.")
}

/// The voice of a character, as a recipe has it.
///
/// # Errors
/// The character is gone, or has no voice; its voice is to be cloned and its field for licence and consent says nothing; the
/// recording is no longer in the project.
pub fn voice_of(project: &Project, speaker: CharacterId) -> Result<Voice<ContentHash>, Failure> {
    let gone = || {
        let cause = "the character of the line is no longer in the project";
        Failure::refused(cause, "choose another character")
    };
    let character = project.character(speaker).ok_or_else(gone)?;
    if let Some(problem) = voice_problem(character) {
        return Err(problem);
    }
    let sample = character.voice.sample.map(|id| {
        let medium = project.medium(id).map(|medium| medium.content);
        medium.ok_or_else(|| {
            let cause = format!(
                "the recording of the voice of {} is no longer in the project",
                character.name
            );
            Failure::refused(cause, "choose another one on the page of the character")
        })
    });
    Ok(Voice {
        name: character.name.clone(),
        description: character.voice.description.clone(),
        language: character.voice.language.trim().to_lowercase(),
        sample: sample.transpose()?,
        consent: character.consent.clone(),
    })
}

/// Why a character cannot say a line. `None`: it can.
pub fn voice_problem(character: &Character) -> Option<Failure> {
    let voice = &character.voice;
    let name = &character.name;
    if voice.sample.is_some() && !character.has_consent() {
        return Some(Failure::refused(
            format!("the voice of {name} cannot be cloned: its licence and consent are empty"),
            "write whose voice it is and by what right into the field Licence and consent of the character",
        ));
    }
    let is_empty = voice.description.trim().is_empty() && voice.sample.is_none();
    is_empty.then(|| {
        Failure::refused(
            format!("{name} has no voice"),
            "describe the voice on the page of the character",
        )
    })
}

#[cfg(test)]
pub(crate) mod tests;
