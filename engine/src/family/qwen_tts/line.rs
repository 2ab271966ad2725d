//! A line as a request asks for it, checked before any network is loaded: text, language, voice, length, choice of codes.

use std::path::Path;

use kinora_wire::Failure;

use super::config::ModelKind;
use super::consent::Consent;
use super::open::{SpeechModel, choices_of};
use super::prompt::{language_mark, voice_mark};
use super::sampling::Choices;
use super::say::{Asked, check, most_frames};
use crate::plan::Plan;

/// A line that a model can say.
#[derive(Debug)]
pub struct Asking<'p> {
    /// What is said.
    pub text: &'p str,
    /// The language by name. Empty: the model finds it out.
    pub language: &'p str,
    /// Whose voice says it.
    pub voice: VoiceAsked<'p>,
    /// The line is cut after so many frames of codes.
    pub most_frames: usize,
    /// How codes are chosen.
    pub choices: Choices,
    /// Seed of the choice.
    pub seed: u64,
}

/// The voice of a line.
#[derive(Debug)]
pub enum VoiceAsked<'p> {
    /// Made from a description.
    Described(&'p str),
    /// One of the model's own.
    Own {
        /// Its name.
        name: &'p str,
        /// How it speaks. Empty: as it does.
        instruction: &'p str,
    },
    /// Cloned from a recording, a WAV file.
    Cloned {
        /// The file.
        recording: &'p Path,
        /// By what right.
        consent: Consent,
    },
}

impl<'p> Asking<'p> {
    /// The line of a plan.
    ///
    /// # Errors
    /// Refused if nobody says it, if its voice is to be cloned without consent, and if the model cannot say it.
    pub fn of(model: &SpeechModel, plan: &'p Plan) -> Result<Self, Failure> {
        let request = &plan.request;
        let text = request.inputs.prompt.as_str();
        let voice = request.voice.as_ref().ok_or_else(|| {
            Failure::refused(
                "the line has no voice",
                "describe a voice, or give a recording of one with the consent to clone it",
            )
        })?;
        if text.trim().is_empty() {
            return Err(Failure::refused(
                "a line without words cannot be said",
                "write what is said",
            ));
        }
        if request.latents_out.is_some() {
            return Err(Failure::refused(
                "a voice has no latents to write",
                "leave out the file for them",
            ));
        }
        let config = model.config();
        let asked = match &voice.sample {
            Some(recording) => VoiceAsked::Cloned {
                consent: Consent::of_character(&voice.name, &voice.consent)?,
                recording,
            },
            None => described(&voice.name, &voice.description, config.kind)?,
        };
        let (check_of, own) = match &asked {
            VoiceAsked::Described(words) => (Asked::Described(words), None),
            VoiceAsked::Own { name, instruction } => (Asked::Own(instruction), Some(*name)),
            VoiceAsked::Cloned { .. } => (Asked::Cloned, None),
        };
        check(config, check_of, text)?;
        language_mark(&config.talker, &voice.language)?;
        own.map(|name| voice_mark(&config.talker, name))
            .transpose()?;
        let settings = plan.settings();
        Ok(Self {
            text,
            language: &voice.language,
            voice: asked,
            most_frames: most_frames(model.codec.shape.frame_rate(), plan.seconds())?,
            choices: choices_of(settings.speech),
            seed: request.inputs.seed,
        })
    }
}

/// A voice by its description. For models with voices of their own the description is a name, alone or before how it
/// speaks: "Vivian", "Vivian, in a whisper".
fn described<'p>(
    character: &str,
    description: &'p str,
    kind: ModelKind,
) -> Result<VoiceAsked<'p>, Failure> {
    let words = description.trim();
    if words.is_empty() {
        return Err(Failure::refused(
            format!("the voice of {character} is not described"),
            "describe how it sounds",
        ));
    }
    Ok(match kind {
        ModelKind::OwnVoices { .. } => {
            let is_sign = |letter: char| matches!(letter, ',' | ':' | ';');
            let (name, instruction) = words.split_once(is_sign).unwrap_or((words, ""));
            VoiceAsked::Own {
                name: name.trim(),
                instruction: instruction.trim(),
            }
        }
        ModelKind::Design | ModelKind::Cloning => VoiceAsked::Described(words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_own_voice_is_named_first_and_then_told_how_to_speak() {
        let kind = ModelKind::OwnVoices {
            takes_instructions: true,
        };
        let parts = |words| match described("Ada", words, kind).expect("a voice") {
            VoiceAsked::Own { name, instruction } => (name, instruction),
            other => panic!("{other:?}"),
        };
        assert_eq!(parts(" Vivian "), ("Vivian", ""));
        assert_eq!(parts("Vivian: in a whisper"), ("Vivian", "in a whisper"));
        let words = "uncle_fu, old, but quick";
        assert_eq!(parts(words), ("uncle_fu", "old, but quick"));
        let empty = described("Ada", " \n", ModelKind::Design).expect_err("refused");
        assert!(empty.cause.contains("Ada"), "{empty}");
    }
}
