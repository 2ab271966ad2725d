//! Makes a sound: text, noise, steps, wave. Everything runs on networks that are loaded.
//! Source: diffusers `StableAudio3Pipeline`, `StableAudio3InpaintPipeline`.

use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::autoencoder::Autoencoder;
use super::duration::DurationEmbedder;
use super::given::{Given, condition};
use super::sampling::{LogSnr, SoundSampler, sigmas};
use super::text::{TEXT_LENGTH, TextEncoder};
use super::transformer::{Conditioning, Transformer};
use crate::guidance::{Branches, Guidance, is_zero_step, needs_negative};
use crate::job::Listener;
use crate::sound::Wave;
use crate::streams::Latents;

/// Most steps. The noise of all of them is drawn at once; 100 are usual for base models.
const MOST_STEPS: usize = 500;

/// Loaded networks of one model.
#[derive(Clone, Copy, Debug)]
pub struct Networks<'n> {
    /// The text encoder.
    pub text: &'n TextEncoder,
    /// The embedding of the duration.
    pub duration: &'n DurationEmbedder,
    /// The diffusion transformer.
    pub transformer: &'n Transformer,
    /// The autoencoder.
    pub autoencoder: &'n Autoencoder,
}

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

/// The embedded prompts, for each branch of the guidance.
struct Prompts {
    with: Conditioning,
    without: Option<Conditioning>,
}

/// Makes a sound. `listener` receives progress, and may stop the work before any block of a network. Fails with a refusal
/// before any work if the request cannot be carried out.
pub fn make(
    networks: Networks,
    wanted: &Wanted,
    listener: &mut dyn Listener,
) -> Result<Wave, Failure> {
    let latents = denoise(networks, wanted, listener)?;
    decode(networks.autoencoder, &latents, wanted.seconds, listener)
}

/// The latents of a sound, 1 x c x t, in fp32: everything before decoding.
pub fn denoise(
    networks: Networks,
    wanted: &Wanted,
    listener: &mut dyn Listener,
) -> Result<Tensor, Failure> {
    check(networks, wanted)?;
    let _no_grad = tch::no_grad_guard();
    let length = latents_of(networks, wanted.seconds);
    let prompts = prompts(networks, wanted, listener)?;
    let local = local_condition(networks, wanted, length, listener)?;
    let channels = networks.autoencoder.config().latent_channels;
    let (mut latents, noises) = noise(wanted, [1, channels, length]);
    latents = latents.to_device(networks.transformer.device());
    let sigmas = sigmas(wanted.steps, wanted.levels);
    for (step, pair) in sigmas.windows(2).enumerate() {
        let &[sigma, next] = pair else { continue };
        let at = (&latents, sigma, step);
        let velocity = velocity(networks, wanted, &prompts, local.as_ref(), at, listener)?;
        let noise = noises.get(step);
        let noise = noise.map(|noise| noise.to_device(latents.device()));
        let sampler = wanted.sampler;
        latents = sampler.step((&latents, &velocity), (sigma, next), noise.as_ref());
        let progress = Progress::Step {
            done: step as u32 + 1,
            of: wanted.steps as u32,
            seconds_left: None,
        };
        listener.receive(progress, Vec::new())?;
    }
    Ok(latents)
}

/// Decodes latents to a sound of this duration.
pub fn decode(
    autoencoder: &Autoencoder,
    latents: &Tensor,
    seconds: f64,
    listener: &mut dyn Listener,
) -> Result<Wave, Failure> {
    let rate_hz = autoencoder.config().rate_hz;
    let wave = autoencoder.decode(latents, &mut |done| {
        listener.check()?;
        working("sound", done, listener)
    })?;
    let samples = ((seconds * rate_hz as f64) as i64).clamp(0, wave.size()[2]);
    let samples = wave.squeeze_dim(0).narrow(1, 0, samples);
    Ok(Wave {
        samples: samples.clamp(-1.0, 1.0).to_device(Device::Cpu),
        rate_hz,
    })
}

/// Refuses what cannot be made.
fn check(networks: Networks, wanted: &Wanted) -> Result<(), Failure> {
    let longest = networks.duration.config().longest_seconds;
    let seconds = wanted.seconds;
    let autoencoder = networks.autoencoder.config();
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
    let transformer = networks.transformer.config();
    let takes_given = transformer.local_channels == autoencoder.latent_channels + 1;
    if transformer.patch != 1 || !takes_given {
        return Err(Failure::refused(
            "this model cannot change a given sound",
            "use a model that was trained for it, or make a new sound",
        ));
    }
    given.check(autoencoder.audio_channels)
}

/// Latents for a duration, rounded up to whole tokens of the transformer.
fn latents_of(networks: Networks, seconds: f64) -> i64 {
    let config = networks.autoencoder.config();
    let exact = seconds * config.rate_hz as f64 / config.samples_per_latent() as f64;
    let patch = networks.transformer.config().patch;
    (exact / patch as f64).ceil() as i64 * patch
}

fn prompts(
    networks: Networks,
    wanted: &Wanted,
    listener: &mut dyn Listener,
) -> Result<Prompts, Failure> {
    working("text", 0.0, listener)?;
    let duration = networks.duration.embed(wanted.seconds); // 1 width
    let mut embedded = |tokens: &[u32]| {
        let text = networks.text.encode(tokens, &mut || listener.check())?;
        let padding = TEXT_LENGTH as i64 - text.size()[1];
        let token = duration.to_device(text.device()).unsqueeze(0);
        let rows = Tensor::cat(&[&text, &token], 1);
        networks
            .transformer
            .conditioning(&rows, padding, &duration, &mut || listener.check())
    };
    let with = embedded(wanted.prompt)?;
    let without = match needs_negative(wanted.guidance) {
        true => Some(embedded(wanted.negative)?),
        false => None,
    };
    Ok(Prompts { with, without })
}

/// The condition for given sound: 1 x (1 + c) x t.
fn local_condition(
    networks: Networks,
    wanted: &Wanted,
    length: i64,
    listener: &mut dyn Listener,
) -> Result<Option<Tensor>, Failure> {
    let Some(given) = &wanted.given else {
        return Ok(None);
    };
    let autoencoder = networks.autoencoder;
    let config = autoencoder.config();
    let latents = autoencoder.encode(&given.wave.unsqueeze(0), &mut |done| {
        listener.check()?;
        working("given sound", done, listener)
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
    networks: Networks,
    wanted: &Wanted,
    prompts: &Prompts,
    local: Option<&Tensor>,
    (latents, sigma, step): (&Tensor, f64, usize),
    listener: &mut dyn Listener,
) -> Result<Tensor, Failure> {
    if is_zero_step(wanted.guidance, step) {
        listener.check()?;
        return Ok(latents.zeros_like());
    }
    let mut run = |conditioning: &Conditioning| {
        let check = &mut || listener.check();
        let velocity = networks
            .transformer
            .forward(latents, sigma, conditioning, local, check);
        velocity.map(Latents::of_sound)
    };
    let with = run(&prompts.with)?;
    let without = prompts.without.as_ref().map(run).transpose()?;
    let guided = Branches::of(with, without).guided(wanted.guidance, step);
    let missing = || Failure::bug("a velocity of sound got lost in its guidance");
    guided.sound.ok_or_else(missing)
}

fn working(what: &str, done: f64, listener: &mut dyn Listener) -> Result<(), Failure> {
    let what = what.to_owned();
    listener.receive(Progress::Working { what, done }, Vec::new())
}
