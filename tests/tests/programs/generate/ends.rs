//! How a generation ends: hints and plans before it, an engine that dies, Ctrl+C, mistakes in words, and outputs that
//! cannot be written.

use std::fs;
use std::process::{Command, Stdio};

use kinora_render::media::probe;
use kinora_tests::{PATIENCE, eventually, kinora};

use super::{frames, run, text, with_engine};

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
    let first = output.join("00000.png");
    eventually(PATIENCE, || first.is_file().then_some(())).expect("a first frame");
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
