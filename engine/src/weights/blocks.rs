//! The blocks of a network, which run one after another: all in memory, or some of them read when they run.
//! The results are the same, bit for bit.

use std::fmt::{self, Debug, Formatter};

use kinora_wire::Failure;

use super::Weights;
use super::stream::ModuleStream;

/// Builds block number `at` from its parameters.
type Build<Block> = dyn Fn(usize, Weights<'_>) -> Result<Block, Failure> + Send + Sync;

/// Called between pieces of work. An error stops the work.
pub type Check<'c> = dyn FnMut() -> Result<(), Failure> + 'c;

/// A list of blocks.
pub struct Blocks<Block> {
    /// The name of the list: "blocks" of "blocks.3.ffn.0.weight".
    list: &'static str,
    length: usize,
    /// The first blocks, which stay in memory.
    kept: Vec<Block>,
    /// Reads the others. `None`: all are kept.
    stream: Option<ModuleStream>,
    build: Box<Build<Block>>,
}

impl<Block> Blocks<Block> {
    /// Builds all blocks, or with a stream the first `kept`. `weights` is the root of the network.
    pub fn new(
        list: &'static str,
        length: usize,
        mut weights: Weights,
        stream: Option<(&ModuleStream, usize)>,
        build: impl Fn(usize, Weights) -> Result<Block, Failure> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let count = stream.map_or(length, |(_, kept)| kept.min(length));
        let kept = (0..count).map(|at| build(at, weights.at(list).at(at)));
        let kept = kept.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            list,
            length,
            kept,
            stream: stream.map(|(stream, _)| stream.clone()),
            build: Box::new(build),
        })
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Passes each block with its number to `body`, in order.
    pub fn for_each(
        &self,
        body: impl FnMut(usize, &Block) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.for_each_while(&mut || Ok(()), body)
    }

    /// As [`Self::for_each`]. `check` is called before each block that is not kept runs: to read them all takes long.
    pub fn for_each_while(
        &self,
        check: &mut Check,
        mut body: impl FnMut(usize, &Block) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for (at, block) in self.kept.iter().enumerate() {
            body(at, block)?;
        }
        self.for_each_read("", &*self.build, |at, block| {
            check()?;
            body(at, &block)
        })
    }

    /// As [`Self::for_each`], with a part of each block. Of blocks that are not kept only this part is read: the module
    /// `name`, built by `build`. `check` is called before each that was read.
    pub fn for_each_part<Part>(
        &self,
        name: &str,
        part_of: fn(&Block) -> &Part,
        build: impl Fn(Weights) -> Result<Part, Failure>,
        check: &mut Check,
        mut body: impl FnMut(&Part) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for block in &self.kept {
            body(part_of(block))?;
        }
        let built = |_: usize, mut weights: Weights| build(weights.at(name));
        self.for_each_read(&format!(".{name}"), &built, |_, part| {
            check()?;
            body(&part)
        })
    }

    /// Reads the blocks that are not kept, or what of them is below `path`, one after another.
    fn for_each_read<Module>(
        &self,
        path: &str,
        build: &dyn Fn(usize, Weights<'_>) -> Result<Module, Failure>,
        mut body: impl FnMut(usize, Module) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(stream) = &self.stream else {
            return Ok(());
        };
        let read_ahead = |at: usize| {
            let is_there = at < self.length;
            is_there.then(|| stream.read_ahead(format!("{}.{at}{path}", self.list)))
        };
        let mut ahead = read_ahead(self.kept.len()).transpose()?;
        let mut at = self.kept.len();
        while let Some(reading) = ahead {
            let host = stream.wait(reading)?;
            ahead = read_ahead(at + 1).transpose()?;
            let module =
                stream.build(host, |mut weights| build(at, weights.at(self.list).at(at)))?;
            body(at, module)?;
            at += 1;
        }
        Ok(())
    }
}

impl<Block> Debug for Blocks<Block> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks")
            .field("list", &self.list)
            .field("length", &self.length)
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}
