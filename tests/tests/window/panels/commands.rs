//! Commands that act on the selection, the range between in and out, the playhead and the tracks: run from the palette.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_tests::studio::Studio;
use kinora_timeline::clip::Look;
use kinora_timeline::{Clip, Source, TrackKind};

use super::home;

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.window.event(egui::Event::Text(command.to_owned()));
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
}

/// Start and length of the clips of the first track.
fn clips(studio: &mut Studio) -> Vec<(i64, i64)> {
    let project = studio.project();
    let clips = project.tracks()[0].clips();
    clips
        .map(|(_, range)| (range.start.0, range.length.0))
        .collect()
}

/// A project with one shot, placed so many times: 25 frames each.
fn placed(home: &std::path::Path, times: usize) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.click("New shot");
    for _ in 0..times {
        studio.click("Append Shot 1 to the timeline");
    }
    studio.press(Modifiers::NONE, Key::Home);
    studio
}

fn go_to(studio: &mut Studio, frame: usize) {
    studio.press(Modifiers::NONE, Key::Home);
    for _ in 0..frame {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
}

#[test]
fn the_range_between_in_and_out_is_lifted_or_extracted_and_a_gap_closed() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    assert_eq!(clips(&mut studio), [(0, 25), (25, 25)]);
    go_to(&mut studio, 5);
    studio.press(Modifiers::NONE, Key::I);
    go_to(&mut studio, 9);
    studio.press(Modifiers::NONE, Key::O);
    run(&mut studio, "delete in to out");
    assert_eq!(clips(&mut studio), [(0, 5), (10, 15), (25, 25)]);
    run(&mut studio, "close gap");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 15), (20, 25)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::COMMAND, Key::Z);
    run(&mut studio, "ripple delete in to out");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 15), (20, 25)]);
}

#[test]
fn a_range_on_the_timeline_decides_where_a_source_goes_and_how_long_it_is() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    let mark = |studio: &mut Studio, from, to| {
        go_to(studio, from);
        studio.press(Modifiers::NONE, Key::I);
        go_to(studio, to);
        studio.press(Modifiers::NONE, Key::O);
    };
    mark(&mut studio, 5, 14);
    let start = studio.project();
    run(&mut studio, "overwrite at playhead");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 10), (15, 10), (25, 25)]);
    assert_eq!(
        studio.project().in_out(),
        None,
        "the next edit has its own place"
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), start, "one step");
    run(&mut studio, "insert at playhead");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 10), (15, 20), (35, 25)]);
    mark(&mut studio, 5, 39);
    run(&mut studio, "overwrite at playhead");
    studio.waits_for("The source ends 10 frames before the out point.");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 25), (30, 5), (35, 25)]);
}

#[test]
fn a_cut_where_no_clip_is_says_so() {
    let home = home();
    let mut studio = placed(home.path(), 1);
    studio.press(Modifiers::NONE, Key::B); // the first frame of a clip cannot be cut off
    studio.waits_for("Nothing to cut: no clip is under the playhead.");
    go_to(&mut studio, 5);
    studio.press(Modifiers::NONE, Key::B);
    assert_eq!(clips(&mut studio), [(0, 5), (5, 20)]);
}

#[test]
fn clips_are_trimmed_to_the_playhead_inserted_swapped_and_linked() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    go_to(&mut studio, 10);
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    run(&mut studio, "trim start");
    assert_eq!(clips(&mut studio), [(0, 15), (15, 25)]);
    go_to(&mut studio, 5);
    run(&mut studio, "trim end");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 25)]);
    studio.press(Modifiers::NONE, Key::Home);
    run(&mut studio, "insert at playhead");
    assert_eq!(clips(&mut studio), [(0, 25), (25, 5), (30, 25)]);
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    let second = studio
        .window
        .get_by_label_contains("Shot 1 on V1, 00:00:01:01");
    second.click_modifiers(Modifiers::SHIFT);
    studio.window.run_ok();
    run(&mut studio, "swap clips");
    assert_eq!(clips(&mut studio), [(0, 5), (5, 25), (30, 25)]);
    let group = |studio: &mut Studio| {
        let project = studio.project();
        let mut clips = project.tracks()[0].clips();
        clips.find_map(|(clip, _)| clip.group)
    };
    run(&mut studio, "link clips");
    assert!(group(&mut studio).is_some());
    run(&mut studio, "unlink clips");
    assert!(group(&mut studio).is_none());
}

#[test]
fn a_shot_is_removed_with_its_clips_and_comes_back_with_one_undo() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    let before = studio.project();
    run(&mut studio, "remove shot");
    let after = studio.project();
    assert!(after.shots().next().is_none() && clips(&mut studio).is_empty());
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before);
}

#[test]
fn tracks_are_muted_soloed_locked_added_and_removed() {
    let home = home();
    let mut studio = placed(home.path(), 1);
    studio.click("Hide V1 (off)").click("Solo V1 (off)");
    let track = |studio: &mut Studio| studio.project().tracks()[0].clone();
    assert!(track(&mut studio).muted && track(&mut studio).solo);
    studio.click("Hide V1 (on)").click("Solo V1 (on)");
    assert!(!track(&mut studio).muted && !track(&mut studio).solo);
    studio.click("Lock V1 (off)");
    assert!(track(&mut studio).locked);
    run(&mut studio, "lock tracks"); // nothing is selected: all are unlocked
    assert!(!track(&mut studio).locked);
    let count = studio.project().tracks().len();
    run(&mut studio, "add audio track");
    run(&mut studio, "add video track");
    let project = studio.project();
    let video = project.tracks().iter();
    let video = video.filter(|track| track.kind == TrackKind::Video).count();
    assert_eq!((project.tracks().len(), video), (count + 2, 2));
    run(&mut studio, "remove empty tracks");
    assert!(studio.project().tracks().len() <= count);
    assert_eq!(clips(&mut studio).len(), 1);
}

#[test]
fn a_marker_is_named_and_removed() {
    let home = home();
    let mut studio = placed(home.path(), 1);
    go_to(&mut studio, 3);
    studio.press(Modifiers::NONE, Key::M);
    run(&mut studio, "edit marker");
    studio.type_into("Name", "Cut here").click("Change marker");
    let names = |studio: &mut Studio| -> Vec<String> {
        let project = studio.project();
        let markers = project.markers();
        markers.map(|marker| marker.name.clone()).collect()
    };
    assert_eq!(names(&mut studio), ["Cut here"]);
    run(&mut studio, "remove marker");
    assert_eq!(names(&mut studio), [] as [&str; 0]);
}

/// The frame that the viewer shows.
fn frame(studio: &Studio) -> Option<usize> {
    let mut pictures = studio
        .window
        .query_all_by_label_contains("Picture of frame ");
    let label = pictures.next()?.accesskit_node().label()?;
    label.strip_prefix("Picture of frame ")?.parse().ok()
}

#[test]
fn the_nearest_cut_is_rolled_to_the_playhead_and_an_edge_beside_nothing_is_moved_alone() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    go_to(&mut studio, 20);
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    run(&mut studio, "trim end"); // it has frames after its end now
    run(&mut studio, "deselect all");
    assert_eq!(clips(&mut studio), [(0, 20), (20, 25)]);
    go_to(&mut studio, 23);
    studio.press(Modifiers::NONE, Key::E);
    assert_eq!(clips(&mut studio), [(0, 23), (23, 22)]);
    studio.press(Modifiers::NONE, Key::E);
    studio.waits_for("Nothing to extend: the nearest cut is at the playhead.");
    go_to(&mut studio, 40);
    studio.press(Modifiers::NONE, Key::E);
    assert_eq!(clips(&mut studio), [(0, 23), (23, 17)]);
    go_to(&mut studio, 21);
    studio.click_part("Shot 1 on V1, 00:00:00:23"); // its head moves back with the cut
    studio.press(Modifiers::NONE, Key::E);
    assert_eq!(clips(&mut studio), [(0, 21), (21, 19)]);
}

#[test]
fn in_and_out_are_set_around_a_clip_and_gone_to() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    studio.press(Modifiers::NONE, Key::X); // nothing is selected: the clip at the playhead
    let marks = |studio: &mut Studio| {
        let range = studio.project().in_out();
        range.map(|range| (range.start.0, range.end().0))
    };
    assert_eq!(marks(&mut studio), Some((0, 25)));
    studio.click_part("Shot 1 on V1, 00:00:01:01");
    studio.press(Modifiers::NONE, Key::X);
    assert_eq!(marks(&mut studio), Some((25, 50)));
    studio.press(Modifiers::SHIFT, Key::O);
    assert_eq!(frame(&studio), Some(49));
    studio.press(Modifiers::SHIFT, Key::I);
    assert_eq!(frame(&studio), Some(25));
}

#[test]
fn the_playhead_goes_to_a_typed_timecode_or_by_a_distance() {
    let home = home();
    let mut studio = placed(home.path(), 2);
    for (typed, there) in [("1:05", 29), ("+12", 41), ("-1:00", 17), ("50:00", 49)] {
        studio.press(Modifiers::COMMAND, Key::G);
        studio.type_into("Timecode", typed);
        studio.press(Modifiers::NONE, Key::Enter);
        assert_eq!(frame(&studio), Some(there), "{typed}");
    }
    studio.press(Modifiers::COMMAND, Key::G);
    studio.type_into("Timecode", "soon");
    assert!(studio.shows("\"soon\" is not a timecode"));
    studio.press(Modifiers::NONE, Key::Enter);
    assert!(studio.shows("is not a timecode"), "the dialog stays");
}

#[test]
fn markers_are_listed_gone_to_and_removed() {
    let home = home();
    let mut studio = placed(home.path(), 1);
    for at in [9, 3] {
        go_to(&mut studio, at);
        studio.press(Modifiers::NONE, Key::M);
    }
    run(&mut studio, "markers");
    studio.click("Go to Marker at 00:00:00:09");
    assert_eq!(frame(&studio), Some(9));
    run(&mut studio, "markers");
    studio.click("Edit Marker at 00:00:00:03");
    studio.type_into("Name", "Door").click("Change marker");
    run(&mut studio, "markers");
    studio.click("Remove Marker at 00:00:00:09");
    let project = studio.project();
    let names: Vec<_> = project
        .markers()
        .map(|marker| marker.name.as_str())
        .collect();
    assert_eq!(names, ["Door"]);
    assert!(studio.shows("Go to Door at 00:00:00:03"));
}

#[test]
fn a_clip_shows_another_shot_in_its_place_and_loses_its_attributes() {
    let home = home();
    let mut studio = placed(home.path(), 1);
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Clip").type_into("Opacity", "0.5");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.click("Shots").click("New shot"); // the viewer shows it
    run(&mut studio, "replace clips");
    let other = studio.shot("Shot 2").id;
    let clip = |studio: &mut Studio| {
        let project = studio.project();
        let (clip, range) = project.tracks()[0].clips().next().expect("a clip");
        (Clip::clone(clip), range.length.0)
    };
    let (replaced, length) = clip(&mut studio);
    assert_eq!((replaced.source, length), (Source::Shot(other), 25));
    assert_ne!(replaced.look, Look::default(), "it keeps its look");
    studio.press(Modifiers::NONE, Key::D);
    run(&mut studio, "remove attributes");
    assert_eq!(clip(&mut studio).0.look, Look::default());
}

#[test]
fn the_timeline_begins_again_at_its_end_while_it_loops() {
    let home = home();
    let mut studio = placed(home.path(), 1);
    studio.press(Modifiers::SHIFT, Key::L);
    assert!(studio.shows("The timeline loops."));
    studio.press(Modifiers::NONE, Key::Space);
    let late = |studio: &mut Studio| frame(studio).is_some_and(|frame| frame >= 18);
    studio.waits_until("the end", late);
    let early = |studio: &mut Studio| frame(studio).is_some_and(|frame| frame < 12);
    studio.waits_until("the second round", early);
    studio.press(Modifiers::NONE, Key::K);
}

#[test]
fn the_longest_menus_fit_into_a_small_window() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let window = studio.window.ctx.content_rect();
    assert!(window.height() <= 720.0);
    for (menu, last) in [
        ("File", "Quit"),
        ("Edit", "Clear in and out"),
        ("View", "Layout: Camera"),
    ] {
        studio.click(menu);
        let rect = studio.window.get_by_label(last).rect();
        assert!(rect.bottom() < window.bottom(), "{menu}: {rect:?}");
        studio.press(Modifiers::NONE, Key::Escape);
    }
}
