//! The commands of a project: new, import, render, generate, export, collect, check and relink.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use image::{Rgb, RgbImage};
use kinora_render::media::probe;
use kinora_studio::Session;
use kinora_tests::{PATIENCE, eventually, fake_engine, kinora};
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::file::is_beside;
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{Clip, Edit, FrameRate, Frames, Project, Size, Source};

fn run(home: &Path, arguments: &[&str]) -> Output {
    let mut command = kinora(home);
    command
        .current_dir(home)
        .env_remove("DISPLAY")
        .args(arguments)
        .output()
        .expect("kinora starts")
}

#[track_caller]
fn done(home: &Path, arguments: &[&str]) -> String {
    let ran = run(home, arguments);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{arguments:?}: {said}");
    said
}

#[track_caller]
fn refused(home: &Path, arguments: &[&str]) -> String {
    let ran = run(home, arguments);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(1), "{arguments:?}: {said}");
    said
}

/// A cut of `seconds` that shows one picture, as another editor would write it.
fn cut(home: &Path, seconds: u32) {
    let still = home.join("door.png");
    RgbImage::from_pixel(64, 36, Rgb([200, 60, 40]))
        .save(&still)
        .expect("saved");
    let time = |value: u32| serde_json::json!({"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": f64::from(value)});
    let range = serde_json::json!({
        "OTIO_SCHEMA": "TimeRange.1", "start_time": time(0), "duration": time(24 * seconds),
    });
    let clip = serde_json::json!({
        "OTIO_SCHEMA": "Clip.1", "name": "door", "source_range": range, "effects": [], "markers": [],
        "metadata": {}, "enabled": true,
        "media_reference": {
            "OTIO_SCHEMA": "ExternalReference.1", "target_url": still, "available_range": null,
            "name": "", "metadata": {}, "available_image_bounds": null,
        },
    });
    let track = serde_json::json!({
        "OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "source_range": null, "effects": [],
        "markers": [], "metadata": {}, "enabled": true, "children": [clip],
    });
    let timeline = serde_json::json!({
        "OTIO_SCHEMA": "Timeline.1", "name": "cut", "global_start_time": null, "metadata": {},
        "tracks": {
            "OTIO_SCHEMA": "Stack.1", "name": "tracks", "source_range": null, "effects": [],
            "markers": [], "metadata": {}, "enabled": true, "children": [track],
        },
    });
    fs::write(home.join("cut.otio"), timeline.to_string()).expect("written");
}

#[test]
fn a_new_film_is_made_once_with_the_rate_and_size_it_was_asked_for() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    done(
        home,
        &["new", "Night train", "--rate", "25", "--size", "640x360"],
    );
    let text = fs::read_to_string(home.join("Night train.kinora/project.ron")).expect("a film");
    assert!(
        text.contains("(25, 1)") && text.contains("(640, 360)"),
        "{text}"
    );
    let again = refused(home, &["new", "Night train.kinora"]);
    assert!(again.contains("is there already"), "{again}");
    let empty = refused(home, &["render", "Night train.kinora", "-o", "out.mp4"]);
    assert!(empty.contains("there is nothing to write"), "{empty}");
    let checked = run(home, &["check", "Night train.kinora"]);
    assert!(checked.status.success());
    assert!(String::from_utf8_lossy(&checked.stdout).contains("is sound"));
}

#[test]
fn a_missing_file_is_found_by_a_check_and_a_refused_video_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    cut(home, 2);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    fs::remove_dir_all(home.join("Door.kinora/media")).expect("removed");
    let checked = run(home, &["check", "Door.kinora", "--json"]);
    assert_eq!(checked.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!(found["wrong"].as_array().map(Vec::len), Some(1), "{found}");
    let said = refused(home, &["render", "Door.kinora", "-o", "out.avi"]);
    assert!(said.contains(".avi files cannot be written"), "{said}");
    assert!(!home.join("out.avi").exists() && !home.join("out.avi.part").exists());
}

#[test]
fn a_film_of_another_editor_is_written_out_whole_or_in_part() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    cut(home, 1);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    let said = done(home, &["render", "Door.kinora", "-o", "door.mp4"]);
    assert!(
        said.contains("frame 24 of 24") && said.contains("done in"),
        "{said}"
    );
    let frames = |name: &str| {
        probe(&home.join(name))
            .expect("a film")
            .picture
            .map(|track| track.frames.0)
    };
    assert_eq!(frames("door.mp4"), Some(24));
    done(
        home,
        &[
            "render",
            "Door.kinora",
            "-o",
            "part.mov",
            "--range",
            "00:00:00:12..00:00:01:00",
        ],
    );
    assert_eq!(frames("part.mov"), Some(12));
    done(
        home,
        &["render", "Door.kinora", "-o", "stills", "--range", "0..3"],
    );
    let settings = ["--size", "48p", "--quality", "draft"];
    let small = ["render", "Door.kinora", "-o", "small.mp4"];
    done(home, &[&small[..], &settings].concat());
    let height = probe(&home.join("small.mp4"))
        .expect("a film")
        .picture
        .map(|track| track.height);
    assert_eq!(height, Some(48));
    for (option, value) in [("--size", "big"), ("--quality", "best")] {
        let ran = run(home, &[&small[..], &[option, value]].concat());
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && said.contains("is not a"), "{said}");
    }
    let still = image::open(home.join("stills/000002.png"))
        .expect("a picture")
        .into_rgb8();
    assert_eq!(
        still.get_pixel(still.width() / 2, still.height() / 2).0,
        [200, 60, 40]
    );
    let beyond = refused(
        home,
        &["render", "Door.kinora", "-o", "x.mp4", "--range", "20..40"],
    );
    assert!(beyond.contains("it has 24 frames"), "{beyond}");
    done(home, &["export", "Door.kinora", "-o", "again.otio"]);
    let again = fs::read_to_string(home.join("again.otio")).expect("a cut");
    assert!(again.contains("Timeline.1") && again.contains("door"));
}

#[test]
fn media_of_a_film_that_was_made_elsewhere_are_first_read_by_another_process() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    cut(home, 1);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    let render = ["render", "Door.kinora", "--size", "360p", "-o", "door.mp4"];
    done(home, &render);
    done(home, &["new", "Elsewhere", "--size", "640x360"]);
    done(home, &["add", "Elsewhere.kinora", "door.mp4", "--place"]);
    let cache = home.join("Elsewhere.kinora/cache");
    fs::remove_dir_all(&cache).expect("the cache of the import");
    done(home, &["render", "Elsewhere.kinora", "-o", "again.mp4"]);
    // Only the process that reads new files writes down what of them is damaged.
    let surveys = fs::read_dir(cache.join("surveys")).expect("read");
    assert_eq!(surveys.count(), 1);
}

#[test]
fn a_folder_of_numbered_pictures_is_added_as_one_medium_and_a_gap_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    done(home, &["new", "Sea", "--size", "640x360"]);
    let plates = home.join("plates");
    fs::create_dir(&plates).expect("made");
    for number in [1, 2, 3, 5] {
        let file = plates.join(format!("100%_{number:03}.png"));
        RgbImage::new(8, 6).save(file).expect("saved");
    }
    let said = refused(home, &["add", "Sea.kinora", "plates"]);
    assert!(said.contains("100%_004.png is missing"), "{said}");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let held = ["add", "Sea.kinora", "plates", "--hold", "--rate", "25"];
    let added = run(home, &held);
    let (out, notes) = (text(&added.stdout), text(&added.stderr));
    let name = "100%_[001-005].png";
    assert!(
        out.contains(&format!("{name}: 5 frames at 25 a second")),
        "{out}{notes}"
    );
    assert!(notes.contains("100%_004.png"), "{notes}");
    let still = ["add", "Sea.kinora", "plates/100%_002.png", "--stills"];
    let added = run(home, &still);
    let out = text(&added.stdout);
    assert!(out.contains("100%_002.png: still picture"), "{out}");
}

#[test]
fn no_file_of_a_film_and_no_file_that_is_there_is_overwritten() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    cut(home, 2);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    let project = fs::read(home.join("Door.kinora/project.ron")).expect("a film");
    for (output, words) in [
        ("Door.kinora/project.ron", "folder of the project"),
        ("Door.kinora/new.mp4", "folder of the project"),
    ] {
        for more in [
            &["--preset", "h264-quick"][..],
            &["--overwrite", "--preset", "wav"],
        ] {
            let render = ["render", "Door.kinora", "-o", output];
            let said = refused(home, &[&render[..], more].concat());
            assert!(said.contains(words), "{said}");
        }
        let said = refused(
            home,
            &["export", "Door.kinora", "--overwrite", "-o", output],
        );
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(
        fs::read(home.join("Door.kinora/project.ron")).expect("a film"),
        project
    );

    let render = ["render", "Door.kinora", "--range", "0..3", "-o", "door.mp4"];
    done(home, &render);
    let said = refused(home, &render);
    assert!(said.contains("pass --overwrite"), "{said}");
    done(home, &[&render[..], &["--overwrite"]].concat());
    let long = format!("{}.mp4", "f".repeat(251));
    done(
        home,
        &["render", "Door.kinora", "--range", "0..3", "-o", &long],
    );
}

#[test]
fn a_project_is_collected_with_its_media_and_nothing_is_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    cut(home, 2);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    let said = done(home, &["collect", "Door.kinora", "Collected"]);
    assert!(said.contains("done in"), "{said}");
    fs::remove_dir_all(home.join("Door.kinora/media")).expect("removed");
    done(home, &["check", "Collected.kinora"]);
    let again = refused(home, &["collect", "Door.kinora", "Collected"]);
    assert!(again.contains("is there already"), "{again}");
    let incomplete = refused(home, &["collect", "Door.kinora", "Other"]);
    assert!(incomplete.contains("missing: door"), "{incomplete}");
    Session::open(&home.join("Other.kinora")).expect("the others were collected");
}

#[test]
fn missing_media_are_listed_and_relinked_to_files_in_another_folder() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let film = "Door.kinora";
    let printed = |arguments: &[&str], code: i32| {
        let ran = run(home, arguments);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {said}");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    cut(home, 2);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    assert_eq!(printed(&["relink", film], 0), "nothing is missing\n");

    fs::remove_dir_all(home.join(film).join("media")).expect("removed");
    assert_eq!(printed(&["relink", film], 1), "missing: door.png\n");
    let moved = home.join("Footage/old/gate.png");
    fs::create_dir_all(home.join("Footage/old")).expect("made");
    fs::rename(home.join("door.png"), &moved).expect("moved");
    let dry = printed(&["relink", film, "Footage", "--dry-run"], 0);
    assert!(dry.contains("door.png: found by its content"), "{dry}");
    printed(&["check", film], 1);
    let said = refused(home, &["relink", film, "Nowhere"]);
    assert!(said.contains("Nowhere is not a folder"), "{said}");
    let open = Session::open(&home.join(film)).expect("it opens");
    let said = refused(home, &["relink", film, "Footage"]);
    assert!(said.contains("cannot be changed"), "{said}");
    drop(open);

    let lines = printed(&["relink", film, "Footage", "--json"], 0);
    let last = lines.lines().last().expect("a line");
    let last: serde_json::Value = serde_json::from_str(last).expect("JSON");
    let reported = [&last["name"], &last["fault"], &last["found"]];
    assert_eq!(reported, ["door.png", "missing", "content"], "{last}");
    assert_eq!(last["is_relinked"], true, "{last}");
    done(home, &["check", film]);

    fs::remove_dir_all(home.join(film).join("media")).expect("removed");
    fs::remove_file(moved).expect("removed");
    let none = printed(&["relink", film, "Footage"], 1);
    assert_eq!(none, "door.png: not found\n");
    RgbImage::from_pixel(64, 36, Rgb([10, 20, 30]))
        .save(home.join("Footage/Door.png"))
        .expect("saved");
    let other = printed(&["relink", film, "Footage"], 0);
    assert!(other.contains("found by its name and length"), "{other}");
    done(home, &["check", film]);
}

#[test]
fn ctrl_c_ends_an_export_and_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    cut(home, 600);
    done(home, &["import", "cut.otio", "-o", "Door"]);
    let mut running = kinora(home)
        .current_dir(home)
        .args(["render", "Door.kinora", "-o", "door.mp4"])
        .stderr(Stdio::null())
        .spawn()
        .expect("kinora starts");
    let names = || {
        let entries = fs::read_dir(home).expect("listed").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter(|name| name == "door.mp4" || is_beside(name))
            .count()
    };
    let began = eventually(PATIENCE, || (names() > 0).then_some(()));
    assert!(began.is_some(), "nothing was written");
    let stopped = std::process::Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status();
    assert!(stopped.is_ok_and(|status| status.success()));
    let status = running.wait().expect("it ends");
    assert_eq!(status.code(), Some(1));
    assert_eq!(names(), 0, "neither the film nor a part of it");
}

#[test]
fn a_film_generates_what_it_lacks_and_is_written_out() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let folder = home.join("Fox.kinora");
    let size = Size::new(64, 32).expect("a size");
    let mut session =
        Session::create(&folder, &Project::new(FrameRate::FPS_24, size)).expect("a film");
    let rate = FrameRate::new(8, 1).expect("a rate");
    for name in ["Day", "Night"] {
        let shot = Shot::new(name, "a fox", ModelLength { frames: 9, rate });
        let add = Edit::Library(Library::AddShot(Box::new(shot)));
        session.document_mut().apply(&add).expect("a shot");
        let project = session.project();
        let last = project.shots().map(|shot| shot.id).max().expect("a shot");
        let track = project.tracks()[0].id;
        let clip = Clip::new(Source::Shot(last), Frames::ZERO, Frames(27));
        let pieces = vec![Piece { track, clip }];
        let place = Edit::Place(Place::Append { pieces });
        session.document_mut().apply(&place).expect("placed");
    }
    drop(session);
    let output = kinora(home)
        .current_dir(home)
        .env("KINORA_ENGINE", fake_engine("well", home))
        .args(["render", "Fox.kinora", "--generate", "-o", "fox.mp4"])
        .output()
        .expect("kinora runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("generated Day") && said.contains("generated Night"),
        "{said}"
    );
    let project = probe(&home.join("fox.mp4")).expect("a film");
    assert_eq!(project.picture.map(|track| track.frames.0), Some(54));
    let again = Session::open(&folder).expect("the film");
    assert!(again.project().shots().all(|shot| shot.chosen.is_some()));
}
