//! The commands `kinora generate` and `kinora models`, with an engine that follows a script.

mod ends;
mod sound;
mod stage;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kinora_render::media::probe;
use kinora_tests::{fake_engine, kinora};

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
