//! Packed weights: every format gives the numbers of the reference, and a network with packed weights answers as one with
//! the same weights in fp32, to the bit. What cannot be read is refused by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::transformer::Config;
use kinora_engine::weights::{Checkpoint, Dtype, Matrix, TensorBytes, Weights, load_checked};
use kinora_wire::Failure;
use safetensors::View as _;
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::drawn::{parameter, uniform_tensor};
use crate::golden::{Goldens, assert_close, open, parsed};
use crate::stored::{AsTheyAre, Gguf, Q8_0, bytes, mark, raw, shape, write};
use crate::{tiny, transformer};

#[derive(Deserialize)]
struct Notes {
    /// The numbers of GGUF's block formats, by name.
    blocks: BTreeMap<String, u32>,
}

fn golden(name: &str) -> Tensor {
    let file = open("quantised");
    let tensor = file.tensor(name);
    tensor.unwrap_or_else(|| {
        let stored = file.bytes(name).expect("a golden of this name");
        let shape = file.tensors()[name].lengths();
        Tensor::from_slice(stored).view(shape.as_slice())
    })
}

/// A matrix `a.weight` of a file, and the same as a parameter that is dequantised when it is loaded.
struct Loaded {
    matrix: Matrix,
    tensor: Tensor,
}

fn loaded(path: &Path, shape: &[i64], kind: Kind) -> Result<Loaded, Failure> {
    let checkpoint = Checkpoint::open(path, AsTheyAre)?;
    let build = |mut weights: Weights| {
        Ok::<_, Failure>(Loaded {
            matrix: weights.matrix("a.weight", shape)?,
            tensor: weights.tensor("a.weight", shape)?,
        })
    };
    load_checked(&checkpoint, Device::Cpu, kind, &mut |_| Ok(()), build)
}

/// The file's matrix stays packed, and has these numbers however it is read.
#[track_caller]
fn holds(path: &Path, numbers: &Tensor, tolerance: f64) {
    let name = path.display().to_string();
    let shape = numbers.size();
    let Loaded { matrix, tensor } = loaded(path, &shape, Kind::Float).expect("sound");
    assert!(matches!(matrix, Matrix::Packed(_)), "{name}");
    assert_eq!(matrix.size(), shape, "{name}");
    assert_close(&name, &tensor, numbers, tolerance);
    assert_eq!(matrix.dense(), tensor, "{name}: as it was loaded");
    let some = Tensor::from_slice(&[2i64, 0]);
    let rows = matrix.embedding(&some);
    assert_close(&name, &rows, &tensor.index_select(0, &some), tolerance);
    let x = uniform_tensor("x", &[5, shape[1]]);
    let product = x.linear(&tensor, None::<&Tensor>);
    assert_eq!(matrix.linear(&x, None), product, "{name}: its product");
    let moved = matrix.to_device(Device::Cpu);
    assert_eq!(moved.dense(), tensor, "{name}: its copy");
    let bytes = matrix.size_bytes() as usize;
    assert!(bytes <= 2 * tensor.numel() + 4096, "{name}: {bytes} bytes");
    let half = loaded(path, &shape, Kind::BFloat16).expect("sound");
    let rounded = tensor.to_kind(Kind::BFloat16);
    assert_eq!(half.matrix.dense(), rounded, "{name}: rounded once");
}

#[test]
fn every_block_format_of_gguf_has_the_numbers_of_the_reference() {
    let notes: Notes = parsed(&open("quantised"));
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(notes.blocks.len(), 10);
    for (name, number) in &notes.blocks {
        let stored = golden(&format!("{name}.bytes"));
        let numbers = golden(&format!("{name}.numbers"));
        let mut file = Gguf::default();
        file.tensor("a.weight", *number, shape(&numbers), bytes(&stored));
        let path = folder.path().join(format!("{name}.gguf"));
        file.write(&path);
        holds(&path, &numbers, 0.0);
        // What is no matrix is dequantised when it is loaded.
        let flat = numbers.view([2, 3, -1]);
        let mut file = Gguf::default();
        file.tensor("a.weight", *number, shape(&flat), bytes(&stored));
        file.write(&path);
        let three = loaded(&path, &flat.size(), Kind::Float).expect("sound");
        assert_eq!(three.tensor, flat, "{name}");
    }
}

/// Writes a file of one layer `a`: its weight, and what lies beside it.
fn layer(
    path: &Path,
    weight: TensorBytes,
    beside: Vec<(&str, TensorBytes)>,
    words: &[(&str, String)],
) {
    let beside = beside.into_iter();
    let mut tensors: Vec<(String, TensorBytes)> = beside
        .map(|(name, raw)| (format!("a.{name}"), raw))
        .collect();
    tensors.push(("a.weight".to_owned(), weight));
    write(path, tensors, words);
}

fn floats(numbers: &[f32]) -> TensorBytes {
    raw(Dtype::F32, &Tensor::from_slice(numbers))
}

/// A scale without axes.
fn scalar(number: f32) -> TensorBytes {
    raw(
        Dtype::F32,
        &Tensor::from_slice(&[number]).reshape([0i64; 0]),
    )
}

#[test]
fn eight_bit_floats_are_read_in_every_layout() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.safetensors");
    for (name, dtype) in [("e4m3", Dtype::F8_E4M3), ("e5m2", Dtype::F8_E5M2)] {
        let stored = golden(&format!("{name}.bytes"));
        let numbers = golden(&format!("{name}.numbers"));
        let weight = || raw(dtype, &stored);
        layer(&path, weight(), Vec::new(), &[]);
        holds(&path, &numbers, 0.0);
        let scaled = &numbers * 0.75;
        let input = || ("scale_input", scalar(1.0));
        layer(
            &path,
            weight(),
            vec![("scale_weight", scalar(0.75)), input()],
            &[],
        );
        holds(&path, &scaled, 0.0);
        let beside = vec![
            ("weight_scale", floats(&[0.75])),
            ("input_scale", scalar(2.0)),
        ];
        layer(&path, weight(), beside, &[]);
        holds(&path, &scaled, 0.0);
        let rows: Vec<f32> = (0..16).map(|row| 1.0 + row as f32 / 8.0).collect();
        let by_row = &numbers * Tensor::from_slice(&rows).view([16, 1]);
        layer(&path, weight(), vec![("weight_scale", floats(&rows))], &[]);
        holds(&path, &by_row, 0.0);
    }
}

#[test]
fn a_mark_beside_the_layer_or_in_the_metadata_says_the_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.safetensors");
    let stored = golden("e4m3.bytes");
    let scaled = golden("e4m3.numbers") * 0.75;
    let weight = || raw(Dtype::F8_E4M3, &stored);
    let format = r#"{"format": "float8_e4m3fn", "full_precision_matrix_mult": true}"#;
    let beside = vec![
        ("comfy_quant", mark(format)),
        ("weight_scale", scalar(0.75)),
    ];
    layer(&path, weight(), beside, &[]);
    holds(&path, &scaled, 0.0);
    for layer_name in ["a", "model.diffusion_model.a"] {
        let words = format!(r#"{{"layers": {{"{layer_name}": {format}}}}}"#);
        let beside = vec![("weight_scale", scalar(0.75))];
        layer(
            &path,
            weight(),
            beside,
            &[("_quantization_metadata", words)],
        );
        holds(&path, &scaled, 0.0);
    }
}

#[test]
fn eight_bit_integers_are_scaled_and_rotated_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.safetensors");
    for group in [16, 256] {
        let stored = golden(&format!("convrot{group}.bytes"));
        let scale = golden(&format!("convrot{group}.scale"));
        let weight = || raw(Dtype::I8, &stored);
        let format = format!(
            r#"{{"format": "int8_tensorwise", "convrot": true, "convrot_groupsize": {group}}}"#
        );
        let beside = vec![
            ("comfy_quant", mark(&format)),
            ("weight_scale", raw(Dtype::F32, &scale)),
        ];
        layer(&path, weight(), beside, &[]);
        holds(&path, &golden(&format!("convrot{group}.numbers")), 1e-5);
        // Without rotation, with a mark and without one.
        let plain = stored.view_dtype(Kind::Int8).to_kind(Kind::Float) * &scale;
        let format = mark(r#"{"format": "int8_tensorwise"}"#);
        for mark in [Some(("comfy_quant", format)), None] {
            let scale = ("weight_scale", raw(Dtype::F32, &scale));
            let beside = mark.into_iter().chain([scale]).collect();
            layer(&path, weight(), beside, &[]);
            holds(&path, &plain, 0.0);
        }
    }
}

#[test]
fn four_bit_floats_are_read_without_their_padding() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.safetensors");
    let beside = vec![
        ("comfy_quant", mark(r#"{"format": "nvfp4"}"#)),
        (
            "weight_scale",
            raw(Dtype::F8_E4M3, &golden("nvfp4.block_scales")),
        ),
        ("weight_scale_2", raw(Dtype::F32, &golden("nvfp4.scale"))),
    ];
    layer(&path, raw(Dtype::U8, &golden("nvfp4.bytes")), beside, &[]);
    holds(&path, &golden("nvfp4.numbers"), 1e-6);
    // A scale for each row is none of this format.
    let bytes = golden("nvfp4.bytes");
    let scales = Tensor::ones([bytes.size()[0]], (Kind::Float, Device::Cpu));
    let beside = vec![
        ("comfy_quant", mark(r#"{"format": "nvfp4"}"#)),
        (
            "weight_scale",
            raw(Dtype::F8_E4M3, &golden("nvfp4.block_scales")),
        ),
        ("weight_scale_2", raw(Dtype::F32, &scales)),
    ];
    layer(&path, raw(Dtype::U8, &bytes), beside, &[]);
    let size = golden("nvfp4.numbers").size();
    let failure = loaded(&path, &size, Kind::Float).err().expect("refused");
    let failure = failure.to_string();
    assert!(failure.contains("no scale of one number"), "{failure}");
}

#[test]
fn scales_of_inputs_are_left_out_beside_weights_in_sixteen_bits_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.safetensors");
    let weight = Tensor::ones([2, 3], (Kind::BFloat16, Device::Cpu));
    for end in ["input_scale", "scale_input"] {
        let beside = vec![(end, scalar(2.0))];
        layer(&path, raw(Dtype::BF16, &weight), beside, &[]);
        let checkpoint = Checkpoint::open(&path, AsTheyAre).expect("sound");
        let names: Vec<&str> = checkpoint.names().collect();
        assert_eq!(names, ["a.weight"], "{end}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_its_name_with_file_and_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.safetensors");
    let stored = Tensor::zeros([16, 24], (Kind::Uint8, Device::Cpu));
    let is_refused = |why: &str| {
        let failure = loaded(&path, &[16, 24], Kind::Float).err().expect(why);
        let failure = failure.to_string();
        for word in [why, "mine.safetensors", "`a."] {
            assert!(failure.contains(word), "{word}: {failure}");
        }
    };
    let scale = || ("weight_scale", scalar(1.0));
    for format in ["mxfp8", "svdquant_w4a4", "awq_w4a16", "convrot_w4a4"] {
        let text = format!(r#"{{"format": "{format}", "group_size": 64}}"#);
        let beside = vec![("comfy_quant", mark(&text)), scale()];
        layer(&path, raw(Dtype::U8, &stored), beside, &[]);
        is_refused(&format!("weights in the format {format}"));
    }
    for (group, why) in [(48, "groups of 48"), (16, "24 columns")] {
        let text = format!(
            r#"{{"format": "int8_tensorwise", "convrot": true, "convrot_groupsize": {group}}}"#
        );
        let beside = vec![("comfy_quant", mark(&text)), scale()];
        layer(&path, raw(Dtype::I8, &stored), beside, &[]);
        is_refused(why);
    }
    for text in ["", "{", "[]", r#"{"format": 3}"#] {
        let beside = vec![("comfy_quant", mark(text)), scale()];
        layer(&path, raw(Dtype::I8, &stored), beside, &[]);
        is_refused("is damaged");
    }
    let format = r#"{"format": "float8_e4m3fn"}"#;
    layer(
        &path,
        raw(Dtype::I8, &stored),
        vec![("comfy_quant", mark(format))],
        &[],
    );
    is_refused("stored as I8");
    for (name, dtype) in [
        ("float8_e4m3fn", Dtype::F8_E4M3),
        ("int8_tensorwise", Dtype::I8),
    ] {
        let format = mark(&format!(r#"{{"format": "{name}"}}"#));
        layer(
            &path,
            raw(dtype, &stored),
            vec![("comfy_quant", format)],
            &[],
        );
        is_refused("has no scale `a.weight_scale`");
    }
    let tiles = Tensor::ones([2, 2], (Kind::Float, Device::Cpu));
    let beside = vec![("weight_scale", raw(Dtype::F32, &tiles))];
    layer(&path, raw(Dtype::F8_E4M3, &stored), beside, &[]);
    is_refused("scales of another kind");
    layer(&path, raw(Dtype::I8, &stored), Vec::new(), &[]);
    is_refused("8-bit integers (int8)");
    layer(&path, raw(Dtype::U8, &stored), vec![scale()], &[]);
    is_refused("packed integers of 8 or 4 bits");
    let packed = (
        "a.qweight".to_owned(),
        raw(Dtype::I32, &stored.to_kind(Kind::Int)),
    );
    write(&path, vec![packed], &[]);
    is_refused("packed integers of 4 bits");

    let mut file = Gguf::default();
    file.tensor("a.weight", 23, vec![1, 256], vec![0; 136]);
    let path = folder.path().join("mine.gguf");
    file.write(&path);
    let failure = loaded(&path, &[1, 256], Kind::Float)
        .err()
        .expect("refused");
    let failure = failure.to_string();
    assert!(failure.contains("the format IQ4_XS"), "{failure}");
    assert!(
        failure.contains("mine.gguf") && failure.contains("`a.weight`"),
        "{failure}"
    );
}

/// A way to pack a matrix.
#[derive(Clone, Copy, Debug)]
enum Way {
    Float8,
    Int8,
    Rotated,
    Blocks,
}

/// A packed matrix: what lies in its file under the ends of its keys, and its numbers.
fn packed(way: Way, name: &str, size: &[i64]) -> (Vec<(&'static str, TensorBytes)>, Tensor) {
    let unit = |what: &str, size: &[i64]| uniform_tensor(&format!("{name}.{what}"), size);
    let rows = size[0];
    let step = unit("scale", &[rows, 1]).abs() / 500.0 + 0.001;
    let whole = (unit("numbers", size) * 127.0).floor();
    match way {
        Way::Float8 => {
            let codes = ((unit("codes", size) + 1.0) * 63.0).floor();
            let codes = (codes + unit("sign", size).gt(0.0).to_kind(Kind::Float) * 128.0)
                .to_kind(Kind::Int64);
            let table = golden("e4m3.numbers").flatten(0, -1);
            let numbers = table.index_select(0, &codes.flatten(0, -1)).view(size);
            let beside = vec![
                (".weight", raw(Dtype::F8_E4M3, &codes.to_kind(Kind::Uint8))),
                (".scale_weight", scalar(1.0 / 2048.0)),
            ];
            (beside, numbers / 2048.0)
        }
        Way::Int8 => {
            let beside = vec![
                (".weight", raw(Dtype::I8, &whole.to_kind(Kind::Int8))),
                (".weight_scale", raw(Dtype::F32, &step)),
            ];
            (beside, whole * step)
        }
        Way::Rotated => {
            let format = r#"{"format":"int8_tensorwise","convrot":true,"convrot_groupsize":16}"#;
            let beside = vec![
                (".weight", raw(Dtype::I8, &whole.to_kind(Kind::Int8))),
                (".weight_scale", raw(Dtype::F32, &step)),
                (".comfy_quant", mark(format)),
            ];
            let seed = [1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1, 1, 1]
                .map(|sign: i8| f32::from(sign));
            let seed = Tensor::from_slice(&seed).view([4, 4]);
            let turned = (&whole * &step)
                .reshape([-1, 16])
                .matmul(&(seed.kron(&seed) / 4.0));
            (beside, turned.view(size))
        }
        Way::Blocks => {
            let blocks = whole.reshape([-1, 32]);
            let steps = (unit("steps", &[blocks.size()[0], 1]) / 500.0).to_kind(Kind::Half);
            let parts = [
                steps.view_dtype(Kind::Uint8),
                blocks.to_kind(Kind::Int8).view_dtype(Kind::Uint8),
            ];
            let stored = raw(Dtype::U8, &Tensor::cat(&parts, 1));
            let numbers = blocks * steps.to_kind(Kind::Float);
            (vec![(".weight", stored)], numbers.view(size))
        }
    }
}

/// Writes a network with packed matrices, and the same with their numbers in fp32.
fn write_both(way: Way, config: &Config, folder: &Path) -> (PathBuf, PathBuf) {
    let needed = tiny::transformer_survey(config);
    let (mut small, mut large, mut gguf) = (Vec::new(), Vec::new(), Gguf::default());
    for (name, size) in &needed.shapes {
        let stem = name.strip_suffix(".weight").filter(|_| size.len() == 2);
        let Some(stem) = stem else {
            let drawn = parameter(name, size);
            gguf.plain(name, &drawn);
            small.push((name.clone(), raw(Dtype::F32, &drawn)));
            large.push((name.clone(), raw(Dtype::F32, &drawn)));
            continue;
        };
        let (parts, numbers) = packed(way, name, size);
        large.push((name.clone(), raw(Dtype::F32, &numbers)));
        for (end, part) in parts {
            if matches!(way, Way::Blocks) {
                gguf.tensor(name, Q8_0, shape(&numbers), part.data().into_owned());
            } else {
                small.push((format!("{stem}{end}"), part));
            }
        }
    }
    let (packed_path, dense) = (folder.join("small"), folder.join("large.safetensors"));
    let words = tiny::transformer_words(config);
    match way {
        Way::Blocks => {
            gguf.write(&packed_path);
        }
        _ => write(&packed_path, small, &words),
    }
    write(&dense, large, &words);
    (packed_path, dense)
}

#[test]
fn a_network_with_packed_weights_answers_as_one_with_the_same_weights_in_fp32() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    let case = goldens.case("real_head_17_frames");
    let config = transformer::config(case);
    let folder = tempfile::tempdir().expect("a folder");
    for way in [Way::Float8, Way::Int8, Way::Rotated, Way::Blocks] {
        let (small, large) = write_both(way, &config, folder.path());
        let answer = |path: &Path| {
            let (checkpoint, network) = transformer::loaded(path, &config);
            let (in_file, in_memory) = (
                checkpoint.size_bytes(),
                checkpoint.loaded_bytes(Kind::Float),
            );
            let answer = transformer::run(&network, case);
            (answer, in_file, in_memory, checkpoint.numbers())
        };
        let ((ours, in_file, in_memory, numbers), (theirs, whole, _, all)) =
            (answer(&small), answer(&large));
        assert!(theirs.abs().max().double_value(&[]) > 0.01, "{way:?}");
        assert_eq!(ours, theirs, "{way:?}");
        assert_eq!(numbers, all, "{way:?}");
        assert!(in_file < whole && in_memory < whole, "{way:?}: {in_memory}");
        assert!(in_memory <= 2 * in_file, "{way:?}: {in_memory}");
    }
}
