//! New shots that are based on a take: a range of it generated again, or frames before or after it. The take and its
//! own shot stay as they are.

use kinora_timeline::shot::settings::ShotSettings;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{End, FrameRule, ModelLength, Origin, RetakeStreams, Shot};
use kinora_timeline::stage::Stage;
use kinora_timeline::{ContentHash, FrameRange, FrameRate, Frames};
use kinora_wire::Makes;

use super::recipe::Recipe;
use super::recipe_builder::overlap_frames;

/// A shot that generates a range of a take again, of its picture, its sound or both, and keeps the rest. Only the keyframe
/// images in the range still count.
pub fn retaking(
    shot: &Shot,
    take: ContentHash,
    recipe: &Recipe,
    (range, streams): (FrameRange, RetakeStreams),
) -> Shot {
    let based = based_on(shot, recipe);
    let keyframes = based.keyframes.iter();
    let keyframes = keyframes.filter(|key| range.contains(Frames(i64::from(key.frame))));
    Shot {
        origin: Origin::Retakes {
            take,
            range,
            streams,
        },
        keyframes: keyframes.cloned().collect(),
        ..based
    }
}

/// A shot that continues a take after its end, or leads to its start. They have [`overlap_frames`] in common.
/// Keyframe images, camera path, stage and control clip are left out: they belong to the frames of the take, and would begin
/// again.
pub fn extending(
    shot: &Shot,
    take: ContentHash,
    recipe: &Recipe,
    end: End,
    rule: FrameRule,
) -> Shot {
    let based = based_on(shot, recipe);
    let overlap = overlap_frames(recipe.inputs.makes, recipe.settings.rate);
    let wanted = based.length.frames.max(overlap.saturating_mul(2));
    Shot {
        origin: Origin::Extends { take, end },
        length: ModelLength {
            frames: rule.nearest(wanted).frames,
            ..based.length
        },
        keyframes: Vec::new(),
        camera: None,
        stage: Stage::default(),
        control: None,
        ..based
    }
}

/// The shot with the model, the length and the size of a take, and without takes of its own. Of sound for the pictures of a
/// shot it is a shot of sound alone, with the prompt of the sound.
fn based_on(shot: &Shot, recipe: &Recipe) -> Shot {
    let made = &recipe.settings;
    let shot = match (recipe.inputs.makes, shot.kind) {
        (Makes::Sound, ShotKind::Picture) => &Shot {
            kind: ShotKind::Sound,
            prompt: recipe.inputs.prompt.clone(),
            negative: made.negative.clone(),
            ..shot.clone()
        },
        _ => shot,
    };
    Shot {
        model: recipe.model.id.clone(),
        length: ModelLength {
            frames: made.frames,
            rate: FrameRate::new(made.rate, 1).unwrap_or(shot.length.rate),
        },
        settings: ShotSettings {
            size: Some(made.size),
            ..shot.settings.clone()
        },
        chosen: None,
        chosen_sound: None,
        ..shot.clone()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::stage::StageShown;
    use std::collections::BTreeMap;

    use kinora_timeline::shot::ImageKey;
    use kinora_wire::{
        ClipInputs, ExpertSwitch, GenerationSettings, Guidance, LowNoiseGuidance, Sampler,
        SpeechSampling, StepCache, StreamGuidance,
    };

    use super::*;
    use crate::take::recipe::{MadeWith, ModelUsed, VERSION};

    fn rate() -> FrameRate {
        FrameRate::new(8, 1).expect("a rate")
    }

    fn rule() -> FrameRule {
        FrameRule {
            step: 8,
            first: 1,
            longest: 97,
            rate: rate(),
        }
    }

    pub fn recipe() -> Recipe {
        Recipe {
            version: VERSION,
            model: ModelUsed {
                id: "pretended".into(),
                files: BTreeMap::new(),
            },
            made_with: MadeWith {
                engine: "fake".into(),
                libtorch: "none".into(),
                device: "cpu".into(),
                device_name: "a pretended processor".into(),
            },
            settings: GenerationSettings {
                negative: String::new(),
                size: [32, 16],
                frames: 33,
                rate: 8,
                steps: 2,
                guidance: Guidance::Off,
                sampler: Sampler::Euler,
                shift: 3.0,
                control_strength: 1.0,
                guidance_low: LowNoiseGuidance::Same,
                expert_switch: ExpertSwitch::Never,
                step_cache: StepCache::Off,
                stream_guidance: StreamGuidance::default(),
                two_stages: false,
                speech: SpeechSampling::default(),
            },
            inputs: ClipInputs::default(),
            has_rays: false,
            stage: None,
            stage_shown: StageShown::Depth,
            control: None,
            voice: None,
            upscaled: None,
            retake_in: None,
            is_still: false,
        }
    }

    /// A shot that has become shorter since the take was made, with keyframe images on frames 0 and 12.
    fn shot() -> Shot {
        let length = ModelLength {
            frames: 13,
            rate: FrameRate::FPS_24,
        };
        let keyframes = [0, 12].map(|frame| ImageKey {
            frame,
            image: ContentHash::of(b"a picture"),
        });
        Shot {
            keyframes: keyframes.to_vec(),
            chosen: Some(ContentHash::of(b"take")),
            ..Shot::new("a", "a fox", length)
        }
    }

    #[test]
    fn a_retake_has_the_length_of_the_take_and_the_pictures_of_its_range() {
        let take = ContentHash::of(b"take");
        let range = FrameRange::between(Frames(8), Frames(16));
        let streams = RetakeStreams::Sound;
        let retake = retaking(&shot(), take, &recipe(), (range, streams));
        let origin = Origin::Retakes {
            take,
            range,
            streams,
        };
        assert_eq!(retake.origin, origin);
        assert_eq!(retake.length, rule().nearest(33));
        assert_eq!(retake.settings.size, Some([32, 16]));
        assert_eq!((retake.model.as_str(), retake.chosen), ("pretended", None));
        let frames: Vec<u32> = retake.keyframes.iter().map(|key| key.frame).collect();
        assert_eq!(frames, [12]);
    }

    #[test]
    fn an_extension_is_longer_than_the_frames_it_shares_with_the_take() {
        let take = ContentHash::of(b"take");
        let mut short = recipe();
        short.settings.frames = 5;
        for end in [End::Head, End::Tail] {
            let longer = extending(&shot(), take, &short, end, rule());
            assert_eq!(longer.origin, Origin::Extends { take, end });
            assert_eq!(longer.length, rule().nearest(17));
            assert!(longer.keyframes.is_empty());
        }
    }
}
