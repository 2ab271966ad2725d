//! Terrains and times of day, and their light, ground and sky.

use glam::{Vec2, Vec3A};

use super::words::words;

words! {
    /// The terrain.
    Terrain {
        Desert: "in the desert", "on the sand", "among dunes";
        Meadow: "in a meadow", "on the grass", "in a green field";
        Snow: "in the snow", "on a snowy plain", "in winter";
        City: "in the city", "on a city square", "in town";
    }
}

words! {
    /// The time of day.
    Time {
        Dawn: "at dawn", "at sunrise", "in the early morning";
        Noon: "at noon", "by day", "in daylight";
        Sunset: "at sunset", "at dusk", "in the evening";
        Night: "at night", "by moonlight", "in the dark";
    }
}

/// The light of a scene. Colours are display values from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// The direction from the ground to the sun or moon, a unit vector.
    pub towards_sun: Vec3A,
    /// The light on a surface that faces it.
    pub sun: Vec3A,
    /// The light from everywhere else.
    pub ambient: Vec3A,
    /// The factor of the sun's light on the ground, which it meets at an angle.
    pub on_ground: f32,
    /// The sky at the zenith.
    pub zenith: Vec3A,
    /// The sky at the horizon.
    pub horizon: Vec3A,
    /// The colour of the sun's or moon's disc.
    pub disc: Vec3A,
}

/// The look of the ground and the skyline.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// The main colour.
    pub colour: Vec3A,
    /// The colour of patches.
    pub patches: Vec3A,
    /// The hills or houses of the skyline.
    pub hills: Vec3A,
    /// The height of the skyline, as a slope.
    pub hill_slope: f32,
    /// True for houses, which have corners; false for hills.
    pub is_built: bool,
}

fn rgb(red: f32, green: f32, blue: f32) -> Vec3A {
    Vec3A::new(red, green, blue)
}

impl Time {
    /// The light at this time; `azimuth` is the direction of the sun in radians, 0 ahead, clockwise from above.
    pub fn light(self, azimuth: f32) -> Light {
        let sun_at = |elevation: f32| {
            let flat = Vec2::new(azimuth.sin(), azimuth.cos()) * elevation.to_radians().cos();
            Vec3A::new(flat.x, -elevation.to_radians().sin(), flat.y)
        };
        match self {
            Self::Dawn => Light {
                towards_sun: sun_at(24.0),
                sun: rgb(0.50, 0.36, 0.28),
                ambient: rgb(0.64, 0.56, 0.66),
                on_ground: 0.5,
                zenith: rgb(0.56, 0.60, 0.86),
                horizon: rgb(1.0, 0.78, 0.76),
                disc: rgb(1.0, 0.97, 0.82),
            },
            Self::Noon => Light {
                towards_sun: sun_at(58.0),
                sun: rgb(0.52, 0.50, 0.44),
                ambient: rgb(0.56, 0.58, 0.62),
                on_ground: 0.85,
                zenith: rgb(0.27, 0.54, 0.92),
                horizon: rgb(0.72, 0.87, 0.98),
                disc: rgb(1.0, 1.0, 0.94),
            },
            Self::Sunset => Light {
                towards_sun: sun_at(18.0),
                sun: rgb(0.56, 0.30, 0.12),
                ambient: rgb(0.62, 0.50, 0.50),
                on_ground: 0.45,
                zenith: rgb(0.42, 0.27, 0.52),
                horizon: rgb(1.0, 0.56, 0.24),
                disc: rgb(1.0, 0.88, 0.55),
            },
            Self::Night => Light {
                towards_sun: sun_at(42.0),
                sun: rgb(0.22, 0.26, 0.40),
                ambient: rgb(0.27, 0.30, 0.46),
                on_ground: 0.6,
                zenith: rgb(0.05, 0.06, 0.17),
                horizon: rgb(0.15, 0.19, 0.38),
                disc: rgb(0.88, 0.91, 0.98),
            },
        }
    }
}

impl Terrain {
    /// The look of its ground in even light.
    pub fn ground(self) -> Ground {
        match self {
            Self::Desert => Ground {
                colour: rgb(0.93, 0.70, 0.40),
                patches: rgb(0.84, 0.58, 0.31),
                hills: rgb(0.80, 0.48, 0.32),
                hill_slope: 0.10,
                is_built: false,
            },
            Self::Meadow => Ground {
                colour: rgb(0.46, 0.74, 0.28),
                patches: rgb(0.33, 0.60, 0.22),
                hills: rgb(0.30, 0.52, 0.34),
                hill_slope: 0.12,
                is_built: false,
            },
            Self::Snow => Ground {
                colour: rgb(0.93, 0.95, 0.99),
                patches: rgb(0.78, 0.85, 0.96),
                hills: rgb(0.72, 0.79, 0.92),
                hill_slope: 0.20,
                is_built: false,
            },
            Self::City => Ground {
                colour: rgb(0.62, 0.64, 0.68),
                patches: rgb(0.52, 0.54, 0.60),
                hills: rgb(0.46, 0.50, 0.60),
                hill_slope: 0.26,
                is_built: true,
            },
        }
    }
}
