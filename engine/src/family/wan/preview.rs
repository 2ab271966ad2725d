//! The map from latents to preview colours, for this family's autoencoders: known for the released ones, stored in the
//! file of others, or else fitted to the decoder.

use tch::{Device, Kind, Tensor};

use super::vae::{Memory, VaeDecoder};
use crate::preview::LatentColours;
use crate::weights::Checkpoint;

/// The released Wan 2.1 autoencoder: red, green, blue of each channel, then the bias. Colours in [-1, 1].
/// (Figures: ComfyUI, `latent_formats.py`, `Wan`.)
const RELEASED_16: [[f32; 3]; 17] = [
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
/// The same of the released autoencoder of Wan 2.2 5B. (Figures: ComfyUI, `latent_formats.py`, `Wan22`.)
const RELEASED_48: [[f32; 3]; 49] = [
    [0.0119, 0.0103, 0.0046],
    [-0.1062, -0.0504, 0.0165],
    [0.0140, 0.0409, 0.0491],
    [-0.0813, -0.0677, 0.0607],
    [0.0656, 0.0851, 0.0808],
    [0.0264, 0.0463, 0.0912],
    [0.0295, 0.0326, 0.0590],
    [-0.0244, -0.0270, 0.0025],
    [0.0443, -0.0102, 0.0288],
    [-0.0465, -0.0090, -0.0205],
    [0.0359, 0.0236, 0.0082],
    [-0.0776, 0.0854, 0.1048],
    [0.0564, 0.0264, 0.0561],
    [0.0006, 0.0594, 0.0418],
    [-0.0319, -0.0542, -0.0637],
    [-0.0268, 0.0024, 0.0260],
    [0.0539, 0.0265, 0.0358],
    [-0.0359, -0.0312, -0.0287],
    [-0.0285, -0.1032, -0.1237],
    [0.1041, 0.0537, 0.0622],
    [-0.0086, -0.0374, -0.0051],
    [0.0390, 0.0670, 0.2863],
    [0.0069, 0.0144, 0.0082],
    [0.0006, -0.0167, 0.0079],
    [0.0313, -0.0574, -0.0232],
    [-0.1454, -0.0902, -0.0481],
    [0.0714, 0.0827, 0.0447],
    [-0.0304, -0.0574, -0.0196],
    [0.0401, 0.0384, 0.0204],
    [-0.0758, -0.0297, -0.0014],
    [0.0568, 0.1307, 0.1372],
    [-0.0055, -0.0310, -0.0380],
    [0.0239, -0.0305, 0.0325],
    [-0.0663, -0.0673, -0.0140],
    [-0.0416, -0.0047, -0.0023],
    [0.0166, 0.0112, -0.0093],
    [-0.0211, 0.0011, 0.0331],
    [0.1833, 0.1466, 0.2250],
    [-0.0368, 0.0370, 0.0295],
    [-0.3441, -0.3543, -0.2008],
    [-0.0479, -0.0489, -0.0420],
    [-0.0660, -0.0153, 0.0800],
    [-0.0101, 0.0068, 0.0156],
    [-0.0690, -0.0452, -0.0927],
    [-0.0145, 0.0041, 0.0015],
    [0.0421, 0.0451, 0.0373],
    [0.0504, -0.0483, -0.0356],
    [-0.0837, 0.0168, 0.0055],
    [0.0317, -0.0878, -0.1388],
];
/// Channels after the first convolution of the released autoencoders, and their colours. Kinora's own are narrower.
const RELEASED: [(i64, &[[f32; 3]]); 2] = [(96, &RELEASED_16), (160, &RELEASED_48)];
/// Latent positions along each side of the fitted frames. Eight frames are enough equations for the 49 unknowns of 48
/// channels.
const FIT_SIDE: i64 = 12;

/// The map stored in the autoencoder's file, or that of the released autoencoder of its shape.
pub fn known(vae: &Checkpoint) -> Option<LatentColours> {
    if let Some(written) = vae.settings("latent_rgb") {
        let written: Vec<f32> = written.iter().map(|&number| number as f32).collect();
        let channels = vae.shape("conv2.weight")?.first()?;
        let is_whole = written.len() as i64 == 3 * (channels + 1);
        return is_whole.then(|| LatentColours::of_numbers(&written));
    }
    let first = |name: &str| vae.shape(name)?.first().copied();
    released(first("encoder.conv1.weight")?, first("conv2.weight")?)
}

/// The map of the released autoencoder with this many channels after its first convolution, and in its latents.
fn released(width: i64, channels: i64) -> Option<LatentColours> {
    let mut known = RELEASED.into_iter();
    let (_, colours) = known.find(|(of_width, colours)| {
        *of_width == width && colours.len() as i64 == channels + 1 // the last row is the bias
    })?;
    Some(LatentColours::of_numbers(colours.as_flattened()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_of_both_released_autoencoders_are_known_and_no_others() {
        for (width, channels) in [(96, 16), (160, 48)] {
            let colours = released(width, channels).expect("known");
            let numbers = colours.numbers().expect("numbers");
            assert_eq!(numbers.len() as i64, 3 * (channels + 1));
        }
        for (width, channels) in [(32, 16), (96, 48), (160, 16)] {
            assert!(released(width, channels).is_none(), "{width}, {channels}");
        }
    }
}
