//! Imports whose files are missing: marked, relinked one by one, and found together in a folder.

use std::path::Path;

use egui::{Key, Modifiers};
use kinora_tests::studio::Studio;
use kinora_tests::tone;

use super::super::home;
use super::{media, with_hum, with_picture_and_hum};

/// Chooses a file in the file picker.
fn pick(studio: &mut Studio, file: &Path) {
    studio.type_into("File", &file.display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
}

#[test]
fn a_missing_file_is_marked_and_relinked_to_another_one_or_to_the_same() {
    let home = home();
    let mut studio = with_hum(home.path());
    let imported = media(&mut studio).remove(0);
    let file = home.path().join("films/First.kinora").join(&imported.path);
    std::fs::remove_file(&file).expect("gone");
    studio.click("Check again which files are missing");
    studio.waits_for("hum.wav: File missing");
    assert!(studio.shows("hum.wav on A1, 00:00:00:00 to 00:00:01:00, file missing"));

    let other = home.path().join("other.wav");
    tone(&other, 96_000);
    studio.click("Relink hum.wav…");
    pick(&mut studio, &other);
    studio.waits_for("The chosen file is not the one that was imported.");
    let changed = media(&mut studio).remove(0);
    assert_eq!((changed.id, &changed.name), (imported.id, &imported.name));
    assert_ne!(changed.content, imported.content);
    studio.waits_for("hum.wav: Used once · 2.0 s");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(
        media(&mut studio),
        std::slice::from_ref(&imported),
        "one step"
    );
    assert!(studio.shows("hum.wav: File missing"));

    studio.click("Relink hum.wav…");
    pick(&mut studio, &home.path().join("hum.wav"));
    studio.waits_for("hum.wav is there again.");
    studio.waits_for("hum.wav: Used once · 1.0 s");
    assert!(file.is_file() && !studio.shows("file missing"));
    assert_eq!(media(&mut studio), [imported]);
}

/// Chooses a folder in the file picker.
fn pick_folder(studio: &mut Studio, folder: &Path) {
    studio.type_into("Folder", &folder.join("").display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
}

#[test]
fn missing_files_are_found_in_a_folder_and_relinked_in_one_step() {
    let home = home();
    let mut studio = with_picture_and_hum(home.path());
    assert!(!studio.shows("Find in a folder…"));
    let before = media(&mut studio);
    let project = home.path().join("films/First.kinora");
    for one in &before {
        std::fs::remove_file(project.join(&one.path)).expect("gone");
    }
    studio.click("Check again which files are missing");
    studio.waits_for("2 files are missing");
    let (empty, footage) = (home.path().join("Empty"), home.path().join("Footage"));
    std::fs::create_dir(&empty).expect("made");
    std::fs::create_dir(&footage).expect("made");
    studio.click("Find in a folder…");
    pick_folder(&mut studio, &empty);
    studio.waits_for("0 of 2 imports found in Empty. Not found: Ada.png, hum.wav");
    assert_eq!(media(&mut studio), before);

    std::fs::rename(home.path().join("Ada.png"), footage.join("portrait.png")).expect("moved");
    tone(&footage.join("Hum.wav"), 48_100); // other bytes, and as long within a frame
    studio.click("Find in a folder…");
    pick_folder(&mut studio, &footage);
    let found = "2 of 2 imports found in Footage. Found by name, not by content: hum.wav";
    studio.waits_for(found);
    studio.waits_until("the files", |studio| !studio.shows("Find in a folder…"));
    assert!(!studio.shows("File missing"));
    let after = media(&mut studio);
    assert_eq!(after[0], before[0], "it was put back");
    assert_ne!(after[1].content, before[1].content);
    assert_eq!(
        (after[1].id, &after[1].name),
        (before[1].id, &before[1].name)
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(media(&mut studio), before, "one step");
    studio.waits_for("1 file is missing");
}
