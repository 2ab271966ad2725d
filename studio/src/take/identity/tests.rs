//! The tests of the identity of a take: recipes with known names, and that whatever changes in a recipe changes its
//! name.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DAffine3, DMat3, DVec3};
use kinora_timeline::media::Deinterlacing;
use kinora_timeline::stage::{Form, Stage, StandIn};
use kinora_timeline::{CharacterId, Frames};
use kinora_wire::{Camera, View};

use super::*;
use crate::stage::{CastColours, StageShown};
use crate::take::recipe::GuideUsed;

/// Every field has a value of its own.
fn full() -> Recipe {
    let plain = plain();
    let view = View {
        world_from_camera: DAffine3 {
            matrix3: DMat3::IDENTITY,
            translation: DVec3::new(0.5, -1.5, 2.0),
        },
        focal: [1.25, 0.75],
        centre: [0.5, 0.5],
        aspect: None,
    };
    let mut stage = Stage::of_cast(&[("mia".into(), Some(CharacterId::from(3)))]);
    stage.strength = 0.5;
    stage.stand_ins.push(StandIn::new(
        "tree",
        Form::Column,
        DVec3::new(0.4, 3.0, 0.4),
        DVec3::Z,
    ));
    Recipe {
        settings: GenerationSettings {
            guidance: Guidance::ZeroStar {
                scale: 5.0,
                zero_steps: 1,
            },
            sampler: Sampler::UniPcDiffusers,
            control_strength: 0.5,
            ..plain.settings
        },
        inputs: ClipInputs {
            keyframes: vec![
                Keyframe {
                    frame: 0,
                    image: PictureUsed::File(ContentHash::of(b"first")),
                },
                Keyframe {
                    frame: 16,
                    image: PictureUsed::FrameOf {
                        take: ContentHash::of(b"take"),
                        frame: 7,
                    },
                },
            ],
            references: vec![Reference {
                name: "mia".into(),
                images: vec![PictureUsed::File(ContentHash::of(b"portrait"))],
            }],
            camera: Some(Camera { views: vec![view] }),
            source: Some(Source {
                clip: ContentHash::of(b"take"),
                at: -8,
                retake: Some([3, 9]),
            }),
            ..plain.inputs
        },
        has_rays: true,
        stage: Some(stage),
        ..plain
    }
}

fn plain() -> Recipe {
    let file = ("model.safetensors".to_owned(), "5e1f".to_owned());
    Recipe {
        version: super::super::recipe::VERSION,
        model: ModelUsed {
            id: "starter".into(),
            files: BTreeMap::from([file]),
        },
        made_with: MadeWith {
            engine: "0.1.0".into(),
            libtorch: "2.11.0".into(),
            device: "cpu".into(),
            device_name: "Processor".into(),
        },
        settings: GenerationSettings {
            negative: String::new(),
            size: [96, 64],
            frames: 17,
            rate: 16,
            steps: 12,
            guidance: Guidance::Classifier { scale: 2.5 },
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
        inputs: ClipInputs {
            prompt: "a red fox \"runs\"".into(),
            seed: 7,
            ..ClipInputs::default()
        },
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

fn upscaled() -> Upscaled {
    Upscaled {
        take: ContentHash::of(b"take"),
        upscaler: ModelUsed {
            id: "fourfold".into(),
            files: BTreeMap::from([("fourfold.safetensors".to_owned(), "f0".to_owned())]),
        },
        scale: 4,
        guide: None,
    }
}

/// The plain recipe with two LoRAs, one of them for one expert.
fn with_loras() -> Recipe {
    let lora = |name: &str, strength, expert| Lora {
        file: LoraUsed {
            name: name.into(),
            sha256: "10fa".into(),
        },
        strength,
        expert,
    };
    let mut recipe = plain();
    recipe.inputs.loras = vec![
        lora("style.safetensors", 0.75, None),
        lora("light.safetensors", 1.0, Some(Expert::HighNoise)),
    ];
    recipe
}

/// The names below come from `studio/goldens/recipe_names.py`. If this test fails, the format has changed: every project would lose the
/// link between its recipes and its takes. Write a new version of the format instead.
#[test]
fn known_recipes_keep_their_known_names() {
    let known = [
        (
            plain(),
            "9a52d3a1087669577df2df7620e593318a699ce0b60b7a0abc8acffc32eece17",
        ),
        (
            full(),
            "958430061d012a930f54a6818cc1263e8129489be8584c2c577da07a04234c9a",
        ),
        (
            with_loras(),
            "5c537e219a2565735d43814c212c9952655db0c0f61d1dcce95b9e491db38867",
        ),
    ];
    for (recipe, name) in known {
        assert_eq!(recipe.hash().to_string(), name);
    }
}

#[test]
fn the_bytes_are_written_by_nothing_but_this_module() {
    let bytes = canonical_bytes(&plain());
    assert!(bytes.starts_with(b"kinora recipe 2\nr"));
    let count = u64::from_le_bytes(bytes[17..25].try_into().expect("eight bytes"));
    assert_eq!(count, 12, "fields with a neutral value are left out");
    assert_eq!(&bytes[25..33], &6_u64.to_le_bytes());
    assert_eq!(&bytes[33..40], b"framesu", "sorted by name");
}

#[test]
fn whatever_changes_in_a_recipe_changes_its_name() {
    let full = full();
    let larger = Recipe {
        upscaled: Some(upscaled()),
        ..full.clone()
    };
    let mut changed = vec![full.clone()];
    let mut of_upscaled = |change: &dyn Fn(&mut Upscaled)| {
        let mut upscaled = upscaled();
        change(&mut upscaled);
        changed.push(Recipe {
            upscaled: Some(upscaled),
            ..full.clone()
        });
    };
    of_upscaled(&|_| {});
    of_upscaled(&|upscaled| upscaled.take = ContentHash::of(b"another"));
    of_upscaled(&|upscaled| upscaled.upscaler.id.push('x'));
    of_upscaled(&|upscaled| upscaled.upscaler.files.clear());
    of_upscaled(&|upscaled| upscaled.scale = 2);
    of_upscaled(&|upscaled| upscaled.guide = Some(GuideUsed::default()));
    of_upscaled(&|upscaled| {
        let colours = vec![CastColours {
            character: CharacterId::from(3),
            body: [1, 2, 3],
            limbs: [4, 5, 6],
        }];
        upscaled.guide = Some(GuideUsed { colours });
    });
    assert_eq!(larger.picture_size(), [384, 256]);
    let mut change = |change: &dyn Fn(&mut Recipe)| {
        let mut other = full.clone();
        change(&mut other);
        changed.push(other);
    };
    change(&|recipe| recipe.model.id.push('x'));
    change(&|recipe| recipe.model.files = BTreeMap::new());
    change(&|recipe| recipe.made_with.engine.push('x'));
    change(&|recipe| recipe.made_with.libtorch.push('x'));
    change(&|recipe| recipe.made_with.device.push('x'));
    change(&|recipe| recipe.made_with.device_name.push('x'));
    change(&|recipe| recipe.inputs.prompt.push('x'));
    change(&|recipe| recipe.settings.negative.push('x'));
    change(&|recipe| recipe.settings.size.reverse());
    change(&|recipe| recipe.settings.frames += 4);
    change(&|recipe| recipe.settings.rate += 1);
    change(&|recipe| recipe.inputs.seed += 1);
    change(&|recipe| recipe.settings.steps += 1);
    change(&|recipe| recipe.settings.guidance = Guidance::Off);
    change(&|recipe| recipe.settings.sampler = Sampler::UniPc);
    change(&|recipe| recipe.settings.shift += 0.5);
    change(&|recipe| recipe.settings.control_strength = 0.25);
    change(&|recipe| recipe.settings.guidance_low = LowNoiseGuidance::Scale(3.0));
    change(&|recipe| recipe.settings.guidance_low = LowNoiseGuidance::Scale(4.0));
    change(&|recipe| recipe.settings.expert_switch = ExpertSwitch::Timestep(0.875));
    change(&|recipe| recipe.settings.expert_switch = ExpertSwitch::Timestep(0.9));
    change(&|recipe| recipe.settings.expert_switch = ExpertSwitch::Step(0));
    change(&|recipe| recipe.settings.expert_switch = ExpertSwitch::Step(10));
    for threshold in [0.05, 0.06] {
        change(&|recipe| recipe.settings.step_cache = StepCache::Easy { threshold });
    }
    change(&|recipe| recipe.settings.stream_guidance.sound_scale = Some(7.0));
    change(&|recipe| recipe.settings.stream_guidance.picture.stg = 1.0);
    change(&|recipe| recipe.settings.stream_guidance.sound.stg = 1.0);
    change(&|recipe| recipe.settings.stream_guidance.sound.modality = 3.0);
    change(&|recipe| recipe.settings.stream_guidance.picture.rescale = 0.7);
    change(&|recipe| recipe.settings.two_stages = true);
    change(&|recipe| recipe.settings.speech.first.temperature = 0.9);
    change(&|recipe| recipe.settings.speech.others.temperature = 0.9);
    change(&|recipe| recipe.settings.speech.others.top_k = 50);
    change(&|recipe| recipe.settings.speech.others.top_p = 0.9);
    change(&|recipe| recipe.settings.speech.repetition_penalty = 1.05);
    change(&|recipe| recipe.inputs.keyframes[0].frame = 1);
    change(&|recipe| recipe.inputs.keyframes.reverse());
    change(&|recipe| recipe.inputs.keyframes.clear());
    change(&|recipe| recipe.inputs.references[0].name.push('x'));
    change(&|recipe| recipe.inputs.references[0].images.clear());
    change(&|recipe| recipe.inputs.camera = None);
    change(&|recipe| {
        recipe.inputs.camera = recipe.inputs.camera.take().map(|mut camera| {
            camera.views[0].world_from_camera.translation.y += 1e-9;
            camera
        });
    });
    change(&|recipe| {
        recipe.inputs.camera = recipe.inputs.camera.take().map(|mut camera| {
            camera.views[0].aspect = Some(1.0);
            camera
        });
    });
    change(&|recipe| recipe.has_rays = false);
    change(&|recipe| recipe.retake_in = Some(Makes::Sound));
    change(&|recipe| recipe.retake_in = Some(Makes::Both));
    change(&|recipe| recipe.is_still = true);
    change(&|recipe| recipe.inputs.makes = Makes::Sound);
    change(&|recipe| recipe.inputs.makes = Makes::Both);
    for (description, language, sample) in [
        ("low", "", None),
        ("high", "", None),
        ("high", "german", None),
        ("high", "", Some(ContentHash::of(b"a recording"))),
    ] {
        change(&|recipe| {
            recipe.voice = Some(Voice {
                name: "Mia".into(),
                description: description.into(),
                language: language.into(),
                sample,
                consent: String::new(),
            });
        });
    }
    let off = PictureSettings {
        deinterlacing: Deinterlacing::Off,
        ..PictureSettings::default()
    };
    for (video, picture) in [
        ("walk", off),
        ("walk", PictureSettings::default()),
        ("run", off),
    ] {
        let content = ContentHash::of(video.as_bytes());
        change(&|recipe| recipe.control = Some(ControlUsed { content, picture }));
    }
    for colours in [[(1, 2, 3), (4, 5, 6)], [(1, 2, 3), (4, 5, 7)]] {
        change(&|recipe| {
            let stage = recipe.stage.iter_mut();
            stage.for_each(|stage| stage.stand_ins[1].colours = Some(colours));
        });
    }
    change(&|recipe| recipe.stage_shown = StageShown::Picture(Vec::new()));
    let colours = CastColours {
        character: CharacterId::from(3),
        body: [1, 2, 3],
        limbs: [4, 5, 6],
    };
    change(&|recipe| recipe.stage_shown = StageShown::Picture(vec![colours]));
    change(&|recipe| {
        recipe.stage_shown = StageShown::Picture(vec![CastColours {
            limbs: [4, 5, 7],
            ..colours
        }]);
    });
    change(&|recipe| recipe.stage = None);
    change(&|recipe| {
        recipe.stage = recipe.stage.take().map(|mut stage| {
            stage.stand_ins[0].keys[0].frame = Frames(1);
            stage
        });
    });
    let lora_changes: [fn(&mut Lora<LoraUsed>); 5] = [
        |lora| lora.file.name.push('x'),
        |lora| lora.file.sha256.push('x'),
        |lora| lora.strength = 0.5,
        |lora| lora.expert = Some(Expert::LowNoise),
        |_| {},
    ];
    for change_lora in lora_changes {
        change(&|recipe| {
            recipe.inputs.loras = with_loras().inputs.loras;
            recipe.inputs.loras.iter_mut().for_each(change_lora);
        });
    }
    change(&|recipe| {
        recipe.inputs.loras = with_loras().inputs.loras;
        recipe.inputs.loras.reverse();
    });
    change(&|recipe| recipe.inputs.source = None);
    change(&|recipe| {
        recipe.inputs.source = recipe.inputs.source.take().map(|source| Source {
            retake: None,
            ..source
        });
    });
    let names: BTreeSet<ContentHash> = changed.iter().map(Recipe::hash).collect();
    assert_eq!(names.len(), changed.len());
}
