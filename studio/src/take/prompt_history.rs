//! The prompts that were used before in a project, to be used again.

use std::cmp::Reverse;

use kinora_timeline::shot::Shot;
use kinora_timeline::{ContentHash, Project};

use super::recipe::Recipe;
use super::recipe_builder::PLAIN_NAME;
use super::take_store::Take;

/// The most prompts that are listed.
const MOST: usize = 12;

/// The prompts of the takes, the newest first, and then those of the other shots. Each is listed once; the prompt of
/// the shot itself is left out.
pub fn earlier_prompts(
    project: &Project,
    takes: &[(ContentHash, Take)],
    shot: &Shot,
) -> Vec<String> {
    let mut newest: Vec<&Take> = takes.iter().map(|(_, take)| take).collect();
    newest.sort_by_key(|take| Reverse(take.made_at));
    let of_takes = newest
        .into_iter()
        .filter_map(Take::readable)
        .map(|recipe| with_tags(recipe, project));
    let mut shots: Vec<_> = project.shots().collect();
    shots.sort_by_key(|other| Reverse(other.id)); // the newest first: ids count up
    let of_shots = shots.into_iter().map(|other| other.prompt.clone());
    let mut prompts: Vec<String> = Vec::new();
    for prompt in of_takes.chain(of_shots) {
        let is_new = prompt != shot.prompt && !prompts.contains(&prompt);
        if is_new && !prompt.trim().is_empty() && prompts.len() < MOST {
            prompts.push(prompt);
        }
    }
    prompts
}

/// The prompt of a recipe with its characters as `@tag`. A recipe has the names that the model understands. One that
/// may stand for several characters stays.
fn with_tags(recipe: &Recipe, project: &Project) -> String {
    let mut prompt = recipe.inputs.prompt.clone();
    // Longer names first: "Ada" may be a part of "Ada Stone".
    let name = |name: &str| {
        project
            .character_called(name)
            .map_or(0, |one| one.name.len())
    };
    let mut references: Vec<_> = recipe.inputs.references.iter().collect();
    references.sort_by_key(|reference| Reverse(name(&reference.name)));
    for reference in &references {
        let tag = format!("@{}", reference.name);
        if let Some(character) = project.character_called(&reference.name)
            && !character.name.is_empty()
        {
            prompt = replaced(&prompt, &character.name, &tag);
        }
        if references.len() == 1 {
            prompt = replaced(&prompt, PLAIN_NAME, &tag);
        }
    }
    prompt
}

/// A text with a tag in place of a name, where the name is no part of another word or tag.
fn replaced(text: &str, name: &str, tag: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '@';
    let mut new = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(name) {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let is_word = !before.ends_with(is_part) && !after.starts_with(is_part);
        new += &text[done..at];
        new += if is_word { tag } else { name };
        done = at + name.len();
    }
    new + &text[done..]
}

#[cfg(test)]
mod tests {
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::ModelLength;
    use kinora_timeline::{Edit, FrameRate};
    use kinora_wire::{Reference, Timings};

    use super::*;
    use crate::take::based_shot::tests::recipe;

    fn shot(prompt: &str) -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        Shot::new("a", prompt, length)
    }

    fn take(prompt: &str, cast: &[&str], made_at: u64) -> (ContentHash, Take) {
        let mut recipe = recipe();
        recipe.inputs.prompt = prompt.into();
        let references = cast.iter().map(|tag| Reference {
            name: (*tag).into(),
            images: Vec::new(),
        });
        recipe.inputs.references = references.collect();
        let take = Take {
            recipe: Ok(recipe),
            poster: None,
            shot: None,
            clip: None,
            frames: None,
            sound: None,
            made_at,
            timings: Timings::default(),
            hint: None,
        };
        (ContentHash::of(prompt.as_bytes()), take)
    }

    fn project(prompts: &[&str]) -> Project {
        let add = |project: Project, edit: Library| {
            let edit = Edit::Library(edit);
            edit.apply(&project).expect("added")
        };
        let mia = Library::AddCharacter(Box::new(Character::new("Mia", "mia")));
        let project = add(Project::default(), mia);
        prompts.iter().fold(project, |project, prompt| {
            add(project, Library::AddShot(Box::new(shot(prompt))))
        })
    }

    #[test]
    fn the_newest_takes_come_first_and_each_prompt_once() {
        let project = project(&["a fox", "the sea", ""]);
        let takes = [take("a fox", &[], 1), take("a bear", &[], 2)];
        let prompts = earlier_prompts(&project, &takes, &shot(""));
        assert_eq!(prompts, ["a bear", "a fox", "the sea"]);
        let prompts = earlier_prompts(&project, &takes, &shot("a bear"));
        assert_eq!(prompts, ["a fox", "the sea"], "not the shot's own");
    }

    #[test]
    fn the_newest_shots_come_first_whatever_their_order() {
        let project = project(&["a fox", "the sea"]);
        let ids: Vec<_> = project.shots().map(|shot| shot.id).collect();
        let to_the_front = Edit::Library(Library::MoveShot {
            shot: ids[1],
            before: Some(ids[0]),
        });
        let project = to_the_front.apply(&project).expect("moved");
        let prompts = earlier_prompts(&project, &[], &shot(""));
        assert_eq!(prompts, ["the sea", "a fox"]);
    }

    #[test]
    fn a_character_of_a_take_is_listed_with_its_tag() {
        let takes = [
            take("Mia waves", &["mia"], 2),
            take("the character runs", &["mia"], 1),
        ];
        let prompts = earlier_prompts(&project(&[]), &takes, &shot(""));
        assert_eq!(prompts, ["@mia waves", "@mia runs"]);
    }

    #[test]
    fn the_list_is_short() {
        let many: Vec<_> = (0..20).map(|at| take(&at.to_string(), &[], at)).collect();
        let prompts = earlier_prompts(&project(&[]), &many, &shot(""));
        assert_eq!((prompts.len(), prompts[0].as_str()), (MOST, "19"));
    }

    #[test]
    fn a_name_is_a_whole_word() {
        let tagged = |text| replaced(text, "Mia", "@mia");
        assert_eq!(tagged("Mia on a Miami beach"), "@mia on a Miami beach");
        assert_eq!(tagged("Mia's cat sees Mia"), "@mia's cat sees @mia");
        assert_eq!(tagged("@Mia and MiaMia"), "@Mia and MiaMia");
        assert_eq!(replaced("Zoë, Zoëlle", "Zoë", "@zoe"), "@zoe, Zoëlle");
    }
}
