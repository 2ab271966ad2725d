//! The camera branch: embeds the rays of all pixels on the token grid, to be added to the patch embeddings.
//!
//! Source: VideoX-Fun `models/wan_camera_adapter.py` (`SimpleAdapter`): pixel-unshuffle, a 2x2 convolution
//! with stride 2, then residual blocks x + conv2(relu(conv1(x))).

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::CameraConfig;
use crate::weights::Weights;

#[derive(Debug)]
pub struct CameraAdapter {
    downscale: i64,
    conv: Conv2d,
    residual_blocks: Vec<[Conv2d; 2]>,
}

impl CameraAdapter {
    pub fn new(camera: &CameraConfig, width: i64, mut weights: Weights) -> Result<Self, Failure> {
        let unshuffled = camera.in_channels * camera.downscale * camera.downscale;
        let residual_blocks = (0..camera.residual_blocks).map(|at| {
            let mut list = weights.at("residual_blocks");
            let mut block = list.at(at);
            Ok([
                Conv2d::new(block.at("conv1"), width, width, 3)?,
                Conv2d::new(block.at("conv2"), width, width, 3)?,
            ])
        });
        let residual_blocks = residual_blocks.collect::<Result<_, Failure>>()?;
        Ok(Self {
            downscale: camera.downscale,
            conv: Conv2d::new(weights.at("conv"), unshuffled, width, 2)?,
            residual_blocks,
        })
    }

    pub fn kind(&self) -> Kind {
        self.conv.weight.kind()
    }

    /// `rays`: b x 24 x f x H x W, in pixels -> b x l x d.
    pub fn forward(&self, rays: &Tensor) -> Tensor {
        let size = rays.size();
        let (batch, channels, frames) = (size[0], size[1], size[2]);
        let images = rays
            .transpose(1, 2) // b f c H W
            .reshape([batch * frames, channels, size[3], size[4]])
            .pixel_unshuffle(self.downscale);
        let features = self.conv.forward(&images, 2, 0); // bf d h w
        let blocks = self.residual_blocks.iter();
        let features = blocks.fold(features, |features, [first, second]| {
            let inner = first.forward(&features, 1, 1).relu();
            features + second.forward(&inner, 1, 1)
        });
        let size = features.size();
        let (width, places) = (size[1], size[2] * size[3]);
        features
            .view([batch, frames, width, places])
            .transpose(2, 3) // b f hw d
            .reshape([batch, frames * places, width])
    }
}

/// A convolution with a bias.
#[derive(Debug)]
pub struct Conv2d {
    weight: Tensor,
    bias: Tensor,
}

impl Conv2d {
    pub fn new(
        mut weights: Weights,
        inputs: i64,
        outputs: i64,
        kernel: i64,
    ) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.tensor("weight", &[outputs, inputs, kernel, kernel])?,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    pub fn forward(&self, x: &Tensor, stride: i64, padding: i64) -> Tensor {
        x.conv2d(&self.weight, Some(&self.bias), [stride], [padding], [1], 1)
    }
}
