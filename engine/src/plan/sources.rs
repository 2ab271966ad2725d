//! What a request gives of a finished clip: frames and sound to keep, a range of them to make again, or one of both, for
//! which the other is made.

use kinora_wire::{Ability, Failure, Makes};

use super::Plan;

impl Plan {
    /// The frame of the source clip that is kept as `frame` of the new clip. `None` if that frame is generated.
    pub fn kept_from_source(&self, frame: i64) -> Option<usize> {
        let source = self.request.inputs.source.as_ref()?;
        let is_retaken = source
            .retake
            .is_some_and(|[from, to]| (i64::from(from)..i64::from(to)).contains(&frame));
        self.in_source(frame).filter(|_| !is_retaken)
    }

    /// The frame of the source clip at `frame` of the new clip, kept or not.
    pub fn in_source(&self, frame: i64) -> Option<usize> {
        let source = self.request.inputs.source.as_ref()?;
        let index = usize::try_from(frame.checked_sub(source.at)?).ok()?;
        (index < source.clip.frames.len()).then_some(index)
    }

    /// Whether all frames are given: of a clip for which only sound is made.
    pub fn has_given_picture(&self) -> bool {
        let inputs = &self.request.inputs;
        let source = inputs.source.as_ref();
        inputs.makes == Makes::Sound && source.is_some_and(|source| !source.clip.frames.is_empty())
    }

    /// Whether the whole sound is given: of a clip of which only the picture is made.
    pub fn has_given_sound(&self) -> bool {
        self.request.sound.is_some() && self.request.inputs.makes == Makes::Picture
    }

    /// What a model must be able to do with the source of the request.
    pub(super) fn abilities_of_source(&self) -> Vec<Ability> {
        let inputs = &self.request.inputs;
        let source = inputs.source.as_ref();
        let has_frames = source.is_some_and(|source| !source.clip.frames.is_empty());
        // A model of sound alone has no other.
        let has_sound = self.request.sound.is_some() && self.spec.sound.is_none();
        let makes_picture = inputs.makes.has_picture();
        let asked = [
            (has_frames && makes_picture, Ability::Source),
            (has_frames && !makes_picture, Ability::SoundOfClip),
            (
                has_sound && !has_frames && makes_picture,
                Ability::PictureOfSound,
            ),
            (has_sound, Ability::SourceSound),
        ];
        let asked = asked.into_iter().filter(|(is_asked, _)| *is_asked);
        asked.map(|(_, ability)| ability).collect()
    }

    /// Refuses a source of which nothing is kept, and one that is too short to be given whole.
    pub(super) fn refuse_source(&self) -> Result<(), Failure> {
        let inputs = &self.request.inputs;
        let Some(source) = &inputs.source else {
            return Ok(());
        };
        let count = source.clip.frames.len();
        let has_sound = self.request.sound.is_some();
        let mut frames = 0..self.frames();
        if !inputs.makes.has_picture() {
            let is_given = |frame: i64| match has_sound {
                true => self.in_source(frame), // the range is one of its sound
                false => self.kept_from_source(frame),
            };
            return match frames.all(|frame| is_given(frame).is_some()) {
                true => Ok(()),
                false => Err(Failure::refused(
                    format!(
                        "the clip has {count} frames, and sound of {} is to be made",
                        self.frames()
                    ),
                    "use a longer clip or fewer frames, and retake none of them",
                )),
            };
        }
        match frames.any(|frame| self.kept_from_source(frame).is_some()) {
            true => Ok(()),
            false => Err(Failure::refused(
                format!("nothing of the source clip ({count} frames) is kept"),
                "place it so that it overlaps the new clip, and retake less of it",
            )),
        }
    }
}
