//! Small frames made larger before their corners are followed: the windows of the tracker are as large as their details then.
//! Cubic convolution (Keys, 1981, a = -1/2), so that nothing between two pixels is drawn to either.

use crate::frame::{GreyFrame, Mask};

/// Frames narrower than this are enlarged.
const SMALL_WIDTH: usize = 256;
/// To about this width, the one at which limits in pixels are meant.
const USUAL_WIDTH: usize = 384;
/// Frames are never enlarged to more pixels than this.
const MOST_PIXELS: usize = 1 << 20;

/// How many times a frame of this size is enlarged before it is followed. 1: not at all.
pub fn factor_for(width: usize, height: usize) -> usize {
    if width >= SMALL_WIDTH {
        return 1;
    }
    let fits = |factor: &usize| width * height * factor * factor <= MOST_PIXELS;
    let factors = 1..=(USUAL_WIDTH / width.max(1)).min(8);
    factors.rev().find(fits).unwrap_or(1)
}

/// A frame `factor` times as wide and as high.
pub fn enlarged(frame: &GreyFrame, factor: usize) -> GreyFrame {
    let (width, height) = (frame.width(), frame.height());
    let pixels: Vec<f32> = frame.pixels().iter().map(|&grey| f32::from(grey)).collect();
    let wide = along_rows(&pixels, width, factor);
    let high = along_rows(&transposed(&wide, width * factor), height, factor);
    let pixels = transposed(&high, height * factor);
    let pixels = pixels
        .iter()
        .map(|grey| (grey + 0.5).clamp(0.0, 255.0) as u8);
    GreyFrame::new(width * factor, height * factor, pixels.collect())
        .unwrap_or_else(|| frame.clone())
}

/// Every row of `length` values, `factor` times as long.
fn along_rows(values: &[f32], length: usize, factor: usize) -> Vec<f32> {
    let taps: Vec<[(usize, f32); 4]> = (0..length * factor)
        .map(|at| taps(at, length, factor))
        .collect();
    let row = |row: &[f32]| -> Vec<f32> {
        let value =
            |taps: &[(usize, f32); 4]| taps.iter().map(|&(at, share)| row[at] * share).sum();
        taps.iter().map(value).collect()
    };
    values.chunks_exact(length).flat_map(row).collect()
}

/// The four values of a row that make the one at a place of the longer row, with their shares.
fn taps(at: usize, length: usize, factor: usize) -> [(usize, f32); 4] {
    let place = (at as f32 + 0.5) / factor as f32 - 0.5;
    let first = place.floor();
    [-1.0_f32, 0.0, 1.0, 2.0].map(|step| {
        let from = first + step;
        let inside = from.clamp(0.0, length as f32 - 1.0) as usize;
        (inside, cubic((place - from).abs()))
    })
}

/// The kernel at a distance from 0 to 2.
fn cubic(distance: f32) -> f32 {
    let (once, twice) = (distance, distance * distance);
    let thrice = twice * distance;
    match distance {
        near if near <= 1.0 => 1.5 * thrice - 2.5 * twice + 1.0,
        far if far < 2.0 => -0.5 * thrice + 2.5 * twice - 4.0 * once + 2.0,
        _ => 0.0,
    }
}

/// The columns of rows of `length` values, as rows.
fn transposed(values: &[f32], length: usize) -> Vec<f32> {
    (0..length)
        .flat_map(|column| values.iter().skip(column).step_by(length).copied())
        .collect()
}

/// A mask of frames that were enlarged.
#[derive(Clone, Copy)]
pub struct EnlargedMask<'m> {
    pub mask: &'m Mask,
    pub factor: usize,
}

impl EnlargedMask<'_> {
    /// Whether the mask covers a pixel within `reach` pixels of a place, both in pixels of the enlarged frame.
    pub fn touches(&self, place: [f32; 2], reach: f32) -> bool {
        let factor = self.factor as f32;
        let place = place.map(|at| (at + 0.5) / factor - 0.5);
        self.mask.touches(place, reach / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_frames_are_enlarged_to_about_384_pixels() {
        let factors = [
            (96, 64),
            (128, 72),
            (255, 144),
            (256, 144),
            (832, 480),
            (20, 12),
        ];
        let factors = factors.map(|(width, height)| factor_for(width, height));
        assert_eq!(factors, [4, 3, 1, 1, 1, 8]);
        assert_eq!(factor_for(64, 1_000_000), 1);
    }

    #[test]
    fn a_ramp_stays_a_ramp_and_its_middle_where_it_was() {
        let pixels = (0..30 * 20).map(|at| (at % 30 * 8) as u8);
        let frame = GreyFrame::new(30, 20, pixels.collect()).expect("a frame");
        let large = enlarged(&frame, 4);
        assert_eq!((large.width(), large.height()), (120, 80));
        for row in large.pixels().chunks_exact(120) {
            for (at, &grey) in row.iter().enumerate().skip(8).take(104) {
                let wanted = ((at as f32 + 0.5) / 4.0 - 0.5) * 8.0;
                assert!(
                    (f32::from(grey) - wanted).abs() <= 0.51,
                    "{at}: {grey}, not {wanted}"
                );
            }
        }
    }

    #[test]
    fn a_mask_covers_the_enlarged_pixels_of_its_own() {
        let covered = (0..12).map(|at| at == 5).collect();
        let mask = Mask::new(4, 3, covered).expect("a mask");
        let mask = EnlargedMask {
            mask: &mask,
            factor: 4,
        };
        assert!(mask.touches([6.0, 6.0], 0.0));
        assert!(!mask.touches([13.0, 5.0], 2.0));
    }
}
