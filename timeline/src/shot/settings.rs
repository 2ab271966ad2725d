//! The settings of the denoising that a shot has of its own. Those that it leaves out are its model's defaults.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::stored::is_default;

/// The own settings of a shot. `None`: the model's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShotSettings {
    /// Width and height of a frame, in pixels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub size: Option<[u32; 2]>,
    /// Denoising steps.
    #[serde(default, skip_serializing_if = "is_default")]
    pub steps: Option<u32>,
    /// CFG scale; 1 is no guidance.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guidance: Option<f64>,
    /// CFG scale of the low-noise expert, for models with two experts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guidance_low: Option<f64>,
    /// Where the low-noise expert takes over, in the engine's words: "0.875" of the noise, or "step:10".
    #[serde(default, skip_serializing_if = "is_default")]
    pub expert_switch: Option<String>,
    /// Timestep shift.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shift: Option<f64>,
    /// The name of the sampler, from the engine's list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sampler: Option<String>,
    /// Threshold of the step cache; 0 is off.
    #[serde(default, skip_serializing_if = "is_default")]
    pub step_cache: Option<f64>,
}

impl ShotSettings {
    /// The possible widths and heights, in pixels.
    pub const SIDE_PIXELS: RangeInclusive<u32> = 16..=8192;
    /// The possible numbers of steps.
    pub const STEPS: RangeInclusive<u32> = 1..=1000;
    /// The possible CFG scales.
    pub const GUIDANCE: RangeInclusive<f64> = 0.0..=100.0;
    /// The possible shifts.
    pub const SHIFT: RangeInclusive<f64> = 0.01..=100.0;
    /// The possible thresholds of the step cache.
    pub const STEP_CACHE: RangeInclusive<f64> = 0.0..=1.0;

    /// Fails with the reason if a setting is outside its limits.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let is_side = |side: &u32| Self::SIDE_PIXELS.contains(side);
        if self.size.is_some_and(|size| !size.iter().all(is_side)) {
            return Err("a frame is 16 to 8192 pixels wide and high");
        }
        if self
            .steps
            .is_some_and(|steps| !Self::STEPS.contains(&steps))
        {
            return Err("a shot has 1 to 1000 steps");
        }
        let is_scale = |scale: f64| Self::GUIDANCE.contains(&scale);
        let mut scales = [self.guidance, self.guidance_low].into_iter().flatten();
        if scales.any(|scale| !is_scale(scale)) {
            return Err("guidance runs from 0 to 100");
        }
        if self
            .shift
            .is_some_and(|shift| !Self::SHIFT.contains(&shift))
        {
            return Err("a shift runs from 0.01 to 100");
        }
        if self.sampler.as_ref().is_some_and(String::is_empty) {
            return Err("a sampler has a name");
        }
        if self.expert_switch.as_ref().is_some_and(String::is_empty) {
            return Err("an expert switch has a place");
        }
        if self
            .step_cache
            .is_some_and(|threshold| !Self::STEP_CACHE.contains(&threshold))
        {
            return Err("a step cache runs from 0 to 1");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_outside_their_limits_are_refused() {
        let refused = |settings: ShotSettings| settings.check().is_err();
        let none = ShotSettings::default;
        assert!(!refused(none()));
        assert!(!refused(ShotSettings {
            size: Some([832, 480]),
            steps: Some(8),
            guidance: Some(5.0),
            shift: Some(3.0),
            sampler: Some("euler".into()),
            guidance_low: Some(3.0),
            expert_switch: Some("0.875".into()),
            step_cache: Some(0.06),
        }));
        assert!(refused(ShotSettings {
            size: Some([832, 0]),
            ..none()
        }));
        assert!(refused(ShotSettings {
            steps: Some(0),
            ..none()
        }));
        assert!(refused(ShotSettings {
            guidance: Some(f64::NAN),
            ..none()
        }));
        assert!(refused(ShotSettings {
            guidance_low: Some(-1.0),
            ..none()
        }));
        assert!(refused(ShotSettings {
            shift: Some(0.0),
            ..none()
        }));
        for threshold in [-0.1, 1.1, f64::NAN] {
            assert!(refused(ShotSettings {
                step_cache: Some(threshold),
                ..none()
            }));
        }
        assert!(refused(ShotSettings {
            sampler: Some(String::new()),
            ..none()
        }));
    }
}
