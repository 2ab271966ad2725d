//! Tests of image sequences: pixels, alpha and rate of the medium, gaps, pictures that do not fit, and a lost sequence that
//! is relinked.

use image::{Rgba, RgbaImage};
use kinora_render::VideoReader;
use kinora_render::export::write_exr;
use kinora_timeline::Frames;
use kinora_timeline::media::{Extent, Medium};

use super::*;
use crate::exchange::import::{ImportSource, relink_medium};

const FILM: SequenceSettings = SequenceSettings {
    rate: FrameRate::FPS_24,
    gaps: Gaps::Refuse,
};

fn colour(number: u32) -> [u8; 4] {
    [(number * 37 % 256) as u8, 90, 255 - number as u8, 128]
}

/// A folder with pictures of these numbers, and the run of the first.
fn pictures(root: &Path, numbers: &[u32]) -> PictureRun {
    for number in numbers {
        let picture = RgbaImage::from_pixel(6, 4, Rgba(colour(*number)));
        let file = root.join(format!("shot.{number:04}.png"));
        picture.save(file).expect("saved");
    }
    let first = root.join(format!("shot.{:04}.png", numbers[0]));
    PictureRun::of(&first).expect("a run")
}

fn imported(run: &PictureRun, settings: SequenceSettings, root: &Path) -> Imported {
    let source = ImportSource::Run(run.clone());
    let imported = source.import(settings, &root.join("a.kinora"), &mut |_| true);
    imported.expect("imported")
}

fn pixels(medium: &Medium, root: &Path) -> Vec<[u8; 4]> {
    let Extent::Video { frames, .. } = medium.extent else {
        panic!("{:?}", medium.extent);
    };
    let path = root.join("a.kinora").join(&medium.path);
    let mut reader = VideoReader::open(&path).expect("opened");
    let pixel = |frame| reader.frame(Frames(frame)).expect("a frame").pixel(5, 3);
    (0..frames.0).map(pixel).collect()
}

#[test]
fn a_run_becomes_one_medium_with_the_pixels_and_the_alpha_of_its_pictures() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let run = pictures(root, &[7, 8, 9, 10]);
    for rate in ["24", "25", "24000/1001", "12"] {
        let rate: FrameRate = rate.parse().expect("a rate");
        let Imported { medium, notes } = imported(&run, SequenceSettings { rate, ..FILM }, root);
        assert_eq!(medium.name, "shot.[0007-0010].png");
        let frames = Frames(4);
        assert_eq!(medium.extent, Extent::Video { rate, frames });
        assert!(medium.has_picture && !medium.has_sound && notes.is_empty());
        assert_eq!(pixels(&medium, root), [7, 8, 9, 10].map(colour));
    }
    let again = imported(&run, FILM, root).medium;
    assert_eq!(imported(&run, FILM, root).medium, again, "stored once");
    let media = fs::read_dir(root.join("a.kinora/media")).expect("listed");
    assert_eq!(media.count(), 4, "one of each rate");
}

#[test]
fn openexr_pictures_are_a_sequence_too() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    for number in 1..=2 {
        let picture = Picture::plain(4, 3, [200, 9, 7, 255]);
        write_exr(&root.join(format!("p{number}.exr")), &picture).expect("written");
    }
    let run = PictureRun::of(&root.join("p1.exr")).expect("a run");
    let medium = imported(&run, FILM, root).medium;
    assert_eq!(medium.name, "p[1-2].exr");
    let path = root.join("a.kinora").join(&medium.path);
    let mut reader = VideoReader::open(&path).expect("opened");
    let frame = reader.frame(Frames(1)).expect("a frame");
    assert_eq!(frame.pixel(3, 2), [200, 9, 7, 255]);
}

#[test]
fn a_gap_is_refused_with_its_first_number_or_held_with_a_note() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let run = pictures(root, &[1, 2, 5, 6]);
    let source = ImportSource::Run(run.clone());
    let project = root.join("a.kinora");
    let refused = source.import(FILM, &project, &mut |_| true);
    let refused = refused.expect_err("a gap");
    assert!(refused.cause.contains("shot.0003.png"), "{refused}");
    assert!(refused.cause.contains("2 missing"), "{refused}");
    assert!(!project.exists(), "nothing is left behind");
    let gaps = Gaps::Hold;
    let Imported { medium, notes } = imported(&run, SequenceSettings { gaps, ..FILM }, root);
    assert_eq!(pixels(&medium, root), [1, 2, 2, 2, 5, 6].map(colour));
    let [note] = &notes[..] else {
        panic!("{notes:?}");
    };
    assert!(note.contains("shot.0003.png"), "{note}");
}

#[test]
fn a_picture_of_another_size_a_damaged_one_and_a_cancelled_import_leave_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let run = pictures(root, &[1, 2, 3]);
    let project = root.join("a.kinora");
    let refused = || {
        let source = ImportSource::Run(run.clone());
        let refused = source.import(FILM, &project, &mut |share| share < 0.2);
        let left = fs::read_dir(project.join("media")).expect("listed");
        assert_eq!(left.count(), 0);
        refused.expect_err("refused")
    };
    assert_eq!(refused(), Failure::cancelled());
    let first = root.join("shot.0001.png");
    let whole = fs::read(&first).expect("read");
    fs::write(&first, "no picture").expect("written");
    assert!(refused().cause.contains("shot.0001.png"));
    fs::write(&first, whole).expect("written");
    let second = root.join("shot.0002.png");
    RgbaImage::new(6, 5).save(&second).expect("saved");
    let source = ImportSource::Run(run.clone());
    let other = source.import(FILM, &project, &mut |_| true);
    let other = other.expect_err("another size");
    assert!(other.cause.contains("shot.0002.png has 6x5"), "{other}");
}

#[test]
fn a_lost_sequence_is_relinked_by_one_of_its_pictures() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let run = pictures(root, &[1, 2, 3]);
    let rate = "25".parse().expect("a rate");
    let medium = imported(&run, SequenceSettings { rate, ..FILM }, root).medium;
    let project = root.join("a.kinora");
    fs::remove_file(project.join(&medium.path)).expect("removed");
    let back = relink_medium(&run.file_of(2), &medium, &project);
    assert_eq!(back.expect("relinked").medium, medium);
    assert!(project.join(&medium.path).is_file());
}
