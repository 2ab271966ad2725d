//! The diffusion decoder as a half of an autoencoder: of normalised latents, whole or in tiles of pixels and time, with the
//! noise of a seed.
//!
//! Source of the tiles: diffusers `LTX2VideoDiffusionDecoderModel.tiled_decode`. Here neighbouring tiles share their noise.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::super::patches::COLOURS;
use super::super::statistics::Statistics;
use super::super::tiles::{Tile, Tiling, add, tiles};
use super::super::{Decoded, DecodedSink};
use super::noise::FrameNoise;
use super::{DiffusionConfig, DiffusionDecoder};
use crate::weights::Weights;

/// Side of a tile and overlap of neighbouring tiles in pixels, and the same in frames, as in diffusers.
const TILE_PIXELS: [i64; 2] = [768, 64];
const TILE_FRAMES: [i64; 2] = [80, 24];

/// The diffusion decoder with the statistics of its latents.
#[derive(Debug)]
pub struct DiffusionHalf {
    network: DiffusionDecoder,
    statistics: Statistics,
}

/// How a clip is divided: in cells, which are the positions that the last stage reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellTiling {
    /// Along rows and columns.
    pub space: Tiling,
    /// Along time.
    pub time: Tiling,
}

impl CellTiling {
    /// The tiles of a decoder, none smaller than its neighbourhoods.
    pub fn of(config: &DiffusionConfig) -> Self {
        let [frames, side, _] = config.cell();
        let [least_frames, least_side] = config.least_cells();
        let of = |[length, overlap]: [i64; 2], cell: i64, least: i64| Tiling {
            side: (length / cell).max(least),
            overlap: overlap / cell,
        };
        Self {
            space: of(TILE_PIXELS, side, least_side),
            time: of(TILE_FRAMES, frames, least_frames),
        }
    }

    /// One tile.
    fn whole() -> Self {
        let all = Tiling {
            side: i64::MAX,
            overlap: 0,
        };
        Self {
            space: all,
            time: all,
        }
    }
}

impl DiffusionHalf {
    /// Builds it from its parameters. `weights` is the root of the decoder.
    pub(in super::super) fn new(
        config: &DiffusionConfig,
        statistics: Statistics,
        weights: Weights,
    ) -> Result<Self, Failure> {
        Ok(Self {
            network: DiffusionDecoder::new(config, weights)?,
            statistics,
        })
    }

    /// Latent channels.
    pub fn channels(&self) -> i64 {
        self.statistics.channels()
    }

    /// Pixels per latent position, along each side.
    pub fn pixels_per_latent(&self) -> i64 {
        self.network.config().frames_and_pixels()[1]
    }

    /// The frames of a short clip in one piece, not clamped, with the noise of the seed 0.
    pub fn decode_whole(&self, latents: &Tensor) -> Result<Tensor, Failure> {
        let size = latents.size();
        self.network.refuse_other(&size)?;
        let Some([_, _, frames, height, width]) = self.network.noise_size(&size) else {
            return Err(Failure::bug("latents without a size"));
        };
        let noise = FrameNoise::new([height, width], 0).of_frames(0, frames);
        let noise = noise.to_device(self.statistics.device());
        self.network.decode(&self.statistics.raw(latents), &noise)
    }

    /// Decodes normalised latents, 1 x c x 1+n x h x w, to frames in [-1, 1], which are handed out as they are finished: of a
    /// clip in tiles after each tile along time. `Decoded::Latent` comes before each block, with blocks done and in total.
    /// Frames are on the CPU. Latents of another shape are refused.
    pub fn decode(
        &self,
        latents: &Tensor,
        seed: u64,
        in_tiles: bool,
        sink: &mut DecodedSink,
    ) -> Result<(), Failure> {
        let tiling = match in_tiles {
            true => CellTiling::of(self.network.config()),
            false => CellTiling::whole(),
        };
        self.decode_in(latents, seed, tiling, sink)
    }

    /// As [`Self::decode`], in these tiles.
    pub fn decode_in(
        &self,
        latents: &Tensor,
        seed: u64,
        tiling: CellTiling,
        sink: &mut DecodedSink,
    ) -> Result<(), Failure> {
        let _no_grad = tch::no_grad_guard();
        self.network.refuse_other(&latents.size())?;
        let config = self.network.config();
        let [cell_frames, side, _] = config.cell();
        let size = latents.size();
        let per_latent = config.frames_and_pixels()[1] / side;
        let [rows, columns] = [size[3], size[4]].map(|length| length * per_latent);
        let times = config.cells_of(size[2]);
        let grid = Grid {
            rows: tiles(rows, tiling.space, side),
            columns: tiles(columns, tiling.space, side),
            times: tiles(times, tiling.time, cell_frames),
            frame: [rows * side, columns * side],
            cell: [cell_frames, side],
        };
        let mut counter = Counter {
            done: 0,
            of: grid.blocks(config),
        };
        let raw = self.statistics.raw(latents);
        let cells = self.network.cells(&raw, &mut || counter.next(sink))?;
        let mut noise = FrameNoise::new(grid.frame, seed);
        let mut rest: Option<Tensor> = None;
        for (at, time) in grid.times.iter().enumerate() {
            let check = &mut || counter.next(sink);
            let mut frames = self.piece(&cells, &grid, time, &mut noise, check)?;
            if let Some(rest) = rest.take() {
                let mut begin = frames.narrow(2, 0, rest.size()[2]);
                let _ = begin.g_add_(&rest);
            }
            let length = frames.size()[2];
            let next = grid.times.get(at + 1).map(|next| grid.first_frame(next));
            let ready = next.map_or(length, |next| next - grid.first_frame(time));
            rest = next.map(|_| frames.narrow(2, ready, length - ready).copy());
            frames = frames.narrow(2, 0, ready).clamp(-1.0, 1.0);
            sink(Decoded::Frames(frames))?;
        }
        Ok(())
    }

    /// The frames of a tile along time, each multiplied by its weight: 1 3 t h w on the CPU.
    fn piece(
        &self,
        cells: &Tensor,
        grid: &Grid,
        time: &Tile,
        noise: &mut FrameNoise,
        check: &mut super::Check,
    ) -> Result<Tensor, Failure> {
        let [cell_frames, side] = grid.cell;
        let is_first = time.start == 0;
        let beyond = match grid.is_last(time) {
            true => self.network.cells_beyond(),
            false => 0,
        };
        let surplus = if is_first { cell_frames - 1 } else { 0 };
        let count = time.length * cell_frames - surplus;
        let [height, width] = grid.frame;
        let options = (Kind::Float, Device::Cpu);
        let mut canvas = Tensor::zeros([1, COLOURS, count, height, width], options);
        for row in &grid.rows {
            for column in &grid.columns {
                let part = cells
                    .narrow(1, time.start, time.length + beyond)
                    .narrow(2, row.start, row.length)
                    .narrow(3, column.start, column.length);
                let context = self.network.context(&part, is_first, beyond, check)?;
                let own = noise
                    .of_frames(grid.first_frame(time), context.size()[1])
                    .narrow(3, row.start * side, row.length * side)
                    .narrow(4, column.start * side, column.length * side)
                    .to_device(context.device());
                let frames = self.network.frames(&context, &own, check)?;
                add(
                    &mut canvas,
                    &frames.narrow(2, 0, count),
                    [row, column],
                    side,
                );
            }
        }
        let weights = time.weights.narrow(0, surplus, count);
        Ok(canvas * weights.view([1, 1, count, 1, 1]))
    }
}

/// Counts the blocks that have run.
struct Counter {
    done: i64,
    of: i64,
}

impl Counter {
    fn next(&mut self, sink: &mut DecodedSink) -> Result<(), Failure> {
        let Self { done, of } = *self;
        self.done += 1;
        sink(Decoded::Latent { done, of })
    }
}

/// The tiles of a clip.
struct Grid {
    rows: Vec<Tile>,
    columns: Vec<Tile>,
    times: Vec<Tile>,
    /// Height and width of a frame in pixels.
    frame: [i64; 2],
    /// Frames and pixels along each side of a cell.
    cell: [i64; 2],
}

impl Grid {
    /// The number of the first frame of a tile. The first cell of a clip has one frame.
    fn first_frame(&self, tile: &Tile) -> i64 {
        let [frames, _] = self.cell;
        (tile.start * frames - (frames - 1)).max(0)
    }

    fn is_last(&self, tile: &Tile) -> bool {
        let last = self.times.last();
        last.is_some_and(|last| last.start == tile.start)
    }

    /// Blocks that run for a clip.
    fn blocks(&self, config: &DiffusionConfig) -> i64 {
        let of_stages: Vec<usize> = config.stages.iter().map(|stage| stage.blocks).collect();
        let (last, before) = of_stages.split_last().unwrap_or((&0, &[]));
        let tiles = self.rows.len() * self.columns.len() * self.times.len();
        (before.iter().sum::<usize>() + tiles * (last + config.blocks)) as i64
    }
}
