//! Tiled encoding and decoding for large frames. Neighbouring tiles overlap and are blended there, so that no seam
//! shows. The weights of all tiles add up to one everywhere.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{ChunkDone, FRAMES_PER_LATENT, VaeDecoder, VaeEncoder, latent_frames};

/// Tile size, in latent positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Side of a tile.
    pub side: i64,
    /// Least overlap of neighbouring tiles.
    pub overlap: i64,
}

impl Tiling {
    /// Tiles of 256 pixels with an overlap of 64, as in diffusers, for latents of this many pixels along each side.
    pub fn of_pixels_per_latent(pixels: i64) -> Self {
        let positions = |length: i64| (length / pixels.max(1)).max(1);
        Self {
            side: positions(256),
            overlap: positions(64),
        }
    }
}

/// One tile along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Its first position.
    pub start: i64,
    /// Its length in positions.
    pub length: i64,
    /// The blend with the previous tile.
    pub before: Blend,
    /// The blend with the next tile.
    pub after: Blend,
}

/// The blend at one end of a tile: from the border inwards, first `hidden` positions of weight 0, then `fade` positions
/// of rising weight. All zero without a neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blend {
    /// Positions at the border that come from the neighbour alone.
    pub hidden: i64,
    /// Positions over which the two tiles are blended.
    pub fade: i64,
}

impl Tile {
    /// Blend weights at `length * scale` places: rising after the start, falling before the end.
    fn weights(&self, scale: i64) -> Tensor {
        let length = self.length * scale;
        let weight = |blend: Blend, from_border: i64| {
            let (hidden, fade) = (blend.hidden * scale, blend.fade * scale);
            let inside = (from_border - hidden) as f32 + 0.5;
            if fade == 0 {
                1.0
            } else {
                (inside / fade as f32).clamp(0.0, 1.0)
            }
        };
        let weights: Vec<f32> = (0..length)
            .map(|at| weight(self.before, at).min(weight(self.after, length - 1 - at)))
            .collect();
        Tensor::from_slice(&weights)
    }
}

/// Tiles over `length` positions: of equal length and evenly spread.
pub fn tiles(length: i64, tiling: Tiling) -> Vec<Tile> {
    let Tiling { side, overlap } = tiling;
    let alone = Blend::default();
    if length <= side {
        return vec![Tile {
            start: 0,
            length,
            before: alone,
            after: alone,
        }];
    }
    let stride = (side - overlap).max(1);
    let steps = (length - side + stride - 1) / stride;
    let start = |at: i64| (length - side) * at / steps;
    // Evenly spread tiles overlap more than necessary. The fade is short enough that at most two tiles count at any
    // position.
    let shared = |at: i64| start(at - 1) + side - start(at);
    let most_shared = (1..=steps).map(shared).max().unwrap_or_default();
    let blend = |at: i64| {
        let fade = overlap.min(side - most_shared).max(1);
        // If the rest is odd, the previous tile hides one position more.
        Blend {
            hidden: (shared(at) - fade) / 2,
            fade,
        }
    };
    (0..=steps)
        .map(|at| Tile {
            start: start(at),
            length: side,
            before: if at > 0 { blend(at) } else { alone },
            after: if at < steps {
                let Blend { hidden, fade } = blend(at + 1);
                Blend {
                    hidden: shared(at + 1) - fade - hidden,
                    fade,
                }
            } else {
                alone
            },
        })
        .collect()
}

impl VaeDecoder {
    /// As [`VaeDecoder::decode`], tile by tile: needs less memory, but returns all frames at the end, in one tensor on
    /// the CPU. `done` receives tiles done and in total.
    pub fn decode_tiled(
        &self,
        latents: &Tensor,
        tiling: Tiling,
        done: &mut ChunkDone,
    ) -> Result<Tensor, Failure> {
        let size = latents.size();
        let frames = 1 + FRAMES_PER_LATENT * (size[2] - 1);
        let pixels = self.pixels_per_latent();
        let (height, width) = (pixels * size[3], pixels * size[4]);
        let canvas_size = [size[0], 3, frames, height, width];
        let mut canvas = Tensor::zeros(canvas_size, (Kind::Float, Device::Cpu));
        for_each_tile(size[3], size[4], tiling, done, &mut |row, column, check| {
            let part =
                latents
                    .narrow(3, row.start, row.length)
                    .narrow(4, column.start, column.length);
            let mut chunks = Vec::new();
            self.decode(&part, &mut |chunk| {
                check()?;
                chunks.push(chunk.to_device(Device::Cpu));
                Ok(())
            })?;
            add(&mut canvas, &Tensor::cat(&chunks, 2), row, column, pixels);
            Ok(())
        })?;
        Ok(canvas)
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
        let size = frames.size();
        let pixels_per_latent = self.pixels_per_latent();
        let (height, width) = (size[3] / pixels_per_latent, size[4] / pixels_per_latent);
        let canvas_size = [
            size[0],
            self.channels(),
            latent_frames(size[2]),
            height,
            width,
        ];
        let mut canvas = Tensor::zeros(canvas_size, (Kind::Float, frames.device()));
        for_each_tile(height, width, tiling, done, &mut |row, column, check| {
            let pixels = |positions: i64| positions * pixels_per_latent;
            let part = frames
                .narrow(3, pixels(row.start), pixels(row.length))
                .narrow(4, pixels(column.start), pixels(column.length));
            let latents = self.encode(&part, &mut |_, _| check())?;
            add(&mut canvas, &latents, row, column, 1);
            Ok(())
        })?;
        Ok(canvas)
    }
}

/// The work on a tile (row, column). The third argument checks for cancelling in between.
type TileWork<'w> =
    dyn FnMut(&Tile, &Tile, &mut dyn FnMut() -> Result<(), Failure>) -> Result<(), Failure> + 'w;

fn for_each_tile(
    height: i64,
    width: i64,
    tiling: Tiling,
    done: &mut ChunkDone,
    work: &mut TileWork,
) -> Result<(), Failure> {
    let (rows, columns) = (tiles(height, tiling), tiles(width, tiling));
    let total = (rows.len() * columns.len()) as i64;
    let mut finished = 0;
    for row in &rows {
        for column in &columns {
            work(row, column, &mut || done(finished, total))?;
            finished += 1;
            done(finished, total)?;
        }
    }
    Ok(())
}

/// Adds a tile to the canvas, multiplied by its blend weights.
fn add(canvas: &mut Tensor, tile: &Tensor, row: &Tile, column: &Tile, scale: i64) {
    let weights = row.weights(scale).unsqueeze(1) * column.weights(scale).unsqueeze(0); // h w
    let mut place = canvas
        .narrow(3, row.start * scale, row.length * scale)
        .narrow(4, column.start * scale, column.length * scale);
    let _ = place.g_add_(&(tile * weights.to_device(tile.device())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_as_many_pixels_in_both_forms() {
        let sizes = [8, 16].map(|pixels| {
            let Tiling { side, overlap } = Tiling::of_pixels_per_latent(pixels);
            [side * pixels, overlap * pixels]
        });
        assert_eq!(sizes, [[256, 64]; 2]);
    }

    #[test]
    fn the_weights_of_all_tiles_add_up_to_one_everywhere() {
        for (length, side, overlap) in
            [(5, 8, 2), (9, 8, 2), (60, 32, 8), (104, 32, 8), (33, 32, 8)]
        {
            let mut sum = vec![0.0; 3 * length as usize];
            for tile in tiles(length, Tiling { side, overlap }) {
                assert!(tile.start + tile.length <= length);
                let blends = [tile.before, tile.after].map(|blend| blend.hidden + blend.fade);
                assert!(blends.iter().sum::<i64>() <= tile.length, "{tile:?}");
                let weights = Vec::<f32>::try_from(tile.weights(3)).expect("numbers");
                for (at, weight) in weights.iter().enumerate() {
                    sum[3 * tile.start as usize + at] += weight;
                }
            }
            assert!(
                sum.iter().all(|one| (one - 1.0).abs() < 1e-6),
                "{length}: {sum:?}"
            );
        }
    }
}
