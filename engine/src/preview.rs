//! A rough picture straight from the latents: each colour is a sum of the channels. One small matrix
//! instead of a decoder, which each family knows for its autoencoder.

use kinora_wire::{Failure, PixelShape};
use tch::Tensor;

/// The map from latents to colours: channels + 1 x 3.
#[derive(Debug)]
pub struct LatentColours(Tensor);

impl LatentColours {
    /// A map as it is written: red, green, blue of each channel, then what is added.
    pub fn of_numbers(numbers: &[f32]) -> Self {
        Self(Tensor::from_slice(numbers).view([-1, 3]))
    }

    /// The map that comes nearest to these colours, places x 3, for these latents, places x channels.
    pub fn of_samples(latents: &Tensor, colours: &Tensor) -> Self {
        let samples = with_one(latents, -1);
        let (solution, ..) = samples.linalg_lstsq(colours, None::<f64>, "gelsd");
        Self(solution)
    }

    /// The numbers, row by row: for an autoencoder's own file.
    pub fn numbers(&self) -> Result<Vec<f32>, Failure> {
        let flat = self.0.flatten(0, -1);
        Vec::try_from(flat).map_err(|error: tch::TchError| Failure::bug(error.to_string()))
    }

    /// One frame for each latent frame, one pixel for each position, of latents 1 x c x f x h x w.
    pub fn picture(&self, latents: &Tensor) -> Result<(PixelShape, Vec<u8>), Failure> {
        let size = latents.size();
        let shape = PixelShape {
            frames: size[2] as u32,
            width: size[4] as u32,
            height: size[3] as u32,
        };
        let channels_last = latents.squeeze_dim(0).permute([1, 2, 3, 0]); // f h w c
        let map = self.0.to_device(latents.device());
        let colours = with_one(&channels_last, -1).matmul(&map); // f h w 3
        let frames = colours.permute([3, 0, 1, 2]).unsqueeze(0);
        Ok((shape, crate::picture::to_bytes(&frames)?))
    }
}

/// One more channel that is 1, to add a constant by.
fn with_one(x: &Tensor, axis: i64) -> Tensor {
    Tensor::cat(&[x, &x.narrow(axis, 0, 1).ones_like()], axis)
}
