//! Compares the sound of LTX-2 with diffusers: autoencoder, vocoders, log-mel spectrogram; and long sounds in pieces with
//! the same in one piece.

mod files;

use kinora_engine::family::ltx2::audio::vocoder::{
    Activation, End, ExtensionConfig, NetworkConfig, Upsampling, Vocoder, VocoderConfig,
};
use kinora_engine::family::ltx2::audio::{
    AudioDecoder, AudioEncoder, AudioVae, AudioVaeConfig, LogMel, MEL_RATE_HZ, packed, resampled,
    unpacked,
};
use kinora_engine::weights::{Role, Source, Survey, Weights};
use kinora_wire::Failure;
use serde_json::Value;
use tch::{Device, Tensor};

use crate::drawn::{Drawn, normal_like, parameter, uniform_tensor};
use crate::golden::{Goldens, assert_close, number, numbers};

/// The cases of one kind: each name with its case.
fn cases<'g>(goldens: &'g Goldens, kind: &str) -> Vec<(&'g str, &'g Value)> {
    let cases = goldens.case(kind).as_object().expect("cases");
    cases
        .iter()
        .map(|(name, case)| (name.as_str(), case))
        .collect()
}

#[expect(clippy::unnecessary_wraps, reason = "it is a callback that may fail")]
fn done(_: usize, _: usize) -> Result<(), Failure> {
    Ok(())
}

/// A number of a diffusers configuration, or its default.
fn or(config: &Value, key: &str, default: i64) -> i64 {
    config[key].as_i64().unwrap_or(default)
}

pub fn vae_config(case: &Value) -> AudioVaeConfig {
    let theirs = &case["config"];
    let base = number(theirs, "base_channels");
    let widths: Vec<i64> = numbers(&theirs["ch_mult"])
        .iter()
        .map(|times| base * times)
        .collect();
    AudioVaeConfig {
        sounds: or(theirs, "in_channels", 2),
        channels: number(theirs, "latent_channels"),
        bins: number(theirs, "mel_bins") / 4,
        base,
        widths: widths.try_into().expect("three levels"),
        blocks: number(theirs, "num_res_blocks") as usize,
        has_variance: theirs["double_z"].as_bool().unwrap_or(true),
    }
}

fn vae(case: &Value) -> AudioVae {
    tch::set_num_threads(1);
    AudioVae::new(&vae_config(case), Weights::of(&mut Drawn)).expect("drawn")
}

fn mel_of(config: &AudioVaeConfig, frames: i64) -> Tensor {
    normal_like("mel", &[1, config.sounds, frames, config.mel_bins()])
}

#[test]
fn the_sound_autoencoder_is_equal_to_the_reference_in_every_shape() {
    let goldens = Goldens::of("ltx2_audio");
    for (name, case) in cases(&goldens, "vaes") {
        let (vae, config) = (vae(case), vae_config(case));
        let mel = mel_of(&config, number(case, "frames"));
        let encoded = vae.encoder.encode(&mel, &mut done).expect("encoded");
        let golden = |what: &str| goldens.tensor(&format!("vae.{name}.{what}"));
        assert_close(name, &encoded, &golden("encoded"), 1e-4);
        let tokens = normal_like(
            "tokens",
            &[1, number(case, "latents"), config.token_width()],
        );
        let decoded = vae.decoder.decode(&tokens, &mut done).expect("decoded");
        assert_close(name, &decoded, &golden("decoded"), 1e-4);
    }
}

#[test]
fn each_half_of_the_autoencoder_can_be_loaded_alone() {
    let goldens = Goldens::of("ltx2_audio");
    let case = cases(&goldens, "vaes")[0].1;
    let config = vae_config(case);
    let half = Survey::of(|weights| AudioDecoder::new(&config, weights)).expect("a survey");
    let other = Survey::of(|weights| AudioEncoder::new(&config, weights)).expect("a survey");
    let both = Survey::of(|weights| AudioVae::new(&config, weights)).expect("a survey");
    let statistics = 2 * config.token_width();
    assert_eq!(half.count() + other.count() - statistics, both.count());
}

#[test]
fn a_long_sound_in_pieces_is_equal_to_the_sound_in_one_piece() {
    let goldens = Goldens::of("ltx2_audio");
    for (name, case) in cases(&goldens, "vaes") {
        let (vae, config) = (vae(case), vae_config(case));
        let latents = 2 * config.decoder_reach() + 15;
        let tokens = normal_like("long", &[1, latents, config.token_width()]);
        let decoded = |length: i64| {
            vae.decoder
                .decode_in_pieces(&tokens, length, &mut done)
                .expect("decoded")
        };
        assert_close(name, &decoded(7), &decoded(latents), 1e-5);
        let mel = mel_of(&config, 4 * latents - 2);
        let encoded = |length: i64| {
            vae.encoder
                .encode_in_pieces(&mel, length, &mut done)
                .expect("encoded")
        };
        assert_close(name, &encoded(7), &encoded(latents), 1e-5);
    }
}

#[test]
fn tokens_and_latents_are_packed_both_ways() {
    let latents = normal_like("latents", &[2, 8, 5, 16]);
    let tokens = packed(&latents);
    assert_eq!(tokens.size(), [2, 5, 128]);
    // Channel by channel: number 35 of a token is bin 3 of channel 2.
    let (token, latent) = (
        tokens.double_value(&[1, 4, 35]),
        latents.double_value(&[1, 2, 4, 3]),
    );
    assert!((token - latent).abs() < 1e-9);
    assert_close("unpacked", &unpacked(&tokens, 8), &latents, 0.0);
}

/// Draws every parameter of a vocoder by its name, smaller in the modules that the golden script lists.
struct Quiet(Vec<(String, f64)>);

impl Quiet {
    fn of(goldens: &Goldens) -> Self {
        let listed = goldens.case("quieter").as_object().expect("modules");
        let factor = |value: &Value| value.as_f64().expect("a factor");
        Self(
            listed
                .iter()
                .map(|(part, value)| (part.clone(), factor(value)))
                .collect(),
        )
    }

    fn drawn(&self, name: &str, shape: &[i64]) -> Tensor {
        let mut tensor = parameter(name, shape);
        for (_, factor) in self.0.iter().filter(|(part, _)| name.contains(part)) {
            tensor *= *factor;
        }
        tensor
    }
}

impl Source for Quiet {
    fn parameter(&mut self, name: &str, shape: &[i64], _role: Role) -> Result<Tensor, Failure> {
        Ok(self.drawn(name, shape))
    }
}

/// A network of a diffusers configuration, whose keys begin with `prefix`.
fn network(theirs: &Value, prefix: &str, is_snake: bool) -> NetworkConfig {
    let key = |name: &str| format!("{prefix}{name}");
    let kernels = numbers(&theirs[key("upsample_kernel_sizes")]);
    let factors = numbers(&theirs[key("upsample_factors")]);
    let stages = kernels.into_iter().zip(factors);
    let mut blocks: Vec<(i64, Vec<i64>)> = numbers(&theirs[key("resnet_kernel_sizes")])
        .into_iter()
        .zip(
            theirs[key("resnet_dilations")]
                .as_array()
                .into_iter()
                .flatten(),
        )
        .map(|(kernel, dilations)| (kernel, numbers(dilations)))
        .collect();
    if blocks.is_empty() {
        blocks = [3, 7, 11].map(|kernel| (kernel, vec![1, 3, 5])).into();
    }
    NetworkConfig {
        inputs: number(theirs, &key("in_channels")),
        width: number(theirs, &key("hidden_channels")),
        outputs: or(theirs, &key("out_channels"), 2),
        stages: stages
            .map(|(kernel, factor)| Upsampling { kernel, factor })
            .collect(),
        blocks,
        activation: match is_snake {
            true => Activation::SnakeBeta { taps: 12 },
            false => Activation::Leaky,
        },
        has_final_bias: !is_snake,
        end: match is_snake {
            true => End::Open,
            false => End::Tanh,
        },
    }
}

pub fn vocoder_config(name: &str, case: &Value) -> VocoderConfig {
    let theirs = &case["config"];
    let extends = name.starts_with("bands");
    VocoderConfig {
        network: network(theirs, "", extends),
        extension: extends.then(|| ExtensionConfig {
            network: network(theirs, "bwe_", true),
            window: or(theirs, "filter_length", 512),
            hop: or(theirs, "hop_length", 80),
            bins: number(theirs, "num_mel_channels"),
        }),
    }
}

fn vocoder(goldens: &Goldens, name: &str) -> Vocoder {
    tch::set_num_threads(1);
    let config = vocoder_config(name, &goldens.case("vocoders")[name]);
    Vocoder::new(&config, Weights::of(&mut Quiet::of(goldens))).expect("drawn")
}

/// A spectrogram for a vocoder.
fn spectrogram(case: &Value, frames: i64) -> Tensor {
    let bins = number(case, "bins");
    let sounds = number(&case["config"], "in_channels") / bins;
    normal_like("mel", &[1, sounds, frames, bins])
}

#[test]
fn every_vocoder_is_equal_to_the_reference() {
    let goldens = Goldens::of("ltx2_audio");
    for (name, case) in cases(&goldens, "vocoders") {
        let vocoder = vocoder(&goldens, name);
        let frames = number(case, "frames");
        let wave = vocoder
            .wave(&spectrogram(case, frames), &mut done)
            .expect("a wave");
        let samples = frames * vocoder.config.samples_per_frame();
        assert_eq!(wave.size()[2], samples, "{name}");
        let stored = wave.slice(2, None::<i64>, None::<i64>, number(case, "stride"));
        assert_close(
            name,
            &stored,
            &goldens.tensor(&format!("vocoder.{name}")),
            1e-4,
        );
    }
}

#[test]
fn a_long_wave_in_pieces_is_equal_to_the_wave_in_one_piece() {
    let goldens = Goldens::of("ltx2_audio");
    for name in ["plain_dilated", "plain", "bands_mono"] {
        let vocoder = vocoder(&goldens, name);
        let case = &goldens.case("vocoders")[name];
        let reach = vocoder.config.reach_frames();
        let frames = 2 * reach + 25;
        let mel = spectrogram(case, frames);
        let wave = |length: i64| {
            vocoder
                .wave_in_pieces(&mel, length, &mut done)
                .expect("a wave")
        };
        assert!(reach < 100, "{name}: pieces would be mostly overlap");
        // The logarithm of the second spectrogram makes roundings of faint bins larger.
        assert_close(name, &wave(19), &wave(frames), 5e-5);
    }
}

/// The first and the last place along `axis` that differ.
fn differing(one: &Tensor, other: &Tensor, axis: i64) -> [i64; 2] {
    let places = (one - other).abs().transpose(0, axis).flatten(1, -1);
    let differs = places.amax([1], false).gt(0.0).nonzero().flatten(0, -1);
    [differs.min(), differs.max()].map(|place| place.int64_value(&[]))
}

#[test]
fn no_network_reads_farther_than_its_reach() {
    let goldens = Goldens::of("ltx2_audio");
    for name in ["plain_dilated", "plain", "bands_mono"] {
        let vocoder = vocoder(&goldens, name);
        let case = &goldens.case("vocoders")[name];
        let (reach, per_frame) = (
            vocoder.config.reach_frames(),
            vocoder.config.samples_per_frame(),
        );
        let frames = 2 * reach + 21;
        let changed = frames / 2;
        let mel = spectrogram(case, frames);
        let wave = |mel: &Tensor| {
            vocoder
                .wave_in_pieces(mel, frames, &mut done)
                .expect("a wave")
        };
        let before = wave(&mel);
        let _ = mel.narrow(2, changed, 1).fill_(5.0);
        let [first, last] = differing(&before, &wave(&mel), 2).map(|sample| sample / per_frame);
        println!("{name}: reads {first} to {last} around {changed}, reach {reach}");
        assert!(
            changed - reach <= first && last <= changed + reach,
            "{name}"
        );
        assert!(
            2 * (last - first) > reach,
            "{name}: the reach is far too large"
        );
    }
    let case = &goldens.case("vaes")["usual"];
    let (vae, config) = (vae(case), vae_config(case));
    let latents = config.decoder_reach() + 21;
    let tokens = normal_like("long", &[1, latents, config.token_width()]);
    let decoded = |tokens: &Tensor| {
        let decoded = vae.decoder.decode_in_pieces(tokens, latents, &mut done);
        decoded.expect("decoded")
    };
    let before = decoded(&tokens);
    let _ = tokens.narrow(1, 10, 1).fill_(5.0);
    let [first, last] = differing(&before, &decoded(&tokens), 2);
    println!("the decoder writes frames {first} to {last} of latent frame 10");
    assert_eq!(first, 37, "causal");
    assert!(last <= 4 * (10 + config.decoder_reach()), "{last}");
    let mel = mel_of(&config, 4 * latents);
    let encoded = |mel: &Tensor| {
        let encoded = vae.encoder.encode_in_pieces(mel, latents, &mut done);
        encoded.expect("encoded")
    };
    let before = encoded(&mel);
    let _ = mel.narrow(2, 40, 1).fill_(5.0);
    let [first, last] = differing(&before, &encoded(&mel), 1);
    println!("the encoder writes latent frames {first} to {last} of frame 40");
    assert_eq!(first, 10, "causal");
    assert!(last <= 10 + config.encoder_reach(), "{last}");
}

#[test]
fn a_piece_may_stop_the_work() {
    let goldens = Goldens::of("ltx2_audio");
    let vocoder = vocoder(&goldens, "plain_dilated");
    let mel = spectrogram(&goldens.case("vocoders")["plain_dilated"], 30);
    let mut seen = Vec::new();
    let stopped = vocoder.wave_in_pieces(&mel, 10, &mut |at, total| {
        seen.push((at, total));
        match at {
            2 => Err(Failure::cancelled()),
            _ => Ok(()),
        }
    });
    assert!(stopped.is_err());
    assert_eq!(seen, [(1, 3), (2, 3)]);
}

#[test]
fn a_vocoder_makes_as_many_samples_as_its_release_says() {
    let stages = |pairs: &[(i64, i64)]| {
        let stages = pairs.iter();
        let stages = stages.map(|&(kernel, factor)| Upsampling { kernel, factor });
        stages.collect::<Vec<_>>()
    };
    let network = |width: i64, pairs: &[(i64, i64)]| NetworkConfig {
        inputs: 128,
        width,
        outputs: 2,
        stages: stages(pairs),
        blocks: [3, 7, 11].map(|kernel| (kernel, vec![1, 3, 5])).into(),
        activation: Activation::SnakeBeta { taps: 12 },
        has_final_bias: false,
        end: End::Open,
    };
    let first = network(1536, &[(11, 5), (4, 2), (4, 2), (4, 2), (4, 2), (4, 2)]);
    let second = network(512, &[(12, 6), (11, 5), (4, 2), (4, 2), (4, 2)]);
    let released = VocoderConfig {
        network: first,
        extension: Some(ExtensionConfig {
            network: second,
            window: 512,
            hop: 80,
            bins: 64,
        }),
    };
    assert_eq!(released.rate_hz(), 48_000);
    assert_eq!(released.frame_multiple(), 1);
    let survey = Survey::of(|weights| Vocoder::new(&released, weights)).expect("a survey");
    let millions = survey.count() / 1_000_000;
    let reach = released.reach_frames();
    println!("{millions} million parameters, {reach} frames around a sample");
    assert!(reach < 128, "{reach}");
}

#[test]
fn the_log_mel_spectrogram_is_equal_to_the_reference() {
    let goldens = Goldens::of("ltx2_audio");
    for (name, case) in cases(&goldens, "waves") {
        let wave = uniform_tensor("wave", &[1, 2, number(case, "samples")]) * 0.5;
        let mel = LogMel::new(number(case, "bins"), Device::Cpu)
            .spectrogram(&wave)
            .expect("a spectrogram");
        let stored = mel.slice(2, None::<i64>, None::<i64>, number(case, "stride"));
        assert_close(name, &stored, &goldens.tensor(&format!("mel.{name}")), 1e-4);
    }
}

#[test]
fn sample_rates_are_changed_as_the_reference_does() {
    let goldens = Goldens::of("ltx2_audio");
    for (name, case) in cases(&goldens, "rates") {
        let wave = uniform_tensor("wave", &[1, 2, number(case, "samples")]) * 0.5;
        let changed = resampled(&wave, number(case, "rate"), MEL_RATE_HZ).expect("resampled");
        assert_close(
            name,
            &changed,
            &goldens.tensor(&format!("rate.{name}")),
            1e-5,
        );
    }
}
