//! The 5B model of Wan 2.2: its latents with and without a first frame are those of the reference.
//! It takes a first frame and no other.

use std::collections::BTreeMap;

use kinora_engine::family::Denoiser as _;
use kinora_engine::family::wan::denoiser::NetworkDenoiser;
use kinora_engine::family::wan::network_input::NetworkInput;
use kinora_engine::family::wan::picture_input::PictureInput;
use kinora_engine::family::wan::text::PromptEmbeddings;
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::{defaults_of, spec};
use kinora_engine::model::Ability;
use kinora_engine::plan::{Plan, PlanContext};
use kinora_engine::sampler::{Schedule, Solver};
use kinora_engine::streams::Latents;
use kinora_engine::weights::Weights;
use kinora_wire::{Failure, Generation, Guidance, Keyframe, PartialSettings};
use serde::Deserialize;
use serde_json::Value;
use tch::{Device, Tensor};

use super::Loading;
use crate::drawn::{Drawn, normal_like};
use crate::golden::{assert_close, number, numbers, open, parsed};
use crate::transformer;

#[derive(Deserialize)]
struct Ti2vNotes {
    ti2v: BTreeMap<String, Value>,
}

/// The transformer of the 5B model, tiny.
fn ti2v() -> Config {
    let cases: BTreeMap<String, Value> = parsed(&open("transformer"));
    transformer::config(&cases["one_time_per_token_48_channels"])
}

/// The plan of a request to the tiny 5B model.
fn ti2v_plan(config: &Config, request: &Generation) -> Result<Plan, Failure> {
    let defaults = defaults_of(config, false);
    let context = PlanContext {
        model: "tiny",
        spec: spec(Some(config), &defaults),
        defaults,
        models_with: &|_| Vec::new(),
        model_kind_with: &|_| "another",
    };
    Plan::of(request, context)
}

/// A text of seven tokens.
fn text(name: &str, width: i64) -> Tensor {
    let text = normal_like(name, &[1, 512, width]);
    let _ = text.narrow(1, 7, 505).zero_();
    text
}

/// The request of a case, at the size that has its latents.
fn ti2v_request(config: &Config, case: &Value) -> Generation {
    let latent = numbers(&case["latent"]);
    let grid = spec(Some(config), &defaults_of(config, false)).latent_grid;
    let scale = case["guidance"].as_f64().expect("a guidance");
    Generation {
        settings: PartialSettings {
            size: Some([
                latent[2] as u32 * grid.pixels[0],
                latent[1] as u32 * grid.pixels[1],
            ]),
            frames: Some((latent[0] as u32 - 1) * grid.frames + 1),
            steps: Some(number(case, "steps") as u32),
            guidance: Some(Guidance::Classifier { scale }),
            sampler: Some(serde_json::from_value(case["sampler"].clone()).expect("a sampler")),
            shift: case["shift"].as_f64(),
            ..PartialSettings::default()
        },
        ..Generation::default()
    }
}

#[test]
fn the_5b_model_makes_the_latents_of_the_reference_with_and_without_a_first_frame() {
    tch::set_num_threads(1);
    let file = open("experts");
    let notes: Ti2vNotes = parsed(&file);
    let config = ti2v();
    let network = Transformer::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    for (name, case) in &notes.ti2v {
        let plan = ti2v_plan(&config, &ti2v_request(&config, case)).expect("possible");
        let [frames, rows, columns] = plan.latent();
        assert_eq!([frames, rows, columns], numbers(&case["latent"])[..]);
        let first = normal_like("first", &[1, 48, 1, rows, columns]);
        let input = match case["first"].as_bool() {
            Some(true) => NetworkInput::FirstLatent(first.shallow_clone()),
            _ => NetworkInput::TextOnly,
        };
        let texts = PromptEmbeddings {
            positive: text("text", config.text_width),
            negative: Some(text("negative", config.text_width)),
        };
        let settings = plan.settings();
        let guidance = settings.guidance;
        let inputs = (&input, &PictureInput::default());
        let (device, listener) = (Device::Cpu, &mut Loading::default());
        let denoiser =
            NetworkDenoiser::new(&network, &plan, &texts, inputs, guidance, device, listener);
        let mut denoiser = denoiser.expect("embedded");
        let schedule = Schedule::new(settings.sampler, settings.steps as usize, settings.shift);
        let mut solver = Solver::new(settings.sampler, schedule.clone());
        let mut x = normal_like("x", &[1, 48, frames, rows, columns]);
        for (step, &timestep) in schedule.timesteps.iter().enumerate() {
            let mut listener = Loading::default();
            let shown = Latents::of_picture(x.shallow_clone());
            let velocity = denoiser.velocity(&shown, timestep, step, &mut listener);
            let velocity = velocity.expect("a velocity").picture.expect("a picture");
            x = solver.step(&velocity, &x);
        }
        let latents = denoiser.clip_of(&Latents::of_picture(x));
        let latents = latents.picture.expect("a picture");
        let golden = file.tensor(name).expect("a golden");
        assert_close(name, &latents.squeeze_dim(0), &golden, 1e-3);
        if case["first"].as_bool() == Some(true) {
            assert_eq!(latents.narrow(2, 0, 1), first, "{name}: it is given");
        }
    }
}

#[test]
fn the_5b_model_takes_a_first_frame_and_no_other() {
    let config = ti2v();
    assert!(config.can(Ability::FirstFrame) && !config.can(Ability::FirstAndLastFrame));
    let notes: Ti2vNotes = parsed(&open("experts"));
    let with_key = |frame| {
        let mut request = ti2v_request(&config, &notes.ti2v["ti2v_text"]);
        request.inputs.keyframes = vec![Keyframe {
            frame,
            image: "one.png".into(),
        }];
        ti2v_plan(&config, &request)
    };
    assert!(with_key(0).is_ok());
    let last = with_key(-1).expect_err("refused");
    assert!(
        last.cause.contains("cannot be given a last frame"),
        "{last}"
    );
    let between = with_key(4).expect_err("refused");
    assert!(between.cause.contains("keyframes at any time"), "{between}");
}
