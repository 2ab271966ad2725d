//! The files of LTX-2's sound: shapes read from the weights, and refusals by the name of the tensor.

use kinora_engine::family::ltx2::audio::vocoder::{Vocoder, VocoderConfig};
use kinora_engine::family::ltx2::audio::{AudioVae, AudioVaeConfig, SoundPart};
use kinora_engine::weights::{Checkpoint, Survey, load};
use kinora_wire::Failure;
use tch::{Device, Kind};

use super::{cases, done, vae_config, vocoder_config};
use crate::drawn::{normal_like, parameter};
use crate::golden::{Goldens, assert_close, number, write_weights};

/// Writes the drawn weights of a network, with each name changed by `key`; a name without a key is left out.
fn written(
    survey: &Survey,
    folder: &tempfile::TempDir,
    part: SoundPart,
    key: impl Fn(&str) -> Option<String>,
) -> Result<Checkpoint, Failure> {
    let tensors = survey.shapes.iter().filter_map(|(name, shape)| {
        let key = key(name)?;
        Some((key, parameter(name, shape)))
    });
    Checkpoint::open(&write_weights(folder, tensors), part)
}

#[test]
fn the_shape_of_the_autoencoder_is_read_from_its_weights() {
    let goldens = Goldens::of("ltx2_audio");
    for (name, case) in cases(&goldens, "vaes") {
        let config = vae_config(case);
        let survey = Survey::of(|weights| AudioVae::new(&config, weights)).expect("a survey");
        let folder = tempfile::tempdir().expect("a folder");
        let part = SoundPart::Autoencoder;
        let checkpoint = written(&survey, &folder, part, |name| {
            Some(format!("audio_vae.{name}"))
        });
        let checkpoint = checkpoint.expect("opened");
        let detected = AudioVaeConfig::detect(&checkpoint).expect("detected");
        assert_eq!(detected, config, "{name}");
        let loaded = load(
            &checkpoint,
            Device::Cpu,
            Kind::Float,
            &mut |_| Ok(()),
            |weights| AudioVae::new(&detected, weights),
        );
        let tokens = normal_like(
            "tokens",
            &[1, number(case, "latents"), config.token_width()],
        );
        let decoder = loaded.expect("loaded").decoder;
        let decoded = decoder.decode(&tokens, &mut done).expect("decoded");
        let golden = goldens.tensor(&format!("vae.{name}.decoded"));
        assert_close(name, &decoded, &golden, 1e-4);
    }
}

#[test]
fn the_shape_of_a_vocoder_is_read_from_its_weights() {
    let goldens = Goldens::of("ltx2_audio");
    for name in ["plain", "bands", "bands_mono"] {
        let config = vocoder_config(name, &goldens.case("vocoders")[name]);
        let survey = Survey::of(|weights| Vocoder::new(&config, weights)).expect("a survey");
        let folder = tempfile::tempdir().expect("a folder");
        let part = SoundPart::Vocoder;
        let checkpoint = written(&survey, &folder, part, |name| {
            Some(format!("vocoder.{name}"))
        });
        let checkpoint = checkpoint.expect("opened");
        let detected = VocoderConfig::detect(&checkpoint).expect("detected");
        assert_eq!(detected, config, "{name}");
        checkpoint.check(&survey).expect("all there");
    }
}

/// The failure of opening, detecting and checking a file whose names `key` changes.
fn refusal(goldens: &Goldens, part: SoundPart, key: impl Fn(&str) -> Option<String>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let tried = match part {
        SoundPart::Autoencoder => {
            let config = vae_config(&goldens.case("vaes")["usual"]);
            let survey = Survey::of(|weights| AudioVae::new(&config, weights)).expect("a survey");
            written(&survey, &folder, part, key).and_then(|checkpoint| {
                let config = AudioVaeConfig::detect(&checkpoint)?;
                let needed = Survey::of(|weights| AudioVae::new(&config, weights))?;
                checkpoint.check(&needed)
            })
        }
        SoundPart::Vocoder => {
            let config = vocoder_config("bands", &goldens.case("vocoders")["bands"]);
            let survey = Survey::of(|weights| Vocoder::new(&config, weights)).expect("a survey");
            written(&survey, &folder, part, key).and_then(|checkpoint| {
                let config = VocoderConfig::detect(&checkpoint)?;
                let needed = Survey::of(|weights| Vocoder::new(&config, weights))?;
                checkpoint.check(&needed)
            })
        }
    };
    tried.expect_err("refused").to_string()
}

#[test]
fn files_of_another_kind_are_refused_by_the_name_of_the_tensor() {
    let goldens = Goldens::of("ltx2_audio");
    let without = |part: SoundPart, start: &str, named: &str| {
        let key = |name: &str| (!name.starts_with(start)).then(|| name.to_owned());
        let failure = refusal(&goldens, part, key);
        assert!(failure.contains(named), "without {start}: {failure}");
    };
    let autoencoder = SoundPart::Autoencoder;
    for (start, named) in [
        ("decoder.conv_in", "`decoder.conv_in.conv.weight`"),
        ("encoder.conv_out", "`encoder.conv_out.conv.weight`"),
        ("per_channel", "`per_channel_statistics.mean-of-means`"),
        ("encoder.down.2", "`encoder.down` has 2 levels"),
        (
            "decoder.mid.block_1.conv1",
            "`decoder.mid.block_1.conv1.conv.bias`",
        ),
    ] {
        without(autoencoder, start, named);
    }
    for (start, named) in [
        ("vocoder.ups", "`vocoder.ups` has 0 stages"),
        ("vocoder.resblocks.17", "`vocoder.resblocks` has 17 blocks"),
        (
            "bwe_generator.resblocks.0.convs1.2",
            "`bwe_generator.resblocks.0.convs1` has 2",
        ),
        ("mel_stft.stft_fn", "`mel_stft.stft_fn.forward_basis`"),
        ("vocoder.act_post.act.beta", "`vocoder.act_post.act.beta`"),
    ] {
        without(SoundPart::Vocoder, start, named);
    }
    let attention = refusal(&goldens, autoencoder, |name| {
        Some(name.replace("mid.block_2.conv1.conv", "mid.attn_1.q"))
    });
    assert!(attention.contains("mid.attn_1.q.bias"), "{attention}");
}
