//! Changes the sample rate of a wave by a windowed sinc.
//! Source: torchaudio `functional.resample` with its defaults.

use std::f64::consts::PI;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 6.0;
/// The cut-off as a part of half the lower sample rate.
const ROLLOFF: f64 = 0.99;
/// Most numbers of all filters together. Rates with hardly a common divisor need more.
const MOST_NUMBERS: i64 = 10_000_000;

/// A wave b c n at `from_hz` as b c ceil(n * to/from) at `to_hz`. Fails for rates that are no rates, or that have hardly a
/// common divisor.
pub fn resampled(wave: &Tensor, from_hz: i64, to_hz: i64) -> Result<Tensor, Failure> {
    if from_hz == to_hz {
        return Ok(wave.shallow_clone());
    }
    let (batch, sounds, samples) = wave
        .size3()
        .map_err(|_| Failure::bug(format!("a wave has {:?} axes", wave.size())))?;
    let refused = || {
        Failure::refused(
            format!("a sound of {from_hz} Hz cannot be changed to {to_hz} Hz"),
            "use a sound of 16, 44.1 or 48 kHz",
        )
    };
    if from_hz <= 0 || to_hz <= 0 {
        return Err(refused());
    }
    let divisor = gcd(from_hz, to_hz);
    let (from, to) = (from_hz / divisor, to_hz / divisor);
    let cutoff = from.min(to) as f64 * ROLLOFF;
    let width = (CROSSINGS * from as f64 / cutoff).ceil() as i64;
    let length = 2 * width + from;
    if length.saturating_mul(to) > MOST_NUMBERS {
        return Err(refused());
    }
    let _no_grad = tch::no_grad_guard();
    let filters = filters([from, to], width, cutoff).to_device(wave.device());
    // One filter for each of the `to` places between two multiples of `from` samples.
    let places = wave
        .to_kind(Kind::Float)
        .reshape([batch * sounds, 1, samples])
        .constant_pad_nd([width, width + from])
        .conv1d(&filters, None::<&Tensor>, from, 0, 1, 1);
    let count = (samples.saturating_mul(to) + from - 1) / from;
    Ok(places
        .transpose(1, 2)
        .reshape([batch, sounds, -1])
        .narrow(2, 0, count))
}

/// to x 1 x (2 width + from).
fn filters([from, to]: [i64; 2], width: i64, cutoff: f64) -> Tensor {
    let mut numbers = Vec::new();
    for place in 0..to {
        for at in -width..width + from {
            let periods = at as f64 / from as f64 - place as f64 / to as f64;
            let time = (periods * cutoff).clamp(-CROSSINGS, CROSSINGS);
            let window = (time * PI / CROSSINGS / 2.0).cos().powi(2);
            numbers.push((sinc(time) * window * cutoff / from as f64) as f32);
        }
    }
    Tensor::from_slice(&numbers).view([to, 1, 2 * width + from])
}

/// The filter that raises the rate of a wave to a multiple, and the samples it reaches on each side.
/// Source: diffusers `UpSample1d` with `window_type="hann"`.
pub fn raising_filter(multiple: i64) -> (Tensor, i64) {
    let width = (CROSSINGS / ROLLOFF).ceil() as i64;
    let numbers: Vec<f32> = (0..=2 * width * multiple)
        .map(|at| {
            let time = (at as f64 / multiple as f64 - width as f64) * ROLLOFF;
            let clamped = time.clamp(-CROSSINGS, CROSSINGS);
            let window = (clamped * PI / CROSSINGS / 2.0).cos().powi(2);
            (sinc(time) * window * ROLLOFF / multiple as f64) as f32
        })
        .collect();
    (Tensor::from_slice(&numbers).view([1, 1, -1]), width)
}

/// sin(pi x) / (pi x).
fn sinc(x: f64) -> f64 {
    match x.abs() < 1e-12 {
        true => 1.0,
        false => (PI * x).sin() / (PI * x),
    }
}

/// The greatest common divisor of two positive numbers.
pub fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn rates_without_a_common_divisor_and_no_rates_are_refused() {
        let wave = Tensor::zeros([1, 1, 100], (Kind::Float, Device::Cpu));
        for from_hz in [0, -48_000, 44_101] {
            let failure = resampled(&wave, from_hz, 16_000).expect_err("refused");
            assert!(failure.to_string().contains("16000 Hz"), "{failure}");
        }
    }

    #[test]
    fn a_slow_wave_keeps_its_shape() {
        let samples: Vec<f32> = (0..4800).map(|at| (at as f32 / 300.0).sin()).collect();
        let wave = Tensor::from_slice(&samples).view([1, 1, -1]);
        let lower = resampled(&wave, 48_000, 16_000).expect("resampled");
        let every_third = wave.slice(2, None::<i64>, None::<i64>, 3);
        assert_eq!(lower.size(), every_third.size());
        let inner = (lower - every_third).narrow(2, 50, 1500);
        let difference = inner.abs().max().double_value(&[]);
        assert!(difference < 0.01, "{difference}");
    }
}
