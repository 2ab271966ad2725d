//! Problems of a shot that can be known before it is generated.

use std::fmt;
use std::path::Path;

use kinora_timeline::Project;
use kinora_timeline::cast::mentions;
use kinora_timeline::shot::Shot;
use kinora_timeline::shot::loras::ShotLora;
use kinora_wire::{Ability, LoraInfo, ModelInfo, StageControl, listed, unknown_words};

use crate::take::lora_fit::may_fit;
use crate::take::lora_reference::{files_of, reference_among};
use crate::take::loras::{has_two_experts, is_missing};
use crate::take::recipe_builder::prompt_text;

/// The unknown words that a problem lists.
const LISTED_WORDS: usize = 6;

/// A problem of a shot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShotProblem {
    /// There is no prompt.
    EmptyPrompt,
    /// The prompt mentions this `@tag`, and no character has it. Empty: an `@` without a name.
    UnknownCharacter(String),
    /// The prompt has words that the model was not trained on.
    UnknownWords(Vec<String>),
    /// The shot is longer than the clips that the model was trained on; both in frames.
    LongerThanTrained {
        /// Of the shot.
        frames: u32,
        /// Of the training clips.
        trained: u32,
    },
    /// A LoRA is for one of two experts, and the model has one transformer.
    LoraForOneExpert {
        /// The name of its file.
        lora: String,
        /// The name of the model.
        model: String,
    },
    /// A LoRA was trained on a model of another size.
    LoraOfOtherModel {
        /// The name of its file.
        lora: String,
        /// The model that it was trained on, as its file says.
        base: String,
        /// The name of the model of the shot.
        model: String,
    },
    /// The file of this LoRA is missing.
    MissingLora(String),
    /// The shot has a control clip, and this model follows none.
    ControlNotFollowed(String),
    /// The stage is shown as a shaded picture to a model with this IC-LoRA, which may follow something else.
    StageAsPicture(String),
}

impl ShotProblem {
    /// Whether the shot cannot be generated. The other problems are warnings.
    pub fn prevents(&self) -> bool {
        matches!(self, Self::EmptyPrompt | Self::LoraForOneExpert { .. })
    }
}

impl fmt::Display for ShotProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyPrompt => f.write_str("The prompt is empty. Describe the shot."),
            Self::UnknownCharacter(tag) if tag.is_empty() => {
                f.write_str("A name is missing after @.")
            }
            Self::UnknownCharacter(tag) => write!(f, "No character named @{tag}."),
            Self::UnknownWords(words) => {
                let words = listed(words, LISTED_WORDS);
                write!(f, "The model does not know: {words}.")
            }
            Self::LongerThanTrained { frames, trained } => write!(
                f,
                "{frames} frames: the model was trained on {trained}. Longer clips take longer and may fall apart."
            ),
            Self::LoraForOneExpert { lora, model } => write!(
                f,
                "The LoRA {lora} is for one expert, and {model} has one transformer. Set the LoRA to both experts, or remove it."
            ),
            Self::LoraOfOtherModel { lora, base, model } => write!(
                f,
                "The LoRA {lora} was trained on {base}, and does not fit {model}. Remove it, or choose its model."
            ),
            Self::MissingLora(lora) => write!(
                f,
                "The LoRA {lora} is missing. Put it into the folder loras of a model folder, or remove it."
            ),
            Self::ControlNotFollowed(model) => write!(
                f,
                "{model} does not follow control clips. Choose another model, or no control clip."
            ),
            Self::StageAsPicture(lora) => write!(
                f,
                "The LoRA {lora} does not say that it follows depth: it is shown the stage as a shaded picture."
            ),
        }
    }
}

/// The problem that prevents a shot from being generated, if there is one. Without a model, those that depend on it are
/// left out.
pub fn prevention(
    shot: &Shot,
    project: &Project,
    model: Option<&ModelInfo>,
) -> Option<ShotProblem> {
    let mut problems = problems_of(shot, project, model).into_iter();
    problems.find(ShotProblem::prevents)
}

/// What is known of LoRA files. The window's thread looks for none itself.
#[derive(Clone, Copy)]
pub struct LorasKnown<'k> {
    /// Those in the LoRA folders.
    pub listed: &'k [LoraInfo],
    /// Whether the file at a whole path is known to be gone.
    pub is_gone: &'k dyn Fn(&Path) -> bool,
}

/// The problems of a shot's LoRAs. They are warnings: a file may be put back before the order starts. `model` is that without
/// the LoRAs.
pub fn lora_problems(
    shot: &Shot,
    model: Option<&ModelInfo>,
    known: LorasKnown,
) -> Vec<ShotProblem> {
    let loras = shot.loras.iter().filter(|lora| lora.has_effect());
    let problems = loras.filter_map(|lora| {
        let name = lora.file_name().to_owned();
        if is_missing(lora, known.listed, known.is_gone) {
            return Some(ShotProblem::MissingLora(name));
        }
        let mut listed = known.listed.iter();
        let base = listed
            .find(|info| info.name == lora.file)?
            .base
            .as_deref()?;
        let model = model.filter(|model| !may_fit(base, model))?;
        Some(ShotProblem::LoraOfOtherModel {
            lora: name,
            base: base.to_owned(),
            model: model.name.clone(),
        })
    });
    let mut problems: Vec<ShotProblem> = problems.collect();
    problems.extend(stage_as_picture(shot, model, known.listed));
    problems
}

/// The IC-LoRA that is shown the stage of a shot as a shaded picture.
fn stage_as_picture(
    shot: &Shot,
    model: Option<&ModelInfo>,
    listed: &[LoraInfo],
) -> Option<ShotProblem> {
    let has_stage = !shot.stage.stand_ins.is_empty() || shot.camera.is_some();
    if !has_stage || shot.control.is_some() {
        return None;
    }
    let (file, shown) = reference_among(model?, files_of(&shot.loras), listed)?;
    let name = ShotLora::new(file).file_name().to_owned();
    (shown == StageControl::Picture).then_some(ShotProblem::StageAsPicture(name))
}

/// The problems of a shot. Without a model, those that depend on it are left out.
pub fn problems_of(shot: &Shot, project: &Project, model: Option<&ModelInfo>) -> Vec<ShotProblem> {
    let mut problems = Vec::new();
    if shot.prompt.trim().is_empty() {
        problems.push(ShotProblem::EmptyPrompt);
    }
    let mentioned = mentions(&shot.prompt);
    let unknown = mentioned
        .iter()
        .filter(|mention| project.character_called(mention.tag).is_none());
    problems.extend(unknown.map(|mention| ShotProblem::UnknownCharacter(mention.tag.into())));
    let Some(model) = model else {
        return problems;
    };
    if shot.kind.is_sound() {
        return problems; // the others are those of pictures
    }
    if !model.vocabulary.is_empty() {
        let tags: Vec<String> = mentioned
            .iter()
            .map(|mention| mention.tag.to_lowercase())
            .collect();
        let mut words = unknown_words(&model.vocabulary, &prompt_text(project, shot, model));
        words.retain(|word| !tags.contains(word));
        if !words.is_empty() {
            problems.push(ShotProblem::UnknownWords(words));
        }
    }
    if shot.control.is_some() && !model.abilities.contains(&Ability::Control) {
        problems.push(ShotProblem::ControlNotFollowed(model.name.clone()));
    }
    let (frames, trained) = (shot.length.frames, model.defaults.frames);
    if frames > trained {
        problems.push(ShotProblem::LongerThanTrained { frames, trained });
    }
    if !has_two_experts(model) {
        let loras = shot.loras.iter().filter(|lora| lora.has_effect());
        let for_one = loras.filter(|lora| lora.expert.is_some());
        problems.extend(for_one.map(|lora| ShotProblem::LoraForOneExpert {
            lora: lora.file_name().to_owned(),
            model: model.name.clone(),
        }));
    }
    problems
}

#[cfg(test)]
pub(crate) mod tests {
    use kinora_timeline::camera::{CameraKey, CameraPath, Pose};
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::shot::loras::Expert;
    use kinora_timeline::{Edit, FrameRate, Frames};
    use kinora_wire::{Installed, ModelSpec};

    use super::*;
    use crate::take::based_shot::tests::recipe;

    /// An installed model of 14B parameters, with one transformer or two experts.
    pub(crate) fn model(has_experts: bool) -> ModelInfo {
        ModelInfo {
            id: "pretended-14b".into(),
            name: "A pretended model".into(),
            installed: Installed::Yes {
                folder: "/models".into(),
            },
            licence: String::new(),
            abilities: Vec::new(),
            about: String::new(),
            vocabulary: Vec::new(),
            camera: None,
            stage_control: StageControl::Depth,
            spec: ModelSpec {
                has_experts,
                ..ModelSpec::default()
            },
            defaults: recipe().settings,
            size_bytes: 0,
            files: Vec::new(),
        }
    }

    fn shot(prompt: &str) -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        Shot::new("Shot 1", prompt, length)
    }

    fn project_with_mia() -> Project {
        let mia = Character::new("Mia", "mia");
        let add = Edit::Library(Library::AddCharacter(Box::new(mia)));
        add.apply(&Project::default()).expect("added")
    }

    #[test]
    fn a_shot_without_a_prompt_cannot_be_generated() {
        let problems = problems_of(&shot("  \n"), &Project::default(), None);
        assert_eq!(problems, [ShotProblem::EmptyPrompt]);
        assert!(problems[0].prevents());
    }

    #[test]
    fn only_characters_that_do_not_exist_are_reported() {
        let shot = shot("@mia meets @zed at mail@example");
        let problems = problems_of(&shot, &project_with_mia(), None);
        assert_eq!(problems, [ShotProblem::UnknownCharacter("zed".into())]);
        assert_eq!(problems[0].to_string(), "No character named @zed.");
        assert!(!problems[0].prevents());
    }

    #[test]
    fn a_lora_for_one_expert_prevents_a_shot_whose_model_has_one_transformer() {
        let project = Project::default();
        let mut shot = shot("a fox");
        shot.loras = vec![ShotLora {
            expert: Some(Expert::LowNoise),
            ..ShotLora::new("a/style.safetensors")
        }];
        let [one, two] = [false, true].map(model);
        let problem = prevention(&shot, &project, Some(&one)).expect("reported");
        let text = problem.to_string();
        assert!(
            text.contains("style.safetensors is for one expert"),
            "{text}"
        );
        assert_eq!(prevention(&shot, &project, Some(&two)), None);
        assert_eq!(prevention(&shot, &project, None), None, "not known yet");
        shot.loras[0].strength = 0.0;
        assert_eq!(prevention(&shot, &project, Some(&one)), None, "no effect");
    }

    #[test]
    fn an_ic_lora_that_does_not_say_that_it_follows_depth_is_shown_a_picture_and_that_is_said() {
        let model = ModelInfo {
            abilities: Vec::new(),
            spec: ModelSpec {
                follows_with_lora: true,
                ..ModelSpec::default()
            },
            ..model(false)
        };
        let known = LorasKnown {
            listed: &[],
            is_gone: &|_| false,
        };
        let problems = |file: &str, camera: Option<CameraPath>| {
            let mut shot = shot("a fox");
            shot.loras = vec![ShotLora::new(file)];
            shot.camera = camera;
            lora_problems(&shot, Some(&model), known)
        };
        let key = CameraKey::new(Frames::ZERO, Pose::START);
        let moving = || Some(CameraPath::of_keys(vec![key]));
        let pose = problems("/there/ic-lora-pose.safetensors", moving());
        let expected = ShotProblem::StageAsPicture("ic-lora-pose.safetensors".into());
        assert!(!expected.prevents());
        assert_eq!(pose, [expected]);
        assert_eq!(problems("/there/ic-lora-depth.safetensors", moving()), []);
        assert_eq!(
            problems("/there/ic-lora-pose.safetensors", None),
            [],
            "no stage"
        );
    }

    #[test]
    fn a_missing_lora_and_one_of_a_model_of_another_size_are_reported() {
        let listed = ["large 14B", "small_1.3B", ""].map(|base| LoraInfo {
            name: format!("{base}.safetensors"),
            path: format!("/loras/{base}.safetensors"),
            size_bytes: 1,
            base: Some(base.into()).filter(|base: &String| !base.is_empty()),
            sha256: None,
            stage_control: None,
        });
        let mut shot = shot("a fox");
        let files = listed.iter().map(|info| info.name.as_str());
        let elsewhere = ["rain.safetensors", "/gone/rain", "/there/rain"];
        let loras = files.chain(elsewhere).map(ShotLora::new);
        shot.loras = loras.collect();
        let known = LorasKnown {
            listed: &listed,
            is_gone: &|path| path.starts_with("/gone"),
        };
        let problems = lora_problems(&shot, Some(&model(false)), known);
        let missing = |name: &str| ShotProblem::MissingLora(name.into());
        let other = ShotProblem::LoraOfOtherModel {
            lora: "small_1.3B.safetensors".into(),
            base: "small_1.3B".into(),
            model: "A pretended model".into(),
        };
        let expected = [other, missing("rain.safetensors"), missing("rain")];
        assert_eq!(problems, expected);
        assert!(!problems.iter().any(ShotProblem::prevents));
    }
}
