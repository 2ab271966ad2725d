//! Square crops of pictures for comparisons by an image encoder, which sees squares: a character where the stage has it in
//! a frame, or a whole reference picture.

use crate::figure::{BACK_DEGREES, Placed, Unseen};
use crate::frame::RgbFrame;
use crate::identity::LEAST_PIXELS;

/// What is seen of a character must be so long along its longer side, in pixels. The same as for its print.
const LEAST_CROP_PIXELS: usize = 64;
/// A crop goes beyond the character by so much on each side, as a share of its longer side: a clip follows its stage only
/// so closely.
const MARGIN_SHARE: f64 = 0.08;
/// What lies outside of the picture: the mean colour of photographs, which shows nothing.
const OUTSIDE: [u8; 3] = [122, 116, 104];

/// The square around a character in a frame, or why it cannot be seen. A character that is turned away, small, hidden or
/// out of the frame has none.
///
/// # Errors
/// It turns its back, is tiny, or is hidden.
pub fn crop_of(frame: &RgbFrame, placed: &Placed) -> Result<RgbFrame, Unseen> {
    if placed.turned_degrees > BACK_DEGREES {
        return Err(Unseen::BackView);
    }
    let least = LEAST_CROP_PIXELS as f64;
    let why = match placed.height_pixels > 0.0 && placed.height_pixels < least {
        true => Unseen::Tiny,
        false => Unseen::Hidden,
    };
    let place = seen_part(frame, placed.parts).ok_or(why)?;
    let [left, top, right, bottom] = place;
    if (right - left).max(bottom - top) < LEAST_CROP_PIXELS {
        return Err(why);
    }
    square(frame, place, MARGIN_SHARE).ok_or(why)
}

/// A whole picture as a square.
pub fn whole_square(picture: &RgbFrame) -> RgbFrame {
    let whole = [0, 0, picture.width(), picture.height()];
    square(picture, whole, 0.0).unwrap_or_else(|| picture.clone())
}

/// The smallest box around all parts: left, top, right and bottom. `None` of fewer than 64 pixels.
fn seen_part(frame: &RgbFrame, parts: &[Option<u8>]) -> Option<[usize; 4]> {
    let width = frame.width();
    let covered = parts.iter().enumerate().filter(|(_, part)| part.is_some());
    let places = covered.map(|(at, _)| (at % width, at / width));
    let mut place: Option<[usize; 4]> = None;
    for (x, y) in places {
        let [left, top, right, bottom] = place.unwrap_or([x, y, x + 1, y + 1]);
        place = Some([left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)]);
    }
    place.filter(|_| parts.iter().flatten().count() >= LEAST_PIXELS)
}

/// The square around a box, larger by a share of its longer side on each side.
fn square(
    picture: &RgbFrame,
    [left, top, right, bottom]: [usize; 4],
    margin: f64,
) -> Option<RgbFrame> {
    let longer = right.saturating_sub(left).max(bottom.saturating_sub(top));
    let side = (longer as f64 * (1.0 + 2.0 * margin)).round() as i64;
    let first = |from: usize, to: usize| (from + to) as i64 / 2 - side / 2;
    let (first_x, first_y) = (first(left, right), first(top, bottom));
    let width = picture.width();
    let pixel = |x: i64, y: i64| {
        let x = usize::try_from(x).ok().filter(|x| *x < width)?;
        let y = usize::try_from(y).ok()?;
        picture.pixels().get(y * width + x).copied()
    };
    let rows = first_y..first_y + side;
    let pixels = rows.flat_map(|y| (first_x..first_x + side).map(move |x| (x, y)));
    let pixels = pixels.map(|(x, y)| pixel(x, y).unwrap_or(OUTSIDE));
    RgbFrame::new(side as usize, side as usize, pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [200, 40, 30];
    const GREY: [u8; 3] = [150; 3];

    /// A red character in this box of a grey frame of 160 x 120, and where the stage has it.
    fn person([left, top, right, bottom]: [usize; 4]) -> (RgbFrame, Vec<Option<u8>>) {
        let parts = (0..160 * 120).map(|at| {
            let (x, y) = (at % 160, at / 160);
            ((left..right).contains(&x) && (top..bottom).contains(&y)).then_some(1)
        });
        let parts: Vec<Option<u8>> = parts.collect();
        let pixels = parts.iter().map(|part| match part {
            Some(_) => RED,
            None => GREY,
        });
        let frame = RgbFrame::new(160, 120, pixels.collect());
        (frame.expect("a frame"), parts)
    }

    fn cropped(place: [usize; 4], turned_degrees: f64, height: f64) -> Result<RgbFrame, Unseen> {
        let (frame, parts) = person(place);
        let placed = Placed {
            parts: &parts,
            turned_degrees,
            height_pixels: height,
        };
        crop_of(&frame, &placed)
    }

    fn count(crop: &RgbFrame, colour: [u8; 3]) -> usize {
        crop.pixels()
            .iter()
            .filter(|pixel| **pixel == colour)
            .count()
    }

    #[test]
    fn a_crop_is_a_square_with_all_of_the_character() {
        let crop = cropped([60, 20, 90, 100], 10.0, 80.0).expect("seen");
        assert_eq!((crop.width(), crop.height()), (93, 93));
        assert_eq!(count(&crop, RED), 30 * 80);
        assert_eq!(count(&crop, OUTSIDE), 0, "all of it lies in the frame");
        // At the edge the rest of the square shows nothing.
        let crop = cropped([0, 20, 30, 100], 10.0, 80.0).expect("seen");
        assert_eq!(count(&crop, RED), 30 * 80);
        assert!(count(&crop, OUTSIDE) > 30 * 80);
    }

    #[test]
    fn a_character_that_cannot_be_seen_has_its_reason() {
        let refused = |place, turned, height| cropped(place, turned, height).expect_err("unseen");
        let whole = [60, 20, 90, 100];
        assert_eq!(refused(whole, 150.0, 80.0), Unseen::BackView);
        assert_eq!(refused([60, 20, 75, 60], 0.0, 40.0), Unseen::Tiny);
        assert_eq!(refused([60, 20, 75, 60], 0.0, 90.0), Unseen::Hidden);
        assert_eq!(refused([60, 20, 60, 20], 0.0, 90.0), Unseen::Hidden);
        assert_eq!(refused([60, 20, 60, 20], 0.0, 0.0), Unseen::Hidden);
    }

    #[test]
    fn a_whole_picture_keeps_its_head_in_the_square() {
        let pixels = (0..64 * 96).map(|at| if at < 64 { RED } else { GREY });
        let upright = RgbFrame::new(64, 96, pixels.collect()).expect("a picture");
        let square = whole_square(&upright);
        assert_eq!((square.width(), square.height()), (96, 96));
        assert_eq!(count(&square, RED), 64, "its top row");
        assert_eq!(count(&square, OUTSIDE), 32 * 96);
    }
}
