//! The appearance similarity of the characters of takes: crops of each where the stage has it, and the reference pictures
//! of the whole cast, compared by the vectors of an image encoder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kinora_measure::{
    NotCompared, RgbFrame, Similarity, Unseen, crop_of, measure_similarity, whole_square,
};
use kinora_render::project::ProjectFiles;
use kinora_timeline::stage::Stage;
use kinora_timeline::{ContentHash, Project};
use kinora_wire::Failure;

use super::appearance::{Actor, actors, figures_at, followed_stage, pictures_of, placed};
use super::drawn;
use super::embedding::EmbeddingEngine;
use super::grey::ClipReader;
use super::references::small_picture;
use crate::take::recipe::Recipe;
use crate::take::request::camera_over;
use crate::take::take_store::TakeStore;

/// So many frames of a take are looked at, evenly spread.
const FRAMES_LOOKED_AT: usize = 15;
/// So many of those that show a character are compared, evenly spread.
const MOST_CROPS: usize = 5;
/// The longer side of a reference picture, in pixels: twice that of the pictures of usual image encoders.
const LONGEST_REFERENCE: f64 = 448.0;

/// Makes a vector of each picture, in their order.
type Embed<'e> = dyn FnMut(&[RgbFrame]) -> Result<Vec<Vec<f32>>, Failure> + 'e;

/// Compares the characters of a project's takes. The vector of a reference picture is made once.
pub struct SimilarityMeter<'p> {
    folder: &'p Path,
    project: &'p Project,
    files: ProjectFiles,
    /// `None` of a picture that cannot be read.
    references: BTreeMap<ContentHash, Option<Vec<f32>>>,
}

/// What is compared of a character.
struct Compared {
    /// The reference pictures of the cast; its own are the first.
    cast: Vec<Vec<ContentHash>>,
    crops: Vec<RgbFrame>,
}

impl<'p> SimilarityMeter<'p> {
    /// For the takes of the project in this folder.
    pub fn of(folder: &'p Path, project: &'p Project) -> Self {
        Self {
            folder,
            project,
            files: ProjectFiles::of(folder),
            references: BTreeMap::new(),
        }
    }

    /// The similarity of each character of a take, by its tag, with an engine, which is started if anything can be compared.
    ///
    /// # Errors
    /// The clip cannot be read; no installed model has an image encoder; it was cancelled.
    pub fn measure_by(
        &mut self,
        engine: &mut EmbeddingEngine,
        (name, recipe): (ContentHash, &Recipe),
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<(String, Similarity)>, Failure> {
        self.measure(name, recipe, &mut |pictures| {
            engine.embed(pictures, is_cancelled)
        })
    }

    /// The similarity of each character of a take, by its tag. `embed` is not called if nothing can be compared.
    ///
    /// # Errors
    /// The clip cannot be read; the pictures cannot be described.
    fn measure(
        &mut self,
        name: ContentHash,
        recipe: &Recipe,
        embed: &mut Embed,
    ) -> Result<Vec<(String, Similarity)>, Failure> {
        let stage = followed_stage(recipe);
        let actors = actors(Some(self.project), recipe, stage);
        let crops = match stage {
            Some(stage) if !actors.is_empty() => {
                crops_of(&TakeStore::of(self.folder), name, recipe, stage, &actors)?
            }
            _ => vec![Err(Unseen::NoStage); actors.len()],
        };
        let compared = actors.iter().zip(crops);
        let compared: Vec<(String, Result<Compared, NotCompared>)> = compared
            .map(|(actor, crops)| (actor.tag.clone(), self.compared(actor, recipe, crops)))
            .collect();
        let possible = || compared.iter().filter_map(|(_, one)| one.as_ref().ok());
        let mut shown = self.embed_all(possible(), embed)?.into_iter();
        let similarities = compared.iter().map(|(tag, one)| {
            let similarity = match one {
                Ok(one) => {
                    let shown: Vec<Vec<f32>> = shown.by_ref().take(one.crops.len()).collect();
                    measure_similarity(&shown, 0, &self.vectors_of(&one.cast))
                }
                Err(reason) => Similarity::NotMeasurable { reason: *reason },
            };
            (tag.clone(), similarity)
        });
        Ok(similarities.collect())
    }

    /// What is compared of a character, or why nothing is.
    fn compared(
        &self,
        actor: &Actor,
        recipe: &Recipe,
        crops: Result<Vec<RgbFrame>, Unseen>,
    ) -> Result<Compared, NotCompared> {
        let crops = crops.map_err(NotCompared::Unseen)?;
        let own = pictures_of(actor, recipe);
        if own.is_empty() {
            return Err(NotCompared::Unseen(Unseen::NoReferences));
        }
        let others = self.project.cast().filter(|other| other.tag != actor.tag);
        let others = others.map(|other| other.references.clone());
        let others: Vec<Vec<ContentHash>> = others.filter(|own| !own.is_empty()).collect();
        if others.is_empty() {
            return Err(NotCompared::TooFewCharacters);
        }
        let cast = std::iter::once(own).chain(others).collect();
        Ok(Compared { cast, crops })
    }

    /// Makes the vectors of the references that have none yet, and of all crops, which it returns in their order.
    fn embed_all<'c>(
        &mut self,
        compared: impl Iterator<Item = &'c Compared> + Clone,
        embed: &mut Embed,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let named = compared.clone().flat_map(|one| one.cast.iter().flatten());
        let new: BTreeSet<ContentHash> = named
            .copied()
            .filter(|content| !self.references.contains_key(content))
            .collect();
        let mut pictures = Vec::new();
        let mut readable = Vec::new();
        for content in new {
            let file = self.files.picture(content);
            match file.and_then(|file| small_picture(&file, LONGEST_REFERENCE)) {
                Some(picture) => {
                    pictures.push(whole_square(&picture));
                    readable.push(content);
                }
                None => {
                    self.references.insert(content, None);
                }
            }
        }
        pictures.extend(compared.flat_map(|one| one.crops.iter().cloned()));
        if pictures.is_empty() {
            return Ok(Vec::new());
        }
        let mut vectors = embed(&pictures)?;
        if vectors.len() != pictures.len() {
            return Err(Failure::bug(
                "there are not as many vectors as pictures to compare",
            ));
        }
        let of_crops = vectors.split_off(readable.len());
        let known = readable.into_iter().zip(vectors.into_iter().map(Some));
        self.references.extend(known);
        Ok(of_crops)
    }

    /// The vectors of the references of a cast. Those that cannot be read are left out.
    fn vectors_of(&self, cast: &[Vec<ContentHash>]) -> Vec<Vec<Vec<f32>>> {
        let vector = |content: &ContentHash| self.references.get(content).cloned().flatten();
        let vectors = cast.iter();
        vectors
            .map(|pictures| pictures.iter().filter_map(vector).collect())
            .collect()
    }
}

/// The crops of each actor of a take, or why there are none.
fn crops_of(
    takes: &TakeStore,
    name: ContentHash,
    recipe: &Recipe,
    stage: &Stage,
    actors: &[Actor],
) -> Result<Vec<Result<Vec<RgbFrame>, Unseen>>, Failure> {
    let mut clip = ClipReader::open(&takes.clip(name))?;
    let camera = camera_over(recipe)?;
    let size = drawn::measured_size(&camera, clip.size());
    let path = drawn::drawn_path(&camera, clip.size(), size);
    let mut crops: Vec<Vec<Result<RgbFrame, Unseen>>> = vec![Vec::new(); actors.len()];
    for at in spread(clip.count(), FRAMES_LOOKED_AT) {
        let frame = clip.frame(at, size)?;
        let figures = figures_at(stage, &path, at, &frame);
        for (actor, own) in actors.iter().zip(&mut crops) {
            if let Some(placed) = placed(actor, &figures) {
                own.push(crop_of(&frame, &placed));
            }
        }
    }
    let chosen = actors.iter().zip(crops);
    let chosen = chosen.map(|(actor, crops)| match actor.stand_in {
        Some(_) => chosen_crops(crops),
        None => Err(Unseen::NoStage),
    });
    Ok(chosen.collect())
}

/// Some of the crops of a character, or the reason that most frames have.
fn chosen_crops(looked: Vec<Result<RgbFrame, Unseen>>) -> Result<Vec<RgbFrame>, Unseen> {
    let mut reasons: BTreeMap<Unseen, usize> = BTreeMap::new();
    let mut crops = Vec::new();
    for one in looked {
        match one {
            Ok(crop) => crops.push(crop),
            Err(reason) => *reasons.entry(reason).or_default() += 1,
        }
    }
    if crops.is_empty() {
        let most = reasons.into_iter().max_by_key(|(_, frames)| *frames);
        return Err(most.map_or(Unseen::TooFewFrames, |(reason, _)| reason));
    }
    let chosen = spread(crops.len(), MOST_CROPS);
    let chosen = chosen.into_iter().filter_map(|at| crops.get(at).cloned());
    Ok(chosen.collect())
}

/// So many numbers below `count`, evenly spread from the first to the last; all, if they are not more.
fn spread(count: usize, most: usize) -> Vec<usize> {
    let taken = count.min(most);
    let steps = taken.saturating_sub(1).max(1);
    let last = count.saturating_sub(1);
    (0..taken).map(|at| at * last / steps).collect()
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};
    use kinora_measure::SimilarityRange;
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::{CharacterId, Edit};

    use super::super::appearance::tests::{BLUE, RED, staged_in, take};
    use super::*;

    /// A picture of one colour among the references of the project in this folder.
    fn reference(folder: &Path, name: &str, colour: [u8; 3]) -> ContentHash {
        let content = ContentHash::of(name.as_bytes());
        let characters = ProjectFiles::of(folder).characters();
        std::fs::create_dir_all(&characters).expect("a folder");
        let picture = RgbImage::from_pixel(48, 64, Rgb(colour));
        let file = characters.join(format!("{content}.png"));
        picture.save(file).expect("saved");
        content
    }

    /// Anna in two shades of red, and Bert in blue.
    fn project(folder: &Path) -> Project {
        let mut anna = Character::new("Anna", "anna");
        anna.references = vec![
            reference(folder, "anna", RED),
            reference(folder, "anna at dusk", [150, 40, 30]),
            ContentHash::of(b"a picture that is missing"),
        ];
        let mut bert = Character::new("Bert", "bert");
        bert.references = vec![reference(folder, "bert", BLUE)];
        let added = [anna, bert].into_iter().map(Box::new);
        added.fold(Project::default(), |project, one| {
            let add = Edit::Library(Library::AddCharacter(one));
            add.apply(&project).expect("added")
        })
    }

    fn id_of(project: &Project, tag: &str) -> Option<CharacterId> {
        project.character_called(tag).map(|one| one.id)
    }

    /// The colour in the middle of each picture, as a vector.
    fn colours(pictures: &[RgbFrame]) -> Vec<Vec<f32>> {
        let middle = |picture: &RgbFrame| {
            let at = picture.width() * (picture.height() / 2) + picture.width() / 2;
            picture.pixels()[at].map(f32::from).to_vec()
        };
        pictures.iter().map(middle).collect()
    }

    #[test]
    fn a_take_is_compared_with_the_whole_cast_and_references_are_described_once() {
        let root = tempfile::tempdir().expect("a folder");
        let project = project(root.path());
        let takes = TakeStore::of(root.path());
        let mut sizes = Vec::new();
        let mut meter = SimilarityMeter::of(root.path(), &project);
        let mut measured = |who: &str, colour: [u8; 3]| {
            let mut recipe = staged_in([384, 256], id_of(&project, who));
            recipe.inputs.prompt = who.to_owned();
            let name = take(&takes, recipe.clone(), |_| colour);
            let mut embed = |pictures: &[RgbFrame]| -> Result<Vec<Vec<f32>>, Failure> {
                sizes.push(pictures.len());
                Ok(colours(pictures))
            };
            let found = meter.measure(name, &recipe, &mut embed).expect("measured");
            let [(tag, Similarity::Measured(rank))] = &found[..] else {
                panic!("{found:?}");
            };
            assert_eq!(tag, who);
            *rank
        };
        let anna = measured("anna", RED);
        assert_eq!((anna.place, anna.of, anna.comparisons), (1, 2, 15));
        assert_eq!(anna.range, SimilarityRange::Same);
        let bert = measured("bert", RED);
        assert_eq!((bert.place, bert.of, bert.comparisons), (2, 2, 15));
        assert_eq!(bert.range, SimilarityRange::Different);
        assert_eq!(sizes, [3 + 5, 5], "the references once, five crops a take");
    }

    #[test]
    fn nothing_is_described_where_nothing_can_be_compared() {
        let root = tempfile::tempdir().expect("a folder");
        let project = project(root.path());
        let takes = TakeStore::of(root.path());
        let mut meter = SimilarityMeter::of(root.path(), &project);
        let mut recipe = staged_in([192, 128], id_of(&project, "anna"));
        recipe.stage = None;
        recipe.inputs.references = vec![kinora_wire::Reference {
            name: "anna".into(),
            images: Vec::new(),
        }];
        let name = take(&takes, recipe.clone(), |_| RED);
        let mut embed = |_: &[RgbFrame]| -> Result<Vec<Vec<f32>>, Failure> { panic!("asked") };
        let found = meter.measure(name, &recipe, &mut embed).expect("measured");
        assert_eq!(
            found,
            [("anna".to_owned(), Similarity::unseen(Unseen::NoStage))]
        );
        // Alone, she can be compared with nobody.
        let remove = Library::RemoveCharacter(id_of(&project, "bert").expect("he is there"));
        let alone = Edit::Library(remove).apply(&project).expect("removed");
        let recipe = staged_in([384, 256], id_of(&alone, "anna"));
        let name = take(&takes, recipe.clone(), |_| RED);
        let mut meter = SimilarityMeter::of(root.path(), &alone);
        let found = meter.measure(name, &recipe, &mut embed).expect("measured");
        let reason = NotCompared::TooFewCharacters;
        let few = Similarity::NotMeasurable { reason };
        assert_eq!(found, [("anna".to_owned(), few)]);
    }

    #[test]
    fn numbers_are_spread_from_the_first_to_the_last() {
        assert_eq!(spread(81, 5), [0, 20, 40, 60, 80]);
        assert_eq!(spread(3, 5), [0, 1, 2]);
        assert_eq!(spread(9, 1), [0]);
        assert!(spread(0, 5).is_empty());
    }

    #[test]
    fn a_character_without_a_crop_has_the_reason_of_most_frames() {
        let looked = vec![
            Err(Unseen::Hidden),
            Err(Unseen::BackView),
            Err(Unseen::BackView),
        ];
        assert_eq!(chosen_crops(looked), Err(Unseen::BackView));
        assert_eq!(chosen_crops(Vec::new()), Err(Unseen::TooFewFrames));
        let crop = RgbFrame::new(1, 1, vec![[1, 2, 3]]).expect("a picture");
        let mut looked = vec![Err(Unseen::Hidden)];
        looked.extend(vec![Ok(crop); 9]);
        assert_eq!(chosen_crops(looked).expect("crops").len(), MOST_CROPS);
    }
}
