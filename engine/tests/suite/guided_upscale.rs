//! The guided upscaler: tiles leave no seam, everything it is given is read, and files that do not fit are refused.

use std::collections::HashMap;
use std::ops::Range;

use glam::{DAffine3, DVec3};
use kinora_engine::job::{Clock, Listener};
use kinora_engine::upscale::{self, Guided, GuidedConfig, GuidedPicture, Hints, Upscaler};
use kinora_engine::weights::{Survey, view_of};
use kinora_wire::{
    Clip, Failure, Progress, StageFigure, StagePictures, StageView, Upscale, UpscaleGuide, View,
};
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

/// The large pictures that a job sends, by number.
#[derive(Default)]
struct Sent(Vec<(u32, Vec<u8>)>);

impl Listener for Sent {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        if let Progress::Frames { first, .. } = progress {
            self.0.push((first, pixels));
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn a_clip_in_parts_is_made_larger_as_a_whole_one_is() {
    const COUNT: usize = 44;
    let upscaler = loaded(2).expect("loaded");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: String, size: [u32; 2], pixel: &dyn Fn(u32, u32) -> [u8; 3]| {
        let path = folder.path().join(name);
        let picture = image::RgbImage::from_fn(size[0], size[1], |x, y| image::Rgb(pixel(x, y)));
        picture.save(&path).expect("written");
        path
    };
    let part = |range: Range<usize>, wanted: Range<usize>| {
        let of = |name: &str, size, pixel: &dyn Fn(u32, u32, u32) -> [u8; 3]| Clip {
            frames: range
                .clone()
                .map(|at| {
                    write(format!("{name}-{at}.png"), size, &|x, y| {
                        pixel(at as u32, x, y)
                    })
                })
                .collect(),
        };
        // A body in the middle that is nearer than the ground, above it and below the sky.
        let depth = |_: u32, x: u32, y: u32| match (24..40).contains(&x) && (20..44).contains(&y) {
            true => [160; 3],
            false => [0; 3],
        };
        let views = range.clone().map(|at| StageView {
            view: View::straight(
                DAffine3::from_translation(DVec3::new(0.02 * at as f64, -1.5, -4.0)),
                1.0,
                [8, 8],
            ),
            figures: vec![StageFigure {
                foot: DVec3::X * -1.6,
                turn_degrees: 180.0,
                height_metres: 1.6,
            }],
        });
        let request = Upscale {
            clip: of("clip", [8, 8], &|at, x, y| {
                [at * 5, x * 31, y * 29 + at % 3 * 9].map(|value| value as u8)
            }),
            wanted: Some((wanted.start - range.start) as u32..(wanted.end - range.start) as u32),
            guide: Some(UpscaleGuide {
                prompt: "a cat".into(),
                rate: 16,
                first_frame: range.start as u32,
                stage: Some(StagePictures {
                    picture: of("stage", [64, 64], &|_, x, y| {
                        [x * 4, y * 4, 90].map(|value| value as u8)
                    }),
                    depth: of("depth", [64, 64], &depth),
                    views: views.collect(),
                }),
            }),
            ..Upscale::default()
        };
        let mut sent = Sent::default();
        let made = upscaler.enlarge_clip(&request, &mut Clock::start(), &mut sent);
        made.expect("made");
        sent.0
    };
    let whole = part(0..COUNT, 0..COUNT);
    assert_eq!(whole.len(), COUNT);
    let (middle, around) = (20..24, UpscaleGuide::REACH);
    let parts = part(middle.start - around..middle.end + around, middle.clone());
    let numbers: Vec<u32> = parts.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    for ((_, one), (_, other)) in parts.iter().zip(&whole[middle.clone()]) {
        assert!(one == other, "a seam");
    }
    // With fewer pictures around it is another one.
    let alone = part(middle.clone(), middle.clone());
    assert!(
        alone
            .iter()
            .zip(&whole[middle])
            .any(|(one, other)| one.1 != other.1)
    );
}
