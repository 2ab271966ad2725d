//! Compares the diffusion decoder of LTX-2.5 with diffusers on drawn weights.

use kinora_engine::family::ltx2::vae::diffusion::{DiffusionConfig, DiffusionDecoder, Stage};
use kinora_engine::weights::Weights;
use serde_json::Value;

use crate::drawn::{Drawn, normal_like};
use crate::golden::{assert_close, number, open, parsed};

const PART: &str = "ltx2_diffusion";

fn numbers(value: &Value) -> Vec<i64> {
    let list = value.as_array().expect("a list").iter();
    list.map(|number| number.as_i64().expect("a number"))
        .collect()
}

fn three(value: &Value) -> [i64; 3] {
    numbers(value).try_into().expect("three numbers")
}

fn config(notes: &Value) -> DiffusionConfig {
    let theirs = &notes["config"];
    let (widths, depths) = (
        numbers(&theirs["stage_channels"]),
        numbers(&theirs["stage_depths"]),
    );
    let released = DiffusionConfig::released();
    let stages = released.stages.iter().enumerate().map(|(at, stage)| Stage {
        width: widths[at],
        blocks: depths[at] as usize,
        window: three(&theirs["stage_kernels"][at]),
        stride: stage.stride,
    });
    DiffusionConfig {
        channels: number(theirs, "in_channels"),
        head: number(theirs, "head_dim"),
        stages: stages.collect(),
        width: widths[4],
        blocks: depths[4] as usize,
        window: three(&theirs["stage5_kernel"]),
        time_width: number(theirs, "t_emb_dim"),
        has_gates: false,
        ..released
    }
}

#[test]
fn frames_of_the_diffusion_decoder_are_those_of_the_reference() {
    tch::set_num_threads(1);
    let file = open(PART);
    let notes: Value = parsed(&file);
    let config = config(&notes);
    let mut source = Drawn;
    let decoder = DiffusionDecoder::new(&config, Weights::of(&mut source)).expect("built");
    let latents = normal_like("latents", &numbers(&notes["latents"]));
    let size = decoder.noise_size(&latents.size()).expect("a size");
    assert_eq!(size.to_vec(), numbers(&notes["noise"]));
    let noise = normal_like("noise", &size);
    let frames = decoder.decode(&latents, &noise).expect("decoded");
    let stride = number(&notes, "stride");
    let every = |axis: i64, x: tch::Tensor| x.slice(axis, None::<i64>, None::<i64>, stride);
    let golden = file.tensor("frames").expect("golden");
    assert_close("frames", &every(3, every(4, frames)), &golden, 1e-4);

    let small = normal_like("latents", &[1, 8, 2, 2, 4]);
    let size = decoder.noise_size(&small.size()).expect("a size");
    let noise = normal_like("noise", &size);
    assert!(
        decoder.decode(&small, &noise).is_err(),
        "smaller than a neighbourhood"
    );
    assert!(
        decoder.decode(&latents, &noise).is_err(),
        "noise of another size"
    );
}

#[test]
fn the_released_decoder_needs_six_latent_positions_and_has_static_gates() {
    let released = DiffusionConfig::released();
    assert!(released.has_gates);
    assert!(released.fits(&[1, 128, 16, 16, 24]));
    assert!(!released.fits(&[1, 128, 16, 6, 24]));
    assert!(
        !released.fits(&[1, 128, 1, 16, 24]),
        "a window of 11 frames"
    );
}
