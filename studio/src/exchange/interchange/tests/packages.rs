//! Tests of packages in one file: what is unpacked, where, and how refusals name them. The packages are made entry by
//! entry.

use std::io::Write as _;

use super::*;

fn zipped(path: &Path, entries: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("made"));
    for (name, bytes) in entries {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).expect("begun");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished");
}

/// Makes the method by which an entry is compressed one that is not read.
fn compressed_otherwise(path: &Path, name: &str) {
    let mut bytes = fs::read(path).expect("read");
    for at in 0..bytes.len() {
        // The headers: where each has the method and the name.
        for (mark, method, named) in [(b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)] {
            let header = &mut bytes[at..];
            if header.starts_with(mark) && header[named..].starts_with(name.as_bytes()) {
                header[method] = 12;
            }
        }
    }
    fs::write(path, bytes).expect("written");
}

#[test]
fn a_package_in_one_file_is_unpacked_and_no_path_in_it_leads_out() {
    let root = tempfile::tempdir().expect("a folder");
    let still = root.path().join("still.png");
    picture(&still);
    let still = fs::read(&still).expect("read");
    let folder = root.path().join("films/Night.kinora");
    let path = root.path().join("Night.otioz");
    let text = cut(&["media/door.png".to_owned()]);
    zipped(&path, &[("notes.txt", b"no cut")]);
    let refused = import(&path, &folder).expect_err("no cut in it");
    assert!(refused.to_string().contains("Night.otioz"), "{refused}");
    assert!(!folder.exists());

    let entries: [(&str, &[u8]); 5] = [
        ("content.otio", text.as_bytes()),
        ("media/door.png", &still),
        ("media/../../../out.png", &still),
        ("../out.png", &still),
        ("other/more.png", &still),
    ];
    zipped(&path, &entries);
    let (session, losses) = import(&path, &folder).expect("imported");
    assert_eq!((losses, wrong_in(&session)), (Vec::new(), 0));
    let medium = session.project().media().next().expect("a medium");
    assert!(session.folder().join(&medium.path).is_file());
    let listed = fs::read_dir(&folder).expect("listed").flatten();
    let names: Vec<String> = listed
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(
        !names.iter().any(|name| name.starts_with(".tmp")),
        "{names:?}"
    );
    for place in ["out.png", "films/out.png", "films/Night.kinora/out.png"] {
        assert!(!root.path().join(place).exists(), "{place}");
    }
}

#[test]
fn notes_and_refusals_name_the_package_and_not_where_it_was_unpacked() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("Night.kinora");
    let path = root.path().join("Night.otioz");
    zipped(&path, &[("content.otio", b"")]);
    let refused = import(&path, &folder).expect_err("empty").to_string();
    assert!(refused.contains("Night.otioz is empty"), "{refused}");

    let text = cut(&["media/door.png", "media/sea.png"].map(str::to_owned));
    let entries: [(&str, &[u8]); 3] = [
        ("content.otio", text.as_bytes()),
        ("media/door.png", b"no picture"),
        ("media/sea.png", b"not unpacked"),
    ];
    zipped(&path, &entries);
    compressed_otherwise(&path, "media/sea.png");
    let (session, losses) = import(&path, &folder).expect("imported");
    let notes: Vec<String> = losses.iter().map(ToString::to_string).collect();
    let notes = notes.join("\n");
    assert!(
        notes.contains("media/sea.png\": it cannot be unpacked"),
        "{notes}"
    );
    assert!(
        notes.contains("it cannot be brought in: media/door.png"),
        "{notes}"
    );
    assert!(!notes.contains("Night.kinora"), "{notes}");
    drop(session);

    compressed_otherwise(&path, "content.otio");
    let again = root.path().join("again.kinora");
    let refused = import(&path, &again).expect_err("no cut").to_string();
    assert!(
        refused.contains("Night.otioz cannot be unpacked"),
        "{refused}"
    );
}

#[test]
fn a_cancelled_import_ends_within_a_package_and_empties_a_folder_that_was_there() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("Night.kinora");
    fs::create_dir(&folder).expect("made");
    let path = root.path().join("Night.otioz");
    zipped(&path, &[("content.otio", b"{}")]);
    let mut calls = 0;
    let cancelled = super::super::import(&path, &folder, &mut |_, _| {
        calls += 1;
        calls < 2
    });
    assert!(cancelled.expect("no failure").is_none());
    assert_eq!(fs::read_dir(&folder).expect("listed").count(), 0);

    fs::write(folder.join("notes.txt"), "mine").expect("written");
    let refused = import(&path, &folder).expect_err("not empty").to_string();
    assert!(
        refused.contains("is there already, and is not empty"),
        "{refused}"
    );
    assert!(folder.join("notes.txt").is_file());
}
