//! Clips in two stages: whether a clip is one, the plan of its first stage, and what the model cannot make so.

use kinora_wire::{Failure, Generation, GenerationSettings, ModelSpec, Sampler};

use super::{Plan, PlanContext};

/// Whether a clip is made in two stages. One without a picture never is; one whose sides cannot be halved is only if the
/// request asks for it, and then refused.
pub(super) fn are_two(
    request: &Generation,
    settings: &GenerationSettings,
    spec: &ModelSpec,
) -> bool {
    let is_asked = request.settings.two_stages.is_some();
    let is_possible = is_asked || spec.fits_two_stages(settings.size);
    settings.two_stages && is_possible && request.inputs.makes.has_picture()
}

impl Plan {
    /// The plan of the first of two stages: half as wide and high. `None`: the clip is made in one.
    pub fn first_stage(&self) -> Option<Self> {
        let settings = self.settings();
        settings.two_stages.then(|| {
            let mut first = self.of_size(settings.size.map(|side| side / 2));
            first.request.settings.two_stages = false;
            first
        })
    }

    /// The same plan at another width and height, in pixels.
    pub fn of_size(&self, size: [u32; 2]) -> Self {
        let mut other = self.clone();
        other.request.settings.size = size;
        other
    }

    /// Refuses a second stage that the model does not have, or that has no first one.
    pub(super) fn refuse_stages(&self, context: &PlanContext) -> Result<(), Failure> {
        let settings = self.settings();
        if !settings.two_stages {
            return Ok(());
        }
        if !self.spec.has_two_stages {
            return Err(Failure::refused(
                format!(
                    "{} has no latent upscaler, which a clip in two stages needs",
                    context.model
                ),
                "put the latent upscaler (x2) that was released with it beside it, or make the clip in one stage",
            ));
        }
        if settings.sampler != Sampler::Distilled {
            return Err(Failure::refused(
                format!(
                    "the second of two stages is for distilled models, and the sampler is {}",
                    settings.sampler
                ),
                "use the distilled sampler, with a distilled model, or make the clip in one stage",
            ));
        }
        if !self.spec.fits_two_stages(settings.size) {
            let unit = self.spec.size_multiple_pixels.max(1).saturating_mul(2);
            let nearest = |side: u32| {
                (side.saturating_add(unit / 2) / unit)
                    .max(1)
                    .saturating_mul(unit)
            };
            let [width, height] = settings.size;
            return Err(Failure::refused(
                format!(
                    "{width}x{height} cannot be made in two stages: both sides must be multiples of {unit}"
                ),
                format!(
                    "use {}x{}, or make the clip in one stage",
                    nearest(width),
                    nearest(height)
                ),
            ));
        }
        Ok(())
    }
}
