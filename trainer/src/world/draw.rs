//! Rendering one moment: bodies in soft light on a ground with soft shadows under a soft sky.
//!
//! Each body is rasterised into four samples per pixel, over the rectangle it can cover; then samples that hit a body
//! are shaded, and the others show ground or sky.

use glam::{Affine3A, Mat3A, Vec2, Vec3A};
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};

use super::place::{Ground, Light};
use super::shapes::{Body, Seen};

/// Samples per pixel, in each direction.
const SAMPLES: usize = 2;
/// The distance at which haze takes half of a colour.
const HAZE_METRES: f32 = 55.0;
/// The distance at which half of the ground's patches have faded.
const PATCHES_METRES: f32 = 14.0;

/// The scene at one moment.
#[derive(Debug)]
pub struct Moment<'s> {
    /// Bodies with their colours, in world space. Those of the cast come first.
    pub bodies: &'s [(Body, Vec3A)],
    /// The number of bodies of the cast.
    pub cast: usize,
    /// The light.
    pub light: &'s Light,
    /// The surroundings.
    pub land: &'s Land,
}

/// The ground, and the offsets that make one place differ from another.
#[derive(Clone, Copy, Debug)]
pub struct Land {
    /// The colours of the ground.
    pub ground: Ground,
    /// The offsets of patches, hills and clouds.
    pub phases: [f32; 6],
    /// Draws a plain floor and wall instead, for portraits.
    pub is_plain: bool,
}

/// A picture, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// RGB of each pixel.
    pub rgb: Vec<u8>,
    /// 255 where the cast covers a pixel, 0 where it does not.
    pub mask: Vec<u8>,
}

/// The camera of one picture.
struct Lens {
    world_from_camera: Mat3A,
    eye: Vec3A,
    camera_from_world: Affine3A,
    focal: f32,
    size: [usize; 2],
}

impl Moment<'_> {
    /// Renders the picture from a pose.
    pub fn draw(&self, pose: &Pose, [width, height]: [u32; 2]) -> Picture {
        let size = [width as usize * SAMPLES, height as usize * SAMPLES];
        let world_from_camera = pose.world_from_camera();
        let lens = Lens {
            world_from_camera: world_from_camera.matrix3.as_mat3().into(),
            eye: world_from_camera.translation.as_vec3a(),
            camera_from_world: world_from_camera.inverse().as_affine3().into(),
            focal: (pose.focal_mm / SENSOR_WIDTH_MM) as f32 * size[0] as f32,
            size,
        };
        let seen: Vec<Option<Seen>> = self
            .bodies
            .iter()
            .map(|(body, _)| Seen::from(&body.under(&lens.camera_from_world)))
            .collect();
        let nearest = lens.trace(&seen);
        let shadows = Shadows::of(self.bodies, self.light);
        let mut picture = Picture {
            rgb: Vec::with_capacity((width * height * 3) as usize),
            mask: Vec::with_capacity((width * height) as usize),
        };
        for row in 0..height as usize {
            for column in 0..width as usize {
                let (colour, covered) = self.pixel(&lens, &nearest, &seen, &shadows, column, row);
                let byte = |share: f32| (share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
                picture
                    .rgb
                    .extend([byte(colour.x), byte(colour.y), byte(colour.z)]);
                picture.mask.push(if covered { 255 } else { 0 });
            }
        }
        picture
    }

    /// The mean of a pixel's samples, and whether most of them show the cast.
    fn pixel(
        &self,
        lens: &Lens,
        nearest: &[(f32, u16)],
        seen: &[Option<Seen>],
        shadows: &Shadows,
        column: usize,
        row: usize,
    ) -> (Vec3A, bool) {
        let mut sum = Vec3A::ZERO;
        let (mut empty, mut of_cast) = (0, 0);
        for down in 0..SAMPLES {
            for across in 0..SAMPLES {
                let (x, y) = (column * SAMPLES + across, row * SAMPLES + down);
                let (z, hit) = nearest[y * lens.size[0] + x];
                let body = hit as usize;
                let Some(Some(solid)) = seen.get(body) else {
                    empty += 1;
                    continue;
                };
                let ray = lens.ray(x as f32 + 0.5, y as f32 + 0.5);
                let normal = lens.world_from_camera * solid.normal(ray, z);
                let towards_eye = -(lens.world_from_camera * ray).normalize();
                sum += self.lit(self.bodies[body].1, normal, towards_eye, z);
                of_cast += usize::from(body < self.cast);
            }
        }
        if empty > 0 {
            let middle = SAMPLES as f32;
            let ray = lens.ray(
                column as f32 * middle + middle / 2.0,
                row as f32 * middle + middle / 2.0,
            );
            sum += self.background(lens, ray, shadows) * empty as f32;
        }
        let count = SAMPLES * SAMPLES;
        (sum / count as f32, 2 * of_cast > count)
    }

    /// Shades a surface.
    fn lit(&self, colour: Vec3A, normal: Vec3A, towards_eye: Vec3A, z: f32) -> Vec3A {
        let light = self.light;
        // Wrap lighting, as from a large soft source.
        let facing = ((normal.dot(light.towards_sun) + 0.35) / 1.35).max(0.0);
        let up = -normal.y;
        let around = light.ambient * (0.86 + 0.2 * up);
        let edge = 1.0 - normal.dot(towards_eye).clamp(0.0, 1.0);
        let rim = light.horizon * (edge * edge * edge * 0.12);
        let body = colour * (around + light.sun * facing) + rim;
        self.hazy(body, z)
    }

    fn hazy(&self, colour: Vec3A, z: f32) -> Vec3A {
        if self.land.is_plain {
            return colour;
        }
        colour.lerp(self.light.horizon, z / (z + HAZE_METRES))
    }

    /// The colour of ground or sky.
    fn background(&self, lens: &Lens, ray: Vec3A, shadows: &Shadows) -> Vec3A {
        let along = lens.world_from_camera * ray;
        let slope = -along.y / Vec2::new(along.x, along.z).length().max(1e-4); // of the line of sight
        if self.land.is_plain {
            return plain(lens, along, shadows);
        }
        if slope >= 0.0 {
            return self.sky(along, slope);
        }
        let z = -lens.eye.y / along.y;
        let at = lens.eye + along * z;
        let place = Vec2::new(at.x, at.z);
        let ground = &self.land.ground;
        let fading = 1.0 / (1.0 + (z / PATCHES_METRES).powi(2));
        let patch = self.patches(place) * fading;
        let colour = ground.colour.lerp(ground.patches, patch);
        let light = self.light;
        let open = 1.0 - 0.85 * shadows.at(place);
        let lit =
            colour * (light.ambient * (0.75 + 0.25 * open) + light.sun * (light.on_ground * open));
        self.hazy(lit, z)
    }

    /// The amount of patch colour at a position, from 0 to 1.
    fn patches(&self, at: Vec2) -> f32 {
        let [a, b, c, ..] = self.land.phases;
        let waves = (1.9 * at.x + 0.7 * at.y + 6.0 * a).sin()
            + (-0.9 * at.x + 1.7 * at.y + 6.0 * b).sin()
            + (0.8 * at.x + 1.1 * at.y + 6.0 * c).sin();
        smooth(-0.2, 1.4, waves)
    }

    fn sky(&self, along: Vec3A, slope: f32) -> Vec3A {
        let light = self.light;
        let ground = &self.land.ground;
        let [_, _, _, a, b, c] = self.land.phases;
        let azimuth = along.x.atan2(along.z);
        let height = (slope * 1.5).min(1.0);
        let mut sky = light
            .horizon
            .lerp(light.zenith, 1.0 - (1.0 - height).powi(2));

        let towards = along.normalize();
        let near_sun = towards.dot(light.towards_sun);
        let glow = ((near_sun - 0.86) / 0.14).max(0.0);
        sky = sky.lerp(light.disc, 0.55 * glow * glow);
        sky = sky.lerp(light.disc, smooth(0.9925, 0.9965, near_sun));

        for (at, phase) in [(a * 5.0 - 2.5, b), (b * 5.0 - 2.5, c), (c * 5.0 - 2.5, a)] {
            let from = Vec2::new((azimuth - at) / 0.42, (slope - 0.34 - 0.22 * phase) / 0.09);
            let cloud = 1.0 - smooth(0.2, 1.0, from.length());
            sky = sky.lerp(
                light.horizon.lerp(Vec3A::ONE, 0.25) * light.disc,
                0.5 * cloud,
            );
        }

        let ridge = if ground.is_built {
            let house = azimuth * 4.2 + 20.0 * a;
            let own = (house.floor() * 12.9898 + 7.0 * b).sin().abs();
            ground.hill_slope * (0.25 + 0.75 * own)
        } else {
            let wave = (3.1 * azimuth + 6.0 * a).sin() + 0.6 * (5.3 * azimuth + 6.0 * b).sin();
            ground.hill_slope * (0.55 + 0.28 * wave)
        };
        let hill = smooth(0.012, -0.012, slope - ridge);
        let far = ground.hills * (light.ambient + light.sun * 0.6);
        sky.lerp(far.lerp(light.horizon, 0.38), hill)
    }
}

impl Lens {
    /// The ray through a position of the sample grid; its z is 1.
    fn ray(&self, x: f32, y: f32) -> Vec3A {
        let [width, height] = self.size;
        Vec3A::new(
            (x - width as f32 / 2.0) / self.focal,
            (y - height as f32 / 2.0) / self.focal,
            1.0,
        )
    }

    /// Whether a point is not below the ground.
    fn is_above_ground(&self, ray: Vec3A, z: f32) -> bool {
        let down = self.eye.y + (self.world_from_camera * ray).y * z;
        down < 0.01
    }

    /// The nearest body of each sample, with its depth; `u16::MAX` for none.
    fn trace(&self, seen: &[Option<Seen>]) -> Vec<(f32, u16)> {
        let [width, height] = self.size;
        let centre = Vec2::new(width as f32, height as f32) / 2.0;
        let mut nearest = vec![(f32::INFINITY, u16::MAX); width * height];
        for (body, solid) in seen.iter().enumerate() {
            let Some(solid) = solid else { continue };
            let [left, top, right, bottom] = solid.rectangle(self.focal, centre, self.size);
            for y in top..bottom {
                let row = &mut nearest[y * width..(y + 1) * width];
                for (x, sample) in row.iter_mut().enumerate().take(right).skip(left) {
                    let ray = self.ray(x as f32 + 0.5, y as f32 + 0.5);
                    if let Some(z) = solid.hit(ray)
                        && z < sample.0
                        && self.is_above_ground(ray, z)
                    {
                        *sample = (z, body as u16);
                    }
                }
            }
        }
        nearest
    }
}

/// Shadow casters, flattened onto the ground. Along the sun's direction the ground is compressed by the sine of its
/// height: then the shadow of a ball is a disc and that of a limb a stadium.
struct Shadows {
    along_sun: Vec2,
    pressed: f32,
    stadiums: Vec<Stadium>,
}

struct Stadium {
    from: Vec2,
    along: Vec2,
    length_squared: f32,
    radius: f32,
    blur: f32,
    middle: Vec2,
    reach_squared: f32,
}

impl Shadows {
    fn of(bodies: &[(Body, Vec3A)], light: &Light) -> Self {
        let sun = light.towards_sun;
        let flat = Vec2::new(sun.x, sun.z);
        let shadows = Self {
            along_sun: flat.normalize_or_zero(),
            pressed: -sun.y,
            stadiums: Vec::new(),
        };
        let stadiums = bodies.iter().map(|(body, _)| {
            let (from, to, radius) = body.core();
            let height = -(from.y + to.y) / 2.0;
            let pressed = |point: Vec3A| {
                let away = Vec2::X * (-point.y * flat.length());
                shadows.press(Vec2::new(point.x, point.z)) - away
            };
            let (from, to) = (pressed(from), pressed(to));
            let blur = 0.35 * radius + 0.06 * height.max(0.0) + 0.03;
            let reach = from.distance(to) / 2.0 + radius + blur;
            Stadium {
                from,
                along: to - from,
                length_squared: (to - from).length_squared().max(1e-8),
                radius,
                blur,
                middle: from.midpoint(to),
                reach_squared: reach * reach,
            }
        });
        Self {
            stadiums: stadiums.collect(),
            ..shadows
        }
    }

    /// Compressed ground coordinates: x along the sun, y across.
    fn press(&self, place: Vec2) -> Vec2 {
        Vec2::new(
            place.dot(self.along_sun) * self.pressed,
            place.perp_dot(self.along_sun),
        )
    }

    /// The share of the sun that is hidden, from 0 to 1.
    fn at(&self, place: Vec2) -> f32 {
        let at = self.press(place);
        let mut dark = 0.0f32;
        for stadium in &self.stadiums {
            if at.distance_squared(stadium.middle) > stadium.reach_squared {
                continue;
            }
            let from = at - stadium.from;
            let part = (from.dot(stadium.along) / stadium.length_squared).clamp(0.0, 1.0);
            let distance = (from - stadium.along * part).length();
            let inside = smooth(
                stadium.radius + stadium.blur,
                stadium.radius - stadium.blur,
                distance,
            );
            dark = dark.max(inside);
        }
        dark
    }
}

/// The floor and wall of a portrait.
fn plain(lens: &Lens, along: Vec3A, shadows: &Shadows) -> Vec3A {
    let wall = Vec3A::splat(0.80);
    if along.y <= 1e-3 {
        return wall;
    }
    let z = -lens.eye.y / along.y;
    let at = lens.eye + along * z;
    let floor = Vec3A::splat(0.70) * (1.0 - 0.4 * shadows.at(Vec2::new(at.x, at.z)));
    floor.lerp(wall, smooth(4.0, 9.0, z))
}

/// Smoothstep from 0 at `from` to 1 at `to`.
fn smooth(from: f32, to: f32, at: f32) -> f32 {
    let part = ((at - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}
