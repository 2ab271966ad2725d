//! Compares the frame interpolators with the networks of Practical-RIFE.

use std::fs;
use std::path::PathBuf;

use kinora_engine::interpolate::{self, Interpolator};
use kinora_engine::library::Library;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::drawn::{parameter, uniform_tensor};
use crate::golden::{Goldens, assert_close, numbers, write_weights};
use crate::sound_for_picture::starter;

/// As engine/goldens/interpolate.py draws it.
fn drawn(name: &str, shape: &[i64]) -> Tensor {
    let tensor = parameter(name, shape);
    match name.contains(".lastconv.") {
        true => tensor * 0.1,
        false => tensor,
    }
}

fn write(case: &Value, prefix: &str, folder: &tempfile::TempDir) -> PathBuf {
    let keys = case["keys"].as_object().expect("keys");
    let tensors = keys
        .iter()
        .map(|(name, shape)| (format!("{prefix}{name}"), drawn(name, &numbers(shape))));
    write_weights(folder, tensors)
}

#[test]
fn the_blocks_may_be_a_list_as_in_comfyui() {
    let goldens = Goldens::of("interpolate");
    let case = goldens.case("rife_4_25");
    let keys = case["keys"].as_object().expect("keys");
    let folder = tempfile::tempdir().expect("a folder");
    let tensors = keys.iter().map(|(name, shape)| {
        let listed = name
            .strip_prefix("block")
            .map(|rest| format!("blocks.{rest}"));
        let listed = listed.unwrap_or_else(|| name.clone());
        (format!("flownet.{listed}"), drawn(name, &numbers(shape)))
    });
    let (_, listed) =
        interpolate::open(&write_weights(&folder, tensors)).expect("the same network");
    let plain = tempfile::tempdir().expect("a folder");
    let (_, config) = interpolate::open(&write(case, "", &plain)).expect("an interpolator");
    assert_eq!(listed, config);
}

fn opened(case: &Value, prefix: &str) -> Interpolator {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(case, prefix, &folder);
    let (checkpoint, config) = interpolate::open(&path).expect("an interpolator");
    let on = (Device::Cpu, Kind::Float);
    Interpolator::load(&checkpoint, config, on, &mut |_| Ok(())).expect("loaded")
}

#[test]
fn a_picture_between_two_is_equal_to_the_reference() {
    let goldens = Goldens::of("interpolate");
    for (name, case) in goldens.cases() {
        let interpolator = opened(case, "module.");
        let size = numbers(&case["size"]);
        let picture = |at: usize| {
            uniform_tensor(&format!("picture {at}"), &[3, size[0], size[1]]) * 0.5 + 0.5
        };
        let moment = case["moment"].as_f64().expect("a moment");
        let between = interpolator.between(&picture(0), &picture(1), moment);
        assert_close(name, &between.unsqueeze(0), &goldens.tensor(name), 1e-4);
    }
}

#[test]
fn pictures_of_any_size_are_made() {
    let goldens = Goldens::of("interpolate");
    let interpolator = opened(goldens.case("rife_4_25"), "");
    for size in [[1, 1], [17, 70], [64, 64]] {
        let picture = |at: usize| {
            uniform_tensor(&format!("picture {at}"), &[3, size[0], size[1]]) * 0.5 + 0.5
        };
        let between = interpolator.between(&picture(0), &picture(1), 0.5);
        assert_eq!(between.size(), [3, size[0], size[1]]);
    }
}

#[test]
fn a_published_interpolator_comes_before_a_small_one_and_without_any_the_remedy_is_given() {
    let models = tempfile::tempdir().expect("a folder");
    let library = || Library::in_folders(vec![models.path().to_owned()]);
    let failure = library().interpolator(None).expect_err("there is none");
    assert!(failure.to_string().contains("RIFE"), "{failure}");
    let of_kinora = starter().join("starter-interpolator.safetensors");
    fs::copy(of_kinora, models.path().join("a.safetensors")).expect("copied");
    let (id, _) = library().interpolator(None).expect("Kinora's own");
    assert_eq!(id, "a");
    let folder = tempfile::tempdir().expect("a folder");
    let published = write(Goldens::of("interpolate").case("rife_4_26"), "", &folder);
    fs::copy(published, models.path().join("b.safetensors")).expect("copied");
    let (id, _) = library().interpolator(None).expect("both");
    assert_eq!(id, "b");
    let infos = library().interpolator_infos();
    let ids: Vec<&str> = infos.iter().map(|info| info.id.as_str()).collect();
    assert_eq!(ids, ["b", "a"], "the studio takes the first one too");
}
