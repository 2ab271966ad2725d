//! Compares the diffusion decoder of LTX-2.5 with diffusers on drawn weights, and with itself in tiles. Its file: the shape
//! from weights and header, and refusals.

use kinora_engine::family::ltx2::vae::diffusion::{
    CellTiling, DiffusionConfig, DiffusionDecoder, DiffusionHalf, Stage,
};
use kinora_engine::family::ltx2::vae::names::VaeNames;
use kinora_engine::family::ltx2::vae::{
    Decoded, DecoderConfig, Tiling, Vae, VaeConfig, VaeDecoder,
};
use kinora_engine::weights::{Checkpoint, Survey, Weights, view_of};
use serde_json::{Value, json};
use tch::Tensor;

use super::case;
use crate::drawn::{Drawn, normal_like, parameter};
use crate::golden::{assert_close, number, open, parsed};
use crate::tiny::write;

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
    let every = |axis: i64, x: Tensor| x.slice(axis, None::<i64>, None::<i64>, stride);
    let golden = file.tensor("frames").expect("golden");
    assert_close("frames", &every(3, every(4, frames)), &golden, 1e-4);

    let small = normal_like("latents", &[1, 8, 2, 2, 4]);
    let of_small = decoder.noise_size(&small.size()).expect("a size");
    let of_small = normal_like("noise", &of_small);
    assert!(
        decoder.decode(&small, &of_small).is_err(),
        "smaller than a neighbourhood"
    );
    assert!(
        decoder.decode(&latents, &of_small).is_err(),
        "noise of another size"
    );
}

#[test]
fn the_released_decoder_needs_seven_latent_positions_and_has_static_gates() {
    let released = DiffusionConfig::released();
    assert!(released.has_gates);
    assert_eq!(released.least_side(), 7);
    assert!(released.fits(&[1, 128, 16, 7, 24]));
    assert!(!released.fits(&[1, 128, 16, 6, 24]));
    assert!(
        released.fits(&[1, 128, 1, 16, 24]),
        "frames beyond the end of a short clip count"
    );
}

/// A small autoencoder with a diffusion decoder, and what its header says.
pub fn autoencoder() -> (VaeConfig, Value) {
    let decoder = DiffusionConfig {
        has_gates: true,
        ..config(&parsed(&open(PART)))
    };
    let windows: Vec<[i64; 3]> = decoder.stages.iter().map(|stage| stage.window).collect();
    let ups = decoder.stages.iter().map(|stage| json!([stage.stride, 1]));
    let header = json!({ "vae": {
        "_class_name": "CausalDiffusionVAE",
        "model_output_type": "x0",
        "decoder": {
            "stage_kernels": windows,
            "stage5_kernel": decoder.window,
            "upsamples": ups.collect::<Vec<Value>>(),
            "timestep_scale_multiplier": 1000.0,
        },
    } });
    let plain = case("v2_5_9_frames").config();
    let config = VaeConfig {
        channels: decoder.channels,
        decoder: DecoderConfig::Diffusion(decoder),
        ..plain
    };
    (config, header)
}

fn built() -> Vae {
    tch::set_num_threads(1);
    Vae::new(&autoencoder().0, Weights::of(&mut Drawn)).expect("built")
}

fn half(vae: &Vae) -> &DiffusionHalf {
    match &vae.decoder {
        VaeDecoder::Diffusion(half) => half,
        VaeDecoder::Plain(_) => panic!("a plain decoder"),
    }
}

/// The clip of a seed in these tiles, or whole, and how often its progress was reported.
fn decoded(
    vae: &Vae,
    latents: &Tensor,
    seed: u64,
    tiling: Option<CellTiling>,
) -> (Vec<Tensor>, i64) {
    let (mut pieces, mut reports) = (Vec::new(), 0);
    let sink = &mut |decoded| {
        match decoded {
            Decoded::Frames(frames) => pieces.push(frames),
            Decoded::Latent { done, of } => {
                assert_eq!((done, done < of), (reports, true));
                reports += 1;
            }
        }
        Ok(())
    };
    match tiling {
        None => half(vae).decode(latents, seed, false, sink),
        Some(tiling) => half(vae).decode_in(latents, seed, tiling, sink),
    }
    .expect("decoded");
    (pieces, reports)
}

fn joined(pieces: &[Tensor]) -> Tensor {
    Tensor::cat(pieces, 2)
}

#[test]
fn a_seed_gives_the_same_frames_again_and_another_seed_others() {
    let vae = built();
    let latents = normal_like("latents", &[1, 8, 2, 3, 4]);
    let of = |seed| joined(&decoded(&vae, &latents, seed, None).0);
    let first = of(1);
    assert_eq!(first.size(), [1, 3, 9, 96, 128]);
    assert_eq!(first, of(1));
    assert_ne!(first, of(2));
}

#[test]
fn a_clip_of_one_frame_is_decoded_with_frames_beyond_its_end() {
    let vae = built();
    let latents = normal_like("latents", &[1, 8, 1, 3, 3]);
    let (pieces, _) = decoded(&vae, &latents, 1, None);
    assert_eq!(joined(&pieces).size(), [1, 3, 1, 96, 96]);
    let whole = vae.decoder.decode_whole(&latents).expect("decoded");
    assert_eq!(whole.size(), [1, 3, 1, 96, 96]);
}

/// A cell is 8 pixels wide. Two blocks see one position of a cell, two blocks a window of three of its half.
#[test]
fn deep_inside_a_tile_frames_are_those_of_the_whole() {
    let vae = built();
    let latents = normal_like("latents", &[1, 8, 2, 3, 4]);
    let whole = joined(&decoded(&vae, &latents, 5, None).0);
    let space = Tiling {
        side: 10,
        overlap: 4,
    };
    let time = Tiling {
        side: i64::MAX,
        overlap: 0,
    };
    let (pieces, reports) = decoded(&vae, &latents, 5, Some(CellTiling { space, time }));
    let tiled = joined(&pieces);
    assert_eq!(tiled.size(), whole.size());
    // Rows: tiles of 10 from cell 0 and 2 of 12; columns: from 0 and 6 of 16.
    assert!(reports > decoded(&vae, &latents, 5, None).1);
    let corner = |frames: &Tensor| frames.narrow(3, 0, 8).narrow(4, 0, 24);
    assert_close("the corner", &corner(&tiled), &corner(&whole), 1e-5);
    let far = |frames: &Tensor| frames.narrow(3, 88, 8).narrow(4, 104, 24);
    assert_close("the far corner", &far(&tiled), &far(&whole), 1e-5);
    assert_ne!(tiled, whole);
}

#[test]
fn tiles_along_time_come_one_after_the_other_and_begin_and_end_as_the_whole() {
    let vae = built();
    let latents = normal_like("latents", &[1, 8, 6, 3, 3]);
    let whole = joined(&decoded(&vae, &latents, 5, None).0);
    let space = Tiling {
        side: i64::MAX,
        overlap: 0,
    };
    for (side, overlap) in [(10, 4), (12, 0), (9, 8)] {
        let time = Tiling { side, overlap };
        let (pieces, _) = decoded(&vae, &latents, 5, Some(CellTiling { space, time }));
        assert!(pieces.len() > 1, "{side} {overlap}");
        let tiled = joined(&pieces);
        assert_eq!(tiled.size(), whole.size());
        assert_close(
            "first",
            &tiled.narrow(2, 0, 1),
            &whole.narrow(2, 0, 1),
            1e-5,
        );
        let last = |frames: &Tensor| frames.narrow(2, 40, 1);
        assert_close("last", &last(&tiled), &last(&whole), 1e-5);
    }
}

/// Writes the file of an autoencoder with this header, and reads its shape.
fn detected(header: &Value) -> Result<VaeConfig, kinora_wire::Failure> {
    let (config, _) = autoencoder();
    let survey = Survey::of(|weights| Vae::new(&config, weights)).expect("a survey");
    let tensors = survey.shapes.iter().map(|(name, shape)| {
        let drawn = parameter(name, shape);
        (format!("vae.{name}"), view_of(&drawn).expect("fp32"))
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vae.safetensors");
    write(&path, tensors.collect(), &[("config", header.to_string())]);
    VaeConfig::detect(&Checkpoint::open(&path, VaeNames)?)
}

#[test]
fn the_shape_is_read_from_weights_and_header_and_other_decoders_are_refused() {
    let (config, header) = autoencoder();
    assert_eq!(detected(&header).expect("a shape"), config);
    let changes = [
        ("/vae/model_output_type", json!("v"), "`v`"),
        (
            "/vae/decoder/timestep_scale_multiplier",
            json!(1.0),
            "multiplies times by 1",
        ),
        (
            "/vae/decoder/stage_kernels/2",
            json!([3, 0, 3]),
            "stage_kernels",
        ),
        ("/vae/decoder/stage5_kernel", json!("wide"), "stage5_kernel"),
        (
            "/vae/decoder/upsamples/0",
            json!([[1, 2, 4], 2]),
            "upsamples",
        ),
        (
            "/vae/decoder/upsamples/1",
            json!([[4, 1, 1], 2]),
            "latent position",
        ),
    ];
    for (place, value, said) in changes {
        let mut other = header.clone();
        *other.pointer_mut(place).expect(place) = value;
        let failure = detected(&other).expect_err(place).to_string();
        assert!(failure.contains(said), "{place}: {failure}");
        assert!(failure.contains("vae.safetensors"), "{failure}");
    }
}
