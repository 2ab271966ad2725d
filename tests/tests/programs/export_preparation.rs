//! Renders that need larger takes and in-betweens: `kinora render --upscale`, with an engine that follows a script.

use std::fs;
use std::path::Path;
use std::process::Output;

use kinora_render::project::ProjectFiles;
use kinora_studio::Session;
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::{fake_engine, kinora};
use kinora_timeline::clip::InBetweens;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::shot::{ModelLength, SeedPolicy, Shot};
use kinora_timeline::{Clip, Edit, FrameRate, Frames, Project, Size, Source};

/// A film of one shot of 9 frames, 8 a second, whose clip is smooth.
fn film(home: &Path) {
    let size = Size::new(128, 64).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let mut session = Session::create(&home.join("Fox.kinora"), &project).expect("a film");
    let rate = FrameRate::new(8, 1).expect("a rate");
    let shot = Shot {
        seed: SeedPolicy::Fixed(7),
        ..Shot::new("fox", "a fox", ModelLength { frames: 9, rate })
    };
    let add = Edit::Library(Library::AddShot(Box::new(shot)));
    session.document_mut().apply(&add).expect("a shot");
    let shot = session.project().shots().next().expect("the shot").id;
    let clip = Clip {
        in_betweens: InBetweens::Smooth,
        ..Clip::new(Source::Shot(shot), Frames(0), Frames(24))
    };
    let track = session.project().tracks()[0].id;
    let pieces = vec![Piece { track, clip }];
    let place = Edit::Place(Place::Append { pieces });
    session.document_mut().apply(&place).expect("placed");
}

fn render(home: &Path, arguments: &[&str]) -> Output {
    let mut command = kinora(home);
    command
        .current_dir(home)
        .env("KINORA_ENGINE", home.join("engine"))
        .env_remove("DISPLAY")
        .args(["render", "Fox.kinora"])
        .args(arguments);
    command.output().expect("kinora starts")
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

#[test]
fn takes_are_made_larger_once_and_the_same_film_comes_again() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    fake_engine("well", home);
    film(home);
    let plain = render(home, &["-o", "plain.mp4"]);
    assert!(plain.status.success(), "{}", said(&plain));
    assert!(
        !said(&plain).contains("in-betweens"),
        "there is no take yet"
    );

    let arguments = ["--generate", "--upscale", "twofold", "-o"];
    let first = render(home, &[&arguments[..], &["first.mp4"]].concat());
    assert!(first.status.success(), "{}", said(&first));
    let folder = home.join("Fox.kinora");
    let takes = TakeStore::of(&folder);
    let sizes = |takes: &TakeStore| {
        let all = takes.all().into_iter();
        let sizes = all.map(|(_, take)| take.recipe.expect("readable").picture_size());
        let mut sizes: Vec<_> = sizes.collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&takes), [[32, 16], [64, 32]]);
    let smooth = fs::read_dir(ProjectFiles::of(&folder).all_smooth()).expect("in-betweens");
    assert_eq!(smooth.count(), 1, "of the larger take alone");
    let session = Session::open(&folder).expect("the film");
    let chosen = session
        .project()
        .shots()
        .next()
        .and_then(|shot| shot.chosen);
    let chosen = takes.find(chosen.expect("a take")).expect("the take");
    let chosen = chosen.recipe.expect("readable");
    assert_eq!(chosen.upscaled, None, "the project keeps its choice");
    drop(session);

    let again = render(home, &[&arguments[..], &["again.mp4"]].concat());
    assert!(again.status.success(), "{}", said(&again));
    let read = |name: &str| fs::read(home.join(name)).expect("a film");
    assert!(read("first.mp4") == read("again.mp4"), "the same bytes");
    assert_eq!(sizes(&takes).len(), 2, "nothing is made twice");

    let held = render(home, &["-o", "held.mp4"]);
    assert!(held.status.success(), "{}", said(&held));
    assert!(
        said(&held).contains("in-betweens that are not made: 1"),
        "{}",
        said(&held)
    );
}

#[test]
fn an_unknown_upscaler_is_refused_and_no_file_is_left() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    fake_engine("well", home);
    film(home);
    let arguments = ["--generate", "--upscale", "threefold", "-o", "out.mp4"];
    let ran = render(home, &arguments);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        said(&ran).contains("threefold is not installed"),
        "{}",
        said(&ran)
    );
    assert!(!home.join("out.mp4").exists());
}
