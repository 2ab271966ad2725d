//! The training data of the transformer: encoded clips, with a random choice of the conditions an artist can give:
//! text, stage, camera, keyframes, portraits.

use fastrand::Rng;
use kinora_engine::family::wan::network_input::vace_context;
use kinora_engine::family::wan::text::Tokenizer;
use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::latents::Latents;
use crate::world::{Character, Format, Scene, Telling, caption, chance, generator, one_of};
use crate::{rays, tokens};

/// The additional loss weight of positions of the cast.
const CAST_COUNTS: f64 = 8.0;
/// The loss weight of a reference's latent frame, which only has to be copied.
const REFERENCE_COUNTS: f64 = 0.2;
/// The number of portraits: each entry is equally likely.
const PORTRAITS: [usize; 8] = [0, 0, 0, 0, 0, 1, 1, 2];
/// The share of examples with a stage: of the first clips, of those with pictures, and of the others. A stage in colours
/// leaves little for words to say, so that only clips without one teach them.
const STAGED_SHARES: [f32; 3] = [0.9, 0.8, 0.25];
/// The first clips are trained with text, stage and camera only; then keyframes and portraits are added.
pub const FIRST_PHASE_CLIPS: u64 = 12_000;

/// A training example. Indices count clips; `None` where a condition is left out.
#[derive(Clone, Debug)]
pub struct Example {
    /// The clip to generate.
    pub clip: u64,
    /// Its caption; empty for none.
    pub caption: String,
    /// The clip whose stage is given.
    pub stage: Option<u64>,
    /// The clip whose frames are given.
    pub kept: Option<u64>,
    /// The clip whose camera is given.
    pub camera: Option<u64>,
    /// The portraits given: clip and view.
    pub portraits: Vec<(u64, i64)>,
}

/// A batch on the device: b clips of r + f latent frames.
#[derive(Debug)]
pub struct Batch {
    /// The latents to generate: b c (r+f) h w.
    pub target: Tensor,
    /// The loss weights: b 1 (r+f) h w.
    pub counts: Tensor,
    /// The mask of the cast, from 0 to 1: b 1 (r+f) h w.
    pub cast: Tensor,
    /// Kind and body colour of the cast, as places in their lists: b each.
    pub names: [Tensor; 2],
    /// The number of portraits before the clip.
    pub references: i64,
    /// Tokens of the captions: b k.
    pub tokens: Tensor,
    /// The attention mask of the tokens, 0 or 1: b k.
    pub is_meant: Tensor,
    /// The control input, as the engine builds it: b 96 (r+f) h w.
    pub control: Tensor,
    /// Plücker rays of every pixel: b 24 (r+f) H W.
    pub rays: Tensor,
    /// 1 where the camera is given, else 0: b 1 1.
    pub has_camera: Tensor,
}

/// Draws random examples and builds batches of them.
#[derive(Debug)]
pub struct BatchSampler {
    /// Encoded clips.
    pub latents: Latents,
    /// The seed of the first encoded clip.
    pub first_seed: u64,
    /// Whether the first clips are given without keyframes and portraits.
    pub has_first_phase: bool,
    /// The format of the clips.
    pub format: Format,
    /// The tokenizer of the captions.
    pub tokenizer: Tokenizer,
    /// The device of the networks.
    pub device: Device,
    /// The precision the networks compute in.
    pub kind: Kind,
}

impl BatchSampler {
    /// The random examples of a step. All have the same number of portraits.
    pub fn sample(&self, step: u64, batch: u64) -> Vec<Example> {
        let mut rng = generator(step, 40);
        let is_first_phase = self.has_first_phase && step * batch < FIRST_PHASE_CLIPS;
        let portraits = match is_first_phase {
            true => 0,
            false => one_of(&mut rng, &PORTRAITS),
        };
        let examples = (0..batch).map(|_| self.example(portraits, is_first_phase, &mut rng));
        examples.collect()
    }

    /// A random clip with a random choice of conditions.
    fn example(&self, portraits: usize, is_first_phase: bool, rng: &mut Rng) -> Example {
        let clip = rng.u64(..self.latents.count());
        let mut is_given = |share: f32| chance(rng, share);
        let has_kept = is_given(0.85) && !is_first_phase && self.latents.has_kept(clip);
        let [first, with_pictures, others] = STAGED_SHARES;
        let has_stage = is_given(match (is_first_phase, has_kept || portraits > 0) {
            (true, _) => first,
            (false, true) => with_pictures,
            (false, false) => others,
        });
        let has_camera = is_given(0.85);
        let has_words = is_given(0.92);
        let telling = match portraits > 0 && is_given(0.4) {
            true => Telling::ByPicture,
            false => Telling::Free,
        };
        let scene = Scene::of_seed(self.first_seed + clip, self.format);
        let mut views = [0, 1, 2];
        rng.shuffle(&mut views);
        Example {
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

    /// Builds a batch on the device. With `rng`, words become unknown now and then, so that the unknown token gets a
    /// meaning.
    pub fn batch(&self, examples: &[Example], rng: Option<&mut Rng>) -> Result<Batch, Failure> {
        let latents = &self.latents;
        let references = examples[0].portraits.len() as i64;
        let on_device = |x: Tensor| x.to_device(self.device).to_kind(Kind::Float);
        let stacked = |of: &dyn Fn(&Example) -> Tensor| {
            on_device(Tensor::stack(
                &examples.iter().map(of).collect::<Vec<_>>(),
                0,
            ))
        };
        let row = |tensor: &Tensor, at: u64| tensor.i(at as i64);

        let clips = stacked(&|example| row(&latents.clips, example.clip));
        let nothing = || latents.nothing.shallow_clone();
        let kept = stacked(&|example| {
            example
                .kept
                .map_or_else(nothing, |at| row(&latents.kept, at))
        });
        let followed = stacked(&|example| match (example.stage, example.kept) {
            (None, _) => nothing(),
            (Some(stage), None) => row(&latents.staged, stage),
            (Some(stage), Some(_)) => row(&latents.followed, stage),
        });
        let made = stacked(&|example| {
            let made = |at| row(&latents.made, at);
            example
                .kept
                .map_or_else(|| row(&latents.made, 0).ones_like(), made)
        });
        let portraits = (0..references).map(|at| {
            stacked(&|example| {
                let (clip, view) = example.portraits[at as usize];
                latents.portraits.i((clip as i64, view)).unsqueeze(1)
            })
        });
        let portraits: Vec<Tensor> = portraits.collect();
        let control = vace_context(&kept, &followed, &made, &portraits);

        let before = |x: Tensor, value: f64| match references {
            0 => x,
            _ => x.pad([0, 0, 0, 0, references, 0], "constant", value),
        };
        let cast = stacked(&|example| row(&latents.cast, example.clip)).unsqueeze(1);
        let counts = before(&cast * CAST_COUNTS + 1.0, REFERENCE_COUNTS);
        let frames: Vec<&Tensor> = portraits.iter().chain([&clips]).collect();
        let seeds: Vec<u64> = examples
            .iter()
            .map(|example| self.first_seed + example.camera.unwrap_or(example.clip))
            .collect();
        let has_camera: Vec<f32> = examples
            .iter()
            .map(|example| f32::from(example.camera.is_some()))
            .collect();
        let casts = examples.iter().map(|example| {
            let scene = Scene::of_seed(self.first_seed + example.clip, self.format);
            let Character { kind, body, .. } = scene.character;
            [kind as i64, body as i64]
        });
        let casts: Vec<[i64; 2]> = casts.collect();
        let names = [0, 1].map(|at| {
            let numbers: Vec<i64> = casts.iter().map(|cast| cast[at]).collect();
            Tensor::from_slice(&numbers).to_device(self.device)
        });
        let (tokens, is_meant) = self.tokens(examples, rng)?;
        Ok(Batch {
            target: Tensor::cat(&frames, 2),
            counts,
            cast: before(cast, 0.0),
            names,
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

    /// The tokens of all captions, padded to the longest plus one, and their attention mask.
    fn tokens(
        &self,
        examples: &[Example],
        mut rng: Option<&mut Rng>,
    ) -> Result<(Tensor, Tensor), Failure> {
        let read = examples
            .iter()
            .map(|example| self.tokenizer.tokens(&example.caption));
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

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Random latents in place of encoded clips: every second one has frames to be given.
    pub fn sampler() -> (tempfile::TempDir, BatchSampler) {
        let numbers =
            |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu)).to_kind(Kind::Half);
        let clip = [6, 16, 5, 8, 12];
        let made = Tensor::from_slice(&[0.0f32, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0]);
        let latents = Latents {
            clips: numbers(&clip),
            staged: numbers(&clip),
            kept: numbers(&clip),
            followed: numbers(&clip),
            made: made.view([2, 5]).repeat([3, 1]),
            portraits: numbers(&[6, 3, 16, 8, 12]),
            cast: numbers(&[6, 5, 8, 12]).abs(),
            nothing: numbers(&clip[1..]),
        };
        let folder = tempfile::tempdir().expect("folder");
        let sampler = BatchSampler {
            latents,
            first_seed: 0,
            has_first_phase: true,
            format: Format::SMALL,
            tokenizer: tokens::write(&folder.path().join("tokenizer.json")).expect("tokenizer"),
            device: Device::Cpu,
            kind: Kind::Float,
        };
        (folder, sampler)
    }

    #[test]
    fn what_is_given_is_put_where_the_engine_puts_it() {
        tch::set_num_threads(1);
        let (_folder, sampler) = sampler();
        let example = Example {
            clip: 2,
            caption: String::new(),
            stage: Some(4),
            kept: Some(2),
            camera: None,
            portraits: vec![(1, 0), (3, 2)],
        };
        let batch = sampler.batch(&[example], None).expect("a batch");
        let of = |x: &Tensor| x.to_kind(Kind::Float);
        let control = |channels: i64, frames: i64| {
            batch
                .control
                .narrow(1, channels, 16)
                .narrow(2, frames, 1)
                .i((0, .., 0))
        };
        let latents = &sampler.latents;
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
}
