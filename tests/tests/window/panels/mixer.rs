//! The mixer panel: faders, processors, ducking and the master, by their names; each change is one step of undo.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::mixing::TrackMix;
use kinora_timeline::{Project, Track, TrackKind};

use super::home;

fn audio(project: &Project) -> Vec<Track> {
    let tracks = project.tracks().iter();
    let audio = tracks.filter(|track| track.kind == TrackKind::Audio);
    audio.map(|track| Track::clone(track)).collect()
}

fn mix(studio: &mut Studio, track: usize) -> TrackMix {
    audio(&studio.project())[track].mix
}

#[track_caller]
fn assert_near(found: f32, expected: f32) {
    assert!((found - expected).abs() < 1e-4, "{found}, not {expected}");
}

#[test]
fn a_track_is_mixed_by_typed_numbers_and_by_its_fader() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("Mixer");
    studio.type_number("Gain of A1", "-6");
    assert_near(mix(&mut studio, 0).fader.gain_db, -6.0);
    studio.type_number("Pan of A1", "0.5");
    assert_near(mix(&mut studio, 0).fader.pan, 0.5);
    studio.type_number("Pan of A1", "L 30");
    assert_near(mix(&mut studio, 0).fader.pan, -0.3);
    let fader = studio.window.get_by_label("Fader of A1").rect();
    studio.drag(fader.center(), fader.center() - vec2(0.0, 30.0));
    let louder = mix(&mut studio, 0).fader.gain_db;
    assert!(louder > -30.0 && (louder + 6.0).abs() > 0.1, "{louder}");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_near(mix(&mut studio, 0).fader.gain_db, -6.0);
    studio.click("Mute track A1 (off)");
    assert!(audio(&studio.project())[0].muted);
    studio
        .click("Mute track A1 (on)")
        .click("Solo track A1 (off)");
    assert!(!audio(&studio.project())[0].muted && audio(&studio.project())[0].solo);
}

#[test]
fn processors_fold_and_a_number_out_of_range_is_put_within_it() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("Mixer");
    assert!(!studio.shows("Ratio of A1"));
    studio
        .scroll_to("Compressor of A1")
        .click("Compressor of A1")
        .scroll_to("Ratio of A1");
    studio.type_number("Ratio of A1", "400");
    assert_near(mix(&mut studio, 0).compressor.ratio, 20.0);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(mix(&mut studio, 0), TrackMix::default());
}

#[test]
fn the_master_limits_and_shows_its_loudness() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.press(Modifiers::SHIFT, Key::Num0);
    assert!(studio.shows("– LUFS"), "nothing has been played");
    studio.type_number("Gain of master", "3");
    studio
        .scroll_to("Limiter of master")
        .click("Limiter of master")
        .scroll_to("Limit the peaks");
    studio.click("Limit the peaks");
    studio.scroll_to("Ceiling of master");
    studio.type_number("Ceiling of master", "-2");
    let master = studio.project().master();
    assert_near(master.gain_db, 3.0);
    assert!(master.limiter.is_on);
    assert_near(master.limiter.ceiling_db, -2.0);
}
