//! The procedural world, drawn from a seed: a character acts in a place while a camera moves. Since it is synthetic,
//! the truth of every clip is known: characters, objects, poses, depth and masks.
//!
//! Metres; x right, y down, z forward, as everywhere in Kinora. Pure functions of the seed, without tensors.

mod beats;
mod camera;
mod caption;
mod cast;
mod draw;
mod pacing;
mod place;
mod props;
mod random;
mod shapes;
mod staging;
mod words;

use std::ops::Range;

use glam::{DVec3, Vec3, Vec3A};
use kinora_timeline::FrameRate;
use kinora_timeline::camera::{Pose, looking};
use rayon::prelude::*;

pub use beats::Beat;
pub use camera::{Shooting, beginning};
pub use caption::{Telling, Vocabulary, caption};
pub use cast::{Action, Character, Colour, Kind, Stance};
pub use draw::Picture;
pub use pacing::Pacing;
pub use place::{Terrain, Time};
pub use props::Prop;
pub use random::{chance, generator, one_of, within};
pub use staging::Staging;

use draw::{Land, Moment};
use place::Light;

/// The format of clips: frames, size and rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Frames, 1 + 4n.
    pub frames: u32,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Frames per second.
    pub rate: u32,
}

impl Format {
    /// The format for training on a CPU.
    pub const SMALL: Self = Self {
        frames: 17,
        size: [96, 64],
        rate: 16,
    };

    /// The rate in the edit model's type.
    pub fn frame_rate(self) -> FrameRate {
        FrameRate::new(self.rate, 1).unwrap_or(FrameRate::FPS_24)
    }

    /// Seconds from the first frame to this one.
    pub fn seconds(self, frame: u32) -> f32 {
        frame as f32 / self.rate as f32
    }
}

/// The content of a clip.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The terrain.
    pub terrain: Terrain,
    /// The time of day.
    pub time: Time,
    /// The character.
    pub character: Character,
    /// The character's action.
    pub action: Action,
    /// How fast it acts.
    pub pacing: Pacing,
    /// The character's start position, in metres.
    pub foot: Vec3,
    /// The character's rotation in radians, clockwise seen from above; 0 looks away from the camera.
    pub turn: f32,
    /// The objects around.
    pub props: Vec<Prop>,
    /// The camera's path.
    pub shooting: Shooting,
    light: Light,
    land: Land,
}

/// A drawn clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The frames.
    pub frames: Vec<Picture>,
}

impl Scene {
    /// The scene of a seed.
    pub fn of_seed(seed: u64, format: Format) -> Self {
        let mut rng = generator(seed, 1);
        let terrain = one_of(&mut rng, Terrain::ALL);
        let time = one_of(&mut rng, Time::ALL);
        let body = one_of(&mut rng, Colour::ALL);
        let limbs = match chance(&mut rng, 0.5) {
            true => body,
            false => one_of(&mut rng, Colour::ALL),
        };
        let character = Character {
            kind: one_of(&mut rng, Kind::ALL),
            body,
            limbs,
            height_metres: within(&mut rng, 1.45, 1.85),
        };
        let action = one_of(&mut rng, Action::ALL);
        let foot = Vec3::new(
            within(&mut rng, -0.35, 0.35),
            0.0,
            within(&mut rng, -0.3, 0.3),
        );
        let turn = std::f32::consts::PI + within(&mut rng, -0.45, 0.45);
        let azimuth = within(&mut rng, -2.6, 2.6);
        let phases = std::array::from_fn(|_| rng.f32());
        Self {
            terrain,
            time,
            character,
            action,
            pacing: Pacing::USUAL,
            foot,
            turn,
            props: props::scattered(terrain, &mut generator(seed, 2)),
            shooting: camera::drawn(&mut generator(seed, 3), format.frames, format.frame_rate()),
            light: time.light(azimuth),
            land: Land {
                ground: terrain.ground(),
                phases,
                is_plain: false,
            },
        }
    }

    /// Another scene that the same words describe. What they leave open is that of a seed: where the cast stands and how tall
    /// it is, where the camera begins, the light and the objects around.
    pub fn same_words(&self, seed: u64, format: Format) -> Self {
        let open = Self::of_seed(seed, format);
        let start = open.shooting.poses[0];
        let (frames, rate) = (format.frames, format.frame_rate());
        let azimuth = within(&mut generator(seed, 5), -2.6, 2.6);
        Self {
            terrain: self.terrain,
            time: self.time,
            character: Character {
                height_metres: open.character.height_metres,
                ..self.character
            },
            action: self.action,
            props: props::scattered(self.terrain, &mut generator(seed, 2)),
            shooting: match self.shooting.named {
                Some(which) => Shooting::of(which, self.shooting.amount, start, frames, rate),
                None => open.shooting,
            },
            light: self.time.light(azimuth),
            land: Land {
                ground: self.terrain.ground(),
                ..open.land
            },
            ..open
        }
    }

    /// The same scene at a pace of its own. Clips that teach pictures all have the usual one; where every walk has its
    /// steps at the same times, no one has to look.
    pub fn paced(seed: u64, format: Format) -> Self {
        Self {
            pacing: Pacing::drawn(&mut generator(seed, 4)),
            ..Self::of_seed(seed, format)
        }
    }

    /// What the character does that can be heard: seconds after the first frame, where, and what.
    pub fn beats(&self, format: Format) -> Vec<(f32, Vec3, Beat)> {
        let length = format.seconds(format.frames);
        let beats = self.action.beats(self.pacing, length).into_iter();
        let placed =
            beats.map(|(seconds, beat)| (seconds, self.stance_at(seconds, format).foot, beat));
        placed.collect()
    }

    /// Draws all frames.
    pub fn clip(&self, format: Format) -> Clip {
        Clip {
            frames: self.frames(0..format.frames, format),
        }
    }

    /// Draws some frames.
    pub fn frames(&self, frames: Range<u32>, format: Format) -> Vec<Picture> {
        frames.map(|frame| self.frame(frame, format)).collect()
    }

    fn frame(&self, frame: u32, format: Format) -> Picture {
        let mut bodies = self.character.bodies(&self.stance(frame, format));
        let cast = bodies.len();
        bodies.extend(self.props.iter().flat_map(Prop::bodies));
        let moment = Moment {
            bodies: &bodies,
            cast,
            light: &self.light,
            land: &self.land,
        };
        moment.draw(&self.shooting.poses[frame as usize], format.size)
    }

    fn stance(&self, frame: u32, format: Format) -> Stance {
        self.stance_at(format.seconds(frame), format)
    }

    /// The character's pose so many seconds after the first frame.
    pub fn stance_at(&self, seconds: f32, format: Format) -> Stance {
        self.action.stance(
            (self.foot, self.turn),
            self.character.height_metres,
            self.pacing,
            (seconds, format.seconds(format.frames)),
        )
    }
}

impl Format {
    /// The size of portraits in pixels: upright, and as high as a frame.
    pub fn portrait(self) -> [u32; 2] {
        [self.size[1] * 3 / 4, self.size[1]]
    }
}

impl Character {
    /// Portraits on a plain background in even light: front, three-quarter and side view.
    pub fn portraits(self, format: Format) -> [Picture; 3] {
        [0.0, 0.8, 1.57].map(|turn| self.portrait(turn, format.portrait()))
    }

    /// A portrait on a plain background in even light, turned away from the camera by `turn` radians.
    pub fn portrait(self, turn: f32, size: [u32; 2]) -> Picture {
        let light = Light {
            towards_sun: Vec3A::new(-0.45, -0.75, -0.5).normalize(),
            ..Time::Noon.light(0.0)
        };
        let land = Land {
            ground: Terrain::City.ground(),
            phases: [0.0; 6],
            is_plain: true,
        };
        let stance = Stance::rest(Vec3::ZERO, std::f32::consts::PI + turn);
        let bodies = self.bodies(&stance);
        let height = f64::from(self.height_metres);
        let position = DVec3::new(0.0, -0.8 * height, -2.1 * height);
        let pose = Pose {
            position,
            orientation: looking(
                position,
                DVec3::NEG_Y * 0.53 * height,
                Pose::START.orientation,
            ),
            focal_mm: 78.0,
        };
        let moment = Moment {
            bodies: &bodies,
            cast: bodies.len(),
            light: &light,
            land: &land,
        };
        moment.draw(&pose, size)
    }
}

/// The scenes and clips of many seeds, drawn on all cores, in the order of the seeds.
pub fn clips(seeds: impl IntoParallelIterator<Item = u64>, format: Format) -> Vec<(Scene, Clip)> {
    let drawn = seeds.into_par_iter().map(|seed| {
        let scene = Scene::of_seed(seed, format);
        let clip = scene.clip(format);
        (scene, clip)
    });
    drawn.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format::SMALL;

    fn share(mask: &[u8]) -> f64 {
        mask.iter().filter(|&&byte| byte > 0).count() as f64 / mask.len() as f64
    }

    #[test]
    fn a_seed_is_a_clip_whatever_is_drawn_beside_it() {
        let alone = Scene::of_seed(7, FORMAT).clip(FORMAT);
        let among_others = clips(5..9, FORMAT).swap_remove(2).1;
        assert!(alone == among_others);
        assert!(alone != Scene::of_seed(8, FORMAT).clip(FORMAT));
        let scene = Scene::of_seed(7, FORMAT);
        assert!(scene.frames(4..6, FORMAT) == alone.frames[4..6]);
        let depth = |frames| scene.depth(&scene.stage(FORMAT), frames, FORMAT);
        assert!(depth(4..6) == depth(0..17)[4..6]);
    }

    #[test]
    fn somebody_is_large_in_the_first_frame_of_nearly_every_clip() {
        let firsts = (0..200).map(|seed| Scene::of_seed(seed, FORMAT).frames(0..1, FORMAT));
        let shares: Vec<f64> = firsts.map(|frames| share(&frames[0].mask)).collect();
        let large = shares.iter().filter(|&&share| share > 0.04).count();
        assert!(large > 180, "{large} of 200");
        let mean = shares.iter().sum::<f64>() / 200.0;
        assert!((0.06..0.2).contains(&mean), "{mean}");
    }

    #[test]
    fn portraits_show_somebody_from_three_sides_and_nothing_else() {
        let character = Scene::of_seed(3, FORMAT).character;
        let [front, between, side] = character.portraits(FORMAT);
        for portrait in [&front, &between, &side] {
            assert!(
                (0.08..0.6).contains(&share(&portrait.mask)),
                "{}",
                share(&portrait.mask)
            );
            assert!(
                portrait.rgb[..3]
                    .iter()
                    .all(|&byte| (180..230).contains(&byte)),
                "a plain wall"
            );
        }
        assert!(front != between && between != side);
    }

    #[test]
    fn every_scene_has_a_sound_stage_and_a_sound_camera() {
        for seed in 0..300 {
            let scene = Scene::of_seed(seed, FORMAT);
            assert_eq!(scene.stage(FORMAT).check(), Ok(()), "{seed}");
            assert_eq!(scene.shooting.poses.len(), 17);
            let poses = &scene.shooting.poses;
            assert!(
                poses
                    .iter()
                    .all(|pose| pose.position.y < -0.2 && pose.focal_mm > 10.0),
                "{seed}"
            );
        }
    }
}
