//! Problems of a shot that can be known before it is generated.

use std::fmt;

use kinora_timeline::Project;
use kinora_timeline::cast::mentions;
use kinora_timeline::shot::Shot;
use kinora_wire::{ModelInfo, listed, unknown_words};

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
}

impl ShotProblem {
    /// Whether the shot cannot be generated. The other problems are warnings.
    pub fn prevents(&self) -> bool {
        matches!(self, Self::EmptyPrompt)
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
        }
    }
}

/// The problem that prevents a shot from being generated, if there is one.
pub fn prevention(shot: &Shot, project: &Project) -> Option<ShotProblem> {
    let mut problems = problems_of(shot, project, None).into_iter();
    problems.find(ShotProblem::prevents)
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
    let (frames, trained) = (shot.length.frames, model.defaults.frames);
    if frames > trained {
        problems.push(ShotProblem::LongerThanTrained { frames, trained });
    }
    problems
}

#[cfg(test)]
mod tests {
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::{Edit, FrameRate};

    use super::*;

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
}
