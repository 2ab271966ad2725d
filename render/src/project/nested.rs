//! The picture of a nested sequence, with transparency where its layers cover nothing.

use std::sync::Arc;

use super::source::nothing;
use crate::compose::{Compositor, Layer};
use crate::media::Picture;

/// The layers of a sequence as one picture of this size.
//
// Compositors draw over an opaque ground, on the processor and on the card with the same bytes. Instead of a second way
// of drawing, the layers are drawn over black and over white: what is equal in both is opaque, and the difference is
// the transparency.
pub fn composed(compositor: &mut Compositor, size: [u32; 2], layers: Vec<Layer>) -> Arc<Picture> {
    if layers.is_empty() {
        return nothing();
    }
    let over_black = compositor.compose(size, &layers);
    let white = Picture::plain(size[0], size[1], [255; 4]);
    let mut on_white = vec![Layer::plain(Arc::new(white))];
    on_white.extend(layers);
    let over_white = compositor.compose(size, &on_white);
    Arc::new(match over_black == over_white {
        true => over_black,
        false => with_transparency(over_black, &over_white),
    })
}

/// The picture that gives `over_black` over black and `over_white` over white, to within the rounding of its values.
fn with_transparency(over_black: Picture, over_white: &Picture) -> Picture {
    let mut picture = over_black;
    let pixels = picture.rgba.as_chunks_mut::<4>().0.iter_mut();
    for (pixel, white) in pixels.zip(over_white.rgba.as_chunks::<4>().0) {
        let [red, green, blue, _] = *pixel;
        let through = [red, green, blue]
            .iter()
            .zip(white)
            .map(|(black, white)| white.saturating_sub(*black))
            .min()
            .unwrap_or_default();
        let opacity = u32::from(255 - through);
        for value in &mut pixel[..3] {
            // Drawing multiplies by the opacity again.
            let undone = (u32::from(*value) * 255 + opacity / 2).checked_div(opacity);
            *value = u8::try_from(undone.unwrap_or_default()).unwrap_or(u8::MAX);
        }
        pixel[3] = 255 - through;
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(rgba: [u8; 4], opacity: f32) -> Layer {
        let mut layer = Layer::plain(Arc::new(Picture::plain(8, 8, rgba)));
        layer.opacity = opacity;
        layer.transform.scale = 0.5;
        layer
    }

    #[test]
    fn a_nested_picture_is_drawn_over_any_ground_like_its_layers() {
        let mut compositor = Compositor::on_processor();
        let size = [8, 8];
        for opacity in [1.0, 0.7, 0.3, 0.02] {
            let layers = vec![
                patch([200, 30, 90, 255], opacity),
                patch([10, 250, 40, 90], 0.5),
            ];
            let nested = composed(&mut compositor, size, layers.clone());
            for grey in [0, 60, 255] {
                let ground = Layer::plain(Arc::new(Picture::plain(8, 8, [grey, grey, 9, 255])));
                let at_once: Vec<Layer> =
                    [ground.clone()].into_iter().chain(layers.clone()).collect();
                let expected = compositor.compose(size, &at_once);
                let seen = compositor.compose(size, &[ground, Layer::plain(Arc::clone(&nested))]);
                let pairs = expected.rgba.iter().zip(&seen.rgba);
                let worst = pairs.map(|(one, other)| one.abs_diff(*other)).max();
                assert!(
                    worst <= Some(2),
                    "{worst:?} at opacity {opacity} over {grey}"
                );
            }
        }
    }

    #[test]
    fn what_covers_the_frame_stays_as_it_is() {
        let mut compositor = Compositor::on_processor();
        let picture = Picture::plain(8, 8, [1, 2, 3, 255]);
        let nested = composed(
            &mut compositor,
            [8, 8],
            vec![Layer::plain(Arc::new(picture.clone()))],
        );
        assert_eq!(*nested, picture);
        let empty = composed(&mut compositor, [8, 8], Vec::new());
        assert_eq!(empty.rgba.len(), nothing().rgba.len());
    }
}
