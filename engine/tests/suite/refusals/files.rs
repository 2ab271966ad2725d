//! Files that are not a whole model, or not one at all: reported by file, key and shapes, or left alone.
//! Half precision is loaded in any format.

use std::fs;

use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::library::Library;
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_wire::Installed;
use tch::Tensor;

use crate::pipeline::write_model;
use crate::tiny;

type Tensors = Vec<(String, Tensor)>;

fn change_bias(tensors: &mut Tensors, change: impl Fn(&Tensor) -> Tensor) {
    let mut tensors = tensors.iter_mut();
    let found = tensors.find(|(key, _)| key == "blocks.0.self_attn.q.bias");
    let (_, bias) = found.expect("there");
    *bias = change(bias);
}

#[test]
fn files_that_are_not_a_whole_model_are_reported_by_file_key_and_shapes() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "text", 430);
    let path = folder.path().join("diffusion_models/tiny.safetensors");
    let words = [("num_heads", "2".to_owned())];
    let whole = || {
        let file = kinora_engine::weights::MappedFile::open(&path).expect("sound");
        let tensors = file
            .tensors()
            .keys()
            .map(|key| (key.clone(), file.tensor(key).expect("a tensor")));
        tensors.collect::<Vec<_>>()
    };
    let original = whole();
    let open = || {
        Model::open(
            "tiny",
            &ModelFiles::in_folder(folder.path()).expect("a model"),
            fallback_defaults(),
        )
    };
    let check = |change: &dyn Fn(&mut Tensors), expected: &str| {
        let mut tensors: Vec<_> = original
            .iter()
            .map(|(key, tensor)| (key.clone(), tensor.shallow_clone()))
            .collect();
        change(&mut tensors);
        tiny::write(&path, tiny::bytes_of(&tensors), &words);
        let failure = open().expect_err(expected);
        assert!(failure.cause.contains("tiny.safetensors"), "{failure}");
        assert!(failure.cause.contains(expected), "{failure}");
    };
    check(
        &|tensors| tensors.retain(|(key, _)| key != "blocks.1.cross_attn.o.bias"),
        "`blocks.1.cross_attn.o.bias` [24] is missing",
    );
    check(
        &|tensors| {
            tensors.push((
                "blocks.0.lora_up.weight".into(),
                Tensor::from_slice(&[1.0f32]),
            ));
        },
        "`blocks.0.lora_up.weight` [1] in tiny.safetensors belongs to no part of the model",
    );
    check(
        &|tensors| change_bias(tensors, |bias| bias.narrow(0, 0, 23)),
        "`blocks.0.self_attn.q.bias` is [23] where the model needs [24]",
    );
    check(
        &|tensors| change_bias(tensors, |bias| bias.to_kind(tch::Kind::Int64)),
        "`blocks.0.self_attn.q.bias` is stored as I64, where fp32, fp16 or bf16 is needed",
    );
}

#[test]
fn pickles_are_refused_with_what_to_use_instead() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "text", 430);
    let vae = folder.path().join("vae/tiny_vae.safetensors");
    fs::rename(&vae, folder.path().join("vae/Wan2.1_VAE.pth")).expect("renamed");
    let failure = ModelFiles::in_folder(folder.path()).expect_err("refused");
    assert!(
        failure.cause.contains("Wan2.1_VAE.pth is a .pth file"),
        "{failure}"
    );
    assert!(
        failure
            .remedy
            .expect("a remedy")
            .contains("as .safetensors")
    );
}

#[test]
fn half_precision_weights_are_loaded_in_any_format() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "text", 430);
    let path = folder.path().join("diffusion_models/tiny.safetensors");
    for kind in [tch::Kind::Half, tch::Kind::BFloat16] {
        let file = kinora_engine::weights::MappedFile::open(&path).expect("sound");
        let tensors: Vec<_> = file
            .tensors()
            .keys()
            .map(|key| {
                (
                    key.clone(),
                    file.tensor(key).expect("a tensor").to_kind(kind),
                )
            })
            .collect();
        drop(file);
        tiny::write(
            &path,
            tiny::bytes_of(&tensors),
            &[("num_heads", "2".to_owned())],
        );
        let files = ModelFiles::in_folder(folder.path()).expect("a model");
        Model::open("tiny", &files, fallback_defaults()).expect("whole");
    }
}

#[test]
fn files_of_other_programs_beside_a_model_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "text", 430);
    let tensors = vec![(
        "vision_model.embeddings.patch_embedding.weight".to_owned(),
        Tensor::from_slice(&[1.0f32]),
    )];
    let path = folder.path().join("clip_vision/clip_vision_h.safetensors");
    tiny::write(&path, tiny::bytes_of(&tensors), &[]);
    ModelFiles::in_folder(folder.path()).expect("one model");
}

#[test]
fn a_folder_that_was_added_may_be_a_model_itself_or_hold_some() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("mine");
    write_model(&inner, "controlled", 430);
    for added in [folder.path(), &inner] {
        let library = Library::in_folders(vec![added.to_path_buf()]);
        let models = library.models().into_iter();
        let installed: Vec<String> = models
            .filter(|model| matches!(model.installed, Installed::Yes { .. }))
            .map(|model| model.id)
            .collect();
        assert_eq!(installed, ["mine"], "{}", added.display());
        assert_eq!(library.models_with(Ability::References), ["mine"]);
        assert!(library.open(Some("mine")).is_ok());
        let unknown = library.open(Some("yours")).expect_err("there is none");
        assert!(
            unknown.to_string().contains("installed are: mine"),
            "{unknown}"
        );
        let absent = library
            .open(Some("wan2.1-vace-14b"))
            .expect_err("not installed");
        assert!(
            absent.cause.contains("wan2.1_vace_14B_fp16.safetensors"),
            "{absent}"
        );
    }
}
