//! Frame accuracy: pictures that encode their number, with a click at the first sample of each, go through cuts,
//! trims, speeds and dissolves and come out at the right frame, in the viewer's path and in a file; keyframes too.

mod deliveries;
mod in_step;
mod keyframes;
mod mixing;
mod nested;
mod ramps;
mod subtitles;
mod take_sound;
#[path = "../shared/two_tracks.rs"]
mod two_tracks;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_render::compose::{Compositor, Layer, compose};
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
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::query::Mix;
use kinora_timeline::{
    ClipId, ContentHash, Edge, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size,
    Source, Speed, TrackId, TrackKind, TransitionKind,
};

use two_tracks::done;

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
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let size = Size::new(SIZE[0], SIZE[1]).expect("a size");
    done(
        &Project::new(FrameRate::FPS_24, size),
        Edit::Library(Library::AddMedium(Box::new(medium))),
    )
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

fn clips(project: &Project, kind: TrackKind) -> Vec<ClipId> {
    let track = project.track(track(project, kind)).expect("the track");
    track.clips().map(|(clip, _)| clip.id).collect()
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
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    path
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
