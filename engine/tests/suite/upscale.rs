//! Compares the upscalers with spandrel in every key layout, and tiles with the whole picture.

use std::path::PathBuf;

use kinora_engine::upscale::{self, Upscaler};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::drawn::{parameter, uniform_tensor};
use crate::golden::{Goldens, assert_close, number, numbers, write_weights};

/// As engine/goldens/upscale.py draws it.
fn drawn(name: &str, shape: &[i64], last: &str) -> Tensor {
    let tensor = parameter(name, shape);
    match name
        .strip_prefix(last)
        .is_some_and(|rest| rest.starts_with('.'))
    {
        true if name == "conv_last.bias" => tensor * 0.05 + 0.5,
        true => tensor * 0.05,
        false => tensor,
    }
}

fn write(case: &Value, folder: &tempfile::TempDir) -> PathBuf {
    let last = case["last"].as_str().expect("the last layer");
    let keys = case["keys"].as_object().expect("keys");
    let tensors = keys.iter().map(|(name, entry)| {
        let key = entry[0].as_str().expect("a key").to_owned();
        (key, drawn(name, &numbers(&entry[1]), last))
    });
    write_weights(folder, tensors)
}

fn opened(case: &Value) -> Upscaler {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let (checkpoint, config) = upscale::open(&write(case, &folder)).expect("an upscaler");
    let on = (Device::Cpu, Kind::Float);
    Upscaler::load(&checkpoint, config, on, &mut |_| Ok(())).expect("loaded")
}

fn picture(size: &[i64]) -> Tensor {
    uniform_tensor("picture", &[3, size[0], size[1]]) * 0.4 + 0.5
}

#[test]
fn every_upscaler_is_equal_to_the_reference_in_every_layout() {
    let goldens = Goldens::of("upscale");
    for (name, case) in goldens.cases() {
        let upscaler = opened(case);
        assert_eq!(upscaler.config.scale(), number(case, "scale"), "{name}");
        let large = upscaler
            .enlarge(&picture(&numbers(&case["size"])), &mut || Ok(()))
            .expect("enlarged");
        assert_close(name, &large.unsqueeze(0), &goldens.tensor(name), 1e-4);
    }
}

#[test]
fn tiles_leave_no_seam_and_odd_sizes_are_kept() {
    let goldens = Goldens::of("upscale");
    for name in ["compact_x4", "dense_x4", "dense_x2", "dense_x1"] {
        let upscaler = opened(goldens.case(name));
        let picture = picture(&[61, 83]);
        let whole = upscaler.enlarge(&picture, &mut || Ok(())).expect("whole");
        let mut tiles = 0;
        let mut count = || {
            tiles += 1;
            Ok(())
        };
        let tiled = upscaler
            .enlarge_in_tiles(&picture, 32, 48, &mut count)
            .expect("tiled");
        assert_eq!(tiles, 6, "{name}");
        let scale = upscaler.config.scale();
        assert_eq!(tiled.size(), [3, 61 * scale, 83 * scale], "{name}");
        let difference = (whole - tiled).abs().max().double_value(&[]);
        assert!(difference < 0.2 / 255.0, "{name}: {difference}");
    }
}

#[test]
fn a_picture_of_one_pixel_is_made_larger_too() {
    let goldens = Goldens::of("upscale");
    for (name, case) in goldens.cases() {
        let upscaler = opened(case);
        let large = upscaler
            .enlarge(&picture(&[1, 1]), &mut || Ok(()))
            .expect("enlarged");
        let scale = upscaler.config.scale();
        assert_eq!(large.size(), [3, scale, scale], "{name}");
    }
}

#[test]
fn other_files_are_refused_with_what_is_needed() {
    let goldens = Goldens::of("upscale");
    let folder = tempfile::tempdir().expect("a folder");
    let with = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut case = goldens.case("compact_x4").clone();
        change(case["keys"].as_object_mut().expect("keys"));
        let path = write(&case, &folder);
        let opened = upscale::open(&path).and_then(|(checkpoint, config)| {
            let on = (Device::Cpu, Kind::Float);
            Upscaler::load(&checkpoint, config, on, &mut |_| Ok(()))
        });
        opened.expect_err("refused").to_string()
    };
    let no_slopes = with(&|keys| {
        keys.remove("body.1.weight");
    });
    assert!(no_slopes.contains("PReLU"), "{no_slopes}");
    let other = with(&|keys| keys.retain(|name, _| name == "body.2.weight"));
    assert!(other.contains("no upscaler"), "{other}");
    let missing = with(&|keys| {
        keys.remove("body.2.bias");
    });
    assert!(missing.contains("body.2.bias"), "{missing}");
}
