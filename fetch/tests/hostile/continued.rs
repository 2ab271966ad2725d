//! Downloads that are continued: bytes of another version or of an error page are never added to what is there.

use crate::server::{Act, Server};
use crate::{content, fetch, finished, order, unknown};

#[test]
fn the_rest_of_another_version_is_not_added_and_not_requested_again() {
    let bytes = content(45_000, 15);
    let acts = vec![
        Act::Cut(30_000),
        Act::NewVersionAnyway,
        Act::NewVersionAnyway,
    ];
    let server = Server::start(&bytes, acts);
    let folder = tempfile::tempdir().expect("a folder");
    fetch(&unknown(&server, &bytes), &server, folder.path()).expect("fetched");
    let from: Vec<_> = server.requests().iter().map(|asked| asked.from).collect();
    assert_eq!(from, [None, Some(30_000), None]);
    let reversed: Vec<u8> = bytes.into_iter().rev().collect();
    assert!(finished(folder.path()) == Some(reversed));
}

#[test]
fn bytes_that_neither_a_tag_nor_a_hash_proves_are_not_added_to() {
    let bytes = content(45_000, 16);
    for (is_known, again_from) in [(false, None), (true, Some(30_000))] {
        let server = Server::start(&bytes, vec![Act::CutUntagged(30_000)]);
        let folder = tempfile::tempdir().expect("a folder");
        let order = match is_known {
            true => order(&server, &bytes),
            false => unknown(&server, &bytes),
        };
        fetch(&order, &server, folder.path()).expect("fetched");
        assert_eq!(server.requests()[1].from, again_from);
        assert!(finished(folder.path()) == Some(bytes.clone()));
    }
}

#[test]
fn a_page_is_not_taken_for_a_file_of_which_nothing_is_known() {
    let bytes = content(45_000, 20);
    let server = Server::start(&bytes, vec![Act::Page, Act::Cut(30_000), Act::Page]);
    let folder = tempfile::tempdir().expect("a folder");
    fetch(&unknown(&server, &bytes), &server, folder.path()).expect("fetched");
    let from: Vec<_> = server.requests().iter().map(|asked| asked.from).collect();
    assert_eq!(from, [None, None, Some(30_000), Some(30_000)]);
    assert!(finished(folder.path()) == Some(bytes));
}
