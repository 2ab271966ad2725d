//! The networks are differentiable, as the trainer needs: every parameter gets a gradient through the code that also
//! generates. In-place operations do not break it.

use kinora_engine::family::wan::text::TextEncoder;
use kinora_engine::family::wan::transformer::Transformer;
use kinora_engine::family::wan::vae::{Memory, Vae};
use kinora_engine::weights::{Role, Source, Weights};
use kinora_wire::Failure;
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::drawn::{Drawn, normal_like, parameter, uniform_tensor};
use crate::golden::{Goldens, open, parsed};
use crate::{text, transformer, vae};

/// Drawn parameters with gradients.
#[derive(Default)]
struct Learning(Vec<(String, Tensor)>);

impl Source for Learning {
    fn parameter(&mut self, name: &str, shape: &[i64], _role: Role) -> Result<Tensor, Failure> {
        let tensor = parameter(name, shape).set_requires_grad(true);
        self.0.push((name.to_owned(), tensor.shallow_clone()));
        Ok(tensor)
    }
}

impl Learning {
    /// Backpropagates the mean square of `output`: every parameter must have a gradient that is not zero.
    #[track_caller]
    fn assert_all_learn(&self, output: &Tensor) {
        output.square().mean(Kind::Float).backward();
        for (name, tensor) in &self.0 {
            let gradient = tensor.grad();
            assert!(gradient.defined(), "{name} gets no gradient");
            let size = gradient.abs().max().double_value(&[]);
            assert!(size.is_finite() && size > 0.0, "{name}: {size}");
        }
    }
}

#[test]
fn every_parameter_of_the_transformer_with_all_its_branches_learns() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    let case = goldens.case("controlled_camera");
    let mut source = Learning::default();
    let network =
        Transformer::new(&transformer::config(case), Weights::of(&mut source)).expect("drawn");
    let velocity = transformer::run(&network, case);
    // The result is the same as without gradients.
    let golden = goldens.tensor("controlled_camera");
    crate::golden::assert_close("learning", &velocity.detach(), &golden, 1e-4);
    source.assert_all_learn(&velocity);
}

#[test]
fn every_parameter_of_the_autoencoder_learns_from_whole_clips() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("vae");
    let case = goldens.case("lopsided_9_frames");
    let mut source = Learning::default();
    let vae = Vae::new(&vae::config(case), Weights::of(&mut source)).expect("drawn");
    let frames = uniform_tensor("frames", &[1, 3, 9, 16, 16]);
    let latents = vae.encoder.encode_chunk(&frames, &mut Memory::default());
    let decoded = vae.decoder.decode_chunk(&latents, &mut Memory::default());
    // Half of the encoder's last layer predicts variances, which only the trainer uses.
    let learns = source
        .0
        .into_iter()
        .filter(|(name, _)| !name.starts_with("conv1."));
    Learning(learns.collect()).assert_all_learn(&decoded);
}

#[test]
fn every_parameter_of_the_text_encoder_learns() {
    tch::set_num_threads(1);
    let texts: Value = parsed(&open("text"));
    let mut source = Learning::default();
    let config = text::config(&texts["config"]);
    let encoder = TextEncoder::new(&config, Weights::of(&mut source)).expect("drawn");
    let tokens = (normal_like("tokens", &[2, 40]).abs() * 100.0).to_kind(Kind::Int64);
    let tokens = tokens.clamp_max(config.vocabulary - 1);
    let all = tokens.ones_like();
    source.assert_all_learn(&encoder.forward(&tokens, &all).expect("encoded"));
}

#[test]
fn a_text_without_its_zero_rows_gives_the_same_result() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    let case = goldens.case("controlled_camera");
    let network =
        Transformer::new(&transformer::config(case), Weights::of(&mut Drawn)).expect("drawn");
    let config = network.config();
    let text = normal_like("text", &[1, 512, config.text_width]);
    let _ = text.narrow(1, 7, 505).zero_();
    let x = normal_like("x", &[1, config.in_channels, 2, 4, 6]);
    let control = normal_like("control", &[1, 96, 2, 4, 6]);
    let conditioning = network.static_conditioning(
        [2, 4, 6],
        None,
        Some((&control, &[1.0, 1.0])),
        (Kind::Float, x.device()),
    );
    let timestep = Tensor::from_slice(&[700.0]);
    let velocity = |text| {
        let velocity = network.forward(&x, &timestep, &text, &conditioning);
        velocity.expect("a velocity")
    };
    let whole = velocity(network.embed_text(&text).expect("embedded"));
    let short = network.embed_short_text(&text.narrow(1, 0, 9));
    let short = velocity(short.expect("embedded"));
    crate::golden::assert_close("short text", &short, &whole, 1e-5);
}

#[test]
fn texts_of_different_lengths_are_encoded_together_as_each_alone() {
    tch::set_num_threads(1);
    let texts: Value = parsed(&open("text"));
    let config = text::config(&texts["config"]);
    let encoder = TextEncoder::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    let alone = |tokens: &[u32]| encoder.encode(tokens, &mut |_, _| Ok(())).expect("encoded");
    let together = encoder.forward(
        &Tensor::from_slice(&[5_i64, 9, 3, 1, 4, 1, 0, 0]).view([2, 4]),
        &Tensor::from_slice(&[1_i64, 1, 1, 1, 1, 1, 0, 0]).view([2, 4]),
    );
    let together = together.expect("encoded");
    for (row, tokens) in [(0, &[5, 9, 3, 1][..]), (1, &[4, 1][..])] {
        let row = together.narrow(0, row, 1);
        let meant = row.narrow(1, 0, tokens.len() as i64);
        crate::golden::assert_close("together", &meant, &alone(tokens), 1e-5);
    }
    let filled_up = together.narrow(0, 1, 1).narrow(1, 2, 2).abs().max();
    assert!(filled_up.double_value(&[]) == 0.0, "{filled_up}");
}
