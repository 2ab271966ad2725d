//! Makes a sound: text, noise, steps, wave.
//! Source: diffusers `StableAudio3Pipeline`, `StableAudio3InpaintPipeline`.

use std::time::Instant;

use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::StableAudio;
use super::given::{Given, condition};
use super::job::{Job, working};
use super::sampling::{LogSnr, SoundSampler, sigmas};
use super::text::TEXT_LENGTH;
use super::transformer::{Conditioning, Transformer};
use crate::guidance::{Branches, Guidance, is_zero_step, needs_negative};
use crate::job::Listener;
use crate::libtorch::wait_for;
use crate::sound::Wave;
use crate::streams::Latents;

/// Most steps. The noise of all of them is drawn at once; 100 are usual for base models.
const MOST_STEPS: usize = 500;

/// What decides a sound.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The tokens of the prompt.
    pub prompt: &'w [u32],
    /// The tokens of the negative prompt, used with guidance. Of an empty one: `<bos>`.
    pub negative: &'w [u32],
    /// Duration, in seconds.
    pub seconds: f64,
    /// Seed of the noise.
    pub seed: u64,
    /// Number of steps.
    pub steps: usize,
    /// The solver.
    pub sampler: SoundSampler,
    /// Guidance, for base models. Distilled ones have it in their weights.
    pub guidance: Guidance,
    /// The range of the noise levels.
    pub levels: LogSnr,
    /// Given sound of which ranges are made anew.
    pub given: Option<Given<'w>>,
}

/// A sound that was made.
#[derive(Debug)]
pub struct Made {
    /// Its latents, 1 x c x t, in fp32.
    pub latents: Tensor,
    /// Its wave.
    pub wave: Wave,
}

/// The embedded texts, 1 x tokens x width each, and the embedded duration, 1 x width.
struct Texts {
    with: Tensor,
    without: Option<Tensor>,
    duration: Tensor,
}

/// The conditioning of the transformer, for each branch of the guidance.
struct Prompts {
    with: Conditioning,
    without: Option<Conditioning>,
}

/// Makes a sound. The job's listener receives progress, and may stop the work before any block of a network. Fails with a
/// refusal before any work if the request cannot be carried out.
pub fn make(job: &mut Job, wanted: &Wanted) -> Result<Made, Failure> {
    check(job.model, wanted)?;
    let _no_grad = tch::no_grad_guard();
    let latents = denoise(job, wanted)?;
    let wave = decode(job, &latents, wanted.seconds)?;
    Ok(Made { latents, wave })
}

/// The latents of a sound.
fn denoise(job: &mut Job, wanted: &Wanted) -> Result<Tensor, Failure> {
    let length = job.model.latents_of(wanted.seconds);
    let texts = texts(job, wanted)?;
    let local = local_condition(job, wanted, length)?;
    let transformer = job.transformer()?;
    let began = Instant::now();
    let prompts = prompts(&transformer, &texts, job.listener)?;
    let channels = job.model.autoencoder().latent_channels;
    let (mut latents, noises) = noise(wanted, [1, channels, length]);
    latents = latents.to_device(transformer.device());
    let sigmas = sigmas(wanted.steps, wanted.levels);
    for (step, pair) in sigmas.windows(2).enumerate() {
        let &[sigma, next] = pair else { continue };
        let at = (&latents, sigma, step);
        let given = (&prompts, local.as_ref());
        let velocity = velocity(&transformer, wanted, given, at, job.listener)?;
        let noise = noises.get(step);
        let noise = noise.map(|noise| noise.to_device(latents.device()));
        let sampler = wanted.sampler;
        latents = sampler.step((&latents, &velocity), (sigma, next), noise.as_ref());
        let (done, left) = (step + 1, wanted.steps - step - 1);
        let progress = Progress::Step {
            done: done as u32,
            of: wanted.steps as u32,
            seconds_left: Some(began.elapsed().as_secs_f64() / done as f64 * left as f64),
        };
        job.listener.receive(progress, Vec::new())?;
    }
    wait_for(latents.device());
    job.clock.denoising += began.elapsed().as_secs_f64();
    Ok(latents)
}

/// Decodes latents to a sound of this duration.
fn decode(job: &mut Job, latents: &Tensor, seconds: f64) -> Result<Wave, Failure> {
    let autoencoder = job.autoencoder()?;
    let rate_hz = autoencoder.config().rate_hz;
    let listener = &mut *job.listener;
    let wave = job.clock.decoding(|| {
        autoencoder.decode(latents, &mut |done| {
            listener.check()?;
            working("sound", done, listener)
        })
    })?;
    let samples = ((seconds * rate_hz as f64) as i64).clamp(0, wave.size()[2]);
    let samples = wave.squeeze_dim(0).narrow(1, 0, samples);
    Ok(Wave {
        samples: samples.clamp(-1.0, 1.0).to_device(Device::Cpu),
        rate_hz,
    })
}

/// Refuses what cannot be made.
fn check(model: &StableAudio, wanted: &Wanted) -> Result<(), Failure> {
    let longest = model.sound().longest_seconds;
    let seconds = wanted.seconds;
    let autoencoder = model.autoencoder();
    let has_samples = seconds * autoencoder.rate_hz as f64 >= 1.0; // also false for NaN
    if !has_samples || seconds > longest {
        return Err(Failure::refused(
            format!("a sound of {seconds} s cannot be made"),
            format!("ask for more than 0 s and at most {longest} s"),
        ));
    }
    if wanted.steps == 0 || wanted.steps > MOST_STEPS {
        return Err(Failure::refused(
            format!("{} steps make no sound", wanted.steps),
            format!("ask for 1 to {MOST_STEPS} steps"),
        ));
    }
    let Some(given) = &wanted.given else {
        return Ok(());
    };
    if !model.takes_given() {
        return Err(Failure::refused(
            "this model cannot change a given sound",
            "use a model that was trained for it, or make a new sound",
        ));
    }
    given.check(autoencoder.audio_channels)
}

/// The embedded texts and duration, before any other network is loaded.
fn texts(job: &mut Job, wanted: &Wanted) -> Result<Texts, Failure> {
    let with = job.text(wanted.prompt)?;
    let without = match needs_negative(wanted.guidance) {
        true => Some(job.text(wanted.negative)?),
        false => None,
    };
    Ok(Texts {
        with,
        without,
        duration: job.duration(wanted.seconds)?,
    })
}

fn prompts(
    transformer: &Transformer,
    texts: &Texts,
    listener: &mut dyn Listener,
) -> Result<Prompts, Failure> {
    let device = transformer.device();
    let duration = texts.duration.to_device(device);
    let mut conditioning = |text: &Tensor| {
        let padding = TEXT_LENGTH as i64 - text.size()[1];
        let rows = Tensor::cat(&[&text.to_device(device), &duration.unsqueeze(0)], 1);
        transformer.conditioning(&rows, padding, &duration, &mut || listener.check())
    };
    Ok(Prompts {
        with: conditioning(&texts.with)?,
        without: texts.without.as_ref().map(conditioning).transpose()?,
    })
}

/// The condition for given sound: 1 x (1 + c) x t.
fn local_condition(job: &mut Job, wanted: &Wanted, length: i64) -> Result<Option<Tensor>, Failure> {
    let Some(given) = &wanted.given else {
        return Ok(None);
    };
    let autoencoder = job.autoencoder()?;
    let config = autoencoder.config();
    let wave = given.wave.unsqueeze(0);
    let listener = &mut *job.listener;
    let latents = job.clock.encoding(|| {
        autoencoder.encode(&wave, &mut |done| {
            listener.check()?;
            working("given sound", done, listener)
        })
    })?;
    let rates = (config.rate_hz, config.samples_per_latent());
    Ok(Some(condition(&latents, given.replaced, length, rates)))
}

/// The initial noise and that of the steps, from libtorch's CPU generator: a seed gives the same noise as in diffusers.
/// All is drawn at once, so that nothing else can draw in between.
fn noise(wanted: &Wanted, size: [i64; 3]) -> (Tensor, Vec<Tensor>) {
    tch::manual_seed(wanted.seed as i64);
    let draw = |_: usize| Tensor::randn(size, (Kind::Float, Device::Cpu));
    let steps = match wanted.sampler.is_stochastic() {
        true => wanted.steps,
        false => 0,
    };
    (draw(0), (0..steps).map(draw).collect())
}

/// The guided velocity in a step: 1 x c x t.
fn velocity(
    transformer: &Transformer,
    wanted: &Wanted,
    (prompts, local): (&Prompts, Option<&Tensor>),
    (latents, sigma, step): (&Tensor, f64, usize),
    listener: &mut dyn Listener,
) -> Result<Tensor, Failure> {
    if is_zero_step(wanted.guidance, step) {
        listener.check()?;
        return Ok(latents.zeros_like());
    }
    let mut run = |conditioning: &Conditioning| {
        let check = &mut || listener.check();
        let velocity = transformer.forward(latents, sigma, conditioning, local, check);
        velocity.map(Latents::of_sound)
    };
    let with = run(&prompts.with)?;
    let without = prompts.without.as_ref().map(run).transpose()?;
    let guided = Branches::of(with, without).guided(wanted.guidance, step);
    let missing = || Failure::bug("a velocity of sound got lost in its guidance");
    guided.sound.ok_or_else(missing)
}

impl StableAudio {
    /// Latents for a duration, rounded up to whole tokens of the transformer.
    pub(super) fn latents_of(&self, seconds: f64) -> i64 {
        let config = self.autoencoder();
        let exact = seconds * config.rate_hz as f64 / config.samples_per_latent() as f64;
        let patch = self.transformer.shape.patch;
        (exact / patch as f64).ceil() as i64 * patch
    }
}
