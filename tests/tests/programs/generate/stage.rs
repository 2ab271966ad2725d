//! What a command line becomes in a request: seconds, cameras, stages of characters and of prompts, stills.
//! The fake engine answers with what it was sent.

use std::fs;
use std::path::Path;

use kinora_timeline::camera::{Move, Pose, gltf, preset};
use kinora_timeline::{FrameRate, Frames, Size};

use super::{asked, asked_of, asked_with, frames, run, text, with_engine};

#[test]
fn seconds_and_moves_are_sent_in_frames_of_the_model() {
    let home = tempfile::tempdir().expect("a folder");
    let output = home.path().join("fox");
    let ran = run(with_engine("well", home.path())
        .args([
            "generate",
            "--prompt",
            "a fox",
            "--seconds",
            "2",
            "--move",
            "push-in:0.5",
            "-o",
        ])
        .arg(&output));
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert_eq!(
        frames(&output).len(),
        17,
        "2 s at 8 frames a second, and one more"
    );
}

#[test]
fn characters_under_a_moving_camera_get_a_stage_by_itself_or_their_own_or_none() {
    let home = tempfile::tempdir().expect("a folder");
    let with_move = ["--character", "mia=mia.png", "--move", "truck-left"];
    let request = asked(home.path(), "by-itself", &with_move);
    let pictures = request["control"]["frames"]
        .as_array()
        .expect("a control clip");
    assert_eq!(pictures.len(), 5, "a picture of the stage for each frame");
    let first = pictures[0].as_str().expect("a path");
    assert!(!Path::new(first).exists(), "they are gone with the clip");

    let request = asked(
        home.path(),
        "none",
        &[&with_move[..], &["--no-stage"]].concat(),
    );
    assert!(request["control"].is_null() && !request["camera"].is_null());

    let request = asked_of("control-only", home.path(), "depth", &with_move);
    assert!(
        !request["control"].is_null() && request["camera"].is_null(),
        "a model without a camera input gets the depth alone"
    );

    let stage = home.path().join("stage.ron");
    fs::write(&stage, "(ground: true, strength: 0.5, stand_ins: [])").expect("written");
    let own = ["--stage", stage.to_str().expect("a path")];
    let request = asked(home.path(), "own", &own);
    assert_eq!(
        request["control"]["frames"].as_array().map(Vec::len),
        Some(5)
    );
    assert_eq!(request["control_strength"], 0.5, "as the stage says");

    fs::write(&stage, "(ground: true, strength: 7.0, stand_ins: [])").expect("written");
    let ran = run(with_engine("well", home.path())
        .args(["generate", "--prompt", "a hare", "-o"])
        .arg(home.path().join("hare"))
        .args(own));
    let said = text(&ran.stderr);
    assert!(
        said.contains("stage.ron") && said.contains("strength 7"),
        "{said}"
    );
}

#[test]
fn a_stage_that_an_ic_lora_follows_is_shown_as_depth_if_it_says_so_and_else_as_a_picture() {
    let home = tempfile::tempdir().expect("a folder");
    let stage = home.path().join("stage.ron");
    fs::write(&stage, "(ground: true, strength: 0.5, stand_ins: [])").expect("written");
    let made = |file: &str, more: &[&str]| {
        let lora = home.path().join(file);
        fs::write(&lora, file).expect("written");
        let ran = run(with_engine("reference-loras", home.path())
            .args(["generate", "--prompt", "a fox", "--frames", "5", "--lora"])
            .arg(&lora)
            .args(more)
            .arg("-o")
            .arg(home.path().join(format!("{file}{}", more.len()))));
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        (text(&ran.stdout), text(&ran.stderr))
    };
    let asked = ["--stage", stage.to_str().expect("a path")];
    let with_json = [&asked[..], &["--json"]].concat();
    for (file, is_picture) in [
        ("ic-lora-union.safetensors", false),
        ("ic-lora-pose.safetensors", true),
        ("follows.safetensors", true),
    ] {
        let (_, said) = made(file, &asked);
        assert_eq!(said.contains("as a shaded picture"), is_picture, "{said}");
        let (said, _) = made(file, &with_json);
        let begun = said.lines().next().expect("a line");
        let begun: serde_json::Value = serde_json::from_str(begun).expect("JSON");
        let request = &begun["recipe"];
        let frames = request["control"]["frames"].as_array();
        assert_eq!(frames.map(Vec::len), Some(5), "{request}");
        assert_eq!(request["control_strength"], 0.5, "as the stage says");
    }
}

#[test]
fn a_prompt_gets_a_stage_of_the_subjects_its_model_knows_unless_none_is_wanted() {
    let home = tempfile::tempdir().expect("a folder");
    let asked = |prompt: &str, folder: &str, more: &[&str]| {
        let words = ["--prompt", prompt, "--frames", "5"];
        let words = [&words[..], more].concat();
        asked_with("subjects", home.path(), folder, &words)["control"].clone()
    };
    let control = asked("a red robot walks left and a cat jumps", "two", &[]);
    assert_eq!(control["frames"].as_array().map(Vec::len), Some(5));
    let robot = "a red robot walks left";
    assert!(asked(robot, "moving", &["--move", "push-in"]).is_object());
    assert!(asked(robot, "none", &["--no-stage"]).is_null());
    assert!(asked("a fox", "unknown", &[]).is_null(), "it knows no fox");
    let pictured = ["--first-frame", "robot.png"];
    assert!(asked(robot, "pictured", &pictured).is_null(), "it shows it");
    let words = ["--prompt", robot, "--frames", "5"];
    let plain = asked_with("well", home.path(), "plain", &words);
    assert!(plain["control"].is_null(), "a card without subjects");
}

#[test]
fn stills_are_png_files_one_for_each_seed_with_the_first_frame_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let made = |output: &str, more: &[&str]| {
        let ran = run(with_engine("subjects", home.path())
            .current_dir(home.path())
            .args(["generate", "--prompt", "a red robot jumps", "--still"])
            .args(["--size", "32x16"])
            .args(["--seed", "7", "--json", "-o", output])
            .args(more));
        (ran.status.code(), text(&ran.stdout), text(&ran.stderr))
    };
    let (code, said, error) = made("look.png", &[]);
    assert_eq!(code, Some(0), "{error}");
    let picture = image::open(home.path().join("look.png")).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (32, 16));
    let begun = said.lines().next().expect("a line");
    let begun: serde_json::Value = serde_json::from_str(begun).expect("JSON");
    let request = &begun["recipe"];
    assert_eq!(
        (&request["frames"], &request["seed"]),
        (&1.into(), &7.into())
    );
    assert_eq!(
        request["control"]["frames"].as_array().map(Vec::len),
        Some(1)
    );

    let (code, said, error) = made("looks", &["--count", "3"]);
    assert_eq!(code, Some(0), "{error}");
    let expected = ["seed-7.png", "seed-8.png", "seed-9.png"];
    assert_eq!(frames(&home.path().join("looks")), expected);
    assert_eq!(said.matches("\"stage\":\"begun\"").count(), 3);
    assert_eq!(
        said.matches("\"outcome\":\"done\"").count(),
        1,
        "one end: {said}"
    );

    let (code, ..) = made("looks", &[]);
    assert_eq!(code, Some(1), "nothing is overwritten");
    assert_eq!(made("looks", &["--overwrite"]).0, Some(0));
    assert_eq!(frames(&home.path().join("looks")).len(), 4);
    let refused: [(&str, &[&str], i32); 4] = [
        ("look.mp4", &[], 1),
        ("two.png", &["--count", "2"], 1),
        ("looks", &["--count", "17"], 2),
        ("looks", &["--frames", "5"], 2),
    ];
    for (output, more, code) in refused {
        assert_eq!(made(output, more).0, Some(code), "{output} {more:?}");
    }
}

#[test]
fn camera_files_of_every_form_are_read_and_another_length_is_reported() {
    let home = tempfile::tempdir().expect("a folder");
    let path = preset(Move::PushIn, 1.0, Frames(5), Pose::START);
    let rate = FrameRate::new(8, 1).expect("a rate");
    let gltf = gltf::write(&path, 9, rate, Size::COMMON[0]);
    let row = "0 0.5 0.9 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0\n";
    for (name, content, note) in [
        (
            "nine.gltf",
            gltf,
            "the camera file has 9 poses for 5 frames",
        ),
        (
            "two.txt",
            row.repeat(2),
            "the camera file has 2 poses for 5 frames",
        ),
        ("five.txt", row.repeat(5), ""),
    ] {
        fs::write(home.path().join(name), content).expect("written");
        let ran = run(with_engine("well", home.path())
            .current_dir(home.path())
            .args([
                "generate", "--prompt", "a hare", "--frames", "5", "--camera", name, "-o",
            ])
            .arg(home.path().join(name).with_extension("frames")));
        let said = text(&ran.stderr);
        assert!(ran.status.success() && said.contains(note), "{said}");
        assert_eq!(said.contains("note:"), !note.is_empty(), "{said}");
    }
    let of_nobody = run(with_engine("well", home.path())
        .current_dir(home.path())
        .args([
            "generate",
            "--prompt",
            "a hare",
            "--camera",
            "nine.gltf",
            "-o",
            "x",
        ])
        .args(["--camera-name", "Main"]));
    let said = text(&of_nobody.stderr);
    assert!(
        said.contains("no camera Main; the file has camera"),
        "{said}"
    );
}
