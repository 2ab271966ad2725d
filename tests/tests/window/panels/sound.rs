//! Sound that is generated: for the pictures of a shot, music for a range, and lines that characters say.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_tests::tone;
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::{Frames, Source, TrackKind};

use super::{home, portrait};

/// The clips of each kind of track.
fn clips(studio: &mut Studio, kind: TrackKind) -> usize {
    let project = studio.project();
    let tracks = project.tracks().iter().filter(|track| track.kind == kind);
    tracks.map(|track| track.clips().count()).sum()
}

#[test]
fn sound_is_made_for_a_shot_chosen_replaced_and_taken_away_as_steps() {
    let home = home();
    let mut studio = Studio::with_engine("sound-of-clip", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let made = studio.shot("Shot 1").chosen;
    assert_eq!(clips(&mut studio, TrackKind::Audio), 1, "it has sound");

    // It is heard already, so that the new sound waits to be chosen.
    studio.waits_for("Sound for this shot");
    studio.scroll_to("Make sound");
    // The take of the shot is no measure for its sound: its pictures are made with it.
    studio.waits_for("About 83 s and loading. Memory: transformer in blocks");
    studio.type_into("Sound prompt", "steps on gravel");
    studio.press(Modifiers::ALT, Key::Enter);
    studio.waits_for("The chosen sound stays.");
    studio.waits_for("Play sound 1");
    let shot = studio.shot("Shot 1");
    assert_eq!(shot.sound.prompt, "steps on gravel");
    assert_eq!((shot.chosen, shot.chosen_sound), (made, None));
    assert!(studio.shows("Sound of the take"));

    studio
        .scroll_to("Sound 1, seed")
        .click_part("Sound 1, seed");
    let shot = studio.shot("Shot 1");
    assert!(shot.chosen_sound.is_some());
    assert_eq!(shot.chosen, made, "the picture stays");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 1").chosen_sound, None, "one step");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(studio.shot("Shot 1").chosen_sound.is_some());
    studio
        .scroll_to("Sound of the take")
        .click("Sound of the take");
    assert_eq!(studio.shot("Shot 1").chosen_sound, None);

    let reject = "Reject sound 1; it is kept, and shown dimmed";
    studio.scroll_to(reject).click(reject);
    studio.waits_for("Restore sound 1");
    studio
        .scroll_to("Give sound 1 3 of 5 stars")
        .click("Give sound 1 3 of 5 stars");
    studio.scroll_to("Play sound 1").click("Play sound 1");
    assert_eq!(
        studio.shot("Shot 1").chosen_sound,
        None,
        "it is only played"
    );
}

#[test]
fn without_a_model_that_makes_sound_the_section_is_closed_and_shows_what_to_install() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio.waits_for("No installed model makes sound.");
    assert!(!studio.shows("Sound prompt"));
    studio
        .scroll_to("Sound for this shot")
        .click("Sound for this shot");
    studio.waits_for("Models that make sound…");
}

#[test]
fn music_fills_the_range_between_in_and_out() {
    let home = home();
    let mut studio = Studio::with_engine("all-sounds", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Append Shot 1 to the timeline");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    assert_eq!(clips(&mut studio, TrackKind::Audio), 0, "a silent model");

    studio
        .press(Modifiers::COMMAND, Key::K)
        .type_text("music for range");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("Mark a range with In and Out first.");
    studio.click("Close");
    studio
        .press(Modifiers::NONE, Key::Home)
        .press(Modifiers::NONE, Key::I);
    studio
        .press(Modifiers::NONE, Key::End)
        .press(Modifiers::NONE, Key::O);
    let range = studio.project().in_out().expect("a range");
    let cost = "About 83 s and loading. Memory: transformer in blocks";
    // The shot panel shows one for the sound of the shot.
    let costs = |studio: &Studio| studio.window.query_all_by_label_contains(cost).count();
    let before = costs(&studio);
    studio
        .press(Modifiers::COMMAND, Key::K)
        .type_text("music for range");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_until("the cost", |studio| costs(studio) == before + 1);
    studio.type_into("Music prompt", "slow strings");
    studio.click("Make music");
    studio.waits_until("the music", |studio| {
        let music = studio.project();
        let music = music.shots().find(|shot| shot.name == "Music 1").cloned();
        music.is_some_and(|music| music.chosen_sound.is_some())
    });
    let music = studio.shot("Music 1");
    assert_eq!(
        (music.kind, music.prompt.as_str()),
        (ShotKind::Sound, "slow strings")
    );
    let project = studio.project();
    let clips = project.clips_of(Source::Shot(music.id));
    let [clip] = clips[..] else {
        panic!("{clips:?}");
    };
    let (_, track, place) = project.clip(clip).expect("there");
    assert_eq!((track.kind, place), (TrackKind::Audio, range));
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project().shots().count(), 1, "one step");
}

#[test]
fn a_character_says_a_line_that_becomes_a_subtitle_too() {
    let home = home();
    let mut studio = Studio::with_engine("all-sounds", home.path());
    studio.click("New shot");
    studio.drop_file(portrait(home.path()));
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Edit Ada");
    studio.type_into("Voice", "low and calm").click("Viewer");
    let project = studio.project();
    let ada = project.cast().next().expect("Ada").clone();
    assert_eq!(ada.voice.description, "low and calm");
    studio
        .press(Modifiers::COMMAND, Key::K)
        .type_text("say a line");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.type_into("Line", "Who left the light on?");
    studio.waits_for("At most 83 s and loading. Memory: transformer in blocks");
    studio.click("Say it");
    let name = "Ada: Who left the light on?";
    studio.waits_until("the line", |studio| {
        let project = studio.project();
        let line = project.shots().find(|shot| shot.name == name).cloned();
        line.is_some_and(|line| line.chosen_sound.is_some())
    });
    assert_eq!(studio.shot(name).kind, ShotKind::Line(ada.id));
    let project = studio.project();
    let subtitles = project.subtitle_tracks().first().expect("a track");
    let cue = subtitles.at(Frames::ZERO).expect("the line");
    assert_eq!(cue.text.as_str(), "Who left the light on?");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project().shots().count(), 1, "one step");
    assert!(studio.project().subtitle_tracks().is_empty());
}

/// Opens *Say a line*, and types one.
fn line(studio: &mut Studio, text: &str) {
    studio
        .press(Modifiers::COMMAND, Key::K)
        .type_text("say a line");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.type_into("Line", text);
}

#[test]
fn a_line_is_said_in_a_cloned_voice_with_consent_only() {
    let home = home();
    let mut studio = Studio::with_engine("all-sounds", home.path());
    let recording = home.path().join("hum.wav");
    tone(&recording, 48_000);
    studio.drop_file(recording);
    studio.waits_for("hum.wav on A1");
    studio.click("New shot");
    studio.drop_file(portrait(home.path()));
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Edit Ada");
    studio.type_into("Language of the voice", "German");
    studio.click("Viewer");
    studio.opens_list("Recording of the voice").click("hum.wav");
    studio.waits_for("A voice is not cloned while Licence and consent is empty");
    line(&mut studio, "Guten Tag");
    assert!(studio.shows("the voice of Ada cannot be cloned"));
    studio.press(Modifiers::NONE, Key::Escape);

    studio.type_into("Licence and consent", "drawn by me");
    studio.click("Viewer");
    line(&mut studio, "Guten Tag");
    studio.waits_for("Said by A pretended mimic");
    studio.waits_for("At most 83 s and loading. Memory: transformer in blocks");
    assert!(studio.shows("cloned by this right: drawn by me"));
    studio.click("Say it");
    let name = "Ada: Guten Tag";
    studio.waits_until("the line", |studio| {
        let project = studio.project();
        let line = project.shots().find(|shot| shot.name == name).cloned();
        line.is_some_and(|line| line.chosen_sound.is_some())
    });
    let made = studio.shot(name).chosen_sound.expect("the line");
    let takes = TakeStore::of(&home.path().join("films/First.kinora"));
    let recipe = takes.find(made).expect("a take").recipe.expect("readable");
    assert_eq!(recipe.model.id, "mimic");
    let voice = recipe.voice.expect("a voice");
    assert_eq!(
        (voice.language.as_str(), voice.consent.as_str()),
        ("german", "drawn by me")
    );
    assert!(voice.sample.is_some());
}

#[test]
fn a_line_whose_voice_no_model_has_any_more_is_not_queued() {
    let home = home();
    let mut studio = Studio::with_engine("voice", home.path());
    let recording = home.path().join("hum.wav");
    tone(&recording, 48_000);
    studio.drop_file(recording);
    studio.waits_for("hum.wav on A1");
    studio.click("New shot");
    studio.drop_file(portrait(home.path()));
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Edit Ada");
    studio.type_into("Voice", "low and calm");
    studio.type_into("Licence and consent", "drawn by me");
    studio.click("Viewer");
    line(&mut studio, "Guten Tag");
    studio.waits_for("Said by A pretended voice");
    studio.click("Say it");
    studio.waits_until("the line", |studio| {
        let project = studio.project();
        let mut shots = project.shots();
        shots.any(|shot| shot.chosen_sound.is_some())
    });
    let missing = "no installed model clones a voice";
    assert!(!studio.shows(missing));
    studio.opens_list("Recording of the voice").click("hum.wav");
    studio.waits_for(missing);
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Not generated: no installed model clones a voice");
}

#[test]
fn without_a_model_that_speaks_the_dialog_leads_to_the_models() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio
        .press(Modifiers::COMMAND, Key::K)
        .type_text("say a line");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_for("No installed model speaks.");
    assert!(studio.shows("Models…"));
    assert!(!studio.shows("Say it"));
}
