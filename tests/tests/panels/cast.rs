//! The cast panel: a character added from a picture and cast into a shot.

use kinora_tests::studio::Studio;

use crate::{home, portrait};

#[test]
fn somebody_joins_the_cast_from_a_picture_and_is_cast() {
    let home = home();
    let mut studio = Studio::with_new_project(home.path());
    studio.click("New shot");
    let picture = portrait(home.path());
    studio.drop_file(picture);
    studio.click("Cast");
    studio.waits_for("@ada, not used yet");
    studio.click("Add Ada to Shot 1");
    assert!(studio.shows("@ada, in 1 shot"));
    assert_eq!(studio.shot("Shot 1").cast.len(), 1);
    studio.click("Remove Ada from Shot 1");
    assert!(studio.shot("Shot 1").cast.is_empty());
}
