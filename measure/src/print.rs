//! The printed detail of a character in a frame: corners inside its parts, each with 256 comparisons of brightness around it
//! (Calonder et al., 2010). The character is first brought to one size, so that a push or a pull changes nothing.

use crate::frame::{GreyFrame, RgbFrame};
use crate::pyramid::Level;

/// The height to which a character is brought, in pixels. Lengths below are in pixels of this size.
const HEIGHT: f64 = 192.0;
/// A character that is less high shows no print, in pixels of its frame.
const LEAST_HEIGHT: f64 = 64.0;
/// Comparisons reach this far from a corner.
const REACH: isize = 8;
/// The window of a corner reaches this far.
const WINDOW: isize = 2;
/// A corner is the strongest one within this distance.
const APART: isize = 4;
/// The weaker of the two gradients of a corner, in grey levels (root mean square over its window).
const LEAST_GRADIENT: f32 = 4.0;
/// Most corners of a part.
const MOST_OF_A_PART: usize = 48;
/// Words of 64 comparisons.
const WORDS: usize = 4;
/// Corners with no more different comparisons than this may be one. Of two that have nothing in common half of them differ.
const MOST_DIFFERENT: u32 = 64;
/// They also lie no farther apart than this, as seen from the middle of their part, as a share of the character's height.
const FARTHEST_SHARE: f64 = 0.1;

/// A corner of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// The number of its part.
    pub part: u8,
    /// Its place as seen from the middle of its part, as shares of the character's height.
    place: [f64; 2],
    bits: [u64; WORDS],
}

impl Feature {
    /// Whether this may be the same corner in another frame.
    pub fn is_like(&self, other: &Self) -> bool {
        let [x, y] = [0, 1].map(|axis| self.place[axis] - other.place[axis]);
        let pairs = self.bits.iter().zip(&other.bits);
        let different: u32 = pairs.map(|(one, other)| (one ^ other).count_ones()).sum();
        self.part == other.part && x.hypot(y) <= FARTHEST_SHARE && different <= MOST_DIFFERENT
    }
}

/// The corners of a character in a frame, part by part, and how far it is turned away from the camera.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Print {
    /// The corners.
    pub features: Vec<Feature>,
    /// 0 is its front, 180 its back.
    pub turned_degrees: f64,
}

/// The print of a character: `parts` has the part that covers each pixel, `height_pixels` is its height in the frame.
pub fn print_of(
    frame: &RgbFrame,
    parts: &[Option<u8>],
    turned_degrees: f64,
    height_pixels: f64,
) -> Print {
    let features = match height_pixels >= LEAST_HEIGHT {
        true => Figure::of(frame, parts, height_pixels)
            .map(|figure| figure.features())
            .unwrap_or_default(),
        false => Vec::new(),
    };
    Print {
        features,
        turned_degrees,
    }
}

/// A character at the common height: its brightness and its parts.
struct Figure {
    level: Level,
    parts: Vec<Option<u8>>,
}

impl Figure {
    fn of(frame: &RgbFrame, parts: &[Option<u8>], height_pixels: f64) -> Option<Self> {
        let width = frame.width();
        let covered = parts.iter().enumerate();
        let covered = covered.filter_map(|(at, part)| part.map(|_| [at % width, at / width]));
        let covered: Vec<[usize; 2]> = covered.collect();
        let range = |axis: usize| {
            let along = || covered.iter().map(move |place| place[axis]);
            along().min().zip(along().max())
        };
        let ((left, right), (top, bottom)) = (range(0)?, range(1)?);
        let step = height_pixels / HEIGHT; // pixels of the frame for one of the figure
        let margin = REACH as f64 * step;
        let size = |from: usize, to: usize| {
            let pixels = (to - from + 1) as f64 + 2.0 * margin;
            (pixels / step).ceil() as usize
        };
        let size = [size(left, right), size(top, bottom)];
        let origin = [left as f64 - margin, top as f64 - margin];
        let grey = frame.grey();
        // More than one pixel of the frame in one of the figure: their mean, else patterns would alias.
        let across = (step.ceil() as usize).max(1);
        let places = (0..size[0] * size[1]).map(|at| {
            let place = [at % size[0], at / size[0]].map(|along| along as f64);
            [0, 1].map(|axis| origin[axis] + place[axis] * step)
        });
        let places: Vec<[f64; 2]> = places.collect();
        let brightness = |[x, y]: &[f64; 2]| {
            let by = |index: usize| (index as f64 + 0.5) / across as f64 * step;
            let taps = (0..across * across)
                .map(|tap| bilinear(&grey, x + by(tap % across), y + by(tap / across)));
            taps.sum::<f32>() / (across * across) as f32
        };
        let half = step / 2.0;
        let is_inside = |x: f64, y: f64| {
            (0.0..width as f64).contains(&x) && (0.0..frame.height() as f64).contains(&y)
        };
        let part = |[x, y]: &[f64; 2]| {
            let (x, y) = (x + half, y + half);
            let at = is_inside(x, y).then(|| y as usize * width + x as usize)?;
            parts.get(at).copied().flatten()
        };
        let level = Level {
            width: size[0],
            height: size[1],
            pixels: places.iter().map(brightness).collect(),
        };
        Some(Self {
            level: level.filtered(1),
            parts: places.iter().map(part).collect(),
        })
    }

    fn at(&self, x: isize, y: isize) -> f32 {
        self.level.pixels[y as usize * self.level.width + x as usize]
    }

    fn part(&self, x: isize, y: isize) -> Option<u8> {
        self.parts[y as usize * self.level.width + x as usize]
    }

    /// The strongest corners of each part, those whose surroundings all belong to the character.
    fn features(&self) -> Vec<Feature> {
        let [width, height] = [self.level.width, self.level.height].map(|side| side as isize);
        let strengths = self.strengths();
        let strength = |x: isize, y: isize| strengths[(y * width + x) as usize];
        let mut found: Vec<(u8, f32, isize, isize)> = Vec::new();
        for y in REACH..height - REACH {
            for x in REACH..width - REACH {
                let here = strength(x, y);
                if here < LEAST_GRADIENT * LEAST_GRADIENT {
                    continue;
                }
                let mut around = (-APART..=APART)
                    .flat_map(|by| (-APART..=APART).map(move |across| (across, by)));
                let is_peak = around.all(|(across, by)| strength(x + across, y + by) <= here);
                if let Some(part) = self.part(x, y).filter(|_| is_peak && self.is_inner(x, y)) {
                    found.push((part, here, x, y));
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let pairs = pairs();
        let parts = found.chunk_by(|one, next| one.0 == next.0);
        parts
            .flat_map(|own| {
                let part = own.first().map_or(0, |(part, ..)| *part);
                let middle = self.middle(part);
                own.iter().take(MOST_OF_A_PART).map(move |&(_, _, x, y)| {
                    let place = [x as f64, y as f64];
                    (
                        part,
                        [0, 1].map(|axis| (place[axis] - middle[axis]) / HEIGHT),
                        x,
                        y,
                    )
                })
            })
            .map(|(part, place, x, y)| Feature {
                part,
                place,
                bits: self.bits(x, y, &pairs),
            })
            .collect()
    }

    /// Whether the character reaches as far as the comparisons around a place.
    fn is_inner(&self, x: isize, y: isize) -> bool {
        let steps = [-REACH, -REACH / 2, 0, REACH / 2, REACH];
        let mut around = steps
            .into_iter()
            .flat_map(|by| steps.map(|across| (across, by)));
        around.all(|(across, by)| self.part(x + across, y + by).is_some())
    }

    fn middle(&self, part: u8) -> [f64; 2] {
        let width = self.level.width;
        let own = self.parts.iter().enumerate();
        let own = own.filter(|(_, covering)| **covering == Some(part));
        let (mut sum, mut count) = ([0.0; 2], 0.0_f64);
        for (at, _) in own {
            sum = [sum[0] + (at % width) as f64, sum[1] + (at / width) as f64];
            count += 1.0;
        }
        sum.map(|sum| sum / count.max(1.0))
    }

    /// The weaker gradient at each place, squared: the smaller eigenvalue of the mean gradient products of its window.
    fn strengths(&self) -> Vec<f32> {
        let [width, height] = [self.level.width, self.level.height].map(|side| side as isize);
        let edge = WINDOW + 1;
        let places = (0..width * height).map(|at| (at % width, at / width));
        let strength = |(x, y): (isize, isize)| {
            let is_edge = x < edge || y < edge || x >= width - edge || y >= height - edge;
            if is_edge || self.part(x, y).is_none() {
                return 0.0;
            }
            let mut sums = [0.0_f32; 3];
            for row in y - WINDOW..=y + WINDOW {
                for column in x - WINDOW..=x + WINDOW {
                    let across = (self.at(column + 1, row) - self.at(column - 1, row)) / 2.0;
                    let down = (self.at(column, row + 1) - self.at(column, row - 1)) / 2.0;
                    for (sum, product) in
                        sums.iter_mut()
                            .zip([across * across, across * down, down * down])
                    {
                        *sum += product;
                    }
                }
            }
            let [xx, xy, yy] = sums.map(|sum| sum / (2 * WINDOW + 1).pow(2) as f32);
            f32::midpoint(xx, yy) - ((xx - yy).powi(2) / 4.0 + xy * xy).sqrt()
        };
        places.map(strength).collect()
    }

    fn bits(&self, x: isize, y: isize, pairs: &[[isize; 4]]) -> [u64; WORDS] {
        let mut bits = [0; WORDS];
        for (at, [x1, y1, x2, y2]) in pairs.iter().enumerate() {
            let is_darker = self.at(x + x1, y + y1) < self.at(x + x2, y + y2);
            bits[at / 64] |= u64::from(is_darker) << (at % 64);
        }
        bits
    }
}

/// A brightness between pixels; beyond the border, the nearest one. Pixel (0, 0) has its centre at (0.5, 0.5).
fn bilinear(grey: &GreyFrame, x: f64, y: f64) -> f32 {
    let (x, y) = (x - 0.5, y - 0.5);
    let (fx, fy) = ((x - x.floor()) as f32, (y - y.floor()) as f32);
    let at = |x: f64, y: f64| {
        let along = |value: f64, side: usize| (value.max(0.0) as usize).min(side - 1);
        let at = along(y, grey.height()) * grey.width() + along(x, grey.width());
        f32::from(grey.pixels()[at])
    };
    let row = |y: f64| {
        let (one, other) = (at(x.floor(), y), at(x.floor() + 1.0, y));
        one + (other - one) * fx
    };
    let (one, other) = (row(y.floor()), row(y.floor() + 1.0));
    one + (other - one) * fy
}

/// The pairs of places that are compared, x and y of both: the same in every frame. They are drawn nearer to the corner
/// more often than far from it.
fn pairs() -> Vec<[isize; 4]> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        // Of two draws the one nearer to 0 (xorshift64).
        let mut one = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as isize % (2 * REACH + 1) - REACH
        };
        let (one, other) = (one(), one());
        if one.abs() < other.abs() { one } else { other }
    };
    (0..64 * WORDS)
        .map(|_| [draw(), draw(), draw(), draw()])
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A torso with a logo of some letters, or without, in a picture twice as wide; everything `scale` times as large.
    pub fn torso(scale: f64, has_logo: bool, light: f64) -> (RgbFrame, Vec<Option<u8>>) {
        const LOGO: [&str; 7] = [
            "#.#.###.###",
            "#.#.#.#...#",
            "##..#.#..#.",
            "#.#.#.#.#..",
            "#.#.###.###",
            "...........",
            "###########",
        ];
        let side = |pixels: f64| (pixels * scale).round() as usize;
        let (width, height) = (side(120.0), side(130.0));
        let inked = |x: f64, y: f64| {
            let (column, row) = ((x - 38.0) / 4.0, (y - 40.0) / 4.0);
            let cell = LOGO.get(row.floor().max(0.0) as usize);
            let cell = cell.and_then(|row| row.as_bytes().get(column.floor().max(0.0) as usize));
            column >= 0.0 && row >= 0.0 && cell == Some(&b'#')
        };
        let place = |at: usize| {
            let (x, y) = ((at % width) as f64 + 0.5, (at / width) as f64 + 0.5);
            (x / scale, y / scale)
        };
        let pixels = (0..width * height).map(|at| {
            let (x, y) = place(at);
            let grey = match (has_logo && inked(x, y), (20.0..100.0).contains(&x)) {
                (true, _) => 30.0,
                (false, true) => 190.0,
                (false, false) => 90.0,
            };
            [(grey * light) as u8; 3]
        });
        let parts = (0..width * height).map(|at| {
            let (x, y) = place(at);
            ((20.0..100.0).contains(&x) && (10.0..120.0).contains(&y)).then_some(1)
        });
        let frame = RgbFrame::new(width, height, pixels.collect()).expect("a frame");
        (frame, parts.collect())
    }

    fn print(scale: f64, has_logo: bool, light: f64) -> Print {
        let (frame, parts) = torso(scale, has_logo, light);
        print_of(&frame, &parts, 0.0, 110.0 * scale)
    }

    fn found(one: &Print, other: &Print) -> f64 {
        let is_found = |own: &&Feature| other.features.iter().any(|it| own.is_like(it));
        one.features.iter().filter(is_found).count() as f64 / one.features.len() as f64
    }

    #[test]
    fn a_logo_is_found_again_in_less_light_and_nearer_by() {
        let logo = print(1.0, true, 1.0);
        assert!(logo.features.len() >= 10, "{}", logo.features.len());
        assert!(logo.features.iter().all(|feature| feature.part == 1));
        for (scale, light) in [(1.0, 0.6), (1.3, 1.0), (1.6, 0.8), (0.8, 1.0)] {
            let share = found(&logo, &print(scale, true, light));
            assert!(share >= 0.7, "{scale} {light}: {share}");
        }
    }

    #[test]
    fn a_plain_torso_and_one_that_is_far_away_have_no_print() {
        assert!(print(1.0, false, 1.0).features.is_empty());
        assert!(print(0.5, true, 1.0).features.is_empty(), "55 pixels high");
        let (frame, _) = torso(1.0, true, 1.0);
        let nobody = vec![None; frame.pixels().len()];
        assert!(print_of(&frame, &nobody, 0.0, 110.0).features.is_empty());
    }

    #[test]
    fn other_letters_are_not_the_same_print() {
        let (logo, other) = (print(1.0, true, 1.0), {
            let (frame, parts) = torso(1.0, true, 1.0);
            // Upside down.
            let pixels = frame.pixels().iter().rev().copied().collect();
            let frame = RgbFrame::new(frame.width(), frame.height(), pixels).expect("a frame");
            print_of(&frame, &parts, 0.0, 110.0)
        });
        assert!(found(&logo, &other) < 0.3, "{}", found(&logo, &other));
    }
}
