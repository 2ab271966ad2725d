//! Requests that cannot be carried out are refused before any work, with a remedy.
//! Failures of incomplete or wrong files name the key and the shape.

mod files;

use std::path::Path;

use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_wire::{
    Camera, Clip, Generation, Guidance, Keyframe, Lora, PartialSettings, Reference, Sampler,
    Source, View,
};

use crate::pipeline::write_model;

fn model(kind: &str, folder: &Path) -> Model {
    write_model(folder, kind, 430);
    Model::open(
        "tiny",
        &ModelFiles::in_folder(folder).expect("a model"),
        fallback_defaults(),
    )
    .expect("whole")
}

/// Each request is refused, with these parts of cause and remedy.
#[track_caller]
fn refuses(kind: &str, requests: &[(Generation, &str, &str)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model(kind, folder.path());
    for (request, cause, remedy) in requests {
        let failure = model
            .plan(request, &|_| vec!["starter".into()])
            .expect_err(cause);
        let remedy_text = failure.remedy.clone().unwrap_or_default();
        assert!(failure.cause.contains(cause), "{failure}");
        assert!(remedy_text.contains(remedy), "{failure}");
    }
}

fn keyframe(frame: i64) -> Keyframe {
    Keyframe {
        frame,
        image: "one.png".into(),
    }
}

fn still_camera() -> Camera {
    let view = View {
        world_from_camera: glam::DAffine3::IDENTITY,
        focal: [0.5, 0.9],
        centre: [0.5, 0.5],
        aspect: None,
    };
    Camera { views: vec![view] }
}

fn base() -> Generation {
    Generation {
        settings: PartialSettings {
            size: Some([48, 32]),
            frames: Some(9),
            ..PartialSettings::default()
        },
        ..Generation::default()
    }
}

fn base_with(change: impl FnOnce(&mut Generation)) -> Generation {
    let mut request = base();
    change(&mut request);
    request
}

#[test]
fn impossible_sizes_and_settings_are_refused_with_the_nearest_possible_ones() {
    refuses(
        "text",
        &[
            (
                Generation {
                    settings: PartialSettings {
                        size: Some([100, 50]),
                        ..base().settings
                    },
                    ..base()
                },
                "100x50 is not a size",
                "use 96x48",
            ),
            (
                base_with(|request| request.settings.size = Some([0, 16])),
                "0x16 is not a size",
                "use 16x16",
            ),
            (
                base_with(|request| request.settings.frames = Some(80)),
                "80 frames cannot be made",
                "use 77 or 81",
            ),
            (
                base_with(|request| request.settings.frames = Some(0)),
                "0 frames cannot be made",
                "use 1 or 5",
            ),
            (
                base_with(|request| request.settings.size = Some([32_768, 16])),
                "larger than the model's positions",
                "smaller",
            ),
            (
                base_with(|request| request.settings.steps = Some(0)),
                "0 steps",
                "20 to 50",
            ),
            (
                base_with(|request| request.settings.shift = Some(f64::NAN)),
                "a shift of NaN",
                "above 0",
            ),
            (
                base_with(|request| request.settings.control_strength = Some(-1.0)),
                "control strength of -1",
                "0 (ignored)",
            ),
        ],
    );
}

#[test]
fn a_lora_that_is_not_there_or_has_no_sensible_strength_is_refused() {
    let with_lora = |file: &str, strength: f64| {
        base_with(|request| {
            request.inputs.loras = vec![Lora {
                file: file.into(),
                strength,
                expert: None,
            }];
        })
    };
    let there = tempfile::NamedTempFile::new().expect("a file");
    let file = there.path().display().to_string();
    refuses(
        "text",
        &[
            (
                with_lora("style.safetensors", 1.0),
                "the LoRA style.safetensors is not there",
                "the folder loras",
            ),
            (with_lora(&file, 4.5), "a strength of 4.5", "-4 to 4"),
            (with_lora(&file, f64::NAN), "a strength of NaN", "-4 to 4"),
        ],
    );
}

#[test]
fn what_a_model_cannot_do_is_refused_and_the_model_that_can_is_named() {
    let clip = Clip {
        frames: vec!["a.png".into(); 9],
    };
    let reference = Reference {
        name: "mia".into(),
        images: vec!["mia.png".into()],
    };
    let source = Source {
        clip: clip.clone(),
        at: 0,
        retake: None,
    };
    let with_keys = |keys: &[i64]| {
        base_with(|request| {
            request.inputs.keyframes = keys.iter().map(|&key| keyframe(key)).collect();
        })
    };
    refuses(
        "text",
        &[
            (
                with_keys(&[0]),
                "cannot be given a first frame",
                "use starter",
            ),
            (
                base_with(|request| request.inputs.references = vec![reference]),
                "cannot be given references",
                "use starter",
            ),
            (
                Generation {
                    control: Some(clip),
                    ..base()
                },
                "cannot be given a control clip",
                "use starter",
            ),
            (
                base_with(|request| request.inputs.source = Some(source)),
                "cannot be given a clip to retake",
                "use starter",
            ),
            (
                base_with(|request| request.inputs.camera = Some(still_camera())),
                "cannot be given a camera path",
                "use starter",
            ),
        ],
    );
    refuses(
        "given",
        &[
            (base(), "there is no first frame", "give a first frame"),
            (
                with_keys(&[0, 4]),
                "cannot be given keyframes at any time",
                "use starter",
            ),
            (
                with_keys(&[-1]),
                "there is no first frame",
                "give a first frame",
            ),
        ],
    );
}

#[test]
fn pictures_that_do_not_fit_the_clip_are_refused() {
    let with_keys = |keys: &[i64]| {
        base_with(|request| {
            request.inputs.keyframes = keys.iter().map(|&key| keyframe(key)).collect();
        })
    };
    let clip = |frames: usize| Clip {
        frames: vec!["a.png".into(); frames],
    };
    let nobody = Reference {
        name: "mia".into(),
        images: Vec::new(),
    };
    let source = |at, retake| {
        Some(Source {
            clip: clip(4),
            at,
            retake,
        })
    };
    refuses(
        "controlled",
        &[
            (with_keys(&[9]), "no frame 9 in a clip of 9", "0 to 8"),
            (with_keys(&[-10]), "no frame -10", "-1 for the last"),
            (
                with_keys(&[8, -1]),
                "frame 8 is given two pictures",
                "leave one",
            ),
            (
                Generation {
                    control: Some(clip(8)),
                    ..base()
                },
                "the control clip has 8 frames, 9",
                "fewer frames",
            ),
            (
                base_with(|request| request.inputs.references = vec![nobody]),
                "mia has no picture",
                "leave it out",
            ),
            (
                base_with(|request| request.inputs.source = source(9, None)),
                "nothing of the source clip (4 frames) is kept",
                "overlaps",
            ),
            (
                base_with(|request| request.inputs.source = source(0, Some([0, 4]))),
                "nothing of the source clip",
                "retake less",
            ),
        ],
    );
}

#[test]
fn a_distilled_sampler_has_its_own_number_of_steps() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("text", folder.path());
    let request = Generation {
        settings: PartialSettings {
            steps: Some(50),
            sampler: Some(Sampler::Distilled),
            ..base().settings
        },
        ..base()
    };
    let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
    assert_eq!(plan.settings().steps, 4);
}

#[test]
fn a_model_lists_its_abilities() {
    let abilities = |kind| {
        model(kind, tempfile::tempdir().expect("a folder").path())
            .spec()
            .abilities
    };
    assert_eq!(abilities("text"), []);
    assert_eq!(abilities("given"), [Ability::FirstAndLastFrame]);
    assert_eq!(abilities("controlled").len(), 5, "all but the camera");
}

#[test]
fn a_source_clip_is_kept_where_it_lies_and_made_new_where_it_is_to_be_retaken() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("controlled", folder.path());
    let kept = |at, retake| {
        let clip = Clip {
            frames: vec!["a.png".into(); 6],
        };
        let request =
            base_with(|request| request.inputs.source = Some(Source { clip, at, retake }));
        let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
        (0..9)
            .map(|frame| plan.kept_from_source(frame))
            .collect::<Vec<_>>()
    };
    let (some, none) = (Some, None);
    // Extended at the end; at the beginning; retaken in the middle.
    assert_eq!(
        kept(-2, None),
        [
            some(2),
            some(3),
            some(4),
            some(5),
            none,
            none,
            none,
            none,
            none
        ]
    );
    assert_eq!(
        kept(3, None),
        [
            none,
            none,
            none,
            some(0),
            some(1),
            some(2),
            some(3),
            some(4),
            some(5)
        ]
    );
    assert_eq!(
        kept(0, Some([2, 4])),
        [
            some(0),
            some(1),
            none,
            none,
            some(4),
            some(5),
            none,
            none,
            none
        ]
    );
}

#[test]
fn distilled_steps_are_unguided_and_shifted_unless_the_request_sets_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("text", folder.path());
    let request = base_with(|request| request.settings.sampler = Some(Sampler::Distilled));
    let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
    assert_eq!(
        (plan.settings().guidance, plan.settings().shift),
        (Guidance::Off, 5.0)
    );
}
