//! The recipe: a shot frozen at the moment of Generate, with every input of the clip, files by their hashes. The
//! hash of a recipe names its take; the same recipe makes the same clip.

use std::collections::BTreeMap;

use kinora_timeline::ContentHash;
use kinora_timeline::media::PictureSettings;
use kinora_timeline::stage::Stage;
use kinora_wire::{ClipInputs, GenerationSettings, Guidance, Lora, Makes, Voice};
use serde::{Deserialize, Serialize};

use crate::stage::{CastColours, StageShown};

/// The version of a recipe. 1: Kinora 0.1, its take named by RON text. 2: named by canonical bytes (`identity.rs`).
/// 3: the same names; settings and inputs are groups of their own in the file (`flat_recipe.rs` reads the earlier ones).
pub const VERSION: u32 = 3;

/// Every input of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The version it was written with.
    pub version: u32,
    /// The model and its weights.
    pub model: ModelUsed,
    /// The program, library and device that computed it.
    pub made_with: MadeWith,
    /// The complete settings. Their control strength is that of the stage or of the control clip, or 1 without both.
    pub settings: GenerationSettings,
    /// What it is made from: the prompt as the model gets it, with characters by name; pictures, takes and LoRAs by hash.
    pub inputs: ClipInputs<PictureUsed, ContentHash, LoraUsed>,
    /// Whether the model gets the camera itself, as rays. False: it only sees the stage through it.
    #[serde(default)]
    pub has_rays: bool,
    /// The stage that the camera sees, with its control strength.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// How the model is shown the stage.
    #[serde(default, skip_serializing_if = "StageShown::is_depth")]
    pub stage_shown: StageShown,
    /// The imported video that is followed in place of a stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlUsed>,
    /// The voice that says the prompt, with its recording by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice<ContentHash>>,
    /// The take whose pictures were made larger. Everything else is as in that take's recipe, so that the clip can be
    /// made again from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upscaled: Option<Upscaled>,
    /// What is made again in the range of a retake, if the sound of the source take is given with its pictures. `None`: the
    /// pictures alone are given, or the sound alone, as in recipes of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retake_in: Option<Makes>,
    /// Whether only its first frame counts: the clip is the shortest that the model makes, usually of one frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_still: bool,
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An imported video whose pictures are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlUsed {
    /// The video.
    pub content: ContentHash,
    /// How its pictures are read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub picture: PictureSettings,
}

/// How the pictures of a take were made larger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upscaled {
    /// The take with the small pictures.
    pub take: ContentHash,
    /// The upscaler and its weights.
    pub upscaler: ModelUsed,
    /// Width and height of the large pictures divided by those of the small ones.
    pub scale: u32,
    /// What guided it beside the prompt, the stage and the camera of this recipe. `None`: nothing guided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<GuideUsed>,
}

/// What guides an upscaler beside what the recipe of the small take says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideUsed {
    /// The colours of the mannequins of characters on the stage.
    pub colours: Vec<CastColours>,
}

/// The model of a clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    /// The engine's id of the model.
    pub id: String,
    /// The SHA-256 of each file, by file name.
    pub files: BTreeMap<String, String>,
}

/// The program, library and device of a clip. The last bits of the frames may differ between devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// The version of kinora-engine.
    pub engine: String,
    /// The version of libtorch.
    pub libtorch: String,
    /// The device's id: "cpu", "cuda:0".
    pub device: String,
    /// The device's name, as the driver reports it.
    pub device_name: String,
}

/// A picture in a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PictureUsed {
    /// An imported picture.
    File(ContentHash),
    /// A frame of a take.
    FrameOf {
        /// The take.
        take: ContentHash,
        /// The frame, counted from 0.
        frame: u32,
    },
}

/// The file of a LoRA in a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoraUsed {
    /// Its name, without folders.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Recipe {
    /// Width and height of the clip's pictures.
    pub fn picture_size(&self) -> [u32; 2] {
        let scale = self.upscaled.as_ref().map_or(1, |upscaled| upscaled.scale);
        self.settings.size.map(|side| side.saturating_mul(scale))
    }

    /// Whether another recipe makes the same clip. The version is ignored: it only affects the take's name.
    pub fn makes_the_same_clip(&self, other: &Self) -> bool {
        let version = self.version;
        *self
            == Self {
                version,
                ..other.clone()
            }
    }

    /// What differs in another recipe: name, value here, value there.
    pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        fn row<T: PartialEq + std::fmt::Debug>(
            name: &str,
            here: &T,
            there: &T,
        ) -> Option<(String, String, String)> {
            (here != there).then(|| (name.into(), format!("{here:?}"), format!("{there:?}")))
        }
        let (here, there) = (&self.inputs, &other.inputs);
        let loras = (here.loras != there.loras).then(|| {
            let [here, there] = [here, there].map(|inputs| loras_text(&inputs.loras));
            ("LoRAs".to_owned(), here, there)
        });
        let rows = [
            row("model", &self.model, &other.model),
            row("made with", &self.made_with, &other.made_with),
            row("prompt", &here.prompt, &there.prompt),
            row("seed", &here.seed, &there.seed),
            row("keyframes", &here.keyframes, &there.keyframes),
            row("cast", &here.references, &there.references),
            row("camera", &here.camera, &there.camera),
            row("stage", &self.stage, &other.stage),
            row("stage shown", &self.stage_shown, &other.stage_shown),
            row("control clip", &self.control, &other.control),
            row("source", &here.source, &there.source),
            row("retake in", &self.retake_in, &other.retake_in),
            row("voice", &self.voice, &other.voice),
            loras,
            row("upscaled", &self.upscaled, &other.upscaled),
            row("makes", &here.makes, &there.makes),
            row("still", &self.is_still, &other.is_still),
        ];
        let settings = self.settings.differences(&other.settings);
        rows.into_iter().flatten().chain(settings).collect()
    }
}

/// "style.safetensors at 0.8, high-noise (5e1f0a2b)", with the first digits of the file's hash.
fn loras_text(loras: &[Lora<LoraUsed>]) -> String {
    let texts = loras.iter().map(|lora| {
        let LoraUsed { name, sha256 } = &lora.file;
        let expert = lora.expert.map(|expert| format!(", {expert}"));
        let expert = expert.unwrap_or_default();
        let digits = sha256.get(..8).unwrap_or(sha256);
        format!("{name} at {}{expert} ({digits})", lora.strength)
    });
    match loras.is_empty() {
        true => "none".to_owned(),
        false => texts.collect::<Vec<_>>().join("; "),
    }
}

/// The guidance with its CFG scale changed by `by`; at least 1, which is no guidance.
pub fn with_guidance_change(guidance: Guidance, by: f64) -> Guidance {
    let more = |scale: f64| (scale + by).max(1.0);
    match guidance {
        Guidance::Off => match by > 0.0 {
            true => Guidance::Classifier { scale: 1.0 + by },
            false => Guidance::Off,
        },
        Guidance::Classifier { scale } => Guidance::Classifier { scale: more(scale) },
        Guidance::ZeroStar { scale, zero_steps } => Guidance::ZeroStar {
            scale: more(scale),
            zero_steps,
        },
    }
}

#[cfg(test)]
mod tests {
    use kinora_wire::Expert;

    use super::*;
    use crate::take::based_shot::tests::recipe;

    #[test]
    fn the_differences_of_two_recipes_list_their_loras() {
        let lora = |strength, expert| Lora {
            file: LoraUsed {
                name: "style.safetensors".into(),
                sha256: "5e1f0a2b3c".into(),
            },
            strength,
            expert,
        };
        let with = |loras| {
            let mut recipe = recipe();
            recipe.inputs.loras = loras;
            recipe
        };
        let one = with(vec![lora(0.8, Some(Expert::HighNoise)), lora(1.0, None)]);
        let text =
            "style.safetensors at 0.8, high-noise (5e1f0a2b); style.safetensors at 1 (5e1f0a2b)";
        let row = ("LoRAs".into(), text.into(), "none".into());
        assert_eq!(one.differences(&with(Vec::new())), [row]);
        assert_eq!(one.differences(&one), []);
    }
}
