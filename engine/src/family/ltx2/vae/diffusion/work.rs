//! The sizes of the work of a diffusion decoder: its cells, and the bytes of its activations.

use super::super::patches::COLOURS;
use super::DiffusionConfig;
use super::half::CellTiling;

/// Tensors of the size of a stage's positions at the peak of attention: positions, context and its projection, norm, queries,
/// keys and values, the first two turned, the result in rows, joined and projected.
const MAPS: u64 = 13;
/// The same in fp32, for the rotation.
const FLOAT_MAPS: u64 = 3;
/// Bytes of a number in fp32.
const FLOAT_BYTES: u64 = 4;
/// Frames in fp32: noise, pixels, and their patches.
const FRAMES: u64 = 4;

impl DiffusionConfig {
    /// What the last stage makes of one of its positions, a cell: frames, rows and columns of pixels.
    pub fn cell(&self) -> [i64; 3] {
        let [frames, rows, columns] = self.stages.last().map_or([1; 3], |stage| stage.stride);
        [frames, rows * self.patch, columns * self.patch]
    }

    /// Cells along time of a clip of so many latent frames, without those beyond its end.
    pub fn cells_of(&self, latent_frames: i64) -> i64 {
        let before = self.stages.len().saturating_sub(1);
        let stages = self.stages.iter().take(before);
        stages.fold(latent_frames, |frames, stage| {
            let [times, _, _] = stage.stride;
            frames * times - (times - 1)
        })
    }

    /// The least cells of a tile, along time and along each side: neighbourhoods of the last stage and of the pixels fit.
    pub(super) fn least_cells(&self) -> [i64; 2] {
        let Some(last) = self.stages.last() else {
            return [1; 2];
        };
        let least = |axis: usize| {
            let at = |list: [i64; 3]| list.get(axis).copied().unwrap_or(1);
            let (own, of_pixels, stride) = (at(last.window), at(self.window), at(last.stride));
            own.max((of_pixels + stride - 1) / stride.max(1))
        };
        [least(0), least(1).max(least(2))]
    }

    /// Bytes of the activations for latents of f x h x w, in numbers of `number_bytes`: in one piece, and in tiles.
    pub fn work_bytes(&self, [frames, rows, columns]: [i64; 3], number_bytes: u64) -> [u64; 2] {
        let [cell_frames, side, _] = self.cell();
        let per_latent = (self.frames_and_pixels()[1] / side.max(1)).max(1);
        let cells = [
            self.cells_of(frames),
            rows * per_latent,
            columns * per_latent,
        ];
        let tiling = CellTiling::of(self);
        let tile = [
            cells[0].min(tiling.time.side),
            cells[1].min(tiling.space.side),
            cells[2].min(tiling.space.side),
        ];
        let before = self.before_cells([frames, rows, columns], number_bytes);
        let kept = count(cells) * self.last_width() * number_bytes;
        let at_work = |cells: [i64; 3]| {
            let pixels = count(cells) * (cell_frames * side * side) as u64 * COLOURS as u64;
            let positions = count(cells) * self.positions_of_cell();
            let widest = (positions * self.width as u64).max(count(cells) * self.last_width());
            kept + of_map(widest, number_bytes) + pixels * FRAMES * FLOAT_BYTES
        };
        [cells, tile].map(|cells| at_work(cells).max(before))
    }

    /// Bytes of the stages before the last.
    fn before_cells(&self, mut grid: [i64; 3], number_bytes: u64) -> u64 {
        let mut most = 0;
        grid[0] += self.frames_beyond();
        for stage in self.stages.iter().rev().skip(1).rev() {
            most = most.max(of_map(count(grid) * stage.width as u64, number_bytes));
            for (length, times) in grid.iter_mut().zip(stage.stride) {
                *length *= times;
            }
        }
        most
    }

    fn last_width(&self) -> u64 {
        self.stages.last().map_or(0, |stage| stage.width as u64)
    }

    fn positions_of_cell(&self) -> u64 {
        let stride = self.stages.last().map_or([1; 3], |stage| stage.stride);
        count(stride)
    }
}

/// Bytes at the peak of a stage, for a map of so many numbers.
fn of_map(numbers: u64, number_bytes: u64) -> u64 {
    numbers * (MAPS * number_bytes + FLOAT_MAPS * FLOAT_BYTES)
}

fn count(grid: [i64; 3]) -> u64 {
    grid.into_iter().product::<i64>().max(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_tiles_of_the_released_decoder_are_those_of_the_reference() {
        let released = DiffusionConfig::released();
        assert_eq!(released.cell(), [2, 8, 8]);
        assert_eq!(released.frames_and_pixels(), [8, 32]);
        // 1 + 4 (f - 1) cells, of which the first has one frame.
        assert_eq!(released.cells_of(16), 61);
        assert_eq!(released.least_cells(), [6, 6]);
        let tiling = CellTiling::of(&released);
        assert_eq!([tiling.space.side, tiling.space.overlap], [96, 8]);
        assert_eq!([tiling.time.side, tiling.time.overlap], [40, 12]);
    }

    #[test]
    fn tiles_bound_the_work_on_pixels_and_short_clips_need_no_tiles() {
        let released = DiffusionConfig::released();
        let [whole, tiled] = released.work_bytes([61, 34, 60], 2);
        assert!(tiled * 4 < whole, "{tiled} {whole}");
        let [whole, tiled] = released.work_bytes([2, 8, 8], 2);
        assert_eq!(whole, tiled);
    }
}
