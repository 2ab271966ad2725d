//! The UniPC solver of second order: predicts the next sample from the last two predictions of the data, and corrects
//! it after the next forward pass.
//!
//! Zhao et al., "UniPC: A Unified Predictor-Corrector Framework", 2023, B(h) = e^h - 1 ("bh2"), data prediction. With
//! alpha = 1 - sigma and lambda = ln alpha - ln sigma, from step s to step t: `h = lambda_t - lambda_s`, and `x_t =
//! sigma_t/sigma_s x - alpha_t (e^-h - 1) m` + corrections.

use tch::Tensor;

/// The state of the solver between steps.
#[derive(Debug, Default)]
pub struct UniPc {
    /// The last two predictions of the data, newest first.
    predictions: Vec<Tensor>,
    /// The sample from which the last predictor step started.
    before: Option<Tensor>,
    /// The order of the last predictor step.
    order: usize,
}

impl UniPc {
    /// The sample at `sigmas[step + 1]`, from `sample` and `velocity` at `sigmas[step]`.
    pub fn step(
        &mut self,
        sigmas: &[f64],
        step: usize,
        velocity: &Tensor,
        sample: &Tensor,
    ) -> Tensor {
        let prediction = sample - velocity * sigmas[step];
        let sample = match self.before.take() {
            Some(before) => self.corrected(sigmas, step, &before, &prediction),
            None => sample.shallow_clone(),
        };
        self.predictions.insert(0, prediction);
        self.predictions.truncate(2);
        // First order for the last step, where second order is unstable, and for the first, which has no history.
        let steps = sigmas.len() - 1;
        self.order = (steps - step).min(2).min(self.predictions.len());
        let next = self.predicted(sigmas, step, &sample);
        self.before = Some(sample);
        next
    }

    /// Predictor: the sample at `step + 1`.
    fn predicted(&self, sigmas: &[f64], step: usize, sample: &Tensor) -> Tensor {
        let (from, to) = (sigmas[step], sigmas[step + 1]);
        let phi = (-step_length(from, to)).exp_m1();
        let weight = -(1.0 - to) * phi;
        let linear = sample * (to / from) + &self.predictions[0] * weight;
        if self.order < 2 {
            return linear;
        }
        let ratio = step_length(from, sigmas[step - 1]) / step_length(from, to);
        let slope = (&self.predictions[1] - &self.predictions[0]) / ratio;
        linear + slope * (0.5 * weight)
    }

    /// Corrector: the sample at `step` again, using the prediction of the data there.
    fn corrected(
        &self,
        sigmas: &[f64],
        step: usize,
        before: &Tensor,
        prediction: &Tensor,
    ) -> Tensor {
        let (from, to) = (sigmas[step - 1], sigmas[step]);
        let h = step_length(from, to);
        let phi = (-h).exp_m1();
        let weight = -(1.0 - to) * phi;
        let linear = before * (to / from) + &self.predictions[0] * weight;
        let change = prediction - &self.predictions[0];
        if self.order < 2 {
            return linear + change * (0.5 * weight);
        }
        // [1 1; ratio 1] rho = b, solved by hand.
        let ratio = step_length(from, sigmas[step - 2]) / h;
        let phi_2 = phi / -h - 1.0;
        let phi_3 = phi_2 / -h - 0.5;
        let b = [phi_2 / phi, 2.0 * phi_3 / phi];
        let rho_past = (b[0] - b[1]) / (1.0 - ratio);
        let rho_now = b[0] - rho_past;
        let slope = (&self.predictions[1] - &self.predictions[0]) / ratio;
        linear + slope * (rho_past * weight) + change * (rho_now * weight)
    }
}

/// lambda at `to` minus lambda at `from`; infinite for `to` = 0.
fn step_length(from: f64, to: f64) -> f64 {
    let lambda = |sigma: f64| (1.0 - sigma).ln() - sigma.ln();
    lambda(to) - lambda(from)
}
