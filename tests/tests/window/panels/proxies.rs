//! Proxies of imported videos: made in the media panel or by themselves, and played in the viewer.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use kinora_render::{Content, Format, Picture, Writer};
use kinora_studio::folders::Folders;
use kinora_tests::studio::Studio;
use kinora_timeline::FrameRate;

use super::home;

/// A video of half a second in a folder, 192 x 128 pixels.
fn sea(folder: &Path) -> PathBuf {
    let path = folder.join("sea.mp4");
    let content = Content {
        size: [192, 128],
        rate: FrameRate::FPS_24,
        has_sound: false,
    };
    let mut writer = Writer::create(&path, Format::MP4, content).expect("a writer");
    for _ in 0..12 {
        let blue = Picture::plain(192, 128, [20, 90, 200, 255]);
        writer.picture(&blue).expect("a picture");
    }
    writer.finish().expect("written");
    path
}

/// The files in the project's folder of proxies.
fn proxies(home: &Path) -> usize {
    let folder = home.join("films/First.kinora/cache/proxies");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn a_proxy_is_made_in_the_media_panel_played_and_removed() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.drop_files([sea(home.path())]);
    studio.waits_for("sea.mp4 on V1");
    studio.click("Media");
    studio.press(Modifiers::NONE, Key::Home);
    studio.waits_for("Picture of frame 0");
    studio.waits_for("sea.mp4: Used once");
    studio
        .secondary_click_part("sea.mp4: Used once")
        .click("Proxy")
        .click("Make quarter-size proxy");
    studio.waits_for("Quarter-size proxy");
    studio.waits_for("Picture of frame 0, proxy");
    assert_eq!(proxies(home.path()), 1);

    studio.press(Modifiers::SHIFT, Key::P);
    studio.waits_until("the video itself", |studio| !studio.shows(", proxy"));
    studio.press(Modifiers::SHIFT, Key::P);
    studio.waits_for("Picture of frame 0, proxy");

    studio
        .secondary_click_part("sea.mp4: Used once")
        .click("Proxy")
        .click("Make half-size proxy");
    studio.waits_for("Half-size proxy");
    assert_eq!(proxies(home.path()), 1, "a video has one proxy");
    studio
        .secondary_click_part("sea.mp4: Used once")
        .click("Proxy")
        .click("Remove proxy");
    studio.waits_for("The proxy of sea.mp4 was removed.");
    studio.waits_until("the video itself", |studio| !studio.shows(", proxy"));
    assert!(!studio.shows("Half-size proxy"));
    assert_eq!(proxies(home.path()), 0);
}

#[test]
fn a_large_import_gets_a_proxy_by_itself_if_the_preferences_say_so() {
    let home = home();
    let config = Folders::under(home.path()).config;
    std::fs::create_dir_all(&config).expect("made");
    let preferences = "(proxies_above_lines: Some(127))";
    std::fs::write(config.join("preferences.ron"), preferences).expect("written");
    let mut studio = Studio::with_new_project(home.path());
    studio.drop_files([sea(home.path())]);
    studio.waits_for("sea.mp4 has a proxy.");
    studio.click("Media");
    studio.waits_for("192 x 128 · Half-size proxy");
    assert_eq!(proxies(home.path()), 1);
}
