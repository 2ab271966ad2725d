//! A request checked against a model before any work.
//! Missing fields are filled in; what the model cannot do is refused with a cause and a remedy.

mod sound;
mod sources;
mod stages;

pub use sound::GivenSound;

use std::collections::BTreeSet;

use kinora_wire::{
    Ability, ExpertSwitch, Failure, Generation, GenerationSettings, Guidance, LORA_STRENGTHS, Lora,
    LowNoiseGuidance, ModelSpec, Sampler, View,
};

use crate::experts::{Expert, guidance_of};

/// Most denoising steps: a damaged request may hold any number.
const MOST_STEPS: u32 = 1000;

/// A complete request that the model can carry out.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The request, with defaults filled in.
    pub request: Generation<GenerationSettings>,
    /// What the model can generate.
    spec: ModelSpec,
}

/// What a plan needs to know of the model, and of the other models for its remedies.
pub struct PlanContext<'m> {
    /// The model's id.
    pub model: &'m str,
    /// What it can generate.
    pub spec: ModelSpec,
    /// Values for the fields that the request leaves out.
    pub defaults: GenerationSettings,
    /// Ids of the installed models with an ability.
    pub models_with: &'m dyn Fn(Ability) -> Vec<String>,
    /// The kind of model that has an ability, in words.
    pub model_kind_with: &'m dyn Fn(Ability) -> &'static str,
}

impl Plan {
    /// Fills in the defaults and checks the request.
    pub fn of(request: &Generation, context: PlanContext) -> Result<Self, Failure> {
        let mut defaults = context.defaults.clone();
        if request.control.is_none() {
            defaults.control_strength = 1.0;
        }
        let mut settings = request.settings.or(&defaults);
        if settings.sampler == Sampler::Distilled {
            settings.steps = context.spec.distilled_steps;
        }
        settings.two_stages = stages::are_two(request, &settings, &context.spec);
        let complete = Generation {
            model: Some(context.model.to_owned()),
            ..request.with_settings(settings)
        };
        let plan = Self {
            request: complete,
            spec: context.spec.clone(),
        };
        match plan.spec.sound {
            Some(sound) => plan.refuse_length(sound)?,
            None => plan.refuse_sizes()?,
        }
        plan.refuse_settings()?;
        plan.refuse_stages(&context)?;
        plan.refuse_experts(&context)?;
        plan.refuse_streams(&context)?;
        plan.refuse_sound(&context)?;
        plan.refuse_pictures()?;
        plan.refuse_source()?;
        plan.refuse_loras()?;
        plan.refuse_abilities(&context)?;
        plan.refuse_voice(&context)?;
        Ok(plan)
    }

    /// Its settings.
    pub fn settings(&self) -> &GenerationSettings {
        &self.request.settings
    }

    /// Width in pixels.
    pub fn width(&self) -> i64 {
        i64::from(self.settings().size[0])
    }

    /// Height in pixels.
    pub fn height(&self) -> i64 {
        i64::from(self.settings().size[1])
    }

    /// Length in frames.
    pub fn frames(&self) -> i64 {
        i64::from(self.settings().frames)
    }

    /// Latent frames, rows and columns.
    pub fn latent(&self) -> [i64; 3] {
        let size = [self.width(), self.height()];
        self.spec.latent_size(size, self.frames())
    }

    /// Number of reference pictures. Each takes a latent frame before the clip.
    pub fn reference_count(&self) -> i64 {
        let references = self.request.inputs.references.iter();
        references
            .map(|reference| reference.images.len() as i64)
            .sum()
    }

    /// The frame number of a keyframe: negative numbers count from the end.
    pub fn frame_number(&self, frame: i64) -> i64 {
        if frame < 0 {
            self.frames() + frame
        } else {
            frame
        }
    }

    fn refuse_sizes(&self) -> Result<(), Failure> {
        let unit = i64::from(self.spec.size_multiple_pixels.max(1));
        let (width, height, frames) = (self.width(), self.height(), self.frames());
        let nearest = |side: i64| ((side + unit / 2) / unit).max(1) * unit;
        if width % unit != 0 || height % unit != 0 || width < unit || height < unit {
            return Err(Failure::refused(
                format!(
                    "{width}x{height} is not a size the model can make: both sides must be multiples of {unit}"
                ),
                format!("use {}x{}", nearest(width), nearest(height)),
            ));
        }
        let rule = self.spec.frame_rule;
        if !rule.allows(frames as u32) {
            let below = rule.at_most(frames as u32);
            return Err(Failure::refused(
                format!(
                    "{frames} frames cannot be made: the model makes {}",
                    rule.formula()
                ),
                format!("use {below} or {}", below.saturating_add(rule.step)),
            ));
        }
        let [frames_of_latent, rows, columns] = self.latent();
        let [patch_frames, patch_rows, patch_columns] =
            self.spec.patch.map(|length| i64::from(length.max(1)));
        let longest = ((frames_of_latent + self.reference_count()) / patch_frames)
            .max(rows / patch_rows)
            .max(columns / patch_columns);
        if longest > i64::from(self.spec.most_positions) {
            return Err(Failure::refused(
                format!(
                    "{width}x{height} with {frames} frames is larger than the model's positions reach"
                ),
                "make the clip smaller or shorter",
            ));
        }
        Ok(())
    }

    fn refuse_settings(&self) -> Result<(), Failure> {
        let settings = self.settings();
        if settings.steps == 0 || settings.steps > MOST_STEPS {
            return Err(Failure::refused(
                format!("{} steps cannot be made", settings.steps),
                format!("use 1 to {MOST_STEPS}; 20 to 50 are usual, 4 for distilled models"),
            ));
        }
        if !(settings.shift.is_finite() && settings.shift > 0.0) {
            return Err(Failure::refused(
                format!("a shift of {} has no meaning", settings.shift),
                "use a number above 0; 3 to 12 are usual",
            ));
        }
        for expert in [Expert::HighNoise, Expert::LowNoise] {
            let scale = match guidance_of(expert, settings) {
                Guidance::Off => 1.0,
                Guidance::Classifier { scale } | Guidance::ZeroStar { scale, .. } => scale,
            };
            if !(scale.is_finite() && scale >= 0.0) {
                return Err(Failure::refused(
                    format!("a guidance of {scale} has no meaning"),
                    "use 1 (off) or more; 3 to 7 are usual",
                ));
            }
        }
        if !settings.expert_switch.is_possible() {
            return Err(Failure::refused(
                format!("experts cannot switch at {}", settings.expert_switch),
                "use a share of the noise, 0 to 1, such as 0.9, or a step, such as step:10",
            ));
        }
        if !settings.step_cache.is_possible() {
            return Err(Failure::refused(
                format!("a step cache of {} has no meaning", settings.step_cache),
                "use a threshold from 0 (skips nothing) to 1; 0.05 and 0.06 are usual",
            ));
        }
        if !settings.stream_guidance.is_possible() {
            return Err(Failure::refused(
                "a guidance of picture and sound has a number without a meaning",
                "use scales of 0 or more, and a rescale from 0 to 1",
            ));
        }
        if !settings.speech.is_possible() {
            return Err(Failure::refused(
                "the sampling of speech has a number without a meaning",
                "use a temperature of 0 or more, a top-p above 0 and at most 1, and a repetition penalty above 0",
            ));
        }
        let strength = settings.control_strength;
        if !(strength.is_finite() && (0.0..=2.0).contains(&strength)) {
            return Err(Failure::refused(
                format!("a control strength of {strength} has no meaning"),
                "use 0 (ignored) to 1 (exact), at most 2",
            ));
        }
        Ok(())
    }

    /// A model of pictures alone makes no sound, and one of sound alone no picture.
    fn refuse_streams(&self, context: &PlanContext) -> Result<(), Failure> {
        let (makes, spec) = (self.request.inputs.makes, &self.spec);
        let guidance = self.settings().stream_guidance;
        let model = context.model;
        if makes.has_sound() && !spec.makes_sound {
            return Err(Failure::refused(
                format!("{model} makes no sound"),
                "ask for pictures alone, or use a model that makes sound",
            ));
        }
        if makes.has_picture() && !spec.makes_pictures {
            return Err(Failure::refused(
                format!("{model} makes no pictures"),
                "ask for sound alone, or use a model that makes pictures",
            ));
        }
        let makes_both = spec.makes_sound && spec.makes_pictures;
        if !makes_both && !guidance.is_neutral() {
            return Err(Failure::refused(
                format!("{model} has no guidance between picture and sound"),
                "leave it out, or use a model that makes picture and sound together",
            ));
        }
        Ok(())
    }

    /// A model with one transformer has nothing to switch to, no second guidance, and no LoRA for one of two.
    fn refuse_experts(&self, context: &PlanContext) -> Result<(), Failure> {
        let settings = self.settings();
        let own_guidance = settings.guidance_low != LowNoiseGuidance::Same;
        let loras = &self.request.inputs.loras;
        let what = match settings.expert_switch != ExpertSwitch::Never {
            true => "an expert switch",
            false if own_guidance => "a guidance of its own for low noise",
            false if loras.iter().any(|lora| lora.expert.is_some()) => "a LoRA for one expert",
            false => return Ok(()),
        };
        if self.spec.has_experts {
            return Ok(());
        }
        Err(Failure::refused(
            format!(
                "{} has one transformer for all noise, and cannot be given {what}",
                context.model
            ),
            "leave it out, or use a model with two experts, one for high noise and one for low noise",
        ))
    }

    /// Refuses a LoRA without a file, or with a strength that has no use.
    fn refuse_loras(&self) -> Result<(), Failure> {
        for Lora { file, strength, .. } in &self.request.inputs.loras {
            let name = file.display();
            if !LORA_STRENGTHS.contains(strength) {
                return Err(Failure::refused(
                    format!("a strength of {strength} for the LoRA {name} has no meaning"),
                    "use -4 to 4; 1 is what it was trained with",
                ));
            }
            if !file.is_file() {
                return Err(Failure::bad_file(
                    format!("the LoRA {name} is not there"),
                    "give the path of a safetensors file, or put it into the folder loras of a model folder",
                ));
            }
        }
        Ok(())
    }

    fn refuse_abilities(&self, context: &PlanContext) -> Result<(), Failure> {
        let inputs = &self.request.inputs;
        let last = self.frames() - 1;
        let mut needed = Vec::new();
        for keyframe in &inputs.keyframes {
            let frame = self.frame_number(keyframe.frame);
            needed.push(match frame {
                0 => Ability::FirstFrame,
                _ if frame == last => Ability::FirstAndLastFrame,
                _ => Ability::AnyKeyframe,
            });
        }
        needed.extend(self.abilities_of_source());
        let voice = self.request.voice.as_ref();
        let asked = [
            (!inputs.references.is_empty(), Ability::References),
            (self.request.control.is_some(), Ability::Control),
            (inputs.camera.is_some(), Ability::Camera),
            (
                self.request.sound.is_some() && self.spec.sound.is_some(),
                Ability::Source,
            ),
            (
                voice.is_some_and(|voice| voice.sample.is_none()),
                Ability::Voice,
            ),
            (
                voice.is_some_and(|voice| voice.sample.is_some()),
                Ability::ClonedVoice,
            ),
        ];
        needed.extend(
            asked
                .into_iter()
                .filter_map(|(is_asked, ability)| is_asked.then_some(ability)),
        );
        let abilities = &self.spec.abilities;
        if let Some(&missing) = needed.iter().find(|ability| !ability.is_among(abilities)) {
            let what = match missing {
                Ability::FirstAndLastFrame => "a last frame",
                other => other.description(),
            };
            return Err(Failure::refused(
                format!("{} cannot be given {what}", context.model),
                match (context.models_with)(missing).as_slice() {
                    [] => format!(
                        "install {}, or leave it out; no installed model can",
                        (context.model_kind_with)(missing)
                    ),
                    able => format!("use {}, or leave it out", able.join(" or ")),
                },
            ));
        }
        let has_first = inputs
            .keyframes
            .iter()
            .any(|key| self.frame_number(key.frame) == 0);
        if self.spec.needs_first_frame && !has_first {
            return Err(Failure::refused(
                format!(
                    "{} makes clips from a picture, and there is no first frame",
                    context.model
                ),
                "give a first frame, or use a text-to-video model",
            ));
        }
        Ok(())
    }

    fn refuse_pictures(&self) -> Result<(), Failure> {
        let inputs = &self.request.inputs;
        let mut seen = BTreeSet::new();
        for keyframe in &inputs.keyframes {
            let frame = self.frame_number(keyframe.frame);
            if !(0..self.frames()).contains(&frame) {
                return Err(Failure::refused(
                    format!(
                        "there is no frame {} in a clip of {}",
                        keyframe.frame,
                        self.frames()
                    ),
                    format!("use 0 to {}, or -1 for the last", self.frames() - 1),
                ));
            }
            if !seen.insert(frame) {
                return Err(Failure::refused(
                    format!("frame {frame} is given two pictures"),
                    "leave one of them out",
                ));
            }
        }
        if let Some(control) = &self.request.control
            && (control.frames.len() as i64) < self.frames()
        {
            return Err(Failure::refused(
                format!(
                    "the control clip has {} frames, {} are to be made",
                    control.frames.len(),
                    self.frames()
                ),
                "use a longer control clip or fewer frames",
            ));
        }
        if let Some(empty) = inputs
            .references
            .iter()
            .find(|reference| reference.images.is_empty())
        {
            return Err(Failure::refused(
                format!("the reference {} has no picture", empty.name),
                "give it one, or leave it out",
            ));
        }
        if inputs
            .camera
            .as_ref()
            .is_some_and(|camera| camera.views.is_empty())
        {
            return Err(Failure::refused(
                "the camera path is empty",
                "give it a view, or leave it out",
            ));
        }
        let is_sound = |view: &View| {
            let turn = view.world_from_camera.matrix3;
            let numbers = [view.focal, view.centre].concat();
            view.world_from_camera.is_finite()
                && turn.determinant().abs() > 1e-6
                && numbers.iter().all(|number| number.is_finite())
                && view.focal.iter().all(|&focal| focal > 0.0)
                && view
                    .aspect
                    .is_none_or(|aspect| aspect.is_finite() && aspect > 0.0)
        };
        let views = inputs.camera.iter().flat_map(|camera| &camera.views);
        if let Some(frame) = views
            .enumerate()
            .find_map(|(at, view)| (!is_sound(view)).then_some(at))
        {
            return Err(Failure::refused(
                format!("the camera has no usable place or lens in frame {frame}"),
                "a pose is a rotation and a place, a focal length is above 0",
            ));
        }
        Ok(())
    }
}
