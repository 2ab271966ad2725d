//! OTIO against the reference library: it reads what Kinora writes as Kinora does; Kinora reads its samples as it
//! does, or refuses them with a reason. `KINORA_OTIO_PYTHON` names a Python with opentimelineio 0.18.1 (`cargo xtask
//! test` makes one); `KINORA_OTIO_SAMPLES` a folder of .otio files.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::random::{Dice, edit, first_project};
use kinora_timeline::otio::{Cut, ProjectAddresses};
use kinora_timeline::track::{Item, TrackKind};
use kinora_timeline::{FrameRate, Frames, Project, otio};
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
        let clips: Vec<bool> = track.items().map(|placed| placed.clip().is_some()).collect();
        for (number, placed) in track.items().enumerate() {
            let (start, length) = (seconds(placed.range.start), seconds(placed.range.length));
            match placed.item {
                Item::Gap(_) => items.push(json!(["Gap", start, length, null])),
                Item::Clip(clip) => {
                    // Where no clip is beside it, a fade is a transition.
                    let is_first = number == 0 || !clips[number - 1];
                    let is_last = clips.get(number + 1) != Some(&true);
                    let (fade_in, fade_out) = (clip.look.fade_in, clip.look.fade_out);
                    match clip.transition {
                        Some(transition) => items.push(json!(["Transition", transition.before.0, transition.after.0])),
                        None if is_first && fade_in > Frames::ZERO => items.push(json!(["Transition", 0, fade_in.0])),
                        None => {}
                    }
                    // The range of a reversed clip begins with its lowest frame.
                    let last = clip.source_frame(clip.length - Frames::ONE);
                    let lowest = if clip.speed.source_frames() < 0 { last } else { clip.source_start };
                    items.push(json!(["Clip", start, length, seconds(lowest)]));
                    if is_last && fade_out > Frames::ZERO {
                        items.push(json!(["Transition", fade_out.0, 0]));
                    }
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
        std::fs::write(
            &path,
            otio::write(&project, "film", &ProjectAddresses::default()).0,
        )
        .expect("write");
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
            Ok(Cut {
                project, losses, ..
            }) if losses.is_empty() && !alike_in_what_both_show(&project, theirs) => {
                different.push(format!(
                    "{name}\n  ours   {}\n  theirs {theirs}",
                    described(&project)
                ));
            }
            Ok(Cut {
                project, losses, ..
            }) => {
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
    let again = otio::read(&otio::write(project, name, &ProjectAddresses::default()).0)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .project;
    assert_eq!(described(&again), described(project), "{name}");
    // Placeholders of unknown items are created anew each time; all else is the same.
    let text = otio::write(project, name, &ProjectAddresses::default()).0;
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
    let Cut {
        project, losses, ..
    } = otio::read(&text.to_string()).expect("a film");
    assert_eq!(project.rate(), FrameRate::new(25, 1).expect("a rate"));
    assert_eq!(losses.len(), 2, "{losses:?}");
    assert_eq!(losses[0].place, "clip \"shot_010\" on Pictures");
    assert!(losses[0].what.contains("Glow"));
    assert!(losses[1].what.contains("Hologram"));
    let (clip, range) = project.tracks()[0].clips().next().expect("a clip");
    assert_eq!(
        (clip.source_start, range.length),
        (Frames(10), Frames(50)),
        "counted from the start of its medium"
    );
    let written: Value =
        serde_json::from_str(&otio::write(&project, "ours", &ProjectAddresses::default()).0)
            .expect("JSON");
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
    let several = json!({"OTIO_SCHEMA": "SerializableCollection.1", "children": [
        {"OTIO_SCHEMA": "Timeline.1", "name": "reel 1"}, {"OTIO_SCHEMA": "Timeline.1", "name": "reel 2"}]});
    assert_eq!(
        refused(&several.to_string()),
        "it holds 2 timelines: \"reel 1\", \"reel 2\""
    );
}

#[test]
fn an_item_that_cannot_be_read_is_left_out_and_the_rest_is_read() {
    let bad_time = json!({"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": [
        {"OTIO_SCHEMA": "Track.1", "name": "V9", "kind": "Video", "children": [{"OTIO_SCHEMA": "Gap.1", "source_range": {"start_time": {"rate": 0.0, "value": 1.0}, "duration": {"rate": 24.0, "value": 1.0}}}]}]}});
    let losses = otio::read(&bad_time.to_string()).expect("a cut").losses;
    assert_eq!(losses.len(), 2, "{losses:?}");
    assert_eq!(losses[0].place, "gap 1 on V9");
    assert_eq!(losses[0].what, "0 frames a second is no rate");
}
