//! Compares the autoencoder with AutoencoderKLWan, and with itself in other chunks and tiles.
//! Encoding and decoding.

use kinora_engine::family::wan::preview;
use kinora_engine::family::wan::vae::{Memory, Tiling, Vae, VaeConfig};
use kinora_engine::weights::Weights;
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::drawn::{Drawn, normal_like, uniform_tensor};
use crate::golden::{Goldens, assert_close, number, numbers};

pub fn config(case: &Value) -> VaeConfig {
    let theirs = &case["config"];
    let multipliers = numbers(&theirs["dim_mult"]);
    let widths = |base: i64| -> Vec<i64> { multipliers.iter().map(|times| base * times).collect() };
    let encoder = number(theirs, "base_dim");
    let decoder = theirs["decoder_base_dim"].as_i64().unwrap_or(encoder);
    let blocks = number(theirs, "num_res_blocks") as usize;
    let of_widths = match theirs["is_residual"].as_bool() {
        Some(true) => VaeConfig::residual_of_widths,
        _ => VaeConfig::of_widths,
    };
    of_widths(
        number(theirs, "z_dim"),
        &widths(encoder),
        &widths(decoder),
        blocks,
    )
}

fn drawn(case: &Value) -> Vae {
    tch::set_num_threads(1);
    Vae::new(&config(case), Weights::of(&mut Drawn)).expect("drawn")
}

fn frames_of(case: &Value) -> Tensor {
    let size = numbers(&case["size"]);
    uniform_tensor("frames", &[1, 3, number(case, "frames"), size[0], size[1]])
}

fn decoded(vae: &Vae, latents: &Tensor) -> Tensor {
    let mut chunks = Vec::new();
    vae.decoder
        .decode(latents, &mut |chunk| {
            chunks.push(chunk);
            Ok(())
        })
        .expect("decoded");
    Tensor::cat(&chunks, 2)
}

#[test]
fn the_autoencoder_is_equal_to_the_reference_in_every_shape() {
    let goldens = Goldens::of("vae");
    for (name, case) in goldens.cases() {
        let vae = drawn(case);
        let encoded = vae
            .encoder
            .encode(&frames_of(case), &mut |_, _| Ok(()))
            .expect("encoded");
        let golden = |what: &str| goldens.tensor(&format!("{name}.{what}"));
        assert_close(
            &format!("{name} encoded"),
            &encoded,
            &golden("encoded"),
            1e-4,
        );
        let decoded = decoded(&vae, &golden("latents"));
        let stride = number(case, "stride").max(1); // of the stored rows and columns
        let stored = [3, 4].into_iter().fold(decoded, |frames, axis| {
            frames.slice(axis, None::<i64>, None::<i64>, stride)
        });
        assert_close(
            &format!("{name} decoded"),
            &stored,
            &golden("decoded"),
            1e-4,
        );
    }
}

#[test]
fn a_clip_in_one_piece_is_equal_to_the_clip_in_chunks() {
    let goldens = Goldens::of("vae");
    for (name, case) in goldens.cases() {
        let vae = drawn(case);
        let whole = vae
            .encoder
            .encode_chunk(&frames_of(case), &mut Memory::default());
        let chunked = vae
            .encoder
            .encode(&frames_of(case), &mut |_, _| Ok(()))
            .expect("encoded");
        assert_close(&format!("{name} encoded"), &whole, &chunked, 1e-4);
        let latents = goldens.tensor(&format!("{name}.latents"));
        let whole = vae
            .decoder
            .decode_chunk(&latents, &mut Memory::default())
            .clamp(-1.0, 1.0);
        assert_close(
            &format!("{name} decoded"),
            &whole,
            &decoded(&vae, &latents),
            1e-4,
        );
    }
}

/// Decodes and encodes in one tile and in smaller ones. `latent` is latent frames, rows and columns.
#[track_caller]
fn check_tiles(case: &str, latent: [i64; 3], smaller: Tiling) {
    let goldens = Goldens::of("vae");
    let vae = drawn(goldens.case(case));
    let size = [&[1, vae.decoder.channels()], &latent[..]].concat();
    let latents = normal_like("wide", &size);
    let whole = decoded(&vae, &latents);
    let tiled = |tiling| {
        vae.decoder
            .decode_tiled(&latents, tiling, &mut |_, _| Ok(()))
            .expect("decoded")
    };
    let one_tile = Tiling {
        side: latent[2],
        overlap: 4,
    };
    assert_close("one tile", &tiled(one_tile), &whole, 1e-6);
    // Attention covers a whole tile instead of the whole frame, and convolutions reach beyond a tile's border, so the
    // results are close, but not equal.
    let difference = (tiled(smaller) - &whole)
        .abs()
        .mean(Kind::Float)
        .double_value(&[]);
    let size = whole.abs().mean(Kind::Float).double_value(&[]);
    assert!(difference < 0.5 * size, "{difference} of {size}");
    let encoded = vae
        .encoder
        .encode_tiled(&whole, one_tile, &mut |_, _| Ok(()));
    let straight = vae
        .encoder
        .encode(&whole, &mut |_, _| Ok(()))
        .expect("encoded");
    assert_close(
        "one tile, encoded",
        &encoded.expect("encoded"),
        &straight,
        1e-6,
    );
    // In smaller tiles it has the same size.
    let encoded = vae
        .encoder
        .encode_tiled(&whole, smaller, &mut |_, _| Ok(()));
    assert_eq!(encoded.expect("encoded").size(), straight.size());
}

#[test]
fn a_tile_as_large_as_the_picture_is_the_picture_and_smaller_tiles_come_near() {
    let of = |side, overlap| Tiling { side, overlap };
    check_tiles("lopsided_9_frames", [2, 12, 20], of(10, 6));
    check_tiles("residual_9_frames", [2, 6, 10], of(6, 4));
}

#[track_caller]
fn check_preview(case: &str) {
    let goldens = Goldens::of("vae");
    let vae = drawn(goldens.case(case));
    let colours = preview::fit(&vae.decoder, tch::Device::Cpu);
    // A smooth clip: in real latents, unlike noise, neighbours are similar.
    let channels = vae.decoder.channels();
    let flat = normal_like("flat", &[1, channels, 1, 1, 1]);
    let latents = flat.expand([1, channels, 1, 6, 8], false).contiguous();
    let (shape, pixels) = colours.picture(&latents).expect("a picture");
    assert_eq!((shape.frames, shape.width, shape.height), (1, 8, 6));
    let preview = Tensor::from_slice(&pixels)
        .to_kind(Kind::Float)
        .mean(Kind::Float);
    let frames = (decoded(&vae, &latents) + 1.0) * 127.5;
    let difference = (preview - frames.mean(Kind::Float)).abs().double_value(&[]);
    println!("{case}: the preview is {difference:.1} of 255 from its frame");
    assert!(difference < 12.0, "{difference}");
}

#[test]
fn a_preview_is_near_the_frames_it_stands_for() {
    check_preview("widening_17_frames");
    check_preview("residual_widening_17_frames");
}
