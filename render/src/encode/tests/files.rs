//! Tests of the files themselves: where they are written, what is left of an unfinished one, and their size by quality.
//! Failures name the file.

use kinora_timeline::Frames;

use super::*;
use crate::media::{VideoReader, probe};

#[test]
fn a_complete_file_that_cannot_be_moved_into_its_place_is_kept_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, refuge) = (folder.path().join("take.mkv"), folder.path().join("refuge"));
    fs::create_dir(&refuge).expect("made");
    let silent = Content {
        has_sound: false,
        ..content(FrameRate::FPS_24)
    };
    let mut writer = Writer::create(&path, Format::TAKE, silent).expect("a writer");
    writer.picture(&noise(1)).expect("a picture");
    fs::create_dir_all(path.join("in the way")).expect("made");
    let ended = writer.finish_or_keep(|| Ok(refuge.clone()));
    let (_, kept) = ended.expect_err("a folder is in the way");
    assert_eq!(kept, Some(refuge.join("take.mkv")));
    let found = probe(&refuge.join("take.mkv")).expect("a clip");
    assert_eq!(found.picture.map(|track| track.frames), Some(Frames::ONE));
}

#[test]
fn a_better_quality_makes_a_larger_file() {
    if encoder_of(Format::MP4) != Some("libx264") {
        eprintln!("skipped: this FFmpeg has no libx264");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let silent = Content {
        has_sound: false,
        ..content(FrameRate::FPS_24)
    };
    let bytes = Quality::ALL.map(|quality| {
        let mut writer =
            Writer::with_quality(&path, Format::MP4, silent, quality).expect("a writer");
        for number in 0..8 {
            writer.picture(&noise(number)).expect("a picture");
        }
        writer.finish().expect("finished");
        fs::metadata(&path).expect("the file").len()
    });
    assert!(bytes[0] < bytes[1] && bytes[1] < bytes[2], "{bytes:?}");
}

#[test]
fn what_is_not_finished_leaves_nothing_and_what_was_there_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    fs::write(&path, "the film of yesterday").expect("written");
    let mut writer =
        Writer::create(&path, Format::MP4, content(FrameRate::FPS_24)).expect("a writer");
    writer.picture(&numbered(1)).expect("a picture");
    drop(writer);
    assert_eq!(
        fs::read_to_string(&path).expect("read"),
        "the film of yesterday"
    );
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
}

#[test]
fn a_folder_that_is_not_there_is_reported_with_the_files_name() {
    let path = Path::new("/nowhere/film.mp4");
    let failed = Writer::create(path, Format::MP4, content(FrameRate::FPS_24))
        .err()
        .expect("a failure");
    assert!(
        failed
            .to_string()
            .starts_with("/nowhere/film.mp4: cannot be written"),
        "{failed}"
    );
    let failed = VideoReader::open(Path::new("/nowhere/film.mp4"))
        .err()
        .expect("a failure");
    assert!(
        failed
            .to_string()
            .starts_with("/nowhere/film.mp4: cannot be read"),
        "{failed}"
    );
}
