//! Orders of the queue: what fails, what is cancelled and begun again, and what is missing. The engine dies, restarts or
//! sends wrong frames as its script says.

use std::fs;

use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_tests::fake_engine;
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::{Origin, Shot};
use kinora_timeline::{Edit, ShotId};
use kinora_wire::FailureKind;

use super::{Set, is_failure, is_take};

#[test]
fn an_engine_that_dies_fails_its_order_and_the_next_one_makes_it() {
    let mut set = Set::new("die-in-job", &["fox", "hare"]);
    set.queue_take(0);
    let news = set.until(is_failure);
    let Some(GenerationEvent::Failed(order, failure)) = news.last() else {
        panic!("a failure")
    };
    let order = *order;
    assert!(
        failure.cause.contains("CUDNN_STATUS_EXECUTION_FAILED"),
        "{failure}"
    );
    assert!(set.takes().is_empty() && set.production.running().is_none());
    let mut set = set.again("well");
    let waiting = set.production.queue().get(order).expect("it waits");
    assert!(waiting.failed.is_some(), "after a restart it is known why");
    set.queue_take(1);
    set.until(is_take);
    assert_eq!(
        set.chosen()
            .iter()
            .filter(|chosen| chosen.is_some())
            .count(),
        1
    );
    set.production.queue_mut().retry(order);
    set.until(is_take);
    assert_eq!(set.takes().len(), 2);
    assert!(set.production.is_idle() && set.production.queue().orders().is_empty());
}

#[test]
fn what_was_running_when_the_program_ended_is_queued_again_and_leaves_no_take() {
    let mut set = Set::new("slow", &["fox"]);
    set.queue_take(0);
    set.until(|news, _| matches!(news, GenerationEvent::Progress(..)));
    let mut set = set.again("well");
    assert!(set.takes().is_empty());
    set.until(is_take);
    assert_eq!(set.takes().len(), 1);
    let left =
        fs::read_dir(set.folder().join("takes").join(set.takes()[0].to_string())).expect("listed");
    let mut left: Vec<String> = left
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["clip.mkv", "poster.png", "take.ron"]);
}

#[test]
fn frames_of_another_size_than_was_requested_are_refused() {
    let mut set = Set::new("wrong-size", &["fox"]);
    set.queue_take(0);
    let news = set.until(is_failure);
    let Some(GenerationEvent::Failed(_, failure)) = news.last() else {
        panic!("a failure")
    };
    assert_eq!(failure.kind, FailureKind::Bug);
    assert!(
        failure.cause.contains("34x16") && failure.cause.contains("32x16"),
        "{failure}"
    );
    assert!(set.takes().is_empty());
}

#[test]
fn a_cancelled_order_is_gone_and_the_next_one_is_begun() {
    let mut set = Set::new("slow", &["fox", "hare"]);
    set.queue_take(0);
    set.queue_take(1);
    set.until(|news, _| matches!(news, GenerationEvent::Progress(..)));
    let first = set.production.running().expect("one runs");
    set.production.cancel(&mut set.engine, first);
    set.until(|news, _| matches!(news, GenerationEvent::Begun(_)));
    assert_ne!(set.production.running(), Some(first));
    assert_eq!(set.production.queue().orders().len(), 1);
}

#[test]
fn missing_shots_are_made_in_their_order_and_one_goes_on_where_another_ends() {
    let mut set = Set::new("well", &["first", "second"]);
    let [first, second]: [Shot; 2] = set.shots().try_into().expect("two shots");
    let goes_on = Shot {
        origin: Origin::Continues(first.id),
        ..second
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(goes_on)));
    set.session.document_mut().apply(&change).expect("changed");
    let wanted = {
        let project = set.session.project();
        set.production.queue_missing(project, || 5)
    };
    assert_eq!(wanted, 2);
    set.until(is_take);
    set.until(is_take);
    let chosen = set.chosen();
    let take = set
        .production
        .takes()
        .find(chosen[1].expect("chosen"))
        .expect("the take");
    let keys = format!("{:?}", take.recipe.expect("readable").inputs.keyframes);
    assert!(
        keys.contains(&chosen[0].expect("chosen").to_string()) && keys.contains("frame: 8"),
        "{keys}"
    );
    let project = set.session.project();
    assert_eq!(
        set.production.queue_missing(project, || 5),
        0,
        "nothing is missing any more"
    );
}

#[test]
fn a_shot_is_made_after_the_one_that_it_continues_wherever_it_stands() {
    let mut set = Set::new("well", &["end", "begin"]);
    let [end, begin]: [Shot; 2] = set.shots().try_into().expect("two shots");
    let goes_on = Shot {
        origin: Origin::Continues(begin.id),
        ..end
    };
    let change = Edit::Library(Library::ChangeShot(Box::new(goes_on)));
    set.session.document_mut().apply(&change).expect("changed");
    let project = set.session.project();
    assert_eq!(set.production.queue_missing(project, || 5), 2);
    let news = set.until(is_take);
    assert!(
        !news
            .iter()
            .any(|one| matches!(one, GenerationEvent::Failed(..))),
        "{news:?}"
    );
    set.until(is_take);
    assert!(set.chosen().iter().all(Option::is_some));
}

#[test]
fn a_failed_take_is_made_of_the_shot_as_it_is_now() {
    let mut set = Set::new("well", &["fox"]);
    let [shot]: [Shot; 1] = set.shots().try_into().expect("a shot");
    let before = Shot {
        model: "wan9000".into(),
        ..shot
    };
    set.production.queue_take(&before, 1);
    set.until(|news, _| matches!(news, GenerationEvent::Failed(..)));
    let project = set.session.project();
    assert_eq!(set.production.queue_missing(project, || 5), 1);
    set.until(is_take);
    assert!(set.chosen()[0].is_some() && set.production.queue().orders().is_empty());
}

#[test]
fn a_shot_that_cannot_be_made_says_why_and_does_not_hold_up_the_others() {
    let mut set = Set::new("well", &["fox", "hare"]);
    let [first, _]: [Shot; 2] = set.shots().try_into().expect("two shots");
    let missing = Shot {
        model: "wan9000".into(),
        ..first
    };
    set.production.queue_take(&missing, 1);
    set.queue_take(1);
    let news = set.until(is_take);
    let failure = news.iter().find_map(|news| match news {
        GenerationEvent::Failed(_, failure) => Some(failure.to_string()),
        _ => None,
    });
    assert!(
        failure.is_some_and(|words| words.contains("wan9000 is not installed")),
        "{news:?}"
    );
    let nobody: Option<ShotId> = set
        .project()
        .shots()
        .find(|shot| shot.name == "fox")
        .filter(|shot| shot.chosen.is_some())
        .map(|shot| shot.id);
    assert_eq!(nobody, None);
}

#[test]
fn a_restarted_engine_makes_what_was_being_made() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(|news, _| matches!(news, GenerationEvent::Begun(_)));
    set.production.restart_engine(&mut set.engine);
    set.until(is_take);
    assert_eq!(set.takes().len(), 1);
}

#[test]
fn a_film_that_somebody_else_has_open_generates_nothing() {
    let mut set = Set::new("well", &["fox"]);
    set.production.queue_mut().pause(true);
    set.queue_take(0);
    let looked = Session::open(set.folder()).expect("to look at");
    let mut production = GenerationScheduler::new(&looked, || {});
    let mut engine = EngineHost::new(fake_engine("well", set.root.path()), || {});
    production.poll(&mut engine, looked.project(), false);
    assert!(!engine.is_running() && production.is_idle());
}
