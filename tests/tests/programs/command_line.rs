//! The command line of `kinora`: help, mistakes, and the doctor on machines that lack something.

use std::path::Path;
use std::process::{Command, Output};

use kinora_tests::kinora;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn run(command: &mut Command) -> Output {
    command
        .env_remove("DISPLAY")
        .output()
        .expect("kinora starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_says_what_it_is_and_what_can_be_typed() {
    let home = home();
    let output = run(kinora(home.path()).arg("--help"));
    let help = text(&output.stdout);
    assert!(output.status.success());
    for word in ["studio for AI film", "Usage: kinora", "doctor", "--sample"] {
        assert!(help.contains(word), "no {word:?} in\n{help}");
    }
    assert!(
        !help.contains("--report-startup"),
        "what is for our own tools is not shown"
    );
}

#[test]
fn every_command_has_help_of_its_own() {
    let home = home();
    let help = text(&run(kinora(home.path()).args(["doctor", "--help"])).stdout);
    assert!(
        help.contains("--json") && help.contains("Exits with 1"),
        "{help}"
    );
}

#[test]
fn an_unknown_option_is_answered_in_one_line_with_exit_2() {
    let home = home();
    for arguments in [
        &["--colour"][..],
        &["doctor", "--jsn"],
        &["--sample", "film.kinora"],
        &["a", "b"],
    ] {
        let output = run(kinora(home.path()).args(arguments));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("see `kinora --help`"), "{said}");
    }
    let said = text(&run(kinora(home.path()).args(["doctor", "--jsn"])).stderr);
    assert!(
        said.contains("--json"),
        "the nearest option is offered: {said}"
    );
}

#[test]
fn a_window_without_a_display_is_refused_with_the_way_to_find_out_more() {
    let home = home();
    let output = run(&mut kinora(home.path()));
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.lines()
            .last()
            .unwrap_or_default()
            .contains("kinora doctor"),
        "{said}"
    );
}

fn report(command: &mut Command) -> (Option<i32>, serde_json::Value) {
    let output = run(command.args(["doctor", "--json"]));
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    (output.status.code(), json)
}

/// Verdict, found and remedy of one part.
fn part(report: &serde_json::Value, name: &str) -> (String, String, String) {
    let checks = report["checks"].as_array().expect("checks");
    let check = checks
        .iter()
        .find(|check| check["part"] == name)
        .unwrap_or_else(|| panic!("no {name} in {report:#}"));
    let word = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    (word("verdict"), word("found"), word("remedy"))
}

#[test]
fn the_doctor_finds_this_machine_fit() {
    let home = home();
    let (code, report) = report(&mut kinora(home.path()));
    assert_eq!(code, Some(0), "{report:#}");
    assert!(part(&report, "libtorch").1.starts_with("2.11.0"));
    assert!(part(&report, "processor").1.starts_with("cpu: "));
    for name in ["engine", "libtorch", "FFmpeg", "picture"] {
        assert_eq!(part(&report, name).0, "good", "{report:#}");
    }
}

#[test]
fn nothing_is_printed_about_a_runtime_folder_that_the_machine_does_not_have() {
    let home = home();
    let mut command = kinora(home.path());
    command.env_remove("XDG_RUNTIME_DIR").env_remove("DISPLAY");
    let ran = run(command.arg("doctor"));
    assert!(ran.status.success());
    assert_eq!(text(&ran.stderr), "");
}

#[test]
fn the_doctor_names_a_missing_engine() {
    let home = home();
    let (code, report) = report(kinora(home.path()).env("KINORA_ENGINE", "/nowhere/kinora-engine"));
    assert_eq!(code, Some(1));
    let (verdict, found, remedy) = part(&report, "engine");
    assert_eq!(verdict, "missing");
    assert!(
        found.contains("/nowhere/kinora-engine") && remedy.contains("cargo build"),
        "{found} / {remedy}"
    );
}

#[test]
fn the_doctor_names_a_missing_graphics_adapter() {
    let home = home();
    let nowhere = Path::new("/nowhere");
    let (code, report) = report(
        kinora(home.path())
            .env("VK_DRIVER_FILES", nowhere)
            .env("VK_ICD_FILENAMES", nowhere)
            .env("WGPU_BACKEND", "vulkan"),
    );
    assert_eq!(code, Some(1), "{report:#}");
    let (verdict, found, remedy) = part(&report, "picture");
    assert_eq!(verdict, "missing");
    assert!(
        found.contains("no graphics adapter") && remedy.contains("mesa-vulkan-drivers"),
        "{found} / {remedy}"
    );
}

#[test]
fn the_doctor_finds_sound_where_there_is_a_device_and_is_content_without() {
    let home = home();
    // ALSA's null device stands in for a sound card.
    let alsa = home.path().join("asound.conf");
    std::fs::write(
        &alsa,
        "pcm.!default { type null }\nctl.!default { type null }\n",
    )
    .expect("write");
    let (_, with) = report(kinora(home.path()).env("ALSA_CONFIG_PATH", &alsa));
    assert_eq!(part(&with, "sound").0, "good", "{with:#}");

    std::fs::write(&alsa, "").expect("write");
    let (code, without) = report(kinora(home.path()).env("ALSA_CONFIG_PATH", &alsa));
    let (verdict, found, _) = part(&without, "sound");
    assert_eq!((code, verdict.as_str()), (Some(0), "absent"), "{without:#}");
    assert!(found.contains("no audio device"), "{found}");
}
