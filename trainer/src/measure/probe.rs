//! The probe: a small classifier of clip content, trained only on the world's own clips. Its accuracy on generated
//! clips, compared with the world's, shows what the model has learnt.

use tch::nn::{self, ModuleT as _, OptimizerConfig as _};
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::latents::Latents;
use crate::world::{Action, Colour, Format, Kind as Being, Scene, Terrain, Time};

/// The attributes it classifies, and the number of classes of each.
pub const ATTRIBUTES: [(&str, i64); 5] = [
    ("terrain", Terrain::ALL.len() as i64),
    ("time of day", Time::ALL.len() as i64),
    ("kind", Being::ALL.len() as i64),
    ("body colour", Colour::ALL.len() as i64),
    ("action", Action::ALL.len() as i64),
];
const CLIPS_A_STEP: i64 = 48;
const RATE: f64 = 2e-3;

/// The attributes of a scene, as class indices in the order of `ATTRIBUTES`.
pub fn attributes(scene: &Scene) -> [i64; 5] {
    [
        scene.terrain as i64,
        scene.time as i64,
        scene.character.kind as i64,
        scene.character.body as i64,
        scene.action as i64,
    ]
}

/// The classifier network.
#[derive(Debug)]
pub struct Probe {
    store: nn::VarStore,
    trunk: nn::SequentialT,
    heads: Vec<nn::Linear>,
}

impl Probe {
    /// Trains on encoded clips for a number of epochs.
    pub fn trained(latents: &Latents, first_seed: u64, format: Format, passes: usize) -> Self {
        tch::manual_seed(7);
        let store = nn::VarStore::new(Device::Cpu);
        let root = store.root();
        let conv = |name: &str, inputs, outputs, stride: [i64; 3]| {
            let config = nn::ConvConfigND::<[i64; 3]> {
                stride,
                padding: [1, 1, 1],
                dilation: [1, 1, 1],
                ..nn::ConvConfigND::<[i64; 3]> {
                    stride: [1; 3],
                    padding: [0; 3],
                    dilation: [1; 3],
                    groups: 1,
                    bias: true,
                    ws_init: nn::init::DEFAULT_KAIMING_UNIFORM,
                    bs_init: nn::Init::Const(0.0),
                    padding_mode: nn::PaddingMode::Zeros,
                }
            };
            nn::conv(&root / name, inputs, outputs, [3, 3, 3], config)
        };
        let trunk = nn::seq_t()
            .add(conv("one", 16, 48, [1, 1, 1]))
            .add_fn(|x| {
                x.group_norm(8, None::<Tensor>, None::<Tensor>, 1e-5, false)
                    .gelu("none")
            })
            .add(conv("two", 48, 96, [1, 2, 2]))
            .add_fn(|x| {
                x.group_norm(8, None::<Tensor>, None::<Tensor>, 1e-5, false)
                    .gelu("none")
            })
            .add(conv("three", 96, 128, [2, 2, 2]))
            .add_fn(|x| {
                let x = x.gelu("none");
                let all: &[i64] = &[2, 3, 4];
                Tensor::cat(
                    &[x.mean_dim(all, false, Kind::Float), x.amax(all, false)],
                    1,
                )
            });
        let heads = ATTRIBUTES.iter().map(|(name, count)| {
            nn::linear(
                &root / name.replace(' ', "_"),
                256,
                *count,
                nn::LinearConfig::default(),
            )
        });
        let probe = Self {
            trunk,
            heads: heads.collect(),
            store,
        };
        probe.teach(latents, first_seed, format, passes);
        probe
    }

    fn teach(&self, latents: &Latents, first_seed: u64, format: Format, passes: usize) {
        let count = latents.count() as i64;
        let labels: Vec<i64> = (0..count as u64)
            .flat_map(|at| attributes(&Scene::of_seed(first_seed + at, format)))
            .collect();
        let labels = Tensor::from_slice(&labels).view([count, 5]);
        let Ok(mut optimizer) = nn::AdamW::default().build(&self.store, RATE) else {
            return;
        };
        let steps = passes as i64 * count / CLIPS_A_STEP;
        for step in 0..steps {
            let picked = Tensor::randint(count, [CLIPS_A_STEP], (Kind::Int64, Device::Cpu));
            let clips = latents.clips.index_select(0, &picked).to_kind(Kind::Float);
            let clips = &clips + clips.randn_like() * 0.15;
            let labels = labels.index_select(0, &picked);
            let logits = self.logits(&clips, true);
            let losses = logits
                .iter()
                .enumerate()
                .map(|(at, logits)| logits.cross_entropy_for_logits(&labels.i((.., at as i64))));
            let loss = losses.fold(
                Tensor::zeros([], (Kind::Float, Device::Cpu)),
                |sum, loss| sum + loss,
            );
            let left = 1.0 - step as f64 / steps as f64;
            optimizer.set_lr(RATE * left);
            optimizer.backward_step(&loss);
        }
    }

    fn logits(&self, clips: &Tensor, is_learning: bool) -> Vec<Tensor> {
        let features = self.trunk.forward_t(clips, is_learning);
        self.heads
            .iter()
            .map(|head| head.forward_t(&features, is_learning))
            .collect()
    }

    /// The attributes of clips n c f h w: n rows of class indices.
    pub fn names(&self, clips: &Tensor) -> Vec<[i64; 5]> {
        let _no_grad = tch::no_grad_guard();
        let logits = self.logits(&clips.to_kind(Kind::Float), false);
        let best: Vec<Tensor> = logits
            .iter()
            .map(|logits| logits.argmax(1, false))
            .collect();
        (0..clips.size()[0])
            .map(|at| std::array::from_fn(|attribute| best[attribute].int64_value(&[at])))
            .collect()
    }
}
