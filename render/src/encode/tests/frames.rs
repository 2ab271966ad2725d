//! Tests of the frames of written videos: they come back by their numbers, of takes to the bit, in the form of
//! every codec.

use kinora_timeline::Frames;

use super::*;
use crate::media::{VideoReader, probe};

#[test]
fn a_take_comes_back_bit_for_bit_in_any_order_and_is_the_same_file_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a take: one.mkv");
    let pictures: Vec<Picture> = (0..17).map(noise).collect();
    let rate = FrameRate::new(16, 1).expect("a rate");
    write(&path, Format::TAKE, rate, &pictures, &[]);
    let mut reader = VideoReader::open(&path).expect("opens");
    assert_eq!(reader.rate(), rate);
    for number in [0, 1, 16, 3, 15, 15, 2, 0, 9] {
        let picture = reader
            .frame(Frames(number))
            .unwrap_or_else(|error| panic!("{number}: {error}"));
        assert!(*picture == pictures[number as usize], "frame {number}");
    }
    let beyond = reader.frame(Frames(40)).expect("the last frame");
    assert!(*beyond == pictures[16]);
    assert_eq!(
        probe(&path)
            .expect("probed")
            .picture
            .map(|track| track.frames),
        Some(Frames(17))
    );
    let again = folder.path().join("again.mkv");
    write(&again, Format::TAKE, rate, &pictures, &[]);
    assert!(fs::read(&path).expect("bytes") == fs::read(&again).expect("bytes"));
}

#[test]
fn every_frame_of_an_mp4_is_found_by_its_number_forwards_backwards_and_at_random() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let pictures: Vec<Picture> = (0..250).map(numbered).collect();
    let rate = FrameRate::new(24000, 1001).expect("a rate");
    write(&path, Format::MP4, rate, &pictures, &vec![0.0; 2 * 48_000]);
    let mut reader = VideoReader::open(&path).expect("opens");
    assert_eq!(reader.rate(), rate);
    let mut at = 1_u32;
    let random = std::iter::repeat_with(|| {
        at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i64::from(at >> 8) % 250
    });
    let backwards = (200..250).rev();
    for number in (0..250).chain(backwards).chain(random.take(60)) {
        let picture = reader.frame(Frames(number)).expect("a frame");
        assert_eq!(number_in(&picture), number as u32);
    }
    assert_eq!(
        probe(&path)
            .expect("probed")
            .picture
            .map(|track| track.frames),
        Some(Frames(250))
    );
}

#[test]
fn h265_and_av1_come_back_frame_by_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let pictures: Vec<Picture> = (0..12).map(|number| numbered(number * 19)).collect();
    for (preset, codec) in [(Format::H265, "hevc"), (Format::AV1, "av1")] {
        if let Some(why) = preset.missing_encoder() {
            eprintln!("skipped: {why}");
            continue;
        }
        let silence = vec![0.0; 2 * 24_000];
        write(&path, preset, FrameRate::FPS_24, &pictures, &silence);
        let found = probe(&path).expect("probed");
        let track = found.picture.expect("a picture");
        assert_eq!((track.codec.as_str(), track.frames), (codec, Frames(12)));
        assert_eq!(found.sound.expect("sound").codec, "aac");
        let mut reader = VideoReader::open(&path).expect("opens");
        for number in [0, 7, 3, 11] {
            let picture = reader.frame(Frames(number)).expect("a frame");
            assert_eq!(number_in(&picture), number as u32 * 19, "{codec}");
        }
    }
    let bytes = b"hvc1";
    if Format::H265.missing_encoder().is_none() {
        let silence = vec![0.0; 2 * 24_000];
        write(&path, Format::H265, FrameRate::FPS_24, &pictures, &silence);
        let file = fs::read(&path).expect("read");
        assert!(file.windows(4).any(|part| part == bytes), "QuickTime's tag");
    }
}
