//! The files of LTX-2's transformer: its shape in every layout, refusals, blocks that are read when they run, packed
//! weights and LoRAs.

use std::path::{Path, PathBuf};

use kinora_engine::family::ltx2::transformer::{
    BLOCKS, Config, Streams, Transformer, TransformerNaming,
};
use kinora_engine::weights::{
    Adapters, Checkpoint, Dtype, ModuleStream, Naming, TensorBytes, Weights, load, load_adapted,
    load_checked,
};
use kinora_wire::{FailureKind, Lora};
use serde_json::Value;
use tch::{Device, Kind};

use super::{both, config, survey};
use crate::drawn::{normal_like, parameter, uniform_tensor};
use crate::golden::{Goldens, assert_close};
use crate::stored::{mark, raw};
use crate::tiny;

const CPU: (Device, Kind) = (Device::Cpu, Kind::Float);

/// A file of drawn weights, each under the name that `key` gives it.
fn written(
    folder: &tempfile::TempDir,
    config: &Config,
    key: impl Fn(&str) -> String,
    header: &Value,
) -> PathBuf {
    let tensors = tiny::drawn_tensors(&survey(config)).into_iter();
    let tensors = tensors.map(|(name, bytes)| (key(&name), bytes)).collect();
    let path = folder.path().join("transformer.safetensors");
    tiny::write(&path, tensors, &[("config", header.to_string())]);
    path
}

fn opened(path: &Path) -> Checkpoint {
    Checkpoint::open(path, TransformerNaming).expect("opened")
}

/// What no tensor of a tiny network shows, as files of the original release say it.
fn header(case: &Value) -> Value {
    serde_json::json!({ "transformer": {
        "num_attention_heads": case["config"]["num_attention_heads"],
        "audio_num_attention_heads": case["config"]["audio_num_attention_heads"],
        "rope_type": case["config"]["rope_type"],
        "_class_name": "AVTransformer3DModel",
    } })
}

#[test]
fn the_shape_of_an_ltx2_transformer_is_read_from_its_file_in_every_layout() {
    let goldens = Goldens::of("ltx2_transformer");
    let diffusers = |name: &str| TransformerNaming.diffusers_name(name).expect("a name");
    let prefixed = |name: &str| format!("model.diffusion_model.{name}");
    for (name, case) in goldens.cases() {
        let whole = config(case);
        let sound_only = Config {
            streams: Streams {
                video: None,
                ..whole.streams.clone()
            },
            crossing: None,
            ..whole.clone()
        };
        let keys: [&dyn Fn(&str) -> String; 3] = [&str::to_owned, &diffusers, &prefixed];
        for key in keys {
            for config in [&whole, &sound_only] {
                let folder = tempfile::tempdir().expect("a folder");
                let path = written(&folder, config, key, &header(case));
                let file = opened(&path);
                assert_eq!(Config::detect(&file).expect("a shape"), *config, "{name}");
                let build = |weights: Weights| Transformer::new(config, weights);
                load(&file, CPU.0, CPU.1, &mut |_| Ok(()), build).expect("whole");
            }
        }
    }
}

#[test]
fn files_that_are_no_ltx2_transformer_are_refused_with_what_is_wrong() {
    let goldens = Goldens::of("ltx2_transformer");
    let case = goldens.case("version_2_0");
    let config = config(case);
    let check = |key: &dyn Fn(&str) -> String, header: &Value, expected: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let failure = Config::detect(&opened(&written(&folder, &config, key, header)));
        let failure = failure.expect_err("refused");
        assert_eq!(failure.kind, FailureKind::BadFile);
        assert!(failure.cause.contains(expected), "{failure}");
        assert!(failure.remedy.is_some());
    };
    let header = header(case);
    let own = |name: &str| name.to_owned();
    let without = |part: &'static str| move |name: &str| name.replace(part, "other");
    check(&without("patchify_proj"), &header, "audio_patchify_proj");
    check(&without(BLOCKS), &header, "transformer_blocks.0");
    let crossing = without("audio_to_video_attn");
    check(&crossing, &header, "audio_to_video_attn.to_q.weight");
    let named = |value: Value| serde_json::json!({ "transformer": value });
    let before = named(serde_json::json!({ "_class_name": "LTXVideoTransformer3DModel" }));
    check(&own, &before, "LTX-Video");
    let heads = named(serde_json::json!({ "num_attention_heads": 5 }));
    check(&own, &heads, "5 heads");
    let rope = serde_json::json!({
        "num_attention_heads": 2, "audio_num_attention_heads": 2, "rope_type": "spiral",
    });
    check(&own, &named(rope), "spiral");
}

#[test]
fn an_ltx2_transformer_in_blocks_gives_the_same_bits_whatever_is_kept() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("ltx2_transformer");
    for name in ["wide", "keyframes", "version_2_0"] {
        let case = goldens.case(name);
        let config = config(case);
        let folder = tempfile::tempdir().expect("a folder");
        let file = opened(&written(&folder, &config, str::to_owned, &header(case)));
        let (device, kind) = CPU;
        let resident = load_checked(&file, device, kind, &mut |_| Ok(()), |weights| {
            Transformer::new(&config, weights)
        });
        let expected = both(&resident.expect("loaded"), case);
        for kept in 0..=config.layers {
            let stream = ModuleStream::new((&file, &Adapters::default()), device, kind, kept);
            let streamed = load_checked(&file, device, kind, &mut |_| Ok(()), |weights| {
                Transformer::streamed(&config, weights, &stream)
            });
            let streamed = streamed.expect("loaded");
            for _ in 0..2 {
                assert_eq!(both(&streamed, case), expected, "{name}: {kept} kept");
            }
        }
    }
}

/// Files of a network with 8-bit matrices, of the same with dense ones, and of a LoRA for some of its modules: of every
/// second one in the names of the original release, of the others in those of Diffusers.
fn write_packed(folder: &Path, case: &Value) -> [PathBuf; 3] {
    let (mut small, mut large) = (Vec::<(String, TensorBytes)>::new(), Vec::new());
    let mut changes = Vec::new();
    for (at, (name, size)) in survey(&config(case)).shapes.iter().enumerate() {
        let matrix = name.strip_suffix(".weight").filter(|_| size.len() == 2);
        let Some(module) = matrix else {
            let drawn = raw(Dtype::F32, &parameter(name, size));
            small.push((name.clone(), drawn));
            large.push((name.clone(), raw(Dtype::F32, &parameter(name, size))));
            continue;
        };
        let step = uniform_tensor(module, &[size[0], 1]).abs() / 900.0 + 0.001;
        let whole = (uniform_tensor(name, size) * 127.0).floor();
        large.push((name.clone(), raw(Dtype::F32, &(&whole * &step))));
        small.push((name.clone(), raw(Dtype::I8, &whole.to_kind(Kind::Int8))));
        small.push((format!("{module}.weight_scale"), raw(Dtype::F32, &step)));
        let format = mark(r#"{"format": "int8_tensorwise"}"#);
        small.push((format!("{module}.comfy_quant"), format));
        let theirs = TransformerNaming.diffusers_name(module).expect("a name");
        let key = match at % 2 {
            0 => format!("diffusion_model.{module}"),
            _ => format!("transformer.{theirs}"),
        };
        let narrow = |what: &str, size: &[i64]| normal_like(&format!("{key}.{what}"), size) * 0.1;
        let (down, up) = (narrow("down", &[2, size[1]]), narrow("up", &[size[0], 2]));
        changes.push((format!("{key}.lora_A.weight"), down));
        changes.push((format!("{key}.lora_B.weight"), up));
    }
    let words = [("config", header(case).to_string())];
    let path = |name: &str| folder.join(format!("{name}.safetensors"));
    let paths = ["packed", "dense", "style"].map(path);
    tiny::write(&paths[0], small, &words);
    tiny::write(&paths[1], large, &words);
    tiny::write(&paths[2], tiny::bytes_of(&changes), &[]);
    paths
}

#[test]
fn packed_weights_and_loras_change_an_ltx2_transformer_as_dense_weights_do() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("ltx2_transformer");
    let case = goldens.case("version_2_3");
    let folder = tempfile::tempdir().expect("a folder");
    let [packed, dense, style] = write_packed(folder.path(), case);
    let lora = Lora {
        file: style,
        strength: 0.5,
        expert: None,
    };
    let answer = |file: &Path, loras: &[Lora], kept: Option<usize>| {
        let file = opened(file);
        let config = Config::detect(&file).expect("a shape");
        file.check(&survey(&config)).expect("whole");
        let adapters = Adapters::open(loras, None, &file, &TransformerNaming).expect("it fits");
        assert!(adapters.notes().is_empty(), "{:?}", adapters.notes());
        let (device, kind) = CPU;
        let stream = kept.map(|kept| ModuleStream::new((&file, &adapters), device, kind, kept));
        let build = |weights: Weights| match &stream {
            Some(stream) => Transformer::streamed(&config, weights, stream),
            None => Transformer::new(&config, weights),
        };
        let network = load_adapted((&file, &adapters), device, kind, &mut |_| Ok(()), build);
        both(&network.expect("loaded"), case)
    };
    let loras = [lora];
    let (video, audio) = answer(&packed, &loras, None);
    let expected = answer(&dense, &loras, None);
    assert_close("picture", &video, &expected.0, 1e-3);
    assert_close("sound", &audio, &expected.1, 1e-3);
    let plain = answer(&packed, &[], None);
    assert_close("8 bits", &plain.0, &answer(&dense, &[], None).0, 1e-3);
    assert!((&video - plain.0).abs().max().double_value(&[]) > 0.01);
    assert_eq!(answer(&packed, &loras, Some(1)), (video, audio));
}
