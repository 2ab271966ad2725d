//! Frame accuracy: pictures that encode their number, with a click at the first sample of each, go through cuts,
//! trims, speeds and dissolves and come out at the right frame, in the viewer's path and in a file; keyframes too.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_render::compose::{Layer, compose};
use kinora_render::encode::{Content, Writer, encoder_of};
use kinora_render::export::{Export, Exported, export};
use kinora_render::media::{probe, read_sound};
use kinora_render::{
    ExportSettings, ExportSize, Format, FrameReader, Mixer, Picture, Quality, VideoReader,
};
use kinora_timeline::camera::Easing;
use kinora_timeline::clip::{Clip, Look};
use kinora_timeline::curve::{Property, PropertyKey};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::edit::trim::Trim;
use kinora_timeline::file::{from_text, to_text};
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::query::Mix;
use kinora_timeline::{
    ClipId, ContentHash, Edge, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size,
    Source, Speed, TrackId, TrackKind, TransitionKind,
};

const SIZE: [u32; 2] = [96, 64];
const SAMPLES_A_FRAME: usize = 2000;
const LENGTH: i64 = 200;

/// A picture of eight blocks, white or black, from the lowest bit of the number on.
fn numbered(number: u32) -> Picture {
    let [width, height] = SIZE;
    let pixels = (0..width * height).flat_map(|at| match number >> (at % width / 12) & 1 {
        1 => [255, 255, 255, 255],
        _ => [0, 0, 0, 255],
    });
    Picture {
        width,
        height,
        rgba: pixels.collect(),
    }
}

fn blocks(picture: &Picture) -> [u8; 8] {
    std::array::from_fn(|at| picture.pixel(at as u32 * 12 + 6, 32)[1])
}

fn number_in(picture: &Picture) -> i64 {
    (0..)
        .zip(blocks(picture))
        .map(|(at, grey)| i64::from(grey > 127) << at)
        .sum()
}

/// A video with picture and sound, and an empty project around it.
fn project(folder: &Path) -> Project {
    project_of(folder, Format::PRORES)
}

/// The same, with the video in this format.
fn project_of(folder: &Path, preset: &'static Format) -> Project {
    fs::create_dir_all(folder.join("media")).expect("a folder");
    let name = format!("numbers.{}", preset.extension);
    let path = folder.join("media").join(&name);
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(&path, preset, content).expect("a writer");
    for number in 0..LENGTH {
        writer.picture(&numbered(number as u32)).expect("a picture");
        let mut samples = [0.0; 2 * SAMPLES_A_FRAME];
        samples[..2].fill(0.5);
        writer.sound(&samples).expect("sound");
    }
    writer.finish().expect("finished");
    let medium = Medium {
        id: MediumId::from(0),
        path: format!("media/{name}"),
        name,
        content: ContentHash::of(b"numbers"),
        extent: Extent::Video {
            rate: FrameRate::FPS_24,
            frames: Frames(LENGTH),
        },
        has_picture: true,
        has_sound: preset.sound.is_some(),
    };
    let size = Size::new(SIZE[0], SIZE[1]).expect("a size");
    done(
        &Project::new(FrameRate::FPS_24, size),
        Edit::Library(Library::AddMedium(Box::new(medium))),
    )
}

#[track_caller]
fn done(project: &Project, edit: Edit) -> Project {
    edit.apply(project).expect("an edit")
}

fn track(project: &Project, kind: TrackKind) -> TrackId {
    project
        .tracks()
        .iter()
        .find(|track| track.kind == kind)
        .expect("a track")
        .id
}

/// Appends source frames to both tracks; returns the picture's clip.
fn append(project: &Project, first: i64, length: i64) -> (Project, ClipId) {
    let medium = project.media().next().expect("the medium").id;
    let piece = |kind| Piece {
        track: track(project, kind),
        clip: Clip::new(Source::Medium(medium), Frames(first), Frames(length)),
    };
    let pieces = vec![piece(TrackKind::Video), piece(TrackKind::Audio)];
    let project = done(project, Edit::Place(Place::Append { pieces }));
    let picture = project
        .track(track(&project, TrackKind::Video))
        .expect("the track");
    let last = picture.clips().last().expect("a clip").0.id;
    (project, last)
}

/// An edit with cuts, trims, speeds and dissolves.
fn cut(folder: &Path) -> Project {
    cut_of(&project(folder))
}

fn cut_of(project: &Project) -> Project {
    let (project, first) = append(project, 10, 30);
    let (project, second) = append(&project, 60, 40);
    let (project, third) = append(&project, 120, 24);
    let (project, fourth) = append(&project, 150, 20);
    let trim = |clip, edge, by| {
        Edit::Trim(Trim::Ripple {
            clip,
            edge,
            by: Frames(by),
        })
    };
    let project = done(&project, trim(first, Edge::Tail, -6)); // 24 frames: 10..34
    let project = done(&project, trim(second, Edge::Head, 4)); // 36 frames: 64..100
    let project = done(
        &project,
        Edit::Trim(Trim::Slip {
            clip: second,
            by: Frames(-2),
        }),
    ); // 62..98
    let speed = |source, record| Speed::new(source, record).expect("a speed");
    let project = done(
        &project,
        Edit::Clip(ClipEdit::Speed {
            clip: third,
            speed: speed(2, 1),
            ripple: true,
        }),
    ); // 12 frames
    let project = done(
        &project,
        Edit::Clip(ClipEdit::Speed {
            clip: fourth,
            speed: speed(-1, 1),
            ripple: false,
        }),
    );
    let dissolve = TransitionEdit::Set {
        clip: second,
        kind: TransitionKind::Dissolve,
        before: Frames(3),
        after: Frames(5),
    };
    done(&project, Edit::Transition(dissolve))
}

#[test]
fn every_frame_shows_the_number_it_should() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    assert_eq!(project.end(), Frames(24 + 36 + 12 + 20));
    let mut reader = FrameReader::new(folder.path());
    let mut shown = Vec::new();
    for frame in 0..project.end().0 {
        let picture = reader.picture(&project, Frames(frame)).expect("a picture");
        shown.push(number_in(&picture));
        let layers = project.layers(Frames(frame));
        if let [from, to] = layers.as_slice() {
            let Mix::From { progress, .. } = from.mix else {
                panic!("a dissolve")
            };
            let of = |number: Frames| blocks(&numbered(number.0 as u32));
            let both = of(from.source_frame).into_iter().zip(of(to.source_frame));
            for ((from, to), seen) in both.zip(blocks(&picture)) {
                let expected = f32::from(from) * (1.0 - progress) + f32::from(to) * progress;
                assert!(
                    (expected - f32::from(seen)).abs() < 4.0,
                    "frame {frame}: {expected} {seen}"
                );
            }
        }
    }
    let expected = |frame: i64| match frame {
        0..24 => 10 + frame,
        24..60 => 62 + frame - 24,
        60..72 => 120 + 2 * (frame - 60),
        _ => 169 - (frame - 72),
    };
    for (frame, number) in (0..).zip(shown) {
        if !(21..29).contains(&frame) {
            assert_eq!(number, expected(frame), "frame {frame}");
        }
    }
}

#[test]
fn sound_is_in_its_place_to_the_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    let (project, _) = append(&project, 10, 5);
    let (project, _) = append(&project, 60, 4);
    let whole = FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    };
    let at_once = Mixer::new(folder.path())
        .mix(&project, whole)
        .expect("mixed");
    let clicks: Vec<usize> = at_once
        .chunks(2)
        .enumerate()
        .filter(|(_, pair)| pair[0].abs() > 0.4)
        .map(|(at, _)| at)
        .collect();
    let expected: Vec<usize> = (0..9).map(|frame| frame * SAMPLES_A_FRAME).collect();
    assert_eq!(clicks, expected);
    let mut mixer = Mixer::new(folder.path());
    let pieces = (0..9).rev().map(|frame| {
        let one = FrameRange {
            start: Frames(frame),
            length: Frames::ONE,
        };
        mixer.mix(&project, one).expect("mixed")
    });
    let mut pieces: Vec<Vec<f32>> = pieces.collect();
    pieces.reverse();
    assert!(pieces.concat() == at_once, "piece by piece it is the same");
}

#[test]
fn a_delivered_film_is_as_long_as_the_film_and_shows_the_same_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let range = FrameRange {
        start: Frames(30),
        length: Frames(50),
    };
    for preset in [Format::MP4, Format::PRORES] {
        let path = folder.path().join("out").with_extension(preset.extension);
        let order = Export {
            format: preset,
            range,
            path: path.clone(),
            settings: ExportSettings::default(),
        };
        let mut heard = 0;
        let ended = export(&project, folder.path(), &order, &mut |done| {
            heard = done.0;
            true
        });
        assert_eq!(ended, Ok(Exported::Whole));
        assert_eq!(heard, 50);
        let found = probe(&path).expect("probed");
        assert_eq!(found.picture.map(|track| track.frames), Some(Frames(50)));
        let mut samples = 0;
        read_sound(&path, &mut |piece| {
            samples += piece.len() / 2;
            true
        })
        .expect("sound");
        assert!((100_000..101_025).contains(&samples), "{samples}");
        let mut reader = VideoReader::open(&path).expect("opens");
        let mut truth = FrameReader::new(folder.path());
        for frame in 0..50 {
            let ours = truth
                .picture(&project, Frames(30 + frame))
                .expect("a picture");
            let theirs = reader.frame(Frames(frame)).expect("a frame");
            assert_eq!(
                number_in(&theirs),
                number_in(&ours),
                "{} {frame}",
                preset.name
            );
        }
    }
}

#[test]
fn where_nothing_is_done_to_a_film_it_is_delivered_as_it_was_coded() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut_of(&project_of(folder.path(), Format::MP4));
    let last = project.track(track(&project, TrackKind::Video));
    let last = last.and_then(|track| track.clips().last()).expect("a clip");
    let look = Look {
        exposure_stops: 0.5,
        ..Look::default()
    };
    let clip = last.0.id;
    let project = done(&project, Edit::Clip(ClipEdit::Look { clip, look }));
    let mut reader = FrameReader::new(folder.path());
    for frame in 0..project.end().0 {
        let planes = reader.planes(&project, Frames(frame)).expect("read");
        let is_changed = (21..29).contains(&frame) || frame >= 72; // dissolved, or brighter
        assert_eq!(planes.is_some(), !is_changed, "frame {frame}");
    }
    let path = folder.path().join("out.mp4");
    let order = Export {
        format: Format::MP4,
        range: FrameRange {
            start: Frames::ZERO,
            length: project.end(),
        },
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(&project, folder.path(), &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole));
    let mut delivered = VideoReader::open(&path).expect("opens");
    for frame in 0..project.end().0 {
        let composed = reader.picture(&project, Frames(frame)).expect("a picture");
        let shown = delivered.frame(Frames(frame)).expect("a frame");
        for (one, other) in blocks(&composed).into_iter().zip(blocks(&shown)) {
            assert!(one.abs_diff(other) <= 4, "frame {frame}: {one} {other}");
        }
    }
}

#[test]
fn an_export_that_is_stopped_or_fails_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let range = FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    };
    let path = folder.path().join("out.mp4");
    let order = Export {
        format: Format::MP4,
        range,
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(&project, folder.path(), &order, &mut |done| {
        done < Frames(10)
    });
    assert_eq!(ended, Ok(Exported::Stopped));
    fs::remove_file(folder.path().join("media/numbers.mov")).expect("removed");
    let failed =
        export(&project, folder.path(), &order, &mut |_| true).expect_err("the medium is gone");
    assert!(failed.path.ends_with("media/numbers.mov"), "{failed}");
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("listed")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert!(
        left.iter().all(|name| name == "media" || name == "cache"),
        "{left:?}"
    );
}

/// The bytes of an MP4 file of the first frames, with these settings.
fn exported(project: &Project, folder: &Path, settings: ExportSettings) -> Vec<u8> {
    let path = folder.join("out.mp4");
    let order = Export {
        format: Format::MP4,
        range: FrameRange {
            start: Frames::ZERO,
            length: Frames(12),
        },
        path: path.clone(),
        settings,
    };
    let ended = export(project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole));
    fs::read(&path).expect("the file")
}

#[test]
fn each_size_is_exported_with_its_pixels_and_the_same_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    for (size, wanted) in [
        (ExportSize::Project, [96, 64]),
        (ExportSize::Half, [48, 32]),
        (ExportSize::Height(128), [192, 128]),
    ] {
        let settings = ExportSettings {
            size,
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings);
        let path = folder.path().join("out.mp4");
        let mut reader = VideoReader::open(&path).expect("opens");
        let mut truth = FrameReader::new(folder.path());
        for frame in [0, 5, 11] {
            let shown = reader.frame(Frames(frame)).expect("a frame");
            assert_eq!([shown.width, shown.height], wanted, "{size}");
            let ours = truth.picture(&project, Frames(frame)).expect("a picture");
            let theirs = Picture::clone(&shown).scaled(SIZE);
            assert_eq!(number_in(&theirs), number_in(&ours), "{size} {frame}");
        }
    }
}

#[test]
fn the_picture_of_another_size_fills_a_png_file_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let path = folder.path().join("stills");
    let order = Export {
        format: Format::PNG,
        range: FrameRange {
            start: Frames::ZERO,
            length: Frames::ONE,
        },
        path: path.clone(),
        settings: ExportSettings {
            size: ExportSize::Half,
            ..ExportSettings::default()
        },
    };
    let ended = export(&project, folder.path(), &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole));
    let still = image::image_dimensions(path.join("000000.png")).expect("a picture");
    assert_eq!(still, (48, 32));
}

#[test]
fn the_quality_of_the_settings_changes_the_file() {
    if encoder_of(Format::MP4) != Some("libx264") {
        eprintln!("skipped: this FFmpeg has no libx264");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let of = |quality| {
        let settings = ExportSettings {
            quality,
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings)
    };
    let usual = of(Quality::Standard);
    assert!(usual == exported(&project, folder.path(), ExportSettings::default()));
    assert!(usual != of(Quality::Draft) && usual != of(Quality::High));
}

#[test]
fn sound_can_be_left_out_of_a_video() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let path = folder.path().join("out.mp4");
    for has_sound in [true, false] {
        let settings = ExportSettings {
            has_sound,
            ..ExportSettings::default()
        };
        exported(&project, folder.path(), settings);
        let found = probe(&path).expect("probed");
        assert!(found.picture.is_some());
        assert_eq!(found.sound.is_some(), has_sound);
    }
}

/// The settings that existed before there were settings: the writer's own, at the project's size.
#[test]
fn the_default_settings_make_the_same_bytes_as_a_writer_without_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = cut(folder.path());
    let with_settings = exported(&project, folder.path(), ExportSettings::default());
    let path = folder.path().join("plain.mp4");
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(&path, Format::MP4, content).expect("a writer");
    let mut reader = FrameReader::new(folder.path());
    let mut mixer = Mixer::new(folder.path());
    for frame in 0..12 {
        let picture = reader.picture(&project, Frames(frame)).expect("a picture");
        writer.picture(&picture).expect("written");
        let one = FrameRange {
            start: Frames(frame),
            length: Frames::ONE,
        };
        let samples = mixer.mix(&project, one).expect("mixed");
        writer.sound(&samples).expect("written");
    }
    writer.finish().expect("finished");
    let plain = fs::read(&path).expect("the file");
    assert!(plain == with_settings, "the default settings change bytes");
}

/// The first frame of the clip with keyframes, on the timeline and in its source.
const CLIP_START: i64 = 5;
const SOURCE_START: i64 = 40;

/// All properties of the picture, each with two values. A 32nd of the way between them is exact in an `f32`.
const MOVES: [(Property, f32, f32); 10] = [
    (Property::Opacity, 0.25, 1.0),
    (Property::Exposure, -4.0, 0.0),
    (Property::Scale, 0.5, 1.5),
    (Property::PositionX, -0.25, 0.25),
    (Property::PositionY, 0.25, -0.25),
    (Property::Rotation, -90.0, 90.0),
    (Property::CropLeft, 0.0, 0.5),
    (Property::CropTop, 0.0, 0.5),
    (Property::CropRight, 0.5, 0.0),
    (Property::CropBottom, 0.5, 0.0),
];

fn key(frame: i64, value: f32, easing: Easing) -> PropertyKey {
    PropertyKey {
        frame: Frames(frame),
        value,
        easing,
    }
}

/// A clip from the middle of a lossless video.
fn placed(folder: &Path, length: i64) -> (Project, ClipId) {
    let project = project_of(folder, Format::TAKE);
    let medium = project.media().next().expect("the medium").id;
    let pictures = track(&project, TrackKind::Video);
    let piece = Piece {
        track: pictures,
        clip: Clip::new(Source::Medium(medium), Frames(SOURCE_START), Frames(length)),
    };
    let place = Place::Overwrite {
        at: Frames(CLIP_START),
        pieces: vec![piece],
    };
    let project = done(&project, Edit::Place(place));
    let clip = clips(&project, TrackKind::Video)[0];
    (project, clip)
}

fn clips(project: &Project, kind: TrackKind) -> Vec<ClipId> {
    let track = project.track(track(project, kind)).expect("the track");
    track.clips().map(|(clip, _)| clip.id).collect()
}

fn with_look(project: &Project, clip: ClipId, look: &Look) -> Project {
    let look = look.clone();
    done(project, Edit::Clip(ClipEdit::Look { clip, look }))
}

/// The picture of a number, composed with the plain values of a look.
fn by_hand(number: i64, look: &Look) -> Picture {
    let layer = Layer {
        picture: Arc::new(numbered(number as u32)),
        transform: look.transform,
        exposure_stops: look.exposure_stops,
        opacity: look.opacity,
        mix: Mix::Over,
    };
    compose(SIZE, &[layer])
}

#[test]
fn each_property_has_its_value_at_every_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let (project, clip) = placed(folder.path(), 33);
    let mut reader = FrameReader::new(folder.path());
    for (property, from, to) in MOVES {
        let keys = vec![key(0, from, Easing::Linear), key(32, to, Easing::Linear)];
        let mut look = Look::default();
        look.set_curve(property, keys);
        let project = with_look(&project, clip, &look);
        let mut changed = 0;
        for at in 0..=32 {
            let number = SOURCE_START + at;
            let mut expected = Look::default();
            *(property.effect().get_mut)(&mut expected) = from + (to - from) * at as f32 / 32.0;
            let seen = reader.picture(&project, Frames(CLIP_START + at));
            let seen = seen.expect("a picture");
            let is_exact = seen == by_hand(number, &expected);
            assert!(is_exact, "{property:?}, frame {at}");
            changed += i32::from(seen != numbered(number as u32));
        }
        assert!(changed > 8, "{property:?} changes {changed} pictures");
    }
}

/// All properties of the picture at once, each with another easing, with keyframes inside the clip and beside it.
fn moving() -> Look {
    let mut look = Look::default();
    for (number, (property, from, to)) in (0..).zip(MOVES) {
        let (easing, _) = Easing::ALL[number as usize % Easing::ALL.len()];
        let keys = vec![
            key(-10, from, Easing::Linear),
            key(20 + number, to, easing),
            key(75, from, Easing::Linear),
        ];
        look.set_curve(property, keys);
    }
    look
}

/// The pictures that the clip should show.
struct Expected {
    look: Look,
    /// How often the look of the next frame would have given another picture: zero would test nothing.
    differ: usize,
}

impl Expected {
    /// Checks the picture of a frame of the timeline against its source frame, composed by hand.
    #[track_caller]
    fn check(&mut self, frame: i64, shown: &Picture, what: &str) {
        let at = frame - CLIP_START;
        let by_hand = |look: i64| by_hand(SOURCE_START + at, &self.look.at(Frames(look)));
        assert!(*shown == by_hand(at), "{what}: frame {frame}");
        self.differ += usize::from(*shown != by_hand(at + 1));
    }

    #[track_caller]
    fn check_viewer(&mut self, reader: &mut FrameReader, project: &Project, frames: Range<i64>) {
        for frame in frames {
            let shown = reader.picture(project, Frames(frame)).expect("a picture");
            self.check(frame, &shown, "viewer");
        }
    }
}

/// Exports frames without loss.
fn exported_as(
    format: &'static Format,
    project: &Project,
    folder: &Path,
    frames: &Range<i64>,
) -> PathBuf {
    let path = folder.join("out").with_extension(format.extension);
    let order = Export {
        format,
        range: FrameRange::between(Frames(frames.start), Frames(frames.end)),
        path: path.clone(),
        settings: ExportSettings::default(),
    };
    let ended = export(project, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole));
    path
}

#[test]
fn keyframes_stay_on_their_frames_when_a_clip_is_trimmed_split_joined_and_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (project, clip) = placed(folder, 60);
    let look = moving();
    let project = with_look(&project, clip, &look);
    let mut expected = Expected { look, differ: 0 };
    let mut reader = FrameReader::new(folder);
    expected.check_viewer(&mut reader, &project, 5..65);
    let trim = |edge, by| {
        Edit::Trim(Trim::Edge {
            clip,
            edge,
            by: Frames(by),
        })
    };
    let project = done(&project, trim(Edge::Head, 12));
    expected.check_viewer(&mut reader, &project, 17..65);
    let project = done(&project, trim(Edge::Tail, -8));
    let project = done(&project, trim(Edge::Head, -4));
    expected.check_viewer(&mut reader, &project, 13..57);
    let tracks = vec![track(&project, TrackKind::Video)];
    let at = Frames(30);
    let project = done(&project, Edit::Trim(Trim::Razor { at, tracks }));
    expected.check_viewer(&mut reader, &project, 13..57);
    let [left, right] = clips(&project, TrackKind::Video)[..] else {
        panic!("two clips")
    };
    let roll = Trim::Roll {
        clip: right,
        by: Frames(6),
    };
    let project = done(&project, Edit::Trim(roll));
    expected.check_viewer(&mut reader, &project, 13..57);
    check_exports(&mut expected, &project, folder, 13..57);
    let project = done(&project, Edit::Trim(Trim::Join { clip: left }));
    assert_eq!(clips(&project, TrackKind::Video), [left]);
    expected.check_viewer(&mut reader, &project, 13..57);
    check_exports(&mut expected, &project, folder, 13..57);
    assert!(expected.differ > 100, "{} differ", expected.differ);
}

/// Checks the pictures of a PNG sequence and of a lossless video.
#[track_caller]
fn check_exports(expected: &mut Expected, project: &Project, folder: &Path, frames: Range<i64>) {
    let stills = exported_as(Format::PNG, project, folder, &frames);
    let video = exported_as(Format::TAKE, project, folder, &frames);
    let mut reader = VideoReader::open(&video).expect("opens");
    for (number, frame) in (0..).zip(frames) {
        let still = image::open(stills.join(format!("{number:06}.png")));
        let still = Picture::from(still.expect("a picture").into_rgba8());
        expected.check(frame, &still, "PNG");
        let shown = reader.frame(Frames(number)).expect("a frame");
        expected.check(frame, &shown, "video");
    }
}

/// What is heard left and right at the first sample of each half frame.
fn heard(folder: &Path, project: &Project) -> Vec<[f32; 2]> {
    let whole = FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    };
    let mix = Mixer::new(folder).mix(project, whole).expect("mixed");
    let halves = mix.chunks(SAMPLES_A_FRAME); // two channels
    halves.map(|half| [half[0], half[1]]).collect()
}

/// Checks each half frame against a click with these gains left and right.
#[track_caller]
fn check_heard(heard: &[[f32; 2]], plain: &[[f32; 2]], gain: impl Fn(f32) -> [f32; 2]) {
    assert_eq!(heard.len(), plain.len());
    for (half, (heard, plain)) in (0..).zip(heard.iter().zip(plain)) {
        let frame = half as f32 / 2.0;
        for ((heard, plain), side) in heard.iter().zip(plain).zip(gain(frame)) {
            let expected = plain * side;
            let is_near = (heard - expected).abs() < 1e-5;
            assert!(is_near, "frame {frame}: {heard}, not {expected}");
        }
    }
}

fn factor(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

#[test]
fn gain_and_pan_have_their_keyframed_values_at_each_click_at_both_speeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (normal, clip) = append(&project(folder), 10, 9);
    let double = ClipEdit::Speed {
        clip,
        speed: Speed::new(2, 1).expect("a speed"),
        ripple: false,
    };
    let double = done(&normal, Edit::Clip(double));
    let mut look = Look::default();
    let linear = |frame, value| key(frame, value, Easing::Linear);
    look.set_curve(Property::Gain, vec![linear(1, -12.0), linear(5, 0.0)]);
    look.set_curve(Property::Pan, vec![linear(2, -1.0), linear(6, 1.0)]);
    let gains = |frame: f32| {
        let decibels = -12.0 + 3.0 * (frame.clamp(1.0, 5.0) - 1.0);
        let pan = -1.0 + 0.5 * (frame.clamp(2.0, 6.0) - 2.0);
        [1.0 - pan, 1.0 + pan].map(|side| factor(decibels) * side.min(1.0))
    };
    for (project, clicks) in [(normal, 9), (double, 18)] {
        let plain = heard(folder, &project);
        let loud = plain.iter().filter(|[left, _]| *left > 0.4);
        assert_eq!(loud.count(), clicks);
        let sound = clips(&project, TrackKind::Audio)[0];
        let keyed = with_look(&project, sound, &look);
        check_heard(&heard(folder, &keyed), &plain, gains);
    }
}

#[test]
fn the_volume_keyframes_of_a_project_of_0_1_sound_as_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (project, _) = append(&project(folder), 10, 13);
    let quieter = Look {
        gain_db: -6.0,
        ..Look::default()
    };
    let sound = clips(&project, TrackKind::Audio)[0];
    let text = to_text(&with_look(&project, sound, &quieter)).expect("text");
    // There the keyframes were added to the gain, in decibels, and linear between.
    let volume = "volume: [(frame: 2, gain_db: -12.0), (frame: 10, gain_db: 4.0)]";
    let old_text = text.replace("gain_db: -6.0,", &format!("gain_db: -6.0, {volume},"));
    assert_ne!(old_text, text);
    let old = from_text(&old_text, Path::new("project.ron")).expect("a project");
    check_heard(&heard(folder, &old), &heard(folder, &project), |frame| {
        [factor(-6.0 - 12.0 + 2.0 * (frame.clamp(2.0, 10.0) - 2.0)); 2]
    });
}
