//! The timeline panel: clips trimmed, moved, split and deleted with the mouse and keys, gaps filled with new shots,
//! titles, sound and markers added.

mod copies;
mod selection;
mod titles;
mod tracks;
mod trimming;

use egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Project;

/// Three clips of one shot, trimmed at both ends so that they have handles.
fn three_clips(studio: &mut Studio) {
    studio.click("New shot");
    for _ in 0..3 {
        studio.click("Append Shot 1 to the timeline");
    }
    studio.press(Modifiers::NONE, Key::R);
    for number in 0..3 {
        let clip = rect(studio, number);
        let tail = Pos2::new(clip.right() - 9.0, clip.center().y);
        studio.drag(tail, tail - vec2(30.0, 0.0));
        let clip = rect(studio, number);
        let head = Pos2::new(clip.left() + 9.0, clip.center().y);
        studio.drag(head, head + vec2(30.0, 0.0));
    }
}

/// The rectangle of a clip of the first track.
fn rect(studio: &mut Studio, number: usize) -> egui::Rect {
    let nodes = studio.window.query_all_by_label_contains("Shot 1 on V1");
    let mut rects: Vec<_> = nodes.map(|node| node.rect()).collect();
    rects.sort_by(|one, other| one.left().total_cmp(&other.left()));
    rects[number]
}

/// The clips of the first track: start, length, and first source frame.
fn clips(project: &Project) -> Vec<(i64, i64, i64)> {
    let all = project.tracks()[0].clips();
    all.map(|(clip, range)| (range.start.0, range.length.0, clip.source_start.0))
        .collect()
}

/// The clips of a track: start and length.
fn ranges(project: &Project, track: usize) -> Vec<(i64, i64)> {
    let all = project.tracks()[track].clips();
    all.map(|(_, range)| (range.start.0, range.length.0))
        .collect()
}

/// The names of the tracks: the video tracks from the bottom up, then the audio tracks.
fn track_names(studio: &mut Studio) -> Vec<String> {
    let project = studio.project();
    let tracks = project.tracks().iter();
    tracks.map(|track| track.name.to_string()).collect()
}

/// Begins to rename a track and types a name.
fn type_track_name(studio: &mut Studio, track: &str, name: &str) {
    let label = format!("Target {track}");
    let chip = studio.window.get_by_label_contains(&label).rect();
    studio.double_click_at(chip.center());
    studio.event(Event::Text(name.to_owned()));
}

/// Chooses an item of the menu of a track.
fn choose(studio: &mut Studio, track: &str, item: &str) {
    studio
        .secondary_click_part(&format!("Target {track}"))
        .click(item);
}

/// A shot on V1 and a longer title on V2, linked.
fn with_linked_title(studio: &mut Studio) {
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::T);
    studio.press(Modifiers::NONE, Key::Escape); // leaves the text of the title
    studio.press(Modifiers::COMMAND, Key::A);
    studio.press(Modifiers::COMMAND, Key::L);
    let project = studio.project();
    assert_eq!(ranges(&project, 0), [(0, 25)]);
    assert_eq!(ranges(&project, 1), [(0, 48)]);
}
