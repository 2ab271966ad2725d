//! The colours of the figure in a reference picture, for the character's mannequin on the stage.

use std::path::Path;

use image::RgbImage;
use image::imageops::thumbnail;

/// The picture is reduced to this size first: its longer side, in pixels.
const LONGER_SIDE: u32 = 48;
/// The least distance of a figure's colour from the background, in RGB steps of 0 to 255.
const LEAST_DISTANCE: f32 = 36.0;
/// The figure must cover at least one pixel in this many.
const LEAST_SHARE: usize = 30;

/// An sRGB colour: red, green, blue.
pub type Colour = (u8, u8, u8);

/// The mean colours of the figure's body and legs. None: the picture cannot be read, or no figure stands out from
/// its background.
pub fn figure_colours(picture: &Path) -> Option<[Colour; 2]> {
    let picture = image::open(picture).ok()?.into_rgb8();
    let (width, height) = picture.dimensions();
    let scale = LONGER_SIDE as f32 / width.max(height).max(1) as f32;
    let side = |length: u32| ((length as f32 * scale) as u32).max(1);
    of_pixels(&thumbnail(&picture, side(width), side(height)))
}

fn of_pixels(picture: &RgbImage) -> Option<[Colour; 2]> {
    let (width, height) = picture.dimensions();
    let is_edge = |x, y| x == 0 || y == 0 || x + 1 == width || y + 1 == height;
    let pixels = || picture.enumerate_pixels();
    let edge = pixels().filter(|(x, y, _)| is_edge(*x, *y));
    let background = mean(edge.map(|(_, _, pixel)| pixel.0))?;
    let is_figure = |colour: [u8; 3]| {
        let square = colour
            .iter()
            .zip(background)
            .map(|(of, background)| (f32::from(*of) - background).powi(2));
        square.sum::<f32>() > LEAST_DISTANCE * LEAST_DISTANCE
    };
    let figure: Vec<(u32, [u8; 3])> = pixels()
        .map(|(_, y, pixel)| (y, pixel.0))
        .filter(|(_, colour)| is_figure(*colour))
        .collect();
    let (top, bottom) = (figure.first()?.0, figure.last()?.0);
    let legs = bottom - (bottom - top) / 4;
    let body = figure.iter().filter(|(y, _)| *y < legs);
    let limbs = figure.iter().filter(|(y, _)| *y >= legs);
    let is_enough = figure.len() * LEAST_SHARE >= (width * height) as usize;
    let body = mean(body.map(|(_, colour)| *colour)).filter(|_| is_enough)?;
    let limbs = mean(limbs.map(|(_, colour)| *colour)).unwrap_or(body);
    Some([body, limbs].map(|[red, green, blue]| (red as u8, green as u8, blue as u8)))
}

fn mean(colours: impl Iterator<Item = [u8; 3]>) -> Option<[f32; 3]> {
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for colour in colours {
        for (sum, part) in sum.iter_mut().zip(colour) {
            *sum += f32::from(part);
        }
        count += 1.0;
    }
    (count > 0.0).then(|| sum.map(|sum| sum / count))
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn body_and_limbs_have_the_colours_of_the_figure() {
        let picture = RgbImage::from_fn(40, 48, |x, y| match (x, y) {
            (12..28, 8..32) => Rgb([230, 200, 30]),
            (12..28, 32..40) => Rgb([20, 40, 160]),
            _ => Rgb([190, 190, 190]),
        });
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ada.png");
        picture.save(&file).expect("saved");
        assert_eq!(figure_colours(&file), Some([(230, 200, 30), (20, 40, 160)]));
    }

    #[test]
    fn a_plain_background_or_an_unreadable_picture_has_no_figure() {
        assert_eq!(of_pixels(&RgbImage::from_pixel(9, 9, Rgb([9, 9, 9]))), None);
        assert_eq!(figure_colours(Path::new("/no/such/picture.png")), None);
    }
}
