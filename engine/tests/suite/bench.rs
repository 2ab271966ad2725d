//! `kinora-engine bench drawn`: networks of a card's shape with random weights, on the processor, and what it refuses.
//! The program itself is run, since its report is for other programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const CARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/models");

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinora-engine"));
    command.args(["bench", "--threads", "1", "--repeat", "2"]);
    command.args(arguments).output().expect("the engine starts")
}

fn report(arguments: &[&str]) -> Value {
    let output = bench(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A released card with a small network in place of its own.
fn small_card(folder: &Path, released: &str, network: &str) -> PathBuf {
    let text = fs::read_to_string(Path::new(CARDS).join(released)).expect("a card");
    let lines = text.lines().map(|line| match line.trim_start() {
        line if line.starts_with("network:") => network,
        _ => line,
    });
    let card: Vec<&str> = lines.collect();
    let path = folder.join(released);
    fs::write(&path, card.join("\n")).expect("written");
    path
}

#[test]
fn a_drawn_transformer_is_timed_in_both_precisions() {
    let folder = tempfile::tempdir().expect("a folder");
    let network = "network: (width: 48, ffn_width: 64, heads: 2, layers: 3, in_channels: 48, \
        out_channels: 48, control_layers: 0, text_width: 32),";
    let card = small_card(folder.path(), "wan2.2-ti2v-5b.ron", network);
    let output = folder.path().join("result.safetensors");
    let card = card.to_str().expect("a path");
    for (precision, kind) in [("fp32", "Float"), ("bf16", "BFloat16")] {
        let output = output.to_str().expect("a path");
        let options = ["--precision", precision, "--output", output];
        let drawn = ["drawn", card, "--size", "64x32", "--frames", "5"];
        let report = report(&[&drawn[..], &options, &["--layers", "2"]].concat());
        // 16x16 pixels a latent position; the second latent frame has four frames.
        assert_eq!(report["size"], serde_json::json!([1, 48, 2, 2, 4]));
        assert_eq!(report["precision"], kind);
        assert_eq!(report["is_finite"], true);
        let seconds = report["seconds"].as_array().expect("times");
        assert_eq!(seconds.len(), 2);
        assert!(seconds.iter().all(|one| one.as_f64() > Some(0.0)));
        assert!(report["peak_bytes"].as_u64() > Some(0));
        assert!(Path::new(output).is_file());
    }
}

#[test]
fn a_drawn_decoder_makes_the_frames_of_its_card() {
    let drawn = ["drawn", "wan2.1-t2v-1.3b", "--part", "decoder"];
    let report = report(&[&drawn[..], &["--size", "32x16", "--frames", "1"]].concat());
    assert_eq!(report["size"], serde_json::json!([1, 3, 1, 16, 32]));
}

#[test]
fn cards_sizes_and_devices_that_do_not_exist_are_refused_before_any_work() {
    for (arguments, words) in [
        (["drawn", "wan9", "--size", "32x32"], "wan2.2-ti2v-5b"),
        (
            ["drawn", "wan2.2-ti2v-5b", "--size", "48x32"],
            "multiples of 32",
        ),
        (["drawn", "wan2.2-ti2v-5b", "--frames", "4"], "1 + 4n"),
        (
            ["drawn", "wan2.2-ti2v-5b", "--device", "cuda:99"],
            "cuda:99",
        ),
    ] {
        let output = bench(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words), "{said}");
    }
}
