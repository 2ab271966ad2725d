//! LoRAs: small files of changes to the weights of a model, each with a strength. A request names their files; an engine
//! lists those in its LoRA folders.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::StageControl;

/// The possible strengths of a LoRA. Negative ones take its effect away; 0 is without effect.
pub const LORA_STRENGTHS: RangeInclusive<f64> = -4.0..=4.0;

/// A LoRA of a clip. A request names its file; a recipe names it by its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lora<File = PathBuf> {
    /// The safetensors file: a path, or its name in the LoRA folders.
    pub file: File,
    /// What its changes are multiplied by, in [`LORA_STRENGTHS`]. 1 is what it was trained with.
    pub strength: f64,
    /// The expert that it changes. `None`: every expert that it fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expert: Option<Expert>,
}

/// One of the two transformers of a model that changes between them while it denoises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expert {
    /// The one for the first steps, with much noise.
    HighNoise,
    /// The one for the last steps, with little noise.
    LowNoise,
}

impl Expert {
    /// Both.
    pub const ALL: [Self; 2] = [Self::HighNoise, Self::LowNoise];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::HighNoise => "high-noise",
            Self::LowNoise => "low-noise",
        }
    }
}

impl fmt::Display for Expert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A LoRA in the LoRA folders of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoraInfo {
    /// The file's path in its LoRA folder, with `/` between folders: "style.safetensors". No two have the same name.
    pub name: String,
    /// The whole path of the file.
    pub path: String,
    /// The size of the file, in bytes.
    pub size_bytes: u64,
    /// The model that it was trained on, as the file's header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Known once the file was hashed, until it changes. In hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How a stage is shown to a model with it, which follows a control clip by it: an IC-LoRA (in-context LoRA). `None`: it is
    /// no such LoRA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_control: Option<StageControl>,
}

/// What the names of IC-LoRAs have in common, in small letters and without punctuation.
const IN_CONTEXT: &str = "iclora";
/// The words of those that follow depth: alone, or beside edges and poses.
const OF_DEPTH: [&str; 2] = ["depth", "union"];

/// Whether the name of a file says that it is an IC-LoRA, with which a model follows a control clip.
pub fn is_in_context(name: &str) -> bool {
    letters_of(name).contains(IN_CONTEXT)
}

/// How a stage is shown to a model with an IC-LoRA of this name or title: as depth if it says that it follows depth, else as
/// a shaded picture, since edges and poses are not made of stages.
pub fn stage_shown_to(name: &str) -> StageControl {
    let letters = letters_of(name);
    match OF_DEPTH.iter().any(|word| letters.contains(word)) {
        true => StageControl::Depth,
        false => StageControl::Picture,
    }
}

fn letters_of(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ic_lora_is_known_by_its_name_and_is_shown_depth_if_it_says_so() {
        for (name, shown) in [
            ("model-19b-IC-LoRA-Depth-Control", Some(StageControl::Depth)),
            ("model_ic_lora_union_ref0.5", Some(StageControl::Depth)),
            (
                "model-ic-lora-pose.safetensors",
                Some(StageControl::Picture),
            ),
            ("model-ic-lora-detailer", Some(StageControl::Picture)),
            ("depth-of-field.safetensors", None),
        ] {
            let found = is_in_context(name).then(|| stage_shown_to(name));
            assert_eq!(found, shown, "{name}");
        }
    }

    #[test]
    fn a_lora_is_written_with_the_name_of_its_expert_and_without_one_if_it_changes_both() {
        let lora = |expert| Lora::<PathBuf> {
            file: "style.safetensors".into(),
            strength: 0.5,
            expert,
        };
        let text = |expert| serde_json::to_string(&lora(expert)).expect("written");
        assert_eq!(text(None), r#"{"file":"style.safetensors","strength":0.5}"#);
        for expert in Expert::ALL {
            let text = text(Some(expert));
            assert!(text.contains(expert.name()), "{text}");
            let again: Lora = serde_json::from_str(&text).expect("read");
            assert_eq!(lora(Some(expert)), again);
        }
    }
}
