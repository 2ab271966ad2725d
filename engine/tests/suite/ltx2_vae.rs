//! Compares LTX-2's picture autoencoder with diffusers, and with itself in pieces and tiles.
//! Its files and the latent upscaler are tested in `ltx2_vae/`.

pub mod diffusion;
mod files;
pub mod upsampler;

use std::collections::BTreeMap;

use kinora_engine::family::ltx2::vae::{
    ClipDecoder, Decoded, Form, PlainDecoder, Stages, Tiling, Vae, VaeConfig, VaeDecoder,
};
use kinora_engine::family::{ClipSink, Decoder, SoundBlock};
use kinora_engine::job::Listener;
use kinora_engine::streams::Latents;
use kinora_engine::weights::Weights;
use kinora_wire::{Failure, Progress};
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::drawn::{Drawn, normal_like, uniform_tensor};
use crate::golden::{assert_close, number, numbers, open, parsed};

pub struct Case {
    pub name: String,
    pub notes: Value,
}

/// The cases of a section of the goldens.
pub fn cases(section: &str) -> Vec<Case> {
    let notes: BTreeMap<String, Value> = parsed(&open("ltx2_vae"));
    let section = notes[section].as_object().expect("cases");
    let cases = section.iter().map(|(name, notes)| Case {
        name: name.clone(),
        notes: notes.clone(),
    });
    cases.collect()
}

pub fn case(name: &str) -> Case {
    let mut cases = cases("autoencoders").into_iter();
    cases.find(|case| case.name == name).expect("a case")
}

fn golden(name: &str) -> Tensor {
    open("ltx2_vae").tensor(name).expect("a golden")
}

impl Case {
    pub fn config(&self) -> VaeConfig {
        let theirs = &self.notes["config"];
        let of = |key: &str| numbers(&theirs[key]);
        let blocks =
            |key: &str| -> Vec<usize> { of(key).into_iter().map(|count| count as usize).collect() };
        let form = match theirs["decoder_spatial_padding_mode"].as_str() {
            Some("reflect") => Form::Mirrored,
            _ => Form::Zeros,
        };
        let encoder = Stages {
            widths: &of("block_out_channels"),
            blocks: &blocks("layers_per_block"),
        };
        let decoder = Stages {
            widths: &of("decoder_block_out_channels"),
            blocks: &blocks("decoder_layers_per_block"),
        };
        VaeConfig::of_stages(form, number(theirs, "latent_channels"), 4, encoder, decoder)
    }

    fn vae(&self) -> Vae {
        tch::set_num_threads(1);
        Vae::new(&self.config(), Weights::of(&mut Drawn)).expect("drawn")
    }

    fn frames(&self) -> Tensor {
        let size = numbers(&self.notes["size"]);
        let frames = number(&self.notes, "frames");
        uniform_tensor("frames", &[1, 3, frames, size[0], size[1]])
    }
}

/// The plain decoder of an autoencoder that has one.
fn plain(vae: &Vae) -> &PlainDecoder {
    match &vae.decoder {
        VaeDecoder::Plain(plain) => plain,
        VaeDecoder::Diffusion(_) => panic!("a diffusion decoder"),
    }
}

/// The pieces in which a clip comes, in order, and how many latent frames had been read before each.
fn pieces(vae: &Vae, latents: &Tensor) -> Vec<(i64, Tensor)> {
    let (mut pieces, mut read) = (Vec::new(), 0);
    let sink = &mut |decoded| {
        match decoded {
            Decoded::Latent { done, .. } => read = done + 1,
            Decoded::Frames(frames) => pieces.push((read, frames)),
        }
        Ok(())
    };
    plain(vae).decode(latents, sink).expect("decoded");
    pieces
}

fn in_pieces(vae: &Vae, latents: &Tensor) -> Tensor {
    let pieces = pieces(vae, latents).into_iter().map(|(_, frames)| frames);
    Tensor::cat(&pieces.collect::<Vec<_>>(), 2)
}

#[test]
fn the_autoencoder_is_equal_to_the_reference_in_every_version() {
    for case in cases("autoencoders") {
        let (name, vae) = (&case.name, case.vae());
        let encoded = vae.encoder.encode(&case.frames(), &mut |_, _| Ok(()));
        let of = |what: &str| golden(&format!("{name}.{what}"));
        assert_close(
            &format!("{name} encoded"),
            &encoded.expect("encoded"),
            &of("encoded"),
            1e-4,
        );
        let latents = of("latents");
        let decoded = plain(&vae).decode_whole(&latents).expect("decoded");
        let stride = number(&case.notes, "stride");
        let stored = |frames: &Tensor| {
            let rows = frames.slice(3, None::<i64>, None::<i64>, stride);
            rows.slice(4, None::<i64>, None::<i64>, stride)
        };
        let theirs = of("decoded");
        assert_close(&format!("{name} decoded"), &stored(&decoded), &theirs, 1e-4);
        assert_close(
            &format!("{name} decoded in pieces"),
            &stored(&in_pieces(&vae, &latents)),
            &theirs.clamp(-1.0, 1.0),
            1e-4,
        );
    }
}

#[test]
fn a_long_clip_comes_in_short_pieces_that_are_equal_to_the_whole() {
    for name in ["v2_0_9_frames", "v2_3_9_frames", "v2_5_9_frames"] {
        let vae = case(name).vae();
        let latents = normal_like("long", &[1, 8, 13, 2, 2]);
        let pieces = pieces(&vae, &latents);
        let longest = pieces.iter().map(|(_, frames)| frames.size()[2]).max();
        assert!(longest.is_some_and(|frames| frames <= 6), "{longest:?}");
        // The first frames do not wait for the end of the clip.
        assert!(pieces[0].0 < 13, "{name}: {}", pieces[0].0);
        let joined: Vec<Tensor> = pieces.into_iter().map(|(_, frames)| frames).collect();
        let whole = plain(&vae).decode_whole(&latents).expect("decoded");
        assert_eq!(whole.size(), [1, 3, 97, 64, 64]);
        let whole = whole.clamp(-1.0, 1.0);
        assert_close(name, &Tensor::cat(&joined, 2), &whole, 1e-5);
    }
}

#[test]
fn an_earlier_frame_of_an_encoded_clip_does_not_depend_on_later_ones() {
    let vae = case("v2_3_9_frames").vae();
    let frames = uniform_tensor("frames", &[1, 3, 17, 64, 32]);
    let encode = |frames: &Tensor| {
        let latents = vae.encoder.encode(frames, &mut |_, _| Ok(()));
        latents.expect("encoded")
    };
    let long = encode(&frames);
    let short = encode(&frames.narrow(2, 0, 9));
    assert_eq!(long.size(), [1, 8, 3, 2, 1]);
    assert_close("encoded", &long.narrow(2, 0, 2), &short, 1e-6);
}

#[test]
fn a_tile_as_large_as_the_picture_is_the_picture_and_smaller_tiles_come_near() {
    for name in ["v2_0_9_frames", "v2_3_9_frames"] {
        let vae = case(name).vae();
        let latents = normal_like("wide", &[1, 8, 2, 3, 9]);
        let whole = in_pieces(&vae, &latents);
        let tiled = |side, overlap| {
            let tiling = Tiling { side, overlap };
            let mut pieces = Vec::new();
            let decoded = plain(&vae).decode_tiled(&latents, tiling, &mut |decoded| {
                if let Decoded::Frames(frames) = decoded {
                    assert!(frames.size()[2] <= 16, "a few at a time");
                    pieces.push(frames);
                }
                Ok(())
            });
            decoded.expect("decoded");
            Tensor::cat(&pieces, 2)
        };
        // libtorch chooses convolutions by shape and processor, so that sums may be rounded otherwise.
        assert_close("one tile", &tiled(9, 2), &whole, 1e-5);
        // Convolutions reach beyond a tile's border, so the results are close, but not equal.
        let mean = |x: Tensor| x.abs().mean(Kind::Float).double_value(&[]);
        let (difference, size) = (mean(tiled(6, 3) - &whole), mean(whole.shallow_clone()));
        assert!(difference < 0.3 * size, "{difference} of {size}");
        assert!(difference > 0.0);
        let encode_tiled = |side, overlap| {
            let tiling = Tiling { side, overlap };
            let tiled = vae.encoder.encode_tiled(&whole, tiling, &mut |_, _| Ok(()));
            tiled.expect("encoded")
        };
        let straight = vae.encoder.encode(&whole, &mut |_, _| Ok(()));
        let straight = straight.expect("encoded");
        assert_close("one tile, encoded", &encode_tiled(9, 2), &straight, 1e-5);
        assert_eq!(encode_tiled(6, 3).size(), straight.size());
    }
}

/// Counts what the pipeline reports, and stops it after so many checks.
#[derive(Default)]
struct Reports {
    checks: usize,
    tiles: usize,
    most_checks: Option<usize>,
}

impl Listener for Reports {
    fn receive(&mut self, progress: Progress, _pixels: Vec<u8>) -> Result<(), Failure> {
        self.tiles += usize::from(matches!(progress, Progress::Working { .. }));
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        self.checks += 1;
        match self.most_checks.is_some_and(|most| self.checks > most) {
            true => Err(Failure::cancelled()),
            false => Ok(()),
        }
    }
}

/// Counts frames.
#[derive(Default)]
struct Counted {
    frames: i64,
}

impl ClipSink for Counted {
    fn frames(&mut self, frames: &Tensor, _listener: &mut dyn Listener) -> Result<(), Failure> {
        self.frames += frames.size()[2];
        Ok(())
    }

    fn sound(&mut self, _block: SoundBlock, _listener: &mut dyn Listener) -> Result<(), Failure> {
        Err(Failure::bug("frames have no sound"))
    }
}

#[test]
fn the_pipeline_gets_all_frames_whole_or_in_tiles_and_can_cancel() {
    let vae = case("v2_3_9_frames").vae();
    let latents = Latents::of_picture(normal_like("wide", &[1, 8, 4, 1, 5]));
    let decode = |in_tiles: bool, reports: &mut Reports| {
        let mut counted = Counted::default();
        let decoder = ClipDecoder {
            vae: &vae.decoder,
            in_tiles,
            seed: 0,
        };
        let result = decoder.decode(&latents, reports, &mut counted);
        (counted.frames, result)
    };
    let mut reports = Reports::default();
    let (count, result) = decode(false, &mut reports);
    assert!(result.is_ok());
    assert_eq!((count, reports.checks), (25, 4));
    let (count, result) = decode(true, &mut reports);
    assert!(result.is_ok());
    assert_eq!(count, 25);
    assert!(reports.tiles > 2);
    let mut reports = Reports {
        most_checks: Some(2),
        ..Reports::default()
    };
    assert!(decode(false, &mut reports).1.is_err());
    assert_eq!(reports.checks, 3);
}

#[test]
fn clips_of_other_sizes_are_refused() {
    let vae = case("v2_0_1_frame").vae();
    for size in [[1, 3, 8, 32, 32], [1, 3, 9, 33, 32], [1, 4, 9, 32, 32]] {
        let frames = uniform_tensor("frames", &size);
        assert!(vae.encoder.encode(&frames, &mut |_, _| Ok(())).is_err());
    }
    // A border of a single position cannot be mirrored.
    for size in [[1, 8, 1, 1, 2], [1, 8, 1, 2, 1], [1, 7, 1, 2, 2]] {
        let latents = normal_like("latents", &size);
        assert!(plain(&vae).decode_whole(&latents).is_err());
        assert!(plain(&vae).decode(&latents, &mut |_| Ok(())).is_err());
    }
    let mirrored = normal_like("latents", &[1, 8, 1, 2, 2]);
    assert!(plain(&vae).decode_whole(&mirrored).is_ok());
}
