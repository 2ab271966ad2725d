//! The map from latents to preview colours, for this family's autoencoders: known for the released one, stored in the
//! file of others, or else fitted to the decoder.

use tch::{Device, Kind, Tensor};

use super::vae::{Memory, VaeDecoder};
use crate::preview::LatentColours;
use crate::weights::Checkpoint;

/// The released Wan 2.1 autoencoder: red, green, blue of each channel, then the bias. Colours in [-1, 1].
/// (Figures: ComfyUI, `latent_formats.py`, `Wan`.)
const RELEASED: [[f32; 3]; 17] = [
    [-0.1299, -0.1692, 0.2932],
    [0.0671, 0.0406, 0.0442],
    [0.3568, 0.2548, 0.1747],
    [0.0372, 0.2344, 0.1420],
    [0.0313, 0.0189, -0.0328],
    [0.0296, -0.0956, -0.0665],
    [-0.3477, -0.4059, -0.2925],
    [0.0166, 0.1902, 0.1975],
    [-0.0412, 0.0267, -0.1364],
    [-0.1293, 0.0740, 0.1636],
    [0.0680, 0.3019, 0.1128],
    [0.0032, 0.0581, 0.0639],
    [-0.1251, 0.0927, 0.1699],
    [0.0060, -0.0633, 0.0005],
    [0.3477, 0.2275, 0.2950],
    [0.1984, 0.0913, 0.1861],
    [-0.1835, -0.0868, -0.3360],
];
/// Channels after the first convolution of the released autoencoder. Kinora's own are narrower.
const RELEASED_WIDTH: i64 = 96;
/// Latent positions along each side of the fitted frames. Eight frames are enough equations for the 49 unknowns of 48
/// channels.
const FIT_SIDE: i64 = 12;

/// The map stored in the autoencoder's file, or that of the released autoencoder.
pub fn known(vae: &Checkpoint) -> Option<LatentColours> {
    if let Some(written) = vae.settings("latent_rgb") {
        let written: Vec<f32> = written.iter().map(|&number| number as f32).collect();
        let channels = vae.shape("conv2.weight")?.first()?;
        let is_whole = written.len() as i64 == 3 * (channels + 1);
        return is_whole.then(|| LatentColours::of_numbers(&written));
    }
    let is_released = vae.shape("encoder.conv1.weight")?.first() == Some(&RELEASED_WIDTH)
        && vae.shape("conv2.weight")?.first() == Some(&(RELEASED.len() as i64 - 1));
    is_released.then(|| LatentColours::of_numbers(RELEASED.as_flattened()))
}

/// Fits the map to an autoencoder by least squares: decodes smooth synthetic latents and compares the colours.
pub fn fit(vae: &VaeDecoder, device: Device) -> LatentColours {
    let _no_grad = tch::no_grad_guard();
    let channels = vae.channels();
    let size = [8, channels, 1, FIT_SIDE, FIT_SIDE];
    let noise = synthetic_noise(&size).to_device(device);
    let latents = &noise * 0.6 + noise.mean_dim([3, 4].as_slice(), true, None::<Kind>) * 6.0;
    let side = vae.pixels_per_latent();
    // One at a time, since the frames of large latents need much memory.
    let colours = latents.split(1, 0).into_iter().map(|latent| {
        let frame = vae
            .decode_chunk(&latent, &mut Memory::default())
            .clamp(-1.0, 1.0);
        frame
            .squeeze_dim(2)
            .avg_pool2d([side, side], [], [0, 0], false, true, None::<i64>)
    });
    let colours = Tensor::cat(&colours.collect::<Vec<_>>(), 0);
    let flat = |x: &Tensor| x.permute([0, 2, 3, 1]).flatten(0, 2).to_device(Device::Cpu);
    LatentColours::of_samples(&flat(&latents.squeeze_dim(2)), &flat(&colours))
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
