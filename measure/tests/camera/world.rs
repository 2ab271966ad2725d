//! A small world for tests: textured ground, back wall and boxes, seen by a camera whose poses are known.
//! One ray per pixel; noise, blur and a moving box are added on request.

use fastrand::Rng;
use glam::{DAffine3, DVec2, DVec3};
use kinora_measure::{DrawnPath, DrawnView, GreyFrame, Mask};

/// A box with its own texture.
#[derive(Clone, Copy)]
struct Block {
    low: DVec3,
    high: DVec3,
    seed: u64,
}

/// What is added to a clip.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is added on its own")]
pub struct Damage {
    /// Standard deviation of the noise, in grey levels.
    pub noise: f32,
    /// Standard deviation of the blur, in pixels.
    pub blur: f32,
    /// A textured box crosses the picture.
    pub mover: bool,
    /// The clip is drawn at a quarter of the size and enlarged.
    pub reduced: bool,
    /// There is nothing but the back wall.
    pub flat: bool,
    /// Textures without small details.
    pub smooth: bool,
    /// The picture wobbles by so many pixels, in waves that move: no camera does that.
    pub wobble: f64,
}

impl Damage {
    /// Noise of so many grey levels, and nothing else.
    pub const fn noise(noise: f32) -> Self {
        Self {
            noise,
            blur: 0.0,
            mover: false,
            reduced: false,
            flat: false,
            smooth: false,
            wobble: 0.0,
        }
    }
}

/// A random world.
pub struct World {
    blocks: Vec<Block>,
    wall: f64,
    seed: u64,
    contrast: f64,
}

impl World {
    pub fn random(rng: &mut Rng) -> Self {
        let count = rng.usize(4..8);
        let blocks = (0..count).map(|_| {
            let size = DVec3::new(
                between(rng, 0.3, 0.9),
                between(rng, 0.4, 1.8),
                between(rng, 0.3, 0.9),
            );
            let foot = DVec3::new(between(rng, -2.6, 2.6), 0.0, between(rng, -0.6, 3.5));
            Block {
                low: foot - DVec3::new(size.x, 2.0 * size.y, size.z) / 2.0,
                high: foot + DVec3::new(size.x, 0.0, size.z) / 2.0,
                seed: rng.u64(..),
            }
        });
        Self {
            blocks: blocks.collect(),
            wall: between(rng, 4.0, 7.0),
            seed: rng.u64(..),
            contrast: between(rng, 0.5, 1.0),
        }
    }

    /// Grey from 0 to 255 of a ray, and whether it meets the mover. `pixel` is the size of a pixel at depth 1.
    fn shade(
        &self,
        from: DVec3,
        along: DVec3,
        pixel: f64,
        mover: Option<Block>,
        damage: Damage,
    ) -> (f64, bool) {
        let octaves = if damage.smooth { 2 } else { 6 };
        let mut nearest = (f64::INFINITY, 128.0, false);
        let mut meet = |depth: f64, uv: DVec2, seed: u64, light: f64, moves: bool| {
            if depth > 1e-3 && depth < nearest.0 {
                let texture = texture(uv, seed, depth * pixel, octaves);
                let grey = 128.0 + self.contrast * 110.0 * (texture - 0.5) * 2.0;
                nearest = (depth, grey * light, moves);
            }
        };
        if along.y > 1e-6 && !damage.flat {
            let depth = -from.y / along.y;
            let place = from + along * depth;
            meet(depth, DVec2::new(place.x, place.z), self.seed, 0.9, false);
        }
        if along.z > 1e-6 {
            let depth = (self.wall - from.z) / along.z;
            let place = from + along * depth;
            meet(
                depth,
                DVec2::new(place.x, place.y),
                self.seed ^ 0x4d,
                0.75,
                false,
            );
        }
        for (block, moves) in self
            .blocks
            .iter()
            .filter(|_| !damage.flat)
            .map(|block| (*block, false))
            .chain(mover.map(|block| (block, true)))
        {
            if let Some((depth, axis)) = enter(&block, from, along) {
                let place = from + along * depth - block.low;
                let (uv, light) = match axis {
                    0 => (DVec2::new(place.z, place.y), 0.8),
                    1 => (DVec2::new(place.x, place.z), 1.1),
                    _ => (DVec2::new(place.x, place.y), 1.0),
                };
                meet(depth, uv, block.seed ^ axis as u64, light, moves);
            }
        }
        (nearest.1.clamp(0.0, 255.0), nearest.2)
    }

    /// Draws a clip of a path. The masks show the mover.
    pub fn clip(
        &self,
        path: &DrawnPath,
        [width, height]: [usize; 2],
        damage: Damage,
        seed: u64,
    ) -> (Vec<GreyFrame>, Vec<Mask>) {
        let mut rng = Rng::with_seed(seed);
        let shrink = if damage.reduced { 4 } else { 1 };
        let (small_width, small_height) = (width / shrink, height / shrink);
        let mut clip = (Vec::new(), Vec::new());
        let count = path.views.len();
        for (number, view) in path.views.iter().enumerate() {
            let mover = damage.mover.then(|| {
                let at = number as f64 / count as f64;
                let foot = DVec3::new(-1.2 + 2.0 * at, 0.0, -0.8 + 0.4 * at);
                Block {
                    low: foot - DVec3::new(0.25, 1.7, 0.2),
                    high: foot + DVec3::new(0.25, 0.0, 0.2),
                    seed: 4242,
                }
            });
            let mut grey = Vec::with_capacity(small_width * small_height);
            let mut covered = Vec::with_capacity(small_width * small_height);
            for y in 0..small_height {
                for x in 0..small_width {
                    let at = DVec2::new(x as f64 + 0.5, y as f64 + 0.5) * shrink as f64;
                    let at = at + damage.wobble * wobble(at / width as f64, number as f64);
                    let ray = ((at - view.centre) / view.focal).extend(1.0);
                    let along = view.world_from_camera.matrix3 * ray;
                    let from = view.world_from_camera.translation;
                    let pixel = shrink as f64 / view.focal;
                    let (value, moves) = self.shade(from, along, pixel, mover, damage);
                    grey.push(value as f32);
                    covered.push(moves);
                }
            }
            if damage.reduced {
                grey = enlarged(&grey, [small_width, small_height], shrink);
                covered = (0..width * height)
                    .map(|at| covered[(at / width / shrink) * small_width + at % width / shrink])
                    .collect();
            }
            if damage.blur > 0.0 {
                grey = blurred(&grey, [width, height], damage.blur);
            }
            let pixels = grey.iter().map(|value| {
                (value + damage.noise * normal(&mut rng))
                    .round()
                    .clamp(0.0, 255.0) as u8
            });
            clip.0
                .push(GreyFrame::new(width, height, pixels.collect()).expect("a frame"));
            clip.1
                .push(Mask::new(width, height, covered).expect("a mask"));
        }
        clip
    }
}

/// Where a ray enters a box: its depth and the axis of the face.
fn enter(block: &Block, from: DVec3, along: DVec3) -> Option<(f64, usize)> {
    let (mut first, mut last, mut axis) = (f64::NEG_INFINITY, f64::INFINITY, 0);
    for at in 0..3 {
        let by = 1.0 / along[at];
        let (a, b) = (
            (block.low[at] - from[at]) * by,
            (block.high[at] - from[at]) * by,
        );
        let (near, far) = (a.min(b), a.max(b));
        if near > first {
            (first, axis) = (near, at);
        }
        last = last.min(far);
    }
    (first < last && first > 1e-3).then_some((first, axis))
}

/// Waves of a fifth of the width that move by a fifth of their length per frame, up to 1 to each side.
fn wobble(at: DVec2, frame: f64) -> DVec2 {
    let wave = |along: f64, phase: f64| {
        ((along * 5.0 + 0.2 * frame) * std::f64::consts::TAU + phase).sin()
    };
    DVec2::new(wave(at.y + 0.3 * at.x, 0.0), wave(at.x - 0.4 * at.y, 1.3))
}

/// A few octaves of value noise, from 0 to 1. Details smaller than two pixels are left out.
fn texture(uv: DVec2, seed: u64, pixel: f64, octaves: u64) -> f64 {
    let (mut sum, mut strength) = (0.0, 0.5);
    for octave in 0..octaves {
        let per_unit = 1.5 * 2.0_f64.powi(octave as i32);
        let fade = (1.0 - 2.0 * pixel * per_unit).clamp(0.0, 1.0);
        sum +=
            strength * (0.5 + fade * (value_noise(uv * per_unit, seed.wrapping_add(octave)) - 0.5));
        strength *= 0.72;
    }
    (sum / 1.55 - 0.5) * 1.6 + 0.5
}

fn value_noise(at: DVec2, seed: u64) -> f64 {
    let floor = at.floor();
    let (x, y) = (floor.x as i64, floor.y as i64);
    let part = at - floor;
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(part.x), ease(part.y));
    let upper = hash(x, y, seed) * (1.0 - u) + hash(x + 1, y, seed) * u;
    let lower = hash(x, y + 1, seed) * (1.0 - u) + hash(x + 1, y + 1, seed) * u;
    upper * (1.0 - v) + lower * v
}

fn hash(x: i64, y: i64, seed: u64) -> f64 {
    let mut bits = seed
        ^ (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn normal(rng: &mut Rng) -> f32 {
    let (a, b) = (1.0 - rng.f32(), rng.f32());
    (-2.0 * a.ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

pub fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.f64()
}

fn blurred(grey: &[f32], [width, height]: [usize; 2], sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as isize;
    let taps: Vec<f32> = (-reach..=reach)
        .map(|at| (-0.5 * (at as f32 / sigma).powi(2)).exp())
        .collect();
    let sum: f32 = taps.iter().sum();
    let pass = |grey: &[f32], dx: isize, dy: isize| -> Vec<f32> {
        (0..width * height)
            .map(|at| {
                let (x, y) = ((at % width) as isize, (at / width) as isize);
                let taps = taps.iter().zip(-reach..);
                let read = |by: isize| {
                    let x = (x + by * dx).clamp(0, width as isize - 1) as usize;
                    let y = (y + by * dy).clamp(0, height as isize - 1) as usize;
                    grey[y * width + x]
                };
                taps.map(|(tap, by)| tap * read(by)).sum::<f32>() / sum
            })
            .collect()
    };
    pass(&pass(grey, 1, 0), 0, 1)
}

/// Enlarged by bilinear interpolation.
fn enlarged(grey: &[f32], [width, height]: [usize; 2], by: usize) -> Vec<f32> {
    let read = |x: isize, y: isize| {
        grey[y.clamp(0, height as isize - 1) as usize * width
            + x.clamp(0, width as isize - 1) as usize]
    };
    (0..width * height * by * by)
        .map(|at| {
            let x = ((at % (width * by)) as f32 + 0.5) / by as f32 - 0.5;
            let y = ((at / (width * by)) as f32 + 0.5) / by as f32 - 0.5;
            let (left, top) = (x.floor(), y.floor());
            let (u, v) = (x - left, y - top);
            let (left, top) = (left as isize, top as isize);
            let upper = read(left, top) * (1.0 - u) + read(left + 1, top) * u;
            let lower = read(left, top + 1) * (1.0 - u) + read(left + 1, top + 1) * u;
            upper * (1.0 - v) + lower * v
        })
        .collect()
}

/// A view with a centred principal point.
pub fn view(world_from_camera: DAffine3, focal: f64, [width, height]: [usize; 2]) -> DrawnView {
    DrawnView {
        world_from_camera,
        focal,
        centre: DVec2::new(width as f64, height as f64) / 2.0,
    }
}
