//! Previews from latents without a decoder: each colour is a linear combination of the latent channels.
//! Each family provides the matrix for its autoencoders.

use kinora_wire::{Failure, PixelShape};
use tch::Tensor;

/// The linear map from latent channels to RGB: (channels + 1) x 3; the last row is the bias.
#[derive(Debug)]
pub struct LatentColours(Tensor);

impl LatentColours {
    /// From numbers, row by row: red, green and blue of each channel, then the bias.
    pub fn of_numbers(numbers: &[f32]) -> Self {
        Self(Tensor::from_slice(numbers).view([-1, 3]))
    }

    /// The least-squares fit of colours, n x 3, to latents, n x channels.
    pub fn of_samples(latents: &Tensor, colours: &Tensor) -> Self {
        let samples = with_one(latents, -1);
        let (solution, ..) = samples.linalg_lstsq(colours, None::<f64>, "gelsd");
        Self(solution)
    }

    /// The numbers, row by row, to be stored in an autoencoder's file.
    pub fn numbers(&self) -> Result<Vec<f32>, Failure> {
        let flat = self.0.flatten(0, -1);
        Vec::try_from(flat).map_err(|error: tch::TchError| Failure::bug(error.to_string()))
    }

    /// A preview of latents, 1 x c x f x h x w: one frame per latent frame, one pixel per position, as 8-bit RGB.
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

/// Appends a channel of ones, for the bias.
fn with_one(x: &Tensor, axis: i64) -> Tensor {
    Tensor::cat(&[x, &x.narrow(axis, 0, 1).ones_like()], axis)
}
