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
/// Most noise is drawn as a logistic of a normal number: its mean (much noise, where the picture is decided)
/// and deviation. The rest is drawn evenly and shifted as in sampling, so that the very first steps of a
/// clip, nearly all noise, are learnt too.
const NOISE: [f64; 2] = [0.9, 1.2];
const EVEN_SHARE: f64 = 0.25;
const EVEN_SHIFT: f64 = 4.0;
/// How many portraits there are, each of these as often as the others.
const PORTRAITS: [usize; 8] = [0, 0, 0, 0, 1, 1, 2, 3];
/// For so many clips only text, stage and camera are learnt; then pictures come in.
const FIRST_LESSON_CLIPS: u64 = 12_000;

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
    pub fn drawn(&self, step: u64, batch: u64) -> Vec<Item> {
        let mut rng = generator(step, 40);
        let is_first_lesson = step * batch < FIRST_LESSON_CLIPS;
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
            rays: on_device(rays::of_seeds(&seeds, references, self.format, self.device)),
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
    batch: u64,
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
    let sigma = drawn_noise(count).to_device(school.device);
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

/// How much noise there is in each of some clips, from 0 to 1.
fn drawn_noise(count: i64) -> Tensor {
    let float = (Kind::Float, Device::Cpu);
    let [mean, deviation] = NOISE;
    let mostly = (Tensor::randn([count], float) * deviation + mean).sigmoid();
    let even = Tensor::rand([count], float);
    let evenly = &even * EVEN_SHIFT / (&even * (EVEN_SHIFT - 1.0) + 1.0);
    let is_even = Tensor::rand([count], float).lt(EVEN_SHARE);
    evenly.where_self(&is_even, &mostly)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Parameters;

    /// Clips that nobody has encoded: every second one can be given frames.
    fn school() -> (tempfile::TempDir, School) {
        let numbers =
            |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu)).to_kind(Kind::Half);
        let clip = [6, 16, 5, 8, 12];
        let made = Tensor::from_slice(&[0.0f32, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0]);
        let latents = Latents {
            clips: numbers(&clip),
            depths: numbers(&clip),
            kept: numbers(&clip),
            followed: numbers(&clip),
            made: made.view([2, 5]).repeat([3, 1]),
            portraits: numbers(&[6, 3, 16, 8, 12]),
            cast: numbers(&[6, 5, 8, 12]).abs(),
            nothing: numbers(&clip[1..]),
        };
        let folder = tempfile::tempdir().expect("folder");
        let school = School {
            latents,
            first_seed: 0,
            format: Format::SMALL,
            tokenizer: tokens::write(&folder.path().join("tokenizer.json")).expect("tokenizer"),
            device: Device::Cpu,
            kind: Kind::Float,
        };
        (folder, school)
    }

    #[test]
    fn every_lesson_can_be_learnt_and_a_silent_head_is_as_wrong_as_the_velocity_is_long() {
        tch::set_num_threads(1);
        let (_folder, school) = school();
        let shapes = Shapes::of(Size::Small);
        let build = |weights: Weights| shapes.build(weights);
        let parameters = Parameters::new(Device::Cpu, &begun, build).expect("parameters");
        let networks = parameters.network(Kind::Float, build).expect("networks");
        let mut portraits_met = Vec::new();
        for step in 0..40 {
            let items = school.drawn(FIRST_LESSON_CLIPS + step, 2);
            let count = items[0].portraits.len();
            if portraits_met.contains(&count) {
                continue;
            }
            portraits_met.push(count);
            let batch = school.batch(&items, None).expect("a batch");
            assert_eq!(batch.target.size(), [2, 16, 5 + count as i64, 8, 12]);
            let error = error(&networks, &batch, &drawn_noise(2));
            let mean = error.mean(Kind::Float);
            assert!(
                (1.7..2.3).contains(&mean.double_value(&[])),
                "{count} portraits: {mean:?}"
            );
            mean.backward();
        }
        portraits_met.sort_unstable();
        assert_eq!(portraits_met, [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_given_is_put_where_the_engine_puts_it() {
        tch::set_num_threads(1);
        let (_folder, school) = school();
        let item = Item {
            clip: 2,
            caption: String::new(),
            stage: Some(4),
            kept: Some(2),
            camera: None,
            portraits: vec![(1, 0), (3, 2)],
        };
        let batch = school.batch(&[item], None).expect("a batch");
        let of = |x: &Tensor| x.to_kind(Kind::Float);
        let control = |channels: i64, frames: i64| {
            batch
                .control
                .narrow(1, channels, 16)
                .narrow(2, frames, 1)
                .i((0, .., 0))
        };
        let latents = &school.latents;
        assert!(
            control(0, 0).equal(&of(&latents.portraits.i((1, 0)))),
            "first portrait, first frame"
        );
        assert!(control(0, 1).equal(&of(&latents.portraits.i((3, 2)))));
        assert!(
            control(0, 2).equal(&of(&latents.kept.i((2, .., 0)))),
            "what is kept"
        );
        assert!(
            control(16, 2).equal(&of(&latents.followed.i((4, .., 0)))),
            "what is followed"
        );
        let is_made = |frame| batch.control.i((0, 32.., frame)).min().double_value(&[]) > 0.5;
        assert_eq!(
            [0, 1, 2, 3].map(is_made),
            [false, false, false, true],
            "references, then the mask"
        );
        assert!(batch.has_camera.abs().max().double_value(&[]) < 0.5);
    }

    #[test]
    fn noise_is_drawn_up_to_nearly_all() {
        tch::manual_seed(1);
        let drawn = drawn_noise(4000);
        let share = |low: f64, high: f64| {
            let within = drawn.ge(low).logical_and(&drawn.lt(high));
            within
                .to_kind(Kind::Float)
                .mean(Kind::Float)
                .double_value(&[])
        };
        assert!(
            (0.02..0.1).contains(&share(0.975, 1.0)),
            "{}",
            share(0.975, 1.0)
        );
        assert!(share(0.4, 0.975) > 0.6 && share(0.0, 0.4) > 0.1);
    }
}
