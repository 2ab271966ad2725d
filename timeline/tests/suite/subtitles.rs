//! Editing subtitles, drawn: before, what is done, after.

use std::path::Path;

use crate::drawn::*;
use kinora_timeline::Edge::{Head, Tail};
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::{Edit, Frames, Project, file, otio};

#[test]
fn cues_are_added_where_nothing_is() {
    check_subtitles("A--..B", add_cue("C", 3, 5), "A--|C-|B");
    check_subtitles(
        "A--",
        add_cue("C", 90, 92),
        &format!("A--{}C-", ".".repeat(87)),
    );
    check_subtitles_refused(
        "A--..B",
        add_cue("C", 3, 6),
        "a subtitle is in the way: there is room for 0 frames",
    );
    check_subtitles_refused(
        "A--",
        add_cue("C", 4, 4),
        "a subtitle needs at least one frame",
    );
    check_subtitles_refused(
        "A--",
        add_cue(" <b></b>\n", 4, 6),
        "a subtitle needs a text, without empty lines and tags",
    );
    check_subtitles_refused(
        "A--",
        add_cue("C", -2, 0),
        "the timeline starts at frame 0: this would begin 2 frames earlier",
    );
}

#[test]
fn cues_move_up_to_their_neighbours() {
    check_subtitles("A-..B-...C", move_cues(&["B"], 3), "A-.....B-|C");
    check_subtitles("A-..B-...C", move_cues(&["B"], -2), "A-|B-.....C");
    check_subtitles("A-..B-...C", move_cues(&["A", "B"], 3), "...A-..B-|C");
    check_subtitles("A-..B-", move_cues(&["B", "A"], 1), ".A-..B-");
    check_subtitles_refused(
        "A-..B-...C",
        move_cues(&["B"], 4),
        "a subtitle is in the way: there is room for 3 frames",
    );
    check_subtitles_refused(
        ".A-",
        move_cues(&["A"], -2),
        "the timeline starts at frame 0: this would begin 1 frame earlier",
    );
    check_subtitles_refused("A-", move_cues(&["A"], 0), "that is how it is already");
}

#[test]
fn edges_are_trimmed_up_to_the_next_cue() {
    check_subtitles("A---..B", trim_cue("A", Tail, 2), "A-----|B");
    check_subtitles("A---..B", trim_cue("A", Tail, -3), "A.....B");
    check_subtitles(".A-..B-", trim_cue("B", Head, -2), ".A-|B---");
    check_subtitles(".A-", trim_cue("A", Head, -1), "A--");
    check_subtitles_refused(
        "A---..B",
        trim_cue("A", Tail, 3),
        "a subtitle is in the way: there is room for 2 frames",
    );
    check_subtitles_refused(
        "A---..B",
        trim_cue("A", Head, 4),
        "nothing would be left of the subtitle",
    );
}

#[test]
fn a_cue_is_split_between_its_lines_and_joined_again() {
    let start = subtitled("A---------", "X---------");
    let typed = apply(&start, &retype_cue("X", "Where are you?\nHere.")(&start));
    let split = apply(&typed, &split_cue("Where are you?\nHere.", 7)(&typed));
    assert_eq!(draw_subtitles(&split), "W------|H--");
    let joined = apply(&split, &join_cue("Where are you?")(&split));
    assert_eq!(joined.subtitle_tracks(), typed.subtitle_tracks());
    check_subtitles("A---|B-", split_cue("A", 2), "A-|A-|B-");
    check_subtitles("A-..B-|C", join_cue("A"), "A-----|C");
    check_subtitles_refused("A-", join_cue("A"), "there is no subtitle after this one");
    check_subtitles_refused(
        "A-",
        split_cue("A", 2),
        "there is no subtitle to split here",
    );
}

#[test]
fn cues_are_retyped_removed_and_shifted() {
    check_subtitles(
        "A-..B-",
        retype_cue("A", "<i>New</i>\r\n\r\ntext"),
        "N-..B-",
    );
    check_subtitles("A-..B-", remove_cues(&["A"]), "....B-");
    check_subtitles("A-..B-", remove_cues(&["A", "B"]), "");
    check_subtitles("A-..B-", shift_cues(2), "..A-..B-");
    check_subtitles_refused(
        ".A-",
        shift_cues(-2),
        "the timeline starts at frame 0: this would begin 1 frame earlier",
    );
}

#[test]
fn subtitles_move_along_with_a_ripple() {
    let film = "A---|B--|C-";
    check_subtitled(film, "X-.....Y-", extract(&["B"]), "X-..Y-");
    check_subtitled(film, "X-..Y-.Z", extract(&["B"]), "X-..Z"); // Y was said in B
    check_subtitled(film, "X-..Y--|Z", ripple("B", Tail, -2), "X-..Y|Z");
    check_subtitled(film, "X----|Y----", extract(&["B"]), "X---|Y--");
    check_subtitled(film, "X-.....Y-", ripple("B", Tail, 2), "X-.......Y-");
    check_subtitled("A---|B---|X", "P--|Q-----", insert("X-", 4), "P--|Q-----");
    check_subtitled(
        "A---|B---|X",
        "P---|Q-----",
        insert("X-", 4),
        "P---..Q-----",
    );
    check_subtitled(
        "A---|B---|X",
        "P---|Q-----",
        overwrite("X-", 4),
        "P---|Q-----",
    );
    check_subtitled(film, "X-..Y-.Z", lift(&["B"]), "X-..Y-.Z");
}

#[test]
fn a_track_that_is_locked_or_not_sync_locked_stays() {
    let start = subtitled("A---|B--|C-", "X-.....Y-");
    let track = start.subtitle_tracks()[0].id;
    for hold in [
        SubtitleEdit::Lock(track, true),
        SubtitleEdit::SyncLock(track, false),
    ] {
        let held = apply(&start, &Edit::Subtitle(hold));
        let after = apply(&held, &extract(&["B"])(&held));
        assert_eq!(draw_subtitles(&after), "X-.....Y-");
    }
    let locked = apply(&start, &Edit::Subtitle(SubtitleEdit::Lock(track, true)));
    let refused = remove_cues(&["X"])(&locked).apply(&locked);
    assert_eq!(
        refused.expect_err("locked").to_string(),
        "track Subtitles is locked"
    );
}

#[test]
fn subtitles_are_fitted_to_another_frame_rate() {
    check_subtitles("A---|B--..C", conform(48), "A-------|B-----....C-");
    check_subtitles("A---|B--..C", conform(12), "A-|B-"); // C would be shorter than half a frame
}

fn texts_at(project: &Project, frame: i64) -> Vec<&str> {
    let cues = project.cues_at(Frames(frame)).into_iter();
    cues.map(|cue| cue.text.as_str()).collect()
}

#[test]
fn the_cues_of_all_shown_tracks_are_found_at_a_frame() {
    let start = subtitled("A---", "X--.Y");
    let second = SubtitleEdit::AddTrack {
        name: "Deutsch".into(),
        language: "de".into(),
        cues: Vec::new(),
    };
    let both = apply(&start, &Edit::Subtitle(second));
    let [english, german] = [0, 1].map(|place| both.subtitle_tracks()[place].id);
    let add = SubtitleEdit::Add {
        track: german,
        cue: NewCue {
            range: range(2, 6),
            text: "Z".into(),
        },
    };
    let both = apply(&both, &Edit::Subtitle(add));
    assert_eq!(texts_at(&both, 1), ["X"]);
    assert_eq!(texts_at(&both, 2), ["X", "Z"]);
    assert_eq!(texts_at(&both, 3), ["Z"]);
    let hidden = apply(&both, &Edit::Subtitle(SubtitleEdit::Hide(english, true)));
    assert_eq!(texts_at(&hidden, 2), ["Z"]);
    assert_eq!(texts_at(&hidden.showing_subtitles_of(english), 2), ["X"]);
}

#[test]
fn a_project_without_subtitles_is_saved_as_before_and_one_with_them_reads_back() {
    let plain = file::to_text(&project("A---")).expect("text");
    assert!(!plain.contains("subtitles"), "{plain}");
    let start = subtitled("A---|B--", "X--.Y");
    let text = file::to_text(&start).expect("text");
    let again = file::from_text(&text, Path::new("project.ron")).expect("a project");
    assert_eq!(again, start);
    let overlapping = text.replace("start: 4", "start: 2");
    let overlapping = overlapping.replace("(start:4", "(start:2");
    assert_ne!(overlapping, text, "the text has the range of Y");
    let refused = file::from_text(&overlapping, Path::new("project.ron"));
    let refused = refused.expect_err("two cues at once").to_string();
    assert!(
        refused.contains("subtitle track Subtitles, frame 2"),
        "{refused}"
    );
}

#[test]
fn subtitles_come_back_through_otio_and_are_listed_as_lost_for_others() {
    let start = subtitled("A---|B--", "X--.Y");
    let (text, losses) = otio::write(&start, "film", &otio::ProjectAddresses::default());
    let lost = losses
        .iter()
        .any(|loss| loss.place == "subtitle track Subtitles");
    assert!(lost, "{losses:?}");
    let again = otio::read(&text).expect("a cut");
    assert_eq!(again.project.subtitle_tracks(), start.subtitle_tracks());
}
