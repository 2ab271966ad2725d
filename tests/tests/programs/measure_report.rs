//! `kinora measure --csv` and `--plots` of a film whose measures were written by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use kinora_studio::measure::{
    AppearanceMeasure, CameraMeasure, SOLVER, project_takes, write, write_appearance,
};
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::{fake_engine, kinora};
use serde_json::{Value, json};

use crate::fixtures;

/// A camera whose rotation is off by half a degree more in each of five frames.
fn camera() -> CameraMeasure {
    let fit = json!({"share": 0.5, "closeness": 0.5});
    let axes = |yaw: f64| json!({"yaw": yaw, "pitch": 0.0, "roll": 0.0, "right": 0.0, "down": 0.0, "forward": 0.0});
    let frame = |number: u32| {
        let off = 0.5 * f64::from(number);
        json!({
            "rotation_error_degrees": {"yaw": off, "pitch": 0.0, "roll": 0.0, "total": off},
            "direction_error_degrees": null, "path_error_share": null,
        })
    };
    let report = json!({
        "measurable": true, "reason": null, "verdict": "partly_obeyed",
        "rotation_error_degrees": {"median": 1.0, "worst": 2.0},
        "asked": axes(30.0), "achieved": axes(28.0), "travel_seen": false,
        "fit": {"drawn": fit, "still": fit, "mirrored": fit},
        "frames": (0..5).map(frame).collect::<Vec<_>>(),
    });
    CameraMeasure {
        solver: SOLVER,
        is_masked: false,
        notes: Vec::new(),
        motion: None,
        report: serde_json::from_value(report).expect("a report"),
    }
}

/// Anna drifts, and Bert cannot be seen.
fn cast() -> AppearanceMeasure {
    let drift = json!({"against": "first_frame", "part": 1, "frame": 4, "delta_e": 14.5});
    let report = |verdict, changes: [Option<f64>; 5]| {
        json!({
            "verdict": verdict, "measured_frames": 5, "from_references": [],
            "from_first": changes, "largest": null, "reference_distance": null,
            "drifted": [], "look": null,
        })
    };
    let changes = [0.0, 2.0, 6.0, 11.0, 14.5].map(Some);
    let anna = report(json!({"drifted": drift}), changes);
    let bert = report(json!({"not_measurable": {"reason": "hidden"}}), [None; 5]);
    let measure = json!({
        "solver": 1,
        "identity": [{"tag": "anna", "report": anna}, {"tag": "bert", "report": bert}],
    });
    serde_json::from_value(measure).expect("a measure")
}

/// A copy of a film with two takes, of which one has these measures and the other one is not measured.
fn film() -> (tempfile::TempDir, PathBuf) {
    let (root, folder) = fixtures::copy("0.1.kinora");
    let (_, takes) = project_takes(&folder).expect("a film");
    let store = TakeStore::of(&folder);
    let take = takes
        .iter()
        .find(|take| take.shot == "Morning")
        .expect("its take");
    write(&store, take.name, &camera()).expect("written");
    write_appearance(&store, take.name, &cast()).expect("written");
    (root, folder)
}

fn measure(home: &Path, film: &Path, arguments: &[&str]) -> Output {
    let mut command = kinora(home);
    command.arg("measure").arg(film).args(arguments);
    command.output().expect("kinora starts")
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain letters")
}

#[test]
fn the_kept_measures_of_a_film_are_written_as_a_table_and_as_plots() {
    let (root, film) = film();
    let (csv, svg) = (root.path().join("film.csv"), root.path().join("film.svg"));
    let files = ["--kept", "--csv", text(&csv), "--plots", text(&svg)];
    let ran = measure(root.path(), &film, &files);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(
        said(&ran).contains("1 take has no kept measure"),
        "{}",
        said(&ran)
    );
    let table = fs::read_to_string(&csv).expect("the table");
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "a header, two characters, an end: {table}");
    assert!(
        lines[0].starts_with("shot,take,") && lines[0].contains("rotation_error_median_degrees")
    );
    for (line, words) in [
        (1, ",partly obeyed,"),
        (1, ",anna,drifted,"),
        (2, ",bert,not measurable,it is hidden or out of the frame,"),
    ] {
        assert!(lines[line].starts_with("Morning,"), "{table}");
        assert!(lines[line].contains(words), "{words}: {table}");
    }
    let page = fs::read_to_string(&svg).expect("the plots");
    assert!(page.starts_with("<?xml") && page.trim_end().ends_with("</svg>"));
    assert_eq!(page.matches("<polyline").count(), 2, "a rotation, and Anna");

    let folder = root.path().join("plots");
    let into_folder = ["--kept", "--plots", text(&folder)];
    let ran = measure(root.path(), &film, &into_folder);
    assert!(ran.status.success(), "{}", said(&ran));
    let names = || fs::read_dir(&folder).expect("plots").flatten();
    let names: Vec<String> = names()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), 1);
    assert!(
        names[0].starts_with("Morning-")
            && names[0]
                .rsplit_once('.')
                .is_some_and(|(_, ending)| ending == "svg"),
        "{names:?}"
    );

    // What is there is replaced only when that is asked.
    for arguments in [&files[..], &into_folder[..]] {
        let ran = measure(root.path(), &film, arguments);
        assert_eq!(ran.status.code(), Some(1));
        assert!(said(&ran).contains("is there already"), "{}", said(&ran));
        let again = [arguments, &["--overwrite"][..]].concat();
        let ran = measure(root.path(), &film, &again);
        assert!(ran.status.success(), "{}", said(&ran));
    }
}

#[test]
fn places_that_cannot_be_written_are_refused_before_anything_is_measured() {
    let (root, film) = film();
    let (inside, other) = (film.join("film.csv"), root.path().join("film.png"));
    let both = root.path().join("film.svg");
    for (arguments, words) in [
        (vec!["--csv", text(&inside)], "folder of the project"),
        (vec!["--plots", text(&other)], "not written as .png"),
        (
            vec!["--csv", text(&both), "--plots", text(&both)],
            "both the table and the plots",
        ),
    ] {
        let ran = measure(root.path(), &film, &arguments);
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}");
        assert!(said(&ran).contains(words), "{words}: {}", said(&ran));
        assert!(ran.stdout.is_empty(), "{arguments:?}");
    }
    for other in [&["--save"][..], &["--appearance", "model"]] {
        let ran = measure(root.path(), &film, &[&["--kept"][..], other].concat());
        assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
    }
}

#[test]
fn appearances_are_compared_by_an_engine_and_an_unknown_model_is_refused_before_any_work() {
    let (root, film) = film();
    let ran = measure(root.path(), &film, &["--appearance", "nowhere"]);
    assert_eq!(ran.status.code(), Some(1));
    let words = "there is no model nowhere";
    assert!(said(&ran).contains(words), "{}", said(&ran));
    assert!(ran.stdout.is_empty());

    let mut command = kinora(root.path());
    command.env("KINORA_ENGINE", fake_engine("well", root.path()));
    command.arg("measure").arg(&film);
    let ran = command.args(["--appearance", "any", "--json"]).output();
    let ran = ran.expect("kinora starts");
    assert!(ran.status.success(), "{}", said(&ran));
    let reported: Value = serde_json::from_slice(&ran.stdout).expect("json");
    let takes = reported["takes"].as_array().expect("takes");
    assert!(!takes.is_empty());
    for character in takes
        .iter()
        .filter_map(|take| take["characters"].as_array())
        .flatten()
    {
        assert!(!character["appearance_similarity"].is_null(), "{character}");
    }
}
