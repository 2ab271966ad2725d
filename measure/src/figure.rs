//! The pixels of a character: in a frame where the stage says that it stands, in a reference picture where it differs
//! from the edge of the picture.

use serde::{Deserialize, Serialize};

use crate::colour::lab;
use crate::frame::RgbFrame;
use crate::identity::Signature;
use crate::print::{Print, print_of};

/// A character that is turned further away from the camera shows its back, in degrees.
pub(crate) const BACK_DEGREES: f64 = 100.0;
/// A head that is turned further away shows another picture than its face, in degrees.
const PROFILE_DEGREES: f64 = 70.0;
/// A character that would be less high, if nothing hid it, is tiny. In pixels.
const TINY_PIXELS: f64 = 32.0;
/// The edge of a character is left out: a clip follows its stage only so closely. As a share of the width.
const EDGE_SHARE: f64 = 1.0 / 128.0;
/// In a reference picture, colours no further than this from those of its edge are background (straight distance in Lab).
const BACKGROUND_REACH: f64 = 8.0;
/// A figure that covers less or more of a reference picture was not separated from its background.
const FIGURE_SHARES: std::ops::RangeInclusive<f64> = 0.03..=0.85;

/// Why a character has no measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// It turns its back.
    BackView,
    /// It is too far away.
    Tiny,
    /// Something stands before it, or it is out of the frame.
    Hidden,
    /// The take has no stage that says where it stands.
    NoStage,
    /// It has no reference pictures, and is seen too briefly to be compared with itself.
    NoReferences,
    /// The clip is too short.
    TooFewFrames,
}

/// Where the stage has a character in a frame.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'f> {
    /// For each pixel, row by row, the number of the part that covers it. Part 0 is the head.
    pub parts: &'f [Option<u8>],
    /// How far it is turned away from the camera: 0 is its front, 180 its back.
    pub turned_degrees: f64,
    /// Its height in pixels if nothing hid it; 0 behind the camera.
    pub height_pixels: f64,
}

/// The colours and the printed detail of a character in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Of all of it.
    pub whole: Signature,
    /// Of each part; `None` for one that is hardly seen.
    pub parts: Vec<Option<Signature>>,
    /// Its printed detail.
    pub print: Print,
}

/// Looks at a character with `count` parts, or says why it cannot be seen.
///
/// # Errors
/// It turns its back, is tiny, or is hidden.
pub fn look_at(frame: &RgbFrame, placed: &Placed, count: usize) -> Result<Seen, Unseen> {
    if placed.turned_degrees > BACK_DEGREES {
        return Err(Unseen::BackView);
    }
    let inner = inner_pixels(frame, placed.parts);
    let colours_of = |wanted: Option<u8>| {
        let own = inner
            .iter()
            .filter(|(part, _)| wanted.is_none_or(|wanted| wanted == *part));
        let pixels: Vec<[u8; 3]> = own.map(|(_, pixel)| *pixel).collect();
        Signature::of_pixels(&pixels)
    };
    let is_tiny = placed.height_pixels > 0.0 && placed.height_pixels < TINY_PIXELS;
    let why = if is_tiny {
        Unseen::Tiny
    } else {
        Unseen::Hidden
    };
    let whole = colours_of(None).ok_or(why)?;
    let is_front = placed.turned_degrees <= PROFILE_DEGREES;
    let parts = (0..count).map(|part| {
        let part = u8::try_from(part)
            .ok()
            .filter(|part| *part > 0 || is_front)?;
        colours_of(Some(part))
    });
    Ok(Seen {
        whole,
        parts: parts.collect(),
        print: print_of(
            frame,
            placed.parts,
            placed.turned_degrees,
            placed.height_pixels,
        ),
    })
}

/// The pixels of a character with the numbers of their parts, without its edge.
fn inner_pixels(frame: &RgbFrame, parts: &[Option<u8>]) -> Vec<(u8, [u8; 3])> {
    let width = frame.width();
    let edge = ((width as f64 * EDGE_SHARE).round() as usize).max(1);
    // The border of the frame is no edge of the character.
    let covers = |at: Option<usize>| at.is_none_or(|at| matches!(parts.get(at), Some(Some(_))));
    let is_inner = |at: usize| {
        let x = at % width;
        let below = Some(at + edge * width).filter(|below| *below < parts.len());
        covers((x >= edge).then(|| at - edge))
            && covers((x + edge < width).then(|| at + edge))
            && covers(at.checked_sub(edge * width))
            && covers(below)
    };
    let pixels = frame.pixels().iter().zip(parts).enumerate();
    let inner = pixels.filter_map(|(at, (pixel, part))| {
        let part = (*part)?;
        is_inner(at).then_some((part, *pixel))
    });
    inner.collect()
}

/// The colours of the figure in a reference picture: of the pixels that differ from those at its edge, or of the middle if
/// no figure stands out. `None` of a tiny picture.
pub fn figure_colours(picture: &RgbFrame) -> Option<Signature> {
    let (width, height) = (picture.width(), picture.height());
    let is_border = |at: usize| {
        let (x, y) = (at % width, at / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    };
    let pixels = || picture.pixels().iter().copied().enumerate();
    let border: Vec<[u8; 3]> = pixels()
        .filter(|(at, _)| is_border(*at))
        .map(|(_, pixel)| pixel)
        .collect();
    let background = Signature::of_pixels(&border)?;
    let figure: Vec<[u8; 3]> = pixels()
        .map(|(_, pixel)| pixel)
        .filter(|pixel| !background.has_near(lab(*pixel), BACKGROUND_REACH))
        .collect();
    let share = figure.len() as f64 / picture.pixels().len() as f64;
    if FIGURE_SHARES.contains(&share) {
        return Signature::of_pixels(&figure);
    }
    let is_middle = |at: usize| {
        let (x, y) = (at % width, at / width);
        (width / 4..width - width / 4).contains(&x)
            && (height / 8..height - height / 8).contains(&y)
    };
    let middle: Vec<[u8; 3]> = pixels()
        .filter(|(at, _)| is_middle(*at))
        .map(|(_, pixel)| pixel)
        .collect();
    Signature::of_pixels(&middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [200, 40, 30];
    const BLUE: [u8; 3] = [30, 50, 190];
    const GREY: [u8; 3] = [150; 3];

    fn picture(colour: impl Fn(usize, usize) -> [u8; 3]) -> RgbFrame {
        let pixels = (0..64 * 64).map(|at| colour(at % 64, at / 64)).collect();
        RgbFrame::new(64, 64, pixels).expect("a picture")
    }

    /// A red head above a blue body, on grey.
    fn person() -> (RgbFrame, Vec<Option<u8>>) {
        let part = |x: usize, y: usize| match (x, y) {
            (20..44, 10..30) => Some(0),
            (20..44, 30..60) => Some(1),
            _ => None,
        };
        let frame = picture(|x, y| match part(x, y) {
            Some(0) => RED,
            Some(_) => BLUE,
            None => GREY,
        });
        (
            frame,
            (0..64 * 64).map(|at| part(at % 64, at / 64)).collect(),
        )
    }

    fn plain(pixel: [u8; 3]) -> Signature {
        Signature::of_pixels(&[pixel; 100]).expect("enough pixels")
    }

    #[test]
    fn each_part_has_its_own_colours_and_nothing_of_the_background() {
        let (frame, parts) = person();
        let placed = Placed {
            parts: &parts,
            turned_degrees: 10.0,
            height_pixels: 50.0,
        };
        let seen = look_at(&frame, &placed, 2).expect("it is seen");
        let distance = |at: usize, pixel| {
            seen.parts[at]
                .as_ref()
                .map(|own| own.distance(&plain(pixel)))
        };
        assert!(distance(0, RED).expect("a head") < 1e-6);
        assert!(distance(1, BLUE).expect("a body") < 1e-6);
        assert!(seen.whole.matched_distance(&plain(GREY), 0.01) > 10.0);
    }

    #[test]
    fn a_character_that_cannot_be_seen_has_its_reason() {
        let (frame, parts) = person();
        let nothing = vec![None; parts.len()];
        let look = |parts: &[Option<u8>], turned_degrees: f64, height_pixels: f64| {
            let placed = Placed {
                parts,
                turned_degrees,
                height_pixels,
            };
            look_at(&frame, &placed, 2).map(|seen| seen.parts[0].is_some())
        };
        assert_eq!(look(&parts, 170.0, 50.0), Err(Unseen::BackView));
        assert_eq!(look(&nothing, 0.0, 50.0), Err(Unseen::Hidden));
        assert_eq!(
            look(&nothing, 0.0, 0.0),
            Err(Unseen::Hidden),
            "behind the camera"
        );
        assert_eq!(look(&nothing, 0.0, 12.0), Err(Unseen::Tiny));
        assert_eq!(look(&parts, 90.0, 50.0), Ok(false), "no face in profile");
        assert_eq!(look(&parts, 0.0, 50.0), Ok(true));
    }

    #[test]
    fn the_figure_of_a_reference_picture_is_separated_from_its_background() {
        let portrait = picture(|x, y| match (x, y) {
            (20..44, 10..60) => RED,
            _ => [200, 200, (190 + x / 8) as u8],
        });
        let figure = figure_colours(&portrait).expect("a figure");
        assert!(figure.distance(&plain(RED)) < 1e-6);
        // Nothing stands out: the middle counts.
        let figure = figure_colours(&picture(|_, _| BLUE)).expect("a middle");
        assert!(figure.distance(&plain(BLUE)) < 1e-6);
    }
}
