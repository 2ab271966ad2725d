//! Jobs over the protocol, with the real engine and a tiny model: progress, cancelling, failures, and an engine that is
//! killed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use kinora_wire::{
    ClipInputs, Ended, Engine, EngineMessage, Event, FailureKind, Generation, Guidance, JobId,
    Outcome, PartialSettings, Progress, Request,
};

use crate::pipeline;

const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with a model, and the engine as a program that uses only this folder.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self::with(|folder| pipeline::write_model(folder, "controlled", 430))
    }

    /// With the model that this writes into its folder.
    pub fn with(write: impl FnOnce(&Path)) -> Self {
        let place = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        write(&place.model());
        place
    }

    pub fn model(&self) -> PathBuf {
        self.folder.path().join("tiny")
    }

    /// `limits` is shell code that runs before the engine starts.
    fn program(&self, limits: &str) -> PathBuf {
        let path = self.folder.path().join("engine");
        let home = self.folder.path().display();
        let engine = env!("CARGO_BIN_EXE_kinora-engine");
        let text = format!(
            "#!/bin/sh\nexport HOME='{home}' XDG_CACHE_HOME='{home}/cache' OMP_NUM_THREADS=1\n{limits}\nexec '{engine}' \"$@\"\n"
        );
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
        path
    }

    pub fn start(&self) -> EngineClient {
        EngineClient::with(&self.program(""))
    }

    pub fn clip(&self, steps: u32) -> Generation {
        Generation {
            model: Some(self.model().display().to_string()),
            device: Some("cpu".into()),
            settings: PartialSettings {
                size: Some([48, 32]),
                frames: Some(9),
                steps: Some(steps),
                guidance: Some(Guidance::Classifier { scale: 4.0 }),
                ..PartialSettings::default()
            },
            inputs: ClipInputs {
                prompt: "a red fox".into(),
                ..ClipInputs::default()
            },
            ..Generation::default()
        }
    }
}

pub struct EngineClient(pub Engine);

impl EngineClient {
    fn with(program: &Path) -> Self {
        let talk = Self(Engine::start(program, || {}));
        assert!(matches!(talk.next(), EngineMessage::Event(Event::Hello(_))));
        talk
    }

    pub fn submit(&self, job: u64, generation: Generation) {
        let generation = Box::new(generation);
        self.0.send(Request::Submit {
            job: JobId(job),
            generation,
        });
    }

    fn next(&self) -> EngineMessage {
        self.0.wait(PATIENCE).expect("a message")
    }

    pub fn event(&self) -> Event {
        match self.next() {
            EngineMessage::Event(event) => event,
            EngineMessage::Ended(ended) => {
                panic!("the engine is gone: {ended}, {:?}", ended.stderr_tail())
            }
        }
    }

    /// All progress of a job, the bytes of its frames, and its outcome.
    pub fn receive_until_end(&self, job: u64) -> (Vec<Progress>, usize, Outcome) {
        let (mut received, mut pixels) = (Vec::new(), 0);
        loop {
            match self.event() {
                Event::Progress {
                    job: JobId(of),
                    progress,
                    pixels: more,
                } if of == job => {
                    if matches!(progress, Progress::Frames { .. }) {
                        pixels += more.len();
                    }
                    received.push(progress);
                }
                Event::Ended {
                    job: JobId(of),
                    outcome,
                } if of == job => return (received, pixels, outcome),
                _ => {}
            }
        }
    }

    fn assert_it_still_works(&self, job: u64, place: &Place) {
        self.submit(job, place.clip(2));
        let (_, _, outcome) = self.receive_until_end(job);
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    }
}

#[test]
fn a_job_reports_from_its_complete_request_to_its_last_frame() {
    let place = Place::new();
    let talk = place.start();
    talk.submit(1, place.clip(3));
    let (received, pixels, outcome) = talk.receive_until_end(1);
    let Outcome::Done { timings } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(timings.denoising > 0.0 && timings.total >= timings.denoising + timings.decoding);
    assert_eq!(pixels, 9 * 48 * 32 * 3);
    let request = received.iter().find_map(|progress| match progress {
        Progress::Begun { request, .. } => Some(request),
        _ => None,
    });
    let request = request.expect("a recipe");
    let strength = request.settings.control_strength;
    assert_eq!(strength.to_bits(), 1.0_f64.to_bits(), "it was left out");
    let steps: Vec<u32> = received
        .iter()
        .filter_map(|progress| match progress {
            Progress::Step { done, of: 3, .. } => Some(*done),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [1, 2, 3]);
    let loaded = |name: &str| {
        received
            .iter()
            .any(|progress| matches!(progress, Progress::Loading { part, .. } if part == name))
    };
    assert!(loaded("text encoder") && loaded("transformer") && loaded("autoencoder"));
    assert!(
        received
            .iter()
            .any(|progress| matches!(progress, Progress::Preview { .. }))
    );

    // Networks and prompts are not loaded and encoded again.
    talk.submit(2, place.clip(3));
    let (received, _, _) = talk.receive_until_end(2);
    assert!(
        !received
            .iter()
            .any(|progress| matches!(progress, Progress::Loading { .. })),
        "{received:?}"
    );
}

/// Whether a message marks a given moment of a job.
type Sign = fn(&Progress) -> bool;

#[test]
fn a_running_job_is_cancelled_wherever_it_is() {
    let place = Place::new();
    let talk = place.start();
    let signs: [(&str, Sign); 5] = [
        ("begun", |progress| {
            matches!(progress, Progress::Begun { .. })
        }),
        ("loading", |progress| {
            matches!(progress, Progress::Loading { .. })
        }),
        (
            "pictures",
            |progress| matches!(progress, Progress::Working { what, .. } if what == "pictures"),
        ),
        ("steps", |progress| {
            matches!(progress, Progress::Step { done: 3, .. })
        }),
        ("frames", |progress| {
            matches!(progress, Progress::Frames { .. })
        }),
    ];
    for (number, (name, sign)) in (1..).zip(signs) {
        let job = JobId(number);
        let steps = if name == "frames" { 1 } else { 900 };
        // Long enough that it cannot end before it is cancelled.
        let clip = Generation {
            settings: PartialSettings {
                frames: Some(401),
                ..place.clip(steps).settings
            },
            inputs: ClipInputs {
                prompt: format!("{name} again"),
                ..place.clip(steps).inputs
            },
            ..place.clip(steps)
        };
        talk.submit(number, clip);
        let mut cancelled_at = None;
        let outcome = loop {
            match talk.event() {
                Event::Progress { progress, .. } if cancelled_at.is_none() && sign(&progress) => {
                    talk.0.send(Request::Cancel { job });
                    cancelled_at = Some(Instant::now());
                }
                Event::Ended { outcome, .. } => break outcome,
                _ => {}
            }
        };
        let took = cancelled_at.expect("the sign was seen").elapsed();
        assert_eq!(outcome, Outcome::Cancelled, "{name}");
        println!("{name}: cancelled in {took:.2?}");
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
    }
    talk.assert_it_still_works(99, &place);
}

#[test]
fn waiting_jobs_are_done_in_turn_and_cancelled() {
    let place = Place::new();
    let talk = place.start();
    let long = Generation {
        settings: PartialSettings {
            frames: Some(41),
            ..place.clip(200).settings
        },
        ..place.clip(200)
    };
    talk.submit(1, long);
    for job in 2..=5 {
        talk.submit(job, place.clip(1));
    }
    talk.0.send(Request::Cancel { job: JobId(3) });
    talk.0.send(Request::Cancel { job: JobId(1) });
    let mut ended = Vec::new();
    while ended.len() < 5 {
        if let Event::Ended { job, outcome } = talk.event() {
            ended.push((job.0, matches!(outcome, Outcome::Done { .. })));
        }
    }
    assert_eq!(
        ended,
        [(3, false), (1, false), (2, true), (4, true), (5, true)]
    );
}

#[test]
fn a_model_whose_file_was_replaced_is_read_again() {
    let place = Place::new();
    let talk = place.start();
    let clip = |job| {
        talk.submit(job, place.clip(2));
        talk.receive_until_end(job).0
    };
    let is_loading = |received: &[Progress], part: &str| {
        received.iter().any(
            |progress| matches!(progress, Progress::Loading { part: loaded, .. } if loaded == part),
        )
    };
    clip(1);
    assert!(!is_loading(&clip(2), "transformer"));
    let file = place.model().join("diffusion_models/tiny.safetensors");
    let copy = fs::read(&file).expect("a file");
    fs::remove_file(&file).expect("removed"); // never written over: the engine has it mapped
    fs::write(&file, copy).expect("written");
    assert!(is_loading(&clip(3), "transformer"));
}

#[test]
fn a_job_that_fails_fails_alone() {
    let place = Place::new();
    let talk = place.start();
    let missing = kinora_wire::Keyframe {
        frame: 0,
        image: "/nowhere/one.png".into(),
    };
    talk.submit(
        1,
        Generation {
            inputs: ClipInputs {
                keyframes: vec![missing],
                ..place.clip(2).inputs
            },
            ..place.clip(2)
        },
    );
    let (_, _, outcome) = talk.receive_until_end(1);
    let Outcome::Failed { failure } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(failure.kind, FailureKind::BadFile);
    assert!(failure.cause.contains("/nowhere/one.png"), "{failure}");
    talk.submit(
        2,
        Generation {
            settings: PartialSettings {
                frames: Some(10),
                ..place.clip(2).settings
            },
            ..place.clip(2)
        },
    );
    let (_, _, outcome) = talk.receive_until_end(2);
    let Outcome::Failed { failure } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        failure.to_string(),
        "10 frames cannot be made: the model makes 1 + 4n; use 9 or 13"
    );
    talk.assert_it_still_works(3, &place);
}

#[test]
fn a_clip_that_no_memory_plan_fits_is_refused_with_numbers_and_the_next_job_runs() {
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
    let limited = Generation {
        memory_limit_bytes: Some(1_000_000),
        ..place.clip(2)
    };
    for (job, clip, number) in [(1, vast, " GB for the "), (2, limited, "may use 1 MB")] {
        talk.submit(job, clip);
        let (received, _, outcome) = talk.receive_until_end(job);
        let Outcome::Failed { failure } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        assert!(failure.cause.contains(number), "{failure}");
        assert!(failure.remedy.is_some());
        let has_begun = |progress: &Progress| matches!(progress, Progress::Begun { .. });
        assert!(!received.iter().any(has_begun), "{received:?}");
    }
    talk.assert_it_still_works(3, &place);
}

#[test]
fn a_limit_of_the_environment_holds_for_jobs_without_one() {
    let place = Place::new();
    let talk = EngineClient::with(&place.program("export KINORA_MEMORY=1MB"));
    talk.submit(1, place.clip(2));
    let (_, _, outcome) = talk.receive_until_end(1);
    assert!(
        matches!(&outcome, Outcome::Failed { failure } if failure.cause.contains("may use 1 MB")),
        "{outcome:?}"
    );
    let own = Generation {
        memory_limit_bytes: Some(900_000_000),
        ..place.clip(2)
    };
    talk.submit(2, own);
    let (received, _, outcome) = talk.receive_until_end(2);
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let memory = received.iter().find_map(|progress| match progress {
        Progress::Begun { memory, .. } => memory.clone(),
        _ => None,
    });
    let words = memory.expect("reported before the start").words();
    assert!(words.ends_with(" of 900 MB"), "{words}");
}

#[test]
fn an_engine_killed_at_any_moment_is_reported_and_the_next_one_works() {
    let kills: u64 = std::env::var("KINORA_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(4);
    let place = Place::new();
    let mut died_with_a_job = 0;
    for kill in 0..kills {
        let talk = place.start();
        talk.submit(
            1,
            Generation {
                settings: PartialSettings {
                    frames: Some(17),
                    ..place.clip(900).settings
                },
                inputs: ClipInputs {
                    seed: kill,
                    ..place.clip(900).inputs
                },
                ..place.clip(900)
            },
        );
        // Moments spread over the whole job, from before its first message to its last frames.
        let moment = Duration::from_micros(kill.wrapping_mul(7_919_317) % 1_500_000);
        let process = talk.0.process_id().expect("it runs");
        let killer = thread::spawn(move || {
            #[expect(
                clippy::disallowed_methods,
                reason = "a thread of its own that waits to kill"
            )]
            thread::sleep(moment);
            Command::new("kill")
                .args(["-9", &process.to_string()])
                .status()
                .expect("kill")
        });
        let began = Instant::now();
        let mut is_over = false;
        let ended = loop {
            match talk.next() {
                EngineMessage::Event(Event::Ended { outcome, .. }) => {
                    assert!(
                        matches!(outcome, Outcome::Done { .. }),
                        "only a whole clip ends well: {outcome:?}"
                    );
                    is_over = true;
                }
                EngineMessage::Event(_) => {}
                EngineMessage::Ended(ended) => break ended,
            }
        };
        killer.join().expect("killed");
        assert!(
            matches!(&ended, Ended::Stopped { how, .. } if how.contains("SIGKILL")),
            "{ended}"
        );
        assert!(
            began.elapsed() < moment + Duration::from_secs(5),
            "heard late"
        );
        died_with_a_job += u64::from(!is_over);
        if kill % 10 == 0 {
            place.start().assert_it_still_works(1, &place);
        }
    }
    println!("{kills} kills, {died_with_a_job} of them in the middle of a job");
    assert!(died_with_a_job > 0);
}
