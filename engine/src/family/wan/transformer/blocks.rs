//! The two stacks of a transformer: its own blocks, and those of the control branch. In memory, or read when they run.
//! For the keys and values of text and pictures only the cross-attention of a block is read.

use kinora_wire::Failure;

use super::attention::Attention;
use super::block::Block;
use super::config::Config;
use super::vace::VaceBlock;
use crate::weights::{Blocks, Check, ModuleStream, Weights};

/// The list of the blocks, in the names of the parameters.
pub const BLOCKS: &str = "blocks";
/// The list of the blocks of the control branch.
pub const VACE_BLOCKS: &str = "vace_blocks";
/// The part of a block that attends to text and pictures.
const CROSS_ATTENTION: &str = "cross_attn";

/// The blocks of the main stack. `weights` is the root of the network; a stream keeps its first blocks.
pub fn main_stack(
    config: &Config,
    weights: Weights,
    stream: Option<&ModuleStream>,
) -> Result<Blocks<Block>, Failure> {
    let stream = stream.map(|stream| (stream, stream.kept));
    let config_of_block = config.clone();
    let build = move |_: usize, weights: Weights| Block::new(&config_of_block, weights);
    Blocks::new(BLOCKS, config.layers, weights, stream, build)
}

/// The blocks of the control branch. Of the blocks that a stream keeps it gets what the main stack leaves.
pub fn control_stack(
    config: &Config,
    length: usize,
    weights: Weights,
    stream: Option<&ModuleStream>,
) -> Result<Blocks<VaceBlock>, Failure> {
    let stream = stream.map(|stream| (stream, stream.kept.saturating_sub(config.layers)));
    let config = config.clone();
    let build = move |at: usize, weights: Weights| VaceBlock::new(&config, at == 0, weights);
    Blocks::new(VACE_BLOCKS, length, weights, stream, build)
}

/// Passes the cross-attention of each block to `body`, in order. `check` is called for each that is read.
pub fn for_each_cross_attention<Stacked>(
    config: &Config,
    blocks: &Blocks<Stacked>,
    of_block: fn(&Stacked) -> &Attention,
    check: &mut Check,
    body: impl FnMut(&Attention) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let build = |weights: Weights| Attention::to_context(config, weights);
    blocks.for_each_part(CROSS_ATTENTION, of_block, build, check, body)
}
