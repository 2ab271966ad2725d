//! The dialog of models: the licence before any byte, progress, pause, removal, and a hub that is not there.

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers};
use kinora_tests::model_hub::{ModelHub, PLACE};
use kinora_tests::studio::Studio;

use super::home;

/// The window with the dialog open. Models come from this address.
fn with_dialog(home: &Path, hub: &ModelHub, address: &str) -> Studio {
    let config = home.join("config");
    fs::create_dir_all(&config).expect("made");
    fs::write(
        config.join("install.ron"),
        format!("(hub: Some(\"{address}\"))"),
    )
    .expect("written");
    hub.write_card(&home.join("data"));
    let mut studio = Studio::at_the_door_with(home.join("no-engine"), home);
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text("Models…");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Install Tiny model");
    studio
}

fn click_far(studio: &mut Studio, label: &str) {
    studio.scroll_to(label);
    studio.click(label);
}

#[test]
fn a_model_is_installed_after_its_licence_verified_and_removed() {
    let home = home();
    let hub = ModelHub::start(vec![7; 200_000]);
    let mut studio = with_dialog(home.path(), &hub, &hub.address);
    assert!(studio.shows("No model is installed"));
    assert!(studio.shows("Wan 2.1 text to video, 1.3B"));
    assert!(studio.shows(&hub.address), "where files come from");
    click_far(&mut studio, "Install Tiny model");
    studio.waits_for("Test licence. Everything.");
    assert!(hub.starts().is_empty());
    studio.click("Back");
    click_far(&mut studio, "Install Tiny model");
    studio.waits_for("Accept and install");
    studio.click("Accept and install");
    studio.waits_for("Remove Tiny model");
    let file = home.path().join("data/models").join(PLACE);
    assert!(fs::read(&file).expect("there") == vec![7; 200_000]);

    click_far(&mut studio, "Verify Tiny model");
    studio.waits_for("Verified: every file is as it was published.");
    click_far(&mut studio, "Remove Tiny model");
    studio.waits_for("Delete files");
    assert!(studio.shows("tiny.bin"));
    studio.click("Delete files");
    studio.waits_for("Install Tiny model");
    assert!(!file.exists());
}

#[test]
fn a_download_is_paused_resumed_and_cancelled() {
    let home = home();
    let hub = ModelHub::start(vec![7; 800_000]);
    hub.stop_after(200_000);
    let mut studio = with_dialog(home.path(), &hub, &hub.address);
    click_far(&mut studio, "Install Tiny model");
    studio.waits_for("Accept and install");
    studio.click("Accept and install");
    studio.waits_for("Pause Tiny model");
    studio.waits_until("bytes", |_| hub.sent_bytes() >= 200_000);
    click_far(&mut studio, "Pause Tiny model");
    studio.waits_for("Paused. Resume goes on where it stopped.");
    studio.waits_for("Resume Tiny model");
    click_far(&mut studio, "Resume Tiny model");
    studio.waits_for("Pause Tiny model");
    studio.waits_until("a second request", |_| hub.starts().len() == 2);
    click_far(&mut studio, "Cancel Tiny model");
    studio.waits_for("Cancelled. Nothing of it was kept.");
    let part = home
        .path()
        .join("data/models")
        .join(format!("{PLACE}.part"));
    assert!(!part.exists());
}

#[test]
fn a_hub_that_is_not_there_is_reported() {
    let home = home();
    let hub = ModelHub::start(vec![7; 1000]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let mut studio = with_dialog(home.path(), &hub, &address);
    click_far(&mut studio, "Install Tiny model");
    studio.waits_for("Accept and install");
    studio.click("Accept and install");
    studio.waits_for("tiny.bin is asked for again");
    click_far(&mut studio, "Cancel Tiny model");
    studio.waits_for("Cancelled. Nothing of it was kept.");
}

#[test]
fn a_file_that_kinora_did_not_fetch_is_kept_by_a_removal() {
    let home = home();
    let hub = ModelHub::start(vec![7; 1000]);
    let file = home.path().join("data/models").join(PLACE);
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    fs::write(&file, vec![1; 1000]).expect("written");
    hub.write_card(&home.path().join("data"));
    let mut studio = Studio::at_the_door_with(home.path().join("no-engine"), home.path());
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text("Models…");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Remove Tiny model");
    click_far(&mut studio, "Remove Tiny model");
    studio.waits_for("Nothing is deleted.");
    assert!(studio.shows("Kinora did not fetch them") && studio.shows("tiny.bin"));
    studio.click("Back to the list");
    studio.waits_for("Remove Tiny model");
    assert!(file.exists());
}

#[test]
fn a_model_card_that_the_engine_does_not_use_is_reported_with_its_remedy() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.scroll_to("Advanced").click("Advanced");
    studio.waits_for("Guidance"); // the engine has listed its models
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text("Models…");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("the model card mine.ron is not used; give it an id of its own");
}
