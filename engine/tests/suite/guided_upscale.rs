//! The guided upscaler: tiles leave no seam, everything it is given is read, and files that do not fit are refused.

use std::collections::HashMap;

use glam::DAffine3;
use kinora_engine::upscale::{self, Guided, GuidedConfig, GuidedPicture, Hints, Upscaler};
use kinora_engine::weights::{Survey, view_of};
use kinora_wire::{Failure, StageView, UpscaleGuide, View};
use tch::{Device, Kind, Tensor};

use crate::drawn::{parameter, uniform_tensor};

fn words() -> Vec<Vec<String>> {
    ["cat", "robot"].map(|word| vec![word.to_owned()]).to_vec()
}

/// A small network that knows so many words and lists two.
fn loaded(known: usize) -> Result<Upscaler, Failure> {
    tch::set_num_threads(1);
    let others = Hints::default().count();
    let config = GuidedConfig {
        widths: [8, 8, 8],
        blocks: [1; 5],
        hints: (known + others) as i64,
        words_width: 8,
    };
    let survey = Survey::of(|weights| Guided::new(config, weights)).expect("a survey");
    let views = survey.shapes.iter().map(|(name, shape)| {
        let gain = if name.starts_with("write.") {
            0.05
        } else {
            1.0
        };
        let tensor = parameter(name, shape) * gain;
        (name.clone(), view_of(&tensor).expect("a view"))
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guided.safetensors");
    let written = serde_json::json!({ "words": words() }).to_string();
    let metadata = HashMap::from([("config".to_owned(), written)]);
    safetensors::serialize_to_file(views, Some(metadata), &path).expect("written");
    let (checkpoint, detected) = upscale::open(&path).expect("an upscaler");
    assert!(detected.is_guided() && detected.scale() == 4);
    let on = (Device::Cpu, Kind::Float);
    Upscaler::load(&checkpoint, detected, on, &mut |_| Ok(()))
}

fn picture(name: &str, size: [i64; 2]) -> Tensor {
    uniform_tensor(name, &[3, size[0], size[1]]) * 0.4 + 0.5
}

#[test]
fn tiles_leave_no_seam_and_odd_sizes_are_kept() {
    let upscaler = loaded(2).expect("loaded");
    let picture = picture("picture", [61, 83]);
    let whole = upscaler.enlarge(&picture, &mut || Ok(())).expect("whole");
    let tiled = upscaler.enlarge_in_tiles(&picture, 32, 48, &mut || Ok(()));
    let tiled = tiled.expect("tiled");
    assert_eq!(tiled.size(), [3, 244, 332]);
    let difference = (whole - tiled).abs().max().double_value(&[]);
    assert!(difference < 0.2 / 255.0, "{difference}");
}

#[test]
fn everything_that_is_known_of_a_picture_is_read() {
    let upscaler = loaded(2).expect("loaded");
    let size = [12, 20];
    let (here, other) = (picture("here", size), picture("other", size));
    let stage = uniform_tensor("stage", &[4, 48, 80]) * 0.5 + 0.5;
    let masks = Tensor::ones([3, 48, 80], (Kind::Float, Device::Cpu)) / 3.0;
    let seen = StageView {
        view: View::straight(DAffine3::IDENTITY, 1.0, [20, 12]),
        figures: Vec::new(),
    };
    let plain = GuidedPicture {
        near: [&here; 3],
        settled: None,
        stage: None,
        masks: None,
        view: None,
    };
    let made = |picture: &GuidedPicture, prompt: &str, at: usize| {
        let guide = UpscaleGuide {
            prompt: prompt.into(),
            rate: 16,
            ..UpscaleGuide::default()
        };
        let hints = upscaler.hints_at(Some(&guide), at);
        let made = upscaler.enlarge_guided(picture, &hints, &mut || Ok(()))?;
        Ok::<_, Failure>(made.picture)
    };
    let unguided = made(&plain, "", 0).expect("made");
    assert!(unguided.equal(&upscaler.enlarge(&here, &mut || Ok(())).expect("plain")));
    let near = [&other, &here, &here];
    for (what, picture) in [
        ("the neighbours", GuidedPicture { near, ..plain }),
        (
            "the settled picture",
            GuidedPicture {
                settled: Some(&other),
                ..plain
            },
        ),
        (
            "the stage",
            GuidedPicture {
                stage: Some(&stage),
                ..plain
            },
        ),
        (
            "the layers",
            GuidedPicture {
                masks: Some(&masks),
                ..plain
            },
        ),
        (
            "the camera",
            GuidedPicture {
                view: Some(&seen),
                ..plain
            },
        ),
    ] {
        let changed = made(&picture, "", 0).expect("made");
        assert!(!changed.equal(&unguided), "{what}");
    }
    let prompted = made(&plain, "a cat", 0).expect("made");
    assert!(!prompted.equal(&unguided), "the prompt");
    assert!(!prompted.equal(&made(&plain, "a robot", 0).expect("made")));
    assert!(
        !prompted.equal(&made(&plain, "a cat", 3).expect("made")),
        "the time"
    );
    let small = uniform_tensor("stage", &[4, 12, 20]);
    let wrong = GuidedPicture {
        stage: Some(&small),
        ..plain
    };
    assert!(made(&wrong, "", 0).is_err(), "a stage of the small size");
}

#[test]
fn a_file_that_reads_more_words_than_it_lists_is_refused() {
    let refused = loaded(3).expect_err("refused");
    assert!(refused.to_string().contains("lists words"), "{refused}");
}
