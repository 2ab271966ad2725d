//! OTIO against the reference library: it reads what Kinora writes as Kinora does; Kinora reads its samples as it
//! does, or refuses them with a reason. `KINORA_OTIO_PYTHON` names a Python with opentimelineio 0.18.1 (`cargo xtask
//! test` makes one); `KINORA_OTIO_SAMPLES` a folder of .otio files.

#![expect(clippy::print_stdout, reason = "figures for whoever runs it")]

mod random;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use kinora_timeline::track::{Item, TrackKind};
use kinora_timeline::{FrameRate, Frames, Project, otio};
use random::{Dice, edit, first_project};
use serde_json::{Value, json};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/otio_reference.py");

/// The reference library's description of these files, if it is installed.
fn reference(files: &[PathBuf]) -> Option<Vec<Value>> {
    let Some(python) = std::env::var_os("KINORA_OTIO_PYTHON") else {
        println!("SKIPPED: KINORA_OTIO_PYTHON names no Python with opentimelineio");
        return None;
    };
    let output = Command::new(python)
        .arg(SCRIPT)
        .args(files)
        .output()
        .expect("python");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).expect("text");
    Some(
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect(),
    )
}

/// The same description of a project.
fn described(project: &Project) -> Value {
    let rate = project.rate();
    let seconds = |frames: Frames| frames.as_seconds(rate);
    let tracks = project.tracks().iter().map(|track| {
        let mut items = Vec::new();
        for placed in track.items() {
            let (start, length) = (seconds(placed.range.start), seconds(placed.range.length));
            match placed.item {
                Item::Gap(_) => items.push(json!(["Gap", start, length, null])),
                Item::Clip(clip) => {
                    items.extend(clip.transition.map(|transition| json!(["Transition", transition.before.0, transition.after.0])));
                    items.push(json!(["Clip", start, length, seconds(clip.source_start)]));
                }
            }
        }
        json!({"kind": if track.kind == TrackKind::Video { "Video" } else { "Audio" }, "items": items})
    });
    json!({"tracks": tracks.collect::<Vec<_>>()})
}

/// Equal up to a tenth of a millisecond in every number.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            (a.as_f64().unwrap_or(f64::NAN) - b.as_f64().unwrap_or(f64::NAN)).abs() < 1e-4
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| alike(a, b)))
        }
        _ => a == b,
    }
}

#[test]
fn the_reference_library_reads_what_we_write_as_we_meant_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut files, mut films) = (Vec::new(), Vec::new());
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut project = first_project();
        for _ in 0..150 {
            project = edit(&project, &mut dice).apply(&project).unwrap_or(project);
        }
        let path = folder.path().join(format!("{seed}.otio"));
        std::fs::write(&path, otio::write(&project, "film", &BTreeMap::new()).0).expect("write");
        files.push(path);
        films.push(project);
    }
    let Some(theirs) = reference(&files) else {
        return;
    };
    for (project, theirs) in films.iter().zip(&theirs) {
        assert!(
            alike(&described(project), theirs),
            "ours:   {}\ntheirs: {theirs}",
            described(project)
        );
    }
}

#[test]
fn the_reference_librarys_samples_are_read_alike_or_refused_with_the_reason() {
    let Some(folder) = std::env::var_os("KINORA_OTIO_SAMPLES") else {
        println!("SKIPPED: KINORA_OTIO_SAMPLES names no folder of .otio files");
        return;
    };
    let entries = std::fs::read_dir(Path::new(&folder))
        .expect("the folder")
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "otio")
        })
        .collect();
    files.sort();
    let Some(theirs) = reference(&files) else {
        return;
    };
    let (mut same, mut different, mut refused) = (0, Vec::new(), Vec::new());
    for (file, theirs) in files.iter().zip(&theirs) {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match otio::read(&String::from_utf8_lossy(
            &std::fs::read(file).expect("a sample"),
        )) {
            Err(error) => refused.push(format!(
                "{name}: {error} (the reference: {})",
                theirs.get("refused").unwrap_or(&Value::Null)
            )),
            Ok((project, losses))
                if losses.is_empty() && !alike_in_what_both_show(&project, theirs) =>
            {
                different.push(format!(
                    "{name}\n  ours   {}\n  theirs {theirs}",
                    described(&project)
                ));
            }
            Ok((project, losses)) => {
                same += 1;
                assert_preserved_metadata_comes_back(&project, &name);
                for loss in losses {
                    println!("{name}: {}: {}", loss.place, loss.what);
                }
            }
        }
    }
    println!(
        "{same} read alike, {} refused:\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Compares the clips and their places; leaves out gaps at a track's end, which Kinora never has, and sources before
/// the start of their media.
fn alike_in_what_both_show(project: &Project, theirs: &Value) -> bool {
    let clips = |value: &Value| -> Vec<Value> {
        let tracks = value["tracks"].as_array().cloned().unwrap_or_default();
        let items = tracks
            .iter()
            .flat_map(|track| track["items"].as_array().cloned().unwrap_or_default());
        items
            .filter(|item| item[0] == "Clip")
            .map(|item| json!([item[1], item[2]]))
            .collect()
    };
    let half_a_frame = 0.5 / f64::from(project.rate().as_fraction().0)
        * f64::from(project.rate().as_fraction().1)
        + 1e-6;
    let (ours, theirs) = (clips(&described(project)), clips(theirs));
    let near = |a: &Value, b: &Value| {
        (a.as_f64().unwrap_or(f64::NAN) - b.as_f64().unwrap_or(f64::NAN)).abs() <= half_a_frame
    };
    ours.len() == theirs.len()
        && ours
            .iter()
            .zip(&theirs)
            .all(|(a, b)| near(&a[0], &b[0]) && near(&a[1], &b[1]))
}

fn to_text(project: &Project) -> String {
    kinora_timeline::file::to_text(project).expect("text")
}

/// A project from another program, written and read again, is the same project.
fn assert_preserved_metadata_comes_back(project: &Project, name: &str) {
    let (again, _) = otio::read(&otio::write(project, name, &BTreeMap::new()).0)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(described(&again), described(project), "{name}");
    // Placeholders of unknown items are created anew each time; all else is the same.
    let text = otio::write(project, name, &BTreeMap::new()).0;
    if text.matches("\"OTIO_SCHEMA\": \"Stack.1\"").count() == 1 {
        assert_eq!(to_text(&again), to_text(project), "{name}");
    }
}

#[test]
fn what_others_wrote_is_kept_and_written_again() {
    let text = json!({
        "OTIO_SCHEMA": "Timeline.1", "name": "theirs", "metadata": {"resolve": {"node": 7}}, "global_start_time": null,
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [{
            "OTIO_SCHEMA": "Track.1", "name": "Pictures", "kind": "Video", "metadata": {"nuke": true}, "children": [
                {"OTIO_SCHEMA": "Clip.1", "name": "shot_010", "metadata": {"colour": "warm"},
                 "source_range": {"start_time": {"rate": 25.0, "value": 1010.0}, "duration": {"rate": 25.0, "value": 50.0}},
                 "effects": [{"OTIO_SCHEMA": "Glow.3", "strength": 0.5}],
                 "media_reference": {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "file:///a/b.mov",
                    "available_range": {"start_time": {"rate": 25.0, "value": 1000.0}, "duration": {"rate": 25.0, "value": 100.0}}}},
                {"OTIO_SCHEMA": "Hologram.9", "secret": [1, 2], "source_range": {"start_time": {"rate": 25.0, "value": 0.0}, "duration": {"rate": 25.0, "value": 25.0}}},
            ]}]},
    });
    let (project, losses) = otio::read(&text.to_string()).expect("a film");
    assert_eq!(project.rate(), FrameRate::new(25, 1).expect("a rate"));
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert!(losses[0].what.contains("Hologram"));
    let (clip, range) = project.tracks()[0].clips().next().expect("a clip");
    assert_eq!(
        (clip.source_start, range.length),
        (Frames(10), Frames(50)),
        "counted from the start of its medium"
    );
    let written: Value =
        serde_json::from_str(&otio::write(&project, "ours", &BTreeMap::new()).0).expect("JSON");
    let track = &written["tracks"]["children"][0];
    assert_eq!(written["metadata"]["resolve"], json!({"node": 7}));
    assert_eq!(track["metadata"]["nuke"], json!(true));
    assert_eq!(track["children"][0]["metadata"]["colour"], json!("warm"));
    assert_eq!(
        track["children"][0]["effects"][0],
        json!({"OTIO_SCHEMA": "Glow.3", "strength": 0.5})
    );
    assert_eq!(
        track["children"][0]["source_range"]["start_time"]["value"],
        json!(1010.0)
    );
    assert_eq!(track["children"][1]["OTIO_SCHEMA"], json!("Hologram.9"));
    assert_eq!(track["children"][1]["secret"], json!([1, 2]));
}

#[test]
fn what_is_no_timeline_is_refused_with_its_place() {
    let refused = |text: &str| otio::read(text).expect_err(text).to_string();
    assert!(refused("{").starts_with("line 1, column 1"));
    assert_eq!(refused("[]"), "the file: an object is expected here");
    assert_eq!(
        refused(r#"{"OTIO_SCHEMA": "Clip.2"}"#),
        "the file: a Timeline is expected here, not \"Clip.2\""
    );
    let bad_time = json!({"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": [
        {"OTIO_SCHEMA": "Track.1", "name": "V9", "kind": "Video", "children": [{"OTIO_SCHEMA": "Gap.1", "source_range": {"start_time": {"rate": 0.0, "value": 1.0}, "duration": {"rate": 24.0, "value": 1.0}}}]}]}});
    assert_eq!(
        refused(&bad_time.to_string()),
        "tracks > V9 > item 0: 0 frames a second is no rate"
    );
}
