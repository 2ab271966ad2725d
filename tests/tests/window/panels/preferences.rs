//! Preferences, project settings, the undo history and named layouts.

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers, Role, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::{ContentHash, FrameRate};

use super::home;

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.window.event(egui::Event::Text(command.to_owned()));
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
}

/// Opens a page of the preferences.
fn open_page(studio: &mut Studio, page: &str) {
    studio.press(Modifiers::COMMAND, Key::Comma);
    studio.click(page);
}

fn waits_for_text(studio: &mut Studio, file: &Path, text: &str) {
    studio.waits_until(text, |_| {
        fs::read_to_string(file).is_ok_and(|content| content.contains(text))
    });
}

#[test]
fn new_shots_have_the_preferred_length_which_is_kept() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    open_page(&mut studio, "Generation");
    studio.type_number("New shot", "2");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Reset to defaults"), "the dialog is closed");
    studio.click("New shot");
    let frames = |studio: &mut Studio, name| studio.shot(name).length.frames;
    let (before, after) = (frames(&mut studio, "Shot 1"), frames(&mut studio, "Shot 2"));
    assert!(after > before, "{before} and {after}");
    let file = home.path().join("config/preferences.ron");
    waits_for_text(&mut studio, &file, "shot_seconds: 2.0");
    open_page(&mut studio, "Generation");
    studio.click("Reset to defaults");
    waits_for_text(&mut studio, &file, "shot_seconds: 1.0");
}

#[test]
fn new_projects_are_offered_in_the_preferred_folder() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    let folder = home.path().join("elsewhere").display().to_string();
    open_page(&mut studio, "General");
    studio.type_into("New projects in", "elsewhere");
    assert!(studio.shows("must be an absolute path"));
    studio.type_into("New projects in", &folder);
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::COMMAND, Key::N);
    studio.waits_for(&format!("Will be saved as {folder}"));
}

#[test]
fn the_scale_of_the_interface_is_remembered() {
    let home = home();
    let is_larger = |studio: &Studio| (studio.window.ctx.zoom_factor() - 1.1).abs() < 0.01;
    let mut studio = Studio::at_the_door(home.path());
    assert!(!is_larger(&studio));
    studio.press(Modifiers::COMMAND, Key::Plus);
    assert!(is_larger(&studio));
    let file = home.path().join("config/preferences.ron");
    waits_for_text(&mut studio, &file, "ui_scale: 1.1");
    drop(studio);
    let mut studio = Studio::at_the_door(home.path());
    studio.window.run_ok();
    assert!(is_larger(&studio));
}

#[test]
fn a_further_take_is_chosen_only_by_preference_and_as_a_step() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    let chosen = |studio: &mut Studio| studio.shot("Shot 1").chosen;
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| chosen(studio).is_some());
    let first = chosen(&mut studio);
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("The chosen take stays.");
    assert_eq!(chosen(&mut studio), first);
    open_page(&mut studio, "Generation");
    studio.click("Replaces the chosen take");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("It is the chosen one now.");
    assert_ne!(chosen(&mut studio), first);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(chosen(&mut studio), first);
}

#[test]
fn the_caches_of_the_project_are_cleared() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let project = home.path().join("films/First.kinora");
    let strips = project.join("cache/strips");
    fs::create_dir_all(&strips).expect("a folder");
    let strip = strips.join(format!("{}.png", ContentHash::of(b"a medium")));
    fs::write(&strip, [0; 3000]).expect("written");
    open_page(&mut studio, "Storage");
    studio.waits_until("the size", |studio| !studio.shows("Counting the files"));
    studio.click("Clear the caches");
    studio.waits_until("the end of the file", |_| !strip.exists());
    assert!(project.join("project.ron").exists());
}

#[test]
fn the_memory_limit_autosave_and_proxies_are_chosen_and_kept() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    let file = home.path().join("config/preferences.ron");
    for (page, list, choice, text) in [
        ("Generation", "Memory limit", "8 GB", "memory_gb: Some(8)"),
        (
            "Storage",
            "Autosave",
            "Every 20 minutes",
            "autosave_minutes: Some(20)",
        ),
        (
            "Storage",
            "Make proxies",
            "1920 x 1080 and larger",
            "proxies_above_lines: Some(1079)",
        ),
    ] {
        open_page(&mut studio, page);
        let list = studio.window.get_by_role_and_label(Role::ComboBox, list);
        list.click();
        studio.window.run_ok();
        studio.click(choice);
        waits_for_text(&mut studio, &file, text);
        studio.press(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn another_frame_rate_fits_the_clips_in_one_step() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    let before = studio.project();
    run(&mut studio, "project settings");
    for (list, entry) in [("Frame rate", "25"), ("Size", "1920x1080 (Full HD)")] {
        let list = studio.window.get_by_role_and_label(Role::ComboBox, list);
        list.click();
        studio.window.run_ok();
        studio.click(entry);
    }
    studio.waits_for("1 clip is fitted to 25 frames per second");
    studio.click("Change settings");
    let after = studio.project();
    assert_eq!(Some(after.rate()), FrameRate::new(25, 1));
    assert_eq!(after.size().to_string(), "1920x1080");
    let clip = after.tracks()[0].clips().next().map(|(_, range)| range);
    let length = clip.expect("the clip is there").length;
    assert_eq!(length.0, 26, "25 frames were 1.04 s");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before);
}

#[test]
fn a_click_in_the_undo_history_goes_to_that_step() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    for _ in 0..3 {
        studio.click("New shot");
    }
    let shots = |studio: &mut Studio| studio.project().shots().count();
    studio.press(Modifiers::COMMAND | Modifiers::ALT, Key::Z);
    studio.waits_for("Step 3: add shot (current)");
    studio.click("Step 1: add shot");
    assert_eq!(shots(&mut studio), 1);
    studio.click("Step 3: add shot (undone)");
    assert_eq!(shots(&mut studio), 3);
    studio.click("Step 0: Earliest state");
    assert_eq!(shots(&mut studio), 0);
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(shots(&mut studio), 1);
}

#[test]
fn a_layout_is_saved_used_and_deleted() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    run(&mut studio, "save layout");
    studio.type_into("Name", "Camera");
    assert!(studio.shows("A layout of Kinora has this name."));
    studio.type_into("Name", "Mine").click("Save layout");
    studio.waits_for("Saved the layout Mine.");
    let saved = home.path().join("config/layouts.ron");
    waits_for_text(&mut studio, &saved, "Mine");

    let used = home.path().join("config/layout.ron");
    studio.click("View").click("Layout: Camera");
    studio.waits_until("the file", |_| used.exists());
    let camera = fs::read_to_string(&used).expect("written");
    studio.click("View").click("Layout: Mine");
    studio.waits_until("another layout", |_| {
        fs::read_to_string(&used).is_ok_and(|layout| layout != camera)
    });

    studio.click("View").click("Delete the layout Mine");
    studio.click("View");
    assert!(studio.shows("Layout: Editing") && !studio.shows("Layout: Mine"));
}

#[test]
fn a_dragged_edge_ripples_without_ctrl_by_preference_and_trims_with_it() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for _ in 0..2 {
        studio.click("Append Shot 1 to the timeline");
    }
    let clips = |studio: &mut Studio| -> Vec<(i64, i64)> {
        let project = studio.project();
        let clips = project.tracks()[0].clips();
        let clips = clips.map(|(_, range)| (range.start.0, range.length.0));
        clips.collect()
    };
    let tail = |studio: &Studio| {
        let first = "Shot 1 on V1, 00:00:00:00";
        let rect = studio.window.get_by_label_contains(first).rect();
        pos2(rect.right() - 3.0, rect.center().y)
    };
    let by = vec2(-48.0, 0.0); // 8 frames
    let from = tail(&studio);
    studio.drag(from, from + by);
    assert_eq!(clips(&mut studio), [(0, 17), (25, 25)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    studio.press(Modifiers::COMMAND, Key::Comma);
    studio
        .tab_to("Timeline")
        .press(Modifiers::NONE, Key::Space)
        .click("Ripple without Ctrl");
    studio.press(Modifiers::NONE, Key::Escape);
    let from = tail(&studio);
    studio.drag(from, from + by);
    assert_eq!(clips(&mut studio), [(0, 17), (17, 25)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    let from = tail(&studio);
    studio.drag_with(Modifiers::COMMAND, from, from + by);
    assert_eq!(clips(&mut studio), [(0, 17), (25, 25)]);
}
