//! Pictures of the clipboard: pasted into the keyframe slots of a shot.

use std::sync::Arc;

use egui::{Color32, ColorImage, Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

use super::home;

/// The paste of a picture, as the window system reports it.
fn paste(colour: Color32) -> Event {
    let picture = ColorImage::filled([24, 16], colour);
    Event::PasteImage(Arc::new(picture))
}

fn keys(studio: &mut Studio) -> Vec<u32> {
    let shot = studio.shot("Shot 1");
    shot.keyframes.iter().map(|key| key.frame).collect()
}

#[test]
fn a_picture_is_pasted_into_the_slot_with_the_focus_and_by_the_menu() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    let first = "Choose a picture: First frame";
    studio.scroll_to(first);
    studio.window.get_by_label(first).focus();
    studio.window.run_ok();
    studio.event(paste(Color32::RED));
    studio.waits_until("the first frame", |studio| keys(studio) == [0]);
    let image = studio.shot("Shot 1").keyframes[0].image;
    let saved = home
        .path()
        .join(format!("films/First.kinora/characters/{image}.png"));
    let saved = image::open(saved).expect("a picture").into_rgba8();
    assert_eq!(saved.dimensions(), (24, 16));
    assert!(saved.pixels().all(|pixel| pixel.0 == [255, 0, 0, 255]));

    let last = "Choose a picture: Last frame";
    studio.scroll_to(last);
    studio.secondary_click_part(last);
    // The clipboard answers in the frame after the click.
    studio.window.get_by_label("Paste picture").click();
    studio.window.event(paste(Color32::BLUE));
    studio.window.run_ok();
    studio.waits_until("the last frame", |studio| keys(studio) == [0, 16]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(keys(&mut studio), [0], "each is a step");
}
