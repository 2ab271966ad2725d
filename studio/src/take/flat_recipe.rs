//! The recipe as `take.ron` held it in versions 1 and 2: every setting and input a field of its own. Only read, for takes
//! that exist; it never gets another field.

use kinora_timeline::ContentHash;
use kinora_timeline::stage::Stage;
use kinora_wire::{
    Camera, ClipInputs, ExpertSwitch, GenerationSettings, Guidance, Keyframe, LowNoiseGuidance,
    Makes, Reference, Sampler, Source, SpeechSampling, StepCache, StreamGuidance,
};
use serde::Deserialize;

use super::recipe::{MadeWith, ModelUsed, PictureUsed, Recipe};
use crate::stage::StageShown;

/// The last version of this form.
pub const LAST_VERSION: u32 = 2;

/// A recipe of version 1 or 2.
#[derive(Deserialize)]
pub struct FlatRecipe {
    version: u32,
    model: ModelUsed,
    made_with: MadeWith,
    prompt: String,
    negative: String,
    size: [u32; 2],
    frames: u32,
    rate: u32,
    seed: u64,
    steps: u32,
    guidance: Guidance,
    sampler: Sampler,
    shift: f64,
    #[serde(default)]
    keyframes: Vec<(i64, PictureUsed)>,
    #[serde(default)]
    references: Vec<(String, Vec<ContentHash>)>,
    #[serde(default)]
    camera: Option<Camera>,
    #[serde(default)]
    has_rays: bool,
    #[serde(default)]
    stage: Option<Stage>,
    #[serde(default)]
    source: Option<FlatSource>,
}

#[derive(Deserialize)]
struct FlatSource {
    take: ContentHash,
    at: i64,
    retake: Option<[u32; 2]>,
}

impl From<FlatRecipe> for Recipe {
    fn from(flat: FlatRecipe) -> Self {
        let control_strength = flat
            .stage
            .as_ref()
            .map_or(1.0, |stage| f64::from(stage.strength));
        let keyframes = flat.keyframes.into_iter();
        let references = flat.references.into_iter();
        Self {
            version: flat.version,
            model: flat.model,
            made_with: flat.made_with,
            settings: GenerationSettings {
                negative: flat.negative,
                size: flat.size,
                frames: flat.frames,
                rate: flat.rate,
                steps: flat.steps,
                guidance: flat.guidance,
                sampler: flat.sampler,
                shift: flat.shift,
                control_strength,
                guidance_low: LowNoiseGuidance::Same,
                expert_switch: ExpertSwitch::Never,
                step_cache: StepCache::Off,
                stream_guidance: StreamGuidance::default(),
                two_stages: false,
                speech: SpeechSampling::default(),
            },
            inputs: ClipInputs {
                prompt: flat.prompt,
                seed: flat.seed,
                keyframes: keyframes
                    .map(|(frame, image)| Keyframe { frame, image })
                    .collect(),
                references: references
                    .map(|(name, images)| Reference {
                        name,
                        images: images.into_iter().map(PictureUsed::File).collect(),
                    })
                    .collect(),
                camera: flat.camera,
                source: flat.source.map(|source| Source {
                    clip: source.take,
                    at: source.at,
                    retake: source.retake,
                }),
                loras: Vec::new(),
                makes: Makes::Picture,
            },
            has_rays: flat.has_rays,
            stage: flat.stage,
            stage_shown: StageShown::Depth,
            control: None,
            voice: None,
            upscaled: None,
            retake_in: None,
            is_still: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As version 2 wrote it: the full recipe of the test in `identity/tests.rs`.
    const VERSION_2: &str = r#"(
        version: 2,
        model: (id: "starter", files: {"model.safetensors": "5e1f"}),
        made_with: (engine: "0.1.0", libtorch: "2.11.0", device: "cpu", device_name: "Processor"),
        prompt: "a red fox \"runs\"",
        negative: "",
        size: (96, 64),
        frames: 17,
        rate: 16,
        seed: 7,
        steps: 12,
        guidance: (kind: "zero-star", scale: 5.0, zero_steps: 1),
        sampler: r#unipc-diffusers,
        shift: 3.0,
        keyframes: [
            (0, File("22896bcbc3d1c76a0b90c4c3523dbea532ad63196fafdbd52cced52200d3dae4")),
            (16, FrameOf(take: "bc7877b331f8a47e98d265dbff64c3e70350e3ea620c949b7d642ecc56b88ec8", frame: 7)),
        ],
        references: [("mia", ["49350a64bb0c11056dd1c0cc34f2a23c0292eb730dc17cd8ab6d37b08b428712"])],
        camera: Some((views: [(
            world_from_camera: (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.5, -1.5, 2.0),
            focal: (1.25, 0.75),
            centre: (0.5, 0.5),
        )])),
        has_rays: true,
        stage: Some((
            ground: true,
            stand_ins: [
                (name: "mia", form: Mannequin(Some(3)), size: (0.95, 1.65, 0.6),
                    keys: [(frame: 0, position: (0.0, 0.0, 0.0), turn_degrees: 180.0)]),
                (name: "tree", form: Column, size: (0.4, 3.0, 0.4),
                    keys: [(frame: 0, position: (0.0, 0.0, 1.0), turn_degrees: 180.0)]),
            ],
            strength: 0.5,
        )),
        source: Some((
            take: "bc7877b331f8a47e98d265dbff64c3e70350e3ea620c949b7d642ecc56b88ec8",
            at: -8,
            retake: Some((3, 9)),
        )),
    )"#;

    #[test]
    fn a_recipe_of_version_2_keeps_its_name() {
        let flat: FlatRecipe = ron::from_str(VERSION_2).expect("read");
        let recipe = Recipe::from(flat);
        assert_eq!(
            recipe.hash().to_string(),
            "958430061d012a930f54a6818cc1263e8129489be8584c2c577da07a04234c9a"
        );
        let text = ron::to_string(&recipe).expect("written");
        assert_eq!(ron::from_str(&text), Ok(recipe), "in the form of today");
    }
}
