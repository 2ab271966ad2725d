//! Training the transformer and its text encoder by flow matching (Lipman et al., 2023): predict the velocity from
//! data to noise in noised clips.

mod heads;

use std::path::{Path, PathBuf};

use kinora_engine::family::wan::text::{TextConfig, TextEncoder};
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::weights::{MappedFile, Weights};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::dataset::{Batch, BatchSampler};
use crate::optimizer::{IsMatrix, Rates};
use crate::parameters::Initial;
use crate::starter::Size;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::generator;
use crate::{initial, tokens};
use heads::Heads;

/// Learning rates.
pub const RATES: Rates = Rates {
    muon: 3e-3,
    adam: 1e-3,
};
/// Most noise levels are drawn from a logit-normal distribution with this mean (high noise, where the composition is
/// decided) and deviation. The rest are drawn uniformly and shifted as in sampling, so that the first steps of a
/// clip, almost pure noise, are trained too.
const NOISE: [f64; 2] = [0.9, 1.2];
const EVEN_SHARE: f64 = 0.25;
const EVEN_SHIFT: f64 = 4.0;

/// The two networks.
#[derive(Debug)]
pub struct Networks {
    /// Encodes captions.
    pub text: TextEncoder,
    /// Predicts velocities.
    pub transformer: Transformer,
}

/// What is trained.
struct Trained {
    /// What is shipped.
    networks: Networks,
    heads: Heads,
}

/// Their configurations.
#[derive(Clone, Debug)]
pub struct Shapes {
    /// The text encoder's.
    pub text: TextConfig,
    /// The transformer's.
    pub transformer: Config,
}

impl Shapes {
    /// The configurations for a model size.
    pub fn of(size: Size) -> Self {
        Self {
            text: size.text(tokens::count()),
            transformer: size.transformer(),
        }
    }

    /// Builds what is trained; parameter names start with `text`, `transformer` and `heads`.
    fn build(&self, mut weights: Weights) -> Result<Trained, Failure> {
        let networks = Networks {
            text: TextEncoder::new(&self.text, weights.at("text"))?,
            transformer: Transformer::new(&self.transformer, weights.at("transformer"))?,
        };
        let heads = Heads::new(self.transformer.width, weights.at("heads"))?;
        Ok(Trained { networks, heads })
    }
}

/// Initial values for both networks.
fn begun(name: &str, shape: &[i64]) -> Tensor {
    match name.split_once('.') {
        Some(("text", rest)) => initial::text(rest, shape),
        Some((_, rest)) => initial::transformer(rest, shape),
        None => initial::transformer(name, shape),
    }
}

/// Whether Muon trains a parameter: matrices between tokens; not embeddings, norms, modulations or the head.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    name.contains("blocks")
        && name.ends_with("weight")
        && shape.len() == 2
        && !name.contains("pos_embedding")
}

/// The files of trained networks.
#[derive(Clone, Debug)]
pub struct TrainedFiles {
    /// The transformer's.
    pub transformer: PathBuf,
    /// The text encoder's.
    pub text: PathBuf,
}

/// Opens the training run of this file, or starts one: with the networks in `from`, or from scratch. Parameters that
/// these lack begin from scratch.
pub fn open(
    path: &Path,
    size: Size,
    device: Device,
    from: Option<TrainedFiles>,
) -> Result<TrainState, Failure> {
    let shapes = Shapes::of(size);
    let is_new = !path.exists();
    let trained = match from.filter(|_| is_new) {
        Some(files) => Some([
            ("transformer", MappedFile::open(&files.transformer)?),
            ("text", MappedFile::open(&files.text)?),
        ]),
        None => None,
    };
    let initial = |name: &str, shape: &[i64]| {
        let known = trained.iter().flatten().find_map(|(part, file)| {
            let own = name.strip_prefix(part)?.strip_prefix('.')?;
            file.tensor(own).filter(|tensor| tensor.size() == shape)
        });
        known.unwrap_or_else(|| begun(name, shape))
    };
    let start = (&initial as Initial, is_matrix as IsMatrix, RATES);
    let mut state = TrainState::open(path, device, start, |weights| shapes.build(weights))?;
    state.run.is_continued |= trained.is_some();
    Ok(state)
}

impl Networks {
    /// The velocity at `x` at noise level `sigma`, one value per clip: shaped like `x`, in fp32.
    pub fn velocity(&self, batch: &Batch, x: &Tensor, sigma: &Tensor) -> Result<Tensor, Failure> {
        let (velocity, _) = self.velocity_and_tokens(batch, x, sigma)?;
        Ok(velocity)
    }

    /// The velocity with the tokens that heads read: b l d.
    fn velocity_and_tokens(
        &self,
        batch: &Batch,
        x: &Tensor,
        sigma: &Tensor,
    ) -> Result<(Tensor, Tensor), Failure> {
        let kind = self.transformer.kind();
        let cast = |x: &Tensor| x.to_kind(kind);
        let text = self.text.forward(&batch.tokens, &batch.is_meant)?;
        let text = self.transformer.embed_short_text(&cast(&text))?;
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
        let conditioning = self.transformer.static_conditioning(
            [size[2], size[3], size[4]],
            camera,
            Some((&control, &strengths)),
            (kind, x.device()),
        );
        self.transformer.forward_with_tokens(
            &cast(x),
            &(sigma * 1000.0),
            (&text, &conditioning),
            heads::AFTER_BLOCK,
        )
    }
}

/// One step: adds noise to clips, predicts the velocity, and returns its error, with that of the heads until the rates cool
/// down.
pub fn step(
    state: &TrainState,
    sampler: &BatchSampler,
    at: u64,
    batch: u64,
    size: Size,
) -> Result<Step, Failure> {
    let shapes = Shapes::of(size);
    let Trained { networks, heads } = state
        .parameters
        .network(sampler.kind, |weights| shapes.build(weights))?;
    let mut rng = generator(at, 41);
    let batch = sampler.batch(&sampler.sample(at, batch), Some(&mut rng))?;
    tch::manual_seed(at as i64);
    let count = batch.target.size()[0];
    let sigma = drawn_noise(count).to_device(sampler.device);
    let (error, tokens) = error_and_tokens(&networks, &batch, &sigma)?;
    let all = (&error * &batch.counts).mean(Kind::Float) / batch.counts.mean(Kind::Float);
    let of_cast = (&error * &batch.cast).sum(Kind::Float) / (batch.cast.sum(Kind::Float) + 1e-6);
    let names = heads.error(&tokens, &batch.names, &batch.cast);
    let metrics = vec![
        ("error", error.detach().mean(Kind::Float)),
        ("cast", of_cast.detach()),
        ("names", names.detach()),
    ];
    let loss = match state.run.cooling {
        None => all + names * heads::COUNTS,
        Some(_) => all,
    };
    Ok(Step { loss, metrics })
}

/// Random noise levels of `count` clips, from 0 to 1.
fn drawn_noise(count: i64) -> Tensor {
    let float = (Kind::Float, Device::Cpu);
    let [mean, deviation] = NOISE;
    let mostly = (Tensor::randn([count], float) * deviation + mean).sigmoid();
    let even = Tensor::rand([count], float);
    let evenly = &even * EVEN_SHIFT / (&even * (EVEN_SHIFT - 1.0) + 1.0);
    let is_even = Tensor::rand([count], float).lt(EVEN_SHARE);
    evenly.where_self(&is_even, &mostly)
}

/// The squared error of the velocity at each position, with noise from libtorch's generator: b 1 (r+f) h w.
pub fn error(networks: &Networks, batch: &Batch, sigma: &Tensor) -> Result<Tensor, Failure> {
    let (error, _) = error_and_tokens(networks, batch, sigma)?;
    Ok(error)
}

fn error_and_tokens(
    networks: &Networks,
    batch: &Batch,
    sigma: &Tensor,
) -> Result<(Tensor, Tensor), Failure> {
    let noise = batch.target.randn_like();
    let share = sigma.view([-1, 1, 1, 1, 1]);
    let x = &batch.target * (1.0 - &share) + &noise * &share;
    let (velocity, tokens) = networks.velocity_and_tokens(batch, &x, sigma)?;
    let error = (velocity - (noise - &batch.target)).square();
    Ok((error.mean_dim([1].as_slice(), true, Kind::Float), tokens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::FIRST_PHASE_CLIPS;
    use crate::dataset::tests::sampler;
    use crate::model::Folder;
    use crate::parameters::Parameters;

    #[test]
    fn every_lesson_can_be_learnt_and_a_silent_head_is_as_wrong_as_the_velocity_is_long() {
        tch::set_num_threads(1);
        let (_folder, sampler) = sampler();
        let shapes = Shapes::of(Size::Small);
        let build = |weights: Weights| shapes.build(weights);
        let parameters = Parameters::new(Device::Cpu, &begun, build).expect("parameters");
        let trained = parameters.network(Kind::Float, build).expect("networks");
        let mut portraits_met = Vec::new();
        for step in 0..40 {
            let examples = sampler.sample(FIRST_PHASE_CLIPS + step, 2);
            let count = examples[0].portraits.len();
            if portraits_met.contains(&count) {
                continue;
            }
            portraits_met.push(count);
            let batch = sampler.batch(&examples, None).expect("a batch");
            assert_eq!(batch.target.size(), [2, 16, 5 + count as i64, 8, 12]);
            let networks = &trained.networks;
            let (error, tokens) =
                error_and_tokens(networks, &batch, &drawn_noise(2)).expect("an error");
            let names = trained.heads.error(&tokens, &batch.names, &batch.cast);
            let chance = 48f64.ln();
            let names = names.double_value(&[]);
            assert!((0.3..3.0).contains(&(names / chance)), "{names}");
            let mean = error.mean(Kind::Float);
            assert!(
                (1.7..2.3).contains(&mean.double_value(&[])),
                "{count} portraits: {mean:?}"
            );
            mean.backward();
        }
        portraits_met.sort_unstable();
        assert_eq!(portraits_met, [0, 1, 2]);
    }

    #[test]
    fn a_run_begins_with_a_trained_model_and_records_it() {
        tch::set_num_threads(1);
        let folder = tempfile::tempdir().expect("folder");
        let (model, path) = (Folder(folder.path().into()), folder.path().join("run"));
        let nowhere = Folder("nowhere".into());
        let open = |path: &Path, from| open(path, Size::Small, Device::Cpu, from);
        let trained = open(&folder.path().join("other"), None).expect("a run");
        let name = "transformer.blocks.3.ffn.0.weight";
        let value = |state: &TrainState| state.average[name].copy();
        let _ = tch::no_grad(|| trained.average[name].shallow_clone().fill_(0.25));
        model
            .write_networks(&trained, Size::Small)
            .expect("written");
        let begun = open(&path, Some(model.trained_files())).expect("begun");
        assert!(begun.run.is_continued && value(&begun).equal(&value(&trained)));
        begun.save().expect("saved");
        model.write_networks(&begun, Size::Small).expect("written");
        let again = open(&path, Some(nowhere.trained_files())).expect("the run goes on");
        assert!(again.run.is_continued && value(&again).equal(&value(&trained)));
        assert!(open(&folder.path().join("new"), Some(nowhere.trained_files())).is_err());
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
