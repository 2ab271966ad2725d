//! Shots added, removed and moved in the list of shots, drawn as letters.
//! Their neighbours in the list are known.

use kinora_timeline::edit::library::Library;
use kinora_timeline::{Edit, ShotId};

use crate::drawn::*;

#[test]
fn a_shot_moves_to_another_place_in_the_list() {
    check_shots("abcd", move_shot('a', Some('c')), "bacd");
    check_shots("abcd", move_shot('d', Some('a')), "dabc");
    check_shots("abcd", move_shot('b', None), "acdb");
    let project = with_shots("ab");
    let refusal = |words: Words| {
        let refused = words(&project).apply(&project);
        refused.expect_err("refused").to_string()
    };
    let already = "that is how it is already";
    assert_eq!(refusal(move_shot('a', Some('b'))), already);
    assert_eq!(refusal(move_shot('b', None)), already);
    assert_eq!(refusal(move_shot('a', Some('a'))), already);
    let a = shot_id(&project, 'a');
    let nobody = ShotId::from(999);
    for (shot, before) in [(nobody, None), (a, Some(nobody))] {
        let missing = edit(move |_| Edit::Library(Library::MoveShot { shot, before }));
        assert_eq!(refusal(missing), "this shot is no longer in the project");
    }
}

#[test]
fn a_shot_is_added_at_the_end_and_removed_from_its_place() {
    let start = with_shots("abc");
    let project = apply(&start, &move_shot('c', Some('a'))(&start));
    let project = apply(&project, &add_shot('d'));
    assert_eq!(shots(&project), "cabd");
    let remove = Edit::Library(Library::RemoveShot(shot_id(&project, 'a')));
    let project = apply(&project, &remove);
    assert_eq!(shots(&project), "cbd");
    let id = |letter| Some(shot_id(&project, letter));
    let [c, b, d] = ['c', 'b', 'd'].map(|letter| shot_id(&project, letter));
    assert_eq!(
        (project.shot_before(b), project.shot_after(b)),
        (id('c'), id('d'))
    );
    assert_eq!(
        (project.shot_before(c), project.shot_after(d)),
        (None, None)
    );
}
