//! What a request asks of a model of sound alone: a length in seconds, no inputs of pictures, and perhaps a given sound of
//! which parts are kept.

use std::path::Path;

use kinora_wire::{Ability, Failure, SoundSpec, Source, StepCache};

use super::{Plan, PlanContext};

/// A given sound in a plan, in seconds of the new sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GivenSound<'p> {
    /// Its WAV file.
    pub file: &'p Path,
    /// Where it begins; below zero its start is cut off.
    pub at_seconds: f64,
    /// First and end of what is made anew although it covers it.
    pub retake: Option<(f64, f64)>,
}

impl GivenSound<'_> {
    /// The ranges of a new sound that are made anew, in order: before the given sound, what is retaken of it, and after it.
    pub fn replaced(&self, given_seconds: f64, seconds: f64) -> Vec<(f64, f64)> {
        let (first, end) = (self.at_seconds, self.at_seconds + given_seconds);
        let ranges = [Some((0.0, first)), self.retake, Some((end, seconds))];
        let ranges = ranges.into_iter().flatten();
        let inside = ranges.map(|(first, end)| (first.max(0.0), end.min(seconds)));
        inside.filter(|(first, end)| first < end).collect()
    }
}

impl Plan {
    /// How long the clip lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        let settings = self.settings();
        f64::from(settings.frames) / f64::from(settings.rate)
    }

    /// The given sound, if there is one.
    pub fn given_sound(&self) -> Option<GivenSound<'_>> {
        let Source { clip, at, retake } = self.request.sound.as_ref()?;
        let rate = f64::from(self.settings().rate);
        let place = |frame: u32| f64::from(frame) / rate;
        Some(GivenSound {
            file: clip,
            at_seconds: *at as f64 / rate,
            retake: retake.map(|[first, end]| (place(first), place(end))),
        })
    }

    /// Refuses a sound that is too short or too long for the model.
    pub(super) fn refuse_length(&self, sound: SoundSpec) -> Result<(), Failure> {
        let seconds = self.seconds();
        if sound.allows(seconds) {
            return Ok(());
        }
        Err(Failure::refused(
            format!("a sound of {seconds} s cannot be made"),
            format!(
                "ask for {} to {} seconds",
                sound.shortest_seconds, sound.longest_seconds
            ),
        ))
    }

    /// Refuses what a model of sound alone has no use for, and a given sound for any other model.
    pub(super) fn refuse_sound(&self, context: &PlanContext) -> Result<(), Failure> {
        let model = context.model;
        if self.spec.sound.is_none() {
            return match self.request.sound {
                None => Ok(()),
                Some(_) if Ability::SourceSound.is_among(&self.spec.abilities) => {
                    self.refuse_given_sound()
                }
                Some(_) => Err(Failure::refused(
                    format!("{model} cannot be given a sound"),
                    "leave it out, or use a model of sound alone that retakes or extends a sound",
                )),
            };
        }
        let (settings, defaults) = (self.settings(), &context.defaults);
        let has_shift = settings.shift.to_bits() != defaults.shift.to_bits();
        let unusable = [
            (settings.sampler != defaults.sampler, "another sampler"),
            (has_shift, "another timestep shift"),
            (settings.step_cache != StepCache::Off, "a step cache"),
            (!self.request.inputs.loras.is_empty(), "a LoRA"),
        ];
        let unusable = unusable.into_iter().find(|(is_asked, _)| *is_asked);
        if let Some((_, what)) = unusable {
            return Err(Failure::refused(
                format!("{model} makes sound alone, and cannot be given {what}"),
                "leave it out",
            ));
        }
        self.refuse_given_sound()
    }

    /// Refuses to clone a voice without consent, whatever the model; and sampling of speech for a model without speech.
    pub(super) fn refuse_voice(&self, context: &PlanContext) -> Result<(), Failure> {
        if let Some(voice) = &self.request.voice
            && voice.sample.is_some()
            && !voice.has_consent()
        {
            return Err(voice.without_consent());
        }
        let speaks = [Ability::Voice, Ability::ClonedVoice];
        let speaks = speaks
            .iter()
            .any(|voice| self.spec.abilities.contains(voice));
        match speaks || self.settings().speech.is_neutral() {
            true => Ok(()),
            false => Err(Failure::refused(
                format!(
                    "{} does not speak, and has no sampling of speech",
                    context.model
                ),
                "leave it out, or use a voice model",
            )),
        }
    }

    fn refuse_given_sound(&self) -> Result<(), Failure> {
        let Some(given) = self.given_sound() else {
            return Ok(());
        };
        if !given.file.is_file() {
            return Err(Failure::bad_file(
                format!("the sound {} is not there", given.file.display()),
                "give the path of a WAV file",
            ));
        }
        let seconds = self.seconds();
        let is_range = |(first, end): (f64, f64)| first < end && first < seconds;
        if given.retake.is_some_and(|range| !is_range(range)) || given.at_seconds >= seconds {
            return Err(Failure::refused(
                format!("the given sound is placed or retaken outside the new one of {seconds} s"),
                "place it and retake it within the new sound",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_given_sound_does_not_cover_and_what_is_retaken_is_made_anew() {
        let at = |at_seconds, retake| GivenSound {
            file: Path::new("given.wav"),
            at_seconds,
            retake,
        };
        let whole = at(0.0, None);
        assert_eq!(whole.replaced(4.0, 4.0), []);
        assert_eq!(whole.replaced(1.5, 4.0), [(1.5, 4.0)], "continued");
        assert_eq!(at(2.5, None).replaced(1.5, 4.0), [(0.0, 2.5)], "before it");
        let retaken = at(-1.0, Some((0.5, 9.0)));
        assert_eq!(retaken.replaced(9.0, 4.0), [(0.5, 4.0)]);
    }
}
