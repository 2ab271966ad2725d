//! Compares the transformer with WanTransformer3DModel and WanVACETransformer3DModel.
//! Plain, with VACE control, with a camera, with pictures and with references.

use std::path::Path;

use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::transformer::{
    CameraConfig, Config, ImageInput, ReferenceTokens, TextConditioning, Transformer, VaceConfig,
};
use kinora_engine::weights::{Checkpoint, Weights, load};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::drawn::{Drawn, normal_like};
use crate::golden::{Goldens, assert_close, number, numbers};

/// The configuration of a case, as the engine's `Config`.
pub fn config(case: &Value) -> Config {
    let theirs = &case["config"];
    let layers = numbers(&theirs["vace_layers"]);
    let heads = number(theirs, "num_attention_heads");
    Config {
        width: heads * number(theirs, "attention_head_dim"),
        ffn_width: number(theirs, "ffn_dim"),
        heads,
        layers: number(theirs, "num_layers") as usize,
        in_channels: number(theirs, "in_channels"),
        out_channels: number(theirs, "out_channels"),
        text_width: number(theirs, "text_dim"),
        time_width: number(theirs, "freq_dim"),
        epsilon: 1e-6,
        vace: (!layers.is_empty()).then(|| VaceConfig {
            layers: layers.iter().map(|&layer| layer as usize).collect(),
            in_channels: number(theirs, "vace_in_channels"),
        }),
        camera: case["camera"].as_bool().map(|_| CameraConfig {
            in_channels: 24,
            downscale: 8,
            residual_blocks: 1,
        }),
        image: theirs["image_dim"].as_i64().map(|channels| ImageInput {
            channels,
            paired_tokens: theirs["pos_embed_seq_len"].as_i64(),
        }),
        reference_channels: case["reference"].as_bool().map(|_| 16),
        takes_subjects: number(case, "subjects") > 0,
    }
}

/// Opens the file of a transformer, which must show this shape, and loads it in fp32.
#[track_caller]
pub fn loaded(path: &Path, config: &Config) -> (Checkpoint, Transformer) {
    let checkpoint = Checkpoint::open(path, Component::Transformer).expect("sound");
    let detected = Config::detect(&checkpoint).expect("a shape");
    assert_eq!(detected, *config, "{}", path.display());
    let build = |weights: Weights| Transformer::new(&detected, weights);
    let (device, kind) = (Device::Cpu, Kind::Float);
    let network = load(&checkpoint, device, kind, &mut |_| Ok(()), build);
    (checkpoint, network.expect("whole"))
}

/// The embedded text, with pictures and references if the case has some.
fn context(network: &Transformer, case: &Value, text: &Tensor) -> TextConditioning {
    let config = network.config();
    let [_, height, width] = numbers(&case["latent"])[..] else {
        panic!("a latent is frames x height x width");
    };
    let pictures = config.image.as_ref().map(|image| {
        let count = number(case, "pictures").max(1);
        normal_like("pictures", &[count, 17, image.channels])
    });
    let is_blind = case["without_picture"].as_bool() == Some(true);
    let pictures = pictures.filter(|_| !is_blind);
    let embedded = network.embed_texts([text], pictures.as_ref());
    let [mut context] = embedded.expect("embedded");
    let reference = normal_like("reference", &[1, 16, 1, height, width]);
    let count = number(case, "subjects");
    let subjects = (count > 0).then(|| normal_like("subjects", &[1, 16, count, height, width]));
    context.references = ReferenceTokens {
        before: network.embed_reference(&reference),
        after: subjects.map(|subjects| network.embed_subjects(&subjects)),
    };
    context
}

/// The engine's output for a case.
pub fn run(network: &Transformer, case: &Value) -> Tensor {
    let config = network.config();
    let [frames, height, width] = numbers(&case["latent"])[..] else {
        panic!("a latent is frames x height x width");
    };
    let batch = number(case, "batch").max(1);
    let x = normal_like("x", &[batch, config.in_channels, frames, height, width]);
    let text = normal_like("text", &[batch, 512, config.text_width]);
    let _ = text.narrow(1, 7, 505).zero_();
    let mut timestep = Tensor::full([1], number(case, "timestep"), (Kind::Float, x.device()));
    if case["per_token"].as_bool() == Some(true) {
        let tokens = frames * height * width / 4;
        timestep = timestep.repeat([batch, tokens]);
        let _ = timestep.narrow(1, 0, tokens / frames).zero_();
    }
    let rays = normal_like("rays", &[batch, 24, frames, 8 * height, 8 * width]);
    let control = normal_like("control", &[batch, 96, frames, height, width]);
    let references = i64::from(config.reference_channels.is_some()) + number(case, "subjects");
    let conditioning = network.static_conditioning(
        [frames + references, height, width],
        network.embed_rays(&rays),
        Some((&control, &[1.0, 0.5])),
        (x.kind(), x.device()),
    );
    let text = context(network, case, &text);
    let velocity = network.forward(&x, &timestep, &text, &conditioning);
    velocity.expect("a velocity")
}

#[test]
fn the_transformer_is_equal_to_the_reference_in_every_shape() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    for (name, case) in goldens.cases() {
        let network = Transformer::new(&config(case), Weights::of(&mut Drawn)).expect("drawn");
        assert_close(name, &run(&network, case), &goldens.tensor(name), 1e-4);
    }
}

#[test]
fn references_have_the_timestep_of_the_last_token_and_are_cut_off() {
    let tokens = |count| Tensor::ones([1, count, 4], (Kind::Float, Device::Cpu));
    let references = ReferenceTokens {
        before: Some(tokens(2)),
        after: Some(tokens(3)),
    };
    let timestep = Tensor::from_slice(&[0.0, 5.0]).view([1, 2]);
    let expected = Tensor::from_slice(&[5.0, 5.0, 0.0, 5.0, 5.0, 5.0, 5.0]).view([1, 7]);
    assert_eq!(references.timesteps(&timestep), expected);
    let clip = normal_like("clip", &[2, 2, 4]);
    let all = references.around(clip.shallow_clone());
    assert_eq!(all.size(), [2, 7, 4]);
    assert_eq!(references.without(&all), clip);
    let one_for_all = Tensor::from_slice(&[5.0]);
    assert_eq!(references.timesteps(&one_for_all), one_for_all);
}
