//! Tiled encoding and decoding for large frames. Convolutions see far beyond the border of a tile, so neighbouring
//! tiles overlap and are blended there, as in diffusers. The weights of all tiles add up to one everywhere.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::memory::Memory;
use super::patches::COLOURS;
use super::stack::Pass;
use super::{
    ChunkDone, Decoded, DecodedSink, FRAMES_AT_ONCE, PlainDecoder, VaeEncoder, latent_frames,
};

/// Tile size, in latent positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Side of a tile.
    pub side: i64,
    /// Least overlap of neighbouring tiles.
    pub overlap: i64,
}

impl Tiling {
    /// Tiles of 512 pixels with an overlap of 64, as in diffusers, for latents of this many pixels along each side.
    pub fn of_pixels_per_latent(pixels: i64) -> Self {
        let positions = |length: i64| (length / pixels.max(1)).max(1);
        Self {
            side: positions(512),
            overlap: positions(64),
        }
    }
}

/// One tile along one axis.
#[derive(Debug)]
pub(super) struct Tile {
    /// Its first latent position.
    pub(super) start: i64,
    /// Its length in latent positions.
    pub(super) length: i64,
    /// The weight of each place: positions times the scale.
    pub(super) weights: Tensor,
}

/// Evenly spread tiles over `length` latent positions, which have `scale` places each.
pub(super) fn tiles(length: i64, tiling: Tiling, scale: i64) -> Vec<Tile> {
    let side = tiling.side.max(1).min(length);
    let stride = (side - tiling.overlap).max(1);
    let steps = (length - side + stride - 1) / stride;
    let starts = (0..=steps).map(|at| (length - side) * at / steps.max(1));
    let fade = (tiling.overlap * scale).max(1) as f64;
    // From an inner border inwards the weight rises; then all are divided by their sum.
    let risen = |start: i64, at: i64| {
        let from = |is_inner: bool, places: i64| match is_inner {
            true => ((places as f64 + 0.5) / fade).min(1.0),
            false => 1.0,
        };
        let places = side * scale;
        from(start > 0, at).min(from(start + side < length, places - 1 - at))
    };
    let mut sums = vec![0.0; (length * scale).max(0) as usize];
    let rising: Vec<(i64, Vec<f64>)> = starts
        .map(|start| {
            (
                start,
                (0..side * scale).map(|at| risen(start, at)).collect(),
            )
        })
        .collect();
    for (start, weights) in &rising {
        let places = sums.iter_mut().skip((start * scale) as usize);
        places.zip(weights).for_each(|(sum, weight)| *sum += weight);
    }
    let tile = |(start, weights): (i64, Vec<f64>)| {
        let sums = sums.iter().skip((start * scale) as usize);
        let shares: Vec<f64> = weights
            .iter()
            .zip(sums)
            .map(|(one, sum)| one / sum)
            .collect();
        Tile {
            start,
            length: side,
            weights: Tensor::from_slice(&shares).to_kind(Kind::Float),
        }
    };
    rising.into_iter().map(tile).collect()
}

impl PlainDecoder {
    /// As [`PlainDecoder::decode`], in tiles, each a few frames at a time: needs less memory. What the layers keep of the other
    /// tiles lies in the memory of the host meanwhile; it does not grow with the clip. `Decoded::Latent` comes before each
    /// piece of work on a tile, with pieces done and in total. Frames are on the CPU.
    pub fn decode_tiled(
        &self,
        latents: &Tensor,
        tiling: Tiling,
        sink: &mut DecodedSink,
    ) -> Result<(), Failure> {
        let _no_grad = tch::no_grad_guard();
        self.check(latents)?;
        let tiling = Tiling {
            side: tiling.side.max(self.least_side),
            ..tiling
        };
        let size = latents.size();
        let pixels = self.pixels_per_latent();
        let (rows, columns) = (
            tiles(size[3], tiling, pixels),
            tiles(size[4], tiling, pixels),
        );
        let places = rows
            .iter()
            .flat_map(|row| columns.iter().map(move |column| [row, column]));
        let mut places: Vec<([&Tile; 2], Memory)> =
            places.map(|place| (place, Memory::default())).collect();
        let steps = size[2] + self.stack.ends() as i64;
        let of = steps * places.len() as i64;
        let mut done = 0;
        for step in 0..steps {
            let mut canvas: Option<Tensor> = None;
            for (place, memory) in &mut places {
                sink(Decoded::Latent { done, of })?;
                done += 1;
                if let Some(frames) = self.tile_step(latents, step, *place, memory)? {
                    let canvas = canvas.get_or_insert_with(|| {
                        let [height, width] = [size[3], size[4]].map(|side| side * pixels);
                        let size = [size[0], COLOURS, frames.size()[2], height, width];
                        Tensor::zeros(size, (Kind::Float, Device::Cpu))
                    });
                    add(canvas, &frames, *place, pixels);
                }
            }
            if let Some(canvas) = canvas {
                sink(Decoded::Frames(canvas))?;
            }
        }
        Ok(())
    }

    /// The frames that a step completes of a tile, if any: a latent frame is read, or after all of them a layer ended.
    fn tile_step(
        &self,
        latents: &Tensor,
        step: i64,
        [row, column]: [&Tile; 2],
        memory: &mut Memory,
    ) -> Result<Option<Tensor>, Failure> {
        let count = latents.size()[2];
        memory.move_to(self.statistics.device());
        let mut pieces = Vec::new();
        let sink = &mut |positions: Tensor| -> Result<(), Failure> {
            pieces.push(self.pixels(&positions).clamp(-1.0, 1.0));
            Ok(())
        };
        let pass = &mut Pass {
            memory: &mut *memory,
            most_frames: FRAMES_AT_ONCE,
            sink,
        };
        if step < count {
            let part = latents
                .narrow(2, step, 1)
                .narrow(3, row.start, row.length)
                .narrow(4, column.start, column.length);
            self.stack.push(&self.statistics.raw(&part), false, pass)?;
        } else {
            self.stack.end((step - count) as usize, pass)?;
        }
        memory.move_to(Device::Cpu);
        Ok((!pieces.is_empty()).then(|| Tensor::cat(&pieces, 2)))
    }
}

impl VaeEncoder {
    /// As [`VaeEncoder::encode`], tile by tile. `done` receives tiles done and in total.
    pub fn encode_tiled(
        &self,
        frames: &Tensor,
        tiling: Tiling,
        done: &mut ChunkDone,
    ) -> Result<Tensor, Failure> {
        self.check(frames)?;
        let size = frames.size();
        let pixels = |positions: i64| positions * self.pixels_per_latent();
        let [height, width] = [size[3], size[4]].map(|side| side / self.pixels_per_latent());
        let count = latent_frames(size[2]);
        let canvas_size = [size[0], self.channels(), count, height, width];
        let mut canvas = Tensor::zeros(canvas_size, (Kind::Float, frames.device()));
        for_each_tile([height, width], tiling, 1, done, &mut |tile, check| {
            let [row, column] = tile;
            let part = frames
                .narrow(3, pixels(row.start), pixels(row.length))
                .narrow(4, pixels(column.start), pixels(column.length));
            let latents = self.encode(&part, &mut |_, _| check())?;
            add(&mut canvas, &latents, tile, 1);
            Ok(())
        })?;
        Ok(canvas)
    }
}

/// The work on a tile (row, column). The second argument checks for cancelling in between.
type TileWork<'w> =
    dyn FnMut([&Tile; 2], &mut dyn FnMut() -> Result<(), Failure>) -> Result<(), Failure> + 'w;

fn for_each_tile(
    [height, width]: [i64; 2],
    tiling: Tiling,
    scale: i64,
    done: &mut ChunkDone,
    work: &mut TileWork,
) -> Result<(), Failure> {
    let (rows, columns) = (tiles(height, tiling, scale), tiles(width, tiling, scale));
    let total = (rows.len() * columns.len()) as i64;
    let mut finished = 0;
    for row in &rows {
        for column in &columns {
            work([row, column], &mut || done(finished, total))?;
            finished += 1;
            done(finished, total)?;
        }
    }
    Ok(())
}

/// Adds a tile to the canvas, multiplied by its weights. The canvas is a view: its storage changes.
pub(super) fn add(canvas: &mut Tensor, numbers: &Tensor, [row, column]: [&Tile; 2], scale: i64) {
    let weights = row.weights.unsqueeze(1) * column.weights.unsqueeze(0); // h w
    let weighted = (numbers * weights.to_device(numbers.device())).to_device(canvas.device());
    let mut place = canvas
        .narrow(3, row.start * scale, row.length * scale)
        .narrow(4, column.start * scale, column.length * scale);
    let _ = place.g_add_(&weighted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_all_tiles_add_up_to_one_everywhere() {
        for (length, side, overlap) in [
            (5, 8, 2),
            (9, 8, 2),
            (60, 16, 2),
            (33, 16, 2),
            (7, 2, 1),
            (3, 1, 1),
        ] {
            let mut sum = vec![0.0; 3 * length as usize];
            let tiles = tiles(length, Tiling { side, overlap }, 3);
            for tile in &tiles {
                assert!(tile.start + tile.length <= length);
                let weights = Vec::<f32>::try_from(&tile.weights).expect("numbers");
                for (at, weight) in weights.iter().enumerate() {
                    sum[3 * tile.start as usize + at] += weight;
                }
            }
            assert!(
                sum.iter().all(|one| (one - 1.0).abs() < 1e-6),
                "{length}: {sum:?}"
            );
            assert!(length <= side || tiles.len() > 1);
        }
    }

    #[test]
    fn the_middle_of_a_tile_is_its_own() {
        let tiles = tiles(
            20,
            Tiling {
                side: 8,
                overlap: 2,
            },
            1,
        );
        let weights = Vec::<f32>::try_from(&tiles[1].weights).expect("numbers");
        assert!((weights[4] - 1.0).abs() < 1e-6, "{weights:?}");
    }
}
