//! The state of a training run: parameters, their running average, the optimizer, and the progress. All of it is in
//! one checkpoint; a run that is killed continues from there without a difference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::weights::{MappedFile, Weights, view_of};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use crate::files::write_tensors;
use crate::optimizer::{IsMatrix, Optimizer, Rates};
use crate::parameters::{Initial, Parameters};

/// Steps of learning-rate warm-up.
const WARM_UP_STEPS: u64 = 50;
/// The decay of the running average, in the long run.
const AVERAGE_KEEPS: f64 = 0.998;
/// The metadata key of the run's progress.
const RUN_KEY: &str = "run";

/// The progress of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Steps done.
    pub step: u64,
    /// Training time in seconds, over all calls.
    pub seconds: f64,
    /// Whether it began with the parameters of a trained model.
    #[serde(default)]
    pub is_continued: bool,
    /// The learning-rate cooldown: its first step and its length, after which the run is finished.
    pub cooling: Option<[u64; 2]>,
}

/// The state of a training run.
#[derive(Debug)]
pub struct TrainState {
    /// The parameters being trained.
    pub parameters: Parameters,
    /// Their running average, which is shipped and measured.
    pub average: BTreeMap<String, Tensor>,
    /// The progress.
    pub run: Run,
    optimizer: Optimizer,
    rates: Rates,
    path: PathBuf,
}

impl TrainState {
    /// Continues from the checkpoint at `path`, or starts a run if there is none.
    pub fn open<Network>(
        path: &Path,
        device: Device,
        (initial, is_matrix, rates): (Initial, IsMatrix, Rates),
        build: impl Fn(Weights) -> Result<Network, Failure>,
    ) -> Result<Self, Failure> {
        let begun = Parameters::new(device, initial, &build)?;
        let optimizer = Optimizer::new(&begun, is_matrix);
        let mut state = Self {
            average: begun.copied(),
            parameters: begun,
            run: Run::default(),
            optimizer,
            rates,
            path: path.to_owned(),
        };
        if path.exists() {
            state.restore()?;
        }
        Ok(state)
    }

    fn restore(&mut self) -> Result<(), Failure> {
        let file = MappedFile::open(&self.path)?;
        let broken = |what: String| {
            Failure::bad_file(
                format!("{}: {what}", self.path.display()),
                "remove it to begin anew, or go back to an older copy",
            )
        };
        let words = file.metadata().get(RUN_KEY).cloned().unwrap_or_default();
        self.run = serde_json::from_str(&words).map_err(|error| broken(error.to_string()))?;
        let device = self.parameters.device();
        let find = |key: &str| file.tensor(key).map(|tensor| tensor.to_device(device));
        let _no_grad = tch::no_grad_guard();
        for (name, tensor) in self.parameters.iter() {
            for (kind, mut target) in [
                ("model", tensor.shallow_clone()),
                ("average", self.average[name].shallow_clone()),
            ] {
                let key = format!("{kind}.{name}");
                let kept = find(&key).filter(|kept| kept.size() == target.size());
                let kept =
                    kept.ok_or_else(|| broken(format!("`{key}` is missing or has another shape")))?;
                target.copy_(&kept);
            }
        }
        self.optimizer.restore(&find)
    }

    /// Whether the cooldown is complete.
    pub fn is_finished(&self) -> bool {
        self.run
            .cooling
            .is_some_and(|[from, steps]| self.run.step >= from + steps)
    }

    /// Starts the learning-rate cooldown over this many steps, which finishes the run. The checkpoint from before is
    /// kept next to it, so that training can continue from there another day.
    pub fn cool_down(&mut self, steps: u64) -> Result<(), Failure> {
        self.save_as(&self.path.with_extension("warm.safetensors"))?;
        self.run.cooling = Some([self.run.step, steps.max(1)]);
        Ok(())
    }

    /// One optimizer step on `loss`.
    pub fn update(&mut self, loss: &Tensor) {
        loss.backward();
        self.run.step += 1;
        let step = self.run.step;
        let warm = (step as f64 / WARM_UP_STEPS as f64).min(1.0);
        let cool = self.run.cooling.map_or(1.0, |[from, steps]| {
            1.0 - (step - from) as f64 / (steps + 1) as f64
        });
        let Rates { muon, adam } = self.rates;
        let rates = Rates {
            muon: muon * warm * cool,
            adam: adam * warm * cool,
        };
        self.optimizer.step(&self.parameters, rates, step);
        let keeps = AVERAGE_KEEPS.min(step as f64 / (step as f64 + 10.0));
        let _no_grad = tch::no_grad_guard();
        for (name, tensor) in self.parameters.iter() {
            if let Some(average) = self.average.get_mut(name) {
                let _ = average.lerp_(&tensor.detach(), 1.0 - keeps);
            }
        }
    }

    /// Saves the checkpoint atomically. A state with values that are not finite is not saved.
    pub fn save(&self) -> Result<(), Failure> {
        let is_sound = |tensor: &Tensor| tensor.isfinite().all().int64_value(&[]) != 0;
        if let Some((name, _)) = self.parameters.iter().find(|(_, tensor)| !is_sound(tensor)) {
            return Err(Failure::bug(format!(
                "`{name}` is no number any more after step {}; the last checkpoint is kept",
                self.run.step
            )));
        }
        self.save_as(&self.path)
    }

    fn save_as(&self, path: &Path) -> Result<(), Failure> {
        let model = self
            .parameters
            .iter()
            .map(|(name, tensor)| (format!("model.{name}"), tensor));
        let average = self
            .average
            .iter()
            .map(|(name, tensor)| (format!("average.{name}"), tensor));
        let state = self.optimizer.state();
        let views = model
            .chain(average)
            .chain(state)
            .map(|(name, tensor)| Ok((name, view_of(tensor)?)));
        let views: Vec<_> = views.collect::<Result<_, Failure>>()?;
        let run =
            serde_json::to_string(&self.run).map_err(|error| Failure::bug(error.to_string()))?;
        write_tensors(path, views, (RUN_KEY, run))
    }

    /// The network with the averaged parameters, without gradients.
    pub fn averaged<Network>(
        &self,
        build: impl FnOnce(Weights) -> Result<Network, Failure>,
    ) -> Result<Network, Failure> {
        let average = Parameters::of(copies(&self.average), self.parameters.device());
        let _no_grad = tch::no_grad_guard();
        average.network(tch::Kind::Float, build)
    }
}

fn copies(tensors: &BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    let copies = tensors
        .iter()
        .map(|(name, tensor)| (name.clone(), tensor.shallow_clone()));
    copies.collect()
}
