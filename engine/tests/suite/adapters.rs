//! LoRAs: files in every form change a network as diffusers changes it, beside packed weights too. What does not fit is
//! refused or told, and another strength is another network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::{Component, fallback_defaults};
use kinora_engine::job::{Clock, Listener, SpeedHistory};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::{LoadedModels, Slot};
use kinora_engine::pipeline::Generator;
use kinora_engine::weights::{
    Adapters, Checkpoint, Dtype, ModuleStream, TensorBytes, Weights, load_adapted,
};
use kinora_wire::{ClipInputs, Expert, Failure, Generation, Lora, PartialSettings, Progress};
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::drawn::{normal_like, uniform_tensor};
use crate::golden::{Goldens, assert_close, open, parsed};
use crate::pipeline::write_model;
use crate::stored::{mark, raw, write};
use crate::{tiny, transformer};

#[derive(Deserialize)]
struct Notes {
    case: String,
    strength: f64,
    alpha: f64,
    size: f64,
    /// Keys and shapes of each file.
    files: BTreeMap<String, BTreeMap<String, Vec<i64>>>,
}

fn notes() -> Notes {
    parsed(&open("adapters"))
}

/// The drawn tensors of a LoRA file.
fn drawn_lora(keys: &BTreeMap<String, Vec<i64>>, notes: &Notes) -> Vec<(String, Tensor)> {
    let tensors = keys.iter().map(|(key, shape)| {
        let tensor = match key.strip_suffix(".alpha").is_some() {
            true => Tensor::from_slice(&[notes.alpha as f32]).reshape([0i64; 0]),
            false => normal_like(key, shape) * notes.size,
        };
        (key.clone(), tensor)
    });
    tensors.collect()
}

fn write_lora(path: &Path, tensors: &[(String, Tensor)]) {
    tiny::write(path, tiny::bytes_of(tensors), &[]);
}

fn lora(file: &Path, strength: f64) -> Lora {
    Lora {
        file: file.to_path_buf(),
        strength,
        expert: None,
    }
}

/// A folder with a drawn transformer as `model.safetensors`.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
}

impl Place {
    fn of(case: &str) -> Self {
        tch::set_num_threads(1);
        let goldens = Goldens::of("transformer");
        let place = Self {
            folder: tempfile::tempdir().expect("a folder"),
            config: transformer::config(goldens.case(case)),
        };
        let words = tiny::transformer_words(&place.config);
        let tensors = tiny::drawn_tensors(&tiny::transformer_survey(&place.config));
        tiny::write(&place.model(), tensors, &words);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn model(&self) -> PathBuf {
        self.at("model.safetensors")
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::open(&self.model(), Component::Transformer).expect("sound")
    }

    fn adapters(&self, loras: &[Lora]) -> Result<Adapters, Failure> {
        Adapters::open(loras, None, &self.checkpoint(), &Component::Transformer)
    }

    /// The transformer of a file with these LoRAs.
    fn network(&self, file: &Path, loras: &[Lora]) -> Transformer {
        self.network_in_blocks(file, loras, None)
    }

    /// The same, of which this many blocks are in memory. `None`: all.
    fn network_in_blocks(&self, file: &Path, loras: &[Lora], kept: Option<usize>) -> Transformer {
        let checkpoint = Checkpoint::open(file, Component::Transformer).expect("sound");
        let adapters = Adapters::open(loras, None, &checkpoint, &Component::Transformer);
        let adapters = adapters.expect("they fit");
        assert!(adapters.notes().is_empty(), "{:?}", adapters.notes());
        let weights = (&checkpoint, &adapters);
        let (device, kind) = (Device::Cpu, Kind::Float);
        let stream = kept.map(|kept| ModuleStream::new(weights, device, kind, kept));
        let build = |weights: Weights| match &stream {
            Some(stream) => Transformer::streamed(&self.config, weights, stream),
            None => Transformer::new(&self.config, weights),
        };
        load_adapted(weights, device, kind, &mut |_| Ok(()), build).expect("whole")
    }
}

#[test]
fn every_form_of_file_changes_the_network_as_diffusers_changes_it() {
    let notes = notes();
    let place = Place::of(&notes.case);
    let goldens = Goldens::of("transformer");
    let case = goldens.case(&notes.case);
    let changed = open("adapters");
    assert_eq!(notes.files.len(), 3);
    for (name, keys) in &notes.files {
        let path = place.at("style.safetensors");
        write_lora(&path, &drawn_lora(keys, &notes));
        let network = place.network(&place.model(), &[lora(&path, notes.strength)]);
        let golden = changed.tensor(name).expect("golden");
        let ours = transformer::run(&network, case);
        assert_close(name, &ours, &golden, 1e-4);
        let difference = (&golden - goldens.tensor(&notes.case)).abs().max();
        assert!(
            difference.double_value(&[]) > 0.01,
            "{name} changes something"
        );
    }
}

/// One pair for a matrix, under a prefix, with these ends.
fn pair(module: &str, ends: [&str; 2], place: &Place, original: &str) -> Vec<(String, Tensor)> {
    let checkpoint = place.checkpoint();
    let Some([outputs, inputs]) = checkpoint.shape(&format!("{original}.weight")) else {
        panic!("{original} is a matrix");
    };
    let [down, up] = ends;
    vec![
        (
            format!("{module}{down}"),
            normal_like("down", &[2, *inputs]) * 0.3,
        ),
        (
            format!("{module}{up}"),
            normal_like("up", &[*outputs, 2]) * 0.3,
        ),
    ]
}

#[test]
fn a_module_is_found_under_all_its_names() {
    let place = Place::of("tiny_9_frames");
    let goldens = Goldens::of("transformer");
    let case = goldens.case("tiny_9_frames");
    let path = place.at("style.safetensors");
    let original = "blocks.1.cross_attn.k";
    let forms = [
        (
            "diffusion_model.blocks.1.cross_attn.k",
            [".lora_A.weight", ".lora_B.weight"],
        ),
        (
            "blocks.1.cross_attn.k",
            [".lora_down.weight", ".lora_up.weight"],
        ),
        (
            "base_model.model.blocks.1.cross_attn.k",
            [".lora_A.default.weight", ".lora_B.default.weight"],
        ),
        (
            "transformer.blocks.1.attn2.to_k",
            [".lora.down.weight", ".lora.up.weight"],
        ),
        (
            "lora_unet_blocks_1_cross_attn_k",
            [".lora_down.weight", ".lora_up.weight"],
        ),
        (
            "lora_unet__blocks_1_cross_attn_k",
            [".lora_down.weight", ".lora_up.weight"],
        ),
        (
            "lora_unet_blocks_1_attn2_to_k",
            [".lora_down.weight", ".lora_up.weight"],
        ),
    ];
    let mut first = None;
    for (module, ends) in forms {
        write_lora(&path, &pair(module, ends, &place, original));
        let network = place.network(&place.model(), &[lora(&path, 1.0)]);
        let answer = transformer::run(&network, case);
        let first = first.get_or_insert_with(|| answer.shallow_clone());
        assert_eq!(&answer, first, "{module}");
    }
    let plain = goldens.tensor("tiny_9_frames");
    assert!(
        (first.expect("an answer") - plain)
            .abs()
            .max()
            .double_value(&[])
            > 1e-3
    );
}

#[test]
fn whole_changes_of_weights_norms_biases_and_convolutions_are_added_or_put_in_place() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let checkpoint = place.checkpoint();
    let shape = |name: &str| checkpoint.shape(name).expect("there").to_vec();
    let of = |name: &str| normal_like(name, &shape(name));
    let convolution = "patch_embedding.weight";
    let tensors = vec![
        (
            "blocks.0.norm3.diff".to_owned(),
            of("blocks.0.norm3.weight"),
        ),
        (
            "blocks.0.norm3.diff_b".to_owned(),
            of("blocks.0.norm3.bias"),
        ),
        (
            "blocks.0.self_attn.norm_q.diff".to_owned(),
            of("blocks.0.self_attn.norm_q.weight"),
        ),
        (
            "blocks.1.modulation.diff".to_owned(),
            of("blocks.1.modulation"),
        ),
        ("head.head.set_weight".to_owned(), of("head.head.weight")),
        (
            "patch_embedding.lora_down.weight".to_owned(),
            normal_like("down", &[2, 16, 1, 2, 2]),
        ),
        (
            "patch_embedding.lora_up.weight".to_owned(),
            normal_like("up", &[24, 2, 1, 1, 1]),
        ),
        (
            "patch_embedding.alpha".to_owned(),
            Tensor::from_slice(&[4.0f32]),
        ),
    ];
    write_lora(&path, &tensors);
    let adapters = place.adapters(&[lora(&path, 0.5)]).expect("it fits");
    assert!(adapters.notes().is_empty(), "{:?}", adapters.notes());
    let read = |name: &str| {
        let size = shape(name);
        let build = |mut weights: Weights| weights.exact(name, &size);
        let weights = (&checkpoint, &adapters);
        load_adapted(weights, Device::Cpu, Kind::Float, &mut |_| Ok(()), build).expect("read")
    };
    let drawn = |name: &str| crate::drawn::parameter(name, &shape(name));
    for name in [
        "blocks.0.norm3.weight",
        "blocks.0.norm3.bias",
        "blocks.0.self_attn.norm_q.weight",
        "blocks.1.modulation",
    ] {
        assert_eq!(read(name), drawn(name) + of(name) * 0.5, "{name}");
    }
    assert_eq!(read("head.head.weight"), of("head.head.weight"));
    let down = normal_like("down", &[2, 64]);
    let up = normal_like("up", &[24, 2]);
    // 0.5 * 4 / 2
    let sum = drawn(convolution) + up.matmul(&down).view(shape(convolution).as_slice());
    assert_close(convolution, &read(convolution), &sum, 1e-5);
    assert_eq!(
        read("head.head.bias"),
        drawn("head.head.bias"),
        "left alone"
    );
}

#[test]
fn a_lora_beside_packed_weights_does_what_it_does_to_dense_ones() {
    let place = Place::of("real_head_17_frames");
    let goldens = Goldens::of("transformer");
    let case = goldens.case("real_head_17_frames");
    let needed = tiny::transformer_survey(&place.config);
    let mut small: Vec<(String, TensorBytes)> = Vec::new();
    let mut large: Vec<(String, TensorBytes)> = Vec::new();
    let mut changes = Vec::new();
    for (name, size) in &needed.shapes {
        let float = Dtype::F32;
        let drawn = crate::drawn::parameter(name, size);
        let Some(module) = name.strip_suffix(".weight").filter(|_| size.len() == 2) else {
            small.push((name.clone(), raw(float, &drawn)));
            large.push((name.clone(), raw(float, &drawn)));
            continue;
        };
        let step = uniform_tensor(module, &[size[0], 1]).abs() / 500.0 + 0.001;
        let whole = (uniform_tensor(name, size) * 127.0).floor();
        large.push((name.clone(), raw(float, &(&whole * &step))));
        let bytes = whole.to_kind(Kind::Int8);
        small.push((name.clone(), raw(Dtype::I8, &bytes)));
        small.push((format!("{module}.weight_scale"), raw(float, &step)));
        let format = mark(r#"{"format": "int8_tensorwise"}"#);
        small.push((format!("{module}.comfy_quant"), format));
        let (key, size) = (format!("diffusion_model.{module}"), [size[0], size[1]]);
        let narrow = |what: &str, size: &[i64]| normal_like(&format!("{key}.{what}"), size) * 0.2;
        changes.push((
            format!("{key}.lora_A.weight"),
            narrow("down", &[2, size[1]]),
        ));
        changes.push((format!("{key}.lora_B.weight"), narrow("up", &[size[0], 2])));
    }
    // A whole change of a packed matrix makes it dense.
    let whole = needed.shapes["blocks.0.ffn.2.weight"].as_slice();
    let whole = normal_like("whole", whole) * 0.1;
    changes.push(("diffusion_model.blocks.0.ffn.2.diff".to_owned(), whole));
    let path = place.at("style.safetensors");
    write_lora(&path, &changes);
    let (packed, dense) = (
        place.at("packed.safetensors"),
        place.at("dense.safetensors"),
    );
    let words = tiny::transformer_words(&place.config);
    write(&packed, small, &words);
    write(&dense, large, &words);
    let answer = |file: &Path, loras: &[Lora]| transformer::run(&place.network(file, loras), case);
    let loras = [lora(&path, 0.5), lora(&path, 0.25)];
    let (ours, theirs) = (answer(&packed, &loras), answer(&dense, &loras));
    assert_close("beside", &ours, &theirs, 1e-3);
    let plain = answer(&packed, &[]);
    assert!((&ours - plain).abs().max().double_value(&[]) > 0.01);
    // Blocks that are read when they run are unpacked and changed in the same way.
    for file in [&packed, &dense] {
        let resident = answer(file, &loras);
        let streamed = place.network_in_blocks(file, &loras, Some(0));
        assert_eq!(
            transformer::run(&streamed, case),
            resident,
            "{}",
            file.display()
        );
    }
}

/// A parameter of the model with a LoRA at this strength, in fp32.
fn changed(place: &Place, file: &Path, strength: f64, name: &str) -> Tensor {
    let checkpoint = place.checkpoint();
    let adapters = place.adapters(&[lora(file, strength)]).expect("it fits");
    assert!(adapters.notes().is_empty(), "{:?}", adapters.notes());
    let size = checkpoint.shape(name).expect("there").to_vec();
    let build = |mut weights: Weights| weights.exact(name, &size);
    let weights = (&checkpoint, &adapters);
    load_adapted(weights, Device::Cpu, Kind::Float, &mut |_| Ok(()), build).expect("read")
}

#[test]
fn a_parameter_that_is_neither_weight_nor_bias_is_found_under_all_its_names() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let checkpoint = place.checkpoint();
    for (key, name) in [
        ("diffusion_model.blocks.0.diff_m", "blocks.0.modulation"),
        ("diffusion_model.head.diff_m", "head.modulation"),
        (
            "transformer.blocks.1.scale_shift_table.diff",
            "blocks.1.modulation",
        ),
        ("transformer.scale_shift_table.diff", "head.modulation"),
        ("lycoris_blocks_0_norm3.w_norm", "blocks.0.norm3.weight"),
        ("lycoris_blocks_0_norm3.b_norm", "blocks.0.norm3.bias"),
        (
            "diffusion_model.blocks.0.ffn.0.bias.diff",
            "blocks.0.ffn.0.bias",
        ),
    ] {
        let size = checkpoint.shape(name).expect("there");
        let short: Vec<i64> = size.iter().copied().filter(|&length| length > 1).collect();
        let change = normal_like(key, &short);
        write_lora(&path, &[(key.to_owned(), change.shallow_clone())]);
        let wanted = crate::drawn::parameter(name, size) + change.view(size) * 0.5;
        assert_eq!(changed(&place, &path, 0.5, name), wanted, "{key}");
    }
}

#[test]
fn a_lora_may_be_in_eight_bits_and_its_alpha_a_whole_number() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let (module, name) = ("diffusion_model.blocks.0.ffn.0", "blocks.0.ffn.0.weight");
    let alpha = format!("{module}.alpha");
    for (dtype, kind) in [
        (Dtype::F8_E4M3, Kind::Float8e4m3fn),
        (Dtype::F8_E5M2, Kind::Float8e5m2),
    ] {
        let ends = [".lora_A.weight", ".lora_B.weight"];
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        for (key, tensor) in pair(module, ends, &place, "blocks.0.ffn.0") {
            let rounded = tensor.to_kind(kind);
            narrow.push((key.clone(), raw(dtype, &rounded)));
            wide.push((key, rounded.to_kind(Kind::Float)));
        }
        let whole = raw(Dtype::I64, &Tensor::from_slice(&[3i64]));
        narrow.push((alpha.clone(), whole));
        wide.push((alpha.clone(), Tensor::from_slice(&[3.0f32])));
        write(&path, narrow, &[]);
        let ours = changed(&place, &path, 1.0, name);
        write_lora(&path, &wide);
        let theirs = changed(&place, &path, 1.0, name);
        assert_eq!(ours, theirs, "{dtype:?}");
        let plain = crate::drawn::parameter(name, &ours.size());
        assert!((ours - plain).abs().max().double_value(&[]) > 0.01);
    }
}

/// The file is refused, with these words.
#[track_caller]
fn is_refused(place: &Place, tensors: &[(String, Tensor)], words: &[&str]) {
    let path = place.at("style.safetensors");
    write_lora(&path, tensors);
    let failure = place.adapters(&[lora(&path, 1.0)]).expect_err("refused");
    let failure = failure.to_string();
    for word in words.iter().chain(&["style.safetensors"]) {
        assert!(failure.contains(word), "{word}: {failure}");
    }
}

#[test]
fn what_is_no_lora_of_the_model_is_refused_with_some_of_its_keys() {
    let place = Place::of("tiny_9_frames");
    let some = |key: &str, shape: &[i64]| (key.to_owned(), normal_like(key, shape));
    for (key, name) in [
        ("lora_unet_blocks_0_ffn_0.hada_w1_a", "is a LoHa"),
        ("lora_unet_blocks_0_ffn_0.lokr_w1", "is a LoKr"),
        ("diffusion_model.blocks.0.ffn.0.dora_scale", "is a DoRA"),
    ] {
        is_refused(&place, &[some(key, &[2, 2])], &[name, key]);
    }
    // Of a larger model.
    let key = "diffusion_model.blocks.0.ffn.0";
    let [down, up] = [
        format!("{key}.lora_A.weight"),
        format!("{key}.lora_B.weight"),
    ];
    let larger = [some(&down, &[4, 5120]), some(&up, &[13_824, 4])];
    is_refused(
        &place,
        &larger,
        &["fits nothing", "[4, 5120]", "of the same size"],
    );
    let other = [some("double_blocks.0.img_attn.lora_A.weight", &[2, 2])];
    is_refused(
        &place,
        &other,
        &["fits nothing", "double_blocks.0.img_attn"],
    );
    // In numbers that are none of a change.
    let bytes = normal_like(&down, &[2, 24]).abs().to_kind(Kind::Uint8);
    let whole = [(down.clone(), bytes), some(&up, &[32, 2])];
    is_refused(&place, &whole, &["fits nothing", "[2, 24] of U8"]);
    let text = [some("text_encoder.a.lora_A.weight", &[2, 2])];
    is_refused(&place, &text, &["changes a text encoder only"]);
    let alpha = [
        some(&down, &[2, 24]),
        some(&up, &[32, 2]),
        (format!("{key}.alpha"), Tensor::from_slice(&[f32::NAN])),
    ];
    is_refused(&place, &alpha, &["is no number"]);

    let path = place.at("style.safetensors");
    write_lora(&path, &alpha[..2]);
    let refused = |lora: Lora| place.adapters(&[lora]).expect_err("refused").to_string();
    assert!(refused(lora(&path, f64::NAN)).contains("a strength of NaN"));
    let expert = Lora {
        expert: Some(Expert::LowNoise),
        ..lora(&path, 1.0)
    };
    assert!(refused(expert).contains("one of two experts"));
    assert!(refused(lora(&place.at("nothing.safetensors"), 1.0)).contains("cannot be opened"));
}

#[test]
fn a_change_that_a_file_has_twice_is_refused_with_both_of_its_keys() {
    let place = Place::of("tiny_9_frames");
    let (first, original) = ("diffusion_model.blocks.0.ffn.0", "blocks.0.ffn.0");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    let other_ends = [".lora_down.weight", ".lora_up.weight"];
    for (module, ends_here) in [
        (first, other_ends),
        ("transformer.blocks.0.ffn.net.0.proj", ends),
        ("lora_unet_blocks_0_ffn_0", other_ends),
    ] {
        let mut tensors = pair(first, ends, &place, original);
        tensors.extend(pair(module, ends_here, &place, original));
        let words = ["the same change twice", first, module];
        is_refused(&place, &tensors, &words);
    }
}

#[test]
fn a_change_with_its_axes_turned_round_fits_nothing() {
    let place = Place::of("tiny_9_frames");
    let checkpoint = place.checkpoint();
    let Some([outputs, inputs]) = checkpoint.shape("blocks.0.ffn.0.weight") else {
        panic!("a matrix");
    };
    assert_ne!(outputs, inputs);
    let key = "diffusion_model.blocks.0.ffn.0.diff";
    let tensors = [(key.to_owned(), normal_like(key, &[*inputs, *outputs]))];
    is_refused(&place, &tensors, &["fits nothing", key]);
}

#[test]
fn keys_that_fit_nothing_beside_others_are_counted_in_a_note() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    let mut tensors = pair("blocks.0.ffn.0", ends, &place, "blocks.0.ffn.0");
    for key in [
        "blocks.0.cross_attn.k_img.lora_A.weight",
        "img_emb.proj.1.diff_b",
        "odd",
    ] {
        tensors.push((key.to_owned(), normal_like(key, &[2])));
    }
    tensors.push(("lora_te1_a.alpha".to_owned(), normal_like("alpha", &[1])));
    write_lora(&path, &tensors);
    let adapters = place
        .adapters(&[lora(&path, 1.0)])
        .expect("it fits in part");
    let [note] = adapters.notes() else {
        panic!("{:?}", adapters.notes());
    };
    for word in [
        "3 of its 5 keys",
        "k_img",
        "`odd`",
        "1 keys of a text encoder",
    ] {
        assert!(note.contains(word), "{word}: {note}");
    }
}

#[test]
fn of_a_file_for_two_experts_each_gets_its_own() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    let mut tensors = pair(
        "transformer.blocks.0.ffn.net.2",
        ends,
        &place,
        "blocks.0.ffn.2",
    );
    tensors.extend(pair(
        "transformer_2.blocks.1.ffn.net.2",
        ends,
        &place,
        "blocks.1.ffn.2",
    ));
    write_lora(&path, &tensors);
    let checkpoint = place.checkpoint();
    let read = |expert: Option<Expert>, name: &str| {
        let loras = [lora(&path, 1.0)];
        let adapters = Adapters::open(&loras, expert, &checkpoint, &Component::Transformer);
        let adapters = adapters.expect("it fits");
        let size = checkpoint.shape(name).expect("there").to_vec();
        let build = |mut weights: Weights| weights.tensor(name, &size);
        let weights = (&checkpoint, &adapters);
        let read = load_adapted(weights, Device::Cpu, Kind::Float, &mut |_| Ok(()), build);
        read.expect("read") != crate::drawn::parameter(name, &size)
    };
    let (first, second) = ("blocks.0.ffn.2.weight", "blocks.1.ffn.2.weight");
    for (expert, changed, left) in [
        (None, first, second),
        (Some(Expert::HighNoise), first, second),
        (Some(Expert::LowNoise), second, first),
    ] {
        assert!(read(expert, changed), "{expert:?}");
        assert!(!read(expert, left), "{expert:?}");
    }
    write_lora(&path, &tensors[2..]);
    let loras = [lora(&path, 1.0)];
    let open = |expert| Adapters::open(&loras, expert, &checkpoint, &Component::Transformer);
    assert!(open(Some(Expert::HighNoise)).is_ok(), "it changes nothing");
    let failure = open(None).expect_err("refused").to_string();
    assert!(failure.contains("the low-noise expert"), "{failure}");
    // Asked for by name, no effect is no answer.
    let for_high_noise = Lora {
        expert: Some(Expert::HighNoise),
        ..lora(&path, 1.0)
    };
    let high_noise = Some(Expert::HighNoise);
    let opened = Adapters::open(
        &[for_high_noise],
        high_noise,
        &checkpoint,
        &Component::Transformer,
    );
    let failure = opened.expect_err("refused").to_string();
    assert!(failure.contains("the low-noise expert"), "{failure}");
}

/// Counts the networks that are loaded.
#[derive(Default)]
struct Loadings {
    parts: Vec<String>,
    pixels: Vec<u8>,
}

impl Listener for Loadings {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Loading { part, .. } if self.parts.last() != Some(&part) => {
                self.parts.push(part);
            }
            Progress::Frames { .. } => self.pixels.extend(pixels),
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn another_strength_is_another_network() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    write_lora(
        &path,
        &pair("blocks.0.ffn.0", ends, &place, "blocks.0.ffn.0"),
    );
    let checkpoint = place.checkpoint();
    let mut models = LoadedModels::on(Device::Cpu, 1 << 30);
    let mut loads = |loras: &[Lora]| {
        let adapters = place.adapters(loras).expect("they fit");
        let (mut listener, mut clock) = (Loadings::default(), Clock::start());
        let weights = (&checkpoint, &adapters);
        let build = |weights: Weights| Transformer::new(&place.config, weights);
        let network =
            models.adapted_network(Slot::Transformer, weights, &mut listener, &mut clock, build);
        network.expect("whole");
        !listener.parts.is_empty()
    };
    assert!(loads(&[]));
    assert!(!loads(&[]));
    assert!(!loads(&[lora(&path, 0.0)]), "without effect");
    assert!(loads(&[lora(&path, 0.5)]));
    assert!(!loads(&[lora(&path, 0.5)]));
    assert!(loads(&[lora(&path, 1.0)]));
    assert!(loads(&[]));
}

#[test]
fn a_clip_is_generated_with_a_lora_and_as_before_without_it() {
    let place = Place::of("tiny_9_frames");
    let model_folder = place.at("model");
    write_model(&model_folder, "text", 430);
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    write_lora(
        &path,
        &pair("blocks.0.ffn.0", ends, &place, "blocks.0.ffn.0"),
    );
    let files = ModelFiles::in_folder(&model_folder).expect("a model");
    let model = Model::open("tiny", &files, fallback_defaults()).expect("whole");
    let mut generator = Generator {
        models: LoadedModels::on(Device::Cpu, 1 << 30),
        embeddings: None,
        speed: SpeedHistory::default(),
    };
    let mut clip = |loras: Vec<Lora>| {
        let request = Generation {
            settings: PartialSettings {
                size: Some([48, 32]),
                frames: Some(5),
                steps: Some(2),
                ..PartialSettings::default()
            },
            inputs: ClipInputs {
                prompt: "a red fox".into(),
                loras,
                ..ClipInputs::default()
            },
            ..Generation::default()
        };
        let plan = model.plan(&request, &|_| Vec::new())?;
        let mut listener = Loadings::default();
        generator.generate(&model, &plan, &mut listener)?;
        Ok::<_, Failure>((listener.pixels, listener.parts))
    };
    let (plain, _) = clip(Vec::new()).expect("a clip");
    let (changed, _) = clip(vec![lora(&path, 1.0)]).expect("a clip");
    assert_ne!(plain, changed);
    let (again, _) = clip(Vec::new()).expect("a clip");
    assert_eq!(plain, again);
    write_lora(&path, &[("odd".to_owned(), normal_like("odd", &[2]))]);
    let failure = clip(vec![lora(&path, 1.0)]).expect_err("refused");
    assert!(failure.cause.contains("fits nothing"), "{failure}");
}
