//! The Wan variants as whole models: what each is given changes its clip, and what it cannot be given is refused.
//! The networks themselves are compared with references in `transformer.rs` and `image_encoder.rs`.

use std::fs;
use std::path::Path;

use kinora_engine::conditioning::Conditioning;
use kinora_engine::family::wan::camera::camera_at_rest;
use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::family::wan::network_input::needs_encoding;
use kinora_engine::family::wan::picture_input::{Pass, PictureInput};
use kinora_engine::family::wan::transformer::Transformer;
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_engine::weights::Weights;
use kinora_wire::{Camera, Failure, Generation};
use serde_json::{Value, json};
use tch::{Device, Kind};

use crate::drawn::{Drawn, normal_like};
use crate::golden::{Goldens, assert_close};
use crate::pipeline::{Collector, generator, made, request, transformer_of, write_model};
use crate::transformer;

const VOCABULARY: i64 = 430;

fn model(kind: &str, folder: &Path) -> Model {
    write_model(folder, kind, VOCABULARY);
    let files = ModelFiles::in_folder(folder).expect("a model");
    Model::open("tiny", &files, fallback_defaults()).expect("whole")
}

/// A short guided clip with these further fields of a case.
fn clip(folder: &Path, more: &Value) -> Generation {
    let mut case = json!({
        "prompt": "a red fox", "width": 48, "height": 32, "frames": 5, "seed": 7, "steps": 2, "guidance": 3.0,
        "sampler": "unipc", "shift": 3.0,
    });
    let fields = case.as_object_mut().expect("a case");
    fields.extend(more.as_object().expect("fields").clone());
    request(&case, folder)
}

fn pixels(model: &Model, request: &Generation) -> Vec<u8> {
    let plan = model.plan(request, &|_| Vec::new()).expect("possible");
    made(model, &plan).pixels
}

/// Each of these inputs gives another clip.
#[track_caller]
fn all_differ(model: &Model, folder: &Path, inputs: &[Value]) {
    let clips: Vec<Vec<u8>> = inputs
        .iter()
        .map(|more| pixels(model, &clip(folder, more)))
        .collect();
    clips_differ(&clips, inputs);
}

/// Each of these clips, made from these inputs, is another one.
#[track_caller]
fn clips_differ(clips: &[Vec<u8>], inputs: &[Value]) {
    for (at, one) in clips.iter().enumerate() {
        assert_eq!(one.len(), 5 * 48 * 32 * 3);
        let same = clips[..at].iter().position(|other| other == one);
        assert_eq!(same, None, "{} changes nothing", inputs[at]);
    }
}

fn refused(model: &Model, request: &Generation) -> Failure {
    let refused = model.plan(request, &|_| vec!["another".into()]);
    refused.expect_err("refused")
}

#[test]
fn fun_camera_models_follow_a_path_and_rest_without_one() {
    tch::set_num_threads(1);
    for kind in ["fun_camera", "fun_camera_of_two_experts"] {
        let folder = tempfile::tempdir().expect("a folder");
        let model = model(kind, folder.path());
        let inputs = [json!({}), json!({ "first": "one" })];
        let mut clips = Vec::new();
        for more in &inputs {
            let along = |camera: Option<Camera>| {
                let mut clip = clip(folder.path(), more);
                clip.inputs.camera = camera;
                pixels(&model, &clip)
            };
            let mut ahead = camera_at_rest();
            let mut view = ahead.views[0];
            view.world_from_camera.translation.z += 1.0;
            ahead.views.push(view);
            let at_rest = along(Some(camera_at_rest()));
            let without = along(None);
            assert_eq!(without, at_rest, "{kind}");
            assert_ne!(along(Some(ahead)), at_rest, "{kind}");
            clips.push(without);
        }
        clips_differ(&clips, &inputs);
    }
}

#[test]
fn a_model_of_a_start_picture_takes_no_last_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("fun_camera", folder.path());
    let failure = refused(&model, &clip(folder.path(), &json!({ "last": "two" })));
    assert!(failure.cause.contains("last frame"), "{failure}");
    assert!(!model.spec().needs_first_frame);
}

#[test]
fn fun_control_models_follow_a_clip_from_a_start_picture_with_one_reference() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("fun_control", folder.path());
    let control = ["c0", "c1", "c2", "c3", "c4"];
    let inputs = [
        json!({}),
        json!({ "control": control }),
        json!({ "control": control, "first": "one" }),
        json!({ "control": control, "references": ["tall"] }),
        json!({ "control": control, "references": ["wide"] }),
    ];
    all_differ(&model, folder.path(), &inputs);
    let two = clip(folder.path(), &json!({ "references": ["tall", "wide"] }));
    let plan = model.plan(&two, &|_| Vec::new()).expect("planned");
    let failure = generator()
        .generate(&model, &plan, &mut Collector::default())
        .expect_err("one reference only");
    assert!(failure.cause.contains("one reference"), "{failure}");
}

#[test]
fn phantom_takes_subjects_and_its_file_is_known_by_its_name() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("phantom", folder.path());
    assert_eq!(model.spec().abilities, [Ability::References]);
    let inputs = [
        json!({}),
        json!({ "references": ["tall"] }),
        json!({ "references": ["tall", "wide"] }),
        json!({ "references": ["wide", "tall"] }),
    ];
    all_differ(&model, folder.path(), &inputs);
}

#[test]
fn subjects_are_zeros_in_the_pass_with_the_negative_prompt() {
    let goldens = Goldens::of("transformer");
    let config = transformer::config(goldens.case("phantom"));
    let network = Transformer::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    let subjects = normal_like("subjects", &[1, 16, 2, 4, 6]);
    let zeros = network.embed_subjects(&subjects.zeros_like());
    let input = PictureInput {
        subjects: Some(subjects),
        ..PictureInput::default()
    };
    assert_eq!(input.latent_frames(), 2);
    let after = |pass| input.references(&network, pass).after.expect("tokens");
    let (with, without, both) = (after(Pass::With), after(Pass::Without), after(Pass::Both));
    assert_eq!(without, zeros);
    assert_eq!(both.narrow(0, 1, 1), zeros);
    assert_close("with", &both.narrow(0, 0, 1), &with, 1e-6);
    assert!((with - zeros).abs().max().double_value(&[]) > 0.1);
}

#[test]
fn a_model_between_two_pictures_needs_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model("seen_pair", folder.path());
    let first = clip(folder.path(), &json!({ "first": "one" }));
    let plan = model.plan(&first, &|_| Vec::new()).expect("planned");
    let failure = generator()
        .generate(&model, &plan, &mut Collector::default())
        .expect_err("no last frame");
    assert!(
        failure.to_string().contains("first and a last frame"),
        "{failure}"
    );
}

#[test]
fn a_model_that_attends_to_pictures_is_refused_without_its_image_encoder() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "seen", VOCABULARY);
    fs::remove_dir_all(folder.path().join("clip_vision")).expect("removed");
    let files = ModelFiles::in_folder(folder.path()).expect("the rest");
    assert_eq!(files.image_encoder, None);
    let failure = Model::open("tiny", &files, fallback_defaults()).expect_err("blind");
    let remedy = failure.remedy.clone().unwrap_or_default();
    assert!(remedy.contains("clip_vision_h.safetensors"), "{failure}");
}

#[test]
fn of_several_image_encoders_that_of_the_family_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "seen", VOCABULARY);
    let clip = folder.path().join("clip_vision");
    let other = clip.join("a_sigclip.safetensors");
    let own = clip.join("clip_vision_h.safetensors");
    fs::copy(clip.join("tiny_clip.safetensors"), &other).expect("copied");
    fs::rename(clip.join("tiny_clip.safetensors"), &own).expect("renamed");
    let files = ModelFiles::in_folder(folder.path()).expect("a model");
    assert_eq!(files.image_encoder, Some(own));
}

#[test]
fn the_autoencoder_is_read_and_counted_only_where_a_picture_is_encoded() {
    let control = json!({ "control": ["c0", "c1", "c2", "c3", "c4"] });
    let first = json!({ "first": "one" });
    for (kind, more, is_needed) in [
        ("text", json!({}), false),
        ("fun_camera", json!({}), false),
        ("fun_camera", first.clone(), true),
        ("fun_camera_of_two_experts", json!({}), false),
        ("fun_camera_of_two_experts", first, true),
        ("fun_control", json!({}), false),
        ("fun_control", control, true),
        ("controlled", json!({}), true),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let model = model(kind, folder.path());
        let request = clip(folder.path(), &more);
        let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
        let pictures = Conditioning::read(&plan).expect("read");
        let is_read = needs_encoding(&transformer_of(kind), &pictures, &plan);
        assert_eq!(is_read, is_needed, "{kind} with {more}");
        let needs = model.network();
        let needs = needs.memory_needs(&plan, Device::Cpu, Kind::Float);
        let is_counted = needs.expect("counted").encoder.is_some();
        assert_eq!(is_counted, is_needed, "{kind} with {more}");
    }
}
