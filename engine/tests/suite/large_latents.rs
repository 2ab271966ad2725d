//! Models with the autoencoder of Wan 2.2 5B: 48 latent channels for 16x16 pixels.
//! The sizes they can make, a generated clip, and autoencoders that are refused.

use std::collections::BTreeMap;
use std::path::Path;

use kinora_engine::family::wan::transformer::Config;
use kinora_engine::family::wan::vae::{Layer, VaeConfig};
use kinora_engine::family::wan::{Component, fallback_defaults};
use kinora_engine::memory::{Phase, PictureForm};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::weights::Checkpoint;
use kinora_wire::{ClipInputs, Failure, Generation, Keyframe, LatentGrid, PartialSettings};
use serde_json::Value;

use crate::golden::{open, parsed};
use crate::pipeline::{Collector, generator, made, write_networks};
use crate::{tiny, transformer, vae};

/// A text-to-video transformer that makes latents of this many channels.
pub fn with_channels(channels: i64) -> Config {
    let cases: BTreeMap<String, Value> = parsed(&open("transformer"));
    Config {
        in_channels: channels,
        out_channels: channels,
        ..transformer::config(&cases["tiny_9_frames"])
    }
}

/// Writes and opens a model of such a transformer and the autoencoder of a case of the goldens.
fn opened(folder: &Path, channels: i64, vae: &str) -> Result<Model, Failure> {
    write_networks(folder, &with_channels(channels), vae, 430);
    let files = ModelFiles::in_folder(folder).expect("a model");
    Model::open("tiny", &files, fallback_defaults())
}

fn clip(size: [u32; 2]) -> Generation {
    Generation {
        settings: PartialSettings {
            size: Some(size),
            frames: Some(5),
            steps: Some(2),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: "a red fox".into(),
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

#[test]
fn a_clip_of_large_latents_is_generated_in_sizes_of_32_pixels() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let model = opened(folder.path(), 48, "residual_9_frames").expect("whole");
    let spec = model.spec();
    assert_eq!(spec.size_multiple_pixels, 32);
    let grid = LatentGrid {
        pixels: [16, 16],
        frames: 4,
        channels: 48,
    };
    assert_eq!(spec.latent_grid, grid);
    let failure = model.plan(&clip([80, 32]), &|_| Vec::new());
    assert!(failure.expect_err("refused").cause.contains("of 32"));

    let plan = model
        .plan(&clip([64, 32]), &|_| Vec::new())
        .expect("possible");
    assert_eq!(plan.latent(), [2, 2, 4]);
    let heard = made(&model, &plan);
    assert_eq!(heard.steps, 2);
    assert_eq!(heard.pixels.len(), 5 * 64 * 32 * 3);
}

#[test]
fn the_memory_plan_counts_a_timestep_for_each_token_with_a_first_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = opened(folder.path(), 48, "residual_9_frames").expect("whole");
    let bytes = |request: &Generation| {
        let plan = model.plan(request, &|_| Vec::new()).expect("possible");
        let memory = generator().memory_plan(&model, &plan).expect("a plan");
        [Phase::Pictures, Phase::Denoising].map(|phase| memory.phase_bytes(phase))
    };
    let without = bytes(&clip([64, 32]));
    let mut request = clip([64, 32]);
    request.inputs.keyframes = vec![Keyframe {
        frame: 0,
        image: "one.png".into(),
    }];
    let with = bytes(&request);
    assert_eq!(without[0], 0, "nothing is encoded");
    assert!(with[0] > 0);
    // The embedding and twice six modulations of 24 numbers in fp32, for 4 tokens.
    assert_eq!(with[1] - without[1], 4 * 24 * 13 * 4);
}

#[test]
fn tiles_of_large_latents_have_256_pixels() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let model = opened(folder.path(), 48, "residual_9_frames").expect("whole");
    let plan = model.plan(&clip([320, 32]), &|_| Vec::new());
    let plan = plan.expect("possible");
    let mut generator = generator();
    let mut memory = generator.memory_plan(&model, &plan).expect("a plan");
    let whole = memory.phase_bytes(Phase::Decoding);
    memory.decoding = PictureForm::Tiled;
    // 20 KiB a pixel outside the tile, but the clip is put together in fp32.
    let saved = 64 * 32 * (20 << 10) - 3 * 4 * 5 * 320 * 32;
    assert_eq!(whole - memory.phase_bytes(Phase::Decoding), saved);
    let mut heard = Collector::default();
    let made = generator.generate_by(memory, &model, &plan, &mut heard);
    made.expect("a clip");
    assert_eq!(heard.pixels.len(), 5 * 320 * 32 * 3);
}

#[test]
fn a_transformer_is_refused_with_the_wrong_autoencoder_and_names_the_right_one() {
    for (channels, vae, right) in [
        (48, "plain_9_frames", "Wan 2.2 5B"),
        (16, "residual_9_frames", "Wan 2.1"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let failure = opened(folder.path(), channels, vae).expect_err("refused");
        assert!(failure.cause.contains("makes latents of"), "{failure}");
        let remedy = failure.remedy.clone().unwrap_or_default();
        assert!(
            remedy.starts_with(&format!("use the autoencoder of {right} ")),
            "{failure}"
        );
    }
}

/// Writes an autoencoder of this shape and detects it again. It is refused for this reason.
#[track_caller]
fn check_refused(config: &VaeConfig, reason: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vae.safetensors");
    tiny::write(&path, tiny::drawn_tensors(&tiny::vae_survey(config)), &[]);
    let checkpoint = Checkpoint::open(&path, Component::Vae).expect("sound");
    let failure = VaeConfig::detect(&checkpoint).expect_err(reason);
    assert!(failure.cause.contains(reason), "{failure}");
}

#[test]
fn an_autoencoder_whose_layers_do_not_fit_together_is_refused() {
    let cases: BTreeMap<String, Value> = parsed(&open("vae"));
    let sound = vae::config(&cases["residual_9_frames"]);

    let mut slower = sound.clone();
    for layer in slower.decoder.iter_mut().flatten() {
        if let Layer::Resample { is_temporal, .. } = layer {
            *is_temporal = false;
        }
    }
    check_refused(&slower, "its decoder 1 frames of 8x8");

    let mut broken = sound.clone();
    for stage in broken.decoder.iter_mut().skip(2) {
        for layer in stage {
            if let Layer::Residual { inputs, .. } = layer {
                *inputs = 6;
            }
        }
    }
    check_refused(&broken, "reads 6 channels, the one before it writes 4");

    let widths = [4, 6, 6, 6];
    let uneven = VaeConfig::residual_of_widths(48, &widths, &widths, 1);
    check_refused(&uneven, "cannot be divided evenly");

    let patchy = VaeConfig { patch: 3, ..sound };
    check_refused(&patchy, "its encoder reads pictures of 27 channels");
}

#[test]
fn the_full_autoencoder_has_the_size_of_the_released_one() {
    let widths = |base: i64| [base, 2 * base, 4 * base, 4 * base];
    let config = VaeConfig::residual_of_widths(48, &widths(160), &widths(256), 2);
    assert_eq!(config.pixels_per_latent(), 16);
    // `wan2.2_vae.safetensors` has 1.41 GB in 16 bits.
    assert_eq!(tiny::vae_survey(&config).count(), 704_688_668);
}
