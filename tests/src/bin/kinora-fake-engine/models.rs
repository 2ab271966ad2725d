//! The models that the fake engine lists. Each list is for one ability that the studio must handle.
//! They are named as pretended, so that no test takes them for real ones.

use std::fs;

use kinora_wire::{
    Ability, Event, ExpertSwitch, Failure, FrameRule, GenerationSettings, Guidance, Installed,
    InterpolatorInfo, LoraInfo, LowNoiseGuidance, ModelInfo, ModelList, ModelSpec, Sampler,
    SpeechSampling, StageControl, StepCache, StreamGuidance, UpscalerInfo, WeightFile, WordList,
    is_in_context, stage_shown_to,
};

pub fn models() -> Event {
    Event::Models(ModelList {
        models: vec![model()],
        upscalers: vec![UpscalerInfo {
            id: "twofold".into(),
            scale: 2,
            is_guided: false,
            file: WeightFile {
                name: "twofold.safetensors".into(),
                sha256: Some("2f".into()),
                is_for_sound: false,
                is_for_two_stages: false,
            },
        }],
        interpolators: vec![InterpolatorInfo {
            id: "between".into(),
            file: WeightFile {
                name: "between.safetensors".into(),
                sha256: Some("b7".into()),
                is_for_sound: false,
                is_for_two_stages: false,
            },
        }],
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: vec![Failure::bad_file(
            "the model card mine.ron is not used",
            "give it an id of its own",
        )],
    })
}

/// A model with twenty steps, and the files in the folder that the second argument names as LoRAs.
pub fn lora_models() -> Event {
    let defaults = GenerationSettings {
        steps: 20,
        guidance: Guidance::Classifier { scale: 5.0 },
        ..model().defaults
    };
    with_loras(ModelInfo {
        defaults,
        ..model()
    })
}

/// A model that follows a control clip with an IC-LoRA alone, and such files as LoRAs.
pub fn reference_lora_models() -> Event {
    with_loras(ModelInfo {
        abilities: Vec::new(),
        spec: ModelSpec {
            follows_with_lora: true,
            ..spec()
        },
        ..model()
    })
}

fn with_loras(model: ModelInfo) -> Event {
    let folder = std::env::args_os().nth(2).unwrap_or_default();
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut loras: Vec<LoraInfo> = files
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            LoraInfo {
                stage_control: is_in_context(&name).then(|| stage_shown_to(&name)),
                name,
                path: file.path().display().to_string(),
                size_bytes: 150_000_000,
                base: Some("a pretended model".into()),
                sha256: None,
            }
        })
        .collect();
    loras.sort_by(|one, other| one.name.cmp(&other.name));
    Event::Models(ModelList {
        models: vec![model],
        loras,
        folders: vec!["/models".into()],
        ..ModelList::default()
    })
}

pub fn control_models() -> Event {
    only(ModelInfo {
        abilities: vec![Ability::Control],
        ..model()
    })
}

pub fn picture_models() -> Event {
    only(ModelInfo {
        stage_control: StageControl::Picture,
        ..model()
    })
}

/// The models whose clips show their control clip: with the drawn camera, and with one that strays from it.
pub const ECHO: &str = "echo";
pub const STRAY: &str = "stray";
/// Size and frames of their clips, unless a request says others.
pub const ECHO_SIZE: [u32; 2] = [384, 256];
pub const ECHO_FRAMES: u32 = 17;

/// They are shown the stage as a picture, and make clips that are large enough to be measured.
pub fn echo_models() -> Event {
    let defaults = GenerationSettings {
        size: ECHO_SIZE,
        frames: ECHO_FRAMES,
        ..model().defaults
    };
    let models = [ECHO, STRAY].map(|id| ModelInfo {
        id: id.into(),
        name: format!("A pretended {id}"),
        stage_control: StageControl::Picture,
        defaults: defaults.clone(),
        ..model()
    });
    Event::Models(ModelList {
        models: models.into(),
        ..ModelList::default()
    })
}

/// A model that knows two subjects, two colours and two actions, and takes first frames.
pub fn subject_models() -> Event {
    let list = |what: &str, words: &[&str]| WordList {
        what: what.into(),
        words: words.iter().map(|&word| word.to_owned()).collect(),
    };
    only(ModelInfo {
        vocabulary: vec![
            list("who", &["robot", "cat"]),
            list("colours", &["red", "blue"]),
            list("does", &["walks left", "jumps"]),
            list("", &["a", "and", "the"]),
        ],
        abilities: vec![Ability::Camera, Ability::Control, Ability::FirstFrame],
        ..model()
    })
}

pub fn expert_models() -> Event {
    let plain = model();
    only(ModelInfo {
        spec: ModelSpec {
            has_experts: true,
            ..spec()
        },
        defaults: GenerationSettings {
            guidance: Guidance::Classifier { scale: 4.0 },
            guidance_low: LowNoiseGuidance::Scale(3.0),
            expert_switch: ExpertSwitch::Timestep(0.875),
            ..plain.defaults
        },
        ..plain
    })
}

pub fn source_models() -> Event {
    only(ModelInfo {
        abilities: vec![Ability::Camera, Ability::Control, Ability::Source],
        ..model()
    })
}

pub fn sound_source_models() -> Event {
    only(ModelInfo {
        abilities: vec![Ability::Source, Ability::SourceSound],
        spec: ModelSpec {
            makes_sound: true,
            ..spec()
        },
        ..model()
    })
}

pub fn sound_models() -> Event {
    only(ModelInfo {
        spec: ModelSpec {
            makes_sound: true,
            ..spec()
        },
        ..model()
    })
}

pub fn sound_alone_models() -> Event {
    only(ModelInfo {
        spec: ModelSpec {
            makes_sound: true,
            makes_pictures: false,
            ..spec()
        },
        ..model()
    })
}

pub fn sound_of_clip_models() -> Event {
    only(ModelInfo {
        abilities: vec![Ability::SoundOfClip],
        spec: ModelSpec {
            makes_sound: true,
            ..spec()
        },
        ..model()
    })
}

fn voice_model() -> ModelInfo {
    ModelInfo {
        id: "voice".into(),
        name: "A pretended voice".into(),
        abilities: vec![Ability::Voice],
        ..music_model()
    }
}

fn mimic_model() -> ModelInfo {
    ModelInfo {
        id: "mimic".into(),
        name: "A pretended mimic".into(),
        abilities: vec![Ability::ClonedVoice],
        ..music_model()
    }
}

pub fn voice_models() -> Event {
    only(voice_model())
}

fn music_model() -> ModelInfo {
    ModelInfo {
        id: "music".into(),
        name: "A pretended band".into(),
        abilities: Vec::new(),
        spec: ModelSpec {
            makes_sound: true,
            makes_pictures: false,
            ..spec()
        },
        ..model()
    }
}

pub fn all_sound_models() -> Event {
    Event::Models(ModelList {
        models: vec![music_model(), voice_model(), mimic_model(), model()],
        ..ModelList::default()
    })
}

/// The list of a single model, in a folder that is not there.
fn only(model: ModelInfo) -> Event {
    Event::Models(ModelList {
        models: vec![model],
        folders: vec!["/models".into()],
        ..ModelList::default()
    })
}

pub fn model() -> ModelInfo {
    ModelInfo {
        id: "pretended".into(),
        name: "A pretended model".into(),
        installed: Installed::Yes {
            folder: "/models/pretended".into(),
        },
        licence: "none".into(),
        abilities: vec![Ability::Camera, Ability::Control],
        about: String::new(),
        vocabulary: Vec::new(),
        camera: None,
        stage_control: StageControl::default(),
        spec: spec(),
        defaults: GenerationSettings {
            size: [32, 16],
            frames: 9,
            rate: 8,
            steps: 2,
            sampler: Sampler::Euler,
            shift: 3.0,
            guidance: Guidance::Off,
            negative: String::new(),
            control_strength: 1.0,
            guidance_low: LowNoiseGuidance::Same,
            expert_switch: ExpertSwitch::Never,
            step_cache: StepCache::Off,
            stream_guidance: StreamGuidance::default(),
            two_stages: false,
            speech: SpeechSampling::default(),
        },
        size_bytes: 1_500_000_000,
        files: Vec::new(),
    }
}

/// Clips of four frames and one more, eight frames a second.
fn spec() -> ModelSpec {
    ModelSpec {
        frame_rule: FrameRule {
            step: 4,
            first: 1,
            longest: 81,
        },
        size_multiple_pixels: 16,
        rates: vec![8],
        abilities: vec![Ability::Camera, Ability::Control],
        ..ModelSpec::default()
    }
}
