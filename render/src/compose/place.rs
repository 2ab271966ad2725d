//! The placement of a picture in a frame, in fixed point: the inverse mapping from each pixel of the frame into the
//! picture, in units of 1/65536 pixel. CPU and graphics card use the same integers and the same rounding, so that
//! they draw the same pixels.

use kinora_timeline::clip::{Fit, Transform};

/// A pixel's width in fixed point.
pub const ONE: i32 = 1 << 16;
/// The widest softened edge of a picture that is scaled far down, so that nothing overflows.
const WIDEST_EDGE: f64 = 128.0;

/// The placement of a picture in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The frame pixel of the picture's corner, if the picture is unscaled, unrotated, uncropped and pixel-aligned.
    pub on_pixels: Option<[i64; 2]>,
    /// The step from one pixel of a row to the next: x and y in the picture.
    pub step: [i32; 2],
    /// The picture's rectangle after the crop: left, top, right, bottom.
    pub shown: [i32; 4],
    /// The range of pixel centres to sample, in x and y, minus half a pixel.
    pub middles: [[i32; 2]; 2],
    /// The distance from its edge within which a picture covers a pixel of the frame in part.
    pub half_edge: i32,
    /// One for each row of the frame.
    pub rows: Vec<Row>,
}

/// The pixels of a frame's row that a picture covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The first pixel covered, at least in part.
    pub first: u32,
    /// One past the last pixel covered.
    pub end: u32,
    /// The position of the first pixel's centre in the picture: x and y.
    pub at: [i32; 2],
}

impl Place {
    /// The placement of a picture fitted into a frame and then transformed; `None` where nothing of it is visible.
    pub fn of(frame: [u32; 2], picture: [u32; 2], transform: &Transform) -> Option<Self> {
        let [width, height] = frame.map(f64::from);
        let [across, down] = picture.map(f64::from);
        let ratios = [width / across, height / down];
        let fitted = match transform.fit {
            Fit::Inside => [ratios[0].min(ratios[1]); 2],
            Fit::Fill => [ratios[0].max(ratios[1]); 2],
            Fit::Stretch => ratios,
        };
        let scale = fitted.map(|fitted| fitted * f64::from(transform.scale));
        let position = [transform.position.0, transform.position.1].map(f64::from);
        let middle = [width * (0.5 + position[0]), height * (0.5 + position[1])];
        let (left, top, right, bottom) = transform.crop;
        let [left, top, right, bottom] = [left, top, 1.0 - right, 1.0 - bottom].map(f64::from);
        let is_sound = scale.iter().all(|scale| scale.is_normal() && *scale > 0.0)
            && middle.iter().all(|at| at.is_finite());
        if !is_sound || right <= left || bottom <= top {
            return None;
        }
        let shown = [left * across, top * down, right * across, bottom * down].map(fixed);
        let middles = [[shown[0], shown[2]], [shown[1], shown[3]]]
            .map(|[low, high]| [low, (high - ONE).max(low)]);
        let smaller = scale[0].min(scale[1]);
        let half_edge = fixed((0.5 / smaller).min(WIDEST_EDGE)).max(1);
        let (sine, cosine) = f64::from(transform.rotation_degrees).to_radians().sin_cos();
        let step = [fixed(cosine / scale[0]), fixed(-sine / scale[1])];
        let back = |x: f64, y: f64| {
            let (x, y) = (x - middle[0], y - middle[1]);
            [
                (x * cosine + y * sine) / scale[0] + across / 2.0,
                (y * cosine - x * sine) / scale[1] + down / 2.0,
            ]
        };
        let rows = (0..frame[1]).map(|y| {
            let begin = back(0.5, f64::from(y) + 0.5).map(fixed_wide);
            Row::of(begin, step, shown, half_edge, frame[0])
        });
        let corner = [middle[0] - across / 2.0, middle[1] - down / 2.0];
        #[expect(
            clippy::float_cmp,
            reason = "only what is exactly unscaled lies pixel on pixel"
        )]
        let is_plain = scale == [1.0, 1.0]
            && transform.rotation_degrees == 0.0
            && transform.crop == Transform::default().crop
            && corner.iter().all(|place| place.fract() == 0.0);
        Some(Self {
            on_pixels: is_plain.then(|| corner.map(|place| place as i64)),
            step,
            shown,
            middles,
            half_edge,
            rows: rows.collect(),
        })
    }
}

impl Row {
    /// The pixels of a row whose centres lie inside the rectangle, or less than `half_edge` outside it.
    fn of(begin: [i64; 2], step: [i32; 2], shown: [i32; 4], half_edge: i32, width: u32) -> Self {
        let (mut first, mut end) = (0, i64::from(width));
        for axis in 0..2 {
            let low = i64::from(shown[axis]) - i64::from(half_edge);
            let high = i64::from(shown[axis + 2]) + i64::from(half_edge);
            let (begin, step) = (begin[axis], i64::from(step[axis]));
            let within = match step.signum() {
                // The first x with begin + x step > low, and the first with begin + x step >= high.
                1 => (
                    (low - begin).div_euclid(step) + 1,
                    -(begin - high).div_euclid(step),
                ),
                -1 => (
                    (begin - high).div_euclid(-step) + 1,
                    -(low - begin).div_euclid(-step),
                ),
                _ if low < begin && begin < high => continue,
                _ => return Self::default(),
            };
            first = first.max(within.0);
            end = end.min(within.1);
        }
        if first >= end {
            return Self::default();
        }
        // Inside the picture or just beside it, so that nothing overflows an `i32`.
        let at = [0, 1].map(|axis| (begin[axis] + first * i64::from(step[axis])) as i32);
        Self {
            first: first as u32,
            end: end as u32,
            at,
        }
    }
}

fn fixed(place: f64) -> i32 {
    (place * f64::from(ONE)).round() as i32
}

fn fixed_wide(place: f64) -> i64 {
    // Far beyond any picture, and far from overflowing.
    (place * f64::from(ONE)).clamp(-1e15, 1e15).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_just_the_pixels_that_a_picture_covers() {
        let moved = Transform {
            fit: Fit::Inside,
            position: (0.26, -0.13),
            scale: 0.37,
            rotation_degrees: 23.0,
            crop: (0.1, 0.0, 0.2, 0.3),
        };
        let turned = Transform {
            rotation_degrees: 180.0,
            ..moved
        };
        for transform in [Transform::default(), moved, turned] {
            let place = Place::of([64, 36], [31, 17], &transform).expect("it is seen");
            for row in &place.rows {
                for x in 0..64 {
                    // Counted from the first pixel, or from the start of the row where there is none.
                    let steps = i64::from(x) - i64::from(row.first);
                    let at =
                        [0, 1].map(|i| i64::from(row.at[i]) + steps * i64::from(place.step[i]));
                    let inside = (0..2).all(|i| {
                        at[i] > i64::from(place.shown[i] - place.half_edge)
                            && at[i] < i64::from(place.shown[i + 2] + place.half_edge)
                    });
                    let is_held = (row.first..row.end).contains(&x);
                    assert!(is_held == inside || row.first == row.end, "{row:?} {x}");
                }
            }
        }
    }

    #[test]
    fn what_lies_beside_the_frame_covers_nothing() {
        let far = Transform {
            position: (3.0, 0.0),
            ..Transform::default()
        };
        let place = Place::of([64, 36], [64, 36], &far).expect("a place");
        assert!(place.rows.iter().all(|row| row.first == row.end));
        let nowhere = Transform {
            scale: 0.0,
            ..Transform::default()
        };
        assert_eq!(Place::of([64, 36], [64, 36], &nowhere), None);
    }
}
