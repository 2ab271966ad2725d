//! The LoRAs of a shot in the shot panel: added from the list or a file, given a strength, removed, missing; and the
//! settings of step-distilled ones. The engine lists the files of a folder.

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora_app::window::Window;
use kinora_studio::stage::StageShown;
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_timeline::shot::loras::ShotLora;
use kinora_timeline::shot::settings::ShotSettings;

use super::{home, portrait};

const STYLE: &str = "style.safetensors";
const FAST: &str = "fast_lightx2v_4step.safetensors";

/// A project with a shot, whose LoRAs are shown. The LoRA folder is `loras` in the home folder.
fn with_loras(home: &Path) -> Studio {
    with_files(home, "loras", &[STYLE, FAST])
}

/// The same with these files, for the engine of this script.
fn with_files(home: &Path, script: &str, files: &[&str]) -> Studio {
    let folder = home.join("loras");
    fs::create_dir(&folder).expect("made");
    for name in files {
        fs::write(folder.join(name), name).expect("written");
    }
    let script = format!("{script} '{}'", folder.display());
    let mut studio = Studio::with_engine(&script, home);
    studio.click("New shot");
    studio.scroll_to("LoRAs").click("LoRAs");
    // The section requests the list from the engine; what comes of it moves the panel.
    studio.waits_for("Engine ready");
    studio.rests(|window| {
        let list = window.get_by_role_and_label(Role::ComboBox, "Add LoRA");
        list.rect()
    });
    studio
}

/// Chooses a row in the list of the LoRAs that can be added.
fn choose(studio: &mut Studio, row: &str) {
    studio.waits_until(row, |studio| {
        // News of the engine move the list, even under the buttons at the bottom: it is looked for again.
        let window = &mut studio.window;
        let is_open = window.query_by_role_and_label(Role::Button, "From a file…");
        if is_open.is_none() {
            let list = |window: &Harness<Window>| {
                let list = window.get_by_role_and_label(Role::ComboBox, "Add LoRA");
                list.rect()
            };
            let at = window.get_by_role_and_label(Role::ComboBox, "Add LoRA");
            at.scroll_to_me();
            studio.rests(list);
            let window = &mut studio.window;
            let list = window.get_by_role_and_label(Role::ComboBox, "Add LoRA");
            list.click();
            window.run_ok();
        }
        let mut rows = studio.window.query_all_by_role_and_label(Role::Button, row);
        rows.next().is_some()
    });
    // A list that has just opened moves to its place.
    studio.rests(|window| window.get_by_role_and_label(Role::Button, row).rect());
    studio
        .window
        .get_by_role_and_label(Role::Button, row)
        .click();
    studio.window.run_ok();
}

fn loras(studio: &mut Studio) -> Vec<ShotLora> {
    studio.shot("Shot 1").loras
}

fn with_strength(file: &str, strength: f64) -> ShotLora {
    ShotLora {
        strength,
        ..ShotLora::new(file)
    }
}

#[test]
fn a_lora_is_added_given_a_strength_and_removed_each_as_one_step() {
    let home = home();
    let mut studio = with_loras(home.path());
    choose(&mut studio, STYLE);
    assert_eq!(loras(&mut studio), [ShotLora::new(STYLE)]);
    assert!(studio.shows("LoRAs (1)"));
    studio.type_number(STYLE, "0.75");
    assert_eq!(loras(&mut studio), [with_strength(STYLE, 0.75)]);
    studio.type_number(STYLE, "-9");
    assert_eq!(loras(&mut studio), [with_strength(STYLE, -4.0)]);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(loras(&mut studio), [with_strength(STYLE, 0.75)]);
    let remove = format!("Remove {STYLE}");
    studio.scroll_to(&remove).click(&remove);
    assert_eq!(loras(&mut studio), []);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(loras(&mut studio), [with_strength(STYLE, 0.75)]);
    assert!(
        !studio.shows("Both experts"),
        "the model has one transformer"
    );
}

#[test]
fn a_lora_from_a_file_is_reported_missing_when_its_file_is_gone() {
    let home = home();
    let mut studio = with_loras(home.path());
    let file = home.path().join("elsewhere.safetensors");
    fs::write(&file, "a LoRA").expect("written");
    choose(&mut studio, "From a file…");
    studio.type_into("File", &file.display().to_string());
    studio.waits_for("elsewhere.safetensors");
    studio.click("Add");
    let path = file.display().to_string();
    assert_eq!(loras(&mut studio), [ShotLora::new(&path)]);
    studio.window.run_ok();
    assert!(!studio.shows("The file is missing"));
    fs::remove_file(&file).expect("removed");
    choose(&mut studio, "Look again");
    studio.waits_for("The file is missing");
    studio.scroll_to("LoRAs (1)").click("LoRAs (1)"); // folded, it is still shown beside Generate
    studio.waits_for("The LoRA elsewhere.safetensors is missing");
    studio.click("LoRAs (1)");
    fs::write(home.path().join("loras/elsewhere.safetensors"), "a LoRA").expect("written");
    choose(&mut studio, "Look again");
    studio.waits_until("the file", |studio| !studio.shows("The file is missing"));
}

#[test]
fn a_lora_of_the_lora_folder_that_is_chosen_as_a_file_is_kept_by_its_name() {
    let home = home();
    let mut studio = with_loras(home.path());
    choose(&mut studio, "From a file…");
    let file = home.path().join("loras").join(STYLE);
    studio.type_into("File", &file.display().to_string());
    studio.waits_for(STYLE);
    studio.click("Add");
    assert_eq!(loras(&mut studio), [ShotLora::new(STYLE)]);
}

#[test]
fn the_settings_of_a_four_step_lora_are_offered_and_taken_in_one_step() {
    let home = home();
    let mut studio = with_loras(home.path());
    choose(&mut studio, STYLE);
    let offer = "Use its 4-step settings";
    assert!(!studio.shows(offer));
    choose(&mut studio, FAST);
    studio.scroll_to(offer).click(offer);
    let settings = studio.shot("Shot 1").settings;
    let expected = ShotSettings {
        steps: Some(4),
        guidance: Some(1.0),
        shift: Some(5.0),
        sampler: Some("distilled".into()),
        ..ShotSettings::default()
    };
    assert_eq!(settings, expected);
    assert!(studio.shows("Uses its 4-step settings") && !studio.shows(offer));
    assert!(
        !studio.shows("Camera path not measured"),
        "there is no path"
    );
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 1").settings, ShotSettings::default());

    studio
        .click("Camera")
        .click("Camera move…")
        .click("Push in");
    assert!(studio.shows("Camera path not measured"));
}

#[test]
fn a_take_keeps_the_loras_that_it_was_made_with() {
    let home = home();
    let mut studio = with_loras(home.path());
    choose(&mut studio, STYLE);
    studio.type_into("Prompt", "a fox").click("Generate");
    studio.waits_until("a take", |studio| studio.shot("Shot 1").chosen.is_some());
    let take = studio.shot("Shot 1").chosen.expect("a take");
    let folder = home.path().join("films/First.kinora/takes");
    let text = fs::read_to_string(folder.join(take.to_string()).join("take.ron")).expect("a take");
    assert!(text.contains(STYLE) && text.contains("loras"), "{text}");
}

#[test]
fn with_an_ic_lora_a_take_follows_the_stage_that_it_is_shown_and_is_reproduced() {
    for (file, shown) in [
        ("ic-lora-depth.safetensors", StageShown::Depth),
        ("ic-lora-pose.safetensors", StageShown::Picture(Vec::new())),
    ] {
        let home = home();
        let mut studio = with_files(home.path(), "reference-loras", &[file]);
        studio.drop_file(portrait(home.path()));
        studio.click("Cast");
        studio.waits_for("@ada, not used yet");
        studio.type_into("Prompt", "@ada walks").click("Viewer");
        studio
            .click("Camera")
            .click("Camera move…")
            .click("Push in");
        assert!(!studio.shows("Control clip"), "not without the LoRA");
        choose(&mut studio, file);
        studio.waits_for("Control clip");
        let is_picture = matches!(shown, StageShown::Picture(_));
        assert_eq!(studio.shows("as a shaded picture"), is_picture);
        studio.press(Modifiers::COMMAND, Key::Enter);
        studio.waits_for("Take 1 of Shot 1");
        let takes = TakeStore::of(&home.path().join("films/First.kinora")).all();
        let (_, take) = takes.into_iter().next().expect("a take");
        let recipe = take.recipe.expect("readable");
        assert_eq!(recipe.stage.expect("a stage").stand_ins.len(), 1);
        assert_eq!(recipe.inputs.loras[0].file.name, file);
        match recipe.stage_shown {
            StageShown::Depth => assert!(!is_picture),
            StageShown::Picture(cast) => assert!(is_picture && cast.len() == 1),
        }
        studio.scroll_to("More…").click("More…");
        studio.click("Reproduce");
        studio.waits_for("frames are identical");
    }
}
