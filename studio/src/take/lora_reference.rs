//! IC-LoRAs of a shot: with one of them some models follow a control clip, such as the render of the shot's stage, which
//! they are not given otherwise.

use std::borrow::Cow;

use kinora_timeline::shot::loras::ShotLora;
use kinora_wire::{Ability, LoraInfo, ModelInfo, StageControl, is_in_context, stage_shown_to};

/// How a stage is shown to a model with the LoRA of this file: its name in the LoRA folders, with or without its ending, or
/// its path. A file that is in none of the folders is known by its name alone. `None`: it is no IC-LoRA.
pub fn stage_control_of(file: &str, listed: &[LoraInfo]) -> Option<StageControl> {
    let is_it = |info: &&LoraInfo| {
        let plain = info.name.strip_suffix(".safetensors");
        info.name == file || info.path == file || plain == Some(file)
    };
    if let Some(info) = listed.iter().find(is_it) {
        return info.stage_control;
    }
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    is_in_context(name).then(|| stage_shown_to(name))
}

/// Whether a model follows a control clip only with an IC-LoRA.
pub fn needs_reference(model: &ModelInfo) -> bool {
    model.spec.follows_with_lora && !model.abilities.contains(&Ability::Control)
}

/// The IC-LoRA by which a model follows a control clip, of those with an effect: its file, and how a stage is shown. The first
/// one counts. `None`: there is none, or the model needs none.
pub fn reference_among<'l>(
    model: &ModelInfo,
    files: impl IntoIterator<Item = &'l str>,
    listed: &[LoraInfo],
) -> Option<(&'l str, StageControl)> {
    if !needs_reference(model) {
        return None;
    }
    let mut files = files.into_iter();
    files.find_map(|file| Some((file, stage_control_of(file, listed)?)))
}

/// The model as it is with these LoRAs of a shot.
pub fn model_with<'m>(
    model: &'m ModelInfo,
    loras: &[ShotLora],
    listed: &[LoraInfo],
) -> Cow<'m, ModelInfo> {
    match reference_among(model, files_of(loras), listed) {
        Some((_, shown)) => Cow::Owned(following(model, shown)),
        None => Cow::Borrowed(model),
    }
}

/// The files of the LoRAs that have an effect.
pub fn files_of(loras: &[ShotLora]) -> impl Iterator<Item = &str> {
    let loras = loras.iter().filter(|lora| lora.has_effect());
    loras.map(|lora| lora.file.as_str())
}

/// The model as one that follows a control clip, to which a stage is shown like this.
pub fn following(model: &ModelInfo, shown: StageControl) -> ModelInfo {
    let mut model = model.clone();
    model.abilities.push(Ability::Control);
    model.stage_control = shown;
    model
}

#[cfg(test)]
mod tests {
    use kinora_wire::ModelSpec;

    use super::*;
    use crate::generate::shot_check::tests::model;

    fn able() -> ModelInfo {
        ModelInfo {
            abilities: Vec::new(),
            spec: ModelSpec {
                follows_with_lora: true,
                ..ModelSpec::default()
            },
            ..model(false)
        }
    }

    fn listed(name: &str, stage_control: Option<StageControl>) -> LoraInfo {
        LoraInfo {
            name: name.into(),
            path: format!("/loras/{name}"),
            size_bytes: 1,
            base: None,
            sha256: None,
            stage_control,
        }
    }

    #[test]
    fn a_model_follows_a_stage_with_an_ic_lora_that_has_an_effect() {
        let known = [
            listed("style.safetensors", None),
            listed("follows.safetensors", Some(StageControl::Depth)),
        ];
        let shown = |model: &ModelInfo, files: &[&str]| {
            let loras: Vec<ShotLora> = files.iter().map(|file| ShotLora::new(file)).collect();
            let with = model_with(model, &loras, &known);
            let follows = with.abilities.contains(&Ability::Control);
            follows.then_some(with.stage_control)
        };
        let able = able();
        assert_eq!(shown(&able, &["style.safetensors"]), None);
        let both = ["style.safetensors", "follows.safetensors"];
        assert_eq!(shown(&able, &both), Some(StageControl::Depth));
        let elsewhere = ["/elsewhere/a-ic-lora-pose.safetensors"];
        assert_eq!(shown(&able, &elsewhere), Some(StageControl::Picture));
        assert_eq!(shown(&model(false), &both), None, "of another family");
        let mut weak = ShotLora::new("follows.safetensors");
        weak.strength = 0.0;
        let with = model_with(&able, &[weak], &known);
        assert!(!with.abilities.contains(&Ability::Control), "no effect");
    }
}
