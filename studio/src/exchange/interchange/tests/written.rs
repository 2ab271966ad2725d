//! Tests of written timelines: their names, the files that they name, and an own cut that is imported again. Each is
//! read as text.

use kinora_render::project::ProjectFiles;
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{Clip, ContentHash, Edit, FrameRate, Project, Source, TrackKind};

use super::*;
use crate::exchange::import::import_medium;
use crate::exchange::interchange::write_cut::write;

#[test]
fn a_timeline_is_written_beside_an_earlier_one_unless_it_may_be_replaced() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("own.kinora");
    let session = Session::create(&folder, &Project::default()).expect("created");
    let to = |name: &str, replaces| {
        let path = root.path().join(name);
        let written = export_to_free_path(session.project(), &folder, &path, replaces);
        written.map(|written| written.file)
    };
    let at = |name: &str| Ok(root.path().join(name));
    assert_eq!(to("cut", false), at("cut.otio"));
    assert_eq!(to("cut.otio", false), at("cut 2.otio"));
    assert_eq!(to("cut.otio", true), at("cut.otio"));
    assert_eq!(to("cut", true), at("cut 3.otio"), "nobody was asked");
    let refused = to("cut.xml", false).expect_err("another kind").to_string();
    assert!(refused.contains("ends in .otio"), "{refused}");
    let within = to("own.kinora/cut.otio", false).expect_err("in the project");
    assert!(within.to_string().contains("lies in"), "{within}");
}

#[test]
fn an_own_cut_comes_back_from_elsewhere_with_files_that_no_clip_uses() {
    let root = tempfile::tempdir().expect("a folder");
    let (used, unused) = (root.path().join("used.png"), root.path().join("unused.png"));
    picture(&used);
    image::RgbImage::new(3, 3).save(&unused).expect("saved");
    let folder = root.path().join("all/own film.kinora");
    let mut session = Session::create(&folder, &Project::default()).expect("created");
    for file in [&used, &unused] {
        let medium = import_medium(file, session.folder()).expect("imported");
        let add = Edit::Library(Library::AddMedium(Box::new(medium.medium)));
        session.document_mut().apply(&add).expect("added");
    }
    let project = session.project();
    let track = project.tracks()[0].id;
    let medium = project.media().next().expect("a medium").id;
    let clip = Clip::new(Source::Medium(medium), Frames::ZERO, Frames(10));
    let pieces = vec![Piece { track, clip }];
    let append = Edit::Place(Place::Append { pieces });
    session.document_mut().apply(&append).expect("placed");
    for form in [AddressForm::Absolute, AddressForm::Relative] {
        let cuts = root.path().join("all/cuts");
        fs::create_dir_all(&cuts).expect("a folder");
        let path = cuts.join("e.otio");
        export(&session, &path, form).expect("exported");
        let text = fs::read_to_string(&path).expect("read");
        let is_absolute = text.contains("file:///");
        assert_eq!(is_absolute, form == AddressForm::Absolute, "{text}");
        let name = format!("{form:?}.kinora");
        let (again, losses) = import(&path, &root.path().join(name)).expect("imported");
        assert_eq!(losses, []);
        assert_eq!(wrong_in(&again), 0);
        assert_eq!(again.project(), session.project());
    }
    drop(session);
    let moved = root.path().join("elsewhere");
    fs::rename(root.path().join("all"), &moved).expect("moved");
    let path = moved.join("cuts/e.otio");
    let (again, losses) = import(&path, &root.path().join("m.kinora")).expect("imported");
    assert_eq!((losses, wrong_in(&again)), (Vec::new(), 0));
}

#[test]
fn the_sound_of_a_shot_names_its_own_file() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("film.kinora");
    let length = ModelLength {
        frames: 24,
        rate: FrameRate::FPS_24,
    };
    let take = ContentHash::of(b"a take");
    let other = ContentHash::of(b"another sound");
    let shot = Shot {
        chosen: Some(take),
        ..Shot::new("Steps", "", length)
    };
    let mut batch = EditBatch::of(&Project::default());
    let add = Edit::Library(Library::AddShot(Box::new(shot)));
    batch.then(add).expect("added");
    let shot = batch.project.shots().next().expect("the shot").id;
    let kinds = [TrackKind::Video, TrackKind::Audio];
    let source = Source::Shot(shot);
    let placed = batch.place(source, &kinds, Frames::ZERO, Frames(24));
    placed.expect("placed");
    let files = ProjectFiles::of(&folder);
    for take in [take, other] {
        fs::create_dir_all(files.take(take)).expect("made");
        fs::write(files.take_sound(take), "sound").expect("written");
    }
    let targets = |project: &Project| {
        let cut = root.path().join("cut.otio");
        write(project, &folder, &cut, AddressForm::Absolute).expect("written");
        let text = fs::read_to_string(&cut).expect("there");
        let lines = text.lines().filter(|line| line.contains("target_url"));
        let targets: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
        targets
    };
    let found = targets(&batch.project);
    let [picture, sound] = &found[..] else {
        panic!("{found:?}");
    };
    let names = |line: &str, take: ContentHash, file: &str| {
        line.contains(&take.to_string()) && line.contains(file)
    };
    assert!(names(picture, take, "clip.mkv"), "{picture}");
    assert!(names(sound, take, "sound.flac"), "{sound}");
    let choose = Edit::Library(Library::ChooseSound(shot, Some(other)));
    batch.then(choose).expect("chosen");
    let found = targets(&batch.project);
    let [picture, sound] = &found[..] else {
        panic!("{found:?}");
    };
    assert!(names(picture, take, "clip.mkv"), "{picture}");
    assert!(names(sound, other, "sound.flac"), "{sound}");
}
