//! The shot panel and the list of shots: a shot written, cast by its prompt, given a model and frames of the timeline, and
//! generated. The engine follows a script, so that the pictures are known.

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora_tests::studio::Studio;
use kinora_timeline::Frames;
use kinora_timeline::shot::SeedPolicy;

use super::{home, portrait};

#[test]
fn a_shot_is_written_generated_and_put_on_the_timeline() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Name", "Dusk");
    studio.type_into("Prompt", "a fox walks left");
    studio.type_into("Negative prompt", "rain");
    studio.click("Viewer");
    let shot = studio.shot("Dusk");
    assert_eq!(
        (shot.prompt.as_str(), shot.negative.as_str()),
        ("a fox walks left", "rain")
    );

    studio.click("Append Dusk to the timeline");
    assert!(studio.shows("Dusk on V1, 00:00:00:00 to 00:00:01:01"));
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_until("a take", |studio| studio.shot("Dusk").chosen.is_some());
    studio.waits_for("Take 1 of Dusk");

    // The picture of the timeline is the take's first frame, which is black.
    studio.press(Modifiers::NONE, Key::End);
    studio.waits_for("Picture of frame 24");
}

#[test]
fn the_prompt_of_a_new_shot_is_typed_at_once_and_its_keys_are_no_commands() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("Create a shot");
    assert!(studio.has_focus("Prompt"));
    // A title would be added by this key anywhere else.
    studio.press(Modifiers::NONE, Key::T).type_text("tired");
    studio.click("Viewer");
    assert_eq!(studio.shot("Shot 1").prompt, "tired");
    assert_eq!(studio.project().titles().count(), 0);

    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::N);
    studio.type_text("rain").click("Viewer");
    assert_eq!(studio.shot("Shot 2").prompt, "rain");
}

#[test]
fn who_is_named_in_a_prompt_or_dragged_onto_a_clip_is_in_the_shot() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let picture = portrait(home.path());
    studio.drop_file(picture);
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Shots").click("New shot");
    studio.type_into("Prompt", "the sea, and @a");
    studio.waits_for("Insert @ada");
    studio.press(Modifiers::NONE, Key::Enter);
    studio.window.event(egui::Event::Text("waves".to_owned()));
    studio.window.run_ok();
    studio.click("Viewer");
    let shot = studio.shot("Shot 1");
    let named = (shot.prompt.as_str(), shot.cast.len());
    assert_eq!(named, ("the sea, and @ada waves", 1));
    studio.press(Modifiers::COMMAND, Key::Z);
    let shot = studio.shot("Shot 1");
    assert_eq!((shot.prompt.as_str(), shot.cast.len()), ("", 0), "one step");

    studio.type_into("Prompt", "@bo waves").click("Viewer");
    assert!(studio.shows("No character named @bo."));
    studio.click("Append Shot 1 to the timeline");
    studio.click("Cast");
    let face = studio.window.get_by_role_and_label(Role::Image, "Ada");
    let card = face.rect().center();
    let clip = studio.window.get_by_label_contains("Shot 1 on V1").rect();
    studio.drag(card, clip.center());
    assert_eq!(studio.shot("Shot 1").cast.len(), 1);
    assert_eq!(
        studio.project().end(),
        Frames(25),
        "the clip lies where it lay"
    );
}

#[test]
fn a_model_is_chosen_and_the_shot_keeps_its_seconds() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    for does in ["scroll", "click"] {
        let combo = studio.window.get_by_role_and_label(Role::ComboBox, "Model");
        match does {
            "scroll" => combo.scroll_to_me(),
            _ => combo.click(),
        }
        studio.window.run_ok();
    }
    studio.waits_for("A pretended model");
    studio.waits_until("the model", |studio| {
        let rows = studio.window.query_all_by_label("A pretended model");
        rows.last().is_some_and(|row| {
            row.click();
            true
        })
    });
    studio.window.run_ok();
    let shot = studio.shot("Shot 1");
    assert_eq!(shot.model, "pretended");
    assert_eq!(shot.length.rate.as_fraction(), (8, 1));
    assert_eq!(
        shot.length.frames, 9,
        "17 frames at 16 are as long as 8.5 at 8"
    );
    assert!(
        studio.shows("1.50 GB of"),
        "how large it is against the memory"
    );
}

#[test]
fn a_new_shot_comes_into_view_however_many_there_are() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    for _ in 0..14 {
        studio.click("New shot");
    }
    studio.window.run_ok();
    assert!(studio.shows("Append Shot 14 to the timeline"), "it is seen");
    assert!(
        !studio.shows("Append Shot 2 to the timeline"),
        "others made room"
    );
}

#[test]
fn a_frame_of_the_film_begins_and_ends_a_shot_and_joins_the_cast() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio
        .click("New shot")
        .click("Append Shot 1 to the timeline");
    let keys = |studio: &mut Studio| -> Vec<u32> {
        let shot = studio.shot("Shot 1");
        shot.keyframes.iter().map(|key| key.frame).collect()
    };
    studio.click("Use frame…").click("First frame of Shot 1");
    studio.waits_until("the first frame", |studio| keys(studio) == [0]);
    studio.press(Modifiers::NONE, Key::End);
    studio.click("Use frame…").click("Last frame of Shot 1");
    studio.waits_until("the last frame", |studio| keys(studio) == [0, 16]);
    let off = "Remove keyframe image: First frame";
    studio.scroll_to(off).click(off);
    assert_eq!(keys(&mut studio), [16]);
    studio.click("Use frame…").click("New character");
    studio.click("Cast");
    studio.waits_for("@frame24, not used yet");
    studio.click("Use frame…").click("Reference of Frame 24");
    studio.waits_until("one more picture", |studio| {
        let project = studio.project();
        let references: Vec<usize> = project.cast().map(|one| one.references.len()).collect();
        references == [2]
    });
}

#[test]
fn a_picture_file_is_chosen_for_the_first_frame_and_dropped_on_the_last() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    let picture = portrait(home.path());
    studio.click("New shot");
    let keys = |studio: &mut Studio| -> Vec<u32> {
        let shot = studio.shot("Shot 1");
        shot.keyframes.iter().map(|key| key.frame).collect()
    };
    let first = "Choose a picture: First frame";
    studio.scroll_to(first).click(first);
    studio.type_into("File", &picture.display().to_string());
    studio.waits_for("Ada.png");
    studio.click("Choose");
    studio.waits_until("the first frame", |studio| keys(studio) == [0]);

    let last = "Choose a picture: Last frame";
    studio.scroll_to(last);
    let slot = studio.window.get_by_label(last).rect().center();
    studio.window.hover_at(slot);
    studio.window.run_ok();
    studio.drop_file(picture.clone());
    studio.waits_until("the last frame", |studio| keys(studio) == [0, 16]);
    assert_eq!(studio.project().cast().count(), 0, "it is no character");

    let between = "Choose a picture for a frame between";
    studio.scroll_to(between);
    let slot = studio.window.get_by_label(between).rect().center();
    studio.window.hover_at(slot);
    studio.window.run_ok();
    studio.drop_file(picture);
    studio.waits_until("a frame between", |studio| keys(studio) == [0, 8, 16]);
    studio.scroll_to("Remove keyframe image: Frame 8");
    studio.type_number("Frame", "4");
    assert_eq!(keys(&mut studio), [0, 4, 16]);
    let off = "Remove keyframe image: Frame 4";
    studio.scroll_to(off).click(off);
    assert_eq!(keys(&mut studio), [0, 16]);
}

#[test]
fn a_length_in_seconds_or_frames_snaps_to_the_lengths_of_the_model() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    studio.type_number("Length", "2");
    assert_eq!(
        studio.shot("Shot 1").length.frames,
        33,
        "2.06 s of 16 a second"
    );
    studio.type_number("Frames", "50");
    assert_eq!(studio.shot("Shot 1").length.frames, 49);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 1").length.frames, 33, "one step each");
}

#[test]
fn a_seed_is_locked_typed_drawn_again_and_random_again() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    assert_eq!(studio.shot("Shot 1").seed, SeedPolicy::Fresh);
    studio.scroll_to("Locked").click("Locked");
    let drawn = studio.shot("Shot 1").seed;
    assert!(matches!(drawn, SeedPolicy::Fixed(_)), "{drawn:?}");
    studio.type_number("Seed", "123456");
    let typed = SeedPolicy::Fixed(123_456);
    assert_eq!(studio.shot("Shot 1").seed, typed);
    studio.click("Lock another random seed");
    let drawn = studio.shot("Shot 1").seed;
    assert!(matches!(drawn, SeedPolicy::Fixed(_)) && drawn != typed);
    studio.click("Random");
    assert_eq!(studio.shot("Shot 1").seed, SeedPolicy::Fresh);
}

#[test]
fn advanced_settings_show_the_defaults_of_the_model_until_the_shot_has_its_own() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.scroll_to("Advanced").click("Advanced");
    studio.waits_for("Guidance");
    studio.window.run_ok();
    studio.type_number("Steps", "12");
    studio.type_number("Width", "100");
    let settings = studio.shot("Shot 1").settings;
    assert_eq!(settings.steps, Some(12));
    assert_eq!(settings.size, Some([96, 16]), "a multiple of 16");
    assert_eq!((settings.guidance, settings.sampler), (None, None));

    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    studio.scroll_to("More…").click("More…");
    assert!(studio.shows("More steps (18)"), "the take has 12");
    studio.press(Modifiers::NONE, Key::Escape);

    let reset = "Reset steps to the model's default";
    studio.scroll_to(reset).click(reset);
    assert_eq!(studio.shot("Shot 1").settings.steps, None);
}

#[test]
fn memory_and_time_of_a_shot_are_shown_before_it_is_generated() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.scroll_to("Advanced").click("Advanced");
    studio.waits_for("About 83 s and loading");
    assert!(studio.shows("Memory: transformer in blocks, 5.2 GB of 8 GB"));
    studio.window.run_ok();
    studio.type_number("Width", "4096");
    studio.waits_for("needs at least 90 GB for the denoising");
    assert!(studio.shows("Make the clip smaller."));
    assert_eq!(studio.shot("Shot 1").chosen, None, "nothing was generated");
    studio.type_number("Width", "64");
    studio.waits_for("Memory: transformer in blocks");
    assert!(!studio.shows("needs at least 90 GB"));
}

#[test]
fn a_model_with_two_experts_has_a_guidance_for_low_noise_and_a_switch() {
    let home = home();
    let mut studio = Studio::with_engine("experts", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.scroll_to("Advanced").click("Advanced");
    studio.waits_for("Low-noise guidance");
    studio.window.run_ok();
    studio.type_number("Low-noise guidance", "2.5");
    studio.scroll_to("By step").click("By step");
    let settings = studio.shot("Shot 1").settings;
    assert_eq!(settings.guidance_low, Some(2.5));
    assert_eq!(
        settings.expert_switch.as_deref(),
        Some("step:1"),
        "half of two"
    );
    studio.click("By noise");
    let settings = studio.shot("Shot 1").settings;
    assert_eq!(settings.expert_switch.as_deref(), Some("0.875"));
    let reset = "Reset expert switch to the model's default";
    studio.scroll_to(reset).click(reset);
    assert_eq!(studio.shot("Shot 1").settings.expert_switch, None);
}

#[test]
fn the_step_cache_is_a_switch_with_a_threshold() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.scroll_to("Advanced").click("Advanced");
    studio.waits_for("Guidance");
    studio.window.run_ok();
    let cache = |studio: &mut Studio| studio.shot("Shot 1").settings.step_cache;
    studio.scroll_to("Skip steps").click("Skip steps");
    assert_eq!(cache(&mut studio), Some(0.06));
    studio.type_number("Step cache", "0.1");
    assert_eq!(cache(&mut studio), Some(0.1));
    studio.click("Skip steps");
    assert_eq!(cache(&mut studio), Some(0.0), "off, whatever the model has");
    let reset = "Reset step cache to the model's default";
    studio.scroll_to(reset).click(reset);
    assert_eq!(cache(&mut studio), None);
}

#[test]
fn several_takes_of_a_locked_seed_have_the_seeds_that_follow_it() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.scroll_to("Locked").click("Locked");
    studio.type_number("Seed", "7");
    studio.type_number("Number of takes", "3");
    studio.click("Generate 3");
    studio.waits_for("Take 3 of Shot 1");
    for seed in ["seed 7", "seed 8", "seed 9"] {
        assert!(studio.shows(seed), "{seed}");
    }
}

#[test]
fn a_take_in_progress_is_cancelled_where_it_was_started() {
    let home = home();
    let mut studio = Studio::with_engine("slow", home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("Generate");
    let cancel = "Cancel generating Shot 1";
    studio.waits_for(cancel);
    for _ in 0..8 {
        studio.window.step(); // the panel grows by its warnings
    }
    studio.click(cancel);
    studio.waits_until("the button", |studio| {
        studio.window.query_by_label("Generate").is_some()
    });
    assert!(!studio.shows(cancel));
}

#[test]
fn a_prompt_is_kept_as_a_template_inserted_elsewhere_and_deleted() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "low sun");
    studio.click("Templates");
    studio.type_into("Save the prompt as a template", "Dusk");
    studio.click("Save template");
    studio.click("New shot").type_into("Prompt", "A fox");
    studio.click("Templates").click("Insert the template Dusk");
    assert_eq!(studio.shot("Shot 2").prompt, "A fox low sun");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 2").prompt, "A fox", "one step");
    studio.click("Templates").click("Delete the template Dusk");
    studio.waits_for("No templates yet");
}

#[test]
fn an_earlier_prompt_replaces_the_prompt_in_one_step() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.click("New shot").type_into("Prompt", "the sea");
    studio.click("History").click("Use the prompt: a fox");
    assert_eq!(studio.shot("Shot 2").prompt, "a fox");
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 2").prompt, "the sea");
}
