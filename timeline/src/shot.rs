//! A shot: the prompt, cast, camera and stage to generate from, and the chosen take.

pub mod keys;
pub mod loras;
pub mod settings;
pub mod sound;

use serde::{Deserialize, Serialize};

use crate::camera::CameraPath;
use crate::stage::{Form, Stage};
use crate::stored::is_default;
use crate::{CharacterId, ContentHash, FrameRange, FrameRate, Frames, MediumId, Rounding, ShotId};
use loras::ShotLora;
use settings::ShotSettings;
use sound::{ShotKind, ShotSound};

/// A shot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shot {
    /// Unique within the project, and permanent.
    pub id: ShotId,
    /// Its name.
    pub name: String,
    /// Whether it has pictures, or is sound alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: ShotKind,
    /// The prompt; characters appear as `@tag`.
    pub prompt: String,
    /// The negative prompt.
    #[serde(default, skip_serializing_if = "is_default")]
    pub negative: String,
    /// The id of the model card; empty for the default model.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: String,
    /// The seed of the noise.
    pub seed: SeedPolicy,
    /// Its length, in frames of the model.
    pub length: ModelLength,
    /// The settings it has of its own; the others are its model's defaults.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: ShotSettings,
    /// LoRAs, in the order in which they are added to the weights.
    #[serde(default, skip_serializing_if = "is_default")]
    pub loras: Vec<ShotLora>,
    /// Keyframe images, sorted by frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keyframes: Vec<ImageKey>,
    /// The characters in it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cast: Vec<CastMember>,
    /// The camera path; `None` leaves the camera to the model.
    #[serde(default, skip_serializing_if = "is_default")]
    pub camera: Option<CameraPath>,
    /// The 3-D blockout.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stage: Stage,
    /// The imported video whose pictures are followed, in place of the stage.
    #[serde(default, skip_serializing_if = "is_default")]
    pub control: Option<MediumId>,
    /// The shot or take it is based on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub origin: Origin,
    /// The chosen take; `None` shows the animatic.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chosen: Option<ContentHash>,
    /// The take whose sound is heard in place of that of the chosen take. `None`: the sound of the chosen take, if it has
    /// any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chosen_sound: Option<ContentHash>,
    /// What the sound for its pictures is made from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sound: ShotSound,
}

/// How the seed of a take is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeedPolicy {
    /// The same seed for every take.
    Fixed(u64),
    /// A random seed for each take.
    Fresh,
}

/// A length in a model's own frames at its own rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelLength {
    /// The number of frames.
    pub frames: u32,
    /// The model's frame rate.
    pub rate: FrameRate,
}

/// The lengths a model can make: `step * n + first` frames, such as 4n + 1 for Wan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRule {
    /// The increment; above zero.
    pub step: u32,
    /// The shortest length.
    pub first: u32,
    /// The longest length.
    pub longest: u32,
    /// The model's frame rate.
    pub rate: FrameRate,
}

impl FrameRule {
    /// Whether a model can make this length.
    pub fn allows(&self, length: ModelLength) -> bool {
        let beyond = length.frames.checked_sub(self.first);
        let is_step = beyond.is_some_and(|beyond| beyond.is_multiple_of(self.step.max(1)));
        is_step && length.rate == self.rate
    }

    /// The shortest length that covers `wanted` at the project's rate; the longest one if none does.
    pub fn cover(&self, wanted: Frames, project: FrameRate) -> ModelLength {
        let mut length = self.snap(wanted, project);
        let covered = Frames(i64::from(length.frames)).rescaled(self.rate, project, Rounding::Down);
        if covered < wanted && length.frames + self.step <= self.longest {
            length.frames += self.step; // the nearest was shorter
        }
        length
    }

    /// The length that is nearest to so many of the model's own frames.
    pub fn nearest(&self, frames: u32) -> ModelLength {
        self.snap(Frames(i64::from(frames)), self.rate)
    }

    /// The model length nearest to `wanted` frames at the project's rate.
    pub fn snap(&self, wanted: Frames, project: FrameRate) -> ModelLength {
        let wanted = wanted.rescaled(project, self.rate, Rounding::Nearest).0;
        let step = i64::from(self.step.max(1));
        let steps = ((wanted - i64::from(self.first)) * 2 + step)
            .div_euclid(2 * step)
            .max(0);
        let most = i64::from(self.longest.saturating_sub(self.first)) / step;
        let frames = i64::from(self.first) + steps.min(most) * step;
        ModelLength {
            frames: u32::try_from(frames).unwrap_or(self.first),
            rate: self.rate,
        }
    }
}

/// A keyframe image: the frame of the shot that must show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageKey {
    /// Counted from the shot's first frame, in frames of the model.
    pub frame: u32,
    /// The picture.
    pub image: ContentHash,
}

/// A character in a shot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CastMember {
    /// The character.
    pub character: CharacterId,
    /// How closely the reference images are followed, from 0 to 1.
    pub strength: f32,
}

/// What a shot is based on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Nothing: text to video.
    #[default]
    Scratch,
    /// Continues from the end of another shot.
    Continues(ShotId),
    /// Extends a take.
    Extends {
        /// The take.
        take: ContentHash,
        /// Before its start or after its end.
        end: End,
    },
    /// Regenerates a part of a take.
    Retakes {
        /// The take.
        take: ContentHash,
        /// The part, in frames of the model.
        range: FrameRange,
        /// What of a take with picture and sound is made again in it. The other is kept.
        #[serde(default, skip_serializing_if = "RetakeStreams::is_both")]
        streams: RetakeStreams,
    },
}

/// What is made again in a part of a take that has picture and sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RetakeStreams {
    /// Both, in step.
    #[default]
    Both,
    /// The picture alone.
    Picture,
    /// The sound alone.
    Sound,
}

impl RetakeStreams {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
    fn is_both(&self) -> bool {
        *self == Self::Both
    }
}

/// An end of a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Its start.
    Head,
    /// Its end.
    Tail,
}

impl Shot {
    /// Whether a character is in the cast of the shot, on its stage, or says its line.
    pub fn has(&self, character: CharacterId) -> bool {
        let mut cast = self.cast.iter();
        let mut stand_ins = self.stage.stand_ins.iter();
        self.kind == ShotKind::Line(character)
            || cast.any(|member| member.character == character)
            || stand_ins.any(|stand_in| stand_in.form == Form::Mannequin(Some(character)))
    }

    /// A shot with a prompt only; the id is assigned when it is added.
    pub fn new(name: &str, prompt: &str, length: ModelLength) -> Self {
        Self {
            id: ShotId(0),
            name: name.into(),
            kind: ShotKind::Picture,
            prompt: prompt.into(),
            negative: String::new(),
            model: String::new(),
            seed: SeedPolicy::Fresh,
            length,
            settings: ShotSettings::default(),
            loras: Vec::new(),
            keyframes: Vec::new(),
            cast: Vec::new(),
            camera: None,
            stage: Stage::default(),
            control: None,
            origin: Origin::Scratch,
            chosen: None,
            chosen_sound: None,
            sound: ShotSound::default(),
        }
    }

    /// Whether it has a take: one that it shows, or, for sound alone, one that is heard.
    pub fn has_take(&self) -> bool {
        match self.kind.is_sound() {
            true => self.sound_take().is_some(),
            false => self.chosen.is_some(),
        }
    }

    /// The take whose sound is heard, if it has any.
    pub fn sound_take(&self) -> Option<ContentHash> {
        self.chosen_sound.or(self.chosen)
    }

    /// Its length in whole frames at the project's rate; at least one.
    pub fn available(&self, project: FrameRate) -> Frames {
        let own = Frames(i64::from(self.length.frames));
        own.rescaled(self.length.rate, project, Rounding::Down)
            .max(Frames::ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_covers_another_is_never_shorter_and_hardly_longer() {
        let project = FrameRate::FPS_24;
        let rule = FrameRule {
            step: 4,
            first: 1,
            longest: 241,
            rate: FrameRate::new(16, 1).expect("a rate"),
        };
        for gap in 1..=360 {
            let length = rule.cover(Frames(gap), project);
            let made = Frames(i64::from(length.frames));
            let made = made.rescaled(length.rate, project, Rounding::Down).0;
            assert_eq!(length.frames % 4, 1);
            assert!((gap..gap + 12).contains(&made), "{gap}: {made}");
        }
        assert_eq!(rule.cover(Frames(10_000), project).frames, 241);
    }

    #[test]
    fn a_length_snaps_to_what_the_model_can_make() {
        let rate = |frames| FrameRate::new(frames, 1).expect("a rate");
        let wan = FrameRule {
            step: 4,
            first: 1,
            longest: 81,
            rate: rate(16),
        };
        let snapped = |wanted| wan.snap(Frames(wanted), rate(24)).frames;
        assert_eq!(
            [
                snapped(24),
                snapped(0),
                snapped(-5),
                snapped(120),
                snapped(9999)
            ],
            [17, 1, 1, 81, 81]
        );
        assert_eq!(snapped(27), 17, "18 lies nearer to 17 than to 21");
    }

    #[test]
    fn a_shot_without_own_settings_is_written_as_before_there_were_any() {
        let length = ModelLength {
            frames: 81,
            rate: FrameRate::FPS_24,
        };
        let plain = Shot::new("a", "", length);
        let text = ron::to_string(&plain).expect("written");
        assert!(
            !text.contains("settings") && !text.contains("loras") && !text.contains("control"),
            "{text}"
        );
        assert!(!text.contains("kind") && !text.contains("sound"), "{text}");
        assert_eq!(ron::from_str(&text).ok(), Some(plain.clone()));
        let settings = ShotSettings {
            steps: Some(8),
            shift: Some(0.1),
            ..ShotSettings::default()
        };
        let own = Shot {
            settings,
            loras: vec![ShotLora::new("style.safetensors")],
            control: Some(MediumId::from(7)),
            kind: ShotKind::Line(CharacterId::from(3)),
            sound: ShotSound {
                prompt: "steps on gravel".into(),
                seed: Some(7),
                ..ShotSound::default()
            },
            ..plain
        };
        let text = ron::to_string(&own).expect("written");
        assert_eq!(ron::from_str(&text).ok(), Some(own));
    }

    #[test]
    fn a_shot_fills_the_films_own_frames() {
        let length = ModelLength {
            frames: 81,
            rate: FrameRate::new(16, 1).expect("a rate"),
        };
        assert_eq!(
            Shot::new("a", "", length).available(FrameRate::FPS_24),
            Frames(121)
        );
    }
}
