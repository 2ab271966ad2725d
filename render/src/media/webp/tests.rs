//! Tests of animated WebP files: inputs are made picture by picture, and every pixel that is compared is one that a
//! browser shows.

use image::Rgba;
use image::codecs::webp::WebPEncoder;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{
    Clip, ContentHash, Edit, FrameRate, Frames, MediumId, Project, Size, Source,
};

use super::container::{IS_ANIMATION, IS_DISPOSED, IS_NOT_BLENDED};
use super::*;
use crate::media::{VideoReader, is_still, picture_size, probe};
use crate::project::{FrameReader, Replaced, ReplacedPart};

const RED: [u8; 4] = [200, 10, 20, 255];
const GREEN: [u8; 4] = [10, 180, 30, 255];
const BLUE: [u8; 4] = [0, 40, 220, 255];

/// A picture of one colour in an animation.
#[derive(Clone, Copy)]
struct Part {
    colour: [u8; 4],
    corner: [u32; 2],
    size: [u32; 2],
    milliseconds: u32,
    flags: u8,
}

const CANVAS: [u32; 2] = [8, 6];

/// A part that replaces everything before it.
fn whole(colour: [u8; 4], milliseconds: u32) -> Part {
    Part {
        colour,
        corner: [0, 0],
        size: CANVAS,
        milliseconds,
        flags: IS_NOT_BLENDED,
    }
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((data.len() as u32).to_le_bytes());
    chunk.extend(data);
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn low_bytes(number: u32) -> [u8; 3] {
    let [low, middle, high, _] = number.to_le_bytes();
    [low, middle, high]
}

/// The file of an animation, made of lossless pictures.
fn animated(parts: &[Part]) -> Vec<u8> {
    let mut extended = vec![IS_ANIMATION | 0x10, 0, 0, 0];
    extended.extend(CANVAS.map(|side| low_bytes(side - 1)).concat());
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(*b"VP8X", &extended));
    body.extend(chunk(*b"ANIM", &[0; 6]));
    for part in parts {
        let [width, height] = part.size;
        let mut still = Vec::new();
        RgbaImage::from_pixel(width, height, Rgba(part.colour))
            .write_with_encoder(WebPEncoder::new_lossless(&mut still))
            .expect("encoded");
        let [x, y] = part.corner;
        let numbers = [x / 2, y / 2, width - 1, height - 1, part.milliseconds];
        let mut data = numbers.map(low_bytes).concat();
        data.push(part.flags);
        data.extend(&still[12..]); // without the header of its own file
        body.extend(chunk(*b"ANMF", &data));
    }
    chunk(*b"RIFF", &body)
}

fn written(folder: &Path, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join("moving.webp");
    std::fs::write(&path, bytes).expect("written");
    path
}

/// The upper left and the lower right pixel of each frame.
fn corners(reader: &mut VideoReader, frames: impl Iterator<Item = i64>) -> Vec<[[u8; 4]; 2]> {
    let corners = frames.map(|at| {
        let picture = reader.frame(Frames(at)).expect("a picture");
        assert_eq!([picture.width, picture.height], CANVAS);
        [picture.pixel(0, 0), picture.pixel(7, 5)]
    });
    corners.collect()
}

#[test]
fn an_animation_is_a_video_with_the_times_of_its_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = [whole(RED, 100), whole(GREEN, 0), whole(BLUE, 300)];
    let path = written(folder.path(), &animated(&parts));
    assert!(!is_still(&path));
    assert_eq!(picture_size(&path), Some(CANVAS));
    let found = probe(&path).expect("probed");
    assert_eq!((found.damage, found.sound), (None, None));
    let track = found.picture.expect("pictures");
    let ten = FrameRate::new(10, 1).expect("a rate");
    assert_eq!((track.rate, track.frames), (ten, Frames(5)));
    let shown = (0..5).map(|at| track.timing.shown_at(Frames(at), ten).0);
    assert_eq!(shown.collect::<Vec<_>>(), [0, 1, 2, 2, 2]);
    let mut reader = VideoReader::with_track(&path, &track).expect("opens");
    let order = [2, 0, 1, 2, 1, 0];
    let expected = order.map(|at| [[RED, GREEN, BLUE][at as usize]; 2]);
    assert_eq!(corners(&mut reader, order.into_iter()), expected);
}

#[test]
fn even_times_are_a_constant_rate_and_any_frame_is_reached() {
    let folder = tempfile::tempdir().expect("a folder");
    let colour = |at: u8| [at, 255 - at, 7, 255];
    let mut parts: Vec<Part> = (0..200).map(|at| whole(colour(at), 40)).collect();
    for part in &mut parts[1..] {
        part.flags = 0; // drawn over those before: only the first one needs none
    }
    let path = written(folder.path(), &animated(&parts));
    let mut reader = VideoReader::open(&path).expect("opens");
    assert_eq!(reader.rate(), FrameRate::new(25, 1).expect("a rate"));
    assert_eq!(reader.timing().count(), Some(200));
    for at in [199, 3, 120, 0, 60, 61, 199, 198] {
        let [corner, _] = corners(&mut reader, [at].into_iter())[0];
        assert_eq!(corner, colour(at as u8), "{at}");
    }
}

#[test]
fn parts_are_blended_and_erased_as_their_flags_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let half = [0, 0, 0, 128];
    let corner = |colour, flags| Part {
        size: [4, 4],
        flags,
        ..whole(colour, 40)
    };
    let parts = [
        whole(RED, 40),
        corner(GREEN, IS_DISPOSED),
        corner(half, IS_NOT_BLENDED),
        corner(half, 0),
        Part {
            flags: 0,
            ..whole(half, 40)
        },
    ];
    let path = written(folder.path(), &animated(&parts));
    let mut reader = VideoReader::open(&path).expect("opens");
    let shown = corners(&mut reader, 0..5);
    assert_eq!(shown[0], [RED, RED]);
    assert_eq!(shown[1], [GREEN, RED]);
    assert_eq!(shown[2], [half, RED]); // what was erased is clear, and keeps the alpha of what is drawn
    assert_eq!(shown[3], [[0, 0, 0, 192], RED]);
    assert_eq!(shown[4], [[0, 0, 0, 224], [100, 5, 10, 255]]);
    let back = corners(&mut reader, (0..5).rev());
    assert!(back.iter().rev().eq(&shown));
}

#[test]
fn a_picture_needs_none_before_it_if_it_hides_them_or_all_are_erased() {
    let folder = tempfile::tempdir().expect("a folder");
    let corner = |colour, flags| Part {
        size: [4, 4],
        flags,
        ..whole(colour, 40)
    };
    let over = |colour| Part {
        flags: 0,
        ..whole(colour, 40)
    };
    let parts = [
        corner(RED, IS_DISPOSED),
        corner(GREEN, IS_DISPOSED), // the first one is erased, though it does not cover everything
        corner(BLUE, 0),
        over(RED), // it may be transparent
        over(GREEN),
    ];
    let mut bytes = animated(&parts);
    let path = written(folder.path(), &bytes);
    let keys = || {
        let animation = Animation::open(&path).expect("read");
        let animation = animation.expect("an animation");
        animation.key_times().collect::<Vec<i64>>()
    };
    assert_eq!(keys(), [0, 40, 80]);
    let clear = [0; 4];
    let mut reader = VideoReader::open(&path).expect("opens");
    let expected = [[BLUE, clear], [GREEN, clear], [RED, clear]];
    assert_eq!(corners(&mut reader, (0..3).rev()), expected);

    let last = bytes.windows(4).rposition(|name| name == b"VP8L");
    let last = last.expect("a picture");
    bytes[last + 3] = b' '; // without transparency
    written(folder.path(), &bytes);
    assert_eq!(keys(), [0, 40, 80, 160]);
}

#[test]
fn the_picture_before_stands_for_one_that_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = [RED, GREEN, BLUE, RED].map(|colour| whole(colour, 40));
    let mut bytes = animated(&parts);
    let starts: Vec<usize> = (0..bytes.len() - 4)
        .filter(|at| bytes[*at..].starts_with(b"VP8L"))
        .collect();
    bytes[starts[1] + 8] = 0; // the signature of the second picture
    let path = written(folder.path(), &bytes);
    let mut reader = VideoReader::open(&path).expect("opens");
    let expected = [RED, RED, BLUE, RED].map(|colour| [colour; 2]);
    assert_eq!(corners(&mut reader, 0..4), expected);
    assert!(reader.replaced().iter().eq(&[1_i64]));
    let mut reader = VideoReader::open(&path).expect("opens");
    assert_eq!(corners(&mut reader, [1].into_iter()), [[RED, RED]]);

    // Cut within the last picture: its place in time is known.
    bytes.truncate(starts[3] + 10);
    let path = written(folder.path(), &bytes);
    let found = probe(&path).expect("probed");
    assert!(found.damage.is_some());
    let track = found.picture.expect("pictures");
    assert_eq!(track.frames, Frames(4));
    let mut reader = VideoReader::with_track(&path, &track).expect("opens");
    assert_eq!(corners(&mut reader, [3].into_iter()), [[BLUE, BLUE]]);
}

#[test]
fn what_was_replaced_is_reported_after_the_clip_was_opened_in_another_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = [RED, GREEN, BLUE, RED].map(|colour| whole(colour, 40));
    let mut bytes = animated(&parts);
    let second = (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"VP8L"));
    let second = second.skip(1).min().expect("a second picture");
    bytes[second + 8] = 0; // its signature
    written(folder.path(), &bytes);
    let content = ContentHash::of(&bytes);
    let rate = FrameRate::new(25, 1).expect("a rate");
    let medium = Medium {
        id: MediumId::from(0),
        name: "moving.webp".into(),
        content,
        path: "moving.webp".into(),
        extent: Extent::Video {
            rate,
            frames: Frames(4),
        },
        has_picture: true,
        has_sound: false,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let size = |times: u32| Size::new(times * CANVAS[0], times * CANVAS[1]).expect("a size");
    let add = Edit::Library(Library::AddMedium(Box::new(medium)));
    let project = add.apply(&Project::new(rate, size(1))).expect("added");
    let source = Source::Medium(project.media().next().expect("the medium").id);
    let track = project.tracks()[0].id;
    let clip = Clip::new(source, Frames::ZERO, Frames(4));
    let pieces = vec![Piece { track, clip }];
    let place = Edit::Place(Place::Append { pieces });
    let project = place.apply(&project).expect("placed");

    let mut reader = FrameReader::new(folder.path());
    reader.picture(&project, Frames(1)).expect("a picture");
    let mut reader = reader.sized(size(2));
    reader.picture(&project, Frames(2)).expect("a picture");
    let expected = Replaced {
        content,
        part: ReplacedPart::Frames(vec![1]),
    };
    assert_eq!(reader.replaced(), [expected]);
}

#[test]
fn no_damage_panics() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = Part {
        size: [4, 2],
        corner: [2, 2],
        flags: IS_DISPOSED,
        ..whole([9, 200, 90, 100], 0)
    };
    let bytes = animated(&[whole(RED, 40), part, part]);
    let read_all = |bytes: &[u8]| {
        let path = written(folder.path(), bytes);
        let Ok(Some(mut animation)) = Animation::open(&path) else {
            return;
        };
        animation.timing();
        while animation.next_frame().is_some() {}
        animation.seek(60);
        animation.next_frame();
    };
    for at in 0..bytes.len() {
        read_all(&bytes[..at]);
        for value in [0, 0x7f, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            read_all(&damaged);
        }
    }
}

#[test]
fn an_animation_of_one_picture_is_a_still() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), &animated(&[whole(GREEN, 40)]));
    assert!(is_still(&path));
    let picture = crate::media::read_still(&path).expect("a picture");
    assert_eq!(picture.into_rgba8().get_pixel(0, 0).0, GREEN);
}
