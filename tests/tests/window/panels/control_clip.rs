//! The control clip of a shot: an import that its takes follow in place of the stage.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use kinora_render::{Content, Format, Picture, Writer};
use kinora_studio::take::recipe::ControlUsed;
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::studio::Studio;
use kinora_timeline::FrameRate;
use kinora_timeline::media::PictureSettings;

use super::home;

/// A grey video of a second in a folder.
fn depth(folder: &Path) -> PathBuf {
    let path = folder.join("depth.mp4");
    let content = Content {
        size: [96, 64],
        rate: FrameRate::FPS_24,
        has_sound: false,
    };
    let mut writer = Writer::create(&path, Format::MP4, content).expect("a writer");
    for grey in 0..24 {
        let picture = Picture::plain(96, 64, [10 * grey, 10 * grey, 10 * grey, 255]);
        writer.picture(&picture).expect("a picture");
    }
    writer.finish().expect("written");
    path
}

/// Opens the list of control clips and chooses one of its entries.
fn choose(studio: &mut Studio, entry: &str) {
    studio.waits_until("the list", |studio| {
        let mut lists = studio
            .window
            .query_all_by_role_and_label(Role::ComboBox, "Control clip");
        lists.next().is_some_and(|list| {
            list.scroll_to_me();
            true
        })
    });
    studio.rests(|window| {
        let list = window.get_by_role_and_label(Role::ComboBox, "Control clip");
        list.rect()
    });
    studio
        .window
        .get_by_role_and_label(Role::ComboBox, "Control clip")
        .click();
    studio.window.run_ok();
    studio.click(entry);
}

#[test]
fn a_take_follows_the_control_clip_of_its_shot_in_place_of_the_stage() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.drop_files([depth(home.path())]);
    studio.waits_for("depth.mp4 on V1");
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    choose(&mut studio, "depth.mp4");
    let project = studio.project();
    let medium = project.media().next().expect("the import");
    assert_eq!(studio.shot("Shot 1").control, Some(medium.id));
    studio.waits_for("The stage of the shot is left out.");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 2 of Shot 1");

    let folder = home.path().join("films/First.kinora");
    let takes = TakeStore::of(&folder).all();
    let recipes = takes
        .into_iter()
        .map(|(_, take)| take.recipe.expect("readable"));
    let controls = recipes.map(|recipe| {
        assert!(recipe.control.is_none() || recipe.stage.is_none());
        recipe.control
    });
    let mut controls: Vec<_> = controls.collect();
    controls.sort_by_key(Option::is_some);
    let used = ControlUsed {
        content: medium.content,
        picture: PictureSettings::default(),
    };
    assert_eq!(controls, [None, Some(used)]);

    choose(&mut studio, "None");
    assert_eq!(studio.shot("Shot 1").control, None);
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.shot("Shot 1").control, Some(medium.id), "one step");
}

#[test]
fn a_control_clip_is_chosen_from_a_file_and_removed_with_its_import() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot").type_into("Prompt", "a fox");
    studio.press(Modifiers::COMMAND, Key::Enter);
    studio.waits_for("Take 1 of Shot 1");
    let before = studio.project();
    choose(&mut studio, "Choose a file…");
    studio.type_into("File", &depth(home.path()).display().to_string());
    studio.press(Modifiers::NONE, Key::Enter);
    studio.waits_until("the control clip", |studio| {
        studio.shot("Shot 1").control.is_some()
    });
    studio.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(studio.project(), before, "one step with its import");
    studio.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);

    studio.click("Media");
    studio.waits_for("depth.mp4: Not used");
    studio
        .secondary_click_part("depth.mp4: Not used")
        .click("Remove");
    studio.waits_for("it is still used by 1 shot");
    studio.click("Remove with its clips");
    assert_eq!(studio.project().media().count(), 0);
    assert_eq!(studio.shot("Shot 1").control, None);
}
