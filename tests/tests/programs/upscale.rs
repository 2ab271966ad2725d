//! `kinora upscale` with the real engine: an upscaler whose weights are all zero repeats each pixel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use image::{Rgb, RgbImage};
use kinora_render::media::probe;
use kinora_tests::kinora;

use crate::zero_weights::write_zeros;

/// A network of zeros that enlarges four times.
fn repeating_upscaler(path: &Path) {
    let shapes: [(&str, &[usize]); 5] = [
        ("body.0.weight", &[4, 3, 3, 3]),
        ("body.0.bias", &[4]),
        ("body.1.weight", &[4]),
        ("body.2.weight", &[48, 4, 3, 3]),
        ("body.2.bias", &[48]),
    ];
    write_zeros(
        path,
        shapes.map(|(name, shape)| (name.to_owned(), shape.to_vec())),
    );
}

fn pictures(folder: &Path, count: u32, size: [u32; 2]) -> Vec<RgbImage> {
    fs::create_dir_all(folder).expect("a folder");
    let pictures = (0..count).map(|number| {
        let colour = |x: u32, y: u32| [x * 9 + number, y * 11, 255 - x].map(|part| part as u8);
        let picture = RgbImage::from_fn(size[0], size[1], |x, y| Rgb(colour(x, y)));
        let path = folder.join(format!("frame {number:03}.png"));
        picture.save(path).expect("saved");
        picture
    });
    pictures.collect()
}

fn upscale(home: &Path, arguments: &[&Path]) -> Output {
    let mut command = kinora(home);
    command.env("KINORA_MODELS", home.join("models"));
    command.arg("upscale").args(arguments);
    command.output().expect("kinora starts")
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

fn home_with_upscaler() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let models = home.path().join("models");
    fs::create_dir(&models).expect("a folder");
    repeating_upscaler(&models.join("Repeat.safetensors"));
    let clip = home.path().join("clip");
    (home, clip)
}

#[test]
fn a_folder_of_pictures_becomes_one_of_larger_pictures_and_a_video_one_of_its_rate() {
    let (home, clip) = home_with_upscaler();
    let small = pictures(&clip, 35, [20, 14]);
    let out = home.path().join("large");
    let ran = upscale(home.path(), &[&clip, Path::new("-o"), &out]);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(said(&ran).contains("repeat on"), "{}", said(&ran));
    for (number, small) in small.iter().enumerate() {
        let path = out.join(format!("{number:05}.png"));
        let large = image::open(path).expect("a picture").into_rgb8();
        assert_eq!(large.dimensions(), (80, 56));
        let is_repeated =
            |(x, y, pixel): (u32, u32, &Rgb<u8>)| pixel == small.get_pixel(x / 4, y / 4);
        assert!(large.enumerate_pixels().all(is_repeated), "frame {number}");
    }
    let video = home.path().join("small.mkv");
    let arguments = [
        clip.as_path(),
        Path::new("-o"),
        &video,
        Path::new("--rate"),
        Path::new("12"),
    ];
    let ran = upscale(home.path(), &arguments);
    assert!(ran.status.success(), "{}", said(&ran));
    let larger = home.path().join("large.mp4");
    let ran = upscale(
        home.path(),
        &[
            &video,
            Path::new("-o"),
            &larger,
            Path::new("--model"),
            Path::new("repeat"),
        ],
    );
    assert!(ran.status.success(), "{}", said(&ran));
    let track = probe(&larger).expect("a video").picture.expect("pictures");
    assert_eq!((track.width, track.height, track.frames.0), (320, 224, 35));
    assert_eq!(track.rate.as_fraction(), (12, 1));
}

#[test]
fn what_cannot_be_made_larger_is_refused_with_its_remedy_and_leaves_no_file() {
    let (home, clip) = home_with_upscaler();
    pictures(&clip, 2, [20, 14]);
    let refused = |arguments: &[&Path], words: &[&str]| {
        let out = home.path().join("out.mp4");
        let ran = upscale(home.path(), &[arguments, &[Path::new("-o"), &out]].concat());
        assert_eq!(ran.status.code(), Some(1));
        let said = said(&ran);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
        assert!(!out.exists() && !said.contains("panicked"), "{said}");
    };
    let model = Path::new("--model");
    refused(
        &[&clip, model, Path::new("other")],
        &["no upscaler other", "repeat"],
    );
    refused(
        &[home.path()],
        &["holds no PNG, JPEG, WebP, TIFF or OpenEXR files"],
    );
    refused(&[Path::new("/nowhere")], &["/nowhere"]);
    let broken = home.path().join("broken.safetensors");
    let whole = fs::read(home.path().join("models/Repeat.safetensors")).expect("weights");
    fs::write(&broken, &whole[..whole.len() - 100]).expect("written");
    refused(&[&clip, model, &broken], &["broken.safetensors"]);
    let pickle = home.path().join("weights.pth");
    fs::write(&pickle, "anything").expect("written");
    refused(&[&clip, model, &pickle], &["kinora models convert"]);
    RgbImage::new(21, 14)
        .save(clip.join("frame 003.png"))
        .expect("saved");
    refused(&[&clip], &["frame 003.png", "21x14", "20x14"]);
    fs::write(clip.join("frame 002.png"), "no picture").expect("written");
    refused(&[&clip], &["frame 002.png"]);
    fs::remove_dir_all(home.path().join("models")).expect("removed");
    refused(
        &[&clip],
        &["no other upscaler is installed", "--prompt", "Real-ESRGAN"],
    );
}

#[test]
fn one_picture_and_a_video_of_one_frame_are_made_larger() {
    let (home, clip) = home_with_upscaler();
    let small = pictures(&clip, 1, [7, 5]).swap_remove(0);
    let picture = clip.join("frame 000.png");
    let out = home.path().join("large");
    let ran = upscale(home.path(), &[&picture, Path::new("-o"), &out]);
    assert!(ran.status.success(), "{}", said(&ran));
    let large = image::open(out.join("00000.png"))
        .expect("a picture")
        .into_rgb8();
    assert_eq!(large.dimensions(), (28, 20));
    assert!(
        large
            .enumerate_pixels()
            .all(|(x, y, pixel)| pixel == small.get_pixel(x / 4, y / 4))
    );
    let video = home.path().join("one.mkv");
    let ran = upscale(home.path(), &[&clip, Path::new("-o"), &video]);
    assert!(ran.status.success(), "{}", said(&ran));
    let again = home.path().join("again");
    let ran = upscale(home.path(), &[&video, Path::new("-o"), &again]);
    assert!(ran.status.success(), "{}", said(&ran));
    let large = image::open(again.join("00000.png")).expect("a picture");
    assert_eq!((large.width(), large.height()), (112, 80));
}
