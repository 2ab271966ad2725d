//! Best of N with an engine that follows a script: a series of takes in a project, and `kinora generate --best-of`. Most of
//! the engine's clips are plain grey and show no camera; those of one model show one that strays from its path.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::generate::best_of::{cancel, note_measure, queue_series};
use kinora_studio::generate::queue::series::{RankBy, Series, SeriesEnd, SeriesId, SeriesPlan};
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_studio::measure::CameraMeasure;
use kinora_studio::project::pending_writes::flush_pending;
use kinora_tests::{PATIENCE, fake_engine, kinora};
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::{ModelLength, SeedPolicy, Shot};
use kinora_timeline::{ContentHash, Edit, FrameRate, Project};
use serde_json::{Value, json};

const PLAN: SeriesPlan = SeriesPlan {
    takes: 3,
    rank: RankBy::Camera,
    stop_at_degrees: Some(1.0),
    within_minutes: None,
};

/// A film with one shot whose seed is 7.
struct Film {
    session: Session,
    scheduler: GenerationScheduler,
    engine: EngineHost,
    root: tempfile::TempDir,
}

impl Film {
    fn new(script: &str) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let mut session =
            Session::create(&root.path().join("film.kinora"), &Project::default()).expect("a film");
        let rate = FrameRate::new(8, 1).expect("a rate");
        let shot = Shot {
            seed: SeedPolicy::Fixed(7),
            ..Shot::new("Dusk", "a hare", ModelLength { frames: 9, rate })
        };
        let add = Edit::Library(Library::AddShot(Box::new(shot)));
        session.document_mut().apply(&add).expect("a shot");
        Self {
            scheduler: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(fake_engine(script, root.path()), || {}),
            root,
        }
    }

    /// The program exits and starts again.
    fn again(self) -> Self {
        let Self {
            session,
            scheduler,
            engine,
            root,
        } = self;
        drop((scheduler, engine));
        flush_pending();
        let folder = session.folder().to_owned();
        drop(session);
        let session = Session::open(&folder).expect("the film");
        Self {
            scheduler: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(fake_engine("well", root.path()), || {}),
            root,
        }
    }

    fn queue(&mut self, plan: SeriesPlan) -> SeriesId {
        let shot = self.session.project().shots().next().expect("the shot");
        queue_series(&mut self.scheduler, shot, plan, 99)
    }

    /// Polls until an event of this kind, or until nothing is left to do.
    fn until(&mut self, is_it: impl Fn(&GenerationEvent) -> bool) -> Option<GenerationEvent> {
        let end = Instant::now() + PATIENCE;
        while !self.scheduler.is_idle() {
            assert!(Instant::now() < end, "it did not happen");
            let project = self.session.project();
            let mut events = self
                .scheduler
                .poll(&mut self.engine, project, false)
                .into_iter();
            if let Some(found) = events.find(|event| is_it(event)) {
                return Some(found);
            }
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    fn take(&mut self) -> ContentHash {
        let made = self.until(|event| matches!(event, GenerationEvent::Take(..)));
        match made {
            Some(GenerationEvent::Take(_, take)) => take,
            other => panic!("no take: {other:?}"),
        }
    }

    fn series(&self, id: SeriesId) -> &Series {
        let series = self.scheduler.queue().get_series(id);
        series.expect("the series")
    }
}

/// A measure with this median rotation error and no travel.
fn measured(rotation_degrees: f64) -> CameraMeasure {
    let fit = json!({"share": 0.9, "closeness": 0.9});
    let axes = json!({
        "yaw": 12.0, "pitch": 0.0, "roll": 0.0, "right": 0.0, "down": 0.0, "forward": 0.0,
    });
    let report = json!({
        "measurable": true, "reason": null, "verdict": "partly_obeyed",
        "rotation_error_degrees": {"median": rotation_degrees, "worst": 9.0},
        "asked": axes, "travel_seen": false,
        "fit": {"drawn": fit, "still": fit, "mirrored": fit}, "frames": [],
    });
    CameraMeasure {
        solver: kinora_studio::measure::SOLVER,
        is_masked: false,
        notes: Vec::new(),
        motion: None,
        report: serde_json::from_value(report).expect("a report"),
    }
}

#[test]
fn a_series_goes_on_when_the_program_starts_again() {
    let mut film = Film::new("well");
    let id = film.queue(PLAN);
    let first = film.take();
    let mut film = film.again();
    assert_eq!(film.series(id).made[0].take, first);
    assert_eq!(film.series(id).end, None);
    film.until(|_| false);
    let series = film.series(id);
    assert_eq!(series.end, Some(SeriesEnd::AllMade));
    let seeds: Vec<u64> = series.made.iter().map(|made| made.seed).collect();
    assert_eq!(seeds, [7, 8, 9]);
    assert_eq!(film.scheduler.takes().names().len(), 3);
    assert_eq!(
        film.session
            .project()
            .shots()
            .next()
            .and_then(|shot| shot.chosen),
        None,
        "nothing is chosen by the series"
    );
}

#[test]
fn a_take_that_is_good_enough_ends_the_series_and_a_worse_one_does_not() {
    let mut film = Film::new("well");
    let id = film.queue(PLAN);
    let first = film.take();
    let mut note = |take, degrees| {
        note_measure(
            &mut film.scheduler,
            &mut film.engine,
            take,
            &measured(degrees),
        )
    };
    assert_eq!(note(first, 1.2), None);
    assert_eq!(note(first, 0.8), Some(id));
    assert_eq!(film.series(id).end, Some(SeriesEnd::GoodEnough));
    assert!(film.scheduler.is_idle() && film.scheduler.queue().orders().is_empty());
    assert_eq!(film.series(id).made.len(), 1);
}

#[test]
fn a_cancelled_series_stops_its_take_and_leaves_other_orders() {
    let mut film = Film::new("slow");
    let id = film.queue(PLAN);
    let shot = film.session.project().shots().next().expect("the shot");
    let other = film.scheduler.queue_take(shot, 1);
    film.until(|event| matches!(event, GenerationEvent::Progress(..)));
    cancel(&mut film.scheduler, &mut film.engine, id);
    assert_eq!(film.series(id).end, Some(SeriesEnd::Cancelled));
    assert_eq!(film.scheduler.running(), None);
    let left: Vec<_> = film.scheduler.queue().orders().iter().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, other);
}

fn generate(home: &Path, arguments: &[&str]) -> Output {
    generate_by("well", home, arguments)
}

fn generate_by(script: &str, home: &Path, arguments: &[&str]) -> Output {
    let engine = fake_engine(script, home);
    let mut command: Command = kinora(home);
    command
        .env("KINORA_ENGINE", engine)
        .env_remove("DISPLAY")
        .args(["generate", "--prompt", "a hare", "--seed", "7"])
        .args(arguments)
        .arg("-o")
        .arg(home.join("out"));
    command.output().expect("kinora starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn without_a_measurable_clip_the_first_is_written_and_the_ranking_says_why() {
    let home = tempfile::tempdir().expect("a folder");
    let with = ["--move", "pan-right", "--frames", "9", "--best-of", "3"];
    let ran = generate(home.path(), &with);
    let (shown, said) = (text(&ran.stdout), text(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    assert!(said.contains("clip 3 of 3, seed 9"), "{said}");
    assert_eq!(
        shown.matches("not ranked: its camera").count(),
        3,
        "{shown}"
    );
    assert!(
        shown.contains("none has a rank: the first, seed 7"),
        "{shown}"
    );
    let frames = fs::read_dir(home.path().join("out"))
        .expect("the clip")
        .count();
    assert_eq!(frames, 9, "of one clip");
}

#[test]
fn programs_read_the_ranking_as_a_json_line_and_the_budget_ends_the_series() {
    let home = tempfile::tempdir().expect("a folder");
    let with = [
        "--move",
        "pan-right",
        "--best-of",
        "8",
        "--json",
        "--within",
        "0.00001",
    ];
    let ran = generate(home.path(), &with);
    assert!(
        ran.status.success() && ran.stderr.is_empty(),
        "{}",
        text(&ran.stderr)
    );
    let lines = text(&ran.stdout);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let reported = lines.iter().find(|line| line.get("ranking").is_some());
    let reported = reported.expect("the ranking");
    assert_eq!(reported["end"], "out_of_time");
    assert_eq!(
        (&reported["asked"], &reported["best_seed"]),
        (&json!(8), &json!(7))
    );
    let ranking = reported["ranking"].as_array().expect("a list");
    assert_eq!(ranking.len(), 1, "a second clip would end too late");
    assert_eq!(ranking[0]["rank"], Value::Null);
    assert_eq!(ranking[0]["verdict"], "not measurable");
    assert!(ranking[0]["reason"].is_string() && ranking[0]["seed"] == 7);
    assert_eq!(lines.last().expect("an end")["outcome"], "done");
}

#[test]
fn clips_with_a_character_on_their_stage_are_ranked_by_their_cast() {
    let home = tempfile::tempdir().expect("a folder");
    let with = [
        "--character",
        "mia=mia.png",
        "--move",
        "truck-left",
        "--frames",
        "9",
        "--size",
        "192x128",
        "--best-of",
        "2",
        "--rank",
        "cast",
    ];
    let ran = generate(home.path(), &with);
    let (shown, said) = (text(&ran.stdout), text(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    assert!(shown.starts_with("rank  seed  cast drift"), "{shown}");
    assert_eq!(shown.matches("cast 0.").count(), 2, "{shown}");
    assert!(shown.contains("the best has seed 7"), "{shown}");

    fs::remove_dir_all(home.path().join("out")).expect("removed");
    let ran = generate(home.path(), &[&with[..], &["--json"][..]].concat());
    let lines = text(&ran.stdout);
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<Value> = lines.collect();
    let reported = lines.iter().find(|line| line.get("ranking").is_some());
    let ranking = &reported.expect("the ranking")["ranking"];
    assert_eq!(ranking[0]["cast"], "kept", "{ranking}");
    assert_eq!(ranking[0]["rank"], 1);
    assert!(
        ranking[0]["cast_score"]
            .as_f64()
            .is_some_and(|score| score < 1.0)
    );
    // The clip does not show its camera, and nobody asked for that.
    assert_eq!(ranking[0]["camera_error_degrees"], Value::Null);
}

#[test]
fn what_cannot_be_ranked_is_refused_before_any_work() {
    let home = tempfile::tempdir().expect("a folder");
    let moving = ["--move", "pan-right"];
    let latents = ["--best-of", "2", "--latents-out", "l.safetensors"];
    let cast = ["--best-of", "2", "--rank", "cast"];
    let stage = home.path().join("stage.ron");
    fs::write(&stage, "(ground: true, strength: 1.0, stand_ins: [])").expect("written");
    let bare_stage = stage.to_str().expect("a path");
    for (arguments, code, words) in [
        (vec!["--best-of", "0"], 2, "0"),
        (vec!["--best-of", "many"], 2, "many"),
        (vec!["--best-of", "2"], 1, "no camera path to rank by"),
        (
            vec!["--best-of", "2", "--rank", "both"],
            1,
            "no camera path",
        ),
        (
            vec!["--best-of", "2", "--rank", "cast"],
            1,
            "no character on a stage",
        ),
        (
            [&["--character", "mia=mia.png"][..], &cast[..]].concat(),
            1,
            "no character on a stage",
        ),
        (
            [&moving[..], &cast[..], &["--no-stage"][..]].concat(),
            1,
            "no character on a stage",
        ),
        (
            [&["--stage", bare_stage][..], &cast[..]].concat(),
            1,
            "no character on a stage",
        ),
        (vec!["--best-of", "2", "--rank", "taste"], 2, "taste"),
        (vec!["--rank", "camera"], 2, "required arguments"),
        (vec!["--best-of", "2", "--stop-at", "-1"], 2, "above 0"),
        (vec!["--best-of", "2", "--within", "0"], 2, "above 0"),
        ([&moving[..], &latents[..]].concat(), 1, "--latents-out"),
    ] {
        let ran = generate(home.path(), &arguments);
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words) && !said.contains("step "), "{said}");
        assert!(!home.path().join("out").exists(), "{arguments:?}");
    }
}

/// The ranking of three clips of a model that pan to the left.
fn ranking_of(model: &str, home: &Path) -> Vec<Value> {
    let with = ["--model", model, "--move", "pan-left", "--best-of", "3"];
    let rank = ["--rank", "camera", "--json"];
    let ran = generate_by("echo", home, &[&with[..], &rank].concat());
    let lines = text(&ran.stdout);
    assert!(ran.status.success(), "{lines}");
    fs::remove_dir_all(home.join("out")).expect("removed");
    let mut lines = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let reported = lines.find(|line| line.get("ranking").is_some());
    let reported = reported.expect("the ranking");
    let ranking = reported["ranking"].as_array().expect("a list").clone();
    let best = ranking.iter().find(|clip| clip["rank"] == 1);
    assert_eq!(best.expect("a best")["seed"], reported["best_seed"]);
    ranking
}

#[test]
fn the_best_of_clips_that_stray_is_the_one_whose_measured_camera_strays_least() {
    let home = tempfile::tempdir().expect("a folder");
    let error = |clip: &Value| clip["camera_error_degrees"].as_f64().expect("measured");
    let mut strayed = ranking_of("stray", home.path());
    strayed.sort_by_key(|clip| clip["rank"].as_u64());
    let errors: Vec<f64> = strayed.iter().map(error).collect();
    assert!(
        errors.windows(2).all(|pair| pair[0] < pair[1]),
        "{errors:?}"
    );
    assert!(errors[2] > 1.5, "{errors:?}");
    let exact = ranking_of("echo", home.path());
    assert!(exact.iter().all(|clip| error(clip) < 0.3), "{exact:?}");
    assert!(
        exact.iter().all(|clip| clip["verdict"] == "obeyed"),
        "{exact:?}"
    );
}
