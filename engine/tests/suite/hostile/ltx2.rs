//! Damaged files of LTX-2: every component's header, tensors and configuration, and what a file is.

use std::fs;
use std::path::Path;

use kinora_engine::family::ltx2::audio::vocoder::{Vocoder, VocoderConfig};
use kinora_engine::family::ltx2::audio::{AudioVae, AudioVaeConfig, SoundPart};
use kinora_engine::family::ltx2::identity::{Identity, matching};
use kinora_engine::family::ltx2::text::{
    Connectors, ConnectorsConfig, GemmaConfig, ProjectionConfig, TextEncoder, TextPart, Tokens,
};
use kinora_engine::family::ltx2::transformer::{
    Conditions, Config, Pass, StreamConditions, Streams, Transformer, TransformerNaming, positions,
};
use kinora_engine::family::ltx2::upsampler::{LatentUpsampler, UpsamplerConfig, UpsamplerNames};
use kinora_engine::family::ltx2::vae::names::VaeNames;
use kinora_engine::family::ltx2::vae::{DecoderConfig, Vae, VaeConfig};
use kinora_engine::weights::Survey;
use kinora_wire::Failure;
use serde_json::{Value, json};
use tch::Tensor;

use super::network::{
    Tensors, USUAL, attack_json, attack_tensors, ones, opens, tensors, write_zeros,
};
use super::{Dice, attack_with, mutated, scratch_folder, tries};
use crate::golden::{Goldens, open as golden_file, parsed};
use crate::{ltx2_audio, ltx2_transformer, ltx2_vae};

/// Attacks the tensors and the configuration of a component in a file by itself.
fn attack_component(
    name: &str,
    sound: &Tensors,
    config: &Value,
    is_inside: bool,
    opened: impl Fn(&Path) -> bool,
) {
    tch::set_num_threads(1);
    let folder = scratch_folder();
    let path = folder.path().join("weights.safetensors");
    let written = |tensors: &Tensors, config: &Value| {
        if is_inside {
            write_zeros(&path, tensors, &[("config", config.to_string())]);
        } else {
            write_zeros(&path, tensors, &[]);
            fs::write(folder.path().join("config.json"), config.to_string()).expect("written");
        }
        opened(&path)
    };
    attack_tensors(name, sound, |damaged| written(damaged, config));
    if config.as_object().is_some_and(|config| !config.is_empty()) {
        attack_json(name, config, |damaged| written(sound, damaged));
    }
    attack_header(name, &path, || written(sound, config), &opened);
}

/// Damages the bytes of a file's header.
fn attack_header(
    name: &str,
    path: &Path,
    write: impl FnOnce() -> bool,
    opened: &impl Fn(&Path) -> bool,
) {
    assert!(write(), "{name} is sound before");
    let mut sound = fs::read(path).expect("a file");
    let header = 8 + u64::from_le_bytes(sound[..8].try_into().expect("eight")) as usize;
    let data = sound.split_off(header).len();
    let damage = |dice: &mut Dice| mutated(&sound, dice);
    attack_with(
        &format!("{name}, header"),
        tries(USUAL),
        damage,
        |damaged| {
            fs::write(path, damaged).expect("written");
            let file = fs::File::options().write(true).open(path).expect("opened");
            let length = (damaged.len() + data) as u64;
            file.set_len(length).expect("made longer");
            opened(path)
        },
    );
}

fn run_transformer(config: &Config, network: &Transformer) {
    let places = Streams {
        video: Some(positions::clip([1, 1, 2], 24.0)),
        audio: Some(positions::sound(0..2)),
    };
    let time = Tensor::from_slice(&[500_f32]);
    let streams = config.streams.as_ref();
    let latents = streams.try_map(|_, stream| Ok(ones(&[1, 2, stream.in_channels])));
    let streams = config.streams.as_ref();
    let texts = streams.try_map(|_, stream| {
        let width = stream.caption_width.unwrap_or(stream.text_width);
        Ok(ones(&[1, 3, width]))
    });
    let (latents, texts) = (latents.expect("latents"), texts.expect("texts"));
    let streams = texts.as_ref().try_map(|modality, text| {
        Ok(StreamConditions {
            text,
            text_mask: None,
            positions: places.get(modality).expect("both"),
            timesteps: &time,
            time_of_step: &time,
            attention_mask: None,
            keyframes: None,
        })
    });
    let conditions = Conditions {
        streams: streams.expect("conditions"),
        pass: Pass::default(),
    };
    let made = network.forward(latents.as_ref(), &conditions);
    made.expect("velocities");
}

#[test]
fn no_damaged_ltx2_transformer_harms() {
    let goldens = Goldens::of("ltx2_transformer");
    for name in ["version_2_0", "version_2_3", "interleaved"] {
        let case = goldens.case(name);
        let survey = ltx2_transformer::survey(&ltx2_transformer::config(case));
        let sound = tensors(&survey, |name| format!("model.diffusion_model.{name}"));
        let theirs = &case["config"];
        let config = json!({ "transformer": {
            "num_attention_heads": theirs["num_attention_heads"],
            "audio_num_attention_heads": theirs["audio_num_attention_heads"],
            "rope_type": theirs["rope_type"],
            "norm_eps": 1e-6,
            "timestep_scale_multiplier": 1000,
            "av_ca_timestep_scale_multiplier": 1000,
        } });
        let name = format!("transformer {name}");
        attack_component(&name, &sound, &config, true, |path| {
            opens(
                path,
                TransformerNaming,
                Config::detect,
                Transformer::new,
                run_transformer,
            )
        });
    }
}

#[test]
fn no_damaged_ltx2_picture_autoencoder_or_upscaler_harms() {
    for name in ["v2_0_1_frame", "v2_3_1_frame"] {
        let config = ltx2_vae::case(name).config();
        let survey = Survey::of(|weights| Vae::new(&config, weights)).expect("a survey");
        let sound = tensors(&survey, str::to_owned);
        attack_component(name, &sound, &json!({}), true, |path| {
            let run = |config: &VaeConfig, vae: &Vae| {
                let side = config.pixels_per_latent();
                let frames = ones(&[1, 3, 9, side, side]);
                let latents = vae.encoder.encode(&frames, &mut |_, _| Ok(()));
                assert_eq!(latents.expect("encoded").size()[2], 2);
                let latents = ones(&[1, config.channels, 2, 2, 2]);
                let frames = vae.decoder.decode_whole(&latents).expect("decoded");
                assert_eq!(frames.size()[2], 9);
            };
            opens(path, VaeNames, VaeConfig::detect, Vae::new, run)
        });
    }
    let (config, header) = ltx2_vae::diffusion::autoencoder();
    let survey = Survey::of(|weights| Vae::new(&config, weights)).expect("a survey");
    let sound = tensors(&survey, str::to_owned);
    attack_component("diffusion", &sound, &header, true, |path| {
        let run = |found: &VaeConfig, vae: &Vae| {
            let DecoderConfig::Diffusion(decoder) = &found.decoder else {
                return;
            };
            if found.decoder != config.decoder {
                return; // wider windows are possible, and take long
            }
            let side = decoder.least_side();
            let latents = ones(&[1, found.channels, 1, side, side]);
            let decoded = vae.decoder.decode_whole(&latents).expect("decoded");
            assert_eq!(decoded.size()[2], 1);
        };
        opens(path, VaeNames, VaeConfig::detect, Vae::new, run)
    });
    for name in ["upscaler_rational_x1_5", "upscaler_both"] {
        let mut cases = ltx2_vae::cases("upscalers").into_iter();
        let case = cases.find(|case| case.name == name).expect("a case");
        let theirs = &case.notes["config"];
        let config = ltx2_vae::upsampler::upscaler(theirs);
        let survey =
            Survey::of(|weights| LatentUpsampler::new(&config, weights)).expect("a survey");
        let sound = tensors(&survey, str::to_owned);
        attack_component(name, &sound, theirs, false, |path| {
            let run = |config: &UpsamplerConfig, network: &LatentUpsampler| {
                let latents = ones(&[1, config.channels, 2, 3, 4]);
                let larger = network.forward(&latents).expect("larger");
                assert!(larger.numel() > 0);
            };
            let (detect, build) = (UpsamplerConfig::detect, LatentUpsampler::new);
            opens(path, UpsamplerNames, detect, build, run)
        });
    }
}

#[test]
fn no_damaged_ltx2_sound_autoencoder_or_vocoder_harms() {
    #[expect(clippy::unnecessary_wraps, reason = "it is a callback that may fail")]
    fn done(_: usize, _: usize) -> Result<(), Failure> {
        Ok(())
    }
    let goldens = Goldens::of("ltx2_audio");
    let config = ltx2_audio::vae_config(&goldens.case("vaes")["usual"]);
    let survey = Survey::of(|weights| AudioVae::new(&config, weights)).expect("a survey");
    let sound = tensors(&survey, |name| format!("audio_vae.{name}"));
    attack_component("sound autoencoder", &sound, &json!({}), true, |path| {
        let run = |config: &AudioVaeConfig, vae: &AudioVae| {
            let mel = ones(&[1, config.sounds, 6, config.mel_bins()]);
            let encoded = vae.encoder.encode(&mel, &mut done).expect("encoded");
            assert_eq!(encoded.size(), [1, 2, config.token_width()]);
            let tokens = ones(&[1, 2, config.token_width()]);
            let decoded = vae.decoder.decode(&tokens, &mut done).expect("decoded");
            assert_eq!(decoded.size(), [1, config.sounds, 5, config.mel_bins()]);
        };
        let (detect, build) = (AudioVaeConfig::detect, AudioVae::new);
        opens(path, SoundPart::Autoencoder, detect, build, run)
    });
    for name in ["plain", "bands"] {
        let case = &goldens.case("vocoders")[name];
        let config = ltx2_audio::vocoder_config(name, case);
        let survey = Survey::of(|weights| Vocoder::new(&config, weights)).expect("a survey");
        let sound = tensors(&survey, |name| format!("vocoder.{name}"));
        let theirs = &case["config"];
        attack_component(&format!("vocoder {name}"), &sound, theirs, false, |path| {
            let run = |config: &VocoderConfig, vocoder: &Vocoder| {
                let mel = ones(&[1, 1, 3, config.network.inputs]);
                let wave = vocoder.wave(&mel, &mut done).expect("a wave");
                assert_eq!(wave.size()[2], 3 * config.samples_per_frame());
                assert!(config.rate_hz() > 0);
            };
            let (detect, build) = (VocoderConfig::detect, Vocoder::new);
            opens(path, SoundPart::Vocoder, detect, build, run)
        });
    }
}

#[test]
fn no_damaged_ltx2_text_encoder_or_connectors_harm() {
    let notes: Value = parsed(&golden_file("ltx2_text"));
    let shapes = |model: &Value| -> Tensors {
        let shapes = model["shapes"].as_object().expect("shapes").iter();
        let shape = |shape: &Value| crate::golden::numbers(shape);
        shapes
            .map(|(name, numbers)| (name.clone(), shape(numbers)))
            .collect()
    };
    for (name, model) in notes["encoders"].as_object().expect("encoders") {
        attack_component(name, &shapes(model), &model["config"], false, |path| {
            let run = |_: &GemmaConfig, encoder: &TextEncoder| {
                let tokens = Tokens::padded_to(vec![0, 0], 4);
                let states = encoder.encode(&tokens, &mut |_, _| Ok(()));
                assert_eq!(states.expect("encoded").size()[1], 2);
            };
            let (detect, build) = (GemmaConfig::detect, TextEncoder::new);
            opens(path, TextPart::Encoder, detect, build, run)
        });
    }
    for (name, model) in notes["connectors"].as_object().expect("connectors") {
        let name = format!("connectors {name}");
        attack_component(&name, &shapes(model), &model["config"], false, |path| {
            let run = |config: &ConnectorsConfig, connectors: &Connectors| {
                let (ProjectionConfig::Shared { states, .. }
                | ProjectionConfig::Apart { states, .. }) = config.projection;
                let states = ones(&[1, 2, states, 1]);
                let context = connectors.forward(&states, &mut || Ok(()));
                context.expect("connected");
            };
            let build = |config: &ConnectorsConfig, weights: kinora_engine::weights::Weights| {
                Ok(Connectors::new(config, weights)?.with_length(16))
            };
            let detect = ConnectorsConfig::detect;
            opens(path, TextPart::Connectors, detect, build, run)
        });
    }
}

#[test]
fn no_damaged_header_confuses_what_an_ltx2_file_is() {
    let folder = scratch_folder();
    let path = folder.path().join("all.safetensors");
    let sound: Tensors = [
        "model.diffusion_model.patchify_proj.weight",
        "model.diffusion_model.video_embeddings_connector.learnable_registers",
        "vae.encoder.conv_in.conv.weight",
        "text_embedding_projection.video_aggregate_embed.weight",
    ]
    .map(|name| (name.to_owned(), vec![1]))
    .into();
    let words = json!({
        "model_version": "2.5.0",
        "config": { "transformer": { "a": 1 }, "vae": null },
        "gemma_source_checkpoint": { "gemma_version": "gemma4-12b-ltx-v1" },
        "gemma_config": { "gemma_version": "gemma4-12b-ltx-v1" },
    });
    let written = |words: &Value| {
        let words: Vec<(&str, String)> = words
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let text = value.as_str().map(str::to_owned);
                (name.as_str(), text.unwrap_or_else(|| value.to_string()))
            })
            .collect();
        write_zeros(&path, &sound, &words);
    };
    let known = |path: &Path| Identity::of(path).is_ok_and(|own| matching(&own, &own).is_ok());
    attack_json("identity", &words, |damaged| {
        written(damaged);
        known(&path)
    });
    let write = || {
        written(&words);
        known(&path)
    };
    attack_header("identity", &path, write, &known);
}
