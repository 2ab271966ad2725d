//! UniPC of second order: predicts the next sample from the last two guesses of the data, and corrects
//! the last prediction once the network has looked at it.
//!
//! Zhao et al., "UniPC: A Unified Predictor-Corrector Framework", 2023, B(h) = e^h - 1 ("bh2"), in terms
//! of the data. With alpha = 1 - sigma and lambda = ln alpha - ln sigma, from step s to step t:
//! `h = lambda_t - lambda_s`, and `x_t = sigma_t/sigma_s x - alpha_t (e^-h - 1) m` + corrections.

use tch::Tensor;

/// What the method remembers.
#[derive(Debug, Default)]
pub struct UniPc {
    /// The last guesses of the data, newest first.
    guesses: Vec<Tensor>,
    /// The sample before the last prediction.
    before: Option<Tensor>,
    /// The order of the last prediction.
    order: usize,
}

impl UniPc {
    /// From `sample` at `sigmas[step]` to the next.
    pub fn step(
        &mut self,
        sigmas: &[f64],
        step: usize,
        velocity: &Tensor,
        sample: &Tensor,
    ) -> Tensor {
        let guess = sample - velocity * sigmas[step];
        let sample = match self.before.take() {
            Some(before) => self.corrected(sigmas, step, &before, &guess),
            None => sample.shallow_clone(),
        };
        self.guesses.insert(0, guess);
        self.guesses.truncate(2);
        // A last step of second order would be unstable; the first has no past.
        let steps = sigmas.len() - 1;
        self.order = (steps - step).min(2).min(self.guesses.len());
        let next = self.predicted(sigmas, step, &sample);
        self.before = Some(sample);
        next
    }

    /// The sample at `step + 1`.
    fn predicted(&self, sigmas: &[f64], step: usize, sample: &Tensor) -> Tensor {
        let (from, to) = (sigmas[step], sigmas[step + 1]);
        let phi = (-step_length(from, to)).exp_m1();
        let weight = -(1.0 - to) * phi;
        let linear = sample * (to / from) + &self.guesses[0] * weight;
        if self.order < 2 {
            return linear;
        }
        let ratio = step_length(from, sigmas[step - 1]) / step_length(from, to);
        let slope = (&self.guesses[1] - &self.guesses[0]) / ratio;
        linear + slope * (0.5 * weight)
    }

    /// The sample at `step`, again, now that the network has guessed there too.
    fn corrected(&self, sigmas: &[f64], step: usize, before: &Tensor, guess: &Tensor) -> Tensor {
        let (from, to) = (sigmas[step - 1], sigmas[step]);
        let h = step_length(from, to);
        let phi = (-h).exp_m1();
        let weight = -(1.0 - to) * phi;
        let linear = before * (to / from) + &self.guesses[0] * weight;
        let change = guess - &self.guesses[0];
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
        let slope = (&self.guesses[1] - &self.guesses[0]) / ratio;
        linear + slope * (rho_past * weight) + change * (rho_now * weight)
    }
}

/// lambda at `to` minus lambda at `from`; infinite where nothing of the noise is left.
fn step_length(from: f64, to: f64) -> f64 {
    let lambda = |sigma: f64| (1.0 - sigma).ln() - sigma.ln();
    lambda(to) - lambda(from)
}
