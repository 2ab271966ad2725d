//! What a clip takes, reported before it is made: the plan that its job follows, a refusal with numbers, and seconds once the
//! device has run these networks.

use kinora_wire::{
    ClipInputs, Estimate, Event, Generation, Keyframe, MemoryUse, Outcome, PartialSettings,
    Progress, Request,
};

use crate::jobs::{EngineClient, Place};

/// The answer of an engine to a question for a clip.
pub fn estimate(talk: &EngineClient, asked: u64, clip: Generation) -> Estimate {
    let generation = Box::new(clip);
    talk.0.send(Request::Estimate {
        question: asked,
        generation,
    });
    loop {
        if let Event::Estimated { question, estimate } = talk.event() {
            assert_eq!(question, asked);
            return estimate;
        }
    }
}

/// Memory and seconds that a job reports when it begins.
fn begun(talk: &EngineClient, job: u64, clip: Generation) -> (MemoryUse, Option<f64>) {
    talk.submit(job, clip);
    let (received, _, outcome) = talk.receive_until_end(job);
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let begun = received.into_iter().find_map(|progress| match progress {
        Progress::Begun {
            memory, seconds, ..
        } => Some((memory?, seconds)),
        _ => None,
    });
    begun.expect("reported before the start")
}

/// The clip with less memory, so that it does not depend on what is free.
fn limited(place: &Place, steps: u32) -> Generation {
    Generation {
        memory_limit_bytes: Some(400_000_000),
        ..place.clip(steps)
    }
}

#[test]
fn memory_is_reported_before_a_clip_and_seconds_once_another_was_made() {
    let place = Place::new();
    let talk = place.start();
    let Estimate::Fits { memory, seconds } = estimate(&talk, 1, limited(&place, 2)) else {
        panic!("it fits")
    };
    assert_eq!(seconds, None, "no clip was made yet");
    assert_eq!(begun(&talk, 1, limited(&place, 2)), (memory.clone(), None));

    let seconds = |steps: u32| estimate(&talk, steps.into(), limited(&place, steps)).seconds();
    let (short, long) = (seconds(2), seconds(200));
    let (short, long) = (short.expect("measured"), long.expect("measured"));
    assert!(short > 0.0 && long > 1.5 * short, "{short} and {long}");
    let (reported, expected) = begun(&talk, 2, limited(&place, 2));
    assert_eq!(reported, memory);
    let expected = expected.expect("measured");
    assert!((expected - short).abs() < 1e-6, "{expected} and {short}");

    // The next engine has it too.
    let next = estimate(&place.start(), 1, limited(&place, 2));
    assert!(next.seconds().is_some(), "{next:?}");
}

#[test]
fn a_clip_that_is_too_large_is_refused_with_numbers_before_it_is_made() {
    let place = Place::new();
    let talk = place.start();
    let vast = Generation {
        settings: PartialSettings {
            size: Some([16_384, 16_384]),
            frames: Some(401),
            ..place.clip(2).settings
        },
        ..place.clip(2)
    };
    let small = Generation {
        memory_limit_bytes: Some(1_000_000),
        ..place.clip(2)
    };
    for (question, clip, number) in [(1, vast, " GB for the "), (2, small, "may use 1 MB")] {
        let Estimate::TooLarge { failure } = estimate(&talk, question, clip) else {
            panic!("it does not fit")
        };
        assert!(failure.cause.contains(number), "{failure}");
    }
}

#[test]
fn pictures_are_not_read_for_an_estimate_and_what_is_wrong_otherwise_is_no_matter_of_memory() {
    let place = Place::new();
    let talk = place.start();
    let keyframe = Keyframe {
        frame: 0,
        image: "/nowhere/one.png".into(),
    };
    let pictured = Generation {
        inputs: ClipInputs {
            keyframes: vec![keyframe],
            ..limited(&place, 2).inputs
        },
        ..limited(&place, 2)
    };
    let fits = estimate(&talk, 1, pictured);
    assert!(fits.memory().is_some(), "{fits:?}");
    let odd = Generation {
        settings: PartialSettings {
            frames: Some(10),
            ..place.clip(2).settings
        },
        ..place.clip(2)
    };
    let unknown = estimate(&talk, 2, odd);
    assert!(
        matches!(&unknown, Estimate::Unknown { failure } if failure.cause.contains("10 frames")),
        "{unknown:?}"
    );
}
