//! A file that was refused at first contact is not opened: a slate and silence stand for it in the viewer and in an export.
//! A process has one maker of first contact, so that this is a test of its own.

use std::path::Path;

use kinora_render::encode::{Content, Writer};
use kinora_render::export::{Export, Exported, export};
use kinora_render::media::{MediaError, Probe, use_first_contact};
use kinora_render::project::{ProjectFiles, Replaced, ReplacedPart};
use kinora_render::{ExportSettings, Format, FrameReader, Mixer, Picture};
use kinora_timeline::clip::Clip;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{
    ContentHash, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size, Source, TrackKind,
};

const SIZE: [u32; 2] = [96, 64];
const RED: [u8; 4] = [255, 0, 0, 255];

/// Refuses the files of this name.
fn contact(path: &Path, _probe: &Path) -> Result<(), MediaError> {
    match path.ends_with("bad.mov") {
        true => Err(MediaError::new(path, "crashes its reader", "convert it")),
        false => Ok(()),
    }
}

fn done(project: &Project, edit: Edit) -> Project {
    edit.apply(project).expect("an edit")
}

/// Appends half a second of a red film with sound.
fn with_film(project: &Project, folder: &Path, name: &str) -> Project {
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(&folder.join(name), Format::PRORES, content).expect("a writer");
    for _ in 0..12 {
        let red = Picture::plain(SIZE[0], SIZE[1], RED);
        writer.picture(&red).expect("a picture");
        writer.sound(&[0.5; 4000]).expect("sound");
    }
    writer.finish().expect("finished");
    let medium = Medium {
        id: MediumId::from(0),
        name: name.into(),
        content: ContentHash::of(name.as_bytes()),
        path: name.into(),
        extent: Extent::Video {
            rate: FrameRate::FPS_24,
            frames: Frames(12),
        },
        has_picture: true,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let project = done(project, Edit::Library(Library::AddMedium(Box::new(medium))));
    let added = project.media().find(|medium| medium.name == name);
    let source = Source::Medium(added.expect("the medium").id);
    let piece = |kind| {
        let track = project.tracks().iter().find(|track| track.kind == kind);
        Piece {
            track: track.expect("a track").id,
            clip: Clip::new(source, Frames::ZERO, Frames(12)),
        }
    };
    let pieces = vec![piece(TrackKind::Video), piece(TrackKind::Audio)];
    done(&project, Edit::Place(Place::Append { pieces }))
}

#[test]
fn a_slate_and_silence_stand_for_a_file_that_was_refused_at_first_contact() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let size = Size::new(SIZE[0], SIZE[1]).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let project = with_film(&project, folder, "good.mov");
    let project = with_film(&project, folder, "bad.mov");
    let bad = ContentHash::of(b"bad.mov");
    let place = ProjectFiles::of(folder).probe(bad);
    // It was read as far as its probe before it crashed its reader.
    let path = folder.join("bad.mov");
    Probe::open(&path, &place).expect("probed");
    use_first_contact(contact);
    let refused = Probe::open(&path, &place).expect_err("refused");
    assert_eq!(refused.what, "crashes its reader");

    let mut reader = FrameReader::new(folder);
    let red_at = |reader: &mut FrameReader, frame| {
        let picture = reader.picture(&project, Frames(frame)).expect("a picture");
        let [red, green, ..] = picture.pixel(2, 2);
        red > 200 && green < 60
    };
    assert!(red_at(&mut reader, 3));
    assert!(!red_at(&mut reader, 15), "a slate");
    assert!(red_at(&mut reader, 4), "what is good stays");
    let replaced = Replaced {
        content: bad,
        part: ReplacedPart::Refused,
    };
    assert_eq!(reader.replaced(), std::slice::from_ref(&replaced));

    let range = FrameRange::between(Frames::ZERO, Frames(24));
    let mixed = Mixer::new(folder).mix(&project, range).expect("mixed");
    let (heard, silent) = mixed.split_at(mixed.len() / 2);
    assert!(heard[2000] > 0.1, "{}", heard[2000]);
    assert!(silent.iter().all(|sample| sample.abs() < 1e-6));

    let order = Export {
        format: Format::PRORES,
        range,
        path: folder.join("out.mov"),
        settings: ExportSettings::default(),
    };
    let ended = export(&project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(vec![replaced])));
}
