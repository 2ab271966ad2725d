//! The subtitle tracks of the timeline: subtitles typed in place, moved, trimmed, split and removed, files imported, dropped
//! and exported, tracks hidden, named and removed.

use std::fs;
use std::path::Path;

use egui::{Event, Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Project;

use super::home;

const TWO: &str =
    "1\n00:00:00,000 --> 00:00:01,000\nHello\n\n2\n00:00:02,000 --> 00:00:03,000\n<i>there</i>\n";

/// The subtitles of a track: start, end and text.
fn cues(project: &Project, track: usize) -> Vec<(i64, i64, String)> {
    let cues = project.subtitle_tracks()[track].cues().iter();
    let cue = |start: i64, end: i64, text: &str| (start, end, text.to_owned());
    cues.map(|one| cue(one.range.start.0, one.range.end().0, &one.text))
        .collect()
}

fn owned(cues: &[(i64, i64, &str)]) -> Vec<(i64, i64, String)> {
    let cues = cues.iter();
    cues.map(|(start, end, text)| (*start, *end, (*text).to_owned()))
        .collect()
}

/// The block of a subtitle.
fn block(studio: &mut Studio, text: &str) -> Rect {
    let label = format!("Subtitle {text} on");
    studio.rests(|window| window.get_by_label_contains(&label).rect());
    studio.window.get_by_label_contains(&label).rect()
}

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.event(Event::Text(command.to_owned()));
    studio.press(Modifiers::NONE, Key::Enter);
}

/// A project with the subtitles of a file.
fn with_file(home: &Path, text: &str) -> Studio {
    let mut studio = Studio::with_new_project(home);
    let file = home.join("film.en.srt");
    fs::write(&file, text).expect("written");
    studio.drop_file(file);
    studio.waits_for("subtitles imported");
    studio
}

#[test]
fn a_subtitle_is_added_at_the_playhead_and_typed_in_place() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.press(Modifiers::SHIFT, Key::T);
    assert_eq!(cues(&studio.project(), 0), owned(&[(0, 48, "Subtitle")]));
    studio.event(Event::Text("Where are you?".into()));
    studio.press(Modifiers::SHIFT, Key::Enter);
    studio.event(Event::Text("Here.".into()));
    studio.press(Modifiers::NONE, Key::Enter);
    let typed = owned(&[(0, 48, "Where are you?\nHere.")]);
    assert_eq!(cues(&studio.project(), 0), typed);

    // Esc leaves the text as it was. The same key edits the subtitle that is there.
    studio.press(Modifiers::SHIFT, Key::T);
    studio.event(Event::Text("Nothing".into()));
    studio.press(Modifiers::NONE, Key::Escape);
    assert_eq!(cues(&studio.project(), 0), typed);

    let at = block(&mut studio, "Where are you? Here.").center();
    studio.double_click_at(at);
    studio.event(Event::Text("There.".into()));
    studio.press(Modifiers::NONE, Key::Enter);
    assert_eq!(cues(&studio.project(), 0), owned(&[(0, 48, "There.")]));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(cues(&studio.project(), 0), typed, "one step");
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert!(studio.project().subtitle_tracks().is_empty());
}

#[test]
fn subtitles_are_moved_trimmed_and_stop_at_the_next_one() {
    let home = home();
    let mut studio = with_file(home.path(), TWO);
    let start = owned(&[(0, 24, "Hello"), (48, 72, "there")]);
    assert_eq!(cues(&studio.project(), 0), start);
    studio.press(Modifiers::NONE, Key::N); // without snapping
    let body = block(&mut studio, "Hello").center();
    studio.drag(body, body + vec2(60.0, 0.0));
    assert_eq!(
        cues(&studio.project(), 0),
        owned(&[(10, 34, "Hello"), (48, 72, "there")])
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(cues(&studio.project(), 0), start, "one step");

    let hello = block(&mut studio, "Hello");
    let tail = Pos2::new(hello.right() - 2.0, hello.center().y);
    studio.drag(tail, tail + vec2(30.0, 0.0));
    assert_eq!(cues(&studio.project(), 0)[0], owned(&[(0, 29, "Hello")])[0]);
    let there = block(&mut studio, "there");
    let head = Pos2::new(there.left() + 2.0, there.center().y);
    studio.drag(head, head - vec2(240.0, 0.0));
    assert_eq!(
        cues(&studio.project(), 0),
        owned(&[(0, 29, "Hello"), (29, 72, "there")]),
        "it stops at the one before"
    );
}

#[test]
fn selected_subtitles_are_nudged_split_joined_and_deleted() {
    let home = home();
    let mut studio = with_file(home.path(), TWO);
    let at = block(&mut studio, "there").center();
    studio.click_at(at);
    run(&mut studio, "Nudge right by 10");
    assert_eq!(
        cues(&studio.project(), 0)[1],
        owned(&[(58, 82, "there")])[0]
    );
    studio
        .secondary_click_part("Subtitle Hello on")
        .click("Join with next");
    assert_eq!(
        cues(&studio.project(), 0),
        owned(&[(0, 82, "Hello\nthere")])
    );
    let at = block(&mut studio, "Hello there").center();
    studio.click_at(at);
    studio.press(Modifiers::NONE, Key::Delete);
    assert!(cues(&studio.project(), 0).is_empty());
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(cues(&studio.project(), 0).len(), 1);
}

#[test]
fn a_dropped_file_becomes_tracks_and_what_was_changed_is_reported() {
    let home = home();
    let overlapping = TWO.replace("00:00:02,000", "00:00:00,500");
    let mut studio = with_file(home.path(), &overlapping);
    let project = studio.project();
    assert_eq!(cues(&project, 0), owned(&[(0, 24, "Hello")]));
    assert_eq!(cues(&project, 1), owned(&[(12, 72, "there")]));
    let [first, second] = project.subtitle_tracks() else {
        panic!("two tracks");
    };
    assert_eq!((&*first.name, &*first.language), ("film.en", "en"));
    assert_eq!((&*second.name, &*second.language), ("film.en 2", "en"));
    assert!(studio.shows("subtitles that overlap others are on a second track: 1"));
    assert!(studio.shows("tags were removed from subtitles: 1"));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert!(studio.project().subtitle_tracks().is_empty(), "one step");
}

#[test]
fn a_damaged_file_is_refused_with_its_line() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let file = home.path().join("film.vtt");
    fs::write(&file, "WEBVTT\n\n00:0x.000 --> 00:02.000\nHello\n").expect("written");
    studio.drop_file(file);
    studio.waits_for("line 3");
    assert!(studio.project().subtitle_tracks().is_empty());
}

#[test]
fn a_subtitle_that_is_too_fast_to_read_says_so() {
    let home = home();
    let fast = TWO.replace("Hello", "Many words in one second are hard to read");
    let studio = with_file(home.path(), &fast);
    assert!(studio.shows("Subtitle Many words in one second are hard to read on film.en, 00:00:00:00 to 00:00:01:00, too fast to read"));
    assert!(!studio.shows("Subtitle there on film.en, 00:00:02:00 to 00:00:03:00, too fast"));
}

#[test]
fn a_track_is_hidden_locked_named_and_removed_by_its_header() {
    let home = home();
    let mut studio = with_file(home.path(), TWO);
    studio.click("Hide film.en (off)");
    assert!(studio.project().subtitle_tracks()[0].hidden);
    studio.click("Lock film.en (off)");
    let body = block(&mut studio, "Hello").center();
    studio.drag(body, body + vec2(60.0, 0.0));
    assert_eq!(cues(&studio.project(), 0)[0].0, 0, "it is locked");
    studio.click("Lock film.en (on)");
    studio
        .secondary_click_part("Subtitle track film.en")
        .click("Rename");
    studio.event(Event::Text("English".into()));
    studio.press(Modifiers::NONE, Key::Enter);
    assert_eq!(&*studio.project().subtitle_tracks()[0].name, "English");
    studio
        .secondary_click_part("Subtitle track English")
        .click("Remove subtitle track");
    assert!(studio.project().subtitle_tracks().is_empty());
}

#[test]
fn a_track_is_exported_to_a_file() {
    let home = home();
    let mut studio = with_file(home.path(), TWO);
    let file = home.path().join("out.vtt");
    run(&mut studio, "Export subtitles");
    studio.type_into("File", &file.display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for(&format!("Subtitles exported: {}", file.display()));
    let text = fs::read_to_string(&file).expect("read");
    assert!(
        text.starts_with("WEBVTT\nLanguage: en\n\n00:00:00.000 --> 00:00:01.000\nHello\n"),
        "{text}"
    );
}

#[test]
fn the_export_dialog_offers_subtitles_only_where_there_are_some() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.press(Modifiers::COMMAND, Key::E);
    assert!(!studio.shows("Burn in subtitles"));
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::SHIFT, Key::T);
    studio.press(Modifiers::NONE, Key::Enter);
    studio.press(Modifiers::COMMAND, Key::E);
    studio.waits_for("Burn in subtitles");
    assert!(studio.shows("Subtitle files"));
}
