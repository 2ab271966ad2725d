//! Compares the transformer of LTX-2 with `LTX2VideoTransformer3DModel`: in the shapes of its releases, in every kind of
//! pass, and with either stream alone.

mod files;

use kinora_engine::family::ltx2::transformer::{
    Conditions, Config, CrossingConfig, Pass, Perturbation, RopeKind, StreamConditions,
    StreamConfig, Streams, TextModulation, Transformer, positions,
};
use kinora_engine::weights::{Survey, Weights};
use kinora_wire::{Failure, FailureKind};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::drawn::{Drawn, normal_like};
use crate::golden::{Goldens, assert_close, number, numbers};

/// A setting of a case that is on or off.
fn is(value: &Value, key: &str) -> bool {
    value[key].as_bool() == Some(true)
}

/// The configuration of a case, as the engine's `Config`.
pub fn config(case: &Value) -> Config {
    let theirs = &case["config"];
    let audio_heads = number(theirs, "audio_num_attention_heads");
    let is_modulated = is(theirs, "cross_attn_mod");
    Config {
        layers: number(theirs, "num_layers") as usize,
        streams: Streams {
            video: Some(stream(theirs, "")),
            audio: Some(stream(theirs, "audio_")),
        },
        crossing: Some(CrossingConfig {
            width: audio_heads * number(theirs, "audio_attention_head_dim"),
            heads: audio_heads,
            takes_other_time: is_modulated,
            gate_time_factor: 1.0,
        }),
        rope: match theirs["rope_type"].as_str() {
            Some("interleaved") => RopeKind::Interleaved,
            _ => RopeKind::Split,
        },
        epsilon: 1e-6,
    }
}

fn stream(theirs: &Value, prefix: &str) -> StreamConfig {
    let of = |name: &str| number(theirs, &format!("{prefix}{name}"));
    let heads = of("num_attention_heads");
    let width = heads * of("attention_head_dim");
    let is_modulated = is(theirs, "cross_attn_mod");
    let has_projection = theirs["use_prompt_embeddings"].as_bool() != Some(false);
    let is_fixed = theirs["use_prompt_adaln_single"].as_bool() == Some(false);
    StreamConfig {
        width,
        heads,
        in_channels: of("in_channels"),
        out_channels: of("out_channels"),
        text_width: of("cross_attention_dim"),
        caption_width: has_projection.then(|| number(theirs, "caption_channels")),
        ffn_width: 4 * width,
        has_ffn_bias: theirs[format!("{prefix}ff_bias")].as_bool() != Some(false),
        has_gates: is(theirs, "gated_attn"),
        modulates_text_queries: is_modulated,
        text_modulation: match (is_modulated, is_fixed) {
            (false, _) => TextModulation::None,
            (true, false) => TextModulation::ByTime,
            (true, true) => TextModulation::Fixed,
        },
        marks_keyframes: prefix.is_empty() && is(theirs, "use_keyframes_abs_pos_embedding"),
        time_width: 256,
    }
}

/// The inputs of a case, for both streams.
struct Inputs {
    latents: [Tensor; 2],
    texts: [Tensor; 2],
    positions: [Tensor; 2],
    timesteps: [Tensor; 2],
    times: [Tensor; 2],
    text_mask: Option<Tensor>,
    attention_mask: Option<Tensor>,
    keyframes: Option<Tensor>,
    whole: Option<Tensor>,
}

fn grid(value: &Value) -> [i64; 3] {
    numbers(value).try_into().expect("frames, rows and columns")
}

/// The positions of the picture's tokens: those of the clip, of keyframes, and of a reference of half the size.
fn video_positions(case: &Value) -> Tensor {
    let rate = case["fps"].as_f64().unwrap_or(24.0);
    let mut parts = vec![positions::clip(grid(&case["grid"]), rate)];
    for keyframe in case["keyframes"].as_array().into_iter().flatten() {
        let first = keyframe[0].as_i64().expect("a frame");
        let is_single = keyframe[2].as_i64() == Some(1);
        let places = positions::keyframe(first, grid(&keyframe[1]), is_single, rate);
        parts.push(places);
    }
    if case["reference"].is_array() {
        let reference = positions::reference(grid(&case["reference"]), rate, 2.0);
        parts.push(reference);
    }
    Tensor::cat(&parts, 2)
}

impl Inputs {
    fn of(case: &Value) -> Self {
        let config = config(case);
        let both = config.streams.as_ref().both().expect("both streams");
        let channels = [both.0, both.1];
        let batch = number(case, "batch").max(1);
        let sound = number(case, "sound");
        let positions = [video_positions(case), positions::sound(0..sound)];
        let tokens = positions[0].size()[2];
        let names = ["video", "audio"];
        let lengths = [tokens, sound];
        let latents = [0, 1].map(|at| {
            let size = [batch, lengths[at], channels[at].in_channels];
            normal_like(names[at], &size)
        });
        let texts = [0, 1].map(|at| {
            let width = channels[at]
                .caption_width
                .unwrap_or(channels[at].text_width);
            normal_like(&format!("{} text", names[at]), &[batch, 5, width])
        });
        let times = [[437.0_f32, 700.0], [812.0, 95.0]];
        let times = times.map(|times| Tensor::from_slice(&times).narrow(0, 0, batch));
        let ones = |size: &[i64]| Tensor::ones(size, (Kind::Float, Device::Cpu));
        let attention_mask = is(case, "attention_mask").then(|| {
            let mask = ones(&[batch, tokens, tokens]);
            let _ = mask.narrow(1, 0, 4).narrow(2, tokens - 2, 2).zero_();
            mask
        });
        let keyframes = is(case, "marked").then(|| {
            let marks = ones(&[batch, tokens]);
            let _ = marks.narrow(1, 3, tokens - 3).zero_();
            marks
        });
        let text_mask = is(case, "text_mask").then(|| {
            let mask = [1.0_f32, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
            Tensor::from_slice(&mask).view([2, 5]).narrow(0, 0, batch)
        });
        let whole = case["whole"].as_array().map(|whole| {
            let whole: Vec<f64> = whole.iter().filter_map(Value::as_f64).collect();
            Tensor::from_slice(&whole)
        });
        Self {
            timesteps: timesteps(case, &times, lengths),
            latents,
            texts,
            positions,
            times,
            text_mask,
            attention_mask,
            keyframes,
            whole,
        }
    }

    fn conditions(&self, at: usize) -> StreamConditions<'_> {
        let is_video = at == 0;
        StreamConditions {
            text: &self.texts[at],
            text_mask: self.text_mask.as_ref(),
            positions: &self.positions[at],
            timesteps: &self.timesteps[at],
            time_of_step: &self.times[at],
            attention_mask: self.attention_mask.as_ref().filter(|_| is_video),
            keyframes: self.keyframes.as_ref().filter(|_| is_video),
        }
    }
}

/// One timestep for each token of the picture; of the sound too, where some of it is given.
fn timesteps(case: &Value, times: &[Tensor; 2], lengths: [i64; 2]) -> [Tensor; 2] {
    let spread = |at: usize| times[at].unsqueeze(1).repeat([1, lengths[at]]);
    if !is(case, "per_token") {
        return [spread(0), times[1].shallow_clone()];
    }
    let of = [spread(0), spread(1)];
    let _ = of[0].narrow(1, 0, 3).zero_();
    let mut in_part = of[0].narrow(1, 4, 1);
    let _ = in_part.g_mul_scalar_(0.3);
    let _ = of[1].narrow(1, 2, lengths[1] - 2).zero_();
    of
}

fn pass(case: &Value, inputs: &Inputs) -> Pass {
    let perturbed = case["perturbed"].as_array().map(|_| Perturbation {
        blocks: numbers(&case["perturbed"])
            .into_iter()
            .map(|block| block as usize)
            .collect(),
        whole: inputs.whole.as_ref().map(Tensor::shallow_clone),
    });
    Pass {
        perturbation: perturbed,
        is_isolated: is(case, "isolated"),
    }
}

/// The engine's velocities for a case. `wanted`: whether picture and sound take part.
fn velocities(
    network: &Transformer,
    case: &Value,
    wanted: [bool; 2],
) -> Result<Streams<Tensor>, Failure> {
    let inputs = Inputs::of(case);
    let conditions = Conditions {
        streams: Streams {
            video: wanted[0].then(|| inputs.conditions(0)),
            audio: wanted[1].then(|| inputs.conditions(1)),
        },
        pass: pass(case, &inputs),
    };
    let latents = Streams {
        video: wanted[0].then_some(&inputs.latents[0]),
        audio: wanted[1].then_some(&inputs.latents[1]),
    };
    network.forward(latents, &conditions)
}

fn both(network: &Transformer, case: &Value) -> (Tensor, Tensor) {
    let made = velocities(network, case, [true, true]).expect("velocities");
    made.both().expect("picture and sound")
}

fn drawn(config: &Config) -> Transformer {
    Transformer::new(config, Weights::of(&mut Drawn)).expect("drawn")
}

pub fn survey(config: &Config) -> Survey {
    Survey::of(|weights| Transformer::new(config, weights)).expect("a survey")
}

#[test]
fn the_ltx2_transformer_is_equal_to_the_reference_in_every_shape_and_pass() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("ltx2_transformer");
    for (name, case) in goldens.cases() {
        let (video, audio) = both(&drawn(&config(case)), case);
        for (part, made) in [("video", video), ("audio", audio)] {
            let name = format!("{name}.{part}");
            assert_close(&name, &made, &goldens.tensor(&name), 1e-4);
        }
    }
}

#[test]
fn ltx2_positions_are_those_of_the_pipelines() {
    let goldens = Goldens::of("ltx2_transformer");
    for name in ["keyframes", "reference", "interleaved"] {
        let case = goldens.case(name);
        let sound = positions::sound(0..number(case, "sound"));
        for (part, made) in [("video", video_positions(case)), ("audio", sound)] {
            let name = format!("{name}.{part}_positions");
            assert_close(&name, &made, &goldens.tensor(&name), 1e-6);
        }
    }
}

#[test]
fn each_ltx2_stream_alone_makes_what_it_makes_isolated() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("ltx2_transformer");
    for name in ["isolated", "isolated_2_0"] {
        let case = goldens.case(name);
        let whole = config(case);
        let sound_only = Config {
            streams: Streams {
                video: None,
                ..whole.streams.clone()
            },
            crossing: None,
            ..whole.clone()
        };
        let names = survey(&sound_only).shapes;
        let is_sound = |name: &String| name.contains("audio_");
        assert!(names.keys().all(is_sound), "only audio_* parameters");
        let expected = goldens.tensor(&format!("{name}.audio"));
        for network in [drawn(&whole), drawn(&sound_only)] {
            let made = velocities(&network, case, [false, true]).expect("sound");
            assert!(made.video.is_none());
            assert_close(name, &made.audio.expect("sound"), &expected, 1e-4);
        }
        let made = velocities(&drawn(&whole), case, [true, false]).expect("a picture");
        let expected = goldens.tensor(&format!("{name}.video"));
        assert_close(name, &made.video.expect("a picture"), &expected, 1e-4);
        let refused = velocities(&drawn(&sound_only), case, [true, true]);
        let refused = refused.expect_err("no picture");
        assert_eq!(refused.kind, FailureKind::Refused);
        assert!(refused.cause.contains("picture"), "{refused}");
    }
}

#[test]
fn conditions_that_do_not_fit_the_latents_are_a_failure() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("ltx2_transformer");
    let case = goldens.case("version_2_3");
    let network = drawn(&config(case));
    let inputs = Inputs::of(case);
    let positions = positions::sound(0..3);
    let conditions = Conditions {
        streams: Streams {
            video: None,
            audio: Some(StreamConditions {
                positions: &positions,
                ..inputs.conditions(1)
            }),
        },
        pass: Pass::default(),
    };
    let latents = Streams {
        video: None,
        audio: Some(&inputs.latents[1]),
    };
    let failure = network.forward(latents, &conditions).expect_err("no fit");
    assert!(
        failure.cause.contains("positions of the sound"),
        "{failure}"
    );
}
