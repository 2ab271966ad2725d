//! Items of cuts of other editors: markers, titles, nested stacks, items that are no good, files that are shorter or missing.
//! Each is shown, kept or reported.

use std::collections::BTreeSet;

use kinora_timeline::check::check;
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::otio::{self, Cut};
use kinora_timeline::{FrameRate, Frames};
use serde_json::{Value, json};

use super::{
    clip, clip_of, drawn, items, notes, range, read, read_row, reported, row, shows, stack,
    timeline, transition, warp, written,
};

#[test]
fn markers_of_clips_and_tracks_become_markers_of_the_timeline() {
    let marker = |name: &str, at: f64| json!({"OTIO_SCHEMA": "Marker.2", "name": name, "color": "RED", "marked_range": range(at, 1.0)});
    let with = |effects: Value| {
        let mut clip = clip_of("b", range(10.0, 24.0), range(0.0, 100.0), effects);
        clip["markers"] = json!([marker("FIX LEGS", 15.0), marker("far", 90.0)]);
        let mut track = row(
            &[
                clip_of("a", range(10.0, 24.0), Value::Null, json!([])),
                clip,
            ],
            "Video",
        );
        track["markers"] = json!([marker("on the track", 3.0)]);
        read(&timeline(&[track], Value::Null))
    };
    let places = |cut: &Cut| -> Vec<(String, i64)> {
        let markers = cut.project.markers();
        markers
            .map(|marker| (marker.name.clone(), marker.range.start.0))
            .collect()
    };
    let cut = with(json!([]));
    assert_eq!(
        places(&cut),
        [("on the track".to_owned(), 3), ("FIX LEGS".to_owned(), 29)]
    );
    reported(&notes(&cut), "\"far\"");
    let again = otio::read(&written(&cut.project).to_string()).expect("read");
    assert_eq!(places(&again), places(&cut), "once");
    assert_eq!(places(&with(json!([warp(-1.0)])))[1].1, 24 + 18);
}

#[test]
fn a_title_of_another_program_is_a_title_with_its_text() {
    let title = |parameters: Value| {
        json!({"OTIO_SCHEMA": "Clip.2", "name": "Title", "source_range": range(0.0, 48.0),
        "media_references": {"DEFAULT_MEDIA": {"OTIO_SCHEMA": "GeneratorReference.1", "generator_kind": "Text", "parameters": parameters}}})
    };
    let resolve = title(
        json!({"Resolve_OTIO": [{"Effect Name": "Rich Text", "Parameters": [{"Parameter ID": "text", "Parameter Value": "The End"}]}]}),
    );
    reported(
        &shows(std::slice::from_ref(&resolve), "The End 0..47"),
        "title",
    );
    let file = written(&read_row(std::slice::from_ref(&resolve)).project);
    let reference =
        &file["tracks"]["children"][0]["children"][0]["media_references"]["DEFAULT_MEDIA"];
    assert_eq!(
        reference["parameters"],
        resolve["media_references"]["DEFAULT_MEDIA"]["parameters"]
    );
    reported(
        &shows(&[title(json!({"colour": 3}))], "Title 0..47"),
        "generator",
    );
}

#[test]
fn a_nested_stack_is_its_only_row_or_a_sequence() {
    let one = stack(
        &[clip_of(
            "slow",
            range(0.0, 48.0),
            range(0.0, 120.0),
            json!([warp(0.5)]),
        )],
        Value::Null,
    );
    shows(&[one], "slow.mov 0..23");
    let inner = row(&[clip("n1"), transition(4.0, 4.0), clip("n2")], "Video");
    let trimmed = stack(std::slice::from_ref(&inner), range(12.0, 24.0));
    shows(
        &[clip("a"), trimmed.clone(), clip("b")],
        "a.mov 10..33, n1.mov 22..33, <4+4> n2.mov 10..21, b.mov 10..33",
    );
    shows(
        &[
            stack(
                &[inner.clone(), row(&[clip("m")], "Audio")],
                range(36.0, 24.0),
            ),
            clip("b"),
        ],
        "n2.mov 22..33, gap 12, b.mov 10..33",
    );
    let layers = stack(&[inner, row(&[clip("over")], "Video")], range(12.0, 24.0));
    let cut = read_row(&[layers.clone(), layers]);
    assert_eq!(
        items(&cut.project, &cut.project.tracks()[0]),
        "Compound 1 12..35, Compound 1 12..35"
    );
    assert_eq!(
        cut.project.sequences().len(),
        2,
        "equal ones are one sequence"
    );
    let mut faster = trimmed;
    faster["effects"] = json!([warp(2.0)]);
    shows(&[faster], "Compound 1 12..58");
}

#[test]
fn one_item_that_is_no_good_does_not_cost_the_cut() {
    let mut bad = clip("bad");
    bad["source_range"]["duration"]["rate"] = 0.into();
    bad["media_references"] = json!({});
    reported(
        &shows(&[clip("a"), bad, clip("b")], "a.mov 10..33, b.mov 10..33"),
        "clip \"bad\" on Video 1",
    );
    reported(&shows(&[clip("a"), json!(7)], "a.mov 10..33"), "no item");
    let twice = written(&read_row(&[clip("a")]).project);
    let mut doubled = twice.clone();
    let copy = doubled["tracks"]["children"][0]["children"][0].clone();
    doubled["tracks"]["children"][0]["children"] = json!([copy, copy]);
    let cut = otio::read(&doubled.to_string()).expect("a clip that was copied elsewhere");
    assert_eq!(cut.project.tracks()[0].clips().count(), 2);
    let stray = read(&timeline(
        &[clip("stray"), row(&[clip("a")], "Video")],
        Value::Null,
    ));
    assert_eq!(
        drawn(&stray.project)[..2],
        ["stray.mov 10..33", "a.mov 10..33"]
    );
}

#[test]
fn a_file_that_is_shorter_than_the_cut_says_trims_its_clips() {
    let cut = read_row(&[clip("a"), transition(4.0, 4.0), clip("b"), clip("c")]);
    let with = |name: &str, frames: i64| {
        let medium = cut
            .project
            .media()
            .find(|medium| medium.name == name)
            .expect("a medium");
        let rate = FrameRate::FPS_24;
        let medium = Medium {
            extent: Extent::Video {
                rate,
                frames: Frames(frames),
            },
            ..Medium::clone(medium)
        };
        let (project, losses) = otio::with_files(&cut.project, vec![medium], &BTreeSet::new());
        assert_eq!(check(&project), []);
        (items(&project, &project.tracks()[0]), losses.len())
    };
    let same = "a.mov 10..33, <4+4> b.mov 10..33, c.mov 10..33";
    assert_eq!(with("b.mov", 100), (same.to_owned(), 0));
    let (shorter, reported) = with("b.mov", 20);
    assert_eq!(
        shorter,
        "a.mov 10..33, <4+4> b.mov 10..19, gap 14, c.mov 10..33"
    );
    assert_eq!(reported, 1);
    let (slipped, reported) = with("b.mov", 33);
    assert_eq!(slipped, "a.mov 10..33, <4+4> b.mov 9..32, c.mov 10..33");
    assert_eq!(reported, 0, "one frame is rounding");
    assert_eq!(with("b.mov", 5).0, "a.mov 10..33, gap 24, c.mov 10..33");
    assert_eq!(
        with("a.mov", 34).0,
        "a.mov 10..33, b.mov 10..33, c.mov 10..33"
    );
}

#[test]
fn a_missing_medium_has_the_name_of_its_file_and_a_place_in_the_project() {
    let mut windows = clip("a");
    windows["media_references"]["DEFAULT_MEDIA"]["target_url"] =
        "file:///X:/in/104%20CUT/seq.mov".into();
    let cut = read_row(&[windows]);
    let medium = cut.project.media().next().expect("a medium");
    assert_eq!(
        (medium.name.as_str(), medium.path.as_str()),
        ("seq.mov", "media/seq.mov")
    );
    assert_eq!(
        cut.files.media[&medium.id],
        ["file:///X:/in/104%20CUT/seq.mov"]
    );
    let unnamed = json!({"OTIO_SCHEMA": "Clip.2", "name": "a/b", "source_range": range(0.0, 5.0)});
    let cut = read_row(&[unnamed]);
    let medium = cut.project.media().next().expect("a medium");
    assert_eq!(
        (medium.name.as_str(), medium.path.as_str()),
        ("a/b", "media/a_b")
    );
}
