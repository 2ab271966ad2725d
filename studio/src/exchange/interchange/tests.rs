//! Tests of the exchange with other editors: cuts are imported and written in temporary folders, in the spellings and
//! packages of other programs.

mod packages;
mod written;

use kinora_timeline::Frames;
use kinora_timeline::otio::Loss;
use kinora_timeline::otio::address::url;
use kinora_wire::Failure;

use super::*;
use crate::Session;

fn import(cut: &Path, folder: &Path) -> Result<(Session, Vec<Loss>), Failure> {
    let imported = super::import(cut, folder, &mut |_, _| true)?;
    Ok(imported.expect("nobody cancels it"))
}

fn picture(path: &Path) {
    fs::create_dir_all(parent(path)).expect("a folder");
    let picture = image::RgbImage::from_pixel(4, 4, image::Rgb([9, 8, 7]));
    picture.save(path).expect("saved");
}

/// A cut of two seconds for each address.
fn cut(addresses: &[String]) -> String {
    let time = |value: u32| {
        format!(r#"{{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": {value}.0}}"#)
    };
    let clips = addresses.iter().map(|address| {
        let address = address.replace('\\', "\\\\");
        format!(
            r#"{{"OTIO_SCHEMA": "Clip.1", "name": "c",
            "source_range": {{"OTIO_SCHEMA": "TimeRange.1", "start_time": {}, "duration": {}}},
            "media_reference": {{"OTIO_SCHEMA": "ExternalReference.1", "target_url": "{address}"}}}}"#,
            time(0),
            time(48)
        )
    });
    let clips: Vec<String> = clips.collect();
    format!(
        r#"{{"OTIO_SCHEMA": "Timeline.1", "tracks": {{"OTIO_SCHEMA": "Stack.1", "children": [
        {{"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [{}]}}]}}}}"#,
        clips.join(", ")
    )
}

fn wrong_in(session: &Session) -> usize {
    let found = crate::project::check::check(session.folder(), &mut |_| {});
    found.expect("it opens").wrong.len()
}

#[test]
fn files_are_brought_in_however_the_cut_spells_their_addresses() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("cuts");
    let file = root.path().join("media/Shot 1 & #2 100% кадр.png");
    picture(&file);
    picture(&folder.join("beside.png"));
    let plain = file.to_string_lossy().into_owned();
    let encoded = url(&plain);
    let localhost = encoded.replace("file:///", "file://localhost/");
    let relative = "../media/Shot 1 & #2 100% кадр.png".to_owned();
    let windows = "Z:\\job\\beside.png".to_owned();
    let moved = "file:///gone/beside.png".to_owned();
    let all = [plain, encoded, localhost, relative, windows, moved];
    let path = folder.join("cut.otio");
    for (number, address) in all.iter().enumerate() {
        fs::write(&path, cut(std::slice::from_ref(address))).expect("written");
        let project = root.path().join(format!("{number}.kinora"));
        let (session, losses) = import(&path, &project).expect("imported");
        assert_eq!(losses, [], "{address}");
        assert_eq!(wrong_in(&session), 0, "{address}");
        let medium = session.project().media().next().expect("a medium");
        assert!(session.folder().join(&medium.path).is_file());
    }
    fs::write(&path, cut(&["file:///gone/a%20b.png".to_owned()])).expect("written");
    let (session, losses) = import(&path, &root.path().join("x.kinora")).expect("imported");
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert_eq!(losses[0].place, "medium \"a b.png\"");
    assert_eq!(session.project().end(), Frames(48));
    let again = import(&path, session.folder()).expect_err("it is there");
    assert!(again.cause.contains("is there already"), "{again}");
}

#[test]
fn an_import_that_is_cancelled_or_refused_leaves_nothing_behind() {
    let root = tempfile::tempdir().expect("a folder");
    for name in ["a.png", "b.png"] {
        picture(&root.path().join(name));
    }
    let path = root.path().join("cut.otio");
    let addresses = ["a.png", "b.png"].map(str::to_owned);
    fs::write(&path, cut(&addresses)).expect("written");
    let folder = root.path().join("Night.kinora");
    let mut reported = Vec::new();
    let cancelled = super::import(&path, &folder, &mut |done, all| {
        reported.push((done, all));
        done < 1
    });
    assert!(cancelled.expect("no failure").is_none());
    reported.dedup(); // the same several times a second
    assert_eq!(reported, [(0, 2), (1, 2)]);
    assert!(!folder.exists());

    fs::write(&path, "{}").expect("written");
    let refused = import(&path, &folder).expect_err("no timeline");
    assert!(refused.to_string().contains("cut.otio"), "{refused}");
    assert!(!folder.exists());

    fs::write(&path, cut(&addresses)).expect("written");
    let within = path.join("Night.kinora"); // below a file
    let refused = import(&path, &within).expect_err("no folder can be there");
    assert!(refused.to_string().contains("Night.kinora"), "{refused}");
}
