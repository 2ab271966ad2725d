//! The identity of a take: the bytes of a recipe that are hashed for its name. They are defined in this
//! module and nowhere else, so that no update of a library and no new field can rename the takes of a project.
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

mod staging;
mod values;

use kinora_timeline::ContentHash;
use kinora_timeline::media::PictureSettings;
use kinora_wire::{
    ClipInputs, CodeSampling, Expert, ExpertSwitch, GenerationSettings, Guidance, GuidanceTerms,
    Keyframe, Lora, LowNoiseGuidance, Makes, Reference, Sampler, Source, SpeechSampling, StepCache,
    StreamGuidance, Voice,
};

use super::recipe::{ControlUsed, LoraUsed, MadeWith, ModelUsed, PictureUsed, Recipe, Upscaled};
use staging::{camera_used, cast_colours_used, stage_colours_used, stage_used};
use values::{Record, boolean, float, hash, list, signed, text, unsigned};

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
                stream_guidance,
                two_stages,
                speech,
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
                makes,
            },
        has_rays,
        stage,
        stage_shown,
        control,
        voice,
        upscaled,
        retake_in,
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
        .with_some("stream_guidance", stream_guidance_used(*stream_guidance))
        .with_some("two_stages", two_stages.then(|| boolean(true)))
        .with_some("speech", speech_used(*speech))
        .with_some("camera", camera.as_ref().map(camera_used))
        .with_some("has_rays", has_rays.then(|| boolean(true)))
        .with_some("stage", stage.as_ref().map(stage_used))
        .with_some("stage_colours", stage_colours_used(stage_shown))
        .with_some("control", control.as_ref().map(control_used))
        .with_some("source", source.as_ref().map(source_used))
        .with_list("loras", loras.iter().map(lora_used))
        .with_some("makes", makes_used(*makes))
        .with_some("voice", voice.as_ref().map(voice_used))
        .with_some("upscaled", upscaled.as_ref().map(upscaled_used))
        .with_some("retake_in", retake_in.map(retake_in_used))
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

fn upscaled_used(upscaled: &Upscaled) -> Vec<u8> {
    let Upscaled {
        take,
        upscaler,
        scale,
        guide,
    } = upscaled;
    let guide = guide
        .as_ref()
        .map(|guide| cast_colours_used(&guide.colours));
    Record::new()
        .with("scale", unsigned(*scale))
        .with("take", hash(take))
        .with("upscaler", model_used(upscaler))
        .with_some("guide", guide)
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

/// Nothing for a silent clip.
fn makes_used(makes: Makes) -> Option<Vec<u8>> {
    match makes {
        Makes::Picture => None,
        Makes::Sound => Some(text("sound")),
        Makes::Both => Some(text("picture and sound")),
    }
}

/// A retake whose source gives its sound too.
fn retake_in_used(streams: Makes) -> Vec<u8> {
    text(match streams {
        Makes::Picture => "picture",
        Makes::Sound => "sound",
        Makes::Both => "picture and sound",
    })
}

fn voice_used(voice: &Voice<ContentHash>) -> Vec<u8> {
    let Voice {
        name,
        description,
        language,
        sample,
        consent,
    } = voice;
    let has_language = !language.is_empty();
    Record::new()
        .with("consent", text(consent))
        .with("description", text(description))
        .with("name", text(name))
        .with_some("language", has_language.then(|| text(language)))
        .with_some("sample", sample.as_ref().map(hash))
        .value()
}

/// Nothing for a clip of a model that does not speak.
fn speech_used(speech: SpeechSampling) -> Option<Vec<u8>> {
    let SpeechSampling {
        first,
        others,
        repetition_penalty,
    } = speech;
    let codes = |codes: CodeSampling| {
        let CodeSampling {
            temperature,
            top_k,
            top_p,
        } = codes;
        let record = Record::new().with("temperature", float(temperature));
        let record = record.with("top_k", unsigned(top_k));
        record.with("top_p", float(top_p)).value()
    };
    let record = || {
        Record::new()
            .with("first", codes(first))
            .with("others", codes(others))
            .with("repetition_penalty", float(repetition_penalty))
            .value()
    };
    (!speech.is_neutral()).then(record)
}

/// Nothing for a clip without further guidance.
fn stream_guidance_used(guidance: StreamGuidance) -> Option<Vec<u8>> {
    let StreamGuidance {
        sound_scale,
        picture,
        sound,
    } = guidance;
    let terms = |terms: GuidanceTerms| {
        let GuidanceTerms {
            stg,
            modality,
            rescale,
        } = terms;
        let record = Record::new().with("stg", float(stg));
        let record = record.with("modality", float(modality));
        record.with("rescale", float(rescale)).value()
    };
    let record = || {
        Record::new()
            .with("picture", terms(picture))
            .with("sound", terms(sound))
            .with_some("sound_scale", sound_scale.map(float))
            .value()
    };
    (!guidance.is_neutral()).then(record)
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

#[cfg(test)]
mod tests;
