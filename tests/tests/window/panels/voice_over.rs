//! Recording a voice-over: the card, its empty state, a take that becomes a clip at the playhead in one step, and what
//! happens when the microphone is pulled out or the program ends.

use std::path::Path;
use std::sync::atomic::Ordering;

use egui::accessibility::is_input;
use egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT as _;
use kinora_tests::microphone::FakeMicrophone;
use kinora_tests::studio::Studio;
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::{Project, Source, TrackKind};

use super::home;

/// The sounds of the project.
fn sounds(project: &Project) -> Vec<Medium> {
    let media = project.media().map(|medium| Medium::clone(medium));
    media.filter(|medium| medium.has_sound).collect()
}

/// The starts of the clips on each audio track.
fn starts(project: &Project) -> Vec<Vec<i64>> {
    let audio = project.tracks().iter();
    let audio = audio.filter(|track| track.kind == TrackKind::Audio);
    let starts = audio.map(|track| track.clips().map(|(_, range)| range.start.0).collect());
    starts.collect()
}

fn recordings(home: &Path) -> usize {
    let folder = home.join("films/First.kinora/media/recordings");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// A new project with this microphone, and the card of the voice-over ready to record.
fn ready(home: &Path, microphone: FakeMicrophone) -> Studio {
    let mut studio = Studio::with_microphone(home, microphone);
    open_card(&mut studio);
    studio
}

fn open_card(studio: &mut Studio) {
    studio.press(Modifiers::ALT, Key::R);
    studio.waits_for("Ready: 44.1 kHz, mono");
}

/// A shot on the timeline, and the playhead at its first frame.
fn with_film(studio: &mut Studio) {
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    studio.press(Modifiers::NONE, Key::Home);
}

/// Moves the playhead by five frames.
fn five_frames_on(studio: &mut Studio) {
    for _ in 0..5 {
        studio.press(Modifiers::NONE, Key::ArrowRight);
    }
}

/// Records without a count-in, until the card shows a second.
fn record_at_once(studio: &mut Studio) {
    studio.click("Count in 3 seconds").click("Start recording");
    records(studio);
}

/// Waits until the card says how long it has been recording.
fn records(studio: &mut Studio) {
    studio.waits_for("Recording 0:01");
}

#[test]
fn without_a_microphone_the_card_says_what_to_do_and_looks_again() {
    let home = home();
    let microphone = FakeMicrophone::unplugged();
    let mut studio = Studio::with_microphone(home.path(), microphone.clone());
    studio.press(Modifiers::ALT, Key::R);
    studio.waits_for("No microphone was found.");
    assert!(studio.shows("allow Kinora to use it") && !studio.shows("Start recording"));
    microphone.plug(true);
    studio.click("Look again for microphones");
    studio.waits_for("Ready: 44.1 kHz, mono");
    studio.click("Close the voice-over card");
    assert!(!studio.shows("Record voice-over"));
}

#[test]
fn a_recording_becomes_a_clip_at_the_playhead_in_one_step_and_each_one_is_a_file_of_its_own() {
    let home = home();
    let mut studio = Studio::with_microphone(home.path(), FakeMicrophone::default());
    with_film(&mut studio);
    five_frames_on(&mut studio);
    assert!(studio.shows("Picture of frame 5"));
    open_card(&mut studio);
    studio.waits_for("Level of the microphone: -10 dB");
    for node in studio.window.root().children_recursive() {
        let node = node.accesskit_node();
        let is_control = is_input(node.role()) && !node.is_hidden();
        let name = node.label().unwrap_or_default();
        let is_named = name.chars().any(char::is_alphanumeric);
        let is_read_only = node.data().is_read_only();
        assert!(!is_control || is_read_only || is_named, "{:?}", node.role());
    }
    studio.click("Mute the film").click("Count in 3 seconds");
    studio.click("Start recording");
    records(&mut studio);
    studio.click("Stop recording");
    studio.waits_for("Voice-over 1 is on the timeline.");
    let project = studio.project();
    let [voice] = &sounds(&project)[..] else {
        panic!("one sound");
    };
    assert_eq!(voice.name, "Voice-over 1");
    assert!(voice.path.starts_with("media/"));
    let Extent::Sound { rate_hz, samples } = voice.extent else {
        panic!("a sound");
    };
    assert_eq!(rate_hz, 44_100);
    assert!((22_050..441_000).contains(&samples), "{samples}");
    assert_eq!(starts(&project), [vec![5]]);

    // The next one begins at the same frame, covers nothing, and has a file of its own.
    studio.press(Modifiers::NONE, Key::Escape); // the button would keep the arrow keys
    studio.press(Modifiers::NONE, Key::Home);
    five_frames_on(&mut studio);
    open_card(&mut studio);
    studio.click("Start recording");
    records(&mut studio);
    studio.click("Stop recording");
    studio.waits_for("Voice-over 2 is on the timeline.");
    let project = studio.project();
    assert_eq!(starts(&project), [vec![5], vec![5]]);
    let names: Vec<String> = sounds(&project).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Voice-over 1", "Voice-over 2"]);
    studio.waits_until("the files were imported", |_| recordings(home.path()) == 0);
    studio.press(Modifiers::COMMAND, Key::Z);
    let project = studio.project();
    assert_eq!(
        (starts(&project), sounds(&project).len()),
        (vec![vec![5]], 1)
    );
    let clip = project.clips_of(Source::Medium(sounds(&project)[0].id));
    assert_eq!(clip.len(), 1);
}

#[test]
fn a_count_in_can_be_cancelled_and_a_key_starts_and_stops() {
    let home = home();
    let mut studio = ready(home.path(), FakeMicrophone::default());
    studio.click("Start recording");
    assert!(studio.shows("Starts in 3"));
    studio.click("Stop recording");
    assert!(studio.shows("Ready: 44.1 kHz, mono") && recordings(home.path()) == 0);
    studio.tab_to("Start recording");
    studio.press(Modifiers::NONE, Key::Space);
    studio.waits_for("Starts in 1");
    records(&mut studio); // there is no film yet
    studio.press(Modifiers::NONE, Key::Space);
    studio.waits_for("Voice-over 1 is on the timeline.");
    assert_eq!(starts(&studio.project()), [vec![0]]);
}

#[test]
fn escape_ends_a_recording_that_is_kept_and_closes_the_card_when_none_runs() {
    let home = home();
    let mut studio = ready(home.path(), FakeMicrophone::default());
    studio.click("Start recording");
    assert!(studio.shows("Starts in 3"));
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(studio.shows("Ready: 44.1 kHz, mono") && recordings(home.path()) == 0);
    record_at_once(&mut studio);
    studio.press(Modifiers::NONE, Key::Escape);
    studio.waits_for("Voice-over 1 is on the timeline.");
    assert_eq!(sounds(&studio.project()).len(), 1);
    assert!(studio.shows("Close the voice-over card"), "it stays");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Close the voice-over card"));
}

#[test]
fn escape_leaves_a_text_field_before_it_closes_the_card() {
    let home = home();
    let mut studio = ready(home.path(), FakeMicrophone::default());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(studio.shows("Close the voice-over card"));
    assert!(!studio.has_focus("Prompt"));
    studio.press(Modifiers::NONE, Key::Escape);
    assert!(!studio.shows("Close the voice-over card"));
}

#[test]
fn a_lost_microphone_ends_the_recording_and_a_loud_one_lights_the_clip_light() {
    let home = home();
    let microphone = FakeMicrophone::default();
    let mut studio = ready(home.path(), microphone.clone());
    assert!(studio.shows("Not clipped"));
    microphone
        .switches
        .is_too_loud
        .store(true, Ordering::Release);
    studio.waits_for("Clipped: put out the light");
    microphone
        .switches
        .is_too_loud
        .store(false, Ordering::Release);
    studio.waits_for("Level of the microphone: -10 dB");
    studio.click("Clipped: put out the light");
    assert!(studio.shows("Not clipped"));
    record_at_once(&mut studio);
    microphone.plug(false);
    studio.waits_for("the microphone was lost (unplugged). What was recorded is kept.");
    studio.waits_for("Voice-over 1 is on the timeline.");
    assert!(studio.shows("The microphone cannot be used: unplugged"));
    assert_eq!(starts(&studio.project()), [vec![0]]);
}

#[test]
fn a_recording_whose_project_was_closed_is_in_the_media_panel_when_it_is_opened_again() {
    let home = home();
    let mut studio = ready(home.path(), FakeMicrophone::default());
    record_at_once(&mut studio);
    studio.press(Modifiers::COMMAND, Key::W);
    studio.waits_until("the file", |_| recordings(home.path()) == 1);
    studio.click("First");
    studio.waits_for("A recording was recovered: Voice-over 1 is in the media panel.");
    assert_eq!(sounds(&studio.project()).len(), 1);
    studio.waits_until("the file was imported", |_| recordings(home.path()) == 0);
}

#[test]
fn a_recording_to_a_film_is_kept_even_if_its_project_is_closed_before_the_film_was_heard() {
    let home = home();
    let mut studio = Studio::with_microphone(home.path(), FakeMicrophone::default());
    with_film(&mut studio);
    open_card(&mut studio);
    record_at_once(&mut studio); // without a sound device the film is heard at no known moment
    studio.press(Modifiers::COMMAND, Key::W);
    let file = "films/First.kinora/media/recordings/Voice-over 1.wav";
    let file = home.path().join(file);
    studio.waits_until("its samples", |_| {
        std::fs::metadata(&file).is_ok_and(|file| file.len() > 10_000)
    });
    studio.click("First");
    studio.waits_for("A recording was recovered: Voice-over 1 is in the media panel.");
    assert_eq!(sounds(&studio.project()).len(), 1);
}

#[test]
fn a_recording_is_not_placed_in_a_sequence_that_was_opened_meanwhile() {
    let home = home();
    let mut studio = ready(home.path(), FakeMicrophone::default());
    record_at_once(&mut studio);
    studio.press(Modifiers::COMMAND, Key::K);
    studio.type_text("New sequence");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.click("Stop recording");
    studio.waits_for("Voice-over 1 is in the media panel.");
    let project = studio.project();
    assert_eq!(project.sequences().len(), 2);
    assert_eq!(starts(&project).concat(), Vec::<i64>::new());
}
