//! A tiny training run with the real trainer: it learns, it survives being killed, and its model generates clips.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use kinora_tests::{eventually, program};

fn trainer(word: &str, run: &Path) -> Command {
    let mut command = Command::new(program("kinora-trainer"));
    command
        .arg(word)
        .arg("--folder")
        .arg(run)
        .args(["--threads", "1"]);
    command
}

/// Logs every step, and saves a checkpoint at the end.
fn learning(word: &str, run: &Path, steps: u32) -> Command {
    learning_with_checkpoints(word, run, steps, 600)
}

/// Logs every step, and saves a checkpoint after so many seconds; after every step with 0.
fn learning_with_checkpoints(word: &str, run: &Path, steps: u32, save_seconds: u32) -> Command {
    let mut command = trainer(word, run);
    command.args(["--minutes", "60", "--batch", "1", "--log-seconds", "0"]);
    command.args(["--measured-clips", "1"]); // nothing here depends on the measure
    command.args(["--save-seconds", &save_seconds.to_string()]);
    command.args(["--steps", &steps.to_string()]);
    command
}

fn done(command: &mut Command) -> Output {
    let ran = command.output().expect("the trainer starts");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    ran
}

/// The errors in a log, step by step.
fn errors(log: &Path) -> Vec<f64> {
    let text = fs::read_to_string(log).expect("a log");
    let error = |line: &str| {
        line.split(',')
            .find_map(|pair| pair.strip_prefix("error=")?.parse().ok())
    };
    text.lines().filter_map(error).collect()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[test]
fn a_killed_run_goes_on_bit_for_bit_and_its_model_makes_clips() {
    const FIRST: u32 = 12; // of the autoencoder, then of the transformer
    const SECOND: u32 = 24;
    let home = tempfile::tempdir().expect("a folder");
    let (whole, killed) = (home.path().join("whole"), home.path().join("killed"));

    // Two runs side by side: one is left alone, the other is killed in the middle of a step, then continued.
    let uninterrupted = thread::spawn({
        let whole = whole.clone();
        move || done(&mut learning("vae", &whole, FIRST))
    });
    let mut child = learning_with_checkpoints("vae", &killed, FIRST, 0)
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let log = killed.join("vae.log");
    let has_begun = || (log.exists() && errors(&log).len() >= 5).then_some(());
    eventually(Duration::from_mins(2), has_begun).expect("some steps");
    child.kill().expect("killed");
    child.wait().expect("ended");
    done(&mut learning("vae", &killed, FIRST));
    uninterrupted.join().expect("it was not interrupted");
    let fell = errors(&whole.join("vae.log"));
    assert!(
        mean(&fell[7..]) < 0.8 * mean(&fell[..5]),
        "the autoencoder learns: {fell:?}"
    );
    let model = |run: &Path, part: &str| fs::read(run.join("model").join(part)).expect("a file");
    let part = "starter_vae.safetensors";
    assert!(
        model(&whole, part) == model(&killed, part),
        "the same to the last bit"
    );

    // The transformer is trained on clips encoded with it.
    done(trainer("encode", &whole).args(["--clips", "10"]));
    done(&mut learning("dit", &whole, SECOND));
    let fell = errors(&whole.join("dit.log"));
    assert!(
        mean(&fell[16..]) < mean(&fell[..8]),
        "the transformer learns: {fell:?}"
    );

    let frames = home.path().join("clip");
    let made = Command::new(program("kinora-engine"))
        .args([
            "generate",
            "--prompt",
            "a red cat jumps in the snow",
            "--size",
            "96x64",
        ])
        .args(["--frames", "5", "--steps", "2", "--model"])
        .arg(whole.join("model"))
        .arg("-o")
        .arg(&frames)
        .env("XDG_CACHE_HOME", home.path())
        .output()
        .expect("the engine starts");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    assert_eq!(fs::read_dir(&frames).expect("frames").count(), 5);
}

#[test]
fn learning_without_what_it_needs_says_what_to_do_first() {
    let home = tempfile::tempdir().expect("a folder");
    for word in ["encode", "dit", "measure"] {
        let remedy = "learn one first: kinora-trainer vae";
        let ran = trainer(word, home.path()).output().expect("starts");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(
            !ran.status.success() && said.contains(remedy),
            "{word}: {said}"
        );
    }
}
