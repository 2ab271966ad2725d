//! Pictures as they are meant: turned, whole, in their colours, with what is clear.

use std::path::{Path, PathBuf};

use kinora_render::media::{Fields, picture_size, probe};
use kinora_render::{Format, Picture, VideoReader};
use kinora_timeline::Frames;
use kinora_timeline::media::{ColourChoice, Deinterlacing, PictureSettings, ToneCurve};

use crate::made::Set;

const TAGGED: &str = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv";

fn first(path: &Path) -> Picture {
    let mut reader = VideoReader::open(path).expect("opens");
    Picture::clone(&reader.frame(Frames::ZERO).expect("a frame"))
}

/// The first frame, read with these settings.
fn first_with(path: &Path, settings: PictureSettings) -> Picture {
    let reader = VideoReader::open(path).expect("opens");
    let frame = reader.with_settings(settings).frame(Frames::ZERO);
    Picture::clone(&frame.expect("a frame"))
}

/// What a file says about its colours, in words.
fn colours(path: &Path) -> String {
    let track = probe(path).expect("probed").picture.expect("pictures");
    track.colours.to_string()
}

#[track_caller]
fn assert_near(found: [u8; 4], expected: [u8; 3], tolerance: u8, what: &str) {
    let is_near = (0..3).all(|at| found[at].abs_diff(expected[at]) <= tolerance);
    assert!(is_near, "{what}: {found:?}, not {expected:?}");
}

/// A film of still pictures of one size; each pixel is drawn by a function.
fn drawn(
    set: &Set,
    name: &str,
    [width, height]: [usize; 2],
    options: &str,
    pixel: impl Fn(usize, usize, usize) -> [u8; 4],
) -> PathBuf {
    let mut bytes = Vec::new();
    for frame in 0..12 {
        for at in 0..width * height {
            bytes.extend(pixel(frame, at % width, at / width));
        }
    }
    let input = format!("-f rawvideo -pix_fmt rgba -s {width}x{height} -r 24 -i -");
    set.make(name, &format!("{input} {options}"), bytes)
}

const CORNERS: [[u8; 4]; 4] = [
    [255, 0, 0, 255],
    [0, 255, 0, 255],
    [0, 0, 255, 255],
    [255, 255, 255, 255],
];

#[test]
fn a_film_turned_by_its_file_stands_upright() {
    let set = Set::new();
    let corners = |_, x: usize, y: usize| CORNERS[usize::from(x >= 160) + 2 * usize::from(y >= 90)];
    let options =
        format!("-vf scale=out_color_matrix=bt709,format=yuv420p -c:v libx264 -qp 1 {TAGGED}");
    let upright = drawn(&set, "upright.mp4", [320, 180], &options, corners);
    // Red, green, blue and white are the corners in reading order.
    for (degrees, order) in [(90, [1, 3, 0, 2]), (180, [3, 2, 1, 0]), (270, [2, 0, 3, 1])] {
        let turn = format!("-metadata:s:v rotate={degrees}");
        let name = format!("{degrees}.mov");
        let path = set.copied(&name, "", &upright, &turn);
        let track = probe(&path).expect("probed").picture.expect("pictures");
        let size = if degrees == 180 {
            [320, 180]
        } else {
            [180, 320]
        };
        assert_eq!([track.width, track.height], size);
        assert_eq!(picture_size(&path), Some(size));
        let shown = first(&path);
        assert_eq!([shown.width, shown.height], size);
        for (corner, colour) in order.into_iter().enumerate() {
            let x = size[0] * (1 + 2 * (corner as u32 % 2)) / 4;
            let y = size[1] * (1 + 2 * (corner as u32 / 2)) / 4;
            let [red, green, blue, _] = CORNERS[colour];
            assert_near(shown.pixel(x, y), [red, green, blue], 12, &name);
        }
        let fitted = VideoReader::open(&path)
            .expect("opens")
            .fitted_into([320, 180]);
        let mut fitted = fitted;
        let fitted = fitted.frame(Frames::ZERO).expect("a frame");
        assert_eq!(fitted.height, 180, "{name}");
    }
}

#[test]
fn pixels_that_are_not_square_are_shown_square() {
    let set = Set::new();
    let grey = |_, _, _| [90, 90, 90, 255];
    let wide = drawn(
        &set,
        "wide.mp4",
        [180, 144],
        "-vf setsar=64/45 -c:v libx264 -pix_fmt yuv420p",
        grey,
    );
    assert_eq!(picture_size(&wide), Some([256, 144]));
    assert_eq!(first(&wide).width, 256);
}

#[test]
fn a_file_without_tags_is_read_by_its_own_size() {
    let set = Set::new();
    for (size, matrix) in [([1280, 720], "bt709"), ([720, 480], "bt601")] {
        let options = format!(
            "-vf scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p,setparams=colorspace=unknown:range=unknown:color_primaries=unknown:color_trc=unknown -c:v libx264 -preset ultrafast -qp 1"
        );
        let path = drawn(&set, "untagged.mp4", size, &options, |_, _, _| {
            [0, 255, 0, 255]
        });
        for fit in [[320, 180], [1920, 1080]] {
            let mut reader = VideoReader::open(&path).expect("opens").fitted_into(fit);
            let shown = reader.frame(Frames::ZERO).expect("a frame");
            let middle = shown.pixel(shown.width / 2, shown.height / 2);
            assert_near(middle, [0, 255, 0], 3, &format!("{size:?} in {fit:?}"));
        }
    }
}

#[test]
fn the_colours_of_a_file_that_says_nothing_can_be_chosen() {
    let set = Set::new();
    // BT.709 in the size of BT.601.
    let options = "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=unknown:range=unknown:color_primaries=unknown:color_trc=unknown -c:v libx264 -preset ultrafast -qp 1";
    let path = drawn(&set, "red.mp4", [720, 480], options, |_, _, _| {
        [255, 0, 0, 255]
    });
    let guessed = "BT.601, limited range (guessed from its size)";
    assert_eq!(colours(&path), guessed);
    let cases = [
        (ColourChoice::AsFile, [233, 0, 2]),
        (ColourChoice::Bt601, [233, 0, 2]),
        (ColourChoice::Bt709, [255, 0, 0]),
    ];
    for (choice, expected) in cases {
        let settings = PictureSettings {
            colours: choice,
            ..PictureSettings::default()
        };
        let shown = first_with(&path, settings);
        assert_near(shown.pixel(360, 240), expected, 4, &format!("{choice:?}"));
    }
}

/// A bar that moves 8 pixels a field, two fields a frame: the fields marked by `setfield`, and encoded by `codec`.
fn fields(set: &Set, name: &str, setfield: &str, codec: &str) -> PathBuf {
    let bar = |field: usize, x: usize, _| {
        let left = field * 8;
        if (left..left + 20).contains(&x) {
            [230, 230, 230, 255]
        } else {
            [30, 30, 30, 255]
        }
    };
    let filter = format!(
        "-vf scale=out_color_matrix=bt709,format=yuv420p,tinterlace=interleave_top,setfield={setfield}"
    );
    let options = format!("{filter} {codec} {TAGGED}");
    drawn(set, name, [320, 180], &options, bar)
}

/// How much neighbouring lines differ in the middle of a picture, on average.
fn combs(shown: &Picture) -> f64 {
    let differences = (60..120).flat_map(|y| {
        (0..320).map(move |x| i64::from(shown.pixel(x, y)[1].abs_diff(shown.pixel(x, y + 1)[1])))
    });
    differences.sum::<i64>() as f64 / (60.0 * 320.0)
}

fn deinterlaced(deinterlacing: Deinterlacing) -> PictureSettings {
    PictureSettings {
        deinterlacing,
        ..PictureSettings::default()
    }
}

#[test]
fn fields_become_whole_frames() {
    let set = Set::new();
    let codecs = [
        (
            "a.mp4",
            "-c:v libx264 -flags +ildct+ilme -qp 4 -x264-params tff=1",
        ),
        ("a.ts", "-c:v mpeg2video -flags +ildct+ilme -q:v 2 -top 1"),
    ];
    for (name, codec) in codecs {
        let path = fields(&set, name, "tff", codec);
        let track = probe(&path).expect("probed").picture.expect("pictures");
        assert_eq!(track.fields, Fields::TopFirst, "{name}");
        let mut reader = VideoReader::open(&path).expect("opens");
        for frame in [2, 3, 1, 0, 4] {
            let shown = reader.frame(Frames(frame)).expect("a frame");
            let mean = combs(&shown);
            assert!(
                mean < 2.0,
                "{name}, frame {frame}: neighbouring lines differ by {mean:.1}"
            );
        }
    }
}

#[test]
fn deinterlacing_can_be_turned_off_and_on() {
    let set = Set::new();
    let marked = fields(
        &set,
        "marked.mp4",
        "tff",
        "-c:v libx264 -flags +ildct+ilme -qp 4 -x264-params tff=1",
    );
    let silent = fields(&set, "silent.mp4", "prog", "-c:v libx264 -qp 4");
    let track = probe(&silent).expect("probed").picture.expect("pictures");
    assert_eq!(track.fields, Fields::Progressive);
    let cases = [
        (&marked, Deinterlacing::Auto, true),
        (&marked, Deinterlacing::Off, false),
        (&marked, Deinterlacing::On, true),
        (&silent, Deinterlacing::Auto, false),
        (&silent, Deinterlacing::Off, false),
        (&silent, Deinterlacing::On, true),
    ];
    for (path, deinterlacing, is_whole) in cases {
        let reader = VideoReader::open(path).expect("opens");
        let mut reader = reader.with_settings(deinterlaced(deinterlacing));
        let what = format!("{} {deinterlacing:?}", path.display());
        for frame in [2, 3, 1] {
            let shown = reader.frame(Frames(frame)).expect("a frame");
            let mean = combs(&shown);
            let is_as_wanted = if is_whole { mean < 2.0 } else { mean > 5.0 };
            assert!(is_as_wanted, "{what}, frame {frame}: {mean:.1}");
        }
        // Only frames that are shown as they are stored pass to an encoder unchanged.
        let form = Format::MP4.plane_format().expect("planes");
        let planes = reader.planes(Frames(4), form).expect("read");
        assert_eq!(planes.is_some(), !is_whole, "{what}");
    }
}

#[test]
fn what_is_clear_stays_clear() {
    let set = Set::new();
    let thirds = |_, x: usize, _| [255, 255, 255, [0, 128, 255][(x * 3 / 320).min(2)]];
    for (name, codec) in [
        (
            "vp9.webm",
            "-c:v libvpx-vp9 -pix_fmt yuva420p -lossless 1 -cpu-used 8",
        ),
        (
            "vp8.webm",
            "-c:v libvpx -pix_fmt yuva420p -auto-alt-ref 0 -b:v 2M",
        ),
        (
            "prores.mov",
            "-c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le -alpha_bits 16",
        ),
        ("rle.mov", "-c:v qtrle"),
        ("png.mov", "-c:v png"),
        ("ffv1.mkv", "-c:v ffv1 -pix_fmt yuva420p"),
    ] {
        let path = drawn(&set, name, [320, 180], codec, thirds);
        let shown = first(&path);
        for (x, alpha) in [(50, 0), (160, 128), (270, 255)] {
            let found = shown.pixel(x, 90)[3];
            assert!(
                found.abs_diff(alpha) <= 4,
                "{name} at {x}: {found}, not {alpha}"
            );
        }
    }
}

/// Linear BT.709 patches in BT.2020 with ten bits, stored with a transfer function.
fn wide(
    set: &Set,
    name: &str,
    transfer: &str,
    patches: &[[f64; 3]],
    encode: impl Fn(f64) -> f64,
) -> PathBuf {
    const TO_2020: [[f64; 3]; 3] = [
        [0.6274, 0.3293, 0.0433],
        [0.0691, 0.9195, 0.0114],
        [0.0164, 0.0880, 0.8956],
    ];
    let (width, height, patch) = (patches.len() * 64, 64, 64);
    let mut planes = [Vec::new(), Vec::new(), Vec::new()];
    for (plane, step) in [(0, 1), (1, 2), (2, 2)] {
        for at in 0..(width / step) * (height / step) {
            let linear = patches[at % (width / step) * step / patch];
            let [red, green, blue] = TO_2020
                .map(|row| encode(row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]));
            let luma = 0.2627 * red + 0.678 * green + 0.0593 * blue;
            let value = match plane {
                0 => 64.0 + 876.0 * luma,
                1 => 512.0 + 896.0 * (blue - luma) / 1.8814,
                _ => 512.0 + 896.0 * (red - luma) / 1.4746,
            };
            planes[plane].extend((value.round() as u16).to_le_bytes());
        }
    }
    let options = format!(
        "-f rawvideo -pix_fmt yuv420p10le -s {width}x{height} -r 24 -i - -c:v ffv1 -colorspace bt2020nc -color_primaries bt2020 -color_trc {transfer} -color_range tv"
    );
    set.make(name, &options, planes.concat())
}

fn pq(nits: f64) -> f64 {
    let light = (nits.max(0.0) / 10_000.0).powf(2610.0 / 16384.0);
    let (c1, c2, c3) = (
        3424.0 / 4096.0,
        2413.0 / 4096.0 * 32.0,
        2392.0 / 4096.0 * 32.0,
    );
    ((c1 + c2 * light) / (1.0 + c3 * light)).powf(2523.0 / 4096.0 * 128.0)
}

fn hlg(light: f64) -> f64 {
    match light <= 1.0 / 12.0 {
        true => (3.0 * light.max(0.0)).sqrt(),
        false => 0.178_832_77 * (12.0 * light - 0.284_668_92).ln() + 0.559_910_73,
    }
}

const PATCHES: [[f64; 3]; 6] = [
    [1.0; 3],
    [0.18; 3],
    [0.7, 0.0, 0.0],
    [0.0, 0.6, 0.0],
    [0.0, 0.0, 0.7],
    [0.5, 0.3, 0.1],
];

/// A patch as a BT.1886 display shows it.
fn shown_as(linear: [f64; 3]) -> [u8; 3] {
    linear.map(|light| (light.max(0.0).powf(1.0 / 2.4) * 255.0).round() as u8)
}

#[test]
fn high_dynamic_range_and_wide_gamut_are_brought_to_what_displays_show() {
    let set = Set::new();
    // White of 203 nits is 1; in HLG that is 0.26496 of the scene's light.
    let films = [
        (
            wide(&set, "pq.mkv", "smpte2084", &PATCHES, |light| {
                pq(light * 203.0)
            }),
            "PQ",
        ),
        (
            wide(&set, "sdr.mkv", "bt2020-10", &PATCHES, |light| {
                light.max(0.0).powf(1.0 / 2.4)
            }),
            "BT.2020",
        ),
    ];
    for (path, name) in films {
        let shown = first(&path);
        for (at, patch) in PATCHES.into_iter().enumerate().skip(1) {
            let found = shown.pixel(at as u32 * 64 + 32, 32);
            for (one, expected) in found.into_iter().zip(shown_as(patch)) {
                // Ten bits in BT.2020 cannot say exactly that a colour is absent.
                let tolerance = if expected == 0 { 16 } else { 3 };
                assert!(
                    one.abs_diff(expected) <= tolerance,
                    "{name}, patch {at}: {found:?}"
                );
            }
        }
        let white = shown.pixel(32, 32);
        assert!(
            white[..3].iter().all(|one| *one >= 235),
            "{name}: white is {white:?}"
        );
    }
    let path = wide(
        &set,
        "hlg.mkv",
        "arib-std-b67",
        &[[1.0; 3], [0.18; 3]],
        |light| hlg(light * 0.26496),
    );
    let shown = first(&path);
    let white = shown.pixel(32, 32);
    assert!(
        white[..3].iter().all(|one| *one >= 235),
        "HLG: white is {white:?}"
    );
    // A grey: the system gamma of 1.2 on the light of the scene.
    let grey = 0.18_f64.powf(1.2);
    assert_near(shown.pixel(96, 32), shown_as([grey; 3]), 3, "HLG grey");
}

#[test]
fn a_tone_curve_is_chosen_for_each_medium() {
    let set = Set::new();
    let patches = [[1.0; 3], [0.9; 3], [0.18; 3], [2.0; 3]];
    let path = wide(&set, "pq.mkv", "smpte2084", &patches, |light| {
        pq(light * 203.0)
    });
    assert_eq!(colours(&path), "BT.2020 PQ, limited range");
    // Light up to 0.8 of white is exact in both. Above it, 0.8 + x becomes 0.8 + x / (1 + 4.7576 x), so that 1000 nits
    // become white.
    let cases = [
        (ToneCurve::Clip, [255, 244, 125, 255]),
        (ToneCurve::Soft, [244, 240, 125, 253]),
        (ToneCurve::Auto, [244, 240, 125, 253]),
    ];
    for (tone_curve, expected) in cases {
        let settings = PictureSettings {
            tone_curve,
            ..PictureSettings::default()
        };
        let shown = first_with(&path, settings);
        for (at, grey) in (0..).zip(expected) {
            let what = format!("{tone_curve:?}, patch {at}");
            assert_near(shown.pixel(at * 64 + 32, 32), [grey; 3], 2, &what);
        }
    }
    // Read as BT.709, the values are shown as they are stored.
    let plain = PictureSettings {
        colours: ColourChoice::Bt709,
        ..PictureSettings::default()
    };
    let stored = (pq(203.0) * 255.0).round() as u8;
    let shown = first_with(&path, plain);
    assert_near(shown.pixel(32, 32), [stored; 3], 3, "BT.709");
}

/// The same as a reference conversion, where this FFmpeg has one.
#[test]
fn patches_are_as_zimg_converts_them() {
    let filters = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-filters"])
        .output()
        .expect("FFmpeg");
    if !String::from_utf8_lossy(&filters.stdout).contains(" zscale ") {
        eprintln!("skipped: this FFmpeg has no zscale");
        return;
    }
    let set = Set::new();
    let path = wide(&set, "pq.mkv", "smpte2084", &PATCHES, |light| {
        pq(light * 203.0)
    });
    let reference = set.path("reference.rgb");
    let chain = "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,zscale=t=bt709:m=bt709:r=tv,format=gbrp";
    let done = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(&path)
        .args([
            "-vf",
            chain,
            "-frames:v",
            "1",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
        ])
        .arg(&reference)
        .status();
    assert!(done.expect("FFmpeg").success());
    let reference = std::fs::read(reference).expect("read");
    let shown = first(&path);
    for (at, _) in PATCHES.iter().enumerate().skip(1) {
        let x = at * 64 + 32;
        let pixel = (32 * PATCHES.len() * 64 + x) * 3;
        let expected = [reference[pixel], reference[pixel + 1], reference[pixel + 2]];
        assert_near(
            shown.pixel(x as u32, 32),
            expected,
            3,
            &format!("patch {at}"),
        );
    }
}
