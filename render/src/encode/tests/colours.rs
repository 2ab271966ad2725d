//! Tests of the colours and the alpha of written videos, which are compared with those of a picture of flat bars or
//! strips.

use kinora_timeline::Frames;

use super::*;
use crate::media::VideoReader;

#[test]
fn colours_survive_delivery_and_are_tagged_as_bt709() {
    let folder = tempfile::tempdir().expect("a folder");
    let bars = [
        [235, 235, 235],
        [200, 200, 20],
        [20, 200, 200],
        [20, 180, 20],
        [200, 20, 200],
        [200, 20, 20],
        [20, 20, 200],
        [16, 16, 16],
    ];
    let [width, height] = SIZE;
    let pixels = (0..width * height).flat_map(|at| {
        let [red, green, blue] = bars[(at % width / (width / 8)) as usize];
        [red, green, blue, 255]
    });
    let picture = Picture {
        width,
        height,
        rgba: pixels.collect(),
    };
    for (preset, most) in [(Format::MP4, 4), (Format::PRORES, 3)] {
        let path = folder.path().join("bars").with_extension(preset.extension);
        write(
            &path,
            preset,
            FrameRate::FPS_24,
            &[picture.clone(), picture.clone()],
            &vec![0.0; 9600],
        );
        let shown = VideoReader::open(&path)
            .and_then(|mut reader| reader.frame(Frames(1)))
            .expect("a frame");
        for (at, bar) in (0..).zip(bars) {
            let pixel = shown.pixel(at * width / 8 + width / 16, height / 2);
            let difference = bar
                .iter()
                .zip(pixel)
                .map(|(one, other)| one.abs_diff(other))
                .max();
            assert!(
                difference <= Some(most),
                "{}: {bar:?} became {pixel:?}",
                preset.name
            );
        }
    }
}

#[test]
fn prores_4444_keeps_straight_alpha() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("title.mov");
    let [width, height] = SIZE;
    let pixels = (0..width * height).flat_map(|at| {
        let alpha = [0, 128, 255][(at % width / (width / 3)) as usize];
        [200, 60, 20, alpha]
    });
    let picture = Picture {
        width,
        height,
        rgba: pixels.collect(),
    };
    let pictures = [picture.clone(), picture];
    let format = Format::PRORES_4444;
    write(
        &path,
        format,
        FrameRate::FPS_24,
        &pictures,
        &vec![0.0; 8000],
    );
    let mut reader = VideoReader::open(&path).expect("opens");
    let shown = reader.frame(Frames(1)).expect("a frame");
    for (at, alpha) in [(1, 0_u8), (3, 128), (5, 255)] {
        let pixel = shown.pixel(at * width / 6, height / 2);
        assert!(pixel[3].abs_diff(alpha) <= 1, "{pixel:?} for {alpha}");
        let colours = pixel[..3].iter().zip([200, 60, 20]);
        let worst = colours.map(|(one, other)| one.abs_diff(other)).max();
        assert!(alpha == 0 || worst <= Some(4), "{pixel:?}");
    }
}
