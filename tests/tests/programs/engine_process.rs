//! The engine process, as the studio sees it: greeting, answers, and every way an engine can fail.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use kinora_tests::{PATIENCE, eventually, fake_engine, program};
use kinora_wire::{
    Ended, Engine, EngineMessage, Event, JobId, JobMessage, Outcome, PROTOCOL, Progress, Request,
};

fn next(engine: &Engine) -> EngineMessage {
    engine.wait(PATIENCE).expect("something is heard")
}

fn ended(engine: &Engine) -> Ended {
    loop {
        if let EngineMessage::Ended(ended) = next(engine) {
            return ended;
        }
    }
}

fn runs(process: u32) -> bool {
    // A process that ended but was not waited for still has an entry; its state is then Z.
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn the_real_engine_greets_and_answers() {
    let engine = Engine::start(&program("kinora-engine"), || {});
    let EngineMessage::Event(Event::Hello(hello)) = next(&engine) else {
        panic!("no greeting")
    };
    assert_eq!(hello.protocol, PROTOCOL);
    assert_eq!(hello.libtorch, "2.11.0");
    assert_eq!(hello.devices[0].id, "cpu");
    engine.send(Request::Devices);
    assert!(
        matches!(next(&engine), EngineMessage::Event(Event::Devices { devices }) if !devices.is_empty())
    );
}

#[test]
fn an_engine_killed_by_the_system_is_reported_and_another_can_be_started() {
    let path = program("kinora-engine");
    let engine = Engine::start(&path, || {});
    assert!(matches!(
        next(&engine),
        EngineMessage::Event(Event::Hello(_))
    ));
    let process = engine.process_id().expect("it runs");
    Command::new("kill")
        .args(["-9", &process.to_string()])
        .status()
        .expect("kill");
    let Ended::Stopped { how, .. } = ended(&engine) else {
        panic!("not reported as stopped")
    };
    assert!(how.contains("SIGKILL"), "{how}");
    let engine = Engine::start(&path, || {});
    assert!(matches!(
        next(&engine),
        EngineMessage::Event(Event::Hello(_))
    ));
}

#[test]
fn the_last_lines_of_a_dying_engine_are_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("die", folder.path()), || {});
    assert!(matches!(
        next(&engine),
        EngineMessage::Event(Event::Hello(_))
    ));
    engine.send(Request::Devices);
    let ended = ended(&engine);
    assert_eq!(
        ended.stderr_tail(),
        ["CUDA error: an illegal memory access was encountered"]
    );
    assert_eq!(ended.to_string(), "the engine ended (exit status: 3)");
}

#[test]
fn an_engine_of_another_build_is_sent_away_with_both_protocols_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("other-protocol", folder.path()), || {});
    let reported = ended(&engine).to_string();
    assert!(
        reported.contains(&format!("protocol {}", PROTOCOL + 1))
            && reported.contains(&format!("studio {PROTOCOL}")),
        "{reported}"
    );
}

#[test]
fn a_program_that_is_no_engine_is_stopped_and_quoted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("babble", folder.path()), || {});
    let reported = ended(&engine).to_string();
    assert!(reported.contains("\"Load\""), "{reported}");
}

#[test]
fn a_program_that_is_not_there_is_reported_with_its_path() {
    let engine = Engine::start(Path::new("/nowhere/kinora-engine"), || {});
    let reported = ended(&engine).to_string();
    assert!(
        reported.starts_with("/nowhere/kinora-engine could not be started"),
        "{reported}"
    );
}

#[test]
fn an_engine_ends_when_its_studio_hangs_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("well", folder.path()), || {});
    assert!(matches!(
        next(&engine),
        EngineMessage::Event(Event::Hello(_))
    ));
    let process = engine.process_id().expect("it runs");
    drop(engine);
    // Sooner than a studio kills an engine that does not exit.
    eventually(Duration::from_secs(2), || (!runs(process)).then_some(()))
        .expect("it ended by itself");
}

#[test]
fn an_engine_that_does_not_end_is_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("stubborn", folder.path()), || {});
    let process = eventually(PATIENCE, || engine.process_id()).expect("it runs");
    drop(engine);
    eventually(PATIENCE, || (!runs(process)).then_some(())).expect("it was killed");
}

#[test]
fn an_engine_waits_with_its_frames_for_a_studio_that_is_slow() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("flood", folder.path()), || {});
    let generation = Box::default();
    engine.send(Request::Submit {
        job: JobId(1),
        generation,
    });
    // The engine has 400 MB to send. Nobody reads, and nothing piles up here.
    #[expect(clippy::disallowed_methods, reason = "a studio that is slow")]
    std::thread::sleep(Duration::from_millis(700));
    let held = memory_bytes();
    assert!(held < 120 << 20, "{} MB are held", held >> 20);
    let mut pixels_heard = 0;
    loop {
        match next(&engine) {
            EngineMessage::Event(Event::Progress { pixels, .. }) => pixels_heard += pixels.len(),
            EngineMessage::Event(Event::Ended { .. }) => break,
            _ => {}
        }
    }
    assert_eq!(pixels_heard, 400 * 1000 * 333 * 3);
}

#[test]
fn frames_go_straight_to_their_subscriber_and_an_engine_waits_for_one_that_is_slow() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("flood", folder.path()), || {});
    let job = JobId(1);
    let (subscriber, messages) = sync_channel(4);
    engine.subscribe(job, subscriber);
    let generation = Box::default();
    engine.send(Request::Submit { job, generation });
    // Nobody polls the engine, as when a window is hidden; the subscriber writes to a slow disk.
    let before = memory_bytes();
    let (mut frames, mut most) = (0, before);
    for message in messages {
        match message {
            JobMessage::Frames(shape, pixels) => {
                assert_eq!(shape.bytes(), Some(pixels.len()));
                frames += shape.frames;
            }
            JobMessage::Sound(..) | JobMessage::Hint(_) => {}
            JobMessage::Ended(outcome) => {
                assert!(matches!(outcome, Outcome::Done { .. }));
                break;
            }
        }
        most = most.max(memory_bytes());
        #[expect(clippy::disallowed_methods, reason = "a disk that is slow")]
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(frames, 400);
    let grown = (most - before) >> 20;
    assert!(grown < 40, "{grown} MB of 400 MB were held");
    // The caller of `poll` gets counts only, all of them.
    let mut counted = 0;
    loop {
        match next(&engine) {
            EngineMessage::Event(Event::Progress {
                progress: Progress::Frames { picture, .. },
                pixels,
                ..
            }) => {
                assert!(pixels.is_empty());
                counted += picture.frames;
            }
            EngineMessage::Event(Event::Ended { .. }) => break,
            _ => {}
        }
    }
    assert_eq!(counted, 400);
}

#[test]
fn a_subscriber_that_is_gone_holds_nothing_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::start(&fake_engine("flood", folder.path()), || {});
    let (subscriber, messages) = sync_channel(1);
    engine.subscribe(JobId(1), subscriber);
    drop(messages);
    engine.send(Request::Submit {
        job: JobId(1),
        generation: Box::default(),
    });
    loop {
        if let EngineMessage::Event(Event::Ended { outcome, .. }) = next(&engine) {
            assert!(matches!(outcome, Outcome::Done { .. }));
            return;
        }
    }
}

fn memory_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("readable on Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a size");
    let kilobytes: u64 = line
        .trim()
        .split(' ')
        .next()
        .and_then(|word| word.parse().ok())
        .expect("a number");
    kilobytes * 1024
}
