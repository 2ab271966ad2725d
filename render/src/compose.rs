//! Pictures laid over one another into a frame, on the processor. Colours are blended as they are stored (sRGB),
//! as other editors do, so that a dissolve looks the same everywhere.

mod place;

use std::sync::Arc;

use kinora_timeline::TransitionKind;
use kinora_timeline::clip::Transform;
use kinora_timeline::query::Mix;

use crate::media::Picture;
use place::Place;

/// A picture and how it is laid into the frame.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What is drawn.
    pub picture: Arc<Picture>,
    /// Where.
    pub transform: Transform,
    /// How much of it shows, from 0 to 1.
    pub opacity: f32,
    /// How it meets the one before it.
    pub mix: Mix,
}

impl Drawn {
    /// All over the frame, as it is.
    pub fn plain(picture: Arc<Picture>) -> Self {
        Self {
            picture,
            transform: Transform::default(),
            opacity: 1.0,
            mix: Mix::Over,
        }
    }
}

/// The frame of this size with all of these on it, the first at the bottom; black where nothing is.
pub fn compose(size: [u32; 2], layers: &[Drawn]) -> Picture {
    let mut frame = Picture::plain(size[0], size[1], [0, 0, 0, 255]);
    let mut layers = layers.iter().peekable();
    while let Some(layer) = layers.next() {
        match layer.mix {
            Mix::Over | Mix::To { .. } => lay(&mut frame, layer),
            Mix::From { kind, progress } => {
                let mut after = frame.clone();
                lay(&mut frame, layer);
                let next = layers.next_if(|next| matches!(next.mix, Mix::To { .. }));
                if let Some(next) = next {
                    lay(&mut after, next);
                }
                join(&mut frame, &after, kind, progress);
            }
        }
    }
    frame
}

/// Lays one picture over a frame.
fn lay(frame: &mut Picture, layer: &Drawn) {
    let picture = &layer.picture;
    let opacity = of_255(layer.opacity);
    if opacity == 0 || picture.width == 0 || picture.height == 0 {
        return;
    }
    match Place::of([frame.width, frame.height], picture, &layer.transform) {
        Place::Pixels { left, top } => lay_pixels(frame, picture, [left, top], opacity),
        Place::Anywhere(sampled) => {
            let across = frame.width as usize * 4;
            for (y, row) in frame.rgba.chunks_exact_mut(across).enumerate() {
                for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    if let Some(above) = sampled.at(picture, x as f32 + 0.5, y as f32 + 0.5) {
                        over(pixel, above, opacity);
                    }
                }
            }
        }
    }
}

/// Pixel on pixel, the picture's corner at a place that may lie outside the frame.
fn lay_pixels(frame: &mut Picture, picture: &Picture, [left, top]: [i64; 2], opacity: u32) {
    let (width, height) = (i64::from(frame.width), i64::from(frame.height));
    let (first, last) = (left.max(0), (left + i64::from(picture.width)).min(width));
    if first >= last {
        return;
    }
    let above_row = picture.width as usize * 4;
    let below_row = frame.width as usize * 4;
    for y in top.max(0)..(top + i64::from(picture.height)).min(height) {
        let from = (y - top) as usize * above_row + (first - left) as usize * 4;
        let length = (last - first) as usize * 4;
        let above = picture.rgba[from..from + length].as_chunks::<4>().0;
        let to = y as usize * below_row + first as usize * 4;
        let below = frame.rgba[to..to + length].as_chunks_mut::<4>().0;
        for (below, above) in below.iter_mut().zip(above) {
            over(below, *above, opacity);
        }
    }
}

/// One pixel over another that covers all; `opacity` of 255.
fn over(below: &mut [u8; 4], above: [u8; 4], opacity: u32) {
    let share = (u32::from(above[3]) * opacity + 127) / 255;
    for (below, above) in below.iter_mut().zip(above).take(3) {
        *below = mixed(*below, above, share);
    }
}

/// From one byte, at 0, to another, at 255.
fn mixed(from: u8, to: u8, share: u32) -> u8 {
    ((u32::from(from) * (255 - share) + u32::from(to) * share + 127) / 255) as u8
}

/// The frame before a cut becomes what is seen between it and the one after.
fn join(frame: &mut Picture, after: &Picture, kind: TransitionKind, progress: f32) {
    match kind {
        TransitionKind::Dissolve => {
            let share = of_255(progress);
            for (byte, after) in frame.rgba.iter_mut().zip(&after.rgba) {
                *byte = mixed(*byte, *after, share);
            }
        }
        TransitionKind::DipToBlack => dip(frame, after, 0, progress),
        TransitionKind::DipToWhite => dip(frame, after, 255, progress),
        TransitionKind::WipeRight => {
            let row = frame.width as usize * 4;
            let shown = (progress * frame.width as f32).round() as usize * 4;
            let rows = frame.rgba.chunks_exact_mut(row.max(1));
            for (row, after) in rows.zip(after.rgba.chunks_exact(row.max(1))) {
                row[..shown].copy_from_slice(&after[..shown]);
            }
        }
    }
}

/// Down to one grey in the first half, and up from it in the second.
fn dip(frame: &mut Picture, after: &Picture, through: u8, progress: f32) {
    if progress >= 0.5 {
        frame.rgba.copy_from_slice(&after.rgba);
    }
    let share = of_255((2.0 * progress - 1.0).abs());
    for pixel in frame.rgba.as_chunks_mut::<4>().0 {
        for byte in &mut pixel[..3] {
            *byte = mixed(through, *byte, share);
        }
    }
}

/// A part of one as a part of 255.
fn of_255(part: f32) -> u32 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(size: [u32; 2], grey: u8) -> Drawn {
        Drawn {
            picture: Arc::new(Picture::plain(size[0], size[1], [grey, grey, grey, 255])),
            transform: Transform::default(),
            opacity: 1.0,
            mix: Mix::Over,
        }
    }

    fn grey(picture: &Picture, x: u32, y: u32) -> u8 {
        picture.pixel(x, y)[0]
    }

    #[test]
    fn a_picture_of_the_frames_size_comes_through_bit_for_bit() {
        let pixels =
            (0..16 * 8).flat_map(|at: u32| [at as u8, (at * 7) as u8, (at * 13) as u8, 255]);
        let picture = Picture {
            width: 16,
            height: 8,
            rgba: pixels.collect(),
        };
        let layer = Drawn {
            picture: Arc::new(picture.clone()),
            ..plain([16, 8], 0)
        };
        assert!(compose([16, 8], &[layer]) == picture);
    }

    #[test]
    fn a_picture_of_another_shape_is_fitted_with_black_beside_it() {
        let frame = compose([32, 8], &[plain([8, 8], 200)]);
        assert_eq!(
            [0, 11, 12, 19, 20, 31].map(|x| grey(&frame, x, 4)),
            [0, 0, 200, 200, 0, 0]
        );
        let frame = compose([16, 8], &[plain([4, 2], 200)]);
        assert!(
            frame
                .rgba
                .as_chunks::<4>()
                .0
                .iter()
                .all(|pixel| pixel[0] == 200),
            "scaled up to fill"
        );
    }

    #[test]
    fn what_is_half_seen_lets_half_through() {
        let above = Drawn {
            opacity: 0.5,
            ..plain([4, 4], 255)
        };
        let frame = compose([4, 4], &[plain([4, 4], 55), above]);
        assert!((154..=156).contains(&grey(&frame, 1, 1)));
    }

    #[test]
    fn moved_turned_and_cut_pictures_are_where_they_should_be() {
        let frame = |transform| {
            compose(
                [16, 16],
                &[Drawn {
                    transform,
                    ..plain([16, 16], 100)
                }],
            )
        };
        let moved = frame(Transform {
            position: (0.5, 0.0),
            ..Transform::default()
        });
        assert_eq!([7, 8].map(|x| grey(&moved, x, 8)), [0, 100]);
        let small = frame(Transform {
            scale: 0.5,
            ..Transform::default()
        });
        assert_eq!([3, 4, 11, 12].map(|x| grey(&small, x, 8)), [0, 100, 100, 0]);
        let cut = frame(Transform {
            crop: (0.25, 0.0, 0.0, 0.5),
            ..Transform::default()
        });
        assert_eq!([3, 4].map(|x| grey(&cut, x, 2)), [0, 100]);
        assert_eq!([7, 8].map(|y| grey(&cut, 8, y)), [100, 0]);
        let turned = frame(Transform {
            rotation_degrees: 45.0,
            scale: 0.5,
            ..Transform::default()
        });
        assert_eq!(
            [
                grey(&turned, 8, 4),
                grey(&turned, 3, 3),
                grey(&turned, 8, 8)
            ],
            [100, 0, 100]
        );
    }

    #[test]
    fn transitions_go_from_one_picture_to_the_other() {
        let at = |kind, progress| {
            let from = Drawn {
                mix: Mix::From { kind, progress },
                ..plain([16, 4], 80)
            };
            let to = Drawn {
                mix: Mix::To { kind, progress },
                ..plain([16, 4], 180)
            };
            compose([16, 4], &[from, to])
        };
        let middle = |kind, progress| grey(&at(kind, progress), 8, 2);
        let dissolve = [0.0, 0.25, 0.5, 1.0].map(|at| middle(TransitionKind::Dissolve, at));
        assert_eq!(dissolve, [80, 105, 130, 180]);
        let dip = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| middle(TransitionKind::DipToBlack, at));
        assert_eq!(dip, [80, 40, 0, 90, 180]);
        assert_eq!(middle(TransitionKind::DipToWhite, 0.5), 255);
        let wiped = at(TransitionKind::WipeRight, 0.5);
        assert_eq!(
            [7, 8].map(|x| grey(&wiped, x, 2)),
            [180, 80],
            "the new one comes from the left"
        );
    }
}
