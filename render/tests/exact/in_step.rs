//! Picture and sound in step over a long film: a white frame and a click every ten seconds are exported as they are
//! delivered, decoded, and compared. One minute; ten with `cargo xtask test --soak`.

#![expect(
    clippy::print_stdout,
    reason = "what was measured is printed with --nocapture"
)]

use kinora_render::mix::sample_at;

use super::*;

/// Frames from one flash to the next: about ten seconds at 24000/1001 frames per second, whose frames are no whole number
/// of samples long.
const BETWEEN: i64 = 240;
/// The first of them.
const FIRST: i64 = 37;
/// The samples of a click.
const CLICK: i64 = 480;
const SAMPLES_PER_SECOND: f64 = 48_000.0;

fn rate() -> FrameRate {
    FrameRate::new(24_000, 1001).expect("a rate")
}

fn is_flash(frame: i64) -> bool {
    frame % BETWEEN == FIRST
}

/// A film of so many frames, in a project of its own.
fn flashes(folder: &Path, length: i64) -> Project {
    fs::create_dir_all(folder.join("media")).expect("a folder");
    let path = folder.join("media/flashes.mov");
    let content = Content {
        size: SIZE,
        rate: rate(),
        has_sound: true,
    };
    let mut writer = Writer::create(&path, Format::PRORES, content).expect("a writer");
    let (dark, bright) = (numbered(0), numbered(255));
    for frame in 0..length {
        let picture = if is_flash(frame) { &bright } else { &dark };
        writer.picture(picture).expect("a picture");
        let count = sample_at(Frames(frame + 1), rate()) - sample_at(Frames(frame), rate());
        let click = |at: i64| match is_flash(frame) && at < CLICK {
            true => 0.8 * (at as f32 * 1000.0 * std::f32::consts::TAU / 48_000.0).cos(),
            false => 0.0,
        };
        let samples: Vec<f32> = (0..count).flat_map(|at| [click(at); 2]).collect();
        writer.sound(&samples).expect("sound");
    }
    writer.finish().expect("finished");
    let medium = Medium {
        id: MediumId::from(0),
        path: "media/flashes.mov".into(),
        name: "flashes.mov".into(),
        content: ContentHash::of(b"flashes"),
        extent: Extent::Video {
            rate: rate(),
            frames: Frames(length),
        },
        has_picture: true,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let size = Size::new(SIZE[0], SIZE[1]).expect("a size");
    let add = Edit::Library(Library::AddMedium(Box::new(medium)));
    let project = done(&Project::new(rate(), size), add);
    append(&project, 0, length).0
}

/// The frames of a file that are white.
fn flashes_in(path: &Path, length: i64) -> Vec<i64> {
    let mut reader = VideoReader::open(path).expect("opens");
    let is_white = |frame: &i64| {
        let picture = reader.frame(Frames(*frame)).expect("a frame");
        blocks(&picture).into_iter().all(|grey| grey > 127)
    };
    (0..length).filter(is_white).collect()
}

/// The samples at which a file clicks.
fn clicks_in(path: &Path) -> Vec<i64> {
    let mut clicks: Vec<i64> = Vec::new();
    let mut at = 0;
    read_sound(path, &mut |piece| {
        for pair in piece.chunks_exact(2) {
            let is_quiet = clicks.last().is_none_or(|last| at - last > 48_000);
            if is_quiet && pair[0].abs() > 0.4 {
                clicks.push(at);
            }
            at += 1;
        }
        true
    })
    .expect("sound");
    clicks
}

#[test]
fn a_click_stays_with_its_flash_to_the_frame_over_the_whole_film() {
    let minutes = std::env::var("KINORA_STEP_MINUTES");
    let minutes: i64 = minutes.map_or(1, |text| text.parse().expect("minutes"));
    let length = minutes * 6 * BETWEEN;
    let folder = tempfile::tempdir().expect("a folder");
    let project = flashes(folder.path(), length);
    let expected: Vec<i64> = (0..length).filter(|frame| is_flash(*frame)).collect();
    for format in [Format::MP4, Format::PRORES] {
        let path = exported_as(format, &project, folder.path(), &(0..length));
        let track = probe(&path).expect("probed").picture.expect("a picture");
        assert_eq!((track.rate, track.frames), (rate(), Frames(length)));
        assert_eq!(flashes_in(&path, length), expected, "{}", format.name);
        let clicks = clicks_in(&path);
        assert_eq!(clicks.len(), expected.len(), "{}", format.name);
        let frames_late = |(click, flash): (&i64, &i64)| {
            let heard = *click as f64 / SAMPLES_PER_SECOND * rate().per_second();
            heard - *flash as f64
        };
        let late: Vec<f64> = clicks.iter().zip(&expected).map(frames_late).collect();
        let most = late.iter().fold(0.0_f64, |most, one| most.max(one.abs()));
        let drift = late.last().expect("one") - late.first().expect("one");
        println!(
            "{}: {minutes} min, off by at most {most:.3} frames, drift {drift:.4} frames",
            format.name
        );
        assert!(most < 0.25, "{}: {late:?}", format.name);
        assert!(drift.abs() < 0.1, "{}: {late:?}", format.name);
    }
}
