//! What the transformer is taught with: encoded clips, and everything an artist can give drawn at random beside
//! them: words, a stage, a camera, frames to keep, portraits.

use fastrand::Rng;
use kinora_engine::family::wan21::given::control_video;
use kinora_engine::family::wan21::text::Tokenizer;
use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::latents::Latents;
use crate::world::{Format, Scene, Telling, caption, chance, generator, one_of};
use crate::{rays, tokens};

/// How much more a place of the cast counts.
const CAST_COUNTS: f64 = 8.0;
/// How much a reference's own latent frame counts: it only has to be copied.
const REFERENCE_COUNTS: f64 = 0.2;
/// How many portraits there are, each of these as often as the others.
const PORTRAITS: [usize; 8] = [0, 0, 0, 0, 1, 1, 2, 3];
/// For so many clips only text, stage and camera are learnt; then pictures come in.
pub const FIRST_LESSON_CLIPS: u64 = 12_000;

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
    /// Captions: b k.
    pub tokens: Tensor,
    /// 1 where a token is meant: b k.
    pub is_meant: Tensor,
    /// What is given, as the engine puts it together: b 96 (r+f) h w.
    pub control: Tensor,
    /// Of every pixel: b 24 (r+f) H W.
    pub rays: Tensor,
    /// 1 where the camera is given: b 1 1.
    pub has_camera: Tensor,
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

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Clips that nobody has encoded: every second one can be given frames.
    pub fn school() -> (tempfile::TempDir, School) {
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
}
