//! A timeline of another editor becomes a new project: from the menu, from *Import*, and dropped on the window.

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_studio::Session;
use kinora_tests::studio::Studio;

use super::{home, portrait};

/// A timeline with a clip of a second for each file, as another editor writes it.
fn timeline(folder: &Path, name: &str, files: &[String]) -> PathBuf {
    let time = |value: u32| serde_json::json!({"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": f64::from(value)});
    let clip = |file: &String| {
        serde_json::json!({
            "OTIO_SCHEMA": "Clip.1", "name": file,
            "source_range": {
                "OTIO_SCHEMA": "TimeRange.1", "start_time": time(0), "duration": time(24),
            },
            "media_reference": {"OTIO_SCHEMA": "ExternalReference.1", "target_url": file},
        })
    };
    let clips: Vec<serde_json::Value> = files.iter().map(clip).collect();
    let track = serde_json::json!({"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": clips});
    let stack =
        serde_json::json!({"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]});
    let whole = serde_json::json!({"OTIO_SCHEMA": "Timeline.1", "name": name, "tracks": stack});
    let path = folder.join(name).with_extension("otio");
    fs::write(&path, whole.to_string()).expect("written");
    path
}

/// A timeline that shows one picture, which lies beside it.
fn night(home: &Path) -> PathBuf {
    portrait(home);
    timeline(home, "Night", &["Ada.png".to_owned()])
}

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text(command);
    studio.press(Modifiers::NONE, Key::Enter);
}

#[test]
fn a_dropped_timeline_becomes_a_project_beside_it_and_is_opened() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.drop_file(night(home.path()));
    studio.waits_for("Night.otio becomes a new project.");
    let folder = home.path().join("Night.kinora");
    assert!(studio.shows(&format!("Will be saved as {}", folder.display())));
    studio.click("Import");
    studio.waits_for("Night was imported as it is in the timeline.");
    studio.waits_for("Ada.png on V1"); // it is open
    drop(studio);
    let session = Session::open(&folder).expect("it opens");
    let medium = session.project().media().next().expect("a medium");
    assert!(folder.join(&medium.path).is_file());
}

#[test]
fn a_timeline_is_chosen_from_the_menu_or_typed_into_the_dialog_of_import() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let cut = night(home.path());
    for command in ["import timeline", "import"] {
        run(&mut studio, command);
        studio.type_into("File", &cut.display().to_string());
        studio.press(Modifiers::NONE, Key::Enter);
        studio.waits_for("Night.otio becomes a new project.");
        studio.type_into("Name", " ");
        assert!(studio.shows("The project needs a name."), "{command}");
        studio.press(Modifiers::NONE, Key::Escape);
        studio.press(Modifiers::NONE, Key::Escape); // the field may have taken the first
    }
    let place = home.path().join("films/First.kinora").display().to_string();
    assert!(studio.shows(&place), "the project is still open");
}

#[test]
fn many_notes_scroll_are_counted_and_stay_within_the_window() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let gone: Vec<String> = (0..60)
        .map(|number| format!("gone {number:02}.mp4"))
        .collect();
    studio.drop_file(timeline(home.path(), "Night", &gone));
    studio.waits_for("Night.otio becomes a new project.");
    studio.click("Import");
    studio.waits_for("Notes on the import (60)");
    studio.scroll_to("medium \"gone 59.mp4\"");
    let screen = studio.window.ctx.content_rect();
    for part in ["Notes on the import (60)", "Copy all", "Close"] {
        let shown = studio.window.get_by_label(part).rect();
        assert!(screen.contains_rect(shown), "{part}: {shown:?}");
    }
    let last = studio
        .window
        .get_by_label_contains("medium \"gone 59.mp4\"");
    assert!(screen.contains_rect(last.rect()), "{:?}", last.rect());
    studio.click("Copy all").click("Close");
    assert!(!studio.shows("Notes on the import"));
}

#[test]
fn a_refused_import_is_explained_in_its_dialog_and_the_project_stays_open() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let cut = home.path().join("Night.otio");
    fs::write(&cut, "{\"OTIO_SCHEMA\": ").expect("written");
    studio.drop_file(cut);
    studio.waits_for("Night.otio becomes a new project.");
    studio.click("Import");
    studio.waits_for("check that the file is whole");
    assert!(!home.path().join("Night.kinora").exists());
    studio.type_into("Name", "First");
    studio.type_into("Location", &home.path().join("films").display().to_string());
    studio.click("Import");
    studio.waits_for("is there already");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::NONE, Key::Escape); // the field may have taken the first
    studio.click("New shot");
    assert_eq!(studio.project().shots().count(), 1);
}

#[test]
fn a_timeline_among_dropped_files_is_offered_as_a_project() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let cut = night(home.path());
    studio.drop_files([portrait(home.path()), cut]);
    studio.waits_for("It can become a new project.");
    // Not by the pointer: the other file's arrival may move the notification at any moment.
    let import = studio.window.get_by_label("Import timeline…");
    import.click_accesskit();
    studio.waits_for("Night.otio becomes a new project.");
}

#[test]
fn a_timeline_is_exported_beside_an_earlier_one_with_notes_on_what_others_leave_out() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::D);
    studio.click("Clip").type_into("Opacity", "0.5");
    studio.press(Modifiers::NONE, Key::Enter);
    let wanted = home.path().join("cut.otio");
    for written in ["cut.otio", "cut 2.otio"] {
        let written = home.path().join(written);
        run(&mut studio, "export timeline");
        studio.type_into("File", &wanted.display().to_string());
        studio.press(Modifiers::NONE, Key::Enter);
        studio.waits_for("Notes on the export (1)");
        assert!(studio.shows("travel as Kinora's own notes only"));
        studio.click("Close");
        assert!(studio.shows(&format!("Timeline exported: {}", written.display())));
        let text = fs::read_to_string(&written).expect("it is written");
        assert!(text.contains("Timeline.1"));
    }
    run(&mut studio, "export timeline");
    let within = home.path().join("films/First.kinora/cut.otio");
    studio.type_into("File", &within.display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("The timeline was not exported:");
    assert!(!within.exists());
}
