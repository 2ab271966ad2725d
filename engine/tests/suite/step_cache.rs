//! The step cache: its rule against a reference in Python on a synthetic velocity field, whole clips of a tiny model, and
//! the forward passes that guidance needs.

use std::path::Path;

use kinora_engine::conditioning::Conditioning;
use kinora_engine::experts::Expert;
use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::family::{Denoiser, Making};
use kinora_engine::guidance::{Branches, Guidance};
use kinora_engine::job::{Clock, Listener};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::step_cache::{FIRST_COMPUTED, StepCache};
use kinora_engine::streams::Latents;
use kinora_wire::{
    ClipInputs, ExpertSwitch, Failure, Generation, LowNoiseGuidance, PartialSettings, Progress,
    Sampler,
};
use tch::{Device, Kind, Tensor};

use crate::drawn::{self, normal_like};
use crate::golden::{Goldens, assert_close, number};
use crate::pipeline::{generator, transformer_of, write_model};
use crate::tiny;

/// The shape of the synthetic latents.
const SHAPE: [i64; 5] = [1, 4, 2, 3, 3];
/// The threshold of the authors for text to video.
const USUAL: f64 = kinora_wire::StepCache::USUAL_THRESHOLD;

/// Receives what a clip sends.
#[derive(Default)]
struct Heard {
    pixels: Vec<u8>,
    steps: u32,
    skipped: Option<u32>,
}

impl Listener for Heard {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Frames { .. } => self.pixels.extend(pixels),
            Progress::Step { .. } => self.steps += 1,
            Progress::Notice { text } => {
                let rest = text.strip_prefix("the step cache skipped ");
                let count = rest.and_then(|rest| rest.split(' ').next());
                self.skipped = Some(count.expect("a count").parse().expect("a number"));
            }
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// The velocity field of `engine/goldens/step_cache.py`.
struct Field {
    guidance: Guidance,
    /// How often it was computed.
    runs: u32,
}

impl Field {
    fn with_scale(scale: f64) -> Self {
        let guidance = Guidance::Classifier { scale };
        Self { guidance, runs: 0 }
    }
}

impl Denoiser for Field {
    fn guidance(&self) -> Guidance {
        self.guidance
    }

    fn branches(
        &mut self,
        x: &Latents,
        timestep: f64,
        _listener: &mut dyn Listener,
    ) -> Result<Branches, Failure> {
        self.runs += 1;
        let x = x.needed_picture()?;
        let time = timestep / 1000.0;
        let wave = (6.0 * time).sin() + 0.5 * (-8.0 * (1.0 - time)).exp();
        let branch = |prompt: &str| {
            let prompt = normal_like(prompt, &SHAPE);
            let at = x * (0.4 * (1.0 + 0.3 * wave)) + prompt * (0.6 + wave) + x.flip([-1]) * 0.1;
            Latents::of_picture(at)
        };
        let is_guided = kinora_engine::guidance::needs_negative(self.guidance);
        let without = is_guided.then(|| branch("without"));
        Ok(Branches::of(branch("with"), without))
    }

    fn clip_of(&self, x: &Latents) -> Latents {
        x.shallow_clone()
    }
}

/// Euler steps through the field with these caches, one after another. Returns x after each step, and whether the step was
/// computed.
fn path(field: &mut Field, steps: usize, caches: &mut [(StepCache, usize)]) -> Vec<(Tensor, bool)> {
    let mut listener = Heard::default();
    let mut x = normal_like("x", &SHAPE);
    let mut step = 0;
    let mut path = Vec::new();
    for (cache, end) in caches {
        while step < *end {
            let timestep = (1.0 - step as f64 / steps as f64) * 1000.0;
            let runs = field.runs;
            let shown = Latents::of_picture(x.shallow_clone());
            let velocity = cache.velocity(field, &shown, timestep, step, &mut listener);
            let velocity = velocity.expect("a velocity").picture.expect("a picture");
            x = &x - velocity / steps as f64;
            path.push((x.shallow_clone(), field.runs > runs));
            step += 1;
        }
    }
    path
}

/// A cache with this threshold for these steps, and their end.
fn cache(threshold: f64, steps: std::ops::Range<usize>) -> (StepCache, usize) {
    let end = steps.end;
    let setting = kinora_wire::StepCache::Easy { threshold };
    (StepCache::new(setting, steps), end)
}

#[test]
fn every_decision_and_every_step_are_those_of_the_reference() {
    let goldens = Goldens::of("step_cache");
    let mut skipped_of_all = 0;
    for (name, case) in goldens.cases() {
        let steps = number(case, "steps") as usize;
        let threshold = case["threshold"].as_f64().expect("a threshold");
        let mut field = Field::with_scale(case["scale"].as_f64().expect("a scale"));
        let mut caches = [cache(threshold, 0..steps)];
        let path = path(&mut field, steps, &mut caches);
        let golden = |what: &str| goldens.tensor(&format!("{name}.{what}"));

        let decisions: Vec<f32> = path
            .iter()
            .map(|(_, is_computed)| f32::from(*is_computed))
            .collect();
        let computed = decisions.iter().sum::<f32>() as u32;
        assert_eq!(
            Tensor::from_slice(&decisions),
            golden("decisions"),
            "{name}"
        );
        assert_eq!(
            (field.runs, caches[0].0.skipped()),
            (computed, steps as u32 - computed),
            "{name}"
        );
        skipped_of_all += caches[0].0.skipped();
        let sizes = path.iter().map(|(x, _)| x.abs().mean(Kind::Float));
        let sizes = Tensor::stack(&sizes.collect::<Vec<_>>(), 0);
        assert_close(&format!("{name} path"), &sizes, &golden("path"), 1e-4);
        let (last, _) = path.last().expect("a step");
        assert_close(&format!("{name} x"), last, &golden("x"), 1e-4);
    }
    assert!(
        skipped_of_all > 30,
        "the cases skip steps: {skipped_of_all}"
    );
}

#[test]
fn a_new_expert_begins_with_computed_steps() {
    let eager = 1.0;
    let computed = |caches: &mut [(StepCache, usize)]| {
        let path = path(&mut Field::with_scale(4.0), 40, caches);
        path.into_iter()
            .map(|(_, is_computed)| is_computed)
            .collect::<Vec<bool>>()
    };
    let switched = computed(&mut [cache(eager, 0..20), cache(eager, 20..40)]);
    for start in [0, 20] {
        let first = start..start + FIRST_COMPUTED;
        assert!(switched[first].iter().all(|is_computed| *is_computed));
        assert!(!switched[start + FIRST_COMPUTED], "the next one is skipped");
        assert!(switched[start + 19], "the last one is not");
    }
    assert!(
        !computed(&mut [cache(eager, 0..40)])[20],
        "one expert goes on"
    );
}

#[test]
fn steps_of_zero_velocity_are_no_measure() {
    let mut field = Field::with_scale(4.0);
    field.guidance = Guidance::ZeroStar {
        scale: 4.0,
        zero_steps: 9,
    };
    let path = path(&mut field, 40, &mut [cache(1.0, 0..40)]);
    let start = normal_like("x", &SHAPE);
    assert_eq!(path[8].0, start, "nothing moves, and nothing is computed");
    let computed: Vec<bool> = path.iter().map(|(_, is_computed)| *is_computed).collect();
    assert_eq!(computed[..9], [false; 9]);
    assert_eq!(
        computed[9..12],
        [true, true, false],
        "two steps give a rate"
    );
}

/// A tiny model whose velocity changes slowly from step to step, as a trained one's does: of drawn weights, with a weak
/// embedding of the timestep. With `pair`, the same network is both experts.
fn smooth_model(folder: &Path, pair: bool) -> Model {
    let config = transformer_of("text");
    write_model(folder, "text", 430);
    if pair {
        tiny::add_low_noise_expert(folder, &config);
    }
    let needed = tiny::transformer_survey(&config);
    let weights = needed.shapes.iter().map(|(name, shape)| {
        let drawn = drawn::parameter(name, shape);
        let weight = match name == "time_embedding.0.weight" {
            true => drawn * 0.1,
            false => drawn,
        };
        (name.clone(), weight)
    });
    let weights: Vec<(String, Tensor)> = weights.collect();
    let names: &[&str] = match pair {
        true => &["tiny_high_noise", "tiny_low_noise"],
        false => &["tiny"],
    };
    for name in names {
        let path = folder.join(format!("diffusion_models/{name}.safetensors"));
        tiny::write(
            &path,
            tiny::bytes_of(&weights),
            &tiny::transformer_words(&config),
        );
    }
    let files = ModelFiles::in_folder(folder).expect("a model");
    Model::open("tiny", &files, fallback_defaults()).expect("whole")
}

fn request(step_cache: kinora_wire::StepCache, expert_switch: ExpertSwitch) -> Generation {
    Generation {
        settings: PartialSettings {
            size: Some([48, 32]),
            frames: Some(5),
            steps: Some(40),
            shift: Some(3.0),
            sampler: Some(Sampler::UniPcDiffusers),
            guidance: Some(Guidance::Classifier { scale: 4.0 }),
            expert_switch: Some(expert_switch),
            step_cache: Some(step_cache),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: "a red fox".into(),
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

fn clip(model: &Model, request: &Generation) -> Heard {
    tch::set_num_threads(1);
    let plan = model.plan(request, &|_| Vec::new()).expect("possible");
    let mut heard = Heard::default();
    let mut generator = generator();
    generator
        .generate(model, &plan, &mut heard)
        .expect("a clip");
    assert_eq!(heard.steps, 40, "a skipped step is reported like any other");
    heard
}

/// The peak signal-to-noise ratio of two clips, in dB.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let pairs = one.iter().zip(other);
    let squares = pairs.map(|(one, other)| (f64::from(*one) - f64::from(*other)).powi(2));
    let mean = squares.sum::<f64>() / one.len() as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

#[test]
fn a_clip_with_the_usual_threshold_skips_steps_and_stays_close_to_the_whole_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = smooth_model(folder.path(), false);
    let made = |setting| clip(&model, &request(setting, ExpertSwitch::Never));
    let easy = |threshold| made(kinora_wire::StepCache::Easy { threshold });
    let whole = made(kinora_wire::StepCache::Off);
    assert_eq!(whole.skipped, None, "nothing is said without a cache");

    let zero = easy(0.0);
    assert_eq!(zero.skipped, Some(0));
    assert!(zero.pixels == whole.pixels, "threshold 0 skips nothing");

    // The same model, steps and threshold in diffusers, with the rule around its transformer: 18 steps skipped, 28.8 dB; at
    // 0.2, 28 steps and 23.4 dB.
    let usual = easy(USUAL);
    let skipped = usual.skipped.expect("said");
    let close = psnr(&usual.pixels, &whole.pixels);
    println!("{skipped} of 40 steps skipped, {close:.1} dB");
    assert!((12..=24).contains(&skipped), "{skipped}");
    assert!(close > 26.0, "{close} dB");
    let eager = easy(0.2);
    assert!(eager.skipped > usual.skipped);
    assert!(psnr(&eager.pixels, &whole.pixels) < close);

    let again = easy(USUAL);
    assert!(
        again.pixels == usual.pixels,
        "the same request, the same clip"
    );
}

#[test]
fn a_clip_of_two_experts_begins_anew_at_their_switch() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = smooth_model(folder.path(), true);
    let setting = kinora_wire::StepCache::Easy { threshold: USUAL };
    let skipped = |switch| {
        clip(&model, &request(setting, switch))
            .skipped
            .expect("said")
    };
    let of_one = skipped(ExpertSwitch::Step(40));
    let of_two = skipped(ExpertSwitch::Step(20));
    // Both experts are the same network, so only a new beginning can make a difference.
    assert!(0 < of_two && of_two < of_one, "{of_two} and {of_one}");
}

#[test]
fn a_step_cache_outside_its_limits_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = smooth_model(folder.path(), false);
    for threshold in [-0.1, 1.1, f64::NAN] {
        let setting = kinora_wire::StepCache::Easy { threshold };
        let request = request(setting, ExpertSwitch::Never);
        let failure = model.plan(&request, &|_| Vec::new()).expect_err("refused");
        assert!(failure.cause.contains("a step cache of"), "{failure}");
    }
}

#[test]
fn the_unconditional_pass_is_run_only_for_an_expert_whose_guidance_uses_it() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let model = smooth_model(folder.path(), true);
    let scale = |scale| Guidance::Classifier { scale };
    let zero_star = |scale| Guidance::ZeroStar {
        scale,
        zero_steps: 0,
    };
    let (same, low) = (LowNoiseGuidance::Same, LowNoiseGuidance::Scale);
    for (guidance, guidance_low, expected) in [
        (Guidance::Off, same, [1, 1]),
        (scale(1.0), same, [1, 1]),
        (zero_star(1.0), same, [1, 1]),
        (scale(4.0), same, [2, 2]),
        (zero_star(4.0), same, [2, 2]),
        (scale(4.0), low(1.0), [2, 1]),
        (scale(1.0), low(3.0), [1, 2]),
        (Guidance::Off, low(1.0), [1, 1]),
    ] {
        let mut request = request(kinora_wire::StepCache::Off, ExpertSwitch::Step(20));
        request.settings.guidance = Some(guidance);
        request.settings.guidance_low = Some(guidance_low);
        let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
        let mut models = generator().models;
        let (mut heard, mut clock) = (Heard::default(), Clock::start());
        let pictures = Conditioning::read(&plan).expect("none");
        let Making::Steps(network) = model.network().making() else {
            panic!("a model of sound alone");
        };
        let inputs =
            network.encode_inputs(&plan, &pictures, None, &mut models, &mut heard, &mut clock);
        let inputs = inputs.expect("encoded");
        let zeros = |size: Vec<i64>| Tensor::zeros(size.as_slice(), (Kind::Float, Device::Cpu));
        let x = inputs.noise_size().map(zeros);
        let passes = [Expert::HighNoise, Expert::LowNoise].map(|expert| {
            let denoiser = inputs.denoiser(expert, &mut models, &mut heard, &mut clock);
            let branches = denoiser.expect("loaded").branches(&x, 500.0, &mut heard);
            1 + u32::from(branches.expect("run").without.is_some())
        });
        assert_eq!(passes, expected, "{guidance:?}, {guidance_low:?}");
    }
}
