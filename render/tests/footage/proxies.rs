//! Proxies show the frames that their videos show, also where the rate varies; an export never reads them.

use std::fs;
use std::path::Path;

use kinora_render::export::{Export, Exported, export};
use kinora_render::media::{PictureTrack, probe};
use kinora_render::project::ProjectFiles;
use kinora_render::proxy::{ProxySize, make_proxy};
use kinora_render::{ExportSettings, Format, FrameReader};
use kinora_timeline::clip::Clip;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{
    ContentHash, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size, Source, TrackKind,
};

use crate::made::{Film, HEIGHT, Set, WIDTH, number_of, scattered};

/// Frames of the timeline, at 24 a second.
const LENGTH: i64 = 60;

fn content() -> ContentHash {
    ContentHash::of(b"a numbered film")
}

/// A project that shows a video from its first frame on.
fn project_of(name: &str, track: &PictureTrack) -> Project {
    let size = Size::new(WIDTH as u32, HEIGHT as u32).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let medium = Medium {
        id: MediumId::from(0),
        path: name.into(),
        name: name.into(),
        content: content(),
        extent: Extent::Video {
            rate: track.rate,
            frames: track.frames,
        },
        has_picture: true,
        has_sound: false,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let add = Edit::Library(Library::AddMedium(Box::new(medium)));
    let project = add.apply(&project).expect("added");
    let mut tracks = project.tracks().iter();
    let pictures = tracks.find(|track| track.kind == TrackKind::Video);
    let medium = project.media().next().expect("the medium").id;
    let piece = Piece {
        track: pictures.expect("a track").id,
        clip: Clip::new(Source::Medium(medium), Frames::ZERO, Frames(LENGTH)),
    };
    let pieces = vec![piece];
    let append = Edit::Place(Place::Append { pieces });
    append.apply(&project).expect("placed")
}

/// The bytes of a lossless export.
fn exported(project: &Project, folder: &Path) -> Vec<u8> {
    let order = Export {
        format: Format::TAKE,
        range: FrameRange::between(Frames::ZERO, Frames(LENGTH)),
        path: folder.join("out.mkv"),
        settings: ExportSettings::default(),
    };
    let ended = export(project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    fs::read(&order.path).expect("bytes")
}

#[test]
fn a_proxy_shows_the_numbers_of_its_variable_video_and_an_export_ignores_it() {
    let set = Set::new();
    let folder = set.path("");
    // Sixty a second for one second, then ten a second for two.
    let picture = "-vf select='lt(t,1)+not(mod(n,6))' -vsync vfr -c:v libx264 -preset ultrafast \
                   -pix_fmt yuv420p -g 30";
    let film = Film {
        frames: 180,
        rate: "60",
        picture,
        sound: None,
    };
    let path = set.film("film.mp4", &film);
    let track = probe(&path).expect("probed").picture.expect("pictures");
    assert!(!track.timing.is_constant());
    let project = project_of("film.mp4", &track);
    let mut plain = FrameReader::new(&folder);
    let mut number = |frame| {
        let picture = plain.picture(&project, Frames(frame)).expect("a picture");
        number_of(&picture).expect("a number")
    };
    let expected: Vec<u32> = (0..LENGTH).map(&mut number).collect();
    assert_eq!(expected.iter().max(), Some(&144), "numbers of the source");
    let before = exported(&project, &folder);

    let usual = PictureSettings::default();
    for size in ProxySize::ALL {
        let place = ProjectFiles::of(&folder).proxy(content(), usual, size);
        fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        let mut counted = (0, 0);
        let made = make_proxy(
            (path.as_path(), &track),
            (usual, size),
            &place,
            &mut |done, all| {
                counted = (done, all);
                true
            },
        );
        assert_eq!(made, Ok(true), "{size:?}");
        assert_eq!(counted, (80, 80), "each stored frame once");
        let small = probe(&place).expect("probed").picture.expect("pictures");
        let shown = [small.width, small.height];
        assert_eq!(shown, size.of([track.width, track.height]));

        let mut reader = FrameReader::new(&folder);
        reader.use_proxies(true);
        let in_play = 0..LENGTH;
        for frame in in_play.chain(scattered(40, LENGTH)) {
            let picture = reader.picture(&project, Frames(frame)).expect("a picture");
            assert!(reader.shows_proxy(), "{size:?}, frame {frame}");
            let number = number_of(&picture);
            assert_eq!(
                number,
                Some(expected[frame as usize]),
                "{size:?}, frame {frame}"
            );
        }
        reader.use_proxies(false);
        let picture = reader.picture(&project, Frames(7)).expect("a picture");
        assert!(!reader.shows_proxy());
        assert_eq!(number_of(&picture), Some(expected[7]));
        assert!(exported(&project, &folder) == before, "{size:?}");
        fs::remove_file(&place).expect("removed");
    }
}

#[test]
fn a_cancelled_proxy_and_one_of_a_transparent_video_leave_nothing_behind() {
    let set = Set::new();
    let film = |picture| Film {
        frames: 12,
        rate: "24",
        picture,
        sound: None,
    };
    let folder = set.path("proxies");
    fs::create_dir(&folder).expect("made");
    let make = |path: &Path, most: i64| {
        let track = probe(path).expect("probed").picture.expect("pictures");
        let how = (PictureSettings::default(), ProxySize::Half);
        let place = folder.join("proxy.mov");
        make_proxy((path, &track), how, &place, &mut |done, _| done < most)
    };
    let opaque = set.film("opaque.mkv", &film("-c:v ffv1 -pix_fmt bgr0"));
    assert_eq!(make(&opaque, 5), Ok(false));
    let clear = "-vf format=rgba,colorchannelmixer=aa=0.5 -c:v png";
    let clear = set.film("clear.mov", &film(clear));
    let refused = make(&clear, 99).expect_err("it has transparent parts");
    assert!(refused.to_string().contains("transparent"), "{refused}");
    let left = fs::read_dir(&folder).expect("read").count();
    assert_eq!(left, 0);
}
