//! The identity of a take: the bytes of a recipe that are hashed for its name. They are defined here and nowhere else,
//! so that no update of a library and no new field can rename the takes of a project.
//!
//! Format, version 2: the line `kinora recipe 2`, then one value. A value is a tag byte and its content; integers are
//! 64 bits, little endian; lengths and counts are unsigned integers without a tag.
//!
//! | tag | value |
//! |---|---|
//! | `s` | text: length in bytes, UTF-8 |
//! | `i` `u` `f` | signed integer, unsigned integer, IEEE 754 double |
//! | `b` | a byte, 0 or 1 |
//! | `l` | list: count, values |
//! | `r` | record: count, then name (as text without a tag) and value of each field, in the order of the names |
//!
//! A field with its neutral value (no keyframes, no camera) is left out of its record. A field that is added later
//! with a neutral value therefore changes the name of no existing recipe.
//!
//! Version 1 was the text of a serialisation library. Its takes keep their names; they are never hashed again.

use std::collections::BTreeMap;

use glam::{DAffine3, DVec3};
use kinora_timeline::ContentHash;
use kinora_timeline::media::PictureSettings;
use kinora_timeline::stage::{Form, Stage, StandIn, StandInKey};
use kinora_wire::{
    Camera, ClipInputs, Expert, ExpertSwitch, GenerationSettings, Guidance, Keyframe, Lora,
    LowNoiseGuidance, Reference, Sampler, Source, StepCache, View,
};

use super::recipe::{ControlUsed, LoraUsed, MadeWith, ModelUsed, PictureUsed, Recipe, Upscaled};
use crate::stage::{CastColours, StageShown};

/// The first line of the bytes.
const HEADER: &[u8] = b"kinora recipe 2\n";

impl Recipe {
    /// The name of its take.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(&canonical_bytes(self))
    }
}

/// The bytes that are hashed, as described at the top of this file.
pub fn canonical_bytes(recipe: &Recipe) -> Vec<u8> {
    // Every field is named: a field that is added and forgotten here does not compile.
    let Recipe {
        version: _, // the header carries it
        model,
        made_with:
            MadeWith {
                engine,
                libtorch,
                device,
                device_name,
            },
        settings:
            GenerationSettings {
                negative,
                size,
                frames,
                rate,
                steps,
                guidance,
                sampler,
                shift,
                control_strength,
                guidance_low,
                expert_switch,
                step_cache,
            },
        inputs:
            ClipInputs {
                prompt,
                seed,
                keyframes,
                references,
                camera,
                source,
                loras,
            },
        has_rays,
        stage,
        stage_shown,
        control,
        upscaled,
        is_still,
    } = recipe;
    let made_with = Record::new()
        .with("device", text(device))
        .with("device_name", text(device_name))
        .with("engine", text(engine))
        .with("libtorch", text(libtorch));
    let keyframes = keyframes.iter().map(|Keyframe { frame, image }| {
        Record::new()
            .with("frame", signed(*frame))
            .with("picture", picture_used(image))
            .value()
    });
    let references = references.iter().map(|Reference { name, images }| {
        Record::new()
            .with("name", text(name))
            .with("pictures", list(images.iter().map(reference_picture_used)))
            .value()
    });
    // The strength of a stage is a field of its record.
    let neutral = stage
        .as_ref()
        .map_or(1.0, |stage| f64::from(stage.strength));
    let has_own_strength = control_strength.to_bits() != neutral.to_bits();
    let value = Record::new()
        .with("frames", unsigned(*frames))
        .with("guidance", guidance_used(guidance))
        .with("made_with", made_with.value())
        .with("model", model_used(model))
        .with("negative", text(negative))
        .with("prompt", text(prompt))
        .with("rate", unsigned(*rate))
        .with("sampler", sampler_used(*sampler))
        .with("seed", unsigned(*seed))
        .with("shift", float(*shift))
        .with("size", list(size.iter().map(|side| unsigned(*side))))
        .with("steps", unsigned(*steps))
        .with_list("keyframes", keyframes)
        .with_list("references", references)
        .with_some(
            "control_strength",
            has_own_strength.then(|| float(*control_strength)),
        )
        .with_some("expert_switch", expert_switch_used(*expert_switch))
        .with_some("guidance_low", guidance_low_used(*guidance_low))
        .with_some("step_cache", step_cache_used(*step_cache))
        .with_some("camera", camera.as_ref().map(camera_used))
        .with_some("has_rays", has_rays.then(|| boolean(true)))
        .with_some("stage", stage.as_ref().map(stage_used))
        .with_some("stage_colours", stage_colours_used(stage_shown))
        .with_some("control", control.as_ref().map(control_used))
        .with_some("source", source.as_ref().map(source_used))
        .with_list("loras", loras.iter().map(lora_used))
        .with_some("upscaled", upscaled.as_ref().map(upscaled_used))
        .with_some("is_still", is_still.then(|| boolean(true)))
        .value();
    [HEADER, &value].concat()
}

fn model_used(model: &ModelUsed) -> Vec<u8> {
    let ModelUsed { id, files } = model;
    let files = files.iter().map(|(name, sha256)| {
        Record::new()
            .with("name", text(name))
            .with("sha256", text(sha256))
            .value()
    });
    Record::new()
        .with("files", list(files))
        .with("id", text(id))
        .value()
}

/// Nothing for depth, which is how every model was shown its stage at first.
fn stage_colours_used(shown: &StageShown) -> Option<Vec<u8>> {
    let StageShown::Picture(cast) = shown else {
        return None;
    };
    let colour = |colour: &[u8; 3]| list(colour.iter().map(|byte| unsigned(*byte)));
    Some(list(cast.iter().map(|colours| {
        let CastColours {
            character,
            body,
            limbs,
        } = colours;
        Record::new()
            .with("body", colour(body))
            .with("character", unsigned(character.number()))
            .with("limbs", colour(limbs))
            .value()
    })))
}

fn upscaled_used(upscaled: &Upscaled) -> Vec<u8> {
    let Upscaled {
        take,
        upscaler,
        scale,
    } = upscaled;
    Record::new()
        .with("scale", unsigned(*scale))
        .with("take", hash(take))
        .with("upscaler", model_used(upscaler))
        .value()
}

fn guidance_used(guidance: &Guidance) -> Vec<u8> {
    match guidance {
        Guidance::Off => Record::of("off"),
        Guidance::Classifier { scale } => Record::of("classifier").with("scale", float(*scale)),
        Guidance::ZeroStar { scale, zero_steps } => Record::of("zero-star")
            .with("scale", float(*scale))
            .with("zero_steps", unsigned(*zero_steps)),
    }
    .value()
}

/// Nothing for a model with one transformer.
fn expert_switch_used(switch: ExpertSwitch) -> Option<Vec<u8>> {
    let record = match switch {
        ExpertSwitch::Never => return None,
        ExpertSwitch::Timestep(share) => Record::of("timestep").with("share", float(share)),
        ExpertSwitch::Step(step) => Record::of("step").with("step", unsigned(step)),
    };
    Some(record.value())
}

/// Nothing for the same guidance at low noise.
fn guidance_low_used(guidance: LowNoiseGuidance) -> Option<Vec<u8>> {
    match guidance {
        LowNoiseGuidance::Same => None,
        LowNoiseGuidance::Scale(scale) => Some(float(scale)),
    }
}

/// Nothing for a clip that runs every step.
fn step_cache_used(cache: StepCache) -> Option<Vec<u8>> {
    match cache {
        StepCache::Off => None,
        StepCache::Easy { threshold } => {
            let record = Record::of("easy").with("threshold", float(threshold));
            Some(record.value())
        }
    }
}

fn sampler_used(sampler: Sampler) -> Vec<u8> {
    text(match sampler {
        Sampler::UniPc => "unipc",
        Sampler::UniPcDiffusers => "unipc-diffusers",
        Sampler::Euler => "euler",
        Sampler::Distilled => "distilled",
    })
}

fn picture_used(picture: &PictureUsed) -> Vec<u8> {
    match picture {
        PictureUsed::File(content) => Record::of("file").with("content", hash(content)),
        PictureUsed::FrameOf { take, frame } => Record::of("frame-of-take")
            .with("take", hash(take))
            .with("frame", unsigned(*frame)),
    }
    .value()
}

/// A reference is nearly always a file, which is its hash without a record around it.
fn reference_picture_used(picture: &PictureUsed) -> Vec<u8> {
    match picture {
        PictureUsed::File(content) => hash(content),
        PictureUsed::FrameOf { .. } => picture_used(picture),
    }
}

/// The usual way of reading pictures is left out.
fn control_used(control: &ControlUsed) -> Vec<u8> {
    let ControlUsed { content, picture } = control;
    let PictureSettings {
        deinterlacing,
        tone_curve,
        colours,
    } = picture;
    let is_usual = *picture == PictureSettings::default();
    let read = || text(&format!("{deinterlacing:?} {tone_curve:?} {colours:?}"));
    Record::new()
        .with("content", hash(content))
        .with_some("picture", (!is_usual).then(read))
        .value()
}

fn source_used(source: &Source<ContentHash>) -> Vec<u8> {
    let Source { clip, at, retake } = source;
    let retake = retake.map(|[first, end]| list([unsigned(first), unsigned(end)]));
    Record::new()
        .with("at", signed(*at))
        .with("take", hash(clip))
        .with_some("retake", retake)
        .value()
}

fn lora_used(lora: &Lora<LoraUsed>) -> Vec<u8> {
    let Lora {
        file: LoraUsed { name, sha256 },
        strength,
        expert,
    } = lora;
    let expert = expert.map(|expert| match expert {
        Expert::HighNoise => text("high-noise"),
        Expert::LowNoise => text("low-noise"),
    });
    Record::new()
        .with("name", text(name))
        .with("sha256", text(sha256))
        .with("strength", float(*strength))
        .with_some("expert", expert)
        .value()
}

fn camera_used(camera: &Camera) -> Vec<u8> {
    let Camera { views } = camera;
    list(views.iter().map(|view| {
        let View {
            world_from_camera:
                DAffine3 {
                    matrix3,
                    translation,
                },
            focal,
            centre,
            aspect,
        } = view;
        let columns = [matrix3.x_axis, matrix3.y_axis, matrix3.z_axis, *translation];
        Record::new()
            .with_some("aspect", aspect.map(float))
            .with("centre", list(centre.iter().map(|at| float(*at))))
            .with("focal", list(focal.iter().map(|at| float(*at))))
            .with("world_from_camera", list(columns.into_iter().map(vector)))
            .value()
    }))
}

fn stage_used(stage: &Stage) -> Vec<u8> {
    let Stage {
        ground,
        stand_ins,
        strength,
    } = stage;
    Record::new()
        .with("ground", boolean(*ground))
        .with("stand_ins", list(stand_ins.iter().map(stand_in_used)))
        .with("strength", float(f64::from(*strength)))
        .value()
}

fn stand_in_used(stand_in: &StandIn) -> Vec<u8> {
    let StandIn {
        name,
        form,
        size,
        keys,
        colours,
    } = stand_in;
    let form = match form {
        Form::Mannequin(character) => {
            let character = character.map(|character| unsigned(character.number()));
            Record::of("mannequin").with_some("character", character)
        }
        Form::Box => Record::of("box"),
        Form::Column => Record::of("column"),
        Form::Sphere => Record::of("sphere"),
    };
    let keys = keys.iter().map(|key| {
        let StandInKey {
            frame,
            position,
            turn_degrees,
        } = key;
        Record::new()
            .with("frame", signed(frame.0))
            .with("position", vector(*position))
            .with("turn_degrees", float(*turn_degrees))
            .value()
    });
    let colours = colours.map(|colours| list(colours.map(colour_used)));
    Record::new()
        .with("form", form.value())
        .with("keys", list(keys))
        .with("name", text(name))
        .with("size", vector(*size))
        .with_some("colours", colours)
        .value()
}

fn colour_used((red, green, blue): (u8, u8, u8)) -> Vec<u8> {
    list([red, green, blue].map(unsigned))
}

/// The fields of a record, sorted by name.
#[derive(Default)]
struct Record(BTreeMap<&'static str, Vec<u8>>);

impl Record {
    fn new() -> Self {
        Self::default()
    }

    /// One variant of several.
    fn of(kind: &'static str) -> Self {
        Self::new().with("kind", text(kind))
    }

    fn with(mut self, name: &'static str, value: Vec<u8>) -> Self {
        self.0.insert(name, value);
        self
    }

    fn with_some(self, name: &'static str, value: Option<Vec<u8>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Left out if it is empty.
    fn with_list(self, name: &'static str, values: impl ExactSizeIterator<Item = Vec<u8>>) -> Self {
        match values.len() {
            0 => self,
            _ => self.with(name, list(values)),
        }
    }

    fn value(self) -> Vec<u8> {
        let mut bytes = tagged(b'r', &length(self.0.len()));
        for (name, value) in self.0 {
            bytes.extend(length(name.len()));
            bytes.extend(name.as_bytes());
            bytes.extend(value);
        }
        bytes
    }
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = tagged(b's', &length(text.len()));
    bytes.extend(text.as_bytes());
    bytes
}

fn hash(content: &ContentHash) -> Vec<u8> {
    text(&content.to_string())
}

fn signed(number: i64) -> Vec<u8> {
    tagged(b'i', &number.to_le_bytes())
}

fn unsigned(number: impl Into<u64>) -> Vec<u8> {
    tagged(b'u', &number.into().to_le_bytes())
}

fn float(number: f64) -> Vec<u8> {
    // 0 and -0 are equal, so they have one name.
    let number = if number == 0.0 { 0.0 } else { number };
    tagged(b'f', &number.to_bits().to_le_bytes())
}

fn boolean(is: bool) -> Vec<u8> {
    tagged(b'b', &[u8::from(is)])
}

fn vector(vector: DVec3) -> Vec<u8> {
    list(vector.to_array().into_iter().map(float))
}

fn list(values: impl IntoIterator<Item = Vec<u8>, IntoIter: ExactSizeIterator>) -> Vec<u8> {
    let values = values.into_iter();
    let mut bytes = tagged(b'l', &length(values.len()));
    values.for_each(|value| bytes.extend(value));
    bytes
}

fn length(length: usize) -> [u8; 8] {
    (length as u64).to_le_bytes()
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag], content].concat()
}

#[cfg(test)]
mod tests {
    use glam::DMat3;
    use kinora_timeline::media::Deinterlacing;
    use kinora_timeline::{CharacterId, Frames};

    use super::*;

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
            upscaled: None,
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
    fn the_bytes_are_written_by_nothing_but_this_file() {
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
        change(&|recipe| recipe.is_still = true);
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
        let names: std::collections::BTreeSet<ContentHash> =
            changed.iter().map(Recipe::hash).collect();
        assert_eq!(names.len(), changed.len());
    }
}
