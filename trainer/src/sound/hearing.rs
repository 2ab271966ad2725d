//! The score of a scene: what its character does that can be heard, from where the camera is.

use glam::{Vec2, Vec3};
use kinora_engine::sound_for_picture::score::{Air, Cue, Ground, Score, Sounding};
use kinora_timeline::camera::{Pose, SENSOR_WIDTH_MM};

use crate::world::{Beat, Format, Scene, generator};

/// The distance at which a sound has its own loudness.
const NEAR_METRES: f32 = 3.8;
/// No nearness makes a sound louder than this.
const MOST_GAIN: f32 = 1.6;
/// The pan of a sound at the edge of the picture.
const PAN_AT_EDGE: f32 = 0.75;
/// A sound behind the camera is softer, because the microphone is turned to the picture.
const BEHIND: f32 = 0.6;

/// A moment at which a character touches, or leaves, the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// Seconds after the first frame.
    pub seconds: f32,
    /// Where, in metres, in world space.
    pub place: Vec3,
    /// On what.
    pub ground: Ground,
    /// How.
    pub cue: Cue,
}

/// The moments at which the feet of the scene's character touch or leave the ground, from the gait that is drawn.
pub fn contacts(scene: &Scene, format: Format) -> Vec<Contact> {
    let audible = heard(scene, format).into_iter();
    audible.filter(|one| one.cue != Cue::Swish).collect()
}

/// All that can be heard of the character.
fn heard(scene: &Scene, format: Format) -> Vec<Contact> {
    let ground = ground_of(scene);
    let beats = scene.beats(format).into_iter();
    let heard = beats.map(|(seconds, place, beat)| Contact {
        seconds,
        place,
        ground,
        cue: match beat {
            Beat::Step { .. } => Cue::Step,
            Beat::TakeOff => Cue::TakeOff,
            Beat::Landing => Cue::Landing,
            Beat::Swish | Beat::Turn => Cue::Swish,
        },
    });
    heard.collect()
}

/// The grounds are in the order of `Terrain::ALL`, as the places of the air are; its times in that of `Time::ALL`.
fn ground_of(scene: &Scene) -> Ground {
    Ground::ALL[scene.terrain as usize % Ground::ALL.len()]
}

/// The score of a scene; `seed` decides what is left to chance.
pub fn score(scene: &Scene, seed: u64, format: Format) -> Score {
    let soundings = heard(scene, format).into_iter().map(|contact| {
        let (pan, gain) = place_of(scene, contact.place, contact.seconds, format);
        Sounding {
            seconds: contact.seconds,
            cue: contact.cue,
            ground: contact.ground,
            gain,
            pan,
        }
    });
    let one_hot = |at: usize| std::array::from_fn(|class| f32::from(u8::from(class == at)));
    Score {
        seconds: f64::from(format.frames) / f64::from(format.rate),
        soundings: soundings.collect(),
        air: Air {
            places: one_hot(scene.terrain as usize),
            times: one_hot(scene.time as usize),
        },
        headings: scene.shooting.poses.iter().map(heading).collect(),
        seed: generator(seed, 90).u64(..),
    }
}

/// Pan and gain of the character's feet in each frame, whether they sound or not.
pub fn places(scene: &Scene, format: Format) -> Vec<[f32; 2]> {
    let frames = (0..format.frames).map(|frame| {
        let seconds = format.seconds(frame);
        let (pan, gain) = place_of(
            scene,
            scene.stance_at(seconds, format).foot,
            seconds,
            format,
        );
        [pan, gain]
    });
    frames.collect()
}

/// Pan and gain of a place at a time.
fn place_of(scene: &Scene, place: Vec3, seconds: f32, format: Format) -> (f32, f32) {
    let poses = &scene.shooting.poses;
    let at = (seconds * format.rate as f32).round().max(0.0) as usize;
    let Some(pose) = poses.get(at.min(poses.len().saturating_sub(1))) else {
        return (0.0, 1.0);
    };
    seen_from(pose, place)
}

/// Pan from -1 to 1 and gain of a place, from a camera.
fn seen_from(pose: &Pose, place: Vec3) -> (f32, f32) {
    let camera_from_world = pose.world_from_camera().inverse();
    let at = camera_from_world
        .transform_point3(place.as_dvec3())
        .as_vec3();
    let angle = at.x.atan2(at.z);
    let edge = (SENSOR_WIDTH_MM / 2.0 / pose.focal_mm).atan() as f32;
    let pan = (angle / edge.max(1e-3) * PAN_AT_EDGE).clamp(-1.0, 1.0);
    let gain = (NEAR_METRES / at.length().max(0.1)).min(MOST_GAIN);
    (pan, if at.z < 0.0 { gain * BEHIND } else { gain })
}

/// The direction a camera looks in, in radians, 0 along z, clockwise seen from above.
fn heading(pose: &Pose) -> f32 {
    let forward = pose.forward().as_vec3();
    let flat = Vec2::new(forward.x, forward.z);
    flat.x.atan2(flat.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Action;

    const FORMAT: Format = Format::SMALL;

    fn scene(action: Action) -> Scene {
        let mut scene = Scene::of_seed(5, FORMAT);
        scene.action = action;
        scene
    }

    #[test]
    fn steps_come_when_a_foot_is_farthest_ahead() {
        for seed in 0..20 {
            let mut scene = Scene::paced(seed, FORMAT);
            scene.action = Action::WalkLeft;
            let contacts = contacts(&scene, FORMAT);
            assert!(contacts.len() >= 2, "{}", contacts.len());
            for contact in contacts {
                let spread = |seconds| scene.stance_at(seconds, FORMAT).leg_spread();
                let here = spread(contact.seconds);
                assert!((1.25..=1.31).contains(&here), "{here}");
                for away in [-0.03, 0.03] {
                    assert!(spread(contact.seconds + away) < here);
                }
            }
        }
    }

    #[test]
    fn a_jump_leaves_the_ground_and_comes_back_within_the_clip() {
        for seed in 0..40 {
            let mut scene = Scene::paced(seed, FORMAT);
            scene.action = Action::Jump;
            let contacts = contacts(&scene, FORMAT);
            assert_eq!(
                contacts.iter().map(|one| one.cue).collect::<Vec<_>>(),
                [Cue::TakeOff, Cue::Landing],
                "{seed}"
            );
            let up = |seconds| -scene.stance_at(seconds, FORMAT).foot.y;
            let [off, down] = [contacts[0].seconds, contacts[1].seconds];
            assert!(up(off - 0.01) < 1e-4 && up(off + 0.02) > 1e-3, "{seed}");
            assert!(up(down - 0.02) > 1e-3 && up(down + 0.01) < 1e-4, "{seed}");
            assert!(up(f32::midpoint(off, down)) > 0.4);
        }
    }

    #[test]
    fn who_stands_is_silent_and_who_waves_has_no_contact() {
        for action in [Action::Stand, Action::Wave, Action::Spin] {
            assert!(contacts(&scene(action), FORMAT).is_empty());
        }
        assert!(score(&scene(Action::Stand), 5, FORMAT).soundings.is_empty());
        assert!(!score(&scene(Action::Wave), 5, FORMAT).soundings.is_empty());
    }

    #[test]
    fn sounds_are_where_the_picture_has_them_and_softer_from_afar() {
        let pose = Pose::START;
        let ahead = pose.position.as_vec3() + pose.forward().as_vec3() * 4.0;
        let (pan, gain) = seen_from(&pose, ahead);
        assert!(pan.abs() < 1e-3 && gain < 1.0, "{pan} {gain}");
        assert!(seen_from(&pose, ahead + Vec3::X).0 > 0.2);
        assert!(seen_from(&pose, ahead - Vec3::X).0 < -0.2);
        let farther = pose.position.as_vec3() + pose.forward().as_vec3() * 8.0;
        assert!((seen_from(&pose, farther).1 * 2.0 - gain).abs() < 1e-3);
    }
}
