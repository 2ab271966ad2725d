//! The tests of the scheduler that need no engine: a failed hashing of a LoRA, the hashes of an order, the frame rule before
//! the engine has reported its models, and the model of a line.

use kinora_timeline::shot::ModelLength;
use kinora_timeline::shot::sound::ShotKind;
use kinora_wire::{Ability, Outcome};

use super::*;
use crate::generate::shot_check::tests::model;
use crate::generate::shot_sound::tests::{named, with_voice};

/// The scheduler of an empty project, in a folder that is removed with the first, and a shot.
fn with_shot() -> (tempfile::TempDir, GenerationScheduler, Shot) {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("film.kinora");
    let session = Session::create(&folder, &Project::default()).expect("a project");
    let length = ModelLength {
        frames: 9,
        rate: FrameRate::FPS_24,
    };
    let scheduler = GenerationScheduler::new(&session, || {});
    (root, scheduler, Shot::new("a", "a fox", length))
}

#[test]
fn the_frame_rule_of_an_unknown_model_can_be_read() {
    assert_ne!(unknown_model().longest, u32::MAX);
}

#[test]
fn only_the_order_that_needs_a_lora_fails_with_its_file() {
    let (_folder, mut scheduler, shot) = with_shot();
    let cancelled = scheduler.queue_take(&shot, 1);
    let other = scheduler.queue_take(&shot, 2);
    let mut fails = |order: OrderId, is_removed: bool| {
        if is_removed {
            scheduler.queue.remove(order);
        }
        let job = JobId(order.0);
        scheduler.hashing_lora = Some(HashingLora {
            job,
            order,
            file: "style.safetensors".into(),
        });
        let failure = Failure::bad_file("it cannot be read", "put it back");
        scheduler.on_job_ended(job, Outcome::Failed { failure });
        let orders = scheduler.queue.orders().iter();
        let failed = orders.filter(|order| order.failed.is_some());
        failed.map(|order| order.id).collect::<Vec<_>>()
    };
    assert_eq!(fails(cancelled, true), []);
    assert_eq!(fails(other, false), [other]);
}

#[test]
fn hashes_of_one_order_do_not_count_for_the_next() {
    let mut hashes = LoraHashes::default();
    let file = PathBuf::from("style.safetensors");
    hashes.of(OrderId(1)).insert(file, "5e".into());
    assert_eq!(hashes.of(OrderId(1)).len(), 1);
    assert!(hashes.of(OrderId(2)).is_empty());
}

#[test]
fn a_line_is_checked_by_a_model_that_has_the_kind_of_voice_of_its_character() {
    let (_folder, mut scheduler, shot) = with_shot();
    let (described, ada) = with_voice("low and calm", false, "");
    let (cloned, mia) = with_voice("", true, "Mia agreed");
    let line = |speaker| Shot {
        kind: ShotKind::Line(speaker),
        ..shot.clone()
    };
    let refusal = scheduler.sound_refusal(&cloned, &line(mia));
    assert_eq!(refusal, None, "no models are reported yet");

    scheduler.models = Models::Known(ModelList {
        models: vec![model(false), named("speaks", false, &[Ability::Voice])],
        ..ModelList::default()
    });
    let of = |project: &Project, shot: &Shot| {
        let model = scheduler.model_in(project, shot);
        model.map(|model| model.id.clone())
    };
    assert_eq!(of(&described, &line(ada)), Some("speaks".into()));
    assert_eq!(scheduler.sound_refusal(&described, &line(ada)), None);
    assert_eq!(of(&cloned, &line(mia)), None);
    let refusal = scheduler.sound_refusal(&cloned, &line(mia));
    let refusal = refusal.expect("no model clones");
    assert_eq!(refusal.cause, "no installed model clones a voice");
    assert!(scheduler.lacks_take(&cloned, &line(mia)));
    assert_eq!(scheduler.sound_refusal(&cloned, &shot), None, "pictures");
    assert_eq!(of(&cloned, &shot), Some("pretended-14b".into()));
}
