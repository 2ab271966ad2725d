//! The sampling of LTX-2 against diffusers: noise levels, and whole denoising loops of picture and sound with a synthetic
//! velocity field, with the noise of the same seed and every kind of guidance.

use kinora_engine::family::Denoiser;
use kinora_engine::family::ltx2::guidance::{ClipGuidance, Scales};
use kinora_engine::family::ltx2::schedule::{schedule, second_stage};
use kinora_engine::guidance::{Branches, Guidance};
use kinora_engine::job::Listener;
use kinora_engine::sampler::{Sampler, StreamSolvers, seeded_noise};
use kinora_engine::step_cache::StepCache;
use kinora_engine::streams::{Latents, Streams};
use kinora_wire::{Failure, GuidanceTerms, Progress};
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::drawn::normal_like;
use crate::golden::{Goldens, assert_close, number, open};

/// Channels, latent frames, rows and columns of the picture.
const PICTURE: [i64; 4] = [4, 2, 2, 2];
/// Channels, positions and mel bins of the sound.
const SOUND: [i64; 3] = [2, 9, 4];
const SEED: u64 = 7;

/// Receives nothing.
struct Deaf;

impl Listener for Deaf {
    fn receive(&mut self, _progress: Progress, _pixels: Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// The velocity field of `engine/goldens/ltx2_sampling.py`.
struct Field {
    guidance: ClipGuidance,
    /// Forward passes so far.
    passes: usize,
}

impl Field {
    /// The velocity of a pass. The reference draws it for tokens: position by position, all channels of one side by side.
    fn velocity_of(&mut self, pass: &str, x: &Latents, timestep: f64) -> Latents {
        self.passes += 1;
        let [channels, frames, rows, columns] = PICTURE;
        let [sound_channels, positions, bins] = SOUND;
        let wave = 0.3 * (1.0 + timestep / 1000.0);
        let picture = normal_like(
            &format!("picture {pass}"),
            &[frames * rows * columns, channels],
        );
        let picture = picture
            .view([1, frames, rows, columns, channels])
            .permute([0, 4, 1, 2, 3]);
        let sound = normal_like(
            &format!("sound {pass}"),
            &[positions, sound_channels * bins],
        );
        let sound = sound
            .view([1, positions, sound_channels, bins])
            .permute([0, 2, 1, 3]);
        x.with(&Streams::of_both(picture, sound), |x, drawn| {
            x * wave + drawn
        })
    }
}

impl Denoiser for Field {
    fn guidance(&self) -> Guidance {
        Guidance::Off
    }

    fn branches(
        &mut self,
        x: &Latents,
        timestep: f64,
        _listener: &mut dyn Listener,
    ) -> Result<Branches, Failure> {
        let guidance = self.guidance;
        let mut run = |pass: &str| self.velocity_of(pass, x, timestep);
        Ok(Branches {
            with: run("with"),
            without: guidance.needs_negative().then(|| run("without")),
            perturbed: guidance.needs_perturbed().then(|| run("perturbed")),
            isolated: guidance.needs_isolated().then(|| run("isolated")),
        })
    }

    fn guided(&self, branches: &Branches, x: &Latents, timestep: f64, _step: usize) -> Latents {
        self.guidance.guided(branches, x, timestep / 1000.0)
    }

    fn clip_of(&self, x: &Latents) -> Latents {
        x.shallow_clone()
    }
}

fn scales(case: &Value) -> Scales {
    let number = |at: usize| case[at].as_f64().expect("a number");
    Scales {
        cfg: number(0),
        terms: GuidanceTerms {
            stg: number(1),
            modality: number(2),
            rescale: number(3),
        },
    }
}

fn field(case: &Value) -> Field {
    let guidance = ClipGuidance {
        picture: scales(&case["picture"]),
        sound: scales(&case["sound"]),
    };
    Field {
        guidance,
        passes: 0,
    }
}

/// The latents of a loop through the field.
fn sampled(name: &str, case: &Value, field: &mut Field, cache: kinora_wire::StepCache) -> Latents {
    let sampler = match name {
        "distilled" => Sampler::Distilled,
        _ => Sampler::Euler,
    };
    let tokens = PICTURE.iter().skip(1).product();
    let schedule = schedule(sampler, number(case, "steps") as usize, tokens, 1.0);
    let shape = |lengths: &[i64]| [&[1], lengths].concat();
    let mut x = seeded_noise(Streams::of_both(shape(&PICTURE), shape(&SOUND)), SEED);
    let mut solvers = StreamSolvers::new(sampler, &schedule, &x);
    let mut cache = StepCache::new(cache, 0..schedule.steps());
    for (step, &timestep) in schedule.timesteps.iter().enumerate() {
        let velocity = cache.velocity(field, &x, timestep, step, &mut Deaf);
        x = solvers.step(&velocity.expect("a velocity"), &x);
    }
    x
}

#[test]
fn the_noise_levels_are_those_of_the_reference_for_every_number_of_tokens() {
    let file = open("ltx2_sampling");
    let check = |name: &str, ours: &[f64]| {
        let golden = file.tensor(name).expect("a golden");
        let ours = Tensor::from_slice(ours).to_kind(Kind::Float);
        assert_close(name, &ours, &golden, 1e-6);
    };
    for steps in [8, 30, 40] {
        for tokens in [1024, 4096, 10_000] {
            let ours = schedule(Sampler::Euler, steps, tokens, 1.0);
            check(&format!("sigmas.{steps}.{tokens}"), &ours.sigmas);
        }
    }
    check(
        "sigmas.distilled",
        &schedule(Sampler::Distilled, 30, 1024, 5.0).sigmas,
    );
    check("sigmas.second", &second_stage().sigmas);
}

#[test]
fn picture_and_sound_of_a_loop_are_those_of_the_reference_with_every_guidance() {
    let goldens = Goldens::of("ltx2_sampling");
    for (name, case) in goldens.cases() {
        let mut field = field(case);
        let latents = sampled(name, case, &mut field, kinora_wire::StepCache::Off);
        let passes = field.guidance.passes_of_step() * number(case, "steps") as usize;
        assert_eq!(field.passes, passes, "{name}");
        let close = |what: &str, ours: Option<Tensor>| {
            let golden = goldens.tensor(&format!("{name}.{what}"));
            assert_close(
                &format!("{name} {what}"),
                &ours.expect("made"),
                &golden,
                1e-4,
            );
        };
        close("picture", latents.picture);
        close("sound", latents.sound);
    }
}

#[test]
fn the_step_cache_skips_steps_of_both_streams_with_all_their_branches() {
    let goldens = Goldens::of("ltx2_sampling");
    let case = goldens.case("all");
    let mut case = case.clone();
    case["steps"] = Value::from(20);
    let setting = |threshold| kinora_wire::StepCache::Easy { threshold };
    let run = |cache| {
        let mut field = field(&case);
        let latents = sampled("all", &case, &mut field, cache);
        (latents, field.passes)
    };
    let (whole, all_passes) = run(kinora_wire::StepCache::Off);
    assert_eq!(all_passes, 4 * 20);
    let (none, same_passes) = run(setting(0.0));
    assert_eq!(
        (none, same_passes),
        (whole, all_passes),
        "nothing is skipped"
    );
    let (cached, fewer_passes) = run(setting(1.0));
    assert!(fewer_passes < all_passes, "{fewer_passes}");
    assert!(
        cached
            .iter()
            .all(|x| x.isfinite().all().int64_value(&[]) == 1)
    );
}
