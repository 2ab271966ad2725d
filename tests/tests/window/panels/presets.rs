//! The everyday actions of an editor with the keys of four other editors. Each key does its work in the window, and is
//! undone and done again with the keys of that editor.

use std::fs;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_tests::studio::Studio;
use kinora_timeline::{FrameRange, Frames, Project};

use super::home;

const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const CTRL_ALT: Modifiers = Modifiers::COMMAND.plus(Modifiers::ALT);

/// The presets as the file of keys names them, each with the key of its command palette.
const PRESETS: [(&str, (Modifiers, Key)); 4] = [
    ("PremierePro", (CTRL_SHIFT, Key::P)),
    ("DaVinciResolve", (CTRL, Key::K)),
    ("AvidMediaComposer", (CTRL, Key::K)),
    ("FinalCutPro", (CTRL, Key::K)),
];

/// A key; `None`: the editor has none.
type Press = Option<(Modifiers, Key)>;

#[expect(
    clippy::unnecessary_wraps,
    reason = "the table reads alike with and without a key"
)]
const fn key(modifiers: Modifiers, key: Key) -> Press {
    Some((modifiers, key))
}

/// What was before the key was pressed.
struct Before {
    preset: usize,
    project: Project,
    frame: Option<usize>,
    /// The width of the first clip, in points.
    width: f32,
}

/// An action: its keys in Premiere Pro, Resolve, Media Composer and Final Cut Pro; where the playhead is; whether the clip
/// there is selected; commands that are run first; and whether it was done.
struct Row {
    name: &'static str,
    keys: [Press; 4],
    at: usize,
    selects: bool,
    ready: &'static [&'static str],
    did: fn(&mut Studio, &Before) -> bool,
}

#[rustfmt::skip] // a table
const TABLE: &[Row] = &[
    Row { name: "split", keys: [key(CTRL, Key::K), key(CTRL, Key::B), None, key(CTRL, Key::B)], at: 10, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 10), (10, 10), (20, 20), (40, 25)] },
    Row { name: "delete", keys: [key(NONE, Key::Delete), key(NONE, Key::Backspace), key(NONE, Key::Delete), key(NONE, Key::Delete)], at: 10, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(20, 20), (40, 25)] },
    Row { name: "ripple delete", keys: [key(SHIFT, Key::Delete), key(NONE, Key::Delete), None, key(NONE, Key::Backspace)], at: 10, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 20), (20, 25)] },
    Row { name: "select at playhead", keys: [key(NONE, Key::D), key(SHIFT, Key::V), None, key(NONE, Key::C)], at: 30, selects: false, ready: &[],
        did: |studio, before| { run(studio, before.preset, "delete"); clips(&now(studio)) == [(0, 20), (40, 25)] } },
    Row { name: "snap", keys: [key(NONE, Key::S), key(NONE, Key::N), None, key(NONE, Key::N)], at: 0, selects: false, ready: &[],
        did: |studio, before| { let is_off = studio.shows("Snapping is off."); run(studio, before.preset, "snap"); is_off } },
    Row { name: "dissolve", keys: [key(CTRL, Key::D), key(CTRL, Key::T), key(NONE, Key::Backslash), key(CTRL, Key::T)], at: 20, selects: true, ready: &[],
        did: |studio, _| now(studio).tracks()[0].clips().nth(1).is_some_and(|(clip, _)| clip.transition.is_some()) },
    Row { name: "marker", keys: [key(NONE, Key::M), key(NONE, Key::M), None, key(NONE, Key::M)], at: 5, selects: false, ready: &[],
        did: |studio, _| now(studio).markers().any(|marker| marker.range.start == Frames(5)) },
    Row { name: "mark in", keys: [key(NONE, Key::I); 4], at: 10, selects: false, ready: &[],
        did: |studio, _| marks(studio) == Some((10, 65)) },
    Row { name: "mark out", keys: [key(NONE, Key::O); 4], at: 10, selects: false, ready: &[],
        did: |studio, _| marks(studio) == Some((0, 11)) },
    Row { name: "clear in and out", keys: [key(CTRL_SHIFT, Key::X), key(ALT, Key::X), key(ALT, Key::X), key(ALT, Key::X)], at: 10, selects: false, ready: &["mark in"],
        did: |studio, _| marks(studio).is_none() },
    Row { name: "mark selection", keys: [key(NONE, Key::X), key(NONE, Key::X), key(NONE, Key::T), key(NONE, Key::X)], at: 30, selects: true, ready: &[],
        did: |studio, _| marks(studio) == Some((20, 40)) },
    Row { name: "go to in", keys: [key(SHIFT, Key::I), key(SHIFT, Key::I), key(NONE, Key::Q), key(SHIFT, Key::I)], at: 10, selects: false, ready: &["mark in", "to the end"],
        did: |studio, _| frame(studio) == Some(10) },
    Row { name: "go to out", keys: [key(SHIFT, Key::O), key(SHIFT, Key::O), key(NONE, Key::W), key(SHIFT, Key::O)], at: 10, selects: false, ready: &["mark out", "to the start"],
        did: |studio, _| frame(studio) == Some(10) },
    Row { name: "insert", keys: [key(NONE, Key::Comma), key(NONE, Key::F9), key(NONE, Key::V), key(NONE, Key::W)], at: 20, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 20), (20, 25), (45, 20), (65, 25)] },
    Row { name: "overwrite", keys: [key(NONE, Key::Period), key(NONE, Key::F10), key(NONE, Key::B), key(NONE, Key::D)], at: 0, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 25), (25, 15), (40, 25)] },
    Row { name: "trim start", keys: [key(NONE, Key::Q), key(CTRL_SHIFT, Key::OpenBracket), None, key(ALT, Key::OpenBracket)], at: 15, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 5), (5, 20), (25, 25)] },
    Row { name: "trim end", keys: [key(NONE, Key::W), key(CTRL_SHIFT, Key::CloseBracket), None, key(ALT, Key::CloseBracket)], at: 15, selects: true, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 15), (15, 20), (35, 25)] },
    Row { name: "extend edit", keys: [key(NONE, Key::E), key(NONE, Key::E), None, key(SHIFT, Key::X)], at: 23, selects: false, ready: &[],
        did: |studio, _| clips(&now(studio)) == [(0, 23), (23, 17), (40, 25)] },
    Row { name: "lift in to out", keys: [key(NONE, Key::Semicolon), None, key(NONE, Key::Z), None], at: 30, selects: true, ready: &["mark selection"],
        did: |studio, _| clips(&now(studio)) == [(0, 20), (40, 25)] },
    Row { name: "extract in to out", keys: [key(NONE, Key::Quote), None, key(NONE, Key::X), None], at: 30, selects: true, ready: &["mark selection"],
        did: |studio, _| clips(&now(studio)) == [(0, 20), (20, 25)] },
    Row { name: "link", keys: [key(CTRL, Key::L), key(CTRL_ALT, Key::L), None, None], at: 0, selects: false, ready: &["select all"],
        did: |studio, _| now(studio).tracks()[0].clips().all(|(clip, _)| clip.group.is_some()) },
    Row { name: "match frame", keys: [key(NONE, Key::F), key(NONE, Key::F), None, key(SHIFT, Key::F)], at: 10, selects: false, ready: &["focus clip"],
        did: |studio, _| studio.shows("Negative prompt") },
    Row { name: "zoom in", keys: [key(NONE, Key::Equals), key(CTRL, Key::Equals), key(NONE, Key::Equals), key(CTRL, Key::Equals)], at: 0, selects: false, ready: &[],
        did: |studio, before| width(studio) > before.width + 1.0 },
    Row { name: "zoom out", keys: [key(NONE, Key::Minus), key(CTRL, Key::Minus), key(NONE, Key::Minus), key(CTRL, Key::Minus)], at: 0, selects: false, ready: &[],
        did: |studio, before| width(studio) < before.width - 1.0 },
    Row { name: "fit", keys: [key(NONE, Key::Backslash), key(SHIFT, Key::Z), key(SHIFT, Key::Z), key(SHIFT, Key::Z)], at: 0, selects: false, ready: &[],
        did: |studio, before| (width(studio) - before.width).abs() > 1.0 },
    Row { name: "play and stop", keys: [key(NONE, Key::Space); 4], at: 0, selects: false, ready: &[],
        did: |studio, before| moves(studio, before) },
    Row { name: "shuttle reverse", keys: [key(NONE, Key::J); 4], at: 60, selects: false, ready: &[],
        did: |studio, before| moves(studio, before) && frame(studio) < before.frame },
    Row { name: "shuttle forward", keys: [key(NONE, Key::L); 4], at: 0, selects: false, ready: &[],
        did: |studio, before| moves(studio, before) && frame(studio) > before.frame },
    Row { name: "previous frame", keys: [key(NONE, Key::ArrowLeft); 4], at: 30, selects: false, ready: &[],
        did: |studio, _| frame(studio) == Some(29) },
    Row { name: "next frame", keys: [key(NONE, Key::ArrowRight); 4], at: 30, selects: false, ready: &[],
        did: |studio, _| frame(studio) == Some(31) },
    Row { name: "previous cut", keys: [key(NONE, Key::ArrowUp); 4], at: 30, selects: false, ready: &[],
        did: |studio, _| frame(studio) == Some(20) },
    Row { name: "next cut", keys: [key(NONE, Key::ArrowDown); 4], at: 30, selects: false, ready: &[],
        did: |studio, _| frame(studio) == Some(40) },
    Row { name: "to the start", keys: [key(NONE, Key::Home); 4], at: 30, selects: false, ready: &[],
        did: |studio, _| frame(studio) == Some(0) },
    Row { name: "to the end", keys: [key(NONE, Key::End); 4], at: 30, selects: false, ready: &[],
        did: |studio, _| frame(studio) == Some(64) },
    Row { name: "save", keys: [key(CTRL, Key::S), key(CTRL, Key::S), key(CTRL, Key::S), None], at: 0, selects: false, ready: &[],
        did: |studio, _| { studio.waits_for("Saved."); true } },
    Row { name: "import", keys: [key(CTRL, Key::I), key(CTRL, Key::I), None, key(CTRL, Key::I)], at: 0, selects: false, ready: &[],
        did: |studio, _| was_open(studio, "Import media") },
    Row { name: "export", keys: [key(CTRL, Key::M), key(SHIFT, Key::Num8), None, key(CTRL, Key::E)], at: 0, selects: false, ready: &[],
        did: |studio, _| was_open(studio, "Preset name") },
];

fn now(studio: &Studio) -> Project {
    studio.window.state().project().expect("a film").clone()
}

/// Start and length of the clips of the first track.
fn clips(project: &Project) -> Vec<(i64, i64)> {
    let clips = project.tracks()[0].clips();
    clips
        .map(|(_, range)| (range.start.0, range.length.0))
        .collect()
}

fn marks(studio: &Studio) -> Option<(i64, i64)> {
    let marks = now(studio).in_out();
    marks.map(|range: FrameRange| (range.start.0, range.end().0))
}

/// The frame that the viewer shows.
fn frame(studio: &Studio) -> Option<usize> {
    let mut pictures = studio
        .window
        .query_all_by_label_contains("Picture of frame ");
    let label = pictures.next()?.accesskit_node().label()?;
    label.strip_prefix("Picture of frame ")?.parse().ok()
}

fn width(studio: &Studio) -> f32 {
    let clip = "Shot 1 on V1, 00:00:00:00";
    studio.window.get_by_label_contains(clip).rect().width()
}

/// Whether the playhead moves by itself. It is stopped then.
fn moves(studio: &mut Studio, before: &Before) -> bool {
    studio.waits_until("another frame", |studio| frame(studio) != before.frame);
    studio.press(NONE, Key::K);
    let there = frame(studio);
    studio.window.step();
    frame(studio) == there
}

/// Whether a dialog with this text is open. It is closed then.
fn was_open(studio: &mut Studio, text: &str) -> bool {
    let is_open = studio.shows(text);
    studio.press(NONE, Key::Escape);
    studio.press(NONE, Key::Escape); // a field may have taken the first
    is_open && !studio.shows(text)
}

/// Runs a command from the palette.
fn run(studio: &mut Studio, preset: usize, command: &str) {
    let (modifiers, key) = PRESETS[preset].1;
    studio.press(modifiers, key);
    studio.type_text(command);
    studio.press(NONE, Key::Enter);
}

/// Selects nothing. The palette has only commands that are possible: something must be selected before.
fn deselect(studio: &mut Studio, preset: usize) {
    run(studio, preset, "select all");
    run(studio, preset, "deselect all");
}

/// By the palette: each editor has another use for Ctrl+G.
fn go_to(studio: &mut Studio, preset: usize, frame: usize) {
    run(studio, preset, "go to timecode");
    studio.type_into("Timecode", &frame.to_string());
    studio.press(NONE, Key::Enter);
}

/// Three clips of one shot; those at the first cut have frames beyond it.
fn three_clips(studio: &mut Studio, preset: usize) {
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    for (at, trim) in [(20, "trim end to playhead"), (25, "trim start to playhead")] {
        go_to(studio, preset, at);
        run(studio, preset, "select clip at playhead");
        run(studio, preset, trim);
    }
    assert_eq!(clips(&now(studio)), [(0, 20), (20, 20), (40, 25)]);
}

/// Presses each key of a preset.
fn check(preset: usize) {
    let home = home();
    let config = home.path().join("config");
    fs::create_dir_all(&config).expect("a folder");
    let (name, _) = PRESETS[preset];
    fs::write(config.join("keys.ron"), format!("(preset: {name})")).expect("written");
    let mut studio = Studio::with_new_project(home.path());
    three_clips(&mut studio, preset);
    let first = now(&studio);
    let mut pressed = 0;
    for row in TABLE {
        let Some((modifiers, key)) = row.keys[preset] else {
            continue;
        };
        go_to(&mut studio, preset, row.at);
        match row.selects {
            true => run(&mut studio, preset, "select clip at playhead"),
            false => deselect(&mut studio, preset),
        }
        for command in row.ready {
            run(&mut studio, preset, command);
        }
        studio.press(NONE, Key::Escape); // a control has the focus no more
        let before = Before {
            preset,
            project: now(&studio),
            frame: frame(&studio),
            width: width(&studio),
        };
        studio.press(modifiers, key);
        assert!((row.did)(&mut studio, &before), "{name}: {}", row.name);
        undo_and_redo(&mut studio, &first, &before, row.name);
        pressed += 1;
    }
    assert!(pressed >= 25, "{name}: {pressed}");
}

/// Undoes what was done with the keys of undo and redo, which all four editors share.
#[track_caller]
fn undo_and_redo(studio: &mut Studio, first: &Project, before: &Before, name: &str) {
    let after = now(studio);
    if after != before.project {
        studio.press(CTRL, Key::Z);
        assert_eq!(now(studio), before.project, "{name} is undone");
        studio.press(CTRL_SHIFT, Key::Z);
        assert_eq!(now(studio), after, "{name} is done again");
    }
    for _ in 0..3 {
        if now(studio) != *first {
            studio.press(CTRL, Key::Z);
        }
    }
    assert_eq!(
        now(studio),
        *first,
        "{name} and what was before it is undone"
    );
}

#[test]
fn the_keys_of_premiere_pro_do_their_work() {
    check(0);
}

#[test]
fn the_keys_of_resolve_do_their_work() {
    check(1);
}

#[test]
fn the_keys_of_media_composer_do_their_work() {
    check(2);
}

#[test]
fn the_keys_of_final_cut_pro_do_their_work() {
    check(3);
}
