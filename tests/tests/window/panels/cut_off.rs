//! Nothing is cut off: at 1280x720 every control of every panel is seen in its whole width, and in a dock at its
//! narrowest every control can be scrolled to.

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_tests::tone;

use super::{home, portrait};

/// The panels, in the order of the keys Shift+1 to Shift+9 and Shift+0.
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

/// The controls that are seen, but not in their whole width: each with its name and its place. What is above or below the
/// seen part of a list is left out.
fn cut_off(studio: &Studio) -> Vec<String> {
    studio.window.ctx.viewport(|viewport| {
        let widgets = &viewport.prev_pass.widgets;
        let all = widgets.layers().flat_map(|(_, drawn)| drawn.iter());
        let cut = all.filter(|widget| {
            let (whole, seen) = (widget.rect, widget.interact_rect);
            let is_seen = widget.visible && seen.height() > 1.0;
            widget.sense.is_focusable() && is_seen && seen.width() < whole.width() - 1.0
        });
        let named = cut.filter_map(|widget| {
            let label = widgets.info(widget.id)?.label.clone()?;
            Some(format!("{label} at {}", widget.rect))
        });
        named.collect()
    })
}

#[track_caller]
fn check(studio: &Studio, place: &str) {
    let cut = cut_off(studio);
    assert!(cut.is_empty(), "{place}: {cut:#?}");
}

/// A project with a shot, a character, a sound, and a clip that is selected.
fn filled(home: &std::path::Path) -> Studio {
    let mut studio = Studio::with_new_project(home);
    let sound = home.join("hum.wav");
    tone(&sound, 24_000);
    studio.drop_file(portrait(home));
    studio.drop_file(sound);
    studio.waits_for("hum.wav on A1");
    studio.click("Shots").click("New shot");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::D);
    studio
}

#[test]
fn every_control_of_every_panel_is_seen_whole_at_1280_by_720() {
    let home = home();
    let mut studio = filled(home.path());
    let size = studio.window.ctx.content_rect().size();
    assert_eq!((size.x, size.y), (1280.0, 720.0));
    for (number, key) in PANELS.into_iter().enumerate() {
        studio.press(Modifiers::NONE, Key::Escape); // a text field would take the key
        studio.press(Modifiers::SHIFT, key);
        check(&studio, &format!("panel {}", number + 1));
    }
    studio.press(Modifiers::ALT | Modifiers::SHIFT, Key::M);
    check(&studio, "the measures");
}

#[test]
fn a_dock_at_its_narrowest_is_scrolled_to_each_of_its_controls() {
    let home = home();
    let mut studio = filled(home.path());
    let left = |studio: &Studio| studio.window.get_by_label("Viewer").rect().left();
    let before = left(&studio);
    // The handle lies between the docks, a few points beside the first tab.
    for beside in [2.0, 4.0, 6.0, 8.0, 10.0] {
        studio.drag(pos2(before - beside, 420.0), pos2(20.0, 420.0));
        if left(&studio) < before - 60.0 {
            break;
        }
    }
    assert!(left(&studio) < before - 60.0, "the dock is narrower");
    let control = "Append Shot 1 to the timeline";
    let place = |studio: &Studio| studio.window.get_by_label(control).rect();
    for _ in 0..20 {
        if place(&studio).right() <= left(&studio) {
            break;
        }
        let at = pos2(left(&studio) - 20.0, 350.0); // no control is there
        studio.window.hover_at(at);
        studio.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(-20.0, 0.0),
            phase: TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: MouseWheelSource::Unknown,
        });
    }
    let cut = cut_off(&studio);
    let is_it = |cut: &String| cut.starts_with(control);
    assert!(!cut.iter().any(is_it), "{cut:#?}");
    let place = place(&studio);
    assert!(place.right() <= left(&studio), "{place} lies in the dock");
    studio.click(control);
    assert_eq!(studio.project().tracks()[0].clips().count(), 2);
}
