//! The appearance of a take: whether its characters keep their colours where the stage has them, how steady its picture
//! is, and how it joins the take that it goes on from.

use std::path::Path;

use kinora_measure::{
    APPEARANCE_SOLVER, DRIFTED, DrawnPath, GreyFrame, Placed, RgbFrame, Seen, Signature,
    Similarity, SteadinessReport, UNLIKE_REFERENCES, Unseen, Wardrobe, WardrobeReport, look_at,
    measure_steadiness, measure_wardrobe, reference_distance,
};
use kinora_render::project::ProjectFiles;
use kinora_timeline::cast::Character;
use kinora_timeline::stage::{FIGURE_PARTS, Figure, Form, Stage};
use kinora_timeline::{CharacterId, ContentHash, Frames, Project};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

use super::grey::ClipReader;
use super::joins::{TakeJoin, joins_of_take};
use super::references::References;
use super::{OnProgress, drawn, masks};
use crate::take::recipe::{PictureUsed, Recipe};
use crate::take::request::camera_over;
use crate::take::take_store::TakeStore;

/// The longer side of a frame whose colours are measured, in pixels.
pub(super) const LONGEST_SIDE: f64 = 416.0;

/// The measure of a take's appearance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AppearanceMeasure {
    /// The version of the solver.
    pub solver: u32,
    /// The characters on the stage of the take, and those of its cast that are not on it.
    #[serde(default)]
    pub identity: Vec<CharacterMeasure>,
    /// Flicker and sharpness of frames no longer than 416 pixels.
    #[serde(default)]
    pub steadiness: Option<SteadinessReport>,
    /// Where it goes on from frames of a take.
    #[serde(default)]
    pub joins: Vec<TakeJoin>,
}

/// A character in a take. It is an appearance similarity: people in the same clothes are alike to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CharacterMeasure {
    /// The character, as long as the project has it.
    #[serde(default)]
    pub character: Option<CharacterId>,
    /// Its tag, without `@`.
    pub tag: String,
    /// What is reported of its colours.
    pub report: WardrobeReport,
    /// The place of its own references among those of all characters, by appearance similarity.
    #[serde(default)]
    pub rank: Option<Rank>,
    /// The same by an image encoder, once that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<Similarity>,
}

/// A place among characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// 1: none is more similar.
    pub place: usize,
    /// The number of characters with references.
    pub of: usize,
}

impl AppearanceMeasure {
    /// Whether the solver of this Kinora made it.
    pub fn is_current(&self) -> bool {
        self.solver == APPEARANCE_SOLVER
    }

    /// How far the cast is from its appearance, for rankings: 0 keeps it, 1 is the limit beyond which a character has
    /// drifted; that of the worst character. `None`: nobody can be measured.
    pub fn cast_score(&self) -> Option<f64> {
        let scores = self.identity.iter().filter_map(CharacterMeasure::score);
        scores.reduce(f64::max)
    }

    /// A character of the project in it, by its id, or by its tag if the take does not know the id.
    pub fn of_character(&self, character: CharacterId, tag: &str) -> Option<&CharacterMeasure> {
        self.identity.iter().find(|one| match one.character {
            Some(known) => known == character,
            None => one.tag == tag,
        })
    }
}

impl CharacterMeasure {
    /// How far it is from its appearance: 0 keeps it, 1 is the limit beyond which it has drifted. `None`: it cannot be
    /// measured.
    pub fn score(&self) -> Option<f64> {
        let report = &self.report;
        let is_measured = !matches!(report.verdict, Wardrobe::NotMeasurable { .. });
        let change = report.from_first.iter().flatten().copied();
        let change = change.reduce(f64::max).map_or(0.0, |most| most / DRIFTED);
        let off = report.reference_distance;
        let off = off.map_or(0.0, |distance| distance / UNLIKE_REFERENCES);
        is_measured.then(|| change.max(off))
    }
}

/// Somebody who is measured.
pub(super) struct Actor<'a> {
    character: Option<&'a Character>,
    pub tag: String,
    /// The index of its mannequin on the stage.
    pub stand_in: Option<usize>,
    /// What each frame shows.
    pub frames: Vec<Result<Seen, Unseen>>,
}

impl Actor<'_> {
    /// Somebody of no project, with the mannequin of this index.
    pub fn on_stage(tag: &str, stand_in: usize) -> Self {
        Self {
            character: None,
            tag: tag.to_owned(),
            stand_in: Some(stand_in),
            frames: Vec::new(),
        }
    }
}

/// Measures the appearance of a take. Without its project, the references are those of the recipe alone. `None`: it was
/// cancelled.
///
/// # Errors
/// The clip cannot be read.
pub fn measure_appearance(
    folder: &Path,
    project: Option<&Project>,
    name: ContentHash,
    recipe: &Recipe,
    on_progress: &mut OnProgress,
) -> Result<Option<AppearanceMeasure>, Failure> {
    let takes = TakeStore::of(folder);
    let mut clip = ClipReader::open(&takes.clip(name))?;
    let camera = camera_over(recipe)?;
    let size = drawn::no_longer_than(LONGEST_SIDE, drawn::measured_size(&camera, clip.size()));
    let path = drawn::drawn_path(&camera, clip.size(), size);
    let stage = followed_stage(recipe);
    let mut actors = actors(project, recipe, stage);
    let mut greys: Vec<GreyFrame> = Vec::with_capacity(clip.count());
    let is_whole = clip.each(size, on_progress, &mut |at, frame| {
        if let Some(stage) = stage {
            look(actors.iter_mut(), stage, &path, at, &frame);
        }
        greys.push(frame.grey());
    })?;
    if !is_whole {
        return Ok(None);
    }
    let files = ProjectFiles::of(folder);
    let mut references = References::of(&files);
    let identity = actors
        .into_iter()
        .map(|actor| measure_actor(actor, project, recipe, &mut references));
    Ok(Some(AppearanceMeasure {
        solver: APPEARANCE_SOLVER,
        identity: identity.collect(),
        steadiness: Some(measure_steadiness(&greys)),
        joins: joins_of_take(&takes, recipe, &mut clip)?,
    }))
}

/// The stage of a take, if the model was to follow it.
pub(super) fn followed_stage(recipe: &Recipe) -> Option<&Stage> {
    let stage = recipe.stage.as_ref();
    stage.filter(|stage| stage.check_stand_ins().is_ok() && stage.strength > 0.0)
}

/// The characters on the stage, and then those of the cast that are not on it.
pub(super) fn actors<'a>(
    project: Option<&'a Project>,
    recipe: &Recipe,
    stage: Option<&Stage>,
) -> Vec<Actor<'a>> {
    let mut actors: Vec<Actor> = Vec::new();
    let stand_ins = stage.map(|stage| stage.stand_ins.as_slice());
    for (at, stand_in) in stand_ins.unwrap_or_default().iter().enumerate() {
        let Form::Mannequin(Some(who)) = stand_in.form else {
            continue;
        };
        let character = project.and_then(|project| project.character(who));
        let tag = character.map_or_else(|| stand_in.name.clone(), |known| known.tag.clone());
        if actors.iter().all(|other| other.tag != tag) {
            actors.push(Actor {
                character: character.map(|known| &**known),
                tag,
                stand_in: Some(at),
                frames: Vec::new(),
            });
        }
    }
    for reference in &recipe.inputs.references {
        if actors.iter().all(|other| other.tag != reference.name) {
            let named = project.and_then(|project| project.character_called(&reference.name));
            actors.push(Actor {
                character: named.map(|known| &**known),
                tag: reference.name.clone(),
                stand_in: None,
                frames: Vec::new(),
            });
        }
    }
    actors
}

/// Looks at every actor in a frame.
pub(super) fn look<'i, 'a: 'i>(
    actors: impl Iterator<Item = &'i mut Actor<'a>>,
    stage: &Stage,
    path: &DrawnPath,
    at: usize,
    frame: &RgbFrame,
) {
    let figures = figures_at(stage, path, at, frame);
    for actor in actors {
        if let Some(placed) = placed(actor, &figures) {
            let seen = look_at(frame, &placed, FIGURE_PARTS.len());
            actor.frames.push(seen);
        }
    }
}

/// The mannequins of a stage in a frame. None without a view of the camera.
pub(super) fn figures_at(
    stage: &Stage,
    path: &DrawnPath,
    at: usize,
    frame: &RgbFrame,
) -> Vec<Figure> {
    let Some(view) = path.view(at) else {
        return Vec::new();
    };
    let size = [frame.width() as u32, frame.height() as u32];
    let pose = masks::pose(view, frame.width());
    stage.figures(Frames(at as i64), &pose, size)
}

/// Where an actor is among the mannequins of a frame.
pub(super) fn placed<'f>(actor: &Actor, figures: &'f [Figure]) -> Option<Placed<'f>> {
    let own = |stand_in| figures.iter().find(|figure| figure.stand_in == stand_in);
    let figure = actor.stand_in.and_then(own)?;
    Some(Placed {
        parts: &figure.parts,
        turned_degrees: figure.turned_degrees,
        height_pixels: figure.height_pixels,
    })
}

fn measure_actor(
    actor: Actor,
    project: Option<&Project>,
    recipe: &Recipe,
    references: &mut References,
) -> CharacterMeasure {
    let pictures = pictures_of(&actor, recipe);
    let report = match actor.stand_in {
        Some(_) => measure_wardrobe(&actor.frames, &references.colours(&pictures)),
        None => WardrobeReport::not_measurable(Unseen::NoStage),
    };
    let rank = report
        .look
        .as_ref()
        .and_then(|look| rank(&actor, &pictures, look, project?, references));
    CharacterMeasure {
        character: actor.character.map(|known| known.id),
        tag: actor.tag,
        report,
        rank,
        similarity: None,
    }
}

/// The reference pictures that the take was made with; those of the character now, if it was made without.
pub(super) fn pictures_of(actor: &Actor, recipe: &Recipe) -> Vec<ContentHash> {
    let mut references = recipe.inputs.references.iter();
    let own = references.find(|reference| reference.name == actor.tag);
    let images = own.map(|reference| reference.images.as_slice());
    let files = images.unwrap_or_default().iter();
    let files: Vec<ContentHash> = files
        .filter_map(|picture| match *picture {
            PictureUsed::File(content) => Some(content),
            PictureUsed::FrameOf { .. } => None,
        })
        .collect();
    match (files.is_empty(), actor.character) {
        (true, Some(character)) => character.references.clone(),
        _ => files,
    }
}

/// How many characters of the project have references that are more like what is seen. `None` with fewer than two.
fn rank(
    actor: &Actor,
    pictures: &[ContentHash],
    look: &Signature,
    project: &Project,
    references: &mut References,
) -> Option<Rank> {
    let own = reference_distance(look, &references.colours(pictures))?;
    let others: Vec<f64> = project
        .cast()
        .filter(|other| other.tag != actor.tag)
        .filter_map(|other| reference_distance(look, &references.colours(&other.references)))
        .collect();
    let nearer = others.iter().filter(|other| **other < own).count();
    (!others.is_empty()).then_some(Rank {
        place: nearer + 1,
        of: others.len() + 1,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use kinora_timeline::ShotId;
    use kinora_wire::{PixelShape, Reference, Timings};

    use super::*;
    use crate::camera::camera_of_move;
    use crate::take::based_shot::tests::recipe;

    const SIZE: [u32; 2] = [192, 128];
    const FRAMES: u32 = 9;
    pub const RED: [u8; 3] = [200, 40, 30];
    pub const BLUE: [u8; 3] = [30, 50, 190];

    fn staged() -> Recipe {
        staged_in(SIZE, Some(CharacterId::from(3)))
    }

    /// A recipe of clips of this size with somebody in the middle of the stage.
    pub fn staged_in(size: [u32; 2], who: Option<CharacterId>) -> Recipe {
        let mut recipe = recipe();
        recipe.settings.size = size;
        recipe.settings.frames = FRAMES;
        let camera = camera_of_move("static", FRAMES, 8, size).expect("known");
        recipe.inputs.camera = Some(camera);
        let mut stage = Stage::of_cast(&[("anna".into(), who)]);
        stage.strength = 1.5; // on the scale of the model, as in the recipes of the starter
        recipe.stage = Some(stage);
        recipe
    }

    /// A finished take whose frames have one colour each.
    pub fn take(takes: &TakeStore, recipe: Recipe, colour: impl Fn(u32) -> [u8; 3]) -> ContentHash {
        let [width, height] = recipe.settings.size;
        let shape = PixelShape {
            frames: recipe.settings.frames,
            width,
            height,
        };
        let pixels = (width * height) as usize;
        let clip = (0..shape.frames).flat_map(|at| colour(at).repeat(pixels));
        let clip: Vec<u8> = clip.collect();
        let mut writer = takes.begin(recipe, ShotId::from(3)).expect("begun");
        writer.add(shape, &clip).expect("written");
        writer
            .finish(Timings::default(), None, 1)
            .expect("finished")
    }

    fn measured(root: &Path, name: ContentHash, recipe: &Recipe) -> AppearanceMeasure {
        let measured = measure_appearance(root, None, name, recipe, &mut |_, _| true);
        measured.expect("measured").expect("not cancelled")
    }

    #[test]
    fn a_character_whose_colours_change_where_the_stage_has_it_drifts() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let changing = take(&takes, staged(), |at| if at < 5 { RED } else { BLUE });
        let found = measured(root.path(), changing, &staged());
        let [anna] = &found.identity[..] else {
            panic!("{:?}", found.identity);
        };
        assert_eq!(anna.tag, "anna");
        let Wardrobe::Drifted(drift) = anna.report.verdict else {
            panic!("{:?}", anna.report);
        };
        assert!(drift.delta_e > 30.0 && drift.frame >= 5, "{drift:?}");
        assert_eq!(anna.report.drifted, [[5, 9]]);
        assert!(found.is_current() && found.steadiness.is_some() && found.joins.is_empty());
        assert!(found.cast_score().expect("she is measured") > 2.0);
        assert_eq!(AppearanceMeasure::default().cast_score(), None);
    }

    #[test]
    fn a_character_that_stays_is_kept_and_one_without_a_stage_is_not_measurable() {
        let root = tempfile::tempdir().expect("a folder");
        let takes = TakeStore::of(root.path());
        let mut with_two = staged();
        with_two.inputs.references = vec![Reference {
            name: "bert".into(),
            images: Vec::new(),
        }];
        let name = take(&takes, with_two.clone(), |_| RED);
        let verdicts = |recipe: &Recipe| -> Vec<(String, Wardrobe)> {
            let found = measured(root.path(), name, recipe).identity;
            let reported = found.into_iter().map(|one| (one.tag, one.report.verdict));
            reported.collect()
        };
        let no_stage = Wardrobe::NotMeasurable {
            reason: Unseen::NoStage,
        };
        let (anna, bert) = ("anna".to_owned(), "bert".to_owned());
        let expected = [(anna, Wardrobe::Kept), (bert.clone(), no_stage)];
        assert_eq!(verdicts(&with_two), expected);
        with_two.stage = None;
        assert_eq!(verdicts(&with_two), [(bert, no_stage)]);
    }
}
