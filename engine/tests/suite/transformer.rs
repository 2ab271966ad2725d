//! Compares the transformer with WanTransformer3DModel and WanVACETransformer3DModel.
//! Plain, with VACE control, and with a camera.

use kinora_engine::family::wan::transformer::{CameraConfig, Config, Transformer, VaceConfig};
use kinora_engine::weights::Weights;
use serde_json::Value;
use tch::{Kind, Tensor};

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
    }
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
    let conditioning = network.static_conditioning(
        [frames, height, width],
        network.embed_rays(&rays),
        Some((&control, &[1.0, 0.5])),
        (x.kind(), x.device()),
    );
    let text = network.embed_text(&text).expect("embedded");
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
