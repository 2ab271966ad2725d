//! LoRA files in every form: pairs, whole changes, eight bits, and all names of a module, compared with diffusers.
//! Also beside packed weights.

use std::path::Path;

use kinora_engine::weights::{Dtype, TensorBytes, Weights, load_adapted};
use kinora_wire::Lora;
use tch::{Device, Kind, Tensor};

use super::{Place, changed, drawn_lora, lora, notes, pair, write_lora};
use crate::drawn::{normal_like, uniform_tensor};
use crate::golden::{Goldens, assert_close, open};
use crate::stored::{mark, raw, write};
use crate::{tiny, transformer};

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
