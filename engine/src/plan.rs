//! A request held against a model before any work: what it leaves out is filled in, what the model
//! cannot do is refused with the reason and what to do instead.

use std::collections::BTreeSet;

use kinora_wire::{Failure, Generation, Guidance, Sampler, View};

use crate::model::{Ability, Model};
use crate::transformer::PATCH;
use crate::vae::{FRAMES_PER_LATENT, PIXELS_PER_LATENT, latent_frames};

/// Positions the rotary tables were trained for, along each axis.
const MOST_POSITIONS: i64 = 1024;
const MOST_STEPS: u32 = 1000;
/// What distilled models were distilled with (LightX2V).
const DISTILLED_SHIFT: f64 = 5.0;

/// A request that can be done, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The request with nothing left out that has a default.
    pub recipe: Generation,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// Frames, 1 + 4n.
    pub frames: i64,
    /// Steps.
    pub steps: usize,
    /// Sampler.
    pub sampler: Sampler,
    /// Shift.
    pub shift: f64,
    /// Guidance.
    pub guidance: Guidance,
    /// How closely control, references and keyframes are followed.
    pub strength: f64,
    /// What is not to be seen.
    pub negative: String,
}

impl Plan {
    /// Fills in and refuses. `who_can` tells which installed models have an ability.
    pub fn of(
        request: &Generation,
        model: &Model,
        who_can: &dyn Fn(Ability) -> Vec<String>,
    ) -> Result<Self, Failure> {
        let own = &model.recipe;
        let [width, height] = request.size.unwrap_or(own.size);
        let frames = request.frames.unwrap_or(own.frames);
        let sampler = request.sampler.unwrap_or(own.sampler);
        // Its model may be one that was made for it, or be told so for this clip alone.
        let is_distilled = sampler == Sampler::Distilled && own.sampler != Sampler::Distilled;
        let plan = Self {
            width: i64::from(width),
            height: i64::from(height),
            frames: i64::from(frames),
            steps: match sampler {
                Sampler::Distilled => 4,
                _ => request.steps.unwrap_or(own.steps) as usize,
            },
            sampler,
            shift: request.shift.unwrap_or(if is_distilled {
                DISTILLED_SHIFT
            } else {
                own.shift
            }),
            guidance: request.guidance.unwrap_or(if is_distilled {
                Guidance::Off // it was distilled into the model; twice is a blur
            } else {
                own.guidance
            }),
            strength: request.control_strength.unwrap_or(match request.control {
                Some(_) => own.control_strength,
                None => 1.0,
            }),
            negative: request
                .negative
                .clone()
                .unwrap_or_else(|| own.negative.clone()),
            recipe: request.clone(),
        };
        plan.refuse_sizes()?;
        plan.refuse_settings()?;
        plan.refuse_pictures()?;
        plan.refuse_abilities(model, who_can)?;
        Ok(plan.with_complete_recipe(model))
    }

    /// Latent frames, rows and columns.
    pub fn latent(&self) -> [i64; 3] {
        [
            latent_frames(self.frames),
            self.height / PIXELS_PER_LATENT,
            self.width / PIXELS_PER_LATENT,
        ]
    }

    /// How many pictures of references there are: each is a latent frame before the clip.
    pub fn reference_count(&self) -> i64 {
        let references = self.recipe.references.iter();
        references
            .map(|reference| reference.images.len() as i64)
            .sum()
    }

    /// The frame a keyframe means: -1 is the last.
    pub fn frame_number(&self, frame: i64) -> i64 {
        if frame < 0 {
            self.frames + frame
        } else {
            frame
        }
    }

    fn with_complete_recipe(mut self, model: &Model) -> Self {
        self.recipe = Generation {
            model: Some(model.id.clone()),
            negative: Some(self.negative.clone()),
            size: Some([self.width as u32, self.height as u32]),
            frames: Some(self.frames as u32),
            steps: Some(self.steps as u32),
            guidance: Some(self.guidance),
            sampler: Some(self.sampler),
            shift: Some(self.shift),
            control_strength: Some(self.strength),
            ..self.recipe
        };
        self
    }

    fn refuse_sizes(&self) -> Result<(), Failure> {
        let unit = PIXELS_PER_LATENT * PATCH[1];
        let (width, height, frames) = (self.width, self.height, self.frames);
        let nearest = |side: i64| ((side + unit / 2) / unit).max(1) * unit;
        if width % unit != 0 || height % unit != 0 || width < unit || height < unit {
            return Err(Failure::refused(
                format!(
                    "{width}x{height} is not a size the model can make: both sides must be multiples of {unit}"
                ),
                format!("use {}x{}", nearest(width), nearest(height)),
            ));
        }
        if frames < 1 || (frames - 1) % FRAMES_PER_LATENT != 0 {
            let below = (frames - 1).max(0) / FRAMES_PER_LATENT * FRAMES_PER_LATENT + 1;
            return Err(Failure::refused(
                format!("{frames} frames cannot be made: the model makes 1 + 4n"),
                format!("use {below} or {}", below + FRAMES_PER_LATENT),
            ));
        }
        let [frames_of_latent, rows, columns] = self.latent();
        let longest = (frames_of_latent + self.reference_count())
            .max(rows / PATCH[1])
            .max(columns / PATCH[2]);
        if longest > MOST_POSITIONS {
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
        if self.steps == 0 || self.steps > MOST_STEPS as usize {
            return Err(Failure::refused(
                format!("{} steps cannot be made", self.steps),
                format!("use 1 to {MOST_STEPS}; 20 to 50 are usual, 4 for distilled models"),
            ));
        }
        if !(self.shift.is_finite() && self.shift > 0.0) {
            return Err(Failure::refused(
                format!("a shift of {} has no meaning", self.shift),
                "use a number above 0; 3 to 12 are usual",
            ));
        }
        let scale = match self.guidance {
            Guidance::Off => 1.0,
            Guidance::Classifier { scale } | Guidance::ZeroStar { scale, .. } => scale,
        };
        if !(scale.is_finite() && scale >= 0.0) {
            return Err(Failure::refused(
                format!("a guidance of {scale} has no meaning"),
                "use 1 (off) or more; 3 to 7 are usual",
            ));
        }
        if !(self.strength.is_finite() && (0.0..=2.0).contains(&self.strength)) {
            return Err(Failure::refused(
                format!("a control strength of {} has no meaning", self.strength),
                "use 0 (ignored) to 1 (exact), at most 2",
            ));
        }
        Ok(())
    }

    fn refuse_abilities(
        &self,
        model: &Model,
        who_can: &dyn Fn(Ability) -> Vec<String>,
    ) -> Result<(), Failure> {
        let recipe = &self.recipe;
        let last = self.frames - 1;
        let mut needed = Vec::new();
        for keyframe in &recipe.keyframes {
            let frame = self.frame_number(keyframe.frame);
            needed.push(match frame == 0 || frame == last {
                true => Ability::FirstAndLastFrame,
                false => Ability::AnyKeyframe,
            });
        }
        let asked = [
            (!recipe.references.is_empty(), Ability::References),
            (recipe.control.is_some(), Ability::Control),
            (recipe.source.is_some(), Ability::Source),
            (recipe.camera.is_some(), Ability::Camera),
        ];
        needed.extend(
            asked
                .into_iter()
                .filter_map(|(is_asked, ability)| is_asked.then_some(ability)),
        );
        let shape = &model.transformer.shape;
        if let Some(missing) = needed.iter().find(|&&ability| !shape.can(ability)) {
            let kind = match missing {
                Ability::Camera => "a camera model (Wan Fun-Control-Camera, or Kinora's starter)",
                Ability::FirstAndLastFrame => "a Wan 2.2 image-to-video or a VACE model",
                _ => "a VACE model",
            };
            return Err(Failure::refused(
                format!("{} cannot be given {}", model.id, missing.words()),
                match who_can(*missing).as_slice() {
                    [] => format!("install {kind}, or leave it out; no installed model can"),
                    able => format!("use {}, or leave it out", able.join(" or ")),
                },
            ));
        }
        let must_have_first = shape.takes_given_frames() && shape.camera.is_none();
        if must_have_first
            && !recipe
                .keyframes
                .iter()
                .any(|key| self.frame_number(key.frame) == 0)
        {
            return Err(Failure::refused(
                format!(
                    "{} makes clips from a picture, and there is no first frame",
                    model.id
                ),
                "give a first frame, or use a text-to-video model",
            ));
        }
        Ok(())
    }

    fn refuse_pictures(&self) -> Result<(), Failure> {
        let recipe = &self.recipe;
        let mut seen = BTreeSet::new();
        for keyframe in &recipe.keyframes {
            let frame = self.frame_number(keyframe.frame);
            if !(0..self.frames).contains(&frame) {
                return Err(Failure::refused(
                    format!(
                        "there is no frame {} in a clip of {}",
                        keyframe.frame, self.frames
                    ),
                    format!("use 0 to {}, or -1 for the last", self.frames - 1),
                ));
            }
            if !seen.insert(frame) {
                return Err(Failure::refused(
                    format!("frame {frame} is given two pictures"),
                    "leave one of them out",
                ));
            }
        }
        if let Some(control) = &recipe.control
            && (control.frames.len() as i64) < self.frames
        {
            return Err(Failure::refused(
                format!(
                    "the control clip has {} frames, {} are to be made",
                    control.frames.len(),
                    self.frames
                ),
                "use a longer control clip or fewer frames",
            ));
        }
        if let Some(empty) = recipe
            .references
            .iter()
            .find(|reference| reference.images.is_empty())
        {
            return Err(Failure::refused(
                format!("the reference {} has no picture", empty.name),
                "give it one, or leave it out",
            ));
        }
        if recipe
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
        };
        let views = recipe.camera.iter().flat_map(|camera| &camera.views);
        if let Some(frame) = views
            .enumerate()
            .find_map(|(at, view)| (!is_sound(view)).then_some(at))
        {
            return Err(Failure::refused(
                format!("the camera has no usable place or lens in frame {frame}"),
                "a pose is a rotation and a place, a focal length is above 0",
            ));
        }
        if let Some(source) = &recipe.source {
            let reaches = (0..self.frames).any(|frame| self.kept_from_source(frame).is_some());
            if !reaches {
                return Err(Failure::refused(
                    format!(
                        "nothing of the source clip ({} frames) is kept",
                        source.clip.frames.len()
                    ),
                    "place it so that it overlaps the new clip, and retake less of it",
                ));
            }
        }
        Ok(())
    }

    /// Which frame of the source clip is kept as `frame` of the new one.
    pub fn kept_from_source(&self, frame: i64) -> Option<usize> {
        let source = self.recipe.source.as_ref()?;
        let is_retaken = source
            .retake
            .is_some_and(|[from, to]| (i64::from(from)..i64::from(to)).contains(&frame));
        let index = usize::try_from(frame.checked_sub(source.at)?).ok()?;
        (!is_retaken && index < source.clip.frames.len()).then_some(index)
    }
}
