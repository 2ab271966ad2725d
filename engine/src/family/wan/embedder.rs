//! Pictures as vectors that can be compared, by the image encoder of Wan 2.1 (CLIP ViT-H/14): pictures that look alike have
//! vectors that point the same way.
//!
//! The vector is what CLIP was trained to compare: the class token behind all blocks, its norm and its projection
//! (`models_clip_*` and `clip_vision_h`), or without the projection where the file has none (the folder `image_encoder` of
//! the Diffusers layout, whose pooled output it is). A file without the norm gives the class token of the layer that the
//! transformer attends to. Vectors of different files are not compared with one another.
//!
//! Sources: Wan2.1 `wan/modules/clip.py` (`VisionTransformer.forward`, `pool_type` "token"), transformers
//! `CLIPVisionModelWithProjection`.

use std::path::{Path, PathBuf};

use image::RgbImage;
use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::Part;
use super::image_encoder::{ImageConfig, ImageEncoder, pixels};
use super::names::PooledNaming;
use crate::job::{Clock, Listener};
use crate::nn::{LayerNorm, Linear};
use crate::picture;
use crate::weights::{Checkpoint, Weights, load_checked};

/// Which models have an image encoder, for the remedies of failures.
pub const MODELS_WITH_ENCODER: &str = "a model of Wan 2.1 that attends to pictures (I2V, FLF2V, Fun), or the file clip_vision_h.safetensors (CLIP ViT-H/14)";

/// The shape of an image encoder with what follows its blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedderConfig {
    /// The blocks.
    pub image: ImageConfig,
    /// What follows them. `None`: nothing.
    pub pooling: Option<PoolingConfig>,
}

/// What follows the blocks: a norm, and a projection if the file has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolingConfig {
    /// The norm alone.
    Norm,
    /// The official release, by the length of the vectors: a matrix whose rows are the channels.
    Head(i64),
    /// Transformers, by the length of the vectors: a linear layer.
    Projection(i64),
}

impl EmbedderConfig {
    /// Reads the shape from the weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let has = |name: &str| checkpoint.shape(name).is_some();
        let pooling = match (
            has("post_norm.weight"),
            has("head"),
            has("projection.weight"),
        ) {
            (false, ..) => None,
            (true, true, _) => Some(PoolingConfig::Head(checkpoint.length("head", 1)?)),
            (true, false, true) => {
                let length = checkpoint.length("projection.weight", 0)?;
                Some(PoolingConfig::Projection(length))
            }
            (true, false, false) => Some(PoolingConfig::Norm),
        };
        Ok(Self {
            image: ImageConfig::detect(checkpoint)?,
            pooling,
        })
    }
}

/// What follows the blocks.
#[derive(Debug)]
struct Pooling {
    norm: LayerNorm,
    projection: Projection,
}

#[derive(Debug)]
enum Projection {
    None,
    /// channels x length.
    Head(Tensor),
    Linear(Linear),
}

impl Pooling {
    fn new(
        config: PoolingConfig,
        image: &ImageConfig,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let width = image.width;
        Ok(Self {
            norm: LayerNorm::new(weights.at("post_norm"), width, image.epsilon)?,
            projection: match config {
                PoolingConfig::Norm => Projection::None,
                PoolingConfig::Head(length) => {
                    Projection::Head(weights.tensor("head", &[width, length])?)
                }
                PoolingConfig::Projection(length) => {
                    Projection::Linear(Linear::plain(weights.at("projection"), width, length)?)
                }
            },
        })
    }

    /// b x d -> b x length.
    fn forward(&self, token: &Tensor) -> Tensor {
        let token = self.norm.forward(token);
        match &self.projection {
            Projection::None => token,
            Projection::Head(head) => token.matmul(head),
            Projection::Linear(layer) => layer.forward(&token),
        }
    }
}

/// A loaded image encoder that makes vectors.
#[derive(Debug)]
pub struct Embedder {
    encoder: ImageEncoder,
    pooling: Option<Pooling>,
    side: i64,
    device: Device,
}

/// Opens the file or the folder of an image encoder and checks its keys. Only the header is read.
///
/// # Errors
/// It is no image encoder of a known kind, or not all of it.
pub fn open(path: &Path) -> Result<Part<EmbedderConfig>, Failure> {
    Part::read(path, PooledNaming, EmbedderConfig::detect, whole)
}

/// Loads an opened image encoder: in fp32 on the CPU, in fp16, as it was released, on a graphics card.
///
/// # Errors
/// It cannot be read; the job was cancelled.
pub fn load(
    opened: &Part<EmbedderConfig>,
    device: Device,
    listener: &mut dyn Listener,
) -> Result<Embedder, Failure> {
    let _no_grad = tch::no_grad_guard();
    let Part { checkpoint, shape } = opened;
    let kind = match device.is_cuda() {
        true => Kind::Half,
        false => Kind::Float,
    };
    let total = checkpoint.size_bytes();
    let mut progress = |done| listener.loading("image encoder", done, total);
    load_checked(checkpoint, device, kind, &mut progress, |weights| {
        Embedder::new(shape, weights, device)
    })
}

/// All parameters of a file, for the check of its keys.
fn whole(config: &EmbedderConfig, mut weights: Weights) -> Result<(), Failure> {
    ImageEncoder::whole(&config.image, weights.here())?;
    if let Some(pooling) = config.pooling {
        Pooling::new(pooling, &config.image, weights)?;
    }
    Ok(())
}

impl Embedder {
    /// Builds it from its parameters. Without a norm after the blocks the last block is not read.
    ///
    /// # Errors
    /// A parameter is missing.
    pub fn new(
        config: &EmbedderConfig,
        mut weights: Weights,
        device: Device,
    ) -> Result<Self, Failure> {
        let image = &config.image;
        let (encoder, pooling) = match config.pooling {
            Some(pooling) => (
                ImageEncoder::whole(image, weights.here())?,
                Some(Pooling::new(pooling, image, weights)?),
            ),
            None => (ImageEncoder::new(image, weights)?, None),
        };
        Ok(Self {
            encoder,
            pooling,
            side: image.side(),
            device,
        })
    }

    /// The vectors of pictures, b x 3 x side x side as [`pixels`] makes them: b x length, in fp32 on the CPU. Their lengths
    /// are not 1 yet.
    pub fn forward(&self, pictures: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let token = self.encoder.forward(pictures).select(1, 0); // b d
        let vectors = match &self.pooling {
            Some(pooling) => pooling.forward(&token),
            None => token,
        };
        vectors.to_kind(Kind::Float).to_device(Device::Cpu)
    }

    /// The vector of a picture of any size, with a sum of squares of 1.
    ///
    /// # Errors
    /// The weights give numbers that are not finite, or zeros alone.
    pub fn vector(&self, picture: &RgbImage) -> Result<Vec<f32>, Failure> {
        let square = pixels(picture, self.side).to_device(self.device);
        let numbers = self.forward(&square).flatten(0, -1);
        let numbers = Vec::<f32>::try_from(numbers);
        let numbers = numbers.map_err(|error| Failure::bug(error.to_string()))?;
        let squares = numbers.iter().map(|number| f64::from(*number).powi(2));
        let length = squares.sum::<f64>().sqrt();
        if !(length.is_finite() && length > 0.0) {
            return Err(Failure::bad_file(
                "the image encoder makes no usable numbers of a picture",
                "its file is damaged: fetch it again",
            ));
        }
        let unit = numbers
            .into_iter()
            .map(|number| (f64::from(number) / length) as f32);
        Ok(unit.collect())
    }

    /// Sends the vector of each of these picture files, in their order. One picture is in memory at a time.
    ///
    /// # Errors
    /// A file is no picture; the job was cancelled.
    pub fn embed_files(
        &self,
        files: &[PathBuf],
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        for (at, file) in files.iter().enumerate() {
            listener.check()?;
            let vector = clock.encoding(|| self.vector(&picture::read(file)?))?;
            let (what, done) = ("pictures".into(), (at + 1) as f64 / files.len() as f64);
            listener.receive(Progress::Working { what, done }, Vec::new())?;
            let picture = at as u32;
            listener.receive(Progress::Embedded { picture, vector }, Vec::new())?;
        }
        Ok(())
    }
}
