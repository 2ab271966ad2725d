//! The commands `kinora generate` and `kinora models`, with an engine that follows a script.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use kinora_render::media::probe;
use kinora_tests::{PATIENCE, eventually, fake_engine, kinora};
use kinora_timeline::camera::{Move, Pose, gltf, preset};
use kinora_timeline::{FrameRate, Frames, Size};

fn with_engine(script: &str, home: &Path) -> Command {
    let engine = fake_engine(script, home);
    let mut command = kinora(home);
    command.env("KINORA_ENGINE", engine).env_remove("DISPLAY");
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("kinora starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn frames(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_clip_becomes_numbered_pictures_and_people_hear_how_far_it_is() {
    let home = tempfile::tempdir().expect("a folder");
    let output = home.path().join("fox");
    let ran = run(with_engine("well", home.path())
        .args([
            "generate", "--prompt", "a fox", "--size", "32x16", "--frames", "5", "-o",
        ])
        .arg(&output));
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert_eq!(
        frames(&output),
        [
            "00000.png",
            "00001.png",
            "00002.png",
            "00003.png",
            "00004.png"
        ]
    );
    let said = text(&ran.stderr);
    assert!(
        said.contains("step 1 of 2, 1 s left") && said.contains("done in"),
        "{said}"
    );
    assert!(ran.stdout.is_empty(), "stdout is for programs");

    let again = run(with_engine("well", home.path())
        .args(["generate", "--prompt", "a hare", "--frames", "1", "-o"])
        .arg(&output));
    assert_eq!(again.status.code(), Some(1));
    assert!(
        text(&again.stderr).contains("no clip is overwritten"),
        "{}",
        text(&again.stderr)
    );
}

#[test]
fn programs_receive_events_as_json_lines() {
    let home = tempfile::tempdir().expect("a folder");
    let ran = run(with_engine("well", home.path())
        .args(["generate", "--prompt", "a fox", "--json", "-o"])
        .arg(home.path().join("fox")));
    let lines: Vec<serde_json::Value> = text(&ran.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["stage"], "begun");
    assert_eq!(lines[1]["stage"], "step");
    assert_eq!(lines.last().expect("an end")["outcome"], "done");
    assert!(ran.stderr.is_empty(), "{}", text(&ran.stderr));
}

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

/// The request an engine that can follow a control clip receives, as printed with `--json`.
fn asked(home: &Path, folder: &str, more: &[&str]) -> serde_json::Value {
    asked_of("well", home, folder, more)
}

fn asked_of(script: &str, home: &Path, folder: &str, more: &[&str]) -> serde_json::Value {
    let words = ["--prompt", "@mia waits", "--frames", "5"];
    asked_with(script, home, folder, &[&words[..], more].concat())
}

/// The same for all the words of the request.
fn asked_with(script: &str, home: &Path, folder: &str, words: &[&str]) -> serde_json::Value {
    let ran = run(with_engine(script, home)
        .args(["generate", "--json"])
        .args(words)
        .arg("-o")
        .arg(home.join(folder)));
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let first = text(&ran.stdout).lines().next().map(str::to_owned);
    let begun: serde_json::Value = serde_json::from_str(&first.expect("a line")).expect("JSON");
    begun["recipe"].clone()
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

#[test]
fn a_prompt_the_model_does_not_understand_is_made_with_a_hint() {
    let home = tempfile::tempdir().expect("a folder");
    let made = |prompt: &str, folder: &str| {
        let ran = run(with_engine("well", home.path())
            .args(["generate", "--prompt", prompt, "-o"])
            .arg(home.path().join(folder)));
        assert!(ran.status.success());
        text(&ran.stderr)
    };
    assert!(made("a fox", "fox").contains("hint: foxes are not known here"));
    assert!(!made("a hare", "hare").contains("hint"));
}

#[test]
fn the_plan_of_the_memory_and_the_time_are_reported_before_the_first_step() {
    let home = tempfile::tempdir().expect("a folder");
    let made = |words: &[&str], folder: &str| {
        let ran = run(with_engine("well", home.path())
            .args(["generate", "--prompt", "a hare", "--memory", "8GB", "-o"])
            .arg(home.path().join(folder))
            .args(words));
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        (text(&ran.stdout), text(&ran.stderr))
    };
    let (_, said) = made(&[], "text");
    let plan = said.find("memory: transformer in blocks, 5.2 GB of 8 GB");
    let time = said.find("time: about 83 s");
    let step = said.find("step 1");
    assert!(plan.is_some() && plan < step, "{said}");
    assert!(time.is_some() && time < step, "{said}");
    let (json, _) = made(&["--json"], "json");
    assert!(json.contains("\"limit_bytes\":8000000000"), "{json}");
    assert!(json.contains("\"memory_limit_bytes\":8000000000"), "{json}");
}

#[test]
fn an_engine_that_dies_is_reported_with_its_last_lines_and_its_frames_stay() {
    let home = tempfile::tempdir().expect("a folder");
    let output = home.path().join("fox");
    let ran = run(with_engine("die-in-job", home.path())
        .args(["generate", "--prompt", "a fox", "-o"])
        .arg(&output));
    assert_eq!(ran.status.code(), Some(1));
    let said = text(&ran.stderr);
    assert!(
        said.contains("CUDNN_STATUS_EXECUTION_FAILED") && said.contains("kinora doctor"),
        "{said}"
    );
    assert_eq!(frames(&output), ["00000.png"]);
}

#[test]
fn ctrl_c_cancels_and_keeps_what_is_finished() {
    let home = tempfile::tempdir().expect("a folder");
    let output = home.path().join("fox");
    let kinora = with_engine("slow", home.path())
        .args(["generate", "--prompt", "a fox", "-o"])
        .arg(&output)
        .stderr(Stdio::piped())
        .spawn()
        .expect("kinora starts");
    eventually(PATIENCE, || (!frames(&output).is_empty()).then_some(())).expect("a first frame");
    Command::new("kill")
        .args(["-INT", &kinora.id().to_string()])
        .status()
        .expect("kill");
    let ran = kinora.wait_with_output().expect("it ends");
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        text(&ran.stderr).ends_with("cancelled\n"),
        "{}",
        text(&ran.stderr)
    );
    assert_eq!(frames(&output), ["00000.png"]);
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let home = tempfile::tempdir().expect("a folder");
    let said = |arguments: &[&str], code: i32| {
        let ran = run(with_engine("well", home.path())
            .args(["generate", "--prompt", "a fox"])
            .args(arguments)
            .arg("-o")
            .arg(home.path().join("out")));
        assert_eq!(
            ran.status.code(),
            Some(code),
            "{arguments:?}: {}",
            text(&ran.stderr)
        );
        text(&ran.stderr)
    };
    assert!(said(&["--size", "832"], 2).contains("WIDTHxHEIGHT, such as 832x480"));
    assert!(
        said(&["--sampler", "dpm"], 2)
            .contains("there are: unipc, unipc-diffusers, euler, distilled")
    );
    assert!(said(&["--keyframe", "door.png"], 2).contains("40=door.png"));
    assert!(said(&["--move", "push-inn"], 1).contains("push-in"));
    assert!(said(&["--camera", "/nowhere.txt"], 1).contains("/nowhere.txt"));
    assert!(said(&["--seconds", "-1"], 1).contains("above 0"));
    for (option, value) in [("--seed", "-1"), ("--guidance", "-1"), ("--steps", "-3")] {
        assert!(said(&[option, value], 2).contains("0 or more"), "{option}");
    }
}

#[test]
fn the_place_of_a_clip_is_tried_before_the_engine_gets_a_request() {
    let home = tempfile::tempdir().expect("a folder");
    let film = home.path().join("Sea.kinora");
    fs::create_dir(&film).expect("made");
    fs::write(home.path().join("old.mp4"), "clip").expect("written");
    let long = format!("{}.mp4", "n".repeat(252));
    for (name, words) in [
        (long.as_str(), "256 bytes"),
        ("Sea.kinora/fox.mp4", "folder of the project"),
        ("old.mp4", "pass --overwrite"),
        ("fox.gif", ".gif files cannot be written"),
        ("old.mp4/fox.mp4", "cannot be written"),
    ] {
        let ran = run(with_engine("well", home.path())
            .current_dir(home.path())
            .args(["generate", "--prompt", "a fox", "-o", name]));
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && !said.contains("step "), "{said}");
    }
    assert_eq!(
        fs::read(home.path().join("old.mp4")).expect("read"),
        b"clip"
    );
    for name in ["nosuch/fox.mp4", &long[1..], "old.mp4"] {
        let ran = run(with_engine("well", home.path())
            .current_dir(home.path())
            .args([
                "generate", "--prompt", "a fox", "--size", "32x16", "--frames", "5",
            ])
            .args(["--overwrite", "-o", name]));
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert!(probe(&home.path().join(name)).is_ok(), "{name}");
    }
}

#[test]
fn a_clip_becomes_a_film_if_its_name_says_so_at_the_models_own_rate() {
    let home = tempfile::tempdir().expect("a folder");
    for name in ["fox.mp4", "fox.mov", "fox.mkv"] {
        let output = home.path().join(name);
        let make = || {
            run(with_engine("well", home.path())
                .args([
                    "generate", "--prompt", "a fox", "--size", "32x16", "--frames", "5", "-o",
                ])
                .arg(&output))
        };
        let ran = make();
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        let track = probe(&output).expect("a film").picture.expect("pictures");
        assert_eq!(
            (track.width, track.height, track.frames.0),
            (32, 16, 5),
            "{name}"
        );
        assert_eq!(track.rate.as_fraction(), (8, 1), "{name}");
        let again = text(&make().stderr);
        assert!(again.contains("pass --overwrite"), "{again}");
    }
    let left = frames(home.path());
    assert!(!left.iter().any(|name| name.contains(".part")), "{left:?}");
}

#[test]
fn models_are_listed_for_people_and_for_programs() {
    let home = tempfile::tempdir().expect("a folder");
    let table = text(&run(with_engine("well", home.path()).arg("models")).stdout);
    assert!(
        table.contains("pretended")
            && table.contains("1.5 GB")
            && table.contains("takes a camera path")
            && table.contains("looked for in /models"),
        "{table}"
    );
    let json = run(with_engine("well", home.path()).args(["models", "list", "--json"])).stdout;
    let list: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(list["models"][0]["recipe"]["rate"], 8);
    assert_eq!(list["upscalers"][0]["scale"], 2);
    assert_eq!(list["loras"].as_array().map(Vec::len), Some(0));
}

#[test]
fn an_engine_that_is_not_there_is_reported_with_its_path() {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = kinora(home.path());
    let ran = run(command
        .env("KINORA_ENGINE", "/nowhere/kinora-engine")
        .args(["generate", "--prompt", "a fox", "-o"])
        .arg(home.path().join("out")));
    assert_eq!(ran.status.code(), Some(1));
    let said = text(&ran.stderr);
    assert!(
        said.contains("/nowhere/kinora-engine could not be started")
            && said.contains("KINORA_ENGINE"),
        "{said}"
    );
}

/// The samples of the left side of a sound that are not silent, and the number of all.
fn clicks(path: &Path) -> (Vec<usize>, usize) {
    let mut heard = Vec::new();
    let read = kinora_render::media::read_sound(path, &mut |piece| {
        heard.extend(piece.iter().copied().step_by(2));
        true
    });
    read.expect("sound");
    let loud = heard
        .iter()
        .enumerate()
        .filter(|(_, sample)| **sample > 0.1);
    (loud.map(|(at, _)| at).collect(), heard.len())
}

#[test]
fn a_clip_gets_its_sound_in_the_video_or_beside_the_folder_and_sound_alone_is_a_file() {
    let home = tempfile::tempdir().expect("a folder");
    let generate = |script: &str, words: &[&str], output: &str| {
        let words = [
            &["generate", "--prompt", "steps", "--frames", "9"][..],
            words,
        ]
        .concat();
        run(with_engine(script, home.path())
            .args(words)
            .arg("-o")
            .arg(home.path().join(output)))
    };
    for (script, option, output, sound) in [
        ("sound", "--sound", "steps.mkv", "steps.mkv"),
        ("sound", "--sound", "steps/", "steps.wav"),
        ("sound", "--sound-only", "alone.wav", "alone.wav"),
        ("sound-alone", "--sound-only", "only.wav", "only.wav"),
    ] {
        let ran = generate(script, &[option], output);
        assert!(ran.status.success(), "{output}: {}", text(&ran.stderr));
        // A click at every fourth of nine frames, eight in a second.
        let heard = clicks(&home.path().join(sound));
        assert_eq!(heard, (vec![0, 24_000, 48_000], 54_000), "{output}");
    }
    assert_eq!(frames(&home.path().join("steps")).len(), 9);
    let silent = generate("sound", &[], "silent.mkv");
    assert!(silent.status.success(), "{}", text(&silent.stderr));
    let found = probe(&home.path().join("silent.mkv")).expect("a video");
    assert!(found.sound.is_none(), "it was not asked for");
}

#[test]
fn sound_is_refused_where_no_model_makes_it_and_where_it_has_no_place() {
    let home = tempfile::tempdir().expect("a folder");
    let refused = |script: &str, words: &[&str], output: &str| {
        let words = [&["generate", "--prompt", "steps"][..], words].concat();
        let ran = run(with_engine(script, home.path())
            .args(words)
            .arg("-o")
            .arg(home.path().join(output)));
        assert!(!ran.status.success(), "{output}");
        text(&ran.stderr)
    };
    let said = refused("well", &["--sound"], "a.mp4");
    assert!(said.contains("no installed model makes sound"), "{said}");
    let said = refused("well", &["--sound", "--model", "pretended"], "b.mp4");
    assert!(said.contains("does not make sound"), "{said}");
    let said = refused("sound-alone", &["--sound"], "c.mp4");
    assert!(said.contains("no installed model makes sound"), "{said}");
    let said = refused("sound", &["--sound-only"], "d.mp4");
    assert!(said.contains("no WAV file"), "{said}");
    let both = refused("sound", &["--sound", "--sound-only"], "e.wav");
    assert!(both.contains("cannot be used with"), "{both}");
}
