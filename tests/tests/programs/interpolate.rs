//! `kinora interpolate` with the real engine: an interpolator whose weights are all zero sees no motion and mixes both
//! pictures half and half.

use std::fs;
use std::path::Path;
use std::process::Output;

use image::{Rgb, RgbImage};
use kinora_render::media::probe;
use kinora_tests::kinora;

use crate::zero_weights::write_zeros;

/// The network of RIFE 4.25 with few channels.
fn mixing_interpolator(path: &Path) {
    let mut tensors = Vec::new();
    let mut add = |name: String, weight: &[usize], outputs: usize| {
        tensors.push((format!("{name}.weight"), weight.to_vec()));
        tensors.push((format!("{name}.bias"), vec![outputs]));
    };
    let (width, features, handed_on) = (4, 2, 1);
    for (name, inputs) in [("cnn0", 3), ("cnn1", width), ("cnn2", width)] {
        add(format!("encode.{name}"), &[width, inputs, 3, 3], width);
    }
    add("encode.cnn3".into(), &[width, features, 4, 4], features);
    let mut betas = Vec::new();
    for block in 0..5 {
        let first = 6 + 2 * features + 1;
        let inputs = if block == 0 {
            first
        } else {
            first + 5 + handed_on
        };
        let name = |part: &str| format!("block{block}.{part}");
        add(name("conv0.0.0"), &[width / 2, inputs, 3, 3], width / 2);
        add(name("conv0.1.0"), &[width, width / 2, 3, 3], width);
        for part in 0..8 {
            add(
                name(&format!("convblock.{part}.conv")),
                &[width, width, 3, 3],
                width,
            );
            betas.push((
                name(&format!("convblock.{part}.beta")),
                vec![1, width, 1, 1],
            ));
        }
        let outputs = 4 * (5 + handed_on);
        add(name("lastconv.0"), &[width, outputs, 4, 4], outputs);
    }
    write_zeros(path, tensors.into_iter().chain(betas));
}

fn picture(number: u8) -> RgbImage {
    RgbImage::from_fn(30, 22, |x, y| Rgb([x as u8 * 8, y as u8 * 10, number * 40]))
}

fn interpolate(home: &Path, arguments: &[&str]) -> Output {
    let mut command = kinora(home);
    command
        .env("KINORA_MODELS", home.join("models"))
        .current_dir(home);
    command.arg("interpolate").args(arguments);
    command.output().expect("kinora starts")
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// A disc that moves to the right over a ground that does not.
fn disc(at: f64) -> RgbImage {
    RgbImage::from_fn(128, 64, |x, y| {
        let away = (f64::from(x) + 0.5 - at).hypot(f64::from(y) - 31.5);
        let inside = (16.5 - away).clamp(0.0, 1.0);
        let ground = 60.0 + f64::from(y);
        Rgb([200.0, 120.0, 40.0].map(|disc| (disc * inside + ground * (1.0 - inside)) as u8))
    })
}

#[test]
fn without_a_download_motion_is_followed_between_the_frames() {
    let home = tempfile::tempdir().expect("a folder");
    fs::create_dir(home.path().join("clip")).expect("a folder");
    for number in 0..3 {
        let path = home.path().join(format!("clip/{number:03}.png"));
        disc(40.0 + 12.0 * f64::from(number))
            .save(path)
            .expect("saved");
    }
    let ran = interpolate(home.path(), &["clip", "--rate", "32", "-o", "twice"]);
    assert!(ran.status.success(), "{}", said(&ran));
    let error = |one: &RgbImage, other: &RgbImage| {
        let pairs = one.as_raw().iter().zip(other.as_raw());
        let sum: f64 = pairs
            .map(|(one, other)| (f64::from(*one) - f64::from(*other)).powi(2))
            .sum();
        (sum / one.as_raw().len() as f64).sqrt()
    };
    for number in 0..2_u8 {
        let at = 40.0 + 12.0 * f64::from(number);
        let (one, truth, other) = (disc(at), disc(at + 6.0), disc(at + 12.0));
        let pairs = one.as_raw().iter().zip(other.as_raw());
        let blend: Vec<u8> = pairs.map(|(one, other)| one.midpoint(*other)).collect();
        let blend = RgbImage::from_raw(128, 64, blend).expect("a picture");
        let path = home.path().join(format!("twice/{:05}.png", 2 * number + 1));
        let made = image::open(path).expect("a picture").into_rgb8();
        let [made, blend] = [&made, &blend].map(|picture| error(picture, &truth));
        assert!(made < 0.5 * blend, "{made} {blend}");
    }
}

#[test]
fn a_clip_gets_another_rate_its_own_frames_stay_and_the_others_lie_between() {
    let home = tempfile::tempdir().expect("a folder");
    fs::create_dir(home.path().join("models")).expect("a folder");
    fs::create_dir(home.path().join("clip")).expect("a folder");
    // More frames than are given to the engine at a time.
    for number in 0..35 {
        let path = home.path().join(format!("clip/{number:03}.png"));
        picture(number % 6).save(path).expect("saved");
    }
    let arguments = ["clip", "--rate", "32", "--model", "mix", "-o", "twice"];
    let refused = interpolate(home.path(), &arguments);
    assert!(!refused.status.success());
    let words = said(&refused);
    assert!(
        words.contains("there is no frame interpolator mix")
            && words.contains("starter-interpolator"),
        "{words}"
    );

    mixing_interpolator(&home.path().join("models/Mix.safetensors"));
    fs::remove_dir_all(home.path().join("twice")).ok();
    let ran = interpolate(home.path(), &arguments);
    assert!(ran.status.success(), "{}", said(&ran));
    for number in 0..70_u8 {
        let path = home.path().join(format!("twice/{number:05}.png"));
        let made = image::open(path).expect("a picture").into_rgb8();
        let one = picture(number / 2 % 6);
        if number % 2 == 0 || number == 69 {
            assert!(made == one, "frame {number} is one of the clip");
            continue;
        }
        let other = picture((number / 2 + 1) % 6);
        let pairs = one.as_raw().iter().zip(other.as_raw()).zip(made.as_raw());
        for ((one, other), made) in pairs {
            let mean = f64::midpoint(f64::from(*one), f64::from(*other));
            assert!((f64::from(*made) - mean).abs() <= 0.51, "frame {number}");
        }
    }
    let ran = interpolate(
        home.path(),
        &["clip", "--rate", "24", "--model", "mix", "-o", "film.mp4"],
    );
    assert!(ran.status.success(), "{}", said(&ran));
    let film = probe(&home.path().join("film.mp4")).expect("a video");
    let track = film.picture.expect("pictures");
    assert_eq!(
        (track.frames.0, track.rate.as_fraction()),
        (53, (24, 1)),
        "35 / 16 s"
    );
    let other = interpolate(
        home.path(),
        &["clip", "--rate", "24", "--model", "clip/000.png", "-o", "x"],
    );
    assert!(
        !other.status.success() && !said(&other).contains("panicked"),
        "{}",
        said(&other)
    );
}
