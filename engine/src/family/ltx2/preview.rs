//! The map from latents to preview colours, fitted to the decoder by least squares: smooth synthetic latents are decoded,
//! and the colours compared.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::vae::VaeDecoder;
use crate::preview::LatentColours;

/// Latent positions along each side of the fitted frames.
const SIDE: i64 = 8;
/// Fitted frames for each channel: with their positions more equations than unknowns.
const CHANNELS_PER_FRAME: i64 = 16;

/// The map of a decoder.
pub fn fit(vae: &VaeDecoder, device: Device) -> Result<LatentColours, Failure> {
    let _no_grad = tch::no_grad_guard();
    let channels = vae.channels();
    let count = channels / CHANNELS_PER_FRAME + 2;
    let noise = synthetic_noise(&[count, channels, 1, SIDE, SIDE]).to_device(device);
    let latents = &noise * 0.6 + noise.mean_dim([3, 4].as_slice(), true, None::<Kind>) * 6.0;
    let side = vae.pixels_per_latent();
    let mut colours = Vec::new();
    // One at a time, since frames need much memory.
    for latent in latents.split(1, 0) {
        let frame = vae.decode_whole(&latent)?.clamp(-1.0, 1.0);
        let frame = frame.select(2, 0);
        colours.push(frame.avg_pool2d([side, side], [], [0, 0], false, true, None::<i64>));
    }
    let colours = Tensor::cat(&colours, 0);
    let flat = |x: &Tensor| x.permute([0, 2, 3, 1]).flatten(0, 2).to_device(Device::Cpu);
    let latents = latents.squeeze_dim(2);
    Ok(LatentColours::of_samples(&flat(&latents), &flat(&colours)))
}

/// A map for a clip without a picture, which has no previews.
pub fn none() -> LatentColours {
    LatentColours::of_numbers(&[0.0; 3])
}

/// Deterministic noise of unit variance that does not use the seeded generator: fractions of multiples of an irrational
/// number.
fn synthetic_noise(size: &[i64]) -> Tensor {
    let count: i64 = size.iter().product();
    let places = Tensor::arange(count, (Kind::Double, Device::Cpu));
    let fractions = (places * 0.754_877_666_246_692_8).frac();
    ((fractions - 0.5) * 12f64.sqrt())
        .to_kind(Kind::Float)
        .view(size)
}
