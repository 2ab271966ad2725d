//! Every control has a name for screen readers, and Tab walks each row from left to right: on the welcome page, in each
//! panel and in each dialog.

use std::path::Path;

use egui::accessibility::is_input;
use egui::{Id, Key, Modifiers, Rect};
use egui_kittest::kittest::NodeT as _;
use kinora_tests::studio::Studio;
use kinora_tests::tone;

use super::{home, portrait};

/// The panels, in the order of the keys Shift+1 to Shift+9 and Shift+0. The measures have Alt+Shift+M.
const PANELS: [Key; 10] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
    Key::Num0,
];

/// The commands that open a dialog, as they are typed into the command palette.
const DIALOGS: [&str; 21] = [
    "New project",
    "Open…",
    "Save as",
    "Duplicate project",
    "Collect project",
    "Export video",
    "Project settings",
    "Preferences",
    "Models…",
    "Undo history",
    "Import",
    "Import timeline",
    "Export timeline",
    "Edit marker",
    "Markers",
    "Go to timecode",
    "Add character",
    "Save layout as",
    "Keyboard shortcuts",
    "Messages",
    "About Kinora",
];

/// Asserts that every control that a person can act on has a label with a letter or a digit. An icon is no name, and
/// neither is the hint in an empty text field.
#[track_caller]
fn check(studio: &Studio, place: &str) {
    let nodes = studio.window.root().children_recursive();
    let controls = nodes
        .map(|node| node.accesskit_node())
        .filter(|node| is_input(node.role()) && !node.is_hidden())
        .filter(|node| !node.data().is_read_only());
    let mut count = 0;
    let mut unnamed = Vec::new();
    for control in controls {
        count += 1;
        let name = control.label().unwrap_or_default();
        if !name.chars().any(char::is_alphanumeric) {
            let (role, bounds) = (control.role(), control.raw_bounds());
            unnamed.push(format!("{role:?} {name:?} at {bounds:?}"));
        }
    }
    assert!(count > 3, "{place} has controls");
    assert!(unnamed.is_empty(), "{place}: {unnamed:#?}");
}

/// Controls whose middles differ less are in one row, in points.
const ROW: f32 = 6.0;
/// Controls of one row of a panel are not farther apart, in points. Beside a panel there is another one.
const NEAR: f32 = 220.0;
/// So many controls of a dialog or a panel are walked.
const MOST_TABS: usize = 24;

/// Presses and releases Tab within one frame: there are hundreds of presses.
fn tab(studio: &mut Studio) {
    let event = |pressed| egui::Event::Key {
        key: Key::Tab,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let events = [true, false].map(event);
    studio.window.input_mut().events.extend(events);
    studio.window.step();
}

fn focused(studio: &Studio) -> Option<(Id, Rect)> {
    let ctx = &studio.window.ctx;
    let id = ctx.memory(egui::Memory::focused)?;
    Some((id, ctx.read_response(id)?.rect))
}

/// Asserts that Tab never goes to a control beside the last one, to the left of it.
#[track_caller]
fn check_tab_order(studio: &mut Studio, place: &str) {
    let mut first = None;
    let mut last: Option<Rect> = None;
    for _ in 0..MOST_TABS {
        tab(studio);
        let Some((id, rect)) = focused(studio) else {
            continue;
        };
        if *first.get_or_insert(id) == id && last.is_some() {
            return;
        }
        if let Some(last) = last {
            let is_row = (last.center().y - rect.center().y).abs() < ROW;
            let is_left = rect.left() < last.left() && last.left() - rect.left() < NEAR;
            assert!(!(is_row && is_left), "{place}: from {last:?} to {rect:?}");
        }
        last = Some(rect);
    }
    assert!(last.is_some(), "{place}: nothing takes the focus");
}

/// Brings each panel to the front.
#[track_caller]
fn check_panels(studio: &mut Studio, state: &str) {
    for (number, key) in PANELS.into_iter().enumerate() {
        studio.press(Modifiers::NONE, Key::Escape); // a text field would take the key
        studio.press(Modifiers::SHIFT, key);
        check(studio, &format!("{state}, panel {}", number + 1));
    }
    studio.press(Modifiers::ALT | Modifiers::SHIFT, Key::M);
    check(studio, &format!("{state}, the measures"));
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::SHIFT, Key::Num9); // the timeline again
}

fn run(studio: &mut Studio, command: &str) {
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text(command);
    studio.press(Modifiers::NONE, Key::Enter);
}

/// A project with a shot that has a take, a character, a sound, clips, a dissolve's cut, a title and a marker.
fn filled(home: &Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.drop_file(portrait(home));
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Shots").click("New shot");
    studio.type_into("Prompt", "@ada walks");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    for _ in 0..2 {
        studio.click("Append Shot 1 to the timeline");
    }
    let sound = home.join("hum.wav");
    tone(&sound, 48_000);
    studio.drop_file(sound);
    studio.waits_for("hum.wav on A1");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::M);
    studio
}

#[test]
fn the_welcome_page_and_the_dialog_of_a_new_project_name_their_controls() {
    let home = home();
    let mut studio = Studio::at_the_door(home.path());
    check(&studio, "the welcome page");
    studio.press(Modifiers::COMMAND, Key::N);
    check(&studio, "the dialog of a new project");
}

#[test]
fn every_panel_of_an_empty_project_names_its_controls() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    check_panels(&mut studio, "an empty project");
}

#[test]
fn every_panel_of_a_project_names_its_controls_whatever_is_selected() {
    let home = home();
    let mut studio = filled(home.path());
    check_panels(&mut studio, "without a clip");
    studio.click_part("Shot 1 on V1, 00:00:00:00");
    check_panels(&mut studio, "with a clip");
    studio.click_part("hum.wav on A1");
    check_panels(&mut studio, "with a sound");
    studio.press(Modifiers::NONE, Key::T);
    check_panels(&mut studio, "with a title");
}

#[test]
fn every_dialog_names_its_controls() {
    let home = home();
    let mut studio = filled(home.path());
    for dialog in DIALOGS {
        run(&mut studio, dialog);
        check(&studio, dialog);
        studio.press(Modifiers::NONE, Key::Escape);
    }
    studio.press(Modifiers::COMMAND, Key::K);
    check(&studio, "the command palette");
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::COMMAND, Key::Comma);
    for page in ["General", "Generation", "Timeline", "Storage"] {
        studio.tab_to(page).press(Modifiers::NONE, Key::Space);
        check(&studio, &format!("the page {page} of the preferences"));
    }
}

#[test]
fn every_menu_names_its_commands() {
    let home = home();
    let mut studio = filled(home.path());
    for menu in [
        "File", "Edit", "Timeline", "Shot", "Play", "View", "Engine", "Help",
    ] {
        let bar = studio.window.ctx.content_rect().top() + 60.0;
        {
            let nodes = studio.window.root().children_recursive();
            let mut named =
                nodes.filter(|node| node.accesskit_node().label().as_deref() == Some(menu));
            let button = named.find(|node| node.rect().bottom() < bar);
            button.expect("the menu").click();
        }
        studio.window.run_ok();
        check(&studio, menu);
        studio.press(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn tab_walks_each_row_of_a_dialog_from_left_to_right() {
    let home = home();
    let mut studio = filled(home.path());
    for dialog in DIALOGS {
        run(&mut studio, dialog);
        check_tab_order(&mut studio, dialog);
        studio.press(Modifiers::NONE, Key::Escape);
        studio.press(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn tab_walks_each_row_of_a_panel_from_left_to_right() {
    let home = home();
    let mut studio = filled(home.path());
    studio.click_part("hum.wav on A1");
    for (number, key) in PANELS.into_iter().enumerate() {
        studio.press(Modifiers::NONE, Key::Escape);
        studio.press(Modifiers::SHIFT, key);
        check_tab_order(&mut studio, &format!("panel {}", number + 1));
    }
}
