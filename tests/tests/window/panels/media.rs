//! The media panel: imports listed, searched, renamed, removed, and placed on the timeline.

mod missing;

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, pos2};
use egui_kittest::kittest::Queryable as _;
use image::codecs::webp::WebPEncoder;
use image::{Rgb, RgbImage};
use kinora_render::{Content, Format, Picture, Writer};
use kinora_tests::studio::Studio;
use kinora_tests::tone;
use kinora_timeline::media::{Deinterlacing, Medium, PictureSettings};
use kinora_timeline::{FrameRate, Frames, Source};

use super::{home, portrait};

/// A sound of a second in a folder.
fn hum(folder: &Path) -> PathBuf {
    let sound = folder.join("hum.wav");
    tone(&sound, 48_000);
    sound
}

/// A project with a sound on the timeline, and with the media panel shown.
fn with_hum(home: &Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.drop_file(hum(home));
    studio.waits_for("hum.wav on A1, 00:00:00:00 to 00:00:01:00");
    studio.click("Media");
    studio
}

/// A project with a picture and a sound that are not placed, and with the media panel shown.
fn with_picture_and_hum(home: &Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    studio.drop_files([portrait(home), hum(home)]);
    studio.click("Media");
    studio.waits_for("hum.wav: Not used · 1.0 s");
    studio.waits_for("Ada.png: Not used · 24 x 32");
    studio
}

fn media(studio: &mut Studio) -> Vec<Medium> {
    let project = studio.project();
    project.media().map(|one| Medium::clone(one)).collect()
}

/// A WebP file: three pictures of 32 x 32 pixels, each shown for 40 milliseconds, or a still one.
fn webp(path: &Path, moves: bool) {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut chunk = [&name[..], &(data.len() as u32).to_le_bytes(), data].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let still = |grey: u8| {
        let mut bytes = Vec::new();
        RgbImage::from_pixel(32, 32, Rgb([grey; 3]))
            .write_with_encoder(WebPEncoder::new_lossless(&mut bytes))
            .expect("encoded");
        bytes
    };
    if !moves {
        std::fs::write(path, still(90)).expect("written");
        return;
    }
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[2, 0, 0, 0, 31, 0, 0, 31, 0, 0])); // an animation
    body.extend(chunk(b"ANIM", &[0; 6]));
    for grey in [0, 100, 200] {
        let mut data = vec![0, 0, 0, 0, 0, 0, 31, 0, 0, 31, 0, 0, 40, 0, 0, 2];
        data.extend(&still(grey)[12..]); // without the header of its own file
        body.extend(chunk(b"ANMF", &data));
    }
    std::fs::write(path, chunk(b"RIFF", &body)).expect("written");
}

/// Start and length of the clips of each track.
fn clips(studio: &mut Studio) -> Vec<Vec<(i64, i64)>> {
    let project = studio.project();
    let tracks = project.tracks().iter().map(|track| {
        let clips = track.clips();
        clips
            .map(|(_, range)| (range.start.0, range.length.0))
            .collect()
    });
    tracks.collect()
}

/// Chooses an item of the menu of an import.
fn choose(studio: &mut Studio, row: &str, item: &str) {
    studio.secondary_click_part(row).click(item);
}

#[test]
fn a_dropped_picture_that_moves_is_a_video_and_a_still_one_joins_the_cast() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let (fire, stone) = (
        home.path().join("Fire.webp"),
        home.path().join("Stone.webp"),
    );
    webp(&fire, true);
    webp(&stone, false);
    studio.drop_file(fire);
    studio.waits_for("Fire.webp on V1, 00:00:00:00 to");
    assert_eq!(studio.project().cast().count(), 0);
    studio.drop_file(stone);
    studio.click("Cast");
    studio.waits_for("@stone, not used yet");
    let media = media(&mut studio);
    let names: Vec<&str> = media.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Fire.webp"]);
}

#[test]
fn a_numbered_picture_is_imported_with_its_neighbours_or_alone_as_a_still() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let plates = home.path().join("plates");
    std::fs::create_dir(&plates).expect("made");
    for number in 1..=3 {
        let file = plates.join(format!("shot.{number:04}.png"));
        RgbImage::new(8, 6).save(file).expect("saved");
    }
    let file = plates.join("shot.0002.png").display().to_string();
    studio.press(Modifiers::COMMAND, Key::I);
    studio.waits_for("Import media");
    studio.type_into("File", &file);
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("shot.[0001-0003].png (3 pictures at 24 a second) is on the timeline.");
    studio.waits_for("shot.[0001-0003].png on V1, 00:00:00:00 to 00:00:00:03");

    studio.press(Modifiers::COMMAND, Key::K);
    let words = egui::Event::Text("import still".to_owned());
    studio.window.event(words);
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Import still");
    studio.type_into("File", &file);
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("shot.0002.png on V");
    let names: Vec<String> = media(&mut studio).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["shot.[0001-0003].png", "shot.0002.png"]);
}

#[test]
fn the_import_of_an_image_sequence_shows_its_progress_and_is_cancelled() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let plates = home.path().join("plates");
    std::fs::create_dir(&plates).expect("made");
    let first = plates.join("shot.0001.png");
    RgbImage::new(1920, 1080).save(&first).expect("saved");
    for number in 2..=300 {
        let file = plates.join(format!("shot.{number:04}.png"));
        std::fs::copy(&first, file).expect("copied");
    }
    studio.press(Modifiers::COMMAND, Key::I);
    studio.waits_for("Import media");
    studio.type_into("File", &first.display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Importing shot.[0001-0300].png: 300 pictures at 24 a second, ");
    studio.click("Cancel import");
    studio.waits_for("The import was cancelled.");
    assert!(!studio.shows("Cancel import"));
    assert!(media(&mut studio).is_empty());
    let own = home.path().join("films/First.kinora/media");
    let left = std::fs::read_dir(own).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing is left behind");
}

#[test]
fn an_import_is_listed_with_its_length_and_its_use_and_shown_on_the_timeline() {
    let home = home();
    let mut studio = with_hum(home.path());
    assert!(studio.shows("hum.wav: Used once · 1.0 s"));
    studio.secondary_click_part("hum.wav: Used once");
    assert!(studio.shows("Show in folder"));
    studio.press(Modifiers::NONE, Key::Escape);
    studio.press(Modifiers::NONE, Key::Home);
    studio.click("Insert hum.wav at the playhead");
    assert!(studio.shows("hum.wav: Used 2 times"));
    let placed = [vec![], vec![(0, 24), (24, 24)]];
    assert_eq!(clips(&mut studio), placed);
    for expected in [0, 24] {
        choose(&mut studio, "hum.wav: Used", "Show in timeline");
        studio.press(Modifiers::NONE, Key::M);
        let project = studio.project();
        let newest = project.markers().max_by_key(|marker| marker.id);
        let start = newest.map(|marker| marker.range.start);
        assert_eq!(start, Some(Frames(expected)));
    }
    studio.press(Modifiers::NONE, Key::Delete); // the clips are selected
    assert!(studio.shows("hum.wav: Not used"));
}

#[test]
fn files_that_are_dropped_together_are_imported_and_found_by_name() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let sounds = (1..=9).map(|number| {
        let sound = home.path().join(format!("sound {number}.wav"));
        tone(&sound, 4800 * number);
        sound
    });
    let sounds: Vec<PathBuf> = sounds.collect();
    studio.drop_files(sounds);
    studio.waits_for("9 files imported");
    assert_eq!(media(&mut studio).len(), 9);
    assert_eq!(studio.project().end(), Frames::ZERO, "none is placed");
    studio.click("Media").type_into("Search media", "SOUND 7");
    assert!(studio.shows("sound 7.wav:") && !studio.shows("sound 1.wav:"));
    studio.click("Pictures");
    assert!(studio.shows("No matching import"));
}

#[test]
fn an_import_is_renamed_and_removed_with_its_clips() {
    let home = home();
    let mut studio = with_hum(home.path());
    choose(&mut studio, "hum.wav: Used", "Rename");
    studio.window.event(egui::Event::Text("Waves".to_owned()));
    studio.window.run_ok();
    studio.click("Viewer");
    assert!(studio.shows("Waves on A1"));
    assert_eq!(media(&mut studio)[0].name, "Waves");

    let before = studio.project();
    choose(&mut studio, "Waves: Used", "Remove");
    assert!(studio.shows("Waves was not removed: it is still used by 1 clip."));
    assert_eq!(studio.project(), before);
    studio.click("Remove with its clips");
    assert!(media(&mut studio).is_empty());
    let none: [Vec<(i64, i64)>; 2] = [vec![], vec![]];
    assert_eq!(clips(&mut studio), none);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step");
}

#[test]
fn an_import_is_dragged_onto_a_track_of_its_kind() {
    let home = home();
    let mut studio = with_picture_and_hum(home.path());
    let header = studio.window.get_by_label("Hide V1 (off)").rect();
    let lane = pos2(header.right() + 300.0, header.center().y);
    for row in ["Ada.png:", "hum.wav:"] {
        let row = studio.window.get_by_label_contains(row).rect();
        studio.drag(row.center(), lane);
    }
    let clips = clips(&mut studio);
    let lengths = clips.iter().map(|track| {
        let lengths = track.iter().map(|(_, length)| *length);
        lengths.collect::<Vec<i64>>()
    });
    let lengths: Vec<Vec<i64>> = lengths.collect();
    assert_eq!(lengths, [[72], [24]], "sound goes to the audio track");
}

#[test]
fn a_picture_begins_a_shot_and_replaces_a_clip() {
    let home = home();
    let mut studio = with_picture_and_hum(home.path());
    studio.click("Shots").click("New shot");
    studio.click("Append Shot 1 to the timeline").click("Media");
    choose(&mut studio, "Ada.png:", "Use as first frame of Shot 1");
    let (shot, ada) = (studio.shot("Shot 1"), media(&mut studio));
    let ada = ada.iter().find(|one| one.name == "Ada.png").expect("Ada");
    assert_eq!(shot.keyframes[0].image, ada.content);
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::D);
    choose(&mut studio, "Ada.png:", "Replace the selected clip");
    let project = studio.project();
    let mut clips = project.tracks()[0].clips();
    let (clip, range) = clips.next().expect("the clip");
    assert_eq!(
        (clip.source, range.length),
        (Source::Medium(ada.id), Frames(25))
    );
}

#[test]
fn match_frame_shows_the_shot_or_the_import_of_a_clip() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").click("New shot");
    studio.click("Append Shot 1 to the timeline");
    studio.drop_file(hum(home.path()));
    studio.waits_for("hum.wav on A1");
    studio.click("Clip");
    assert!(!studio.shows("Negative prompt"));
    studio.press(Modifiers::NONE, Key::Home);
    studio.press(Modifiers::NONE, Key::F);
    assert!(studio.shows("Negative prompt"), "the shot panel");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    let project = studio.project();
    let mut shots = project.shots();
    assert!(shots.any(|shot| shot.name == "Shot 1 copy"));

    assert!(!studio.shows("hum.wav: Used once"));
    studio
        .click_part("hum.wav on A1")
        .press(Modifiers::NONE, Key::F);
    assert!(studio.shows("hum.wav: Used once"), "the media panel");
}

#[test]
fn imports_are_marked_as_favourites_and_with_labels() {
    let home = home();
    let mut studio = with_hum(home.path());
    studio.click("Favourites");
    assert!(studio.shows("No matching import"));
    studio.click("All");
    studio
        .secondary_click_part("hum.wav: ")
        .click("Add to favourites");
    studio.click("Favourites");
    assert!(!studio.shows("No matching import"));
    studio
        .secondary_click_part("hum.wav: ")
        .click("Label")
        .click_part("Green");
    let marks = |studio: &mut Studio| {
        let project = studio.project();
        let mut media = project.media();
        media
            .find(|medium| medium.name == "hum.wav")
            .expect("hum")
            .marks
    };
    let marked = marks(&mut studio);
    assert!(marked.is_favourite);
    assert_eq!(marked.label, kinora_timeline::clip::Label::Green);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(marks(&mut studio).label, kinora_timeline::clip::Label::None);
}

/// A video of half a second in a folder.
fn sea(folder: &Path) -> PathBuf {
    let path = folder.join("sea.mp4");
    let content = Content {
        size: [96, 64],
        rate: FrameRate::FPS_24,
        has_sound: false,
    };
    let mut writer = Writer::create(&path, Format::MP4, content).expect("a writer");
    for _ in 0..12 {
        let blue = Picture::plain(96, 64, [20, 90, 200, 255]);
        writer.picture(&blue).expect("a picture");
    }
    writer.finish().expect("written");
    path
}

#[test]
fn the_pictures_of_a_video_are_described_and_their_settings_are_kept() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.drop_files([sea(home.path()), hum(home.path())]);
    studio.click("Media");
    studio.waits_for("sea.mp4: Not used · 0.5 s · 96 x 64");
    let row = studio.window.get_by_label_contains("sea.mp4: ").rect();
    studio.window.hover_at(row.center());
    studio.waits_for("24 fps, constant · h264 · BT.709, limited range");

    let picture = |studio: &mut Studio| {
        let media = media(studio);
        let sea = media.iter().find(|one| one.name == "sea.mp4");
        sea.expect("the sea").picture
    };
    studio.secondary_click_part("sea.mp4: ").click("Picture");
    assert!(studio.shows("Colours: BT.2020 PQ"));
    assert!(!studio.shows("Tone curve"), "it is for wide colours");
    studio.click("Deinterlacing: Off");
    let off = PictureSettings {
        deinterlacing: Deinterlacing::Off,
        ..PictureSettings::default()
    };
    assert_eq!(picture(&mut studio), off);
    studio
        .secondary_click_part("sea.mp4: ")
        .click("Picture")
        .click("Colours: BT.2020 PQ");
    studio
        .secondary_click_part("sea.mp4: ")
        .click("Picture")
        .click("Tone curve: Clipped");
    for _ in 0..2 {
        studio.press(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(picture(&mut studio), off, "each choice is a step");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(picture(&mut studio), PictureSettings::default());
}

#[test]
fn a_picture_of_the_media_is_wiped_against_the_film() {
    let home = home();
    let mut studio = with_picture_and_hum(home.path());
    studio.click("Insert Ada.png at the playhead");
    studio.press(Modifiers::NONE, Key::Home);
    studio.waits_for("Picture of frame 0");
    choose(&mut studio, "Ada.png:", "Compare with the film");
    let line = "Wipe between the film and the picture";
    studio.waits_for(line);
    let before = studio.window.get_by_label(line).rect().center();
    studio.press(Modifiers::NONE, Key::Period);
    let after = studio.window.get_by_label(line).rect().center();
    assert!(after.x > before.x, "{before} {after}");
    studio.click("Side by side");
    assert!(!studio.shows(line));
    studio.click("End the comparison");
    assert!(!studio.shows("Side by side"));
    choose(&mut studio, "Ada.png:", "Compare with the film");
    studio.waits_for(line);
    choose(&mut studio, "Ada.png:", "Stop comparing with the film");
    assert!(!studio.shows(line));
}
