//! The image encoder of Wan 2.1: a picture as the tokens of CLIP ViT-H/14, which the transformer attends to.
//! Models of Wan 2.2 have none.
//!
//! Source: Wan2.1 `wan/modules/clip.py` (`VisionTransformer` with `use_31_block`), transformers `CLIPVisionModel`
//! (`hidden_states[-2]`). The tokens are those before the last block, without the final norm.

mod block;
mod config;
mod preprocess;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::nn::LayerNorm;
use crate::weights::Weights;
use block::Block;
pub use config::ImageConfig;
pub use preprocess::pixels;

/// The vision half of CLIP, up to the block before the last.
#[derive(Debug)]
pub struct ImageEncoder {
    patch_embedding: Tensor, // d 3 p p
    cls_embedding: Tensor,   // 1 1 d
    pos_embedding: Tensor,   // 1 1+n d
    pre_norm: LayerNorm,
    blocks: Vec<Block>,
    patch: i64,
}

impl ImageEncoder {
    /// Builds it from its parameters. The last block is not read.
    pub fn new(config: &ImageConfig, weights: Weights) -> Result<Self, Failure> {
        Self::with_blocks(config, config.layers.saturating_sub(1), weights)
    }

    /// As [`Self::new`], with the last block. For the survey of a file, which has all of them.
    pub fn whole(config: &ImageConfig, weights: Weights) -> Result<Self, Failure> {
        Self::with_blocks(config, config.layers, weights)
    }

    fn with_blocks(
        config: &ImageConfig,
        blocks: usize,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let (width, patch) = (config.width, config.patch);
        let blocks = (0..blocks)
            .map(|layer| Block::new(config, weights.at("transformer").at(layer)))
            .collect::<Result<_, _>>()?;
        let token = weights.tensor("cls_embedding", &config.shape_of(&[1, 1, width]))?;
        let positions = [1, config.positions, width];
        let positions = weights.tensor("pos_embedding", &config.shape_of(&positions))?;
        Ok(Self {
            patch_embedding: weights
                .at("patch_embedding")
                .tensor("weight", &[width, 3, patch, patch])?,
            cls_embedding: token.reshape([1, 1, width]),
            pos_embedding: positions.reshape([1, config.positions, width]),
            pre_norm: LayerNorm::new(weights.at("pre_norm"), width, config.epsilon)?,
            blocks,
            patch,
        })
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        self.patch_embedding.kind()
    }

    /// The tokens of pictures, b x 3 x side x side as [`pixels`] makes them: b x (1 + n) x d.
    pub fn forward(&self, pictures: &Tensor) -> Tensor {
        let patches = pictures.to_kind(self.kind()).conv2d(
            &self.patch_embedding,
            None::<Tensor>,
            [self.patch],
            [0],
            [1],
            1,
        );
        let patches = patches.flatten(2, -1).transpose(1, 2); // b n d
        let size = patches.size();
        let first = self.cls_embedding.expand([size[0], 1, size[2]], false);
        let tokens = Tensor::cat(&[&first, &patches], 1) + &self.pos_embedding;
        let tokens = self.pre_norm.forward(&tokens);
        let blocks = self.blocks.iter();
        blocks.fold(tokens, |tokens, block| block.forward(&tokens))
    }
}
