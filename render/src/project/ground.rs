//! What is below all layers of a frame: black, a checkerboard that shows transparency, or nothing.

use std::sync::Arc;

use super::nested;
use crate::compose::{Compositor, Layer};
use crate::media::Picture;

/// What is below all layers of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Black, as in every export without alpha.
    #[default]
    Black,
    /// Grey squares, where the layers cover nothing.
    Checkerboard,
    /// Nothing: the picture has straight alpha.
    Transparent,
}

/// The squares of a checkerboard across the shorter side of the frame.
const SQUARES: u32 = 24;
/// The two greys, of which the first is at the corner.
const GREYS: [u8; 2] = [102, 153];

/// The layers over a ground, as one picture of this size. `board` keeps the checkerboard from frame to frame.
pub fn composed_over(
    ground: Ground,
    compositor: &mut Compositor,
    (size, layers): ([u32; 2], Vec<Layer>),
    board: &mut Option<Arc<Picture>>,
) -> Picture {
    match ground {
        Ground::Black => compositor.compose(size, &layers),
        Ground::Checkerboard => {
            let kept = board.take();
            let kept = kept.filter(|board| [board.width, board.height] == size);
            let kept = kept.unwrap_or_else(|| Arc::new(checkerboard(size)));
            *board = Some(Arc::clone(&kept));
            let mut all = vec![Layer::plain(kept)];
            all.extend(layers);
            compositor.compose(size, &all)
        }
        Ground::Transparent if layers.is_empty() => Picture::plain(size[0], size[1], [0; 4]),
        Ground::Transparent => Arc::unwrap_or_clone(nested::composed(compositor, size, layers)),
    }
}

fn checkerboard([width, height]: [u32; 2]) -> Picture {
    let side = (width.min(height) / SQUARES).max(1);
    let pixels = (0..height).flat_map(|y| {
        (0..width).flat_map(move |x| {
            let grey = GREYS[((x / side + y / side) % 2) as usize];
            [grey, grey, grey, 255]
        })
    });
    Picture {
        width,
        height,
        rgba: pixels.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [u32; 2] = [48, 48];

    /// A red square in the middle of the frame.
    fn square(opacity: f32) -> Layer {
        let mut layer = Layer::plain(Arc::new(Picture::plain(48, 48, [200, 0, 0, 255])));
        layer.opacity = opacity;
        layer.transform.scale = 0.5;
        layer
    }

    fn over(ground: Ground, layers: Vec<Layer>) -> Picture {
        let mut compositor = Compositor::on_processor();
        composed_over(ground, &mut compositor, (SIZE, layers), &mut None)
    }

    #[test]
    fn squares_are_seen_where_nothing_is_covered_and_through_what_is_transparent() {
        let seen = over(Ground::Checkerboard, vec![square(1.0)]);
        assert_eq!(seen.pixel(0, 0), [102, 102, 102, 255]);
        assert_eq!(seen.pixel(2, 0), [153, 153, 153, 255]);
        assert_eq!(seen.pixel(24, 24), [200, 0, 0, 255]);
        let half = over(Ground::Checkerboard, vec![square(0.5)]);
        assert!(half.pixel(24, 24)[1] > 40, "{:?}", half.pixel(24, 24));
        let empty = over(Ground::Checkerboard, Vec::new());
        assert_eq!(empty.pixel(0, 0), [102, 102, 102, 255]);
    }

    #[test]
    fn a_transparent_ground_leaves_straight_alpha() {
        let seen = over(Ground::Transparent, vec![square(0.5)]);
        assert_eq!(seen.pixel(0, 0)[3], 0);
        let [red, green, blue, alpha] = seen.pixel(24, 24);
        assert!(red.abs_diff(200) <= 2 && green == 0 && blue == 0);
        assert!(alpha.abs_diff(128) <= 1, "{alpha}");
        assert_eq!(over(Ground::Transparent, Vec::new()).pixel(9, 9), [0; 4]);
        assert_eq!(over(Ground::Black, Vec::new()).pixel(9, 9), [0, 0, 0, 255]);
    }
}
