//! The slider of the timeline's zoom.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;

use super::home;

const SLIDER: &str = "Zoom of the timeline";

/// The width of the clip on the screen, in points.
fn width(studio: &Studio) -> f32 {
    let clip = studio.window.get_by_label_contains("Shot 1 on V1");
    clip.rect().width()
}

#[test]
fn a_drag_of_the_slider_and_its_arrow_keys_zoom_the_timeline() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
    let before = width(&studio);
    let slider = studio.window.get_by_label(SLIDER).rect();
    let (middle, half) = (slider.center(), vec2(slider.width() / 2.0 - 18.0, 0.0));
    studio.drag(middle, middle - half * 0.2);
    let small = width(&studio);
    assert!(small < before / 4.0, "{before} became {small}");
    studio.drag(middle, middle + half);
    let large = width(&studio);
    assert!(large > before * 2.0, "{before} became {large}");

    studio.drag(middle, middle + half * 0.3);
    let now = width(&studio);
    studio.window.get_by_label(SLIDER).focus();
    studio.window.run_ok();
    studio.press(Modifiers::NONE, Key::ArrowLeft);
    let less = width(&studio);
    assert!(less < now, "{now} became {less}");
    studio.press(Modifiers::NONE, Key::ArrowRight);
    assert!((width(&studio) - now).abs() < 1.0);
}
