//! Cuts as other editors write them: rates, speeds, fades, nested stacks, titles, and what they do to a project.

mod items;

use kinora_timeline::check::check;
use kinora_timeline::otio::{self, Cut, ProjectAddresses};
use kinora_timeline::track::{Item, Track};
use kinora_timeline::{FrameRate, Frames, Project, Source};
use serde_json::{Value, json};

fn time(value: f64, rate: f64) -> Value {
    json!({"OTIO_SCHEMA": "RationalTime.1", "value": value, "rate": rate})
}

fn range_at(rate: f64, start: f64, length: f64) -> Value {
    json!({"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start, rate), "duration": time(length, rate)})
}

fn range(start: f64, length: f64) -> Value {
    range_at(24.0, start, length)
}

fn clip_of(name: &str, source: Value, available: Value, effects: Value) -> Value {
    json!({"OTIO_SCHEMA": "Clip.2", "name": name, "source_range": source, "effects": effects, "markers": [],
        "media_references": {"DEFAULT_MEDIA": {"OTIO_SCHEMA": "ExternalReference.1",
            "target_url": format!("/nowhere/{name}.mov"), "available_range": available}},
        "active_media_reference_key": "DEFAULT_MEDIA"})
}

/// Frames 10 to 34 of 100.
fn clip(name: &str) -> Value {
    clip_of(name, range(10.0, 24.0), range(0.0, 100.0), json!([]))
}

fn gap(length: f64) -> Value {
    json!({"OTIO_SCHEMA": "Gap.1", "source_range": range(0.0, length)})
}

fn transition(before: f64, after: f64) -> Value {
    json!({"OTIO_SCHEMA": "Transition.1", "name": "", "metadata": {}, "transition_type": "SMPTE_Dissolve",
        "in_offset": time(before, 24.0), "out_offset": time(after, 24.0)})
}

fn warp(scalar: f64) -> Value {
    json!({"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": scalar})
}

fn row(children: &[Value], kind: &str) -> Value {
    json!({"OTIO_SCHEMA": "Track.1", "name": format!("{kind} 1"), "kind": kind, "children": children})
}

fn stack(children: &[Value], source: Value) -> Value {
    json!({"OTIO_SCHEMA": "Stack.1", "name": "Compound 1", "source_range": source, "children": children})
}

fn timeline(tracks: &[Value], start: Value) -> Value {
    json!({"OTIO_SCHEMA": "Timeline.1", "name": "cut", "global_start_time": start,
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": tracks}})
}

#[track_caller]
fn read(timeline: &Value) -> Cut {
    let cut = otio::read(&timeline.to_string()).expect("a cut");
    assert_eq!(check(&cut.project), []);
    let again = written(&cut.project);
    let again = otio::read(&again.to_string()).expect("its own cut");
    assert_eq!(drawn(&again.project), drawn(&cut.project), "a round trip");
    cut
}

/// One video track.
#[track_caller]
fn read_row(children: &[Value]) -> Cut {
    read(&timeline(&[row(children, "Video")], Value::Null))
}

fn written(project: &Project) -> Value {
    let text = otio::write(project, "cut", &ProjectAddresses::default()).0;
    serde_json::from_str(&text).expect("JSON")
}

/// The schemas of the first track of a cut.
fn schemas(timeline: &Value) -> Vec<String> {
    let children = timeline["tracks"]["children"][0]["children"].as_array();
    let schemas = children.into_iter().flatten().map(|child| {
        let schema = child["OTIO_SCHEMA"].as_str().unwrap_or_default();
        schema.split('.').next().unwrap_or_default().to_owned()
    });
    schemas.collect()
}

/// The items of a track: each clip with its name, its first and last source frame, its dissolve and its fades.
fn items(project: &Project, track: &Track) -> String {
    let mut drawn = Vec::new();
    for placed in track.items() {
        drawn.push(match placed.item {
            Item::Gap(length) => format!("gap {}", length.0),
            Item::Clip(clip) => {
                let name = match clip.source {
                    Source::Medium(id) => project.medium(id).expect("a medium").name.clone(),
                    Source::Title(id) => project.title(id).expect("a title").text.clone(),
                    Source::Sequence(id) => project.sequence_name(id).expect("one").to_string(),
                    Source::Shot(_) => "a shot".into(),
                };
                let last = clip.source_frame(clip.length - Frames::ONE);
                let mut text = format!("{name} {}..{}", clip.source_frame(Frames::ZERO).0, last.0);
                if let Some(dissolve) = clip.transition {
                    text = format!("<{}+{}> {text}", dissolve.before.0, dissolve.after.0);
                }
                for (fade, length) in [("in", clip.look.fade_in), ("out", clip.look.fade_out)] {
                    if length > Frames::ZERO {
                        text = format!("{text} {fade} {}", length.0);
                    }
                }
                text
            }
        });
    }
    drawn.join(", ")
}

fn drawn(project: &Project) -> Vec<String> {
    let tracks = project.tracks().iter();
    tracks.map(|track| items(project, track)).collect()
}

#[track_caller]
fn shows(children: &[Value], expected: &str) -> Vec<String> {
    let cut = read_row(children);
    assert_eq!(items(&cut.project, &cut.project.tracks()[0]), expected);
    notes(&cut)
}

fn notes(cut: &Cut) -> Vec<String> {
    let losses = cut.losses.iter();
    losses
        .map(|loss| format!("{}: {}", loss.place, loss.what))
        .collect()
}

#[track_caller]
fn reported(notes: &[String], words: &str) {
    assert!(
        notes.iter().any(|note| note.contains(words)),
        "{words}: {notes:?}"
    );
}

#[test]
fn a_clip_that_runs_backwards_shows_the_part_it_names() {
    let reversed = |source: Value, available: Value, scalar: f64| {
        clip_of("a", source, available, json!([warp(scalar)]))
    };
    let whole = reversed(range(0.0, 41.0), range(0.0, 41.0), -1.0);
    assert_eq!(
        shows(&[whole, clip("b")], "a.mov 40..0, b.mov 10..33"),
        [""; 0]
    );
    let middle = reversed(range(48.0, 24.0), range(0.0, 120.0), -1.0);
    shows(std::slice::from_ref(&middle), "a.mov 71..48");
    let file = written(&read_row(&[middle]).project);
    let start = &file["tracks"]["children"][0]["children"][0]["source_range"]["start_time"];
    assert_eq!(start["value"], json!(48.0));
    shows(
        &[reversed(range(10.0, 20.0), range(0.0, 60.0), -2.0)],
        "a.mov 48..10",
    );
    shows(
        &[reversed(range(10.0, 20.0), range(0.0, 60.0), -0.5)],
        "a.mov 19..10",
    );
}

#[test]
fn the_rate_is_that_of_the_timecode_or_of_most_pictures() {
    let at = |rate: f64, seconds: f64| {
        clip_of(
            "s",
            range_at(rate, 0.0, rate * seconds),
            Value::Null,
            json!([]),
        )
    };
    let rate_of = |tracks: &[Value], start: Value| {
        let cut = read(&timeline(tracks, start));
        (cut.project.rate(), cut.losses.len())
    };
    let (slow, film) = (at(59.940_059_94, 1.0), clip("a"));
    let sound = row(&[at(48_000.0, 2.0)], "Audio");
    let fps = |frames, seconds| FrameRate::new(frames, seconds).expect("a rate");
    let mixed = row(&[slow.clone(), film.clone(), film.clone()], "Video");
    assert_eq!(
        rate_of(std::slice::from_ref(&mixed), time(0.0, 25.0)),
        (fps(25, 1), 1)
    );
    assert_eq!(
        rate_of(std::slice::from_ref(&mixed), Value::Null),
        (fps(24, 1), 1)
    );
    assert_eq!(rate_of(&[mixed], time(0.0, 48_000.0)), (fps(24, 1), 1));
    assert_eq!(
        rate_of(&[row(&[slow], "Video")], Value::Null),
        (fps(60000, 1001), 0)
    );
    assert_eq!(
        rate_of(&[sound.clone(), row(&[film], "Video")], Value::Null),
        (fps(24, 1), 0)
    );
    assert_eq!(rate_of(&[sound], Value::Null).0, fps(24, 1));
    let seconds = row(&[at(1.0, 2.25), at(1.0, 1.125)], "Video");
    let cut = read(&timeline(&[seconds], Value::Null));
    assert_eq!(
        (cut.project.rate(), cut.project.end()),
        (fps(24, 1), Frames(81))
    );
    reported(&notes(&cut), "1 frames a second");
}

#[test]
fn short_clips_of_another_rate_do_not_drift() {
    let short = clip_of("s", range_at(60.0, 0.0, 31.0), Value::Null, json!([]));
    let cut = read(&timeline(
        &[row(&vec![short; 100], "Video")],
        time(0.0, 24.0),
    ));
    assert_eq!(cut.project.end(), Frames(1240), "100 times 31/60 seconds");
}

#[test]
fn a_transition_with_a_clip_on_one_side_is_a_fade() {
    let (a, b) = (clip("a"), clip("b"));
    let end = [a.clone(), b.clone(), transition(12.0, 0.0)];
    reported(
        &shows(&end, "a.mov 10..33, b.mov 10..33 out 12"),
        "fade of 12 frames",
    );
    let start = [transition(0.0, 12.0), a.clone(), b.clone()];
    shows(&start, "a.mov 10..33 in 12, b.mov 10..33");
    let both = [
        a.clone(),
        transition(4.0, 4.0),
        gap(24.0),
        transition(3.0, 3.0),
        b,
    ];
    shows(&both, "a.mov 10..33 out 8, gap 24, b.mov 10..33 in 6");
    let cut = read_row(&end);
    assert_eq!(
        schemas(&written(&cut.project)),
        ["Clip", "Clip", "Transition"]
    );
    let alone = read_row(&[gap(4.0), transition(2.0, 2.0), gap(4.0), a]);
    reported(&notes(&alone), "without a clip on either side");
}

#[test]
fn a_dissolve_is_kept_unless_the_cut_says_that_there_is_too_little() {
    let unknown = |name: &str| clip_of(name, range(10.0, 24.0), Value::Null, json!([]));
    let dissolve = [unknown("a"), transition(6.0, 8.0), unknown("b")];
    assert_eq!(
        shows(&dissolve, "a.mov 10..33, <6+8> b.mov 10..33"),
        [""; 0]
    );
    let short = clip_of("a", range(10.0, 24.0), range(0.0, 34.0), json!([]));
    let few = [short, transition(6.0, 8.0), clip("b")];
    reported(
        &shows(&few, "a.mov 10..33, b.mov 10..33"),
        "too few handles",
    );
    let again = written(&read_row(&few).project);
    assert_eq!(
        schemas(&again),
        ["Clip", "Transition", "Clip"],
        "written as it came"
    );
    let two = [
        clip("a"),
        transition(4.0, 4.0),
        transition(6.0, 6.0),
        clip("b"),
    ];
    reported(
        &shows(&two, "a.mov 10..33, <6+6> b.mov 10..33"),
        "another one",
    );
    let mut wipe = transition(4.0, 4.0);
    wipe["transition_type"] = "Wipe".into();
    let wipe = [clip("a"), wipe, clip("b")];
    reported(
        &shows(&wipe, "a.mov 10..33, <4+4> b.mov 10..33"),
        "\"Wipe\"",
    );
    let again = otio::read(&written(&read_row(&wipe).project).to_string()).expect("read");
    assert_eq!(
        written(&again.project)["tracks"]["children"][0]["children"][1]["transition_type"],
        "Wipe"
    );
}

#[test]
fn effects_that_are_not_shown_are_reported_and_kept() {
    let with = |effect: Value| {
        [clip_of(
            "a",
            range(10.0, 24.0),
            range(0.0, 100.0),
            json!([effect]),
        )]
    };
    let curve = json!({"OTIO_SCHEMA": "TimeEffect.1", "name": "TimeWarp1", "effect_name": "TimeWarp", "metadata": {"lookup": [0.0]}});
    reported(
        &shows(&with(curve.clone()), "a.mov 10..33"),
        "clip \"a\" on Video 1: its change of speed \"TimeWarp1\"",
    );
    let file = written(&read_row(&with(curve.clone())).project);
    assert_eq!(
        file["tracks"]["children"][0]["children"][0]["effects"][0],
        curve
    );
    let resolve = |parameters: Value| {
        json!({"OTIO_SCHEMA": "Effect.1", "effect_name": "Resolve Effect",
        "metadata": {"Resolve_OTIO": {"Effect Name": "Transform", "Enabled": true, "Parameters": parameters}}})
    };
    reported(
        &shows(
            &with(resolve(json!([{"Parameter Value": 2.0}]))),
            "a.mov 10..33",
        ),
        "effect \"Transform\"",
    );
    assert_eq!(
        shows(&with(resolve(json!([]))), "a.mov 10..33"),
        [""; 0],
        "it changes nothing"
    );
    let mut off = warp(-1.0);
    off["enabled"] = false.into();
    assert_eq!(shows(&with(off), "a.mov 10..33"), [""; 0]);
}
