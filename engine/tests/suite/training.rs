//! The networks as a trainer needs them: every parameter gets a gradient through the same code that
//! generates, and nothing done in place spoils it.

use kinora_engine::text::TextEncoder;
use kinora_engine::transformer::Transformer;
use kinora_engine::vae::{Memory, Vae};
use kinora_engine::weights::{Role, Source, Weights};
use kinora_wire::Failure;
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::drawn::{normal_like, parameter, uniform_tensor};
use crate::golden::{Goldens, open, parsed};
use crate::{text, transformer, vae};

/// Drawn parameters that gather gradients.
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
    /// After a step back from the mean square of `output`: every parameter has learnt something.
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
    let (_, case) = goldens
        .cases()
        .find(|(name, _)| *name == "controlled_camera")
        .expect("case");
    let mut source = Learning::default();
    let network =
        Transformer::new(&transformer::config(case), Weights::of(&mut source)).expect("drawn");
    let velocity = transformer::run(&network, case);
    // The same numbers as without gradients: nothing is done differently.
    let golden = goldens.tensor("controlled_camera");
    crate::golden::assert_close("learning", &velocity.detach(), &golden, 1e-4);
    source.assert_all_learn(&velocity);
}

#[test]
fn every_parameter_of_the_autoencoder_learns_from_whole_clips() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("vae");
    let (_, case) = goldens
        .cases()
        .find(|(name, _)| *name == "lopsided_9_frames")
        .expect("case");
    let mut source = Learning::default();
    let vae = Vae::new(&vae::config(case), Weights::of(&mut source)).expect("drawn");
    let frames = uniform_tensor("frames", &[1, 3, 9, 16, 16]);
    let latents = vae.encoder.encode_chunk(&frames, &mut Memory::default());
    let decoded = vae.decoder.decode_chunk(&latents, &mut Memory::default());
    // Half of the encoder's last layer tells variances, which a trainer reads and a job does not.
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
    source.assert_all_learn(&encoder.forward(&tokens, &all));
}
