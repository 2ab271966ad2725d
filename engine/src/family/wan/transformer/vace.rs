//! The control branch (VACE): a second stack of blocks over the VACE context (kept frames, control clip, mask,
//! references). Each adds a hint to the tokens after one block of the main stack.
//!
//! Source: Wan2.1 `wan/modules/vace_model.py`. All hints are computed from the tokens before the first block.

use kinora_wire::Failure;
use tch::Tensor;

use super::attention::{Attention, TextKeyValues};
use super::block::Block;
use super::config::Config;
use super::rope::Rope;
use crate::nn::Linear;
use crate::weights::Weights;

#[derive(Debug)]
pub struct VaceBlock {
    /// Only the first block adds the tokens of the main stack.
    before_proj: Option<Linear>,
    block: Block,
    after_proj: Linear,
}

impl VaceBlock {
    pub fn new(config: &Config, is_first: bool, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let before_proj = match is_first {
            true => Some(Linear::new(weights.at("before_proj"), width, width)?),
            false => None,
        };
        Ok(Self {
            before_proj,
            after_proj: Linear::new(weights.at("after_proj"), width, width)?,
            block: Block::new(config, weights)?,
        })
    }

    /// The attention to text and pictures, which makes their keys and values.
    pub fn cross_attn(&self) -> &Attention {
        self.block.cross_attn()
    }

    /// The control tokens after this block, and its hint; all b x l x d.
    pub fn forward(
        &self,
        control: &Tensor,
        tokens: &Tensor,
        time: &Tensor,
        text: &TextKeyValues,
        rope: &Rope,
    ) -> (Tensor, Tensor) {
        let control = match &self.before_proj {
            Some(before) => before.forward(control) + tokens,
            None => control.shallow_clone(),
        };
        let control = self.block.forward(&control, time, text, rope);
        let hint = self.after_proj.forward(&control);
        (control, hint)
    }
}
