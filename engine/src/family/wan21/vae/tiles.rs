//! Large pictures go through the autoencoder in tiles. Neighbours overlap, and in the overlap one fades
//! into the other, so that no seam shows; the weights of all tiles add up to one everywhere.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::{
    ChunkDone, FRAMES_PER_LATENT, PIXELS_PER_LATENT, VaeDecoder, VaeEncoder, latent_frames,
};

/// How to cut, in latent positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// The length of a tile's sides.
    pub side: i64,
    /// How much neighbours share at least.
    pub overlap: i64,
}

impl Default for Tiling {
    /// 256 pixels, of which 64 are shared: the reference's own numbers.
    fn default() -> Self {
        Self {
            side: 32,
            overlap: 8,
        }
    }
}

/// One tile along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Where it begins.
    pub start: i64,
    /// How long it is.
    pub length: i64,
    /// How it goes over from the tile before.
    pub before: Joint,
    /// How it goes over into the tile after.
    pub after: Joint,
}

/// The place where two tiles meet, seen from either: at its border a tile is not seen, then it fades.
/// All zero where there is no neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joint {
    /// Positions at the border that belong to the neighbour.
    pub hidden: i64,
    /// Positions over which one goes over into the other.
    pub fade: i64,
}

impl Tile {
    /// Its weight at each of `length` x `scale` places: rises after one border, falls before the other.
    fn weights(&self, scale: i64) -> Tensor {
        let length = self.length * scale;
        let weight = |joint: Joint, from_border: i64| {
            let (hidden, fade) = (joint.hidden * scale, joint.fade * scale);
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

/// Tiles over `length` positions: all of one length, evenly spread, none cut at the end.
pub fn tiles(length: i64, tiling: Tiling) -> Vec<Tile> {
    let Tiling { side, overlap } = tiling;
    let alone = Joint::default();
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
    // Spread evenly, tiles share more than they must; they still fade over a length that leaves every
    // place to two of them at most.
    let shared = |at: i64| start(at - 1) + side - start(at);
    let most_shared = (1..=steps).map(shared).max().unwrap_or_default();
    let joint = |at: i64| {
        let fade = overlap.min(side - most_shared).max(1);
        // An odd rest goes to the tile before.
        Joint {
            hidden: (shared(at) - fade) / 2,
            fade,
        }
    };
    (0..=steps)
        .map(|at| Tile {
            start: start(at),
            length: side,
            before: if at > 0 { joint(at) } else { alone },
            after: if at < steps {
                let Joint { hidden, fade } = joint(at + 1);
                Joint {
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
    /// As [`VaeDecoder::decode`], tile by tile: less memory, but all frames come at the end, in one tensor on
    /// the processor. `done` hears of tiles.
    pub fn decode_tiled(
        &self,
        latents: &Tensor,
        tiling: Tiling,
        done: &mut ChunkDone,
    ) -> Result<Tensor, Failure> {
        let size = latents.size();
        let frames = 1 + FRAMES_PER_LATENT * (size[2] - 1);
        let (height, width) = (PIXELS_PER_LATENT * size[3], PIXELS_PER_LATENT * size[4]);
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
            add(
                &mut canvas,
                &Tensor::cat(&chunks, 2),
                row,
                column,
                PIXELS_PER_LATENT,
            );
            Ok(())
        })?;
        Ok(canvas)
    }
}

impl VaeEncoder {
    /// As [`VaeEncoder::encode`], tile by tile. `done` hears of tiles.
    pub fn encode_tiled(
        &self,
        frames: &Tensor,
        tiling: Tiling,
        done: &mut ChunkDone,
    ) -> Result<Tensor, Failure> {
        let size = frames.size();
        let (height, width) = (size[3] / PIXELS_PER_LATENT, size[4] / PIXELS_PER_LATENT);
        let canvas_size = [
            size[0],
            self.channels(),
            latent_frames(size[2]),
            height,
            width,
        ];
        let mut canvas = Tensor::zeros(canvas_size, (Kind::Float, frames.device()));
        for_each_tile(height, width, tiling, done, &mut |row, column, check| {
            let pixels = |positions: i64| positions * PIXELS_PER_LATENT;
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

/// What is done with a tile; in the middle of it, it may be asked whether to go on.
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

/// Adds a tile to the picture with its weights.
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
    fn the_weights_of_all_tiles_add_up_to_one_everywhere() {
        for (length, side, overlap) in
            [(5, 8, 2), (9, 8, 2), (60, 32, 8), (104, 32, 8), (33, 32, 8)]
        {
            let mut sum = vec![0.0; 3 * length as usize];
            for tile in tiles(length, Tiling { side, overlap }) {
                assert!(tile.start + tile.length <= length);
                let joints = [tile.before, tile.after].map(|joint| joint.hidden + joint.fade);
                assert!(joints.iter().sum::<i64>() <= tile.length, "{tile:?}");
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
