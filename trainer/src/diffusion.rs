//! Learning the transformer and its text encoder: clips under noise, with everything an artist can give
//! drawn at random, and the velocity from data to noise to be told (flow matching, Lipman et al., 2023).

use std::path::Path;

use fastrand::Rng;
use kinora_engine::conditioning::control_video;
use kinora_engine::text::{TextConfig, TextEncoder, Tokenizer};
use kinora_engine::transformer::{Config, Transformer};
use kinora_engine::weights::Weights;
use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::latents::Latents;
use crate::learner::Learner;
use crate::optimizer::{IsMatrix, Rates};
use crate::pace::Step;
use crate::parameters::Initial;
use crate::starter::Size;
use crate::world::{Format, Scene, Telling, caption, chance, generator, one_of};
use crate::{initial, rays, tokens};

/// Steps of the optimizer.
pub const RATES: Rates = Rates {
    muon: 3e-3,
    adam: 1e-3,
};
/// How much more a place of the cast counts.
const CAST_COUNTS: f64 = 4.0;
/// How much a reference's own latent frame counts: it only has to be copied.
const REFERENCE_COUNTS: f64 = 0.2;
/// Noise is drawn as a logistic of a normal number: its mean (much noise, where the picture is decided)
/// and deviation.
const NOISE: [f64; 2] = [0.9, 1.2];
/// How many portraits there are, each of these as often as the others.
const PORTRAITS: [usize; 8] = [0, 0, 0, 0, 1, 1, 1, 3];
/// Until here only text, stage and camera are learnt; then pictures come in.
const FIRST_LESSON_STEPS: u64 = 1500;

/// The two networks.
#[derive(Debug)]
pub struct Networks {
    /// Reads captions.
    pub text: TextEncoder,
    /// Tells velocities.
    pub transformer: Transformer,
}

/// Their shapes.
#[derive(Clone, Debug)]
pub struct Shapes {
    /// Of the text encoder.
    pub text: TextConfig,
    /// Of the transformer.
    pub transformer: Config,
}

impl Shapes {
    /// Of a size.
    pub fn of(size: Size) -> Self {
        Self {
            text: size.text(tokens::count()),
            transformer: size.transformer(),
        }
    }

    /// Builds both networks; their parameters' names begin with `text` and `transformer`.
    pub fn build(&self, mut weights: Weights) -> Result<Networks, Failure> {
        Ok(Networks {
            text: TextEncoder::new(&self.text, weights.at("text"))?,
            transformer: Transformer::new(&self.transformer, weights.at("transformer"))?,
        })
    }
}

/// How both networks begin.
fn begun(name: &str, shape: &[i64]) -> Tensor {
    match name.split_once('.') {
        Some(("text", rest)) => initial::text(rest, shape),
        Some((_, rest)) => initial::transformer(rest, shape),
        None => initial::transformer(name, shape),
    }
}

/// What lies between tokens is Muon's; embeddings, norms, modulations and the head are not.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    name.contains("blocks")
        && name.ends_with("weight")
        && shape.len() == 2
        && !name.contains("pos_embedding")
}

/// The run in this file, or a new one.
pub fn open(path: &Path, size: Size, device: Device) -> Result<Learner, Failure> {
    let shapes = Shapes::of(size);
    let start = (&begun as Initial, is_matrix as IsMatrix, RATES);
    Learner::open(path, device, start, |weights| shapes.build(weights))
}

/// What one clip is learnt with. Indices count clips; `None` where a condition is not given.
#[derive(Clone, Debug)]
pub struct Item {
    /// The clip to be made.
    pub clip: u64,
    /// What is said of it.
    pub caption: String,
    /// Whose stage is followed.
    pub stage: Option<u64>,
    /// Whose frames are kept.
    pub kept: Option<u64>,
    /// Whose camera moves.
    pub camera: Option<u64>,
    /// Whose portraits are given, and which.
    pub portraits: Vec<(u64, i64)>,
}

/// Everything a step sees, on the device. b clips of r + f latent frames.
#[derive(Debug)]
pub struct Batch {
    /// What is to be made: b c (r+f) h w.
    pub target: Tensor,
    /// How much each place counts: b 1 (r+f) h w.
    pub counts: Tensor,
    /// 1 where the cast is: b 1 (r+f) h w.
    pub cast: Tensor,
    /// Portraits before the clip.
    pub references: i64,
    tokens: Tensor,
    is_meant: Tensor,
    control: Tensor,
    rays: Tensor,
    has_camera: Tensor,
}

/// What batches are made of.
#[derive(Debug)]
pub struct School {
    /// Encoded clips.
    pub latents: Latents,
    /// The seed of the first of them.
    pub first_seed: u64,
    /// Their format.
    pub format: Format,
    /// Cuts captions into tokens.
    pub tokenizer: Tokenizer,
    /// Where the networks are.
    pub device: Device,
    /// What they compute in.
    pub kind: Kind,
}

impl School {
    /// The clips of a step, drawn at random. All have the same number of portraits.
    pub fn drawn(&self, step: u64, batch: usize) -> Vec<Item> {
        let mut rng = generator(step, 40);
        let is_first_lesson = step < FIRST_LESSON_STEPS;
        let portraits = match is_first_lesson {
            true => 0,
            false => one_of(&mut rng, &PORTRAITS),
        };
        let items = (0..batch).map(|_| self.item(portraits, is_first_lesson, &mut rng));
        items.collect()
    }

    /// A clip with everything drawn at random that can be given with it.
    fn item(&self, portraits: usize, is_first_lesson: bool, rng: &mut Rng) -> Item {
        let clip = rng.u64(..self.latents.count());
        let mut is_given = |share: f32| chance(rng, share);
        let has_stage = is_given(if is_first_lesson { 0.9 } else { 0.8 });
        let has_kept = is_given(0.85) && !is_first_lesson && self.latents.has_kept(clip);
        let has_camera = is_given(0.85);
        let has_words = is_given(0.9);
        let telling = match portraits > 0 && is_given(0.4) {
            true => Telling::ByPicture,
            false => Telling::Free,
        };
        let scene = Scene::of_seed(self.first_seed + clip, self.format);
        let mut views = [0, 1, 2];
        rng.shuffle(&mut views);
        Item {
            clip,
            caption: match has_words {
                true => caption(&scene, telling, rng),
                false => String::new(),
            },
            stage: has_stage.then_some(clip),
            kept: has_kept.then_some(clip),
            camera: has_camera.then_some(clip),
            portraits: views[..portraits]
                .iter()
                .map(|&view| (clip, view))
                .collect(),
        }
    }

    /// Brings items to the device. `rng` loses a word now and then, so that unknown words have a meaning.
    pub fn batch(&self, items: &[Item], rng: Option<&mut Rng>) -> Result<Batch, Failure> {
        let latents = &self.latents;
        let references = items[0].portraits.len() as i64;
        let on_device = |x: Tensor| x.to_device(self.device).to_kind(Kind::Float);
        let stacked = |of: &dyn Fn(&Item) -> Tensor| {
            on_device(Tensor::stack(&items.iter().map(of).collect::<Vec<_>>(), 0))
        };
        let row = |tensor: &Tensor, at: u64| tensor.i(at as i64);

        let clips = stacked(&|item| row(&latents.clips, item.clip));
        let nothing = || latents.nothing.shallow_clone();
        let kept = stacked(&|item| item.kept.map_or_else(nothing, |at| row(&latents.kept, at)));
        let followed = stacked(&|item| match (item.stage, item.kept) {
            (None, _) => nothing(),
            (Some(stage), None) => row(&latents.depths, stage),
            (Some(stage), Some(_)) => row(&latents.followed, stage),
        });
        let made = stacked(&|item| {
            let made = |at| row(&latents.made, at);
            item.kept
                .map_or_else(|| row(&latents.made, 0).ones_like(), made)
        });
        let portraits = (0..references).map(|at| {
            stacked(&|item| {
                let (clip, view) = item.portraits[at as usize];
                latents.portraits.i((clip as i64, view)).unsqueeze(1)
            })
        });
        let portraits: Vec<Tensor> = portraits.collect();
        let control = control_video(&kept, &followed, &made, &portraits);

        let before = |x: Tensor, value: f64| match references {
            0 => x,
            _ => x.pad([0, 0, 0, 0, references, 0], "constant", value),
        };
        let cast = stacked(&|item| row(&latents.cast, item.clip)).unsqueeze(1);
        let counts = before(&cast * CAST_COUNTS + 1.0, REFERENCE_COUNTS);
        let frames: Vec<&Tensor> = portraits.iter().chain([&clips]).collect();
        let seeds: Vec<u64> = items
            .iter()
            .map(|item| self.first_seed + item.camera.unwrap_or(item.clip))
            .collect();
        let has_camera: Vec<f32> = items
            .iter()
            .map(|item| f32::from(item.camera.is_some()))
            .collect();
        let (tokens, is_meant) = self.tokens(items, rng)?;
        Ok(Batch {
            target: Tensor::cat(&frames, 2),
            counts,
            cast: before(cast, 0.0),
            references,
            tokens: tokens.to_device(self.device),
            is_meant: is_meant.to_device(self.device),
            control,
            rays: on_device(rays::of_seeds(&seeds, references, self.format)),
            has_camera: Tensor::from_slice(&has_camera)
                .view([-1, 1, 1])
                .to_device(self.device),
        })
    }

    /// Tokens of all captions, filled up to the longest and one more, and which of them are meant.
    fn tokens(
        &self,
        items: &[Item],
        mut rng: Option<&mut Rng>,
    ) -> Result<(Tensor, Tensor), Failure> {
        let read = items
            .iter()
            .map(|item| self.tokenizer.tokens(&item.caption));
        let mut texts: Vec<Vec<u32>> = read.collect::<Result<_, _>>()?;
        if let Some(rng) = &mut rng {
            for text in &mut texts {
                for token in text.iter_mut() {
                    if *token > tokens::UNKNOWN && rng.u8(..50) == 0 {
                        *token = tokens::UNKNOWN;
                    }
                }
            }
        }
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0) + 1;
        let (mut all, mut meant) = (Vec::new(), Vec::new());
        for text in &texts {
            let row = |at: usize| text.get(at).copied();
            all.extend((0..longest).map(|at| i64::from(row(at).unwrap_or(0))));
            meant.extend((0..longest).map(|at| f32::from(row(at).is_some())));
        }
        let size = [texts.len() as i64, longest as i64];
        Ok((
            Tensor::from_slice(&all).view(size),
            Tensor::from_slice(&meant).view(size),
        ))
    }
}

impl Networks {
    /// The velocity at `x` where there is `sigma` of noise, one number a clip: like `x`, in fp32.
    pub fn velocity(&self, batch: &Batch, x: &Tensor, sigma: &Tensor) -> Tensor {
        let kind = self.transformer.kind();
        let cast = |x: &Tensor| x.to_kind(kind);
        let text = self.text.forward(&batch.tokens, &batch.is_meant);
        let text = self.transformer.read_short_text(&cast(&text));
        let camera = self
            .transformer
            .embed_rays(&batch.rays)
            .map(|rays| rays * cast(&batch.has_camera));
        let size = x.size();
        let strengths = vec![
            1.0;
            self.transformer
                .config()
                .vace
                .as_ref()
                .map_or(0, |vace| vace.layers.len())
        ];
        let control = cast(&batch.control);
        let guide = self.transformer.guide(
            [size[2], size[3], size[4]],
            camera,
            Some((&control, &strengths)),
            (kind, x.device()),
        );
        self.transformer
            .forward(&cast(x), &(sigma * 1000.0), &text, &guide)
    }
}

/// One step: noise on clips, the velocity told, how far it is from the true one.
pub fn step(
    learner: &Learner,
    school: &School,
    at: u64,
    batch: usize,
    size: Size,
) -> Result<Step, Failure> {
    let shapes = Shapes::of(size);
    let networks = learner
        .parameters
        .network(school.kind, |weights| shapes.build(weights))?;
    let mut rng = generator(at, 41);
    let batch = school.batch(&school.drawn(at, batch), Some(&mut rng))?;
    tch::manual_seed(at as i64);
    let count = batch.target.size()[0];
    let [mean, deviation] = NOISE;
    let normal = Tensor::randn([count], (Kind::Float, Device::Cpu)).to_device(school.device);
    let sigma = (normal * deviation + mean).sigmoid();
    let error = error(&networks, &batch, &sigma);
    let all = (&error * &batch.counts).mean(Kind::Float) / batch.counts.mean(Kind::Float);
    let of_cast = (&error * &batch.cast).sum(Kind::Float) / (batch.cast.sum(Kind::Float) + 1e-6);
    Ok(Step {
        loss: all,
        told: vec![
            ("error", error.detach().mean(Kind::Float)),
            ("cast", of_cast.detach()),
        ],
    })
}

/// The squared error of the velocity at each place, with noise from libtorch's generator: b 1 (r+f) h w.
pub fn error(networks: &Networks, batch: &Batch, sigma: &Tensor) -> Tensor {
    let noise = batch.target.randn_like();
    let share = sigma.view([-1, 1, 1, 1, 1]);
    let x = &batch.target * (1.0 - &share) + &noise * &share;
    let velocity = networks.velocity(batch, &x, sigma);
    (velocity - (noise - &batch.target))
        .square()
        .mean_dim([1].as_slice(), true, Kind::Float)
}
