//! Stills and stages: pictures of a shot before its take, and what a model receives of the stage: depth, or the cast in
//! its colours.

use kinora_render::project::ProjectFiles;
use kinora_studio::exchange::frame_grab::save_first_frame;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_studio::project::check::check;
use kinora_studio::stage::{CastColours, StageShown};
use kinora_timeline::Edit;
use kinora_timeline::cast::Character;
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::{SeedPolicy, Shot};
use kinora_timeline::stage::Stage;

use super::{Set, is_take};

#[test]
fn stills_are_takes_of_one_frame_that_are_not_chosen_and_survive_the_program() {
    let mut set = Set::new("subjects", &["fox"]);
    let robot = Shot {
        prompt: "a red robot walks left".into(),
        ..set.shots().swap_remove(0)
    };
    set.production.queue_stills(&robot, 2, 99);
    let is_still = |news: &GenerationEvent, _: &GenerationScheduler| {
        matches!(news, GenerationEvent::Still(..))
    };
    set.until(is_still);
    assert!(!set.production.queue().has_take_order(robot.id));
    let mut set = set.again("subjects"); // the second one is still in the queue
    set.until(is_still);
    assert_eq!(set.chosen(), [None], "a still is no take of the film");
    let takes = set.production.takes().all();
    let recipes = takes.iter().filter_map(|(_, take)| take.readable());
    let mut seeds: Vec<u64> = recipes
        .map(|recipe| {
            assert!(recipe.is_still && recipe.settings.frames == 1);
            let stage = recipe.stage.as_ref().expect("the stage of the prompt");
            assert_eq!(stage.stand_ins[0].colours, Some([(219, 36, 33); 2]));
            recipe.inputs.seed
        })
        .collect();
    seeds.sort_unstable();
    assert_eq!(seeds, [1, 2], "from the seed of the shot on");
    for (name, _) in &takes {
        let picture = save_first_frame(*name, set.folder()).expect("saved");
        let files = ProjectFiles::of(set.folder());
        assert!(files.picture(picture).is_some());
    }
    set.production.queue_stills(&robot, 1, 99);
    set.until(is_still);
    assert_eq!(set.takes().len(), 2, "an equal recipe returns the still");
    let found = check(set.folder(), &mut |_| {}).expect("opens");
    assert!(found.wrong.is_empty(), "{:?}", found.wrong);
}

#[test]
fn a_shot_without_a_cast_is_staged_from_its_prompt_and_a_built_stage_comes_first() {
    let mut set = Set::new("subjects", &["fox"]);
    let robot = Shot {
        prompt: "a red robot and a blue cat".into(),
        ..set.shots().swap_remove(0)
    };
    let own = Shot {
        stage: Stage::of_cast(&[("tree".into(), None)]),
        ..robot.clone()
    };
    let plain = set.shots().swap_remove(0);
    let mut names = |shot: &Shot, seed: u64| -> Vec<String> {
        let shot = Shot {
            seed: SeedPolicy::Fixed(seed),
            ..shot.clone()
        };
        set.production.queue_take(&shot, seed);
        let news = set.until(is_take);
        let Some(GenerationEvent::Take(_, take)) = news.last() else {
            panic!("a take");
        };
        let found = set.production.takes().find(*take).expect("the take");
        let stage = found.recipe.expect("readable").stage;
        let stand_ins = stage.map(|stage| stage.stand_ins).unwrap_or_default();
        stand_ins.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names(&robot, 1), ["robot", "cat"]);
    assert_eq!(names(&own, 2), ["tree"]);
    assert!(names(&plain, 3).is_empty(), "the model knows no fox");
}

#[test]
fn a_model_that_follows_pictures_of_the_stage_gets_the_cast_in_its_colours_of_that_moment() {
    let mut set = Set::new("stage-pictures", &["fox"]);
    let ada = Character {
        colours: [(200, 30, 40), (20, 30, 200)],
        ..Character::new("Ada", "ada")
    };
    let add = Edit::Library(Library::AddCharacter(Box::new(ada)));
    set.session.document_mut().apply(&add).expect("a character");
    let ada = set.project().cast().next().expect("Ada").id;
    let staged = Shot {
        stage: Stage::of_cast(&[("Ada".into(), Some(ada)), ("tree".into(), None)]),
        ..set.shots().swap_remove(0)
    };
    set.production.queue_take(&staged, 99);
    set.until(is_take);
    let take = set.takes()[0];
    let found = set.production.takes().find(take).expect("the take");
    let expected = CastColours {
        character: ada,
        body: [200, 30, 40],
        limbs: [20, 30, 200],
    };
    let recipe = found.recipe.expect("readable");
    assert_eq!(recipe.stage_shown, StageShown::Picture(vec![expected]));

    let mut set = set.again("well");
    set.production.queue_take(&staged, 98);
    set.until(is_take);
    let others = set.takes().into_iter().filter(|name| *name != take);
    for name in others {
        let found = set.production.takes().find(name).expect("the take");
        let shown = found.recipe.expect("readable").stage_shown;
        assert_eq!(shown, StageShown::Depth, "as the other model wants it");
    }
}
