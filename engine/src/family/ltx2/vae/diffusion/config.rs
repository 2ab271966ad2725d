//! The shape of the diffusion decoder.

/// Where the search for the least side of latents ends: windows are smaller.
const MOST_LEAST_SIDE: i64 = 64;

/// A stage without noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Channels.
    pub width: i64,
    /// Blocks.
    pub blocks: usize,
    /// Frames, rows and columns that a position attends to.
    pub window: [i64; 3],
    /// How many frames, rows and columns it makes of one.
    pub stride: [i64; 3],
}

/// The shape of a decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffusionConfig {
    /// Latent channels.
    pub channels: i64,
    /// Width and height in pixels of a position of the last stage.
    pub patch: i64,
    /// Channels of a head, everywhere.
    pub head: i64,
    /// The stages without noise.
    pub stages: Vec<Stage>,
    /// Channels of the last stage.
    pub width: i64,
    /// Its blocks.
    pub blocks: usize,
    /// Frames, rows and columns that a position of it attends to.
    pub window: [i64; 3],
    /// Channels of the embedded time of the noise.
    pub time_width: i64,
    /// Whether the blocks of the last stage have static gates, as the released file has; diffusers' converter folds them into
    /// the weights.
    pub has_gates: bool,
}

impl DiffusionConfig {
    /// The decoder of LTX-2.5 as released.
    pub fn released() -> Self {
        let stage = |width, blocks, window, stride| Stage {
            width,
            blocks,
            window,
            stride,
        };
        Self {
            channels: 128,
            patch: 4,
            head: 64,
            stages: vec![
                stage(2048, 4, [3, 7, 7], [1, 2, 2]),
                stage(1024, 6, [3, 7, 7], [2, 1, 1]),
                stage(512, 4, [3, 5, 5], [2, 2, 2]),
                stage(512, 2, [3, 5, 5], [2, 2, 2]),
            ],
            width: 256,
            blocks: 8,
            window: [11; 3],
            time_width: 384,
            has_gates: true,
        }
    }

    /// Copies of the last latent frame beyond the end of a clip.
    pub fn frames_beyond(&self) -> i64 {
        let window = self.stages.first().map_or(1, |stage| stage.window[0]);
        window / 2 * 2
    }

    /// Frames and pixels along each side that are made of a latent position.
    pub fn frames_and_pixels(&self) -> [i64; 2] {
        let product = |axis: usize| {
            let factors = self
                .stages
                .iter()
                .filter_map(|stage| stage.stride.get(axis));
            factors.fold(1, |product: i64, factor| product.saturating_mul(*factor))
        };
        [product(0), self.patch.saturating_mul(product(1))]
    }

    /// Whether the neighbourhoods of all stages fit into latents of this size, b c f h w. Neighbourhoods of the reference are
    /// never smaller. For short clips, frames beyond the end count.
    pub fn fits(&self, latents: &[i64]) -> bool {
        let [_, _, frames, rows, columns] = *latents else {
            return false;
        };
        if frames < 1 {
            return false;
        }
        let holds = |grid: [i64; 3], window: [i64; 3]| {
            grid.into_iter()
                .zip(window)
                .all(|(length, wanted)| length >= wanted)
        };
        let mut grid = [frames + self.frames_beyond(), rows, columns];
        for stage in &self.stages {
            if !holds(grid, stage.window) {
                return false;
            }
            let [frames, rows, columns] = grid;
            let [times, more_rows, more_columns] = stage.stride;
            grid = [
                frames * times - (times - 1),
                rows * more_rows,
                columns * more_columns,
            ];
        }
        holds(grid, self.window)
    }

    /// The least latent positions along each side.
    pub fn least_side(&self) -> i64 {
        let mut sides = 1..MOST_LEAST_SIDE;
        let side = sides.find(|&side| self.fits(&[1, self.channels, 1, side, side]));
        side.unwrap_or(MOST_LEAST_SIDE)
    }
}
